"""The Dirac-GAN (Mescheder et al. 2018, arXiv 1801.04406): the smallest game that has the trouble.

The data is one point at 0, the generator one point at phi, and D(x) = theta x. Two numbers play, so every
method can be drawn and its fate derived. Here in closed form: the widget's page computes the same lines.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from metagan_course.losses import gan_loss

LOSSES = ("minimax", "non_saturating", "wasserstein")
ORDERS = ("at once", "in turn")
Place = tuple[float, float]  # phi, theta


def dirac_losses(loss: str, gamma: float = 0.0) -> tuple[Callable, Callable]:
    """gen_loss(phi, theta) and disc_loss(theta, phi) of the two numbers, with R1 of strength gamma."""
    players = gan_loss(loss)

    def gen_loss(phi: Tensor, theta: Tensor) -> Tensor:
        return players.generator(fake=(theta * phi).reshape(1))

    def disc_loss(theta: Tensor, phi: Tensor) -> Tensor:
        logits = {"real": (theta * 0).reshape(1), "fake": (theta * phi).reshape(1)}
        return players.discriminator(**logits) + gamma / 2 * theta**2

    return gen_loss, disc_loss


def sigmoid(l: float) -> float:  # noqa: E741
    return 1 / (1 + math.exp(-l)) if l > 0 else math.exp(l) / (1 + math.exp(l))


def slopes(loss: str, gamma: float, phi: float, theta: float) -> Place:
    """dL_G/dphi and dL_D/dtheta, by pencil."""
    s = 1.0 if loss == "wasserstein" else sigmoid(theta * phi)
    of_gen = {"minimax": -s, "non_saturating": s - 1, "wasserstein": -1.0}[loss]
    return theta * of_gen, phi * s + gamma * theta


def path(
    loss: str,
    *,
    start: Place,
    n_steps: int,
    rate: float,
    gamma: float = 0.0,
    order: str = "at once",
    n_d: int = 1,
) -> Tensor:
    """Where the players stand after 0, 1, ... n_steps steps -> (n_steps + 1, 2), phi and theta.

    "at once": both move from the same place, D once. "in turn": G moves, then D n_d times against the new G.
    """
    phi, theta = start
    places = [(phi, theta)]
    for _ in range(n_steps):
        of_gen, of_disc = slopes(loss, gamma, phi, theta)
        phi = phi - rate * of_gen
        if order == "at once":
            theta = theta - rate * of_disc
        else:
            for _ in range(n_d):
                theta = theta - rate * slopes(loss, gamma, phi, theta)[1]
        places.append((phi, theta))
    return torch.tensor(places, dtype=torch.float64)


def eigenvalues(loss: str, gamma: float) -> list[complex]:
    """Of the field's Jacobian [[0, f], [-f, -gamma]] at (0, 0): -gamma/2 +- sqrt(gamma^2/4 - f^2).

    f is the slope of the loss at the logit 0: 1 for Wasserstein, 1/2 for the two with a logarithm.
    """
    f = 1.0 if loss == "wasserstein" else 0.5
    root = complex(gamma**2 / 4 - f**2) ** 0.5
    return [-gamma / 2 + root, -gamma / 2 - root]


def step_factor(loss: str, gamma: float, rate: float, order: str = "at once", n_d: int = 1) -> float:
    """What one step near (0, 0) multiplies the distance by in the long run: the largest |eigenvalue| of the
    step.

    At once the step is w + rate J w. In turn it is the product of the players' own moves.
    """
    f = 1.0 if loss == "wasserstein" else 0.5
    gen, disc, still = (torch.eye(2, dtype=torch.float64) for _ in range(3))
    gen[0, 1] = rate * f
    disc[1, 0], disc[1, 1] = -rate * f, 1 - rate * gamma
    if order == "at once":
        step = gen + disc - still
    else:
        step = torch.linalg.matrix_power(disc, n_d) @ gen
    return torch.linalg.eigvals(step).abs().max().item()
