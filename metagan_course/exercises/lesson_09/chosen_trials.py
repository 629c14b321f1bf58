"""Exercise 09.chosen_trials, each rival at its best: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

import math

import torch
from torch import Tensor

from metagan_course.answers.map_rules import chosen_trials

from ..declare import Exercise, Observation, Unfit, mistakes


def _case(trials: int, n_t: int, tasks: int, test_tasks: int, *, lost=(), noise=1.5, dtype=torch.float32):
    """Scores that differ by trial and t. lost: for each t a trial's rank, and how many of its runs are
    lost.
    """

    def inputs(generator: torch.Generator) -> dict:
        def draw(*shape):
            return torch.randn(shape, generator=generator, dtype=dtype)

        level = torch.stack([torch.randperm(trials, generator=generator) for _ in range(n_t)], 1).to(dtype)
        validation = 3 + level[..., None] + noise * draw(trials, n_t, tasks)
        test = 3 + level.flip(0)[..., None] + draw(trials, n_t, test_tasks)
        for k, (rank, count) in enumerate(lost):
            validation[level[:, k].argsort()[rank], k, :count] = math.nan
        return {"validation": validation, "test": test}

    return inputs


INPUTS = {
    "six trials and four numbers of steps": _case(6, 4, 5, 7),
    "as many trials as numbers of steps": _case(4, 4, 6, 4),
    "runs whose numbers ran out": _case(5, 3, 4, 6, lost=[(0, 1), (4, 1), (1, 2)], noise=0.2),
    "one number of steps": _case(4, 1, 3, 5),
    "one single trial": _case(1, 3, 4, 2),
    "numbers in double precision": _case(3, 2, 4, 4, lost=[(0, 1)], dtype=torch.float64),
}


def _seen(function, inputs) -> Observation:
    result = function(**inputs)
    if not isinstance(result, tuple | list) or len(result) != 2:
        raise Unfit("Return two things: the place of each chosen trial, and what it gets on test.")
    trial, score = (x if isinstance(x, Tensor) else torch.as_tensor(x) for x in result)
    return {"the chosen trials": trial.float(), "their scores": score.float()}


def _oracle(validation, test):
    """One t at a time, over sums in plain numbers."""
    best, told = [], []
    for t in range(validation.shape[1]):
        sums = [sum(row) for row in validation[:, t].tolist()]
        best.append(min(range(len(sums)), key=lambda i: math.inf if math.isnan(sums[i]) else sums[i]))
        told.append(sum(test[best[-1], t].tolist()) / test.shape[2])
    return torch.tensor(best), torch.tensor(told)


def _mean(x):
    return x.mean(2).nan_to_num(nan=math.inf)


def _told(best, test):
    return best, test.mean(2)[best, torch.arange(test.shape[1])]


def _on_test(validation, test):
    """You chose on the test tasks. The best of many trials owes a part of its score to luck on the tasks it
    was chosen on, and the learned rule has seen none of them.
    """
    return _told(_mean(test).argmin(0), test)


def _told_validation(validation, test):
    """You chose well, and report what the trial got where it was chosen. That is the best of many numbers and
    too good: test tells.
    """
    return _told(_mean(validation).argmin(0), validation)


def _largest(validation, test):
    """You took the largest score. This is a KID: lower is better."""
    return _told(validation.mean(2).nan_to_num(nan=-math.inf).argmax(0), test)


def _one_for_all(validation, test):
    """You chose one trial for all numbers of steps. A rate that is best after ten steps is too slow for one:
    the rival then loses at t = 1 by your choice, not by its nature.
    """
    best = _mean(validation).mean(1).argmin()
    return _told(best.expand(test.shape[1]), test)


def _by_last(validation, test):
    """You chose by the largest number of steps alone. Each t has its own best trial."""
    return _told(_mean(validation)[:, -1].argmin().expand(test.shape[1]), test)


def _by_first(validation, test):
    """You chose by the first number of steps alone. Each t has its own best trial."""
    return _told(_mean(validation)[:, 0].argmin().expand(test.shape[1]), test)


def _nan_wins(validation, test):
    """A run whose numbers ran out has won: torch's argmin prefers NaN to every number. Make it infinite
    before you compare.
    """
    return _told(validation.mean(2).argmin(0), test)


def _survivors(validation, test):
    """You averaged over the runs that survived. A rate that blows up on one task in ten is then praised for
    the other nine.
    """
    return _told(validation.nanmean(2).argmin(0), test)


def _nan_is_nothing(validation, test):
    """You counted a lost run as 0. With a score where lower is better that is the best there is."""
    return _told(validation.nan_to_num(nan=0.0).mean(2).argmin(0), test)


def _best_task(validation, test):
    """You chose by each trial's best task. Any rate is perfect on some task: the mean is what can be relied
    on.
    """
    return _told(validation.amin(2).nan_to_num(nan=math.inf).argmin(0), test)


def _worst_task(validation, test):
    """You chose by each trial's worst task. That is a cautious aim of its own; asked for is the mean."""
    return _told(validation.amax(2).nan_to_num(nan=math.inf).argmin(0), test)


def _median(validation, test):
    """You chose by the median. It forgives a rate that fails on a few tasks; the table will report means."""
    return _told(validation.median(2).values.nan_to_num(nan=math.inf).argmin(0), test)


def _every_trial(validation, test):
    """Your scores have a row for each trial. Pick for each t the one that was chosen: `means[best, t]`, with
    t counting along.
    """
    best = _mean(validation).argmin(0)
    return best, test.mean(2)[best]


def _by_task(validation, test):
    """Your scores have one number a task. Report their mean."""
    best = _mean(validation).argmin(0)
    return best, test[best, torch.arange(test.shape[1])]


def _best_on_each(validation, test):
    """You report the smallest score that any trial has on test. Nobody knows that trial beforehand: report
    the one that validation chose.
    """
    return _mean(validation).argmin(0), _mean(test).amin(0)


def _axes(validation, test):
    """You chose along the axis of t. Axis 0 has the trials: for each t one of them is chosen."""
    best = _mean(validation).argmin(1)
    return best, test.mean(2)[torch.arange(len(test)), best]


def _scores_of_validation(validation, test):
    """You return the validation scores of the choice instead of its place. Return the place: which trial it
    was.
    """
    best = _mean(validation).argmin(0)
    return _mean(validation).amin(0), _told(best, test)[1]


def _summed(validation, test):
    """You summed over the test tasks. The mean does not grow with their number."""
    best, told = chosen_trials(validation, test)
    return best, told * test.shape[2]


def _first(validation, test):
    """You took the first trial. That is somebody's default, and a rival at a default is no rival."""
    return _told(torch.zeros(test.shape[1], dtype=torch.long), test)


def _exchanged(validation, test):
    """The two sets have changed places. Choose on validation, report on test."""
    return chosen_trials(test, validation)


EXERCISE = Exercise(
    id="09.chosen_trials",
    title="a rival at its best, for each number of steps",
    difficulty=1,
    minutes=6,
    reference=chosen_trials,
    inputs=INPUTS,
    oracle=_oracle,
    observe=_seen,
    verified="each t has a trial of its own, chosen on validation alone, and a lost run never wins.",
    hints=(
        "Three axes: trials, numbers of steps, tasks. Which one is averaged, and which one is chosen from?",
        "`x.mean(2)` leaves (trials, t). torch's argmin prefers NaN: `nan_to_num(nan=math.inf)` first.",
        "`best = validation.mean(2).nan_to_num(nan=math.inf).argmin(0); "
        "return best, test.mean(2)[best, torch.arange(test.shape[1])]`",
    ),
    mistakes=mistakes(
        _on_test,
        _told_validation,
        _largest,
        _one_for_all,
        _by_last,
        _by_first,
        _nan_wins,
        _survivors,
        _nan_is_nothing,
        _best_task,
        _worst_task,
        _median,
        _every_trial,
        _by_task,
        _best_on_each,
        _axes,
        _scores_of_validation,
        _summed,
        _first,
        _exchanged,
    ),
)
