"""Answers to 04.exact_gradient as people write them: see tests/attack_exercises.py."""

import torch
from torch.func import grad, vjp


def wide(generator):
    width = int(torch.randint(1, 6, (), generator=generator))
    sizes = torch.randint(1, 20, (2,), generator=generator).tolist()

    def loss(w, points):
        return (torch.sin(points[:, :1] * w["a"]) @ w["b"] + w["c"] - points[:, 1]).square().mean()

    shapes = {"a": (width,), "b": (width,), "c": ()}
    w = {k: torch.randn(s, generator=generator) for k, s in shapes.items()}
    support, query = (torch.randn(n, 2, generator=generator) for n in sizes)
    alpha = 0.3 * torch.rand((), generator=generator).item()
    return {"loss": loss, "w": w, "support": support, "query": query, "alpha": alpha}


def _step(loss, w, points, alpha):
    slope = grad(loss)(w, points)
    return {n: w[n] - alpha * slope[n] for n in w}


def _product(loss, w, points, v):
    return vjp(lambda w: grad(loss)(w, points), w)[1](v)[0]


def right_by_one_vjp(loss, w, support, query, alpha):
    slope, back = vjp(lambda w: grad(loss)(w, support), w)
    g = grad(loss)({n: w[n] - alpha * slope[n] for n in w}, query)
    return g, {n: -alpha * part for n, part in back(g)[0].items()}


def right_by_difference(loss, w, support, query, alpha):
    whole = grad(lambda w: loss(_step(loss, w, support, alpha), query))(w)
    g = grad(loss)(_step(loss, w, support, alpha), query)
    return g, {n: whole[n] - g[n] for n in w}


def right_by_autograd(loss, w, support, query, alpha):
    leaves = {n: v.detach().clone().requires_grad_() for n, v in w.items()}
    slopes = torch.autograd.grad(loss(leaves, support), list(leaves.values()), create_graph=True)
    end = {n: v - alpha * s for (n, v), s in zip(leaves.items(), slopes, strict=True)}
    g = torch.autograd.grad(loss(end, query), list(end.values()), retain_graph=True)
    product = torch.autograd.grad(slopes, list(leaves.values()), grad_outputs=g)
    return dict(zip(w, g, strict=True)), dict(zip(w, [-alpha * part for part in product], strict=True))


def right_as_a_list(loss, w, support, query, alpha):
    g = grad(loss)(_step(loss, w, support, alpha), query)
    number = lambda w: sum((grad(loss)(w, support)[n] * g[n]).sum() for n in w)  # noqa: E731
    return [g, {n: part * -alpha for n, part in grad(number)(w).items()}]


def right_rate_inside_the_number(loss, w, support, query, alpha):
    g = grad(loss)(_step(loss, w, support, alpha), query)

    def move_along_g(w):
        gradient = grad(loss)(w, support)
        return -alpha * sum((gradient[n] * g[n]).sum() for n in w)

    return g, grad(move_along_g)(w)


def wrong_half_the_correction(loss, w, support, query, alpha):
    """exact_half_the_correction"""
    g = grad(loss)(_step(loss, w, support, alpha), query)
    return g, {n: -alpha / 2 * part for n, part in _product(loss, w, support, g).items()}


def wrong_rate_squared(loss, w, support, query, alpha):
    """exact_rate_squared"""
    g = grad(loss)(_step(loss, w, support, alpha), query)
    return g, {n: -(alpha**2) * part for n, part in _product(loss, w, support, g).items()}


def wrong_two_steps(loss, w, support, query, alpha):
    """exact_two_steps"""
    end = _step(loss, _step(loss, w, support, alpha), support, alpha)
    g = grad(loss)(end, query)
    return g, {n: -alpha * part for n, part in _product(loss, w, support, g).items()}


def wrong_uphill(loss, w, support, query, alpha):
    """exact_uphill"""
    g = grad(loss)(_step(loss, w, support, -alpha), query)
    return g, {n: alpha * part for n, part in _product(loss, w, support, g).items()}


def wrong_three_parts(loss, w, support, query, alpha):
    """exact_three_parts"""
    g = grad(loss)(_step(loss, w, support, alpha), query)
    product = _product(loss, w, support, g)
    return g, product, {n: g[n] - alpha * product[n] for n in w}


def wrong_zero_correction(loss, w, support, query, alpha):
    g = grad(loss)(_step(loss, w, support, alpha), query)
    return g, {n: torch.zeros_like(part) for n, part in g.items()}


def wrong_joined_points(loss, w, support, query, alpha):
    """exact_joined_points"""
    both = torch.cat([support, query])
    g = grad(loss)(_step(loss, w, both, alpha), query)
    return g, {n: -alpha * part for n, part in _product(loss, w, both, g).items()}


def wrong_identity_for_hessian(loss, w, support, query, alpha):
    """exact_identity_for_hessian"""
    g = grad(loss)(_step(loss, w, support, alpha), query)
    return g, {n: -alpha * part for n, part in g.items()}


def wrong_hessian_applied_twice(loss, w, support, query, alpha):
    """exact_hessian_twice"""
    g = grad(loss)(_step(loss, w, support, alpha), query)
    twice = _product(loss, w, support, _product(loss, w, support, g))
    return g, {n: -alpha * part for n, part in twice.items()}


def wrong_first_name(loss, w, support, query, alpha):
    g = grad(loss)(_step(loss, w, support, alpha), query)
    number = lambda w: (grad(loss)(w, support)[next(iter(w))] * g[next(iter(w))]).sum()  # noqa: E731
    return g, {n: -alpha * part for n, part in grad(number)(w).items()}


def wrong_rate_on_g(loss, w, support, query, alpha):
    """exact_rate_on_g"""
    g = grad(loss)(_step(loss, w, support, alpha), query)
    return {n: alpha * part for n, part in g.items()}, {
        n: -alpha * part for n, part in _product(loss, w, support, g).items()
    }


def wrong_one_line(loss, w, support, query, alpha):
    """exact_sum"""
    return grad(lambda w: loss(_step(loss, w, support, alpha), query))(w)
