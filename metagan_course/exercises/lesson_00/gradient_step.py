"""Exercise 00.gradient_step: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

import torch

from metagan_course.answers.basics import gradient_step

from ..declare import Exercise, mistakes


def _weights_of(**shapes: tuple[int, ...]):
    """Inputs with weights of these names and shapes."""

    def inputs(generator: torch.Generator) -> dict:
        draw = lambda: {n: torch.randn(s, generator=generator) for n, s in shapes.items()}  # noqa: E731
        rate = 0.1 + 0.7 * torch.rand((), generator=generator).item()
        return {"weights": draw(), "gradient": draw(), "alpha": rate}

    return inputs


CASES = {
    "a vector and a number": _weights_of(slope=(3,), offset=()),
    "a layer of a network": _weights_of(weight=(2, 3), bias=(2,)),
    "one weight": _weights_of(w=()),
}


def _step_oracle(weights, gradient, alpha):
    """In double precision by torch's fused a - alpha b, one call a weight."""
    exact = {n: torch.sub(w.double(), gradient[n].double(), alpha=alpha) for n, w in weights.items()}
    return {name: w.float() for name, w in exact.items()}


def _step_uphill(weights, gradient, alpha):
    """Your step goes up the hill: the gradient points where the loss grows fastest, and a plus follows
    it. Descent subtracts, so that the loss falls.
    """
    return {name: w + alpha * gradient[name] for name, w in weights.items()}


def _step_no_rate(weights, gradient, alpha):
    """Your step uses the whole gradient and leaves alpha out. The gradient says which way and how
    steep, not how far it is safe to go; that is what the rate is for.
    """
    return {name: w - gradient[name] for name, w in weights.items()}


def _step_only(weights, gradient, alpha):
    """You return the step itself, minus alpha times the gradient, not the place it leads to. Add the
    weight it starts from.
    """
    return {name: -alpha * gradient[name] for name in weights}


def _step_in_place(weights, gradient, alpha):
    """Your function changed the weights it was given (-= or sub_ works in place). Later the same start
    must serve many tasks, each with a path of its own: return new tensors and leave the old ones alone.
    """
    for name in weights:
        weights[name] -= alpha * gradient[name]
    return weights


def _step_sign_only(weights, gradient, alpha):
    """Your step has the length alpha whatever the gradient's size: you kept only its sign. Plain
    gradient descent makes small steps where the loss is flat, which is how it comes to rest.
    """
    return {name: w - alpha * gradient[name].sign() for name, w in weights.items()}


def _step_shrinks(weights, gradient, alpha):
    """You multiplied the weight by (1 - alpha gradient). The gradient is subtracted from the weight,
    not applied to it as a factor: a weight of 0 could never move.
    """
    return {name: w * (1 - alpha * gradient[name]) for name, w in weights.items()}


EXERCISE = Exercise(
    id="00.gradient_step",
    title="one step down the hill",
    difficulty=1,
    minutes=5,
    reference=gradient_step,
    inputs=CASES,
    oracle=_step_oracle,
    verified="every weight moved by alpha times its gradient, and the old ones are untouched.",
    hints=(
        "What is w' when L falls fastest against its gradient and alpha says how far to go?",
        "Go through weights.items() and build a new dictionary with the same names; gradient has them too.",
        "return {name: w - alpha * gradient[name] for name, w in weights.items()}",
    ),
    mistakes=mistakes(
        _step_uphill, _step_no_rate, _step_only, _step_in_place, _step_sign_only, _step_shrinks
    ),
)
