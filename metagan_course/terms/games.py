"""A game made of terms: each player minimises its list of (weight, term).

It has the two functions of an inner.Game and is used as one. Not here: who moves and how often (inner.py).
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from torch import Tensor, nn

from metagan_course.losses import gan_loss
from metagan_course.terms import parts
from metagan_course.terms.parts import Term
from metagan_course.terms.sight import Pair, Sight, pair
from metagan_course.weights import Params

Terms = Sequence[tuple[float, Term]]


class TermGame(NamedTuple):
    """Two networks and what their players minimise. `game._replace(generator=...)` is another game.

    data: a dict with the real samples as "x", or, where there is nothing else to say, the samples themselves
    """

    pair: Pair
    generator: Terms
    discriminator: Terms
    shared: dict[str, Any]  # data that is the same for all tasks

    def gen_loss(self, gen: Params, disc: Params, data: Any, z: Tensor) -> Tensor:
        return total(self.generator, Sight(self.pair, gen, disc, self.named(data), z))

    def disc_loss(self, disc: Params, gen: Params, data: Any, z: Tensor) -> Tensor:
        return total(self.discriminator, Sight(self.pair, gen, disc, self.named(data), z))

    def named(self, data: Any) -> dict[str, Any]:
        return {**self.shared, **(data if isinstance(data, dict) else {"x": data})}


def total(terms: Terms, sight: Sight) -> Tensor:
    """sum of weight * term(sight); a term of weight 0 is not looked at."""
    return sum(weight * term(sight) for weight, term in terms if weight)


def game(networks: Pair, generator: Terms, discriminator: Terms, **shared: Any) -> TermGame:
    """The game in which each player minimises its list."""
    return TermGame(networks, generator, discriminator, shared)


def gan_game(
    generator: nn.Module, discriminator: nn.Module, *, loss: str = "non_saturating", r1: float = 0.0
) -> TermGame:
    """The usual game of two modules: L_D + gamma R1 against L_G, gamma = `r1`, `loss` one of GAN_LOSSES."""
    players = gan_loss(loss)
    disc_terms = [(1, parts.tells_apart(players)), (r1, parts.r1)]
    return game(pair(generator, discriminator), [(1, parts.fools(players))], disc_terms)
