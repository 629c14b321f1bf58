"""Exercise 00.energy_distance: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

import torch
from torch import Tensor

from metagan_course.metrics import energy_distance

from ..declare import Exercise, mistakes, with_gradient


def _cloud_oracle(fake, real):
    """The definition as three sums over named pairs."""

    def mean(a, b, skip_same):
        pairs = [(i, j) for i in range(len(a)) for j in range(len(b)) if not (skip_same and i == j)]
        return sum((a[i] - b[j]).norm() for i, j in pairs) / len(pairs)

    return 2 * mean(fake, real, False) - mean(fake, fake, True) - mean(real, real, True)


# --- what is drawn: sizes alike and unlike, results of both signs, points that stand twice ----------------


def _size(low: int, generator: torch.Generator) -> int:
    return low + int(torch.randint(5, (), generator=generator))


def _apart(generator: torch.Generator) -> dict:
    n, m = _size(5, generator), _size(12, generator)
    shift = torch.tensor([1.0, -1.0]) + torch.rand(2, generator=generator)
    return {"fake": torch.randn(n, 2, generator=generator) + shift, "real": _cloud(m, generator)}


def _cloud(n: int, generator: torch.Generator) -> Tensor:
    return torch.randn(n, 2, generator=generator)


def _more_fakes(generator: torch.Generator) -> dict:
    return {
        "fake": 2 * _cloud(_size(12, generator), generator),
        "real": _cloud(_size(5, generator), generator),
    }


def _one_size(generator: torch.Generator) -> dict:
    n = _size(6, generator)
    return {"fake": _cloud(n, generator) + 1, "real": 0.5 * _cloud(n, generator)}


def _below_zero(generator: torch.Generator) -> dict:
    """The fakes are real points, moved by a hair: nearer than another sample would be."""
    real = _cloud(_size(6, generator), generator)
    return {"fake": real.flip(0) + 0.01 * torch.randn(real.shape, generator=generator), "real": real}


def _collapsed(generator: torch.Generator) -> dict:
    fake = torch.cat([torch.zeros(_size(4, generator), 2), _cloud(2, generator)])
    return {"fake": fake, "real": _cloud(_size(7, generator), generator)}


def _leaked(generator: torch.Generator) -> dict:
    real = _cloud(_size(9, generator), generator)
    return {"fake": torch.cat([real[:3], _cloud(4, generator)]), "real": real}


def _in_space(generator: torch.Generator) -> dict:
    n, m = _size(5, generator), _size(9, generator)
    return {
        "fake": torch.randn(n, 3, generator=generator) + 0.5,
        "real": torch.randn(m, 3, generator=generator),
    }


CASES = {
    "two clouds apart": _apart,
    "more generated points than real ones": _more_fakes,
    "two clouds of one size": _one_size,
    "generated points that are the real ones, moved by a hair": _below_zero,
    "most generated points in one place": _collapsed,
    "three points that stand in both clouds": _leaked,
    "two clouds in space": _in_space,
}


# --- what is recognised ----------------------------------------------------------------------------------


def _between(a: Tensor, b: Tensor) -> Tensor:
    return torch.cdist(a, b).mean()


def _within(a: Tensor) -> Tensor:
    return torch.cdist(a, a).sum() / (len(a) * (len(a) - 1))


def _cloud_with_itself(fake, real):
    """Your means within a cloud count every point's distance to itself, which is always 0. They come
    out too small, and two samples of the very same distribution seem to lie apart: divide by n (n - 1)
    pairs, not by n times n.
    """
    return 2 * _between(fake, real) - _between(fake, fake) - _between(real, real)


def _cloud_minus_one(fake, real):
    """Within a cloud you divide by n - 1 only. A table of n rows has n (n - 1) distances beside its
    diagonal.
    """
    inside = sum(torch.cdist(a, a).sum() / (len(a) - 1) for a in (fake, real))
    return 2 * _between(fake, real) - inside


def _cloud_one_size(fake, real):
    """You divide both inner sums by the size of one cloud. The clouds need not be of one size: each has
    its own number of pairs.
    """
    n = len(fake)
    inside = (torch.cdist(fake, fake).sum() + torch.cdist(real, real).sum()) / (n * (n - 1))
    return 2 * _between(fake, real) - inside


def _cloud_half_pairs(fake, real):
    """Your means within a cloud are twice too large: the table has every pair twice, (i, j) and (j, i), and
    you divided its sum by the number of pairs counted once. Divide by n (n - 1), or sum one half of the
    table.
    """
    return 2 * _between(fake, real) - 2 * _within(fake) - 2 * _within(real)


def _cloud_half_sum(fake, real):
    """Your means within a cloud are half of what they should be: you summed one half of the table and divided
    by all n (n - 1) places of both halves. Two samples of the very same distribution then seem to lie far
    apart: divide by n (n - 1) / 2, or sum the whole table.
    """
    return 2 * _between(fake, real) - _within(fake) / 2 - _within(real) / 2


def _cloud_sums(fake, real):
    """You add the distances up and never divide: the result grows with the number of points, and clouds of
    unlike sizes cannot be compared. The bar in the formula is a mean.
    """
    return 2 * torch.cdist(fake, real).sum() - torch.cdist(fake, fake).sum() - torch.cdist(real, real).sum()


def _cloud_inner_sums(fake, real):
    """Between the clouds you take the mean, within each a sum. All three bars in the formula are means over
    pairs.
    """
    return 2 * _between(fake, real) - torch.pdist(fake).sum() - torch.pdist(real).sum()


def _cloud_added(fake, real):
    """You add the distances within the clouds. A wide cloud would be far from everything, even from itself:
    subtract both.
    """
    return 2 * _between(fake, real) + _within(fake) + _within(real)


def _cloud_one_added(fake, real):
    """You add the distance within the real cloud and subtract the other. Both are subtracted."""
    return 2 * _between(fake, real) - _within(fake) + _within(real)


def _cloud_fake_diagonal(fake, real):
    """Within the generated cloud the diagonal still counts: every point's distance to itself is 0 and makes
    the mean too small. Divide by n (n - 1) there too.
    """
    return 2 * _between(fake, real) - _between(fake, fake) - _within(real)


def _cloud_real_diagonal(fake, real):
    """Within the real cloud the diagonal still counts: every point's distance to itself is 0 and makes the
    mean too small. Divide by m (m - 1) there too.
    """
    return 2 * _between(fake, real) - _within(fake) - _between(real, real)


def _cloud_cross_once(fake, real):
    """The distance between the clouds stands twice in the formula, once for each cloud it is compared
    with. With it once, the result is far below 0 for equal clouds.
    """
    return _between(fake, real) - _within(fake) - _within(real)


def _cloud_cross_only(fake, real):
    """This is how far the clouds are apart with nothing to compare it to. Two equal clouds that are
    merely wide would score badly: subtract the mean distance within each.
    """
    return 2 * _between(fake, real)


def _cloud_between(fake, real):
    """This is the mean distance between the clouds, with nothing to compare it to. Two equal clouds that are
    merely wide would score badly: take it twice, and subtract the mean distance within each.
    """
    return _between(fake, real)


def _cloud_no_real(fake, real):
    """You subtract the mean distance within the generated cloud and forget the real one. Two equal clouds
    would not score 0.
    """
    return 2 * _between(fake, real) - _within(fake)


def _cloud_no_fake(fake, real):
    """You subtract the mean distance within the real cloud and forget the generated one. A generator would
    be charged for being as wide as the data are.
    """
    return 2 * _between(fake, real) - _within(real)


def _cloud_squared(fake, real):
    """Your distances are squared. Then everything but the two centres cancels, and a ring and its
    middle point would count as the same cloud.
    """
    square = lambda a, b: torch.cdist(a, b).square()  # noqa: E731
    n, m = len(fake), len(real)
    within = square(fake, fake).sum() / (n * (n - 1)) + square(real, real).sum() / (m * (m - 1))
    return 2 * square(fake, real).mean() - within


def _cloud_blocks(fake, real):
    """Your distance goes along the axes, |dx| + |dy|, as a taxi does. It changes when the plane is
    turned; |x - y| in the formula is the straight line, `torch.cdist` with its default p = 2.
    """
    p = lambda a, b: torch.cdist(a, b, p=1)  # noqa: E731
    n, m = len(fake), len(real)
    within = p(fake, fake).sum() / (n * (n - 1)) + p(real, real).sum() / (m * (m - 1))
    return 2 * p(fake, real).mean() - within


def _cloud_centres(fake, real):
    """You compare the two centres only. A generator that puts every point on the centre of the data
    would be perfect by this measure: compare all pairs of points.
    """
    return (fake.mean(0) - real.mean(0)).norm()


def _cloud_paired(fake, real):
    """You subtract point 1 from point 1, 2 from 2, and so on. The clouds have no order and need not be
    of one size; `torch.cdist` has every point against every other.
    """
    return 2 * (fake - real).norm(dim=-1).mean()


def _cloud_negative(fake, real):
    """Your result has the wrong sign: within minus between. A distance grows as the clouds move apart."""
    return -energy_distance(fake, real)


def _cloud_half(fake, real):
    """Your result is half of the formula's: the distance between the clouds once, and half of each
    distance within. It orders clouds alike, but the numbers of this course would not be yours.
    """
    return energy_distance(fake, real) / 2


def _cloud_root(fake, real):
    """You take the square root at the end. Some books do; the formula here has none, and of a sample that
    scores a little below 0 the root is not a number.
    """
    return energy_distance(fake, real).sqrt()


def _cloud_clamped(fake, real):
    """You cut the result off at 0. A sample can score below 0 by luck, and the cut would hide it: the mean
    over many samples of the very same distribution would no longer be 0.
    """
    return energy_distance(fake, real).clamp(min=0)


def _cloud_absolute(fake, real):
    """You take the absolute value at the end. A sample can score below 0 by luck, and must: otherwise the
    mean over many samples of the very same distribution is not 0.
    """
    return energy_distance(fake, real).abs()


def _cloud_zeros_left_out(fake, real):
    """You leave out every distance that is 0, and not the diagonal. Two points may stand in one place: a
    collapsed generator puts all of them there, and those zeros count.
    """
    mean = lambda d: d[d > 0].mean() if (d > 0).any() else d.sum()  # noqa: E731
    within = mean(torch.cdist(fake, fake)) + mean(torch.cdist(real, real))
    return 2 * torch.cdist(fake, real).mean() - within


def _cloud_triangle_mean(fake, real):
    """Your means within a cloud are too small: `triu` keeps the table's size and fills its other half with
    zeros, and `.mean()` counts those zeros too. Divide the sum by the pairs that are there, n (n - 1) / 2.
    """
    inside = [torch.cdist(a, a).triu(1).mean() for a in (fake, real)]
    return 2 * _between(fake, real) - sum(inside)


def _cloud_fake_twice(fake, real):
    """The generated cloud's own distance stands twice in your result, and the real one's is missing. Each
    cloud is subtracted once.
    """
    return 2 * _between(fake, real) - 2 * _within(fake)


def _cloud_real_twice(fake, real):
    """The real cloud's own distance stands twice in your result, and the generated one's is missing. Each
    cloud is subtracted once.
    """
    return 2 * _between(fake, real) - 2 * _within(real)


def _cloud_cut_short(fake, real):
    """You cut the larger cloud to the size of the smaller one. Its other points are thrown away; the formula
    asks for no common size, each mean has its own number of pairs.
    """
    n = min(len(fake), len(real))
    return energy_distance(fake[:n], real[:n])


EXERCISE = Exercise(
    id="00.energy_distance",
    title="how far apart are two clouds?",
    difficulty=2,
    minutes=10,
    reference=energy_distance,
    inputs=CASES,
    oracle=_cloud_oracle,
    observe=with_gradient("fake"),
    rtol=1e-3,
    atol=1e-4,
    verified="the distance agrees with a sum over all pairs of points, written out one by one; also below 0, "
    "and where points stand twice.",
    hints=(
        "`torch.cdist(a, b)` is the table of all distances, (n, m). Which mean do you want of each?",
        "Within a cloud the diagonal of the table is 0 and must not count: divide the sum by n * (n - 1).",
        "`between = torch.cdist(fake, real).mean()`; within the fakes `torch.cdist(fake, fake).sum()` "
        "divided by n * (n - 1), the same for real; return 2 * between minus both.",
    ),
    mistakes=mistakes(
        _cloud_with_itself,
        _cloud_minus_one,
        _cloud_one_size,
        _cloud_half_pairs,
        _cloud_half_sum,
        _cloud_sums,
        _cloud_inner_sums,
        _cloud_added,
        _cloud_one_added,
        _cloud_fake_diagonal,
        _cloud_real_diagonal,
        _cloud_cross_once,
        _cloud_cross_only,
        _cloud_between,
        _cloud_no_real,
        _cloud_no_fake,
        _cloud_squared,
        _cloud_blocks,
        _cloud_centres,
        _cloud_paired,
        _cloud_negative,
        _cloud_half,
        _cloud_root,
        _cloud_clamped,
        _cloud_absolute,
        _cloud_zeros_left_out,
        _cloud_triangle_mean,
        _cloud_fake_twice,
        _cloud_real_twice,
        _cloud_cut_short,
    ),
)
