"""Exercise 12.mixed_loss: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

import torch
from torch import Tensor

from metagan_course.answers.generated import mixed_loss

from ..declare import DETACHED, Exercise, Observation, mistakes


def _case(b: int, m: int, share: float, dtype=torch.float32):
    def inputs(generator: torch.Generator) -> dict:
        real, made = (
            shift + torch.rand(k, generator=generator, dtype=dtype) for k, shift in ((b, 0.5), (m, 2.0))
        )
        return {"real": real, "made": made, "share": share}

    return inputs


INPUTS = {
    "5 real and 50 made, one half each": _case(5, 50, 0.5),
    "20 real and 60 made, a tenth for the made": _case(20, 60, 0.1),
    "more real than made": _case(12, 3, 0.7),
    "as many of each": _case(8, 8, 0.25),
    "the made alone count": _case(4, 9, 1.0),
    "the made are there and do not count": _case(4, 9, 0.0),
    "none made, and a share of 0": _case(6, 0, 0.0),
    "numbers in double precision": _case(3, 7, 0.3, torch.float64),
}


def _seen(function, inputs) -> Observation:
    """The number, and how much each example's loss pulls at it."""
    leaves = [inputs[name].requires_grad_() for name in ("real", "made")]
    result = function(**inputs)
    if not isinstance(result, Tensor):
        return {"the loss": result}
    if not result.requires_grad or result.dim():
        return {"the loss": result.detach(), "the weights of the examples": DETACHED}
    slopes = torch.autograd.grad(result, leaves, materialize_grads=True)
    return {"the loss": result.detach(), "the weights of the examples": torch.cat(slopes)}


def _oracle(real, made, share):
    """One weight an example, all together 1; where nothing was made the real ones share what share leaves."""
    weights = torch.cat(
        [torch.full_like(real, (1 - share) / len(real)), torch.full_like(made, share / max(len(made), 1))]
    )
    return weights @ torch.cat([real, made])


def _mean(x: Tensor) -> Tensor:
    return x.sum() / max(len(x), 1)


def _pooled(real, made, share):
    """You took one mean over all examples, and `share` plays no part. Fifty made points against five real
    ones then count ten elevenths: the more you make, the less people's drawings are worth.
    """
    return torch.cat([real, made]).mean()


def _exchanged(real, made, share):
    """The two weights have changed places. `share` belongs to what is made, 1 - share to the real ones."""
    return share * _mean(real) + (1 - share) * _mean(made)


def _added_on_top(real, made, share):
    """The real examples still count 1, so the two weights do not add up to 1. With a share of 1 the real ones
    should be gone; in yours they are as heavy as before.
    """
    return _mean(real) + share * _mean(made)


def _sums(real, made, share):
    """You summed where a mean belongs. The weights are then (1 - share) and share *for each example*, and the
    larger crowd wins again.
    """
    return (1 - share) * real.sum() + share * made.sum()


def _one_count(real, made, share):
    """You divided both sums by the number of all examples. Each side has a mean of its own: divide by its own
    number.
    """
    n = len(real) + len(made)
    return ((1 - share) * real.sum() + share * made.sum()) / n


def _same_count(real, made, share):
    """You divided the made ones' sum by the number of *real* examples. Each crowd's mean divides by its own
    number, or many made ones weigh more than `share`.
    """
    return (1 - share) * real.mean() + share * made.sum() / len(real)


def _half(real, made, share):
    """You always weigh the two means by one half. `share` is the dial: 0 means people's drawings alone, 1 the
    made ones alone.
    """
    return (_mean(real) + _mean(made)) / 2 if len(made) else real.mean()


def _nan(real, made, share):
    """Where none is made your answer is NaN: the mean of nothing is no number, and 0 times it is none either.
    Add the second part only where something was made.
    """
    return (1 - share) * real.mean() + share * made.mean()


def _only_real(real, made, share):
    """What is made plays no part in your loss. It comes in with the weight `share`."""
    return real.mean() + 0 * made.sum()


def _only_weighted_real(real, made, share):
    """You weigh the real examples and leave the made ones out. What is missing: share times *their* mean."""
    return (1 - share) * real.mean() + 0 * made.sum()


def _only_made(real, made, share):
    """The real examples play no part in your loss. However good the generator, the five drawings are the
    only ones that are certainly right: they count 1 - share.
    """
    return share * _mean(made) + 0 * real.sum()


def _squared(real, made, share):
    """Your weights are squares of the share. Weights that add up to 1 are 1 - share and share."""
    return (1 - share) ** 2 * real.mean() + share**2 * _mean(made)


def _first_few(real, made, share):
    """You use only as many made examples as there are real ones. Their number is evened out by the mean; the
    others are worth looking at too.
    """
    return (1 - share) * real.mean() + share * _mean(made[: len(real)])


def _minus(real, made, share):
    """You subtract the made ones' loss: the classifier is then paid for getting them wrong. A plus belongs
    there.
    """
    return (1 - share) * real.mean() - share * _mean(made)


def _detached(real, made, share):
    """The number is right, and nothing can be learned from it: .item(), .detach() or a Python float has cut
    the graph. Keep tensors until the end.
    """
    return mixed_loss(real.detach(), made.detach(), share)


def _doubled(real, made, share):
    """Your weights add up to 2. Weights of a mean add up to 1: (1 - share) and share, with nothing before."""
    return 2 * mixed_loss(real, made, share)


def _roots(real, made, share):
    """Your weights are roots of the shares. Weights that add up to 1 are 1 - share and share themselves."""
    return (1 - share) ** 0.5 * real.mean() + share**0.5 * _mean(made)


def _weighted_by_number(real, made, share):
    """You weighed the examples and then divided by the sum of the weights. The number of made ones still
    decides: each side's own mean comes first.
    """
    total = (1 - share) * len(real) + share * len(made)
    return ((1 - share) * real.sum() + share * made.sum()) / total


EXERCISE = Exercise(
    id="12.mixed_loss",
    title="a loss with a dial",
    difficulty=1,
    minutes=6,
    reference=mixed_loss,
    inputs=INPUTS,
    oracle=_oracle,
    observe=_seen,
    verified="each side has its own mean, the weights add up to 1, and nothing made is no trouble.",
    hints=(
        "Two means, not one: how much would five real ones count beside fifty made ones in a single mean?",
        "(1 - share) times the mean of the real ones, plus share times the mean of the made ones. Then think "
        "of what the mean of an empty tensor is.",
        "`loss = (1 - share) * real.mean(); return loss if len(made) == 0 else loss + share * made.mean()`",
    ),
    mistakes=mistakes(
        _pooled,
        _exchanged,
        _added_on_top,
        _sums,
        _one_count,
        _same_count,
        _half,
        _nan,
        _only_real,
        _only_weighted_real,
        _only_made,
        _squared,
        _first_few,
        _minus,
        _detached,
        _doubled,
        _roots,
        _weighted_by_number,
    ),
)
