"""Smooth little worlds in double precision for the tests of training/. No tests here."""

import torch
from oracles import normal
from tiny import Specks
from torch import nn

from metagan_course import training
from metagan_course.terms import weights_of
from metagan_course.training import Batch, game
from metagan_course.trees import tree_leaves, tree_map
from metagan_course.weights import as_function


def smooth_networks(recipe):
    """The recipe's networks without kinks: a kink has no difference quotient."""
    networks = training.networks(recipe)
    for layer in [layer for network in networks if network for layer in network.modules()]:
        for name, child in layer.named_children():
            if isinstance(child, nn.ReLU | nn.LeakyReLU):
                setattr(layer, name, nn.GELU())
    return networks


def game_in_double(recipe, generator):
    """Networks, both metas and a batch of 4 tasks of 4 points, all in double precision."""
    networks = smooth_networks(recipe)
    metas = tree_map(torch.Tensor.double, training.new_metas(recipe, networks))
    k, b, z = recipe.inner_steps, recipe.inner_batch, recipe.z_size
    shapes = (4, 4, 2), (4, 4, 2), (4, k, 2, b, z), (4, 4, z)
    return networks, metas, Batch(*(normal(generator, *shape) for shape in shapes))


def pictures_in_double(recipe, generator):
    """The same of convolutional networks and pictures."""
    networks = smooth_networks(recipe)
    metas = tree_map(torch.Tensor.double, training.new_metas(recipe, networks))
    return networks, metas, tree_map(torch.Tensor.double, training.draw(recipe, Specks(), generator))


def along(gradient, v) -> float:
    pairs = zip(tree_leaves(gradient), tree_leaves(v), strict=True)
    return sum((g * d).sum() for g, d in pairs).item()


class Half:
    """One of two processes, which knows what the other's encoders say: `raw` codes of G and D."""

    def __init__(self, rank, raw):
        self.rank, self.raw = rank, raw

    def own(self, nest):
        return tree_map(lambda x: x.chunk(2)[self.rank], nest)

    def gather(self, own):
        (whole,) = (c for c in self.raw if c.shape[1:] == own.shape[1:] and torch.allclose(self.own(c), own))
        return whole


def adapted(recipe, networks, metas, batch):
    """Both players of every task after the inner steps, with a task axis."""
    found = game.played(recipe, networks, *metas, batch, also=(game.itself, game.itself))
    return tuple(player for _, player in found)


def plays(network):
    """A network as f(weights, x, c), where a code of None means that there is no code."""
    run = as_function(network)
    return lambda params, x, c=None: run(weights_of(params), x, *([] if c is None else [c]))
