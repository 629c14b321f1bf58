"""Whatever a learner's function returned, as plain data: nothing of theirs is compared, printed or kept.

Tensors become ordinary detached ones on the CPU, numbers become Python's; what nothing can be computed with
(a sparse tensor, one that has left its vmap, an object) becomes a Strange, which knows what to call itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from .observing import Detached

DEEPEST, LONGEST = 6, 10_000  # of nested or long answers


@dataclass(frozen=True)
class Strange:
    """Stands for a value that cannot be compared: the name of its type, and what to call it in a sentence."""

    name: str
    phrase: str


def plain(value: Any, depth: int = 0) -> Any:
    """The value as data that is safe to compare and to show. Never raises an Exception."""
    try:
        return _plain(value, depth)
    except Exception:  # a learner's object may raise from anything, even from isinstance
        return _strange(value)


def _plain(value: Any, depth: int) -> Any:
    if value is None or value is ... or isinstance(value, Detached | Strange):
        return value
    if isinstance(value, torch.Tensor):
        return _tensor(value)
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value) if abs(int(value)) < 10**18 else Strange("int", "a whole number of over 18 digits")
    if isinstance(value, float | np.floating):
        return float(value)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, np.ndarray):
        return Strange("ndarray", f"a NumPy array of shape {value.shape}")
    return _container(value, depth)


def _container(value: Any, depth: int) -> Any:
    if not isinstance(value, Mapping | tuple | list):
        return _strange(value)
    if depth > DEEPEST or len(value) > LONGEST:
        return Strange(type(value).__name__, f"a very {'deep' if depth > DEEPEST else 'long'} nest of values")
    if isinstance(value, Mapping):
        return {_key(key): plain(part, depth + 1) for key, part in value.items()}
    kind = tuple if isinstance(value, tuple) else list
    return kind([plain(part, depth + 1) for part in value])


def _key(key: Any) -> Any:
    return key if isinstance(key, str | int) else f"a {type(key).__name__} as key"


def _tensor(value: torch.Tensor) -> Any:
    if value.layout is not torch.strided:
        return Strange("Tensor", "a sparse tensor")
    if value.is_meta:
        return Strange("Tensor", "a tensor on the meta device, which holds no numbers")
    if value.is_complex() or value.is_quantized:
        return Strange("Tensor", "a tensor of complex or quantised numbers")
    try:
        ordinary = value.as_subclass(torch.Tensor).detach()
        if ordinary.numel():
            ordinary[(0,) * ordinary.ndim].item()  # fails for a tensor from inside a vmap that is over
        return ordinary.cpu()
    except Exception:
        return Strange("Tensor", "a tensor from inside a vmap or grad that is over")


def _strange(value: Any) -> Strange:
    name = type(value).__name__
    if callable(value) and not isinstance(value, type):
        return Strange(name, "a function" if name in ("function", "method", "type") else f"{_a(name)}")
    return Strange(name, _a(name))


def _a(name: str) -> str:
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"
