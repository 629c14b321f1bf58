"""Exercise 03.kid: what it checks, hints at and recognises. A mistake is a wrong function."""

from collections.abc import Callable

import torch
from torch import Tensor

from metagan_course.metrics import kid

from ..declare import Exercise, mistakes


def _oracle(fake: Tensor, real: Tensor) -> Tensor:
    """The definition as three means over named pairs, in double precision."""

    def mean(a: list, b: list, skip_same: bool) -> float:
        pairs = [(i, j) for i in range(len(a)) for j in range(len(b)) if not (skip_same and i == j)]
        dots = [sum(p * q for p, q in zip(a[i], b[j], strict=True)) / len(a[i]) for i, j in pairs]
        return sum((dot + 1) ** 3 for dot in dots) / len(pairs)

    x, y = fake.tolist(), real.tolist()
    found = mean(x, x, True) + mean(y, y, True) - 2 * mean(x, y, False)
    return torch.tensor(found, dtype=fake.dtype)


# --- what is drawn: sizes alike and unlike, results of both signs, copies -----------------------------------


def _sets(low: int, high: int, d: int, *, equal: bool = False, shift: float = 0.5, dtype=torch.float32):
    def draw(generator: torch.Generator) -> dict:
        n, m = (int(torch.randint(low, high, (), generator=generator)) for _ in range(2))
        m = n if equal else m + (n == m)
        fake = torch.randn(n, d, generator=generator, dtype=dtype) + shift
        return {"fake": fake, "real": 1.3 * torch.randn(m, d, generator=generator, dtype=dtype)}

    return draw


def _below_zero(generator: torch.Generator) -> dict:
    """The fakes are the real ones, moved by a hair: nearer than another sample would be."""
    real = torch.randn(7, 4, generator=generator)
    return {"fake": real.flip(0) + 0.01 * torch.randn(7, 4, generator=generator), "real": real}


def _one_thing(generator: torch.Generator) -> dict:
    fake = torch.randn(1, 5, generator=generator).repeat(6, 1)
    return {"fake": fake, "real": torch.randn(9, 5, generator=generator)}


CASES = {
    "sets of unlike sizes": _sets(5, 9, 4),
    "sets of one size": _sets(5, 9, 3, equal=True),
    "fakes that are the real ones, moved by a hair": _below_zero,
    "one picture drawn six times": _one_thing,
    "features as many as a critic has": _sets(8, 14, 32, shift=0.2),
    "one feature": _sets(4, 8, 1, shift=1.0),
    "two against two": _sets(2, 3, 5, equal=True),
    "double precision": _sets(4, 7, 6, dtype=torch.float64),
}


# --- what is recognised -------------------------------------------------------------------------------------


def _cubed(a: Tensor, b: Tensor) -> Tensor:
    return (a @ b.T / a.shape[1] + 1) ** 3


def _within(table: Tensor) -> Tensor:
    n = len(table)
    return (table.sum() - table.diagonal().sum()) / (n * (n - 1))


def _with_kernel(kernel: Callable) -> Callable:
    def found(fake: Tensor, real: Tensor) -> Tensor:
        return _within(kernel(fake, fake)) + _within(kernel(real, real)) - 2 * kernel(fake, real).mean()

    return found


def kid_biased(fake, real):
    """Your means within a set count every picture with itself. That k(x, x) is the largest of its row, so
    two samples of one distribution seem to lie apart, the farther the fewer they are: leave out the diagonal
    and divide by n (n - 1).
    """
    return _cubed(fake, fake).mean() + _cubed(real, real).mean() - 2 * _cubed(fake, real).mean()


def kid_biased_in_fakes(fake, real):
    """Among the real ones you leave out the pairs of a picture with itself, among the fakes you count them.
    A generator then looks worse the fewer samples it hands in.
    """
    return _cubed(fake, fake).mean() + _within(_cubed(real, real)) - 2 * _cubed(fake, real).mean()


def kid_biased_in_real(fake, real):
    """Among the fakes you leave out the pairs of a picture with itself, among the real ones you count them.
    Both means are over pairs of two different pictures.
    """
    return _within(_cubed(fake, fake)) + _cubed(real, real).mean() - 2 * _cubed(fake, real).mean()


def kid_squared_count(fake, real):
    """The diagonal is left out of your sums and still counted: n n is the number of all places, and n of
    them stand on the diagonal. Divide by n (n - 1).
    """
    inside = sum((k.sum() - k.diagonal().sum()) / k.numel() for k in (_cubed(fake, fake), _cubed(real, real)))
    return inside - 2 * _cubed(fake, real).mean()


def kid_diagonal_kept(fake, real):
    """You divide by n (n - 1) and sum all n n places of the table: the diagonal is still among them.
    Subtract it before you divide.
    """
    inside = sum(k.sum() / (len(k) * (len(k) - 1)) for k in (_cubed(fake, fake), _cubed(real, real)))
    return inside - 2 * _cubed(fake, real).mean()


def kid_one_size(fake, real):
    """You divide both inner sums by the pairs of one set. The sets need not be of one size: each has its own
    number of pairs.
    """
    n = len(fake)
    inside = sum(k.sum() - k.diagonal().sum() for k in (_cubed(fake, fake), _cubed(real, real)))
    return inside / (n * (n - 1)) - 2 * _cubed(fake, real).mean()


def kid_without_two(fake, real):
    """The mean between the sets is subtracted once where the formula has it twice. For two samples of one
    distribution all three means are alike, and only 1 + 1 - 2 is 0.
    """
    return _within(_cubed(fake, fake)) + _within(_cubed(real, real)) - _cubed(fake, real).mean()


def kid_added(fake, real):
    """You add all three terms. The distance is what is within the sets *minus* twice what is between them;
    added up it is largest where the sets are alike.
    """
    return _within(_cubed(fake, fake)) + _within(_cubed(real, real)) + 2 * _cubed(fake, real).mean()


def kid_upside_down(fake, real):
    """Your signs are exchanged: twice between, minus within. That is the recipe of a distance such as the
    energy distance; a kernel is large where two pictures are *alike*.
    """
    return 2 * _cubed(fake, real).mean() - _within(_cubed(fake, fake)) - _within(_cubed(real, real))


def kid_not_divided(fake, real):
    """The product x.y is a sum over d features, and you do not divide it by d. With many features the cube
    then hears nothing but a few large products.
    """
    return _with_kernel(lambda a, b: (a @ b.T + 1) ** 3)(fake, real)


def kid_squared(fake, real):
    """Your kernel is a square. The cube is what lets KID see skewness: a square compares means and
    covariances alone.
    """
    return _with_kernel(lambda a, b: (a @ b.T / a.shape[1] + 1) ** 2)(fake, real)


def kid_without_one(fake, real):
    """The + 1 inside the bracket is missing (outside the cube it cancels: 1 + 1 - 2). It is what brings the
    lower powers in; the bare cube is blind to a difference in covariance.
    """
    return _with_kernel(lambda a, b: (a @ b.T / a.shape[1]) ** 3)(fake, real)


def kid_by_samples(fake, real):
    """You divide the product by the number of pictures where the number of features, d, belongs. The features
    stand along the last axis: `fake.shape[1]`.
    """
    return _with_kernel(lambda a, b: (a @ b.T / len(a) + 1) ** 3)(fake, real)


def kid_clamped(fake, real):
    """You do not let the result fall below 0. An unbiased estimate of 0 must be negative half of the time;
    cut there, the mean over many tasks is above 0 for perfect samples.
    """
    return _with_kernel(_cubed)(fake, real).clamp(min=0)


def kid_absolute(fake, real):
    """You take the absolute value. An unbiased estimate of 0 must be negative half of the time; without its
    sign, the mean over many tasks is above 0 for perfect samples.
    """
    return _with_kernel(_cubed)(fake, real).abs()


def kid_without_real(fake, real):
    """The mean within the real set is missing. It is the same for every generator, but without it the result
    is no distance: 0 would mean nothing.
    """
    return _within(_cubed(fake, fake)) - 2 * _cubed(fake, real).mean()


def kid_without_fake(fake, real):
    """The mean within the fakes is missing. It is what a generator pays for drawing one thing only."""
    return _within(_cubed(real, real)) - 2 * _cubed(fake, real).mean()


def kid_halved(fake, real):
    """Your result is half of the formula's. The sum of the three terms is divided by nothing more."""
    return _with_kernel(_cubed)(fake, real) / 2


def kid_of_means(fake, real):
    """You compare the two mean pictures. KID takes the kernel of every pair first and the mean after; a mean
    taken before the cube hides everything but the means.
    """
    return _cubed((fake.mean(0) - real.mean(0))[None], (fake.mean(0) - real.mean(0))[None]).squeeze()


def kid_half_pairs(fake, real):
    """Your means within a set are half as large as they should be: you sum one half of the table and divide
    by the pairs of both halves. One half has n (n - 1) / 2 places.
    """
    return (_within(_cubed(fake, fake)) + _within(_cubed(real, real))) / 2 - 2 * _cubed(fake, real).mean()


EXERCISE = Exercise(
    id="03.kid",
    title="KID without bias",
    difficulty=2,
    minutes=8,
    reference=kid,
    inputs=CASES,
    oracle=_oracle,
    rtol=1e-3,
    atol=1e-4,
    verified="three means over pairs of different pictures, for sets of any two sizes; it falls below 0 "
    "where it should.",
    hints=(
        "One table of k for each pair of sets: `a @ b.T` holds every product x.y at once.",
        "The mean between the sets is over all n m places. Within a set leave the n places of the diagonal "
        "out: subtract `table.diagonal().sum()`, divide by n (n - 1).",
        "With `k = (a @ b.T / a.shape[1] + 1) ** 3` for the three tables: within(fake) + within(real) - "
        "2 k(fake, real).mean().",
    ),
    mistakes=mistakes(
        kid_biased,
        kid_biased_in_fakes,
        kid_biased_in_real,
        kid_squared_count,
        kid_diagonal_kept,
        kid_one_size,
        kid_without_two,
        kid_added,
        kid_upside_down,
        kid_not_divided,
        kid_squared,
        kid_without_one,
        kid_by_samples,
        kid_clamped,
        kid_absolute,
        kid_without_real,
        kid_without_fake,
        kid_halved,
        kid_of_means,
        kid_half_pairs,
    ),
)
