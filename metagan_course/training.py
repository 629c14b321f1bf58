"""Meta-training: draw tasks, take both players' outer gradients, step; save so that nothing is lost.

What is learned is metagan.py's affair; nothing in this file knows what a task or a network looks like.
"""

import math
import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch.utils._pytree import tree_leaves, tree_map
from tqdm import tqdm

from metagan_course import metagan, tasks
from metagan_course.metagan import Batch, Meta, Networks
from metagan_course.outer import player_gradients, reptile_gradient
from metagan_course.recipes import Recipe


class TrainingError(RuntimeError):
    """One sentence: what stopped the run, where, and what to do."""


class Run(NamedTuple):
    """All that a run is at one moment: what a checkpoint holds, and what resuming needs."""

    recipe: Recipe
    step: int
    metas: tuple[Meta, Meta]  # (G's, D's)
    averages: tuple[Meta, Meta]  # the slowly averaged copies: these are judged and shipped
    optimisers: tuple[torch.optim.Optimizer, torch.optim.Optimizer]
    generator: torch.Generator  # tasks and noise are drawn from it


def begin(recipe: Recipe) -> Run:
    """The run before its first outer step."""
    metas = tree_map(lambda w: w.requires_grad_(), metagan.start(recipe, metagan.networks(recipe)))
    averages = tree_map(lambda w: w.detach().clone(), metas)
    generator = torch.Generator().manual_seed(recipe.seed)
    return Run(recipe, 0, metas, averages, optimisers_of(recipe, metas), generator)


def optimisers_of(recipe: Recipe, metas: tuple[Meta, Meta]):
    """Adam for each player: beta for start and encoder, its own rate for log alpha (0 if that is fixed)."""

    def adam(meta: Meta, beta: float):
        weights = [*meta["start"].values(), *meta["encoder"].values()]
        rates = [*meta["log_alpha"].values()]
        groups = [
            {"params": weights, "lr": beta},
            {"params": rates, "lr": recipe.beta_rates if recipe.learn_rates else 0.0},
        ]
        return torch.optim.Adam(groups, betas=(0.5, 0.99))

    return adam(metas[0], recipe.beta_g), adam(metas[1], recipe.beta_d)


def draw(recipe: Recipe, family: Any, generator: torch.Generator, *, split: str = "train") -> Batch:
    """T tasks and all the noise an outer step needs."""
    drawn = family.sample(recipe.tasks, recipe.k_support, recipe.n_query, split=split, generator=generator)
    noise = torch.randn(
        recipe.tasks, recipe.inner_steps, 2, recipe.inner_batch, recipe.z_size, generator=generator
    )
    query_noise = torch.randn(recipe.tasks, recipe.n_query, recipe.z_size, generator=generator)
    return Batch(drawn.support, drawn.query, noise, query_noise)


def outer_gradients(recipe: Recipe, networks: Networks, metas: tuple[Meta, Meta], batch: Batch):
    """Both players' outer gradients, and their mean losses on the query after the inner steps."""

    def losses(meta_g, meta_d, batch):
        return metagan.outer_losses(recipe, networks, meta_g, meta_d, batch)

    if recipe.outer == "reptile":
        return reptile_gradients(recipe, networks, metas, batch)
    grad_g, grad_d, (loss_g, loss_d) = player_gradients(losses, *metas, batch)
    return (grad_g, grad_d), (loss_g.mean().item(), loss_d.mean().item())


def reptile_gradients(recipe: Recipe, networks: Networks, metas: tuple[Meta, Meta], batch: Batch):
    """Each player's way back from the adapted weights to its start, as FIGR has it (arXiv 1901.02199)."""
    metas = tree_map(torch.Tensor.detach, metas)
    with torch.no_grad():
        players = metagan.adapt_batch(recipe, networks, *metas, batch)
        losses = metagan.judge(recipe, networks, *metas, players, batch)
    zeros = tree_map(torch.zeros_like, metas)
    grads = tuple(
        {**zero, "start": reptile_gradient(meta["start"], adapted)}
        for zero, meta, adapted in zip(zeros, metas, players, strict=True)
    )
    return grads, tuple(loss.mean().item() for loss in losses)


def outer_step(run: Run, networks: Networks, family: Any) -> tuple[Run, tuple[float, float]]:
    """One outer step: draw, differentiate, let each player's optimiser move its own meta, average."""
    recipe = run.recipe
    grads, losses = outer_gradients(recipe, networks, run.metas, draw(recipe, family, run.generator))
    check_losses(recipe, run.step, losses)
    for meta, gradient, optimiser in zip(run.metas, grads, run.optimisers, strict=True):
        for w, g in zip(tree_leaves(meta), tree_leaves(gradient), strict=True):
            w.grad = g
        optimiser.step()
    average(run)
    return run._replace(step=run.step + 1), losses


def average(run: Run) -> None:
    """a <- m a + (1 - m) w, with a short memory at first so that the random start is soon forgotten."""
    memory = min(run.recipe.average, (run.step + 1) / (run.step + 10))
    for a, w in zip(tree_leaves(run.averages), tree_leaves(run.metas), strict=True):
        a.lerp_(w.detach(), 1 - memory)


def check_losses(recipe: Recipe, step: int, losses: tuple[float, float]) -> None:
    for name, value in zip(("L_G", "L_D"), losses, strict=True):
        if not math.isfinite(value):
            raise TrainingError(
                f"{recipe.name}: the outer loss {name} is {value} at step {step}; the last saved "
                "checkpoint is from before it. Resume from there with a lower beta or alpha."
            )


# --- checkpoints -------------------------------------------------------------------------------------------


def save(run: Run, file: Path) -> None:
    """Write all of a run under a temporary name, then rename: the old file or the new one, never half."""
    content = {
        "recipe": asdict(run.recipe),
        "step": run.step,
        "metas": tree_map(torch.Tensor.detach, run.metas),
        "averages": run.averages,
        "optimisers": [o.state_dict() for o in run.optimisers],
        "generator": run.generator.get_state(),
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    try:
        torch.save(content, part)
        os.replace(part, file)
    finally:
        part.unlink(missing_ok=True)


def load(file: Path) -> Run:
    """The run a checkpoint holds, ready for its next step."""
    try:
        content = torch.load(file, weights_only=True)
    except FileNotFoundError:
        raise TrainingError(f"{file}: no checkpoint here; start the run without --resume.") from None
    except Exception as error:
        raise TrainingError(f"{file}: not a readable checkpoint; delete it and start again.") from error
    recipe = Recipe(**content["recipe"])
    metas = tree_map(lambda w: w.requires_grad_(), tuple(content["metas"]))
    optimisers = optimisers_of(recipe, metas)
    for optimiser, state in zip(optimisers, content["optimisers"], strict=True):
        optimiser.load_state_dict(state)
    generator = torch.Generator()
    generator.set_state(content["generator"])
    return Run(recipe, content["step"], metas, tuple(content["averages"]), optimisers, generator)


# --- the loop ----------------------------------------------------------------------------------------------


def train(
    run: Run,
    *,
    file: Path | None = None,
    save_every: int = 100,
    on_step: Callable | None = None,
    progress: bool = True,
) -> Run:
    """Outer steps up to the recipe's number, with a progress bar; saved to `file` every `save_every` steps.

    on_step(run, losses), if given, is called after each step. An interrupt saves first, then stops.
    """
    recipe, networks = run.recipe, metagan.networks(run.recipe)
    family = tasks.family(recipe.family, **dict(recipe.family_options))
    bar = tqdm(total=recipe.steps, initial=run.step, desc=recipe.name, unit="step", disable=not progress)
    try:
        while run.step < recipe.steps:
            run, losses = outer_step(run, networks, family)
            bar.update()
            bar.set_postfix(L_G=f"{losses[0]:.2f}", L_D=f"{losses[1]:.2f}", refresh=False)
            if on_step:
                on_step(run, losses)
            if file and (run.step % save_every == 0 or run.step == recipe.steps):
                save(run, file)
    except KeyboardInterrupt:
        if file:
            save(run, file)
        raise
    finally:
        bar.close()
    return run
