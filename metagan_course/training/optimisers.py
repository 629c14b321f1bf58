"""How the two players' metas move: an Adam each, and its rates. Not here: whence the gradients (loop.py)."""

import torch

from metagan_course.metagan import Meta
from metagan_course.training.recipe import Recipe


def optimisers_of(recipe: Recipe, metas: tuple[Meta, Meta]):
    """Adam for each player: beta for start and encoder, its own rate for the rule (0 if that is fixed)."""

    def adam(meta: Meta, beta: float):
        weights = [*meta["start"].values(), *meta["encoder"].values()]
        rates = [*meta["rule"].values()]
        groups = [
            {"params": parts, "lr": rate}
            for parts, rate in zip((weights, rates), rates_of(recipe, beta), strict=True)
        ]
        return torch.optim.Adam(groups, betas=(0.5, 0.99))

    return adam(metas[0], recipe.beta_g), adam(metas[1], recipe.beta_d)


def rates_of(recipe: Recipe, beta: float) -> tuple[float, float]:
    """Adam's rates: beta for start and encoder, another for the rule (0 if that is fixed)."""
    return beta, recipe.beta_rates if recipe.learn_rates else 0.0
