"""The networks of a recipe. Their weights travel apart, as values."""

from typing import NamedTuple

import torch
from torch import nn

from metagan_course import nets
from metagan_course.training.recipe import Recipe


class Networks(NamedTuple):
    """The architectures; their weights travel apart, as values. The encoders are None without a task code."""

    gen: nn.Module
    disc: nn.Module
    enc_g: nn.Module | None
    enc_d: nn.Module | None


def networks(recipe: Recipe) -> Networks:
    """The recipe's networks with their random start, the same for the same seed."""
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
        else:
            norm = "group" if recipe.norm == "layer" else recipe.norm
            gen = nets.MapGenerator(z, maps=recipe.maps if c else 0, width=h, norm=norm)
            disc = nets.DCGANDiscriminator(width=h // 2)
            disc = nets.ProjectionDiscriminator(disc, maps=recipe.maps) if c else disc
        shape = (2,) if recipe.nets == "mlp_2d" else (1, 28, 28)
        maps = recipe.maps if recipe.nets == "conv_28" else 0  # there a code is small pictures, not a vector
        told = c and (recipe.code_from == "support" or recipe.joint_first)
        encoders = [nets.TaskEncoder(shape, code_size=c, maps=maps) if on else None for on in (told, c)]
    return Networks(gen, disc, *encoders)
