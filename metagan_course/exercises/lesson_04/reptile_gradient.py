"""Exercise 04.reptile_gradient: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

import torch

from metagan_course.outer import reptile_gradient

from ..declare import Exercise, mistakes
from .draws import in_double


def _inputs(generator: torch.Generator, n_tasks: int, shapes: dict) -> dict:
    return {
        "start": {n: torch.randn(s, generator=generator) for n, s in shapes.items()},
        "adapted": {n: 1 + torch.randn(n_tasks, *s, generator=generator) for n, s in shapes.items()},
    }


SMALL, MATRICES = {"slope": (2,), "offset": ()}, {"w1": (1, 3), "w2": (3, 4), "b": (4,)}
INPUTS = {
    "three tasks": lambda generator: _inputs(generator, 3, SMALL),
    "one task": lambda generator: _inputs(generator, 1, SMALL),
    "weights that are matrices": lambda generator: _inputs(generator, 4, MATRICES),
    "nine tasks": lambda generator: _inputs(generator, 9, MATRICES),
    "numbers in double precision": lambda generator: in_double(_inputs(generator, 5, SMALL)),
}


def _oracle(start, adapted):
    """One task after the other."""
    found = {}
    for name, w in start.items():
        ends = list(adapted[name])
        found[name] = sum(w - end for end in ends) / len(ends)
    return found


def _reptile_upside_down(start, adapted):
    """Your direction points from the start to the tasks. It will be handed to an optimiser, which subtracts
    what it gets and would walk away from them: return the start minus the mean.
    """
    return {n: adapted[n].mean(0) - w for n, w in start.items()}


def _reptile_first_task(start, adapted):
    """You used the first task only. The start would run after one task at a time, where the mean over all T
    tasks is a compromise.
    """
    return {n: w - adapted[n][0] for n, w in start.items()}


def _reptile_last_task(start, adapted):
    """You used the last task only; perhaps each turn of the loop overwrites the one before. Take the mean
    over all T tasks.
    """
    return {n: w - adapted[n][-1] for n, w in start.items()}


def _reptile_summed(start, adapted):
    """You summed over the tasks. With a sum the direction grows with T, and a rate that suits four tasks
    is too large for sixteen.
    """
    return {n: (w - adapted[n]).sum(0) for n, w in start.items()}


def _reptile_sum_of_ends(start, adapted):
    """You subtracted the sum of the ends. Their mean is the place to walk to: divide by their number."""
    return {n: w - adapted[n].sum(0) for n, w in start.items()}


def _reptile_ends_only(start, adapted):
    """You return where the tasks ended on average, not the way there. The outer optimiser needs a direction:
    subtract that from the start.
    """
    return {n: adapted[n].mean(0) for n in start}


def _reptile_each_task(start, adapted):
    """You return one difference a task and have not averaged over them. The start is one, so its gradient
    has the start's shape: take the mean over the first axis.
    """
    return {n: w - adapted[n] for n, w in start.items()}


def _reptile_over_everything(start, adapted):
    """mean() without an axis averages over all tasks and all entries of the weight. Every weight keeps its
    own mean: mean(0), over the axis of the tasks.
    """
    return {n: w - adapted[n].mean() for n, w in start.items()}


def _reptile_median(start, adapted):
    """You took the median over the tasks, where Reptile takes the mean. With the mean the direction is the
    average of what every task asks for.
    """
    return {n: w - adapted[n].median(0).values for n, w in start.items()}


def _reptile_one_too_few(start, adapted):
    """You divided by T - 1. The mean over T tasks divides by T."""
    tasks = {n: len(adapted[n]) for n in start}
    return {n: (w - adapted[n]).sum(0) / (tasks[n] - 1) for n, w in start.items()}


def _reptile_half(start, adapted):
    """You return half of it. The outer rate says how far the start moves; the gradient is the whole way."""
    return {n: 0.5 * (w - adapted[n].mean(0)) for n, w in start.items()}


def _reptile_squared(start, adapted):
    """You squared the way. That loses its direction, and the start would always move to one side."""
    return {n: (w - adapted[n]).square().mean(0) for n, w in start.items()}


def _reptile_sign(start, adapted):
    """You keep the sign of the way alone. How far the tasks went is half of what they say."""
    return {n: (w - adapted[n].mean(0)).sign() for n, w in start.items()}


def _reptile_farthest(start, adapted):
    """You take the largest end instead of the mean end. One task would then decide for all others."""
    return {n: w - adapted[n].max(0).values for n, w in start.items()}


def _reptile_first_name(start, adapted):
    """You return the first weight alone. Every name of the start has its own way to go."""
    name = next(iter(start))
    return {name: start[name] - adapted[name].mean(0)}


def _reptile_without_names(start, adapted):
    """Your ways have lost their names. Return a dict with the names of the start."""
    return [w - adapted[n].mean(0) for n, w in start.items()]


def _reptile_axis_kept(start, adapted):
    """A task axis of length 1 is left. The gradient has the shapes of the start, so average it away:
    mean(0).
    """
    return {n: w - adapted[n].mean(0, keepdim=True) for n, w in start.items()}


def _reptile_divided_twice(start, adapted):
    """You divide by the number of tasks once too often: the mean has done it. With more tasks your steps
    shrink.
    """
    return {n: (w - adapted[n].mean(0)) / len(adapted[n]) for n, w in start.items()}


EXERCISE = Exercise(
    id="04.reptile_gradient",
    title="Reptile: walk towards the tasks' ends",
    difficulty=1,
    minutes=5,
    reference=reptile_gradient,
    inputs=INPUTS,
    oracle=_oracle,
    verified="a descent direction of the start's own shapes, the mean over all tasks.",
    hints=(
        "Each task's weights say 'I would rather have started nearer to me'. Average where they ended.",
        "adapted[name] has one row a task: (T, ...). An optimiser subtracts what it is given, so what you "
        "return points away from the tasks.",
        "`return {name: w - adapted[name].mean(0) for name, w in start.items()}`",
    ),
    mistakes=mistakes(
        _reptile_upside_down,
        _reptile_first_task,
        _reptile_last_task,
        _reptile_summed,
        _reptile_sum_of_ends,
        _reptile_ends_only,
        _reptile_each_task,
        _reptile_over_everything,
        _reptile_median,
        _reptile_one_too_few,
        _reptile_half,
        _reptile_squared,
        _reptile_sign,
        _reptile_farthest,
        _reptile_first_name,
        _reptile_without_names,
        _reptile_axis_kept,
        _reptile_divided_twice,
    ),
)
