"""What a run is at one moment, and how it is kept: a file that is whole, or the one that was there before.

Not here: how a run begins and gets from one moment to the next (loop.py), and the small weights that ship
with the course (pretrained/).
"""

import io
from pathlib import Path
from typing import NamedTuple

import torch

from metagan_course import CourseError
from metagan_course.files import CannotWrite, write_whole
from metagan_course.metagan import Meta
from metagan_course.training import architectures
from metagan_course.training.devices import device
from metagan_course.training.optimisers import optimisers_of
from metagan_course.training.players import new_metas
from metagan_course.training.recipe import CHANGEABLE, Recipe, as_values, recipe_from
from metagan_course.trees import tree_map


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


def save(run: Run, file: Path) -> None:
    """Write all of a run under a temporary name, then rename: the old file or the new one, never half."""
    content = {
        "recipe": as_values(run.recipe),
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
    check_shapes(file, metas, new_metas(recipe, architectures.networks(recipe)))
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
    recipe = recipe_from(stored, str(file))
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
