"""Exercise 04.inner_step: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

from collections.abc import Callable

import torch
from torch.func import grad, vmap

from metagan_course.answers.maml import inner_step
from metagan_course.weights import detached

from ..declare import Exercise, Observation, mistakes
from .draws import deep, in_double, is_weights, network, points, rate, slope_by, wave, weights


def one_task(generator: torch.Generator, loss: Callable = network, n: int = 8) -> dict:
    """A loss, a start, support points and a rate."""
    return {
        "loss": loss,
        "w": weights(generator, loss),
        "support": points(generator, n),
        "alpha": rate(generator),
    }


INPUTS = {
    "a small network": one_task,
    "weights that are matrices": lambda generator: one_task(generator, deep, 20),
    "another loss, of two numbers": lambda generator: one_task(generator, wave, 5),
    "numbers in double precision": lambda generator: in_double(one_task(generator)),
}


def _watch(function: Callable, inputs: dict) -> Observation:
    """The start afterwards, the new weights, how they depend on the start, and the step inside vmap."""
    start = {name: w.clone() for name, w in inputs["w"].items()}
    moved = function(**inputs | {"w": start})
    seen = {"the start, after the step": start}
    if set(start) != set(inputs["w"]) or any(not torch.equal(start[n], w) for n, w in inputs["w"].items()):
        return seen
    seen["the new weights"] = detached(moved) if is_weights(moved) else moved
    if not is_weights(moved) or not moved:
        return seen
    leaves = {name: w.clone().requires_grad_() for name, w in inputs["w"].items()}
    again = function(**inputs | {"w": leaves})
    length = sum(w.square().sum() for w in again.values())
    seen["gradient of |w'|^2 by the start"] = slope_by(length, leaves)
    two = torch.stack([inputs["support"], inputs["support"].flip(-1)])
    rows = vmap(lambda support: function(**inputs | {"support": support}))(two)
    return seen | {"the new weights of two tasks in one vmap": detached(rows)}


def _oracle(loss, w, support, alpha):
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
    does not. `torch.func.grad(loss)(w, support)` asks for nothing, keeps the graph by itself, and goes on
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


def _inner_move_alone(loss, w, support, alpha):
    """You return the move, -alpha times the gradient, and not where it leads. Add it to the start: the new
    weights are w - alpha * gradient.
    """
    return {name: -alpha * g for name, g in grad(loss)(w, support).items()}


def _inner_scaled_gradient(loss, w, support, alpha):
    """You return alpha times the gradient, the length of the step and not its end. The new weights are what
    is left when it is subtracted from the start: w - alpha * gradient.
    """
    return {name: alpha * g for name, g in grad(loss)(w, support).items()}


def _inner_two_steps(loss, w, support, alpha):
    """You stepped twice. K steps come from calling this function K times; it makes one."""
    return inner_step(loss, inner_step(loss, w, support, alpha), support, alpha)


def _inner_first_name_only(loss, w, support, alpha):
    """Only the first weight of the dict has moved; the others came back as they were. The step is for every
    name: {name: w[name] - alpha * gradient[name] for name in w}.
    """
    first = next(iter(w))
    return {**w, first: inner_step(loss, w, support, alpha)[first]}


def _inner_unit_length(loss, w, support, alpha):
    """You divided the gradient by its length, so every step is alpha long. Plain descent keeps the length: on
    a steep slope it goes far, and near a bottom it slows down by itself.
    """
    gradient = grad(loss)(w, support)
    length = sum(g.square().sum() for g in gradient.values()).sqrt()
    return {name: w[name] - alpha * gradient[name] / length for name in w}


def _inner_sign(loss, w, support, alpha):
    """You moved every weight by alpha and kept only the sign of its slope. Its size counts as well."""
    gradient = grad(loss)(w, support)
    return {name: w[name] - alpha * gradient[name].sign() for name in w}


def _inner_half_a_step(loss, w, support, alpha):
    """You go half the way: somewhere your step is divided by 2. A step has the length alpha, and no other
    factor.
    """
    gradient = grad(loss)(w, support)
    return {name: w[name] - alpha / 2 * gradient[name] for name in w}


def _inner_one_after_another(loss, w, support, alpha):
    """You take the second weight's slope after the first has moved. A gradient belongs to one place: take all
    slopes at the start, then move all weights at once.
    """
    new = dict(w)
    for name in w:
        new[name] = new[name] - alpha * grad(loss)(new, support)[name]
    return new


def _inner_mean_slope(loss, w, support, alpha):
    """You move all entries of a weight by their mean slope. Each entry has a slope of its own, and
    subtracting tensors of one shape uses each.
    """
    gradient = grad(loss)(w, support)
    return {name: w[name] - alpha * gradient[name].mean() for name in w}


def _inner_shrinks(loss, w, support, alpha):
    """Your step shrinks the weights as well: w stands in it twice, or with a factor 1 - alpha. That is weight
    decay; the step down the loss is w - alpha times the gradient.
    """
    gradient = grad(loss)(w, support)
    return {name: (1 - alpha) * w[name] - alpha * gradient[name] for name in w}


def _inner_fixed_rate(loss, w, support, alpha):
    """You step with 0.02 whatever `alpha` is. The rate is an argument: somebody will ask for another, or
    learn it.
    """
    gradient = grad(loss)(w, support)
    return {name: w[name] - 0.02 * gradient[name] for name in w}


def _inner_half_the_points(loss, w, support, alpha):
    """You use the first half of the points alone. All of the support is there to be learned from; whoever
    judges brings points of their own.
    """
    gradient = grad(loss)(w, support[: len(support) // 2])
    return {name: w[name] - alpha * gradient[name] for name in w}


def _inner_pair(loss, w, support, alpha):
    """You return two things, the new weights and the gradient. Asked for are the new weights alone."""
    gradient = grad(loss)(w, support)
    return {name: w[name] - alpha * gradient[name] for name in w}, gradient


def _inner_without_names(loss, w, support, alpha):
    """Your new weights have lost their names. Return a dict with the names of w: the loss finds its weights
    by them.
    """
    gradient = grad(loss)(w, support)
    return [w[name] - alpha * gradient[name] for name in w]


EXERCISE = Exercise(
    id="04.inner_step",
    title="one step on a dict of weights",
    difficulty=1,
    minutes=8,
    reference=inner_step,
    inputs=INPUTS,
    oracle=_oracle,
    observe=_watch,
    cases=4,
    verified="the new weights are right, the start is untouched, and the outer gradient flows through.",
    hints=(
        "Two lines: the gradient of loss(w, support) by w, then a new dict with w - alpha * gradient.",
        "`torch.func.grad(loss)` is a function: called with (w, support) it gives a dict with w's names.",
        "`gradient = grad(loss)(w, support)`, then "
        "`return {name: w[name] - alpha * gradient[name] for name in w}`",
    ),
    mistakes=mistakes(
        _inner_uphill,
        _inner_in_place,
        _inner_live_gradient,
        _inner_constant_gradient,
        _inner_cut,
        _inner_without_rate,
        _inner_gradient_only,
        _inner_move_alone,
        _inner_scaled_gradient,
        _inner_two_steps,
        _inner_first_name_only,
        _inner_unit_length,
        _inner_sign,
        _inner_half_a_step,
        _inner_one_after_another,
        _inner_mean_slope,
        _inner_shrinks,
        _inner_fixed_rate,
        _inner_half_the_points,
        _inner_pair,
        _inner_without_names,
    ),
)
