"""Task families: what a task is, and where tasks come from. Nothing here knows a network or a loop.

from metagan_course import tasks
family = tasks.family("sines")
batch = family.sample(16, 5, 15, split="train", generator=torch.Generator().manual_seed(0))
"""

from .base import SPLITS, Family, Task
from .shapes import Shapes
from .sines import Sines
from .toys import DATASETS, Drawn, modes, points

FAMILIES = {"sines": Sines, "shapes": Shapes, "drawn": Drawn}


def family(name: str, **options) -> Family:
    """The family called `name`, made with its own options: family("shapes", kind="rings")."""
    if name not in FAMILIES:
        raise ValueError(f"name is {name!r}; it must be one of {', '.join(map(repr, FAMILIES))}.")
    return FAMILIES[name](**options)


__all__ = ["DATASETS", "FAMILIES", "SPLITS", "Drawn", "Family", "Shapes", "Sines", "Task"]
__all__ += ["family", "modes", "points"]
