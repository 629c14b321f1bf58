"""A whole game in the plane around one `train_step`: lesson 01 plays it, and benchmarks/saturation.py.

Points in two dimensions and two small MLPs, nothing else; how samples are judged is metrics' business.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from metagan_course.losses import GAN_LOSSES, GANLoss
from metagan_course.nets import MLPDiscriminator, MLPGenerator

Points = Callable[[int, torch.Generator], Tensor]  # n points of the data: (n, 2)
PLAIN = GAN_LOSSES["non_saturating"]
BATCH, N_SHOWN = 128, 500
OPTIMISERS = {"SGD": torch.optim.SGD, "Adam": partial(torch.optim.Adam, betas=(0.5, 0.99))}


class Game(NamedTuple):
    """What a game leaves behind. Looks are taken every few steps, the first before any."""

    album: Tensor  # (looks, 500, 2): what G makes of the same noise
    lowest: Tensor  # (looks,): the lowest logit that D gives to one of these points
    losses: Tensor  # (steps, 2): L_D, L_G


def new_game(seed: int) -> tuple[MLPGenerator, MLPDiscriminator, torch.Generator]:
    """Two fresh players and the dice of this game."""
    with torch.random.fork_rng(devices=[]):  # the caller's own random state stays
        torch.manual_seed(seed)
        return MLPGenerator(z_size=2), MLPDiscriminator(), torch.Generator().manual_seed(seed)


def head_start(seed: int, n_moves: int, points: Points, loss: GANLoss = PLAIN):
    """A game in which D has already made n_moves, by Adam, and G none."""
    gen, disc, dice = new_game(seed)
    opt_disc = OPTIMISERS["Adam"](disc.parameters(), lr=1e-3)
    for _ in range(n_moves):
        fake = gen(torch.randn(BATCH, 2, generator=dice)).detach()
        value = loss.discriminator(real=disc(points(BATCH, dice)), fake=disc(fake))
        opt_disc.zero_grad()
        value.backward()
        opt_disc.step()
    return gen, disc, dice


def play(
    train_step: Callable,
    points: Points,
    *,
    seed: int,
    n_steps: int,
    loss: GANLoss = PLAIN,
    optimiser: str = "Adam",
    rates: tuple[float, float] = (1e-3, 1e-3),  # G's, D's
    d_alone: int = 0,
    every: int = 50,
) -> Game:
    """One game of n_steps from a seed, after d_alone moves that only D makes."""
    gen, disc, dice = head_start(seed, d_alone, points, loss)
    make = OPTIMISERS[optimiser]
    opt_gen, opt_disc = (make(p.parameters(), lr=rate) for p, rate in zip((gen, disc), rates, strict=True))
    fixed_z, album, lowest, losses = torch.randn(N_SHOWN, 2, generator=dice), [], [], []
    for step in range(n_steps + 1):
        if step % every == 0:
            album.append(gen(fixed_z).detach())
            lowest.append(disc(album[-1]).min().item())
        if step < n_steps:
            noise = torch.randn(2, BATCH, 2, generator=dice)
            losses.append(train_step(gen, disc, opt_gen, opt_disc, points(BATCH, dice), noise, loss))
    return Game(torch.stack(album), torch.tensor(lowest), torch.tensor(losses))
