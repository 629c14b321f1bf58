"""Answers to 01.generator_slopes from outside the registry."""

import torch
from torch.nn.functional import logsigmoid


def right_tanh(logit):
    half = (1 + torch.tanh(logit / 2)) / 2
    return -half, half - 1


def right_mirror(logit):
    return -torch.sigmoid(logit), -torch.sigmoid(-logit)


def right_autograd(logit):
    leaf = logit.detach().clone().requires_grad_()
    first = torch.autograd.grad(logsigmoid(-leaf).sum(), leaf)[0]
    return first, torch.autograd.grad(-logsigmoid(leaf).sum(), leaf)[0]


def right_list(logit):
    d = logit.sigmoid()
    return [-d, -(1 - d)]


def right_func(logit):
    def slope(f):
        return torch.func.grad(lambda x: f(x).sum())(logit)

    return slope(lambda x: logsigmoid(-x)), slope(lambda x: -logsigmoid(x))


def wrong_exchanged(logit):
    """slopes_exchanged"""
    d = torch.sigmoid(logit)
    return d - 1, -d


def wrong_signs(logit):
    """slopes_upside_down"""
    d = torch.sigmoid(logit)
    return d, 1 - d


def wrong_first_sign(logit):
    """slopes_first_up"""
    d = torch.sigmoid(logit)
    return d, d - 1


def wrong_second_sign(logit):
    """slopes_second_up"""
    d = torch.sigmoid(logit)
    return -d, 1 - d


def wrong_one_lost(logit):
    """slopes_equal_minimax"""
    d = torch.sigmoid(logit)
    return -d, -d


def wrong_plus_one(logit):
    """slopes_lost_one"""
    d = torch.sigmoid(logit)
    return -d, -d - 1


def wrong_same(logit):
    """slopes_equal"""
    d = torch.sigmoid(logit)
    return d - 1, d - 1


def wrong_of_d(logit):
    """slopes_by_probability"""
    d = torch.sigmoid(logit)
    return -1 / (1 - d), -1 / d


def wrong_only_d(logit):
    """slopes_only_the_sigmoids"""
    d = torch.sigmoid(logit)
    return -d * (1 - d), -d * (1 - d)


def wrong_uncancelled(logit):
    """slopes_by_exponential or slopes_not_cancelled"""
    d = torch.sigmoid(logit)
    return -1 / (1 - d) * d * (1 - d), -1 / d * d * (1 - d)


def wrong_twice(logit):
    """slopes_factor_twice"""
    d = torch.sigmoid(logit)
    return -d * d * (1 - d), -(1 - d) * d * (1 - d)


def wrong_square(logit):
    """slopes_squared"""
    d = torch.sigmoid(logit)
    return -(d**2), -((1 - d) ** 2)


def wrong_values(logit):
    """slopes_are_values"""
    return logsigmoid(-logit), -logsigmoid(logit)


def wrong_exp(logit):
    """slopes_by_exponential or slopes_not_cancelled"""
    e = torch.exp(logit)
    return -e / (1 + e), -1 / (1 + e)


def wrong_stacked(logit):
    d = torch.sigmoid(logit)
    return torch.stack([-d, d - 1])


def wrong_summed(logit):
    """slopes_summed"""
    d = torch.sigmoid(logit)
    return (-d).sum(), (d - 1).sum()


def wrong_mean(logit):
    """slopes_averaged"""
    d = torch.sigmoid(logit)
    return -d / logit.numel(), (d - 1) / logit.numel()


def wrong_numbers(logit):
    return tuple(-one.sigmoid() for one in logit), tuple(one.sigmoid() - 1 for one in logit)


def wrong_loop(logit):
    """slopes_loop"""
    return (
        torch.stack([-one.sigmoid() for one in logit]),
        torch.stack([one.sigmoid() - 1 for one in logit]),
    )


def wrong_items(logit):
    return (
        torch.tensor([-torch.sigmoid(one).item() for one in logit.flatten()]),
        torch.tensor([torch.sigmoid(one).item() - 1 for one in logit.flatten()]),
    )


def wrong_differences(logit):
    h = 0.1
    return tuple((f(logit + h) - f(logit)) / h for f in (lambda x: logsigmoid(-x), lambda x: -logsigmoid(x)))


def wrong_no_sigmoid(logit):
    """slopes_of_the_logit"""
    return -logit, logit - 1


def wrong_one_only(logit):
    return -torch.sigmoid(logit)


def wrong_three(logit):
    d = torch.sigmoid(logit)
    return -d, d - 1, d


def wrong_losses(logit):
    """slopes_naive_values"""
    d = torch.sigmoid(logit)
    return torch.log(1 - d), -torch.log(d)


def wide(generator):
    kind = int(torch.randint(4, (), generator=generator))
    sizes = [(1,), (17,), (3, 2), (2, 1, 4)][kind]
    scale = 10 ** (3 * torch.rand((), generator=generator).item() - 1)
    return {"logit": scale * torch.randn(sizes, generator=generator)}
