"""Exercise 04.slope_along, the first rung to the Hessian term: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.func import grad

from metagan_course.answers.maml import slope_along

from ..declare import Exercise, Observation, mistakes
from .draws import along, deep, in_double, network, points, slope_by, wave, weights


def moved_along(generator: torch.Generator, loss: Callable = network, n: int = 8) -> dict:
    """A loss, weights, points and a direction."""
    w = weights(generator, loss)
    return {"loss": loss, "w": w, "points": points(generator, n), "v": along(generator, w)}


INPUTS = {
    "a small network": moved_along,
    "weights that are matrices": lambda generator: moved_along(generator, deep, 20),
    "another loss, of two numbers": lambda generator: moved_along(generator, wave, 5),
    "numbers in double precision": lambda generator: in_double(moved_along(generator)),
}


def _watch(function: Callable, inputs: dict) -> Observation:
    """The number, and its gradient by the weights, which the next rung takes."""
    number = function(**inputs)
    seen = {"the number": number.detach() if isinstance(number, Tensor) else number}
    if not isinstance(number, Tensor) or number.shape != ():
        return seen
    leaves = {name: w.clone().requires_grad_() for name, w in inputs["w"].items()}
    return seen | {"its gradient by w": slope_by(function(**inputs | {"w": leaves}), leaves)}


def _oracle(loss, w, points, v):
    """The vjp of a vjp, torch's way to a change along v without a loop over names."""
    names, shapes = list(w), tuple(w.values())
    function = lambda *values: loss(dict(zip(names, values, strict=True)), points)  # noqa: E731
    return torch.autograd.functional.jvp(function, shapes, tuple(v[n] for n in names), create_graph=True)[1]


def _along_per_name(loss, w, points, v):
    """You return one number for each name, a dict. How fast the loss changes is one number: the sum of them
    all.
    """
    gradient = grad(loss)(w, points)
    return {name: (gradient[name] * v[name]).sum() for name in w}


def _along_products(loss, w, points, v):
    """You return slope times move for every weight, not yet summed. Sum over the entries of each tensor, and
    over the names.
    """
    gradient = grad(loss)(w, points)
    return {name: gradient[name] * v[name] for name in w}


def _along_mean(loss, w, points, v):
    """You took means where the formula has sums. Every weight's move adds to the change of the loss; a mean
    shares it out among them.
    """
    gradient = grad(loss)(w, points)
    return sum((gradient[name] * v[name]).mean() for name in w)


def _along_without_move(loss, w, points, v):
    """You summed the slopes and left v out. A weight that moves twice as far changes the loss twice as much:
    multiply each slope by its move.
    """
    return sum(g.sum() for g in grad(loss)(w, points).values())


def _along_first_name(loss, w, points, v):
    """You used the first name of the dict only. All weights move, so sum over all names."""
    name = next(iter(w))
    return (grad(loss)(w, points)[name] * v[name]).sum()


def _along_last_name(loss, w, points, v):
    """Only the last name counts in your number: each turn of the loop overwrites the sum, or the return
    stands inside it. Add up over all names.
    """
    name = list(w)[-1]
    return (grad(loss)(w, points)[name] * v[name]).sum()


def _along_weights(loss, w, points, v):
    """You multiplied the moves by the weights themselves. It takes the slopes: `grad(loss)(w, points)`."""
    return sum((w[name] * v[name]).sum() for name in w)


def _along_cut(loss, w, points, v):
    """The number is right and has forgotten that it depends on w: .detach() or .item() cut it off. The
    next rung takes its gradient by w, so leave it a tensor.
    """
    return slope_along(loss, w, points, v).detach()


def _along_itself(loss, w, points, v):
    """You multiplied the gradient by itself, and v is not in it. That is the change along the gradient; asked
    for is the change along v, slope times move.
    """
    return sum(g.square().sum() for g in grad(loss)(w, points).values())


def _along_unit(loss, w, points, v):
    """You divided by the length of v. Here v is not a direction only but a move, and its length counts."""
    return slope_along(loss, w, points, v) / sum(part.square().sum() for part in v.values()).sqrt()


def _along_absolute(loss, w, points, v):
    """You sum absolute values. Moving along v, one weight's fall pays for another's rise: signs must stay."""
    gradient = grad(loss)(w, points)
    return sum((gradient[name] * v[name]).abs().sum() for name in w)


def _along_a_difference(loss, w, points, v):
    """You take the loss at w + v minus that at w. That is the slope only for a tiny v; the derivative is
    <grad L, v>, exact for any.
    """
    moved = {name: w[name] + v[name] for name in w}
    return loss(moved, points) - loss(w, points)


def _along_product_of_sums(loss, w, points, v):
    """You multiply sums. Each slope goes with its own entry of v: multiply first, then sum."""
    gradient = grad(loss)(w, points)
    return sum(gradient[name].sum() * v[name].sum() for name in w)


def _along_cosine(loss, w, points, v):
    """You divide by both lengths: that is the cosine of the angle. The slope along v grows with v and with
    the gradient.
    """
    gradient = grad(loss)(w, points)
    dot = sum((gradient[n] * v[n]).sum() for n in w)
    a, b = (sum(part.square().sum() for part in tree.values()).sqrt() for tree in (gradient, v))
    return dot / (a * b)


def _along_at_v(loss, w, points, v):
    """w and v have changed places: the gradient is taken at v. It belongs where the weights are."""
    gradient = grad(loss)(v, points)
    return sum((gradient[name] * w[name]).sum() for name in w)


def _along_minus(loss, w, points, v):
    """Your sign is turned. A step goes against the gradient; the slope along v is <grad L, v> itself."""
    gradient = grad(loss)(w, points)
    return -sum((gradient[name] * v[name]).sum() for name in w)


def _along_first_entry(loss, w, points, v):
    """You take the first entry of each weight. All entries move along v, and each adds its part."""
    gradient = grad(loss)(w, points)
    return sum((gradient[name] * v[name]).reshape(-1)[0] for name in w)


def _along_list(loss, w, points, v):
    """You return a list, a number a weight. Asked for is their sum: one number, whose gradient is Hv."""
    gradient = grad(loss)(w, points)
    return [(gradient[name] * v[name]).sum() for name in w]


EXERCISE = Exercise(
    id="04.slope_along",
    title="how fast the loss changes along a move",
    difficulty=1,
    minutes=4,
    reference=slope_along,
    inputs=INPUTS,
    oracle=_oracle,
    observe=_watch,
    cases=4,
    rtol=1e-3,
    verified="the number agrees with forward-mode differentiation, and a gradient can be taken of it.",
    hints=(
        "Slope times move, weight by weight, and the sum of it all: one number.",
        "gradient = grad(loss)(w, points) is a dict; (gradient[name] * v[name]).sum() is one name's part.",
        "`gradient = grad(loss)(w, points)`, then "
        "`return sum((gradient[name] * v[name]).sum() for name in w)`",
    ),
    mistakes=mistakes(
        _along_per_name,
        _along_products,
        _along_mean,
        _along_without_move,
        _along_first_name,
        _along_last_name,
        _along_weights,
        _along_cut,
        _along_itself,
        _along_unit,
        _along_absolute,
        _along_a_difference,
        _along_product_of_sums,
        _along_cosine,
        _along_at_v,
        _along_minus,
        _along_first_entry,
        _along_list,
    ),
)
