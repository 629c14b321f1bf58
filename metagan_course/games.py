"""The two games of a Meta-GAN: what its players minimise on a task's support, what judges them on its query.

A recipe says which terms the losses have. Both games are written for ONE task, in the form of `inner.Game`;
data is a tuple, and task codes come after the samples. Not here: who moves, how often (metagan.py, inner.py).
"""

from collections.abc import Callable
from typing import NamedTuple

from torch import Tensor, nn

from metagan_course.architectures import Networks
from metagan_course.inner import Game
from metagan_course.losses import gan_loss, r1_penalty
from metagan_course.metrics import energy_distance
from metagan_course.recipes import Recipe
from metagan_course.weights import Params, as_function


def play(network: nn.Module):
    """A network as f(params, x, c), where a code of None means that there is no code."""
    run = as_function(network)
    return lambda params, x, c=None, **options: run(params, x) if c is None else run(params, x, c, **options)


def unpack(data: tuple, n: int) -> tuple:
    """The data of a game, missing codes filled in with None."""
    return (*data, *[None] * (n - len(data)))


class Look(nn.Module):
    """One look of D at x: its features h(x), before any verdict, and its logits."""

    def __init__(self, disc: nn.Module):
        super().__init__()
        self.disc = disc

    def forward(self, *inputs, **options) -> tuple[Tensor, Tensor]:
        return self.disc.look(*inputs, **options)


class Seen(NamedTuple):
    """What a task's D makes of x, (B, ...). Looking is dear, and several terms of a loss ask about one x."""

    features: Tensor  # h(x), (B, n)
    judged: Tensor  # D(x, c) with the own code, (B,)
    every: Tensor | None = None  # D(x, c_j) with the code of every task, (B, T)
    whose: Tensor | float = 0.0  # -log softmax_j D(x, c_j) at the own place: does D tell whose x is?


def look_of(network: nn.Module) -> Callable[..., Seen]:
    """D as (params, x, c, everyone, place) -> Seen; everyone: all tasks' codes if it asks whose x is.

    `whose` is a conditional contrastive loss (Kang & Park 2020, arXiv 2006.12681).
    """
    run = as_function(Look(network))

    def look(disc, x, c=None, everyone=None, place=None):
        params = {f"disc.{n}": w for n, w in disc.items()}
        if everyone is None:
            return Seen(*(run(params, x) if c is None else run(params, x, c)))
        features, every = run(params, x, everyone, every=True)
        return Seen(features, at(every, place), every, -at(every.log_softmax(1), place).mean())

    return look


def at(every: Tensor, place: Tensor) -> Tensor:
    """The column of every (B, T) that belongs to the task at this place, counted round: (B,)."""
    return every.index_select(1, place.reshape(1) % every.shape[1])[:, 0]


def generator_of(recipe: Recipe, networks: Networks, start: Params | None) -> Callable:
    """G as f(what moves, z, c): its weights, or, with the start's weights held, its code."""
    g = play(networks.gen)
    if recipe.adapts == "code":
        return lambda moving, z, c=None: g(start, z, moving["code"])
    return g


def inner_game(
    recipe: Recipe, networks: Networks, start: Params | None = None, everyone: Tensor | None = None
) -> Game:
    """What one task's players minimise on its support: data = (x,), or (x, c_g, c_d) with task codes.

    start: G's, needed where only its code moves. `match_inner` asks for the own place among everyone's codes:
    data = (x, c_g, c_d, place), or, where every task has others beside it, (x, c_g, c_d, place, everyone).
    A D that stands still sees x once for all steps: data = (x, c_g, c_d, place, everyone, Seen).
    """
    loss, g, d = gan_loss(recipe.loss), generator_of(recipe, networks, start), play(networks.disc)
    look, matched = look_of(networks.disc), bool(recipe.match_inner)
    compared = recipe.feature_inner or recipe.loss == "relativistic"  # else L_G does not look at x

    def disc_loss(disc, gen, data, z):
        x, c_g, c_d, *_ = unpack(data, 5)
        value = loss.discriminator(real=d(disc, x, c_d), fake=d(disc, g(gen, z, c_g), c_d))
        if recipe.r1_inner:
            value = value + recipe.r1_inner * r1_penalty(lambda x: d(disc, x, c_d), x)
        return value

    def gen_loss(gen, disc, data, z):
        x, c_g, c_d, place, beside, real = unpack(data, 6)
        beside = everyone if beside is None else beside
        fake = look(disc, g(gen, z, c_g), c_d, beside if matched else None, place)
        if real is None and compared:
            real = look(disc, x, c_d)
        value = loss.generator(fake=fake.judged, real=real.judged if real else None)
        value = value + recipe.match_inner * fake.whose
        if recipe.feature_inner:  # D's verdict knows the support by its code alone; its features look at it
            value = value + recipe.feature_inner * energy_distance(fake.features, real.features)
        return value

    return Game(gen_loss, disc_loss)


def outer_game(
    recipe: Recipe, networks: Networks, everyone: Tensor | None = None, start: Params | None = None
) -> Game:
    """What judges the adapted players on the query: data = (x, c_g, c_d, another task's c_d, own place).

    The query enters through D, which sees it only here, and through the energy distances if there are any.
    everyone: all tasks' c_d, (T, C), and a task's own place among them; only `matching` asks for both.
    """
    loss, g, d = gan_loss(recipe.loss), generator_of(recipe, networks, start), play(networks.disc)
    look, others = look_of(networks.disc), everyone if recipe.matching else None
    compared = recipe.feature_energy or recipe.loss == "relativistic"  # else L_G does not look at x

    def disc_loss(disc, gen, data, z):
        x, c_g, c_d, c_other, place = unpack(data, 5)
        real = look(disc, x, c_d, others, place)
        value = loss.discriminator(real=real.judged, fake=d(disc, g(gen, z, c_g), c_d))
        value = value + recipe.matching * real.whose
        if recipe.r1_outer:
            value = value + recipe.r1_outer * r1_penalty(lambda x: d(disc, x, c_d), x)
        if recipe.mismatch:  # real, but not of this task: without it D may ignore the code
            wrong = d(disc, x, c_other) if real.every is None else at(real.every, place - 1)
            value = value + recipe.mismatch * nn.functional.softplus(wrong).mean()
        return value

    def gen_loss(gen, disc, data, z):
        x, c_g, c_d, _, place = unpack(data, 5)
        pictures = g(gen, z, c_g)
        fake = look(disc, pictures, c_d, others, place)
        real = look(disc, x, c_d) if compared else None
        value = loss.generator(fake=fake.judged, real=real.judged if real else None)
        value = value + recipe.matching * fake.whose
        if recipe.energy:
            value = value + recipe.energy * energy_distance(pictures.flatten(1), x.flatten(1))
        if recipe.feature_energy:  # the Cramer GAN's loss (arXiv 1705.10743), beside D's verdict
            value = value + recipe.feature_energy * energy_distance(fake.features, real.features)
        if recipe.mode_seeking:
            value = value + recipe.mode_seeking * sameness(pictures, z)
        return value

    return Game(gen_loss, disc_loss)


def sameness(fake: Tensor, z: Tensor) -> Tensor:
    """mean |z - z'| / mean |x - x'| between neighbours in the batch: large when all noise gives one picture.

    Mode seeking (Mao et al. 2019, arXiv 1903.05628), with the ratio the right way up to be minimised.
    """
    apart = (fake - fake.roll(1, 0)).abs().mean()
    return (z - z.roll(1, 0)).abs().mean() / (apart + 1e-3)
