"""Answers to 09.map_step as people write them: see tests/attack_exercises.py."""

import math

import torch

from metagan_course.steps import Step


def right_plain(net, shape=(16, 7, 7)):
    def init(weights):
        return None, torch.zeros(shape, dtype=weights["code"].dtype), 0

    def update(weights, gradient, state):
        first, last, t = state
        g = gradient["code"].view(shape)
        if first is None:
            first = g
        u = net(g, first, last, t)
        new = dict(weights)
        new["code"] = weights["code"] + u.reshape(-1)
        return new, (first, u, t + 1)

    return Step(update, init)


def right_dict_state(net, shape=(16, 7, 7)):
    def init(weights):
        return {"first": None, "last": weights["code"].new_zeros(math.prod(shape)), "t": 0}

    def update(weights, gradient, state):
        g = gradient["code"].unflatten(0, shape)
        first = g if state["t"] == 0 else state["first"]
        u = net(g, first, state["last"].reshape(shape), state["t"]).flatten()
        return weights | {"code": weights["code"] + u}, {"first": first, "last": u, "t": state["t"] + 1}

    return Step(update=update, init=init)


def right_history(net, shape=(16, 7, 7)):
    def update(weights, gradient, state):
        gradients, updates = state
        gradients = (*gradients, gradient["code"].reshape(shape))
        last = updates[-1] if updates else torch.zeros_like(gradients[0])
        u = net(gradients[-1], gradients[0], last, len(updates))
        code = torch.add(weights["code"], u.flatten())
        return {n: code if n == "code" else w for n, w in weights.items()}, (gradients, (*updates, u))

    return Step(update, lambda weights: ((), ()))


def right_moves_named(net, shape=(16, 7, 7)):
    def update(weights, gradient, state):
        g = torch.reshape(gradient["code"], shape)
        first, last, t = state or (g, torch.zeros_like(g), 0)
        u = net(g, first, last, t)
        return {**weights, "code": (weights["code"].reshape(shape) + u).flatten()}, (first, u, t + 1)

    return Step(update, lambda weights: (), lambda weights: ["code"])


class _Rule:
    def __init__(self, net, shape):
        self.net, self.shape = net, shape

    def init(self, weights):
        return None, None, 0

    def update(self, weights, gradient, state):
        first, last, t = state
        g = gradient["code"].reshape(*self.shape)
        first = first if t else g
        last = last if t else 0 * g
        change = self.net(g, first, last, t)
        return {**weights, "code": weights["code"] + change.ravel()}, (first, change, t + 1)


def right_class(net, shape=(16, 7, 7)):
    rule = _Rule(net, shape)
    return Step(rule.update, rule.init)


def _broken(net, shape, change):
    def init(weights):
        return {"first": None, "last": weights["code"].new_zeros(shape), "t": 0}

    def update(weights, gradient, state):
        g = gradient["code"].reshape(shape)
        first = g if state["first"] is None else state["first"]
        told = {"g": g, "first": first, "last": state["last"], "t": state["t"], "weights": weights}
        return change(told, net)

    return Step(update, init)


def _new(told, u):
    return {**told["weights"], "code": told["weights"]["code"] + u.flatten()}


def wrong_minus(net, shape=(16, 7, 7)):
    """minus"""

    def change(told, net):
        u = net(told["g"], told["first"], told["last"], told["t"])
        return _new(told, -u), {"first": told["first"], "last": -u, "t": told["t"] + 1}

    return _broken(net, shape, change)


def wrong_minus_but_keeps_u(net, shape=(16, 7, 7)):
    """minus"""

    def change(told, net):
        u = net(told["g"], told["first"], told["last"], told["t"])
        return _new(told, -u), {"first": told["first"], "last": u, "t": told["t"] + 1}

    return _broken(net, shape, change)


def wrong_only_code(net, shape=(16, 7, 7)):
    """code_alone"""

    def change(told, net):
        u = net(told["g"], told["first"], told["last"], told["t"])
        new = {"code": _new(told, u)["code"]}
        return new, {"first": told["first"], "last": u, "t": told["t"] + 1}

    return _broken(net, shape, change)


def wrong_keeps_gradient(net, shape=(16, 7, 7)):
    """last_gradient"""

    def change(told, net):
        u = net(told["g"], told["first"], told["last"], told["t"])
        return _new(told, u), {"first": told["first"], "last": told["g"], "t": told["t"] + 1}

    return _broken(net, shape, change)


def wrong_first_not_kept(net, shape=(16, 7, 7)):
    """first_is_now"""

    def change(told, net):
        u = net(told["g"], told["g"], told["last"], told["t"])
        return _new(told, u), {"first": None, "last": u, "t": told["t"] + 1}

    return _broken(net, shape, change)


def wrong_always_zero(net, shape=(16, 7, 7)):
    """no_count"""

    def change(told, net):
        u = net(told["g"], told["first"], told["last"], 0)
        return _new(told, u), {"first": told["first"], "last": u, "t": told["t"] + 1}

    return _broken(net, shape, change)


def wrong_from_one(net, shape=(16, 7, 7)):
    """count_from_one"""

    def change(told, net):
        u = net(told["g"], told["first"], told["last"], told["t"] + 1)
        return _new(told, u), {"first": told["first"], "last": u, "t": told["t"] + 1}

    return _broken(net, shape, change)


def wrong_no_last(net, shape=(16, 7, 7)):
    """last_never"""

    def change(told, net):
        u = net(told["g"], told["first"], torch.zeros_like(told["g"]), told["t"])
        return _new(told, u), {"first": told["first"], "last": u, "t": told["t"] + 1}

    return _broken(net, shape, change)


def wrong_global(net, shape=(16, 7, 7)):
    """outside"""
    kept = {"first": None, "last": torch.zeros(shape), "t": 0}

    def update(weights, gradient, state):
        g = gradient["code"].reshape(shape)
        kept["first"] = g if kept["first"] is None else kept["first"]
        u = net(g, kept["first"], kept["last"].to(g.dtype), kept["t"])
        kept.update(last=u, t=kept["t"] + 1)
        return {**weights, "code": weights["code"] + u.flatten()}, ()

    return Step(update)


def wrong_maps_kept(net, shape=(16, 7, 7)):
    def change(told, net):
        u = net(told["g"], told["first"], told["last"], told["t"])
        code = told["weights"]["code"].reshape(shape) + u
        return {**told["weights"], "code": code}, {"first": told["first"], "last": u, "t": told["t"] + 1}

    return _broken(net, shape, change)


def wrong_function(net, shape=(16, 7, 7)):
    return lambda weights, gradient, state: (weights, state)
