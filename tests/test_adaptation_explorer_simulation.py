"""The adaptation explorer without a screen.

Its arrows against finite differences of the drawn surface, its counters against arithmetic, its curves
against the plain inner loop, its shipped starts against the budget they claim.
"""

import json
import math
import subprocess
import sys

import pytest
import torch

from metagan_course.inner import adapt, adapt_path
from metagan_course.outer import maml_gradient
from metagan_course.steps import sgd
from metagan_course.tasks import Sines, Task
from metagan_course.widgets.adaptation_explorer.arrows import (
    CELLS,
    RANGE,
    Arrows,
    angle_between,
    grid,
    sample_tasks,
    wave_loss,
    wave_weights,
)
from metagan_course.widgets.adaptation_explorer.methods import (
    LEARNERS,
    METHODS,
    count_work,
    part_of_hessian,
    start_gradient,
    whole,
)
from metagan_course.widgets.adaptation_explorer.simulation import (
    CURVE_X,
    MOST_POINTS,
    Simulation,
    best_sinusoid,
)
from metagan_course.widgets.adaptation_explorer.starts import (
    FOLDER,
    RATES,
    load_comparison,
    load_manifest,
    load_starts,
    predict,
    random_weights,
    squared_error,
)
from metagan_course.widgets.adaptation_explorer.train import (
    Budget,
    batch_of_tasks,
    gradients,
    main,
    random_starts,
    train_starts,
)

STARTS = [(3.0, 2.6), (0.3, -0.8), (4.9, 1.2)]


def slope(loss, w1, w2, h=1e-5):
    """Central differences of a function of two numbers."""
    along_1 = (loss(w1 + h, w2) - loss(w1 - h, w2)) / (2 * h)
    along_2 = (loss(w1, w2 + h) - loss(w1, w2 - h)) / (2 * h)
    return along_1, along_2


# --- the arrows -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize(("n_steps", "alpha"), [(0, 0.02), (1, 0.1), (5, 0.02), (5, 0.05), (20, 0.02)])
def test_the_exact_arrow_is_the_slope_of_the_drawn_surface(start, n_steps, alpha):
    arrows = Arrows(alpha=alpha, n_steps=n_steps, start=start)
    assert arrows.gradient("maml") == pytest.approx(slope(arrows.loss, *start), rel=1e-6, abs=1e-7)


def test_the_other_arrows_are_not_that_slope():
    arrows = Arrows(alpha=0.05, n_steps=5)
    for method in ("fomaml", "reptile", "joint"):
        assert angle_between(arrows.gradient(method), slope(arrows.loss, *arrows.start)) > 5


def test_the_joint_arrow_is_the_slope_of_the_loss_before_adaptation():
    arrows = Arrows(n_steps=7)

    def unadapted(w1, w2):
        w = wave_weights(w1, w2)
        return torch.stack([wave_loss(w, points) for points in whole(arrows.tasks)]).mean().item()

    assert arrows.gradient("joint") == pytest.approx(slope(unadapted, *arrows.start), rel=1e-6)


def test_the_surface_is_the_loss_at_its_grid_points():
    arrows = Arrows(alpha=0.03, n_steps=4)
    surface, starts = arrows.surface().reshape(-1), grid()
    for cell in (0, 7, CELLS + 3, CELLS * CELLS - 1):
        w1, w2 = starts["w1"][cell].item(), starts["w2"][cell].item()
        one_by_one = [
            wave_loss(adapt(wave_loss, wave_weights(w1, w2), support, sgd(0.03), 4), query)
            for support, query in zip(arrows.tasks.support, arrows.tasks.query, strict=True)
        ]
        assert surface[cell].item() == pytest.approx(torch.stack(one_by_one).mean().item(), rel=1e-12)
        assert surface[cell].item() == pytest.approx(arrows.loss(w1, w2), rel=1e-12)


def test_the_surface_follows_alpha_and_k_in_any_order():
    arrows = Arrows(n_steps=9)
    seen = {}
    for alpha, n_steps in [(0.02, 9), (0.02, 2), (0.05, 2), (0.05, 12), (0.02, 9)]:
        arrows.alpha, arrows.n_steps = alpha, n_steps
        fresh = Arrows(alpha=alpha, n_steps=n_steps).surface()
        assert torch.equal(arrows.surface(), fresh)
        seen[alpha, n_steps] = fresh.mean().item()
    assert len(set(seen.values())) == len(seen)


def test_equal_scales_so_that_angles_on_screen_are_true():
    (a, b), (c, d) = RANGE
    assert b - a == pytest.approx(d - c)


def test_maml_is_the_product_of_the_hessian_terms():
    """(I - alpha H_0) ... (I - alpha H_{K-1}) grad L_Q(w_K), written out with matrices."""
    tasks, alpha, total = sample_tasks(3, n_tasks=4), 0.05, torch.zeros(2, dtype=torch.float64)

    def loss_at(v, points):
        return wave_loss({"w1": v[0], "w2": v[1]}, points)

    for support, query in zip(tasks.support, tasks.query, strict=True):
        v, product = torch.tensor([2.0, 0.7], dtype=torch.float64), torch.eye(2, dtype=torch.float64)
        for _ in range(3):
            product = product @ (torch.eye(2) - alpha * torch.func.hessian(loss_at)(v, support))
            v = v - alpha * torch.func.grad(loss_at)(v, support)
        total += product @ torch.func.grad(loss_at)(v, query) / 4
    g = start_gradient("maml", wave_loss, wave_weights(2.0, 0.7), tasks, sgd(alpha), 3)
    assert torch.allclose(torch.stack([g["w1"], g["w2"]]), total, rtol=1e-10)


def test_the_hessian_switch_swings_from_fomaml_to_maml():
    arrows = Arrows(alpha=0.05, n_steps=5)
    way = arrows.swing()
    assert way[0] == pytest.approx(arrows.gradient("fomaml"), rel=1e-10)
    assert way[-1] == pytest.approx(arrows.gradient("maml"), rel=1e-10)
    angles = [angle_between(g, way[-1]) for g in way]
    assert angles == sorted(angles, reverse=True) and angles[0] > 5


def test_half_of_the_hessian_is_half_way_for_one_step():
    tasks, w = sample_tasks(0), wave_weights(2.0, 1.0)
    g = [
        maml_gradient(wave_loss, w, tasks, part_of_hessian(sgd(0.1), share), 1)[0]["w2"]
        for share in (0, 0.5, 1)
    ]
    assert g[1].item() == pytest.approx((g[0] + g[2]).item() / 2) and g[0] != g[2]


def test_reptile_with_one_step_is_joint_training_and_with_none_has_no_direction():
    one = {row["method"]: row for row in Arrows(n_steps=1).table()}
    assert angle_between(one["reptile"]["gradient"], one["joint"]["gradient"]) < 1e-6
    none = {row["method"]: row for row in Arrows(n_steps=0).table()}
    assert none["reptile"]["angle"] is None and none["reptile"]["length"] == 0
    assert none["fomaml"]["angle"] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("n_steps", [0, 1, 5])
def test_work_is_counted(n_steps):
    network_tasks = Sines().sample(3, 4, 4, split="train", generator=torch.Generator().manual_seed(0))
    cases = [
        (wave_loss, wave_weights(1.0, 1.0), sample_tasks(0)),
        (squared_error, load_starts()["maml"], network_tasks),
    ]
    for loss, w, tasks in cases:
        work = {m: count_work(m, loss, w, tasks, sgd(0.01), n_steps) for m in LEARNERS}
        assert [work[m].gradients for m in LEARNERS] == [n_steps + 1, n_steps + 1, n_steps, 1]
        assert [work[m].hessian_products for m in LEARNERS] == [n_steps, 0, 0, 0]


def test_counting_does_not_change_the_gradient():
    arrows = Arrows(n_steps=3)
    before = arrows.gradient("maml")
    arrows.work("maml")
    assert arrows.gradient("maml") == before


def test_ten_inner_steps_cost_more_time_than_none():
    arrows = Arrows(n_steps=10)
    for _ in range(5):
        rows = {row["method"]: row["ms"] for row in arrows.table()}
    assert min(rows["maml"], rows["fomaml"], rows["reptile"]) > rows["joint"] > 0


def test_the_start_stays_in_the_square():
    arrows = Arrows()
    arrows.move(99, -99)
    assert arrows.start == (RANGE[0][1], RANGE[1][0])
    with pytest.raises(ValueError, match="finite"):
        arrows.move(math.nan, 0)


def test_an_unknown_method_is_refused():
    with pytest.raises(ValueError, match="'scratch'.*one of"):
        start_gradient("scratch", wave_loss, wave_weights(1.0, 1.0), sample_tasks(0), sgd(0.1), 1)


# --- the task and the curves ------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_tasks():
    one, two, other = Simulation(seed=4), Simulation(seed=4), Simulation(seed=5)
    assert one.points == two.points != other.points
    first = one.points
    one.draw(), two.draw()
    assert one.points == two.points != first


def test_drawn_points_lie_on_the_sinusoid_behind_them():
    x, y = torch.tensor(Simulation(seed=1, n_points=12).points).T
    assert torch.allclose(Simulation(seed=1, n_points=12).truth(x), y, atol=1e-5)


def test_curves_are_those_of_the_plain_inner_loop():
    simulation = Simulation(seed=2)
    curves, query, support = simulation.curves()
    points, starts = torch.tensor(simulation.points), load_starts()
    for m, method in enumerate(METHODS):
        for k in (0, 1, 7, 20):
            w = adapt(squared_error, starts[method], points, sgd(simulation.alpha), k)
            assert torch.allclose(curves[m, k], predict(w, CURVE_X), atol=1e-4)
            assert support[m, k] == pytest.approx(squared_error(w, points).item(), abs=1e-4)
            target = torch.stack([CURVE_X, simulation.truth()], 1)
            assert query[m, k] == pytest.approx(squared_error(w, target).item(), rel=1e-3, abs=1e-4)


def test_paths_are_those_of_the_package_s_inner_loop_to_the_last_bit():
    simulation = Simulation(seed=2, alpha=0.05)
    points, paths = torch.tensor(simulation.points), simulation.paths()

    def total(stacked, points):
        return squared_error(stacked, points).sum()

    for k, w in enumerate(adapt_path(total, simulation.stacked, points, sgd(0.05), 20, first_order=True)):
        assert all(torch.equal(paths[n][:, k], v) for n, v in w.items())
    assert not any(p.requires_grad for p in paths.values())


def test_without_points_nobody_moves():
    simulation = Simulation()
    simulation.set_points([])
    curves, query, _ = simulation.curves()
    assert torch.equal(curves[:, 0], curves[:, 20]) and torch.isfinite(query).all()


def test_a_rate_far_too_large_diverges_without_an_exception():
    simulation = Simulation(alpha=10.0)
    assert simulation.curves()[0].shape == (5, 21, 61)


def test_points_by_hand_are_kept_inside_and_refused_when_wrong():
    simulation = Simulation()
    simulation.set_points([[-99, 99], [1, 2]])
    assert simulation.points == [[-5.0, 6.0], [1.0, 2.0]]
    assert "best fit" in simulation.behind() and "the task" in Simulation().behind()
    with pytest.raises(ValueError, match="at most 20"):
        simulation.set_points([[0, 0]] * (MOST_POINTS + 1))
    with pytest.raises(ValueError, match="finite"):
        simulation.set_points([[0, math.nan]])
    with pytest.raises(ValueError, match="n_points is 0"):
        simulation.draw(0)


def test_the_best_sinusoid():
    x = torch.tensor([-3.0, -1.0, 0.5, 2.0])
    amplitude, phase = best_sinusoid(torch.stack([x, 2.5 * torch.sin(x + 0.7)], 1))
    assert (amplitude, phase) == pytest.approx((2.5, 0.7), rel=1e-5)
    a, p = best_sinusoid(torch.tensor([[1.0, 2.0]]))  # one point: the smallest sinusoid through it
    assert a * math.sin(1 + p) == pytest.approx(2.0)
    half_apart = torch.tensor(
        [[0.0, 1.0], [math.pi, 1.0]]
    )  # no sinusoid passes through both: none is blown up
    assert best_sinusoid(half_apart)[0] < 2


def test_computing_needs_no_jupyter():
    code = (
        "import sys; from metagan_course.widgets.adaptation_explorer import arrows, simulation, train; "
        "print(sorted({'IPython', 'ipywidgets', 'anywidget', 'matplotlib'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


# --- the shipped starts -----------------------------------------------------------------------------------


def test_the_manifest_tells_what_the_methods_were_given():
    manifest, budget = load_manifest(), Budget()
    assert Budget(**manifest["budget"]) == budget and manifest["command"].startswith(
        "python -m metagan_course."
    )
    spent, seen = manifest["spent"], budget.outer_steps * budget.tasks_per_step
    assert set(spent) == set(LEARNERS)
    assert {m: spent[m]["tasks"] for m in LEARNERS} == dict.fromkeys(LEARNERS, seen)
    assert [spent[m]["gradients"] // seen for m in LEARNERS] == [6, 6, 5, 1]
    assert [spent[m]["hessian_products"] // seen for m in LEARNERS] == [5, 0, 0, 0]


def test_all_starts_began_at_the_shipped_random_network():
    assert (FOLDER / "starts.safetensors").stat().st_size < 60_000
    begin = random_weights(torch.Generator().manual_seed(0))
    assert all(torch.allclose(load_starts()["scratch"][n], v, atol=1e-6) for n, v in begin.items())
    assert {m: {n: v.shape for n, v in w.items()} for m, w in load_starts().items()} == dict.fromkeys(
        METHODS, {n: v.shape for n, v in begin.items()}
    )


def test_what_the_lesson_claims_holds_on_held_out_tasks():
    tasks = Sines().sample(200, 10, 40, split="test", generator=torch.Generator().manual_seed(11))
    after = {m: query_loss_after(w, tasks, 5) for m, w in load_starts().items()}
    assert after["maml"] < after["reptile"] < after["joint"]
    assert after["fomaml"] < after["joint"] / 2 and after["maml"] < after["scratch"] / 3


def query_loss_after(w, tasks: Task, n_steps: int) -> float:
    return maml_gradient(squared_error, w, tasks, sgd(0.02), n_steps, first_order=True)[1].mean().item()


@pytest.mark.parametrize("method", LEARNERS)
def test_networks_side_by_side_get_the_gradient_that_each_gets_alone(method):
    budget, starts = Budget(tasks_per_step=3), random_starts()
    tasks = Task(*batch_of_tasks(budget, torch.Generator().manual_seed(3), 3))
    together = gradients(method, starts, tasks, budget)
    for i in range(3):
        one = {name: w[i] for name, w in starts.items()}
        own = Task(*(part[i] for part in tasks))
        alone = start_gradient(method, squared_error, one, own, sgd(budget.alpha), budget.inner_steps)
        assert all(torch.allclose(together[n][i], g, rtol=1e-4, atol=1e-6) for n, g in alone.items())


def test_each_rate_trains_as_if_it_were_the_only_one():
    budget, starts = Budget(outer_steps=4, tasks_per_step=2), random_starts(seeds=(0, 1))
    both = train_starts("reptile", budget, torch.tensor([0.01, 0.03]), starts)
    alone = train_starts("reptile", budget, torch.tensor([0.03]), starts)
    assert all(torch.allclose(both[n][1], w[0], rtol=1e-5, atol=1e-7) for n, w in alone.items())
    assert any((both[n][0] - both[n][1]).abs().max() > 1e-3 for n in both)


def test_the_narrow_weights_are_those_of_torch():
    mine = random_weights(torch.Generator().manual_seed(0), (40, 400), init="narrow")
    theirs = torch.nn.Linear(40, 400)
    for name, other in (("w1", theirs.weight), ("b1", theirs.bias)):
        assert mine[name].abs().max() <= 40**-0.5
        assert abs(mine[name].std() / other.std() - 1) < 0.15


def test_the_command_writes_what_the_explorer_and_the_lesson_read(tmp_path):
    main(["--out", str(tmp_path), "--outer-steps", "2", "--inits", "wide"])
    assert load_starts(tmp_path)["maml"].keys() == load_starts()["maml"].keys()
    assert json.loads((tmp_path / "manifest.json").read_text())["budget"]["outer_steps"] == 2
    row = load_comparison(tmp_path)["rows"]["wide"]["2"]["reptile"]
    assert row["rate"] == RATES[row["validation"].index(min(row["validation"]))]
    assert torch.tensor(row["test"]).shape == (3, 11) and torch.tensor(row["behind_maml"]).shape == (3, 3)


def test_the_shipped_starts_are_those_of_the_shipped_table():
    tasks = Sines().sample(200, 10, 50, split="test", generator=torch.Generator().manual_seed(99))
    rows = load_comparison()["rows"]["wide"]["1000"]
    for method in LEARNERS:
        measured = query_loss_after(load_starts()[method], tasks, 5)
        assert measured == pytest.approx(rows[method]["test"][0][5], rel=1e-2)
