"""Answers to 12.plus_one_loss as people write them: see tests/attack_exercises.py."""

import torch
import torch.nn.functional as F
from torch import nn


def wide(generator):
    N, B, M = (2 + torch.randint(9, (3,), generator=generator)).tolist()
    return {
        "real": 5 * torch.randn(B, N + 1, generator=generator),
        "labels": torch.randint(N, (B,), generator=generator),
        "fake": 5 * torch.randn(M, N + 1, generator=generator),
    }


def right_two_cross_entropies(real, labels, fake):
    last = torch.full((fake.shape[0],), fake.shape[1] - 1, dtype=torch.long)
    return F.cross_entropy(real, labels) + F.cross_entropy(fake, last)


def right_logsumexp(real, labels, fake):
    told = real.logsumexp(1) - real.gather(1, labels[:, None])[:, 0]
    seen = fake.logsumexp(1) - fake[:, -1]
    return told.mean() + seen.mean()


def right_nll(real, labels, fake):
    log_p, log_q = real.log_softmax(dim=1), fake.log_softmax(dim=1)
    return F.nll_loss(log_p, labels) - log_q[:, fake.size(1) - 1].mean()


def right_module(real, labels, fake):
    ce = nn.CrossEntropyLoss()
    return ce(real, labels) + ce(fake, labels.new_full((len(fake),), real.shape[-1] - 1))


def right_softplus(real, labels, fake):
    others = fake[:, :-1].logsumexp(1) - fake[:, -1]
    return F.cross_entropy(real, labels) + F.softplus(others).mean()


def right_weighted_batch(real, labels, fake):
    x = torch.cat([real, fake])
    y = torch.cat([labels, labels.new_full((len(fake),), real.shape[1] - 1)])
    each = F.cross_entropy(x, y, reduction="none")
    return each[: len(real)].sum() / len(real) + each[len(real) :].sum() / len(fake)


def right_factors(real, labels, fake):
    is_real = F.logsigmoid(real[:, :-1].logsumexp(1) - real[:, -1])  # log p(y <= N | x)
    which = real[:, :-1].log_softmax(1).gather(1, labels[:, None])[:, 0]
    return -(is_real + which).mean() - F.log_softmax(fake, 1)[:, -1].mean()


def wrong_class_zero(real, labels, fake):
    """fakes_in_the_first"""
    return F.cross_entropy(real, labels) + F.cross_entropy(fake, torch.zeros(len(fake), dtype=torch.long))


def wrong_shifted(real, labels, fake):
    """shifted"""
    zeros = torch.zeros(len(fake), dtype=torch.long)
    return F.cross_entropy(real, labels + 1) + F.cross_entropy(fake, zeros)


def wrong_concatenated(real, labels, fake):
    """one_batch"""
    y = torch.cat([labels, torch.full((len(fake),), real.shape[1] - 1)])
    return F.cross_entropy(torch.cat([real, fake]), y)


def wrong_supervised_only(real, labels, fake):
    """only_real"""
    return F.cross_entropy(real, labels)


def wrong_conditional(real, labels, fake):
    """among_true_classes"""
    last = torch.full((len(fake),), fake.shape[1] - 1)
    return F.cross_entropy(real[:, :-1], labels) + F.cross_entropy(fake, last)


def wrong_log_softmax_by_hand(real, labels, fake):
    """log_of_softmax"""
    p, q = torch.softmax(real, 1), torch.softmax(fake, 1)
    rows = torch.arange(len(real))
    return -p[rows, labels].log().mean() - q[:, -1].log().mean()


def wrong_plus(real, labels, fake):
    """plus"""
    return F.cross_entropy(real, labels) + F.log_softmax(fake, 1)[:, -1].mean()


def wrong_fooled(real, labels, fake):
    """generator"""
    return F.cross_entropy(real, labels) - torch.log1p(-fake.softmax(1)[:, -1].clamp(max=1 - 1e-7)).mean()


def wrong_binary(real, labels, fake):
    """any_true_class"""
    return -torch.log(real.softmax(1)[:, :-1].sum(1)).mean() - F.log_softmax(fake, 1)[:, -1].mean()


def wrong_bce(real, labels, fake):
    """sigmoid"""
    ones = torch.ones(len(fake), dtype=fake.dtype)
    return F.cross_entropy(real, labels) + F.binary_cross_entropy_with_logits(fake[:, -1], ones)


def wrong_average_of_two(real, labels, fake):
    """halves"""
    last = torch.full((len(fake),), fake.shape[1] - 1)
    return 0.5 * (F.cross_entropy(real, labels) + F.cross_entropy(fake, last))


def wrong_summed(real, labels, fake):
    """sums"""
    last = torch.full((len(fake),), fake.shape[1] - 1)
    return F.cross_entropy(real, labels, reduction="sum") + F.cross_entropy(fake, last, reduction="sum")


def wrong_smoothed(real, labels, fake):
    """smoothed"""
    last = torch.full((len(fake),), fake.shape[1] - 1)
    return F.cross_entropy(real, labels, label_smoothing=0.1) + F.cross_entropy(fake, last)
