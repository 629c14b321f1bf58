"""Every lesson against every rule of tests/lesson_rules; and every rule against a lesson that breaks it.

Nothing is run here; tests/test_notebooks.py runs. An exception to a rule stands in lesson_allowances.json as
lesson -> rule -> words of the complaint -> reason, and fails here when nothing needs it any longer.
"""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from example_lesson import BREAKS, example
from lesson_rules import RULES, Lesson
from lesson_rules.circle import advice, circles
from lesson_rules.links import arxiv_ids, dead_links
from notebook_tools import LESSONS

from metagan_course.exercises import registry

ROOT = Path(__file__).resolve().parent.parent
ALLOWED = json.loads((ROOT / "tests" / "lesson_allowances.json").read_text(encoding="utf-8"))
each_lesson = pytest.mark.parametrize("path", LESSONS, ids=[path.stem for path in LESSONS])
each_rule = pytest.mark.parametrize("rule", RULES)


@each_rule
@each_lesson
def test_lesson_keeps_the_rule(path, rule):
    excused = ALLOWED.get(path.stem, {}).get(rule, {})
    complaints = RULES[rule](Lesson.read(path))
    left = [one for one in complaints if not any(words in one for words in excused)]
    assert not left, f"{path.name} against {rule} ({RULES[rule].__doc__}):\n" + "\n".join(left)


def test_lessons_are_there():
    names = [path.name.split("_")[0] for path in LESSONS]  # "04a" and "04b" are halves of one
    assert names == sorted(set(names))
    assert {"00"} <= {path.name[:2] for path in LESSONS}


def test_allowances_are_needed_and_reasoned():
    for name, rules in ALLOWED.items():
        lesson = Lesson.read(ROOT / "notebooks" / f"{name}.ipynb")
        for rule, excused in rules.items():
            complaints = RULES[rule](lesson)
            for words, reason in excused.items():
                assert any(words in one for one in complaints), (
                    f"{name}, {rule}: nothing says {words!r} any more"
                )
                assert len(reason.split()) >= 5, f"{name}, {rule}, {words!r}: the reason is too short"


@each_rule
def test_a_good_lesson_passes(rule):
    assert RULES[rule](example()) == []


@each_rule
def test_every_rule_has_a_lesson_it_catches(rule):
    assert BREAKS.get(rule), f"no bad lesson for {rule}: a rule that cannot fail checks nothing"


@pytest.mark.parametrize(
    ("rule", "number"), [(rule, number) for rule, breaks in BREAKS.items() for number in range(len(breaks))]
)
def test_the_bad_lesson_is_caught(rule, number):
    lesson = example()
    BREAKS[rule][number](lesson.notebook)
    assert RULES[rule](lesson), f"{rule} lets its bad lesson {number} through"


@pytest.mark.parametrize("spec", registry().values(), ids=registry())
def test_what_a_diagnosis_recommends_it_does_not_blame(spec):
    assert circles(spec) == []


@pytest.mark.parametrize("recommended", ["torch.log(torch.sigmoid(logit) + 1e-8)", "torch.sigmoid(logit)"])
def test_a_circle_is_caught(recommended):
    spec = registry()["00.log_probability"]
    blamed = tuple(replace(one, diagnosis=f"Write `{recommended}`.") for one in spec.mistakes)
    assert circles(replace(spec, mistakes=blamed)), "a diagnosis may recommend what it blames"


def test_advice_that_can_be_typed_in_is_found():
    spec = registry()["00.log_probability"]
    told = replace(spec, hints=("`torch.cdist(a, b)` not.", "`-softplus(-logit)` is.", "`x` not."))
    assert [code for code, _ in advice(told)] == ["-softplus(-logit)"]


PAGES = [path for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "notebooks" / "READING.md")]


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_links_of_the_pages_resolve(page):
    assert dead_links(page.read_text(encoding="utf-8"), page) == []


def test_papers_named_in_the_code_are_in_the_reading_list():
    known = arxiv_ids((ROOT / "notebooks" / "READING.md").read_text(encoding="utf-8"))
    assert len(known) > 40
    named = {
        (path.relative_to(ROOT).as_posix(), id)
        for path in (ROOT / "metagan_course").rglob("*.py")
        for id in arxiv_ids(path.read_text(encoding="utf-8"))
    }
    assert named, "the docstrings name no paper at all: the search is broken"
    assert [f"{file}: arXiv {id}" for file, id in sorted(named) if id not in known] == []
