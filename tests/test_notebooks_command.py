"""``notebooks run | tidy | new``: in place, whole or not at all, nothing stored that differs between runs."""

import os
from pathlib import Path

import nbformat
import pytest
from lesson_rules import RULES, Lesson
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from metagan_course.course import notebooks
from metagan_course.course.lesson_skeleton import file_name, skeleton

WIDGET = {"application/vnd.jupyter.widget-view+json": {"model_id": "abc"}}


def stored(folder: Path, *sources: str) -> Path:
    cells = [new_markdown_cell("# 00", id="title")]
    cells += [new_code_cell(source, id=f"mine-{n}") for n, source in enumerate(sources)]
    path = folder / "00_test.ipynb"
    nbformat.write(new_notebook(cells=cells), path)
    return path


def test_run_stores_outputs_in_place_and_keeps_ids(tmp_path, capsys):
    path = stored(tmp_path, "import sys\nprint('a')\nprint('b')", "1 + 1")
    assert notebooks.run_all([path]) == 0
    after = nbformat.read(path, 4)
    assert [cell.id for cell in after.cells] == ["title", "mine-0", "mine-1"]
    assert after.cells[1].outputs[0].text == "a\nb\n" and after.cells[2].outputs[0].data["text/plain"] == "2"
    assert [cell.execution_count for cell in after.cells[1:]] == [1, 2]
    assert "00_test" in capsys.readouterr().out
    assert RULES["stored_clean"](Lesson("00_test", after)) == RULES["ran_in_order"](Lesson("00", after)) == []
    before = path.read_bytes()
    assert notebooks.run_all([path]) == 0 and path.read_bytes() == before, "a second run changes the file"


@pytest.mark.parametrize("bad", ["raise ValueError('here it stops')", "import os\nos._exit(1)"])
def test_a_notebook_that_fails_stays_as_it_was(tmp_path, capsys, bad):
    path = stored(tmp_path, "print('a')", bad)
    before = path.read_bytes()
    assert notebooks.run_all([path]) == 1
    assert path.read_bytes() == before and os.listdir(tmp_path) == [path.name]
    assert "left as it was" in capsys.readouterr().out


def test_a_cell_that_hangs_is_stopped(tmp_path):
    endless = nbformat.read(stored(tmp_path, "while True:\n    pass"), 4)
    with pytest.raises(notebooks.CellTimeoutError):
        notebooks.execute(endless, folder=tmp_path, timeout=3)


def test_running_leaves_the_authors_progress_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("METAGAN_PROGRESS", str(tmp_path / "mine.json"))
    path = stored(tmp_path, "import os\nprint(os.environ['METAGAN_PROGRESS'])")
    notebooks.run_in_place(path)
    assert str(tmp_path) not in nbformat.read(path, 4).cells[1].outputs[0].text
    assert os.environ["METAGAN_PROGRESS"] == str(tmp_path / "mine.json")


def test_tidy_drops_what_differs_from_run_to_run():
    still = new_output("display_data", data={**WIDGET, "image/png": "iVBOR", "text/plain": "Film"})
    dead = new_output("display_data", data={**WIDGET, "text/plain": "IntSlider()"})
    home = new_output("stream", name="stdout", text=f"{Path.home()}/cache\n")
    cell = new_code_cell(
        "x", outputs=[still, dead, home], metadata={"execution": {"iopub": "now"}, "tags": ["a"]}
    )
    metadata = {"widgets": {"state": 1}, "language_info": {"name": "python", "version": "3.11.7"}}
    notebook = notebooks.tidy(new_notebook(cells=[cell], metadata=metadata))
    picture, stream = notebook.cells[0].outputs
    assert set(picture.data) == {"image/png", "text/plain"} and stream.text == "~/cache\n"
    assert notebook.cells[0].metadata == {"tags": ["a"]}
    assert notebook.metadata.language_info == {"name": "python"} and "widgets" not in notebook.metadata


def test_prefixes_choose_lessons_and_an_unknown_one_is_named(tmp_path):
    for name in ("00_a", "01_b", "notes"):
        (tmp_path / f"{name}.ipynb").touch()
    chosen = [path.stem for path in notebooks.lessons(["01"], tmp_path)]
    assert chosen == ["01_b"] and len(notebooks.lessons(folder=tmp_path)) == 2
    with pytest.raises(ValueError, match="'07'; there are: 00_a, 01_b"):
        notebooks.lessons(["07"], tmp_path)


def test_new_writes_the_eight_parts_once(tmp_path, capsys):
    assert notebooks.new("05", "Tasks, and splits", tmp_path) == 0
    path = tmp_path / "05_tasks_and_splits.ipynb"
    lesson = Lesson.read(path)
    assert path.name in capsys.readouterr().out
    kept = (
        "eight_parts",
        "one_title",
        "three_things_to_try",
        "folds_closed",
        "one_form_of_prediction",
        "predictions_taken_up",
        "symbols",
    )
    assert {rule: RULES[rule](lesson) for rule in kept} == {rule: [] for rule in kept}
    assert RULES["checked_cells"](lesson), "an unfilled lesson must not pass for a finished one"
    with pytest.raises(ValueError, match="a lesson 05 already"):
        notebooks.new("05", "Again", tmp_path)


def test_the_skeleton_runs(tmp_path):
    path = tmp_path / file_name("05", "Tasks")
    notebooks.write(skeleton("05", "Tasks"), path)
    assert notebooks.run_all([path]) == 0


@pytest.mark.parametrize(("number", "title"), [("5", "Tasks"), ("05", "术语")])
def test_new_refuses_a_name_no_file_can_have(number, title):
    with pytest.raises(ValueError, match="number is|title is"):
        file_name(number, title), skeleton(number, title)


def test_the_command_says_what_is_wrong(capsys):
    with pytest.raises(SystemExit) as stop:
        notebooks.main(["run", "77"])
    assert stop.value.code == 2 and "'77'" in capsys.readouterr().err
