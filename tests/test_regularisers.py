"""The regularisers against a variance, finite differences and a closed form."""

import pytest
import torch
from oracles import (
    finite_differences,
    fresh_generator,
    normal,
    random_params,
    relative_error,
    small_players,
    small_tasks,
)
from torch.func import functional_call

from metagan_course.inner import adapt, gan_game
from metagan_course.outer import adapt_players, player_gradients, query_losses
from metagan_course.regularisers import discriminator_spread, generator_spread, proximal_pull
from metagan_course.steps import sgd
from metagan_course.weights import as_function


def test_spread_is_the_variance_across_tasks():
    generator = fresh_generator()
    gen, _ = small_players()
    z = normal(generator, 5, 2)
    many = [random_params(gen, generator) for _ in range(3)]
    stacked = {n: torch.stack([p[n] for p in many]) for n in many[0]}
    outputs = torch.stack([functional_call(gen, p, z) for p in many])
    for spread in (generator_spread, discriminator_spread):
        assert spread(as_function(gen), stacked, z).item() == pytest.approx(
            outputs.var(0, correction=0).mean().item()
        )
        same = {n: w[:1].expand(3, *w.shape[1:]) for n, w in stacked.items()}
        assert spread(as_function(gen), same, z).item() < 1e-30


def test_spread_s_meta_gradient_equals_finite_differences():
    generator = fresh_generator()
    gen, disc = small_players()
    start = random_params(gen, generator), random_params(disc, generator)
    tasks, noise, query_noise = small_tasks(generator, n_steps=2)
    game, probes = gan_game(gen, disc), normal(generator, 4, 2)

    def losses(g, d, batch):
        tasks, noise, query_noise = batch
        gens, discs = adapt_players(game, g, d, tasks.support, noise, sgd(0.3), sgd(0.3))
        gen_losses, disc_losses = query_losses(game, gens, discs, tasks.query, query_noise)
        pull_g = generator_spread(as_function(gen), gens, probes)
        pull_d = discriminator_spread(as_function(disc), discs, probes)
        return gen_losses + 5 * pull_g, disc_losses + 5 * pull_d

    batch = (tasks, noise, query_noise)
    grad_g, grad_d, _ = player_gradients(losses, *start, batch)
    assert (
        relative_error(grad_g, finite_differences(lambda g: losses(g, start[1], batch)[0].mean(), start[0]))
        < 1e-6
    )
    assert (
        relative_error(grad_d, finite_differences(lambda d: losses(start[0], d, batch)[1].mean(), start[1]))
        < 1e-6
    )


def test_proximal_pull_holds_the_adapted_weights_to_the_start():
    """|phi' - b|^2 / 2 + lambda |phi' - phi|^2 / 2 has its minimum at (b + lambda phi) / (1 + lambda)."""
    start = {"w": torch.tensor([2.0, -1.0]).double()}
    b = torch.tensor([0.0, 5.0]).double()
    assert proximal_pull({"w": b}, start).item() == pytest.approx((4 + 36) / 2)

    def loss(p, b):
        return (p["w"] - b).square().sum() / 2 + 3 * proximal_pull(p, start)

    assert torch.allclose(adapt(loss, start, b, sgd(0.1), 200)["w"], (b + 3 * start["w"]) / 4)


def test_a_pull_to_the_start_reaches_the_start_s_own_gradient():
    """One step of rate a on lambda |phi' - phi|^2 / 2 alone moves nothing, and d phi' / d phi stays 1."""
    start = {"w": torch.tensor([2.0, -1.0]).double()}

    def end(w):
        return adapt(lambda p, _: 3 * proximal_pull(p, {"w": w}), {"w": w}, None, sgd(0.1), 2)["w"]

    assert torch.equal(end(start["w"]), start["w"])
    assert torch.allclose(torch.func.jacrev(end)(start["w"]), torch.eye(2).double())
