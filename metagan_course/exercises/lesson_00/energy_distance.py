"""Exercise 00.energy_distance: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

import torch
from torch import Tensor

from metagan_course.metrics import energy_distance

from ..declare import Exercise, mistakes, with_gradient


def _clouds(dimensions: int):
    """Inputs with two clouds of different sizes, some way apart."""

    def inputs(generator: torch.Generator) -> dict:
        n, m = (int(torch.randint(low, low + 5, (), generator=generator)) for low in (5, 12))
        shift = 2 * torch.rand(dimensions, generator=generator)
        return {
            "fake": torch.randn(n, dimensions, generator=generator) + shift,
            "real": torch.randn(m, dimensions, generator=generator),
        }

    return inputs


def _one_cloud_twice(generator: torch.Generator) -> dict:
    """Here the estimate is always below 0, since a point meets itself between the clouds and not within."""
    cloud = torch.randn(6, 2, generator=generator)
    return {"fake": cloud, "real": cloud.clone()}


CASES = {
    "two clouds": _clouds(2),
    "the very same cloud twice": _one_cloud_twice,
    "two clouds in space": _clouds(3),
}


def _mean_distance(a: Tensor, b: Tensor) -> Tensor:
    return torch.cdist(a, b).mean()


def _cloud_oracle(fake, real):
    """The definition as three sums over named pairs."""

    def mean(a, b, skip_same):
        pairs = [(i, j) for i in range(len(a)) for j in range(len(b)) if not (skip_same and i == j)]
        return sum((a[i] - b[j]).norm() for i, j in pairs) / len(pairs)

    return 2 * mean(fake, real, False) - mean(fake, fake, True) - mean(real, real, True)


def _cloud_with_itself(fake, real):
    """Your means within a cloud count every point's distance to itself, which is always 0. They come
    out too small, and two samples of the very same distribution seem to lie apart: divide by n (n - 1)
    pairs, not n * n.
    """
    return 2 * _mean_distance(fake, real) - _mean_distance(fake, fake) - _mean_distance(real, real)


def _cloud_cross_once(fake, real):
    """The distance between the clouds stands twice in the formula, once for each cloud it is compared
    with. With it once, the result is far below 0 for equal clouds.
    """
    return energy_distance(fake, real) - _mean_distance(fake, real)


def _cloud_cross_only(fake, real):
    """This is how far the clouds are apart with nothing to compare it to. Two equal clouds that are
    merely wide would score badly: subtract the mean distance within each.
    """
    return 2 * _mean_distance(fake, real)


def _cloud_squared(fake, real):
    """Your distances are squared. Then everything but the two centres cancels, and a ring and its
    middle point would count as the same cloud.
    """
    square = lambda a, b: torch.cdist(a, b).square()  # noqa: E731
    n, m = len(fake), len(real)
    within = square(fake, fake).sum() / (n * (n - 1)) + square(real, real).sum() / (m * (m - 1))
    return 2 * square(fake, real).mean() - within


def _cloud_centres(fake, real):
    """You compare the two centres only. A generator that puts every point on the centre of the data
    would be perfect by this measure: compare all pairs of points.
    """
    return (fake.mean(0) - real.mean(0)).norm()


def _cloud_paired(fake, real):
    """You subtract point 1 from point 1, 2 from 2, and so on. The clouds have no order and need not be
    of one size; torch.cdist(fake, real) has every point against every other.
    """
    return 2 * (fake - real).norm(dim=-1).mean()


def _cloud_negative(fake, real):
    """Your result has the wrong sign: within minus between. A distance grows as the clouds move apart."""
    return -energy_distance(fake, real)


EXERCISE = Exercise(
    id="00.energy_distance",
    title="how far apart are two clouds?",
    difficulty=2,
    minutes=10,
    reference=energy_distance,
    inputs=CASES,
    observe=with_gradient("fake"),
    cases=3,
    oracle=_cloud_oracle,
    rtol=1e-3,
    atol=1e-4,
    verified="the distance agrees with a sum over all pairs of points, written out one by one.",
    hints=(
        "torch.cdist(a, b) is the table of all distances, (n, m). Which mean do you want of each?",
        "Within a cloud the diagonal of the table is 0 and must not count: divide the sum by n * (n - 1).",
        "between = torch.cdist(fake, real).mean(); within_fake = torch.cdist(fake, fake).sum() / "
        "(n * (n - 1)), the same for real; return 2 * between - within_fake - within_real",
    ),
    mistakes=mistakes(
        _cloud_with_itself,
        _cloud_cross_once,
        _cloud_cross_only,
        _cloud_squared,
        _cloud_centres,
        _cloud_paired,
        _cloud_negative,
    ),
)
