"""Omniglot: 1,623 characters of 50 alphabets, each drawn by 20 people (Lake et al. 2015, MIT licence).

Reads the tree torchvision leaves behind, `<root>/omniglot-py/<side>/<Alphabet>/<characterNN>/*.png`, and
keeps it as one tensor of 28 x 28 pictures. Fetching is `data.py`.
"""

import hashlib
import json
from functools import cache, partial
from pathlib import Path

import torch
from torch import Tensor

from metagan_course.files import cache_folder

from .cache import DataError, Tensors, cached
from .images import ImageFamily

SIDES = ("images_background", "images_evaluation")
DRAWINGS, PIXELS, SMALL = 20, 105, 28
RECIPE = 1
# five of the 30 background alphabets validate: 160 characters, of scripts with no sister among the other 25
VAL = ("Braille", "Early_Aramaic", "Korean", "Tagalog", "Tifinagh")
AGAIN = "Delete the folder {folder} and run: metagan-course data fetch omniglot"


@cache
def alphabets() -> dict[str, dict]:
    """alphabet -> {"side", "characters", "sha256"}: the true data set. `describe` made the file."""
    return json.loads((Path(__file__).parent / "omniglot_alphabets.json").read_text("utf-8"))


def side_of(alphabet: str) -> str:
    if alphabets()[alphabet]["side"] == "images_evaluation":
        return "test"
    return "val" if alphabet in VAL else "train"


class Omniglot(ImageFamily):
    """Few-shot characters: 25 background alphabets train, 5 validate, the 20 evaluation alphabets test.

    The background / evaluation cut is Lake et al.'s own. Pictures are 28 x 28 floats, ink = 1.
    """

    name = "omniglot"

    def __init__(
        self,
        root: Path | str | None = None,
        *,
        cache_dir: Path | str | None = None,
        rotations: bool = False,
        split_by: str = "alphabet",
        progress: bool = True,
    ):
        tree = tree_folder(root)
        recipe = {"family": "omniglot", "version": RECIPE, "size": SMALL, "alphabets": list_hash()}
        images = cached("omniglot", recipe, partial(build, tree, progress), folder=cache_dir)["images"]
        classes = [
            (alphabet, f"character{number:02d}")
            for alphabet, known in alphabets().items()
            for number in range(1, known["characters"] + 1)
        ]
        sides = {alphabet: side_of(alphabet) for alphabet in alphabets()}
        super().__init__(images, classes, sides, rotations=rotations, split_by=split_by)


def tree_folder(root: Path | str | None) -> Path:
    return (Path(root).expanduser() if root else cache_folder() / "data") / "omniglot-py"


def list_hash() -> str:
    return hashlib.sha256(json.dumps(alphabets(), sort_keys=True).encode()).hexdigest()[:16]


def build(tree: Path, progress: bool = True) -> Tensors:
    """Every drawing of the tree, (1623, 20, 28, 28) bytes, ink = 255; each alphabet checked by its sum."""
    from tqdm.auto import tqdm

    files = {
        alphabet: drawings_of(tree, alphabet) for alphabet in alphabets()
    }  # all there, before any is read
    bar = tqdm(total=32_460, desc="reading Omniglot", unit="png", disable=not progress, delay=0.5)
    images = []
    with bar:
        for alphabet, paths in files.items():
            ink = torch.stack([read_png(path) for path in paths])  # (characters * 20, 105, 105)
            check_sum(tree, alphabet, ink)
            images.append(shrink(ink).unflatten(0, (-1, DRAWINGS)))
            bar.update(len(paths))
    return {"images": torch.cat(images)}


def drawings_of(tree: Path, alphabet: str) -> list[Path]:
    """The paths of one alphabet's drawings, in order; a DataError names what is missing."""
    known = alphabets()[alphabet]
    again = AGAIN.format(folder=tree)
    if not tree.is_dir():
        raise DataError(f"There is no folder {tree}. Run: metagan-course data fetch omniglot")
    folder, paths = tree / known["side"] / alphabet, []
    for number in range(1, known["characters"] + 1):
        character = folder / f"character{number:02d}"
        if not character.is_dir():
            raise DataError(f"The folder {character} is missing. {again}")
        drawings = sorted(character.glob("*.png"))
        if len(drawings) != DRAWINGS:
            raise DataError(f"{character} holds {len(drawings)} images instead of {DRAWINGS}. {again}")
        paths += drawings
    return paths


def read_png(path: Path) -> Tensor:
    """One drawing as bytes (105, 105), ink = 1. The files have it the other way round."""
    import numpy
    from PIL import Image

    try:
        with Image.open(path) as image:
            paper = torch.from_numpy(numpy.array(image.convert("1"), dtype=numpy.uint8))
    except (OSError, SyntaxError, ValueError) as error:  # PIL's own errors are OSErrors, or a SyntaxError
        raise unreadable(path, str(error)) from error
    if paper.shape != (PIXELS, PIXELS):
        raise unreadable(path, f"{paper.shape[1]} x {paper.shape[0]} pixels instead of {PIXELS} x {PIXELS}")
    return 1 - paper


def unreadable(path: Path, why: str) -> DataError:
    return DataError(f"The image {path} cannot be read ({why}). {AGAIN.format(folder=path.parents[3])}")


def check_sum(tree: Path, alphabet: str, ink: Tensor) -> None:
    known = alphabets()[alphabet]
    if ink_sum(ink) != known["sha256"]:
        folder = tree / known["side"] / alphabet
        raise DataError(f"An image in {folder} is not the original. {AGAIN.format(folder=tree)}")


def ink_sum(ink: Tensor) -> str:
    return hashlib.sha256(ink.contiguous().numpy()).hexdigest()[:32]


def shrink(ink: Tensor) -> Tensor:
    """The mean ink of every small pixel: (N, 105, 105) in {0, 1} -> (N, 28, 28) bytes, the same everywhere.

    105 = 3.75 * 28: cut in quarters, 15 x 15 of them make a small pixel. Whole counts until the last line.
    """
    quarters = torch.eye(SMALL).repeat_interleave(15, 1).unflatten(1, (PIXELS, 4)).sum(2)  # (28, 105)
    count = quarters @ ink.float() @ quarters.T  # whole numbers from 0 to 225
    return (count.long() * 255 + 112).div(225, rounding_mode="floor").to(torch.uint8)


def describe(tree: Path) -> dict[str, dict]:
    """The content of `omniglot_alphabets.json`, from a tree known to be whole."""
    found = {}
    for side in SIDES:
        for folder in sorted(path for path in (tree / side).iterdir() if path.is_dir()):
            drawings = sorted(folder.glob("character*/*.png"))
            ink = torch.stack([read_png(path) for path in drawings])
            count = len(list(folder.glob("character*")))
            found[folder.name] = {"side": side, "characters": count, "sha256": ink_sum(ink)}
    return found
