"""What a task is, and the one way to ask for some: `family.sample(...) -> Task`.

Nothing in this file knows a network, a loss or a loop.
"""

from typing import NamedTuple, Protocol, runtime_checkable

import torch
from torch import Tensor

SPLITS = ("train", "val", "test")


class Task(NamedTuple):
    """A batch of T tasks: S = `support` is what a learner adapts to, Q = `query` is what judges it.

    `label` holds what the learner is never told: the hidden factors, or the row of the character.
    """

    support: Tensor  # (T, S, ...)
    query: Tensor  # (T, Q, ...)
    label: Tensor  # (T,) or (T, factors)


@runtime_checkable
class Family(Protocol):
    """The sampler contract: anything with this one method is a task family.

    The same generator state gives the same tasks. Support and query never share an example.
    """

    def sample(
        self, n_tasks: int, k_support: int, n_query: int, *, split: str, generator: torch.Generator
    ) -> Task: ...


def check_request(n_tasks, k_support, n_query, split, generator, *, examples=None) -> None:
    """Refuse a request that cannot be met. `examples`: how many different ones a task has, if finite."""
    for name, value, least in (("n_tasks", n_tasks, 1), ("k_support", k_support, 1), ("n_query", n_query, 0)):
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise ValueError(f"{name} is {value!r}; it must be a whole number, {least} or more.")
    check_split(split)
    check_generator(generator)
    if examples is not None and k_support + n_query > examples:
        raise ValueError(
            f"k_support + n_query is {k_support} + {n_query} = {k_support + n_query}, but a task has only "
            f"{examples} different examples. Ask for {examples} or fewer: support and query never overlap."
        )


def check_split(split: str) -> None:
    if split not in SPLITS:
        raise ValueError(f"split is {split!r}; it must be one of {', '.join(map(repr, SPLITS))}.")


def check_generator(generator: torch.Generator) -> None:
    """Random numbers come from a CPU generator, so that every machine draws the same tasks."""
    if not isinstance(generator, torch.Generator) or generator.device.type != "cpu":
        raise ValueError(
            f"generator is {generator!r}; it must be a CPU torch.Generator, "
            "for example torch.Generator().manual_seed(0)."
        )


def uniform(low: float, high: float, *shape: int, generator: torch.Generator) -> Tensor:
    """Numbers in [low, high) of this shape."""
    return low + (high - low) * torch.rand(*shape, generator=generator)  # shape


def split_uniform(low: float, high: float, n: int, *, split: str, generator: torch.Generator) -> Tensor:
    """n numbers in [low, high), from the slices that belong to `split`.

    A continuous factor has no alphabets to hold out, and train and test drawn from one seed would be the very
    same tasks. So the range is cut into 50 slices: of every ten, eight are train, one val, one test.
    """
    check_split(split)
    mine = {"train": [0, 1, 3, 4, 5, 6, 8, 9], "val": [2], "test": [7]}[split]
    slices = torch.tensor([10 * block + place for block in range(5) for place in mine])
    chosen = slices[torch.randint(len(slices), (n,), generator=generator)]  # (n,)
    # the small margin keeps rounding from carrying a number over its slice's edge
    inside = uniform(0.001, 0.999, n, generator=generator)
    return low + (high - low) * (chosen + inside) / 50  # (n,)


def split_of(value: Tensor, low: float, high: float) -> list[str]:
    """The side each number of `split_uniform` belongs to: the same cut, read backwards."""
    place = ((value - low) / (high - low) * 50).long() % 10
    return [{2: "val", 7: "test"}.get(p, "train") for p in place.tolist()]
