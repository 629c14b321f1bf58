"""Exercise 06.tuned_rival: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from metagan_course.answers.rules import tuned_rival

from ..declare import Exercise, Observation, Unfit, mistakes


@dataclass
class Scores:
    """score(trial, tasks), looked up: a row of eleven numbers for each trial."""

    table: dict

    def __call__(self, trial, tasks):
        return self.table[trial][tasks]


def _row(choose: list[float], report: float) -> Tensor:
    return torch.tensor([*choose, *(report + d for d in (-0.2, -0.1, 0.0, 0.1, 0.2))])


def _rows(*, star: tuple[float, float] = (-0.5, 3.0), runs_out: bool = False) -> list[Tensor]:
    """A best one with its ups and downs, a safe one, one with a single lucky task, a star of the exam."""
    best, safe = _row([3.0, -1.0, 2.0, -0.5, 2.5, 0.0], 0.2), _row([0.5] * 6, 0.6)
    lucky = _row([-3.0, -3.0, 9.0, -3.0, -3.0, -3.0], -1.0)
    rows = [_row([-1.0] * 6, -2.0), best, safe, lucky, _row([star[0]] * 6, star[1])]
    if runs_out:  # on all tasks but one, and on one alone; elsewhere these are the best
        nan = math.nan
        return [
            _row([nan] * 5 + [-9.0], 1.0),
            *rows,
            _row([nan] * 5 + [8.0], 1.3),
            _row([nan] + [4.0] * 5, 1.6),
        ]
    return rows


def _sides(generator: torch.Generator) -> dict:
    """Six of the eleven tasks to choose on, five to report on, in any order."""
    order = torch.randperm(6, generator=generator), 6 + torch.randperm(5, generator=generator)
    return {"choose_on": order[0], "report_on": order[1]}


def _case(shift: float = 0.0, settings: bool = False, **more):
    def inputs(generator: torch.Generator) -> dict:
        rows = [shift + row + 0.02 * torch.randn(11, generator=generator) for row in _rows(**more)]
        rates = [0.001 * (place + 1) for place in range(len(rows))]
        order = [0, *(1 + torch.randperm(len(rows) - 1, generator=generator)).tolist()]
        trials = [(rate, 0.9) for rate in rates] if settings else rates
        table = {trial: rows[place] for trial, place in zip(trials, order, strict=True)}
        return {"score": Scores(table), "trials": trials, **_sides(generator)}

    return inputs


def _alone(generator: torch.Generator) -> dict:
    table = {0.1: torch.randn(11, generator=generator)}
    return {"score": Scores(table), "trials": [0.1], **_sides(generator)}


INPUTS = {
    "rates of which one is the exam's star": _case(),
    "a star that is bad elsewhere": _case(star=(-3.0, 1.5)),
    "rates at which numbers run out": _case(runs_out=True),
    "scores that are all below 0": _case(shift=-20.0, runs_out=True),
    "settings of two numbers": _case(settings=True),
    "one single trial": _alone,
}


def _seen(function, inputs) -> Observation:
    result = function(**inputs)
    if not isinstance(result, tuple | list) or len(result) != 2:
        raise Unfit("Return two things: the trial that was chosen, and its mean score on `report_on`.")
    trial, score = result
    return {"the chosen trial": trial, "its score": torch.as_tensor(score, dtype=torch.float32)}


def _oracle(score, trials, choose_on, report_on):
    """In one table, tasks by trials: a column with a NaN is out, the largest sum of the others wins."""
    table = torch.stack([score(trial, choose_on).double() for trial in trials], 1)  # (T, n)
    out = ~table.isfinite().all(0)
    sums = torch.where(out, -math.inf, table.nan_to_num().sum(0))
    order = sums.argsort(descending=True, stable=True)
    best = trials[int(order[0])]
    told = score(best, report_on).double()
    return best, (told.sum() / len(told)).float()


def _mean(score, trial, tasks):
    return score(trial, tasks).nan_to_num(nan=-math.inf, neginf=-math.inf).mean()


def _chosen(score, trials, tasks, by=max):
    return by(trials, key=lambda trial: _mean(score, trial, tasks).item())


def _rival_smallest(score, trials, choose_on, report_on):
    """You took the smallest score. These are digits gained, and more is better: with a loss it would have
    been the other way round.
    """
    best = _chosen(score, trials, choose_on, min)
    return best, _mean(score, best, report_on)


def _rival_chosen_on_the_exam(score, trials, choose_on, report_on):
    """You chose on the tasks that you report on. With forty trials the best of them owes a part of its score
    to luck on those tasks, and the rule that it is compared with has never seen them.
    """
    best = _chosen(score, trials, report_on)
    return best, _mean(score, best, report_on)


def _rival_told_the_best(score, trials, choose_on, report_on):
    """You chose well and reported the score on the tasks you chose on. That is the largest of many numbers,
    and too good: fresh tasks tell what the setting is worth.
    """
    best = _chosen(score, trials, choose_on)
    return best, _mean(score, best, choose_on)


def _rival_exchanged(score, trials, choose_on, report_on):
    """The two sets of tasks have changed places. Choose on the first, report on the second."""
    return tuned_rival(score, trials, report_on, choose_on)


def _rival_nan_wins(score, trials, choose_on, report_on):
    """A run whose numbers ran out has won, or kept others from winning: NaN is neither more nor less than
    anything, and torch's argmax even prefers it. Make it the worst score there is before you compare.
    """
    means = torch.stack([score(trial, choose_on).mean() for trial in trials])
    best = trials[int(means.argmax())]
    return best, _mean(score, best, report_on)


def _rival_survivors(score, trials, choose_on, report_on):
    """You averaged over the runs that survived. A rate that blows up on one task in ten is then praised for
    the other nine: a run whose numbers ran out counts as the worst, it does not drop out.
    """
    best = max(trials, key=lambda trial: score(trial, choose_on).nanmean().item())
    return best, score(best, report_on).nanmean()


def _rival_nan_is_nothing(score, trials, choose_on, report_on):
    """You counted a run whose numbers ran out as 0 digits, as if it had stood still. It did not: it is
    farther away than any number tells.
    """
    best = max(trials, key=lambda trial: score(trial, choose_on).nan_to_num(nan=0.0).mean().item())
    return best, score(best, report_on).nan_to_num(nan=0.0).mean()


def _rival_best_task(score, trials, choose_on, report_on):
    """You chose by the best task of each trial. Any rate is perfect on some task: the mean over tasks is what
    a setting can be relied on for.
    """
    best = max(trials, key=lambda trial: score(trial, choose_on).nan_to_num(nan=-math.inf).max().item())
    return best, _mean(score, best, report_on)


def _rival_worst_task(score, trials, choose_on, report_on):
    """You chose by the worst task of each trial. That is a cautious aim of its own; asked for is the best
    mean.
    """
    best = max(trials, key=lambda trial: score(trial, choose_on).nan_to_num(nan=-math.inf).min().item())
    return best, _mean(score, best, report_on)


def _rival_each_its_own(score, trials, choose_on, report_on):
    """You let each exam task have the trial that suits it best. Nobody knows that trial beforehand: it is
    one setting for all tasks, chosen on other ones.
    """
    table = torch.stack([score(trial, report_on) for trial in trials]).nan_to_num(nan=-math.inf)
    return _chosen(score, trials, choose_on), table.amax(0).mean()


def _rival_first(score, trials, choose_on, report_on):
    """You took the first trial. That is somebody's default, and a rival at a default is no rival."""
    return trials[0], _mean(score, trials[0], report_on)


def _rival_both_sets(score, trials, choose_on, report_on):
    """You chose on both sets together. Half of that is the exam: choose on `choose_on` alone."""
    both = torch.cat([choose_on, report_on])
    best = _chosen(score, trials, both)
    return best, _mean(score, best, report_on)


def _rival_all_scores(score, trials, choose_on, report_on):
    """You summed the exam's scores. The mean does not grow with the number of tasks."""
    best = _chosen(score, trials, choose_on)
    return best, _mean(score, best, report_on) * len(report_on)


def _rival_place(score, trials, choose_on, report_on):
    """You return where the best trial stands in the list. Return the trial itself, `trials[place]`."""
    best = _chosen(score, trials, choose_on)
    return trials.index(best), _mean(score, best, report_on)


EXERCISE = Exercise(
    id="06.tuned_rival",
    title="a rival at its best",
    difficulty=1,
    minutes=7,
    reference=tuned_rival,
    inputs=INPUTS,
    oracle=_oracle,
    observe=_seen,
    verified="it chooses on one set, reports on the other, and a run whose numbers ran out never wins.",
    hints=(
        "Two moves: which trial has the largest mean score on choose_on; and what does that one get on "
        "report_on?",
        "A score of NaN is one to look out for: `x.nan_to_num(nan=-math.inf)` makes it the worst. Then "
        "max(trials, key=...) finds the trial.",
        "`best = max(trials, key=lambda trial: "
        "score(trial, choose_on).nan_to_num(nan=-math.inf).mean().item()); "
        "return best, score(best, report_on).nan_to_num(nan=-math.inf).mean()`",
    ),
    mistakes=mistakes(
        _rival_smallest,
        _rival_chosen_on_the_exam,
        _rival_told_the_best,
        _rival_exchanged,
        _rival_nan_wins,
        _rival_survivors,
        _rival_nan_is_nothing,
        _rival_best_task,
        _rival_worst_task,
        _rival_each_its_own,
        _rival_first,
        _rival_both_sets,
        _rival_all_scores,
        _rival_place,
    ),
)
