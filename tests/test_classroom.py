"""A lesson handed out, collected, marked and exported with nbgrader, as docs/TEACHING.md says."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from metagan_course.course import notebooks
from metagan_course.exercises import classroom, exercise_ids, find, solved

pytest.importorskip("nbgrader", reason="the classroom's tools are not installed")

STUB = """from metagan_course.exercises import exercise


def {name}({arguments}):
    \"\"\"What it returns.\"\"\"
    ...  # your code here


{name} = exercise("00.{name}", {name})"""
LESSON = "00_small"
ENDLESS = """
def {name}(*inputs):
    while True:
        try:
            pass
        except BaseException:
            pass
"""
HOSTILE = {  # each gets full marks where the notebook that is marked is also run
    "replaces the check": ("import metagan_course.exercises as e\ne.exercise = lambda id, f: f",) * 2,
    "takes the reference": (
        "from metagan_course.answers.basics import log_probability",
        "import inspect, metagan_course.answers.basics as b\nexec(inspect.getsource(b))",
    ),
    "breaks the marker": ("import os\nos._exit(0)", ENDLESS.format(name="gradient_step")),
}


def lesson() -> nbformat.NotebookNode:
    cells = [new_markdown_cell("# 00 · Small"), new_code_cell("import torch", id="imports")]
    for name, arguments in (("log_probability", "logit"), ("gradient_step", "weights, gradient, alpha")):
        cells.append(new_code_cell(STUB.format(name=name, arguments=arguments), id=name))
    return new_notebook(cells=cells, metadata={"kernelspec": notebooks.KERNELSPEC})


def nbgrader(course: Path, *words: str) -> None:
    beside = str(Path(sys.executable).parent)  # nbgrader calls alembic by its name
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *words],
        cwd=course, capture_output=True, text=True,
        env=os.environ | {"PATH": os.pathsep.join([beside, os.environ["PATH"]])},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def answered(released: nbformat.NotebookNode, answers: dict[str, str]) -> nbformat.NotebookNode:
    """The released notebook as a student hands it in: some stubs replaced by answers."""
    for cell in released.cells:
        for name, source in answers.items():
            if cell.metadata.get("nbgrader", {}).get("grade_id") == f"00-{name}-answer":
                cell.source = source
    return released


def sources(*names: str) -> dict[str, str]:
    right = {call_name(cell): cell.source for cell in solved(lesson()).cells if "exercise(" in cell.source}
    return {name: right[name].split(f"{name} = exercise(")[0] for name in names}


def call_name(cell) -> str:
    return classroom.call_of_exercise(cell.source).targets[0].id


@pytest.fixture(scope="module")
def marks(tmp_path_factory) -> dict[str, float]:
    """student -> points, out of the file that nbgrader exports, after one round through all its steps."""
    course = tmp_path_factory.mktemp("course")
    lesson_file = course / f"{LESSON}.ipynb"
    nbformat.write(lesson(), lesson_file)
    classroom.write_assignment(lesson_file, course)
    nbgrader(course, "generate_assignment", LESSON)
    released = course / "release" / LESSON / f"{LESSON}.ipynb"
    both = ("log_probability", "gradient_step")
    handed_in = {"right": sources(*both), "half": sources(both[0])}
    handed_in |= {student: dict(zip(both, texts, strict=True)) for student, texts in HOSTILE.items()}
    for student, answers in handed_in.items():
        target = course / "submitted" / student.replace(" ", "_") / LESSON / released.name
        target.parent.mkdir(parents=True)
        nbformat.write(answered(nbformat.read(released, 4), answers), target)
    nbgrader(course, "autograde", LESSON)
    nbgrader(course, "export", "--to", str(course / "marks.csv"))
    with open(course / "marks.csv", encoding="utf-8") as file:
        return {row["student_id"].replace("_", " "): float(row["score"]) for row in csv.DictReader(file)}


FULL = sum(find(f"00.{name}").minutes for name in ("log_probability", "gradient_step"))


def test_a_right_and_a_half_submission(marks):
    assert marks["right"] == FULL
    assert marks["half"] == find("00.log_probability").minutes


@pytest.mark.parametrize("student", HOSTILE)
def test_a_hostile_submission_gets_nothing(marks, student):
    assert marks[student] == 0


def test_every_exercise_of_a_lesson_becomes_an_answer_and_a_locked_check():
    for path in classroom.lessons("0"):
        notebook = nbformat.read(path, 4)
        made = classroom.assignment(notebook)
        assert exercise_ids(made) == exercise_ids(notebook)
        kinds = [cell.metadata.nbgrader for cell in made.cells if "nbgrader" in cell.metadata]
        assert len([kind for kind in kinds if kind.solution]) == len(exercise_ids(notebook))
        assert all(kind.locked for kind in kinds if kind.grade)
        nbformat.validate(made)


def test_only_definitions_are_read():
    cells = [new_code_cell(text) for text in (
        "import torch\nprint('ran')\nRATE = 0.1", "%magic", "def half(x):\n    return x / 2\n\nhalf(3)",
        "double = lambda x: 2 * x\nloud = print('ran')",
    )]  # fmt: skip
    kept = classroom.definitions(cells)
    assert "print" not in kept and "half(3)" not in kept
    scope = {}
    exec(kept, scope)
    assert scope["RATE"] == 0.1 and scope["half"](4) == 2 and scope["double"](2) == 4


def test_a_lesson_without_exercises_is_no_assignment(tmp_path):
    nbformat.write(new_notebook(cells=[new_code_cell("1")]), tmp_path / "00_none.ipynb")
    with pytest.raises(ValueError, match="00_none.ipynb has no exercise"):
        classroom.write_assignment(tmp_path / "00_none.ipynb", tmp_path)
