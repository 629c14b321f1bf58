"""The networks of a recipe, and which of its fields go together. Their weights travel apart, as values."""

from typing import NamedTuple

import torch
from torch import nn

from metagan_course import CourseError, nets
from metagan_course.recipes import Recipe


class Networks(NamedTuple):
    """The architectures; their weights travel apart, as values. The encoders are None without a task code."""

    gen: nn.Module
    disc: nn.Module
    enc_g: nn.Module | None
    enc_d: nn.Module | None


def networks(recipe: Recipe) -> Networks:
    """The recipe's networks with their random start, the same for the same seed."""
    check(recipe)
    z, c, h = recipe.z_size, recipe.code_size, recipe.hidden
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        if recipe.nets == "mlp_2d":
            # smooth activations: steps as large as these jump over the kinks of a ReLU
            norm = "meta" if recipe.norm == "meta" else "none"
            gen = nets.MLPGenerator(z, (2,), hidden=(h, h), code_size=c, norm=norm, activation=nn.Tanh)
            disc = nets.MLPDiscriminator((2,), hidden=(h, h), code_size=c, activation=nn.SiLU)
        elif recipe.nets == "mlp_28":
            gen = nets.MLPGenerator(z, (1, 28, 28), hidden=(h, h), code_size=c, norm=recipe.norm)
            disc = nets.MLPDiscriminator((1, 28, 28), hidden=(h, h), code_size=c)
        elif recipe.nets == "conv_28":
            gen = nets.MapGenerator(z, maps=recipe.maps if c else 0, width=h)
            disc = nets.DCGANDiscriminator(width=h // 2)
            disc = nets.ProjectionDiscriminator(disc, maps=recipe.maps) if c else disc
        else:
            known = "'mlp_2d', 'mlp_28' or 'conv_28'"
            raise ValueError(f"recipe {recipe.name}: nets is {recipe.nets!r}, needs {known}")
        shape = (2,) if recipe.nets == "mlp_2d" else (1, 28, 28)
        maps = recipe.maps if recipe.nets == "conv_28" else 0  # there a code is small pictures, not a vector
        told = c and (recipe.code_from == "support" or recipe.joint_first)
        encoders = [nets.TaskEncoder(shape, code_size=c, maps=maps) if on else None for on in (told, c)]
    return Networks(gen, disc, *encoders)


class RecipeError(CourseError, ValueError):
    """One sentence: which fields of a recipe do not go together."""


def check(recipe: Recipe) -> None:
    """Refuse fields that do not go together, in one sentence."""
    mapped = recipe.nets == "conv_28" and recipe.code_size > 0
    for wrong, why in (
        (recipe.rates_per not in ("weight", "tensor"), "rates_per must be 'weight' or 'tensor'"),
        (recipe.adapts not in ("weights", "code"), "adapts must be 'weights' or 'code'"),
        (recipe.code_from not in ("support", "start"), "code_from must be 'support' or 'start'"),
        (
            recipe.nets == "conv_28" and recipe.hidden % 32,
            "hidden must be a multiple of 32 for nets='conv_28'",
        ),
        (
            mapped and recipe.code_size != 49 * recipe.maps,
            "code_size must be 49 * maps for nets='conv_28': a code is that many 7x7 maps",
        ),
        ((recipe.matching or recipe.match_inner) and not mapped, "matching needs nets='conv_28' and a code"),
        (recipe.adapts == "code" and not mapped, "adapts='code' needs nets='conv_28' and a code_size"),
        (recipe.adapts == "code" and recipe.alpha_d, "adapts='code' moves G's code alone: set alpha_d to 0"),
        (
            recipe.adapts == "code" and recipe.outer == "reptile",
            "Reptile moves weights: not with adapts='code'",
        ),
        (recipe.code_from == "start" and recipe.adapts != "code", "code_from='start' needs adapts='code'"),
        (recipe.norm not in ("layer", "meta"), "norm must be 'layer' or 'meta'"),
        (
            recipe.norm == "meta" and (recipe.nets == "conv_28" or not recipe.code_size),
            "norm='meta' needs nets='mlp_2d' or 'mlp_28', and a code_size",
        ),
        (
            (recipe.spread_g or recipe.spread_d)
            and (recipe.adapts == "code" or recipe.outer == "reptile" or not recipe.inner_steps),
            "spread_g and spread_d compare the weights that inner steps give each task: they need "
            "inner_steps, adapts='weights' and outer='gradient'",
        ),
        (
            (recipe.feature_energy or recipe.feature_inner) and recipe.nets != "conv_28",
            "feature_energy and feature_inner need nets='conv_28'",
        ),
        (recipe.r1_every < 1, "r1_every must be 1 or more"),
    ):
        if wrong:
            raise RecipeError(f"recipe {recipe.name}: {why}.")
