"""Answers to 12.paired_gain as people write them: see tests/attack_exercises.py."""

import math

import torch


def wide(generator):
    R, C = (2 + torch.randint(12, (2,), generator=generator)).tolist()
    drawn = torch.rand(2, R, C, generator=generator)
    return {"added": drawn[0], "alone": drawn[1]}


def right_means_first(added, alone):
    gains = added.mean(dim=1) - alone.mean(dim=1)
    return gains.mean(), gains.std(unbiased=True) / math.sqrt(gains.numel())


def right_by_variance(added, alone):
    d = torch.mean(added - alone, -1)
    return torch.mean(d), torch.sqrt(torch.var(d) / d.shape[0])


def right_by_hand(added, alone):
    d = (added - alone).sum(1) / added.shape[1]
    m = d.sum() / len(d)
    return m, (((d - m) ** 2).sum() / (len(d) - 1) / len(d)).sqrt()


def right_numbers(added, alone):
    d = [(a - b).mean().item() for a, b in zip(added, alone, strict=True)]
    m = sum(d) / len(d)
    return m, math.sqrt(sum((x - m) ** 2 for x in d) / (len(d) - 1)) / math.sqrt(len(d))


def right_std_mean(added, alone):
    std, mean = torch.std_mean((added - alone).mean(1))
    return mean, std / len(added) ** 0.5


def right_covariance(added, alone):
    both = torch.stack([added.mean(1), alone.mean(1)])
    c = torch.cov(both)
    return (both[0] - both[1]).mean(), ((c[0, 0] + c[1, 1] - 2 * c[0, 1]) / both.shape[1]) ** 0.5


def wrong_two_tables(added, alone):
    """not_paired"""
    a, b = added.mean(1), alone.mean(1)
    return a.mean() - b.mean(), (a.var() / len(a) + b.var() / len(b)).sqrt()


def wrong_all_entries(added, alone):
    """every_class"""
    d = (added - alone).flatten()
    return d.mean(), d.std() / d.numel() ** 0.5


def wrong_columns(added, alone):
    """by_class"""
    d = (added - alone).mean(dim=0)
    return d.mean(), d.std() / len(d) ** 0.5


def wrong_std(added, alone):
    """not_divided"""
    d = added.mean(1) - alone.mean(1)
    return d.mean(), d.std()


def wrong_no_root(added, alone):
    """divided_by_r"""
    d = added.mean(1) - alone.mean(1)
    return d.mean(), d.std() / added.shape[0]


def wrong_numpy_habit(added, alone):
    """population"""
    d = (added - alone).mean(1)
    return d.mean(), (d - d.mean()).square().mean().sqrt() / len(d) ** 0.5


def wrong_var(added, alone):
    """variance"""
    d = (added - alone).mean(1)
    return d.mean(), d.var() / len(d)


def wrong_loss_of(added, alone):
    """turned"""
    d = (alone - added).mean(1)
    return d.mean(), d.std() / len(d) ** 0.5


def wrong_interval(added, alone):
    """twice"""
    d = (added - alone).mean(1)
    return d.mean(), d.std() / len(d) ** 0.5 * 1.96


def wrong_percent(added, alone):
    """relative"""
    d = (added / alone - 1).mean(1)
    return d.mean(), d.std() / len(d) ** 0.5


def wrong_ratio_of_means(added, alone):
    """ratio_of_means"""
    d = added.mean(1) / alone.mean(1) - 1
    return d.mean(), d.std() / len(d) ** 0.5


def wrong_in_points(added, alone):
    """in_hundredths"""
    d = 100 * (added - alone).mean(1)
    return d.mean(), d.std() / len(d) ** 0.5
