"""A lesson as an assignment for nbgrader: the learner's cells are answers, the course's checks locked tests.

    python3 course.py assignment 00 --out FOLDER

FOLDER is then nbgrader's course folder (docs/TEACHING.md goes through it). Not here: the checks.
"""

import argparse
import ast
import copy
import sys
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from .finding import find
from .solutions import exercise_ids

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
STUB = "...  # your code here"
CONFIG = f'''"""nbgrader's settings for this course: the lesson's stub, and a marker that runs no notebook."""

from nbgrader.preprocessors import AssignLatePenalties, CheckCellMetadata, LimitOutput, SaveAutoGrades

from metagan_course.exercises.nbgrader_judge import Judge

c = get_config()  # noqa: F821
c.ClearSolutions.code_stub = {{"python": "{STUB}"}}
c.Autograde.autograde_preprocessors = [
    Judge, LimitOutput, SaveAutoGrades, AssignLatePenalties, CheckCellMetadata
]
'''


def assignment(notebook: NotebookNode) -> NotebookNode:
    """A copy in which every exercise is two cells: the answer, and a locked check worth its minutes."""
    made = copy.deepcopy(notebook)
    made.cells = [part for cell in made.cells for part in split(cell)]
    return made


def split(cell: NotebookNode) -> list[NotebookNode]:
    """An exercise's cell as answer and check; any other cell as it is."""
    call = call_of_exercise(cell.source) if cell.cell_type == "code" else None
    if call is None:
        return [cell]
    lines, first = cell.source.splitlines(), call.lineno - 1
    id, name = call.value.args[0].value, call.targets[0].id
    answer = new_code_cell("\n".join([*with_region(lines[:first])]).strip(), id=f"{cell.id}-answer"[:64])
    check = new_code_cell(
        f'from metagan_course.exercises import exercise\n\n{name} = exercise("{id}", {name})',
        id=f"{cell.id}-check"[:64],
    )
    answer.metadata["nbgrader"] = marks(f"{id}-answer", solution=True)
    check.metadata["nbgrader"] = marks(f"{id}-check", grade=True, locked=True, points=find(id).minutes)
    return [answer, check]


def call_of_exercise(source: str) -> ast.Assign | None:
    """The line `name = exercise("NN.name", name)` of a cell, if it has one."""
    if "exercise(" not in source:
        return None
    for node in ast.parse(source).body:
        match node:
            case ast.Assign(targets=[ast.Name()], value=ast.Call(func=ast.Name(id="exercise"))):
                return node
    return None


def with_region(lines: list[str]) -> list[str]:
    """nbgrader empties what stands between its two marks, and leaves the rest of the stub alone."""
    found = []
    for line in lines:
        if "# your code here" in line:
            indent = line[: len(line) - len(line.lstrip())]
            line = f"{indent}### BEGIN SOLUTION\n{line}\n{indent}### END SOLUTION"
        found.append(line)
    return found


def marks(id: str, *, grade=False, solution=False, locked=False, points=None) -> dict:
    """nbgrader's metadata of one cell (schema 3)."""
    made = {"grade_id": id.replace(".", "-"), "grade": grade, "solution": solution, "locked": locked}
    made |= {"task": False, "schema_version": 3, "cell_type": "code"}
    return made | ({} if points is None else {"points": points})


def write_assignment(path: Path, folder: Path) -> Path:
    """FOLDER/source/NAME/NAME.ipynb, and nbgrader's settings where there are none yet."""
    notebook = nbformat.read(path, as_version=4)
    if not exercise_ids(notebook):
        raise ValueError(f"{path.name} has no exercise, so there is nothing to grade")
    target = folder / "source" / path.stem / path.name
    target.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(assignment(notebook), target)
    if not (folder / "nbgrader_config.py").exists():
        (folder / "nbgrader_config.py").write_text(CONFIG, encoding="utf-8")
    return target


# --- marking ----------------------------------------------------------------------------------------------


def definitions(cells: list[NotebookNode]) -> str:
    """What an answer may lean on, from the code above it: imports, functions, classes, plain constants.

    Nothing else of a notebook is run for a mark: no training, no plot, nothing that could reach the marker.
    """
    kept = []
    for cell in cells:
        try:
            body = ast.parse(cell.source).body if cell.cell_type == "code" else []
        except SyntaxError:  # the learner's, or a magic: what it defines is missing, and the check says so
            continue
        kept += [ast.unparse(node) for node in body if is_definition(node)]
    return "\n\n".join(kept)


def is_definition(node: ast.stmt) -> bool:
    match node:
        case ast.Import() | ast.ImportFrom() | ast.FunctionDef() | ast.ClassDef():
            return True
        case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
            return isinstance(value, ast.Lambda | ast.Constant | ast.Name | ast.Attribute) or is_literal(
                value
            )
    return False


def is_literal(value: ast.expr) -> bool:
    try:
        ast.literal_eval(value)
    except ValueError:
        return False
    return True


def lessons(beginning: str) -> list[Path]:
    """The notebooks whose names begin so, in order."""
    found = sorted(NOTEBOOKS.glob(f"{beginning}*.ipynb"))
    if not found:
        raise ValueError(f"no notebook in {NOTEBOOKS} begins with {beginning!r}")
    return found


def main(words: list[str] | None = None) -> int:
    """Entry point of `python3 course.py assignment`."""
    parser = argparse.ArgumentParser(prog="course.py assignment", description=__doc__.splitlines()[0])
    parser.add_argument("lessons", nargs="+", help="beginnings of file names, such as 00")
    parser.add_argument("--out", type=Path, required=True, help="nbgrader's course folder, made if need be")
    asked = parser.parse_args(words)
    try:
        for path in (path for beginning in asked.lessons for path in lessons(beginning)):
            print(f"wrote {write_assignment(path, asked.out)}")
    except ValueError as error:
        parser.error(str(error))
    return 0


if __name__ == "__main__":
    sys.exit(main())
