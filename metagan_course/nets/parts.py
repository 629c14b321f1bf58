"""Layers the networks are made of: norms by the batch's own statistics, FiLM, a hypernetwork.

Nothing here remembers: no running statistics, no dropout, no random draws. A network is a function of its
weights and its inputs, so `torch.func.vmap` over tasks and derivatives of derivatives both hold. Each layer
is written for ONE task.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn


def require(name: str, tensor: Tensor, shape: Sequence[int | str], hint: str = "") -> None:
    """Raise unless `tensor` has this shape; a string in `shape` names an axis of any length."""
    fits = isinstance(tensor, Tensor) and tensor.dim() == len(shape)
    if fits and all(
        isinstance(need, str) or got == need for got, need in zip(tensor.shape, shape, strict=True)
    ):
        return
    got = tuple(tensor.shape) if isinstance(tensor, Tensor) else type(tensor).__name__
    needed = "(" + ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "") + ")"
    raise ValueError(
        f"{name}: got shape {got}, needed {needed}. {hint or 'One task at a time; vmap adds the tasks.'}"
    )


def require_code(c: Tensor | None, code_size: int, batch: int) -> None:
    """Raise unless `c` is what a network built with this code size takes: nothing, (C,) or (B, C)."""
    if code_size == 0 and c is not None:
        raise ValueError(
            f"c: got a task code of shape {tuple(c.shape)}, needed none. Build with code_size > 0 to use one."
        )
    if code_size > 0 and c is None:
        raise ValueError(f"c: got no task code, needed shape ({code_size},) or ({batch}, {code_size}).")
    if c is not None and tuple(c.shape) not in ((code_size,), (batch, code_size)):
        raise ValueError(
            f"c: got shape {tuple(c.shape)}, needed ({code_size},) or ({batch}, {code_size}), a code a row."
        )


def join(x: Tensor, c: Tensor | None) -> Tensor:
    """[x, c], one code for the whole batch being repeated: (B, n), (C,) or (B, C) -> (B, n + C)."""
    return x if c is None else torch.cat([x, c.expand(len(x), -1)], dim=1)


class Statistics(NamedTuple):
    """What a norm subtracts and divides by. Those of a fixed batch make outputs independent of neighbours."""

    mean: Tensor  # (C,)
    var: Tensor  # (C,)


def statistics_of(x: Tensor) -> Statistics:
    """Each channel's mean and variance over batch and pixels: (B, C) or (B, C, H, W) -> (C,), (C,)."""
    if x.dim() not in (2, 4):
        raise ValueError(f"x: got shape {tuple(x.shape)}, needed (B, C) or (B, C, H, W).")
    if x.numel() // x.shape[1] < 2:
        raise ValueError(f"x: got shape {tuple(x.shape)}, one value a channel: no variance. Needed B >= 2.")
    var, mean = torch.var_mean(x, dim=[d for d in range(x.dim()) if d != 1], correction=0)
    return Statistics(mean, var)


def require_statistics(fixed: Sequence[Statistics | None] | None, n_norms: int) -> None:
    """Raise unless there are statistics for every norm layer, or none at all."""
    if fixed is not None and len(fixed) != n_norms:
        raise ValueError(
            f"statistics: got {len(fixed)}, needed {n_norms}, one a norm layer: net.statistics(batch)."
        )


def per_channel(v: Tensor, x: Tensor) -> Tensor:
    """(C,) or (B, C), made to broadcast over x (B, C) or (B, C, H, W)."""
    return v.reshape(*v.shape, *(1,) * (x.dim() - 2))


def normalise(x: Tensor, statistics: Statistics | None = None, eps: float = 1e-5) -> Tensor:
    """(x - mean) / sqrt(var + eps) by the batch's own statistics, or by those given."""
    mean, var = statistics_of(x) if statistics is None else statistics
    return (x - per_channel(mean, x)) * per_channel(torch.rsqrt(var + eps), x)


class BatchNorm(nn.Module):
    """y = gain (x - mean) / sqrt(var + eps) + bias (Ioffe & Szegedy 2015), always by the batch at hand."""

    observe = staticmethod(statistics_of)

    def __init__(self, channels: int):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor, c: Tensor | None = None, statistics: Statistics | None = None) -> Tensor:
        require("x", x, ("B", len(self.gain), *"HW"[: x.dim() - 2]))
        return normalise(x, statistics) * per_channel(self.gain, x) + per_channel(self.bias, x)  # as x


class FiLM(nn.Module):
    """y = (1 + gain(c)) x + bias(c), gain and bias linear in c (Perez et al. 2017, arXiv 1709.07871)."""

    def __init__(self, channels: int, code_size: int):
        super().__init__()
        self.code_size, self.channels = code_size, channels
        self.linear = nn.Linear(code_size, 2 * channels)
        nn.init.zeros_(self.linear.bias)  # an all-zero code changes nothing

    def forward(self, x: Tensor, c: Tensor) -> Tensor:
        require("x", x, ("B", self.channels, *"HW"[: x.dim() - 2]))
        require_code(c, self.code_size, len(x))
        gain, bias = self.linear(c).chunk(2, dim=-1)  # (C,) or (B, C) each
        return (1 + per_channel(gain, x)) * x + per_channel(bias, x)  # as x


class MetaBatchNorm(nn.Module):
    """Meta batch norm: mean and variance from the task's own batch, scale and shift from the task's code.

    y = (1 + gain(c)) (x - mean_T) / sqrt(var_T + eps) + bias(c). Nothing is carried from one task to the
    next.
    """

    observe = staticmethod(statistics_of)

    def __init__(self, channels: int, code_size: int):
        super().__init__()
        self.film = FiLM(channels, code_size)

    def forward(self, x: Tensor, c: Tensor, statistics: Statistics | None = None) -> Tensor:
        return self.film(normalise(x, statistics), c)  # as x


class NoNorm(nn.Module):
    """y = x, with a norm's signature."""

    def observe(self, x: Tensor) -> None:
        return None

    def forward(self, x: Tensor, c: Tensor | None = None, statistics: Statistics | None = None) -> Tensor:
        return x


def norm_layer(kind: str, channels: int, code_size: int) -> nn.Module:
    """The norm called `kind`: "batch", "meta" (needs a task code) or "none"."""
    if kind not in ("batch", "meta", "none"):
        raise ValueError(f"norm: got {kind!r}, needed 'batch', 'meta' or 'none'.")
    if kind == "meta" and code_size == 0:
        raise ValueError(
            "norm: got 'meta' with code_size 0; meta batch norm needs a task code, so code_size > 0."
        )
    return {
        "batch": lambda: BatchNorm(channels),
        "meta": lambda: MetaBatchNorm(channels, code_size),
        "none": NoNorm,
    }[kind]()


class HyperNetwork(nn.Module):
    """All weights of another network as a function of the task code (Ha et al. 2016, arXiv 1609.09106).

    w(c) = w0 + scale f(c): `start` gives w0, the weights everyone begins with; f is a two-layer network. c
    (C,) -> Params.
    """

    def __init__(self, start: Mapping[str, Tensor], code_size: int, *, hidden: int = 64, scale: float = 0.1):
        super().__init__()
        self.code_size, self.scale = code_size, scale
        self.shapes = {name: w.shape for name, w in start.items()}
        self.start = nn.Parameter(torch.cat([w.detach().flatten() for w in start.values()]))
        self.body = nn.Sequential(
            nn.Linear(code_size, hidden), nn.Tanh(), nn.Linear(hidden, self.start.numel())
        )

    def forward(self, c: Tensor) -> dict[str, Tensor]:
        require("c", c, (self.code_size,))
        flat = self.start + self.scale * self.body(c)  # (all weights,)
        parts = flat.split([shape.numel() for shape in self.shapes.values()])
        return {name: w.reshape(shape) for (name, shape), w in zip(self.shapes.items(), parts, strict=True)}
