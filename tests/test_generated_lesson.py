"""What lesson 12 stands on: the dial, the plane's worlds and classifiers, the figures, the shipped table."""

import importlib.util
import json
import math
from pathlib import Path

import pytest
import torch

from metagan_course.answers import plane
from metagan_course.answers.generated import (
    borrowed,
    by_share,
    mixed_loss,
    paired_gain,
    plus_one_loss,
    splits,
)
from metagan_course.answers.generated_figures import curves, in_turn, mix, shipped_gains, show_gains
from metagan_course.evaluation import usefulness
from metagan_course.metrics import pooled
from metagan_course.tasks import Task

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "generated_data.py"


def seeded(seed):
    return torch.Generator().manual_seed(seed)


# --- what the learner writes -------------------------------------------------------------------------------


def test_the_dial_by_hand():
    real, made = torch.tensor([1.0, 3.0]), torch.tensor([10.0])
    assert mixed_loss(real, made, 0.25) == 0.75 * 2 + 0.25 * 10
    assert mixed_loss(real, made[:0], 0.0) == 2


def test_a_borrowed_cloud_has_the_lender_s_covariance_around_the_point():
    base = seeded(0)
    base = torch.randn(1, 400, 2, generator=base) @ torch.tensor([[2.0, 1.0], [0.0, 0.5]]) + 7
    everyone = torch.arange(400)[None]
    made = borrowed(torch.tensor([[[3.0, -1.0]]]), base, 0 * everyone, 0 * everyone, everyone)[0]
    assert torch.allclose(made.mean(0), torch.tensor([3.0, -1.0]), atol=1e-4)
    assert torch.allclose(torch.cov(made.T), torch.cov(base[0].T), atol=1e-4)


def test_one_class_more_with_all_logits_equal_costs_two_logarithms():
    loss = plus_one_loss(torch.zeros(3, 5), torch.tensor([0, 1, 3]), torch.zeros(7, 5))
    assert loss.item() == pytest.approx(2 * math.log(5))


def test_the_error_of_a_gain_is_what_many_repetitions_scatter():
    """4,000 tables of nine splits: the standard deviation of their means is the mean error."""
    dice = seeded(1)
    gains, errors = [], []
    for _ in range(4000):
        alone = torch.rand(9, 1, generator=dice) + torch.zeros(9, 4)
        added = alone + 0.1 * torch.randn(9, 1, generator=dice) + 0.05 * torch.randn(9, 4, generator=dice)
        gain, error = paired_gain(added, alone)
        gains.append(gain.item())
        errors.append(error.square().item())
    scatter = torch.tensor(gains).std().item()
    assert scatter == pytest.approx((sum(errors) / 4000) ** 0.5, rel=0.04)


# --- the dial on pictures ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def task():
    patterns = torch.rand(25, 1, 1, 28, 28, generator=seeded(2))
    drawn = patterns + 0.8 * torch.rand(25, 14, 1, 28, 28, generator=seeded(3))
    return Task(drawn[:, :4], drawn[:, 4:], torch.arange(25))


def test_at_one_half_it_is_the_protocol_s_usefulness(task):
    judge, made = usefulness.learner(task), task.query[:, :3].flip(0)
    alone = by_share(*task, None, 0.0)
    assert alone.shape == (usefulness.GROUPINGS, 25)
    assert torch.allclose(alone.mean(0), judge.without.float())
    assert torch.allclose(by_share(*task, None, 0.5).mean(0), judge.real.float())
    assert torch.allclose(by_share(*task, made, 0.5).mean(0), judge.accuracy(made).float())


def test_a_share_of_one_forgets_the_support(task):
    swapped = (task.support.flip(0), task.query, task.label)
    made = task.query[:, :5]
    assert torch.equal(by_share(*task, made, 1.0), by_share(*swapped, made, 1.0))
    assert torch.equal(by_share(*task, made, 0.0), by_share(*task, None, 0.0))


def test_splits_are_the_letters_that_met():
    numbers = torch.arange(45.0).expand(usefulness.GROUPINGS, 45)
    dealt = splits(numbers)
    assert dealt.shape == (2 * usefulness.GROUPINGS, 20)
    for g, (first, second) in enumerate(dealt.unflatten(0, (-1, 2))):
        order = usefulness.plan(45, 6, seed=g)[0]
        assert torch.equal(torch.cat([first, second]).long(), order[:40])


# --- the plane ---------------------------------------------------------------------------------------------


def test_in_the_first_world_all_classes_share_a_spread_that_is_known():
    w = plane.world(shared=True, n=40, made=200)
    off = (w.fresh - w.fresh.mean(2, keepdim=True)).flatten(0, 2)
    a = math.pi / 5
    turn = torch.tensor([[math.cos(a), -math.sin(a)], [math.sin(a), math.cos(a)]])
    known = turn @ torch.diag(torch.tensor([plane.LONG**2, plane.SHORT**2])) @ turn.T
    assert torch.allclose(off.T @ off / len(off), known, atol=0.02)
    assert w.support.shape == (40, 4, 3, 2) and w.base.shape == (40, 20, 50, 2)


def test_in_the_second_world_no_two_classes_lie_alike():
    w = plane.world(shared=False, n=3, made=200)
    off = w.fresh - w.fresh.mean(2, keepdim=True)
    covs = (off.mT @ off).flatten(0, 1)
    assert torch.cdist(covs.flatten(1), covs.flatten(1)).add(1e9 * torch.eye(len(covs))).min() > 1


@pytest.mark.parametrize("add", [plane.copies, plane.noisy, plane.fitted, plane.borrow, plane.calibrated])
def test_what_is_added_has_the_shape_of_true_points_and_its_seed(add):
    w = plane.world(shared=True, n=5)
    one, same, other = (add(w, seeded(s)) for s in (0, 0, 1))
    assert one.shape == w.fresh.shape and torch.equal(one, same) and not torch.equal(one, other)
    assert torch.isfinite(one).all()


def test_a_fitted_gaussian_has_the_mean_and_spread_of_the_support():
    w = plane.world(shared=True, n=4, shots=6, made=20_000)
    made = plane.fitted(w, seeded(0))
    assert torch.allclose(made.mean(2), w.support.mean(2), atol=0.06)
    assert torch.allclose(torch.cov(made[0, 0].T), torch.cov(w.support[0, 0].T), atol=0.1)


def test_calibration_is_its_formula_where_all_base_classes_are_one():
    w = plane.world(shared=True, n=2, made=20_000)
    w = w._replace(base=w.base[:, :1].expand(-1, 20, -1, -1), support=w.support[:, :, :1])
    made = plane.calibrated(w, seeded(0))[1, 2]
    lender, x = w.base[1, 0], w.support[1, 2, 0]
    assert torch.allclose(made.mean(0), (2 * lender.mean(0) + x) / 3, atol=0.05)
    assert torch.allclose(torch.cov(made.T), torch.cov(lender.T), atol=0.06)


def test_copies_at_any_share_change_nothing_when_each_is_there_as_often():
    w = plane.world(shared=True, n=6)
    alone = plane.straight(w.support, None)
    twice = plane.straight(w.support, w.support.repeat(1, 1, 4, 1), 0.3)
    apart = (alone - twice) - (alone - twice).mean(1, keepdim=True)  # what all classes share decides nothing
    assert apart.abs().max() < 0.05  # of weights around 3: rounding, as Adam magnifies it


def test_the_straight_classifier_s_accuracy_is_counted_class_by_class():
    weights = torch.tensor([[[1.0, 0.0, 0.0], [-1.0, 0.0, 0.0]]])  # right of 0: class 0
    query = torch.tensor([[[[2.0, 0.0], [-1.0, 0.0]], [[-2.0, 0.0], [-3.0, 5.0]]]])
    assert plane.accuracy(weights, query).tolist() == [[0.5, 1.0]]


def test_both_classifiers_learn_classes_that_lie_far_apart():
    w = plane.world(shared=True, n=3, shots=5)
    corners = 20 * torch.tensor([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])[:, None]
    w = w._replace(support=corners + 0.1 * w.support, query=corners + 0.1 * w.query)
    assert plane.accuracy(plane.straight(w.support, None), w.query).min() == 1
    assert plane.bent(w._replace(support=w.support / 10, query=w.query / 10), None).min() == 1


def test_fakes_between_lie_half_way():
    w = plane.world(shared=True, n=2, shots=1)
    w = w._replace(support=torch.tensor([0.0, 4.0, 8.0, 12.0])[:, None, None].expand(2, 4, 1, 2))
    x = plane.between(w, seeded(0), n=400)
    assert ((x / 2 - (x / 2).round()).abs() < 0.3).float().mean() > 0.99
    assert plane.anywhere(w, seeded(0), n=9).shape == (2, 9, 2)


# --- pictures ----------------------------------------------------------------------------------------------


def test_a_film_shows_so_many_made_ones_and_the_number_of_its_state():
    shown, made = torch.zeros(3, 5, 1, 28, 28), {"copy": torch.ones(3, 16, 1, 28, 28)}
    lines = {"copy": {0.0: 0.0, 0.3: -1.25, 1.0: -2.0}}
    figure = mix(shown, made, lines)("copy", 0.3)
    sheet, chart = figure.axes
    assert "3 made by: copy" in sheet.get_title() and chart.get_title() == "copy at 0.3: -1.2 points"
    ink = sheet.images[0].get_array()  # made ones are black, and stand first
    assert ink[:28, : 3 * 30 - 4].mean() != ink[:28, 3 * 30 + 2 :].mean()


def test_drawings_come_in_turn():
    assert in_turn(torch.arange(3)[None], 7).tolist() == [[0, 1, 2, 0, 1, 2, 0]]
    assert in_turn(torch.arange(3)[None], 0).shape == (1, 0)


def test_gains_are_drawn_where_they_are():
    from matplotlib.figure import Figure

    ax = Figure().add_subplot()
    values = torch.tensor([[0.01, 0.03, 0.02, 0.04]])
    show_gains(ax, {"copy": values})
    (line, dot) = ax.lines[:2]
    assert line.get_xdata() == pytest.approx([100 * x for x in pooled(values)[1:]])
    assert dot.get_xdata() == pytest.approx([2.5])


# --- what is shipped ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def benchmark():
    spec = importlib.util.spec_from_file_location("generated_data_benchmark", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def keys(nest):
    return {k: keys(v) for k, v in nest.items()} if isinstance(nest, dict) else type(nest)


def test_the_shipped_table_has_the_form_that_the_script_makes(benchmark, tmp_path, monkeypatch):
    monkeypatch.setattr(benchmark, "GENERATIONS", 2)
    words = "glyphs --seeds 1 --samples 5 --vae-steps 1 --tasks 20".split()
    benchmark.main([*words, "--out", str(tmp_path)])
    made = json.loads((tmp_path / "generated_data.json").read_text())["glyphs"]
    shipped = json.loads((benchmark.RESULTS / "generated_data.json").read_text())
    assert set(shipped) == {"glyphs", "omniglot"}
    for table in shipped.values():
        assert keys(table["rows"][0]) == keys(made["rows"][0]) and keys(table["real"]) == keys(made["real"])
        assert len(table["rows"]) == 3


def test_each_best_share_is_chosen_on_the_other_letters(benchmark):
    """Even letters gain at 0.3 and odd ones at 0.7: each then gets the share that is best for the others."""
    even = (torch.arange(40) % 2 == 0).float()
    gains = {0.0: torch.zeros(8, 40), 0.3: (even - 0.5).expand(8, 40), 0.5: torch.zeros(8, 40)}
    gains[0.7] = -gains[0.3]
    found = torch.tensor(benchmark.told(gains)["letters, best share"])
    assert (found == -0.5).all()


def test_the_shipped_table_says_what_the_lesson_says(benchmark):
    shipped = json.loads((benchmark.RESULTS / "generated_data.json").read_text())
    for table in shipped.values():
        gains = shipped_gains(table)
        assert (
            pooled(gains["Meta-GAN"]).low > 0 and pooled(gains["VAE"]).high < 0 > pooled(gains["mean"]).high
        )
        assert abs(pooled(gains["copy"]).estimate) < 0.01
        lines = curves(table)
        assert lines["people"][0.5] > 2 * lines["Meta-GAN"][0.5]
        assert lines["VAE"][1.0] < -8 and lines["Meta-GAN"][0.0] == 0
