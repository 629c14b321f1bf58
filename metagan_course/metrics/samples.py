"""Distances between two sets of samples, each unbiased: 0 on average when both come from one distribution.

Sets are features (..., n, d) with any leading task axes, and one value a task comes back. Nothing here is a
loss and nothing knows how the samples were made. An unbiased estimate may fall below 0; compare it with
`real_vs_real`.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from metagan_course.weights import all_finite


def check(name: str, x: Tensor, at_least: int) -> None:
    """Raise unless `x` is a finite float tensor (..., n, d) with n >= at_least."""
    shape = tuple(x.shape) if isinstance(x, Tensor) else type(x).__name__
    if not isinstance(x, Tensor) or x.dim() < 2 or x.shape[-1] == 0:
        raise ValueError(
            f"{name}: got shape {shape}, needed (..., n, d). Flatten pictures to features first."
        )
    if not x.is_floating_point():
        raise ValueError(f"{name}: got {x.dtype}, needed floats. Convert with .float().")
    if x.shape[-2] < at_least:
        raise ValueError(f"{name}: got shape {shape}, needed n of {at_least} or more in (..., n, d).")
    if not all_finite(x):
        raise ValueError(f"{name}: got NaN or infinity (shape {shape}), needed finite numbers.")


def check_pair(at_least: int, **sets: Tensor) -> None:
    """Check each set, and that all agree on the task axes and on d."""
    for name, x in sets.items():
        check(name, x, at_least)
    (first, a), *others = sets.items()
    for name, b in others:
        if a.shape[:-2] != b.shape[:-2] or a.shape[-1] != b.shape[-1]:
            needed = "(" + ", ".join([*map(str, a.shape[:-2]), "n", str(a.shape[-1])]) + ")"
            raise ValueError(f"{name}: got shape {tuple(b.shape)}, needed {needed} to match {first}.")


def distances(a: Tensor, b: Tensor) -> Tensor:
    """|a_i - b_j|: (..., n, d), (..., m, d) -> (..., n, m). A matrix product would lose small ones."""
    return torch.cdist(a, b, compute_mode="donot_use_mm_for_euclid_dist")


def mean_off_diagonal(k: Tensor) -> Tensor:
    """Mean over pairs i != j: (..., n, n) -> (...). Leaving out i = j is what makes an estimate unbiased."""
    n = k.shape[-1]
    return (k.sum((-2, -1)) - k.diagonal(dim1=-2, dim2=-1).sum(-1)) / (n * (n - 1))


def energy_distance(fake: Tensor, real: Tensor) -> Tensor:
    """2 E|x - y| - E|x - x'| - E|y - y'|, over all pairs (Székely & Rizzo 2013).

    (..., n, d), (..., m, d) -> (...). 0 only for equal distributions, in the data's own unit, no kernel to
    choose.
    """
    check_pair(2, fake=fake, real=real)
    within = mean_off_diagonal(distances(fake, fake)) + mean_off_diagonal(distances(real, real))
    return 2 * distances(fake, real).mean((-2, -1)) - within


def unbiased_mmd(k_xx: Tensor, k_yy: Tensor, k_xy: Tensor) -> Tensor:
    """MMD^2 = E k(x, x') + E k(y, y') - 2 E k(x, y) from three kernel matrices (Gretton et al. 2012)."""
    return mean_off_diagonal(k_xx) + mean_off_diagonal(k_yy) - 2 * k_xy.mean((-2, -1))


def mmd(fake: Tensor, real: Tensor, *, bandwidth: float | None = None) -> Tensor:
    """Unbiased MMD^2 with k(x, y) = exp(-|x - y|^2 / (2 h^2)): (..., n, d), (..., m, d) -> (...).

    Without a bandwidth h, each task uses the median distance within its pooled set. Fix h to compare methods.
    """
    check_pair(2, fake=fake, real=real)
    if bandwidth is not None and not bandwidth > 0:
        raise ValueError(
            f"bandwidth: got {bandwidth}, needed a number above 0, or None for the median distance."
        )
    pooled = torch.cat([fake, real], dim=-2)
    d, n = distances(pooled, pooled), fake.shape[-2]  # (..., n + m, n + m)
    h = median_off_diagonal(d)[..., None, None] if bandwidth is None else bandwidth
    k = torch.exp(-0.5 * (d / h).square())
    return unbiased_mmd(k[..., :n, :n], k[..., n:, n:], k[..., :n, n:])


def median_off_diagonal(d: Tensor) -> Tensor:
    """Median distance between two different points: (..., n, n) -> (...); 1 where all points coincide."""
    i, j = torch.triu_indices(d.shape[-1], d.shape[-1], offset=1)
    median = d[..., i, j].median(dim=-1).values
    return torch.where(median > 0, median, torch.ones_like(median))


def kid(fake: Tensor, real: Tensor) -> Tensor:
    """Unbiased MMD^2 with k(x, y) = (x.y / d + 1)^3 (Bińkowski et al. 2018, arXiv 1801.01401).

    (..., n, d), (..., m, d) -> (...). Compares means, covariances and skewness in the feature space it is
    given.
    """
    check_pair(2, fake=fake, real=real)

    def k(a: Tensor, b: Tensor) -> Tensor:
        return (a @ b.mT / a.shape[-1] + 1) ** 3

    return unbiased_mmd(k(fake, fake), k(real, real), k(fake, real))


def real_vs_real(
    metric: Callable[[Tensor, Tensor], Tensor],
    real: Tensor,
    *,
    n_first: int,
    n_splits: int,
    generator: torch.Generator,
) -> Tensor:
    """The floor: metric(first, rest) over random splits of one real set: (..., n, d) -> (n_splits, ...).

    A generator cannot be told from real data while its score lies inside this spread.
    """
    check("real", real, 2)
    n = real.shape[-2]
    if not 0 < n_first < n:
        raise ValueError(f"n_first: got {n_first}, needed between 1 and {n - 1} of the {n} real samples.")
    orders = [torch.randperm(n, generator=generator) for _ in range(n_splits)]
    splits = [(real[..., order[:n_first], :], real[..., order[n_first:], :]) for order in orders]
    return torch.stack([metric(first, rest) for first, rest in splits])
