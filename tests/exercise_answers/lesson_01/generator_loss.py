"""Answers to 01.generator_loss from outside the registry."""

import torch
from torch.nn.functional import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    logsigmoid,
    relu,
    softplus,
)


def right_softplus(*, fake, real=None):
    return softplus(-fake).mean()


def right_bce(*, fake, real=None):
    return binary_cross_entropy_with_logits(fake, torch.ones_like(fake))


def right_by_hand(*, fake, real=None):
    return (relu(-fake) + torch.log1p(torch.exp(-fake.abs()))).mean()


def right_keywords(*, fake, **others):
    return -torch.mean(torch.nn.LogSigmoid()(fake))


def right_logaddexp(*, fake, real=None):
    return torch.logaddexp(torch.zeros_like(fake), -fake).sum() / fake.numel()


def wrong_minimax(*, fake, real=None):
    """gen_saturating"""
    return logsigmoid(-fake).mean()


def wrong_disc_term(*, fake, real=None):
    """gen_discriminators"""
    return softplus(fake).mean()


def wrong_sign(*, fake, real=None):
    """gen_wrong_sign"""
    return logsigmoid(fake).mean()


def wrong_naive(*, fake, real=None):
    """gen_log_of_sigmoid"""
    return -torch.log(torch.sigmoid(fake)).mean()


def wrong_exp(*, fake, real=None):
    """gen_log_of_sigmoid"""
    return torch.log(1 + torch.exp(-fake)).mean()


def wrong_l_minus_exp(*, fake, real=None):
    """gen_difference"""
    return -(fake - torch.log(1 + torch.exp(fake))).mean()


def wrong_epsilon(*, fake, real=None):
    """gen_epsilon"""
    return -torch.log(fake.sigmoid() + 1e-8).mean()


def wrong_epsilon_smaller(*, fake, real=None):
    """gen_capped"""
    return -torch.log(fake.sigmoid() + 1e-12).mean()


def wrong_clamped(*, fake, real=None):
    """gen_capped"""
    return -torch.log(fake.sigmoid().clamp(min=1e-7)).mean()


def wrong_bce_of_sigmoid(*, fake, real=None):
    """gen_bce_of_sigmoid"""
    return binary_cross_entropy(fake.sigmoid(), torch.ones_like(fake))


def wrong_logits_of_sigmoid(*, fake, real=None):
    """gen_sigmoid_twice"""
    return binary_cross_entropy_with_logits(fake.sigmoid(), torch.ones_like(fake))


def wrong_zeros(*, fake, real=None):
    """gen_discriminators"""
    return binary_cross_entropy_with_logits(fake, torch.zeros_like(fake))


def wrong_one_minus(*, fake, real=None):
    """gen_one_minus_log"""
    return 1 - logsigmoid(fake).mean()


def wrong_hinge(*, fake, real=None):
    """gen_of_logit"""
    return -fake.mean()


def wrong_probability(*, fake, real=None):
    """gen_log_missing"""
    return -fake.sigmoid().mean()


def wrong_one_minus_probability(*, fake, real=None):
    """gen_one_minus_probability"""
    return (1 - fake.sigmoid()).mean()


def wrong_sum(*, fake, real=None):
    """gen_summed"""
    return -logsigmoid(fake).sum()


def wrong_no_mean(*, fake, real=None):
    """gen_no_mean"""
    return -logsigmoid(fake)


def wrong_first_axis(*, fake, real=None):
    return -logsigmoid(fake).mean(dim=0)


def wrong_loop(*, fake, real=None):
    """gen_loop"""
    return sum(softplus(-one) for one in fake) / len(fake)


def wrong_log_of_mean(*, fake, real=None):
    """gen_log_of_mean"""
    return -logsigmoid(fake.mean())


def wrong_log_of_mean_probability(*, fake, real=None):
    """gen_log_of_mean_probability"""
    return -torch.log(fake.sigmoid().mean())


def wrong_relativistic(*, fake, real=None):
    """gen_relativistic"""
    return softplus(-fake).mean() if real is None else softplus(real - fake).mean()


def wrong_with_real(*, fake, real=None):
    return softplus(-fake).mean() - (0 if real is None else logsigmoid(-real).mean())


def wrong_number(*, fake, real=None):
    return softplus(-fake).mean().item()


def wrong_detached(*, fake, real=None):
    return softplus(-fake.detach()).mean()


def wrong_double(*, fake, real=None):
    return softplus(-fake.double()).mean()


def wrong_no_real(*, fake):
    return softplus(-fake).mean()


def wrong_real_needed(*, fake, real):
    return softplus(-fake).mean()


def wrong_logits_logged(*, fake, real=None):
    """gen_probabilities"""
    return -torch.log(fake).mean()


def wrong_squared(*, fake, real=None):
    """gen_squares"""
    return (fake.sigmoid() - 1).square().mean()


def wrong_clipped(*, fake, real=None):
    """gen_capped"""
    return softplus(-fake.clamp(-20, 20)).mean()


def wrong_worst(*, fake, real=None):
    """gen_worst"""
    return softplus(-fake).max()


def wide(generator):
    kind = int(torch.randint(4, (), generator=generator))
    sizes = [(1,), (17,), (3, 2), (2, 1, 4)][kind]
    scale = 10 ** (3 * torch.rand((), generator=generator).item() - 1)
    return {"fake": scale * torch.randn(sizes, generator=generator)}
