"""Exercise 14.players_test, a test that the learner writes: the implementations it is tried on, its hints.

An implementation is player_gradients(gen_loss, disc_loss, phi, theta) -> (d L_G / d phi, d L_D / d theta).
"""

import torch
from torch.func import grad

from metagan_course.answers.clinic_broken import never_cleared, one_outer_loss
from metagan_course.answers.clinic_parts import player_gradients
from metagan_course.answers.clinic_tests import players_test

from ..written_tests import asks_for_a_test

# --- right -------------------------------------------------------------------------------------------------


def by_autograd(gen_loss, disc_loss, phi, theta):
    phi, theta = (one.detach().clone().requires_grad_() for one in (phi, theta))
    (slope_g,) = torch.autograd.grad(gen_loss(phi, theta), phi)
    (slope_d,) = torch.autograd.grad(disc_loss(theta, phi), theta)
    return slope_g, slope_d


def by_backward(gen_loss, disc_loss, phi, theta):
    mine = phi.detach().clone().requires_grad_()
    gen_loss(mine, theta.detach()).backward()
    yours = theta.detach().clone().requires_grad_()
    disc_loss(yours, phi.detach()).backward()
    return mine.grad, yours.grad


def by_differences(gen_loss, disc_loss, phi, theta, step=1e-4):
    p, t = phi.detach().double(), theta.detach().double()
    slope_g = (gen_loss(p + step, t) - gen_loss(p - step, t)) / (2 * step)
    slope_d = (disc_loss(t + step, p) - disc_loss(t - step, p)) / (2 * step)
    return slope_g.to(phi.dtype), slope_d.to(theta.dtype)


# --- broken ------------------------------------------------------------------------------------------------


def only_g_gets_both(gen_loss, disc_loss, phi, theta):
    both = grad(lambda p: gen_loss(p, theta) + disc_loss(theta, p))(phi)
    return both, grad(disc_loss)(theta, phi)


def other_order(gen_loss, disc_loss, phi, theta):
    return player_gradients(gen_loss, disc_loss, phi, theta)[::-1]


def by_the_other(gen_loss, disc_loss, phi, theta):
    return grad(gen_loss, argnums=1)(phi, theta), grad(disc_loss, argnums=1)(theta, phi)


def uphill_d(gen_loss, disc_loss, phi, theta):
    slope_g, slope_d = player_gradients(gen_loss, disc_loss, phi, theta)
    return slope_g, -slope_d


def zero_sum(gen_loss, disc_loss, phi, theta):
    """D is given -dL_G/dtheta: right where L_D = -L_G."""
    return grad(gen_loss)(phi, theta), -grad(gen_loss, argnums=1)(phi, theta)


def after_a_step(gen_loss, disc_loss, phi, theta):
    slope_g = grad(gen_loss)(phi, theta)
    return slope_g, grad(disc_loss)(theta, phi - 0.1 * slope_g)


def twice_d(gen_loss, disc_loss, phi, theta):
    return grad(lambda p: disc_loss(theta, p))(phi), grad(disc_loss)(theta, phi)


def place(generator: torch.Generator) -> dict:
    """phi and theta, neither of them near 0, nor both the same."""
    phi, theta = (0.4 + torch.rand((), generator=generator) for _ in range(2))
    return {"phi": phi, "theta": -theta}


EXERCISE = asks_for_a_test(
    id="14.players_test",
    title="a test that each player has its own gradient",
    difficulty=2,
    minutes=9,
    reference=players_test,
    given=place,
    right={
        "torch.func.grad, one player after the other": player_gradients,
        "torch.autograd.grad on fresh leaves": by_autograd,
        "two backwards, fresh leaves for each": by_backward,
        "central differences in double precision": by_differences,
    },
    broken={
        "L_G + L_D, one backward: both get the sum's gradient": one_outer_loss,
        "D's gradient still holds what G's backward left": never_cleared,
        "G gets the sum's gradient, D its own": only_g_gets_both,
        "the two gradients in the other order": other_order,
        "each loss differentiated by the other player's weights": by_the_other,
        "D's gradient with the sign turned": uphill_d,
        "D gets -dL_G/dtheta, as if the game were zero-sum": zero_sum,
        "D's gradient is taken after G has stepped": after_a_step,
        "both gradients are of L_D": twice_d,
    },
    hints=(
        "You choose the two losses. Which losses make the bugs show? If L_G does not contain theta, and L_D "
        "not phi, nobody notices that they were added.",
        "Take two polynomials in both numbers that are not each other's negative, and write down both "
        "derivatives by hand, as formulas of phi and theta.",
        "L_G = phi theta + phi^2 has dL_G/dphi = theta + 2 phi; L_D = theta^2 + 3 phi theta has dL_D/dtheta "
        "= 2 theta + 3 phi. Give both losses to player_gradients, with phi and theta, and compare what comes "
        "with these formulas: abs(a - b) < 1e-3.",
    ),
)
