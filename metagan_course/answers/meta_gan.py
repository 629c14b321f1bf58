"""Lesson 08's answer keys: one round of two players, its two slopes, both outer gradients, a trap's test.

phi and theta are plain tensors here, so that a learner sees every derivative; the package does the same for
dicts of weights (inner.adapt_game, outer.player_gradients). Below them: the lesson's arms, trained by the
course's own loop. Not here: the game of the widget and the figures (meta_gan_figures.py).
"""

import math
import time
from collections.abc import Callable, Collection
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.func import grad

from metagan_course import metagan, tasks, terms
from metagan_course.metrics import energy_distance
from metagan_course.tasks.base import Task
from metagan_course.training.architectures import networks
from metagan_course.training.checkpoints import Run
from metagan_course.training.game import games, outer_losses
from metagan_course.training.loop import begin, draw, outer_step, query_gradients
from metagan_course.training.players import players
from metagan_course.training.recipe import Recipe
from metagan_course.training.recipes import SHAPES
from metagan_course.trees import tree_map

Loss = Callable[[Tensor, Tensor], Tensor]  # the mover's own weights first

# --- what the exercises ask --------------------------------------------------------------------------------


def play_round(
    gen_loss: Loss, disc_loss: Loss, phi: Tensor, theta: Tensor, alpha_g: float, alpha_d: float
) -> tuple[Tensor, Tensor]:
    """theta' = theta - alpha_d grad_theta L_D(theta, phi); phi' = phi - alpha_g grad_phi L_G(phi, theta')."""
    theta = theta - alpha_d * grad(disc_loss)(theta, phi)
    phi = phi - alpha_g * grad(gen_loss)(phi, theta)
    return phi, theta


def two_slopes(gen_loss: Loss, disc_after: Callable[[Tensor], Tensor], phi: Tensor) -> tuple[Tensor, Tensor]:
    """The partial and the total derivative of L_G(phi, theta'(phi)) in phi: theta' fixed, or followed."""
    partial = grad(gen_loss)(phi, disc_after(phi))
    total = grad(lambda phi: gen_loss(phi, disc_after(phi)))(phi)
    return partial, total


def outer_gradients(
    losses: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]], phi: Tensor, theta: Tensor
) -> tuple[Tensor, Tensor]:
    """d mean L_G / d phi, d mean L_D / d theta. losses(phi, theta) -> L_G (T,), L_D (T,), after K steps."""
    of_g = grad(lambda phi: losses(phi, theta)[0].mean())(phi)
    of_d = grad(lambda theta: losses(phi, theta)[1].mean())(theta)
    return of_g, of_d


def play(
    gen_loss: Loss, disc_loss: Loss, phi: Tensor, theta: Tensor, alpha: float, n_steps: int
) -> tuple[Tensor, Tensor]:
    """n_steps rounds, differentiable in the start."""
    for _ in range(n_steps):
        phi, theta = play_round(gen_loss, disc_loss, phi, theta, alpha, alpha)
    return phi, theta


def trap_test(play: Callable, phi: Tensor, theta: Tensor) -> None:
    """Raises AssertionError unless play's weights, and their gradients by the start, are those of the rule.

    The game is L_G = phi theta^2, L_D = theta phi^2 + theta^2, whose partial slopes are written down: theta^2
    and phi^2 + 2 theta. A gradient check of play against itself would not do: a trapped loop is wrong in its
    weights, and its gradient is the right gradient of these.
    """
    gen_loss, disc_loss = lambda phi, theta: phi * theta**2, lambda theta, phi: theta * phi**2 + theta**2
    for n_steps, wanted in ((n, w) for n in range(5) for w in (False, True)):
        starts = [
            (phi.clone().requires_grad_(wanted), theta.clone().requires_grad_(wanted)) for _ in range(2)
        ]
        ours, (p, t) = play(gen_loss, disc_loss, *starts[0], 0.1, n_steps), starts[1]
        for _ in range(n_steps):
            t = t - 0.1 * (p**2 + 2 * t)
            p = p - 0.1 * t**2
        for mine, right in zip(ours, (p, t), strict=True):
            assert torch.allclose(mine, right), f"other weights after {n_steps} rounds"
            if wanted and n_steps:
                got, true = (
                    torch.stack(torch.autograd.grad(x, start, retain_graph=True, materialize_grads=True))
                    for x, start in zip((mine, right), starts, strict=True)
                )
                assert torch.allclose(got, true), f"another gradient after {n_steps} rounds"


def own_and_summed(recipe: Recipe) -> tuple[float, float]:
    """|gradient of L_G + L_D - the player's own gradient| / |its own|, for phi and for theta, on 16 tasks."""
    run, built = begin(recipe), networks(recipe)
    family = tasks.family(recipe.family, **dict(recipe.family_options))
    batch = draw(recipe, family, torch.Generator().manual_seed(recipe.seed))
    own, _ = query_gradients(recipe, built, run.metas, batch)
    total = sum(loss.mean() for loss in outer_losses(recipe, built, *run.metas, batch))
    shares = []
    for meta, mine in zip(run.metas, own, strict=True):
        both = torch.autograd.grad(total, list(meta["start"].values()), retain_graph=True)
        mine = list(mine["start"].values())
        other = sum((b - m).square().sum() for b, m in zip(both, mine, strict=True))
        shares.append((other / sum(m.square().sum() for m in mine)).sqrt().item())
    return shares[0], shares[1]


# --- the arms ----------------------------------------------------------------------------------------------

FACTORS = (0.25, 0.5, 1, 2, 4, 8, 16, 32)  # on an arm's inner rates, chosen by tasks of the training side
BOTH = "both"
ADAPTS = (BOTH, "G alone", "D alone", "last layers")
FAR = 100.0  # where a run-away sample is counted: at a rate far too high there are no numbers any more
ARC = SHAPES.but(
    name="arcs", hidden=32, tasks=16, alpha_g=0.1, alpha_d=0.1, beta_g=2e-3, beta_d=2e-3, average=0.98
)
RATES = {"learn_rates": True, "rates_per": "tensor", "beta_rates": 2e-2}


def recipe_of(arm: str, n_steps: int, *, seed: int = 0) -> Recipe:
    """joint, first or exact: three fields of one recipe."""
    if arm == "joint":
        return ARC.but(inner_steps=0, seed=seed)
    return ARC.but(inner_steps=n_steps, first_order=arm == "first", seed=seed, **RATES)


def train_arm(recipe: Recipe, *, seconds: float = math.inf, updates: float = math.inf) -> Run:
    """The course's own outer loop, for so many CPU seconds or so many updates."""
    run, built, family = (
        begin(recipe),
        networks(recipe),
        tasks.family(recipe.family, **dict(recipe.family_options)),
    )
    began = time.process_time()
    while time.process_time() - began < seconds and run.step < updates:
        run, _ = outer_step(run, built, family)
    return run


def arcs(n_tasks: int, *, split: str, generator: torch.Generator) -> Task:
    """New tasks: 20 points to adapt to, 200 to be judged by."""
    return tasks.family("shapes", kind="arcs").sample(n_tasks, 20, 200, split=split, generator=generator)


def score_along(
    run: Run, task: Task, at: Collection[int], *, factor: float = 1.0, seed: int = 0
) -> dict[int, Tensor]:
    """`scores_of` what a run has learned so far."""
    return scores_of(Learned(run.recipe, *run.averages), task, at, factor=factor, seed=seed)


class Learned(NamedTuple):
    """What a run, or a shipped checkpoint, learned."""

    recipe: Recipe
    meta_g: dict[str, Any]
    meta_d: dict[str, Any]


def scores_of(
    start: Learned,
    task: Task,
    at: Collection[int],
    *,
    factor: float = 1.0,
    seed: int = 0,
    adapts: str = BOTH,
) -> dict[int, Tensor]:
    """The energy distance of every task's samples to its query after each number of moves: {t: (T,)}."""
    recipe, built = start.recipe, networks(start.recipe)
    pair = terms.pair(built.gen, built.disc)
    (g, meta_g), (d, meta_d) = adapting(recipe, start.meta_g, start.meta_d, adapts, factor)
    draws = torch.Generator().manual_seed(seed + 7)
    n = len(task.support)
    noise = torch.randn(n, max(at), 2, recipe.inner_batch, recipe.z_size, generator=draws)
    z = torch.randn(n, 200, recipe.z_size, generator=draws)
    seen = metagan.along(
        games(recipe, pair, None)[0],
        lambda gen, disc, z: pair.draw(gen, z),
        g, d, meta_g, meta_d, {"x": task.support}, noise=noise, z=z, at=at,
    )  # fmt: skip
    return {
        t: energy_distance(x.detach().nan_to_num(FAR, FAR, -FAR).clamp(-FAR, FAR), task.query)
        for t, x in zip(sorted(at), seen, strict=True)
    }


def adapting(recipe: Recipe, meta_g: dict, meta_d: dict, adapts: str, factor: float = 1.0) -> tuple:
    """((G, its meta), (D, its meta)) with only those moving that `adapts` names, at rates times a factor."""
    last = {"g": lambda w: list(w)[-2:], "d": lambda w: [n for n in w if n.startswith("head.")]}
    chosen = []
    for key, player, meta in zip("gd", players(recipe), (meta_g, meta_d), strict=True):
        meta = faster(meta, factor)
        if adapts == "last layers":
            names = last[key](meta["start"])
            player = player._replace(rule=player.rule._replace(moves=lambda w, names=names: names))
            meta = {**meta, "rule": {n: a for n, a in meta["rule"].items() if n in names}}
        elif adapts != BOTH and adapts.lower()[0] != key:
            player = player._replace(rule=None)
        chosen.append((player, meta))
    return tuple(chosen)


def faster(meta: dict, factor: float) -> dict:
    """The same player with all its inner rates times a factor (what is learned is their logarithm)."""
    meta = tree_map(torch.Tensor.detach, meta)
    return {**meta, "rule": tree_map(lambda a: a + math.log(factor), meta["rule"])}
