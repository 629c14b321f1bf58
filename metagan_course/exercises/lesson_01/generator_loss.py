"""Exercise 01.generator_loss: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import logsigmoid

from metagan_course.losses import non_saturating_generator

from ..declare import Exercise, mistakes, with_gradient
from .logits import logits, softplus


def _gen_inputs(generator: torch.Generator) -> dict:
    return {"fake": logits(generator, -110.0)}  # a poor generator: D is sure that the last one is fake


def _gen_oracle(*, fake: Tensor, real: Tensor | None = None) -> Tensor:
    return softplus(-fake.double()).mean().float()


def _gen_saturating(*, fake: Tensor, real: Tensor | None = None) -> Tensor:
    """This is log(1 - D), the loss of the minimax game: correct in theory, and dead where the generator
    is poor. At a logit of -110 its slope is 0, so the sample that needs help most gets none.
    """
    return logsigmoid(-fake).mean()


def _gen_discriminators(*, fake: Tensor, real: Tensor | None = None) -> Tensor:
    """This is the discriminator's own term for fakes, so both players would pull the same way and the
    generator would learn to look fake. L_G is not L_D: the generator wants the opposite.
    """
    return -logsigmoid(-fake).mean()


def _gen_wrong_sign(*, fake: Tensor, real: Tensor | None = None) -> Tensor:
    """Your loss falls as D(G(z)) falls, so going downhill makes the generator worse. It wants log D
    large: minimise minus log D.
    """
    return logsigmoid(fake).mean()


def _gen_log_of_sigmoid(*, fake: Tensor, real: Tensor | None = None) -> Tensor:
    """log(sigmoid(l)) is right on paper, but in single precision sigmoid(-110) is exactly 0 and log 0
    is minus infinity. The first bad sample would turn every weight into NaN; use logsigmoid.
    """
    return -torch.log(torch.sigmoid(fake)).mean()


def _gen_epsilon(*, fake: Tensor, real: Tensor | None = None) -> Tensor:
    """The epsilon hides the infinity and kills the gradient, exactly where this loss was invented to
    have one. At l = -25 its slope is 0.0014 where logsigmoid has 1.0.
    """
    return -torch.log(torch.sigmoid(fake) + 1e-8).mean()


def _gen_bce_of_sigmoid(*, fake: Tensor, real: Tensor | None = None) -> Tensor:
    """binary_cross_entropy of a sigmoid is cut off inside PyTorch: its gradient fades from l = -28 on and is
    0 where the value is capped at 100. The non-saturating loss has just been made to saturate again.
    """
    return nn.functional.binary_cross_entropy(torch.sigmoid(fake), torch.ones_like(fake))


def _gen_log_missing(*, fake: Tensor, real: Tensor | None = None) -> Tensor:
    """You minimise -D(G(z)) without the logarithm. It wants the same thing, but the slope of a sigmoid
    is 0 at both ends, so it saturates just like log(1 - D).
    """
    return -torch.sigmoid(fake).mean()


def _gen_probabilities(*, fake: Tensor, real: Tensor | None = None) -> Tensor:
    """You took the logarithm of the logits as if they were probabilities; a negative logit then gives
    NaN. fake is what the discriminator emits before any sigmoid.
    """
    return -torch.log(fake).mean()


def _gen_summed(*, fake: Tensor, real: Tensor | None = None) -> Tensor:
    """E is the mean over the batch, and yours is the sum. With a sum the size of a step depends on the
    size of the batch.
    """
    return -logsigmoid(fake).sum()


EXERCISE = Exercise(
    id="01.generator_loss",
    title="what the generator minimises",
    difficulty=2,
    minutes=6,
    reference=non_saturating_generator,
    inputs=_gen_inputs,
    oracle=_gen_oracle,
    observe=with_gradient("fake"),
    rtol=1e-3,
    verified="the value and its gradient agree with a formula in double precision, also where the "
    "discriminator is certain.",
    hints=(
        "The generator wants D(G(z)) near 1: minimise -E log D(G(z)).",
        "It is the discriminator's loss on *real* samples, given the fakes: it wants them called real.",
        "As code it is one line: return -logsigmoid(fake).mean()",
    ),
    mistakes=mistakes(
        _gen_saturating,
        _gen_discriminators,
        _gen_wrong_sign,
        _gen_log_of_sigmoid,
        _gen_epsilon,
        _gen_bce_of_sigmoid,
        _gen_log_missing,
        _gen_probabilities,
        _gen_summed,
    ),
)
