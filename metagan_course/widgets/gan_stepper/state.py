"""One moment of the game as a value: settings, state, and the numbers that each move draws. Nothing moves.

Every move draws its own numbers from (seed, player, how many moves that player has made), so a state *is* its
future: the same state and settings give the same run, bit for bit, and rewinding needs no tape of draws.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import torch
from torch import Tensor

from metagan_course.losses import GAN_LOSSES
from metagan_course.nets import MLPDiscriminator, MLPGenerator
from metagan_course.steps import Step, adam, sgd
from metagan_course.weights import Params, as_function, detached, params_of

from .data import Data

OPTIMISERS: dict[str, Callable[[float], Step]] = {
    "Adam": lambda rate: adam(rate, betas=(0.5, 0.999)),
    "SGD": sgd,
}
PLAYERS = {"d": 1, "g": 2, "watch": 3, "start": 4}


@dataclass(frozen=True)
class Settings:
    """What a learner can turn. The first five make a new game; the rest may change in the middle of one."""

    data: str = "ring"
    seed: int = 0
    z_size: int = 2
    layers: int = 2
    units: int = 64
    loss: str = "non_saturating"
    optimiser: str = "Adam"
    rate_g: float = 2e-3  # alpha of phi
    rate_d: float = 4e-3  # alpha of theta
    r1: float = 0.0  # gamma of the penalty on D's slope at real points
    d_moves: int = 1  # discriminator moves before each generator move
    batch: int = 64

    def __post_init__(self):
        for name, known in (("loss", GAN_LOSSES), ("optimiser", OPTIMISERS)):
            if getattr(self, name) not in known:
                raise ValueError(f"{name} is {getattr(self, name)!r}; it must be one of {', '.join(known)}.")
        for name, low in (("z_size", 1), ("layers", 1), ("units", 1), ("d_moves", 1), ("batch", 2)):
            if getattr(self, name) < low:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be {low} or more.")
        for name in ("rate_g", "rate_d", "r1"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise ValueError(f"{name} is {getattr(self, name)}; it must be 0 or more, and finite.")


NEW_GAME = ("data", "seed", "z_size", "layers", "units")


class State(NamedTuple):
    """Everything the future depends on. Moves make new states and never write into an old one."""

    phi: Params
    theta: Params
    memory_g: Any  # the optimiser's own, for phi
    memory_d: Any
    optimiser: str  # whose memory that is
    moved_g: int = 0
    moved_d: int = 0
    phase: int = -1  # place in PHASES while in slow motion, else -1
    before: Tensor | None = None  # where the generated points were before G's move, in slow motion


def draws(settings: Settings, player: str, move: int = 0) -> torch.Generator:
    """The random numbers of one move of one player."""
    return torch.Generator().manual_seed((settings.seed * 8 + PLAYERS[player]) * 1_000_003 + move)


@lru_cache(maxsize=32)
def networks(z_size: int, layers: int, units: int) -> tuple[MLPGenerator, MLPDiscriminator]:
    """Their shapes only: the weights are in the state."""
    with torch.random.fork_rng(devices=[]):
        return MLPGenerator(z_size, hidden=(units,) * layers), MLPDiscriminator(hidden=(units,) * layers)


def players(settings: Settings):
    """(generator(phi, z), discriminator(theta, x)) as functions of their weights."""
    gen, disc = networks(settings.z_size, settings.layers, settings.units)
    return as_function(gen), as_function(disc)


def start(settings: Settings) -> State:
    """Both networks as PyTorch initialises them, from the seed alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(draws(settings, "start").initial_seed())
        gen = MLPGenerator(settings.z_size, hidden=(settings.units,) * settings.layers)
        disc = MLPDiscriminator(hidden=(settings.units,) * settings.layers)
    phi, theta, rule = (
        detached(params_of(gen)),
        detached(params_of(disc)),
        OPTIMISERS[settings.optimiser](0.0),
    )
    return State(phi, theta, rule.init(phi), rule.init(theta), settings.optimiser)


def batch_d(settings: Settings, data: Data, move: int) -> tuple[Tensor, Tensor]:
    """Real points (B, 2) and noise (B, Z) of the discriminator's `move`-th move."""
    generator = draws(settings, "d", move)
    real = data.draw(settings.batch, generator)
    return real, torch.randn(settings.batch, settings.z_size, generator=generator)


def batch_g(settings: Settings, data: Data, move: int) -> tuple[Tensor, Tensor]:
    """The generator's own. It looks at the real points only under the relativistic loss."""
    generator = draws(settings, "g", move)
    real = data.draw(settings.batch, generator)
    return real, torch.randn(settings.batch, settings.z_size, generator=generator)
