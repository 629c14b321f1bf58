"""Run a function on an exercise's fresh inputs and write down what happened, whatever happens.

No judgement here: an outcome holds what was observed, printed, raised and changed; `checking.py` decides.
"""

import inspect
import itertools
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import torch

from .comparing import difference, same_inputs
from .declare import Exercise, Observation, View
from .failing import Failure, failure_of
from .keeping import Keeper, seed_all, silent
from .observing import NOTE
from .plain import plain
from .timelimit import within


@dataclass
class Outcome:
    """What one function did with one case."""

    inputs: dict  # as they were before the call
    case: str = ""  # the case's name, which fits after "With"
    observed: Observation = field(default_factory=dict)  # plain data
    failure: Failure | None = None
    changed: tuple[str, ...] = ()  # inputs changed in place that should not have been
    printed: str = ""


def run(spec: Exercise, function: Callable, view: View, seed: int, patience: float = 2.0) -> list[Outcome]:
    """A learner's function on all cases of a view, up to a failure, within the exercise's time limit.

    Every case begins with torch, NumPy and Python as they should be, whatever the case before did to them.
    """
    outcomes: list[Outcome] = []
    left, keeper = spec.seconds, Keeper()
    for number in range(len(view.cases)):
        computed, started = time.thread_time(), time.monotonic()
        with keeper:
            outcome, inputs = _run_case(spec, function, view, seed, number, max(left, 0.01), patience)
        outcomes.append(_with_changes(spec, outcome, inputs))
        left -= max(time.thread_time() - computed, (time.monotonic() - started) / patience)
        if outcome.failure is not None:
            break
    return outcomes


def own_cases(spec: Exercise, function: Callable, view: View, seed: int) -> Iterator[Outcome]:
    """One of the course's functions, case by case, each computed when it is asked for."""
    for number in range(len(view.cases)):
        outcome = _with_changes(spec, *_run_case(spec, function, view, seed, number))
        yield outcome
        if outcome.failure is not None:
            return


def draw(view: View, seed: int, number: int) -> dict:
    """Inputs of one case: the same seed and case always give equal, separately built values."""
    own = 1000 * seed + number
    seed_all(own)  # networks are initialised from the global generator
    return view.cases[number][1](torch.Generator().manual_seed(own))


def _run_case(spec, function, view, seed, number, seconds=None, patience=2.0) -> tuple[Outcome, dict]:
    before, inputs = draw(view, seed, number), draw(view, seed, number)
    outcome, call = Outcome(before, view.cases[number][0]), call_as(spec.signature, function)

    def look() -> Observation:
        return {name: plain(value) for name, value in view.observe(call, dict(inputs)).items()}

    with silent() as printed, torch.enable_grad():
        try:
            outcome.observed = look() if seconds is None else within(seconds, look, patience)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # whatever a learner's code raises is a thing to explain
            outcome.failure = failure_of(error, function)
    outcome.printed = printed.getvalue()
    return outcome, inputs


def _with_changes(spec: Exercise, outcome: Outcome, inputs: dict) -> Outcome:
    fixed = [name for name in inputs if name not in spec.may_change]
    outcome.changed = tuple(name for name in fixed if not same_inputs(outcome.inputs[name], inputs[name]))
    return outcome


def call_as(signature: inspect.Signature, function: Callable) -> Callable:
    """`function`, called with named inputs the way a notebook would: positions where the stub allows them."""

    def call(**inputs):
        bound = signature.bind(**inputs)
        return function(*bound.args, **bound.kwargs)

    return call


def same_outcomes(first: Iterable[Outcome], second: Iterable[Outcome], spec: Exercise) -> bool:
    """Did two functions do the same on every case: same values, same failures, same inputs changed?"""
    pairs = itertools.zip_longest(first, second)
    return all(a is not None and b is not None and _same(a, b, spec) for a, b in pairs)


def _same(a: Outcome, b: Outcome, spec: Exercise) -> bool:
    if a.failure is not None or b.failure is not None:
        return a.failure is not None and a.failure.same(b.failure)
    tolerances = {"rtol": spec.rtol, "atol": spec.atol}
    first, second = ({k: v for k, v in one.observed.items() if k != NOTE} for one in (a, b))
    return a.changed == b.changed and difference(first, second, where="", **tolerances) is None
