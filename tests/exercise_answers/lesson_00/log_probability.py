"""Answers to 00.log_probability as people write them: see tests/attack_exercises.py."""

import torch
from torch.nn import functional as F

from metagan_course.exercises.declare import with_gradient

look = with_gradient("logit")


def wide(generator):
    pick = int(torch.randint(6, (), generator=generator))
    shape = [(6,), (), (2, 3), (1,), (3, 1, 2), (40,)][pick]
    scale = [1.0, 10.0, 60.0, 300.0][int(torch.randint(4, (), generator=generator))]
    return {"logit": scale * torch.randn(shape, generator=generator)}


def right_logsigmoid(logit):
    return F.logsigmoid(logit)


def right_logaddexp(logit):
    return -torch.logaddexp(torch.zeros_like(logit), -logit)


def right_by_minus_abs(logit):
    return logit.clamp(max=0) - torch.log1p(torch.exp(-logit.abs()))


def right_where(logit):
    below = logit - torch.log1p(torch.exp(logit.clamp(max=0)))
    return torch.where(logit < 0, below, -torch.log1p(torch.exp(-logit.clamp(min=0))))


def right_bce(logit):
    return -F.binary_cross_entropy_with_logits(logit, torch.ones_like(logit), reduction="none")


def wrong_flattened(logit):
    return F.logsigmoid(logit).flatten()


def wrong_in_a_loop(logit):
    return torch.stack([F.logsigmoid(one) for one in logit])


def wrong_overflows(logit):
    """logit_naive"""  # exp overflows inside the sigmoid too: nothing tells the two apart
    return -torch.log(1 + torch.exp(-logit))


def wrong_overflows_on_the_right(logit):
    """logit_overflows_above"""
    return logit - torch.log(1 + torch.exp(logit))


def wrong_clamped(logit):
    """logit_padded"""
    return F.logsigmoid(logit.clamp(-50, 50))


def wrong_detached(logit):
    """logit_rounded"""
    return F.logsigmoid(logit.detach())


def wrong_mean(logit):
    """logit_mean"""
    return F.logsigmoid(logit).mean()


def wrong_base_two(logit):
    """logit_base_two"""
    return F.logsigmoid(logit) / torch.log(torch.tensor(2.0))


def wrong_softmax(logit):
    """logit_as_classes"""
    return F.log_softmax(logit, dim=-1) if logit.ndim else logit * 0


def wrong_in_double(logit):
    return F.logsigmoid(logit.double())


def wrong_one_minus_logsigmoid(logit):
    return 1 - F.logsigmoid(logit)


def wrong_tanh(logit):
    return torch.log((1 + torch.tanh(logit)) / 2)


def wrong_nan_to_num(logit):
    """logit_cut_after"""
    return torch.log(torch.sigmoid(logit)).nan_to_num(neginf=-100.0)


def wrong_clamped_after(logit):
    """logit_cut_after"""
    return torch.log(torch.sigmoid(logit)).clamp(min=-50)


def wrong_where_of_both(logit):
    """logit_where"""
    small = logit < 0
    return torch.where(small, logit - (1 + logit.exp()).log(), -(1 + (-logit).exp()).log())
