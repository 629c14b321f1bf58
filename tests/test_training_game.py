"""A recipe's outer losses term by term, their gradient by finite differences, and what a new task gets."""

import math

import pytest
import torch
from oracles import equal, fresh_generator, normal
from tiny import CODED, CONV, MAPPED, TINY, Specks
from torch import nn
from torch.func import functional_call
from worlds import Half, adapted, along, game_in_double, pictures_in_double, plays

from metagan_course import terms, training
from metagan_course.inner import adapt_game
from metagan_course.metrics import energy_distance
from metagan_course.outer import player_gradients
from metagan_course.tasks import family
from metagan_course.training import game, loop, outer_losses
from metagan_course.training.players import players
from metagan_course.trees import tree_leaves, tree_map

ARCS = family("shapes", kind="arcs")
EXACT = CODED.but(inner_steps=2, first_order=False, alpha_g=0.3, alpha_d=0.3)
TENSORS = EXACT.but(rates_per="tensor")
MATCHED = MAPPED.but(matching=2.0, first_order=False, alpha_g=3.0, alpha_d=0.1)  # so that both rates matter


@pytest.mark.parametrize("player", [0, 1])
@pytest.mark.parametrize("part", ["start", "rule", "encoder"])
@pytest.mark.parametrize("recipe", [EXACT, TENSORS, MATCHED], ids=["weights", "tensors", "matched"])
def test_each_part_of_a_meta_has_the_slope_that_a_small_move_measures(recipe, player, part):
    generator = fresh_generator()
    networks, metas, batch = (pictures_in_double if recipe is MATCHED else game_in_double)(recipe, generator)

    def losses(meta_g, meta_d, batch):
        return outer_losses(recipe, networks, meta_g, meta_d, batch)

    gradient = player_gradients(losses, *metas, batch)[player][part]
    v = tree_map(lambda w: normal(generator, w.numel()).view(w.shape), metas[player][part])

    def moved(h):
        pair = list(metas)
        pair[player] = metas[player] | {part: tree_map(lambda w, d: w + h * d, metas[player][part], v)}
        return losses(*pair, batch)[player].mean().item()

    h = 1e-5 / sum(d.square().sum() for d in tree_leaves(v)).sqrt().item()
    measured = (moved(h) - moved(-h)) / (2 * h)
    assert measured != 0
    assert along(gradient, v) == pytest.approx(measured, rel=1e-4, abs=1e-7)


def test_a_first_order_encoder_learns_from_the_judgement_alone():
    """Its gradient is that of the query losses with the moved weights held fixed, by the code alone."""
    recipe = EXACT.but(first_order=True)
    networks, metas, batch = game_in_double(recipe, fresh_generator())
    whole = player_gradients(lambda g, d, b: outer_losses(recipe, networks, g, d, b), *metas, batch)
    fixed = tree_map(torch.Tensor.detach, adapted(recipe, networks, metas, batch))

    def judged(meta_g, meta_d, batch):
        c = game.codes(recipe, networks, meta_g, meta_d, batch.support)
        _, outer = game.games(recipe, terms.pair(networks.gen, networks.disc), None)
        data = {"x": batch.query, "c_other": c["c_d"].roll(1, 0)}

        def one_task(gen, disc, c, data, z):
            gen, disc = {**gen, "code": c["c_g"]}, {**disc, "code": c["c_d"]}
            return outer.gen_loss(gen, disc, data, z), outer.disc_loss(disc, gen, data, z)

        return torch.func.vmap(one_task)(*fixed, c, data, batch.query_noise)

    alone = player_gradients(judged, *metas, batch)
    for one, other in zip(whole[:2], alone[:2], strict=True):
        for name, gradient in one["encoder"].items():
            assert torch.allclose(gradient, other["encoder"][name], rtol=1e-9, atol=1e-15)


# --- the terms of the two outer losses, written out -------------------------------------------------------


def one_task(recipe, generator):
    """Both players of one task with their codes, its query with another task's code, and noise; the games."""
    networks, metas, _ = game_in_double(recipe, generator)
    gen, disc = ({**meta["start"], "code": normal(generator, recipe.code_size)} for meta in metas)
    data = {"x": normal(generator, 5, 2), "c_other": normal(generator, recipe.code_size)}
    games = game.games(recipe, terms.pair(networks.gen, networks.disc), None)
    return networks, gen, disc, data, normal(generator, 5, recipe.z_size), games


def test_the_discriminator_s_outer_loss_is_cross_entropy_r1_and_the_mismatched_pairs():
    recipe = EXACT.but(r1_outer=0.3, mismatch=0.7)
    networks, gen, disc, data, z, (_, outer) = one_task(recipe, fresh_generator())
    x, c_d = data["x"], disc["code"]
    d = lambda x, c: plays(networks.disc)(disc, x, c)  # noqa: E731
    fake = plays(networks.gen)(gen, z, gen["code"])
    slope = torch.func.vmap(torch.func.grad(lambda one: d(one[None], c_d)[0]))(x)  # (B, 2)
    expected = (
        -torch.sigmoid(d(x, c_d)).log().mean()
        - (1 - torch.sigmoid(d(fake, c_d))).log().mean()
        + 0.3 * slope.square().sum(1).mean() / 2
        - 0.7 * (1 - torch.sigmoid(d(x, data["c_other"]))).log().mean()  # real, but fake under another's code
    )
    assert torch.allclose(outer.disc_loss(disc, gen, data, z), expected)


def test_the_generator_s_outer_loss_is_its_game_s_energy_distance_and_sameness():
    recipe = EXACT.but(energy=0.5, mode_seeking=0.2)
    networks, gen, disc, data, z, (_, outer) = one_task(recipe, fresh_generator())
    fake = plays(networks.gen)(gen, z, gen["code"])
    expected = (
        -torch.sigmoid(plays(networks.disc)(disc, fake, disc["code"])).log().mean()
        + 0.5 * energy_distance(fake, data["x"])
        + 0.2 * (z - z.roll(1, 0)).abs().mean() / ((fake - fake.roll(1, 0)).abs().mean() + 1e-3)
    )
    assert torch.allclose(outer.gen_loss(gen, disc, data, z), expected)


def test_a_relativistic_generator_is_told_what_the_real_ones_get():
    networks, gen, disc, data, z, games = one_task(EXACT.but(loss="relativistic"), fresh_generator())
    d = lambda x: plays(networks.disc)(disc, x, disc["code"])  # noqa: E731
    expected = -torch.sigmoid(d(plays(networks.gen)(gen, z, gen["code"])) - d(data["x"])).log().mean()
    assert all(torch.allclose(one.gen_loss(gen, disc, data, z), expected) for one in games)


def whose(networks, disc, x, codes, own):
    """-mean_b log( exp D(x_b, c_own) / sum_j exp D(x_b, c_j) ), one call of D for each picture and code."""
    play, total = plays(networks.disc), 0
    for one in x:
        odds = torch.stack([play(disc, one[None], c)[0].exp() for c in codes])
        total = total - (odds[own] / odds.sum()).log() / len(x)
    return total


@pytest.mark.parametrize("n_steps", [0, 1])
def test_matching_asks_in_both_losses_which_of_the_tasks_it_is(n_steps):
    """D must tell it of the real pictures, G of its own: the terms, with everything else taken away."""
    recipe = MATCHED.but(inner_steps=n_steps)
    networks, metas, batch = pictures_in_double(recipe, fresh_generator())
    with_term, without = (
        outer_losses(recipe.but(matching=weight), networks, *metas, batch) for weight in (2.0, 0.0)
    )
    players = adapted(recipe, networks, metas, batch)
    c_g, c_d = game.codes(recipe, networks, *metas, batch.support).values()
    for t in range(recipe.tasks):
        gen, disc = tree_map(lambda w, t=t: w[t], players)
        fake = plays(networks.gen)(gen, batch.query_noise[t], c_g[t])
        expected = torch.stack([whose(networks, disc, x, c_d, t) for x in (fake, batch.query[t])])
        found = torch.stack([a[t] - b[t] for a, b in zip(with_term, without, strict=True)])
        assert torch.allclose(found, 2 * expected, rtol=1e-9)


def test_a_process_s_tasks_are_matched_with_the_tasks_of_all():
    recipe = MATCHED.but(tasks=4, mismatch=0.3)
    networks, metas, batch = pictures_in_double(recipe, fresh_generator())
    encoders = zip((networks.enc_g, networks.enc_d), metas, strict=True)
    raw = []
    for encoder, meta in encoders:
        encoder.double().load_state_dict(meta["encoder"])
        raw.append(encoder.raw(batch.support).detach())
    whole = outer_losses(recipe, networks, *metas, batch)
    for half in (Half(0, raw), Half(1, raw)):
        part = outer_losses(recipe, networks, *metas, half.own(batch), gather=half.gather, own=half.own)
        for one, all_of_them in zip(part, whole, strict=True):
            assert torch.allclose(one, half.own(all_of_them), rtol=1e-9)


@pytest.mark.parametrize("energy", [0.0, 0.5])
def test_the_query_reaches_d_and_g_only_by_the_energy_distance(energy):
    """The adapted players never see it; a non-saturating L_G asks D alone, whose start the query shapes."""
    generator, recipe = fresh_generator(), EXACT.but(energy=energy)
    networks, metas, batch = game_in_double(recipe, generator)
    other = batch._replace(query=batch.query + 1)
    one, two = (adapted(recipe, networks, metas, b) for b in (batch, other))
    assert equal(one, two)
    (g, d), (g_other, d_other) = (outer_losses(recipe, networks, *metas, b) for b in (batch, other))
    assert (d != d_other).all()
    assert (g != g_other).all() if energy else torch.equal(g, g_other)


@pytest.mark.parametrize("base", [EXACT, EXACT.but(code_size=0, mismatch=0.0)], ids=["coded", "plain"])
def test_the_spreads_add_how_far_the_tasks_adapted_networks_differ(base):
    networks, metas, batch = game_in_double(base, fresh_generator())
    without = outer_losses(base, networks, *metas, batch)
    both = outer_losses(base.but(spread_g=2.0, spread_d=3.0), networks, *metas, batch)
    players = adapted(base, networks, metas, batch)
    codes = [*game.codes(base, networks, *metas, batch.support).values()] or (None, None)
    inputs = batch.query_noise[0], batch.query[:, 0]  # the same for all tasks
    weights = 2.0, 3.0
    for player in range(2):
        run = plays(networks[player])
        outputs = []
        for t in range(base.tasks):
            own = {n: w[t] for n, w in players[player].items()}
            outputs.append(run(own, inputs[player], None if codes[player] is None else codes[player][t]))
        outputs = torch.stack(outputs)
        expected = weights[player] * (outputs - outputs.mean(0)).square().mean()
        assert expected > 0
        assert torch.allclose(both[player] - without[player], expected.expand(base.tasks), rtol=1e-8)


def features(disc, x):
    """What D's base makes of pictures before its head, layer by layer."""
    for i in (0, 2, 4):
        kernel, bias = (disc[f"base.body.{i}.{part}"] for part in ("weight", "bias"))
        x = nn.functional.gelu(nn.functional.conv2d(x, kernel, bias, 2, 1))
    return x.flatten(1)


@pytest.mark.parametrize("n_steps", [0, 2])
def test_the_distance_in_d_s_features_enters_g_s_outer_loss_alone(n_steps):
    recipe = MATCHED.but(inner_steps=n_steps)
    networks, metas, batch = pictures_in_double(recipe, fresh_generator())
    with_term, without = (
        outer_losses(recipe.but(feature_energy=weight), networks, *metas, batch) for weight in (0.7, 0.0)
    )
    assert torch.equal(with_term[1], without[1])
    players = adapted(recipe, networks, metas, batch)
    c_g, _ = game.codes(recipe, networks, *metas, batch.support).values()
    for t in range(recipe.tasks):
        gen, disc = tree_map(lambda w, t=t: w[t], players)
        fake = plays(networks.gen)(gen, batch.query_noise[t], c_g[t])
        expected = 0.7 * energy_distance(features(disc, fake), features(disc, batch.query[t]))
        assert torch.allclose(with_term[0][t] - without[0][t], expected, rtol=1e-8)


def test_the_distance_to_the_support_in_d_s_features_enters_g_s_inner_loss_alone():
    recipe = MATCHED.but(match_inner=0.0)
    networks, metas, batch = pictures_in_double(recipe, fresh_generator())
    c = game.codes(recipe, networks, *metas, batch.support)
    gen, disc = ({**meta["start"], "code": c[name][0]} for meta, name in zip(metas, c, strict=True))
    x, z, pair = batch.support[0], batch.noise[0, 0, 0], terms.pair(networks.gen, networks.disc)
    plain, with_term = (game.games(recipe.but(feature_inner=weight), pair, None)[0] for weight in (0.0, 0.4))
    assert torch.equal(plain.disc_loss(disc, gen, {"x": x}, z), with_term.disc_loss(disc, gen, {"x": x}, z))
    fake = plays(networks.gen)(gen, z, gen["code"])
    expected = 0.4 * energy_distance(features(disc, fake), features(disc, x))
    found = with_term.gen_loss(gen, disc, {"x": x}, z) - plain.gen_loss(gen, disc, {"x": x}, z)
    assert torch.allclose(found, expected, rtol=1e-8)


# --- metas and players ------------------------------------------------------------------------------------


def everything(recipe, seed=0):
    networks = training.networks(recipe)
    batch = training.draw(recipe, ARCS, torch.Generator().manual_seed(seed))
    return networks, training.new_metas(recipe, networks), batch


def test_the_same_seed_gives_the_same_start_and_leaves_torch_alone():
    before = torch.random.get_rng_state()
    a, b, c = (training.new_metas(r, training.networks(r)) for r in (CODED, CODED, CODED.but(seed=1)))
    assert torch.equal(before, torch.random.get_rng_state())
    assert equal(a, b) and not equal(a, c)


def test_every_inner_rate_starts_at_alpha():
    recipe = TINY.but(alpha_g=0.2, alpha_d=0.3)
    metas = training.new_metas(recipe, training.networks(recipe))
    for player, meta, alpha in zip(players(recipe), metas, (0.2, 0.3), strict=True):
        assert all((w == math.log(alpha)).all() for w in meta["rule"].values())
        weights, step = player.begin(meta, None)
        moved, _ = step(weights, {n: torch.ones_like(w) for n, w in weights.items()}, step.init(weights))
        assert all(torch.allclose(moved[n], w - alpha, atol=1e-6) for n, w in weights.items())


def test_a_rate_for_each_tensor_starts_as_equal_rates_for_its_weights():
    recipe = TINY.but(alpha_g=0.2, inner_steps=3)
    networks, metas, batch = everything(recipe)
    tensors = recipe.but(rates_per="tensor")
    few = training.new_metas(tensors, networks)
    for one, other in zip(few, metas, strict=True):
        assert all(rate.shape == () for rate in one["rule"].values())
        assert one["rule"].keys() == one["start"].keys() and equal(one["start"], other["start"])
    found, expected = adapted(tensors, networks, few, batch), adapted(recipe, networks, metas, batch)
    for one, other in zip(tree_leaves(found), tree_leaves(expected), strict=True):
        torch.testing.assert_close(one, other)
    assert not torch.allclose(found[0]["body.0.weight"][0], metas[0]["start"]["body.0.weight"])


# --- tasks together, tasks alone ---------------------------------------------------------------------------


@pytest.mark.parametrize("start", [TINY, CODED], ids=["plain", "coded"])
@pytest.mark.parametrize("n_steps", [0, 3])
def test_outer_losses_are_those_of_tasks_taken_one_by_one(n_steps, start):
    recipe = start.but(inner_steps=n_steps)
    networks, metas, batch = everything(recipe)
    found = outer_losses(recipe, networks, *metas, batch)
    assert found[0].shape == found[1].shape == (recipe.tasks,)
    c = game.codes(recipe, networks, *metas, batch.support)
    inner, outer = game.games(recipe, terms.pair(networks.gen, networks.disc), None)
    for t in range(recipe.tasks):
        own = {name: codes[t] for name, codes in c.items()}
        (gen, step_g), (disc, step_d) = (
            player.begin(meta, own) for player, meta in zip(players(recipe), metas, strict=True)
        )
        gen, disc = adapt_game(inner, gen, disc, batch.support[t], batch.noise[t], step_g, step_d)
        data = {"x": batch.query[t]} | ({"c_other": c["c_d"][t - 1]} if c else {})
        z = batch.query_noise[t]
        assert found[0][t].item() == pytest.approx(outer.gen_loss(gen, disc, data, z).item(), rel=1e-4)
        assert found[1][t].item() == pytest.approx(outer.disc_loss(disc, gen, data, z).item(), rel=1e-4)


def test_the_query_gradient_reaches_the_encoders():
    networks, metas, batch = everything(CODED)
    grads = player_gradients(lambda g, d, b: outer_losses(CODED, networks, g, d, b), *metas, batch)[:2]
    for gradient in grads:
        assert all(g.abs().max() > 0 for n, g in gradient["encoder"].items() if n.endswith("weight"))


def test_codes_are_standardised_and_a_lone_task_gets_its_code_from_a_reference():
    networks, metas, batch = everything(CODED.but(tasks=64))
    c_g = game.codes(CODED, networks, *metas, batch.support)["c_g"]
    torch.testing.assert_close(c_g.mean(0), torch.zeros(3), atol=1e-4, rtol=0)
    known = training.reference_tasks(CODED, networks, *metas, ARCS)
    alone = game.codes(CODED, networks, *metas, batch.support[:1], known)["c_g"]
    together = game.codes(CODED, networks, *metas, batch.support[:5], known)["c_g"]
    torch.testing.assert_close(alone, together[:1])
    plain = training.networks(TINY)
    assert game.codes(TINY, plain, *training.new_metas(TINY, plain), batch.support) == {}


@pytest.mark.parametrize("n_steps", [0, 1])
@pytest.mark.parametrize("recipe", [CONV, MAPPED], ids=["plain", "coded"])
def test_convolutional_players_take_an_outer_step_and_draw_pictures(recipe, n_steps):
    recipe = recipe.but(inner_steps=n_steps)
    networks, run = training.networks(recipe), training.begin(recipe)
    sizes = [networks.gen.code_size, getattr(networks.disc, "code_size", 0)]
    assert sizes == ([98, 98] if recipe.code_size else [0, 0])
    start = tree_map(lambda w: w.detach().double(), run.metas)
    run, losses = loop.outer_step(run, networks, Specks())
    assert all(math.isfinite(loss) for loss in losses)
    for before, after in zip(start, run.metas, strict=True):
        for part, weights in after.items():
            moves = n_steps > 0 or part != "rule"  # without inner steps no rate has a gradient
            moved = {n: (w != before[part][n]).any().item() for n, w in weights.items()}
            assert all(moved[n] == moves for n in weights if n.endswith("weight"))  # a norm undoes a bias
    batch = training.draw(recipe, Specks(), torch.Generator().manual_seed(1))
    (pictures,) = training.samples_after(
        recipe, networks, *run.averages, batch.support, batch.noise, batch.query_noise, at=[n_steps]
    )
    assert pictures.shape == (recipe.tasks, recipe.n_query, 1, 28, 28) and 0 <= pictures.min() < 1


def test_a_new_task_gets_the_path_of_its_own_game_and_step_zero_is_the_start():
    recipe = TINY.but(inner_steps=4)
    networks, metas, batch = everything(recipe)
    z = torch.randn(recipe.tasks, 7, recipe.z_size)
    at = [0, 2, 4]
    found = training.samples_after(recipe, networks, *metas, batch.support, batch.noise, z, at=at)
    assert len(found) == 3 and found[0].shape == (recipe.tasks, 7, 2)
    gens, _ = adapted(recipe, networks, metas, batch)
    for t in range(recipe.tasks):
        first = functional_call(networks.gen, metas[0]["start"], (z[t],))
        last = functional_call(networks.gen, {n: w[t] for n, w in gens.items()}, (z[t],))
        torch.testing.assert_close(found[0][t], first)
        torch.testing.assert_close(found[2][t], last, rtol=1e-4, atol=1e-5)
