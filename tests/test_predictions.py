"""Predictions are taken up in one way: what happened, then who foresaw it; a tie is right both ways."""

import pytest

from metagan_course.course.predictions import settle


@pytest.mark.parametrize(
    ("said", "right", "line"),
    [
        ("b", "b", "You predicted (b): right."),
        ("(B) ", "ab", "You predicted (b): right."),
        ("c", "ab", "You predicted (c); right would have been (a) and (b)."),
        ("?", "a", "You made no prediction. Right would have been (a)."),
    ],
)
def test_what_happened_comes_first_and_a_tie_counts(said, right, line, capsys):
    settle(said, right=right, happened="It was so.")
    assert capsys.readouterr().out.splitlines() == ["It was so.", line]


def test_nothing_right_is_a_fault_of_the_lesson():
    with pytest.raises(ValueError, match="right is empty"):
        settle("a", right="", happened="Nothing.")
