"""Answers from outside: right ones written otherwise pass, wrong ones and mutants do not, under ten seeds.

All of it: python tests/attack_exercises.py. Here are all answers, and a few mutants of each exercise, others
in every run; the number in a failure's message repeats it.
"""

import os
import random

import attack_exercises as attack
import pytest
from mutants import mutants

from metagan_course.exercises import registry, running
from metagan_course.exercises.checking import expectations

REGISTRY = registry()
ANSWERED = [spec for spec in REGISTRY.values() if attack.answers(spec) is not None]
MUTANTS_EACH = 3
RUN = int(os.environ.get("METAGAN_MUTANTS_SEED", random.randrange(10**6)))
each = pytest.mark.parametrize("spec", ANSWERED, ids=lambda spec: spec.id)


@pytest.fixture(autouse=True)
def remembered(monkeypatch):
    attack.remember_what_the_course_does(monkeypatch.setattr)


def test_every_lesson_has_answers_from_outside():
    assert {spec.lesson for spec in ANSWERED} >= {"00"}


@each
def test_enough_answers_are_there(spec):
    assert len(attack.named(attack.answers(spec), "right_")) >= 5
    assert len(attack.named(attack.answers(spec), "wrong_")) >= 10


@each
def test_right_answers_pass(spec):
    assert list(attack.refused_right_ones(spec)) == []


@each
def test_wrong_answers_do_not_pass(spec):
    assert list(attack.accepted_wrong_ones(spec)) == []


@each
def test_no_wrong_answer_gets_a_false_name(spec):
    assert list(attack.false_names(spec)) == []


@each
def test_mutants_do_not_pass(spec):
    ((_, chosen),) = attack.sample([spec], MUTANTS_EACH, RUN)
    assert list(attack.surviving_mutants(spec, chosen)) == [], f"METAGAN_MUTANTS_SEED={RUN} repeats this"


def test_a_checker_that_is_too_kind_is_found_out():
    """The attack itself can fail: with everyday logits only, a wrong answer passes."""
    spec = REGISTRY["00.log_probability"]
    name, everyday = spec.first_look.cases[0]
    kind = type(spec)(**{**vars(spec), "inputs": {name: everyday}})
    flat = vars(attack.answers(spec))["wrong_in_a_loop"]
    got, right = running.own_cases(kind, flat, kind.first_look, 0), expectations(kind, 0)
    assert attack.first_trouble(kind, list(got), right) is None


def test_mutants_of_a_small_function():
    source = "def f(x, y):\n    '''Words.'''\n    return (x - 2 * y).mean(0)\n"
    said = [one for one, _ in mutants(source, "f", {})]
    for change in ("x - 2 * y -> x + 2 * y", "2 -> 3", "0 -> 1", "method dropped", "x -> y", ".mean -> .sum"):
        assert any(change in one for one in said), change
    assert len(said) == len(set(said)) or len(said) > 15
