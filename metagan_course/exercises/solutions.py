"""The package's functions as solutions: to read, and as code that can take a stub's place.

`solved` turns a notebook as shipped into the notebook of someone who got everything right; the tests run it
to show that both work. It edits text and runs nothing.
"""

import ast
import builtins
import copy
import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Iterator
from types import CodeType, ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # nbformat takes seconds to import, and no learner's kernel and no grading needs it
    from nbformat import NotebookNode

from .declare import Exercise
from .finding import find

CALL = re.compile(r"""^(\w+) = exercise\(\s*["'](\d\d\.\w+)["'],\s*(\w+)\s*\)""", re.MULTILINE)


def source(spec: Exercise) -> str:
    """The reference's source, as it stands in the package."""
    return textwrap.dedent(inspect.getsource(spec.reference))


def solution_code(spec: Exercise) -> str:
    """Code that defines the solution under the stub's name, with the imports it needs."""
    reference = inspect.unwrap(spec.reference)
    renamed = re.sub(rf"\bdef {reference.__name__}\b", f"def {spec.name}", source(spec), count=1)
    used = {name for code in _codes(reference.__code__) for name in code.co_names}
    used |= set(_names_of_annotations(renamed))
    lines = _imports(sorted(used & set(reference.__globals__)), reference)
    return "\n".join([*lines, "", "", renamed.rstrip()]).lstrip() + "\n"


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _names_of_annotations(text: str) -> Iterator[str]:
    function = ast.parse(text).body[0]
    parts = [*function.decorator_list, function.args, function.returns]
    for part in filter(None, parts):
        yield from (node.id for node in ast.walk(part) if isinstance(node, ast.Name))


def _imports(names: list[str], reference: Callable) -> list[str]:
    """The import lines that give these names of the reference's module to another one."""
    modules, parts = [], {}
    for name in names:
        value = reference.__globals__[name]
        if isinstance(value, ModuleType):
            short = name == value.__name__
            modules.append(f"import {value.__name__}" + ("" if short else f" as {name}"))
        elif name != reference.__name__ and not hasattr(builtins, name):
            parts.setdefault(_home(name, value, reference), []).append(name)
    return modules + [f"from {home} import {', '.join(parts[home])}" for home in sorted(parts)]


def _home(name: str, value: object, reference: Callable) -> str:
    """Where a name is best imported from: the module that made it, or else the one that uses it."""
    made = getattr(value, "__module__", None)
    known = made and getattr(sys.modules.get(made), name, None) is value
    return made if known else reference.__module__


def exercise_ids(notebook: "NotebookNode") -> list[str]:
    """The ids of the exercises a notebook asks, in order."""
    return [match.group(2) for cell in _code_cells(notebook) for match in CALL.finditer(cell.source)]


def solved(notebook: "NotebookNode") -> "NotebookNode":
    """A copy of the notebook with the solution in place of every stub; outputs are left as they were."""
    answered = copy.deepcopy(notebook)
    cells = list(_code_cells(answered))
    for number, cell in enumerate(cells):
        for name, id, _ in CALL.findall(cell.source):
            holder = next(
                (one for one in reversed(cells[: number + 1]) if _definition(one.source, name)), None
            )
            if holder is None:
                raise ValueError(f"exercise {id!r} has no stub `def {name}` in its cell or before it")
            holder.source = _with_solution(holder.source, name, solution_code(find(id)))
    return answered


def _code_cells(notebook: "NotebookNode") -> "Iterator[NotebookNode]":
    return (cell for cell in notebook.cells if cell.cell_type == "code")


def _definition(text: str, name: str) -> ast.FunctionDef | None:
    if f"def {name}" not in text:
        return None
    body = ast.parse(text).body
    return next((one for one in body if isinstance(one, ast.FunctionDef) and one.name == name), None)


def _with_solution(text: str, name: str, code: str) -> str:
    stub, lines = _definition(text, name), text.splitlines()
    first = min([stub.lineno, *(one.lineno for one in stub.decorator_list)])
    return "\n".join([*lines[: first - 1], *code.rstrip().splitlines(), *lines[stub.end_lineno :]])
