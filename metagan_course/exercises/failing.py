"""What is kept of an exception that a learner's function raised: its kind, its words, its place, its cause.

Two failures are the same if all of these agree; the words alone would call different causes by one name.
"""

import ast
import functools
import inspect
import linecache
import re
from collections.abc import Callable
from dataclasses import dataclass
from types import CodeType, TracebackType

from .observing import Unfit
from .timelimit import TimeUp


@dataclass(frozen=True)
class Failure:
    """An exception as plain data; `operation` is what raised it in the function's own code, if known."""

    kind: str
    message: str = ""
    line: int | None = None
    text: str = ""
    operation: str = ""  # "grad", "backward", "MatMult", ".shout"

    @property
    def is_endless(self) -> bool:
        """Was it stopped by the time limit?"""
        return self.kind == TimeUp.__name__

    @property
    def is_unfit(self) -> bool:
        """Did an observer find an answer of another form? Its message is a sentence of the course's."""
        return self.kind == Unfit.__name__

    def same(self, other: "Failure | None") -> bool:
        """One kind, one cause: the same words, from the same operation where both are known."""
        if other is None or (self.kind, self.message) != (other.kind, other.message):
            return False
        return self.operation == other.operation or not (self.operation and other.operation)


def failure_of(error: BaseException, function: Callable) -> Failure:
    """Write down what `function` raised."""
    code = code_of(function)
    own = [step for step in _steps(error.__traceback__) if code and _file(step) == code.co_filename]
    kind, message = type(error).__name__, _words(error)
    if not own:
        return Failure(kind, message)
    text = linecache.getline(_file(own[-1]), own[-1].tb_lineno).strip()
    return Failure(kind, message, own[-1].tb_lineno, text, _operation(own[-1]))


def code_of(function: Callable) -> CodeType | None:
    """The code a call of this runs: of the function inside a partial, a decorator, a method, an object."""
    while isinstance(function, functools.partial):
        function = function.func
    function = inspect.unwrap(function)
    if not hasattr(function, "__code__"):
        function = vars(type(function)).get("__call__")
    return getattr(function, "__code__", None)


def without_addresses(text: str) -> str:
    """<function f at 0x7f12> means nothing to a reader and differs in every run."""
    return re.sub(r" at 0x[0-9a-fA-F]+", "", text)


def _words(error: BaseException) -> str:
    try:
        return without_addresses(str(error).partition("\n")[0]).strip()[:300]
    except Exception:  # an exception class of the learner's own may fail to say anything
        return ""


def _steps(step: TracebackType | None) -> list[TracebackType]:
    steps = []
    while step is not None:
        steps.append(step)
        step = step.tb_next
    return steps


def _file(step: TracebackType) -> str:
    return step.tb_frame.f_code.co_filename


def _operation(step: TracebackType) -> str:
    """The name of what was being called or computed where this frame stood."""
    places = list(step.tb_frame.f_code.co_positions())[step.tb_lasti // 2]
    if None in places:
        return ""
    first, last, begin, end = places
    lines = [linecache.getline(_file(step), number) for number in range(first, last + 1)]
    raw = [line.encode() for line in lines]
    raw[-1] = raw[-1][:end]
    raw[0] = raw[0][begin:]
    try:
        return _name_of(ast.parse(b"(" + b"".join(raw) + b")", mode="eval").body)
    except (SyntaxError, ValueError):
        return ""


def _name_of(node: ast.expr) -> str:
    if isinstance(node, ast.Call):
        return _name_of(node.func).lstrip(".")
    if isinstance(node, ast.Attribute):
        return "." + node.attr
    if isinstance(node, ast.Name):
        return node.id
    return type(getattr(node, "op", node)).__name__
