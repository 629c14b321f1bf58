"""Exercises that teach when you are wrong: `exercise`, `hint`, `solution`, `progress`.

    def generator_loss(*, fake):
        ...                                                  # your code here
    generator_loss = exercise("01.generator_loss", generator_loss)

An exercise never stops a notebook: until an answer is right, the course's own function stands in. Set the
environment variable METAGAN_GRADING=1 and the same check raises instead, for collecting and grading.
"""

import os
import re
import secrets
from collections.abc import Callable
from pathlib import Path

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

_asked: list[str] = []  # per kernel: the exercises asked about, the last one last
_hints_shown: dict[str, int] = {}  # per kernel: hint() goes one rung further down each time


def exercise(id: str, function: Callable) -> Callable:
    """Check a learner's function on fresh inputs, say what was found, return the one to use from here on.

    That is the learner's own if it is right, else the course's reference. In grading mode anything that is
    not right raises AssertionError with the same text.
    """
    spec = _find(id)
    if os.environ.get("METAGAN_GRADING", "0") not in ("", "0"):
        return _graded(spec, function)
    verdict = check(spec, function, secrets.randbelow(2**31))
    correct = verdict.kind == "correct"
    note = progress_file.record(id, solved=correct) if verdict.kind != "untouched" else ""
    wrong = verdict.kind == "wrong"
    if wrong:
        _hints_shown[id] = max(1, _hints_shown.get(id, 0))
    showing.show(showing.of_verdict(verdict, hint=spec.hints[0] if wrong else "", note=note))
    return function if correct else spec.reference


def _graded(spec: Exercise, function: Callable) -> Callable:
    from . import grading  # only where it is needed

    verdict = grading.grade(spec, function)
    if verdict.kind != "correct":
        raise AssertionError(repr(showing.of_verdict(verdict)))
    showing.show(showing.of_verdict(verdict))
    return function


def hint(id: str) -> None:
    """Show the next hint of an exercise; there are three, each more of a push than the last."""
    spec = _find(id)
    _hints_shown[id] = min(3, _hints_shown.get(id, 0) + 1)
    showing.show(showing.of_hints(spec, _hints_shown[id]))


def solution(id: str) -> None:
    """Show the package's own function for an exercise."""
    spec = _find(id)
    showing.show(showing.of_solution(spec, solutions.source(spec)))


def _find(id: str) -> Exercise:
    spec = find(id)
    _asked.append(id)
    return spec


def progress(record: str | os.PathLike | None = None) -> None:
    """Show which exercises are done, the open lesson's first; `record` names a JSON file for a teacher.

    progress(record="anna.json") writes every exercise with its state and tries beside the notebook.
    """
    try:
        records, note = progress_file.read(), ""
    except progress_file.Trouble as trouble:
        records, note = {}, str(trouble)
    here = _open_lesson()
    order = sorted(lessons(), key=lambda lesson: (lesson != here, lesson))
    rows = [_row(spec, records.get(spec.id, {})) for lesson in order for spec in of_lesson(lesson)]
    if record is not None:
        note = " ".join(filter(None, [note, progress_file.write_completion(Path(record), rows)]))
    showing.show(showing.Table(tuple(rows), note, here))


def _row(spec: Exercise, record: dict) -> dict:
    state = "done" if "done" in record else "tried" if record.get("tries") else "open"
    about = {"id": spec.id, "title": spec.title, "dots": spec.dots, "state": state}
    return about | {"tries": record.get("tries", 0), "solved": record.get("done", "")}


def _open_lesson() -> str:
    """The lesson asked of last in this kernel, else the one whose notebook this is; '' if nobody knows."""
    if _asked:
        return _asked[-1][:2]
    named = re.match(r"\d\d", Path(os.environ.get("JPY_SESSION_NAME", "")).name)
    return named.group() if named else ""
