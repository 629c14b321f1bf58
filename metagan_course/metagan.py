"""The Meta-GAN: two players that adapt to every task in a few moves, and are judged by what became of them.

`game_losses` is all of it; training, evaluation, benchmark and lessons go through it (or, to see every step
on the way, through its twin `along`). A player is a value: how it starts a task, and the rule it moves by.

    one player stands still: its rule is None            ANIL, "only the code": the rule's `moves`
    what of a step is learned: the rule's `learn`        a start per task: `start` asks an encoder, a network

Not here: what the players minimise (terms/, with `game` and `gan_game` from there), the gradients
(outer.player_gradients), optimisers and schedules (training/).
"""

from collections.abc import Callable, Collection
from typing import Any, NamedTuple

from torch import Tensor
from torch.func import vmap

from metagan_course.inner import Game, adapt_game, adapt_game_path
from metagan_course.steps import Rule, Step
from metagan_course.terms import game, gan_game
from metagan_course.weights import Params

__all__ = ["Meta", "Player", "Tasks", "along", "game", "game_losses", "gan_game", "learned_start"]

Meta = dict[str, Any]  # all that a player learns: {"start": phi, "rule": what its rule learns, ...}


class Tasks(NamedTuple):
    """What T tasks show: to the players that adapt (S), to their judge (Q). Any nest of tensors (T, ...)."""

    support: Any
    query: Any


def learned_start(meta: Meta, data: Any) -> Params:
    """Every task begins at the same learned weights."""
    return meta["start"]


class Player(NamedTuple):
    """How a player plays a task: start(meta, support) -> its weights before the first move, and its rule."""

    start: Callable[[Meta, Any], Params] = learned_start
    rule: Rule | None = None  # None: it stands still

    def begin(self, meta: Meta, support: Any) -> tuple[Params, Step | None]:
        """Its weights before the first move, and the step it moves by."""
        weights = self.start(meta, support)
        return weights, self.rule and self.rule.on(weights, meta.get("rule", {}))


def game_losses(
    inner: Game,
    outer: Game,
    g: Player,
    d: Player,
    meta_g: Meta,
    meta_d: Meta,
    tasks: Any,
    *,
    noise: Tensor,
    query_noise: Tensor,
    first_order: bool = False,
) -> tuple[Any, Any]:
    """L_G (T,) and L_D (T,) of both players on the query, after K moves each on the support.

    inner, outer: what the players minimise, and what judges them (the same game, or another)
    tasks: has .support and .query, tensors (T, ...)   noise: (T, K, 2, B, Z)   query_noise: (T, M, Z)
    Differentiable in both metas and all data. Whatever `outer` returns comes back, a task axis before it.
    """

    def one_task(support, query, noise, z):
        (gen, step_g), (disc, step_d) = g.begin(meta_g, support), d.begin(meta_d, support)
        gen, disc = adapt_game(inner, gen, disc, support, noise, step_g, step_d, first_order=first_order)
        return outer.gen_loss(gen, disc, query, z), outer.disc_loss(disc, gen, query, z)

    return vmap(one_task)(tasks.support, tasks.query, noise, query_noise)


def along(
    inner: Game,
    see: Callable[[Params, Params, Tensor], Any],
    g: Player,
    d: Player,
    meta_g: Meta,
    meta_d: Meta,
    support: Any,
    *,
    noise: Tensor,
    z: Tensor,
    at: Collection[int],
) -> list:
    """see(gen, disc, z) of every task's players after each number of moves in `at`: a list, each (T, ...).

    The same starts, rules and moves as in game_losses, seen on the way; the steps are not differentiated.
    """

    def one_task(support, noise, z):
        (gen, step_g), (disc, step_d) = g.begin(meta_g, support), d.begin(meta_d, support)
        path = adapt_game_path(inner, gen, disc, support, noise, step_g, step_d, first_order=True)
        return [see(gen, disc, z) for t, (gen, disc) in enumerate(path) if t in at]

    return vmap(one_task)(support, noise, z)
