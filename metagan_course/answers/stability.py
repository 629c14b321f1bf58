"""Lesson 02's answers: the field of a game, its Jacobian, the pull of R1, and a loss that looks ahead.

Not here: the two-number game itself (dirac.py) and whole games on the ring (collapse.py).
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.func import grad, jacrev

from metagan_course.inner import adapt
from metagan_course.steps import sgd
from metagan_course.weights import Params


def game_field(gen_loss: Callable, disc_loss: Callable, phi: Tensor, theta: Tensor) -> Tensor:
    """v = (-dL_G/dphi, -dL_D/dtheta): where both players want to go. Two numbers -> (2,)

    gen_loss(phi, theta), disc_loss(theta, phi): each takes its own number first, and each derivative holds
    the other player's number still.
    """
    return torch.stack([-grad(gen_loss)(phi, theta), -grad(disc_loss)(theta, phi)])


def field_jacobian(field: Callable[[Tensor], Tensor], place: Tensor) -> Tensor:
    """J[i, j] = dv_i / dw_j at w = place: (n,) -> (n, n). Its eigenvalues tell the fate of a game nearby."""
    return jacrev(field)(place)


def r1_gradient(theta: Tensor, gamma: float) -> Tensor:
    """The gradient by theta of gamma/2 E |grad_x D(x)|^2 for D(x) = theta . x: gamma theta. (P,) -> (P,)

    R1 of Mescheder et al. 2018 (arXiv 1801.04406): the slope of this D is theta at every x.
    """
    return gamma * theta


def unrolled_loss(
    gen_loss: Callable, disc_loss: Callable, phi: Params, theta: Params, *, k: int, rate: float
) -> Tensor:
    """L_G(phi, theta_k) where theta_k is D after k steps of its own against this phi (arXiv 1611.02163).

    theta_{i+1} = theta_i - rate * grad_theta L_D(theta_i, phi). The steps are a function of phi, and the
    gradient by phi goes through them: `adapt` is the same loop that MAML differentiates.
    """
    return gen_loss(phi, adapt(disc_loss, theta, phi, sgd(rate), k))
