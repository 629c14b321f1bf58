"""Exercise 12.paired_gain: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

import torch

from metagan_course.answers.generated import paired_gain

from ..declare import Exercise, Observation, Unfit, mistakes


def _case(R: int, C: int, dtype=torch.float32):
    """Splits differ much (some classes are hard), a gain little, and classes within a split lean together."""

    def inputs(generator: torch.Generator) -> dict:
        def draw(*shape, size):
            return size * torch.randn(*shape, generator=generator, dtype=dtype)

        alone = 0.6 + draw(R, 1, size=0.1) + draw(R, C, size=0.05)
        added = alone + 0.03 + draw(R, 1, size=0.02) + draw(R, C, size=0.03)
        return {"added": added, "alone": alone}

    return inputs


INPUTS = {
    "twelve splits of twenty classes": _case(12, 20),
    "as many splits as classes": _case(6, 6),
    "five splits": _case(5, 3),
    "two splits": _case(2, 8),
    "one class a split": _case(9, 1),
    "numbers in double precision": _case(7, 4, torch.float64),
}


def _seen(function, inputs) -> Observation:
    result = function(**inputs)
    if not isinstance(result, tuple | list) or len(result) != 2:
        raise Unfit("Return two things: the mean gain, and its standard error.")
    gain, error = (torch.as_tensor(x, dtype=inputs["added"].dtype) for x in result)
    return {"the mean gain": gain, "its standard error": error}


def _oracle(added, alone):
    """By the definition: the squared distances from the mean, in a loop."""
    R, C = added.shape
    gains = [sum(float(added[r, c] - alone[r, c]) for c in range(C)) / C for r in range(R)]
    mean = sum(gains) / R
    variance = sum((d - mean) ** 2 for d in gains) / (R - 1)
    return mean, (variance / R) ** 0.5


def _answer(d, error):
    return d.mean(), error


def _not_paired(added, alone):
    """You added up the two tables' own spreads. An easy split is easy for both: that common part leaves when
    you subtract *first*, split by split, and your error is far too large.
    """
    a, b = added.mean(1), alone.mean(1)
    return (a - b).mean(), ((a.var() + b.var()) / len(a)) ** 0.5


def _every_class(added, alone):
    """You counted every class of every split as a trial of its own. Classes of one split meet the same
    rivals, so they lean together: the split is the unit, and your error is too small.
    """
    d = added - alone
    return d.mean(), d.std() / d.numel() ** 0.5


def _by_class(added, alone):
    """You took the mean over the splits first. What varies from trial to trial is the split: a row, one
    number for each.
    """
    d = (added - alone).mean(0)
    return d.mean(), d.std() / len(d) ** 0.5


def _not_divided(added, alone):
    """Your second number is the spread of one split's gain. The error of the *mean* of R of them is smaller,
    by the root of R.
    """
    d = (added - alone).mean(1)
    return _answer(d, d.std())


def _divided_by_r(added, alone):
    """You divided by R. The error of a mean falls with the *root* of R: four times the splits halve it."""
    d = (added - alone).mean(1)
    return _answer(d, d.std() / len(d))


def _root_too_much(added, alone):
    """You divided by the root of R - 1. The standard deviation divides by R - 1 inside, once; the mean of R
    splits then divides by the root of R.
    """
    d = (added - alone).mean(1)
    return _answer(d, d.std() / (len(d) - 1) ** 0.5)


def _variance(added, alone):
    """Your second number is a variance. Take its root: an error has the unit of the gain."""
    d = (added - alone).mean(1)
    return _answer(d, d.var() / len(d))


def _population(added, alone):
    """You divided by R inside the standard deviation. The mean was taken from the same R numbers, so R - 1
    belongs there; with few splits it shows.
    """
    d = (added - alone).mean(1)
    return _answer(d, d.std(correction=0) / len(d) ** 0.5)


def _root_of_classes(added, alone):
    """You divided by the root of the number of *classes*. As many trials as there are splits were made: R."""
    d = (added - alone).mean(1)
    return _answer(d, d.std() / added.shape[1] ** 0.5)


def _turned(added, alone):
    """Your gain has the wrong sign. It is the accuracy with what was added, minus the accuracy alone."""
    gain, error = paired_gain(alone, added)
    return gain, error


def _relative(added, alone):
    """You divided by the accuracy alone. A gain in points, and not in per cent of what was there, is asked
    for.
    """
    d = ((added - alone) / alone).mean(1)
    return _answer(d, d.std() / len(d) ** 0.5)


def _best_split(added, alone):
    """You return the best split's gain. Whoever draws often enough finds a split where anything helps: the
    mean over splits is what a reader may expect.
    """
    d = (added - alone).mean(1)
    return d.max(), d.std() / len(d) ** 0.5


def _median(added, alone):
    """You return the median split. The error that you give is the mean's."""
    d = (added - alone).mean(1)
    return d.median(), d.std() / len(d) ** 0.5


def _spread_of_added(added, alone):
    """Your error is that of the accuracy with what was added. Asked for is the error of the *gain*, which is
    the same split by split and varies less.
    """
    a = added.mean(1)
    return (a - alone.mean(1)).mean(), a.std() / len(a) ** 0.5


def _spread_of_alone(added, alone):
    """Your error is that of the accuracy alone. Asked for is the error of the *gain*: subtract first."""
    b = alone.mean(1)
    return (added.mean(1) - b).mean(), b.std() / len(b) ** 0.5


def _twice(added, alone):
    """Your second number is the half width of an interval. Asked for is the standard error; times 1.96 (or
    Student's number, with few splits) comes later.
    """
    gain, error = paired_gain(added, alone)
    return gain, 1.96 * error


def _in_hundredths(added, alone):
    """You multiplied by 100. Points are for people to read; asked for is the difference of the accuracies
    themselves.
    """
    gain, error = paired_gain(added, alone)
    return 100 * gain, 100 * error


def _ratio_of_means(added, alone):
    """You divided two accuracies. A gain in points is a difference, and not a factor less one."""
    d = added.mean(1) / alone.mean(1) - 1
    return d.mean(), d.std() / len(d) ** 0.5


def _pair_exchanged(added, alone):
    """Your two numbers have changed places. First the gain, then its error."""
    gain, error = paired_gain(added, alone)
    return error, gain


def _absolute_gain(added, alone):
    """You took the size of each split's gain. A split that loses counts against the others: keep its sign."""
    d = (added - alone).mean(1).abs()
    return d.mean(), d.std() / len(d) ** 0.5


EXERCISE = Exercise(
    id="12.paired_gain",
    title="a gain and its error",
    difficulty=2,
    minutes=7,
    reference=paired_gain,
    inputs=INPUTS,
    oracle=_oracle,
    observe=_seen,
    verified="the gain is paired split by split, and its error counts splits.",
    hints=(
        "Subtract first: the same classes were asked with and without. What is then one trial, a class or a "
        "row?",
        "d = (added - alone).mean(1) has one number a split. The error of their mean is the standard "
        "deviation over the root of their number.",
        "`d = (added - alone).mean(1); return d.mean(), d.std() / len(d) ** 0.5`",
    ),
    mistakes=mistakes(
        _not_paired,
        _every_class,
        _by_class,
        _not_divided,
        _divided_by_r,
        _root_too_much,
        _variance,
        _population,
        _root_of_classes,
        _turned,
        _relative,
        _best_split,
        _median,
        _spread_of_added,
        _spread_of_alone,
        _twice,
        _in_hundredths,
        _ratio_of_means,
        _pair_exchanged,
        _absolute_gain,
    ),
)
