"""Exercise 04.inner_step: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

from collections.abc import Callable

import torch
from torch.func import grad

from metagan_course.answers.maml import inner_step
from metagan_course.weights import detached

from ..declare import Exercise, Observation, mistakes
from .draws import is_weights, network, points, rate, slope_by, weights


def _inner_inputs(generator: torch.Generator) -> dict:
    return {
        "loss": network,
        "w": weights(generator),
        "support": points(generator, 8),
        "alpha": rate(generator),
    }


def _watch_step(function: Callable, inputs: dict) -> Observation:
    """The start afterwards, the new weights, and how their squared length depends on the start."""
    start = {name: w.clone() for name, w in inputs["w"].items()}
    moved = function(**inputs | {"w": start})
    seen = {"the start, after the step": start}
    if any(not torch.equal(start[name], w) for name, w in inputs["w"].items()):
        return seen
    seen["the new weights"] = detached(moved) if is_weights(moved) else moved
    if not is_weights(moved) or not moved:
        return seen
    leaves = {name: w.clone().requires_grad_() for name, w in inputs["w"].items()}
    length = sum(w.square().sum() for w in function(**inputs | {"w": leaves}).values())
    return seen | {"gradient of |w'|^2 by the start": slope_by(length, leaves)}


def _inner_oracle(loss, w, support, alpha):
    """With another of torch's differentiators, reverse mode by vjp."""
    value, pull = torch.func.vjp(lambda w: loss(w, support), w)
    (slope,) = pull(torch.ones_like(value))
    return {name: torch.sub(w[name], slope[name], alpha=alpha) for name in w}


def _inner_uphill(loss, w, support, alpha):
    """Your step goes up the hill: the gradient points where the loss grows fastest. Descent subtracts it."""
    return inner_step(loss, w, support, -alpha)


def _inner_in_place(loss, w, support, alpha):
    """Your function changed the start it was given, its tensors or its dict. The next task must begin at the
    same start, so return a new dict of new tensors and leave w alone; published Meta-GAN code has this
    very bug.
    """
    gradient = grad(loss)(w, support)
    for name in w:
        w[name] -= alpha * gradient[name]
    return w


def _inner_live_gradient(loss, w, support, alpha):
    """backward() and autograd.grad need weights that carry requires_grad=True, and a plain dict of numbers
    does not. torch.func.grad(loss)(w, support) asks for nothing, keeps the graph by itself, and goes on
    being right when there are two players (lesson 08).
    """
    slopes = torch.autograd.grad(loss(w, support), list(w.values()), create_graph=True)
    return {name: v - alpha * g for (name, v), g in zip(w.items(), slopes, strict=True)}


def _inner_constant_gradient(loss, w, support, alpha):
    """The new weights are right, but their gradient was cut from the graph, by .detach() or a dropped
    create_graph. To the outer loop w' is then w minus a constant, the Hessian is gone, and this is FOMAML.
    """
    gradient = detached(grad(loss)(w, support))
    return {name: w[name] - alpha * gradient[name] for name in w}


def _inner_cut(loss, w, support, alpha):
    """The new weights are right and have forgotten where they came from: detach(), .data or no_grad cut them
    from the start. No gradient can reach the start through them, so nothing would ever be meta-learned.
    """
    return detached(_inner_constant_gradient(loss, w, support, alpha))


def _inner_without_rate(loss, w, support, alpha):
    """Your step is the whole gradient and leaves alpha out. The gradient says which way, alpha how far."""
    return inner_step(loss, w, support, 1.0)


def _inner_gradient_only(loss, w, support, alpha):
    """You return the gradient itself, not the weights it leads to. The step is w - alpha * gradient, weight
    by weight.
    """
    return grad(loss)(w, support)


def _inner_two_steps(loss, w, support, alpha):
    """You stepped twice. K steps come from calling this function K times; it makes one."""
    return inner_step(loss, inner_step(loss, w, support, alpha), support, alpha)


EXERCISE = Exercise(
    id="04.inner_step",
    title="one step on a dict of weights",
    difficulty=1,
    minutes=8,
    reference=inner_step,
    inputs=_inner_inputs,
    oracle=_inner_oracle,
    observe=_watch_step,
    cases=2,
    verified="the new weights are right, the start is untouched, and the outer gradient flows through.",
    hints=(
        "Two lines: the gradient of loss(w, support) by w, then a new dict with w - alpha * gradient.",
        "torch.func.grad(loss) is a function: called with (w, support) it gives a dict with w's names.",
        "gradient = grad(loss)(w, support); return {name: w[name] - alpha * gradient[name] for name in w}",
    ),
    mistakes=mistakes(
        _inner_uphill,
        _inner_in_place,
        _inner_live_gradient,
        _inner_constant_gradient,
        _inner_cut,
        _inner_without_rate,
        _inner_gradient_only,
        _inner_two_steps,
    ),
)
