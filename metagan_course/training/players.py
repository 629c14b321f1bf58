"""A recipe's players as values: how each starts a task, by which rule it moves, what of both is learned.

Not here: the losses they minimise (game.py).
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from metagan_course.metagan import Meta, Player, learned_start
from metagan_course.steps import Rule, learned_rates
from metagan_course.training.architectures import Networks
from metagan_course.training.recipe import Recipe
from metagan_course.weights import Params, detached, params_of


def players(recipe: Recipe) -> tuple[Player, Player]:
    """G and D. A code stands among a player's weights: its encoder's, or the one that all tasks share."""
    told = recipe.code_size > 0 and recipe.code_from == "support"
    nearer = recipe.adapts == "code" and recipe.code_from == "support"
    g = Player(
        told_start("c_g") if told else learned_start,
        rule(recipe, recipe.alpha_g, only_code if recipe.adapts == "code" else all_but_code, nearer),
    )
    d = Player(
        told_start("c_d") if recipe.code_size else learned_start, rule(recipe, recipe.alpha_d, all_but_code)
    )
    return g, d


def told_start(name: str) -> Callable[[Meta, Any], Params]:
    """The learned weights and, as the code, what the encoder reads off the support."""
    return lambda meta, data: {**meta["start"], "code": data[name]}


def only_code(weights: Params) -> list[str]:
    """Context adaptation: CAVIA (Zintgraf et al. 2019, arXiv 1810.03642), with a critic for a loss."""
    return ["code"]


def all_but_code(weights: Params) -> list[str]:
    """The inner steps take the code as it is."""
    return [n for n in weights if n != "code"]


def rule(recipe: Recipe, alpha: float, moves: Callable, nearer: bool = False) -> Rule | None:
    """Plain steps whose rates are learned, from alpha on; an alpha of 0 stands still."""
    if not alpha:
        return None
    factor = recipe.near if nearer else 1.0
    return learned_rates(alpha, per=recipe.rates_per, factor=factor)._replace(moves=moves)


def new_metas(recipe: Recipe, networks: Networks) -> tuple[Meta, Meta]:
    """All that the two players learn, before the first outer step.

    {"start": random weights, "rule": log alpha of what moves, "encoder": psi}
    """
    g, d = players(recipe)
    weights_g = copied(networks.gen)
    if recipe.adapts == "code":
        weights_g["code"] = torch.zeros(networks.gen.code_size)
    return meta(weights_g, g.rule, networks.enc_g), meta(copied(networks.disc), d.rule, networks.enc_d)


def meta(weights: Params, rule: Rule | None, encoder: nn.Module | None) -> Meta:
    return {
        "start": weights,
        "rule": rule.begin(weights) if rule else {},
        "encoder": copied(encoder) if encoder else {},
    }


def copied(network: nn.Module) -> Params:
    return {n: w.clone() for n, w in detached(params_of(network)).items()}
