"""A whole game around one step: what it keeps, that a seed repeats it, and the benchmark's many games."""

import sys
from pathlib import Path

import pytest
import torch

from metagan_course.answers.gan import train_step
from metagan_course.answers.gan_game import OPTIMISERS, head_start, new_game, play
from metagan_course.losses import GAN_LOSSES
from metagan_course.tasks import toys

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))
import many_games  # noqa: E402


def ring(n, dice):
    return toys.points("ring", n, generator=dice)


def test_looks_and_losses_have_their_shapes():
    game = play(train_step, ring, seed=3, n_steps=10, every=5)
    assert game.album.shape == (3, 500, 2) and game.lowest.shape == (3,) and game.losses.shape == (10, 2)
    assert not game.album.requires_grad and (game.album[0] != game.album[2]).any()


def test_a_seed_repeats_a_game_and_leaves_the_global_dice_alone():
    torch.manual_seed(7)
    before = torch.random.get_rng_state()
    first, again, other = (play(train_step, ring, seed=seed, n_steps=3) for seed in (1, 1, 2))
    assert torch.equal(first.album, again.album) and not torch.equal(first.album, other.album)
    assert torch.equal(before, torch.random.get_rng_state())


def test_a_head_start_moves_d_only_and_makes_it_better():
    gen, disc, dice = head_start(0, 100, ring)
    fresh_gen, fresh_disc, _ = new_game(0)
    assert all(torch.equal(a, b) for a, b in zip(gen.parameters(), fresh_gen.parameters(), strict=True))
    z = torch.randn(200, 2, generator=dice)
    gap = [(d(ring(200, dice)).mean() - d(gen(z)).mean()).item() for d in (disc, fresh_disc)]
    assert gap[0] > 1 > abs(gap[1])


@pytest.mark.parametrize("loss", ["minimax", "non_saturating"])
@pytest.mark.parametrize("adam", [False, True])
def test_many_games_are_the_one_game_side_by_side(loss, adam):
    """The benchmark's stacked weights move as the modules of the lesson do, by torch's own optimisers."""
    games, rates = many_games.Games([4, 5]), torch.tensor([0.02, 0.03])
    rule_g, rule_d = (many_games.Rule(w, rates, adam) for w in (games.phi, games.theta))
    pairs = [new_game(seed) for seed in (4, 5)]
    [torch.randn(many_games.N_SHOWN, 2, generator=dice) for _, _, dice in pairs]  # the noise that is shown
    make = OPTIMISERS["Adam" if adam else "SGD"]
    opts = [
        [make(p.parameters(), lr=r.item()) for p in pair[:2]] for pair, r in zip(pairs, rates, strict=True)
    ]
    for _ in range(3):
        games.move_disc(rule_d)
        games.move_gen(rule_g, loss)
        for (gen, disc, dice), (opt_gen, opt_disc) in zip(pairs, opts, strict=True):
            real = ring(many_games.BATCH, dice)
            noise = torch.stack([torch.randn(many_games.BATCH, 2, generator=dice) for _ in range(2)])
            train_step(gen, disc, opt_gen, opt_disc, real, noise, GAN_LOSSES[loss])
    for row, (gen, disc, _) in enumerate(pairs):
        for mine, player in ((games.phi, gen), (games.theta, disc)):
            for w, p in zip(mine, player.parameters(), strict=True):
                torch.testing.assert_close(w[row].mT if p.dim() == 2 else w[row, 0], p, rtol=1e-3, atol=1e-5)
