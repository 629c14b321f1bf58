"""Answers to 06.tuned_rival as people write them: see tests/attack_exercises.py."""

import math

import numpy as np
import torch

from metagan_course.exercises.lesson_06.tuned_rival import Scores


def wide(generator):
    n = int(torch.randint(1, 12, (), generator=generator))
    values = 3 * torch.randn(n, 11, generator=generator)
    if n > 2:
        values[n // 2, 1] = torch.nan
    trials = [0.5 * (i + 1) for i in range(n)]
    table = dict(zip(trials, values, strict=True))
    table[trials[0]] = table[trials[0]].nan_to_num()
    return {
        "score": Scores(table),
        "trials": trials,
        "choose_on": torch.arange(6),
        "report_on": torch.arange(6, 11),
    }


def right_with_argmax(score, trials, choose_on, report_on):
    means = torch.stack([score(t, choose_on).mean() for t in trials]).nan_to_num(nan=-math.inf)
    best = trials[means.argmax().item()]
    return best, score(best, report_on).mean()


def right_in_a_loop(score, trials, choose_on, report_on):
    best, best_score = trials[0], -math.inf
    for trial in trials:
        value = score(trial, choose_on).mean().item()
        if value > best_score:  # NaN is greater than nothing
            best, best_score = trial, value
    return best, score(best, report_on).mean()


def right_sorted(score, trials, choose_on, report_on):
    def key(trial):
        mean = score(trial, choose_on).mean().item()
        return -1e30 if math.isnan(mean) else mean

    best = sorted(trials, key=key)[-1]
    return best, score(best, report_on).mean().item()


def right_with_numpy(score, trials, choose_on, report_on):
    means = np.array([score(t, choose_on).numpy().mean() for t in trials])
    best = trials[int(np.nanargmax(means))]
    return best, float(score(best, report_on).numpy().mean())


def right_by_sums(score, trials, choose_on, report_on):
    finite = [t for t in trials if score(t, choose_on).isfinite().all()]
    best = max(finite, key=lambda t: score(t, choose_on).sum())
    found = score(best, report_on)
    return best, found.sum() / len(found)


def wrong_argmax(score, trials, choose_on, report_on):
    """rival_nan_wins"""
    means = torch.stack([score(t, choose_on).mean() for t in trials])
    best = trials[means.argmax()]
    return best, score(best, report_on).mean()


def wrong_plain_max(score, trials, choose_on, report_on):
    """rival_nan_wins"""
    best = max(trials, key=lambda t: score(t, choose_on).mean().item())
    return best, score(best, report_on).mean()


def wrong_min(score, trials, choose_on, report_on):
    """rival_smallest"""
    best = min(trials, key=lambda t: score(t, choose_on).mean().item())
    return best, score(best, report_on).mean()


def wrong_exam(score, trials, choose_on, report_on):
    """rival_chosen_on_the_exam"""
    means = torch.stack([score(t, report_on).nan_to_num(nan=-math.inf).mean() for t in trials])
    place = int(means.argmax())
    return trials[place], means[place]


def wrong_same_score(score, trials, choose_on, report_on):
    """rival_told_the_best"""
    means = torch.stack([score(t, choose_on).mean() for t in trials]).nan_to_num(nan=-math.inf)
    return trials[int(means.argmax())], means.max()


def wrong_nanmean(score, trials, choose_on, report_on):
    """rival_survivors"""
    means = torch.stack([score(t, choose_on).nanmean() for t in trials])
    best = trials[int(means.argmax())]
    return best, score(best, report_on).nanmean()


def wrong_zero_for_nan(score, trials, choose_on, report_on):
    """rival_nan_is_nothing"""
    means = torch.stack([score(t, choose_on).nan_to_num().mean() for t in trials])
    best = trials[int(means.argmax())]
    return best, score(best, report_on).mean()


def wrong_best_starts_at_zero(score, trials, choose_on, report_on):
    best, top = trials[0], 0.0
    for trial in trials:
        value = score(trial, choose_on).mean().item()
        if value > top:
            best, top = trial, value
    return best, score(best, report_on).mean()


def wrong_only_the_score(score, trials, choose_on, report_on):
    best = max(trials, key=lambda t: score(t, choose_on).nan_to_num(nan=-math.inf).mean().item())
    return score(best, report_on).mean()


def wrong_median(score, trials, choose_on, report_on):
    best = max(trials, key=lambda t: score(t, choose_on).nan_to_num(nan=-math.inf).median().item())
    return best, score(best, report_on).median()


def wrong_index(score, trials, choose_on, report_on):
    """rival_place"""
    means = torch.stack([score(t, choose_on).mean() for t in trials]).nan_to_num(nan=-math.inf)
    place = int(means.argmax())
    return place, score(trials[place], report_on).mean()


def wrong_all_tasks(score, trials, choose_on, report_on):
    """rival_both_sets"""
    tasks = torch.cat([choose_on, report_on])
    best = max(trials, key=lambda t: score(t, tasks).nan_to_num(nan=-math.inf).mean().item())
    return best, score(best, report_on).mean()
