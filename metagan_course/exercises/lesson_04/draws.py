"""What several exercises of lesson 04 draw and look at: small losses with curvature, weights, points."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.func import grad

from metagan_course.answers.maml import inner_step
from metagan_course.weights import Params

from ..declare import DETACHED


def network(w: Params, points: Tensor) -> Tensor:
    """The mean squared error of a network with two tanh units on the points (N, 2): a loss with curvature."""
    hidden = torch.tanh(points[:, :1] * w["slope"] + w["offset"])  # (N, 2)
    return ((hidden * w["height"]).sum(-1) - points[:, 1]).square().mean()


def deep(w: Params, points: Tensor) -> Tensor:
    """The same of a network 1-3-2-1, whose weights are matrices and whose last bias is a single number."""
    hidden = torch.tanh(points[:, :1] @ w["w1"])  # (N, 3)
    hidden = torch.tanh(hidden @ w["w2"])  # (N, 2)
    return ((hidden @ w["w3"])[:, 0] + w["b"] - points[:, 1]).square().mean()


def wave(w: Params, points: Tensor) -> Tensor:
    """A model of two single numbers, w1 sin(x + w2), and another loss: a smooth absolute error."""
    gap = w["w1"] * torch.sin(points[:, 0] + w["w2"]) - points[:, 1]
    return (gap.square() + 0.1).sqrt().mean()


SHAPES = {
    network: {"slope": (2,), "offset": (2,), "height": (2,)},
    deep: {"w1": (1, 3), "w2": (3, 2), "w3": (2, 1), "b": ()},
    wave: {"w1": (), "w2": ()},
}


def weights(generator: torch.Generator, loss: Callable = network) -> Params:
    """Away from zero, where a tanh is straight and a Hessian would hide."""
    found = {n: 0.5 + torch.rand(shape, generator=generator) for n, shape in SHAPES[loss].items()}
    return found | ({"offset": -found["offset"]} if "offset" in found else {})


def points(generator: torch.Generator, *shape: int) -> Tensor:
    x, e = torch.randn(*shape, generator=generator), torch.randn(*shape, generator=generator)
    return torch.stack([x, 2 * torch.sin(x) + e], -1)  # (..., 2)


def rate(generator: torch.Generator) -> float:
    return 0.1 + 0.2 * torch.rand((), generator=generator).item()


def along(generator: torch.Generator, w: Params) -> Params:
    """A direction v: a dict like w, of both signs."""
    return {n: torch.randn(value.shape, generator=generator) for n, value in w.items()}


def in_double(inputs: dict) -> dict:
    """Every tensor among the inputs, and every dict of tensors, in double precision."""
    return {name: _double(value) for name, value in inputs.items()}


def _double(value):
    if isinstance(value, Tensor):
        return value.double()
    if isinstance(value, dict):
        return {n: _double(part) for n, part in value.items()}
    return value


def warm_up() -> None:
    """The first grad makes torch import much, seconds on a busy machine: not on the learner's clock."""
    grad(torch.sin)(torch.zeros(()))


def is_weights(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(w, Tensor) for w in value.values())


def slope_by(value: Tensor, start: Params) -> Params | object:
    """d value / d start by name; DETACHED if there is no path from the start to the value."""
    if not value.requires_grad:
        return DETACHED
    slopes = torch.autograd.grad(value, list(start.values()), allow_unused=True)
    if any(slope is None for slope in slopes):
        return DETACHED
    return dict(zip(start, slopes, strict=True))


# --- the pieces that the wrong answers of several exercises share -----------------------------------------


def hessian_times(loss, w, data, vector) -> Params:
    """H(w) vector for the Hessian of loss(w, data)."""
    number = lambda w: sum((grad(loss)(w, data)[name] * vector[name]).sum() for name in w)  # noqa: E731
    return grad(number)(w)


def full_hessian_times(loss, w, data, vector) -> Params:
    """The same with the whole matrix, entry by entry: for oracles."""
    flat = torch.cat([value.reshape(-1) for value in w.values()])
    sizes = [value.numel() for value in w.values()]

    def unflat(x: Tensor) -> Params:
        parts = x.split(sizes)
        return {n: part.reshape(v.shape) for (n, v), part in zip(w.items(), parts, strict=True)}

    matrix = torch.autograd.functional.hessian(lambda x: loss(unflat(x), data), flat)
    return unflat(matrix @ torch.cat([vector[n].reshape(-1) for n in w]))


def query_slope(loss, w, support, query, alpha) -> Params:
    """g, the query's gradient where one step on the support ends."""
    return grad(loss)(inner_step(loss, w, support, alpha), query)


def scaled(v: Params, factor: float) -> Params:
    return {name: factor * value for name, value in v.items()}
