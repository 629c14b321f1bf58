"""Samples are of use when a classifier that learns from them tells more drawings apart, and only then."""

import json

import pytest
import torch
from test_evaluation import PICTURES, Blots, player, untrained

from metagan_course import evaluation, tasks
from metagan_course.evaluation import augmentation, report
from metagan_course.evaluation.augmentation import accuracy, classify, see, weights


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def people(n_tasks=20, n=40, *, noise=0.45, seed=0):
    """Characters of random patches, and n pictures of each by noisy hands."""
    face = torch.rand(n_tasks, 1, 1, 7, 7, generator=seeded(seed)).repeat_interleave(4, -1)
    face = face.repeat_interleave(4, -2)  # (T, 1, 1, 28, 28)
    patches = torch.randn(n_tasks, n, 1, 7, 7, generator=seeded(seed + 1))
    return (face + noise * patches.repeat_interleave(4, -1).repeat_interleave(4, -2)).clamp(0, 1)


@pytest.fixture
def episode():
    drawn = people()
    return {"support": drawn[:, :5], "query": drawn[:, 5:20], "label": torch.arange(20)}, drawn[:, 20:]


# ---- the classifier


def test_ridge_is_where_the_weighted_squared_error_has_its_least():
    """An independent road: gradient descent on the loss in plain loops, weights and offset both learned."""
    ways, m, d, shown = 3, 2, 4, torch.randn(30, 4, dtype=torch.float64, generator=seeded(1))
    x = torch.randn(ways * m, d, dtype=torch.float64, generator=seeded(0))
    weight = torch.tensor([1.0, 3.0] * ways, dtype=torch.float64)
    w = torch.zeros(d, ways, dtype=torch.float64, requires_grad=True)
    offset = torch.zeros(ways, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS(
        [w, offset], max_iter=500, tolerance_grad=1e-12, line_search_fn="strong_wolfe"
    )

    def loss():
        optimiser.zero_grad()
        total = augmentation.STRENGTH * w.square().sum()
        for i in range(ways * m):
            for c in range(ways):
                target = 1.0 if i // m == c else 0.0
                total = total + weight[i] / weight.sum() * (x[i] @ w[:, c] + offset[c] - target) ** 2
        total.backward()
        return total

    optimiser.step(loss)
    expected = (shown @ w + offset).argmax(-1)
    assert len(expected.unique()) == ways and torch.equal(classify(x, weight, shown, ways=ways), expected)


def test_a_picture_is_blurred_as_a_loop_would_and_has_unit_length():
    x, sharp = torch.rand(2, 1, 28, 28), 2 * augmentation.BLUR**2
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
    for n in (1, 5, 64):
        each = weights(5, n)
        assert each[:5].sum() == pytest.approx(0.5) and each[5:].sum() == pytest.approx(0.5)
    assert weights(5, 0).sum() == pytest.approx(1)


# ---- what does not matter


def test_the_order_of_tasks_of_samples_and_of_names_does_not_matter(episode):
    task, more = episode
    found, order = accuracy(**task, added=more), torch.randperm(20, generator=seeded())
    assert 0.2 < found.mean() < 1 and found.std() > 0
    moved = {name: x[order] for name, x in task.items()}
    torch.testing.assert_close(accuracy(**moved, added=more[order]), found[order])
    torch.testing.assert_close(accuracy(**{**task, "label": order + 7}, added=more), found)
    torch.testing.assert_close(accuracy(**task, added=more.flip(1)), found)


def test_the_supports_again_are_nothing_added(episode):
    task, _ = episode
    for times in (1, 3):
        again = task["support"].repeat(1, times, 1, 1, 1)
        torch.testing.assert_close(accuracy(**task, added=again), accuracy(**task))


def test_episodes_are_twenty_tasks_in_their_order_and_the_rest_meets_the_last_ones():
    drawn, label = people(50), torch.arange(50)
    whole = accuracy(support=drawn[:, :5], query=drawn[:, 5:20], label=label)
    for rows, kept in (
        (slice(0, 20), slice(0, 20)),
        (slice(20, 40), slice(0, 20)),
        (slice(30, 50), slice(10, 20)),
    ):
        part = accuracy(support=drawn[rows, :5], query=drawn[rows, 5:20], label=label[rows])
        torch.testing.assert_close(whole[rows][kept], part[kept])


def test_a_character_drawn_twice_may_be_answered_by_either(episode):
    task, _ = episode
    twice = {name: torch.cat([x[:19], x[:1]]) for name, x in task.items()}
    strict = accuracy(**{**twice, "label": torch.arange(20)})
    assert (accuracy(**twice) >= strict).all() and accuracy(**twice)[0] > strict[0]


# ---- what does


def test_more_real_drawings_help_and_noise_and_other_characters_do_not(episode):
    task, more = episode
    alone = accuracy(**task).mean()
    noise = torch.rand(20, 20, 1, 28, 28, generator=seeded(5))
    assert accuracy(**task, added=more).mean() > alone + 0.05
    assert accuracy(**task, added=noise).mean() < alone + 0.02
    assert accuracy(**task, added=more.roll(1, 0)).mean() < alone - 0.2


def test_useless_supports_are_told_at_chance():
    drawn = torch.rand(200, 20, 1, 28, 28, generator=seeded())
    found = accuracy(support=drawn[:, :5], query=drawn[:, 5:], label=torch.arange(200))
    assert found.mean() == pytest.approx(1 / 20, abs=0.02)  # 3000 answers: 5 standard errors


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"added": torch.rand(20, 3, 784)}, r"added: got shape \(20, 3, 784\), needed \(20, n, 1, 28, 28\)"),
        ({"added": torch.rand(19, 3, 1, 28, 28)}, r"added: got shape \(19, .* needed \(20, n"),
        ({"added": torch.rand(20, 0, 1, 28, 28)}, "with n of 1 or more"),
        ({"added": torch.full((20, 3, 1, 28, 28), torch.nan)}, "added: got NaN"),
        ({"query": torch.rand(20, 3, 1, 32, 32)}, r"query: got shape \(20, 3, 1, 32, 32\)"),
        ({"label": torch.arange(19)}, r"label: got shape \(19,\), needed \(T,\) with 20 tasks or more"),
    ],
)
def test_a_wrong_shape_is_told_in_a_sentence(episode, change, said):
    with pytest.raises(ValueError, match=said):
        accuracy(**{**episode[0], **change})


# ---- in the report


@pytest.fixture
def judged(monkeypatch):
    small = {"FROZEN": 25, "STEPS": (0, 1), "LONG_STEPS": (2,), "LONG_TASKS": 2, "N_SAMPLES": 16}
    for name, value in small.items():
        monkeypatch.setattr(evaluation, name, value)
    monkeypatch.setitem(tasks.FAMILIES, "blots", Blots)
    seeing = {"recognise": untrained(), "compare": untrained(1)}
    return lambda **options: evaluation.evaluate(
        {"a": player(PICTURES)}, critics=seeing, progress=False, **options
    )


def test_the_table_says_what_samples_add(judged, tmp_path):
    found = judged(n_tasks=20)
    said = evaluation.write(found, tmp_path)
    assert "| augmentation |" in said and "with none, " in said and "a, t = 1, minus nothing: " in said
    copied = next(row for row in found.rows if row.method == "support copy").scores["augmentation"]
    assert copied.shape == found.alone.shape == (20,)
    shown = {"support": found.task.support, "query": found.task.query, "label": found.task.label[:20]}
    torch.testing.assert_close(accuracy(**shown), found.alone)
    torch.testing.assert_close(accuracy(**shown, added=found.task.support), found.alone)
    mine, jittered = (
        next(row.scores["augmentation"] for row in found.rows if (row.method, row.t) == key)
        for key in (("a", 1), (report.JITTER, None))
    )
    read = json.loads((tmp_path / "report.json").read_text())
    told = read["augmentation_gains"]["a, t = 1"]
    assert read["augmentation_with_nothing"] == pytest.approx(found.alone.tolist())
    assert told["nothing"]["estimate"] == pytest.approx((mine - found.alone).mean().item(), abs=1e-4)
    assert told["jitter"]["estimate"] == pytest.approx((mine - jittered).mean().item(), abs=1e-4)


def test_without_baselines_there_is_no_jitter_to_compare_with(judged):
    assert set(report.gains(judged(n_tasks=20, baselines=False))["a, t = 1"]) == {"nothing"}


def test_fewer_than_twenty_tasks_have_no_figure_and_the_table_says_so(judged):
    found = judged(n_tasks=6)
    assert found.alone is None and "augmentation" not in found.rows[0].scores
    assert "Fewer than 20 tasks: no augmentation figure." in report.table(found)
