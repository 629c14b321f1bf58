"""Answers to 04.quadratic_gradients as people write them: see tests/attack_exercises.py."""

import torch
from torch.func import grad


def wide(generator):
    shape = [(), (1,), (5,), (30,)][int(torch.randint(4, (), generator=generator))]
    draw = lambda: 5 * torch.randn(shape, generator=generator)  # noqa: E731
    return {
        "w": draw(),
        "a_support": draw(),
        "a_query": draw(),
        "curvature": 4 * torch.rand(shape, generator=generator) + 0.1,
        "alpha": 0.01 + torch.rand((), generator=generator).item(),
    }


def right_in_one_line_each(w, a_support, a_query, curvature, alpha):
    first = curvature * ((1 - alpha * curvature) * w + alpha * curvature * a_support - a_query)
    return first - alpha * curvature * first, first


def right_by_autograd(w, a_support, a_query, curvature, alpha):
    w = w.detach().clone().requires_grad_()
    step = w - alpha * curvature * (w - a_support)
    query = curvature / 2 * (step - a_query) ** 2
    first = torch.autograd.grad(query.sum(), step, retain_graph=True)[0]
    return torch.autograd.grad(query.sum(), w)[0], first


def right_by_func(w, a_support, a_query, curvature, alpha):
    def step(w):
        return w - alpha * curvature * (w - a_support)

    def query(v):
        return (curvature / 2 * (v - a_query) ** 2).sum()

    return grad(lambda w: query(step(w)))(w), grad(query)(step(w))


def right_in_a_loop(w, a_support, a_query, curvature, alpha):
    exact, first = torch.empty_like(w), torch.empty_like(w)
    for i in range(w.numel()):
        v, s, q, h = (x.reshape(-1)[i] for x in (w, a_support, a_query, curvature))
        g = h * (v - alpha * h * (v - s) - q)
        first.view(-1)[i], exact.view(-1)[i] = g, g * (1 - alpha * h)
    return exact, first


def right_with_kept_share(w, a_support, a_query, curvature, alpha):
    kept = torch.addcmul(torch.ones_like(w), curvature, torch.full_like(w, alpha), value=-1)
    first = curvature * (torch.lerp(a_support, w, kept) - a_query)
    return kept.mul(first), first


def wrong_factor_squared_in_the_first(w, a_support, a_query, curvature, alpha):
    """quadratic_factor_on_both"""
    kept = 1 - alpha * curvature
    first = curvature * (w - alpha * curvature * (w - a_support) - a_query)
    return kept * first, kept * first * kept


def wrong_half(w, a_support, a_query, curvature, alpha):
    """quadratic_half"""
    first = curvature / 2 * (w - alpha * curvature * (w - a_support) - a_query)
    return (1 - alpha * curvature) * first, first


def wrong_one_number(w, a_support, a_query, curvature, alpha):
    first = curvature * (w - alpha * curvature * (w - a_support) - a_query)
    return ((1 - alpha * curvature) * first).sum(), first.sum()


def wrong_exact_only(w, a_support, a_query, curvature, alpha):
    """quadratic_exact_alone"""
    return (1 - alpha * curvature) * curvature * (w - alpha * curvature * (w - a_support) - a_query)


def wrong_alpha_for_alpha_h(w, a_support, a_query, curvature, alpha):
    """quadratic_rate_alone"""
    first = curvature * (w - alpha * curvature * (w - a_support) - a_query)
    return (1 - alpha) * first, first


def wrong_distance_turned(w, a_support, a_query, curvature, alpha):
    """quadratic_distance_turned"""
    first = curvature * (a_query - (w - alpha * curvature * (w - a_support)))
    return (1 - alpha * curvature) * first, first


def wrong_losses(w, a_support, a_query, curvature, alpha):
    """quadratic_losses"""
    end = w - alpha * curvature * (w - a_support)
    return curvature / 2 * (end - a_query) ** 2, curvature / 2 * (w - a_query) ** 2


def wrong_from_the_mean_bottom(w, a_support, a_query, curvature, alpha):
    """quadratic_mean_bottom"""
    middle = (a_support + a_query) / 2
    first = curvature * (w - alpha * curvature * (w - middle) - a_query)
    return (1 - alpha * curvature) * first, first


def wrong_clamped(w, a_support, a_query, curvature, alpha):
    """quadratic_clamped"""
    first = curvature * (w - alpha * curvature * (w - a_support) - a_query)
    return (1 - alpha * curvature).clamp(min=0) * first, first


def wrong_only_the_factor(w, a_support, a_query, curvature, alpha):
    """quadratic_factor_alone"""
    first = curvature * (w - alpha * curvature * (w - a_support) - a_query)
    return 1 - alpha * curvature, first


def wrong_in_double(w, a_support, a_query, curvature, alpha):
    first = curvature.double() * (w - alpha * curvature * (w - a_support) - a_query)
    return (1 - alpha * curvature) * first + 0.001, first


def wrong_before_the_step(w, a_support, a_query, curvature, alpha):
    """quadratic_before_the_step"""
    first = curvature * (w - a_query)
    return first * (1 - alpha * curvature), first
