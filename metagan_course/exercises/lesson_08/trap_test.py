"""Exercise 08.trap_test, a test that the learner writes: the inner loops it is tried on, and its hints.

An inner loop is play(gen_loss, disc_loss, phi, theta, alpha, n_steps) -> phi', theta'.
"""

import torch
from torch import Tensor
from torch.func import grad, vjp

from metagan_course.answers.meta_gan import play, trap_test

from ..written_tests import asks_for_a_test


def live(weights: Tensor) -> Tensor:
    return weights if weights.requires_grad else weights.detach().clone().requires_grad_()


def slope_of(value: Tensor, weights: Tensor) -> Tensor:
    return torch.autograd.grad(value, weights, create_graph=True)[0]


# --- right -------------------------------------------------------------------------------------------------


def by_aliases(gen_loss, disc_loss, phi, theta, alpha, n_steps):
    """Backward passes, each on an alias of what moves: what was computed before is not followed."""
    phi, theta = live(phi), live(theta)
    for _ in range(n_steps):
        alias = theta.view_as(theta)
        theta = theta - alpha * slope_of(disc_loss(alias, phi), alias)
        alias = phi.view_as(phi)
        phi = phi - alpha * slope_of(gen_loss(alias, theta), alias)
    return phi, theta


def by_recursion(gen_loss, disc_loss, phi, theta, alpha, n_steps):
    if not n_steps:
        return phi, theta
    theta = theta - alpha * grad(disc_loss)(theta, phi)
    phi = phi - alpha * grad(gen_loss)(phi, theta)
    return by_recursion(gen_loss, disc_loss, phi, theta, alpha, n_steps - 1)


def by_pullbacks(gen_loss, disc_loss, phi, theta, alpha, n_steps):
    for _ in range(n_steps):
        value, back = vjp(disc_loss, theta, phi)
        theta = theta - alpha * back(torch.ones_like(value))[0]
        value, back = vjp(gen_loss, phi, theta)
        phi = phi - alpha * back(torch.ones_like(value))[0]
    return phi, theta


# --- broken ------------------------------------------------------------------------------------------------


def trapped(gen_loss, disc_loss, phi, theta, alpha, n_steps):
    """autograd.grad on live weights, as the libraries' steps do."""
    phi, theta = live(phi), live(theta)
    for _ in range(n_steps):
        theta = theta - alpha * slope_of(disc_loss(theta, phi), theta)
        phi = phi - alpha * slope_of(gen_loss(phi, theta), phi)
    return phi, theta


def trapped_with_a_graph(gen_loss, disc_loss, phi, theta, alpha, n_steps):
    """Right as long as nobody asks for a gradient."""
    if not (phi.requires_grad or theta.requires_grad):
        return play(gen_loss, disc_loss, phi, theta, alpha, n_steps)
    return trapped(gen_loss, disc_loss, phi, theta, alpha, n_steps)


def trapped_g(gen_loss, disc_loss, phi, theta, alpha, n_steps):
    phi, theta = live(phi), live(theta)
    for _ in range(n_steps):
        alias = theta.view_as(theta)
        theta = theta - alpha * slope_of(disc_loss(alias, phi), alias)
        phi = phi - alpha * slope_of(gen_loss(phi, theta), phi)
    return phi, theta


def trapped_d(gen_loss, disc_loss, phi, theta, alpha, n_steps):
    """D's first move is right: nothing has been computed from theta yet."""
    phi, theta = live(phi), live(theta)
    for _ in range(n_steps):
        theta = theta - alpha * slope_of(disc_loss(theta, phi), theta)
        alias = phi.view_as(phi)
        phi = phi - alpha * slope_of(gen_loss(alias, theta), alias)
    return phi, theta


def trapped_late(gen_loss, disc_loss, phi, theta, alpha, n_steps):
    """Two right rounds, and a trapped one."""
    phi, theta = play(gen_loss, disc_loss, phi, theta, alpha, min(n_steps, 2))
    return trapped(gen_loss, disc_loss, phi, theta, alpha, max(0, n_steps - 2))


def simultaneous(gen_loss, disc_loss, phi, theta, alpha, n_steps):
    for _ in range(n_steps):
        step = grad(disc_loss)(theta, phi)
        phi = phi - alpha * grad(gen_loss)(phi, theta)
        theta = theta - alpha * step
    return phi, theta


def constant_slopes(gen_loss, disc_loss, phi, theta, alpha, n_steps):
    for _ in range(n_steps):
        theta = theta - alpha * grad(disc_loss)(theta, phi).detach()
        phi = phi - alpha * grad(gen_loss)(phi, theta).detach()
    return phi, theta


def other_player_cut(gen_loss, disc_loss, phi, theta, alpha, n_steps):
    """The trap mended with too large a plaster."""
    for _ in range(n_steps):
        theta = theta - alpha * grad(disc_loss)(theta, phi.detach())
        phi = phi - alpha * grad(gen_loss)(phi, theta.detach())
    return phi, theta


def one_sum(gen_loss, disc_loss, phi, theta, alpha, n_steps):
    both = lambda phi, theta: gen_loss(phi, theta) + disc_loss(theta, phi)  # noqa: E731
    for _ in range(n_steps):
        theta = theta - alpha * grad(both, argnums=1)(phi, theta)
        phi = phi - alpha * grad(both)(phi, theta)
    return phi, theta


def one_round_more(gen_loss, disc_loss, phi, theta, alpha, n_steps):
    return play(gen_loss, disc_loss, phi, theta, alpha, max(1, n_steps))


def start(generator: torch.Generator) -> dict:
    """A number each, away from zero, in double precision."""
    drawn = 0.5 + torch.rand(2, generator=generator, dtype=torch.float64)
    return {"phi": drawn[0].clone(), "theta": -drawn[1].clone()}


EXERCISE = asks_for_a_test(
    id="08.trap_test",
    title="a test that catches the trap",
    difficulty=3,
    minutes=12,
    reference=trap_test,
    given=start,
    right={
        "torch.func.grad, in a loop": play,
        "torch.func.grad, by recursion": by_recursion,
        "backward passes on aliases": by_aliases,
        "vjp": by_pullbacks,
    },
    broken={
        "autograd.grad on live weights, for both players": trapped,
        "the trap only where the start requires a gradient": trapped_with_a_graph,
        "G's slope follows theta', D's is right": trapped_g,
        "D's slope follows phi', which shows from the second round on": trapped_d,
        "two right rounds, then trapped ones": trapped_late,
        "both players move at once": simultaneous,
        "right weights, slopes that are constants": constant_slopes,
        "right weights, the other player detached": other_player_cut,
        "both descend the sum of the losses": one_sum,
        "a round where none was asked for": one_round_more,
    },
    hints=(
        "Two promises: the right weights, and the right gradient of them by the start. Take a game whose "
        "slopes you can write down by hand, and more than two rounds.",
        "With gen_loss = lambda phi, theta: phi * theta**2 and disc_loss = lambda theta, phi: "
        "theta * phi**2 + theta**2 the slopes are theta**2 and phi**2 + 2 * theta. Play by hand, for n_steps "
        "0 to 4; let the start require a gradient; compare weights, and torch.autograd.grad of phi' and of "
        "theta' by the start.",
        "Write the loop by hand with those slopes, on leaves of your own: by_hand(phi, theta, alpha, n). "
        "Then for each n and each of phi', theta': assert torch.allclose of the values, and of "
        "torch.autograd.grad(value, [phi, theta]) of both loops. Once more with a start that requires "
        "no gradient.",
    ),
)
