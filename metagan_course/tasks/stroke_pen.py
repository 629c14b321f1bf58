"""Hands and pens: one writer's way of drawing a letter's strokes, and ink on 28 x 28 pixels.

Nothing here knows which letters there are, or where pictures are kept.
"""

import math

import torch
from torch import Tensor

from .base import uniform
from .cache import to_uint8

SIDE, BATCH = 28, 64  # pixels; drawings a batch, as many as fit a core's cache
WAVES = 4


def hands(n: int, *, generator: torch.Generator) -> dict[str, Tensor]:
    """n writers: what is the same in all that one of them draws. The first axis of each is the writer."""
    between = lambda low, high: uniform(low, high, n, generator=generator)  # noqa: E731
    return {
        "pen": between(0.65, 1.35),  # half the stroke's width, in pixels
        "size": between(7.5, 10.5),  # half the letter's height, in pixels
        "stretch": between(-0.15, 0.15),
        "slant": between(-0.3, 0.3),
        "care": between(0.5, 1.3),  # how large the slips are
    }


def drawn(strokes: Tensor, hand: dict[str, Tensor], *, generator: torch.Generator) -> Tensor:
    """Each letter by its own hand and with slips: strokes (n, s, p, 2), n hands -> pixels (n, s, p, 2)."""
    slip = hand["care"][:, None, None]
    points = strokes + slip[..., None] * wobble(strokes, generator=generator)
    points = points + stroke_slips(points, slip, generator=generator)
    turn = 0.12 * slip[:, :, 0] * torch.randn(len(points), 1, generator=generator)  # (n, 1)
    x, y = points.flatten(1, 2).unbind(-1)  # (n, s p)
    wide = hand["size"] * (1 + hand["stretch"])
    x = wide[:, None] * (x - hand["slant"][:, None] * y)
    y = hand["size"][:, None] * y
    turned = torch.stack([turn.cos() * x - turn.sin() * y, turn.sin() * x + turn.cos() * y], -1)
    aside = torch.randn(len(points), 1, 2, generator=generator).clamp(-2, 2)
    return fitted(turned + aside, hand["pen"]).unflatten(1, strokes.shape[1:3])


def fitted(places: Tensor, pen: Tensor) -> Tensor:
    """Places (n, m, 2) about the middle, moved onto the sheet; a letter too large for it is drawn smaller."""
    room = SIDE / 2 - 1.5 - pen  # (n,)
    over = (places.abs().amax((1, 2)) / room).clamp_min(1.0)
    return SIDE / 2 + places / over[:, None, None]


def wobble(points: Tensor, *, generator: torch.Generator) -> Tensor:
    """A smooth shift of the whole sheet, sum_k a_k sin(f_k . p + b_k) of WAVES waves: the shape of points."""
    n = len(points)
    amount = 0.09 * torch.randn(n, WAVES, 2, generator=generator)
    frequency = 1.6 * torch.randn(n, WAVES, 2, generator=generator)
    phase = uniform(0.0, 2 * math.pi, n, WAVES, generator=generator)
    wave = torch.sin(points.flatten(1, 2) @ frequency.mT + phase[:, None])  # (n, s p, WAVES)
    return (wave @ amount).view_as(points)


def stroke_slips(points: Tensor, slip: Tensor, *, generator: torch.Generator) -> Tensor:
    """Each stroke on its own: begun a little off, and stopped early or late. The shape of points."""
    n, s, p, _ = points.shape
    begun = 0.04 * torch.randn(n, s, 1, 2, generator=generator)
    late = 0.08 * torch.randn(n, s, 1, 1, generator=generator)
    grown = late * torch.linspace(0, 1, p)[:, None] * (points - points[:, :, :1])
    return slip[..., None] * (begun + grown)


def ink(points: Tensor, count: Tensor, pen: Tensor) -> Tensor:
    """points (n, s, p, 2) in pixels, the first count (n,) strokes drawn by pens (n,): (n, 28, 28).

    A pixel d away from the nearest segment has ink clamp(pen - d + 1/2, 0, 1): a sharp edge, seen by pixels.
    """
    start, way = points[:, :, :-1], points.diff(dim=2)  # (n, s, p - 1, 2)
    start, absent = start.flatten(1, 2), torch.arange(points.shape[1]) >= count[:, None]  # (n, s)
    absent = absent.repeat_interleave(way.shape[2], 1)[:, None]  # (n, 1, segments)
    length = way.norm(dim=-1).clamp_min(1e-4).flatten(1, 2)  # (n, segments)
    along = way.flatten(1, 2) / length[..., None]
    across = torch.stack([-along[..., 1], along[..., 0]], -1)
    u, v = (pixels() @ axis.mT - (start * axis).sum(-1)[:, None] for axis in (along, across))
    past = u - u.clamp_min(0).minimum(length[:, None])  # (n, 784, segments): beyond either end
    distance = past.square_().add_(v.square_()).masked_fill_(absent, math.inf).amin(-1).sqrt()
    return (pen[:, None] - distance + 0.5).clamp(0, 1).view(-1, SIDE, SIDE)


def pixels() -> Tensor:
    """The centres of all pixels, row by row: (784, 2), x then y."""
    centre = torch.arange(SIDE) + 0.5
    y, x = torch.meshgrid(centre, centre, indexing="ij")
    return torch.stack([x.flatten(), y.flatten()], -1)


def draw_all(
    strokes: Tensor, count: Tensor, hand: dict[str, Tensor], *, generator: torch.Generator
) -> Tensor:
    """Every letter by every hand: strokes (C, s, p, 2), count (C,), W hands -> bytes (C, W, 28, 28)."""
    n, writers = len(strokes), len(hand["pen"])
    letter, writer = (
        i.flatten() for i in torch.meshgrid(torch.arange(n), torch.arange(writers), indexing="ij")
    )
    points = drawn(strokes[letter], {k: v[writer] for k, v in hand.items()}, generator=generator)
    pen = hand["pen"][writer]
    parts = [slice(i, i + BATCH) for i in range(0, len(letter), BATCH)]
    sheets = [to_uint8(ink(points[b], count[letter[b]], pen[b])) for b in parts]
    return torch.cat(sheets).view(n, writers, SIDE, SIDE)
