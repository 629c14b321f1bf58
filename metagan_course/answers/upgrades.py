"""Lesson 11's answer keys, its arms, and where they stand in the plane.

Four upgrades, each one function: a task encoder and its standardised code, meta batch norm, and the spread of
all tasks' outputs, which regularises G or D. Below them: the recipes that switch each of them on and off, and
the judge. Not here: the figures (upgrade_figures.py), the long runs (benchmarks/upgrades.py).
"""

import copy
import math
from collections.abc import Callable, Collection
from typing import NamedTuple

import torch
from torch import Tensor

from metagan_course import metrics, tasks
from metagan_course.answers.meta_gan import ARC, FAR, RATES, faster
from metagan_course.evaluation.critics import critic
from metagan_course.tasks.base import Family, Task
from metagan_course.training import reference_tasks, samples_after
from metagan_course.training.architectures import Networks, networks
from metagan_course.training.checkpoints import Run
from metagan_course.training.loop import begin, outer_step
from metagan_course.training.recipe import NO_CODE, Recipe
from metagan_course.training.recipes import GLYPHS

# --- what the exercises ask --------------------------------------------------------------------------------


def task_code(features: Callable[[Tensor], Tensor], support: Tensor, head: Tensor) -> Tensor:
    """c_t = W mean_s f(x_ts): Deep Sets (arXiv 1703.06114). support (T, S, d), head (C, n) -> (T, C)."""
    seen = features(support.flatten(0, 1)).unflatten(0, support.shape[:2])  # (T, S, n)
    return seen.mean(1) @ head.T


def standardised(codes: Tensor, eps: float = 1e-5) -> Tensor:
    """Every entry of the code with mean 0 and variance 1 over the T tasks: (T, C) -> (T, C)."""
    var, mean = torch.var_mean(codes, 0, correction=0)
    return (codes - mean) / (var + eps).sqrt()


def meta_batch_norm(x: Tensor, gain: Tensor, bias: Tensor, eps: float = 1e-5) -> Tensor:
    """y_t = (1 + gain_t) (x_t - mean_t) / sqrt(var_t + eps) + bias_t.

    x (T, B, C, H, W); mean and variance of each task's own channel; gain, bias (T, C) from its code.
    """
    var, mean = torch.var_mean(x, (1, 3, 4), correction=0, keepdim=True)  # (T, 1, C, 1, 1)
    gain, bias = gain[:, None, :, None, None], bias[:, None, :, None, None]
    return (1 + gain) * (x - mean) / (var + eps).sqrt() + bias


def output_spread(outputs: Tensor) -> Tensor:
    """mean_t,i (y_ti - mean_s y_si)^2: how far the tasks' networks differ on the same inputs. (T, N, ...)"""
    return (outputs - outputs.mean(0)).square().mean()


# --- the arms: letters --------------------------------------------------------------------------------------

UPGRADES = ("encoder", "meta batch norm", "D regularisation", "G regularisation")
FIELDS = {  # what an upgrade is in a recipe
    "meta batch norm": {"norm": "meta"},
    "D regularisation": {"spread_d": 1.0},
    "G regularisation": {"spread_g": 1.0},
}
STEPS = 300
SMALL = GLYPHS.but(name="upgrades", hidden=32, tasks=8, norm="batch", steps=STEPS)


def recipe_of(on: Collection[str], *, seed: int = 0, **changes) -> Recipe:
    """The small recipe with these upgrades switched on; all of them ask for a task code."""
    chosen = {} if "encoder" in on else dict(NO_CODE)
    for name in on:
        chosen |= FIELDS.get(name, {})
    return SMALL.but(seed=seed, **{**chosen, **changes})


def train(recipe: Recipe, *, updates: float = math.inf, standardise: bool = True, on_step=None) -> Run:
    """The course's own outer loop, here with a choice of code.

    standardise=False: the encoders' raw codes. on_step, if given, is shown the run and its networks.
    """
    run, built, family = begin(recipe), networks(recipe), family_of(recipe)
    built = built if standardise else with_raw_codes(built)
    while run.step < min(updates, recipe.steps):
        run, _ = outer_step(run, built, family)
        if on_step:
            on_step(run, built)
    return run


def family_of(recipe: Recipe) -> Family:
    return tasks.family(recipe.family, **dict(recipe.family_options))


def with_raw_codes(built: Networks) -> Networks:
    """The same networks; their encoders no longer standardise."""
    encoders = [copy.deepcopy(e) for e in (built.enc_g, built.enc_d)]
    for encoder in encoders:
        encoder.standardised = False
    return built._replace(enc_g=encoders[0], enc_d=encoders[1])


# --- the plane ---------------------------------------------------------------------------------------------


class Judge(NamedTuple):
    """Letters, what critics see in their queries, and so both axes of the plane, and KID."""

    task: Task
    query: Tensor  # (T, Q, d), by the critic that recognises
    rivals: Tensor  # (T, 19, Q, d)
    query_compare: Tensor  # (T, Q, d'), by the other one

    def score(self, samples: Tensor) -> dict[str, Tensor]:
        """samples (T, n, 1, 28, 28) -> one value a task each."""
        mine = critic("recognise", "glyphs").features(samples)
        fake = critic("compare", "glyphs").features(samples)
        return {
            "recognisability": metrics.recognisability(fake=mine, query=self.query, rivals=self.rivals),
            "diversity": metrics.diversity_ratio(fake=fake, real=self.query_compare),
            "kid": metrics.kid(fake, self.query_compare),
        }


def judge(n_tasks: int, *, split: str, seed: int = 0) -> Judge:
    """Letters of scripts that training never saw: five drawings each, and fifteen by other writers."""
    dice = torch.Generator().manual_seed(1000 + seed)
    task = tasks.family("glyphs").sample(n_tasks, 5, 15, split=split, generator=dice)
    query = critic("recognise", "glyphs").features(task.query)
    rivals = metrics.draw_rivals(query, task.label, n_way=20, generator=torch.Generator().manual_seed(0))
    return Judge(task, query, rivals, critic("compare", "glyphs").features(task.query))


@torch.no_grad()
def drawn_by(run: Run, support: Tensor, n: int, *, seed: int = 0, standardise: bool = True) -> Tensor:
    """n samples of each new task, told by its support and not one step taken: (T, n, ...)."""
    (found,) = along(run, support, n, at=[0], seed=seed, standardise=standardise)
    return found


@torch.no_grad()
def along(
    run: Run,
    support: Tensor,
    n: int,
    *,
    at: Collection[int],
    factor: float = 1.0,
    seed: int = 0,
    standardise: bool = True,
) -> list[Tensor]:
    """n samples of each new task after each number of inner steps, at the inner rates times a factor."""
    recipe, built = run.recipe, networks(run.recipe)
    built = built if standardise else with_raw_codes(built)
    metas = [faster(meta, factor) for meta in run.averages]
    dice = torch.Generator().manual_seed(seed)
    noise = torch.randn(len(support), max(at), 2, recipe.inner_batch, recipe.z_size, generator=dice)
    z = torch.randn(len(support), n, recipe.z_size, generator=dice)
    reference = reference_tasks(recipe, built, *metas, family_of(recipe))
    return samples_after(recipe, built, *metas, support, noise, z, at=at, reference=reference)


# --- four arms: arcs ---------------------------------------------------------------------------------------

TOLD = {"code_size": 16, "energy": 1.0}
THROUGH = {"inner_steps": 3, "first_order": False, **RATES}
ARMS = {  # what a recipe of lesson 08 has besides, and at which steps it is looked at
    "encoder only": (TOLD, (0,)),
    "steps only": ({"energy": 1.0, **THROUGH}, (0, 1, 3, 10)),
    "encoder + detached steps": (TOLD, (0, 1, 3, 10)),
    "encoder + steps through": ({**TOLD, **THROUGH}, (0, 1, 3, 10)),
}
FACTORS = (0.0625, 0.125, 0.25, 0.5, 1, 2, 4, 8)  # on an arm's inner rates, chosen on the training side


def arm_of(arm: str, *, seed: int = 0) -> Recipe:
    """detached: nothing in training knows of the steps; through: the exact gradient of three of them."""
    return ARC.but(name=arm, seed=seed, **({"inner_steps": 0} | ARMS[arm][0]))


def distances(run: Run, task: Task, at: Collection[int], *, factor: float = 1.0, seed: int = 0) -> dict:
    """The energy distance of 200 samples to each task's query after each number of steps: {t: (T,)}."""
    stepping = run._replace(recipe=run.recipe.but(inner_steps=max(max(at), 1)))
    seen = along(stepping, task.support, 200, at=at, factor=factor, seed=seed + 7)
    return {
        t: metrics.energy_distance(x.nan_to_num(FAR, FAR, -FAR).clamp(-FAR, FAR), task.query)
        for t, x in zip(sorted(at), seen, strict=True)
    }
