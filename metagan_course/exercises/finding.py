"""Where the exercises are: lessons are found by their package's name, so a new lesson registers itself."""

import difflib
import importlib
import pkgutil
import re

from .declare import Exercise


def lessons() -> list[str]:
    """The lessons that have exercises, as two digits, in order."""
    from metagan_course import exercises

    names = (module.name for module in pkgutil.iter_modules(exercises.__path__))
    return sorted(name[-2:] for name in names if re.fullmatch(r"lesson_\d\d", name))


def of_lesson(lesson: str) -> tuple[Exercise, ...]:
    """The exercises of one lesson, in the order the notebook asks them."""
    module = importlib.import_module(f"metagan_course.exercises.lesson_{lesson}")
    for spec in module.EXERCISES:
        if spec.lesson != lesson:
            raise ValueError(f"exercise {spec.id!r} is declared in lesson_{lesson}: move it or rename it")
    return tuple(module.EXERCISES)


def registry() -> dict[str, Exercise]:
    """Every exercise of the course by its id."""
    return {spec.id: spec for lesson in lessons() for spec in of_lesson(lesson)}


def find(id: str) -> Exercise:
    """The exercise of this id; only its own lesson is imported."""
    lesson = str(id)[:2]
    known = {spec.id: spec for spec in of_lesson(lesson)} if lesson in lessons() else registry()
    if id in known:
        return known[id]
    close = difflib.get_close_matches(str(id), known, n=1, cutoff=0.0)
    advice = f" Did you mean {close[0]!r}?" if close else ""
    raise ValueError(f"there is no exercise {id!r}.{advice} progress() lists them all.")
