"""What a run is at one moment, and how it is kept: a file that is whole, or the one that was there before.

Not here: how a run gets from one moment to the next (training.py), and the small weights that ship with the
course (pretrained/).
"""

import io
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

import torch

from metagan_course import CourseError, architectures, metagan
from metagan_course.distributed import device
from metagan_course.files import CannotWrite, write_whole
from metagan_course.metagan import Meta
from metagan_course.recipes import Recipe
from metagan_course.trees import tree_map

# fields that a run may be resumed with another value of: none of them changes a shape or a draw
CHANGEABLE = {
    "steps", "beta_g", "beta_d", "beta_rates", "average",
    "r1_inner", "r1_outer", "r1_every", "mismatch", "matching", "match_inner",
    "feature_inner", "energy", "feature_energy", "mode_seeking",
    "first_order", "decay", "spread_g", "spread_d",
}  # fmt: skip


class TrainingError(CourseError):
    """One sentence: what stopped the run, where, and what to do."""


class Run(NamedTuple):
    """All that a run is at one moment: what a checkpoint holds, and what resuming needs."""

    recipe: Recipe
    step: int
    metas: tuple[Meta, Meta]  # (G's, D's)
    averages: tuple[Meta, Meta]  # the slowly averaged copies: these are judged and shipped
    optimisers: tuple[torch.optim.Optimizer, torch.optim.Optimizer]
    generator: torch.Generator  # tasks and noise are drawn from it, and nothing from anywhere else


def begin(recipe: Recipe) -> Run:
    """The run before its first outer step."""
    on = device()
    metas = tree_map(
        lambda w: w.to(on).requires_grad_(), metagan.start(recipe, architectures.networks(recipe))
    )
    averages = tree_map(lambda w: w.detach().clone(), metas)
    generator = torch.Generator().manual_seed(recipe.seed)
    return Run(recipe, 0, metas, averages, optimisers_of(recipe, metas), generator)


def optimisers_of(recipe: Recipe, metas: tuple[Meta, Meta]):
    """Adam for each player: beta for start and encoder, its own rate for log alpha (0 if that is fixed)."""

    def adam(meta: Meta, beta: float):
        weights = [*meta["start"].values(), *meta["encoder"].values()]
        rates = [*meta["log_alpha"].values()]
        groups = [
            {"params": parts, "lr": rate}
            for parts, rate in zip((weights, rates), rates_of(recipe, beta), strict=True)
        ]
        return torch.optim.Adam(groups, betas=(0.5, 0.99))

    return adam(metas[0], recipe.beta_g), adam(metas[1], recipe.beta_d)


def rates_of(recipe: Recipe, beta: float) -> tuple[float, float]:
    """Adam's rates: beta for start and encoder, another for log alpha (0 if that is fixed)."""
    return beta, recipe.beta_rates if recipe.learn_rates else 0.0


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
    buffer = io.BytesIO()
    torch.save(content, buffer)
    try:
        write_whole(file, buffer.getbuffer())
    except CannotWrite as error:
        raise TrainingError(
            f"{file}: could not be written ({error.why}); free some space or choose another "
            "folder with --out. The checkpoint that was there before is untouched."
        ) from error


def load(file: Path, **changes) -> Run:
    """The run a checkpoint holds, ready for its next step; `changes` replace fields of its recipe."""
    content = read(file)
    recipe = resumed_recipe(file, content["recipe"], changes)
    on = device()
    metas = tree_map(lambda w: w.to(on).requires_grad_(), tuple(content["metas"]))
    check_shapes(file, metas, metagan.start(recipe, architectures.networks(recipe)))
    averages = tree_map(lambda w: w.to(on), tuple(content["averages"]))
    optimisers = optimisers_of(recipe, metas)
    for optimiser, state in zip(optimisers, content["optimisers"], strict=True):
        rates = [group["lr"] for group in optimiser.param_groups]
        optimiser.load_state_dict(state)
        for group, rate in zip(optimiser.param_groups, rates, strict=True):
            group["lr"] = rate  # the recipe's, which may have been changed for the rest of the run
    generator = torch.Generator()
    generator.set_state(content["generator"])
    return Run(recipe, content["step"], metas, averages, optimisers, generator)


def read(file: Path) -> dict:
    """The content of a checkpoint on the CPU; nothing in it is executed."""
    try:
        return torch.load(file, weights_only=True, map_location="cpu")
    except FileNotFoundError:
        raise TrainingError(f"{file}: no checkpoint here; start the run without --resume.") from None
    except Exception as error:  # torch has no one class for a damaged file
        raise TrainingError(f"{file}: not a readable checkpoint; delete it and start again.") from error


def resumed_recipe(file: Path, stored: dict, changes: dict) -> Recipe:
    """The stored recipe with the changes that leave shapes and draws alone."""
    try:
        recipe = Recipe(**stored)
    except TypeError as error:
        raise TrainingError(f"{file}: its recipe has fields this version does not know ({error}).") from error
    new = recipe.but(**changes)
    fixed = {name for name in changes if getattr(new, name) != getattr(recipe, name)} - CHANGEABLE
    if fixed:
        raise TrainingError(
            f"{file}: {', '.join(sorted(fixed))} cannot change within a run; only "
            f"{', '.join(sorted(CHANGEABLE))} can. Start a new run with another --out."
        )
    return new


def check_shapes(file: Path, metas: tuple[Meta, Meta], wanted: tuple[Meta, Meta]) -> None:
    """Refuse weights whose names or shapes are not those of the recipe's networks."""
    found, needed = (tree_map(lambda w: list(w.shape), m) for m in (metas, wanted))
    if found != needed:
        raise TrainingError(f"{file}: its weights do not fit its recipe's networks; start the run again.")
