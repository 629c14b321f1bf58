"""Generators that learn nothing: each turns a task's support into samples, and a Meta-GAN must beat it.

sample(support (T, S, ...), n, generator) -> (T, n, ...). For glyphs the jitter is close to how the data were
made, so there it is an upper reference; on real handwriting it is the baseline to fear.
"""

from collections.abc import Callable
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor


def support_copy(support: Tensor, n: int, generator: torch.Generator) -> Tensor:
    """x = a support example, drawn with replacement: perfect strokes, nothing new."""
    which = torch.randint(support.shape[1], support.shape[:1] + (n,), generator=generator)  # (T, n)
    return support[torch.arange(len(support))[:, None], which]


def support_mean(support: Tensor, n: int, generator: torch.Generator) -> Tensor:
    """x = mean of the support, n times over: fools FID, density and coverage."""
    return support.mean(1, keepdim=True).expand(-1, n, *support.shape[2:])


def kernel_density(support: Tensor, n: int, generator: torch.Generator) -> Tensor:
    """x = x_s + h e: a support example and noise, h = S^(-1/5) times the support's own spread (Scott).

    One drawing has no spread of its own: then it is a copy.
    """
    fewer = min(1, support.shape[1] - 1)  # a standard deviation divides by S - 1, that of one drawing by 1
    over_drawings = support.std(1, correction=fewer)
    spread = support.flatten(1).std(1) if support.dim() == 3 else over_drawings.flatten(1).mean(1)  # (T,)
    width = (spread * support.shape[1] ** -0.2).reshape(-1, *[1] * (support.dim() - 1))
    copies = support_copy(support, n, generator)
    drawn = copies + width * torch.randn(copies.shape, generator=generator)
    return drawn.clamp(0, 1) if support.dim() == 5 else drawn


FINE, BATCH = 4, 256  # a warped picture is sampled so many times finer; pictures at a time
# chosen by usefulness on validation (benchmarks/baselines.json)
JITTER = {"glyphs": {"size": 0.11, "edge": 7.5}, "omniglot": {"size": 0.11, "edge": 7.5}}


def jitter(support: Tensor, n: int, generator: torch.Generator, *, size: float, edge: float) -> Tensor:
    """x = a support picture through a random affine map and a smooth elastic one, its strokes inked anew.

    The map is A x + b + d(x): A = 1 + size N(0, 1), b = size N(0, 1), d bicubic from 5 x 5 knots of size / 2.
    It is sampled at four times the resolution and put through one sigmoid of steepness `edge` before it is
    made small again: a warp on the 28 x 28 grid would blur every stroke, and lose by its blur.
    """
    pictures = support_copy(support, n, generator).flatten(0, 1)  # (T n, 1, 28, 28)
    affine = torch.eye(2, 3) + size * torch.randn(len(pictures), 2, 3, generator=generator)
    knots = 0.5 * size * torch.randn(len(pictures), 2, 5, 5, generator=generator)
    parts = zip(pictures.split(BATCH), affine.split(BATCH), knots.split(BATCH), strict=True)
    return torch.cat([warp(*part, edge) for part in parts]).unflatten(0, (len(support), n))


def warp(pictures: Tensor, affine: Tensor, knots: Tensor, edge: float) -> Tensor:
    """pictures (B, 1, 28, 28), affine (B, 2, 3), knots (B, 2, 5, 5) -> (B, 1, 28, 28)."""
    fine = [FINE * n for n in pictures.shape[-2:]]
    places = F.affine_grid(affine, [len(pictures), 1, *fine], align_corners=False)  # (B, 112, 112, 2)
    places += F.interpolate(knots, size=fine, mode="bicubic").permute(0, 2, 3, 1)
    return F.avg_pool2d(ink(F.grid_sample(pictures, places, align_corners=False), edge), FINE)


def ink(grey: Tensor, edge: float) -> Tensor:
    """s(g) = sigmoid(edge (g - 1/2)), stretched so that s(0) = 0 and s(1) = 1: paper stays paper."""
    low = torch.sigmoid(torch.tensor(-edge / 2))
    return (torch.sigmoid(edge * (grey.clamp(0, 1) - 0.5)) - low) / (1 - 2 * low)


def for_pictures(family: str) -> dict[str, Callable]:
    """The baselines of a picture family by name; the jitter with the two numbers that validation chose."""
    return {
        "support copy": support_copy,
        "support mean": support_mean,
        "pixel KDE": kernel_density,
        "tuned jitter": partial(jitter, **JITTER.get(family, JITTER["omniglot"])),
    }


POINT_BASELINES = {"support copy": support_copy, "support mean": support_mean, "KDE": kernel_density}
