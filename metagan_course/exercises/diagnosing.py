"""What to say when an answer is wrong in no way known by name: its general kind of trouble, and the evidence.

Only sentences are made here; `checking.py` decides when they are needed.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch

from .comparing import Difference, short
from .declare import Exercise
from .observing import Detached
from .plain import Strange
from .running import Outcome


class Trouble(NamedTuple):
    """The first case that went wrong, and how; no difference means a failure or an input changed in place."""

    outcome: Outcome
    found: Difference | None


def evidence(trouble: Trouble) -> str:
    """The number that gave it away, with the inputs that led to it."""
    outcome, found = trouble.outcome, trouble.found
    given = _given(outcome)
    if outcome.failure is not None:
        return f"{given} it stopped: {outcome.failure.kind}: {outcome.failure.message[:200]}"
    if found is None:
        return f"{given} it changed {' and '.join(outcome.changed)}."
    expected, got = short(found.expected), short(found.got)
    if expected == got or "shape" in expected:
        expected, got = _largest_gap(found)
    return f"{given}: {found.where} should be {expected} and yours is {got}."


def _given(outcome: Outcome) -> str:
    given = ", ".join(f"{name} = {short(value)}" for name, value in outcome.inputs.items())
    if not given:
        return f"With {outcome.case or 'no arguments'}"
    return f"With {outcome.case} ({given})" if outcome.case else f"With {given}"


def _largest_gap(found: Difference) -> tuple[str, str]:
    """For tensors too large to print: the entry where they differ most."""
    if found.kind not in ("value", "not_finite") or not isinstance(found.got, torch.Tensor):
        return short(found.expected), short(found.got)
    a, b = found.expected.detach().double().flatten(), found.got.detach().double().flatten()
    worst = int((a - b).abs().nan_to_num(nan=float("inf")).argmax())
    return f"{a[worst].item():.6g} (entry {worst})", f"{b[worst].item():.6g}"


def general_trouble(spec: Exercise, trouble: Trouble) -> tuple[str, str, str]:
    """The kind of trouble, two sentences on it, and the evidence."""
    outcome, found = trouble
    if outcome.failure is not None:
        return _failed(spec, outcome)
    if found is None:
        return "changed_inputs", _changed(outcome), ""
    if found.got is None and outcome.printed:
        return "printed", _printed(outcome), ""
    if found.got is None:
        return "returned_none", _NONE, ""
    return found.kind, _KINDS[found.kind](found), evidence(trouble)


def _failed(spec: Exercise, outcome: Outcome) -> tuple[str, str, str]:
    failure = outcome.failure
    if failure.is_unfit:
        return "form", failure.message, _given(outcome) + "."
    place = f"at line {failure.line} of its cell" if failure.line else ""
    if failure.is_endless:
        at = f" It was {place}: `{failure.text}`" if place else ""
        return "endless", _ENDLESS.format(spec.seconds) + at, ""
    at = f"{place}: `{failure.text}`" if place else "while its result was being used"
    sentence = f"Your function stopped with an error {at}\n{failure.kind}: {failure.message}"
    return "error", sentence, f"{_given(outcome)}."


_ENDLESS = (
    "Your function was stopped after {:g} seconds of computing; the reference needs a fraction of one. "
    "Look for a loop whose condition never becomes false."
)


def _changed(outcome: Outcome) -> str:
    names = " and ".join(f"`{name}`" for name in outcome.changed)
    return (
        f"The answer is right, but your function changes its input {names} in place, so whoever called "
        "it finds other numbers there afterwards. Make a new tensor (`x = x + 1`) instead of writing into "
        "the old one (`x += 1`, `x[0] = ...`, `x.add_(1)`)."
    )


def _printed(outcome: Outcome) -> str:
    return (
        f"Your function prints its answer ({outcome.printed.strip()[:60]}) and returns nothing. "
        "`print` shows a number to you; `return` hands it to the code that called."
    )


_NONE = (
    "Your function returns None, as every function does in which no line says `return`. Return your answer."
)


def _wrong_type(found: Difference) -> str:
    asked, mine = _kind(found.expected), _kind(found.got)
    return f"{_start(found)}: {asked} is asked for, yours is {mine}.{_advice(found)}"


def _advice(found: Difference) -> str:
    tensor_asked = isinstance(found.expected, torch.Tensor)
    if tensor_asked and isinstance(found.got, float | int):
        return " Leave out `.item()` and `float()`: a plain number has forgotten how it was computed."
    if isinstance(found.got, torch.Tensor) and isinstance(found.expected, float | int):
        return " Take the number out with `.item()`: a tensor holds on to everything it was computed from."
    name = found.got.name if isinstance(found.got, Strange) else ""
    if tensor_asked and name == "ndarray":
        return " Stay in torch: a NumPy array has forgotten how it was computed."
    return " Use `return`, not `yield`." if name == "generator" else ""


def _kind(value: Any) -> str:
    if isinstance(value, Strange | Detached):
        return short(value)
    if isinstance(value, Mapping):
        return "a dict"
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, torch.Tensor):
        return "a tensor"
    words = {bool: "True or False", int: "a whole number", float: "a plain number", str: "a text"}
    return words.get(type(value), short(value))


def _start(found: Difference) -> str:
    return found.where[:1].upper() + found.where[1:]


def _wrong_names(found: Difference) -> str:
    missing = [str(key) for key in found.expected if key not in found.got]
    extra = [str(key) for key in found.got if key not in found.expected]
    said = [f"lacks {', '.join(missing)}"] * bool(missing) + [f"has {', '.join(extra)} besides"] * bool(extra)
    asked = ", ".join(map(str, found.expected))
    return f"{_start(found)}: the names asked for are {asked}, and yours {' and '.join(said)}."


def _wrong_length(found: Difference) -> str:
    asked, has = len(found.expected), len(found.got)
    return f"{_start(found)}: {asked} values are asked for, in their order; yours has {has}."


def _wrong_shape(found: Difference) -> str:
    need, have = tuple(found.expected.shape), tuple(found.got.shape)
    note = " A shape of () is one single number, what `.mean()` gives." if need == () else ""
    return f"{_start(found)}: the shape asked for is {need}, and yours is {have}.{note}"


def _wrong_dtype(found: Difference) -> str:
    need, have = (str(one.dtype).removeprefix("torch.") for one in (found.expected, found.got))
    return (
        f"{_start(found)}: the values are right, but they come as {have} where {need} is asked for. Networks "
        f"whose weights are {need} stop at another type; `.to(torch.{need})` is rarely the cure, a number or "
        "tensor made with another type further up is the cause."
    )


def _detached(found: Difference) -> str:
    return (
        f"There is no {found.where}: the result was cut off from the computation that made it, so nothing "
        "could ever be trained with it. Look for `.detach()`, `.item()`, `torch.no_grad()` or "
        "`torch.tensor(...)` around a result."
    )


def _not_finite(found: Difference) -> str:
    return (
        f"{_start(found)}: not a finite number. Somewhere a logarithm meets 0, a division meets 0, or an "
        "exponential overflows: the inputs include large values on purpose."
    )


def _wrong_value(found: Difference) -> str:
    return f"{_start(found)}: not what was asked for."


_KINDS = {
    "type": _wrong_type,
    "names": _wrong_names,
    "length": _wrong_length,
    "shape": _wrong_shape,
    "dtype": _wrong_dtype,
    "detached": _detached,
    "not_finite": _not_finite,
    "value": _wrong_value,
}
