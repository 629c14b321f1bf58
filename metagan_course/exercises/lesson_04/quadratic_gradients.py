"""Exercise 04.quadratic_gradients: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

import torch

from metagan_course.answers.maml import quadratic_gradients

from ..declare import Exercise, mistakes
from .draws import in_double, rate


def _inputs(generator: torch.Generator, *shape: int) -> dict:
    draw = lambda: torch.randn(shape, generator=generator)  # noqa: E731
    return {
        "w": 3 * draw(),
        "a_support": draw() + 2,
        "a_query": draw() - 2,
        "curvature": 0.5 + torch.rand(shape, generator=generator),
        "alpha": rate(generator),
    }


def _steep(generator: torch.Generator) -> dict:
    """So steep that a step goes beyond the bottom: 1 - alpha h is negative."""
    drawn = _inputs(generator, 4)
    return drawn | {"curvature": (1.5 + torch.rand(4, generator=generator)) / drawn["alpha"]}


INPUTS = {
    "four tasks": lambda generator: _inputs(generator, 4),
    "one task, as single numbers": _inputs,
    "eighteen tasks": lambda generator: _inputs(generator, 18),
    "tasks so steep that a step goes beyond the bottom": _steep,
    "numbers in double precision": lambda generator: in_double(_inputs(generator, 3)),
}


def _oracle(w, a_support, a_query, curvature, alpha):
    """By automatic differentiation, once through the step and once from where it ended."""
    start = w.double().requires_grad_()
    adapted = start - alpha * curvature * (start - a_support)
    (exact,) = torch.autograd.grad((curvature / 2 * (adapted - a_query) ** 2).sum(), start)
    end = adapted.detach().requires_grad_()
    (first,) = torch.autograd.grad((curvature / 2 * (end - a_query) ** 2).sum(), end)
    return exact.to(w.dtype), first.to(w.dtype)


def _quadratic_without_hessian(w, a_support, a_query, curvature, alpha):
    """Both of your gradients are the first-order one. Moving w by 1 moves w' by 1 - alpha h only, since the
    inner step takes part of the move back: the exact gradient carries that factor.
    """
    _, first = quadratic_gradients(w, a_support, a_query, curvature, alpha)
    return first, first


def _quadratic_both_exact(w, a_support, a_query, curvature, alpha):
    """Both of your gradients are the exact one. First order means: the slope of the query loss at w', as if
    w' were where you start, with no factor for the way there.
    """
    exact, _ = quadratic_gradients(w, a_support, a_query, curvature, alpha)
    return exact, exact


def _quadratic_exchanged(w, a_support, a_query, curvature, alpha):
    """Your two gradients are right and in the other order. The exact one is the one with the factor
    1 - alpha h.
    """
    exact, first = quadratic_gradients(w, a_support, a_query, curvature, alpha)
    return first, exact


def _quadratic_before_the_step(w, a_support, a_query, curvature, alpha):
    """You took the query's slope at w, before the step. The query judges where the step ended: put w' into
    h (w' - a_Q), not w.
    """
    first = curvature * (w - a_query)
    return (1 - alpha * curvature) * first, first


def _quadratic_first_at_the_start(w, a_support, a_query, curvature, alpha):
    """Your exact gradient is right. The first-order one you took at w, before the step, and that is
    pretraining's: it leaves out the factor, but the slope is still the one at w'.
    """
    exact, _ = quadratic_gradients(w, a_support, a_query, curvature, alpha)
    return exact, curvature * (w - a_query)


def _quadratic_support_as_query(w, a_support, a_query, curvature, alpha):
    """You judged the adapted weight on the support's minimum a_S, which it has just been pulled towards. The
    query's minimum a_Q is another one: that is what makes it an exam.
    """
    return quadratic_gradients(w, a_support, a_support, curvature, alpha)


def _quadratic_adapted_on_query(w, a_support, a_query, curvature, alpha):
    """This is (1 - alpha h) h (w - a_Q), and a_S is not in it: the table's formula, where support and query
    have one bottom, or a step towards the query's. The step goes towards a_S, and a_Q judges where it ends.
    """
    return quadratic_gradients(w, a_query, a_query, curvature, alpha)


def _quadratic_sets_exchanged(w, a_support, a_query, curvature, alpha):
    """Support and query have changed places: you step towards a_Q and judge on a_S. The step uses a_S, and
    a_Q judges.
    """
    return quadratic_gradients(w, a_query, a_support, curvature, alpha)


def _quadratic_plus(w, a_support, a_query, curvature, alpha):
    """Your factor is 1 + alpha h, as if the step went uphill. The minus of w' = w - alpha h (w - a_S) stays
    when it is differentiated: dw'/dw = 1 - alpha h.
    """
    _, first = quadratic_gradients(w, a_support, a_query, curvature, alpha)
    return (1 + alpha * curvature) * first, first


def _quadratic_uphill(w, a_support, a_query, curvature, alpha):
    """Your step goes uphill: w + alpha h (w - a_S). Descent subtracts the slope, and so the factor is
    1 - alpha h.
    """
    return quadratic_gradients(w, a_support, a_query, curvature, -alpha)


def _quadratic_without_rate(w, a_support, a_query, curvature, alpha):
    """Your factor is 1 - h and alpha is missing from it. The step is alpha times the slope, so alpha
    stands before the curvature as well.
    """
    _, first = quadratic_gradients(w, a_support, a_query, curvature, alpha)
    return (1 - curvature) * first, first


def _quadratic_factor_twice(w, a_support, a_query, curvature, alpha):
    """Your exact gradient carries the factor 1 - alpha h twice. One belongs to it here; the second of
    the table came from w' - a = (1 - alpha h)(w - a), where support and query had one bottom.
    """
    exact, first = quadratic_gradients(w, a_support, a_query, curvature, alpha)
    return (1 - alpha * curvature) * exact, first


def _quadratic_slope_without_curvature(w, a_support, a_query, curvature, alpha):
    """Your slope is the distance to a_Q and lacks h. The derivative of h/2 (w' - a_Q)^2 is h (w' - a_Q)."""
    exact, first = quadratic_gradients(w, a_support, a_query, curvature, alpha)
    return exact / curvature, first / curvature


def _quadratic_step_without_curvature(w, a_support, a_query, curvature, alpha):
    """Your inner step is alpha (w - a_S), without h. A step is alpha times the slope of the loss, and the
    slope of h/2 (w - a_S)^2 is h (w - a_S).
    """
    first = curvature * (w - alpha * (w - a_support) - a_query)
    return (1 - alpha * curvature) * first, first


def _quadratic_half(w, a_support, a_query, curvature, alpha):
    """Your first-order gradient has a half in it. The derivative of h / 2 (w - a)^2 is h (w - a): the half
    goes with the square.
    """
    first = curvature / 2 * (w - alpha * curvature * (w - a_support) - a_query)
    return (1 - alpha * curvature) * first, first


def _quadratic_rate_alone(w, a_support, a_query, curvature, alpha):
    """Your factor is 1 - alpha. What a start that moves by 1 moves after the step is 1 - alpha h: the
    curvature decides.
    """
    first = curvature * (w - alpha * curvature * (w - a_support) - a_query)
    return (1 - alpha) * first, first


def _quadratic_distance_turned(w, a_support, a_query, curvature, alpha):
    """Both gradients point the other way: you have a - w' where w' - a belongs. Right of the bottom the
    slope is positive.
    """
    first = curvature * (a_query - (w - alpha * curvature * (w - a_support)))
    return (1 - alpha * curvature) * first, first


def _quadratic_losses(w, a_support, a_query, curvature, alpha):
    """You return losses, h / 2 times a squared distance. Asked for are their slopes by the start."""
    end = w - alpha * curvature * (w - a_support)
    return curvature / 2 * (end - a_query) ** 2, curvature / 2 * (w - a_query) ** 2


def _quadratic_mean_bottom(w, a_support, a_query, curvature, alpha):
    """You step towards the middle of both bottoms. The step sees the support alone; the query judges where it
    led.
    """
    middle = (a_support + a_query) / 2
    first = curvature * (w - alpha * curvature * (w - middle) - a_query)
    return (1 - alpha * curvature) * first, first


def _quadratic_clamped(w, a_support, a_query, curvature, alpha):
    """You cut the factor off at 0. Where alpha h is above 1 the step goes beyond the bottom, and the exact
    gradient really turns its sign.
    """
    first = curvature * (w - alpha * curvature * (w - a_support) - a_query)
    return (1 - alpha * curvature).clamp(min=0) * first, first


def _quadratic_factor_alone(w, a_support, a_query, curvature, alpha):
    """You return the factor 1 - alpha h where the exact gradient belongs. Multiply the slope at the adapted
    weight by it.
    """
    first = curvature * (w - alpha * curvature * (w - a_support) - a_query)
    return 1 - alpha * curvature + 0 * first, first


def _quadratic_exact_alone(w, a_support, a_query, curvature, alpha):
    """You return one gradient, the exact one. Asked for are two, exact and first order, to be compared."""
    return (1 - alpha * curvature) * curvature * (w - alpha * curvature * (w - a_support) - a_query)


def _quadratic_factor_on_both(w, a_support, a_query, curvature, alpha):
    """Your exact gradient is right, and the second has the factor twice. The first-order one has it not at
    all.
    """
    kept = 1 - alpha * curvature
    first = curvature * (w - alpha * curvature * (w - a_support) - a_query)
    return kept * first, kept * first * kept


EXERCISE = Exercise(
    id="04.quadratic_gradients",
    title="the meta-gradient on paper",
    difficulty=1,
    minutes=8,
    reference=quadratic_gradients,
    inputs=INPUTS,
    oracle=_oracle,
    verified="both gradients agree with automatic differentiation through the step and from its end.",
    hints=(
        "Two lines first: w' = w - alpha h (w - a_S), then the query's slope at w', which is h (w' - a_Q).",
        "That slope is the first-order gradient. For the exact one, multiply by dw'/dw (the chain rule).",
        "`adapted = w - alpha * curvature * (w - a_support)`, then `g = curvature * (adapted - a_query)`, "
        "and `return (1 - alpha * curvature) * g, g`",
    ),
    mistakes=mistakes(
        _quadratic_without_hessian,
        _quadratic_both_exact,
        _quadratic_exchanged,
        _quadratic_before_the_step,
        _quadratic_first_at_the_start,
        _quadratic_support_as_query,
        _quadratic_adapted_on_query,
        _quadratic_sets_exchanged,
        _quadratic_plus,
        _quadratic_uphill,
        _quadratic_without_rate,
        _quadratic_factor_twice,
        _quadratic_slope_without_curvature,
        _quadratic_step_without_curvature,
        _quadratic_half,
        _quadratic_rate_alone,
        _quadratic_distance_turned,
        _quadratic_losses,
        _quadratic_mean_bottom,
        _quadratic_clamped,
        _quadratic_factor_alone,
        _quadratic_exact_alone,
        _quadratic_factor_on_both,
    ),
)
