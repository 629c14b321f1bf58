"""The examples of CONTRIBUTING.md are taken out of the page and run; what it says exists is looked for."""

import json
import re
from pathlib import Path

import pytest
from lesson_rules import RULES
from lesson_rules.form import PARTS
from notebook_tools import CANARIES

from metagan_course.exercises.checking import check

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def example(mark: str) -> str:
    """The one Python block of the page that contains these words."""
    blocks = [block for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) if mark in block]
    assert len(blocks) == 1, f"{len(blocks)} examples contain {mark!r}"
    return blocks[0]


def run(source: str, folder: Path, **names) -> dict:
    """Run an example as a file, so that the functions it defines have a source to show."""
    file = folder / "example.py"
    file.write_text(source, encoding="utf-8")
    scope = {"__name__": "example", **names}
    exec(compile(source, str(file), "exec"), scope)
    return scope


@pytest.fixture
def spec(tmp_path):
    return run(example("EXERCISE = Exercise("), tmp_path)["EXERCISE"]


def test_the_exercise_accepts_its_reference_and_names_every_mistake(spec):
    for seed in range(10):
        assert check(spec, spec.reference, seed).kind == "correct"
        for mistake in spec.mistakes:
            verdict = check(spec, mistake.wrong, seed)
            assert (verdict.kind, verdict.diagnosis) == ("wrong", mistake.name)


def test_the_exercise_cell_leaves_a_stub_in_peace(tmp_path, capsys):
    scope = run(example('exercise("00.log_probability"'), tmp_path)
    assert "Not written yet: 00.log_probability" in capsys.readouterr().out
    assert scope["log_probability"].__module__ == "metagan_course.answers.basics"


@pytest.mark.parametrize(
    ("scores", "says"),
    [([0.10, 0.12, 0.11], "all five seeds agree\n"), ([0.10, 0.30, 0.11], "the seeds disagree\n")],
)
def test_the_checked_cell_prints_a_verdict(scores, says, tmp_path, capsys):
    run(example("# NBVAL_CHECK_OUTPUT"), tmp_path, scores=scores)
    assert capsys.readouterr().out == says


def test_the_film_draws_what_is_chosen_and_its_task_can_be_set(tmp_path):
    film = run(example("film = Film("), tmp_path)["film"]
    first = film.still()
    film.show(**film.tasks[0]["state"])
    assert film.state == {"step": 20, "rate": 1.5, "squared": False} and film.still() != first


def test_the_widget_computes_and_has_a_still(tmp_path):
    dial = run(example("class Dial"), tmp_path)["Dial"]()
    dial.show(logit=2.0)
    assert round(dial.scene["probability"], 3) == 0.881
    data, _ = dial._repr_mimebundle_()
    assert "D = 0.881" in data["text/plain"] and data["image/png"]


def test_every_example_of_the_page_is_run_here():
    source = Path(__file__).read_text(encoding="utf-8")
    marks = re.findall(r"example\([\"'](.+?)[\"']\)", source)
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert [block for block in blocks if not any(mark in block for mark in marks)] == []


def test_the_eight_parts_are_the_ones_that_are_checked():
    rows = re.findall(r"^\| ([A-Z][^|]+?) \|", PAGE, re.MULTILINE)
    assert len(rows) == 8
    assert all(re.search(pattern, row, re.IGNORECASE) for (_, pattern), row in zip(PARTS, rows, strict=True))


def test_what_the_page_says_of_the_checks_is_so():
    assert len(RULES) == 34 and len(list(CANARIES.glob("*.ipynb"))) >= 6
    budgets = json.loads((ROOT / "tests" / "notebook_budgets.json").read_text(encoding="utf-8"))
    assert all(budget["seconds"] <= 90 and budget["megabytes"] <= 1500 for budget in budgets.values())
    for command in ("notebooks run", "notebooks new", "notebooks tidy", "course.py test", "course.py lab"):
        assert command in PAGE
