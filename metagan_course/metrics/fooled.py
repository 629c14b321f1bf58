"""Scores that a cheat fools, and two cheats, for lesson 03, which shows how. No result rests on them.

Each score has its own cheat. With 15 fakes against 15 real samples in 64 dimensions one that returns the
*mean* of the support beats real data on FID, density and coverage, and 1-NN cannot tell it; KID, recall and
diversity see through it (on glyphs: 1.34, 0 and 0). One that *copies* the support is the other way round:
there it has a KID of .17, half of the recall and nine tenths of the diversity, which no trained generator had
when this was written; FID and coverage notice that five drawings are not fifteen. That help ends where a
copier has enough to copy: with 675 drawings in the features of lesson 03's critic, a copy of the training set
passes FID and coverage as well. Support-NN and authenticity catch it in both cases.
"""

import torch
from torch import Tensor

from metagan_course.metrics.neighbours import ball_radii
from metagan_course.metrics.samples import check_pair, distances


def mean_of(support: Tensor, n: int) -> Tensor:
    """The cheat that draws one thing: the support's mean, n times. (..., S, d) -> (..., n, d)"""
    return support.mean(-2, keepdim=True).expand(*support.shape[:-2], n, support.shape[-1])


def copies_of(support: Tensor, n: int, generator: torch.Generator) -> Tensor:
    """The cheat that memorised: n of the support, drawn with replacement. (..., S, d) -> (..., n, d)"""
    chosen = torch.randint(support.shape[-2], (*support.shape[:-2], n, 1), generator=generator)
    return support.gather(-2, chosen.expand(*chosen.shape[:-1], support.shape[-1]))


def centred_root(x: Tensor) -> Tensor:
    """R with R^T R = covariance of x: (..., n, d) -> (..., min(n, d), d)."""
    n = x.shape[-2]
    return torch.linalg.qr(x - x.mean(-2, keepdim=True), mode="r").R / (n - 1) ** 0.5


def fid(fake: Tensor, real: Tensor) -> Tensor:
    """|m - m'|^2 + tr(C + C' - 2 (C C')^(1/2)) (Heusel et al. 2017, arXiv 1706.08500).

    (..., n, d), (..., m, d) -> (...). With C = R^T R the last trace is the sum of the singular values of R
    R'^T: no matrix square root. Biased upwards for small sets, most where they spread most, so it prefers a
    generator that does not spread.
    """
    check_pair(2, fake=fake, real=real)
    r, s = centred_root(fake), centred_root(real)
    means = (fake.mean(-2) - real.mean(-2)).square().sum(-1)
    overlap = torch.linalg.svdvals(r @ s.mT).sum(-1)
    return means + r.square().sum((-2, -1)) + s.square().sum((-2, -1)) - 2 * overlap


def density(*, fake: Tensor, real: Tensor, k: int = 3) -> Tensor:
    """Mean number of real k-NN balls a fake lies in, over k (Naeem et al. 2020, arXiv 2002.09797).

    (..., n, d), (..., m, d) -> (...). About 1 for real data.
    """
    check_pair(1, fake=fake, real=real)
    inside = distances(fake, real) < ball_radii(real, k, "real").unsqueeze(-2)  # (..., n, m)
    return inside.to(fake.dtype).sum(-1).mean(-1) / k


def coverage(*, fake: Tensor, real: Tensor, k: int = 3) -> Tensor:
    """Share of real k-NN balls with a fake inside (Naeem et al. 2020): (..., n, d), (..., m, d) -> (...)."""
    check_pair(1, fake=fake, real=real)
    inside = distances(fake, real) < ball_radii(real, k, "real").unsqueeze(-2)  # (..., n, m)
    return inside.any(-2).to(fake.dtype).mean(-1)


def one_nn_accuracy(fake: Tensor, real: Tensor) -> Tensor:
    """Leave-one-out accuracy of a 1-NN classifier, fake against real (Lopez-Paz & Oquab 2017).

    (..., n, d), (..., m, d) -> (...). 0.5 means that it cannot tell them apart.
    """
    check_pair(2, fake=fake, real=real)
    pooled = torch.cat([fake, real], dim=-2)
    is_real = torch.arange(pooled.shape[-2], device=pooled.device) >= fake.shape[-2]  # (n + m,)
    d = distances(pooled, pooled)
    d.diagonal(dim1=-2, dim2=-1).fill_(torch.inf)  # not its own neighbour
    return (is_real[d.argmin(-1)] == is_real).to(fake.dtype).mean(-1)
