"""Exercise 11.standardised, a code that cannot grow: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

import torch

from metagan_course.answers.upgrades import standardised

from ..declare import Exercise, mistakes, with_gradient


def _case(tasks: int, c: int, *, shift=0.0, scale=1.0, same: bool = False, dtype=torch.float32):
    def inputs(generator: torch.Generator) -> dict:
        codes = torch.randn(tasks, c, generator=generator, dtype=dtype)
        own = torch.linspace(0.5, 2, c, dtype=dtype)  # entries of different size
        codes = shift * own + scale * own * codes
        if same:  # one entry is the same for all tasks
            codes[:, 0] = 0.5
        return {"codes": codes}

    return inputs


INPUTS = {
    "eight tasks": _case(8, 5),
    "codes around a large constant": _case(6, 4, shift=4.0),
    "two tasks": _case(2, 3),
    "as many tasks as entries": _case(4, 4),
    "codes that hardly differ": _case(5, 6, scale=2e-3),
    "an entry that is the same for all tasks": _case(6, 3, same=True),
    "numbers in double precision": _case(7, 4, shift=-2.0, dtype=torch.float64),
}


def _oracle(codes, eps=1e-5):
    """In double precision, with the centring matrix 1 - 1/T, and the variance as a mean of its squares."""
    n = len(codes)
    centred = (torch.eye(n, dtype=torch.float64) - 1 / n) @ codes.double()
    return (centred * ((centred**2).sum(0) / n + eps).rsqrt()).to(codes.dtype)


def _std_by_task(codes, eps=1e-5):
    """You standardised within each task, over its entries. Every code has the same mean then, and an entry
    may still be one constant for all tasks: take the statistics over the tasks, axis 0.
    """
    var, mean = torch.var_mean(codes, 1, correction=0, keepdim=True)
    return (codes - mean) / (var + eps).sqrt()


def _std_over_everything(codes, eps=1e-5):
    """One mean and one variance for the whole table. Each entry of the code needs its own, or a large entry
    makes all others small.
    """
    var, mean = torch.var_mean(codes, correction=0)
    return (codes - mean) / (var + eps).sqrt()


def _std_only_centred(codes, eps=1e-5):
    """You took off the mean, and the variance stayed. The code can still grow: divide by its deviation."""
    return codes - codes.mean(0)


def _std_only_scaled(codes, eps=1e-5):
    """You divided, and the mean is still there. The constant that all tasks share stays in the code."""
    return codes / (codes.var(0, correction=0) + eps).sqrt()


def _std_root_mean_square(codes, eps=1e-5):
    """You divided by the root of the mean square without taking off the mean. What all tasks share is then
    most of the code.
    """
    return codes / (codes.square().mean(0) + eps).sqrt()


def _std_variance(codes, eps=1e-5):
    """You divided by the variance. A code twice as large would come out half as large: take its root."""
    var, mean = torch.var_mean(codes, 0, correction=0)
    return (codes - mean) / (var + eps)


def _std_unbiased(codes, eps=1e-5):
    """You divided the squares by T - 1. The variance over these very T tasks has T, and the result then has
    variance 1 exactly: correction=0.
    """
    var, mean = torch.var_mean(codes, 0)
    return (codes - mean) / (var + eps).sqrt()


def _std_eps_outside(codes, eps=1e-5):
    """Your eps stands outside the root. Where an entry hardly differs that is another number, and where it is
    the same for all tasks the root has no slope: add eps to the variance.
    """
    return (codes - codes.mean(0)) / (codes.std(0, correction=0) + eps)


def _std_eps_missing(codes, eps=1e-5):
    """The eps is missing. An entry that is the same for all tasks has variance 0, and 0 / 0 is not a
    number.
    """
    var, mean = torch.var_mean(codes, 0, correction=0)
    return (codes - mean) / var.sqrt()


def _std_constants(codes, eps=1e-5):
    """The values are right; mean and variance are constants to your gradient. Then growing still pays, step
    by step: the gradient has to know that a larger code comes out the same.
    """
    var, mean = torch.var_mean(codes.detach(), 0, correction=0)
    return (codes - mean) / (var + eps).sqrt()


def _std_no_gradient(codes, eps=1e-5):
    """The values are right and the gradient is cut off. The encoder is trained through its code."""
    return standardised(codes, eps).detach()


def _std_turned_sign(codes, eps=1e-5):
    """Your sign is turned. The mean is taken off the code, not the code off the mean."""
    return -standardised(codes, eps)


def _std_unit_length(codes, eps=1e-5):
    """You made each code one long. What all tasks share is still in it, and now it fills it."""
    return codes / (codes.square().sum(1, keepdim=True) + eps).sqrt()


def _std_to_unit_range(codes, eps=1e-5):
    """You brought each entry between 0 and 1 by its least and its largest. One odd task then decides for
    all; asked for are mean 0 and variance 1.
    """
    low, high = codes.amin(0), codes.amax(0)
    return (codes - low) / (high - low + eps)


def _std_median(codes, eps=1e-5):
    """You took off the median. The mean has to go, so that what is left has mean 0."""
    middle = codes.median(0).values
    return (codes - middle) / (codes.var(0, correction=0) + eps).sqrt()


def _std_squashed(codes, eps=1e-5):
    """You squashed the code. That bounds it, and what all tasks share stays: at the bound every task has the
    same code and no gradient.
    """
    return torch.tanh(codes)


def _std_absolute(codes, eps=1e-5):
    """You divided by the mean absolute deviation. The variance is the mean of the *squares*."""
    away = codes - codes.mean(0)
    return away / (away.abs().mean(0) + eps)


def _std_mean_constant(codes, eps=1e-5):
    """The values are right; the mean is a constant to your gradient. Shifting all codes together would seem
    to pay then, and it changes nothing: detach neither statistic.
    """
    return (codes - codes.detach().mean(0)) / (codes.var(0, correction=0) + eps).sqrt()


def _std_variance_constant(codes, eps=1e-5):
    """The values are right; the variance is a constant to your gradient. Stretching all codes would seem to
    pay then, and it changes nothing: detach neither statistic.
    """
    return (codes - codes.mean(0)) / (codes.detach().var(0, correction=0) + eps).sqrt()


def _std_torch_std(codes, eps=1e-5):
    """Two things at once: `std` divides the squares by T - 1, and your eps stands outside the root. Take the
    variance with correction=0, and add eps to it.
    """
    return (codes - codes.mean(0)) / (codes.std(0) + eps)


def _std_clamped(codes, eps=1e-5):
    """You cut the code off at a bound. What all tasks share stays, and an entry at the bound has no gradient
    any more: take off the mean and divide by the deviation.
    """
    return codes.clamp(-1, 1)


def _std_whole_torch(codes, eps=1e-5):
    """One mean and one deviation for the whole table. Each entry of the code needs its own, over the tasks:
    axis 0.
    """
    return (codes - codes.mean()) / (codes.std() + eps)


def _std_by_task_torch(codes, eps=1e-5):
    """You standardised within each task, over its entries. What all tasks share stays in the code: take the
    statistics over the tasks, axis 0.
    """
    return (codes - codes.mean(1, keepdim=True)) / (codes.std(1, keepdim=True) + eps)


def _std_whole_length(codes, eps=1e-5):
    """You divided the whole table by its length. What all tasks share is still in it: take off the mean of
    each entry, and divide by its own deviation.
    """
    return codes / codes.norm()


def _std_unbiased_no_eps(codes, eps=1e-5):
    """Two things: `std` divides the squares by T - 1, and the eps is missing. An entry that is the same for
    all tasks gives 0 / 0.
    """
    return (codes - codes.mean(0)) / codes.std(0)


def _std_variance_clamped(codes, eps=1e-5):
    """You cut the variance off at eps. The formula adds eps, so that there is no corner where the gradient
    jumps.
    """
    return (codes - codes.mean(0)) / codes.var(0, correction=0).clamp_min(eps).sqrt()


def _std_deviation_clamped(codes, eps=1e-5):
    """You cut the deviation off at eps. The formula adds eps to the variance, so that there is no corner
    where the gradient jumps.
    """
    return (codes - codes.mean(0)) / codes.var(0, correction=0).sqrt().clamp_min(eps)


def _std_sigmoid(codes, eps=1e-5):
    """You squashed the code. That bounds it, and what all tasks share stays; take off the mean of each entry
    and divide by its deviation.
    """
    return torch.sigmoid(codes)


def _std_first_task(codes, eps=1e-5):
    """You took off the first task's code. Then that one is 0 by definition, and no entry has a mean of 0:
    take off the mean over the tasks.
    """
    return (codes - codes[0]) / (codes.var(0, correction=0) + eps).sqrt()


def _std_brackets(codes, eps=1e-5):
    """Brackets are missing: you divided the mean alone. The whole difference stands above the root."""
    return codes - codes.mean(0) / (codes.var(0, correction=0) + eps).sqrt()


def _std_signs(codes, eps=1e-5):
    """Only signs are left. How far a task lies from the others is thrown away, and the gradient with it."""
    return standardised(codes, eps).sign()


def _std_largest(codes, eps=1e-5):
    """You divided by the largest entry. One odd task then decides for all; the deviation asks each."""
    return (codes - codes.mean(0)) / (codes.abs().amax(0) + eps)


def _std_centred_over_rms(codes, eps=1e-5):
    """You took off the mean and divided by the root of the mean square *before* that. The constant that was
    taken off still makes the code small: square the differences.
    """
    return (codes - codes.mean(0)) / (codes.square().mean(0) + eps).sqrt()


def _std_sum_of_squares(codes, eps=1e-5):
    """You divided by the root of the summed squares. With more tasks the code becomes smaller: the variance
    is their mean.
    """
    away = codes - codes.mean(0)
    return away / (away.square().sum(0) + eps).sqrt()


EXERCISE = Exercise(
    id="11.standardised",
    title="a code that cannot grow",
    difficulty=2,
    minutes=7,
    reference=standardised,
    inputs=INPUTS,
    oracle=_oracle,
    observe=with_gradient("codes"),
    rtol=1e-3,
    atol=1e-4,
    verified="every entry has mean 0 and variance 1 over the tasks, and the gradient knows it.",
    hints=(
        "Two statistics of each entry, over the tasks: its mean and its variance. Which axis are the tasks?",
        "`codes.mean(0)` and `codes.var(0, correction=0)` have shape (C,). Nothing is detached: the gradient "
        "goes through both.",
        "`away = codes - codes.mean(0); return away / (away.square().mean(0) + eps).sqrt()`",
    ),
    mistakes=mistakes(
        _std_by_task,
        _std_over_everything,
        _std_only_centred,
        _std_only_scaled,
        _std_root_mean_square,
        _std_variance,
        _std_unbiased,
        _std_eps_outside,
        _std_eps_missing,
        _std_constants,
        _std_no_gradient,
        _std_turned_sign,
        _std_unit_length,
        _std_to_unit_range,
        _std_median,
        _std_squashed,
        _std_absolute,
        _std_mean_constant,
        _std_variance_constant,
        _std_torch_std,
        _std_clamped,
        _std_whole_torch,
        _std_by_task_torch,
        _std_whole_length,
        _std_unbiased_no_eps,
        _std_variance_clamped,
        _std_deviation_clamped,
        _std_sigmoid,
        _std_first_task,
        _std_brackets,
        _std_signs,
        _std_largest,
        _std_centred_over_rms,
        _std_sum_of_squares,
    ),
)
