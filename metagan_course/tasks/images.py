"""Sampling tasks from pictures sorted by class. Where the pictures come from is not this file's business."""

import torch
from torch import Tensor

from .base import SPLITS, Task, check_request, check_split


class ImageFamily:
    """Few-shot image tasks: one task is one class, its examples are the same character by different writers.

    images (C, W, 28, 28) uint8, ink = 255; classes: C tuples (alphabet, character); sides: alphabet -> split.
    Tasks of one batch are different classes as long as there are enough. With `rotations`, a class turned by
    90, 180 and 270 degrees is three more classes on the same side: label = row + C * quarter turns.
    `split_by="character"` ignores the alphabets and parts the characters at random: a leak, to be measured.
    support (T, S, 1, 28, 28), query (T, Q, 1, 28, 28), floats in [0, 1], ink = 1; label (T,).
    """

    point_shape = (1, 28, 28)

    def __init__(
        self, images: Tensor, classes: list, sides: dict, *, rotations: bool = False, split_by="alphabet"
    ):
        if split_by not in ("alphabet", "character"):
            raise ValueError(f"split_by is {split_by!r}; it must be 'alphabet' or 'character'.")
        self.images, self.classes = images, classes
        self.turns = 4 if rotations else 1
        side = [sides[alphabet] for alphabet, _ in classes]
        if split_by == "character":  # the same sizes, other members
            side = [side[i] for i in torch.randperm(len(side), generator=torch.Generator().manual_seed(0))]
        self._rows = {s: torch.tensor([i for i, own in enumerate(side) if own == s]) for s in SPLITS}

    def split_index(self, split: str) -> Tensor:
        """The rows of `images` and `classes` on one side."""
        check_split(split)
        return self._rows[split]

    def split_labels(self, split: str) -> Tensor:
        """The labels of one side: its rows and, with rotations, their quarter turns."""
        steps = len(self.classes) * torch.arange(self.turns)
        return (self.split_index(split) + steps[:, None]).flatten()  # (turns * rows,)

    def name_of(self, label: int) -> tuple[str, str, int]:
        """(alphabet, character, degrees turned) of a label."""
        turn, row = divmod(int(label), len(self.classes))
        return (*self.classes[row], 90 * turn)

    def sample(self, n_tasks, k_support, n_query, *, split, generator) -> Task:
        writers = self.images.shape[1]
        check_request(n_tasks, k_support, n_query, split, generator, examples=writers)
        label = choose(self.split_labels(split), n_tasks, generator=generator)  # (T,)
        order = torch.rand(n_tasks, writers, generator=generator).argsort(1)[:, : k_support + n_query]
        pictures = self.pictures(label, order)  # (T, S + Q, 1, 28, 28)
        return Task(pictures[:, :k_support], pictures[:, k_support:], label)

    def pictures(self, label: Tensor, writers: Tensor) -> Tensor:
        """label (T,), writers (T, n) -> floats (T, n, 1, 28, 28), turned where the label says so."""
        turn, row = label // len(self.classes), label % len(self.classes)
        grey = self.images[row[:, None], writers]  # (T, n, 28, 28), still bytes: converted after the gather
        for quarter in range(1, self.turns):
            mine = turn == quarter
            grey[mine] = grey[mine].rot90(quarter, dims=(2, 3))
        return as_pictures(grey)


def together(families: list[ImageFamily]) -> ImageFamily:
    """One family of all their characters: every alphabet keeps its side, every character is as likely.

    Its writers are as many as the family with the fewest has.
    """
    writers = min(family.images.shape[1] for family in families)
    images = torch.cat([family.images[:, :writers] for family in families])
    classes = [(f"{f.name}: {alphabet}", character) for f in families for alphabet, character in f.classes]
    side = {row: split for split in SPLITS for row in all_rows(families, split)}
    sides = {alphabet: side[row] for row, (alphabet, _) in enumerate(classes)}
    mixed = ImageFamily(images, classes, sides)
    mixed.name = "+".join(family.name for family in families)
    return mixed


def all_rows(families: list[ImageFamily], split: str) -> list[int]:
    """The rows of one side where the families stand one after the other."""
    first = torch.tensor([0, *(len(family.classes) for family in families)]).cumsum(0)
    return torch.cat([f.split_index(split) + n for f, n in zip(families, first, strict=False)]).tolist()


def as_pictures(grey: Tensor) -> Tensor:
    return grey.float().div_(255).unsqueeze(-3)  # (..., 1, 28, 28)


def choose(pool: Tensor, n: int, *, generator: torch.Generator) -> Tensor:
    """n of the pool: all different while the pool lasts, then a second shuffled round."""
    rounds = -(-n // len(pool))
    order = torch.cat([torch.randperm(len(pool), generator=generator) for _ in range(rounds)])
    return pool[order[:n]]  # (n,)
