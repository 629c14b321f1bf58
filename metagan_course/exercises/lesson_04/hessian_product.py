"""Exercise 04.hessian_product, the second rung to the Hessian term: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

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
    ),
)
