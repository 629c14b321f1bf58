"""Meta-training, from a recipe to a checkpoint.

recipe.py, recipes.py   what is trained: every field, and the named ones
architectures.py        a recipe's networks            players.py   its players, and what they learn
game.py                 its terms, and what metagan.game_losses says of them
loop.py                 outer steps: draw, differentiate, move, average
checkpoints.py, log.py  what is kept                   validation.py   a cheap look on the way
processes.py, devices.py, optimisers.py, allocator.py   the machine

Not here: the Meta-GAN itself (metagan.py), what is shipped (pretrained/), scores (evaluation/).
"""

from metagan_course.training.architectures import Networks, networks
from metagan_course.training.checkpoints import Run, TrainingError, load, save
from metagan_course.training.game import Batch, outer_losses, samples_after
from metagan_course.training.loop import CHECKPOINT, begin, draw, outer_step, train
from metagan_course.training.players import new_metas, players
from metagan_course.training.recipe import Recipe, RecipeError
from metagan_course.training.recipes import RECIPES
from metagan_course.training.validation import reference_tasks, validate

__all__ = [
    "CHECKPOINT",
    "RECIPES",
    "Batch",
    "Networks",
    "Recipe",
    "RecipeError",
    "Run",
    "TrainingError",
    "begin",
    "draw",
    "load",
    "networks",
    "new_metas",
    "outer_losses",
    "outer_step",
    "players",
    "reference_tasks",
    "samples_after",
    "save",
    "train",
    "validate",
]
