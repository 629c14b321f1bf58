"""Functions as bytes, for the process that grades: by value what only this process knows, by name the rest.

Plain pickle sends a function's name. A learner's function stands in a notebook, and a lesson's observer
beside the answers that the grading process must not have, so both travel as code with the globals it uses.
"""

import importlib
import io
import linecache
import marshal
import pickle
import sys
import types
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

LESSONS = "metagan_course.exercises.lesson_"


class CannotSend(Exception):
    """A part of a function cannot be sent; the message is a sentence for the learner."""


def pack(value: Any, *, course: bool) -> bytes:
    """The value as bytes. `course` allows what stands in the lessons' exercises."""
    buffer = io.BytesIO()
    try:
        _Pickler(buffer, course).dump(value)
    except CannotSend:
        raise
    except Exception as error:  # pickle has many ways to say that something cannot be sent
        raise CannotSend(f"{type(error).__name__}: {' '.join(str(error).split())[:200]}") from error
    return buffer.getvalue()


class _Pickler(pickle.Pickler):
    def __init__(self, buffer: io.BytesIO, course: bool):
        super().__init__(buffer, protocol=5)
        self.course = course

    def reducer_override(self, value: Any) -> Any:
        module = getattr(value, "__module__", None) or ""
        if isinstance(value, FunctionType | type) and module.startswith(LESSONS) and not self.course:
            raise CannotSend("it uses something out of the course's own exercises, which an answer cannot.")
        if isinstance(value, types.ModuleType):
            return importlib.import_module, (value.__name__,)
        if isinstance(value, FunctionType) and not _is_importable(value):
            return _reduced_function(value)
        if isinstance(value, type) and not _is_importable(value):
            return _reduced_class(value)
        return NotImplemented


def _is_importable(value: Any) -> bool:
    """Does another process find the very same thing under its name?"""
    if value in (type(None), type(...), type(NotImplemented)):  # in no module; pickle knows them
        return True
    found: Any = sys.modules.get(value.__module__)
    if (value.__module__ or "").startswith(LESSONS) or not _is_installed(found):
        return False
    for part in value.__qualname__.split("."):
        found = getattr(found, part, None)
    return found is value


def _is_installed(module: Any) -> bool:
    """Python's own, a package's or the course's: a notebook, or a file beside it, is not."""
    top = getattr(module, "__name__", "").partition(".")[0]
    folders = Path(getattr(module, "__file__", None) or "").parts
    installed = {"site-packages", "dist-packages"} & set(folders)
    return top != "__main__" and bool(top == "metagan_course" or top in sys.stdlib_module_names or installed)


def _reduced_function(function: FunctionType) -> tuple:
    """An empty function first and its contents after it, so that it may refer to itself."""
    code = function.__code__
    used = {name: function.__globals__[name] for name in _names(code) if name in function.__globals__}
    lines = linecache.getlines(code.co_filename)
    state = {
        "globals": used,
        "cells": [cell.cell_contents for cell in function.__closure__ or ()],
        "defaults": function.__defaults__,
        "named_defaults": function.__kwdefaults__,
    }
    made = (marshal.dumps(code), function.__name__, len(code.co_freevars), lines)
    return _empty_function, made, state, None, None, _fill_function


def _names(code: CodeType) -> set[str]:
    inner = (part for part in code.co_consts if isinstance(part, CodeType))
    return set(code.co_names).union(*map(_names, inner))


def _empty_function(code: bytes, name: str, cells: int, lines: list[str]) -> FunctionType:
    made = marshal.loads(code)
    if lines:  # so that an error can show the learner's own line
        linecache.cache[made.co_filename] = (0, None, lines, made.co_filename)
    space = {"__builtins__": __builtins__, "__name__": "__main__"}
    return FunctionType(made, space, name, None, tuple(types.CellType() for _ in range(cells)))


def _fill_function(function: FunctionType, state: dict) -> None:
    function.__globals__.update(state["globals"])
    for cell, value in zip(function.__closure__ or (), state["cells"], strict=True):
        cell.cell_contents = value
    function.__defaults__, function.__kwdefaults__ = state["defaults"], state["named_defaults"]


_NOT_COPIED = ("__dict__", "__weakref__", "__doc__")


def _reduced_class(kind: type) -> tuple:
    state = {name: value for name, value in vars(kind).items() if name not in _NOT_COPIED}
    return _empty_class, (type(kind), kind.__name__, kind.__bases__), state, None, None, _fill_class


def _empty_class(meta: Callable, name: str, bases: tuple) -> type:
    return meta(name, bases, {})


def _fill_class(kind: type, state: dict) -> None:
    for name, value in state.items():
        setattr(kind, name, value)
