"""The Meta-GAN: two players whose starts, inner rates and task encoders are learned, so that K steps do.

Everything a player learns is its `Meta`: {"start": phi, "log_alpha": inner rates, "encoder": psi}. A recipe
says what the networks are and which terms the losses have; this file makes of it the two functions that
matter: `outer_losses` (what meta-training minimises) and `adapt` (what a new task gets).

Not here: optimisers, schedules, checkpoints (training.py), scores (evaluation/).
"""

import copy
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap

from metagan_course import nets
from metagan_course.distributed import Share
from metagan_course.inner import Game, adapt_game_path
from metagan_course.losses import gan_loss, r1_penalty
from metagan_course.metrics import energy_distance
from metagan_course.nets import Statistics
from metagan_course.outer import adapt_players, query_losses
from metagan_course.recipes import Recipe
from metagan_course.steps import Step, meta_sgd
from metagan_course.weights import Params, as_function, params_of

Meta = dict[str, Params]
ALONE = Share()  # one process, all tasks


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
            gen = nets.MLPGenerator(z, (2,), hidden=(h, h), code_size=c, activation=nn.Tanh)
            disc = nets.MLPDiscriminator((2,), hidden=(h, h), code_size=c, activation=nn.SiLU)
        elif recipe.nets == "mlp_28":
            gen = nets.MLPGenerator(z, (1, 28, 28), hidden=(h, h), code_size=c, norm="layer")
            disc = nets.MLPDiscriminator((1, 28, 28), hidden=(h, h), code_size=c)
        else:
            raise ValueError(f"recipe {recipe.name}: nets is {recipe.nets!r}, needs 'mlp_2d' or 'mlp_28'")
        shape = (2,) if recipe.nets == "mlp_2d" else (1, 28, 28)
        encoders = [nets.TaskEncoder(shape, code_size=c) if c else None for _ in range(2)]
    return Networks(gen, disc, *encoders)


def start(recipe: Recipe, networks: Networks) -> tuple[Meta, Meta]:
    """The two metas before the first outer step: random weights, every inner rate at the recipe's alpha."""

    def meta(player: nn.Module, encoder: nn.Module | None, alpha: float) -> Meta:
        weights = {n: w.detach().clone() for n, w in params_of(player).items()}
        rates = {n: torch.full_like(w, math.log(alpha)) for n, w in weights.items()}
        psi = {n: w.detach().clone() for n, w in params_of(encoder).items()} if encoder else {}
        return {"start": weights, "log_alpha": rates, "encoder": psi}

    return (
        meta(networks.gen, networks.enc_g, recipe.alpha_g),
        meta(networks.disc, networks.enc_d, recipe.alpha_d),
    )


def rule(meta: Meta) -> Step:
    """The player's inner rule, w' = w - exp(log alpha) * g: one rate a weight, and always above zero."""
    return meta_sgd({n: a.exp() for n, a in meta["log_alpha"].items()})


# --- the two games -----------------------------------------------------------------------------------------


def play(network: nn.Module):
    """A network as f(params, x, c), where a code of None means that there is no code."""
    run = as_function(network)
    return lambda params, x, c=None: run(params, x) if c is None else run(params, x, c)


def unpack(data: tuple, n: int) -> tuple:
    """The data of a game, missing codes filled in with None."""
    return (*data, *[None] * (n - len(data)))


def inner_game(recipe: Recipe, networks: Networks) -> Game:
    """What one task's players minimise on its support: data = (x,), or (x, c_g, c_d) with task codes."""
    loss, g, d = gan_loss(recipe.loss), play(networks.gen), play(networks.disc)

    def disc_loss(disc, gen, data, z):
        x, c_g, c_d = unpack(data, 3)
        value = loss.discriminator(real=d(disc, x, c_d), fake=d(disc, g(gen, z, c_g), c_d))
        if recipe.r1_inner:
            value = value + recipe.r1_inner * r1_penalty(lambda x: d(disc, x, c_d), x)
        return value

    def gen_loss(gen, disc, data, z):
        x, c_g, c_d = unpack(data, 3)
        return loss.generator(fake=d(disc, g(gen, z, c_g), c_d), real=d(disc, x, c_d))

    return Game(gen_loss, disc_loss)


def outer_game(recipe: Recipe, networks: Networks) -> Game:
    """What judges the adapted players on the query: data = (x, c_g, c_d, another task's c_d).

    The query enters through D, which sees it only here, and through the energy distance if there is one.
    """
    loss, g, d = gan_loss(recipe.loss), play(networks.gen), play(networks.disc)

    def disc_loss(disc, gen, data, z):
        x, c_g, c_d, c_other = unpack(data, 4)
        value = loss.discriminator(real=d(disc, x, c_d), fake=d(disc, g(gen, z, c_g), c_d))
        if recipe.r1_outer:
            value = value + recipe.r1_outer * r1_penalty(lambda x: d(disc, x, c_d), x)
        if recipe.mismatch:  # real, but not of this task: without it D may ignore the code
            value = value + recipe.mismatch * nn.functional.softplus(d(disc, x, c_other)).mean()
        return value

    def gen_loss(gen, disc, data, z):
        x, c_g, c_d, _ = unpack(data, 4)
        fake = g(gen, z, c_g)
        value = loss.generator(fake=d(disc, fake, c_d), real=d(disc, x, c_d))
        if recipe.energy:
            value = value + recipe.energy * energy_distance(fake.flatten(1), x.flatten(1))
        if recipe.mode_seeking:
            value = value + recipe.mode_seeking * sameness(fake, z)
        return value

    return Game(gen_loss, disc_loss)


def sameness(fake: Tensor, z: Tensor) -> Tensor:
    """mean |z - z'| / mean |x - x'| between neighbours in the batch: large when all noise gives one picture.

    Mode seeking (Mao et al. 2019, arXiv 1903.05628), with the ratio the right way up to be minimised.
    """
    apart = (fake - fake.roll(1, 0)).abs().mean()
    return (z - z.roll(1, 0)).abs().mean() / (apart + 1e-3)


# --- the task code -----------------------------------------------------------------------------------------


def codes(
    networks: Networks,
    meta_g: Meta,
    meta_d: Meta,
    support: Tensor,
    statistics: Any = (None, None),
    *,
    gather: Callable[[Tensor], Tensor] | None = None,
) -> tuple:
    """(c_g, c_d), each c = standardise(E_psi(S)) of shape (T, C); nothing, (), if the recipe has no encoder.

    statistics: what to standardise by when tasks come alone; by default these T tasks' own.
    gather: joins the raw codes of all processes, so that T counts the tasks of all of them.
    """
    if networks.enc_g is None:
        return ()
    c_g = functional_call(
        networks.enc_g, meta_g["encoder"], (support,), {"statistics": statistics[0], "gather": gather}
    )
    c_d = functional_call(
        networks.enc_d, meta_d["encoder"], (support,), {"statistics": statistics[1], "gather": gather}
    )
    return c_g, c_d


def reference_statistics(
    recipe: Recipe, networks: Networks, meta_g: Meta, meta_d: Meta, family: Any, n_tasks: int = 256
) -> tuple[Statistics | None, Statistics | None]:
    """What a lone task's codes are standardised by: mean and variance of the raw codes of training tasks."""
    if networks.enc_g is None:
        return None, None
    generator = torch.Generator().manual_seed(0)
    support = family.sample(n_tasks, recipe.k_support, 0, split="train", generator=generator).support

    def seen(encoder: nn.Module, psi: Params) -> Statistics:
        own = copy.deepcopy(encoder).to(next(iter(psi.values())).device)
        own.load_state_dict(psi)
        with torch.no_grad():
            return own.statistics(support.to(next(iter(psi.values())).device))

    return seen(networks.enc_g, meta_g["encoder"]), seen(networks.enc_d, meta_d["encoder"])


# --- meta-training's losses, and what a new task gets ------------------------------------------------------


class Batch(NamedTuple):
    """What one outer step looks at, every tensor with a leading task axis."""

    support: Tensor  # (T, S, ...)
    query: Tensor  # (T, Q, ...)
    noise: Tensor  # (T, K, 2, B, Z)
    query_noise: Tensor  # (T, Q, Z)


def outer_losses(recipe: Recipe, networks: Networks, meta_g: Meta, meta_d: Meta, batch: Batch, share=ALONE):
    """L_G (T,) and L_D (T,) on the query after K steps on the support, differentiable in both metas.

    share: this process's slice of all the tasks that are standardised together; the batch is that slice.
    """
    players = adapt_batch(recipe, networks, meta_g, meta_d, batch, share)
    return judge(recipe, networks, meta_g, meta_d, players, batch, share)


def adapt_batch(recipe: Recipe, networks: Networks, meta_g: Meta, meta_d: Meta, batch: Batch, share=ALONE):
    """Both players of every task after K steps.

    The inner steps take the code as data. How they depend on it reaches psi as the rest of the inner loop
    reaches phi: exactly, or, in a first-order recipe, not at all.
    """
    c = [share.own(c) for c in codes(networks, meta_g, meta_d, batch.support, gather=share.gather)]
    if recipe.first_order:
        c = [code.detach() for code in c]  # the same gradients, and no graph built to be thrown away
    return adapt_players(
        inner_game(recipe, networks),
        meta_g["start"],
        meta_d["start"],
        (batch.support, *c),
        batch.noise,
        rule(meta_g),
        rule(meta_d),
        first_order=recipe.first_order,
    )


def judge(recipe: Recipe, networks: Networks, meta_g: Meta, meta_d: Meta, players, batch: Batch, share=ALONE):
    """The adapted players' losses on the query, (T,) each: here the outer gradient reaches the encoders."""
    c = codes(networks, meta_g, meta_d, batch.support, gather=share.gather)  # of all T tasks
    data = (batch.query, *share.own((*c, c[1].roll(1, 0)))) if c else (batch.query,)
    return query_losses(outer_game(recipe, networks), *players, data, batch.query_noise)


def adapt(
    recipe: Recipe,
    networks: Networks,
    meta_g: Meta,
    meta_d: Meta,
    support: Tensor,
    noise: Tensor,
    *,
    at: Sequence[int],
    statistics: Any = (None, None),
) -> tuple[list[Params], tuple[Tensor, ...]]:
    """The generators of T new tasks after each number of steps in `at`, and the tasks' codes for `sample`.

    support (T, S, ...), noise (T, max(at), 2, B, Z). Each generator's weights come with a leading task axis.
    """
    c = codes(networks, meta_g, meta_d, support, statistics)
    game, steps = inner_game(recipe, networks), (rule(meta_g), rule(meta_d))

    def one_task(data, noise):
        path = adapt_game_path(game, meta_g["start"], meta_d["start"], data, noise, *steps, first_order=True)
        return [gen for t, (gen, _) in enumerate(path) if t in at]

    return vmap(one_task)((support, *c), noise), c[:1]


def sample(networks: Networks, gens: Params, z: Tensor, c: tuple[Tensor, ...] = ()) -> Tensor:
    """x = G(z, c) of each task's own generator: gens (T, ...), z (T, M, Z), c ((T, C),) or ()."""
    return vmap(play(networks.gen))(gens, z, *c)
