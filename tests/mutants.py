"""Small wrong versions of a function, made from its source by changing one place at a time.

A mutant is what a slip makes of a right answer: an operator, a constant, an axis, a dropped call, two
arguments exchanged, one argument for another. Whether a mutant is wrong, attack_exercises.py judges.
"""

import ast
import copy
import linecache
from collections.abc import Callable, Iterator
from itertools import count

OPERATORS = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div, ast.Add),
    ast.Div: (ast.Mult,),
    ast.Pow: (ast.Mult,),
    ast.Lt: (ast.LtE, ast.Gt),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.LtE: (ast.Lt,),
    ast.GtE: (ast.Gt,),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
}
NAMES = {
    "mean": ("sum",),
    "sum": ("mean",),
    "cos": ("sin",),
    "sin": ("cos",),
    "softplus": ("relu", "sigmoid"),
    "logsigmoid": ("sigmoid",),
    "square": ("abs",),
    "norm": ("sum",),
}
numbers = count()


def mutants(source: str, name: str, scope: dict) -> Iterator[tuple[str, Callable]]:
    """(what was changed, the changed function) for every single change that compiles."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and ast.get_docstring(node):
            node.body = node.body[1:] or [ast.Pass()]
    function = next(one for one in tree.body if isinstance(one, ast.FunctionDef) and one.name == name)
    parameters = [one.arg for one in (*function.args.args, *function.args.kwonlyargs)]
    for place, node in enumerate(ast.walk(tree)):
        for choice, (said, _) in enumerate(changes(node, parameters)):
            changed = copy.deepcopy(tree)
            target = list(ast.walk(changed))[place]
            replaced = Put(target, changes(target, parameters)[choice][1]).visit(changed)
            made = compiled(ast.unparse(ast.fix_missing_locations(replaced)), name, scope)
            if made is not None:
                line = getattr(node, "lineno", 0)
                yield f"line {line}, {said}", made


class Put(ast.NodeTransformer):
    """Puts one node in the place of another; None takes it away."""

    def __init__(self, target: ast.AST, other: ast.AST | None):
        self.target, self.other = target, other

    def visit(self, node: ast.AST) -> ast.AST | None:
        return self.other if node is self.target else self.generic_visit(node)


def compiled(source: str, name: str, scope: dict) -> Callable | None:
    """The function that a source defines, with its source at hand as in a notebook's cell."""
    file = f"<mutant {next(numbers)}>"
    linecache.cache[file] = (len(source), None, source.splitlines(True), file)
    space = dict(scope)
    try:
        exec(compile(source, file, "exec"), space)
    except (SyntaxError, ValueError, NameError, TypeError):
        return None
    return space[name]


def changes(node: ast.AST, parameters: list[str]) -> list[tuple[str, ast.AST | None]]:
    """Every single change of one node: (in words, the node that takes its place)."""
    kinds = {
        ast.BinOp: of_operation,
        ast.UnaryOp: lambda node: [("minus dropped", node.operand)],
        ast.Compare: of_comparison,
        ast.Constant: of_constant,
        ast.Call: of_call,
        ast.Slice: of_slice,
        ast.Tuple: of_tuple,
        ast.Expr: lambda node: [("statement dropped", ast.Pass())],
        ast.Attribute: of_attribute,
    }
    if isinstance(node, ast.Name):
        return of_name(node, parameters)
    made = kinds.get(type(node))
    return made(node) if made else []


def of_operation(node: ast.BinOp) -> list:
    others = [ast.BinOp(node.left, other(), node.right) for other in OPERATORS.get(type(node.op), ())]
    said = [(f"{ast.unparse(node)} -> {ast.unparse(one)}", one) for one in others]
    swapped = ast.BinOp(node.right, node.op, node.left)
    sides = [(f"{ast.unparse(node)} -> one side", one) for one in (node.left, node.right)]
    return [*said, *sides, (f"{ast.unparse(node)} -> sides exchanged", swapped)]


def of_comparison(node: ast.Compare) -> list:
    others = [other() for other in OPERATORS.get(type(node.ops[0]), ())]
    made = [ast.Compare(node.left, [one, *node.ops[1:]], node.comparators) for one in others]
    return [(f"{ast.unparse(node)} -> {ast.unparse(one)}", one) for one in made]


def of_constant(node: ast.Constant) -> list:
    value = node.value
    if isinstance(value, bool):
        values = [not value]
    elif isinstance(value, int):
        values = [value + 1, value - 1, -value] if value else [1, -1]
    elif isinstance(value, float):
        values = [2 * value, 0.0, -value]
    else:
        values = []
    return [(f"{value} -> {other}", ast.Constant(other)) for other in values]


def of_call(node: ast.Call) -> list:
    said, made = ast.unparse(node), []
    inner = node.args[0] if node.args else getattr(node.func, "value", None)
    if isinstance(node.func, ast.Attribute):
        made.append((f"{said}: method dropped", node.func.value))
    if inner is not None:
        made.append((f"{said}: call dropped", inner))
    if len(node.args) > 1:
        swapped = [node.args[1], node.args[0], *node.args[2:]]
        made.append((f"{said}: arguments exchanged", ast.Call(node.func, swapped, node.keywords)))
    for drop in node.keywords:
        kept = [one for one in node.keywords if one is not drop]
        made.append((f"{said}: {drop.arg} dropped", ast.Call(node.func, node.args, kept)))
    if not isinstance(node.func, ast.Name) or node.func.id not in ("range", "len", "zip"):
        made.append((f"{said}: detached", ast.Call(ast.Attribute(node, "detach", ast.Load()), [], [])))
    return made


def of_slice(node: ast.Slice) -> list:
    exchanged = ast.Slice(node.upper, node.lower, node.step)
    return [("ends of a slice exchanged", exchanged), ("slice of everything", ast.Slice(None, None, None))]


def of_tuple(node: ast.Tuple) -> list:
    if len(node.elts) < 2 or not isinstance(node.ctx, ast.Load):
        return []
    turned = ast.Tuple(node.elts[::-1], node.ctx)
    twice = ast.Tuple([node.elts[0]] * len(node.elts), node.ctx)
    return [("tuple turned round", turned), ("tuple of its first part", twice)]


def of_attribute(node: ast.Attribute) -> list:
    others = NAMES.get(node.attr, ())
    return [(f".{node.attr} -> .{one}", ast.Attribute(node.value, one, node.ctx)) for one in others]


def of_name(node: ast.Name, parameters: list[str]) -> list:
    if not isinstance(node.ctx, ast.Load) or node.id not in parameters:
        return []
    others = [one for one in parameters if one != node.id]
    return [(f"{node.id} -> {one}", ast.Name(one, node.ctx)) for one in others]
