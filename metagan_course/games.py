"""The two games of a Meta-GAN: what its players minimise on a task's support, what judges them on its query.

A recipe says which terms the losses have. Both games are written for ONE task, in the form of `inner.Game`;
data is a tuple, and task codes come after the samples. Not here: who moves, how often (metagan.py, inner.py).
"""

from collections.abc import Callable

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


def judge_whose(
    d: Callable, disc: Params, x: Tensor, everyone: Tensor, place: Tensor
) -> tuple[Tensor, Tensor]:
    """D(x, c) with the own code, and -log softmax_j D(x, c_j) at j = place: does D tell whose x is?

    everyone: (T, C), the codes of all tasks, the own one at `place`. The second is a conditional contrastive
    loss (Kang & Park 2020, arXiv 2006.12681); both come from one look at x.
    """
    every, at = d(disc, x, everyone, every=True), place.reshape(1)  # (B, T)
    return every.index_select(1, at)[:, 0], -every.log_softmax(1).index_select(1, at).mean()


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
    """
    loss, g, d = gan_loss(recipe.loss), generator_of(recipe, networks, start), play(networks.disc)
    see = features_of(networks.disc)

    def disc_loss(disc, gen, data, z):
        x, c_g, c_d, *_ = unpack(data, 5)
        value = loss.discriminator(real=d(disc, x, c_d), fake=d(disc, g(gen, z, c_g), c_d))
        if recipe.r1_inner:
            value = value + recipe.r1_inner * r1_penalty(lambda x: d(disc, x, c_d), x)
        return value

    def gen_loss(gen, disc, data, z):
        x, c_g, c_d, place, beside = unpack(data, 5)
        fake = g(gen, z, c_g)
        if recipe.match_inner:
            judged, whose = judge_whose(d, disc, fake, everyone if beside is None else beside, place)
        else:
            judged, whose = d(disc, fake, c_d), 0.0
        real = d(disc, x, c_d) if recipe.loss == "relativistic" else None  # no other loss asks for it
        value = loss.generator(fake=judged, real=real) + recipe.match_inner * whose
        if recipe.feature_inner:  # D's verdict knows the support by its code alone; its features look at it
            value = value + recipe.feature_inner * energy_distance(see(disc, fake), see(disc, x))
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
    see = features_of(networks.disc)

    def seen(disc, x, c_d, place):
        if not recipe.matching:
            return d(disc, x, c_d), 0.0
        return judge_whose(d, disc, x, everyone, place)

    def disc_loss(disc, gen, data, z):
        x, c_g, c_d, c_other, place = unpack(data, 5)
        real, whose = seen(disc, x, c_d, place)
        value = loss.discriminator(real=real, fake=d(disc, g(gen, z, c_g), c_d)) + recipe.matching * whose
        if recipe.r1_outer:
            value = value + recipe.r1_outer * r1_penalty(lambda x: d(disc, x, c_d), x)
        if recipe.mismatch:  # real, but not of this task: without it D may ignore the code
            value = value + recipe.mismatch * nn.functional.softplus(d(disc, x, c_other)).mean()
        return value

    def gen_loss(gen, disc, data, z):
        x, c_g, c_d, _, place = unpack(data, 5)
        fake = g(gen, z, c_g)
        judged, whose = seen(disc, fake, c_d, place)
        real = d(disc, x, c_d) if recipe.loss == "relativistic" else None
        value = loss.generator(fake=judged, real=real) + recipe.matching * whose
        if recipe.energy:
            value = value + recipe.energy * energy_distance(fake.flatten(1), x.flatten(1))
        if recipe.feature_energy:
            value = value + recipe.feature_energy * energy_distance(see(disc, fake), see(disc, x))
        if recipe.mode_seeking:
            value = value + recipe.mode_seeking * sameness(fake, z)
        return value

    return Game(gen_loss, disc_loss)


class Features(nn.Module):
    """D's features h(x), before any verdict. An energy distance there is the Cramer GAN's loss (Bellemare et
    al. 2017, arXiv 1705.10743); here it stands beside D's verdict, and is where G meets the examples."""

    def __init__(self, disc: nn.Module):
        super().__init__()
        self.disc = disc

    def forward(self, x: Tensor) -> Tensor:
        return getattr(self.disc, "base", self.disc).features(x)  # (B, n)


def features_of(disc: nn.Module) -> Callable[[Params, Tensor], Tensor]:
    """h(x) as a function of D's weights: (params, (B, ...)) -> (B, n)."""
    run = as_function(Features(disc))
    return lambda params, x: run({f"disc.{n}": w for n, w in params.items()}, x)


def sameness(fake: Tensor, z: Tensor) -> Tensor:
    """mean |z - z'| / mean |x - x'| between neighbours in the batch: large when all noise gives one picture.

    Mode seeking (Mao et al. 2019, arXiv 1903.05628), with the ratio the right way up to be minimised.
    """
    apart = (fake - fake.roll(1, 0)).abs().mean()
    return (z - z.roll(1, 0)).abs().mean() / (apart + 1e-3)
