"""Lesson 07's starts: four of one small GAN of characters, and the inner rules that they may choose from.

A start is a pair of weights: drawn at random, trained jointly, by Reptile, by FOMAML. Then a new character's
five drawings come, and G and D take t steps by a rule. Not here: what the exercises ask (reptile.py),
training (start_training.py), who judges (start_judges.py), the pictures (start_figures.py), the measurement
(benchmarks/four_starts.py).
"""

from collections.abc import Collection
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor

from metagan_course import pretrained
from metagan_course.evaluation.players import Samples, scratch_gan
from metagan_course.pretrained import Pretrained
from metagan_course.steps import Step, adam, sgd
from metagan_course.training.architectures import networks
from metagan_course.training.players import new_metas
from metagan_course.training.recipe import Recipe
from metagan_course.training.recipes import RECIPES

TITLES = {"random": "random weights", "joint": "joint training", "reptile": "Reptile", "fomaml": "FOMAML"}
# decay is counted in a recipe's own steps; these runs end when their time is up
SMALL = RECIPES["glyphs-reptile"].but(name="four-starts", hidden=128, tasks=8, average=0.99, decay=False)
_METHOD: dict[str, dict] = {
    "random": {},
    "joint": {"inner_steps": 0, "outer": "gradient"},
    "reptile": {},
    "fomaml": {"outer": "gradient", "alpha_g": 0.3, "alpha_d": 0.1},
}


class Start(NamedTuple):
    """Where both players begin on every task."""

    recipe: Recipe
    meta_g: dict[str, Any]
    meta_d: dict[str, Any]


def recipe_of(method: str, *, seed: int = 0, **changes: Any) -> Recipe:
    """One of the four, all on the same two networks with the same random weights."""
    return SMALL.but(**{**_METHOD[method], "seed": seed, **changes})


def random_weights(recipe: Recipe) -> Start:
    """The weights with which a recipe's training would begin."""
    return Start(recipe, *new_metas(recipe, networks(recipe)))


def shipped(name: str) -> Start:
    """A start that ships with the course."""
    player = pretrained.load(name)
    return Start(player.recipe, player.meta_g, player.meta_d)


# --- ten steps on a new character --------------------------------------------------------------------------


class Rule(NamedTuple):
    """Both players' inner rule: plain descent or Adam, G's rate and D's."""

    kind: str
    alpha_g: float
    alpha_d: float

    def steps(self) -> tuple[Step, Step]:
        """G's step and D's."""
        make = {"sgd": sgd, "adam": partial(adam, betas=(0.5, 0.99))}[self.kind]
        return make(self.alpha_g), make(self.alpha_d)

    def __str__(self) -> str:
        name = {"sgd": "plain descent", "adam": "Adam"}[self.kind]
        return f"{name}, {self.alpha_g:g} and {self.alpha_d:g}"


# the same twelve for every start
RULES = [
    *(Rule("sgd", *rates) for rates in ((0.1, 0.03), (0.3, 0.1), (0.3, 0.3), (1, 0.03), (1, 0.1), (3, 0.3))),
    *(
        Rule("adam", *rates)
        for rates in (
            (0.002, 0.002),
            (0.005, 0.004),
            (0.007, 0.01),
            (0.01, 0.003),
            (0.02, 0.01),
            (0.02, 0.03),
        )
    ),
]
LETTERS = 10  # adapted at a time: each has all weights, and Adam's two moments, of its own
UNTUNED = Rule("sgd", 0.1, 0.03)  # the rates that Reptile's own start was trained with


def drawn(
    start: Start, support: Tensor, rule: Rule, at: Collection[int], *, n: int = 16, seed: int = 0
) -> Samples:
    """What G draws of each task after each number of steps: {t: (T, n, 1, 28, 28)}.

    Where a rate is far too high there are no numbers left; such pixels are counted as paper.
    """
    player = Pretrained(start.recipe, None, {}, {})
    sample = scratch_gan(player, *rule.steps(), start=(start.meta_g, start.meta_d))
    draws = torch.Generator().manual_seed(seed + 1)
    parts = [sample(part, n, sorted(at), draws) for part in support.split(LETTERS)]
    return {t: torch.cat([part[t] for part in parts]).nan_to_num(0.0, 0.0, 0.0) for t in sorted(at)}
