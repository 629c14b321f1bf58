"""Exercise 00.log_probability: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy, softplus

from metagan_course.answers.basics import log_probability

from ..declare import DETACHED, Exercise, Mistake, Observation, mistakes, with_gradient


def _logits(shape: tuple, low: float, high: float, dtype: torch.dtype = torch.float32):
    """Logits of this shape between low and high."""

    def inputs(generator: torch.Generator) -> dict:
        share = torch.rand(shape, generator=generator, dtype=dtype)
        return {"logit": low + (high - low) * share}

    return inputs


# In single precision exp is infinite above 88.7, so the sigmoid is 0 below -88.7
CASES = {
    "everyday logits": _logits((6,), -4, 4),
    "a single logit": _logits((), -3, 3),
    "a table of logits": _logits((3, 4), -4, 4),
    "logits where the sigmoid is rounded to 0": _logits((4,), -220, -110),
    "logits between -100 and -92": _logits((4,), -100, -92),
    "logits between -30 and -20": _logits((4,), -30, -20),
    "logits between -6 and -5": _logits((4,), -6, -5),
    "logits below -2000, where double precision is rounded to 0 too": _logits((4,), -30_000, -2000),
    "large positive logits": _logits((4,), 90, 220),
    "logits in double precision": _logits((5,), -6, 6, torch.float64),
}


def _logit_oracle(logit):
    exact = logit.double()
    return (exact.clamp(max=0) - torch.log1p(torch.exp(-exact.abs()))).to(logit.dtype)


def _logit_naive(logit):
    """Right on paper, and it breaks on a computer: far below 0 exp(-l) is infinite, the sigmoid is rounded to
    0, and log 0 is minus infinity. No form helps that still makes exp(-l) on its own; look for a function
    that computes log(1 + exp(x)) in one piece.
    """
    return torch.log(torch.sigmoid(logit))


def _logit_overflows_above(logit):
    """Right on paper, and it survives far below 0; far above 0 exp(l) is infinite, and infinity minus
    infinity is not a number. Look for a function that computes log(1 + exp(x)) in one piece.
    """
    return logit - torch.log(1 + torch.exp(logit))


def _logit_padded(logit):
    """Below some logit your result stands still: a small number was added, or a smallest value was set. That
    stops the infinity and also the learning, for where D is nearly 0 the gradient is gone. There is a form
    that needs no such patch.
    """
    return torch.log(torch.sigmoid(logit) + 1e-8)


def _stands_still(got: list[Observation], right: list[Observation]) -> bool:
    """Everyday logits are right, and far below 0 all have one finite result and no gradient."""
    mine, theirs = ([one.get("result") for one in side] for side in (got, right))
    if len(mine) != len(theirs) or not all(
        isinstance(a, Tensor) and a.shape == b.shape for a, b in zip(mine, theirs, strict=True)
    ):
        return False
    place = list(CASES).index("logits where the sigmoid is rounded to 0")
    far, slopes = mine[place].double(), got[place].get("gradient by logit")
    flat = bool(far.isfinite().all()) and float(far.max() - far.min()) == 0 and float(far.max()) < -3
    dead = slopes is DETACHED or (isinstance(slopes, Tensor) and not slopes.any())
    return flat and dead and torch.allclose(mine[0].double(), theirs[0].double(), atol=1e-3)


def _logit_cut_after(logit):
    """Below some logit your result stands still and its gradient is not a number: the infinity is cut off
    after it has arisen, and the backward pass goes through it all the same, 0 times infinity. There is a form
    in which it never arises.
    """
    return torch.log(torch.sigmoid(logit)).clamp(min=-100)


def _is_cut_after(got: list[Observation], right: list[Observation]) -> bool:
    """As _stands_still, with gradients that are not numbers."""
    slopes = [one.get("gradient by logit") for one in got]
    place = list(CASES).index("logits where the sigmoid is rounded to 0")
    broken = isinstance(slopes[place], Tensor) and bool(slopes[place].isnan().all())
    return broken and _stands_still([one | {"gradient by logit": DETACHED} for one in got], right)


def _logit_where(logit):
    """Your values are right and some gradients are not numbers. `torch.where` has both sides computed, and
    backward multiplies the infinite slope of the side not taken by 0. Look for one function that computes
    log(1 + exp(x)) in one piece, or keep both sides finite.
    """
    above, below = -torch.log1p(torch.exp(-logit)), logit - torch.log1p(torch.exp(logit))
    return torch.where(logit >= 0, above, below)


def _logit_bce(logit):
    """BCE of the sigmoid cuts its logarithm off at -100: below, the value stands still and the gradient is 0.
    Start from the logit, not from a probability that has been rounded.
    """
    probability = torch.sigmoid(logit)
    return -binary_cross_entropy(probability, torch.ones_like(probability), reduction="none")


def _logit_other_class(logit):
    """This is log(1 - D), the logarithm of the other answer's probability. It has l where log D has -l."""
    return -softplus(logit)


def _logit_loss(logit):
    """This is -log D, the loss, and not log D. A probability is at most 1, so its logarithm is never
    above 0.
    """
    return softplus(-logit)


def _logit_other_loss(logit):
    """This is log(1 + exp(l)), which is -log(1 - D): the other answer's loss. Two signs are missing."""
    return softplus(logit)


def _logit_no_log(logit):
    """This is the probability itself, and its logarithm was asked for. Losses add up logarithms, since the
    probability of many independent answers is a product.
    """
    return torch.sigmoid(logit)


def _logit_of_logit(logit):
    """You take the logarithm of the logit. A logit is no probability, it may be below 0: the sigmoid makes a
    probability of it.
    """
    return torch.log(logit)


def _logit_base_two(logit):
    """Your logarithm is to base 2. The losses, as nearly all of mathematics, use the natural one."""
    return -softplus(-logit) / 0.6931471805599453


def _logit_mean(logit):
    """You return one number for all logits. "Elementwise" asks for one result each; the loss takes its mean
    later.
    """
    return -softplus(-logit).mean()


def _logit_rounded(logit):
    """Your result has the right values and no gradient: it was taken out of the graph, by `.item()`,
    `float()`, `detach()` or `torch.tensor(...)`. Nothing could be learned from it.
    """
    return -softplus(-logit).detach()


def _logit_other_naive(logit):
    """This is log(1 - D), the logarithm of the other answer's probability, and it breaks where the sigmoid is
    rounded to 1. You want D, and no form that makes the sigmoid first.
    """
    return torch.log(1 - torch.sigmoid(logit))


def _logit_twice(logit):
    """The sigmoid stands in it twice: a function that takes logits was given a probability. Hand it the
    logit.
    """
    return -softplus(-torch.sigmoid(logit))


def _logit_as_classes(logit):
    """You take the logits as rival classes of one example, whose probabilities add up to 1. Here each logit
    is an answer of its own.
    """
    return torch.log_softmax(logit, -1)


PADDED = Mistake(
    name="logit_padded",
    diagnosis=" ".join(_logit_padded.__doc__.split()),
    wrong=_logit_padded,
    when=_stands_still,
)
CUT_AFTER = Mistake(
    name="logit_cut_after",
    diagnosis=" ".join(_logit_cut_after.__doc__.split()),
    wrong=_logit_cut_after,
    when=_is_cut_after,
)
EXERCISE = Exercise(
    id="00.log_probability",
    title="the logarithm of a probability, from its logit",
    difficulty=1,
    minutes=5,
    reference=log_probability,
    inputs=CASES,
    oracle=_logit_oracle,
    observe=with_gradient("logit"),
    verified="values and gradients are right for logits of any shape and sign, also where the sigmoid is "
    "rounded to 0 or to 1.",
    hints=(
        "Write log(1 / (1 + exp(-l))) without the fraction first.",
        "log(1 + exp(x)) has a name and a safe implementation: `torch.nn.functional.softplus`.",
        "With x = -l: `return -torch.nn.functional.softplus(-logit)`",
    ),
    mistakes=(
        PADDED,
        CUT_AFTER,
        *mistakes(
            _logit_naive,
            _logit_overflows_above,
            _logit_bce,
            _logit_other_class,
            _logit_loss,
            _logit_other_loss,
            _logit_no_log,
            _logit_of_logit,
            _logit_base_two,
            _logit_mean,
            _logit_rounded,
            _logit_other_naive,
            _logit_twice,
            _logit_as_classes,
            _logit_where,
        ),
    ),
)
