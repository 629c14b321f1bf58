"""Every lesson runs: under nbval as shipped, and again as someone leaves it who solved every exercise.

Each notebook is run twice, in a kernel of its own without a network; everything that can be asked of a run is
asked of those two. Canaries, notebooks that must fail, show that a failure would be seen. The first run is
also the measured one: notebook_budgets.json is the table of what a lesson may cost, nobody more than CEILING.
"""

import json
import re
from functools import cache
from pathlib import Path

import pytest
from lesson_rules.learner import alternatives
from notebook_runs import as_shipped, as_solved, runs
from notebook_tools import CANARIES, LESSONS, NOTEBOOKS, Run, code_cells, is_checked, load, nbval

from metagan_course.exercises import exercise_ids

BUDGETS = json.loads((Path(__file__).parent / "notebook_budgets.json").read_text(encoding="utf-8"))
CEILING = {
    "seconds": 90,
    "megabytes": 1500,
}  # first cell to last, two cores; the kernel with all its children
BANNER, GREEN, WRONG = "Not written yet: ", "Correct: ", "Not yet: "
each_lesson = pytest.mark.parametrize("path", LESSONS, ids=[path.stem for path in LESSONS])


def shipped(path: Path) -> Run:
    return runs().get(as_shipped, path)


def answered(path: Path) -> Run:
    return runs().get(as_solved, path)


def shown(run: Run) -> str:
    """All that the notebook printed; HTML repeats the plain text: search in it, don't count."""
    return "\n".join(run.text(cell) for cell in run.cells)


def announced(kind: str, run: Run) -> list[str]:
    """The exercises whose check ended this way, in order, each once."""
    return list(dict.fromkeys(re.findall(rf"{kind}(\d\d\.\w+)", shown(run))))


@each_lesson
def test_runs_as_shipped(path):
    run = shipped(path)
    assert run.exit_code == 0 and not run.failures(), run.log[-6000:]
    assert len(run.cells) == len(code_cells(load(path)))
    assert sum(cell["checked"] for cell in run.cells) >= 3


@each_lesson
def test_exercises_are_shipped_unsolved_and_stop_nothing(path):
    run, ids = shipped(path), exercise_ids(load(path))
    assert announced(BANNER, run) == ids
    assert announced(GREEN, run) == announced(WRONG, run) == []


@each_lesson
def test_runs_with_every_exercise_solved(path):
    run, ids = answered(path), exercise_ids(load(path))
    assert run.exit_code == 0 and not run.failures(), run.log[-6000:]
    assert announced(GREEN, run) == ids
    assert announced(BANNER, run) == announced(WRONG, run) == []


@each_lesson
def test_solutions_change_only_the_cells_with_stubs(path):
    before_it, after_it = shipped(path), answered(path)
    claims, again = ([cell for cell in run.cells if cell["checked"]] for run in (before_it, after_it))
    assert [cell["source"] for cell in claims] == [cell["source"] for cell in again]
    for before, after in zip(claims, again, strict=True):
        same = before_it.text(before) == after_it.text(after)
        assert same, f"cell {before['cell']} depends on who solved it"


@each_lesson
def test_a_play_with_of_the_solved_run_shows_something_else_when_changed(path):
    """Each runs as it stands and with every change it offers (it was run there), and looks different then."""
    looks = {
        cell["source"]: [(o.get("text"), o.get("data")) for o in cell["outputs"]]
        for cell in answered(path).cells
    }
    for cell in code_cells(load(path)):
        for other in alternatives(cell):
            assert looks[other] != looks[cell.source], (
                f"cell {cell.id} shows the same after the change:\n{other}"
            )


@each_lesson
def test_within_its_budget(path, record_property):
    """Seconds as the clock says, less those in which the kernel waited for a core that others used."""
    run, budget = shipped(path), BUDGETS[path.stem]
    took = run.seconds - run.waited
    cost = f"{took:.0f} s ({run.waited:.0f} s of waiting not counted), {run.peak_mb:.0f} MB"
    record_property("cost", f"{path.stem}: {cost}; allowed {budget['seconds']} s, {budget['megabytes']} MB")
    assert run.peak_mb > 40 and 0.2 < run.cpu_seconds and 0 < took, f"the measurement saw no kernel: {cost}"
    assert run.peak_mb <= budget["megabytes"], cost
    assert took <= budget["seconds"], cost


def test_every_lesson_has_a_budget_below_the_ceiling():
    assert sorted(BUDGETS) == [path.stem for path in LESSONS]
    for name, budget in BUDGETS.items():
        assert {key for key in CEILING if 0 < budget[key] <= CEILING[key]} == set(CEILING), name


@each_lesson
def test_needs_no_network(path):
    assert shipped(path).reached_for == []


@each_lesson
def test_every_figure_is_labelled(path):
    figures = shipped(path).figures
    pictures = sum("image/png" in o.get("data", {}) for cell in shipped(path).cells for o in cell["outputs"])
    assert figures or not pictures, "pictures were shown and none was looked at"
    assert [gap for figure in figures for gap in figure["unlabelled"]] == []


@each_lesson
def test_stored_outputs_show_what_the_run_shows(path):
    """A figure that the stored notebook lacks would be missing for everyone who only reads it."""
    for stored, ran in zip(code_cells(load(path)), shipped(path).cells, strict=True):
        before, after = (
            {kind for o in outs for kind in o.get("data", {})} for outs in (stored.outputs, ran["outputs"])
        )
        missing = after & {"image/png", "text/html"} - before
        assert not missing, f"cell {ran['cell']} stores no {missing}: run `python3 course.py notebooks run`"


CANARY_ENDS = {
    "wrong_output": ["passed", "failed"],
    "raises": ["passed", "failed", "passed"],
    "hangs": ["failed"],
    "kernel_dies": ["failed", "xfailed"],
    "reaches_out": ["failed"],
}


@cache
def canary(name: str) -> Run:
    return nbval(CANARIES / f"{name}.ipynb", cell_timeout=5 if name in ("hangs", "kernel_dies") else 60)


def test_the_healthy_canary_passes():
    run = canary("healthy")
    assert (
        run.exit_code == 0 and run.failures() == [] and [cell["checked"] for cell in run.cells] == [True] * 3
    )
    assert [run.text(cell).strip() for cell in run.cells] == ["one", "two", "3"]


@pytest.mark.parametrize("name", CANARY_ENDS)
def test_the_canary_fails(name):
    run = canary(name)
    assert run.exit_code == 1, run.log[-3000:]
    assert [cell["outcome"] for cell in run.cells] == CANARY_ENDS[name]
    assert run.failures()


def test_a_swallowed_network_error_is_noticed():
    run = canary("reaches_out_quietly")
    assert run.exit_code == 0 and run.reached_for == ["192.0.2.1"]


def test_an_unlabelled_figure_is_noticed():
    first, second = canary("figure_without_labels").figures
    assert first["unlabelled"] == [] and second["unlabelled"] == ["axes 0: no x label", "axes 0: no y label"]


def test_the_canaries_are_all_used():
    used = {*CANARY_ENDS, "healthy", "reaches_out_quietly", "figure_without_labels"}
    assert {path.stem for path in CANARIES.glob("*.ipynb")} == used
    assert CANARIES not in NOTEBOOKS.parents and not any(
        is_checked(c) for c in code_cells(load(CANARIES / "hangs.ipynb"))
    )
