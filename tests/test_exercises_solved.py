"""Notebooks with the solutions put in: the right cells change, what comes out runs, and no banner is left."""

import ast

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from metagan_course.exercises import exercise_ids, registry, solutions, solved

STUB = '''import torch
before = 1

def generator_loss(*, fake, real=None):
    """Minimise -log D."""
    ...   # your code here

generator_loss = exercise("01.generator_loss", generator_loss)
after = generator_loss'''


def notebook(*sources: str) -> nbformat.NotebookNode:
    return new_notebook(cells=[new_markdown_cell("# Title"), *map(new_code_cell, sources)])


def run(book: nbformat.NotebookNode) -> dict:
    from metagan_course.exercises import exercise

    scope = {"exercise": exercise, "__name__": "__main__"}
    for cell in book.cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, "<cell>", "exec"), scope)
    return scope


def test_stub_is_replaced_and_the_rest_kept(capsys):
    book = notebook(STUB)
    answered = solved(book)
    text = answered.cells[1].source
    assert book.cells[1].source == STUB, "the original is not touched"
    assert "your code here" not in text and "before = 1" in text and text.endswith("after = generator_loss")
    scope = run(answered)
    assert scope["after"].__module__ == "__main__"
    assert "✓ Correct" in capsys.readouterr().out


def test_stub_in_an_earlier_cell(capsys):
    head, call = STUB.split("\n\ngenerator_loss =")
    answered = solved(notebook(head, "x = 2", "generator_loss =" + call))
    assert "logsigmoid" in answered.cells[1].source and "logsigmoid" not in answered.cells[3].source
    run(answered)
    assert "✓ Correct" in capsys.readouterr().out


def test_missing_stub_is_an_error():
    with pytest.raises(ValueError, match="no stub"):
        solved(notebook('generator_loss = exercise("01.generator_loss", generator_loss)'))


def test_cells_without_exercises_are_left_alone():
    book = notebook("%matplotlib inline\n!ls", "def generator_loss(): ...")
    assert [cell.source for cell in solved(book).cells] == [cell.source for cell in book.cells]


def test_ids_are_found_in_order():
    book = notebook(STUB, "a = exercise('01.ring_of_modes',\n             a)")
    assert exercise_ids(book) == ["01.generator_loss", "01.ring_of_modes"]


@pytest.mark.parametrize("spec", registry().values(), ids=registry().keys())
def test_every_solution_is_one_function_and_its_imports(spec):
    body = ast.parse(solutions.solution_code(spec)).body
    assert isinstance(body[-1], ast.FunctionDef) and body[-1].name == spec.name
    assert all(isinstance(one, ast.Import | ast.ImportFrom) for one in body[:-1])
