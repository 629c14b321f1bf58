"""What lesson 10 stands on: barriers, orders, populations of weights, models of them, starts, figures."""

import importlib.util
import itertools
import json
import math
from pathlib import Path

import pytest
import torch

from metagan_course.answers import many_gans as many
from metagan_course.answers.initialise import aligned, barrier, emitted, memorised
from metagan_course.answers.initialise_figures import PLACES, between, show_walks, walk
from metagan_course.nets import HyperNetwork
from metagan_course.weights import as_function, params_of

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "weight_models.py"


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def ring(n, x, y, radius, seed=0):
    angle = 2 * math.pi * torch.rand(n, generator=seeded(seed))
    return torch.stack([x + radius * angle.cos(), y + radius * angle.sin()], -1)


# --- what the learner writes -------------------------------------------------------------------------------


def test_a_barrier_is_known_on_a_double_well():
    """E(w) = (w^2 - 1)^2 between -1 and 1: the hill is at 0 and 1 high."""
    error = lambda p: (p["w"].square() - 1).square().sum()  # noqa: E731
    ends = {"w": torch.tensor([-1.0])}, {"w": torch.tensor([1.0])}
    assert barrier(error, *ends, torch.linspace(0, 1, 11)) == 1
    convex = lambda p: p["w"].square().sum()  # noqa: E731
    assert barrier(convex, *ends, torch.tensor([0.5])) == -1


@pytest.mark.parametrize("n", [1, 2, 3, 5, 6])
def test_the_best_match_is_found_by_trying_all(n):
    for seed in range(5):
        costs = torch.randn(n, n, generator=seeded(seed))
        order = many.best_match(costs)
        least = min(sum(costs[i, p[i]].item() for i in range(n)) for p in itertools.permutations(range(n)))
        assert sorted(order.tolist()) == list(range(n))
        assert costs[torch.arange(n), order].sum().item() == pytest.approx(least, abs=1e-5)


def test_bringing_into_line_undoes_a_shuffle_and_keeps_the_function():
    net = {n: w[0] for n, w in many.new_pairs([3])[0].items()}
    order = torch.randperm(many.HIDDEN, generator=seeded(0))
    mixed = {**net, "w_in": net["w_in"][order], "b_in": net["b_in"][order], "w_out": net["w_out"][:, order]}
    back = aligned(mixed, net, many.best_match)
    assert all(torch.equal(w, net[n]) for n, w in back.items())
    z = many.noise(0, 50)
    assert torch.allclose(many.G(mixed, z), many.G(net, z), atol=1e-6)


def test_emitted_is_what_the_package_s_hypernetwork_ends_in():
    start = params_of(many.Generator())
    start = {n: w.detach() for n, w in start.items()}
    network, code = HyperNetwork(start, 5), torch.randn(5, generator=seeded(0))
    found = emitted(network.scale * network.body(code), start)
    assert all(torch.allclose(found[n], w) for n, w in network(code).items())


def test_copies_are_memorised_and_strangers_are_not():
    kept = torch.randn(9, 3, generator=seeded(0))
    assert memorised(kept, kept) == 1 and memorised(kept + 50, kept) == 0
    both = torch.cat([kept, kept + 50])
    assert memorised(both, kept) == 0.5


# --- populations -------------------------------------------------------------------------------------------


def test_the_generator_is_its_formula():
    net = many.Generator()
    z = many.noise(1, 4)
    by_hand = torch.stack([net.w_out @ (net.w_in @ one + net.b_in).clamp(min=0) + net.b_out for one in z])
    assert torch.allclose(net(z), by_hand, atol=1e-6)
    assert sum(w.numel() for w in params_of(net).values()) == 322


def test_many_games_in_one_vmap_are_those_games_alone():
    data = torch.stack([ring(80, 0.0, 0.0, 1.0), ring(80, 1.0, 0.0, 0.5, seed=1)])
    pair = many.new_pairs([4, 5])
    both = many.train(data, pair, seed=0, n_steps=3)[0]
    start = [{n: w[:1] for n, w in player.items()} for player in pair]
    # alone, with the dice that the first of two games would have had
    dice = seeded(0)
    x = many.some(data, many.BATCH, dice)
    z = torch.randn(2, 2, many.BATCH, 2, generator=dice)
    theta = many.adam(4e-3, betas=(0.5, 0.99))
    D = as_function(many.MLPDiscriminator())

    def loss(t):
        fake = many.G({n: w[0] for n, w in start[0].items()}, z[0, 0])
        return many.LOSS.discriminator(real=D(t, x[0]), fake=D(t, fake))

    disc = {n: w[0] for n, w in start[1].items()}
    moved, _ = theta(disc, torch.func.grad(loss)(disc), theta.init(disc))
    one_step = many.train(data, pair, seed=0, n_steps=1)[1]
    assert all(torch.allclose(w, one_step[n][0], atol=1e-5) for n, w in moved.items())
    assert both["w_in"].shape == (2, many.HIDDEN, 2)


def test_kinds_of_start_are_what_they_are_called():
    data = torch.stack([ring(50, 0.0, 0.0, 1.0)] * 3)
    many_starts = many.new_pairs([1001, 1002, 1003])[0]["w_in"]
    assert not torch.equal(many_starts[0], many_starts[1])
    same = many.common(many.new_pairs([1000]), 3)[0]["w_in"]
    assert torch.equal(same[0], same[2]) and same.shape[0] == 3
    found = many.populations(data, 1, kinds=("many starts",))
    again = many.populations(data, 1, run=1, kinds=("many starts",))
    assert list(found) == ["many starts"]
    assert not torch.allclose(found["many starts"]["w_in"], again["many starts"]["w_in"])


def test_rows_and_back():
    weights = many.new_pairs([0, 1])[0]
    assert all(torch.equal(w, many.from_rows(many.rows(weights), weights)[n]) for n, w in weights.items())
    assert torch.equal(many.one_of(many.together([many.one_of(weights, 1)]), 0)["w_out"], weights["w_out"][1])


def test_the_gaussian_has_the_population_s_mean_and_covariance():
    """With as many components as there are rows, draws have the rows' own mean and spread."""
    pair = many.new_pairs([0])[0]
    base = many.rows(pair)
    e = torch.randn(500, 2, generator=seeded(0))
    directions = torch.nn.functional.normalize(torch.randn(2, base.shape[1], generator=seeded(1)), dim=1)
    population = many.from_rows(base + e * torch.tensor([2.0, 0.5]) @ directions, pair)
    model = many.fit(population, k=2)
    assert model.explained == pytest.approx(1, abs=1e-4)
    drawn = many.rows(many.draw(model, 4000, population, seeded(2)))
    assert torch.allclose(drawn.mean(0), many.rows(population).mean(0), atol=0.05)
    told = drawn.var(0).sum(), many.rows(population).var(0).sum()
    assert told[0].item() == pytest.approx(told[1].item(), rel=0.08)


def test_a_ring_is_found_and_a_blot_is_none():
    cloud = torch.stack([ring(4000, 1.0, -2.0, 0.7), torch.randn(4000, 2, generator=seeded(0))])
    assert torch.allclose(many.ring_of(cloud)[0], torch.tensor([1.0, -2.0, 0.7]), atol=0.03)
    off = many.off_a_ring(cloud[:, :400])
    assert off[0].abs() < 0.01 < 0.02 < off[1]


def test_noise_moves_each_weight_by_its_own_spread():
    weights = many.new_pairs(list(range(30)))[0]
    still = many.noisy(weights, 40, 0.0, seeded(0))
    flat = many.rows(weights)
    assert (torch.cdist(many.rows(still), flat).min(1).values < 0.02).all()  # of distances around 8
    moved = many.rows(many.noisy(weights, 3000, 1.0, seeded(0)))
    assert torch.allclose(moved.var(0).mean() / flat.var(0).mean(), torch.tensor(2.0), atol=0.15)


def test_pairs_far_apart_hold_no_task_twice():
    data = torch.stack([ring(60, x, 0.0, 0.5, seed=i) for i, x in enumerate((0.0, 5.0, 0.3, 5.2, 2.0))])
    assert many.far_apart(data, 2) == [(0, 3), (1, 2)]


# --- starts ------------------------------------------------------------------------------------------------


def test_the_nearest_checkpoint_is_the_one_that_draws_the_shown_points():
    weights = many.new_pairs([0, 1, 2])[0]
    support = many.clouds(weights, 60, seed=9)[[2, 0]]
    found = many.nearest(weights, support)
    assert torch.equal(found["w_in"], weights["w_in"][[2, 0]])


def test_steps_lower_the_distance_to_the_shown_points_and_none_change_nothing():
    support = torch.stack([ring(30, 0.5, 0.5, 1.0), ring(30, -1.0, 0.0, 0.4)])
    begin = many.everywhere(many.one_of(many.new_pairs([7])[0], 0), 2)
    assert many.adapted(begin, support, 0, 0.1) is begin
    after = many.adapted(begin, support, 20, 0.02)
    assert (many.errors(after, support) < many.errors(begin, support)).all()
    alone = many.adapted({n: w[:1] for n, w in begin.items()}, support[:1], 20, 0.02)
    assert (alone["w_in"][0] - begin["w_in"][0]).abs().max() > 0


def test_the_emitter_is_blind_to_the_order_of_its_points_and_begins_at_the_start():
    start = many.one_of(many.new_pairs([1])[0], 0)
    network = many.Emitter(start)
    x = many.noise(3, 10)
    one, other = network(x), network(x.flip(0))
    assert all(torch.allclose(one[n], other[n], atol=1e-6) for n in start)
    assert max((one[n] - w).abs().max() for n, w in start.items()) < 0.2
    data = torch.stack([ring(80, 0.0, 0.0, 1.0), ring(80, 1.0, 0.0, 0.5)])
    emit = many.train_emitter(data, start, seed=0, updates=2)
    assert emit(data[:, :10])["w_in"].shape == (2, many.HIDDEN, 2)


# --- pictures ----------------------------------------------------------------------------------------------


def test_a_walk_begins_and_ends_at_its_networks():
    weights = many.new_pairs([0, 1])[0]
    line = between(many.one_of(weights, 0), many.one_of(weights, 1), PLACES)
    assert torch.equal(line["w_in"][0], weights["w_in"][0])
    assert torch.allclose(line["w_in"][-1], weights["w_in"][1])
    assert torch.allclose(line["b_out"][5], weights["b_out"].mean(0))


def test_the_widget_says_the_number_of_the_dot():
    weights = many.new_pairs([0, 1])[0]
    draw = walk({"many starts": weights, "one trained start": weights}, many.clouds(weights))
    figure = draw(0.3, "one trained start", "1 and 2")
    plane, chart = figure.axes
    line = between(many.one_of(weights, 0), many.one_of(weights, 1), [0.3])
    off = many.off_a_ring(many.clouds(line)).item()
    assert chart.get_title() == f"one trained start, 30% of the way: {off:.2f} off a ring"
    assert [line.get_label() for line in chart.lines][:1] == ["many starts"]


def test_walks_have_a_row_a_start():
    figure = show_walks({name: torch.zeros(5, 9, 2) for name in many.STARTS})
    assert [ax.get_title() for ax in figure.axes] == list(many.STARTS)


# --- what is shipped ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def benchmark():
    spec = importlib.util.spec_from_file_location("weight_models_benchmark", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def keys(nest):
    return {k: keys(v) for k, v in nest.items()} if isinstance(nest, dict) else type(nest)


def test_the_shipped_table_has_the_form_that_the_script_makes(benchmark, tmp_path, monkeypatch):
    monkeypatch.setattr(benchmark, "RATES", (1e-2,))
    monkeypatch.setattr(benchmark, "PAIRS", 2)
    monkeypatch.setattr(benchmark, "PLACES", torch.tensor([0.0, 0.5, 1.0]))
    train = many.train
    monkeypatch.setattr(many, "train", lambda *args, n_steps=0, **how: train(*args, n_steps=2, **how))
    benchmark.main("--seeds 1 --tasks 9 --updates 2".split() + ["--out", str(tmp_path)])
    made = json.loads((tmp_path / "weight_models.json").read_text())
    shipped = json.loads((benchmark.RESULTS / "weight_models.json").read_text())
    assert keys(shipped["rows"][0]) == keys(made["rows"][0]) and keys(shipped["walks"]) == keys(made["walks"])
    assert len(shipped["rows"]) == 6


def test_the_shipped_table_says_what_the_lesson_says(benchmark):
    for row in json.loads((benchmark.RESULTS / "weight_models.json").read_text())["rows"]:
        table = row["rings"]
        strangers, lined, trained = (
            table[name] for name in ("many starts", "many starts, in line", "one trained start")
        )
        assert strangers["barrier"] > 2 * lined["barrier"] > 8 * trained["barrier"]
        assert lined["Gaussian"]["off a ring"] > 5 * trained["Gaussian"]["off a ring"]
        assert trained["checkpoint + noise 0.1"]["memorised"] > 0.9
        assert abs(trained["Gaussian"]["memorised"] - table["true rings"]["memorised"]) < 0.2
