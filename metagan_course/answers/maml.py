"""MAML for one step of gradient descent, written out in three functions: the answer key of lesson 04.

Nothing here is needed to train: inner.py and outer.py do the same for K steps, any update rule and all tasks
at once, and tests/test_maml.py holds the two against each other.
"""

from torch import Tensor
from torch.func import grad

from metagan_course.inner import Loss
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


def exact_gradient(loss: Loss, w: Params, support: Tensor, query: Tensor, alpha: float) -> Params:
    """(I - alpha H) g with g = grad L(w'; Q) and H the Hessian of L(w; S) at the start w.

    H g is the gradient of the number <grad L(w; S), g> with g held fixed (Pearlmutter 1994): the matrix H is
    never built.
    """
    g = grad(loss)(inner_step(loss, w, support, alpha), query)

    def along_g(w):
        """<grad L(w; S), g>, one number."""
        slope = grad(loss)(w, support)
        return sum((slope[name] * g[name]).sum() for name in w)

    h_g = grad(along_g)(w)
    return {name: g[name] - alpha * h_g[name] for name in w}
