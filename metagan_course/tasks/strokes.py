"""Invented alphabets, drawn with a pen: as many letters as wanted, and nobody's data.

What a letter is: stroke_letters.py. Who draws it and how: stroke_pen.py. They are like what a hand draws on a
pad, and are there for that; printed characters are the glyphs' affair.
"""

from functools import partial
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, normalize
from tqdm.auto import tqdm

from .cache import Tensors, cached
from .images import ImageFamily
from .stroke_letters import letters
from .stroke_pen import draw_all, hands, ink

ALPHABET, WRITERS = 20, 20  # letters an alphabet, writers of each
ALIKE, MANY = 0.9, 150  # no two letters' softened shapes have a larger cosine; letters to choose from
RECIPE = 1  # raise it whenever the pictures change
# of every ten alphabets: any number of them has its sides, and more of them move none
SIDES = ("train", "train", "test", "train", "train", "val", "train", "train", "test", "train")


class Strokes(ImageFamily):
    """Few-shot letters of invented alphabets, split by alphabet: of every ten seven train, one val, two test.

    An alphabet has 20 letters and 20 writers of its own; a writer has one pen, slant and care in all letters.
    No letter, drawn with care, looks like another one, on its own side or across.
    `alphabets` may be any number; the first ones are always the same. `seed` gives others.
    """

    name = "strokes"

    def __init__(
        self,
        *,
        alphabets: int = 50,
        seed: int = 0,
        cache_dir: Path | str | None = None,
        rotations: bool = False,
        split_by: str = "alphabet",
    ):
        if not isinstance(alphabets, int) or alphabets < 1:
            raise ValueError(f"alphabets is {alphabets!r}; it must be a whole number, 1 or more.")
        if not isinstance(seed, int) or not 0 <= seed < 2**40:
            raise ValueError(f"seed is {seed!r}; it must be a whole number from 0 to 2**40.")
        recipe = {"family": "strokes", "version": RECIPE, "alphabets": alphabets, "seed": seed}
        build = partial(build_all, alphabets, seed)
        images = cached(f"strokes-seed{seed}-{alphabets}", recipe, build, folder=cache_dir)["images"]
        names = [f"alphabet {a}" for a in range(alphabets)]
        classes = [(name, f"letter {i}") for name in names for i in range(ALPHABET)]
        sides = {name: SIDES[a % len(SIDES)] for a, name in enumerate(names)}
        super().__init__(images, classes, sides, rotations=rotations, split_by=split_by)


def build_all(alphabets: int, seed: int) -> Tensors:
    """(C, WRITERS, 28, 28) uint8, alphabet after alphabet, each from a seed of its own."""
    seen, sheets = torch.empty(0, 28 * 28), []
    for a in tqdm(range(alphabets), desc="drawing strokes", leave=False, delay=0.5):
        generator = torch.Generator().manual_seed(1_000_003 * seed + a)
        strokes, count, seen = unlike_letters(seen, generator=generator)
        hand = hands(WRITERS, generator=generator)
        sheets.append(draw_all(strokes, count, hand, generator=generator))
    return {"images": torch.cat(sheets)}


def unlike_letters(seen: Tensor, *, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """An alphabet's strokes and counts, none like a letter seen before, and all that is seen now (n, 784).

    Letters are invented in alphabets of many, and the first ones that are unlike the others are taken.
    """
    strokes, count = letters(MANY, generator=generator)
    shapes, taken = shape_of(strokes, count), []
    for i, shape in enumerate(shapes):
        if len(taken) < ALPHABET and not (seen @ shape > ALIKE).any():
            seen = torch.cat([seen, shape[None]])
            taken.append(i)
    if len(taken) < ALPHABET:
        raise ValueError(
            "alphabets: so many that no letters are left unlike all earlier ones; ask for fewer."
        )
    return strokes[taken], count[taken], seen


def shape_of(strokes: Tensor, count: Tensor) -> Tensor:
    """Each letter as a careful hand draws it, softened, as one vector of length 1: (n, 784)."""
    careful = ink(14 + 9 * strokes, count, torch.full((len(strokes),), 1.5))
    return normalize(avg_pool2d(careful[:, None], 3, 1, 1).flatten(1))
