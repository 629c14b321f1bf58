"""Generators that learn nothing: each turns a task's support into samples, and a Meta-GAN must beat it.

sample(support (T, S, ...), n, generator) -> (T, n, ...). For glyphs the jitter is close to how the data were
made, so there it is an upper reference; on real handwriting it is the baseline to fear.
"""

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
    """x = x_s + h e: a support example and noise, h = S^(-1/5) times the support's own spread (Scott)."""
    spread = support.flatten(1).std(1) if support.dim() == 3 else support.std(1).flatten(1).mean(1)  # (T,)
    width = (spread * support.shape[1] ** -0.2).reshape(-1, *[1] * (support.dim() - 1))
    copies = support_copy(support, n, generator)
    drawn = copies + width * torch.randn(copies.shape, generator=generator)
    return drawn.clamp(0, 1) if support.dim() == 5 else drawn


def jitter(support: Tensor, n: int, generator: torch.Generator, *, size: float = 0.1) -> Tensor:
    """x = a support picture through a random affine map and a smooth elastic one: classical augmentation.

    The map is A x + b + d(x): A = 1 + size N(0, 1), b = size N(0, 1), d bicubic from 5 x 5 knots of size / 2.
    """
    pictures = support_copy(support, n, generator).flatten(0, 1)  # (T n, 1, 28, 28)
    affine = torch.eye(2, 3) + size * torch.randn(len(pictures), 2, 3, generator=generator)
    knots = 0.5 * size * torch.randn(len(pictures), 2, 5, 5, generator=generator)
    elastic = F.interpolate(knots, size=pictures.shape[-2:], mode="bicubic").permute(0, 2, 3, 1)
    places = F.affine_grid(affine, pictures.shape, align_corners=False) + elastic  # (T n, 28, 28, 2)
    seen = F.grid_sample(pictures, places, align_corners=False)
    return seen.clamp(0, 1).unflatten(0, (len(support), n))


PICTURE_BASELINES = {
    "support copy": support_copy,
    "support mean": support_mean,
    "pixel KDE": kernel_density,
    "affine + elastic jitter": jitter,
}
POINT_BASELINES = {"support copy": support_copy, "support mean": support_mean, "KDE": kernel_density}
