"""Exercise 10.barrier: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

import torch

from metagan_course.answers.initialise import barrier

from ..declare import Exercise, Observation, mistakes


class Hills:
    """A hill between two places, on ground that rises along `tilt` around `middle`."""

    def __init__(self, top, middle, tilt):
        self.top, self.middle, self.tilt = top, middle, tilt

    def __call__(self, weights):
        flat = torch.cat([w.flatten() for w in weights.values()])
        hill = (-2 * (flat - self.top).square().sum()).exp()
        return 1 + hill + 3 * torch.sigmoid((flat - self.middle) @ self.tilt)


class Bowl:
    """A convex error: the way lies below the straight line between its ends, no barrier anywhere."""

    def __call__(self, weights):
        return sum(w.square().sum() for w in weights.values())


def _case(n: int, *, rises: int = 1, bowl: bool = False, ends: bool = True, dtype=torch.float32):
    def inputs(generator: torch.Generator) -> dict:
        def net():
            shapes = {"w": (2, 2), "b": (2,)}
            return {k: torch.randn(s, generator=generator, dtype=dtype) for k, s in shapes.items()}

        one, other = net(), net()
        flat = [torch.cat([w.flatten() for w in p.values()]) for p in (one, other)]
        lean = 0.2 + 0.6 * torch.rand((), generator=generator, dtype=dtype)
        top, middle = lean * flat[0] + (1 - lean) * flat[1], (flat[0] + flat[1]) / 2
        tilt = rises * (flat[1] - flat[0]) / 2
        first, last = (0, 1) if ends else (0.15, 0.75)
        places = torch.linspace(first, last, n, dtype=dtype) ** 1.5  # not the same from both ends
        return {
            "error": Bowl() if bowl else Hills(top, middle, tilt),
            "one": one,
            "other": other,
            "places": places,
        }

    return inputs


INPUTS = {
    "a hill on rising ground, eleven places": _case(11),
    "a hill on falling ground, five places": _case(5, rises=-1),
    "a bowl, where there is no barrier": _case(7, bowl=True, ends=False),
    "places without the ends": _case(4, rises=-1, ends=False),
    "numbers in double precision": _case(9, dtype=torch.float64),
}

# the ends' errors told apart, both ways round: only then "the first end" is not also "the better one"
PROBES = {"on rising ground": _case(6), "on falling ground": _case(6, rises=-1)}


def _line(one, other, a):
    return {n: (1 - a) * one[n] + a * other[n] for n in one}


def _seen(function, inputs) -> Observation:
    """A number is a number, in a tensor or not."""
    result = function(**inputs)
    plain = isinstance(result, float) or (
        hasattr(result, "__float__") and not isinstance(result, torch.Tensor)
    )
    return {"result": torch.tensor(float(result), dtype=inputs["places"].dtype) if plain else result}


def _oracle(error, one, other, places):
    """By the definition, one place after the other, the largest kept."""
    best, ends = None, (float(error(one)), float(error(other)))
    for a in places.tolist():
        between = {n: one[n] + a * (other[n] - one[n]) for n in one}
        above = float(error(between)) - ends[0] - a * (ends[1] - ends[0])
        best = above if best is None or above > best else best
    return torch.tensor(best, dtype=places.dtype)


def _along(error, one, other, places):
    return torch.stack([error(_line(one, other, a)) for a in places])


def _straight(error, one, other, places):
    return (1 - places) * error(one) + places * error(other)


def _not_above(error, one, other, places):
    """You return the largest error on the way, and not how far it lies above the ends. Two poor networks then
    have a barrier even where the way between them is flat.
    """
    return _along(error, one, other, places).max()


def _above_the_first(error, one, other, places):
    """You compare with the first end alone. Where the other end is worse, a way that only climbs to it has a
    barrier in your numbers; compare with the straight line between both ends' errors.
    """
    return (_along(error, one, other, places) - error(one)).max()


def _above_the_second(error, one, other, places):
    """You compare with the second end alone. The yardstick at place a is (1 - a) of the first end's error
    plus a of the second's.
    """
    return (_along(error, one, other, places) - error(other)).max()


def _above_the_mean(error, one, other, places):
    """You compare with the mean of both ends everywhere, as Frankle and others do. Near the worse end the
    error is above that mean without any hill: here the yardstick moves along with a.
    """
    return (_along(error, one, other, places) - (error(one) + error(other)) / 2).max()


def _above_the_worse(error, one, other, places):
    """You compare with the worse end everywhere. A hill near the better end is then partly hidden: the
    yardstick at place a is the straight line between both.
    """
    return _along(error, one, other, places).max() - torch.maximum(error(one), error(other))


def _above_the_better(error, one, other, places):
    """You compare with the better end everywhere. A slope from the better end to the worse one is no hill:
    the yardstick at place a is the straight line between both.
    """
    return _along(error, one, other, places).max() - torch.minimum(error(one), error(other))


def _mean_not_max(error, one, other, places):
    """You averaged over the places. A barrier is the highest place: a narrow hill stops whoever walks."""
    return (_along(error, one, other, places) - _straight(error, one, other, places)).mean()


def _sum(error, one, other, places):
    """You summed over the places. The sum grows with how often you look: take the largest."""
    return (_along(error, one, other, places) - _straight(error, one, other, places)).sum()


def _middle(error, one, other, places):
    """You looked at the middle only. The hill may stand elsewhere: try all `places`."""
    a = torch.tensor(0.5, dtype=places.dtype)
    return error(_line(one, other, a)) - (error(one) + error(other)) / 2


def _yardstick_turned(error, one, other, places):
    """Your weights go from `one` to `other`, and your yardstick from `other` to `one`. At a = 0 both belong
    to the first.
    """
    straight = places * error(one) + (1 - places) * error(other)
    return (_along(error, one, other, places) - straight).max()


def _sign(error, one, other, places):
    """You subtracted the error from the yardstick. A barrier is how far the way lies *above* it."""
    return (_straight(error, one, other, places) - _along(error, one, other, places)).max()


def _absolute(error, one, other, places):
    """You took the size of the difference. A valley on the way is no barrier: leave the sign."""
    return (_along(error, one, other, places) - _straight(error, one, other, places)).abs().max()


def _clamped(error, one, other, places):
    """You raised negative results to 0. A way that lies below its yardstick is worth knowing, and a mean over
    many pairs would be too large.
    """
    return barrier(error, one, other, places).clamp(min=0)


def _relative(error, one, other, places):
    """You divided by the yardstick. Asked for is the height itself, in the unit of the error."""
    straight = _straight(error, one, other, places)
    return ((_along(error, one, other, places) - straight) / straight).max()


def _both_turned(error, one, other, places):
    """Your line and your yardstick both run from `other` to `one`. At a = 0 stands the first network."""
    way = torch.stack([error(_line(other, one, a)) for a in places])
    return (way - places * error(one) - (1 - places) * error(other)).max()


def _line_turned(error, one, other, places):
    """Your weights go from `other` to `one`, your yardstick from `one` to `other`. At a = 0 both belong to
    the first.
    """
    way = torch.stack([error(_line(other, one, a)) for a in places])
    return (way - _straight(error, one, other, places)).max()


def _highest_error(error, one, other, places):
    """You looked for the highest error, and subtracted the yardstick there. The highest place may be an end:
    subtract first, then take the largest.
    """
    way = _along(error, one, other, places)
    return (way - _straight(error, one, other, places))[way.argmax()]


def _where(error, one, other, places):
    """You return where the highest place lies. Asked for is how high it is there."""
    above = _along(error, one, other, places) - _straight(error, one, other, places)
    return places[above.argmax()]


def _lowest(error, one, other, places):
    """You took the smallest height. A barrier is as high as its highest place."""
    return (_along(error, one, other, places) - _straight(error, one, other, places)).min()


def _quotient(error, one, other, places):
    """You divided by the yardstick. Asked for is how far the way lies above it: a difference."""
    return (_along(error, one, other, places) / _straight(error, one, other, places)).max()


def _not_mixed(error, one, other, places):
    """Your weights are one + a other, and not a mixture. At a = 1 the first network should be gone:
    (1 - a) one + a other.
    """
    way = torch.stack([error({n: one[n] + a * other[n] for n in one}) for a in places])
    return (way - _straight(error, one, other, places)).max()


def _second_end_missing(error, one, other, places):
    """Your yardstick falls to 0 at the second end. It is (1 - a) of the first end's error *plus* a of the
    second's.
    """
    return (_along(error, one, other, places) - (1 - places) * error(one)).max()


EXERCISE = Exercise(
    id="10.barrier",
    title="the hill between two networks",
    difficulty=1,
    minutes=7,
    reference=barrier,
    inputs=INPUTS,
    probes=PROBES,
    oracle=_oracle,
    observe=_seen,
    verified="the highest place counts, and the yardstick moves from one end's error to the other's.",
    hints=(
        "Two things at each place a: the error of the mixed weights, and the same mixture of the two ends' "
        "errors.",
        "Mix name by name: {n: (1 - a) * one[n] + a * other[n] for n in one}. torch.stack makes a tensor of "
        "the numbers.",
        "`first, last = error(one), error(other); "
        "above = [error({n: (1 - a) * one[n] + a * other[n] for n in one}) - ((1 - a) * first + a * last) "
        "for a in places]; return torch.stack(above).max()`",
    ),
    mistakes=mistakes(
        _not_above,
        _above_the_first,
        _above_the_second,
        _above_the_mean,
        _above_the_worse,
        _above_the_better,
        _mean_not_max,
        _sum,
        _middle,
        _yardstick_turned,
        _sign,
        _absolute,
        _clamped,
        _relative,
        _where,
        _both_turned,
        _line_turned,
        _highest_error,
        _lowest,
        _quotient,
        _not_mixed,
        _second_end_missing,
    ),
)
