"""Answers to 04.hessian_product as people write them: see tests/attack_exercises.py."""

import torch
from torch.func import grad, vjp


def wide(generator):
    n, width = int(torch.randint(1, 20, (), generator=generator)), 4

    def loss(w, points):
        return (torch.sin(points[:, :1] * w["a"]) @ w["b"] + w["c"] - points[:, 1]).square().mean()

    shapes = {"a": (width,), "b": (width,), "c": ()}
    w, v = ({k: torch.randn(s, generator=generator) for k, s in shapes.items()} for _ in range(2))
    return {"loss": loss, "w": w, "points": torch.randn(n, 2, generator=generator), "v": v}


def right_by_vjp_of_the_gradient(loss, w, points, v):
    return vjp(lambda w: grad(loss)(w, points), w)[1](v)[0]


def right_along_a_line(loss, w, points, v):
    line = lambda t, w: loss({n: w[n] + t * v[n] for n in w}, points)  # noqa: E731
    zero = torch.zeros_like(next(iter(w.values())).sum())
    return grad(lambda w: grad(line)(zero, w))(w)


def right_by_autograd_twice(loss, w, points, v):
    leaves = {name: value.detach().clone().requires_grad_() for name, value in w.items()}
    slopes = torch.autograd.grad(loss(leaves, points), list(leaves.values()), create_graph=True)
    products = torch.autograd.grad(slopes, list(leaves.values()), grad_outputs=[v[n] for n in leaves])
    return dict(zip(leaves, products, strict=True))


def right_name_by_name_summed(loss, w, points, v):
    number = lambda w, n: (grad(loss)(w, points)[n] * v[n]).sum()  # noqa: E731
    parts = [grad(number)(w, name) for name in w]
    return {name: sum(part[name] for part in parts) for name in w}


def right_with_a_named_function(loss, w, points, v):
    def number(weights):
        gradient, total = grad(loss)(weights, points), 0.0
        for name in gradient:
            total = total + (v[name] * gradient[name]).sum()
        return total

    return grad(number)(w)


def wrong_diagonal(loss, w, points, v):
    """product_diagonal"""
    found = {}
    for name in w:
        flat = torch.zeros_like(w[name]).reshape(-1)
        for i in range(w[name].numel()):
            entry = lambda w, i=i, name=name: grad(loss)(w, points)[name].reshape(-1)[i]  # noqa: E731
            flat[i] = grad(entry)(w)[name].reshape(-1)[i]
        found[name] = flat.reshape(w[name].shape) * v[name]
    return found


def wrong_coarse_difference(loss, w, points, v):
    moved = {n: w[n] + 0.1 * v[n] for n in w}
    here, there = grad(loss)(w, points), grad(loss)(moved, points)
    return {n: (there[n] - here[n]) / 0.1 for n in w}


def wrong_undivided_difference(loss, w, points, v):
    """product_undivided_difference"""
    moved = {n: w[n] + v[n] for n in w}
    here, there = grad(loss)(w, points), grad(loss)(moved, points)
    return {n: there[n] - here[n] for n in w}


def wrong_gauss_newton(loss, w, points, v):
    """product_of_outer_gradient"""
    slope = grad(loss)(w, points)
    dot = sum((slope[n] * v[n]).sum() for n in w)
    return {n: dot * slope[n] for n in w}


def wrong_at_v(loss, w, points, v):
    """product_at_v"""
    return vjp(lambda w: grad(loss)(w, points), v)[1](w)[0]


def wrong_added_v(loss, w, points, v):
    """product_plus_v"""
    product = vjp(lambda w: grad(loss)(w, points), w)[1](v)[0]
    return {n: product[n] + v[n] for n in w}


def wrong_halved(loss, w, points, v):
    """product_halved"""
    product = vjp(lambda w: grad(loss)(w, points), w)[1](v)[0]
    return {n: product[n] / 2 for n in w}


def wrong_first_point(loss, w, points, v):
    """product_first_point"""
    return vjp(lambda w: grad(loss)(w, points[:1]), w)[1](v)[0]


def wrong_flat(loss, w, points, v):
    """product_without_names"""
    product = vjp(lambda w: grad(loss)(w, points), w)[1](v)[0]
    return torch.cat([part.flatten() for part in product.values()])


def wrong_unit_v(loss, w, points, v):
    """product_of_unit_v"""
    length = sum(part.square().sum() for part in v.values()).sqrt()
    return vjp(lambda w: grad(loss)(w, points), w)[1]({n: part / length for n, part in v.items()})[0]


def wrong_gradient_of_the_gradient(loss, w, points, v):
    return grad(grad(loss))(w, points)


def wrong_the_number_alone(loss, w, points, v):
    """product_number"""
    gradient = grad(loss)(w, points)
    return sum((gradient[n] * v[n]).sum() for n in w)
