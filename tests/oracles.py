"""Independent answers to hold the engine against: finite differences, and small games in float64."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.func import vmap

from metagan_course.trees import tree_flatten, tree_leaves, tree_map, tree_unflatten


class Tasks(NamedTuple):
    support: object
    query: object


def fresh_generator() -> torch.Generator:
    """New random inputs every run; the seed is printed, so that a failure can be repeated."""
    generator = torch.Generator()
    print("seed", generator.seed())
    return generator


def normal(generator, *shape) -> Tensor:
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def random_params(module: nn.Module, generator, scale: float = 0.7) -> dict[str, Tensor]:
    return {n: scale * normal(generator, *w.shape) for n, w in module.named_parameters()}


def finite_differences(f, meta, h: float = 1e-4):
    """df/dmeta coordinate by coordinate: central differences at h and 2h, combined to fourth order.

    f only ever sees moved points, all of them in one vmap for speed; nothing is differentiated here.
    """
    leaves, form = tree_flatten(meta)
    centre = torch.cat([x.detach().reshape(-1) for x in leaves])  # (N,)

    def at(flat):
        parts = flat.split([x.numel() for x in leaves])
        return f(tree_unflatten([part.view(x.shape) for part, x in zip(parts, leaves, strict=True)], form))

    moves = h * torch.eye(len(centre), dtype=centre.dtype)
    values = vmap(at)(torch.cat([centre + s * moves for s in (1, -1, 2, -2)])).view(4, -1)  # (4, N)
    near, far = (values[0] - values[1]) / (2 * h), (values[2] - values[3]) / (4 * h)
    parts = ((4 * near - far) / 3).split([x.numel() for x in leaves])
    return tree_unflatten([part.view(x.shape) for part, x in zip(parts, leaves, strict=True)], form)


def relative_error(got, expected) -> float:
    """|got - expected| / |expected|, over all entries of the nest as one vector."""
    flat = [torch.cat([x.detach().reshape(-1) for x in tree_leaves(nest)]) for nest in (got, expected)]
    return ((flat[0] - flat[1]).norm() / flat[1].norm()).item()


def equal(a, b) -> bool:
    """Bit for bit."""
    return all(torch.equal(x, y) for x, y in zip(tree_leaves(a), tree_leaves(b), strict=True))


def small_players() -> tuple[nn.Module, nn.Module]:
    """Smooth and tiny: every coordinate can be moved by hand."""
    gen = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 2))
    disc = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
    return gen.double(), disc.double()


def small_tasks(generator, *, n_tasks=2, n_steps=3, batch=4) -> tuple[Tasks, Tensor, Tensor]:
    """Tasks in the plane with their noise: Tasks (T, B, 2), noise (T, K, 2, B, 2), query noise (T, B, 2)."""
    tasks = Tasks(normal(generator, n_tasks, batch, 2) + 1, normal(generator, n_tasks, batch, 2) + 1)
    return tasks, normal(generator, n_tasks, n_steps, 2, batch, 2), normal(generator, n_tasks, batch, 2)


def task_at(tasks, t: int):
    return tree_map(lambda x: x[t], tasks)
