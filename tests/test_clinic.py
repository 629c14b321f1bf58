"""The fifteen bugs of the clinic: each test passes right code and sees its bug, whatever the draws; each
symptom is disturbed by its bug; what the charts show was found out.
"""

import re

import matplotlib
import pytest
import torch

from metagan_course.answers import clinic, clinic_parts, clinic_symptoms
from metagan_course.answers.clinic_figures import (
    STEPS,
    folds,
    ranges,
    show_curves,
    show_loops,
    show_seen,
    triage,
    ward,
)

matplotlib.use("agg")
SEEDS = (0, 1, 2)
each = pytest.mark.parametrize("name", clinic.BUGS)


@pytest.fixture(scope="module")
def right():
    return clinic_symptoms.curves(clinic.HEALTHY, SEEDS)


@each
@pytest.mark.parametrize("seed", SEEDS)
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


def test_the_right_step_and_its_gradient_are_those_of_the_closed_form():
    """w' = w* + (1 - alpha h)^K (w - w*); the start then steps by beta h (1 - alpha h)^K (w' - q)."""
    points = torch.tensor([[1.0, 2.0], [2.0, 3.0]], dtype=torch.float64)
    query = torch.tensor([[1.5, -1.0], [0.5, 1.0]], dtype=torch.float64)
    w, h, h_q = torch.tensor(0.4, dtype=torch.float64), 2.5, (1.5**2 + 0.5**2) / 2
    factor = (1 - 0.3 * h) ** 3
    new = 1.6 + factor * (0.4 - 1.6)
    slope = factor * (h_q * new - (1.5 * -1 + 0.5) / 2)
    assert clinic_parts.adapt(w, points).item() == pytest.approx(new)
    stepped = clinic_parts.meta_step(w, points, query, clinic_parts.adapt, beta=0.7)
    assert stepped.item() == pytest.approx(0.4 - 0.7 * slope)


def test_a_start_is_judged_by_the_steps_of_adapt():
    """judged() writes its three steps out for many tasks at once: task by task it is the same."""
    tasks = clinic_parts.sample_tasks(clinic_symptoms.FRESH, 40, clinic_symptoms.draws(1000))
    w = torch.tensor(0.3)
    losses = [clinic_parts.loss(clinic_parts.adapt(w, task[:20]), task[20:]) for task in tasks]
    assert clinic_symptoms.judged(w[None])[0] == pytest.approx(sum(losses).item() / len(losses), rel=1e-4)


@each
def test_a_bug_disturbs_the_curve_that_was_made_for_it(name, right):
    own, other = clinic.BUGS[name].shows, clinic_symptoms.numbers(right)[name]
    ours = [own.number(own.curve(clinic.patient(name), seed)) for seed in SEEDS]
    assert min(ours) > max(other) or max(ours) < min(other), (ours, other)


@each
def test_right_code_is_not_disturbed_by_other_draws(name, right):
    """Six more seeds of right code stay on the right side of the bug's numbers."""
    own = clinic.BUGS[name].shows
    ours = [own.number(own.curve(clinic.patient(name), seed)) for seed in SEEDS]
    more = [own.number(own.curve(clinic.HEALTHY, seed)) for seed in range(3, 9)]
    assert max(more) < min(ours) or min(more) > max(ours), (ours, more)


@each
def test_a_curve_says_which_parts_it_uses(name):
    """Every part that the curve takes out of the dict is one of `uses`, and the bug's own is among them."""
    asked = set()

    class Asked(dict):
        def __getitem__(self, part):
            asked.add(part)
            return super().__getitem__(part)

    symptom = clinic.BUGS[name].shows
    symptom.curve(Asked(clinic.HEALTHY), 0)
    assert asked <= set(symptom.uses) and clinic.BUGS[name].part in symptom.uses


def test_what_a_part_cannot_change_is_not_run_again(right):
    shown = clinic_symptoms.curves(clinic.patient("ring_of_seven"), SEEDS, part="ring", right=right)
    assert [n for n in shown if shown[n] is not right[n]] == ["ring_of_seven"]
    assert list(shown) == list(clinic.BUGS)
    assert clinic_symptoms.disturbed(shown, right) == ["ring_of_seven"]
    assert clinic_symptoms.disturbed(right, right) == []


def test_bugs_of_the_players_disturb_one_anothers_curves(right):
    names = ("same_loss", "one_outer_loss", "never_cleared", "slope_per_pixel")
    for name in names:
        parts, part = clinic.patient(name), clinic.BUGS[name].part
        off = clinic_symptoms.disturbed(clinic_symptoms.curves(parts, SEEDS, part=part, right=right), right)
        assert set(off) & set(names) - {name}, name


def test_two_broken_parts_fit_no_bug():
    sees = clinic.seen()
    for one, other in (("graph_cut", "no_query"), ("one_outer_loss", "ring_of_seven")):
        both = clinic.patient(one) | {clinic.BUGS[other].part: clinic.BUGS[other].broken}
        refused = {name for name, bug in clinic.BUGS.items() if clinic.refuses(bug.test, both)}
        assert len(refused) > 1 and clinic.diagnose(refused, sees) == []


@each
def test_the_tests_that_refuse_lead_to_the_bug(name):
    refused = {n for n, bug in clinic.BUGS.items() if clinic.refuses(bug.test, clinic.patient(name))}
    assert clinic.diagnose(refused, clinic.seen()) == [name]


def test_an_unlabelled_patient_has_one_broken_part_and_no_name():
    labels = {clinic.unlabelled(seed)[1] for seed in range(60)}
    assert labels == set(clinic.BUGS)
    parts, label = clinic.unlabelled(3)
    assert clinic.unlabelled(3)[1] == label
    assert {one.__name__ for one in parts.values()} == {"part"}
    differs = [n for n, one in parts.items() if one.__code__ is not clinic.HEALTHY[n].__code__]
    assert differs == [clinic.BUGS[label].part]
    assert clinic.refuses(clinic.BUGS[label].test, parts)


def test_a_test_refuses_by_an_error_or_by_false():
    assert clinic.refuses(lambda parts: False, {}) and clinic.refuses(lambda parts: parts["none"], {})
    assert not clinic.refuses(lambda parts: None, {}) and not clinic.refuses(lambda parts: True, {})


def test_the_chart_shows_what_was_seen():
    chart = show_seen({"a_bug": ["a_bug"], "another": ["a_bug", "another"]})
    assert chart.images[0].get_array().tolist() == [[1, 0], [1, 1]]
    assert [label.get_text() for label in chart.get_yticklabels()] == ["a bug", "another"]


def test_every_bug_has_a_row_of_triage():
    rows = triage(clinic.BUGS).splitlines()[2:]
    assert len(rows) == len(set(rows)) == 15
    for row, bug in zip(rows, clinic.BUGS.values(), strict=True):
        assert row.strip("| ").split(" | ") == [bug.symptom, bug.cause, f"`{bug.test.__name__}`"]


def test_triage_tells_the_measured_numbers(right):
    measured = ranges({name: right for name in clinic.BUGS}, right)
    head, line, *rows = triage(clinic.BUGS, measured).splitlines()
    assert head.count("|") == line.count("|") == rows[0].count("|") == 6
    for row, (name, (theirs, ours)) in zip(rows, measured.items(), strict=True):
        values = clinic_symptoms.numbers(right)[name]
        assert row.endswith(f"| {theirs} | {ours} |") and theirs == ours
        assert float(theirs.split()[0]) == pytest.approx(min(values), abs=0.005)
        assert float(theirs.split()[-1]) == pytest.approx(max(values), abs=0.005)


@each
def test_a_fold_holds_the_code_and_where_it_was_seen(name):
    bug = clinic.BUGS[name]
    (fold,) = re.findall(rf"<details>.*?{name.replace('_', ' ')}.*?</details>", folds({name: bug}), re.S)
    assert f"def {name}(" in fold and f"def {bug.test.__name__}(" in fold
    assert bug.where and bug.where in fold and "<pre>" in fold
    assert fold.count("<") == fold.count(">")  # what the code compares is escaped


def test_figures_show_every_curve_and_loop(right):
    figure = show_curves(right, right, named=False)
    assert [ax.get_title() for ax in figure.axes] == [f"curve {n + 1}" for n in range(15)]
    assert all(len(ax.lines) == 2 * len(SEEDS) for ax in figure.axes)
    ax = show_loops({"A": torch.tensor([2.0, 1.0]), "B": torch.tensor([2.0, 0.5])}, [0, 10])
    assert [line.get_ydata().tolist() for line in ax.lines] == [[2, 1], [2, 0.5]]


def test_the_ward_shows_more_with_each_step_and_what_the_tests_say(right):
    draw = ward({"ring_of_seven": right, "one_outer_loss": right}, right)
    sizes = set()
    for step, code in ((0, "broken"), (STEPS // 2, "broken"), (STEPS - 1, "right")):
        figure = draw(step, "ring_of_seven", code)
        sizes.add(tuple(figure.get_size_inches()))
        n = len(right["ring_of_seven"][0])
        assert len(figure.axes[0].lines[-1].get_ydata()) == 1 + round(step / (STEPS - 1) * (n - 1))
    assert len(sizes) == 1
    said = draw(0, "one_outer_loss", "broken").axes[1].texts[0].get_text()
    for other in ("one_outer_loss", "never_cleared"):
        assert clinic.BUGS[other].test.__name__ in said
    assert clinic.BUGS["graph_cut"].test.__name__ not in said
    assert "All fifteen tests pass" in draw(0, "one_outer_loss", "right").axes[1].texts[0].get_text()


def test_profiles_are_read_by_the_nearest_of_other_seeds():
    """Two bugs whose curves differ by much more than seeds do are told apart, two that do not are not."""

    def shown(levels):
        return {
            bug: {name: [torch.full((5,), level + 0.1 * seed) for seed in SEEDS] for name in clinic.BUGS}
            for bug, level in levels.items()
        }

    apart = clinic_symptoms.named_by_profile(shown({"a": 1.0, "b": 9.0}))
    assert sorted(apart) == [("a", "a")] * 3 + [("b", "b")] * 3
    one = clinic_symptoms.named_by_profile(shown({"a": 1.0, "b": 1.0}))
    assert one.count(("a", "a")) == 3 and one.count(("b", "a")) == 3  # the first of two that are alike
    assert clinic_symptoms.profiles(shown({"a": 1.0, "b": -9.0})).abs().max() == pytest.approx(1)
