"""Loss terms: plain functions of one look at one task. A player's loss is a list of (weight, term).

    generator = [(1, fools(GAN_LOSSES["hinge"])), (0.5, in_features)]
    discriminator = [(1, tells_apart(GAN_LOSSES["hinge"])), (0.1, r1)]
    game(pair(G, D), generator, discriminator)

An upgrade of one's own is one function of a `Sight` and one line in a list; an ablation is a loop over the
list. Read sight.py, then parts.py. Not here: who moves and how often (inner.py, metagan.py).
"""

from metagan_course.terms.games import TermGame, Terms, game, gan_game, total
from metagan_course.terms.parts import (
    Term,
    alike,
    fools,
    in_features,
    in_pixels,
    knows_whose_fake,
    knows_whose_real,
    mismatched,
    output_spread,
    r1,
    sameness,
    tells_apart,
    whose,
)
from metagan_course.terms.sight import Pair, Seen, Sight, at, pair, weights_of

__all__ = [
    "Pair",
    "Seen",
    "Sight",
    "Term",
    "TermGame",
    "Terms",
    "alike",
    "at",
    "fools",
    "gan_game",
    "game",
    "in_features",
    "in_pixels",
    "knows_whose_fake",
    "knows_whose_real",
    "mismatched",
    "output_spread",
    "pair",
    "r1",
    "sameness",
    "tells_apart",
    "total",
    "weights_of",
    "whose",
]
