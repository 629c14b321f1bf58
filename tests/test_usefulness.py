"""Samples are of use when a classifier that learns from them tells more drawings apart, and only then."""

import json

import pytest
import torch
from test_evaluation import PICTURES, player, untrained
from test_evaluation import small as small_protocol  # noqa: F401

from metagan_course import evaluation, tasks
from metagan_course.evaluation import baselines, report, usefulness
from metagan_course.evaluation.usefulness import GROUPINGS, classify, learner, moments, plan, see, told
from metagan_course.tasks import ImageFamily, Task


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def people(n_tasks=20, n=40, *, noise=0.45, seed=0):
    """Characters of random patches, and n pictures of each by noisy hands."""
    face = torch.rand(n_tasks, 1, 1, 7, 7, generator=seeded(seed)).repeat_interleave(4, -1)
    face = face.repeat_interleave(4, -2)  # (T, 1, 1, 28, 28)
    patches = torch.randn(n_tasks, n, 1, 7, 7, generator=seeded(seed + 1))
    return (face + noise * patches.repeat_interleave(4, -1).repeat_interleave(4, -2)).clamp(0, 1)


@pytest.fixture
def small(small_protocol, monkeypatch):  # noqa: F811
    """The small protocol on characters that are hard to tell."""
    monkeypatch.setitem(tasks.FAMILIES, "blots", Hard)


class Hard(ImageFamily):
    name = "blots"

    def __init__(self):
        sides = ["train"] * 30 + ["val"] * 25 + ["test"] * 25
        drawn = people(80, 20, noise=0.6).clamp(0, 1)[:, :, 0]
        super().__init__(
            (255 * drawn).byte(), list(zip(sides, range(80), strict=True)), {s: s for s in sides}
        )


def taken(drawn):
    """Five shown and fifteen asked of each character."""
    return Task(drawn[:, :5], drawn[:, 5:20], torch.arange(len(drawn)))


@pytest.fixture
def episode():
    drawn = people()
    return taken(drawn), drawn[:, 20:]


# ---- the classifier


def test_ridge_is_where_the_weighted_squared_error_has_its_least():
    """An independent road: gradient descent on the loss in plain loops, weights and offset both learned."""
    ways, m, d, shown = 3, 3, 4, torch.randn(30, 4, dtype=torch.float64, generator=seeded(1))
    x = torch.randn(ways * m, d, dtype=torch.float64, generator=seeded(0))
    weight = torch.tensor([0.5, 0.25, 0.25] * ways, dtype=torch.float64)  # one support, two added
    w = torch.zeros(d, ways, dtype=torch.float64, requires_grad=True)
    offset = torch.zeros(ways, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS(
        [w, offset], max_iter=500, tolerance_grad=1e-12, line_search_fn="strong_wolfe"
    )

    def loss():
        optimiser.zero_grad()
        total = usefulness.STRENGTH * w.square().sum()
        for i in range(ways * m):
            for c in range(ways):
                target = 1.0 if i // m == c else 0.0
                total = total + weight[i] / weight.sum() * (x[i] @ w[:, c] + offset[c] - target) ** 2
        total.backward()
        return total

    optimiser.step(loss)
    expected = (shown @ w + offset).argmax(-1)
    x = x.unflatten(0, (ways, m))
    found = classify(*moments(x[:, :1], x[:, 1:]), shown)
    assert len(expected.unique()) == ways and torch.equal(found, expected)


def test_a_picture_is_blurred_as_a_loop_would_and_has_unit_length():
    x, sharp = torch.rand(2, 1, 28, 28), 2 * usefulness.BLUR**2
    by_hand = torch.zeros(2, 14, 14, dtype=torch.float64)
    at = torch.arange(28.0)
    for i in range(14):
        for j in range(14):
            window = torch.exp(-((at[:, None] - 2 * i - 0.5) ** 2 + (at - 2 * j - 0.5) ** 2) / sharp)
            by_hand[:, i, j] = (window * x[:, 0]).sum((-1, -2)).double()
    by_hand = by_hand.flatten(1) / by_hand.flatten(1).norm(dim=1, keepdim=True)
    torch.testing.assert_close(see(x), by_hand, rtol=1e-5, atol=1e-6)
    assert torch.equal(see(torch.zeros(1, 1, 28, 28)), torch.zeros(1, 196, dtype=torch.float64))


def test_supports_and_samples_count_the_same_however_many():
    """Moments by a loop in which the supports share one half of the weight, the samples the other."""
    for n in (1, 4):
        support, added = torch.rand(2, 5, 3, dtype=torch.float64), torch.rand(2, n, 3, dtype=torch.float64)
        mean, second = moments(support, added)
        for t in range(2):
            each = [(0.1, x) for x in support[t]] + [(0.5 / n, x) for x in added[t]]
            torch.testing.assert_close(mean[t], sum(w * x for w, x in each))
            torch.testing.assert_close(second[t], sum(w * torch.outer(x, x) for w, x in each))
    assert torch.equal(moments(support, None)[0], support.mean(1))


# ---- what does not matter


def test_the_order_of_samples_and_the_names_of_tasks_do_not_matter(episode):
    task, more = episode
    found = learner(task).accuracy(more)
    assert 0.2 < found.mean() < 1 and found.std() > 0
    torch.testing.assert_close(learner(task).accuracy(more.flip(1)), found)
    torch.testing.assert_close(learner(task._replace(label=task.label.flip(0) + 7)).accuracy(more), found)


def test_the_supports_again_are_nothing_added(episode):
    """The cheat that copies, in its purest form: its share is 0."""
    task, _ = episode
    for times in (1, 3):
        found = learner(task).accuracy(task.support.repeat(1, times, 1, 1, 1))
        torch.testing.assert_close(found, learner(task).without)


def test_one_grouping_is_episodes_of_twenty_in_its_order_and_the_rest_meets_the_last_ones():
    task = taken(people(50))
    support, query = see(task.support), see(task.query)
    order, _ = plan(50, 15, seed=3)
    seen = moments(support, None)
    whole = told(seen, query, task.label, order)
    for rows, kept in ((order[:20], slice(0, 20)), (order[20:40], slice(0, 20)), (order[30:], slice(10, 20))):
        part = told([m[rows] for m in seen], query[rows], task.label[rows], torch.arange(20))
        torch.testing.assert_close(whole[rows][kept], part[kept])


def test_groupings_are_many_and_the_same_for_every_method():
    plans = [plan(60, 15, seed=g) for g in range(GROUPINGS)]
    assert GROUPINGS >= 8 and len({tuple(order.tolist()) for order, _ in plans}) == GROUPINGS
    for order, queries in plans:
        assert sorted(order.tolist()) == list(range(60))
        assert (queries.sort(1).values == torch.arange(15)).all()
    again = plan(60, 15, seed=0)
    assert all(torch.equal(a, b) for a, b in zip(again, plans[0], strict=True))


def test_a_character_drawn_twice_may_be_answered_by_either(episode):
    task, _ = episode
    twice = Task(*(torch.cat([x[:19], x[:1]]) for x in task))
    strict = learner(twice._replace(label=torch.arange(20))).without
    found = learner(twice).without
    assert (found >= strict).all() and found[0] > strict[0]


# ---- what does


def test_more_real_drawings_help_and_noise_and_other_characters_do_not(episode):
    task, more = episode
    found, noise = learner(task), torch.rand(20, 20, 1, 28, 28, generator=seeded(5))
    alone = found.without.mean()
    assert found.accuracy(more).mean() > alone + 0.05
    assert found.accuracy(noise).mean() < alone + 0.02
    assert found.accuracy(more.roll(1, 0)).mean() < alone - 0.2


def test_real_drawings_are_added_and_never_asked():
    """Queries that cannot be told unless they are shown: if one were added and asked, it would be told."""
    drawn = torch.rand(60, 20, 1, 28, 28, generator=seeded())
    found = learner(taken(drawn))
    assert found.real.mean() == pytest.approx(1 / 20, abs=0.02)


def test_seven_samples_from_where_people_draw_have_a_share_of_one_and_copies_of_nought():
    """The share's two fixed points, on simulated people whose further drawings are at hand."""
    drawn = people(200, 27, noise=0.6)
    found = learner(taken(drawn))
    error = (found.real_gain.std() / 200**0.5 / found.real_gain.mean()).item()
    assert error < 0.1  # sharp
    fresh = (found.accuracy(drawn[:, 20:]) - found.without).mean() / found.real_gain.mean()
    copied = (found.accuracy(drawn[:, :5].repeat(1, 13, 1, 1, 1)) - found.without).mean()
    assert fresh.item() == pytest.approx(1, abs=4 * error) and copied.abs() < 1e-6


def test_useless_supports_are_told_at_chance():
    drawn = torch.rand(200, 20, 1, 28, 28, generator=seeded())
    assert learner(taken(drawn)).without.mean() == pytest.approx(1 / 20, abs=0.02)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"query": torch.rand(20, 3, 1, 32, 32)}, r"query: got shape \(20, 3, 1, 32, 32\)"),
        ({"query": torch.rand(20, 1, 1, 28, 28)}, "needed 2 or more"),
        ({"support": torch.full((20, 3, 1, 28, 28), torch.nan)}, "support: got NaN"),
        ({"label": torch.arange(19)}, r"label: got shape \(19,\), needed \(T,\) with 20 tasks or more"),
    ],
)
def test_a_wrong_task_is_told_in_a_sentence(episode, change, said):
    with pytest.raises(ValueError, match=said):
        learner(episode[0]._replace(**change))


@pytest.mark.parametrize(
    ("added", "said"),
    [
        (torch.rand(20, 3, 784), r"samples: got shape \(20, 3, 784\), needed \(20, n, 1, 28, 28\)"),
        (torch.rand(19, 3, 1, 28, 28), r"samples: got shape \(19, .* needed \(20, n"),
        (torch.rand(20, 0, 1, 28, 28), "with n of 1 or more"),
        (torch.full((20, 3, 1, 28, 28), torch.nan), "samples: got NaN"),
    ],
)
def test_wrong_samples_are_told_in_a_sentence(episode, added, said):
    with pytest.raises(ValueError, match=said):
        learner(episode[0]).accuracy(added)


# ---- in the report


def test_the_table_s_share_is_the_samples_gain_by_the_real_drawings(small, tmp_path):
    seeing = {"recognise": untrained(), "compare": untrained(1)}
    found = evaluation.evaluate({"a": player(PICTURES)}, critics=seeing, progress=False, n_tasks=20)
    said = evaluation.write(found, tmp_path)
    assert "| usefulness (copy " in said and "the share of what real drawings add" in said
    them = learner(found.task)
    torch.testing.assert_close(found.alone, them.without)
    row = next(row for row in found.rows if row.method == "support mean")
    mean = baselines.support_mean(found.task.support, 16, torch.Generator())
    share = (them.accuracy(mean) - them.without).mean() / (them.real - them.without).mean()
    assert row.scores["usefulness"].mean().item() == pytest.approx(share.item(), abs=1e-4)
    read = json.loads((tmp_path / "report.json").read_text())
    assert read["accuracy_with_support_alone"] == pytest.approx(them.without.tolist())
    ceiling = next(row for row in found.rows if row.method == "held-out real")
    assert ceiling.scores["usefulness"].mean().item() == pytest.approx(1, abs=1e-5)


def test_fewer_than_twenty_tasks_have_no_figure_and_the_table_says_so(small):
    seeing = {"recognise": untrained(), "compare": untrained(1)}
    found = evaluation.evaluate({"a": player(PICTURES)}, critics=seeing, progress=False, n_tasks=6)
    assert found.alone is None and "usefulness" not in found.rows[0].scores
    assert "Fewer than 20 tasks: no usefulness." in report.table(found)
