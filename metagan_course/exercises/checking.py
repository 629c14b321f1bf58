"""From what a learner's function did to a verdict that teaches.

The order matters: is it a function, is it still the stub, can it be called, then what it did. A named
mistake is recognised by doing exactly what that mistake does (`naming.py`); only then come the general
troubles (nothing returned, a wrong shape, an endless loop), and last "expected this, got that".
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .comparing import Difference, difference, short
from .declare import Exercise
from .diagnosing import Trouble, evidence, general_trouble
from .failing import without_addresses
from .keeping import random_states_kept
from .naming import known_mistakes, names_used, remarks
from .observing import DETACHED, NOTE
from .plain import plain
from .running import Outcome, draw, own_cases, run
from .stubs import is_stub


@dataclass(frozen=True)
class Verdict:
    """What a check concluded: `kind` is correct, untouched or wrong; `diagnosis` names what was seen."""

    spec: Exercise
    kind: str
    diagnosis: str = ""
    sentences: str = ""  # what happened and why it matters
    evidence: str = ""  # the number that gave it away
    remarks: tuple[str, ...] = ()  # what is said to a right answer


class InProcess:
    """How a check lets a learner's function run: here, on both looks, the second only where it is needed."""

    def __init__(self, spec: Exercise, function: Callable, seed: int):
        self.spec, self.function, self.seed = spec, function, seed
        self.names = names_used(function)

    def first(self) -> list[Outcome]:
        """What it does on the cases that decide."""
        return run(self.spec, self.function, self.spec.first_look, self.seed)

    def second(self) -> list[Outcome]:
        """What it does where known causes part."""
        return run(self.spec, self.function, self.spec.second_look, self.seed)


def check(spec: Exercise, function: Any, seed: int, runner: Callable = InProcess) -> Verdict:
    """Judge a learner's function on fresh inputs of this seed. Nothing it changes survives (`keeping.py`)."""
    if not callable(function):
        return _not_a_function(spec, function)
    if is_stub(function):
        return Verdict(spec, "untouched", "stub")
    with random_states_kept():
        if problem := signature_problem(spec, function):
            return Verdict(spec, "wrong", "signature", problem)
        return judge(spec, seed, runner(spec, function, seed))


def judge(spec: Exercise, seed: int, runner: Any) -> Verdict:
    """The verdict on what a runner's function does: right, or wrong with what there is to say."""
    expected = expectations(spec, seed)  # first: what torch imports late is not on the learner's clock
    outcomes = runner.first()
    if any(value is ... for outcome in outcomes for value in outcome.observed.values()):
        return Verdict(spec, "untouched", "stub")
    trouble = first_trouble(spec, outcomes, expected)
    if trouble is None:
        return Verdict(spec, "correct", "correct", remarks=remarks(spec, runner.names, runner.second, seed))
    if spec.explain is not None and trouble.outcome.failure is None:
        return Verdict(spec, "wrong", *spec.explain(outcomes, expected))
    known = known_mistakes(spec, outcomes, expected, runner.second, seed)
    if known:
        name, diagnosis = known
        return Verdict(spec, "wrong", name, diagnosis, evidence(trouble))
    return Verdict(spec, "wrong", *general_trouble(spec, trouble))


def expectations(spec: Exercise, seed: int) -> list[Outcome]:
    """What the oracle does on the cases that decide."""
    outcomes = list(own_cases(spec, spec.oracle, spec.first_look, seed))
    failure = outcomes[-1].failure
    if failure is not None:
        raise RuntimeError(
            f"the oracle of {spec.id} failed: a fault of the course, not yours "
            f"({failure.kind}: {failure.message}; {failure.text})"
        )
    return outcomes


def _not_a_function(spec: Exercise, value: Any) -> Verdict:
    sentences = (
        f"The check needs the function itself and was given {short(plain(value))}. "
        f'Write `exercise("{spec.id}", {spec.name})` with no parentheses after {spec.name}: with them Python '
        "calls the function first and passes on its result."
    )
    return Verdict(spec, "wrong", "not_a_function", sentences)


def signature_problem(spec: Exercise, function: Callable) -> str:
    """A sentence if the notebook could not call it as it calls the stub, else ''."""
    try:
        own = inspect.signature(function)
    except (TypeError, ValueError):
        return ""
    view = spec.first_look
    if all(_fits(own, spec.signature, set(draw(view, 0, number))) for number in range(len(view.cases))):
        return ""
    return (
        f"Your function takes `{_plain(own)}`, but the rest of the notebook calls it as "
        f"`{spec.name}{_plain(spec.signature)}`. Keep the stub's first line as it was and change only "
        "what stands below it."
    )


def _fits(own: inspect.Signature, asked: inspect.Signature, names: set[str]) -> bool:
    """Can it be called as the notebook calls it, with these arguments?"""
    bound = asked.bind(**{name: None for name in names})
    try:
        own.bind(*bound.args, **bound.kwargs)
    except TypeError:
        return False
    return len(bound.args) < 2 or not _reordered(own, asked)


def _reordered(own: inspect.Signature, asked: inspect.Signature) -> bool:
    mine, theirs = list(own.parameters), list(asked.parameters)
    return mine != theirs and set(mine) == set(theirs)


def _plain(signature: inspect.Signature) -> str:
    """A signature without its annotations, as a learner would type it."""
    empty = inspect.Parameter.empty
    bare = [one.replace(annotation=empty) for one in signature.parameters.values()]
    return without_addresses(str(signature.replace(parameters=bare, return_annotation=empty)))


def first_trouble(spec: Exercise, outcomes: list[Outcome], expected: list[Outcome]) -> Trouble | None:
    """The first case that went wrong, and how; None if the answer is right."""
    for got, right in zip(outcomes, expected, strict=False):
        if got.failure is not None:
            return Trouble(got, None)
        found = _first_difference(spec, right, got)
        if found is not None or got.changed:
            return Trouble(got, found)
    return None


def _first_difference(spec: Exercise, right: Outcome, got: Outcome) -> Difference | None:
    for where, value in right.observed.items():
        if where == NOTE:
            continue
        mine = got.observed.get(where, DETACHED)  # where the observer had to stop early
        found = difference(value, mine, where=where, rtol=spec.rtol, atol=spec.atol)
        if found is not None:
            return found
    return None
