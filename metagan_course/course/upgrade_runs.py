"""Lesson 11's runs on letters: upgrades switched on and off, and the plane they are judged in.

Not here: what the upgrades are (answers/upgrades.py), the four arms on arcs (upgrade_arms.py), the figures
(upgrade_figures.py), the long runs themselves (benchmarks/upgrades.py).
"""

import copy
import math
from collections.abc import Callable, Collection
from typing import NamedTuple

import torch
from torch import Tensor

from metagan_course import metrics, tasks
from metagan_course.answers.meta_gan import faster
from metagan_course.answers.upgrades import in_common
from metagan_course.evaluation.critics import critic
from metagan_course.tasks.base import Family, Task
from metagan_course.training import reference_tasks, samples_after
from metagan_course.training.architectures import Networks, networks
from metagan_course.training.checkpoints import Run
from metagan_course.training.loop import begin, outer_step
from metagan_course.training.recipe import NO_CODE, Recipe
from metagan_course.training.recipes import GLYPHS
from metagan_course.weights import as_function

# --- the arms: letters --------------------------------------------------------------------------------------

UPGRADES = ("encoder", "meta batch norm", "D regularisation", "G regularisation")
FIELDS = {  # what an upgrade is in a recipe
    "meta batch norm": {"norm": "meta"},
    "D regularisation": {"spread_d": 1.0},
    "G regularisation": {"spread_g": 1.0},
}
STEPS = 300
SMALL = GLYPHS.but(name="upgrades", hidden=32, tasks=8, norm="batch", steps=STEPS)


def recipe_of(on: Collection[str] = (), *, seed: int = 0, **changes) -> Recipe:
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


# --- a training, watched ------------------------------------------------------------------------------------


class Watched(NamedTuple):
    """What a training looked like on the way, by outer step."""

    shared: dict[int, float]  # in_common of G's codes
    apart: dict[int, float]  # how far G's letters lie from each other, 1: as far as the drawings shown


def watch(support: Tensor, *, every: int = 10, n: int = 6) -> tuple[Callable, Watched]:
    """on_step for `train`, and what it notes down about these letters."""
    seen, dice = Watched({}, {}), torch.Generator().manual_seed(0)
    real = support.flatten(2).mean(1).std(0).mean()

    @torch.no_grad()
    def on_step(run: Run, built: Networks) -> None:
        if run.step % every and run.step > 1:
            return
        codes = as_function(built.enc_g)(run.metas[0]["encoder"], support)
        z = torch.randn(len(support), n, run.recipe.z_size, generator=dice)
        none = torch.zeros(len(support), 0, 2, 1, run.recipe.z_size)
        (drawn,) = samples_after(run.recipe, built, *run.metas, support, none, z, at=[0])
        seen.shared[run.step] = in_common(codes).item()
        seen.apart[run.step] = (drawn.flatten(2).mean(1).std(0).mean() / real).item()

    return on_step, seen


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
    z = torch.randn(len(support), n, recipe.z_size, generator=dice)  # first: the same for all arms
    noise = torch.randn(len(support), max(at), 2, recipe.inner_batch, recipe.z_size, generator=dice)
    reference = reference_tasks(recipe, built, *metas, family_of(recipe))
    return samples_after(recipe, built, *metas, support, noise, z, at=at, reference=reference)


class Ablation(NamedTuple):
    """The shipped runs: of each set of upgrades every score as (seeds, letters), the marks, kept pictures."""

    arms: dict[tuple[str, ...], dict[str, Tensor]]
    controls: dict[str, dict[str, Tensor]]  # the encoder alone with "raw codes", with "group norm"
    marks: dict[str, dict[str, Tensor]]
    pictures: dict[str, str]


SCORES = ("recognisability", "diversity", "kid")


def ablation(told: dict) -> Ablation:
    """From the file of benchmarks/upgrades.py."""
    arms: dict = {}
    for row in told["plane"]["rows"]:
        arms.setdefault(tuple(row["on"]), []).append(row)
    controls: dict = {}
    for row in told["controls"]["rows"]:
        controls.setdefault(row["what"], []).append(row)
    marks = {
        n: {k: torch.tensor(x) for k, x in scores.items()} for n, scores in told["plane"]["marks"].items()
    }
    together = lambda found: {n: stacked(rows) for n, rows in found.items()}  # noqa: E731
    return Ablation(together(arms), together(controls), marks, told["plane"]["pictures"])


def stacked(rows: list[dict]) -> dict[str, Tensor]:
    """One row a seed: each score (seeds, letters)."""
    return {k: torch.tensor([row[k] for row in rows]) for k in SCORES}
