"""Single named point sets, for looking at one GAN at work, and points somebody drew. Not families of shapes.

Every one fits in the square [-2, 2]^2.
"""

import math

import torch
from torch import Tensor

from .base import Task, check_generator, check_request, split_uniform, uniform
from .shapes import polar, rotate

MODE_SD = 0.05


def ring_of_modes(n_modes: int = 8, radius: float = 1.5) -> Tensor:
    """n_modes points evenly on a circle. (`linspace(0, 2 pi, 8)` holds one angle twice: a ring of seven.)"""
    angle = 2 * math.pi * torch.arange(n_modes) / n_modes
    return polar(torch.full_like(angle, radius), angle)  # (n_modes, 2)


def grid_of_modes(side: int = 5, reach: float = 1.6) -> Tensor:
    """side * side points on a square grid from -reach to reach."""
    ticks = torch.linspace(-reach, reach, side)
    return torch.cartesian_prod(ticks, ticks)  # (side * side, 2)


# the data sets that are mixtures of equal Gaussians: their modes can be counted
MODES = {"ring": ring_of_modes, "grid": grid_of_modes}


def _mixture(modes: Tensor, n: int, generator: torch.Generator) -> Tensor:
    which = torch.randint(len(modes), (n,), generator=generator)
    return modes[which] + MODE_SD * torch.randn(n, 2, generator=generator)


def _ring(n, generator):
    return _mixture(ring_of_modes(), n, generator)


def _grid(n, generator):
    return _mixture(grid_of_modes(), n, generator)


def _line(n, generator):
    x = uniform(-1.5, 1.5, n, generator=generator)
    return torch.stack([x, x / 2], dim=-1) + MODE_SD * torch.randn(n, 2, generator=generator)


def _two_moons(n, generator):
    angle = math.pi * torch.rand(n, generator=generator)
    lower = torch.randint(2, (n,), generator=generator).bool()
    upper_moon = polar(torch.ones(n), angle) + torch.tensor([-0.5, -0.25])
    points = torch.where(lower[:, None], -upper_moon, upper_moon)  # half a turn apart
    return points + MODE_SD * torch.randn(n, 2, generator=generator)


def _spiral(n, generator):
    along = torch.rand(n, generator=generator).sqrt()
    return polar(1.6 * along, 3 * math.pi * along) + MODE_SD * torch.randn(n, 2, generator=generator)


DATASETS = {"ring": _ring, "grid": _grid, "line": _line, "two_moons": _two_moons, "spiral": _spiral}


def points(name: str, n: int, *, generator: torch.Generator) -> Tensor:
    """n points of `name`: ring (of 8 Gaussians), grid (of 25), line, two_moons or spiral -> (n, 2)."""
    if name not in DATASETS:
        raise ValueError(f"name is {name!r}; it must be one of {', '.join(map(repr, DATASETS))}.")
    if n < 1:
        raise ValueError(f"n is {n}; ask for 1 point or more.")
    check_generator(generator)
    return DATASETS[name](n, generator)  # (n, 2)


def modes(name: str) -> Tensor:
    """The centres of `name`'s Gaussians, whose standard deviation is MODE_SD: ring (8, 2), grid (25, 2)."""
    if name not in MODES:
        raise ValueError(f"name is {name!r}; only {' and '.join(map(repr, MODES))} have modes to count.")
    return MODES[name]()


class Drawn:
    """Points somebody drew, as a task family. points (N, 2).

    With `turned=True` each task is the drawing turned by a hidden angle, `label` (T, 1); the sides part the
    angles. Otherwise every task is the drawing itself, label is 0, and only the choice of points differs.
    """

    name = "drawn"
    point_shape = (2,)
    factor_names = ("angle",)

    def __init__(self, points: Tensor, *, turned: bool = False):
        points = torch.as_tensor(points, dtype=torch.float32)
        if points.ndim != 2 or points.shape[1] != 2 or not len(points):
            raise ValueError(
                f"points has shape {tuple(points.shape)}; it must be (N, 2): a row x, y a point."
            )
        if not points.isfinite().all():
            raise ValueError("points holds a nan or an infinity; remove that row.")
        self.points, self.turned = points, turned

    def sample(self, n_tasks, k_support, n_query, *, split, generator) -> Task:
        check_request(n_tasks, k_support, n_query, split, generator, examples=len(self.points))
        order = torch.rand(n_tasks, len(self.points), generator=generator).argsort(1)  # (T, N)
        chosen = self.points[order[:, : k_support + n_query]]  # (T, S + Q, 2)
        angle = self._angles(n_tasks, split, generator)
        chosen = rotate(chosen, angle) if self.turned else chosen
        return Task(chosen[:, :k_support], chosen[:, k_support:], angle[:, None])

    def _angles(self, n_tasks, split, generator) -> Tensor:
        turn = split_uniform(0.0, 2 * math.pi, n_tasks, split=split, generator=generator)
        return turn if self.turned else torch.zeros(n_tasks)
