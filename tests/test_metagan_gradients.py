"""The Meta-GAN's outer losses term by term, and their gradient by finite differences."""

import pytest
import torch
from oracles import equal, fresh_generator, normal
from tiny import CODED
from torch.utils._pytree import tree_leaves, tree_map

from metagan_course import metagan
from metagan_course.metrics import energy_distance
from metagan_course.outer import player_gradients

EXACT = CODED.but(inner_steps=2, first_order=False, alpha_g=0.3, alpha_d=0.3)


def game_in_double(recipe, generator):
    """Networks, both metas and a batch of 4 tasks of 4 points, all in double precision."""
    networks = metagan.networks(recipe)
    metas = tree_map(torch.Tensor.double, metagan.start(recipe, networks))
    k, b, z = recipe.inner_steps, recipe.inner_batch, recipe.z_size
    shapes = (4, 4, 2), (4, 4, 2), (4, k, 2, b, z), (4, 4, z)
    return networks, metas, metagan.Batch(*(normal(generator, *shape) for shape in shapes))


def along(gradient, v) -> float:
    pairs = zip(tree_leaves(gradient), tree_leaves(v), strict=True)
    return sum((g * d).sum() for g, d in pairs).item()


@pytest.mark.parametrize("player", [0, 1])
@pytest.mark.parametrize("part", ["start", "log_alpha", "encoder"])
def test_each_part_of_a_meta_has_the_slope_that_a_small_move_measures(player, part):
    generator = fresh_generator()
    networks, metas, batch = game_in_double(EXACT, generator)

    def losses(meta_g, meta_d, batch):
        return metagan.outer_losses(EXACT, networks, meta_g, meta_d, batch)

    gradient = player_gradients(losses, *metas, batch)[player][part]
    v = tree_map(lambda w: normal(generator, *w.shape), metas[player][part])

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
    data = normal(generator, 5, 2), c_g, c_d, c_other
    return networks, *(meta["start"] for meta in metas), data, normal(generator, 5, recipe.z_size)


def test_the_discriminator_s_outer_loss_is_cross_entropy_r1_and_the_mismatched_pairs():
    recipe = EXACT.but(r1_outer=0.3, mismatch=0.7)
    networks, gen, disc, (x, c_g, c_d, c_other), z = one_task(recipe, fresh_generator())
    d = lambda x, c: metagan.play(networks.disc)(disc, x, c)  # noqa: E731
    fake = metagan.play(networks.gen)(gen, z, c_g)
    slope = torch.func.vmap(torch.func.grad(lambda one: d(one[None], c_d)[0]))(x)  # (B, 2)
    expected = (
        -torch.sigmoid(d(x, c_d)).log().mean()
        - (1 - torch.sigmoid(d(fake, c_d))).log().mean()
        + 0.3 * slope.square().sum(1).mean() / 2
        - 0.7 * (1 - torch.sigmoid(d(x, c_other))).log().mean()  # real, but fake under another task's code
    )
    found = metagan.outer_game(recipe, networks).disc_loss(disc, gen, (x, c_g, c_d, c_other), z)
    assert torch.allclose(found, expected)


def test_the_generator_s_outer_loss_is_its_game_s_energy_distance_and_sameness():
    recipe = EXACT.but(energy=0.5, mode_seeking=0.2)
    networks, gen, disc, data, z = one_task(recipe, fresh_generator())
    x, c_g, c_d, _ = data
    fake = metagan.play(networks.gen)(gen, z, c_g)
    expected = (
        -torch.sigmoid(metagan.play(networks.disc)(disc, fake, c_d)).log().mean()
        + 0.5 * energy_distance(fake, x)
        + 0.2 * metagan.sameness(fake, z)
    )
    assert torch.allclose(metagan.outer_game(recipe, networks).gen_loss(gen, disc, data, z), expected)


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
