"""Exercise 01.discriminator_loss: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import logsigmoid

from metagan_course.losses import minimax_discriminator

from ..declare import Exercise, mistakes, with_gradient
from .logits import logits, softplus


def _disc_inputs(generator: torch.Generator) -> dict:
    # 110 to 220: beyond what sigmoid can tell from 0 or 1 in single precision
    return {"real": logits(generator, -110.0), "fake": logits(generator, 110.0)}


def _disc_oracle(*, real: Tensor, fake: Tensor) -> Tensor:
    return (softplus(-real.double()).mean() + softplus(fake.double()).mean()).float()


def _disc_wrong_sign(*, real: Tensor, fake: Tensor) -> Tensor:
    """Your loss is the right one upside down: it is largest for a perfect discriminator. Optimisers go
    downhill, so this one would train the discriminator to be as wrong as it can.
    """
    return -minimax_discriminator(real=real, fake=fake)


def _disc_labels_swapped(*, real: Tensor, fake: Tensor) -> Tensor:
    """Your loss rewards calling real samples fake and fakes real. Only logsigmoid(l) for real and
    logsigmoid(-l) for fake pulls them the right way.
    """
    return minimax_discriminator(real=fake, fake=real)


def _disc_fakes_as_real(*, real: Tensor, fake: Tensor) -> Tensor:
    """Both of your terms push logits up, so the discriminator learns to say 'real' to everything. For
    fakes it is log(1 - D), and 1 - sigmoid(l) is sigmoid(-l): a minus is missing inside.
    """
    return -logsigmoid(real).mean() - logsigmoid(fake).mean()


def _disc_log_of_sigmoid(*, real: Tensor, fake: Tensor) -> Tensor:
    """log(sigmoid(l)) is right on paper, but in single precision sigmoid(-110) is exactly 0, and log 0
    is minus infinity. One such sample turns every weight into NaN; logsigmoid(l) computes the same
    function without the detour.
    """
    return -torch.log(torch.sigmoid(real)).mean() - torch.log(1 - torch.sigmoid(fake)).mean()


def _disc_epsilon(*, real: Tensor, fake: Tensor) -> Tensor:
    """The epsilon hides the infinity and kills the gradient: log(sigmoid(l) + 1e-8) is flat where the
    discriminator is most wrong. At l = -25 its slope is 0.0014 where logsigmoid has 1.0.
    """
    eps = 1e-8
    return -torch.log(torch.sigmoid(real) + eps).mean() - torch.log(1 - torch.sigmoid(fake) + eps).mean()


def _disc_bce_of_sigmoid(*, real: Tensor, fake: Tensor) -> Tensor:
    """binary_cross_entropy of a sigmoid is cut off inside PyTorch: its gradient fades from l = -28 on (0.09
    at -30, where 1 is right) and is exactly 0 where the value is capped at 100. The worst mistakes teach
    nothing. binary_cross_entropy_with_logits, or logsigmoid, has no cut.
    """
    bce = nn.functional.binary_cross_entropy
    on_real = bce(torch.sigmoid(real), torch.ones_like(real))
    return on_real + bce(torch.sigmoid(fake), torch.zeros_like(fake))


def _disc_probabilities(*, real: Tensor, fake: Tensor) -> Tensor:
    """You took the logarithm of the logits as if they were probabilities; a negative logit then gives
    NaN. real and fake are what the discriminator emits before any sigmoid.
    """
    return -torch.log(real).mean() - torch.log(1 - fake).mean()


def _disc_halved(*, real: Tensor, fake: Tensor) -> Tensor:
    """Your value is half of what the formula says, as if real and fake were one batch with one mean. It
    has the same minimum, but its steps are half as long, so no learning rate in this course would fit:
    L_D is the sum of two means.
    """
    return minimax_discriminator(real=real, fake=fake) / 2


def _disc_summed(*, real: Tensor, fake: Tensor) -> Tensor:
    """E is the mean over the batch, and yours is the sum. With a sum the size of a step depends on the
    size of the batch.
    """
    return -logsigmoid(real).sum() - logsigmoid(-fake).sum()


def _disc_real_only(*, real: Tensor, fake: Tensor) -> Tensor:
    """Your loss looks at the real batch only, and saying 'real' to everything makes it 0. The second
    term, -E log(1 - D(G(z))), is what makes telling them apart worth while.
    """
    return -logsigmoid(real).mean()


EXERCISE = Exercise(
    id="01.discriminator_loss",
    title="what the discriminator minimises",
    difficulty=2,
    minutes=8,
    reference=minimax_discriminator,
    inputs=_disc_inputs,
    oracle=_disc_oracle,
    observe=with_gradient("real", "fake"),
    rtol=1e-3,
    verified="the value and its gradient by both batches agree with a formula in double precision, "
    "also at logits where sigmoid is exactly 0 or 1.",
    hints=(
        "There are two terms: -E log D(x) wants D(x) near 1, and -E log(1 - D(G(z))) wants D(G(z)) near 0.",
        "D is sigmoid of the logit l, and 1 - sigmoid(l) = sigmoid(-l). logsigmoid(l) is log(sigmoid(l)) "
        "without the rounding.",
        "return -logsigmoid(real).mean() - logsigmoid(-fake).mean()",
    ),
    mistakes=mistakes(
        _disc_wrong_sign,
        _disc_labels_swapped,
        _disc_fakes_as_real,
        _disc_log_of_sigmoid,
        _disc_epsilon,
        _disc_bce_of_sigmoid,
        _disc_probabilities,
        _disc_halved,
        _disc_summed,
        _disc_real_only,
    ),
)
