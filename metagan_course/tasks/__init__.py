"""Task families: what a task is, and where tasks come from. Nothing here knows a network or a loop.

from metagan_course import tasks
family = tasks.family("glyphs")
batch = family.sample(16, 5, 15, split="train", generator=torch.Generator().manual_seed(0))
"""

from .base import SPLITS, Family, Task
from .cache import DataError
from .glyphs import Glyphs
from .images import ImageFamily, together
from .mnist import Mnist
from .omniglot import Omniglot
from .shapes import Shapes
from .sines import Sines
from .strokes import Strokes
from .toys import DATASETS, Drawn, modes, points

FAMILIES = {
    "sines": Sines,
    "shapes": Shapes,
    "drawn": Drawn,
    "glyphs": Glyphs,
    "strokes": Strokes,
    "omniglot": Omniglot,
    "mnist": Mnist,
}


def family(name: str, **options) -> Family:
    """The family called `name`, made with its own options: family("shapes", kind="rings").

    Names joined by a plus give one family of all their characters: family("glyphs+strokes").
    """
    if "+" in name:
        return together([family(part, **options) for part in name.split("+")])
    if name not in FAMILIES:
        raise ValueError(f"name is {name!r}; it must be one of {', '.join(map(repr, FAMILIES))}.")
    return FAMILIES[name](**options)


__all__ = ["DATASETS", "FAMILIES", "SPLITS", "DataError", "Drawn", "Family", "Glyphs", "ImageFamily", "Mnist"]
__all__ += ["Omniglot", "Shapes", "Sines", "Strokes", "Task", "family", "modes", "points", "together"]
