"""Exercises whose answer is a test: right code refused, broken code let through, luck, all of it said."""

import pytest
import torch

from metagan_course.exercises.checking import check, is_stub
from metagan_course.exercises.written_tests import asks_for_a_test


def by_slices(examples, k):
    return examples[:k], examples[k:]


def by_split(examples, k):
    return tuple(examples.split([k, len(examples) - k]))


def leaks(examples, k):
    return examples[:k], examples


def loses_one(examples, k):
    return examples[:k], examples[k:-1]


def swapped(examples, k):
    return examples[k:], examples[:k]


def swapped_when_large(examples, k):
    return (examples[k:], examples[:k]) if len(examples) > 9 else (examples[:k], examples[k:])


def good_test(split):
    """The course's own test: sizes, and every example exactly once."""
    for n in (8, 12):
        examples = torch.randn(n, 2)
        support, query = split(examples, 3)
        assert len(support) == 3 and len(query) == n - 3
        assert torch.equal(torch.cat([support, query]).sort(0).values, examples.sort(0).values)


SPEC = asks_for_a_test(
    id="99.test_split",
    title="a test that sees a leak",
    difficulty=2,
    minutes=10,
    reference=good_test,
    right={"two slices": by_slices, "Tensor.split": by_split},
    broken={
        "the query holds the support too": leaks,
        "the last example is lost": loses_one,
        "support and query are swapped": swapped,
        "swapped when there are more than nine": swapped_when_large,
    },
    hints=("What must be true of any split?", "Count the rows.", "assert len(support) == k"),
)


def judge(test, seed=0):
    return check(SPEC, test, seed)


@pytest.mark.parametrize("seed", range(10))
def test_the_courses_test_passes(seed):
    verdict = judge(good_test, seed)
    assert verdict.kind == "correct", verdict.sentences
    assert "2 right implementations are accepted and 4 broken ones refused" in SPEC.verified


def test_a_test_that_accepts_everything_is_told_what_it_lets_through():
    verdict = judge(lambda split: True)
    assert verdict.diagnosis == "lets_through"
    assert "the query holds the support too" in verdict.sentences and "0 of 4" in verdict.evidence


def test_a_test_that_returns_false_refuses():
    verdict = judge(lambda split: False)
    assert verdict.diagnosis == "refuses_right" and "two slices" in verdict.sentences


def test_right_code_written_otherwise_must_be_accepted():
    def wants_a_list(split):
        assert isinstance(split(torch.randn(12, 2), 3), list), "not a list"

    verdict = judge(wants_a_list)
    assert verdict.diagnosis == "refuses_right" and "not a list" in verdict.sentences


def test_broken_code_on_other_inputs_is_named():
    def only_small(split):
        examples = torch.randn(8, 2)
        support, query = split(examples, 3)
        return torch.equal(support, examples[:3]) and torch.equal(query, examples[3:])

    verdict = judge(only_small)
    assert verdict.diagnosis == "lets_through" and "more than nine" in verdict.sentences
    assert "3 of 4" in verdict.evidence


def test_luck_is_seen():
    def sometimes(split):
        if torch.rand(()) < 0.5:
            good_test(split)

    assert {judge(sometimes, seed).kind for seed in range(10)} == {"wrong"}
    assert any("luck" in judge(sometimes, seed).sentences for seed in range(10))


def test_an_error_of_the_test_itself_is_shown():
    def has_a_slip(split):
        assert no_such_name(split)  # noqa: F821

    verdict = judge(has_a_slip)
    assert verdict.diagnosis == "refuses_right" and "NameError" in verdict.sentences


def test_names_of_implementations_give_nothing_away():
    def peeks(split):
        assert split.__name__ not in ("leaks", "loses_one", "swapped", "swapped_when_large")

    assert judge(peeks).kind == "wrong"


def test_a_stub_is_left_alone():
    def stub(split): ...

    assert is_stub(stub) and judge(stub).kind == "untouched"


@pytest.mark.parametrize("change", [{"right": {"one": by_slices}}, {"broken": {"one": leaks}}])
def test_too_few_implementations_are_no_exercise(change):
    given = {"right": {"a": by_slices, "b": by_split}, "broken": {"c": leaks, "d": swapped, "e": loses_one}}
    with pytest.raises(ValueError, match="at least"):
        asks_for_a_test(id="99.test_split", reference=good_test, **given | change)
