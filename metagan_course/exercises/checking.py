"""From what a learner's function did to a verdict that teaches.

The order matters: is it a function, is it still the stub, can it be called, then what it did. A named
mistake is recognised by doing exactly what that mistake does; only then come the general troubles (nothing
returned, a wrong shape, an endless loop), and last "expected this, got that".
"""

import ast
import dis
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from .comparing import Difference, difference, short
from .declare import DETACHED, Exercise
from .diagnosing import Trouble, evidence, general_trouble
from .running import Outcome, cases, run, same_outcomes
from .timelimit import TimeUp


@dataclass(frozen=True)
class Verdict:
    """What a check concluded: `kind` is correct, untouched or wrong; `diagnosis` names what was seen."""

    spec: Exercise
    kind: str
    diagnosis: str = ""
    sentences: str = ""  # what happened and why it matters
    evidence: str = ""  # the number that gave it away


def check(spec: Exercise, function: Any, seed: int) -> Verdict:
    """Judge a learner's function on fresh inputs of this seed. The notebook's own random state is kept."""
    if not callable(function):
        return _not_a_function(spec, function)
    if is_stub(function):
        return Verdict(spec, "untouched", "stub")
    if problem := _signature_problem(spec, function):
        return Verdict(spec, "wrong", "signature", problem)
    with torch.random.fork_rng(devices=[]):
        return _judge(spec, function, seed)


def _judge(spec: Exercise, function: Callable, seed: int) -> Verdict:
    expected = _expected(spec, seed)  # first, so that what torch imports late is not on the learner's clock
    outcomes = run(spec, function, seed)
    if any(value is ... for outcome in outcomes for value in outcome.observed.values()):
        return Verdict(spec, "untouched", "stub")
    trouble = _first_trouble(spec, outcomes, expected)
    if trouble is None:
        return Verdict(spec, "correct", "correct")
    known = _named(spec, outcomes, expected, trouble, seed)
    return known or Verdict(spec, "wrong", *general_trouble(spec, function, trouble))


def _expected(spec: Exercise, seed: int) -> list[Outcome]:
    outcomes = list(cases(spec, spec.oracle or spec.reference, seed))
    error = outcomes[-1].error
    if error is not None:
        raise RuntimeError(f"the oracle of {spec.id} failed: a fault of the course, not yours") from error
    return outcomes


def is_stub(function: Callable) -> bool:
    """Is the body still `...`, pass, `return None` or raise NotImplementedError?"""
    code = getattr(function, "__code__", None)
    if code is None:
        return False
    body = _body(function)
    if body is not None:
        return all(map(_does_nothing, body))
    # no source at hand (typed into a console): a body that does nothing has no instruction but these
    names = {one.opname for one in dis.get_instructions(code)}
    raises = "RAISE_VARARGS" in names and set(code.co_names) == {"NotImplementedError"}
    return raises or (names <= _IDLE and set(code.co_consts) <= {None, function.__doc__})


_IDLE = {"RESUME", "NOP", "LOAD_CONST", "RETURN_VALUE", "RETURN_CONST"}


def _body(function: Callable) -> list[ast.stmt] | None:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return None
    found = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return found[0].body if found else None


def _does_nothing(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Pass):
        return True
    if isinstance(statement, ast.Raise):
        return statement.exc is not None and "NotImplementedError" in ast.dump(statement.exc)
    if isinstance(statement, ast.Return) and statement.value is None:
        return True
    if isinstance(statement, ast.Return | ast.Expr) and isinstance(statement.value, ast.Constant):
        is_docstring = isinstance(statement, ast.Expr) and isinstance(statement.value.value, str)
        return is_docstring or statement.value.value in (None, ...)
    return False


def _not_a_function(spec: Exercise, value: Any) -> Verdict:
    sentences = (
        f"The check needs the function itself and was given {short(value)}. "
        f'Write exercise("{spec.id}", {spec.name}) with no parentheses after {spec.name}: with them Python '
        "calls the function first and passes on its result."
    )
    return Verdict(spec, "wrong", "not_a_function", sentences)


def _signature_problem(spec: Exercise, function: Callable) -> str:
    try:
        own = inspect.signature(function)
    except (TypeError, ValueError):
        return ""
    asked = spec.signature.bind(**{name: None for name in spec.input_names})
    try:
        own.bind(*asked.args, **asked.kwargs)
        fits = len(asked.args) < 2 or not _reordered(own, spec.signature)
    except TypeError:
        fits = False
    if fits:
        return ""
    return (
        f"Your function takes {_plain(own)}, but the rest of the notebook calls it as "
        f"{spec.name}{_plain(spec.signature)}. Keep the stub's first line as it was and change only "
        "what stands below it."
    )


def _reordered(own: inspect.Signature, asked: inspect.Signature) -> bool:
    mine, theirs = list(own.parameters), list(asked.parameters)
    return mine != theirs and set(mine) == set(theirs)


def _plain(signature: inspect.Signature) -> str:
    """A signature without its annotations, as a learner would type it."""
    empty = inspect.Parameter.empty
    bare = [one.replace(annotation=empty) for one in signature.parameters.values()]
    return str(signature.replace(parameters=bare, return_annotation=inspect.Signature.empty))


def _first_trouble(spec: Exercise, outcomes: list[Outcome], expected: list[Outcome]) -> Trouble | None:
    for got, right in zip(outcomes, expected, strict=False):
        if got.error is not None:
            return Trouble(got, None)
        found = _first_difference(spec, right, got)
        if found is not None or got.changed:
            return Trouble(got, found)
    return None


def _first_difference(spec: Exercise, right: Outcome, got: Outcome) -> Difference | None:
    for where, value in right.observed.items():
        mine = got.observed.get(where, DETACHED)  # where the observer had to stop early
        found = difference(value, mine, where=where, rtol=spec.rtol, atol=spec.atol)
        if found is not None:
            return found
    return None


def _named(spec: Exercise, outcomes: list, expected: list, trouble: Trouble, seed: int) -> Verdict | None:
    """The declared mistake that does exactly what the learner's function did, if there is one."""
    if isinstance(trouble.outcome.error, TimeUp):
        return None
    for mistake in spec.mistakes:
        if mistake.when is not None:
            matches = mistake.when([one.observed for one in outcomes], [one.observed for one in expected])
        else:
            matches = same_outcomes(cases(spec, mistake.wrong, seed), outcomes, spec)
        if matches:
            return Verdict(spec, "wrong", mistake.name, mistake.diagnosis, evidence(trouble))
    return None
