"""Exercise 13.guess_interval: what it checks, hints at and recognises. A mistake is a wrong function."""

import torch

from metagan_course.answers.alphabet import guess_interval

from ..declare import Exercise, mistakes


def _oracle(right, asked, z=1.96):
    """Every p between the two at which (k / n - p)^2 n = z^2 p (1 - p): by halving, either side of k / n."""
    share = right / asked

    def surprise(p: float) -> float:
        return (share - p) ** 2 * asked - z**2 * p * (1 - p)

    def root(inside: float, outside: float) -> float:
        for _ in range(200):
            middle = (inside + outside) / 2
            inside, outside = (middle, outside) if surprise(middle) <= 0 else (inside, middle)
        return (inside + outside) / 2

    return (
        0.0 if right == 0 else root(share, 0.0),
        1.0 if right == asked else root(share, 1.0),
    )


def _guesses(low: int, high: int, at: float | None = None, z: float | None = None):
    """`asked` between low and high; a share of right ones about `at`, or any."""

    def inputs(generator: torch.Generator) -> dict:
        asked = int(torch.randint(low, high, (), generator=generator))
        u = torch.rand((), generator=generator).item() if at is None else at
        right = round(u * asked)
        return {"right": right, "asked": asked} | ({} if z is None else {"z": z})

    return inputs


INPUTS = {
    "a test of ordinary length": _guesses(15, 60, 0.7),
    "any number of right ones": _guesses(8, 200),
    "none right": _guesses(10, 40, 0.0),
    "all right": _guesses(10, 40, 1.0),
    "one single question": _guesses(1, 2, 1.0),
    "another level": _guesses(20, 50, 0.6, z=1.0),
    "a surer one": _guesses(12, 40, 0.8, z=2.58),
}


def plain_error(right, asked, z=1.96):
    """This is k / n plus and minus z standard errors. With all of ten right it says 1.00 to 1.00: ten
    guesses and no doubt left. Wilson's interval asks which p would make k / n no surprise, with the error
    *of that p*.
    """
    p = right / asked
    reach = z * (p * (1 - p) / asked) ** 0.5
    return p - reach, p + reach


def plain_error_cut(right, asked, z=1.96):
    """k / n plus and minus z standard errors, cut off at 0 and 1. The cut hides that it leaves the interval
    of probabilities; with all of ten right it still says 1.00 to 1.00.
    """
    low, high = plain_error(right, asked, z)
    return max(0.0, low), min(1.0, high)


def coin_error(right, asked, z=1.96):
    """You took the error of a fair coin, sqrt(1 / 4n), whatever the share is. At .95 that is too wide: such
    guesses vary less than a coin.
    """
    p, reach = right / asked, z * (0.25 / asked) ** 0.5
    return p - reach, p + reach


def two_and_two(right, asked, z=1.96):
    """The middle is Wilson's, the reach is not: you took the plain error around it, as Agresti and Coull do.
    It is a little wider, and goes beyond 1 where all are right.
    """
    n = asked + z**2
    p = (right + z**2 / 2) / n
    reach = z * (p * (1 - p) / n) ** 0.5
    return p - reach, p + reach


def not_divided(right, asked, z=1.96):
    """The division by 1 + z^2 / n is missing, so that all right ends above 1. It is what pulls middle and
    reach back.
    """
    p, more = right / asked, z**2 / asked
    reach = z * (p * (1 - p) / asked + more / (4 * asked)) ** 0.5
    return p + more / 2 - reach, p + more / 2 + reach


def always_at_95(right, asked, z=1.96):
    """You have 1.96 where `z` stands. Whoever asks for another level gets this one."""
    return guess_interval(right, asked)


def middle_only(right, asked, z=1.96):
    """You return the middle of the interval. Asked for are its two ends."""
    low, high = guess_interval(right, asked, z)
    return (low + high) / 2


def middle_and_reach(right, asked, z=1.96):
    """You return the middle and how far it reaches. Asked for are the two ends: middle minus, middle plus."""
    low, high = guess_interval(right, asked, z)
    return (low + high) / 2, (high - low) / 2


def around_the_share(right, asked, z=1.96):
    """The reach is right and stands around k / n. Its middle is nearer to one half, (k / n + z^2 / 2n) / (1 +
    z^2 / n): from few guesses nobody is as good or as bad as the share says.
    """
    low, high = guess_interval(right, asked, z)
    return right / asked - (high - low) / 2, right / asked + (high - low) / 2


def without_the_root(right, asked, z=1.96):
    """The square root is missing. You add a variance where a standard error belongs."""
    p, more = right / asked, z**2 / asked
    reach = z * (p * (1 - p) / asked + more / (4 * asked))
    return (p + more / 2 - reach) / (1 + more), (p + more / 2 + reach) / (1 + more)


def in_numbers(right, asked, z=1.96):
    """You return how many right ones, not which share. The ends lie between 0 and n instead of 0 and 1."""
    low, high = guess_interval(right, asked, z)
    return asked * low, asked * high


def high_before_low(right, asked, z=1.96):
    """The upper end stands first. Return low, then high."""
    low, high = guess_interval(right, asked, z)
    return high, low


def plus_four(right, asked, z=1.96):
    """You add two right and two wrong guesses and take the plain error, a rule of thumb for 95%. Wilson's
    interval is exact for its question, and for any z.
    """
    n, p = asked + 4, (right + 2) / (asked + 4)
    reach = z * (p * (1 - p) / n) ** 0.5
    return p - reach, p + reach


def in_per_cent(right, asked, z=1.96):
    """You return per cent. The ends are shares, between 0 and 1."""
    low, high = guess_interval(right, asked, z)
    return 100 * low, 100 * high


def quarter_forgotten(right, asked, z=1.96):
    """Below the root stands z^2 / n^2 without its quarter. Half of the quadratic's middle term, squared,
    brings the 4.
    """
    p, more = right / asked, z**2 / asked
    reach = z * (p * (1 - p) / asked + more / asked) ** 0.5
    return (p + more / 2 - reach) / (1 + more), (p + more / 2 + reach) / (1 + more)


def root_without_its_second_part(right, asked, z=1.96):
    """Below the root z^2 / 4n^2 is missing. With all or none right nothing would be left of your interval."""
    p, more = right / asked, z**2 / asked
    reach = z * (p * (1 - p) / asked) ** 0.5
    return (p + more / 2 - reach) / (1 + more), (p + more / 2 + reach) / (1 + more)


def one_sided(right, asked, z=1.96):
    """You have 1.645 where `z` stands. That leaves 5% on each side, and the interval holds 90%."""
    return guess_interval(right, asked, 1.645)


EXERCISE = Exercise(
    id="13.guess_interval",
    title="what twenty guesses are worth",
    difficulty=2,
    minutes=10,
    reference=guess_interval,
    inputs=INPUTS,
    oracle=_oracle,
    verified="both ends are right, also where none or all guesses are.",
    hints=(
        "Which p are no surprise? Those with |k / n - p| <= z sqrt(p (1 - p) / n). Square both sides: "
        "that is a quadratic in p, and its two roots are the ends.",
        "With s = k / n and m = z^2 / n: (1 + m) p^2 - (2 s + m) p + s^2 = 0. The middle of the roots is "
        "(s + m / 2) / (1 + m).",
        "`s, m = right / asked, z**2 / asked`; `reach = z * (s * (1 - s) / asked + m / (4 * asked)) ** 0.5`; "
        "`return (s + m / 2 - reach) / (1 + m), (s + m / 2 + reach) / (1 + m)`",
    ),
    mistakes=mistakes(
        plain_error,
        plain_error_cut,
        coin_error,
        two_and_two,
        not_divided,
        always_at_95,
        middle_only,
        middle_and_reach,
        around_the_share,
        without_the_root,
        in_numbers,
        high_before_low,
        plus_four,
        in_per_cent,
        quarter_forgotten,
        root_without_its_second_part,
        one_sided,
    ),
)
