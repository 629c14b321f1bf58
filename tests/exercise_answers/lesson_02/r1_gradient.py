"""Answers to 02.r1_gradient as people write them: see tests/attack_exercises.py."""

import torch
from torch.func import grad


def wide(generator):
    n = int(torch.randint(1, 9, (), generator=generator))
    return {
        "theta": 5 * torch.randn(n, generator=generator),
        "gamma": 10 * torch.rand((), generator=generator).item(),
    }


def right_by_grad(theta, gamma):
    return grad(lambda t: gamma / 2 * (t * t).sum())(theta)


def right_by_autograd(theta, gamma):
    t = theta.detach().clone().requires_grad_()
    (gamma / 2 * t.pow(2).sum()).backward()
    return t.grad


def right_in_a_loop(theta, gamma):
    return torch.stack([gamma * one for one in theta.reshape(-1)]).reshape(theta.shape)


def right_product_rule(theta, gamma):
    return gamma / 2 * theta + gamma / 2 * theta


def right_by_the_slope_of_d(theta, gamma):
    x = torch.ones_like(theta)
    slope = grad(lambda x: (x * theta).sum())(x)
    return slope * gamma


def wrong_half_kept(theta, gamma):
    """half"""
    return 0.5 * gamma * theta


def wrong_no_half(theta, gamma):
    """twice"""
    return grad(lambda t: gamma * (t * t).sum())(theta)


def wrong_value(theta, gamma):
    """the_penalty"""
    return gamma * theta.pow(2).sum() / 2


def wrong_descent(theta, gamma):
    """downhill"""
    return theta * -gamma


def wrong_gamma_squared(theta, gamma):
    return gamma**2 * theta


def wrong_cubed(theta, gamma):
    return gamma * theta**3


def wrong_norm(theta, gamma):
    """of_the_length"""
    return gamma * theta / theta.norm()


def wrong_mean(theta, gamma):
    """averaged"""
    return grad(lambda t: gamma / 2 * (t * t).mean() * 1.0)(theta)


def wrong_decay_step(theta, gamma):
    return (1 - gamma) * theta


def wrong_no_gamma(theta, gamma):
    """without_gamma"""
    return theta * 1.0


def wrong_penalty_one(theta, gamma):
    return gamma * (theta.norm() - 1) * theta / theta.norm()


def wrong_summed(theta, gamma):
    return gamma * theta.sum()
