"""Several whole games on the ring of eight at once, one a seed, with a generator that may look ahead.

For lesson 02. The weights of all games stand in one dict with a leading axis for the games, and vmap runs
every game by the same lines. Not here: how the look-ahead is made (stability.py).
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.func import grad, vmap

from metagan_course.losses import GAN_LOSSES
from metagan_course.metrics import mode_coverage
from metagan_course.nets import MLPDiscriminator, MLPGenerator
from metagan_course.steps import adam
from metagan_course.tasks.toys import points, ring_of_modes
from metagan_course.weights import Params, as_function, params_of

from .gan_game import new_game
from .stability import unrolled_loss

BATCH, N_SHOWN, SPREAD = 64, 500, 0.05
LOSS = GAN_LOSSES["non_saturating"]


class Rings(NamedTuple):
    """What is seen of the games, every few steps, the first time before any. N: games"""

    samples: Tensor  # (looks, N, 500, 2)
    covered: Tensor  # (looks, N) modes with a good sample, of 8
    high_quality: Tensor  # (looks, N) share of good samples
    reverse_kl: Tensor  # (looks, N) 0: all modes alike; log 8 = 2.08: one mode


def stacked(networks: Sequence[nn.Module]) -> Params:
    """The weights of equal networks, one above the other: each name (N, ...)."""
    every = [params_of(network) for network in networks]
    return {name: torch.stack([one[name].detach() for one in every]) for name in every[0]}


def play_rings(
    seeds: Sequence[int],
    *,
    rates: tuple[float, float],  # G's, D's
    k: int = 0,
    look_ahead: float = 0.1,  # the rate of the k imagined steps of D
    n_steps: int = 500,
    every: int = 50,
    unrolled: Callable = unrolled_loss,
) -> Rings:
    """D moves, then G on L_G(phi, theta_k); both by Adam. k = 0 is the plain game."""
    G, D = as_function(MLPGenerator(z_size=2)), as_function(MLPDiscriminator())

    def disc_loss(theta: Params, phi: Params, x: Tensor, z: Tensor) -> Tensor:
        return LOSS.discriminator(real=D(theta, x), fake=D(theta, G(phi, z)))

    def gen_loss(phi: Params, theta: Params, x: Tensor, z: Tensor) -> Tensor:
        plain = lambda phi, theta: LOSS.generator(fake=D(theta, G(phi, z)))  # noqa: E731
        if k == 0:
            return plain(phi, theta)
        return unrolled(plain, lambda t, p: disc_loss(t, p, x, z), phi, theta, k=k, rate=look_ahead)

    slope_g, slope_d = vmap(grad(gen_loss)), vmap(grad(disc_loss))
    gens, discs, dice = zip(*map(new_game, seeds), strict=True)
    phi, theta = stacked(gens), stacked(discs)
    step_g, step_d = (adam(rate, betas=(0.5, 0.99)) for rate in rates)
    state_g, state_d, looks = step_g.init(phi), step_d.init(theta), []
    shown = torch.stack([torch.randn(N_SHOWN, 2, generator=one) for one in dice])
    with torch.no_grad():
        for step in range(n_steps + 1):
            if step % every == 0:
                looks.append(look(vmap(G)(phi, shown)))
            x = torch.stack([points("ring", BATCH, generator=one) for one in dice])
            z = torch.stack([torch.randn(2, BATCH, 2, generator=one) for one in dice])
            theta, state_d = step_d(theta, slope_d(theta, phi, x, z[:, 0]), state_d)
            phi, state_g = step_g(phi, slope_g(phi, theta, x, z[:, 1]), state_g)
    return Rings(*map(torch.stack, zip(*looks, strict=True)))


def look(samples: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    return samples, *mode_coverage(samples, ring_of_modes(), radius=3 * SPREAD)
