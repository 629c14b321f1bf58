"""Exercise 06.turn: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

import torch
from torch import Tensor

from metagan_course.answers.rules import turn

from ..declare import DETACHED, Exercise, Observation, mistakes


def _case(*shape: int, size: float = 1.0, dtype=torch.float32):
    def inputs(generator: torch.Generator) -> dict:
        draw = size * torch.randn(2, *shape, generator=generator, dtype=dtype)
        return {"gradient": draw[0], "last": draw[1]}

    return inputs


def _with_zeros(generator: torch.Generator) -> dict:
    """The first step, where nothing was before; a gradient that is gone; and both."""
    drawn = _case(6)(generator)
    drawn["last"][:2] = 0
    drawn["gradient"][1:3] = 0
    return drawn


INPUTS = {
    "64 tasks of two coordinates": _case(64, 2),
    "gradients of 0, before, now, and both": _with_zeros,
    "gradients of a millionth of a millionth": _case(3, 2, size=1e-12),
    "gradients of a million": _case(3, 2, size=1e6),
    "one single number": _case(),
    "numbers in double precision": _case(4, dtype=torch.float64),
}


def _seen(function, inputs) -> Observation:
    """The values, the slopes where both are there, and whether a slope is finite where one is 0."""
    leaves = [inputs[name].requires_grad_() for name in ("gradient", "last")]
    result = function(**inputs)
    if not isinstance(result, Tensor):
        return {"result": result}
    if not result.requires_grad:
        return {"result": result, "slope by gradient": DETACHED, "slope by last": DETACHED}
    weights = torch.linspace(1, 2, result.numel(), dtype=result.dtype).reshape(result.shape)
    slopes = torch.autograd.grad((result * weights).sum(), leaves, materialize_grads=True)
    both = (leaves[0] != 0) & (leaves[1] != 0)
    scale = leaves[0].detach().abs() + leaves[1].detach().abs()  # slopes of tiny gradients are enormous
    slopes = [torch.where(both, s * scale, s * 0) for s in slopes]
    named = {f"slope by {name}": s for name, s in zip(("gradient", "last"), slopes, strict=True)}
    return {"result": result.detach(), **named}


def _oracle(gradient, last):
    """By the ratio q = g / l: r = q / (1 + |q|), where l is not 0, and 0 where it is."""
    q = gradient / torch.where(last == 0, 1, last)
    return torch.where(last == 0, 0 * gradient, q / (1 + q.abs()))


def _safe(total: Tensor) -> Tensor:
    return torch.where(total > 0, total, 1)


def _total(gradient, last):
    return _safe(gradient.abs() + last.abs())


def _turn_raw(gradient, last):
    """You hand the gradient through. On a loss a hundred times as steep the rule would read numbers that it
    has never met; what it needs is whether the gradient has changed, in units of itself.
    """
    return gradient * 1


def _turn_difference(gradient, last):
    """You return the difference. It says how the gradient changed and still grows with the loss: divide by
    how large the two are.
    """
    return gradient - last


def _turn_ratio(gradient, last):
    """You return the ratio g / l. Its scale is gone, and it has no bound: where the last gradient was nearly
    0, one coordinate shouts. r = q / (1 + |q|) says the same between -1 and 1.
    """
    return torch.where(last == 0, 0 * gradient, gradient / torch.where(last == 0, 1, last))


def _turn_not_guarded(gradient, last):
    """You divide 0 by 0 where there was no gradient before and is none now. One NaN in a memory is enough,
    and everything that comes after is NaN: choose 1 as the divisor there, before you divide.
    """
    return gradient * last.sign() / (gradient.abs() + last.abs())


def _turn_mended_after(gradient, last):
    """The values are right and the slopes are NaN: you divided 0 by 0 and mended the result. Autograd
    differentiates the division as well, and 0 times infinity is NaN: choose a divisor of 1 there first.
    """
    r = gradient * last.sign() / (gradient.abs() + last.abs())
    return torch.where(r.isnan(), 0, r)


def _turn_epsilon(gradient, last):
    """The small number in your divisor has a scale of its own: gradients below it are read as 0, and late in
    a run all are below it. Guard the one case 0 / 0, and leave the others as they are.
    """
    return gradient * last.sign() / (gradient.abs() + last.abs() + 1e-8)


def _turn_no_sign(gradient, last):
    """You left out the sign of the last gradient. Then -1 means "the gradient is negative", not "it has
    changed sign", and a rule learns another thing for each direction.
    """
    return gradient / _total(gradient, last)


def _turn_unsigned(gradient, last):
    """You return the size alone, from 0 to 1. Whether the step went over the bottom, which the sign tells, is
    what a rule needs most.
    """
    return torch.where(last == 0, 0, gradient.abs() / _total(gradient, last))


def _turn_only_sign(gradient, last):
    """You return only whether the sign has changed. That is what Rprop reads, a fair rule; but 0.9 and 0.1
    of the last gradient are then the same, and one of them says that the bottom is near.
    """
    return gradient.sign() * last.sign() + 0 * gradient


def _turn_exchanged(gradient, last):
    """The two gradients have changed places. At the bottom the new one is 0, and r should be 0 there."""
    return last * gradient.sign() / _total(gradient, last)


def _turn_squares(gradient, last):
    """You divided the product by squares. That number is the same for twice and for half the last gradient,
    which ask for opposite things: it cannot tell g from l.
    """
    return 2 * gradient * last / _safe(gradient.square() + last.square())


def _turn_whole_vector(gradient, last):
    """You divided by the size of the whole tensor. A coordinate then reads what all the others do, and
    the other tasks too: the rule is one for each coordinate by itself.
    """
    return gradient * last.sign() / _safe(gradient.norm() + last.norm())


def _turn_relative_change(gradient, last):
    """You return (g - l) / (|g| + |l|), the relative change. It has no scale; but its sign depends on the
    direction: two coordinates, one walking left and one walking right, read opposite numbers.
    """
    return (gradient - last) / _total(gradient, last)


def _turn_hyperbolic(gradient, last):
    """You squashed the gradient. That bounds it and keeps its scale: all steep places read 1, all flat ones
    0. Divide by what it was before.
    """
    return torch.tanh(gradient)


def _turn_first_is_one(gradient, last):
    """Where there was no gradient before, you return plus or minus 1. Nothing is known there yet, and the
    answer is 0: torch.sign has that.
    """
    sign = torch.where(last < 0, -1, 1)
    return gradient * sign / _total(gradient, last)


EXERCISE = Exercise(
    id="06.turn",
    title="what a rule should read",
    difficulty=2,
    minutes=8,
    reference=turn,
    inputs=INPUTS,
    oracle=_oracle,
    observe=_seen,
    verified="values are right for tiny, large and vanished gradients, and every slope is finite.",
    hints=(
        "First without the zeros: gradient * last.sign() / (gradient.abs() + last.abs()). Which entries of "
        "that are NaN?",
        "torch.where(condition, a, b) chooses entry by entry. Autograd goes through both branches, so the "
        "divisor has to be made harmless before the division, not the result after it.",
        "`total = gradient.abs() + last.abs(); "
        "safe = torch.where(total > 0, total, torch.ones_like(total)); "
        "return gradient * last.sign() / safe`",
    ),
    mistakes=mistakes(
        _turn_raw,
        _turn_difference,
        _turn_ratio,
        _turn_not_guarded,
        _turn_mended_after,
        _turn_epsilon,
        _turn_no_sign,
        _turn_unsigned,
        _turn_only_sign,
        _turn_exchanged,
        _turn_squares,
        _turn_whole_vector,
        _turn_relative_change,
        _turn_hyperbolic,
        _turn_first_is_one,
    ),
)
