"""Exercises that teach when you are wrong: `exercise`, `hint`, `solution`, `progress`.

    def generator_loss(*, fake):
        ...                                                  # your code here
    generator_loss = exercise("01.generator_loss", generator_loss)

An exercise never stops a notebook: until an answer is right, the course's own function stands in. Set the
environment variable METAGAN_GRADING=1 and the same check raises instead, for collecting and grading.
"""

import os
import secrets
from collections.abc import Callable

from . import progress_file, showing, solutions
from .checking import check
from .declare import Exercise, Mistake, Remark
from .finding import find, lessons, of_lesson, registry
from .solutions import exercise_ids, solved

__all__ = [
    "exercise",
    "hint",
    "solution",
    "progress",
    "solved",
    "exercise_ids",
    "registry",
    "Exercise",
    "Mistake",
    "Remark",
]

_hints_shown: dict[str, int] = {}  # per kernel: hint() goes one rung further down each time


def exercise(id: str, function: Callable) -> Callable:
    """Check a learner's function on fresh inputs, say what was found, return the one to use from here on.

    That is the learner's own if it is right, else the course's reference. In grading mode anything that is
    not right raises AssertionError with the same text.
    """
    spec = find(id)
    verdict = check(spec, function, secrets.randbelow(2**31))
    correct = verdict.kind == "correct"
    if os.environ.get("METAGAN_GRADING", "0") not in ("", "0"):
        if not correct:
            raise AssertionError(repr(showing.of_verdict(verdict)))
        showing.show(showing.of_verdict(verdict))
        return function
    note = progress_file.record(id, solved=correct) if verdict.kind != "untouched" else ""
    wrong = verdict.kind == "wrong"
    if wrong:
        _hints_shown[id] = max(1, _hints_shown.get(id, 0))
    showing.show(showing.of_verdict(verdict, hint=spec.hints[0] if wrong else "", note=note))
    return function if correct else spec.reference


def hint(id: str) -> None:
    """Show the next hint of an exercise; there are three, each more of a push than the last."""
    spec = find(id)
    _hints_shown[id] = min(3, _hints_shown.get(id, 0) + 1)
    showing.show(showing.of_hints(spec, _hints_shown[id]))


def solution(id: str) -> None:
    """Show the package's own function for an exercise."""
    spec = find(id)
    showing.show(showing.of_solution(spec, solutions.source(spec)))


def progress() -> None:
    """Show which exercises are done, across all lessons."""
    try:
        records, note = progress_file.read(), ""
    except progress_file.Trouble as trouble:
        records, note = {}, str(trouble)
    rows = tuple(_row(spec, records.get(spec.id, {})) for lesson in lessons() for spec in of_lesson(lesson))
    showing.show(showing.Table(rows, note))


def _row(spec: Exercise, record: dict) -> tuple[str, str, str, str]:
    state = "done" if "done" in record else "tried" if record.get("tries") else "open"
    return state, spec.id, spec.title, spec.dots
