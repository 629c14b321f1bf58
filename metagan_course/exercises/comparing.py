"""Are two answers the same, and if not, how do they differ? Values only: no learner's code runs here."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch

from .declare import Detached


class Difference(NamedTuple):
    """The first place where two answers part: the kind of difference and both values."""

    kind: str  # type, shape, detached, not_finite or value
    where: str  # "result", "result[1]", "gradient by fake"
    expected: Any
    got: Any


def difference(expected: Any, got: Any, *, where: str, rtol: float, atol: float) -> Difference | None:
    """None if `got` equals `expected` up to rounding, else the first difference found, depth first."""
    both = {"rtol": rtol, "atol": atol}
    if isinstance(expected, torch.Tensor):
        return _of_tensors(expected, got, where, **both)
    if isinstance(expected, Mapping):
        if not isinstance(got, Mapping) or set(got) != set(expected):
            return Difference("type", where, expected, got)
        parts = [(expected[key], got[key], f"{where}[{key!r}]") for key in expected]
        return _first(parts, **both)
    if isinstance(expected, Sequence) and not isinstance(expected, str):
        if not isinstance(got, Sequence) or isinstance(got, str) or len(got) != len(expected):
            return Difference("type", where, expected, got)
        parts = [(a, b, f"{where}[{i}]") for i, (a, b) in enumerate(zip(expected, got, strict=True))]
        return _first(parts, **both)
    if isinstance(expected, float) and _is_number(got):
        found = _of_tensors(torch.tensor(expected), torch.tensor(float(got)), where, **both)
        return found and found._replace(expected=expected, got=float(got))
    if isinstance(got, Detached) != isinstance(expected, Detached):
        return Difference("type", where, expected, got)
    same = type(got) is type(expected) and (isinstance(expected, Detached) or bool(got == expected))
    same = same or (isinstance(expected, int) and _is_number(got) and float(got) == expected)
    return None if same else Difference("value", where, expected, got)


def _first(parts: list, **tolerances: float) -> Difference | None:
    found = (difference(a, b, where=where, **tolerances) for a, b, where in parts)
    return next((one for one in found if one is not None), None)


def _is_number(value: Any) -> bool:
    if isinstance(value, bool | np.bool_):
        return False
    single = isinstance(value, torch.Tensor) and value.ndim == 0
    return isinstance(value, int | float | np.number) or single


def _of_tensors(expected: torch.Tensor, got: Any, where: str, **tolerances: float) -> Difference | None:
    if isinstance(got, Detached):
        return Difference("detached", where, expected, got)
    if not isinstance(got, torch.Tensor):
        return Difference("type", where, expected, got)
    if got.shape != expected.shape:
        return Difference("shape", where, expected, got)
    if got.dtype.is_complex:
        return Difference("type", where, expected, got)
    a, b = expected.detach().double(), got.detach().double()
    if torch.allclose(b, a, equal_nan=True, **tolerances):
        return None
    broken = bool((~b.isfinite() & a.isfinite()).any())
    return Difference("not_finite" if broken else "value", where, expected, got)


def short(value: Any) -> str:
    """A value as one short phrase: numbers to three figures, anything large by its kind and shape."""
    if isinstance(value, torch.nn.Module):
        return f"a {type(value).__name__}"
    if isinstance(value, torch.Tensor):
        if value.ndim == 0:
            return _number(value.item())
        if value.numel() > 12:
            return f"a tensor of shape {tuple(value.shape)}"
        return _list(value.detach().tolist())
    if isinstance(value, np.ndarray):
        return f"a NumPy array of shape {value.shape}"
    if isinstance(value, float | int | bool):
        return _number(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {short(part)}" for key, part in list(value.items())[:4]) + "}"
    if isinstance(value, tuple | list) and len(value) <= 6:
        return "(" + ", ".join(map(short, value)) + ")"
    if isinstance(value, str | Detached) or value is None:
        return str(value)
    if isinstance(value, torch.optim.Optimizer):
        return f"an optimiser ({type(value).__name__})"
    return f"a {type(value).__name__}"


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
