"""Exercise 04.hessian_product, the second rung to the Hessian term: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

import torch
from torch.func import grad

from metagan_course.answers.maml import hessian_product, slope_along

from ..declare import Exercise, mistakes
from .draws import full_hessian_times, scaled
from .slope_along import INPUTS


def _oracle(loss, w, points, v):
    """With the whole matrix, which these small weights can afford."""
    return full_hessian_times(loss, w, points, v)


def _product_gradient_only(loss, w, points, v):
    """This is the gradient of the loss: either v never came in, or you differentiated the number <grad L, v>
    by v, in which it is linear. Hold v fixed and take the number's gradient by w.
    """
    return grad(loss)(w, points)


def _product_number(loss, w, points, v):
    """You return the number <grad L, v> itself. Its gradient by w is Hv: call grad on it as a function
    of w.
    """
    return slope_along(loss, w, points, v)


def _product_v_outside(loss, w, points, v):
    """You differentiated the plain sum of the slopes and multiplied by v afterwards. That adds up each row of
    H first: v has to be inside, before the outer grad, so that every entry meets its own move.
    """
    ones = {name: value * 0 + 1 for name, value in v.items()}
    sums = hessian_product(loss, w, points, ones)
    return {name: sums[name] * v[name] for name in w}


def _product_without_v(loss, w, points, v):
    """You differentiated the plain sum of the slopes: that is H times a list of ones. Multiply each slope by
    its v before summing.
    """
    return hessian_product(loss, w, points, {name: value * 0 + 1 for name, value in v.items()})


def _product_twice(loss, w, points, v):
    """You applied H twice. One gradient of the number is enough: what comes out is Hv."""
    return hessian_product(loss, w, points, hessian_product(loss, w, points, v))


def _product_of_gradient(loss, w, points, v):
    """This is H times the gradient, and v is not in it: the number was <grad L, grad L> or half of it, whose
    gradient is another one. The second factor is v, and it is held fixed.
    """
    return hessian_product(loss, w, points, grad(loss)(w, points))


def _product_of_squared_slopes(loss, w, points, v):
    """You differentiated the squared length of the gradient, <grad L, grad L>. Its gradient is 2 H grad L;
    for Hv the second factor is v.
    """
    return scaled(_product_of_gradient(loss, w, points, v), 2.0)


def _product_minus(loss, w, points, v):
    """Your product has the wrong sign. Hv is how the slopes change along v, and no step is taken here: the
    minus belongs to exact_gradient.
    """
    return scaled(hessian_product(loss, w, points, v), -1.0)


def _product_own_weight_only(loss, w, points, v):
    """Each name of yours knows only its own part of v: the number was taken name by name and differentiated
    by that name alone. Every weight's slope changes with every other weight: sum over all names first, then
    one grad.
    """
    found = {}
    for name in w:
        part = {n: value if n == name else value * 0 for n, value in v.items()}
        found[name] = hessian_product(loss, w, points, part)[name]
    return found


def _product_diagonal(loss, w, points, v):
    """You multiply v by the diagonal of H. The Hessian has entries for pairs of weights too: how the slope
    along one changes when another moves.
    """
    found = {}
    for name in w:
        flat = torch.zeros_like(w[name]).reshape(-1)
        for i in range(w[name].numel()):
            entry = lambda w, i=i, name=name: grad(loss)(w, points)[name].reshape(-1)[i]  # noqa: E731
            flat[i] = grad(entry)(w)[name].reshape(-1)[i]
        found[name] = flat.reshape(w[name].shape) * v[name]
    return found


def _product_undivided_difference(loss, w, points, v):
    """You take the gradient at w + v minus that at w. That is Hv only where the loss is a parabola;
    elsewhere a whole v is too far to go. Differentiate <grad L, v> instead.
    """
    moved = {n: w[n] + v[n] for n in w}
    here, there = grad(loss)(w, points), grad(loss)(moved, points)
    return {n: there[n] - here[n] for n in w}


def _product_of_outer_gradient(loss, w, points, v):
    """You have <grad L, v> times the gradient: the outer product of the slope with itself in H's place. It
    holds no second derivative at all.
    """
    slope = grad(loss)(w, points)
    dot = sum((slope[n] * v[n]).sum() for n in w)
    return {n: dot * slope[n] for n in w}


def _product_at_v(loss, w, points, v):
    """w and v have changed places: this is the Hessian at v, times w. H stands where the weights are, and v
    is what it is multiplied by.
    """
    return grad(lambda at: slope_along(loss, at, points, w))(v)


def _product_plus_v(loss, w, points, v):
    """You return Hv + v. A step kept its own w beside the slope; the product has nothing beside it."""
    product = grad(lambda at: slope_along(loss, at, points, v))(w)
    return {n: product[n] + v[n] for n in w}


def _product_halved(loss, w, points, v):
    """You return half of Hv. The half of a parabola's formula is already gone once it was differentiated."""
    product = grad(lambda at: slope_along(loss, at, points, v))(w)
    return {n: product[n] / 2 for n in w}


def _product_of_unit_v(loss, w, points, v):
    """You scale v to length 1 first. Hv is linear in v: twice the v, twice the product."""
    length = sum(part.square().sum() for part in v.values()).sqrt()
    return grad(lambda at: slope_along(loss, at, points, {n: p / length for n, p in v.items()}))(w)


def _product_first_point(loss, w, points, v):
    """You look at the first point alone. The loss is a mean over all points, and so is its Hessian."""
    return grad(lambda at: slope_along(loss, at, points[:1], v))(w)


def _product_without_names(loss, w, points, v):
    """You return one long vector. Asked for is a dict with the names and shapes of w, as v has them."""
    product = grad(lambda at: slope_along(loss, at, points, v))(w)
    return torch.cat([part.flatten() for part in product.values()])


EXERCISE = Exercise(
    id="04.hessian_product",
    title="H v, and no H",
    difficulty=2,
    minutes=6,
    reference=hessian_product,
    inputs=INPUTS,
    oracle=_oracle,
    cases=4,
    rtol=1e-3,
    atol=1e-4,
    verified="every entry agrees with the whole matrix times v.",
    hints=(
        "Call the number of rung (a) as a function of w alone, with loss, points and v fixed.",
        "`lambda w: slope_along(loss, w, points, v)` is that function. grad of it, called with w, is a dict.",
        "`return grad(lambda w: slope_along(loss, w, points, v))(w)`",
    ),
    mistakes=mistakes(
        _product_gradient_only,
        _product_number,
        _product_v_outside,
        _product_without_v,
        _product_twice,
        _product_of_gradient,
        _product_of_squared_slopes,
        _product_minus,
        _product_own_weight_only,
        _product_diagonal,
        _product_undivided_difference,
        _product_of_outer_gradient,
        _product_at_v,
        _product_plus_v,
        _product_halved,
        _product_of_unit_v,
        _product_first_point,
        _product_without_names,
    ),
)
