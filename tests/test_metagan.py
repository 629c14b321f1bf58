"""The Meta-GAN's outer losses: their gradient in everything a player learns, against finite differences."""

import pytest
import torch
from oracles import fresh_generator, normal
from tiny import CODED
from torch.utils._pytree import tree_leaves, tree_map

from metagan_course import metagan
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
