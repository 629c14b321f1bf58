"""The tasks on which every method is judged, the same for ever, each character at most once.

All choices are made on the validation side. The test side is another: it is opened once per shipped
checkpoint (opened.py), and shares no drawing (glyphs, strokes) or no character (Omniglot) with the tasks that
protocol 1 looked at. Not here: who is judged.
"""

from typing import Any

import torch

from metagan_course import CourseError, tasks
from metagan_course.tasks import Task

FROZEN = 200  # tasks, or as many as there are characters
SEED = {"val": 2_026, "test": 26_112_025}
N_SHOTS, N_QUERY = 5, 15  # drawings shown and asked, unless said otherwise
N_POINTS = 100  # queries of a task of points
OTHER_HANDS = {"glyphs": {"seed": 2_611}, "strokes": {"seed": 2_611}}  # of the test side
PROTOCOL_1 = 20_260  # the seed of 200 test tasks that choices were made on
AVOIDS = ("omniglot",)  # no other hands there, but characters enough to leave those out


def frozen_tasks(recipe: Any, split: str, shots: int | None = None) -> Task:
    """The tasks of a recipe's family on one side: `shots` drawings to adapt to, and its queries.

    Fewer shots than five are the first of the five, with the same queries.
    """
    if split not in SEED:
        raise ValueError(
            f"split is {split!r}; it must be 'val' or 'test': nothing is judged where it was trained."
        )
    shots = shots or recipe.k_support
    family = family_of(recipe, split, shots)
    task = draw(family, max(shots, N_SHOTS), split)
    return task._replace(support=task.support[:, :shots])


def family_of(recipe: Any, split: str, shots: int = N_SHOTS) -> Any:
    """The recipe's family; for the test side by other hands, and with as many writers as are asked for."""
    name, options = judged(recipe.family), dict(recipe.family_options)
    if split == "test":
        options |= OTHER_HANDS.get(name, {})
    if name == "glyphs" and shots + N_QUERY > 20:
        options["writers"] = 40
    return tasks.family(name, **options)


def judged(family: str) -> str:
    """Of a mixed family the part that it is meant for, its last: "strokes" of "glyphs+strokes"."""
    return family.rpartition("+")[2]


def draw(family: Any, shots: int, split: str) -> Task:
    """FROZEN tasks, each character once; on the test side none of Omniglot's that protocol 1 looked at."""
    generator = torch.Generator().manual_seed(SEED[split])
    if len(family.point_shape) == 1:
        return family.sample(FROZEN, shots, N_POINTS, split=split, generator=generator)
    n_query, n = queries_left(family, shots), characters(family, split)
    task = family.sample(n, shots, n_query, split=split, generator=generator)
    if split == "test" and family.name in AVOIDS:
        old = torch.Generator().manual_seed(PROTOCOL_1)
        seen = family.sample(200, 5, 15, split=split, generator=old).label
        task = Task(*(x[~torch.isin(task.label, seen)] for x in task))
    return Task(*(x[:FROZEN] for x in task))


def characters(family: Any, split: str) -> int:
    """How many different tasks one side has to choose from."""
    return len(family.split_labels(split)) if hasattr(family, "split_labels") else FROZEN


def queries_left(family: Any, shots: int) -> int:
    """Fifteen, or what a character's drawings leave."""
    drawings = family.images.shape[1] if hasattr(family, "images") else shots + N_QUERY
    left = min(N_QUERY, drawings - shots)
    if left < 2:
        raise CourseError(
            f"{family.name} has {drawings} drawings of a character: {shots} shots leave {left} to judge by, "
            "and 2 or more are needed. Ask for fewer shots."
        )
    return left
