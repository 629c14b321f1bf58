"""Exercise 04.exact_gradient, the last rung: what it checks, hints at and recognises.

The answer comes in two parts, g and -alpha H g. Their sum is one line, grad of the composed function, and
whoever writes that line has not met the Hessian. A mistake is a wrong function; its docstring is the
diagnosis.
"""

from collections.abc import Callable

import torch
from torch.func import grad

from metagan_course.answers.maml import exact_gradient, inner_step

from ..declare import Exercise, mistakes
from .draws import (
    deep,
    full_hessian_times,
    hessian_times,
    in_double,
    network,
    points,
    query_slope,
    scaled,
    wave,
)
from .inner_step import one_task


def _inputs(generator: torch.Generator, loss: Callable = network, n: int = 8) -> dict:
    return one_task(generator, loss, n) | {"query": points(generator, n + 3)}


def _order(drawn: dict) -> dict:
    return {name: drawn[name] for name in ("loss", "w", "support", "query", "alpha")}


INPUTS = {
    "a small network": lambda generator: _order(_inputs(generator)),
    "weights that are matrices": lambda generator: _order(_inputs(generator, deep, 20)),
    "another loss, of two numbers": lambda generator: _order(_inputs(generator, wave, 5)),
    "numbers in double precision": lambda generator: _order(in_double(_inputs(generator))),
}


def _oracle(loss, w, support, query, alpha):
    """Backward passes for the gradients, and the whole matrix H."""
    start = {name: v.detach().clone().requires_grad_() for name, v in w.items()}
    slopes = torch.autograd.grad(loss(start, support), list(start.values()))
    moved = zip(start.items(), slopes, strict=True)
    end = {name: (v - alpha * slope).detach().requires_grad_() for (name, v), slope in moved}
    g = dict(zip(w, torch.autograd.grad(loss(end, query), list(end.values())), strict=True))
    return g, scaled(full_hessian_times(loss, w, support, g), -alpha)


def _exact_sum(loss, w, support, query, alpha):
    """That is the whole meta-gradient, and it is right: the left-hand side. Asked for are its two pieces, the
    part that FOMAML keeps and the part that it drops: return the pair (g, -alpha H g).
    """
    return grad(lambda w: loss(inner_step(loss, w, support, alpha), query))(w)


def _exact_first_order(loss, w, support, query, alpha):
    """This is g alone, the query's gradient at the adapted weights: FOMAML. The second part is missing:
    return the pair (g, -alpha H g).
    """
    return query_slope(loss, w, support, query, alpha)


def _exact_correction_alone(loss, w, support, query, alpha):
    """This is the Hessian term alone. Return the pair (g, -alpha H g), g first."""
    return exact_gradient(loss, w, support, query, alpha)[1]


def _exact_product_alone(loss, w, support, query, alpha):
    """This is H g alone. Return the pair (g, -alpha H g), g first."""
    return hessian_times(loss, w, support, query_slope(loss, w, support, query, alpha))


def _exact_whole_second(loss, w, support, query, alpha):
    """Your second part is the whole meta-gradient. It should be what has to be *added* to g: -alpha H g."""
    g = query_slope(loss, w, support, query, alpha)
    return g, _exact_sum(loss, w, support, query, alpha)


def _exact_whole_first(loss, w, support, query, alpha):
    """Your first part is the whole meta-gradient already. It should be g alone, what FOMAML keeps."""
    return _exact_sum(loss, w, support, query, alpha), exact_gradient(loss, w, support, query, alpha)[1]


def _exact_parts_exchanged(loss, w, support, query, alpha):
    """Both parts are right and stand in the other order. g comes first, then -alpha H g."""
    g, correction = exact_gradient(loss, w, support, query, alpha)
    return correction, g


def _exact_product_second(loss, w, support, query, alpha):
    """Your second part is H g, without -alpha. The step is w - alpha * gradient; differentiating it leaves
    the factor and the sign: -alpha H g.
    """
    g = query_slope(loss, w, support, query, alpha)
    return g, hessian_times(loss, w, support, g)


def _exact_plus(loss, w, support, query, alpha):
    """Your second part is +alpha H g. The inner step goes downhill, w' = w - alpha grad, and differentiating
    it keeps the minus.
    """
    g, correction = exact_gradient(loss, w, support, query, alpha)
    return g, scaled(correction, -1.0)


def _exact_without_rate(loss, w, support, query, alpha):
    """Your Hessian term lacks alpha: it is -alpha H g. With a small rate the correction is small."""
    g = query_slope(loss, w, support, query, alpha)
    return g, scaled(hessian_times(loss, w, support, g), -1.0)


def _exact_hessian_at_the_end(loss, w, support, query, alpha):
    """Your Hessian is taken at w', where the step ended. The step's gradient was taken at w, so its
    derivative, H, belongs to the start.
    """
    end = inner_step(loss, w, support, alpha)
    g = grad(loss)(end, query)
    return g, scaled(hessian_times(loss, end, support, g), -alpha)


def _exact_hessian_of_query(loss, w, support, query, alpha):
    """Your Hessian is the query loss's. H comes from differentiating the inner step, and the inner step has
    only seen the support.
    """
    g = query_slope(loss, w, support, query, alpha)
    return g, scaled(hessian_times(loss, w, query, g), -alpha)


def _exact_hessian_of_query_at_the_end(loss, w, support, query, alpha):
    """Your Hessian is the query loss's, at w'. H comes from differentiating the inner step: it is the support
    loss's, at the start w.
    """
    end = inner_step(loss, w, support, alpha)
    g = grad(loss)(end, query)
    return g, scaled(hessian_times(loss, end, query, g), -alpha)


def _exact_g_of_support(loss, w, support, query, alpha):
    """Your g is the gradient of the support loss at w', so the support is both lesson and exam. g is the
    query's.
    """
    return exact_gradient(loss, w, support, support, alpha)


def _exact_adapted_on_query(loss, w, support, query, alpha):
    """Your inner step was taken on the query, so the learner saw the exam. Step on the support; only g looks
    at the query.
    """
    return exact_gradient(loss, w, query, query, alpha)


def _exact_sets_exchanged(loss, w, support, query, alpha):
    """Support and query have changed places: you step, and take H, on the query, and g on the support. The
    step sees the support, the query judges.
    """
    return exact_gradient(loss, w, query, support, alpha)


def _exact_g_at_the_start(loss, w, support, query, alpha):
    """You took g at w, before the step. The query judges the adapted weights: g = grad L(w'; Q)."""
    g = grad(loss)(w, query)
    return g, scaled(hessian_times(loss, w, support, g), -alpha)


def _exact_times_support_gradient(loss, w, support, query, alpha):
    """You multiplied H by the support's gradient. H acts on g, the query's gradient at w'."""
    g = query_slope(loss, w, support, query, alpha)
    return g, scaled(hessian_times(loss, w, support, grad(loss)(w, support)), -alpha)


def _exact_g_not_fixed(loss, w, support, query, alpha):
    """Your g was not held fixed: computed inside the function that the outer grad sees, it is differentiated
    too, and the product rule adds a second term. Compute g first, outside, and use the number it gave.
    """
    g = query_slope(loss, w, support, query, alpha)

    def number(w):
        slope, moving = grad(loss)(w, support), query_slope(loss, w, support, query, alpha)
        return sum((slope[name] * moving[name]).sum() for name in w)

    return g, scaled(grad(number)(w), -alpha)


def _exact_half_the_correction(loss, w, support, query, alpha):
    """Your correction is half of what it should be. It is -alpha H g, without another factor."""
    g, product = _pieces(loss, w, support, query, alpha)
    return g, scaled(product, -alpha / 2)


def _exact_rate_squared(loss, w, support, query, alpha):
    """The rate stands in your correction twice. d w' / d w is I - alpha H: it comes in once."""
    g, product = _pieces(loss, w, support, query, alpha)
    return g, scaled(product, -(alpha**2))


def _exact_uphill(loss, w, support, query, alpha):
    """Your inner step goes up the hill, and the correction's sign with it. w' = w - alpha times the
    gradient.
    """
    g, product = _pieces(loss, w, support, query, -alpha)
    return g, scaled(product, alpha)


def _exact_identity_for_hessian(loss, w, support, query, alpha):
    """You multiply g by -alpha alone, as if H were the identity. H says how the support's slopes change with
    w; hessian_product gives H g.
    """
    g, _ = _pieces(loss, w, support, query, alpha)
    return g, scaled(g, -alpha)


def _exact_hessian_twice(loss, w, support, query, alpha):
    """H is applied twice. One step has one factor I - alpha H; a second one would come with a second step."""
    g, product = _pieces(loss, w, support, query, alpha)
    return g, scaled(hessian_times(loss, w, support, product), -alpha)


def _exact_two_steps(loss, w, support, query, alpha):
    """You take two inner steps before you ask the query. Asked for is one step and its one Hessian."""
    end = inner_step(loss, inner_step(loss, w, support, alpha), support, alpha)
    g = grad(loss)(end, query)
    return g, scaled(hessian_times(loss, w, support, g), -alpha)


def _exact_joined_points(loss, w, support, query, alpha):
    """You adapt on support and query together. The query judges, and what was learned from it says nothing
    new.
    """
    both = torch.cat([support, query])
    g = grad(loss)(inner_step(loss, w, both, alpha), query)
    return g, scaled(hessian_times(loss, w, both, g), -alpha)


def _exact_rate_on_g(loss, w, support, query, alpha):
    """Your g carries the rate. The first part is the query's slope at w', as it stands; alpha belongs to the
    correction.
    """
    g, product = _pieces(loss, w, support, query, alpha)
    return scaled(g, alpha), scaled(product, -alpha)


def _exact_three_parts(loss, w, support, query, alpha):
    """You return three things. Asked for are two, g and -alpha H g, whose sum is the gradient."""
    g, product = _pieces(loss, w, support, query, alpha)
    return g, product, {n: g[n] - alpha * product[n] for n in w}


def _pieces(loss, w, support, query, alpha):
    """g and H g, as they should be."""
    g = grad(loss)(inner_step(loss, w, support, alpha), query)
    return g, hessian_times(loss, w, support, g)


EXERCISE = Exercise(
    id="04.exact_gradient",
    title="the Hessian term, without a Hessian",
    difficulty=3,
    minutes=8,
    reference=exact_gradient,
    inputs=INPUTS,
    oracle=_oracle,
    cases=4,
    rtol=1e-3,
    atol=1e-4,
    verified="g agrees with a backward pass from the adapted weights, the second part with the whole matrix.",
    hints=(
        "First g: one `inner_step` on the support, then the gradient of the query loss where it ended. That "
        "is all that FOMAML keeps.",
        "Then H g by rung (b): `hessian_product(loss, w, support, g)`. At the start w, on the support, with "
        "the g you have just computed.",
        "`g = grad(loss)(inner_step(loss, w, support, alpha), query)`, then "
        "`h_g = hessian_product(loss, w, support, g)`, and "
        "`return g, {name: -alpha * h_g[name] for name in w}`",
    ),
    mistakes=mistakes(
        _exact_sum,
        _exact_first_order,
        _exact_correction_alone,
        _exact_product_alone,
        _exact_whole_second,
        _exact_whole_first,
        _exact_parts_exchanged,
        _exact_product_second,
        _exact_plus,
        _exact_without_rate,
        _exact_hessian_at_the_end,
        _exact_hessian_of_query,
        _exact_hessian_of_query_at_the_end,
        _exact_g_of_support,
        _exact_adapted_on_query,
        _exact_sets_exchanged,
        _exact_g_at_the_start,
        _exact_times_support_gradient,
        _exact_g_not_fixed,
        _exact_half_the_correction,
        _exact_rate_squared,
        _exact_uphill,
        _exact_identity_for_hessian,
        _exact_hessian_twice,
        _exact_two_steps,
        _exact_joined_points,
        _exact_rate_on_g,
        _exact_three_parts,
    ),
)
