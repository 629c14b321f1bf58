"""What lesson 09 stands on: its rules against independent oracles, its world, and the file it tells from."""

import json
from pathlib import Path

import pytest
import torch
from torch.func import grad

from metagan_course.answers import map_rules
from metagan_course.course import map_rule_figures, map_rule_runs
from metagan_course.inner import adapt
from metagan_course.steps import meta_sgd, sgd
from metagan_course.weights import detached, params_of

ROOT = Path(__file__).resolve().parents[1]
TOLD = json.loads((ROOT / "notebooks" / "results" / "map_rules.json").read_text())


@pytest.fixture
def dice():
    return torch.Generator().manual_seed(0)


@pytest.fixture(scope="module")
def support():
    return map_rule_runs.drawings(2, 5, split="val").support


# ---- rules


def test_readings_forget_the_scale_and_keep_the_pattern(dice):
    g, first = torch.randn(2, 16, 7, 7, generator=dice)
    seen = map_rules.readings(g, first)
    torch.testing.assert_close(map_rules.readings(1e4 * g, 1e4 * first), seen, atol=1e-4, rtol=1e-4)
    assert seen[:-1].square().mean().item() == pytest.approx(1, abs=1e-4)
    assert (map_rules.readings(0 * g, first) == 0).all() and (map_rules.readings(g, 0 * first) == 0).all()


def test_readings_of_nothing_have_finite_slopes():
    g = torch.zeros(2, 3, 3, requires_grad=True)
    map_rules.readings(g, torch.ones(2, 3, 3)).sum().backward()
    assert g.grad.isfinite().all()


def test_a_fresh_rule_is_plain_descent_at_its_gain(dice):
    rule, code = map_rules.MapRule(), torch.randn(784, generator=dice)
    step, plain = map_rules.learned_map_rule(rule, detached(params_of(rule))), sgd(10.0)
    loss = lambda w, _: w["code"].pow(4).sum() / 1e3  # noqa: E731
    ours, theirs = (adapt(loss, {"code": code}, torch.zeros(1), s, 4)["code"] for s in (step, plain))
    torch.testing.assert_close(ours, theirs)


def test_later_steps_use_the_last_ones_numbers(dice):
    rule = map_rules.MapRule(n_steps=2)
    with torch.no_grad():
        rule.rate.copy_(torch.tensor([0.0, 1.0]))
    g = torch.randn(16, 7, 7, generator=dice)
    torch.testing.assert_close(rule(g, g, 0 * g, 5), rule(g, g, 0 * g, 1))
    assert not torch.allclose(rule(g, g, 0 * g, 0), rule(g, g, 0 * g, 1))


def test_the_natural_step_inverts_the_damped_fisher(dice):
    w, g = torch.randn(2, 6, generator=dice, dtype=torch.float64)
    fisher = torch.outer(g, g) + 0.3 * torch.eye(6, dtype=torch.float64)
    moved, _ = map_rules.natural(2.0, 0.3)({"w": w}, {"w": g}, ())
    torch.testing.assert_close(moved["w"], w - 2 * torch.linalg.solve(fisher, g))


def test_rates_by_step_are_meta_sgd(dice):
    logs, code, g = torch.randn(3, 8, generator=dice)
    moved, t = map_rules.rates_by_step(logs, torch.zeros(2))({"code": code}, {"code": g}, 0)
    theirs, _ = meta_sgd({"code": logs.exp()})({"code": code}, {"code": g}, ())
    torch.testing.assert_close(moved["code"], theirs["code"])
    assert t == 1


# ---- the world


def test_the_inner_loss_is_half_an_energy_distance_without_the_drawings_own_spread(support):
    on = map_rule_runs.world()
    seen, code = on.features(support[0]), on.start + 0.1
    with torch.no_grad():
        fake = on.features(on.gen(map_rule_runs.BANK, code))
        across = torch.cdist(fake, seen).mean()
        inside = torch.pdist(fake).mean()
        got = map_rule_runs.loss_on(on, seen)({"code": code})
    torch.testing.assert_close(got, across - inside / 2, rtol=1e-4, atol=1e-4)


def test_a_walk_is_each_tasks_own(support):
    step = map_rule_runs.rival("adam", (0.4,))
    both = map_rule_runs.walk(step, support, 2)
    alone = map_rule_runs.walk(step, support[1:], 2)
    assert both.shape == (2, 3, 784) and (both[:, 0] == map_rule_runs.world().start).all()
    torch.testing.assert_close(both[1:], alone, atol=1e-3, rtol=1e-3)


def test_training_moves_the_rule_and_follows_its_seed():
    runs = [map_rule_runs.train_map_rule(seed=s, updates=2, n_tasks=2, k=1)[1] for s in (0, 0, 1)]
    assert all(torch.equal(runs[0][n], runs[1][n]) for n in runs[0])
    assert not torch.equal(runs[0]["places"], runs[2]["places"])
    assert runs[0]["places"].abs().max() > 0 and runs[0]["write.weight"].abs().max() > 0


# ---- pictures, and the file


def test_a_plain_update_is_the_gradient_turned_round(support):
    seen = map_rule_figures.inspect_walk(map_rule_runs.rival("sgd", (10.0,)), support[0], 2)
    torch.testing.assert_close(seen.updates, -10 * seen.gradients[:2], atol=1e-3, rtol=1e-2)


def test_the_impulse_of_a_fresh_rule_is_a_dot(dice):
    rule, g = map_rules.MapRule(), torch.randn(16, 7, 7, generator=dice)
    answer = map_rule_figures.impulse(rule, detached(params_of(rule)), g)
    dot = torch.zeros(5, 5)
    dot[2, 2] = -10
    torch.testing.assert_close(answer, dot, atol=1e-2, rtol=1e-3)


def test_the_file_has_every_arm_and_as_many_trials_for_each_rival():
    seeds = {(r["arm"], r["side"], r["seed"]) for r in TOLD["learned"]}
    arms, sides = ("rule", "one step", "meta-sgd"), ("test", "strokes")
    assert seeds == {(a, side, s) for a in arms for side in sides for s in range(3)}
    for kind, settings in map_rule_runs.TRIALS.items():
        for side in ("val", *sides):
            assert len(map_rule_runs.trial_scores(TOLD, [kind], side, "kid")) == len(settings) == 6


def test_the_shipped_rule_lowers_the_loss_on_a_new_character(support):
    network, psi = map_rule_figures.shipped_rule(TOLD)
    on, step = map_rule_runs.world(), map_rules.learned_map_rule(network, psi)
    codes = map_rule_runs.walk(step, support, 3)
    for task in range(2):
        loss = map_rule_runs.loss_on(on, on.features(support[task]))
        before, after = loss({"code": codes[task, 0]}), loss({"code": codes[task, 3]})
        assert after < 0.8 * before
        assert grad(loss)({"code": codes[task, 3]})["code"].norm() < 5
