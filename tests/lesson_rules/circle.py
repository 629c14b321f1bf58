"""No circle: what the page shows as wrong is refused by name; what a diagnosis recommends, it does not blame.

On the page a wrong answer is marked in the text, unseen by readers: <!-- wrong 00.log_probability: torch.log(
torch.sigmoid(logit)) -->, or with the name of a function that the page defines. It is typed into the checker.
"""

import ast
import re
import textwrap
from collections.abc import Callable, Iterator

import torch

from metagan_course.exercises import Exercise, registry
from metagan_course.exercises.checking import Verdict, check

from .lesson import Lesson

WRONG = re.compile(r"<!--\s*wrong (\d\d\.\w+):\s*(.+?)\s*-->", re.DOTALL)
BY_NAME = r"\b(naive|wrong|broken|cheat)\w* *=|\bdef (naive|wrong|broken|cheat)"
NAMES = {"torch": torch, "math": __import__("math")} | {
    name: getattr(torch.nn.functional, name)
    for name in ("softplus", "logsigmoid", "sigmoid", "binary_cross_entropy")
}
SEEDS = range(3)


def function_of(spec: Exercise, body: str, scope: dict | None = None) -> Callable:
    """The learner's function whose body is this code; an expression is returned."""
    own = list(spec.signature.parameters.values())
    told = [one.name if one.default is one.empty else f"{one.name}=_defaults[{one.name!r}]" for one in own]
    by_name = [one.kind is one.KEYWORD_ONLY for one in own]
    if any(by_name):
        told.insert(by_name.index(True), "*")
    if not re.search(r"\breturn\b", body):
        body = f"return {body}"
    source = f"def answer({', '.join(told)}):\n"
    scope = NAMES | (scope or {}) | {"_defaults": {one.name: one.default for one in own}}
    exec(compile(source + textwrap.indent(body, "    "), "<page>", "exec"), scope)
    return scope["answer"]


def verdicts(spec: Exercise, function: Callable) -> Iterator[Verdict]:
    return (check(spec, function, seed) for seed in SEEDS)


def is_named(verdict: Verdict) -> bool:
    names = {mistake.name for mistake in verdict.spec.mistakes}
    return set(verdict.diagnosis.split(" or ")) <= names  # two that do the same are both told


def refused_with_a_name(spec: Exercise, function: Callable, said: str) -> list[str]:
    """A wrong answer that the page shows must not pass, and must not stay without a name."""
    for verdict in verdicts(spec, function):
        if verdict.kind != "wrong":
            return [f"{spec.id}: the page shows {said!r} as wrong, and the checker says {verdict.kind}"]
        if not is_named(verdict):
            return [f"{spec.id}: the page shows {said!r} as wrong, and the checker has no name for it"]
    return []


def defined_on(lesson: Lesson, name: str) -> tuple[str, dict]:
    """The source of a function of the page, and a scope with the page's imports to run it in."""
    scope, found = dict(NAMES), ""
    for cell in lesson.code:
        for node in ast.parse(re.sub(r"^[%!].*$", "", cell.source, flags=re.MULTILINE)).body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                exec(compile(ast.Module([node], []), "<page>", "exec"), scope)
            elif isinstance(node, ast.FunctionDef) and node.name == name:
                found = ast.get_source_segment(cell.source, node)
    return found, scope


def wrong_ones_are_refused(lesson: Lesson) -> list[str]:
    """Each snippet that the page marks as wrong stands in its code, is refused, and with a name."""
    complaints, exercises = [], registry()
    code = "".join("".join(cell.source.split()) for cell in lesson.code)
    spans = "".join("".join(span.split()) for span in re.findall(r"`[^`]+`", lesson.text))
    marked = WRONG.findall(lesson.text)
    for id, said in marked:
        source, scope = defined_on(lesson, said) if said.isidentifier() else ("", {})
        if source:
            exec(compile(source, "<page>", "exec"), scope)
        if id not in exercises:
            complaints.append(f"{id}: no such exercise, for the wrong answer {said!r}")
        elif not source and "".join(said.split()) not in code + spans:
            complaints.append(f"{id}: {said!r} is marked as wrong and does not stand on the page")
        else:
            answer = scope[said] if source else function_of(exercises[id], said)
            complaints += refused_with_a_name(exercises[id], answer, said)
    if not marked and (found := re.search(BY_NAME, "\n".join(cell.source for cell in lesson.code))):
        complaints.append(f"the page shows {found.group(0)!r}: mark it, <!-- wrong NN.exercise: the code -->")
    return complaints


def advice(spec: Exercise) -> Iterator[tuple[str, set[str]]]:
    """(code in backticks, the mistakes whose diagnosis has it): whatever a reader could type in."""
    said: dict[str, set[str]] = {}
    for mistake in spec.mistakes:
        for code in re.findall(r"`([^`]+)`", mistake.diagnosis):
            said.setdefault(code, set()).add(mistake.name)
    for hint in spec.hints:
        for code in re.findall(r"`([^`]+)`", hint):
            said.setdefault(code, set())
    return ((code, by) for code, by in said.items() if is_answer(spec, code))


def is_answer(spec: Exercise, code: str) -> bool:
    """Could this be the whole body: Python that reads an argument and no name that is not there?"""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return False
    read = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    made = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    arguments = set(spec.signature.parameters)
    whole = "return" in code or (len(tree.body) == 1 and isinstance(tree.body[0], ast.Expr))
    calls = any(isinstance(n, ast.Call | ast.BinOp | ast.DictComp) for n in ast.walk(tree))
    return whole and calls and bool(read & arguments) and read <= arguments | made | set(NAMES)


def circles(spec: Exercise) -> list[str]:
    """What a diagnosis says to write does not come back with that very diagnosis; a hint's `return` is right.

    Other code in a hint may be a piece of the answer.
    """
    return [
        f"{spec.id}: `{code}`, told by {sorted(by) or 'a hint'}, is refused as {verdict.diagnosis}"
        for code, by in advice(spec)
        for verdict in verdicts(spec, function_of(spec, code))
        if verdict.kind == "wrong" and (verdict.diagnosis in by or (not by and "return" in code))
    ]


RULES = (wrong_ones_are_refused,)
