"""The pictures of lesson 12: what is added in the plane, gains with intervals, the dial, a mixture.

Not here: who makes what (generated.py, plane.py); points, pictures and numbers come in, figures go out.
"""

from collections.abc import Callable

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from metagan_course.answers.plane import World
from metagan_course.metrics import pooled
from metagan_course.palette import FAINT, FAKE, INK, METHODS, REAL
from metagan_course.plots import image_grid

COLOURS = {
    "copy": METHODS["copy"],
    "mean": METHODS["mean"],
    "jitter": METHODS["jitter"],
    "VAE": METHODS["joint"],
    "Meta-GAN": METHODS["maml"],
    "Meta-GAN, wrong drawings": METHODS["scratch"],
    "people": REAL,
}
CLASSES = (METHODS["maml"], METHODS["fomaml"], METHODS["reptile"], METHODS["joint"])


def show_plane(axes: list[Axes], world: World, made: dict[str, Tensor], episode: int = 0) -> None:
    """One panel for each thing that may be added: the support large, what is made small, a colour a class."""
    everything = torch.cat([points[episode].flatten(0, 1) for points in made.values()])
    low, high = everything.amin(0) - 0.3, everything.amax(0) + 0.3  # the same part of the plane everywhere
    for ax, (name, points) in zip(axes, made.items(), strict=True):
        for c, colour in enumerate(CLASSES):
            ax.scatter(*points[episode, c].T, s=6, color=colour, alpha=0.5, linewidths=0)
            ax.scatter(*world.support[episode, c].T, s=55, color=colour, edgecolors=INK)
        ax.set(
            title=name, aspect="equal", xticks=[], yticks=[], xlim=(low[0], high[0]), ylim=(low[1], high[1])
        )


def show_gains(ax: Axes, gains: dict[str, Tensor], *, at: float = 0.0, offset: float = 0.0, **look) -> None:
    """In points of accuracy, the mean over seeds and characters, with its interval: gains (seeds, T)."""
    for row, (name, values) in enumerate(gains.items()):
        mean, low, high = (100 * x for x in pooled(values))
        place = len(gains) - 1 - row + offset
        ax.plot([low, high], [place, place], color=COLOURS[name], lw=2)
        ax.plot(mean, place, "o", color=COLOURS[name], **look)
    ax.axvline(at, color=FAINT, zorder=0)
    ax.set(
        yticks=range(len(gains)),
        yticklabels=list(gains)[::-1],
        xlabel="points of accuracy gained",
        ylabel="what is added",
    )


def shipped_gains(table: dict, key: str = "letters") -> dict[str, Tensor]:
    """{method: (seeds, T)} of one family's shipped results, people last."""
    rows = table["rows"]
    found = {name: torch.tensor([row[name][key] for row in rows]) for name in rows[0]}
    return found | {"people": torch.tensor([table["real"][key]])}


def curves(table: dict) -> dict[str, dict[float, float]]:
    """{method: {share: mean gain in points}} over the seeds."""
    rows = [*table["rows"]]
    found = {
        name: {
            float(s): 100 * sum(r[name]["curve"][s] for r in rows) / len(rows) for s in rows[0][name]["curve"]
        }
        for name in rows[0]
    }
    return found | {"people": {float(s): 100 * gain for s, gain in table["real"]["curve"].items()}}


def show_dial(
    ax: Axes, lines: dict[str, dict[float, float]], method: str = "", share: float | None = None
) -> None:
    """Gain against share, all methods; the chosen one is bold, with a dot where the dial stands."""
    for name, line in lines.items():
        chosen = name == method
        ax.plot(*zip(*line.items(), strict=True), color=COLOURS[name], lw=3 if chosen else 1.2, label=name)
    if share is not None:
        ax.plot(share, lines[method][share], "o", ms=10, color=COLOURS[method], mec=INK)
    ax.axhline(0, color=FAINT, zorder=0)
    ax.set(xlabel="share of what is made", ylabel="points gained", ylim=(-13, 11))


# --- the widget --------------------------------------------------------------------------------------------

LOOKS, LETTERS = 10, 3


def mix(shown: Tensor, made: dict[str, Tensor], lines: dict) -> Callable[..., Figure]:
    """draw(method, share): what a classifier sees in ten looks at each letter, and what it gains.

    shown (T, S, 1, 28, 28); made: method -> (T, n, 1, 28, 28); lines as `curves` gives them.
    """

    def draw(method: str, share: float) -> Figure:
        figure = Figure(figsize=(8.6, 3.3))  # placed by hand: the same size with every choice
        sheet, chart = figure.add_axes((0.01, 0.06, 0.5, 0.76)), figure.add_axes((0.6, 0.17, 0.39, 0.66))
        n = round(LOOKS * share)
        looks = torch.cat([made[method][:LETTERS, :n], in_turn(shown[:LETTERS], LOOKS - n)], 1)
        image_grid(looks, ax=sheet)
        sheet.set_title(f"In ten looks {n} made by: {method}" if n else "In ten looks: only what people drew")
        if n:
            width = n / LOOKS * (sheet.get_xlim()[1] - sheet.get_xlim()[0])
            sheet.axvspan(sheet.get_xlim()[0], sheet.get_xlim()[0] + width, color=FAKE, alpha=0.15, lw=0)
        show_dial(chart, lines, method, share)
        chart.set_title(f"{method} at {share}: {lines[method][share]:+.1f} points")
        chart.legend(fontsize=7, ncol=2, loc="lower left")
        return figure

    return draw


def in_turn(x: Tensor, n: int) -> Tensor:
    """The first n of x's second dimension, from the front again when it ends."""
    return x[:, torch.arange(n) % x.shape[1]]
