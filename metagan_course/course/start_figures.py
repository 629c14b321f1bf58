"""The pictures of lesson 07: film strips of held-out letters, and scores against steps with their cheats.

Not here: the starts, the rules and the judge (starts.py).
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from metagan_course.answers.domains import Domains, World
from metagan_course.course.start_judges import Judged
from metagan_course.course.start_tables import FOUR, Rows, over_seeds
from metagan_course.course.starts import TITLES, Rule, Start, drawn
from metagan_course.palette import METHODS, MUTED
from metagan_course.steps import Step

STEPS = 10
SCORES = {"kid": "KID", "recognisability": "recognised", "diversity": "diversity"}
COLOURS = {"random": METHODS["scratch"], **{n: METHODS[n] for n in ("joint", "reptile", "fomaml")}}


def sheet(rows: Sequence[Sequence[Tensor]]) -> Tensor:
    """Pictures (28, 28) in rows, a white line between them: one large picture."""
    return torch.cat([torch.cat([torch.nn.functional.pad(x, (1, 1, 1, 1)) for x in row], 1) for row in rows])


def show_sheet(ax: Axes, rows: Sequence[Sequence[Tensor]], title: str) -> None:
    ax.imshow(sheet(rows), cmap="Greys", vmin=0, vmax=1, interpolation="nearest")
    ax.set_axis_off()
    ax.set_title(title, fontsize=10)


def film_strip(ax: Axes, start: Start, support: Tensor, rule: Rule, at: Sequence[int], title: str) -> None:
    """A letter a row: one of its drawings, then one sample after each number of steps."""
    found = drawn(start, support, rule, at, n=1)
    rows = [[shown[0, 0], *(found[t][i, 0, 0] for t in at)] for i, shown in enumerate(support)]
    show_sheet(ax, rows, title)


def strips(
    starts: Mapping[str, Start], rules: Mapping[str, Mapping[str, Rule]], held: Judged, letters: int = 8
) -> Callable[..., Figure]:
    """draw(step, start, rates): three samples of each of the letters, what was shown above them.

    rules[rates][start]: the rule a start takes under that heading of the menu
    """
    support = held.task.support[:letters]

    @cache
    def seen(start: str, rates: str) -> dict[int, Tensor]:
        return drawn(starts[start], support, rules[rates][start], range(STEPS + 1), n=3)

    def draw(step: int, start: str, rates: str) -> Figure:
        figure = Figure(figsize=(10.8, 5.4), layout="constrained")
        above, below = figure.subplots(2, 1, height_ratios=(1, 3))
        show_sheet(above, [support[:, 0, 0]], "one of the five drawings shown")
        x = seen(start, rates)[step]  # (letters, 3, 1, 28, 28)
        title = f"{start}, after {step} steps ({rules[rates][start]})"
        show_sheet(below, [x[:, i, 0] for i in range(x.shape[1])], title)
        return figure

    return draw


def show_scores(axes: Sequence[Axes], rows: Rows, cheats: Mapping[str, Mapping[str, float]]) -> None:
    """A score a panel against the steps: a line through the means, a dash a seed; cheats as dotted lines."""
    for ax, (score, title) in zip(axes, SCORES.items(), strict=True):
        for name in FOUR:
            by_t = {t: over_seeds(rows, name, t, score) for t in (1, 3, 10)}
            means = [sum(x) / len(x) for x in by_t.values()]
            ax.plot(list(by_t), means, "o-", ms=4, color=COLOURS[name], label=TITLES[name])
            for t, x in by_t.items():
                ax.plot([t] * len(x), x, "_", color=COLOURS[name], ms=9, alpha=0.6)
        for name, scores in cheats.items():
            ax.axhline(scores[score], color=MUTED, ls=":", lw=1)
            ax.text(1.02, scores[score], name, fontsize=7, va="center", transform=ax.get_yaxis_transform())
        ax.set(xscale="log", xlabel="steps on the new letter", ylabel=title)
        ax.set_xticks([1, 3, 10], ["1", "3", "10"])
        ax.minorticks_off()
    axes[0].set_ylim(0, 6)
    axes[-1].legend(fontsize=7, loc="center")


def show_domain(axes: Sequence[Axes], world: World, task: Domains, step: Step, seed: int) -> None:
    """A shifted domain: one drawing of each character, and a sample before and after five steps."""
    found = world.after(world.start, task, step, (0, 5), 1, seed)
    seen = {"a drawing": task.shown[0, :, 0, 0], **{f"{t} steps": x[0, :, 0, 0] for t, x in found.items()}}
    for ax, (title, x) in zip(axes, seen.items(), strict=True):
        show_sheet(ax, [x], title)
