"""Run a function on an exercise's fresh inputs and write down what happened, whatever happens.

No judgement here: an outcome holds what was observed, printed, raised and changed; `checking.py` decides.
"""

import contextlib
import inspect
import io
import itertools
import linecache
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import torch

from .comparing import difference, same_inputs
from .declare import Exercise, Observation
from .timelimit import TimeUp, time_limit


@dataclass
class Outcome:
    """What one function did with one case."""

    inputs: dict  # as they were before the call
    observed: Observation = field(default_factory=dict)
    error: BaseException | None = None
    changed: tuple[str, ...] = ()  # inputs changed in place that should not have been
    printed: str = ""


def run(spec: Exercise, function: Callable, seed: int) -> list[Outcome]:
    """The outcomes of all cases drawn from this seed, up to an error, within the exercise's time limit."""
    outcomes: list[Outcome] = []
    try:
        with time_limit(spec.seconds):
            for outcome in cases(spec, function, seed):
                outcomes.append(outcome)
    except TimeUp as error:
        outcomes.append(Outcome(inputs={}, error=error))
    return outcomes


def cases(spec: Exercise, function: Callable, seed: int) -> Iterator[Outcome]:
    """One outcome after the other, each computed when it is asked for; the last one if it is an error."""
    for case in range(spec.cases):
        outcome = _run_case(spec, function, seed, case)
        yield outcome
        if outcome.error is not None:
            return


def draw(spec: Exercise, seed: int, case: int) -> dict:
    """Inputs of one case: the same seed and case always give equal, separately built values."""
    generator = torch.Generator().manual_seed(1000 * seed + case)
    torch.default_generator.manual_seed(1000 * seed + case)  # networks are initialised from the global one
    return spec.inputs(generator)


def _run_case(spec: Exercise, function: Callable, seed: int, case: int) -> Outcome:
    outcome, inputs, printed = Outcome(draw(spec, seed, case)), draw(spec, seed, case), io.StringIO()
    try:
        with contextlib.redirect_stdout(printed), torch.enable_grad():
            outcome.observed = spec.observe(call_as(spec.signature, function), dict(inputs))
    except (Exception, SystemExit) as error:  # whatever a learner's code raises is a thing to explain
        outcome.error = error
    outcome.printed = printed.getvalue()
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
    """Did two functions do the same on every case: same values, same errors, same inputs changed?"""
    pairs = itertools.zip_longest(first, second)
    return all(a is not None and b is not None and _same(a, b, spec) for a, b in pairs)


def _same(a: Outcome, b: Outcome, spec: Exercise) -> bool:
    if a.error is not None or b.error is not None:
        return type(a.error) is type(b.error) and _first_line(a.error) == _first_line(b.error)
    tolerances = {"rtol": spec.rtol, "atol": spec.atol}
    return a.changed == b.changed and difference(a.observed, b.observed, where="", **tolerances) is None


def _first_line(error: BaseException | None) -> str:
    return str(error).partition("\n")[0]


def place_of(error: BaseException, function: Callable) -> tuple[int, str] | None:
    """Line number and text where the learner's own code raised, deepest first; None if it never got there."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    frames, step = [], error.__traceback__
    while step is not None:
        frames.append((step.tb_frame.f_code.co_filename, step.tb_lineno))
        step = step.tb_next
    own = [number for filename, number in frames if code and filename == code.co_filename]
    return (own[-1], linecache.getline(code.co_filename, own[-1]).strip()) if own else None
