"""What several exercises of lesson 08 draw: games of two vectors, of two numbers, of two small networks."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import softplus


def crossed(generator: torch.Generator) -> tuple[Callable, Callable]:
    """Two losses that are curved in both players; neither is minus the other."""
    a = torch.randn(3, 2, generator=generator)
    b = torch.randn(2, generator=generator)

    def gen_loss(phi: Tensor, theta: Tensor) -> Tensor:
        return (torch.sin(phi @ a) * theta).sum() + 0.3 * phi.square().sum() * theta.square().mean()

    def disc_loss(theta: Tensor, phi: Tensor) -> Tensor:
        return 0.5 * (theta - b).square().sum() - (torch.tanh(phi @ a) * theta).sum() + theta.pow(4).mean()

    return gen_loss, disc_loss


def vectors(generator: torch.Generator, dtype: torch.dtype = torch.float32) -> dict:
    gen_loss, disc_loss = crossed(generator)
    double = dtype == torch.float64
    return {
        "gen_loss": _in(gen_loss, double),
        "disc_loss": _in(disc_loss, double),
        "phi": torch.randn(3, generator=generator).to(dtype),
        "theta": torch.randn(2, generator=generator).to(dtype),
    }


def _in(loss: Callable, double: bool) -> Callable:
    """The constants of the losses are single; a double answer is computed on the same numbers."""
    return (lambda a, b: loss(a.float(), b.float()).double()) if double else loss


def dirac(generator: torch.Generator) -> dict:
    """Lesson 02's smallest game, one number each: L_G = softplus(-theta phi), D with a penalty."""
    return {
        "gen_loss": lambda phi, theta: softplus(-theta * phi),
        "disc_loss": lambda theta, phi: softplus(theta * phi) + 0.15 * theta.square(),
        "phi": 0.5 + torch.rand((), generator=generator),
        "theta": -0.5 - torch.rand((), generator=generator),
    }


def points(generator: torch.Generator) -> dict:
    """G shifts and stretches noise, D is a logistic model of x and x squared; weights are matrices."""
    x, z = 1 + torch.randn(6, generator=generator), torch.randn(6, generator=generator)

    def judge(theta: Tensor, x: Tensor) -> Tensor:
        return theta[0, 0] + theta[0, 1] * x + theta[1, 0] * x.square() + theta[1, 1] * torch.tanh(x)

    def fake(phi: Tensor) -> Tensor:
        return phi[0, 0] + phi[0, 1] * z

    return {
        "gen_loss": lambda phi, theta: softplus(-judge(theta, fake(phi))).mean(),
        "disc_loss": lambda theta, phi: (
            softplus(-judge(theta, x)) + softplus(judge(theta, fake(phi)))
        ).mean(),
        "phi": torch.randn(1, 2, generator=generator),
        "theta": torch.randn(2, 2, generator=generator),
    }


def rate(generator: torch.Generator) -> float:
    return 0.1 + 0.3 * torch.rand((), generator=generator).item()
