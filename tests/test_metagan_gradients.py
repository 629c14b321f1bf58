"""The Meta-GAN's outer losses term by term, and their gradient by finite differences."""

import pytest
import torch
from oracles import equal, fresh_generator, normal
from tiny import CODED, MAPPED, Specks
from torch import nn

from metagan_course import architectures, games, metagan, training
from metagan_course.metrics import energy_distance
from metagan_course.outer import player_gradients
from metagan_course.trees import tree_leaves, tree_map

EXACT = CODED.but(inner_steps=2, first_order=False, alpha_g=0.3, alpha_d=0.3)
TENSORS = EXACT.but(rates_per="tensor")
MATCHED = MAPPED.but(matching=2.0, first_order=False, alpha_g=3.0, alpha_d=0.1)  # so that both rates matter


def smooth_networks(recipe):
    """The recipe's networks without kinks: a kink has no difference quotient."""
    networks = architectures.networks(recipe)
    for layer in [layer for network in networks if network for layer in network.modules()]:
        for name, child in layer.named_children():
            if isinstance(child, nn.ReLU | nn.LeakyReLU):
                setattr(layer, name, nn.GELU())
    return networks


def game_in_double(recipe, generator):
    """Networks, both metas and a batch of 4 tasks of 4 points, all in double precision."""
    networks = smooth_networks(recipe)
    metas = tree_map(torch.Tensor.double, metagan.start(recipe, networks))
    k, b, z = recipe.inner_steps, recipe.inner_batch, recipe.z_size
    shapes = (4, 4, 2), (4, 4, 2), (4, k, 2, b, z), (4, 4, z)
    return networks, metas, metagan.Batch(*(normal(generator, *shape) for shape in shapes))


def pictures_in_double(recipe, generator):
    """The same of convolutional networks and pictures."""
    networks = smooth_networks(recipe)
    metas = tree_map(torch.Tensor.double, metagan.start(recipe, networks))
    return networks, metas, tree_map(torch.Tensor.double, training.draw(recipe, Specks(), generator))


def along(gradient, v) -> float:
    pairs = zip(tree_leaves(gradient), tree_leaves(v), strict=True)
    return sum((g * d).sum() for g, d in pairs).item()


@pytest.mark.parametrize("player", [0, 1])
@pytest.mark.parametrize("part", ["start", "log_alpha", "encoder"])
@pytest.mark.parametrize("recipe", [EXACT, TENSORS, MATCHED], ids=["weights", "tensors", "matched"])
def test_each_part_of_a_meta_has_the_slope_that_a_small_move_measures(recipe, player, part):
    generator = fresh_generator()
    networks, metas, batch = (pictures_in_double if recipe is MATCHED else game_in_double)(recipe, generator)

    def losses(meta_g, meta_d, batch):
        return metagan.outer_losses(recipe, networks, meta_g, meta_d, batch)

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
    """Its gradient is that of the query losses with the adapted players held fixed."""
    recipe = EXACT.but(first_order=True)
    networks, metas, batch = game_in_double(recipe, fresh_generator())
    players = metagan.adapt_batch(recipe, networks, *metas, batch)
    whole = player_gradients(lambda g, d, b: metagan.outer_losses(recipe, networks, g, d, b), *metas, batch)
    alone = player_gradients(lambda g, d, b: metagan.judge(recipe, networks, g, d, players, b), *metas, batch)
    for one, other in zip(whole[:2], alone[:2], strict=True):
        for name, gradient in one["encoder"].items():
            assert torch.allclose(gradient, other["encoder"][name], rtol=1e-9, atol=1e-15)


# --- the terms of the two outer losses, written out -------------------------------------------------------


def one_task(recipe, generator):
    """Both players' weights, one task's query with its codes and another task's, and noise."""
    networks, metas, _ = game_in_double(recipe, generator)
    c_g, c_d, c_other = (normal(generator, recipe.code_size) for _ in range(3))
    data = normal(generator, 5, 2), c_g, c_d, c_other, torch.tensor(0)
    return networks, *(meta["start"] for meta in metas), data, normal(generator, 5, recipe.z_size)


def test_the_discriminator_s_outer_loss_is_cross_entropy_r1_and_the_mismatched_pairs():
    recipe = EXACT.but(r1_outer=0.3, mismatch=0.7)
    networks, gen, disc, data, z = one_task(recipe, fresh_generator())
    x, c_g, c_d, c_other, _ = data
    d = lambda x, c: games.play(networks.disc)(disc, x, c)  # noqa: E731
    fake = games.play(networks.gen)(gen, z, c_g)
    slope = torch.func.vmap(torch.func.grad(lambda one: d(one[None], c_d)[0]))(x)  # (B, 2)
    expected = (
        -torch.sigmoid(d(x, c_d)).log().mean()
        - (1 - torch.sigmoid(d(fake, c_d))).log().mean()
        + 0.3 * slope.square().sum(1).mean() / 2
        - 0.7 * (1 - torch.sigmoid(d(x, c_other))).log().mean()  # real, but fake under another task's code
    )
    assert torch.allclose(games.outer_game(recipe, networks).disc_loss(disc, gen, data, z), expected)


def test_the_generator_s_outer_loss_is_its_game_s_energy_distance_and_sameness():
    recipe = EXACT.but(energy=0.5, mode_seeking=0.2)
    networks, gen, disc, data, z = one_task(recipe, fresh_generator())
    x, c_g, c_d, *_ = data
    fake = games.play(networks.gen)(gen, z, c_g)
    expected = (
        -torch.sigmoid(games.play(networks.disc)(disc, fake, c_d)).log().mean()
        + 0.5 * energy_distance(fake, x)
        + 0.2 * games.sameness(fake, z)
    )
    assert torch.allclose(games.outer_game(recipe, networks).gen_loss(gen, disc, data, z), expected)


def test_a_relativistic_generator_is_told_what_the_real_ones_get():
    networks, gen, disc, data, z = one_task(EXACT.but(loss="relativistic"), fresh_generator())
    x, c_g, c_d, *_ = data
    d = lambda x: games.play(networks.disc)(disc, x, c_d)  # noqa: E731
    fake = games.play(networks.gen)(gen, z, c_g)
    expected = -torch.sigmoid(d(fake) - d(x)).log().mean()
    recipe = EXACT.but(loss="relativistic")
    outer, inner = games.outer_game(recipe, networks), games.inner_game(recipe, networks)
    assert torch.allclose(outer.gen_loss(gen, disc, data, z), expected)
    assert torch.allclose(inner.gen_loss(gen, disc, data[:3], z), expected)


def whose(networks, disc, x, codes, own):
    """-mean_b log( exp D(x_b, c_own) / sum_j exp D(x_b, c_j) ), one call of D for each picture and code."""
    play, total = games.play(networks.disc), 0
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
        metagan.outer_losses(recipe.but(matching=weight), networks, *metas, batch) for weight in (2.0, 0.0)
    )
    players = metagan.adapt_batch(recipe, networks, *metas, batch)
    c_g, c_d = metagan.codes(networks, *metas, batch.support)
    for t in range(recipe.tasks):
        gen, disc = tree_map(lambda w, t=t: w[t], players) if n_steps else players
        fake = games.play(networks.gen)(gen, batch.query_noise[t], c_g[t])
        expected = torch.stack([whose(networks, disc, x, c_d, t) for x in (fake, batch.query[t])])
        found = torch.stack([a[t] - b[t] for a, b in zip(with_term, without, strict=True)])
        assert torch.allclose(found, 2 * expected, rtol=1e-9)


class Half:
    """One of two processes, which knows what the other's encoders say: `raw` codes of G and D."""

    def __init__(self, rank, raw):
        self.rank, self.raw = rank, raw

    def own(self, nest):
        return tree_map(lambda x: x.chunk(2)[self.rank], nest)

    def gather(self, own):
        (whole,) = (c for c in self.raw if c.shape[1:] == own.shape[1:] and torch.allclose(self.own(c), own))
        return whole


def test_a_process_s_tasks_are_matched_with_the_tasks_of_all():
    recipe = MATCHED.but(tasks=4, mismatch=0.3)
    networks, metas, batch = pictures_in_double(recipe, fresh_generator())
    encoders = zip((networks.enc_g, networks.enc_d), metas, strict=True)
    raw = []
    for encoder, meta in encoders:
        encoder.double().load_state_dict(meta["encoder"])
        raw.append(encoder.raw(batch.support).detach())
    whole = metagan.outer_losses(recipe, networks, *metas, batch)
    for half in (Half(0, raw), Half(1, raw)):
        part = metagan.outer_losses(recipe, networks, *metas, half.own(batch), half)
        for one, all_of_them in zip(part, whole, strict=True):
            assert torch.allclose(one, half.own(all_of_them), rtol=1e-9)


@pytest.mark.parametrize("energy", [0.0, 0.5])
def test_the_query_reaches_d_and_g_only_by_the_energy_distance(energy):
    """The adapted players never see it; a non-saturating L_G asks D alone, whose start the query shapes."""
    generator, recipe = fresh_generator(), EXACT.but(energy=energy)
    networks, metas, batch = game_in_double(recipe, generator)
    other = batch._replace(query=batch.query + 1)
    one, two = (metagan.adapt_batch(recipe, networks, *metas, b) for b in (batch, other))
    assert equal(one, two)
    (g, d), (g_other, d_other) = (metagan.outer_losses(recipe, networks, *metas, b) for b in (batch, other))
    assert (d != d_other).all()
    assert (g != g_other).all() if energy else torch.equal(g, g_other)


@pytest.mark.parametrize("base", [EXACT, EXACT.but(code_size=0, mismatch=0.0)], ids=["coded", "plain"])
def test_the_spreads_add_how_far_the_tasks_adapted_networks_differ(base):
    networks, metas, batch = game_in_double(base, fresh_generator())
    without = metagan.outer_losses(base, networks, *metas, batch)
    both = metagan.outer_losses(base.but(spread_g=2.0, spread_d=3.0), networks, *metas, batch)
    players = metagan.adapt_batch(base, networks, *metas, batch)
    codes = metagan.codes(networks, *metas, batch.support) or (None, None)
    inputs = batch.query_noise[0], batch.query[:, 0]  # the same for all tasks
    weights = 2.0, 3.0
    for player in range(2):
        run = games.play(networks[player])
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
        metagan.outer_losses(recipe.but(feature_energy=weight), networks, *metas, batch)
        for weight in (0.7, 0.0)
    )
    assert torch.equal(with_term[1], without[1])
    players = metagan.adapt_batch(recipe, networks, *metas, batch)
    c_g, _ = metagan.codes(networks, *metas, batch.support)
    for t in range(recipe.tasks):
        gen, disc = tree_map(lambda w, t=t: w[t], players) if n_steps else players
        fake = games.play(networks.gen)(gen, batch.query_noise[t], c_g[t])
        expected = 0.7 * energy_distance(features(disc, fake), features(disc, batch.query[t]))
        assert torch.allclose(with_term[0][t] - without[0][t], expected, rtol=1e-8)


def test_the_distance_to_the_support_in_d_s_features_enters_g_s_inner_loss_alone():
    recipe = MATCHED.but(match_inner=0.0)
    networks, (meta_g, meta_d), batch = pictures_in_double(recipe, fresh_generator())
    c_g, c_d = metagan.codes(networks, meta_g, meta_d, batch.support)
    gen, disc, data, z = (
        meta_g["start"],
        meta_d["start"],
        (batch.support[0], c_g[0], c_d[0]),
        batch.noise[0, 0, 0],
    )
    plain, with_term = (games.inner_game(recipe.but(feature_inner=weight), networks) for weight in (0.0, 0.4))
    assert torch.equal(plain.disc_loss(disc, gen, data, z), with_term.disc_loss(disc, gen, data, z))
    fake = games.play(networks.gen)(gen, z, c_g[0])
    expected = 0.4 * energy_distance(features(disc, fake), features(disc, batch.support[0]))
    found = with_term.gen_loss(gen, disc, data, z) - plain.gen_loss(gen, disc, data, z)
    assert torch.allclose(found, expected, rtol=1e-8)
