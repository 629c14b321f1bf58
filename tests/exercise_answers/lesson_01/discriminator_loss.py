"""Answers to 01.discriminator_loss from outside the registry."""

import torch
from torch.nn.functional import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    logsigmoid,
    softplus,
)


def right_softplus(*, real, fake):
    return softplus(-real).mean() + softplus(fake).mean()


def right_bce(*, real, fake):
    on_real = binary_cross_entropy_with_logits(real, torch.ones_like(real))
    return on_real + binary_cross_entropy_with_logits(fake, torch.zeros_like(fake))


def right_logaddexp(*, real, fake):
    zero_real, zero_fake = torch.zeros_like(real), torch.zeros_like(fake)
    return torch.logaddexp(zero_real, -real).mean() + torch.logaddexp(zero_fake, fake).mean()


def right_sums(*, real, fake):
    return -(logsigmoid(real).sum() / real.numel() + logsigmoid(-fake).sum() / fake.numel())


class _Loss(torch.nn.Module):
    def forward(self, real, fake):
        log = torch.nn.LogSigmoid()
        return -torch.mean(log(real)) - torch.mean(log(torch.neg(fake)))


def right_module(*, real, fake):
    return _Loss()(real, fake)


def wrong_naive(*, real, fake):
    """disc_log_of_sigmoid"""
    return -torch.log(torch.sigmoid(real)).mean() - torch.log(1 - torch.sigmoid(fake)).mean()


def wrong_naive_negated(*, real, fake):
    """disc_exponential"""
    return -(torch.sigmoid(real).log().mean() + torch.sigmoid(-fake).log().mean())


def wrong_exp(*, real, fake):
    """disc_exponential"""
    return torch.log(1 + torch.exp(-real)).mean() + torch.log(1 + torch.exp(fake)).mean()


def wrong_l_minus_exp(*, real, fake):
    """disc_difference"""
    return -(real - torch.log(1 + torch.exp(real))).mean() + torch.log(1 + torch.exp(fake)).mean()


def wrong_clamped(*, real, fake):
    """disc_capped"""
    p, q = torch.sigmoid(real).clamp(1e-7, 1 - 1e-7), torch.sigmoid(fake).clamp(1e-7, 1 - 1e-7)
    return -p.log().mean() - (1 - q).log().mean()


def wrong_epsilon(*, real, fake):
    """disc_epsilon"""
    return -(torch.sigmoid(real) + 1e-8).log().mean() - (1 - torch.sigmoid(fake) + 1e-8).log().mean()


def wrong_epsilon_smaller(*, real, fake):
    """disc_capped"""
    return -(torch.sigmoid(real) + 1e-12).log().mean() - (1 - torch.sigmoid(fake) + 1e-12).log().mean()


def wrong_bce_of_sigmoid(*, real, fake):
    """disc_bce_of_sigmoid"""
    return binary_cross_entropy(real.sigmoid(), torch.ones_like(real)) + binary_cross_entropy(
        fake.sigmoid(), torch.zeros_like(fake)
    )


def wrong_logits_of_sigmoid(*, real, fake):
    """disc_sigmoid_twice"""
    on_real = binary_cross_entropy_with_logits(real.sigmoid(), torch.ones_like(real))
    return on_real + binary_cross_entropy_with_logits(fake.sigmoid(), torch.zeros_like(fake))


def wrong_concatenated(*, real, fake):
    """disc_one_batch"""
    logits = torch.cat([real.flatten(), fake.flatten()])
    labels = torch.cat([torch.ones(real.numel()), torch.zeros(fake.numel())]).to(logits)
    return binary_cross_entropy_with_logits(logits, labels)


def wrong_concatenated_twice(*, real, fake):
    """disc_twice_one_batch"""
    return 2 * wrong_concatenated(real=real, fake=fake)


def wrong_labels(*, real, fake):
    """disc_labels_swapped"""
    on_real = binary_cross_entropy_with_logits(real, torch.zeros_like(real))
    return on_real + binary_cross_entropy_with_logits(fake, torch.ones_like(fake))


def wrong_both_real(*, real, fake):
    """disc_fakes_as_real"""
    return -logsigmoid(real).mean() - logsigmoid(fake).mean()


def wrong_lost_minus(*, real, fake):
    """disc_second_added"""
    return -logsigmoid(real).mean() + logsigmoid(-fake).mean()


def wrong_upside_down(*, real, fake):
    """disc_wrong_sign"""
    return logsigmoid(real).mean() + logsigmoid(-fake).mean()


def wrong_one_minus(*, real, fake):
    """disc_one_minus_log"""
    return -logsigmoid(real).mean() - (1 - logsigmoid(fake)).mean()


def wrong_sum(*, real, fake):
    """disc_summed"""
    return -logsigmoid(real).sum() - logsigmoid(-fake).sum()


def wrong_no_mean(*, real, fake):
    """disc_no_mean"""
    return -logsigmoid(real) - logsigmoid(-fake)


def wrong_mean_of_two(*, real, fake):
    """disc_halved"""
    return 0.5 * (-logsigmoid(real).mean() - logsigmoid(-fake).mean())


def wrong_first_axis(*, real, fake):
    return -logsigmoid(real).mean(0) - logsigmoid(-fake).mean(0)


def wrong_loop(*, real, fake):
    """disc_loop"""
    total = 0
    for one in real:
        total = total - logsigmoid(one) / len(real)
    for one in fake:
        total = total - logsigmoid(-one) / len(fake)
    return total


def wrong_len(*, real, fake):
    """disc_one_count"""
    return -logsigmoid(real).sum() / len(real.reshape(-1, 1)) - logsigmoid(-fake).sum() / len(
        real.reshape(-1, 1)
    )


def wrong_number(*, real, fake):
    return right_softplus(real=real, fake=fake).item()


def wrong_tensor_of_number(*, real, fake):
    return torch.tensor(right_softplus(real=real, fake=fake).item())


def wrong_detached_fake(*, real, fake):
    """disc_fakes_cut_off"""
    return right_softplus(real=real, fake=fake.detach())


def wrong_double(*, real, fake):
    return right_softplus(real=real.double(), fake=fake.double())


def wrong_single(*, real, fake):
    return right_softplus(real=real.float(), fake=fake.float())


def wrong_squared(*, real, fake):
    """disc_squares"""
    return ((real.sigmoid() - 1) ** 2).mean() + (fake.sigmoid() ** 2).mean()


def wrong_constant(*, real, fake):
    return right_softplus(real=real, fake=fake) + 0.01


def wrong_median(*, real, fake):
    return softplus(-real).median() + softplus(fake).median()


def wrong_clipped_logits(*, real, fake):
    """disc_capped"""
    return right_softplus(real=real.clamp(-50, 50), fake=fake.clamp(-50, 50))


def wide(generator):
    kind = int(torch.randint(4, (), generator=generator))
    sizes = [(1,), (17,), (3, 2), (2, 1, 4)][kind]
    scale = 10 ** (3 * torch.rand((), generator=generator).item() - 1)
    return {name: scale * torch.randn(sizes, generator=generator) for name in ("real", "fake")}
