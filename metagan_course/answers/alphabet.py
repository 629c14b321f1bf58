"""What lesson 13 builds: a drawing on the sheet that the networks know, who copies, what guesses are worth.

Not here: the pad, the four starts and the files (widgets/draw_pad).
"""

from collections.abc import Callable

import torch
from torch import Tensor

from metagan_course.metrics import support_nn
from metagan_course.tasks.stroke_pen import SIDE, ink

HALF, PEN = (
    9.0,
    1.0,
)  # pixels: half a letter's longer side, half a line's width; as in the middle of `strokes`
POINTS = 24  # of a stroke, evenly along its way


def on_the_sheet(points: Tensor, half: float = HALF) -> Tensor:
    """A letter's points in any unit, moved onto the sheet: (m, 2) -> pixels (m, 2).

    x' = 14 + half (x - c) / r with c the middle of the box around the letter and r half its longer side: the
    letter keeps its shape, and where and how large it was drawn is forgotten. A dot (r = 0) goes to the
    middle.
    """
    low, high = points.amin(0), points.amax(0)
    c, r = (low + high) / 2, (high - low).max() / 2
    return SIDE / 2 + half * (points - c) / torch.where(r > 0, r, 1.0)


def as_drawn(points: Tensor) -> Tensor:
    """The whole pad, -1 to 1, on the whole sheet: small stays small, a corner stays a corner."""
    return SIDE / 2 * (1 + points)


def picture(strokes: list, place: Callable[[Tensor], Tensor] = on_the_sheet, pen: float = PEN) -> Tensor:
    """One drawing, a list of strokes [[x, y], ...], as the networks see it: (1, 28, 28), ink = 1."""
    if not strokes:
        return torch.zeros(1, SIDE, SIDE)
    even = torch.stack([evenly(torch.tensor(stroke, dtype=torch.float32)) for stroke in strokes])
    placed = place(even.flatten(0, 1)).view_as(even)
    placed[..., 0] += torch.linspace(0, 1e-2, POINTS)  # a dot has a length, too, and the pen a way to go
    return ink(placed[None], torch.tensor([len(strokes)]), torch.tensor([float(pen)]))


def evenly(stroke: Tensor, n: int = POINTS) -> Tensor:
    """n points at equal distances along a stroke: (m, 2) -> (n, 2). A slow hand leaves more points."""
    length = stroke.diff(dim=0).norm(dim=1)
    moved = torch.cat([torch.tensor([True]), length > 0])  # a hand that rests leaves a place twice
    stroke, way = stroke[moved], torch.cat([torch.zeros(1), length[length > 0].cumsum(0)])
    if len(stroke) == 1:
        return stroke.expand(n, 2)
    at = torch.linspace(0, 1, n) * way[-1]
    i = torch.searchsorted(way, at, right=True).clamp(1, len(way) - 1)
    share = (at - way[i - 1]) / (way[i] - way[i - 1])
    return stroke[i - 1] + share[:, None] * (stroke[i] - stroke[i - 1])


def nearer_to_shown(fake: Tensor, shown: Tensor, others: Tensor) -> Tensor:
    """Share of fakes nearer to a drawing that was shown than to one that was not: (M, d), ... -> ().

    As many of each kind, the first ones; a tie counts half. 0.5 is an honest hand, 1 a copier.
    """
    return support_nn(fake=fake, support=shown, query=others)


def guess_interval(right: int, asked: int, z: float = 1.96) -> tuple[float, float]:
    """All p for which `right` of `asked` is no surprise: |k / n - p| <= z sqrt(p (1 - p) / n) (Wilson 1927).

    (k / n + z^2 / 2n -+ z sqrt(k / n (1 - k / n) / n + z^2 / 4n^2)) / (1 + z^2 / n)
    """
    share, more = right / asked, z**2 / asked
    middle = share + more / 2
    reach = z * (share * (1 - share) / asked + more / (4 * asked)) ** 0.5
    return (middle - reach) / (1 + more), (middle + reach) / (1 + more)
