"""Answers to 04.slope_along as people write them: see tests/attack_exercises.py."""

import torch
from torch.func import grad


def wide(generator):
    n, width = (int(torch.randint(1, 30, (), generator=generator)) for _ in range(2))

    def loss(w, points):
        return (torch.sin(points[:, :1] * w["a"]) @ w["b"] + w["c"] - points[:, 1]).square().mean()

    shapes = {"a": (width,), "b": (width,), "c": ()}
    w, v = ({k: torch.randn(s, generator=generator) for k, s in shapes.items()} for _ in range(2))
    return {"loss": loss, "w": w, "points": torch.randn(n, 2, generator=generator), "v": v}


def right_flattened(loss, w, points, v):
    gradient = grad(loss)(w, points)
    flat = lambda tree: torch.cat([tree[name].reshape(-1) for name in sorted(tree)])  # noqa: E731
    return flat(gradient) @ flat(v)


def right_by_the_chain_rule(loss, w, points, v):
    line = lambda t: loss({name: w[name] + t * v[name] for name in w}, points)  # noqa: E731
    return grad(line)(torch.zeros_like(next(iter(w.values())).sum()))


def right_in_a_loop(loss, w, points, v):
    gradient, total = grad(loss)(w, points), 0
    for name, slope in gradient.items():
        total = total + torch.sum(slope * v[name])
    return total


def right_by_einsum(loss, w, points, v):
    gradient = grad(loss)(w, points)
    parts = [torch.einsum("i,i->", gradient[n].flatten(), v[n].flatten()) for n in w]
    return torch.stack(parts).sum()


def right_by_vdot(loss, w, points, v):
    return sum(torch.vdot(slope.flatten(), v[n].flatten()) for n, slope in grad(loss)(w, points).items())


def wrong_absolute(loss, w, points, v):
    """along_absolute"""
    gradient = grad(loss)(w, points)
    return sum((gradient[name] * v[name]).abs().sum() for name in w)


def wrong_a_loss_difference(loss, w, points, v):
    """along_a_difference"""
    moved = {name: w[name] + v[name] for name in w}
    return loss(moved, points) - loss(w, points)


def wrong_a_product_of_sums(loss, w, points, v):
    """along_product_of_sums"""
    gradient = grad(loss)(w, points)
    return sum(gradient[name].sum() * v[name].sum() for name in w)


def wrong_cosine(loss, w, points, v):
    """along_cosine"""
    gradient = grad(loss)(w, points)
    dot = sum((gradient[n] * v[n]).sum() for n in w)
    a, b = (sum(part.square().sum() for part in tree.values()).sqrt() for tree in (gradient, v))
    return dot / (a * b)


def wrong_at_v(loss, w, points, v):
    """along_at_v"""
    gradient = grad(loss)(v, points)
    return sum((gradient[name] * w[name]).sum() for name in w)


def wrong_minus(loss, w, points, v):
    """along_minus"""
    gradient = grad(loss)(w, points)
    return -sum((gradient[name] * v[name]).sum() for name in w)


def wrong_one_row(loss, w, points, v):
    """along_first_entry"""
    gradient = grad(loss)(w, points)
    return sum((gradient[name] * v[name]).reshape(-1)[0] for name in w)


def wrong_list(loss, w, points, v):
    """along_list"""
    gradient = grad(loss)(w, points)
    return [(gradient[name] * v[name]).sum() for name in w]


def wrong_shape(loss, w, points, v):
    gradient = grad(loss)(w, points)
    return sum((gradient[name] * v[name]).sum() for name in w)[None]


def wrong_float(loss, w, points, v):
    gradient = grad(loss)(w, points)
    return torch.tensor(float(sum((gradient[name] * v[name]).sum() for name in w)))


def wrong_finite_difference(loss, w, points, v):
    moved = {name: w[name] + 0.1 * v[name] for name in w}
    return (loss(moved, points) - loss(w, points)) / 0.1


def wrong_mean(loss, w, points, v):
    """along_mean"""
    gradient = grad(loss)(w, points)
    return sum((gradient[name] * v[name]).mean() for name in w)
