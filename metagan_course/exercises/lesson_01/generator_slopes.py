"""Exercise 01.generator_slopes: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from metagan_course.answers.gan import generator_slopes

from ..declare import Exercise, Unfit, mistakes
from .logits import count, everyday

Pair = tuple[Tensor, Tensor]


def _shaped(*shape: int, dtype: torch.dtype = torch.float32, by: float = 1.0):
    return lambda generator: {"logit": by * everyday(generator, *shape, dtype=dtype)}


def _far_both_ways(generator: torch.Generator) -> dict:
    """Where a sigmoid is rounded (from 17 on) and where e^l is infinite (from 89 on), on both sides."""
    away = torch.tensor([30.0, 30.0, 120.0, 120.0]) + 30 * torch.rand(4, generator=generator)
    return {"logit": away * torch.tensor([1.0, -1.0, 1.0, -1.0])}


def _pair(function, inputs: dict) -> dict:
    """Both slopes by name; anything but a pair of tensors is told in words."""
    answer = function(**inputs)
    if answer is None or answer is ...:
        return {"result": answer}
    if isinstance(answer, Tensor):
        raise Unfit(
            f"Your function returns one tensor of shape {tuple(answer.shape)}; two are asked for, minimax "
            "first: `return first, second`."
        )
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        raise Unfit("Your function should return a pair of tensors, minimax first: `return first, second`.")
    return dict(zip(("the minimax slope", "the non-saturating slope"), answer, strict=True))


def _slope_oracle(logit: Tensor) -> Pair:
    """By automatic differentiation of the two losses; the sum's gradient is each sample's own."""
    leaf = logit.detach().requires_grad_()
    (minimax,) = torch.autograd.grad(logsigmoid(-leaf).sum(), leaf)
    (non_saturating,) = torch.autograd.grad(-logsigmoid(leaf).sum(), leaf)
    return minimax, non_saturating


def _slopes_equal(logit: Tensor) -> Pair:
    """You gave both losses the slope of the non-saturating one. They agree on the direction and on nothing
    else: at D = 0.01 minimax pushes with 0.01 and the non-saturating loss with 0.99.
    """
    slope = torch.sigmoid(logit) - 1
    return slope, slope


def _slopes_equal_minimax(logit: Tensor) -> Pair:
    """You gave both losses the slope of the minimax one. They agree on the direction and on nothing else: at
    D = 0.01 minimax pushes with 0.01 and the non-saturating loss with 0.99.
    """
    slope = -torch.sigmoid(logit)
    return slope, slope


def _slopes_exchanged(logit: Tensor) -> Pair:
    """Your two slopes are the right ones in the other order, which says that the minimax loss is weak
    where D is near 1. It is weak where D(G(z)) is near 0, at the start, when the generator is poor.
    """
    return torch.sigmoid(logit) - 1, -torch.sigmoid(logit)


def _slopes_upside_down(logit: Tensor) -> Pair:
    """Your slopes point the other way: both losses fall as the logit rises, so both derivatives are
    negative. The generator steps against the gradient, towards a higher logit.
    """
    return torch.sigmoid(logit), 1 - torch.sigmoid(logit)


def _slopes_first_up(logit: Tensor) -> Pair:
    """Your minimax slope has the wrong sign: log(1 - D) falls as the logit rises, because of the minus inside
    the logarithm. The other slope is right.
    """
    return torch.sigmoid(logit), torch.sigmoid(logit) - 1


def _slopes_second_up(logit: Tensor) -> Pair:
    """Your non-saturating slope has the wrong sign: it is -log D, which falls as the logit rises. The minimax
    slope is right.
    """
    return -torch.sigmoid(logit), 1 - torch.sigmoid(logit)


def _slopes_lost_one(logit: Tensor) -> Pair:
    """Your non-saturating slope has lost its 1: -1/D times D (1 - D) is -(1 - D), that is D - 1. Yours grows
    where it should fade.
    """
    return -torch.sigmoid(logit), -(1 + torch.sigmoid(logit))


def _slopes_by_probability(logit: Tensor) -> Pair:
    """These are the derivatives by D, not by the logit. D = sigmoid(l) has a slope of its own, D (1 -
    D), and that factor is where all the saturation comes from.
    """
    probability = torch.sigmoid(logit)
    return -1 / (1 - probability), -1 / probability


def _slopes_only_the_sigmoids(logit: Tensor) -> Pair:
    """This is the slope of the sigmoid alone, D (1 - D), with a minus. The logarithm's own factor, -1/(1 - D)
    in one loss and -1/D in the other, is still to be multiplied, and it cancels half of it.
    """
    probability = torch.sigmoid(logit)
    return -probability * (1 - probability), -probability * (1 - probability)


def _slopes_not_cancelled(logit: Tensor) -> Pair:
    """Your formula is right on paper and divides by D or by 1 - D, and those are rounded to 0 far out: 0/0 is
    not a number. Cancel the factor with pencil first.
    """
    probability = torch.sigmoid(logit)
    rise = probability * (1 - probability)
    return -rise / (1 - probability), -rise / probability


def _slopes_factor_twice(logit: Tensor) -> Pair:
    """The factor that should cancel stands there twice: your slopes are D (1 - D) times the right ones. The
    slope of the sigmoid enters the chain rule once.
    """
    probability = torch.sigmoid(logit)
    rise = probability * (1 - probability)
    return -probability * rise, (probability - 1) * rise


def _slopes_squared(logit: Tensor) -> Pair:
    """Your slopes are the squares of the right ones, with a minus. The factor is there once: 1/D times
    D (1 - D) leaves 1 - D.
    """
    probability = torch.sigmoid(logit)
    return -probability.square(), -(1 - probability).square()


def _slopes_averaged(logit: Tensor) -> Pair:
    """Your slopes are divided by the number of logits, as if the loss were a mean over them. Here each logit
    is a sample by itself.
    """
    first, second = generator_slopes(logit)
    return first / logit.numel(), second / logit.numel()


def _slopes_are_values(logit: Tensor) -> Pair:
    """These are the values of the two losses; the question is how fast they change with the logit. A
    loss can be large and flat: that is what saturation means.
    """
    return logsigmoid(-logit), -logsigmoid(logit)


def _slopes_of_the_logit(logit: Tensor) -> Pair:
    """You used the logit where D belongs: D is sigmoid(l), between 0 and 1. The rest is right."""
    return -logit, logit - 1


def _slopes_minimax_for_both_signs(logit: Tensor) -> Pair:
    """Your non-saturating slope has lost its -1 and its sign: what stands there is the slope of log(1 - D), D
    with a minus. For -log D it is D - 1.
    """
    return -torch.sigmoid(logit), torch.sigmoid(logit)


def _slopes_by_exponential(logit: Tensor) -> Pair:
    """Your formula is right on paper and computes e^l, which is infinite from l = 89 on: infinity over
    infinity is not a number. torch.sigmoid is the same function and safe.
    """
    e = torch.exp(logit)
    return -e / (1 + e), -1 / (1 + e)


def _slopes_summed(logit: Tensor) -> Pair:
    """You return one number for each loss, as if the samples were added up. Here each logit is a sample by
    itself: both slopes have the shape of `logit`.
    """
    first, second = generator_slopes(logit)
    return first.sum(), second.sum()


def _slopes_loop(logit: Tensor) -> Pair:
    """Your loop walks along the first axis, so it works for a row of logits and for nothing else.
    torch.sigmoid takes a tensor of any shape at once.
    """
    first = torch.stack([-torch.sigmoid(one) for one in logit])
    return first, torch.stack([torch.sigmoid(one) - 1 for one in logit])


def _slopes_naive_values(logit: Tensor) -> Pair:
    """These are the values of the two losses, and log of a rounded sigmoid at that; the question is how fast
    they change with the logit. A loss can be large and flat: that is what saturation means.
    """
    probability = torch.sigmoid(logit)
    return torch.log(1 - probability), -torch.log(probability)


EXERCISE = Exercise(
    id="01.generator_slopes",
    title="how hard each loss pushes",
    difficulty=2,
    minutes=8,
    reference=generator_slopes,
    inputs={
        "everyday logits": lambda generator: {"logit": everyday(generator, count(generator))},
        "logits far out on both sides": _far_both_ways,
        "a single logit": _shaped(),
        "a table of logits": _shaped(3, 4),
        "a column of logits": _shaped(4, 1, by=2.0),
        "logits in double precision": _shaped(5, dtype=torch.float64),
    },
    oracle=_slope_oracle,
    observe=_pair,
    verified="both slopes agree with automatic differentiation of the two losses, for logits of any shape "
    "and size.",
    hints=(
        "Use the chain rule with D = sigmoid(l), whose derivative is D (1 - D).",
        "d log(1 - D) / dD = -1 / (1 - D); times D (1 - D), one factor cancels. The other goes the same way.",
        "`probability = torch.sigmoid(logit)`; `return -probability, probability - 1`",
    ),
    mistakes=mistakes(
        _slopes_equal,
        _slopes_equal_minimax,
        _slopes_exchanged,
        _slopes_upside_down,
        _slopes_first_up,
        _slopes_second_up,
        _slopes_lost_one,
        _slopes_by_probability,
        _slopes_only_the_sigmoids,
        _slopes_not_cancelled,
        _slopes_factor_twice,
        _slopes_squared,
        _slopes_averaged,
        _slopes_are_values,
        _slopes_of_the_logit,
        _slopes_minimax_for_both_signs,
        _slopes_by_exponential,
        _slopes_summed,
        _slopes_loop,
        _slopes_naive_values,
    ),
)
