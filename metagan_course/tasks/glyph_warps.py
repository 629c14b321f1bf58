"""Writers: seeded affine, elastic and stroke-width warps that make a printed character look drawn by hand.

Nothing here knows which characters there are, or where pictures are kept.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from .cache import to_uint8

FINE, KNOTS, BATCH = 56, 5, 128  # warped at twice the final size; elastic grid; pictures a batch


def warp_settings(n: int, *, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Random warp coefficients (n, 2, KNOTS + 2, KNOTS + 2) for `basis()`, and stroke levels (n,).

    An affine map (x, y) -> A (x, y) + b is the coefficients of x, y and 1; the knots hold the elastic shift.
    """
    reach = torch.tensor([0.2, 0.15, 0.15, 0.25, 0.08, 0.08, 0.18])
    drawn = (2 * torch.rand(n, 7, generator=generator) - 1) * reach  # (n, 7)
    turn, wide, tall, slant, right, down, level = drawn.unbind(1)
    warps = torch.zeros(n, 2, KNOTS + 2, KNOTS + 2)  # [:, x or y, row's function, column's function]
    warps[:, :, :KNOTS, :KNOTS] = 0.05 * torch.randn(n, 2, KNOTS, KNOTS, generator=generator)
    one, along = KNOTS, KNOTS + 1
    warps[:, 0, one, along] = turn.cos() / (1 + wide)
    warps[:, 0, along, one] = slant - turn.sin() / (1 + wide)
    warps[:, 1, one, along] = turn.sin() / (1 + tall)
    warps[:, 1, along, one] = turn.cos() / (1 + tall)
    warps[:, 0, one, one], warps[:, 1, one, one] = right, down
    return warps, 0.42 + level


def basis() -> Tensor:
    """Functions of one coordinate: KNOTS bicubic bumps, 1, the coordinate itself. (FINE, KNOTS + 2)"""
    bumps = F.interpolate(torch.eye(KNOTS)[None, None], size=(KNOTS, FINE), mode="bicubic")[0, 0].T
    centre = (torch.arange(FINE) + 0.5) * 2 / FINE - 1  # pixel centres in [-1, 1]
    return torch.cat([bumps, torch.ones(FINE, 1), centre[:, None]], dim=1)


def warp(faces: Tensor, warps: Tensor, level: Tensor) -> Tensor:
    """Blurred faces (n, 64, 64) -> drawings (n, 28, 28) in [0, 1].

    Where the blurred, warped ink passes a random level is the stroke's edge: a low level, a thick pen.
    """
    functions = basis()
    places = functions @ warps @ functions.T  # (n, 2, FINE, FINE): where each fine pixel looks
    ink = F.grid_sample(faces[:, None], places.permute(0, 2, 3, 1), align_corners=False)  # (n, 1, FINE, FINE)
    level = 14 * level[:, None, None, None]
    paper = torch.sigmoid(-level)  # what no ink at all would give: taken off, so that paper is 0
    ink = ink.mul_(14).sub_(level).sigmoid_().sub_(paper).div_(1 - paper)
    return F.avg_pool2d(ink, 2)[:, 0]  # (n, 28, 28)


def write_all(faces: Tensor, face_of: Tensor, *, generator: torch.Generator, progress=iter) -> Tensor:
    """A drawing of faces[i] for every i in face_of (N,), in batches that fit a core's cache: (N, 28, 28)."""
    settings = warp_settings(len(face_of), generator=generator)
    drawings = torch.empty(len(face_of), FINE // 2, FINE // 2, dtype=torch.uint8)
    for start in progress(range(0, len(face_of), BATCH)):
        batch = slice(start, start + BATCH)
        drawings[batch] = to_uint8(warp(faces[face_of[batch]], *(s[batch] for s in settings)))
    return drawings
