"""A recipe's game: its terms, its tasks by name, and metagan.game_losses of both.

What meta-training minimises is `outer_losses`; what a new task gets is `samples_after`. Not here: gradients
and optimisers (loop.py), the players themselves (players.py).
"""

from collections.abc import Callable, Collection
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.func import vmap

from metagan_course import metagan, terms
from metagan_course.inner import Game
from metagan_course.losses import gan_loss
from metagan_course.metagan import Meta, Tasks
from metagan_course.nets import Statistics
from metagan_course.terms import Pair, Terms
from metagan_course.training.architectures import Networks
from metagan_course.training.players import players
from metagan_course.training.recipe import Recipe
from metagan_course.weights import as_function

# --- the terms ---------------------------------------------------------------------------------------------


def inner_terms(r: Recipe) -> tuple[Terms, Terms]:
    """What G and D minimise on a task's support."""
    loss = gan_loss(r.loss)
    g = [
        (1, terms.fools(loss)),
        (r.match_inner, terms.knows_whose_fake),
        (r.feature_inner, terms.in_features),
    ]
    return g, [(1, terms.tells_apart(loss)), (r.r1_inner, terms.r1)]


def outer_terms(r: Recipe) -> tuple[Terms, Terms]:
    """What judges them on its query. It enters through D, which sees it only here, and by the distances."""
    loss = gan_loss(r.loss)
    g = [
        (1, terms.fools(loss)),
        (r.matching, terms.knows_whose_fake),
        (r.energy, terms.in_pixels),
        (r.feature_energy, terms.in_features),
        (r.mode_seeking, terms.alike),
    ]
    d = [
        (1, terms.tells_apart(loss)),
        (r.matching, terms.knows_whose_real),
        (r.r1_outer, terms.r1),
        (r.mismatch, terms.mismatched),
    ]
    return g, d


# --- task codes, and tasks by name -------------------------------------------------------------------------


class Batch(NamedTuple):
    """What one outer step looks at, every tensor with a leading task axis."""

    support: Tensor  # (T, S, ...)
    query: Tensor  # (T, Q, ...)
    noise: Tensor  # (T, K, 2, B, Z)
    query_noise: Tensor  # (T, Q, Z)


class Reference(NamedTuple):
    """What a task that comes alone is compared with: training tasks' codes."""

    g: Statistics | None  # mean and variance of raw codes, G's and D's
    d: Statistics
    beside: Tensor  # (63, C), their codes in D, to stand beside its own


def itself(x: Any) -> Any:
    """One process has all the tasks."""
    return x


def codes(
    recipe: Recipe,
    networks: Networks,
    meta_g: Meta,
    meta_d: Meta,
    support: Tensor,
    reference: Reference | None = None,
    *,
    gather: Callable[[Tensor], Tensor] = itself,
) -> dict[str, Tensor]:
    """{"c_g": (T, C), "c_d": (T, C)}, c = standardise(E_psi(S)); only those that are asked for.

    reference: what to standardise by when tasks come alone; by default these T tasks' own.
    gather: joins the raw codes of all processes, so that T counts the tasks of all of them.
    """
    if not recipe.code_size:
        return {}
    fixed_g, fixed_d = (reference.g, reference.d) if reference else (None, None)
    told = {"c_g": (networks.enc_g, meta_g, fixed_g)} if recipe.code_from == "support" else {}
    return {
        name: as_function(encoder)(meta["encoder"], support, statistics=fixed, gather=gather)
        for name, (encoder, meta, fixed) in {**told, "c_d": (networks.enc_d, meta_d, fixed_d)}.items()
    }


def support_by_name(
    recipe: Recipe, pair: Pair, meta_d: Meta, support: Tensor, own_codes: dict, place: dict
) -> dict[str, Any]:
    """A task's support as the inner game names it: x, the players' codes, the own place among everyone's."""
    data = {"x": support, **own_codes, **place}
    if recipe.inner_steps and recipe.feature_inner and not recipe.alpha_d:
        # D stands still, so it looks at x once for all steps
        own = {"code": own_codes["c_d"]} if own_codes else {}
        data["seen"] = vmap(lambda x, own: pair.look({**meta_d["start"], **own}, x))(support, own)
    return data


def games(recipe: Recipe, pair: Pair, everyone: Tensor | None) -> tuple[Game, Game]:
    """The inner and the outer game; everyone: D's codes of all tasks, for a D that compares them."""
    shared = {} if everyone is None else {"everyone": everyone}
    inner, outer = inner_terms(recipe), outer_terms(recipe)
    return terms.game(pair, *inner, **shared), terms.game(pair, *outer, **shared)


# --- what meta-training minimises --------------------------------------------------------------------------


def outer_losses(
    recipe: Recipe,
    networks: Networks,
    meta_g: Meta,
    meta_d: Meta,
    batch: Batch,
    *,
    gather: Callable = itself,
    own: Callable = itself,
) -> tuple[Tensor, Tensor]:
    """L_G (T,) and L_D (T,) on the query after K steps on the support, differentiable in both metas.

    gather, own: where the batch is one process's slice, how to join all slices, and to take one's own again
    """
    share = {"gather": gather, "own": own}
    if not (recipe.spread_g or recipe.spread_d):
        return played(recipe, networks, meta_g, meta_d, batch, **share)
    # all tasks' G on the first one's noise, all tasks' D on one query of each
    z, x = gather(batch.query_noise)[0], gather(batch.query[:, 0])
    pair = terms.pair(networks.gen, networks.disc)
    also = lambda gen: pair.draw(gen, z), lambda disc: pair.judge(disc, x)
    (loss_g, drawn), (loss_d, judged) = played(recipe, networks, meta_g, meta_d, batch, also=also, **share)
    return (
        loss_g + recipe.spread_g * terms.output_spread(gather(drawn)),
        loss_d + recipe.spread_d * terms.output_spread(gather(judged)),
    )


def played(
    recipe: Recipe,
    networks: Networks,
    meta_g: Meta,
    meta_d: Meta,
    batch: Batch,
    *,
    also: tuple[Callable, Callable] | None = None,
    gather: Callable = itself,
    own: Callable = itself,
) -> tuple[Any, Any]:
    """metagan.game_losses of the recipe's players, games and tasks.

    also: something else to be known of each adapted player, beside its loss
    """
    pair = terms.pair(networks.gen, networks.disc)
    c = codes(recipe, networks, meta_g, meta_d, batch.support, gather=gather)  # of all T tasks together
    beside = {"c_other": c["c_d"].roll(1, 0), "place": places(c["c_d"])} if c else {}
    own_codes, beside = own(c), own(beside)
    place = {name: x for name, x in beside.items() if name == "place"}
    support = support_by_name(recipe, pair, meta_d, batch.support, own_codes, place)
    tasks = Tasks(support, {"x": batch.query, **beside})
    inner, outer = games(recipe, pair, c["c_d"] if compares(networks) else None)
    return metagan.game_losses(
        inner,
        with_more(outer, *also) if also else outer,
        *players(recipe),
        meta_g,
        meta_d,
        tasks,
        noise=batch.noise,
        query_noise=batch.query_noise,
        first_order=recipe.first_order,
    )


def with_more(game: Game, of_gen: Callable, of_disc: Callable) -> Game:
    """A game whose losses come with something else of the player they belong to."""
    return Game(
        lambda gen, disc, data, z: (game.gen_loss(gen, disc, data, z), of_gen(gen)),
        lambda disc, gen, data, z: (game.disc_loss(disc, gen, data, z), of_disc(disc)),
    )


def compares(networks: Networks) -> bool:
    """Whether D can hold one x beside the codes of all tasks."""
    return hasattr(networks.disc, "every")


def places(codes: Tensor) -> Tensor:
    """0 ... T - 1, each task's own place."""
    return torch.arange(len(codes), device=codes.device)


# --- what a new task gets ----------------------------------------------------------------------------------


def samples_after(
    recipe: Recipe,
    networks: Networks,
    meta_g: Meta,
    meta_d: Meta,
    support: Tensor,
    noise: Tensor,
    z: Tensor,
    *,
    at: Collection[int],
    reference: Reference | None = None,
) -> list[Tensor]:
    """x = G(z) of T new tasks' own generators after each number of inner steps in `at`: each (T, M, ...).

    support (T, S, ...), noise (T, max(at), 2, B, Z), z (T, M, Z)
    """
    pair = terms.pair(networks.gen, networks.disc)
    c = codes(recipe, networks, meta_g, meta_d, support, reference)
    place = company(c["c_d"], reference) if compares(networks) else {}
    data = support_by_name(recipe, pair, meta_d, support, c, place)
    inner, _ = games(recipe, pair, None)
    see = lambda gen, disc, z: pair.draw(gen, z)  # noqa: E731
    return metagan.along(inner, see, *players(recipe), meta_g, meta_d, data, noise=noise, z=z, at=at)


def company(own: Tensor, reference: Reference | None) -> dict[str, Tensor]:
    """Whose codes stand beside a task's own in D's question whose x is: those of the reference, own first.

    Without one these T tasks stand beside each other.
    """
    if reference is None:
        return {"everyone": own.expand(len(own), -1, -1), "place": places(own)}
    beside = reference.beside.expand(len(own), -1, -1)
    return {"everyone": torch.cat([own[:, None], beside], 1), "place": torch.zeros_like(places(own))}
