"""The embedded picture family: 1,457 characters of 17 scripts, each drawn by 20 writers or more. No download.

The characters come from the fonts inside matplotlib (`glyph_faces`), the writers from seeded warps
(`glyph_warps`). Which characters, and why not others: `glyph_select`.
"""

from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from .cache import DataError, Tensors, cached
from .glyph_faces import class_hash, class_list, faces_of, open_fonts, soften
from .glyph_warps import write_all
from .images import ImageFamily

BLOCK = 20  # writers are drawn and cached twenty at a time
RECIPE = 1  # raise it whenever the pictures change
TEST = ("Greek", "Hebrew", "NKo", "Lao", "Tifinagh", "Lisu")
VAL = ("Armenian", "Georgian")


def side_of(script: str) -> str:
    return "test" if script in TEST else "val" if script in VAL else "train"


class Glyphs(ImageFamily):
    """Few-shot characters split by script, as Omniglot is split by alphabet.

    test: Hebrew, Tifinagh, NKo, Lao, Lisu, Greek; val: Armenian, Georgian; train: the rest. No character of
    one side has a cosine above .96 with one of another, turned or not. That leaves cousins: 41 of the 179
    test characters stand above .92 (Phi and the Cyrillic Ef, Psi and U+1D2A); they do not score better than
    the others. Lisu is one character. `writers` may be any number: the first twenty are always the same
    twenty. `seed` gives other hands.
    """

    name = "glyphs"

    def __init__(
        self,
        *,
        writers: int = BLOCK,
        seed: int = 0,
        cache_dir: Path | str | None = None,
        rotations: bool = False,
        split_by: str = "alphabet",
        progress: bool = True,
    ):
        if not isinstance(writers, int) or writers < 1:
            raise ValueError(f"writers is {writers!r}; it must be a whole number, 1 or more.")
        if not isinstance(seed, int) or not 0 <= seed < 2**40:
            raise ValueError(f"seed is {seed!r}; it must be a whole number from 0 to 2**40.")
        classes = class_list()
        blocks = [block_of(classes, seed, b, cache_dir, progress) for b in range(-(-writers // BLOCK))]
        images = blocks[0] if len(blocks) == 1 else torch.cat(blocks, dim=1)
        sides = {script: side_of(script) for script, _ in classes}
        super().__init__(images[:, :writers], classes, sides, rotations=rotations, split_by=split_by)


def block_of(classes: list, seed: int, block: int, cache_dir: Path | str | None, progress: bool) -> Tensor:
    """Twenty writers of every character, from the cache or drawn now: (C, 20, 28, 28) uint8."""
    recipe = {
        "family": "glyphs",
        "version": RECIPE,
        "classes": class_hash(classes),
        "seed": seed,
        "block": block,
    }
    build = partial(build_block, classes, seed, block, progress)
    return cached(f"glyphs-seed{seed}-block{block}", recipe, build, folder=cache_dir)["images"]


def build_block(classes: list, seed: int, block: int, progress: bool) -> Tensors:
    from tqdm.auto import tqdm

    bar = partial(tqdm, disable=not progress, leave=False, delay=0.5)
    faces, first, count = render_all(classes, bar)
    # writer j of a character draws after its face j, round and round: (C, 20)
    face_of = first[:, None] + torch.arange(block * BLOCK, (block + 1) * BLOCK) % count[:, None]
    generator = torch.Generator().manual_seed(1_000_003 * seed + block)
    drawings = write_all(
        faces, face_of.flatten(), generator=generator, progress=partial(bar, desc="drawing glyphs")
    )
    return {"images": drawings.unflatten(0, (len(classes), BLOCK))}


def render_all(classes: list, bar) -> tuple[Tensor, Tensor, Tensor]:
    """All faces, blurred (F, 64, 64); the first face of each character and how many it has, (C,) each."""
    fonts = open_fonts()
    faces = [faces_of(character, fonts) for _, character in bar(classes, desc="rendering glyphs")]
    for (script, character), found in zip(classes, faces, strict=True):
        if not found:
            raise DataError(
                f"No font in this matplotlib has the {script} character U+{ord(character):04X}. "
                "Install the matplotlib version that constraints.txt names."
            )
    count = torch.tensor([len(found) for found in faces])
    flat = torch.stack([face for found in faces for face in found])
    return soften(flat), count.cumsum(0) - count, count
