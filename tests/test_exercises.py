"""Every exercise: its solution passes, its stub is only a stub, and each mistake is called by its name.

A checker that lets a wrong answer through, or names the wrong mistake, fails here.
"""

import dataclasses
import inspect
import sys
import time
from pathlib import Path

import nbformat
import pytest
from attack_exercises import passing_seeds, remember_what_the_course_does

from metagan_course import exercises
from metagan_course.exercises import checking, registry, running, showing, solutions
from metagan_course.exercises.checking import check, expectations

REGISTRY = registry()
SEEDS = range(10)  # a verdict never depends on the seed
ALL = pytest.mark.parametrize("spec", REGISTRY.values(), ids=REGISTRY.keys())
MISTAKES = pytest.mark.parametrize(
    ("spec", "mistake"),
    [
        pytest.param(spec, one, id=f"{spec.id}-{one.name}")
        for spec in REGISTRY.values()
        for one in spec.mistakes
    ],
)


@pytest.fixture(autouse=True)
def remembered(monkeypatch):
    remember_what_the_course_does(monkeypatch.setattr)


def defined_by(code: str, name: str):
    """The function that a piece of code defines, as a notebook cell would."""
    scope = {"__name__": "cell"}
    exec(compile(code, "<cell>", "exec"), scope)
    return scope[name]


def test_there_are_exercises():
    assert len(REGISTRY) >= 5


@ALL
def test_reference_is_correct(spec):
    assert passing_seeds(spec, spec.reference, SEEDS) == list(SEEDS)
    verdict = check(spec, spec.reference, 0)
    assert verdict.kind == "correct" and not verdict.remarks, (verdict.sentences, verdict.remarks)


@ALL
def test_solution_code_is_correct(spec):
    learner = defined_by(solutions.solution_code(spec), spec.name)
    assert learner is not spec.reference
    assert check(spec, learner, 0).kind == "correct"


@ALL
def test_reference_is_the_packages(spec):
    assert spec.reference.__module__.startswith("metagan_course.")
    assert not spec.reference.__module__.startswith("metagan_course.exercises")


def reference_runs_in_its_oracle(spec) -> bool:
    """Does anything that makes the expected answers run the reference's own code?"""
    own, codes = inspect.unwrap(spec.reference).__code__, set()
    before = sys.getprofile()
    sys.setprofile(lambda frame, event, _: codes.add(frame.f_code))
    try:
        expectations(spec, 0)
    finally:
        sys.setprofile(before)
    return own in codes


@ALL
def test_no_oracle_calls_its_reference(spec, monkeypatch):
    monkeypatch.setattr(checking, "own_cases", running.own_cases)  # nothing remembered: it must run here
    assert not reference_runs_in_its_oracle(spec)


def test_an_oracle_that_calls_its_reference_is_found_out(monkeypatch):
    monkeypatch.setattr(checking, "own_cases", running.own_cases)
    spec = REGISTRY["00.gradient_step"]
    lazy = dataclasses.replace(spec, oracle=lambda *values, **named: spec.reference(*values, **named))
    assert reference_runs_in_its_oracle(lazy)


@ALL
def test_stub_is_only_a_stub(spec):
    parameters = ", ".join(map(str, bare(spec.signature)))
    for body in ("...", "pass", '"""What to do."""\n    ...', "raise NotImplementedError('write me')"):
        stub = defined_by(f"def {spec.name}({parameters}):\n    {body}\n", spec.name)
        assert check(spec, stub, 0).kind == "untouched", body


def bare(signature: inspect.Signature) -> list[str]:
    """Parameters as text, with None for any default and no annotation."""
    text, starred = [], False
    for one in signature.parameters.values():
        if one.kind is one.KEYWORD_ONLY and not starred:
            text, starred = [*text, "*"], True
        text.append(one.name if one.default is one.empty else f"{one.name}=None")
    return text


@MISTAKES
def test_mistake_is_called_by_its_name(spec, mistake):
    assert passing_seeds(spec, mistake.wrong, SEEDS) == []
    for seed in SEEDS[:2]:
        verdict = check(spec, mistake.wrong, seed)
        assert (verdict.kind, verdict.diagnosis) == ("wrong", mistake.name), seed
        assert verdict.evidence, "a diagnosis shows the number that gave it away"


@ALL
def test_a_remark_is_made_of_the_right_answer_it_is_about(spec):
    for remark in spec.remarks:
        if remark.like is not None:
            verdict = check(spec, remark.like, 0)
            assert verdict.kind == "correct", (remark.name, verdict.sentences)
            assert any(remark.text in said for said in verdict.remarks), remark.name


def test_a_step_that_lets_no_gradient_through_is_right_and_told_so():
    """Nothing shows in its numbers, so its code is read; `.items()` is no `.item()`."""

    def cut(weights, gradient, alpha):
        return {name: w.detach() - alpha * gradient[name] for name, w in weights.items()}

    def plain(weights, gradient, alpha):
        return {name: w - alpha * gradient[name] for name, w in weights.items()}

    cut, plain = (check(REGISTRY["00.gradient_step"], one, 0) for one in (cut, plain))
    assert cut.kind == plain.kind == "correct"
    assert "let no gradient through" in cut.remarks[0] and not plain.remarks


@MISTAKES
def test_diagnosis_is_about_two_sentences(spec, mistake):
    sentences = mistake.diagnosis.count(". ") + mistake.diagnosis.count("? ") + 1
    assert 2 <= sentences <= 3, mistake.diagnosis
    assert mistake.diagnosis.endswith(".")


@ALL
def test_check_is_quick(spec):
    """The slowest kind of check, one that is wrong in an unknown way, tries every mistake."""
    unknown = defined_by(f"def {spec.name}(*args, **kwargs):\n    return 'nonsense'\n", spec.name)
    check(spec, unknown, 0)
    started = time.process_time()  # a busy machine is not its fault
    assert check(spec, unknown, 1).kind == "wrong"
    assert time.process_time() - started < 2


@ALL
def test_checks_are_fresh(spec):
    """Two seeds give different inputs, one seed gives the same ones."""
    from metagan_course.exercises.comparing import same_inputs
    from metagan_course.exercises.running import draw

    view, number = spec.first_look, len(spec.first_look.cases) - 1
    assert same_inputs(draw(view, 3, number), draw(view, 3, number))
    assert not same_inputs(draw(view, 3, number), draw(view, 4, number))


@ALL
def test_hints_and_solution_render(spec, capsys):
    for _ in range(4):
        exercises.hint(spec.id)
    exercises.solution(spec.id)
    shown = capsys.readouterr().out
    assert all(hint in shown for hint in spec.hints)
    assert inspect.getsource(spec.reference).rstrip() in shown
    for count in (1, 2, 3):
        page = showing.of_hints(spec, count)._repr_html_()
        assert page.startswith("<div role=") and page.count("<div") == page.count("</div>")
    assert "<pre" in showing.of_solution(spec, solutions.source(spec))._repr_html_()


@ALL
def test_hints_are_a_ladder(spec):
    assert len(set(spec.hints)) == 3
    assert all(len(hint.split()) >= 4 for hint in spec.hints)


NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("[0-9][0-9]*_*.ipynb"))


@pytest.mark.parametrize("lesson", sorted({path.name[:2] for path in NOTEBOOKS}))
def test_a_lesson_asks_what_it_declares_in_that_order(lesson):
    halves = [path for path in NOTEBOOKS if path.name[:2] == lesson]  # 04a, 04b: one lesson, two notebooks
    asked = [id for path in halves for id in exercises.exercise_ids(nbformat.read(path, as_version=4))]
    assert asked == [spec.id for spec in REGISTRY.values() if spec.lesson == lesson]


def test_every_exercise_is_asked_in_a_notebook():
    asked = {id for path in NOTEBOOKS for id in exercises.exercise_ids(nbformat.read(path, as_version=4))}
    assert asked == set(REGISTRY)
