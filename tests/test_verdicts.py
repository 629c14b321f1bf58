"""The command that runs a lesson's verdict cells under other seeds, on a lesson of five cells."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from metagan_course.course import verdicts

MARKER = "# NBVAL_CHECK_OUTPUT\n"
CELLS = {  # source: what it printed with seed 0
    "SEED = 0  # the one seed": "",
    MARKER + 'print("always the same")': "always the same",
    MARKER + 'print(f"a mean of {0.5 + SEED / 9:.2f}")': "a mean of 0.50",
    MARKER + 'print("small:", SEED < 2)': "small: True",
    MARKER + 'print(f"covered: {8 - SEED} of 8")': "covered: 8 of 8",
}


@pytest.fixture
def lesson(tmp_path):
    cells = [new_markdown_cell("# 99 · Seeds"), *(new_code_cell(source) for source in CELLS)]
    for number, (cell, printed) in enumerate(zip(cells, ["", *CELLS.values()], strict=True)):
        cell.id = f"c{number}"
        if printed:
            cell.outputs = [new_output("stream", text=printed + "\n")]
    path = tmp_path / "99_seeds.ipynb"
    nbformat.write(new_notebook(cells=cells), path)
    return path


def test_words_and_counts_must_stay_decimals_may_move(lesson, capsys):
    before = lesson.read_bytes()
    assert verdicts.judge(lesson, [0, 1, 2]) == 3
    assert lesson.read_bytes() == before
    told = capsys.readouterr().out
    assert "4 verdict cells" in told and "seed 0: all hold" in told
    first, second = told.partition("  seed 2: ")[::2]
    assert "seed 1: 1 changed\n    cell c5\n" in first
    assert "stored  covered: 8 of 8\n      now     covered: 7 of 8" in first
    assert second.startswith("2 changed\n    cell c4\n      stored  small: True\n      now     small: False")
    assert "mean" not in told and "always" not in told


@pytest.mark.parametrize("lines", [(), ("SEED = 0", "SEED = 1")])
def test_there_must_be_one_line_that_sets_the_seed(lines):
    notebook = new_notebook(cells=[new_code_cell(line) for line in lines])
    with pytest.raises(ValueError, match=f"{len(lines)} cells have a line `SEED = 0`"):
        verdicts.with_seed(notebook, 3)


@pytest.mark.parametrize(
    ("stored", "got", "same"),
    [
        ("a 0.50 b", "a 12.50  b", True),
        ("a -0.50", "a 0.50", True),
        ("8 of 8", "7 of 8", False),
        ("more: True", "more: False", False),
        ("one\ntwo", "one", False),
    ],
)
def test_what_counts_as_the_same(stored, got, same):
    assert verdicts.same_verdict(stored, got) is same


def test_a_lesson_that_stops_has_no_verdict(lesson, capsys, monkeypatch):
    notebook = nbformat.read(lesson, as_version=4)
    notebook.cells[2].source = MARKER + "assert SEED == 0"
    nbformat.write(notebook, lesson)
    monkeypatch.setattr(verdicts, "lessons", lambda names: [lesson])
    assert verdicts.main(["99", "--seeds", "1"]) == 1
    assert "a cell failed" in capsys.readouterr().out
