"""Answers to 06.rate_gradient as people write them: see tests/attack_exercises.py."""

import torch
from torch.func import grad, grad_and_value

from metagan_course.exercises.lesson_06.rate_gradient import valley


def wide(generator):
    n = int(torch.randint(1, 6, (), generator=generator))

    def side():
        return {"h": 3 * torch.rand(n, generator=generator), "a": 4 * torch.randn(n, generator=generator)}

    params = {"w": 5 * torch.randn(n, generator=generator)}
    rates = {"w": 2 * torch.randn(n, generator=generator)}
    return {"loss": valley, "params": params, "rates": rates, "support": side(), "query": side()}


def right_through_the_step(loss, params, rates, support, query):
    def judged(rates):
        g = grad(loss)(params, support)
        return loss({n: params[n] - rates[n] * g[n] for n in params}, query)

    return grad(judged)(rates)


def right_with_autograd(loss, params, rates, support, query):
    live = {n: w.detach().clone().requires_grad_() for n, w in params.items()}
    g = torch.autograd.grad(loss(live, support), list(live.values()))
    alpha = {n: r.detach().clone().requires_grad_() for n, r in rates.items()}
    new = {n: params[n] - alpha[n] * slope for n, slope in zip(params, g, strict=True)}
    found = torch.autograd.grad(loss(new, query), list(alpha.values()))
    return dict(zip(alpha, found, strict=True))


def right_by_backward(loss, params, rates, support, query):
    g = grad(loss)(params, support)
    alpha = {n: r.detach().clone().requires_grad_() for n, r in rates.items()}
    loss({n: params[n] - alpha[n] * g[n] for n in params}, query).backward()
    return {n: a.grad for n, a in alpha.items()}


def right_in_a_loop(loss, params, rates, support, query):
    g, result, new = grad(loss)(params, support), {}, {}
    for name in params:
        new[name] = params[name] - rates[name] * g[name]
    q, _ = grad_and_value(loss)(new, query)
    for name in params:
        result[name] = q[name] * (-g[name])
    return result


def right_by_the_move(loss, params, rates, support, query):
    step = {n: -g for n, g in grad(loss)(params, support).items()}  # dw'/d alpha
    end = {n: w + rates[n] * step[n] for n, w in params.items()}
    return {n: g.mul(step[n]) for n, g in grad(loss)(end, query).items()}


def wrong_no_minus(loss, params, rates, support, query):
    """rate_plus"""
    g = grad(loss)(params, support)
    q = grad(loss)({n: w - rates[n] * g[n] for n, w in params.items()}, query)
    return {n: q[n] * g[n] for n in params}


def wrong_old_place(loss, params, rates, support, query):
    """rate_at_the_start"""
    g, q = grad(loss)(params, support), grad(loss)(params, query)
    return {n: -q[n] * g[n] for n in params}


def wrong_no_query(loss, params, rates, support, query):
    """rate_support_judges"""
    g = grad(loss)(params, support)
    q = grad(loss)({n: w - rates[n] * g[n] for n, w in params.items()}, support)
    return {n: -q[n] * g[n] for n in params}


def wrong_climbs(loss, params, rates, support, query):
    """rate_uphill"""
    g = grad(loss)(params, support)
    q = grad(loss)({n: w + rates[n] * g[n] for n, w in params.items()}, query)
    return {n: -q[n] * g[n] for n in params}


def wrong_climbs_and_plus(loss, params, rates, support, query):
    g = grad(loss)(params, support)
    q = grad(loss)({n: w + rates[n] * g[n] for n, w in params.items()}, query)
    return {n: q[n] * g[n] for n in params}


def wrong_maml(loss, params, rates, support, query):
    """rate_through_the_start"""

    def judged(params):
        g = grad(loss)(params, support)
        return loss({n: params[n] - rates[n] * g[n] for n in params}, query)

    return grad(judged)(params)


def wrong_fomaml(loss, params, rates, support, query):
    """rate_by_the_start"""
    g = grad(loss)(params, support)
    return grad(loss)({n: w - rates[n] * g[n] for n, w in params.items()}, query)


def wrong_log_rate(loss, params, rates, support, query):
    """rate_by_logarithm"""
    g = grad(loss)(params, support)
    q = grad(loss)({n: w - rates[n] * g[n] for n, w in params.items()}, query)
    return {n: -rates[n] * q[n] * g[n] for n in params}


def wrong_only_tensors_in_a_list(loss, params, rates, support, query):
    g = grad(loss)(params, support)
    q = grad(loss)({n: w - rates[n] * g[n] for n, w in params.items()}, query)
    return [-q[n] * g[n] for n in params]


def wrong_exchanged(loss, params, rates, support, query):
    """rate_sets_exchanged"""
    g = grad(loss)(params, query)
    q = grad(loss)({n: w - rates[n] * g[n] for n, w in params.items()}, support)
    return {n: -q[n] * g[n] for n in params}


def wrong_forgets_the_rate(loss, params, rates, support, query):
    g = grad(loss)(params, support)
    q = grad(loss)({n: w - g[n] for n, w in params.items()}, query)
    return {n: -q[n] * g[n] for n in params}


def wrong_squared(loss, params, rates, support, query):
    g = grad(loss)(params, support)
    return {n: -(g[n] ** 2) for n in params}
