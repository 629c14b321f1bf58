"""Answers to 05.anil_step as people write them: see tests/attack_exercises.py."""

import torch

from metagan_course.steps import Step, only, sgd


def right_by_name(params, alpha):
    return only(["head.weight", "head.bias"], sgd(alpha))


def right_by_last_two(params, alpha):
    return only(list(params)[-2:], sgd(alpha))


def right_by_filter(params, alpha):
    return only(filter(lambda name: "head" in name, params), sgd(lr=alpha))


def right_by_set(params, alpha):
    head = {name for name in params.keys() if name.split(".")[0] == "head"}
    return only(head, sgd(alpha))


def right_with_a_tensor_rate(params, alpha):
    return only([name for name in params if name.startswith("head")], sgd(torch.tensor(alpha)))


def right_by_hand(params, alpha):
    names = ["head.weight", "head.bias"]

    def update(weights, gradient, state):
        return {**weights, **{n: weights[n] - alpha * gradient[n] for n in names}}, state

    return Step(update, moves=lambda weights: names)


def wrong_everything(params, alpha):
    """anil_everything"""
    return only(list(params), sgd(alpha))


def wrong_not_head(params, alpha):
    """anil_body"""
    return only([name for name in params if "head" not in name], sgd(alpha))


def wrong_one_name(params, alpha):
    """anil_no_bias"""
    return only({"head.weight"}, sgd(alpha))


def wrong_rate_halved(params, alpha):
    return only(["head.weight", "head.bias"], sgd(alpha / 2))


def wrong_the_names(params, alpha):
    return [name for name in params if name.startswith("head.")]


def wrong_the_weights(params, alpha):
    return {name: w for name, w in params.items() if name.startswith("head.")}


def wrong_plain(params, alpha):
    """anil_everything"""
    return sgd(alpha)


def wrong_unknown_names(params, alpha):
    return only(["head"], sgd(alpha))


def wrong_first_layer(params, alpha):
    return only([name for name in params if name.startswith("convs.0")], sgd(alpha))


def wrong_climbs(params, alpha):
    """anil_uphill"""
    return only([name for name in params if "head" in name], sgd(-alpha))


def wrong_squared_rate(params, alpha):
    return only(["head.weight", "head.bias"], sgd(alpha**2))


def wrong_by_hand_differentiates_all(params, alpha):
    """anil_zero_rates"""

    def update(weights, gradient, state):
        head = {n: weights[n] - alpha * gradient[n] for n in ("head.weight", "head.bias")}
        return {**weights, **head}, state

    return Step(update)
