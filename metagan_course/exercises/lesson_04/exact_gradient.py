"""Exercise 04.exact_gradient: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

import torch
from torch.func import grad

from metagan_course.answers.maml import exact_gradient, inner_step

from ..declare import Exercise, mistakes
from .draws import points
from .inner_step import _inner_inputs


def _exact_inputs(generator: torch.Generator) -> dict:
    return _inner_inputs(generator) | {"query": points(generator, 8)}


def _exact_oracle(loss, w, support, query, alpha):
    """By one reverse pass through the step, in double precision: no Hessian is mentioned."""
    start = {name: v.double().requires_grad_() for name, v in w.items()}
    value = loss(inner_step(loss, start, support.double(), alpha), query.double())
    slopes = torch.autograd.grad(value, list(start.values()))
    return {name: slope.float() for name, slope in zip(start, slopes, strict=True)}


def _hessian_times(loss, w, data, vector):
    """H(w) vector for the Hessian of loss(w, data), as in the reference."""
    along = lambda w: sum((grad(loss)(w, data)[name] * vector[name]).sum() for name in w)  # noqa: E731
    return grad(along)(w)


def _query_slope(loss, w, support, query, alpha):
    return grad(loss)(inner_step(loss, w, support, alpha), query)


def _combined(g, h_g, factor):
    return {name: g[name] + factor * h_g[name] for name in g}


def _exact_first_order(loss, w, support, query, alpha):
    """This is g, the query's gradient at the adapted weights: FOMAML. The exact one is (I - alpha H) g, and
    the Hessian term is missing.
    """
    return _query_slope(loss, w, support, query, alpha)


def _exact_plus(loss, w, support, query, alpha):
    """You added the Hessian term. The inner step goes downhill, w' = w - alpha grad, and differentiating it
    keeps the minus.
    """
    g = _query_slope(loss, w, support, query, alpha)
    return _combined(g, _hessian_times(loss, w, support, g), alpha)


def _exact_hessian_at_the_end(loss, w, support, query, alpha):
    """Your Hessian is taken at w', where the step ended. The step's gradient was taken at w, so its
    derivative, H, belongs to the start.
    """
    end = inner_step(loss, w, support, alpha)
    g = grad(loss)(end, query)
    return _combined(g, _hessian_times(loss, end, support, g), -alpha)


def _exact_hessian_of_query(loss, w, support, query, alpha):
    """Your Hessian is the query loss's. H comes from differentiating the inner step, and the inner step has
    only seen the support.
    """
    g = _query_slope(loss, w, support, query, alpha)
    return _combined(g, _hessian_times(loss, w, query, g), -alpha)


def _exact_g_of_support(loss, w, support, query, alpha):
    """Your g is the gradient of the support loss at w', so the support is both lesson and exam. g is the
    query's.
    """
    return exact_gradient(loss, w, support, support, alpha)


def _exact_g_at_the_start(loss, w, support, query, alpha):
    """You took g at w, before the step. The query judges the adapted weights: g = grad L(w'; Q)."""
    g = grad(loss)(w, query)
    return _combined(g, _hessian_times(loss, w, support, g), -alpha)


def _exact_without_rate(loss, w, support, query, alpha):
    """Your Hessian term lacks alpha: it is g - alpha H g. With a small rate the correction is small."""
    g = _query_slope(loss, w, support, query, alpha)
    return _combined(g, _hessian_times(loss, w, support, g), -1.0)


EXERCISE = Exercise(
    id="04.exact_gradient",
    title="the Hessian term, without a Hessian",
    difficulty=3,
    minutes=15,
    reference=exact_gradient,
    inputs=_exact_inputs,
    oracle=_exact_oracle,
    cases=2,
    rtol=1e-3,
    verified="every weight's entry agrees with a reverse pass through the step in double precision.",
    hints=(
        "First g = grad L(w'; Q), which is FOMAML's answer. Then you need H g, and H is the derivative of "
        "grad L(w; S).",
        "With g held fixed, the number <grad L(w; S), g> has the gradient H g, by w. So write that number as "
        "a function of w (multiply, sum over all weights) and call grad on it.",
        "g = grad(loss)(inner_step(loss, w, support, alpha), query); along = lambda w: sum((grad(loss)(w, "
        "support)[n] * g[n]).sum() for n in w); h_g = grad(along)(w); "
        "return {n: g[n] - alpha * h_g[n] for n in w}",
    ),
    mistakes=mistakes(
        _exact_first_order,
        _exact_plus,
        _exact_hessian_at_the_end,
        _exact_hessian_of_query,
        _exact_g_of_support,
        _exact_g_at_the_start,
        _exact_without_rate,
    ),
)
