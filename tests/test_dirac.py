"""The Dirac-GAN (Mescheder et al. 2018, arXiv 1801.04406): two numbers play, and every method has a known
fate.

The data is one point at 0, the generator one point at phi, the discriminator D(x) = theta x. 500 steps of
rate 0.2 from (phi, theta) = (1, -1): the paper's (1, 1), whose sign of theta is the other one. The radius
sqrt(phi^2 + theta^2) at the end tells who circles and who converges. Alternating means G first, as there.
"""

import math

import pytest
import torch
from torch.func import grad, vmap

from metagan_course.inner import Game, adapt_game
from metagan_course.losses import gan_loss, gradient_penalty, r1_penalty
from metagan_course.steps import Step, sgd

STEPS, RATE = 500, 0.2


def dirac_game(loss, r1=0.0, gp=0.0) -> Game:
    players, data, half = gan_loss(loss), torch.zeros(1, 1).double(), torch.full((1,), 0.5).double()

    def disc_loss(disc, gen, _, z):
        def D(x):
            return x @ disc["theta"]

        fake = gen["phi"].view(1, 1)
        value = players.discriminator(real=D(data), fake=D(fake))
        value = value + r1 * r1_penalty(D, data) if r1 else value
        return value + gp * gradient_penalty(D, real=data, fake=fake, mix=half) if gp else value

    def gen_loss(gen, disc, _, z):
        return players.generator(fake=gen["phi"].view(1, 1) @ disc["theta"])

    return Game(gen_loss, disc_loss)


def clipped(lr, bound) -> Step:
    """WGAN's original leash: clip the discriminator's *weights* (not its gradient) after each step."""
    return Step(lambda w, g, s: ({n: (w[n] - lr * g[n]).clamp(-bound, bound) for n in w}, s))


def start():
    return {"phi": torch.ones(1).double()}, {"theta": -torch.ones(1).double()}


def radius(gen, disc) -> float:
    return math.hypot(gen["phi"].item(), disc["theta"].item())


def alternating(game, step_d) -> float:
    """G, D, G, D ...: adapt_game plays D first, so G's first move and D's last stand alone."""
    noise, (gen, disc) = torch.zeros(STEPS, 2, 1, 1), start()
    gen, disc = adapt_game(game, gen, disc, None, noise[:1], sgd(RATE), None)
    gen, disc = adapt_game(game, gen, disc, None, noise[1:], sgd(RATE), step_d)
    return radius(*adapt_game(game, gen, disc, None, noise[:1], None, step_d))


def simultaneous(game, step_d) -> float:
    gen, disc = start()
    for _ in range(STEPS):
        slope_g, slope_d = (
            grad(game.gen_loss)(gen, disc, None, None),
            grad(game.disc_loss)(disc, gen, None, None),
        )
        (gen, _), (disc, _) = sgd(RATE)(gen, slope_g, ()), step_d(disc, slope_d, ())
    return radius(gen, disc)


def two_digits(x: float) -> str:
    return f"{x:.1e}"


PLAIN = sgd(RATE)


@pytest.mark.parametrize(
    "game, step_d, at_once, in_turn",
    [
        pytest.param(dirac_game("minimax"), PLAIN, 3.10, 1.42, id="minimax circles outwards"),
        pytest.param(dirac_game("non_saturating"), PLAIN, 0.64, 0.28, id="non-saturating spirals in, slowly"),
        pytest.param(dirac_game("wasserstein"), clipped(RATE, 1.0), 1.0, 1.02, id="clipped WGAN circles"),
        pytest.param(dirac_game("wasserstein", gp=0.35), PLAIN, 1.8, 1.22, id="WGAN-GP circles (0.7 / 2)"),
        pytest.param(dirac_game("minimax", r1=0.3), PLAIN, 2.6e-6, 2.3e-7, id="R1 0.3 converges"),
    ],
)
def test_radius_after_500_steps(game, step_d, at_once, in_turn):
    assert two_digits(simultaneous(game, step_d)) == two_digits(at_once)
    assert two_digits(alternating(game, step_d)) == two_digits(in_turn)


def test_r1_at_its_critical_strength():
    """gamma = 1: no rotation is left in the linear part. One digit is known of these."""
    game = dirac_game("minimax", r1=1.0)
    assert f"{simultaneous(game, PLAIN):.0e}" == "1e-21"
    assert f"{alternating(game, PLAIN):.0e}" == "7e-17"


# --- instance noise: the published radius is that of its own sampling --------------------------------------

SAMPLES = 1000  # noise vectors a move in the paper's own simulation (its code, class GAN_InstNoise)


def noisy_game(std: float) -> Game:
    """Instance noise blurs both sides: x + std e, y + std e'. z: (B, 2), a column for each side."""
    players = gan_loss("minimax")

    def disc_loss(disc, gen, _, z):
        real, fake = std * z[:, :1], gen["phi"] + std * z[:, 1:]
        return players.discriminator(real=real @ disc["theta"], fake=fake @ disc["theta"])

    def gen_loss(gen, disc, _, z):
        return players.generator(fake=(gen["phi"] + std * z[:, 1:]) @ disc["theta"])

    return Game(gen_loss, disc_loss)


def noisy_radii(draw, runs: int, *, at_once: bool) -> torch.Tensor:
    """The radii (R,) after 500 steps of std 0.7; draw() -> (R, B, 2), the noise of one move in every run."""
    game = noisy_game(0.7)
    gen, disc = ({n: w.expand(runs, 1) for n, w in player.items()} for player in start())
    slope_g, slope_d = (vmap(grad(loss), (0, 0, None, 0)) for loss in (game.gen_loss, game.disc_loss))
    for _ in range(STEPS):
        z = draw()
        moved, _ = PLAIN(gen, slope_g(gen, disc, None, z), ())
        against = (gen, z) if at_once else (moved, draw())
        disc, _ = PLAIN(disc, slope_d(disc, against[0], None, against[1]), ())
        gen = moved
    return torch.hypot(gen["phi"], disc["theta"])[:, 0]


@pytest.mark.parametrize("at_once, published", [(True, 0.019), (False, 0.012)])
def test_instance_noise_converges_down_to_the_noise_of_its_own_samples(at_once, published):
    """The published radius is one draw without a seed. With 1000 samples a move ours end all around it; with
    the noise integrated out they go on to 6e-5 and 4e-6, so no digit of it belongs to the game itself.
    """
    places = (torch.arange(SAMPLES).double() + 0.5) / SAMPLES
    even = torch.special.ndtri(places)[None, :, None].expand(1, -1, 2)  # a normal law without sampling noise
    limit = 5.8e-5 if at_once else 4.1e-6
    assert noisy_radii(lambda: even, 1, at_once=at_once).item() == pytest.approx(limit, rel=0.1)

    dice = torch.Generator().manual_seed(0)
    draw = lambda: torch.randn(20, SAMPLES, 2, generator=dice, dtype=torch.float64)  # noqa: E731
    low, high = noisy_radii(draw, 20, at_once=at_once).quantile(torch.tensor([0.1, 0.9]).double())
    assert low < published < high < 3 * published
