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

from metagan_course.architectures import Networks
from metagan_course.distributed import Share
from metagan_course.games import inner_game, look_of, outer_game, play, unpack
from metagan_course.inner import adapt_game_path
from metagan_course.nets import Statistics
from metagan_course.outer import adapt_players, query_losses
from metagan_course.recipes import Recipe
from metagan_course.regularisers import output_spread
from metagan_course.steps import Step, meta_sgd
from metagan_course.weights import Params, params_of

Meta = dict[str, Params]
ALONE = Share()  # one process, all tasks


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


def rule(meta: Meta, factor: float = 1.0) -> Step | None:
    """The player's inner rule, w' = w - factor * exp(log alpha) * g: a rate is always above zero, or there is
    none."""
    return (
        meta_sgd({n: factor * a.exp() for n, a in meta["log_alpha"].items()}) if meta["log_alpha"] else None
    )


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
    loss_g, loss_d = query_losses(game, *players, data, batch.query_noise, shared=shared)
    if recipe.inner_steps and recipe.spread_g:  # all tasks' G on the first one's noise
        code, inputs = c[0] if c else None, share.gather(batch.query_noise)[0]
        loss_g = loss_g + recipe.spread_g * spread(networks.gen, players[0], code, inputs, share)
    if recipe.inner_steps and recipe.spread_d:  # all tasks' D on one query of each
        code, inputs = c[1] if c else None, share.gather(batch.query[:, 0])
        loss_d = loss_d + recipe.spread_d * spread(networks.disc, players[1], code, inputs, share)
    return loss_g, loss_d


def spread(network: nn.Module, adapted: Params, code: Tensor | None, inputs: Tensor, share: Share) -> Tensor:
    """How far all tasks' adapted networks, each with its own code, differ on the same inputs: ()."""
    run = play(network)
    if code is None:
        return output_spread(run, adapted, inputs, gather=share.gather)
    own = {"weights": adapted, "code": share.own(code)}
    return output_spread(lambda w, x: run(w["weights"], x, w["code"]), own, inputs, gather=share.gather)


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
    game = inner_game(recipe, networks, start, everyone)
    step = rule(meta_g, recipe.near if recipe.code_from == "support" else 1.0)
    look = look_of(networks.disc)

    def path(data, noise):
        x, _, c_d, *_ = data
        seen = look(disc, x, c_d) if recipe.feature_inner else None  # once: D stands still
        data = (*unpack(data, 5), seen)
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
