"""What to say when an answer is wrong in no way known by name: its general kind of trouble, and the evidence.

Only sentences are made here; `checking.py` decides when they are needed.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from .comparing import Difference, short
from .declare import Exercise
from .running import Outcome, place_of
from .timelimit import TimeUp


class Trouble(NamedTuple):
    """The first case that went wrong, and how; no difference means an error or an input changed in place."""

    outcome: Outcome
    found: Difference | None


def evidence(trouble: Trouble) -> str:
    """The number that gave it away, with the inputs that led to it."""
    outcome, found = trouble.outcome, trouble.found
    given = ", ".join(f"{name} = {short(value)}" for name, value in outcome.inputs.items())
    if outcome.error is not None:
        return f"With {given} it stopped: {type(outcome.error).__name__}: {str(outcome.error).strip()[:200]}"
    if found is None:
        return f"With {given} it changed {' and '.join(outcome.changed)}."
    expected, got = short(found.expected), short(found.got)
    if expected == got or "shape" in expected:
        expected, got = _largest_gap(found)
    return f"With {given}: {found.where} should be {expected} and yours is {got}."


def _largest_gap(found: Difference) -> tuple[str, str]:
    """For tensors too large to print: the entry where they differ most."""
    try:
        a, b = found.expected.detach().double().flatten(), found.got.detach().double().flatten()
        worst = int((a - b).abs().nan_to_num(nan=float("inf")).argmax())
        return f"{a[worst].item():.6g} (entry {worst})", f"{b[worst].item():.6g}"
    except (AttributeError, RuntimeError):
        return short(found.expected), short(found.got)


def general_trouble(spec: Exercise, function: Callable, trouble: Trouble) -> tuple[str, str, str]:
    """The kind of trouble, two sentences on it, and the evidence."""
    outcome, found = trouble
    if isinstance(outcome.error, TimeUp):
        return "endless", _endless(spec, outcome, function), ""
    if outcome.error is not None:
        return "error", _raised(outcome.error, function), ""
    if found is None:
        return "changed_inputs", _changed(outcome), ""
    if found.got is None and outcome.printed:
        return "printed", _printed(outcome), ""
    if found.got is None:
        return "returned_none", _NONE, ""
    return found.kind, _KINDS[found.kind](found), evidence(trouble)


def _endless(spec: Exercise, outcome: Outcome, function: Callable) -> str:
    place = place_of(outcome.error, function)
    at = f" It was {_at(place)}." if place else ""
    return (
        f"Your function was stopped after {spec.seconds:g} seconds; the reference needs a fraction of one. "
        f"Look for a loop whose condition never becomes false.{at}"
    )


def _raised(error: BaseException, function: Callable) -> str:
    place = place_of(error, function)
    at = f"{_at(place)}\n" if place else "while its result was being used\n"
    message = " ".join(str(error).split())[:300]
    return f"Your function stopped with an error {at}{type(error).__name__}: {message}"


def _at(place: tuple[int, str]) -> str:
    number, text = place
    return f"at line {number} of its cell" + (f": {text}" if text else "")


def _changed(outcome: Outcome) -> str:
    names = " and ".join(outcome.changed)
    return (
        f"The answer is right, but your function changes its input {names} in place, so whoever called it "
        "finds other numbers there afterwards. Make a new tensor (x = x + 1) instead of writing into the old "
        "one (x += 1, x[0] = ..., x.add_(1))."
    )


def _printed(outcome: Outcome) -> str:
    return (
        f"Your function prints its answer ({outcome.printed.strip()[:60]}) and returns nothing. "
        "print shows a number to you; return hands it to the code that called."
    )


_NONE = "Your function returns None, which is what Python does when no line says return. Return your answer."

_TYPE_ADVICE = {
    "float": " Leave out .item() and float(): a plain number has forgotten how it was computed.",
    "ndarray": " Stay in torch: a NumPy array has forgotten how it was computed.",
    "generator": " Use return, not yield.",
}


def _wrong_type(found: Difference) -> str:
    name = type(found.got).__name__
    return (
        f"{found.where} should be {_kind(found.expected)} and yours is {_kind(found.got)}."
        f"{_TYPE_ADVICE.get(name, '')}"
    )


def _kind(value: Any) -> str:
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)}"
    return f"a {type(value).__module__.partition('.')[0]} {type(value).__name__}".replace("a builtins ", "a ")


def _wrong_shape(found: Difference) -> str:
    need, have = tuple(found.expected.shape), tuple(found.got.shape)
    note = " A shape of () is one single number, what .mean() gives." if need == () else ""
    return f"{found.where} has the shape {have} and needs the shape {need}.{note}"


def _detached(found: Difference) -> str:
    return (
        f"The value is right, but there is no {found.where}: the result was cut off from the computation "
        "that made it, so nothing could ever be trained with it. Look for .detach(), .item(), "
        "torch.no_grad() or torch.tensor(...) around a result."
    )


def _not_finite(found: Difference) -> str:
    return (
        f"{found.where} is not a finite number. Somewhere a logarithm meets 0, a division meets 0, or an "
        "exponential overflows: the inputs include large values on purpose."
    )


def _wrong_value(found: Difference) -> str:
    return f"{found.where} is not what it should be."


_KINDS = {
    "type": _wrong_type,
    "shape": _wrong_shape,
    "detached": _detached,
    "not_finite": _not_finite,
    "value": _wrong_value,
}
