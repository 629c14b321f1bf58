"""What lesson 06 stands on: slopes by rates, turns, cut graphs, valleys and games, rules, the race."""

import importlib.util
import json
import math
from pathlib import Path

import pytest
import torch

from metagan_course.answers.rule_figures import (
    TITLES,
    landscape,
    newton_factors,
    race,
    rate_factors,
)
from metagan_course.answers.rules import (
    RateRule,
    cut_off,
    momentum,
    optimism,
    rate_gradient,
    truncated_loss,
    tuned_rival,
    turn,
)
from metagan_course.answers.valleys import (
    GAMES,
    VALLEYS,
    digits,
    distances,
    first_state,
    games,
    height,
    path,
    train_rule,
    trials,
    valleys,
)
from metagan_course.inner import Game, adapt_game, adapt_path
from metagan_course.steps import adam, learned, sgd
from metagan_course.weights import detached, params_of

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "learned_rules.py"


def seeded(seed):
    return torch.Generator().manual_seed(seed)


# --- what the learner writes -------------------------------------------------------------------------------


def test_the_slope_by_a_rate_is_that_of_finite_differences():
    def loss(params, a):
        return (params["w"] - a).square().square().sum()

    w, rates = {"w": torch.tensor([1.0, -0.5]).double()}, {"w": torch.tensor([0.01, 0.02]).double()}
    found = rate_gradient(loss, w, rates, torch.tensor(2.0), torch.tensor(-1.0))["w"]

    def after(rates):
        return loss({"w": w["w"] - rates * 4 * (w["w"] - 2) ** 3}, torch.tensor(-1.0))

    for i in range(2):
        nudge = 1e-6 * torch.eye(2).double()[i]
        slope = (after(rates["w"] + nudge) - after(rates["w"] - nudge)) / 2e-6
        assert found[i] == pytest.approx(slope.item(), rel=1e-6)


def test_a_turn_is_known_by_hand():
    g, last = torch.tensor([1.0, -1.0, 0.0, 3.0, 0.0]), torch.tensor([1.0, 1.0, 2.0, -1.0, 0.0])
    assert turn(g, last).tolist() == [0.5, -0.5, 0.0, -0.75, 0.0]
    assert torch.equal(turn(1e-20 * g, 1e-20 * last), turn(g, last))


def test_a_cut_keeps_the_number_and_changes_the_slope():
    """Plain descent on h w^2 / 2 with one rate: by hand, each piece's slope from where it began."""
    h, n_steps = 0.7, 4
    for cut in (1, 2, 4):
        alpha = torch.tensor(0.3, requires_grad=True)

        def move(w, state, alpha=alpha):
            return {"w": (1 - alpha * h) * w["w"]}, state

        value = truncated_loss(
            move, lambda w: h * w["w"] ** 2 / 2, {"w": torch.tensor(2.0)}, (), n_steps, cut
        )
        (slope,) = torch.autograd.grad(value, alpha)
        q, expected, by_hand = 1 - 0.3 * h, 0.0, 0.0
        for k in range(n_steps):
            begin = 2.0 * q ** (k // cut * cut)  # where this piece began
            m = k % cut + 1  # steps since then
            expected += h * (begin * q**m) ** 2 / 2 / n_steps
            by_hand += h * begin**2 * q ** (2 * m - 1) * m * (-h) / n_steps
        assert value.item() == pytest.approx(expected, rel=1e-5)
        assert slope.item() == pytest.approx(by_hand, rel=1e-5)


def test_cutting_leaves_counters_and_numbers():
    x = torch.ones(2, requires_grad=True) * 2
    cut = cut_off({"v": (x, 3), "t": None})
    assert torch.equal(cut["v"][0], x) and not cut["v"][0].requires_grad and cut["v"][1] == 3


def test_a_run_without_numbers_never_wins():
    table = {"a": torch.tensor([math.nan, 9.0, 0.0]), "b": torch.tensor([1.0, 1.0, 0.5])}
    best, score = tuned_rival(lambda t, on: table[t][on], ["a", "b"], torch.tensor([0, 1]), torch.tensor([2]))
    assert best == "b" and score == 0.5


# --- rules -------------------------------------------------------------------------------------------------


def test_an_untrained_rule_is_plain_descent():
    tasks, rule = valleys(5, seeded(0)), RateRule(0.2)
    one = distances(tasks, learned(rule, detached(params_of(rule))), 6)
    assert torch.allclose(one, distances(tasks, sgd(0.2), 6), atol=1e-6)


def test_momentum_and_optimism_are_their_equations():
    w, g = {"w": torch.tensor([1.0])}, [{"w": torch.tensor([2.0])}, {"w": torch.tensor([3.0])}]
    for step, expected in (
        (momentum(0.1, 0.5), 1 - 0.2 - 0.1 * (0.5 * 2 + 3)),
        (optimism(0.1, 0.5), 1 - 0.2 - 0.1 * 3.5),
    ):
        one, state = step(w, g[0], step.init(w))
        assert step(one, g[1], state)[0]["w"].item() == pytest.approx(expected)


def test_a_rule_is_the_same_on_a_loss_a_hundred_times_as_steep_but_for_its_first_rate():
    rule = RateRule(0.1)
    torch.nn.init.normal_(rule.net[2].weight)
    psi = detached(params_of(rule))
    steep = psi | {"start": psi["start"] - math.log(100)}
    one = distances(valleys(5, seeded(0)), learned(rule, psi), 4)
    assert torch.allclose(
        one, distances(valleys(5, seeded(0), size=100.0), learned(rule, steep), 4), rtol=1e-3
    )


# --- landscapes --------------------------------------------------------------------------------------------


def test_plain_descent_in_a_valley_is_known_in_closed_form():
    tasks = valleys(7, seeded(1))
    after = (1 - 0.1 * tasks.data["h"]) ** 3 * tasks.start["w"]
    assert torch.allclose(distances(tasks, sgd(0.1), 3)[-1], after.norm(dim=1), atol=1e-5)


def test_turning_a_valley_changes_nothing_for_plain_descent():
    """A rotation of the space rotates the path, so distances depend on the curvatures and the start alone."""
    straight, turned = landscape(10, 0, 0.0, 10.0), landscape(10, 30, 0.0, 10.0)
    moved = turned._replace(start={"w": (turned.data["turn"][0].T @ straight.start["w"][0])[None]})
    assert torch.allclose(distances(straight, sgd(0.1), 5), distances(moved, sgd(0.1), 5), atol=1e-5)
    assert not torch.allclose(distances(straight, adam(0.1), 5), distances(moved, adam(0.1), 5), atol=1e-2)


def test_runs_are_those_of_the_package():
    tasks = valleys(3, seeded(2), turned=True, bend=0.5)
    ours = [w["w"] for w in path(tasks, adam(0.1), 4)]
    package = adapt_path(height, tasks.start, tasks.data, adam(0.1), 4)
    assert all(torch.allclose(a, b["w"]) for a, b in zip(ours, package, strict=True))


def test_a_game_is_played_as_adapt_game_plays_it():
    tasks = games(4, seeded(3), n=2, c=0.3)

    def pays(x, y, data, z):
        both = torch.einsum("ti,tij,tj->", x["x"], data["x"], y["y"])
        return both + 0.15 * (x["x"].square().sum() - y["y"].square().sum())

    game = Game(pays, lambda y, x, data, z: -pays(x, y, data, z))
    noise = torch.zeros(5, 2, 1, 1)
    step = momentum(0.2, -0.3)
    x, y = adapt_game(
        game,
        {"x": tasks.start["x"]},
        {"y": tasks.start["y"]},
        {"x": tasks.data["A"]},
        noise,
        step,
        step,
    )
    *_, end = path(tasks, step, 5)
    assert torch.allclose(end["x"], x["x"], atol=1e-6) and torch.allclose(end["y"], y["y"], atol=1e-6)


def test_no_rule_stays_near_by_being_thrown_out():
    """Digits are counted to six both ways, and numbers that ran out are the worst."""
    tasks = valleys(3, seeded(0))
    assert digits(tasks, sgd(1e3), 60).tolist() == [-6.0] * 3
    assert digits(tasks, sgd(0.0), 5).tolist() == [0.0] * 3


@pytest.mark.parametrize("draw", [*VALLEYS.values(), *GAMES.values()])
def test_every_world_starts_at_distance_one_and_is_drawn_from_its_generator(draw):
    one, other = draw(6, seeded(4)), draw(6, seeded(4))
    assert torch.allclose(distances(one, sgd(0.1), 1)[0], torch.ones(6), atol=1e-6)
    assert all(torch.equal(w, other.start[n]) for n, w in one.start.items())
    assert len(first_state(one, sgd(0.1))) == (2 if "y" in one.start else 0)


@pytest.mark.parametrize("kind", ["sgd", "momentum", "adam", "optimism"])
def test_trials_are_drawn_anew_for_each_generator(kind):
    tasks = valleys(4, seeded(0))
    first, same, other = (
        [digits(tasks, step, 3).sum().item() for step in trials(kind, 3, seeded(s))] for s in (1, 1, 2)
    )
    assert first == same != other


def test_training_makes_a_rule_better_and_leaves_the_network_alone():
    torch.manual_seed(0)
    rule, exam = RateRule(), valleys(100, seeded(9))
    before = detached(params_of(rule))
    psi = train_rule(rule, valleys, n_steps=5, cut=5, updates=40, n_tasks=32, seed=0)
    assert all(torch.equal(w, rule.state_dict()[n]) for n, w in before.items())
    gained = digits(exam, learned(rule, psi), 10) - digits(exam, learned(rule, before), 10)
    assert gained.mean() > 0.5


# --- pictures ----------------------------------------------------------------------------------------------


def test_the_formula_s_factor_lands_on_the_bottom():
    alpha, h = 0.3, torch.tensor([0.5, 2.0, 3.0, 5.0])
    q = 1 - alpha * h
    assert torch.allclose(alpha * newton_factors(q / (1 + q.abs())), 1 / h)


def test_the_drawn_curve_is_what_the_rule_does():
    rule = RateRule()
    torch.nn.init.normal_(rule.net[2].weight)
    psi = detached(params_of(rule))
    w = torch.zeros(1)
    _, (a, *_) = rule(torch.tensor([-0.6]), (w, torch.tensor([0.4]), torch.tensor([0.5])))
    assert rate_factors(rule, psi, torch.tensor([-0.6])).item() == pytest.approx(a.exp().item(), rel=1e-5)


def test_the_race_draws_every_rule_wherever_it_goes():
    figure = race({"sgd": sgd(0.1), "adam": adam(0.1), "learned": sgd(0.2)})(20, 100, 45, 1.0, 1000.0)
    valley, chart = figure.axes
    assert [line.get_label() for line in chart.lines] == [TITLES[n] for n in ("sgd", "adam", "learned")]
    assert all(len(line.get_ydata()) == 21 for line in chart.lines)


# --- what is shipped ---------------------------------------------------------------------------------------


def test_the_table_of_three_seeds_is_what_the_script_makes(tmp_path):
    """A small run has the same form, and the shipped numbers say what the lesson says of them."""
    spec = importlib.util.spec_from_file_location("learned_rules_benchmark", SCRIPT)
    benchmark = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benchmark)
    benchmark.TRIALS, benchmark.JUDGED = 2, 4
    benchmark.main(["--seeds", "1", "--updates", "1", "--out", str(tmp_path)])
    made = json.loads((tmp_path / "learned_rules.json").read_text())
    shipped = json.loads((benchmark.RESULTS / "learned_rules.json").read_text())
    assert shipped["trials"] == 40 and len(shipped["rows"]) == 3
    for kind in ("valleys", "games"):
        for world, table in made["rows"][0][kind].items():
            assert {n: list(row) for n, row in table.items()} == {
                n: list(row) for n, row in shipped["rows"][0][kind][world].items()
            }
    for row in shipped["rows"]:
        family, turned = row["valleys"]["the family"], row["valleys"]["ten, turned"]
        assert all(family["learned"]["10"] > family[rival]["10"] + 2 for rival in ("sgd", "momentum", "adam"))
        assert turned["learned"]["10"] < turned["sgd"]["10"]
