"""Invented letters: which strokes a letter has and where they run. No pen, no paper: that is stroke_pen.py.

A letter is four strokes at most, a stroke is a line or an arc of a circle given by POINTS of its points.
Every stroke but the first begins on an earlier one, so that the strokes hang together as handwriting does.
"""

import math

import torch
from torch import Tensor

from .base import uniform

STROKES, POINTS = 4, 12  # at most so many strokes a letter; points a stroke
CANDIDATES = 6  # ways a stroke could run, of which the one that is nearest to no earlier ink is taken


def letters(n: int, *, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """n letters of one alphabet: points (n, STROKES, POINTS, 2) in [-1, 1]^2, y down, and stroke counts (n,).

    An alphabet has a temper: how often its strokes are bent, and how wide its letters are.
    """
    curly, wide = uniform(0.15, 0.85, 2, generator=generator)
    strokes = first_stroke(n, float(curly), generator=generator)[:, None]  # (n, 1, POINTS, 2)
    for _ in range(STROKES - 1):
        strokes = torch.cat([strokes, next_stroke(strokes, float(curly), generator=generator)[:, None]], 1)
    count = 1 + torch.multinomial(torch.tensor([0.05, 0.35, 0.40, 0.20]), n, True, generator=generator)
    return centred(strokes, count, 0.6 + 0.5 * float(wide)), count


def first_stroke(n: int, curly: float, *, generator: torch.Generator) -> Tensor:
    """From anywhere to the other side of the box: (n, POINTS, 2)."""
    start = anchors(n, generator=generator)
    end = -start + 0.5 * (anchors(n, generator=generator) + start) * (
        torch.rand(n, 1, generator=generator) < 0.6
    )
    return arc(start, end, turning(n, curly, generator=generator))


def next_stroke(strokes: Tensor, curly: float, *, generator: torch.Generator) -> Tensor:
    """strokes (n, s, POINTS, 2) -> one more for each letter, (n, POINTS, 2)."""
    n, s = strokes.shape[:2]
    start = joint(strokes, generator=generator)[:, None].expand(-1, CANDIDATES, -1)  # (n, CANDIDATES, 2)
    end = anchors(n * CANDIDATES, generator=generator).unflatten(0, (n, CANDIDATES))
    turn = turning(n * CANDIDATES, curly, generator=generator).unflatten(0, (n, CANDIDATES))
    ways = arc(start, end, turn)  # (n, CANDIDATES, POINTS, 2)
    far = torch.cdist(ways, strokes.flatten(1, 2)[:, None]).amin(-1)  # of each point from the ink there is
    return ways[torch.arange(n), far.mean(-1).argmax(1)]


def anchors(n: int, *, generator: torch.Generator) -> Tensor:
    """Points near the 3 x 3 crossings of a writing grid: (n, 2)."""
    crossing = torch.randint(-1, 2, (n, 2), generator=generator).float()
    return 0.85 * crossing + 0.1 * torch.randn(n, 2, generator=generator)


def joint(strokes: Tensor, *, generator: torch.Generator) -> Tensor:
    """Where the next stroke begins: the last one's end half of the time, else a point of any, (n, 2)."""
    n, s = strokes.shape[:2]
    places = torch.tensor(
        [0, POINTS // 3, POINTS // 2, POINTS - 1]
    )  # where hands join: ends, a third, a half
    stroke = torch.randint(s, (n,), generator=generator)
    place = places[torch.randint(len(places), (n,), generator=generator)]
    found = strokes[torch.arange(n), stroke, place]
    goes_on = torch.rand(n, 1, generator=generator) < 0.5
    return torch.where(goes_on, strokes[:, -1, -1], found)


def turning(n: int, curly: float, *, generator: torch.Generator) -> Tensor:
    """How far each stroke turns from end to end, in radians: hardly, or as an arc, or nearly a ring. (n,)"""
    sign = 1 - 2 * torch.randint(2, (n,), generator=generator)
    kind = torch.rand(n, generator=generator)
    straight = uniform(0.0, 0.15, n, generator=generator)
    bent, ring = uniform(1.2, 3.6, n, generator=generator), uniform(4.6, 5.4, n, generator=generator)
    return sign * torch.where(kind < curly, torch.where(kind < 0.15 * curly, ring, bent), straight)


def arc(start: Tensor, end: Tensor, turn: Tensor) -> Tensor:
    """The arc of a circle from start to end (..., 2) that turns by `turn` (...): (..., POINTS, 2).

    p(s) = start + sin(turn s / 2) / sin(turn / 2) R(turn (1 - s) / 2) (end - start), s from 0 to 1, R(a) the
    rotation by a. Beyond half a circle the chord is shortened, so that rings are no larger than arcs.
    """
    turn = torch.where(turn.abs() < 1e-3, torch.full_like(turn, 1e-3), turn)[..., None]  # (..., 1)
    end = start + (end - start) * (1 / (turn.abs() / math.pi).clamp_min(1.0))  # a ring's chord is short
    s = torch.linspace(0, 1, POINTS)
    angle = turn * (1 - s) / 2
    reach = torch.sin(turn * s / 2) / torch.sin(turn / 2)  # (..., POINTS)
    x, y = (end - start)[..., None, :].unbind(-1)  # (..., 1)
    turned = torch.stack([angle.cos() * x - angle.sin() * y, angle.sin() * x + angle.cos() * y], -1)
    return start[..., None, :] + reach[..., None] * turned


def centred(strokes: Tensor, count: Tensor, wide: float) -> Tensor:
    """The strokes that count, moved and scaled into [-wide, wide] x [-1, 1]; proportions are kept."""
    there = torch.arange(STROKES) < count[:, None]  # (n, STROKES)
    hidden = ~there[:, :, None, None]
    low = strokes.masked_fill(hidden, math.inf).amin((1, 2))  # (n, 2)
    high = strokes.masked_fill(hidden, -math.inf).amax((1, 2))
    size = ((high - low) / torch.tensor([2 * wide, 2.0])).amax(1)  # (n,)
    return ((strokes - (low + high)[:, None, None] / 2) / size[:, None, None, None]).masked_fill(hidden, 0.0)
