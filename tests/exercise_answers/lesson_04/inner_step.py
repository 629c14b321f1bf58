"""Answers to 04.inner_step as people write them: see tests/attack_exercises.py."""

import torch
from torch.func import functional_call, grad, grad_and_value, vjp  # noqa: F401 - some answers import too much

from metagan_course.inner import adapt
from metagan_course.steps import sgd


def wide(generator):
    n, width = (int(torch.randint(1, 30, (), generator=generator)) for _ in range(2))

    def loss(w, points):
        return (torch.sin(points[:, :1] * w["a"]) @ w["b"] + w["c"] - points[:, 1]).abs().pow(1.5).mean()

    shapes = {"a": (width,), "b": (width,), "c": ()}
    w = {name: torch.randn(shape, generator=generator) for name, shape in shapes.items()}
    points = torch.randn(n, 2, generator=generator)
    alpha = torch.rand((), generator=generator).item()
    return {"loss": loss, "w": w, "support": points, "alpha": alpha}


def right_with_items(loss, w, support, alpha):
    slopes = grad(loss)(w, support)
    new = {}
    for (name, value), slope in zip(w.items(), slopes.values(), strict=True):
        new[name] = value.sub(slope, alpha=alpha)
    return new


def right_through_vjp(loss, w, support, alpha):
    value, back = vjp(loss, w, support)
    return {name: w[name] - alpha * slope for name, slope in back(torch.ones_like(value))[0].items()}


def right_with_grad_and_value(loss, w, support, alpha):
    gradient, _ = grad_and_value(loss, argnums=0)(w, support)
    return dict((name, torch.add(w[name], gradient[name], alpha=-alpha)) for name in w)  # noqa: C402


def right_by_the_package(loss, w, support, alpha):
    return adapt(loss, w, support, sgd(alpha), 1)


def right_scaled_loss(loss, w, support, alpha):
    down = grad(lambda weights: -alpha * loss(weights, support))(w)
    return {name: w[name] + down[name] for name in sorted(w)}


def wrong_half_a_step(loss, w, support, alpha):
    """inner_half_a_step"""
    gradient = grad(loss)(w, support)
    return {name: w[name] - alpha / 2 * gradient[name] for name in w}


def wrong_pair(loss, w, support, alpha):
    """inner_pair"""
    gradient = grad(loss)(w, support)
    return {name: w[name] - alpha * gradient[name] for name in w}, gradient


def wrong_list(loss, w, support, alpha):
    """inner_without_names"""
    gradient = grad(loss)(w, support)
    return [w[name] - alpha * gradient[name] for name in w]


def wrong_drops_a_name(loss, w, support, alpha):
    gradient = grad(loss)(w, support)
    return {name: w[name] - alpha * gradient[name] for name in list(w)[1:]}


def wrong_first_half_of_the_points(loss, w, support, alpha):
    """inner_half_the_points"""
    gradient = grad(loss)(w, support[: len(support) // 2])
    return {name: w[name] - alpha * gradient[name] for name in w}


def wrong_clipped(loss, w, support, alpha):
    gradient = grad(loss)(w, support)
    return {name: w[name] - alpha * gradient[name].clamp(-0.1, 0.1) for name in w}


def wrong_mean_slope(loss, w, support, alpha):
    """inner_mean_slope"""
    gradient = grad(loss)(w, support)
    return {name: w[name] - alpha * gradient[name].mean() for name in w}


def wrong_shrinks_the_weights(loss, w, support, alpha):
    """inner_shrinks"""
    gradient = grad(loss)(w, support)
    return {name: (1 - alpha) * w[name] - alpha * gradient[name] for name in w}


def wrong_rate_of_the_lesson(loss, w, support, alpha):
    """inner_fixed_rate"""
    gradient = grad(loss)(w, support)
    return {name: w[name] - 0.02 * gradient[name] for name in w}


def wrong_one_after_another(loss, w, support, alpha):
    """inner_one_after_another"""
    new = dict(w)
    for name in w:
        new[name] = new[name] - alpha * grad(loss)(new, support)[name]
    return new


def wrong_live_leaves(loss, w, support, alpha):
    """inner_cut"""
    leaves = {name: value.detach().clone().requires_grad_() for name, value in w.items()}
    loss(leaves, support).backward()
    return {name: (value - alpha * value.grad).detach() for name, value in leaves.items()}


def wrong_rounded(loss, w, support, alpha):
    gradient = grad(loss)(w, support)
    return {name: (w[name] - alpha * gradient[name]).mul(100).round() / 100 for name in w}


def wrong_uphill(loss, w, support, alpha):
    """inner_uphill"""
    gradient = grad(loss)(w, support)
    return {name: w[name] + alpha * gradient[name] for name in w}
