"""MAML for one step of gradient descent, written out in small functions: the answer key of lesson 04.

Nothing here is needed to train: inner.py and outer.py do the same for K steps, any update rule and all tasks
at once, and tests/test_maml.py holds the two against each other.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.func import grad

from metagan_course.inner import Loss
from metagan_course.steps import Step
from metagan_course.weights import Params


def inner_step(loss: Loss, w: Params, support: Tensor, alpha: float) -> Params:
    """w' = w - alpha grad L(w; S): new weights, a differentiable function of the old ones, which stay."""
    gradient = grad(loss)(w, support)
    return {name: w[name] - alpha * gradient[name] for name in w}


def quadratic_gradients(
    w: Tensor, a_support: Tensor, a_query: Tensor, curvature: Tensor, alpha: float
) -> tuple[Tensor, Tensor]:
    """Exact and first-order meta-gradient of L(w; a) = h/2 (w - a)^2 after one step. (T,) -> (T,), (T,)

    w' = w - alpha h (w - a_S);  first order: g = h (w' - a_Q);  exact: (1 - alpha h) g
    """
    adapted = w - alpha * curvature * (w - a_support)
    g = curvature * (adapted - a_query)
    return (1 - alpha * curvature) * g, g


def slope_along(loss: Loss, w: Params, points: Tensor, v: Params) -> Tensor:
    """<grad L(w; points), v>, one number: how fast the loss changes as w moves along v."""
    gradient = grad(loss)(w, points)
    return sum((gradient[name] * v[name]).sum() for name in w)


def hessian_product(loss: Loss, w: Params, points: Tensor, v: Params) -> Params:
    """H v, H the Hessian of L(w; points): the gradient of <grad L, v> by w, v fixed (Pearlmutter 1994)."""
    return grad(lambda w: slope_along(loss, w, points, v))(w)


def exact_gradient(
    loss: Loss, w: Params, support: Tensor, query: Tensor, alpha: float
) -> tuple[Params, Params]:
    """(g, -alpha H g), whose sum is the exact meta-gradient (I - alpha H) g.

    g = grad L(w'; Q) at the adapted weights; H is the Hessian of L(w; S) at the start w and is never built.
    """
    g = grad(loss)(inner_step(loss, w, support, alpha), query)
    h_g = hessian_product(loss, w, support, g)
    return g, {name: -alpha * h_g[name] for name in w}


def order_matters(
    rule: Callable[..., Tensor], loss: Loss, params: Params, tasks: Any, step: Step, n_steps: int
) -> bool:
    """Whether a task's loss under `rule` changes when the tasks come in the opposite order. It must not."""
    there = rule(loss, params, tasks, step, n_steps)
    backwards = type(tasks)(*(part.flip(0) for part in tasks))
    back = rule(loss, params, backwards, step, n_steps).flip(0)
    return not torch.allclose(there, back, rtol=1e-4)
