"""Lesson 11's four arms on arcs: is an encoder enough, and do steps add to it, detached or trained through?

Not here: the runs on letters (upgrade_runs.py), how the arms were compared (benchmarks/upgrades.py).
"""

from collections.abc import Collection

from metagan_course import metrics
from metagan_course.answers.meta_gan import ARC, FAR, RATES
from metagan_course.course.upgrade_runs import along
from metagan_course.tasks.base import Task
from metagan_course.training.checkpoints import Run
from metagan_course.training.recipe import Recipe

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
