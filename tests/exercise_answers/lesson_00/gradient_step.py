"""Answers to 00.gradient_step as people write them: see tests/attack_exercises.py."""

import functools

import torch
from torch.utils._pytree import tree_map


def wide(generator):
    shapes = [{"a": (3,)}, {"a": ()}, {"w": (2, 3), "b": (3,)}, {"x": (1, 2, 2), "y": (0,), "z": (4,)}]
    chosen = shapes[int(torch.randint(len(shapes), (), generator=generator))]
    draw = lambda scale: {n: scale * torch.randn(s, generator=generator) for n, s in chosen.items()}  # noqa: E731
    alpha = [0.0, 1.0, 3.0, -0.5, 1e-3][int(torch.randint(5, (), generator=generator))]
    return {"weights": draw(3.0), "gradient": draw(10.0), "alpha": alpha}


def right_in_a_loop(weights, gradient, alpha):
    moved = {}
    for name in weights:
        moved[name] = weights[name] - gradient[name] * alpha
    return moved


def right_by_torch_sub(weights, gradient, alpha):
    return {name: torch.sub(weights[name], gradient[name], alpha=alpha) for name in weights}


def right_from_zip(weights, gradient, alpha):
    steps = [w - alpha * gradient[name] for name, w in weights.items()]
    return dict(zip(weights, steps, strict=True))


def right_on_clones(weights, gradient, alpha):
    moved = {name: w.clone() for name, w in weights.items()}
    for name in moved:
        moved[name] -= alpha * gradient[name]
    return moved


def _one(alpha, w, g):
    return torch.lerp(w, w - g, alpha)


right_as_a_partial = functools.partial(
    lambda one, weights, gradient, alpha: tree_map(lambda w, g: one(alpha, w, g), weights, gradient), _one
)


def wrong_half_a_step(weights, gradient, alpha):
    return {name: w - alpha / 2 * gradient[name] for name, w in weights.items()}


def wrong_first_weight_only(weights, gradient, alpha):
    first = next(iter(weights))
    return {n: w - alpha * gradient[n] if n == first else w for n, w in weights.items()}


def wrong_unit_length(weights, gradient, alpha):
    """step_normed"""
    return {n: w - alpha * gradient[n] / (gradient[n].norm() + 1e-12) for n, w in weights.items()}


def wrong_clipped(weights, gradient, alpha):
    return {n: w - alpha * gradient[n].clamp(-1, 1) for n, w in weights.items()}


def wrong_in_one_list(weights, gradient, alpha):
    return [w - alpha * gradient[n] for n, w in weights.items()]


def wrong_flattened(weights, gradient, alpha):
    return {n: (w - alpha * gradient[n]).flatten() for n, w in weights.items()}


def wrong_in_double(weights, gradient, alpha):
    return {n: w.double() - alpha * gradient[n].double() for n, w in weights.items()}


def wrong_mean_gradient(weights, gradient, alpha):
    """step_averaged"""
    return {n: w - alpha * gradient[n].mean() for n, w in weights.items()}


def wrong_rounded(weights, gradient, alpha):
    return {n: torch.round(w - alpha * gradient[n], decimals=2) for n, w in weights.items()}


def wrong_names_of_its_own(weights, gradient, alpha):
    return {f"new {n}": w - alpha * gradient[n] for n, w in weights.items()}


def wrong_returns_the_old_dict(weights, gradient, alpha):
    for n in list(weights):
        weights[n] = weights[n] - alpha * gradient[n]
    return weights


wrong_returns_the_old_dict.__doc__ = "step_old_dictionary"


def wrong_fills_a_second_name_of_it(weights, gradient, alpha):
    """step_old_dictionary"""
    moved = weights
    moved.update({n: w - alpha * gradient[n] for n, w in weights.items()})
    return moved


def wrong_in_a_shallow_copy(weights, gradient, alpha):
    """step_in_place"""
    moved = dict(weights)
    for n in moved:
        moved[n].sub_(gradient[n], alpha=alpha)
    return moved


def wrong_whole_dictionaries(weights, gradient, alpha):
    """step_whole_dictionaries"""
    step = alpha * gradient
    return weights - step


def wrong_zip_of_names(weights, gradient, alpha):
    """step_zipped"""
    moved = {}
    for w, g in zip(weights, gradient):  # noqa: B905
        moved[w] = w - alpha * g
    return moved


def wrong_rate_of_its_own(weights, gradient, alpha):
    """step_tenth"""
    rate = 0.1
    return {n: w - rate * gradient[n] for n, w in weights.items()}


def right_detached(weights, gradient, alpha):
    return {n: w.detach() - alpha * gradient[n].detach() for n, w in weights.items()}


def right_without_a_graph(weights, gradient, alpha):
    with torch.no_grad():
        return {n: w - float(alpha) * gradient[n] for n, w in weights.items()}
