"""Small games of two numbers for the exercises of lesson 02; each loss takes its own number first."""

from collections.abc import Callable

import torch
from torch import Tensor

Losses = tuple[Callable, Callable]


def bilinear(a: float) -> Losses:
    """L_G = -a theta phi, L_D = a theta phi: the Wasserstein game of the Dirac-GAN."""
    return lambda phi, theta: -a * theta * phi, lambda theta, phi: a * theta * phi


def logarithmic(a: float) -> Losses:
    """The two softplus losses of the non-saturating game, with a slope a."""
    soft = torch.nn.functional.softplus
    return lambda phi, theta: soft(-a * theta * phi), lambda theta, phi: soft(a * theta * phi)


def uneven(a: float) -> Losses:
    """Losses that have nothing to do with each other and depend on everything: no symmetry hides a slip."""

    def gen_loss(phi: Tensor, theta: Tensor) -> Tensor:
        return a * phi**2 * theta + torch.sin(theta) * phi + theta**3

    def disc_loss(theta: Tensor, phi: Tensor) -> Tensor:
        return theta**2 / 2 + a * torch.cos(phi) * theta + 2 * phi**2

    return gen_loss, disc_loss


def numbers(generator: torch.Generator, n: int) -> Tensor:
    """n numbers of both signs, away from 0."""
    size = 0.4 + torch.rand(n, generator=generator)
    return size * (1 - 2 * torch.randint(2, (n,), generator=generator))


def strength(generator: torch.Generator) -> float:
    return 0.5 + torch.rand((), generator=generator).item()
