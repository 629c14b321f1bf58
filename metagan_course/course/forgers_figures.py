"""The larger figures of lesson 03. Numbers in, a figure out; nothing is computed here."""

from collections.abc import Mapping

import torch
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from metagan_course.palette import ALARM, FAINT, INK, METHODS, REAL
from metagan_course.plots import image_grid

Band = tuple[float, float]  # low and high end of what people's drawings score against people's
Scores = Mapping[str, float]
CHEATS = {"copy": METHODS["copy"], "mean": METHODS["mean"], "jitter": METHODS["jitter"]}
DASHES = {"copy": "-", "mean": "--", "jitter": ":"}


def show_rows(rows: Mapping[str, Tensor], *, title: str, n: int = 16) -> None:
    """One picture of each of the first n letters, a row a maker: (T, m, 1, 28, 28) each."""
    image_grid(torch.stack([made[:n, 0] for made in rows.values()]), rows=list(rows), title=title)


def show_albums(albums: Mapping[str, Mapping[int, Tensor]], *, n: int = 14) -> None:
    """What each network makes of the same noise after so many steps."""
    height = 0.42 * sum(map(len, albums.values())) + 0.7
    panels = plt.subplots(len(albums), 1, figsize=(8, height), layout="constrained")[1]
    for ax, (name, album) in zip(panels, albums.items(), strict=True):
        pictures = torch.stack([pages[:n] for pages in album.values()])
        image_grid(pictures, rows=[f"{step}" for step in album], title=name, ax=ax)
        ax.set_ylabel("step")


def show_table(table: Mapping[str, Scores], bands: Mapping[str, Band]) -> None:
    """Suspects by scores: a field is blue and has a tick where people's drawings may score the same."""
    ax = plt.subplots(figsize=(11.5, 0.7 + 0.45 * len(table)), layout="constrained")[1]
    for row, (_, scores) in enumerate(table.items()):
        for column, (name, value) in enumerate(scores.items()):
            same = inside(value, bands[name])
            colour = REAL if same else "white"
            ax.add_patch(plt.Rectangle((column - 0.5, row - 0.5), 1, 1, fc=colour, ec=FAINT))
            words = f"{value:.2f} ✓" if same else f"{value:.2f}"
            ax.text(column, row, words, ha="center", va="center", fontsize=9, color="white" if same else INK)
    names = list(bands)
    ax.set_xticks(range(len(names)), names, fontsize=9)
    ax.set_yticks(range(len(table)), list(table), fontsize=9)
    ax.set(xlim=(-0.5, len(names) - 0.5), ylim=(len(table) - 0.5, -0.5), xlabel="score", ylabel="suspect")
    ax.tick_params(length=0)
    ax.set_title("Blue with a tick: people's own drawings may score the same")


def inside(value: float, band: Band) -> bool:
    return band[0] <= value <= band[1]


def show_ways(ways: Mapping[tuple[str, int], Scores], bands: Mapping[str, Band]) -> None:
    """Every score on the way from people to each cheat; grey is the band. ways: {(cheat, forged): scores}."""
    figure, panels = plt.subplots(2, -(-len(bands) // 2), figsize=(13, 5), layout="constrained")
    for ax, (name, band) in zip(panels.flat, bands.items(), strict=False):
        ax.axhspan(*band, color="0.85")
        for cheat, colour in CHEATS.items():
            line = [ways[cheat, forged][name] for forged in range(6)]
            ax.plot(range(6), line, DASHES[cheat], color=colour, marker="o", markersize=4, label=cheat)
        ax.set(title=name, xlabel="forged, of 5", ylabel="score", xticks=range(6))
    for ax in panels.flat[len(bands) :]:
        ax.remove()
    figure.suptitle("People's drawings replaced by forged ones; grey is people's band")
    panels.flat[0].legend(fontsize=8)


def state_of_playground(pictures: Tensor, scores: Scores, bands: Mapping[str, Band], *, title: str) -> Figure:
    """Left some of the pictures (T, 5, 1, 28, 28), right every score and how far it is from its band."""
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(11.5, 4.4), width_ratios=(1, 1.7), layout="constrained"
    )
    image_grid(pictures[:7].transpose(0, 1), ax=left, title="seven letters, five samples each")
    left.set_xlabel(title)
    dot_plot(right, scores, bands)
    return figure


def dot_plot(ax: Axes, scores: Scores, bands: Mapping[str, Band]) -> None:
    """0 is the middle of people's band and 1 its upper end; far away a step is a factor."""
    ax.axvspan(-1, 1, color="0.88")
    for row, (name, (low, high)) in enumerate(bands.items()):
        at = (scores[name] - (low + high) / 2) / ((high - low) / 2)
        same = inside(scores[name], (low, high))
        ax.plot(at, row, "o" if same else "X", color=REAL if same else ALARM, markersize=8)
        ax.text(700, row, f"{scores[name]:.2f}", va="center", ha="right", fontsize=9)
        ax.text(1000, row, f"{low:.2f} to {high:.2f}", va="center", fontsize=9, color="0.35")
    ax.set_yticks(range(len(bands)), list(bands))
    ax.set_xscale("symlog", linthresh=2)
    ax.set_xticks([-100, -10, -1, 1, 10, 100], ["-100", "-10", "-1", "1", "10", "100"])
    ax.set(xlim=(-250, 12000), ylim=(len(bands) - 0.5, -0.8))
    ax.set_xlabel("distance from people, in half bands (grey: as people)", loc="left")
    ax.set_title("score, and people's band", loc="right", fontsize=10)


def show_curves(curves: Mapping[str, Mapping[int, float]], lines: Mapping[str, float]) -> None:
    """KID over training, and what a copier and people get without any."""
    ax = plt.subplots(figsize=(6.4, 3.4), layout="constrained")[1]
    for (name, curve), style, colour in zip(curves.items(), ("o-", "s--"), ("C0", "C1"), strict=True):
        ax.plot(list(curve), list(curve.values()), style, color=colour, label=name)
    for (name, value), style, colour in zip(lines.items(), ("-", ":"), (METHODS["copy"], REAL), strict=True):
        ax.axhline(value, linestyle=style, color=colour, label=name)
    ax.set_yscale("symlog", linthresh=0.1)
    ax.set(xlabel="training step", ylabel="KID", title="Two networks learn; the copier is there already")
    ax.legend(fontsize=8)
