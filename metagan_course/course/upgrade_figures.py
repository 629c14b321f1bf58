"""The pictures of lesson 11: the plane of diversity and recognisability, and a point that upgrades move.

Every number comes from the shipped ablation (benchmarks/upgrades.py). Not here: how it was made, and by which
recipes (upgrade_runs.py).
"""

import base64
import io
from collections.abc import Callable, Collection, Sequence

import torch
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from metagan_course.course.upgrade_runs import UPGRADES, Ablation
from metagan_course.palette import FAINT, FAKE, INK, METHODS, MUTED, REAL

MARKS = {  # what is drawn into every plane: its colour, its form, and where its name stands
    "real writers": (REAL, "*", (9, 3), "left"),
    "support copy": (METHODS["copy"], "s", (-9, -4), "right"),
    "tuned jitter": (METHODS["jitter"], "D", (9, -4), "left"),
    "support mean": (METHODS["mean"], "v", (9, -4), "left"),
}


def plane(marks: dict[str, dict[str, Tensor]], ax: Axes) -> Axes:
    """The two axes, with real writers and three cheats of lesson 03 in it."""
    for name, (colour, form, place, side) in MARKS.items():
        x, y = (marks[name][k].mean().item() for k in ("diversity", "recognisability"))
        ax.scatter(x, y, s=120 if form == "*" else 45, color=colour, marker=form, zorder=3)
        say(ax, name, (x, y), place, side)
    ax.axhline(1 / 20, color=FAINT, ls=":")
    say(ax, "a guess", (0, 1 / 20), (0, 3), "left")
    ax.set(
        xlabel="diversity (1: as real writers)",
        ylabel="recognisability",
        xlim=(-0.1, 2.25),
        ylim=(-0.03, 1.1),
    )
    return ax


def say(ax: Axes, text: str, at: tuple, place: tuple, side: str, colour: str = MUTED) -> None:
    ax.annotate(text, at, textcoords="offset points", xytext=place, ha=side, fontsize=9, color=colour)


def picture(kept: str) -> Tensor:
    """A kept PNG as ink, (rows of letters, columns): 1 is ink."""
    return 1 - torch.from_numpy(plt.imread(io.BytesIO(base64.b64decode(kept))).copy())


def show_rows(kept: str, ax: Axes, title: str = "", size: int = 9) -> None:
    ax.imshow(picture(kept).numpy(), cmap="Greys", vmin=0, vmax=1)
    ax.set_axis_off()
    ax.set_title(title, fontsize=size)


def opening(found: Ablation, rows: dict[str, str], figure: Figure) -> None:
    """One strip a set of upgrades, three letters below each other, beside what was shown and real writers."""
    figure.get_layout_engine().set(w_pad=0.1)
    widths = [picture(found.pictures[key]).shape[1] for key in rows]
    for ax, (key, title) in zip(
        figure.subplots(1, len(rows), width_ratios=widths), rows.items(), strict=True
    ):
        show_rows(found.pictures[key], ax, title)


def stand(found: Ablation, on: Collection[str]) -> tuple[Tensor, Tensor]:
    """Where an arm's seeds stand: diversity and recognisability, one number a seed."""
    scores = found.arms[arm_of(on)]
    return scores["diversity"].mean(1), scores["recognisability"].mean(1)


def arm_of(on: Collection[str]) -> tuple[str, ...]:
    """The arm that these ticks ask for: without an encoder there is no code for the others to act on."""
    return tuple(u for u in UPGRADES if u in on) if "encoder" in on else ()


def toggles(found: Ablation) -> Callable[..., Figure]:
    """draw(encoder, meta_batch_norm, D_regularisation, G_regularisation): the point and what it draws."""

    def draw(**ticks: bool) -> Figure:
        on = [name for name in UPGRADES if ticks[name.replace(" ", "_")]]
        arm, figure = arm_of(on), Figure(figsize=(11.8, 5.2))
        left, shown, drawn = (figure.add_axes(box) for box in BOXES)
        plane(found.marks, left)
        for other in found.arms:
            left.scatter(*(x.mean().item() for x in stand(found, other)), s=14, color=FAINT, zorder=2)
        x, y = stand(found, arm)
        left.scatter(x.tolist(), y.tolist(), s=16, color=FAKE, alpha=0.5, zorder=4)
        left.scatter(x.mean().item(), y.mean().item(), s=80, color=FAKE, edgecolor=INK, zorder=5)
        kid = found.arms[arm]["kid"].mean()
        told = f"recognisability {y.mean():.2f}, diversity {x.mean():.2f}, KID {kid:.2f}"
        figure.suptitle(f"{' + '.join(arm) or 'no upgrade'}: {told}", fontsize=13, x=0.5, y=0.98)
        show_rows(found.pictures["support"], shown, "five drawings told", size=11)
        show_rows(found.pictures["+".join(arm)], drawn, "what G draws (seed 0)", size=11)
        note = "The others need a code: without an encoder they do nothing." if len(on) and not arm else ""
        figure.text(
            0.76,
            0.1,
            note or "small points: three seeds; grey: all other sets",
            fontsize=11,
            ha="center",
            color=MUTED,
        )
        return figure

    return draw


BOXES = ((0.06, 0.12, 0.42, 0.79), (0.5, 0.25, 0.185, 0.6), (0.695, 0.25, 0.296, 0.6))


def doses(rows: Sequence[dict], ax: Axes) -> Axes:
    """A regulariser's weight, turned up: one seed, recognisability of letters of validation scripts."""
    none = next(row for row in rows if row["field"] is None)
    colours = {"spread_d": INK, "spread_g": FAKE}
    for field, name in {"spread_d": "D regularisation", "spread_g": "G regularisation"}.items():
        told = [row for row in rows if row["field"] == field]
        ax.plot(
            [r["weight"] for r in told],
            [r["recognisability"] for r in told],
            "o-",
            color=colours[field],
            label=name,
        )
    ax.axhline(none["recognisability"], color=MUTED, ls="--", label="encoder alone")
    ax.set(xscale="log", xlabel="weight of the term", ylabel="recognisability", ylim=(0, 1))
    ax.legend(fontsize=8)
    return ax


def paths(seen: dict[str, dict[int, tuple[float, float]]], marks: dict, ax: Axes) -> Axes:
    """Each arm's way through the plane: {name: {t: (diversity, recognisability)}}."""
    plane(marks, ax)
    for (name, way), colour in zip(seen.items(), (METHODS["maml"], FAKE), strict=False):
        x, y = zip(*way.values(), strict=True)
        ax.plot(x, y, "o-", color=colour, label=name, zorder=4)
        if max(y) - min(y) < 0.1:  # hardly a way: one label for all of it
            say(ax, "t = " + ", ".join(map(str, way)), (x[0], y[0]), (-10, -16), "right", colour)
            continue
        for t, place in way.items():
            say(ax, f"t = {t}", place, (8, -10), "left", colour)
    ax.legend(fontsize=8, loc="lower right")
    return ax
