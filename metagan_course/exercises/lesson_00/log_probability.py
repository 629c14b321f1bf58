"""Exercise 00.log_probability: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

import torch

from metagan_course.answers.basics import log_probability

from ..declare import Exercise, mistakes, with_gradient


def _logits(*shape: int, around: float = 0.0):
    """Inputs with logits of this shape: everyday ones, or from 1 to 2 times a value far out."""

    def inputs(generator: torch.Generator) -> dict:
        spread = 2 * torch.randn(shape, generator=generator)
        return {"logit": around * (1 + torch.rand(shape, generator=generator)) if around else spread}

    return inputs


CASES = {
    "everyday logits": _logits(6),
    "one single logit": _logits(),
    "a table of logits": _logits(2, 3),
    "logits far below 0": _logits(3, around=-15.0),
    "logits so far below 0 that the sigmoid is rounded to 0": _logits(3, around=-110.0),
    "logits far above 0": _logits(3, around=110.0),
}


def _logit_oracle(logit):
    exact = logit.double()
    return (exact.clamp(max=0) - torch.log1p(torch.exp(-exact.abs()))).float()


def _logit_naive(logit):
    """log(sigmoid(l)) is the right formula and breaks on a computer: far below 0 the sigmoid is rounded
    to 0, and log 0 is minus infinity. Rearrange before rounding: log sigmoid(l) = -log(1 + exp(-l)).
    """
    return torch.log(torch.sigmoid(logit))


def _logit_padded(logit):
    """The small number inside the logarithm stops the infinity and also the learning: where D is nearly
    0 the sum no longer depends on the logit, and the gradient is gone. There is a form that needs no
    such patch.
    """
    return torch.log(torch.sigmoid(logit) + 1e-8)


def _logit_other_class(logit):
    """This is log(1 - D), the logarithm of the other answer's probability. It has l where log D has -l."""
    return -torch.nn.functional.softplus(logit)


def _logit_loss(logit):
    """This is -log D, the loss, and not log D. A probability is at most 1, so its logarithm is never
    above 0.
    """
    return torch.nn.functional.softplus(-logit)


def _logit_no_log(logit):
    """This is the probability itself, and its logarithm was asked for. Losses add up logarithms, since the
    probability of many independent answers is a product.
    """
    return torch.sigmoid(logit)


EXERCISE = Exercise(
    id="00.log_probability",
    title="the logarithm of a probability, from its logit",
    difficulty=1,
    minutes=5,
    reference=log_probability,
    inputs=CASES,
    oracle=_logit_oracle,
    observe=with_gradient("logit"),
    verified="values and gradients are right, also at logits where the sigmoid itself is rounded to 0.",
    hints=(
        "Write log(1 / (1 + exp(-l))) without the fraction first.",
        "log(1 + exp(x)) has a name and a safe implementation: torch.nn.functional.softplus(x).",
        "With x = -l: return -torch.nn.functional.softplus(-logit).",
    ),
    mistakes=mistakes(_logit_naive, _logit_padded, _logit_other_class, _logit_loss, _logit_no_log),
)
