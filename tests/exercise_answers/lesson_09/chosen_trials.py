"""Answers to 09.chosen_trials as people write them: see tests/attack_exercises.py."""

import math

import torch


def wide(generator):
    trials, steps, a, b = (torch.randint(1, 7, (4,), generator=generator) + 1).tolist()
    validation = torch.randn(trials, steps, a, generator=generator)
    validation[0, 0, 0] = math.nan
    return {"validation": validation, "test": torch.randn(trials, steps, b, generator=generator)}


def right_loop(validation, test):
    best, told = [], []
    for t in range(validation.shape[1]):
        means = [row[t].mean().item() for row in validation]
        means = [math.inf if math.isnan(m) else m for m in means]
        best.append(means.index(min(means)))
        told.append(test[best[-1], t].mean())
    return torch.tensor(best), torch.stack(told)


def right_gather(validation, test):
    means = validation.mean(dim=-1)
    means = torch.where(means.isnan(), torch.inf, means)
    best = means.argmin(dim=0)
    return best, test.mean(-1).gather(0, best[None])[0]


def right_masked(validation, test):
    means = validation.mean(2).masked_fill(validation.isnan().any(2), float("inf"))
    best = torch.min(means, 0).indices
    return best, torch.stack([test[b, t].mean() for t, b in enumerate(best)])


def right_list(validation, test):
    means = validation.mean(2).nan_to_num(nan=1e9)
    best = [int(means[:, t].argmin()) for t in range(means.shape[1])]
    return best, [float(test[b, t].mean()) for t, b in enumerate(best)]


def right_sums(validation, test):
    best = validation.sum(2).nan_to_num(nan=math.inf).argmin(0)
    scores = torch.einsum("ijk->ij", test) / test.size(2)
    return best, scores[best, range(len(best))]


def _means(x):
    return x.mean(2).nan_to_num(nan=math.inf)


def _report(best, test):
    return best, test.mean(2)[best, torch.arange(len(best))]


def wrong_nan(validation, test):
    """nan_wins"""
    return _report(torch.argmin(validation.mean(-1), 0), test)


def wrong_exam(validation, test):
    """on_test"""
    return _report(_means(test).argmin(0), test)


def wrong_max(validation, test):
    """largest"""
    return _report(validation.mean(2).nan_to_num(nan=-math.inf).argmax(0), test)


def wrong_validation_score(validation, test):
    """told_validation"""
    best = _means(validation).argmin(0)
    return best, validation.mean(2)[best, torch.arange(len(best))]


def wrong_nanmean(validation, test):
    """survivors"""
    return _report(torch.nanmean(validation, 2).argmin(0), test)


def wrong_min_of_test(validation, test):
    """best_on_each"""
    return _means(validation).argmin(0), test.mean(2).min(0).values


def wrong_same_for_all(validation, test):
    """one_for_all"""
    best = _means(validation).mean(1).argmin().repeat(test.shape[1])
    return _report(best, test)


def wrong_matrix(validation, test):
    """every_trial"""
    best = _means(validation).argmin(0)
    return best, test.mean(2)[best]


def wrong_no_mean(validation, test):
    """by_task"""
    best = _means(validation).argmin(0)
    return best, test[best, torch.arange(len(best))]


def wrong_zero(validation, test):
    """nan_is_nothing"""
    return _report(validation.nan_to_num(0.0).mean(2).argmin(0), test)


def wrong_only_places(validation, test):
    return _means(validation).argmin(0)
