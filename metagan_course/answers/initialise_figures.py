"""The pictures of lesson 10: walks between two generators' weights, starts against steps, the widget.

Not here: any training (many_gans.py); weights, clouds and numbers come in, figures go out.
"""

from collections.abc import Callable

import torch
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from metagan_course.answers.many_gans import clouds, off_a_ring, one_of, together
from metagan_course.metrics import pooled
from metagan_course.palette import FAINT, INK, METHODS, REAL
from metagan_course.weights import Params

COLOURS = {
    "many starts": METHODS["scratch"],
    "many starts, in line": METHODS["fomaml"],
    "one random start": METHODS["reptile"],
    "one trained start": METHODS["maml"],
    "random weights": METHODS["scratch"],
    "mean of weights": METHODS["mean"],
    "nearest checkpoint": METHODS["copy"],
    "hypernetwork": METHODS["maml"],
    "hypernetwork, wrong points": METHODS["fomaml"],
}
EDGE, PLACES = 2.9, [round(0.1 * i, 1) for i in range(11)]


def show_walks(walks: dict[str, Tensor]) -> Figure:
    """A row a kind of start, a column a place on the line: clouds (places, n, 2) each."""
    figure, axes = plt.subplots(len(walks), 1, figsize=(8, 1.75 * len(walks)), layout="constrained")
    for ax, (name, walk) in zip(axes, walks.items(), strict=True):
        show_row(ax, walk, name, COLOURS[name])
    return figure


def show_row(ax: Axes, made: Tensor, title: str, colour: str) -> None:
    """Clouds (N, n, 2) side by side in one panel."""
    for i, cloud in enumerate(made):
        ax.scatter(cloud[:, 0] + 2 * EDGE * i, cloud[:, 1], s=5, color=colour)
        ax.axvline(EDGE * (2 * i + 1), color=FAINT, lw=0.8)
    ax.set(xlim=(-EDGE, EDGE * (2 * len(made) - 1)), ylim=(-EDGE, EDGE), aspect="equal", xticks=[], yticks=[])
    ax.set_title(title, fontsize=9)


def plain(ax: Axes) -> None:
    ax.set(xlim=(-EDGE, EDGE), ylim=(-EDGE, EDGE), aspect="equal", xticks=[], yticks=[])


def said_of(rows: list[dict], one: tuple[str, int], other: tuple[str, int]) -> str:
    """Is one start after t steps nearer than another after u? rows: a seed's {start: {t: errors}}."""
    first, second = (torch.tensor([row[name][str(t)] for row in rows]) for name, t in (one, other))
    found = pooled(first - second)
    return "nearer" if found.high < 0 else "farther" if found.low > 0 else "not apart"


def show_steps(ax: Axes, rows: list[dict]) -> None:
    """Error against t for each start, the mean over seeds and tasks, with its interval."""
    for name in rows[0]:
        steps = [int(t) for t in rows[0][name]]
        found = [pooled(torch.tensor([row[name][str(t)] for row in rows])) for t in steps]
        places = range(len(steps))
        ax.plot(places, [one.estimate for one in found], "o-", ms=4, color=COLOURS[name], label=name)
        low, high = ([getattr(one, end) for one in found] for end in ("low", "high"))
        ax.fill_between(places, low, high, color=COLOURS[name], alpha=0.15, lw=0)
    ax.set(yscale="log", xlabel="steps t", ylabel="energy distance", xticks=range(len(steps)))
    ax.set_xticklabels(steps)


# --- the widget --------------------------------------------------------------------------------------------


def between(one: Params, other: Params, places: list[float]) -> Params:
    """The generators on the straight line: (places, ...)."""
    return together([{n: (1 - a) * w + a * other[n] for n, w in one.items()} for a in places])


def walk(populations: dict[str, Params], data: Tensor) -> Callable[..., Figure]:
    """draw(place, start, pair): two tasks' generators, and what a place on the line between them draws.

    data (N, n, 2): the tasks' points. pair "1 and 2" are tasks 0 and 1.
    """

    def draw(place: float, start: str, pair: str) -> Figure:
        i, j = (int(word) - 1 for word in pair.split(" and "))
        figure = Figure(figsize=(8.4, 3.5))  # placed by hand: the same size with every choice
        plane, chart = figure.add_axes((0.01, 0.03, 0.38, 0.86)), figure.add_axes((0.5, 0.15, 0.48, 0.74))
        for task in (i, j):
            plane.scatter(*data[task, :100].T, s=5, color=REAL, alpha=0.25, linewidths=0)
        for name, population in populations.items():
            line = clouds(between(one_of(population, i), one_of(population, j), PLACES))
            off = off_a_ring(line)
            chosen = name == start
            chart.plot(PLACES, off, color=COLOURS[name], lw=3 if chosen else 1.2, label=name)
            if chosen:
                k = PLACES.index(place)
                plane.scatter(*line[k].T, s=8, color=COLOURS[name])
                chart.plot(place, off[k], "o", ms=10, color=COLOURS[name], mec=INK)
                chart.set_title(f"{name}, {place:.0%} of the way: {off[k]:.2f} off a ring")
        plain(plane)
        plane.set_title(f"tasks {pair}; blue: their points")
        chart.axhline(0, color=FAINT, zorder=0)
        chart.set(xlabel="place between the two networks", ylabel="off a ring", ylim=(-0.02, 0.16))
        chart.legend(fontsize=7, loc="upper right")
        return figure

    return draw
