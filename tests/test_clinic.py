"""The fifteen bugs of the clinic: each test passes right code and sees its bug, whatever the draws."""

import pytest
import torch

from metagan_course.answers import clinic
from metagan_course.answers.clinic_figures import show_seen, triage


@pytest.mark.parametrize("name", clinic.BUGS)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_right_code_passes_and_the_bug_is_seen(name, seed):
    torch.manual_seed(seed)
    bug = clinic.BUGS[name]
    bug.test(clinic.HEALTHY)
    with pytest.raises(AssertionError):
        bug.test(clinic.patient(name))


def test_which_test_sees_which_bug():
    """Fifteen by fifteen. Off the diagonal: all that is wrong inside adapt shows in its gradient, and one
    loss for both players shows in both players.
    """
    expected = {name: {name} for name in clinic.BUGS}
    expected["graph_cut"] |= {"start_adapted", "no_inner_loop"}
    expected["never_cleared"] |= {"one_outer_loss"}
    assert len(clinic.BUGS) == 15
    assert {name: set(found) for name, found in clinic.seen().items()} == expected


def test_the_chart_shows_what_was_seen():
    chart = show_seen({"a_bug": ["a_bug"], "another": ["a_bug", "another"]})
    assert chart.images[0].get_array().tolist() == [[1, 0], [1, 1]]
    assert [label.get_text() for label in chart.get_yticklabels()] == ["a bug", "another"]


def test_every_bug_has_a_row_of_triage():
    rows = triage(clinic.BUGS).splitlines()[2:]
    assert len(rows) == len(set(rows)) == 15
    for row, bug in zip(rows, clinic.BUGS.values(), strict=True):
        assert row.strip("| ").split(" | ") == [bug.symptom, bug.cause, f"`{bug.test.__name__}`"]
