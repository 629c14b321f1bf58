"""Writers: seeded affine, elastic and stroke-width warps that make a printed character look drawn by hand.

Nothing here knows which characters there are, or where pictures are kept.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from .cache import to_uint8

FINE, KNOTS, BATCH = 56, 5, 128  # warped at twice the final size; elastic grid; pictures a batch


def warp_settings(n: int, *, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Random affine maps (n, 2, 3), elastic shifts (n, KNOTS, KNOTS, 2) and stroke levels (n,)."""
    reach = torch.tensor([0.2, 0.15, 0.15, 0.25, 0.08, 0.08, 0.18])
    turn, wide, tall, slant, right, down, level = (
        (2 * torch.rand(n, 7, generator=generator) - 1) * reach
    ).unbind(1)
    affine = torch.stack(
        [
            torch.stack([turn.cos() / (1 + wide), -turn.sin() / (1 + wide) + slant, right], dim=1),
            torch.stack([turn.sin() / (1 + tall), turn.cos() / (1 + tall), down], dim=1),
        ],
        dim=1,
    )  # (n, 2, 3)
    elastic = 0.05 * torch.randn(n, KNOTS, KNOTS, 2, generator=generator)
    return affine, elastic, 0.42 + level


def warp(faces: Tensor, affine: Tensor, elastic: Tensor, level: Tensor) -> Tensor:
    """Blurred faces (n, CANVAS, CANVAS) -> drawings (n, 28, 28) in [0, 1].

    Where the blurred, warped ink passes a random level is the stroke's edge: a low level, a thick pen.
    """
    grid = F.affine_grid(affine, (len(faces), 1, FINE, FINE), align_corners=False)  # (n, 56, 56, 2)
    smooth = knots_to_pixels()
    shift = torch.einsum("yi,nijc->nyjc", smooth, elastic)
    grid += torch.einsum("xj,nyjc->nyxc", smooth, shift)
    ink = F.grid_sample(faces[:, None], grid, align_corners=False)  # (n, 1, 56, 56)
    ink = ink.sub_(level[:, None, None, None]).mul_(14).sigmoid_()
    return F.avg_pool2d(ink, 2)[:, 0]  # (n, 28, 28)


def knots_to_pixels() -> Tensor:
    """Bicubic interpolation from KNOTS to FINE along one side, as a matrix (FINE, KNOTS)."""
    bumps = torch.eye(KNOTS)[None, :, None, :].expand(1, KNOTS, KNOTS, KNOTS)  # each row of bumps[k] is e_k
    return F.interpolate(bumps, size=(KNOTS, FINE), mode="bicubic", align_corners=False)[0, :, 0].T


def write_all(faces: Tensor, face_of: Tensor, *, generator: torch.Generator, progress=iter) -> Tensor:
    """A drawing of faces[i] for every i in face_of (N,), in batches that fit a core's cache: (N, 28, 28)."""
    settings = warp_settings(len(face_of), generator=generator)
    drawings = torch.empty(len(face_of), FINE // 2, FINE // 2, dtype=torch.uint8)
    for start in progress(range(0, len(face_of), BATCH)):
        batch = slice(start, start + BATCH)
        drawings[batch] = to_uint8(warp(faces[face_of[batch]], *(s[batch] for s in settings)))
    return drawings
