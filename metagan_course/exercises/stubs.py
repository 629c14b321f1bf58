"""Is a function still the stub? A body of `...`, pass, `return None` or raise NotImplementedError is."""

import ast
import dis
import inspect
import textwrap
from collections.abc import Callable


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
