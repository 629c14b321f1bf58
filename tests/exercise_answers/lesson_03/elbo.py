"""Answers to 03.elbo from outside the registry: see tests/attack_exercises.py."""

import torch
from torch.nn.functional import binary_cross_entropy_with_logits as bce
from torch.nn.functional import logsigmoid, softplus

from metagan_course.exercises.declare import with_gradient

look = with_gradient("logits", "mean", "log_var")


def wide(generator):
    n, z, side = (1 + int(torch.randint(6, (), generator=generator)) for _ in range(3))
    logits = 5 * torch.randn(n, 1, side, side, generator=generator)
    mean, log_var = (2 * torch.randn(n, z, generator=generator) for _ in range(2))
    target = torch.rand(logits.shape, generator=generator)
    return {"logits": logits, "target": target, "mean": mean, "log_var": log_var}


def _kl(mean, log_var):
    return 0.5 * (mean**2 + log_var.exp() - 1 - log_var)


def right_whole_sums(*, logits, target, mean, log_var):
    return -(bce(logits, target, reduction="sum") + _kl(mean, log_var).sum()) / len(logits)


def right_logsigmoid(*, logits, target, mean, log_var):
    log_p = target * logsigmoid(logits) + (1 - target) * logsigmoid(-logits)
    return log_p.flatten(1).sum(1).mean() - _kl(mean, log_var).sum(1).mean()


def right_softplus(*, logits, target, mean, log_var):
    log_p = (target * logits - softplus(logits)).reshape(len(logits), -1)
    return (log_p.sum(-1) - _kl(mean, log_var).sum(-1)).mean()


def right_distributions(*, logits, target, mean, log_var):
    normal = torch.distributions.Normal
    prior = normal(torch.zeros_like(mean), torch.ones_like(mean))
    kl = torch.distributions.kl_divergence(normal(mean, torch.exp(log_var / 2)), prior)
    return -bce(logits, target, reduction="none").flatten(1).sum(1).mean() - kl.sum(1).mean()


def right_loop(*, logits, target, mean, log_var):
    each = [
        -bce(one, x, reduction="sum") - _kl(m, v).sum()
        for one, x, m, v in zip(logits, target, mean, log_var, strict=True)
    ]
    return torch.stack(each).mean()


def wrong_loss(*, logits, target, mean, log_var):
    """elbo_negative"""
    return (bce(logits, target, reduction="sum") + _kl(mean, log_var).sum()) / len(logits)


def wrong_mean_bce(*, logits, target, mean, log_var):
    """elbo_pixel_mean"""
    return -bce(logits, target) - _kl(mean, log_var).sum(1).mean()


def wrong_both_means(*, logits, target, mean, log_var):
    """elbo_all_means"""
    return -bce(logits, target) - _kl(mean, log_var).mean()


def wrong_plus_kl(*, logits, target, mean, log_var):
    """elbo_kl_added"""
    return (-bce(logits, target, reduction="sum") + _kl(mean, log_var).sum()) / len(logits)


def wrong_plus_bce(*, logits, target, mean, log_var):
    """elbo_error_added"""
    return (bce(logits, target, reduction="sum") - _kl(mean, log_var).sum()) / len(logits)


def wrong_sums(*, logits, target, mean, log_var):
    """elbo_batch_sum"""
    return -bce(logits, target, reduction="sum") - _kl(mean, log_var).sum()


def wrong_popular_kl(*, logits, target, mean, log_var):
    """elbo_kl_added"""
    kl = -0.5 * (1 + log_var - mean.pow(2) - log_var.exp()).sum(1).mean()
    return -bce(logits, target, reduction="sum") / len(logits) + kl


def wrong_no_half(*, logits, target, mean, log_var):
    """elbo_kl_twice"""
    return (-bce(logits, target, reduction="sum") - 2 * _kl(mean, log_var).sum()) / len(logits)


def wrong_autoencoder(*, logits, target, mean, log_var):
    """elbo_without_kl"""
    return -bce(logits, target, reduction="sum") / len(logits)


def wrong_rows(*, logits, target, mean, log_var):
    """elbo_not_averaged"""
    return -bce(logits, target, reduction="none").flatten(1).sum(1) - _kl(mean, log_var).sum(1)


def wrong_sigmoid_log(*, logits, target, mean, log_var):
    """elbo_logs"""
    p = logits.sigmoid()
    log_p = target * p.log() + (1 - target) * (1 - p).log()
    return log_p.flatten(1).sum(1).mean() - _kl(mean, log_var).sum(1).mean()


def wrong_number(*, logits, target, mean, log_var):
    return right_loop(logits=logits, target=target, mean=mean, log_var=log_var).item()


def wrong_beta(*, logits, target, mean, log_var):
    return (-bce(logits, target, reduction="sum") - 4 * _kl(mean, log_var).sum()) / len(logits)
