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

from metagan_course import CourseError, nets
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
    check(recipe)
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
        elif recipe.nets == "conv_28":
            gen = nets.MapGenerator(z, maps=recipe.maps if c else 0, width=h)
            disc = nets.DCGANDiscriminator(width=h // 2)
            disc = nets.ProjectionDiscriminator(disc, c) if c else disc
        else:
            known = "'mlp_2d', 'mlp_28' or 'conv_28'"
            raise ValueError(f"recipe {recipe.name}: nets is {recipe.nets!r}, needs {known}")
        shape = (2,) if recipe.nets == "mlp_2d" else (1, 28, 28)
        maps = recipe.maps if recipe.nets == "conv_28" else 0  # G's code is a picture, D's a vector
        told = c and (recipe.code_from == "support" or recipe.joint_first)
        encoders = [
            nets.TaskEncoder(shape, code_size=c, maps=m) if on else None for m, on in ((maps, told), (0, c))
        ]
    return Networks(gen, disc, *encoders)


class RecipeError(CourseError, ValueError):
    """One sentence: which fields of a recipe do not go together."""


def check(recipe: Recipe) -> None:
    """Refuse fields that do not go together, in one sentence."""
    mapped = recipe.nets == "conv_28" and recipe.code_size > 0 and recipe.maps > 0
    for wrong, why in (
        (recipe.rates_per not in ("weight", "tensor"), "rates_per must be 'weight' or 'tensor'"),
        (recipe.adapts not in ("weights", "code"), "adapts must be 'weights' or 'code'"),
        (recipe.code_from not in ("support", "start"), "code_from must be 'support' or 'start'"),
        (
            recipe.nets == "conv_28" and recipe.hidden % 32,
            "hidden must be a multiple of 32 for nets='conv_28'",
        ),
        (recipe.nets == "conv_28" and recipe.code_size and not mapped, "maps must be 1 or more with a code"),
        ((recipe.matching or recipe.match_inner) and not mapped, "matching needs nets='conv_28' and a code"),
        (recipe.adapts == "code" and not mapped, "adapts='code' needs nets='conv_28' and a code_size"),
        (recipe.adapts == "code" and recipe.alpha_d, "adapts='code' moves G's code alone: set alpha_d to 0"),
        (
            recipe.adapts == "code" and recipe.outer == "reptile",
            "Reptile moves weights: not with adapts='code'",
        ),
        (recipe.code_from == "start" and recipe.adapts != "code", "code_from='start' needs adapts='code'"),
        (recipe.r1_every < 1, "r1_every must be 1 or more"),
    ):
        if wrong:
            raise RecipeError(f"recipe {recipe.name}: {why}.")


def start(recipe: Recipe, networks: Networks) -> tuple[Meta, Meta]:
    """The two metas before the first outer step: random weights, every inner rate at the recipe's alpha."""

    def meta(player: nn.Module, encoder: nn.Module | None, alpha: float) -> Meta:
        weights = {n: w.detach().clone() for n, w in params_of(player).items()}
        if recipe.adapts == "code" and player is networks.gen:
            weights["code"] = torch.zeros(player.code_size)  # of all weights the only one that steps
        moving = {"code": weights["code"]} if "code" in weights else weights
        shape = {"weight": lambda w: w.shape, "tensor": lambda w: ()}[recipe.rates_per]
        rates = {n: w.new_full(shape(w), math.log(alpha)) for n, w in moving.items()} if alpha else {}
        psi = {n: w.detach().clone() for n, w in params_of(encoder).items()} if encoder else {}
        return {"start": weights, "log_alpha": rates, "encoder": psi}

    return (
        meta(networks.gen, networks.enc_g, recipe.alpha_g),
        meta(networks.disc, networks.enc_d, recipe.alpha_d),
    )


def rule(meta: Meta) -> Step | None:
    """The player's inner rule, w' = w - exp(log alpha) * g: a rate is always above zero, or there is none."""
    return meta_sgd({n: a.exp() for n, a in meta["log_alpha"].items()}) if meta["log_alpha"] else None


# --- the two games -----------------------------------------------------------------------------------------


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
            return loss.generator(fake=judged, real=None) + recipe.match_inner * whose
        real = d(disc, x, c_d) if recipe.loss == "relativistic" else None  # no other loss asks for it
        return loss.generator(fake=d(disc, fake, c_d), real=real)

    return Game(gen_loss, disc_loss)


def outer_game(
    recipe: Recipe, networks: Networks, everyone: Tensor | None = None, start: Params | None = None
) -> Game:
    """What judges the adapted players on the query: data = (x, c_g, c_d, another task's c_d, own place).

    The query enters through D, which sees it only here, and through the energy distance if there is one.
    everyone: all tasks' c_d, (T, C), and a task's own place among them; only `matching` asks for both.
    """
    loss, g, d = gan_loss(recipe.loss), generator_of(recipe, networks, start), play(networks.disc)

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
    code_from: str = "support",
) -> tuple:
    """(c_g, c_d), each c = standardise(E_psi(S)) of shape (T, C); nothing, (), if the recipe has no encoder.

    statistics: what to standardise by when tasks come alone; by default these T tasks' own.
    gather: joins the raw codes of all processes, so that T counts the tasks of all of them.
    """
    if networks.enc_d is None:
        return ()
    if code_from == "start":  # no encoder tells G the task: all tasks start from one code
        c_g = meta_g["start"]["code"].expand(len(support), -1)
        c_g = c_g if gather is None else gather(c_g)
    else:
        c_g = functional_call(
            networks.enc_g, meta_g["encoder"], (support,), {"statistics": statistics[0], "gather": gather}
        )
    c_d = functional_call(
        networks.enc_d, meta_d["encoder"], (support,), {"statistics": statistics[1], "gather": gather}
    )
    return c_g, c_d


def reference_statistics(
    recipe: Recipe, networks: Networks, meta_g: Meta, meta_d: Meta, family: Any, n_tasks: int = 256
) -> tuple:
    """What a lone task is compared with: mean and variance of training tasks' raw codes, G's and D's, and 63
    of those tasks' codes in D, standardised, to stand beside its own."""
    if networks.enc_d is None:
        return None, None, None
    generator = torch.Generator().manual_seed(0)
    support = family.sample(n_tasks, recipe.k_support, 0, split="train", generator=generator).support

    def seen(encoder: nn.Module | None, psi: Params) -> Statistics | None:
        if encoder is None:
            return None
        own = copy.deepcopy(encoder).to(next(iter(psi.values())).device)
        own.load_state_dict(psi)
        with torch.no_grad():
            return own.statistics(support.to(next(iter(psi.values())).device))

    found = seen(networks.enc_g, meta_g["encoder"]), seen(networks.enc_d, meta_d["encoder"])
    with torch.no_grad():
        beside = codes(
            networks, meta_g, meta_d, support[:63].to(found[1].mean.device), found, code_from=recipe.code_from
        )[1]
    return *found, beside


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
    # of all T tasks, once for the steps and their judgement
    c = codes(networks, meta_g, meta_d, batch.support, gather=share.gather, code_from=recipe.code_from)
    players = adapt_batch(recipe, networks, meta_g, meta_d, batch, share, c)
    return judge(recipe, networks, meta_g, meta_d, players, batch, share, c)


def adapt_batch(
    recipe: Recipe, networks: Networks, meta_g: Meta, meta_d: Meta, batch: Batch, share=ALONE, c=None
):
    """Both players of every task after K steps; for K = 0 the starts themselves, without a task axis.

    The inner steps take the code as data. How they depend on it reaches psi as the rest of the inner loop
    reaches phi: exactly, or, in a first-order recipe, not at all.
    """
    if c is None:
        c = codes(networks, meta_g, meta_d, batch.support, gather=share.gather, code_from=recipe.code_from)
    if not recipe.inner_steps:
        gen = {"code": share.own(c[0])} if recipe.adapts == "code" else meta_g["start"]
        return gen, meta_d["start"]
    if recipe.adapts == "code":
        data = batch.support, *share.own((*c, places_of(c[1])))
        path = code_path(recipe, networks, meta_g, meta_d, c[1])
        return vmap(lambda data, noise: list(path(data, noise))[-1])(data, batch.noise), meta_d["start"]
    c = [share.own(code.detach() if recipe.first_order else code) for code in c]
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


def judge(
    recipe: Recipe, networks: Networks, meta_g: Meta, meta_d: Meta, players, batch: Batch, share=ALONE, c=None
):
    """The adapted players' losses on the query, (T,) each: here the outer gradient reaches the encoders."""
    if c is None:
        c = codes(networks, meta_g, meta_d, batch.support, gather=share.gather, code_from=recipe.code_from)
    data, everyone = (batch.query,), None
    if c:
        everyone = c[1]
        data = (batch.query, *share.own((*c, everyone.roll(1, 0), places_of(everyone))))
    game = outer_game(recipe, networks, everyone, meta_g["start"])
    shared = (
        recipe.adapts == "weights" and not recipe.inner_steps,
        recipe.adapts == "code" or not recipe.inner_steps,
    )
    return query_losses(game, *players, data, batch.query_noise, shared=shared)


def places_of(codes: Tensor) -> Tensor:
    """0 ... T - 1, each task's own place."""
    return torch.arange(len(codes), device=codes.device)


def code_path(recipe: Recipe, networks: Networks, meta_g: Meta, meta_d: Meta, everyone: Tensor | None = None):
    """(data, noise) -> G's code before the first step and after each: one task, D as its code makes it.

    Context adaptation (CAVIA, Zintgraf et al. 2019, arXiv 1810.03642), with a critic for a loss.
    """
    disc = {n: w.detach() for n, w in meta_d["start"].items()} if recipe.first_order else meta_d["start"]
    start = {n: w.detach() for n, w in meta_g["start"].items()} if recipe.first_order else meta_g["start"]
    if everyone is not None and recipe.first_order:
        everyone = everyone.detach()
    game, step = inner_game(recipe, networks, start, everyone), rule(meta_g)

    def path(data, noise):
        moves = adapt_game_path(
            game, {"code": data[1]}, disc, data, noise, step, None, first_order=recipe.first_order
        )
        return (gen for gen, _ in moves)

    return path


def adapt(
    recipe: Recipe,
    networks: Networks,
    meta_g: Meta,
    meta_d: Meta,
    support: Tensor,
    noise: Tensor,
    *,
    at: Sequence[int],
    statistics: Any = (None, None, None),
) -> tuple[list[Params], tuple[Tensor, ...]]:
    """The generators of T new tasks after each number of steps in `at`, and the tasks' codes for `sample`.

    support (T, S, ...), noise (T, max(at), 2, B, Z). Each generator's weights come with a leading task axis.
    """
    c = codes(networks, meta_g, meta_d, support, statistics, code_from=recipe.code_from)
    if recipe.adapts == "code":
        return adapt_codes(recipe, networks, meta_g, meta_d, support, c, noise, at, statistics[2]), c[:1]
    game, steps = inner_game(recipe, networks), (rule(meta_g), rule(meta_d))

    def one_task(data, noise):
        path = adapt_game_path(game, meta_g["start"], meta_d["start"], data, noise, *steps, first_order=True)
        return [gen for t, (gen, _) in enumerate(path) if t in at]

    return vmap(one_task)((support, *c), noise), c[:1]


def adapt_codes(
    recipe: Recipe,
    networks: Networks,
    meta_g: Meta,
    meta_d: Meta,
    support: Tensor,
    c: tuple,
    noise: Tensor,
    at: Sequence[int],
    beside: Tensor | None,
) -> list[Params]:
    """adapt where only G's code moves: its weights, one for all tasks, and the tasks' own codes (T, C)."""
    data = (support, *c, places_of(support))  # by default these T tasks beside each other
    if beside is not None:
        everyone = torch.cat([c[1][:, None], beside.expand(len(support), -1, -1)], 1)  # (T, 64, C), own first
        data = (support, *c, torch.zeros_like(places_of(support)), everyone)
    path = code_path(recipe.but(first_order=True), networks, meta_g, meta_d, c[1])

    def one_task(data, noise):
        return [gen for t, gen in enumerate(path(data, noise)) if t in at]

    return [{**meta_g["start"], **gen} for gen in vmap(one_task)(data, noise)]


def sample(networks: Networks, gens: Params, z: Tensor, c: tuple[Tensor, ...] = ()) -> Tensor:
    """x = G(z, c) of each task's own generator: gens (T, ...), z (T, M, Z), c ((T, C),) or ().

    Where only the code moved, the weights have no task axis and the codes are in gens.
    """
    g = play(networks.gen)
    if "code" in gens:
        return vmap(lambda z, code: g(gens, z, code))(z, gens["code"])
    return vmap(g)(gens, z, *c)
