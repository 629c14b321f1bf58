"""Exercise 04.quadratic_gradients: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

import torch

from metagan_course.answers.maml import quadratic_gradients

from ..declare import Exercise, mistakes
from .draws import rate


def _quadratic_inputs(generator: torch.Generator) -> dict:
    n_tasks = int(torch.randint(3, 5, (), generator=generator))
    draw = lambda: torch.randn(n_tasks, generator=generator)  # noqa: E731
    return {
        "w": draw() + 3,
        "a_support": draw(),
        "a_query": draw() - 2,
        "curvature": 0.5 + torch.rand(n_tasks, generator=generator),
        "alpha": rate(generator),
    }


def _quadratic_oracle(w, a_support, a_query, curvature, alpha):
    """By automatic differentiation, once through the step and once from where it ended."""
    start = w.double().requires_grad_()
    adapted = start - alpha * curvature * (start - a_support)
    (exact,) = torch.autograd.grad((curvature / 2 * (adapted - a_query) ** 2).sum(), start)
    end = adapted.detach().requires_grad_()
    (first,) = torch.autograd.grad((curvature / 2 * (end - a_query) ** 2).sum(), end)
    return exact.float(), first.float()


def _quadratic_without_hessian(w, a_support, a_query, curvature, alpha):
    """Both of your gradients are the first-order one. Moving w by 1 moves w' by 1 - alpha h only, since the
    inner step takes part of the move back: the exact gradient carries that factor.
    """
    _, first = quadratic_gradients(w, a_support, a_query, curvature, alpha)
    return first, first


def _quadratic_exchanged(w, a_support, a_query, curvature, alpha):
    """Your two gradients are right and in the other order. The exact one is the one with the factor
    1 - alpha h.
    """
    exact, first = quadratic_gradients(w, a_support, a_query, curvature, alpha)
    return first, exact


def _quadratic_before_the_step(w, a_support, a_query, curvature, alpha):
    """You took the query's gradient at w, before the step. The query judges where the step ended: put w' into
    h (w' - a_Q), not w.
    """
    first = curvature * (w - a_query)
    return (1 - alpha * curvature) * first, first


def _quadratic_support_as_query(w, a_support, a_query, curvature, alpha):
    """You judged the adapted weight on the support's minimum a_S, which it has just been pulled towards. The
    query's minimum a_Q is another one: that is what makes it an exam.
    """
    return quadratic_gradients(w, a_support, a_support, curvature, alpha)


def _quadratic_adapted_on_query(w, a_support, a_query, curvature, alpha):
    """Your inner step went towards the query's minimum a_Q, so the learner saw the exam before it was set.
    The step may use a_S only.
    """
    return quadratic_gradients(w, a_query, a_query, curvature, alpha)


def _quadratic_plus(w, a_support, a_query, curvature, alpha):
    """Your factor is 1 + alpha h, as if the step went uphill. The minus of w' = w - alpha h (w - a_S) stays
    when it is differentiated: dw'/dw = 1 - alpha h.
    """
    _, first = quadratic_gradients(w, a_support, a_query, curvature, alpha)
    return (1 + alpha * curvature) * first, first


def _quadratic_without_rate(w, a_support, a_query, curvature, alpha):
    """Your factor is 1 - h and alpha is missing from it. The step is alpha times the gradient, so alpha
    stands before the curvature as well.
    """
    _, first = quadratic_gradients(w, a_support, a_query, curvature, alpha)
    return (1 - curvature) * first, first


EXERCISE = Exercise(
    id="04.quadratic_gradients",
    title="the meta-gradient on paper",
    difficulty=1,
    minutes=8,
    reference=quadratic_gradients,
    inputs=_quadratic_inputs,
    oracle=_quadratic_oracle,
    verified="both gradients agree with automatic differentiation through the step and from its end.",
    hints=(
        "Two lines first: w' = w - alpha h (w - a_S), then the query's slope at w', which is h (w' - a_Q).",
        "That slope is the first-order gradient. For the exact one, multiply by dw'/dw (the chain rule).",
        "adapted = w - alpha * curvature * (w - a_support); g = curvature * (adapted - a_query); "
        "return (1 - alpha * curvature) * g, g",
    ),
    mistakes=mistakes(
        _quadratic_without_hessian,
        _quadratic_exchanged,
        _quadratic_before_the_step,
        _quadratic_support_as_query,
        _quadratic_adapted_on_query,
        _quadratic_plus,
        _quadratic_without_rate,
    ),
)
