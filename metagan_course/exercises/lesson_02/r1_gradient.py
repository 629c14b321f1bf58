"""Exercise 02.r1_gradient: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

import torch
from torch.func import grad

from metagan_course.answers.stability import r1_gradient
from metagan_course.losses import r1_penalty

from ..declare import Exercise, mistakes
from .games import numbers, strength


def _inputs(n: int, dtype: torch.dtype = torch.float32, gamma: float | None = None):
    def inputs(generator: torch.Generator) -> dict:
        drawn = 3 * strength(generator) if gamma is None else gamma
        return {"theta": numbers(generator, n).to(dtype), "gamma": drawn}

    return inputs


def _single(generator: torch.Generator) -> dict:
    return {"theta": numbers(generator, 1)[0], "gamma": strength(generator)}


def _oracle(theta, gamma):
    """By differentiating the penalty of losses.py, which differentiates D."""
    weights = theta.double().reshape(-1)
    x = torch.linspace(-1, 2, 3 * len(weights), dtype=torch.float64).reshape(3, -1)
    pull = grad(lambda weights: gamma * r1_penalty(lambda x: x @ weights, x))(weights)
    return pull.reshape(theta.shape).to(theta.dtype)


def _half(theta, gamma):
    """This is half of it. The square brings down a 2 that cancels the 1/2 in front."""
    return gamma / 2 * theta


def _twice(theta, gamma):
    """This is twice as much. The 1/2 in front of the penalty cancels the 2 of the square."""
    return 2 * gamma * theta


def _the_penalty(theta, gamma):
    """This is the penalty, gamma/2 |theta|^2. Asked for is its gradient by theta."""
    return gamma / 2 * theta.square().sum()


def _the_penalty_by_number(theta, gamma):
    """These numbers add up to the penalty, gamma/2 theta_i^2 each. Asked for is its gradient by theta."""
    return gamma / 2 * theta.square()


def _downhill(theta, gamma):
    """This is the step, downhill; the gradient itself has no minus. A field will put it there."""
    return -gamma * theta


def _of_the_length(theta, gamma):
    """This is the gradient of gamma |theta|, without the square. It pulls just as hard near 0, so the game
    would never come to rest.
    """
    return gamma * torch.sign(theta) if theta.dim() == 0 else gamma * theta / theta.norm()


def _without_gamma(theta, gamma):
    """gamma is missing. With strength 0 there is no pull at all."""
    return theta.clone()


def _by_x(theta, gamma):
    """gamma times the sign, or a number, is what a slope by x would give. Differentiate the squared slope,
    theta times theta, by theta.
    """
    return gamma * torch.ones_like(theta)


def _absolute(theta, gamma):
    """Your pull has lost its sign. A negative theta must be pulled up."""
    return gamma * theta.abs()


def _averaged(theta, gamma):
    """You divided by the number of weights. The squared slope is a sum over the axes of x, not a mean."""
    return gamma * theta / max(1, theta.numel())


def _averaged_half(theta, gamma):
    """You divided by the number of weights and kept the 1/2. The squared slope is a sum over the axes of x,
    and the 2 of the square cancels the 1/2.
    """
    return gamma / 2 * theta / max(1, theta.numel())


EXERCISE = Exercise(
    id="02.r1_gradient",
    title="what R1 adds to the slope, by pencil",
    difficulty=1,
    minutes=4,
    reference=r1_gradient,
    inputs={
        "a discriminator with three weights": _inputs(3),
        "a single weight, as in the Dirac-GAN": _single,
        "a discriminator with one weight": _inputs(1),
        "many weights": _inputs(12),
        "a penalty of strength 0": _inputs(3, gamma=0.0),
        "weights in double precision": _inputs(4, torch.float64),
    },
    oracle=_oracle,
    verified="it is the gradient of the penalty that the package computes by differentiating twice.",
    hints=(
        "The slope of D(x) = theta . x by x is theta, at every x. So the penalty is gamma/2 |theta|^2.",
        "d/dtheta of |theta|^2 is 2 theta.",
        "`return gamma * theta`",
    ),
    mistakes=mistakes(
        _half,
        _twice,
        _the_penalty,
        _the_penalty_by_number,
        _downhill,
        _of_the_length,
        _without_gamma,
        _by_x,
        _absolute,
        _averaged,
        _averaged_half,
    ),
)
