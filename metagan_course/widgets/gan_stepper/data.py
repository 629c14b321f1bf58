"""What the generator should learn: a named point set or the learner's drawing. No network here.

Every set comes with what a perfect generator would score on it, so that "good" has a place on the axis.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from metagan_course.metrics import energy_distance, real_vs_real
from metagan_course.metrics.samples import distances
from metagan_course.tasks import DATASETS, modes, points
from metagan_course.tasks.toys import MODE_SD, MODES

WATCHED = 200  # points drawn on the screen and measured: real ones, and as many generated
PIECES = 8  # parts that a set without Gaussian modes is cut into
NAMES = (*DATASETS, "drawn")

Strokes = Sequence[Sequence[Sequence[float]]]  # each stroke a list of (x, y)


class Data(NamedTuple):
    """A point set to learn, and the yardsticks that belong to it."""

    name: str
    draw: Callable[[int, torch.Generator], Tensor]  # (n, generator) -> (n, 2)
    watched: Tensor  # (WATCHED, 2), the real points shown and measured against
    centres: Tensor  # (m, 2), modes, or landmarks of a set that has none
    radius: float  # a mode is covered by a generated point this near to it
    floor: float  # 95% of real-against-real energy distances lie below


def load(name: str, *, strokes: Strokes = (), seed: int = 0) -> Data:
    """The named set; `drawn` follows `strokes`."""
    if name not in NAMES:
        raise ValueError(f"data is {name!r}; it must be one of {', '.join(NAMES)}.")
    draw = sampler(name, strokes)
    generator = torch.Generator().manual_seed(10_000 + seed)
    pool = draw(2 * WATCHED, generator)  # (2 WATCHED, 2)
    watched = pool[:WATCHED]
    if name in MODES:
        centres, radius = modes(name), 3 * MODE_SD
    else:
        centres, radius = landmarks(watched, PIECES)
    scores = real_vs_real(energy_distance, pool, n_first=WATCHED, n_splits=40, generator=generator)
    return Data(name, draw, watched, centres, radius, max(scores.quantile(0.95).item(), 1e-4))


def sampler(name: str, strokes: Strokes = ()) -> Callable[[int, torch.Generator], Tensor]:
    if name != "drawn":
        return lambda n, generator: points(name, n, generator=generator)
    ink = along(strokes)  # (N, 2)

    def draw(n, generator):
        chosen = torch.randint(len(ink), (n,), generator=generator)
        return ink[chosen] + MODE_SD * torch.randn(n, 2, generator=generator)

    return draw


def along(strokes: Strokes, spacing: float = 0.02) -> Tensor:
    """Points evenly along every stroke, so that a slow hand draws no denser than a fast one -> (N, 2)."""
    laid = []
    for stroke in strokes:
        line = torch.tensor(stroke, dtype=torch.float32).reshape(-1, 2)
        if len(line) and not line.isfinite().all():
            raise ValueError("strokes hold a nan or an infinity; draw again.")
        laid += [line[:1]]
        for a, b in zip(line[:-1], line[1:], strict=True):
            n = int((b - a).norm() / spacing) + 1
            laid.append(a + (b - a) * torch.arange(1, n + 1)[:, None] / n)
    ink = torch.cat(laid) if laid else torch.empty(0, 2)
    if not len(ink):
        raise ValueError("strokes are empty; draw something first.")
    return ink


def landmarks(real: Tensor, n: int, rounds: int = 20) -> tuple[Tensor, float]:
    """The centres of n even pieces of `real`, and the radius within which they reach all of it.

    Farthest points first, then k-means, so that any shape falls into pieces of about one size and "how many
    pieces have a generated point" is defined.
    """
    centres = real[:1]
    while len(centres) < n:
        farthest = distances(real, centres).amin(1).argmax()
        centres = torch.cat([centres, real[farthest : farthest + 1]])
    for _ in range(rounds):
        nearest = distances(real, centres).argmin(1)
        centres = torch.stack(
            [real[nearest == i].mean(0) if (nearest == i).any() else centres[i] for i in range(n)]
        )
    return centres, max(distances(real, centres).amin(1).max().item(), 1e-3)
