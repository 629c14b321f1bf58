"""The pad where no kernel runs: five drawings, and what each start has made of them."""

import torch
from matplotlib.figure import Figure
from torch import Tensor

from ..kit import as_png
from .studio import TITLES


def still(shown: Tensor, made: Tensor, title: str) -> bytes:
    """shown (5, 28, 28), made (4, n, 28, 28) or empty -> the bytes of a PNG file."""
    rows = {"your drawings": shown} | dict(zip(TITLES.values(), made, strict=False))
    figure = Figure(figsize=(6, 0.7 * len(rows) + 0.5), layout="constrained")
    for ax, (name, pictures) in zip(
        figure.subplots(len(rows), squeeze=False)[:, 0], rows.items(), strict=True
    ):
        ax.imshow(torch.cat(list(pictures), 1).numpy(), cmap="gray_r", vmin=0, vmax=255, aspect="equal")
        ax.set(xticks=[], yticks=[])
        ax.set_ylabel(name, rotation=0, ha="right", va="center")
    figure.suptitle(title, fontsize=10)
    return as_png(figure)
