"""What lesson 05 writes: episodes, prototypes, ANIL's step, and a test that sees a split leak.

Not here: networks (nets/), how tasks of pictures are split (tasks/), training (benchmarks/few_shot.py).
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from metagan_course.steps import Step, only, sgd
from metagan_course.weights import Params

Labelled = dict[str, Tensor]  # "x": the pictures, "y": each one's class in this episode


def episode(
    pictures: Tensor, n_way: int, k_shot: int, n_query: int, generator: torch.Generator
) -> tuple[Labelled, Labelled]:
    """Support and query of one N-way K-shot task (Vinyals et al. 2016, arXiv 1606.04080).

    pictures (C, W, ...): C characters by W writers -> {"x": (N K, ...), "y": (N K,)}, {"x": (N Q, ...), "y":
    (N Q,)}. The N characters, which of them is class 0, and who is support are drawn anew each time.
    """
    who = torch.randperm(len(pictures), generator=generator)[:n_way]  # (N,), in random order
    order = torch.rand(n_way, pictures.shape[1], generator=generator).argsort(1)[:, : k_shot + n_query]
    drawn = pictures[who[:, None], order]  # (N, K + Q, ...)
    return labelled(drawn[:, :k_shot]), labelled(drawn[:, k_shot:])


def labelled(drawn: Tensor) -> Labelled:
    """(N, n, ...) -> its N n examples in a row, each with the number of its class."""
    n_way, n = drawn.shape[:2]
    return {"x": drawn.flatten(0, 1), "y": torch.arange(n_way).repeat_interleave(n)}


def prototype_logits(support: Tensor, label: Tensor, query: Tensor) -> Tensor:
    """l_mn = -|q_m - c_n|^2 with c_n the mean of class n's support features (ProtoNet, arXiv 1703.05175).

    support (S, d), label (S,) of 0 .. N-1 in any order, query (M, d) -> (M, N)
    """
    n_way = int(label.max()) + 1
    prototypes = torch.stack([support[label == n].mean(0) for n in range(n_way)])  # (N, d)
    return -(query[:, None] - prototypes).square().sum(-1)  # (M, N)


def anil_step(params: Params, alpha: float) -> Step:
    """Descent on the head alone: ANIL, "almost no inner loop" (Raghu et al. 2019, arXiv 1909.09157)."""
    return only([name for name in params if name.startswith("head.")], sgd(alpha))


def split_test(split: Callable, alphabets: Sequence[str]) -> None:
    """Refuses a split(alphabets, n_train) -> (train rows, test rows) that leaks or loses.

    alphabets: the alphabet of each character, in any order; n_train: how many alphabets train.
    """
    for n_train in range(1, len(set(alphabets))):
        train, test = ([int(row) for row in side] for side in split(list(alphabets), n_train))
        assert sorted(train + test) == list(range(len(alphabets))), "each character is on one side, once"
        met = {alphabets[row] for row in train}
        assert not met & {alphabets[row] for row in test}, "an alphabet is on both sides"
        assert len(met) == n_train, "so many alphabets train"


def by_alphabet(alphabets: Sequence[str], n_train: int) -> tuple[list[int], list[int]]:
    """The rows of the first n_train alphabets, and the rest: no alphabet is on both sides."""
    chosen = list(dict.fromkeys(alphabets))[:n_train]
    train = [row for row, alphabet in enumerate(alphabets) if alphabet in chosen]
    return train, [row for row, alphabet in enumerate(alphabets) if alphabet not in chosen]
