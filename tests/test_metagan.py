"""The Meta-GAN's two functions: what meta-training minimises, and what a new task gets."""

import math

import pytest
import torch
from tiny import CODED, CONV, MAPPED, TINY, Specks
from torch.func import functional_call
from torch.nn.functional import softplus

from metagan_course import architectures, games, metagan, training
from metagan_course.inner import adapt_game
from metagan_course.outer import player_gradients
from metagan_course.tasks import family
from metagan_course.trees import tree_leaves, tree_map

ARCS = family("shapes", kind="arcs")


def everything(recipe, seed=0):
    networks = architectures.networks(recipe)
    batch = training.draw(recipe, ARCS, torch.Generator().manual_seed(seed))
    return networks, metagan.start(recipe, networks), batch


def doubled(nest):
    return tree_map(lambda x: x.double(), nest)


def test_the_same_seed_gives_the_same_start_and_leaves_torch_alone():
    before = torch.random.get_rng_state()
    a, b, c = (metagan.start(r, architectures.networks(r)) for r in (CODED, CODED, CODED.but(seed=1)))
    assert torch.equal(before, torch.random.get_rng_state())
    equal = lambda x, y: all(torch.equal(p, q) for p, q in zip(tree_leaves(x), tree_leaves(y), strict=True))  # noqa: E731
    assert equal(a, b) and not equal(a, c)


def test_every_inner_rate_starts_at_alpha():
    recipe = TINY.but(alpha_g=0.2, alpha_d=0.3)
    metas = metagan.start(recipe, architectures.networks(recipe))
    for meta, alpha in zip(metas, (0.2, 0.3), strict=True):
        assert all((w == math.log(alpha)).all() for w in meta["log_alpha"].values())
        weights, gradient = meta["start"], {n: torch.ones_like(w) for n, w in meta["start"].items()}
        moved, _ = metagan.rule(meta)(weights, gradient, ())
        assert all(torch.allclose(moved[n], w - alpha, atol=1e-6) for n, w in weights.items())


def test_a_rate_for_each_tensor_starts_as_equal_rates_for_its_weights():
    recipe = TINY.but(alpha_g=0.2, inner_steps=3)
    networks, metas, batch = everything(recipe)
    few = metagan.start(recipe.but(rates_per="tensor"), networks)
    for one, other in zip(few, metas, strict=True):
        assert all(rate.shape == () for rate in one["log_alpha"].values())
        assert one["log_alpha"].keys() == one["start"].keys()
        assert all(torch.equal(w, other["start"][n]) for n, w in one["start"].items())
    found, expected = (metagan.adapt_batch(recipe, networks, *m, batch) for m in (few, metas))
    for one, other in zip(tree_leaves(found), tree_leaves(expected), strict=True):
        torch.testing.assert_close(one, other)
    assert not torch.allclose(found[0]["body.0.weight"][0], metas[0]["start"]["body.0.weight"])


@pytest.mark.parametrize("start", [TINY, CODED], ids=["plain", "coded"])
@pytest.mark.parametrize("n_steps", [0, 3])
def test_outer_losses_are_those_of_tasks_taken_one_by_one(n_steps, start):
    recipe = start.but(inner_steps=n_steps)
    networks, metas, batch = everything(recipe)
    found = metagan.outer_losses(recipe, networks, *metas, batch)
    assert found[0].shape == found[1].shape == (recipe.tasks,)
    codes = metagan.codes(networks, *metas, batch.support)
    inner, outer = games.inner_game(recipe, networks), games.outer_game(recipe, networks)
    for t in range(recipe.tasks):
        rules = [metagan.rule(meta) for meta in metas]
        own = [c[t] for c in codes]
        gen, disc = adapt_game(
            inner, metas[0]["start"], metas[1]["start"], (batch.support[t], *own), batch.noise[t], *rules
        )
        other = [codes[1][t - 1], torch.tensor(t)] if codes else []
        data, z = (batch.query[t], *own, *other), batch.query_noise[t]
        assert found[0][t].item() == pytest.approx(outer.gen_loss(gen, disc, data, z).item(), rel=1e-4)
        assert found[1][t].item() == pytest.approx(outer.disc_loss(disc, gen, data, z).item(), rel=1e-4)


@pytest.mark.parametrize("player", [0, 1])
def test_the_outer_gradient_is_the_slope_of_the_outer_loss(player):
    """Second order, by finite differences in double precision, along one direction of starts and rates."""
    recipe = TINY.but(first_order=False, inner_steps=2)
    networks, metas, batch = everything(recipe)
    metas, batch = doubled(metas), doubled(batch)

    def losses(meta_g, meta_d, batch):
        return metagan.outer_losses(recipe, networks, meta_g, meta_d, batch)

    gradient = player_gradients(losses, *metas, batch)[player]
    direction = tree_map(torch.randn_like, metas[player])

    def at(h):
        moved = list(metas)
        moved[player] = tree_map(lambda w, d: w + h * d, metas[player], direction)
        return losses(*moved, batch)[player].mean().item()

    slope = (at(1e-5) - at(-1e-5)) / 2e-5
    pairs = zip(tree_leaves(gradient), tree_leaves(direction), strict=True)
    assert sum((g * d).sum().item() for g, d in pairs) == pytest.approx(slope, rel=1e-4)


def test_the_query_gradient_reaches_the_encoders():
    networks, metas, batch = everything(CODED)

    def losses(meta_g, meta_d, batch):
        return metagan.outer_losses(CODED, networks, meta_g, meta_d, batch)

    grads = player_gradients(losses, *metas, batch)[:2]
    for gradient in grads:
        assert all(g.abs().max() > 0 for n, g in gradient["encoder"].items() if n.endswith("weight"))


def test_codes_are_standardised_and_a_lone_task_gets_its_code_from_a_reference():
    networks, metas, batch = everything(CODED.but(tasks=64))
    c_g, _ = metagan.codes(networks, *metas, batch.support)
    torch.testing.assert_close(c_g.mean(0), torch.zeros(3), atol=1e-4, rtol=0)
    fixed = metagan.reference_statistics(CODED, networks, *metas, ARCS)
    alone = metagan.codes(networks, *metas, batch.support[:1], fixed)[0]
    together = metagan.codes(networks, *metas, batch.support[:5], fixed)[0]
    torch.testing.assert_close(alone, together[:1])
    assert (
        metagan.codes(
            architectures.networks(TINY), *metagan.start(TINY, architectures.networks(TINY)), batch.support
        )
        == ()
    )


def test_the_mismatched_term_is_what_a_real_sample_with_another_code_costs():
    networks, metas, batch = everything(CODED)
    c_g, c_d = metagan.codes(networks, *metas, batch.support)
    x, z, disc, gen = batch.query[0], batch.query_noise[0], metas[1]["start"], metas[0]["start"]
    data = (x, c_g[0], c_d[0], c_d[1], torch.tensor(0))
    with_term = games.outer_game(CODED, networks).disc_loss(disc, gen, data, z)
    without = games.outer_game(CODED.but(mismatch=0.0), networks).disc_loss(disc, gen, data, z)
    logits = functional_call(networks.disc, disc, (x, c_d[1]))
    torch.testing.assert_close(with_term - without, CODED.mismatch * softplus(logits).mean())


def test_sameness_grows_as_the_noise_stops_mattering():
    z = torch.randn(64, 4)
    assert games.sameness(z, z) == pytest.approx(1, rel=0.01)
    assert games.sameness(z / 10, z) > 9 and games.sameness(torch.zeros(64, 2), z) > 100


def test_without_inner_steps_every_task_has_the_starts_themselves():
    networks, metas, batch = everything(TINY.but(inner_steps=0))
    players = metagan.adapt_batch(TINY.but(inner_steps=0), networks, *metas, batch)
    assert all(player is meta["start"] for player, meta in zip(players, metas, strict=True))


@pytest.mark.parametrize("n_steps", [0, 1])
@pytest.mark.parametrize("recipe", [CONV, MAPPED], ids=["plain", "coded"])
def test_convolutional_players_take_an_outer_step_and_draw_pictures(recipe, n_steps):
    recipe = recipe.but(inner_steps=n_steps)
    networks, run = architectures.networks(recipe), training.begin(recipe)
    sizes = [networks.gen.code_size, getattr(networks.disc, "code_size", 0)]
    assert sizes == ([98, 98] if recipe.code_size else [0, 0])
    start = doubled(tree_map(torch.Tensor.detach, run.metas))
    run, losses = training.outer_step(run, networks, Specks())
    assert all(math.isfinite(loss) for loss in losses)
    for before, after in zip(start, run.metas, strict=True):
        for part, weights in after.items():
            moves = n_steps > 0 or part != "log_alpha"  # without inner steps no rate has a gradient
            moved = {n: (w != before[part][n]).any().item() for n, w in weights.items()}
            assert all(moved[n] == moves for n in weights if n.endswith("weight"))  # a norm undoes a bias
    batch = training.draw(recipe, Specks(), torch.Generator().manual_seed(1))
    gens, c = metagan.adapt(recipe, networks, *run.averages, batch.support, batch.noise, at=[n_steps])
    pictures = metagan.sample(networks, gens[0], batch.query_noise, c)
    assert pictures.shape == (recipe.tasks, recipe.n_query, 1, 28, 28) and 0 <= pictures.min() < 1


def test_a_new_task_gets_the_path_of_its_own_game_and_step_zero_is_the_start():
    recipe = TINY.but(inner_steps=4)
    networks, metas, batch = everything(recipe)
    gens, c = metagan.adapt(recipe, networks, *metas, batch.support, batch.noise, at=[0, 2, 4])
    assert len(gens) == 3 and c == ()
    players = metagan.adapt_batch(recipe, networks, *metas, batch)
    for n, w in metas[0]["start"].items():
        torch.testing.assert_close(gens[0][n][1], w)
        torch.testing.assert_close(gens[2][n], players[0][n], rtol=1e-4, atol=1e-5)
    x = metagan.sample(networks, gens[1], torch.randn(recipe.tasks, 7, recipe.z_size))
    assert x.shape == (recipe.tasks, 7, 2)


def test_unknown_networks_are_named():
    with pytest.raises(ValueError, match="nets is 'none'"):
        architectures.networks(TINY.but(nets="none"))
    with pytest.raises(ValueError, match="no field 'hiden'"):
        TINY.but(hiden=3)
