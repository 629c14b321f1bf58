"""Exercise 01.generator_slopes: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from metagan_course.answers.gan import generator_slopes

from ..declare import Exercise, mistakes


def _slope_inputs(generator: torch.Generator) -> dict:
    logit = 3 * torch.randn(4, generator=generator)
    logit[0], logit[1] = -logit[0].abs() - 1, logit[1].abs() + 1  # one poor fake and one good one, always
    return {"logit": logit}


def _slope_oracle(logit: Tensor) -> tuple[Tensor, Tensor]:
    """By automatic differentiation of the two losses; the sum's gradient is each sample's own."""
    leaf = logit.detach().requires_grad_()
    (minimax,) = torch.autograd.grad(logsigmoid(-leaf).sum(), leaf)
    (non_saturating,) = torch.autograd.grad(-logsigmoid(leaf).sum(), leaf)
    return minimax, non_saturating


def _slopes_equal(logit: Tensor) -> tuple[Tensor, Tensor]:
    """You gave both losses one slope. They agree on the direction and on nothing else: at D = 0.01
    minimax pushes with 0.01 and the non-saturating loss with 0.99.
    """
    slope = torch.sigmoid(logit) - 1
    return slope, slope


def _slopes_exchanged(logit: Tensor) -> tuple[Tensor, Tensor]:
    """Your two slopes are the right ones in the other order, which says that the minimax loss is weak
    where D is near 1. It is weak where D(G(z)) is near 0, at the start, when the generator is poor.
    """
    return torch.sigmoid(logit) - 1, -torch.sigmoid(logit)


def _slopes_upside_down(logit: Tensor) -> tuple[Tensor, Tensor]:
    """Your slopes point the other way: both losses fall as the logit rises, so both derivatives are
    negative. The generator steps against the gradient, towards a higher logit.
    """
    return torch.sigmoid(logit), 1 - torch.sigmoid(logit)


def _slopes_by_probability(logit: Tensor) -> tuple[Tensor, Tensor]:
    """These are the derivatives by D, not by the logit. D = sigmoid(l) has a slope of its own, D (1 -
    D), and that factor is where all the saturation comes from.
    """
    probability = torch.sigmoid(logit)
    return -1 / (1 - probability), -1 / probability


def _slopes_are_values(logit: Tensor) -> tuple[Tensor, Tensor]:
    """These are the values of the two losses; the question is how fast they change with the logit. A
    loss can be large and flat: that is what saturation means.
    """
    return logsigmoid(-logit), -logsigmoid(logit)


EXERCISE = Exercise(
    id="01.generator_slopes",
    title="how hard each loss pushes",
    difficulty=2,
    minutes=10,
    reference=generator_slopes,
    inputs=_slope_inputs,
    oracle=_slope_oracle,
    verified="both slopes agree with automatic differentiation of the two losses.",
    hints=(
        "Use the chain rule with D = sigmoid(l), whose derivative is D (1 - D).",
        "d log(1 - D) / dD = -1 / (1 - D); times D (1 - D), one factor cancels. The other goes the same way.",
        "probability = torch.sigmoid(logit); return -probability, probability - 1",
    ),
    mistakes=mistakes(
        _slopes_equal, _slopes_exchanged, _slopes_upside_down, _slopes_by_probability, _slopes_are_values
    ),
)
