"""What several exercises of lesson 04 draw: a small loss with curvature, weights, points, a rate."""

import torch
from torch import Tensor

from metagan_course.weights import Params

from ..declare import DETACHED


def network(w: Params, points: Tensor) -> Tensor:
    """The mean squared error of a network with two tanh units on the points (N, 2): a loss with curvature."""
    hidden = torch.tanh(points[:, :1] * w["slope"] + w["offset"])  # (N, 2)
    return ((hidden * w["height"]).sum(-1) - points[:, 1]).square().mean()


def weights(generator: torch.Generator) -> Params:
    """Away from zero, where a tanh is straight and a Hessian would hide."""
    draw = lambda: 0.5 + torch.rand(2, generator=generator)  # noqa: E731
    return {"slope": draw(), "offset": -draw(), "height": draw()}


def points(generator: torch.Generator, *shape: int) -> Tensor:
    x, e = torch.randn(*shape, generator=generator), torch.randn(*shape, generator=generator)
    return torch.stack([x, 2 * torch.sin(x) + e], -1)  # (..., 2)


def rate(generator: torch.Generator) -> float:
    return 0.1 + 0.2 * torch.rand((), generator=generator).item()


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
