"""Are two answers the same, and if not, how do they differ? Plain data only: no learner's code runs here."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import torch

from .observing import Detached
from .plain import Strange


class Difference(NamedTuple):
    """The first place where two answers part: the kind of difference and both values."""

    kind: str  # type, names, length, shape, dtype, detached, not_finite or value
    where: str  # "result", "result[1]", "gradient by fake"
    expected: Any
    got: Any


def difference(expected: Any, got: Any, *, where: str, rtol: float, atol: float) -> Difference | None:
    """None if `got` equals `expected` entry by entry, up to rounding; else the first difference found."""
    both = {"rtol": rtol, "atol": atol}
    if isinstance(expected, Detached) or isinstance(got, Detached):
        kind = "detached" if isinstance(got, Detached) else "value"
        return None if type(expected) is type(got) else Difference(kind, where, expected, got)
    if isinstance(expected, torch.Tensor):
        return _of_tensors(expected, got, where, **both)
    if isinstance(expected, Mapping):
        return _of_mappings(expected, got, where, **both)
    if isinstance(expected, tuple | list):
        return _of_sequences(expected, got, where, **both)
    if _is_number(expected):
        return _of_numbers(expected, got, where, **both)
    if type(got) is not type(expected):
        return Difference("type", where, expected, got)
    return None if got == expected else Difference("value", where, expected, got)


def _of_mappings(expected: Mapping, got: Any, where: str, **tolerances: float) -> Difference | None:
    if not isinstance(got, Mapping):
        return Difference("type", where, expected, got)
    if set(got) != set(expected):
        return Difference("names", where, expected, got)
    return _first([(expected[key], got[key], f"{where}[{key!r}]") for key in expected], **tolerances)


def _of_sequences(expected: Any, got: Any, where: str, **tolerances: float) -> Difference | None:
    if not isinstance(got, tuple | list):
        return Difference("type", where, expected, got)
    if len(got) != len(expected):
        return Difference("length", where, expected, got)
    pairs = enumerate(zip(expected, got, strict=True))
    return _first([(a, b, f"{where}[{i}]") for i, (a, b) in pairs], **tolerances)


def _first(parts: list, **tolerances: float) -> Difference | None:
    found = (difference(a, b, where=where, **tolerances) for a, b, where in parts)
    return next((one for one in found if one is not None), None)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _of_numbers(expected: float, got: Any, where: str, rtol: float, atol: float) -> Difference | None:
    if not _is_number(got):
        return Difference("type", where, expected, got)
    if isinstance(expected, int):
        rtol = atol = 0.0
    if np.isclose(got, expected, rtol=rtol, atol=atol, equal_nan=True):
        return None
    broken = not np.isfinite(got) and np.isfinite(expected)
    return Difference("not_finite" if broken else "value", where, expected, got)


def _of_tensors(expected: torch.Tensor, got: Any, where: str, **tolerances: float) -> Difference | None:
    if not isinstance(got, torch.Tensor):
        return Difference("type", where, expected, got)
    if got.shape != expected.shape:
        return Difference("shape", where, expected, got)
    a, b = expected.detach().double(), got.detach().double()
    if not torch.allclose(b, a, equal_nan=True, **tolerances):
        broken = bool((~b.isfinite() & a.isfinite()).any())
        return Difference("not_finite" if broken else "value", where, expected, got)
    if got.dtype != expected.dtype and (got.is_floating_point() or expected.is_floating_point()):
        return Difference("dtype", where, expected, got)
    return None


def short(value: Any) -> str:
    """A value as one short phrase: numbers to three figures, anything large by its kind and shape."""
    if isinstance(value, Strange):
        return value.phrase
    if isinstance(value, torch.Tensor):
        return _short_tensor(value)
    if isinstance(value, np.ndarray):
        return f"a NumPy array of shape {value.shape}"
    if isinstance(value, float | int | bool):
        return _number(value)
    if isinstance(value, Mapping):
        more = ", ..." if len(value) > 4 else ""
        return "{" + ", ".join(f"{key}: {short(part)}" for key, part in list(value.items())[:4]) + more + "}"
    if isinstance(value, tuple | list):
        return "(" + ", ".join(map(short, value)) + ")" if len(value) <= 6 else f"{len(value)} values"
    if isinstance(value, str | Detached) or value is None:
        return str(value)
    return _short_object(value)


def _short_object(value: Any) -> str:
    name = type(value).__name__
    if isinstance(value, torch.optim.Optimizer):
        return f"an optimiser ({name})"
    return "a function" if callable(value) and not isinstance(value, torch.nn.Module) else f"a {name}"


def _short_tensor(value: torch.Tensor) -> str:
    if value.ndim == 0:
        return _number(value.item())
    if value.numel() > 12:
        return f"a tensor of shape {tuple(value.shape)}"
    return _list(value.detach().tolist())


def _list(values: Any) -> str:
    return "[" + ", ".join(map(_list, values)) + "]" if isinstance(values, list) else _number(values)


def _number(value: float | int | bool) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def same_inputs(before: Any, after: Any) -> bool:
    """Did a value stay bit for bit what it was? Modules are compared by their weights and buffers."""
    if isinstance(before, torch.nn.Module):
        return same_inputs(dict(before.state_dict()), dict(after.state_dict()))
    if isinstance(before, torch.Tensor):
        same_form = before.shape == after.shape and before.dtype == after.dtype
        return same_form and torch.equal(before.detach().nan_to_num(), after.detach().nan_to_num())
    if isinstance(before, Mapping):
        return set(before) == set(after) and all(same_inputs(before[key], after[key]) for key in before)
    if isinstance(before, tuple | list):
        return len(before) == len(after) and all(map(same_inputs, before, after))
    if isinstance(before, np.ndarray):
        return np.array_equal(before, after)
    return before == after if isinstance(before, int | float | str | bool) else True
