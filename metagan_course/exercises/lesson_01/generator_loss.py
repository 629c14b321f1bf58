"""Exercise 01.generator_loss: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import logsigmoid

from metagan_course.losses import non_saturating_generator

from ..declare import Exercise, Mistake, mistakes, with_gradient
from .logits import agrees, count, everyday, far, mean_of_softplus


def _one_far(away: float):
    return lambda generator: {"fake": far(generator, count(generator), away)}


def _shaped(*shape: int, dtype: torch.dtype = torch.float32):
    return lambda generator: {"fake": everyday(generator, *shape, dtype=dtype)}


def _beside_real(generator: torch.Generator) -> dict:
    n = count(generator)
    return {"fake": everyday(generator, n), "real": 1 + everyday(generator, n)}


def _gen_oracle(*, fake: Tensor, real: Tensor | None = None) -> Tensor:
    return mean_of_softplus(-fake)


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


def _gen_one_minus_log(*, fake: Tensor, real: Tensor | None = None) -> Tensor:
    """Your loss is too large by exactly 1: 1 - log D instead of -log D. The gradient does not notice, and
    the price of a coin flip is no longer log 2.
    """
    return (1 - logsigmoid(fake)).mean()


def _gen_log_of_sigmoid(*, fake: Tensor, real: Tensor | None = None) -> Tensor:
    """It is right on paper, but in single precision e^110 is infinite: sigmoid(-110) is exactly 0 and log 0
    minus infinity, and log(1 + e^110) is no better. The first bad sample would turn every weight into NaN;
    use logsigmoid.
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


def _gen_sigmoid_twice(*, fake: Tensor, real: Tensor | None = None) -> Tensor:
    """Your logits go through the sigmoid twice: binary_cross_entropy_with_logits and logsigmoid have one
    inside. Give them the logits as they come, or D can never say less than 0.5.
    """
    return -logsigmoid(torch.sigmoid(fake)).mean()


def _gen_log_missing(*, fake: Tensor, real: Tensor | None = None) -> Tensor:
    """You minimise -D(G(z)) without the logarithm. It wants the same thing, but the slope of a sigmoid
    is 0 at both ends, so it saturates just like log(1 - D).
    """
    return -torch.sigmoid(fake).mean()


def _gen_of_logit(*, fake: Tensor, real: Tensor | None = None) -> Tensor:
    """You minimise minus the logit itself, which is what the hinge and Wasserstein games do. Here D is
    sigmoid(l), and the loss is -log D.
    """
    return -fake.mean()


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


def _gen_log_of_mean(*, fake: Tensor, real: Tensor | None = None) -> Tensor:
    """You take the mean of the logits first and then one logarithm. E log D is the mean of the logarithms: a
    single bad sample counts there, and vanishes in a mean of logits.
    """
    return -logsigmoid(fake.mean())


def _gen_adds_real(*, fake: Tensor, real: Tensor | None = None) -> Tensor:
    """Your loss takes in the real logits as well. The generator has no say over them: -E log D(G(z)) needs
    the fakes alone, and `real` is there for another loss.
    """
    return non_saturating_generator(fake=fake) + (0 if real is None else logsigmoid(real).mean())


def _gen_relativistic(*, fake: Tensor, real: Tensor | None = None) -> Tensor:
    """Where real logits are given, you compare the fakes with them. That is the relativistic loss; the
    non-saturating one looks at the fakes alone.
    """
    return -logsigmoid(fake if real is None else fake - real).mean()


def _gen_difference(*, fake: Tensor, real: Tensor | None = None) -> Tensor:
    """log sigmoid(l) = l - log(1 + e^l) is right on paper, and for a large l in single precision infinity
    minus infinity. logsigmoid is safe on both sides.
    """
    return -(fake - torch.log(1 + torch.exp(fake))).mean()


def _gen_log_of_mean_probability(*, fake: Tensor, real: Tensor | None = None) -> Tensor:
    """You take the mean of the probabilities first and then one logarithm. E log D is the mean of the
    logarithms: a single bad sample counts there, and is averaged away in a mean of probabilities.
    """
    return -torch.log(torch.sigmoid(fake).mean())


def _gen_no_mean(*, fake: Tensor, real: Tensor | None = None) -> Tensor:
    """The mean over the batch is missing: you return one number a sample. The loss is a single number, of
    shape (), and `backward` starts from nothing else.
    """
    return -logsigmoid(fake)


def _gen_loop(*, fake: Tensor, real: Tensor | None = None) -> Tensor:
    """Your loop walks along the first axis, so it works for a row of logits and for nothing else. logsigmoid
    takes a tensor of any shape at once, and `.mean()` its mean.
    """
    return sum(-logsigmoid(one) for one in fake) / len(fake)


def _gen_len(*, fake: Tensor, real: Tensor | None = None) -> Tensor:
    """You divide the sum by len(fake), which counts the first axis only. It is the mean for a row or a column
    of logits and for nothing else: divide by fake.numel(), or take `.mean()`.
    """
    return -logsigmoid(fake).sum() / len(fake)


def _gen_squares(*, fake: Tensor, real: Tensor | None = None) -> Tensor:
    """You take the squared error of the probability. Its slope dies where D is near 0; the loss asked for
    takes the logarithm.
    """
    return (torch.sigmoid(fake) - 1).square().mean()


def _gen_one_minus_probability(*, fake: Tensor, real: Tensor | None = None) -> Tensor:
    """You minimise 1 - D(G(z)) without the logarithm. It wants the same thing, but the slope of a sigmoid
    is 0 at both ends, so it saturates just like log(1 - D).
    """
    return (1 - torch.sigmoid(fake)).mean()


def _gen_worst(*, fake: Tensor, real: Tensor | None = None) -> Tensor:
    """Your loss looks at the worst fake only. E is the mean over the batch: every sample has its say."""
    return (-logsigmoid(fake)).max()


def _capped(got: list[dict], expected: list[dict]) -> bool:
    """Right everywhere but far below 0, and finite there."""
    below = {list(CASES).index(name) for name in CASES if "below" in name or "-30" in name}
    fine = [agrees(a, b) for a, b in zip(got, expected, strict=False)]
    near = [ok for number, ok in enumerate(fine) if number not in below]
    values = [a.get("result") for a in got]
    finite = all(isinstance(v, Tensor) and bool(v.isfinite().all()) for v in values)
    return len(got) == len(expected) and all(near) and not all(fine) and finite


CAPPED = Mistake(
    name="gen_capped",
    diagnosis="Your loss is right for everyday logits and capped far below 0: a clamp, or a small number "
    "inside the logarithm, holds it. The value stays finite and the slope is gone, exactly where this loss "
    "was invented to have one.",
    wrong=lambda *, fake, real=None: non_saturating_generator(fake=fake.clamp(min=-16)),
    when=_capped,
)

CASES = {
    "a batch of everyday logits": lambda generator: {"fake": everyday(generator, count(generator))},
    "one logit far below 0": _one_far(-110.0),  # a poor generator: D is sure that this one is fake
    "one logit about -30": _one_far(-28.0),
    "one logit far above 0": _one_far(110.0),
    "a single logit": _shaped(),
    "a column of logits": _shaped(4, 1),
    "a table of logits": _shaped(3, 5),
    "logits in double precision": _shaped(5, dtype=torch.float64),
    "real logits given too": _beside_real,
}

EXERCISE = Exercise(
    id="01.generator_loss",
    title="what the generator minimises",
    difficulty=2,
    minutes=5,
    reference=non_saturating_generator,
    inputs=CASES,
    oracle=_gen_oracle,
    observe=with_gradient("fake"),
    verified="the value and its gradient agree with a formula in double precision, for batches of any size "
    "and shape, also where the discriminator is certain.",
    hints=(
        "The generator wants D(G(z)) near 1: minimise -E log D(G(z)).",
        "It is the discriminator's loss on *real* samples, given the fakes: it wants them called real.",
        "As code it is one line: `return -logsigmoid(fake).mean()`",
    ),
    mistakes=mistakes(
        _gen_saturating,
        _gen_discriminators,
        _gen_wrong_sign,
        _gen_one_minus_log,
        _gen_log_of_sigmoid,
        _gen_epsilon,
        _gen_bce_of_sigmoid,
        _gen_sigmoid_twice,
        _gen_log_missing,
        _gen_of_logit,
        _gen_probabilities,
        _gen_summed,
        _gen_log_of_mean,
        _gen_adds_real,
        _gen_relativistic,
        _gen_difference,
        _gen_log_of_mean_probability,
        _gen_no_mean,
        _gen_loop,
        _gen_len,
        _gen_squares,
        _gen_one_minus_probability,
        _gen_worst,
    )
    + (CAPPED,),
)
