"""Exercise 09.readings, what a rule reads of a gradient: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

import torch

from metagan_course.answers.map_rules import readings

from ..declare import Exercise, mistakes


def _case(*shape: int, size: float = 1.0, first: float = 1.0, dtype=torch.float32):
    def inputs(generator: torch.Generator) -> dict:
        draw = torch.randn(2, *shape, generator=generator, dtype=dtype)
        spread = torch.linspace(0.3, 2, shape[0], dtype=dtype)[:, None, None]  # maps differ in size
        shift = torch.linspace(-1, 2, shape[0], dtype=dtype)[:, None, None]
        return {"gradient": size * (spread * draw[0] + shift), "first": first * spread * draw[1]}

    return inputs


def _zero(gradient: float, first: float):
    def inputs(generator: torch.Generator) -> dict:
        drawn = torch.randn(2, 3, 4, 4, generator=generator)
        return {"gradient": gradient * drawn[0], "first": first * drawn[1]}

    return inputs


INPUTS = {
    "a code's 16 maps of 7x7": _case(16, 7, 7),
    "three maps, higher than wide": _case(3, 5, 2),
    "a gradient a tenth of the first": _case(4, 3, 3, size=0.1),
    "a loss in millionths": _case(4, 3, 3, size=1e-6, first=3e-6),
    "a loss a thousand times as steep": _case(4, 3, 3, size=2e3, first=1e3),
    "a gradient that is gone": _zero(0.0, 1.0),
    "a first gradient of 0": _zero(1.0, 0.0),
    "numbers in double precision": _case(2, 3, 3, dtype=torch.float64),
}


def _rms(x):
    return x.square().mean().sqrt()


def _joined(maps, size, gradient, first):
    """Maps and one number as maps, 0 where a gradient is 0."""
    if not (gradient != 0).any() or not (first != 0).any():
        return torch.zeros(len(gradient) + 1, *gradient.shape[1:], dtype=gradient.dtype)
    return torch.cat([maps, size.expand(1, *gradient.shape[1:])])


def _oracle(gradient, first):
    """In double precision, by lengths: rms(g) = |g| / sqrt(n), and the n cancels in the ratio."""
    n, g, f = gradient.numel(), gradient.double(), first.double()
    length, length_first = (torch.linalg.vector_norm(x) for x in (g, f))
    if length == 0 or length_first == 0:
        return torch.zeros(len(g) + 1, *g.shape[1:], dtype=gradient.dtype)
    size = torch.full((1, *g.shape[1:]), float(length.log() - length_first.log()))
    return torch.cat([g * n**0.5 / length, size.double()]).to(gradient.dtype)


def _raw_maps(gradient, first):
    """You handed the maps through undivided. On a loss a thousand times as steep a network would read numbers
    that it has never met: divide by their root mean square.
    """
    return _joined(gradient, (_rms(gradient) / _rms(first)).log(), gradient, first)


def _not_guarded(gradient, first):
    """You divided 0 by 0, or took the logarithm of 0. One number that is not finite goes into every later
    step of this task: where a gradient is 0 everywhere, the reading is 0.
    """
    size = (_rms(gradient) / _rms(first)).log().expand(1, *gradient.shape[1:])
    return torch.cat([gradient / _rms(gradient), size])


def _epsilon(gradient, first):
    """The small number in your divisor has a scale of its own: gradients near it are read as smaller than
    they are. Treat the one case 0 apart, and leave the others as they are.
    """
    return _joined(
        gradient / (_rms(gradient) + 1e-8),
        ((_rms(gradient) + 1e-8) / (_rms(first) + 1e-8)).log(),
        gradient,
        first,
    )


def _each_map(gradient, first):
    """You divided each map by its own size. Which map is steep and which is flat can then no longer be read:
    one root mean square belongs to all maps together.
    """
    own = gradient.square().mean((1, 2), keepdim=True).sqrt()
    return _joined(gradient / own, (_rms(gradient) / _rms(first)).log(), gradient, first)


def _by_first(gradient, first):
    """You divided the maps by the first gradient's size. Their own size belongs in the divisor; how they
    compare with the first stands in the last map, as a logarithm.
    """
    return _joined(gradient / _rms(first), (_rms(gradient) / _rms(first)).log(), gradient, first)


def _norm(gradient, first):
    """You divided by the length, the root of the *sum* of squares. It grows with the number of places, and
    the readings shrink: take the mean.
    """
    return _joined(gradient / gradient.norm(), (_rms(gradient) / _rms(first)).log(), gradient, first)


def _deviation(gradient, first):
    """You divided by the standard deviation. It takes the mean off first, and a gradient that pulls
    everywhere the same way would have none: the root mean square keeps it.
    """
    return _joined(
        gradient / gradient.std(unbiased=False), (_rms(gradient) / _rms(first)).log(), gradient, first
    )


def _standardised(gradient, first):
    """You took the mean off. A gradient that pulls everywhere the same way says something, and the rule can
    no longer read it: only divide.
    """
    maps = (gradient - gradient.mean()) / gradient.std(unbiased=False)
    return _joined(maps, (_rms(gradient) / _rms(first)).log(), gradient, first)


def _absolute(gradient, first):
    """You divided by the mean absolute value, or compared such. That survives the scale too; the formula has
    the root mean square, and a trained psi knows the one it was trained with.
    """
    a, b = gradient.abs().mean(), first.abs().mean()
    return _joined(gradient / a, (a / b).log(), gradient, first)


def _largest(gradient, first):
    """You divided by the largest entry. One loud place then decides how all others are read; the root mean
    square asks them all.
    """
    return _joined(gradient / gradient.abs().max(), (_rms(gradient) / _rms(first)).log(), gradient, first)


def _mean_square(gradient, first):
    """You left out the root. Divided by a *square*, a gradient twice as large is read as half as large."""
    square = gradient.square().mean()
    return _joined(gradient / square, (_rms(gradient) / _rms(first)).log(), gradient, first)


def _sign(gradient, first):
    """You return signs. They survive every scale, and a place that hardly matters shouts as loud as any."""
    return _joined(gradient.sign(), (_rms(gradient) / _rms(first)).log(), gradient, first)


def _own_log(gradient, first):
    """Your last map is the logarithm of the gradient's own size. It moves by the same number whenever the
    loss is scaled: subtract that of the first gradient.
    """
    return _joined(gradient / _rms(gradient), _rms(gradient).log(), gradient, first)


def _ratio(gradient, first):
    """Your last map is the ratio, without the logarithm. It has no bound above, and all that happens near the
    bottom is squeezed between 0 and 1.
    """
    return _joined(gradient / _rms(gradient), _rms(gradient) / _rms(first), gradient, first)


def _upside_down(gradient, first):
    """Your last map has the wrong sign: log(first / now). Where the gradient has shrunk it should be below
    0.
    """
    return _joined(gradient / _rms(gradient), (_rms(first) / _rms(gradient)).log(), gradient, first)


def _log_of_squares(gradient, first):
    """Your last map is twice too large. You took the logarithm of mean squares, and left out the root."""
    return _joined(gradient / _rms(gradient), 2 * (_rms(gradient) / _rms(first)).log(), gradient, first)


def _base_ten(gradient, first):
    """Your last map is a logarithm to another base. The formula has the natural one, torch.log."""
    return _joined(gradient / _rms(gradient), (_rms(gradient) / _rms(first)).log10(), gradient, first)


def _log_by_place(gradient, first):
    """Your last map differs from place to place. It is one number for the whole task, written everywhere."""
    size = (gradient.square().mean(0).sqrt() / first.square().mean(0).sqrt()).log()
    return _joined(gradient / _rms(gradient), size, gradient, first)


def _map_in_front(gradient, first):
    """Your new map stands before the others. It comes last: the network's weights know the maps by place."""
    return _joined(gradient / _rms(gradient), (_rms(gradient) / _rms(first)).log(), gradient, first).roll(
        1, 0
    )


def _no_size(gradient, first):
    """Your last map is missing. Without it a rule cannot tell the beginning from the bottom: the divided maps
    look alike.
    """
    return _joined(gradient / _rms(gradient), _rms(gradient), gradient, first)[:-1]


def _only_now(gradient, first):
    """Where one of the two gradients is 0, a part of your reading is not. The formula makes the whole reading
    0 there, maps and size.
    """
    safe = lambda x: torch.where(x > 0, x, torch.ones_like(x))  # noqa: E731
    size = (safe(_rms(gradient)) / safe(_rms(first))).log().expand(1, *gradient.shape[1:])
    return torch.cat([gradient / safe(_rms(gradient)), size])


EXERCISE = Exercise(
    id="09.readings",
    title="what survives a change of scale",
    difficulty=2,
    minutes=8,
    reference=readings,
    inputs=INPUTS,
    oracle=_oracle,
    verified="the readings are the same for every scale of the loss, and 0 where a gradient is 0.",
    rtol=1e-4,
    atol=1e-5,
    hints=(
        "Two parts: the maps divided by one number, and one number written into a map of its own. Which "
        "number is it that grows just as the gradient does?",
        "`gradient.square().mean().sqrt()` is the root mean square of all maps together. "
        "`number.expand(1, height, width)` writes a number at every place, torch.cat joins along axis 0.",
        "`a, b = gradient.square().mean().sqrt(), first.square().mean().sqrt(); known = (a > 0) & (b > 0); "
        "a, b = torch.where(known, a, 1), torch.where(known, b, 1); "
        "size = (a / b).log().expand(1, *gradient.shape[1:]); "
        "return torch.cat([gradient / a, size]) * known`",
    ),
    mistakes=mistakes(
        _raw_maps,
        _not_guarded,
        _epsilon,
        _each_map,
        _by_first,
        _norm,
        _deviation,
        _standardised,
        _absolute,
        _largest,
        _mean_square,
        _sign,
        _own_log,
        _ratio,
        _upside_down,
        _log_of_squares,
        _base_ten,
        _log_by_place,
        _map_in_front,
        _no_size,
        _only_now,
    ),
)
