"""Answers to 07.resting_place as people write them: see tests/attack_exercises.py."""

import torch


def wide(generator):
    t, k = (
        int(torch.randint(1, 8, (), generator=generator)),
        int(torch.randint(1, 9, (), generator=generator)),
    )
    return {
        "curvature": 0.1 + 2 * torch.rand(t, generator=generator),
        "bottom": 5 * torch.randn(t, generator=generator),
        "alpha": 0.05 + 0.4 * torch.rand((), generator=generator).item(),
        "n_steps": k,
    }


def right_as_average(curvature, bottom, alpha, n_steps):
    gone = 1 - torch.pow(1 - alpha * curvature, n_steps)
    weights = gone / gone.sum()
    return weights @ bottom


def right_in_a_loop(curvature, bottom, alpha, n_steps):
    top, below = 0.0, 0.0
    for h, c in zip(curvature.tolist(), bottom.tolist(), strict=True):
        left = 1.0
        for _ in range(n_steps):
            left *= 1 - alpha * h
        top += (1 - left) * c
        below += 1 - left
    return torch.tensor(top / below)


def right_geometric_sum(curvature, bottom, alpha, n_steps):
    """1 - q^K = (1 - q)(1 + q + ... + q^(K-1)), 1 - q = alpha h."""
    q = 1 - alpha * curvature
    pull = alpha * curvature * sum(q**k for k in range(n_steps))
    return (pull * bottom).sum().div(pull.sum())


def right_by_iteration(curvature, bottom, alpha, n_steps):
    w = bottom.double().mean()
    for _ in range(4000):
        ends = bottom.double() + (1 - alpha * curvature.double()) ** n_steps * (w - bottom.double())
        w = w + 2.0 * (ends.mean() - w) / (1 - (1 - alpha * curvature.double()) ** n_steps).max()
    return w.float()


def right_by_newton(curvature, bottom, alpha, n_steps):
    left = (1 - alpha * curvature) ** n_steps
    at_zero = (bottom - left * bottom).mean()
    return at_zero / (1 - left).mean()


def wrong_joint(curvature, bottom, alpha, n_steps):
    """rest_joint"""
    return torch.dot(curvature, bottom) / curvature.sum()


def wrong_mean(curvature, bottom, alpha, n_steps):
    """rest_plain_mean"""
    return bottom.sum() / len(bottom)


def wrong_left(curvature, bottom, alpha, n_steps):
    """rest_what_is_left"""
    w = (1 - alpha * curvature).pow(n_steps)
    return (w * bottom).sum() / w.sum()


def wrong_unnormalised(curvature, bottom, alpha, n_steps):
    """rest_not_divided"""
    return ((1 - (1 - alpha * curvature) ** n_steps) * bottom).sum()


def wrong_mean_of_products(curvature, bottom, alpha, n_steps):
    """rest_divided_by_count"""
    return ((1 - (1 - alpha * curvature) ** n_steps) * bottom).mean()


def wrong_one_more(curvature, bottom, alpha, n_steps):
    """rest_a_step_more"""
    w = 1 - (1 - alpha * curvature) ** (1 + n_steps)
    return (w * bottom).sum() / w.sum()


def wrong_power(curvature, bottom, alpha, n_steps):
    """rest_power_outside"""
    w = (alpha * curvature) ** n_steps
    return (w * bottom).sum() / w.sum()


def wrong_flow(curvature, bottom, alpha, n_steps):
    """rest_exponential"""
    w = 1 - (-alpha * curvature * n_steps).exp()
    return (w * bottom).sum() / w.sum()


def wrong_long_step(curvature, bottom, alpha, n_steps):
    """rest_joint"""
    w = n_steps * alpha * curvature
    return (w * bottom).sum() / w.sum()


def wrong_maml(curvature, bottom, alpha, n_steps):
    """rest_adapted_loss"""
    w = curvature * ((1 - alpha * curvature) ** n_steps) ** 2
    return (w * bottom).sum() / w.sum()


def wrong_fomaml(curvature, bottom, alpha, n_steps):
    """rest_last_slopes"""
    w = curvature * (1 - alpha * curvature) ** n_steps
    return (w * bottom).sum() / w.sum()


def wrong_zero(curvature, bottom, alpha, n_steps):
    return torch.zeros(())


def wrong_median(curvature, bottom, alpha, n_steps):
    return bottom.median() + 1
