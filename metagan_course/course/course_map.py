"""The map of the course: which lessons there are, what each builds on, and a drawing. Nothing is run here."""

from pathlib import Path
from typing import NamedTuple

from matplotlib import pyplot as plt
from matplotlib.axes import Axes

HERE, PLANNED = "#0072b2", "#6e7781"


class Stop(NamedTuple):
    """One lesson on the map: its name, the lessons it builds on, and where it is drawn (column, row)."""

    title: str
    needs: tuple[str, ...]
    at: tuple[int, float]


LESSONS = {
    "00": Stop("Start here", (), (0, 1.0)),
    "01": Stop("A game of\ntwo networks", ("00",), (1, 2.0)),
    "02": Stop("Why the game\nis hard", ("01",), (2, 2.0)),
    "03": Stop("Pictures, and\nhonest scores", ("02",), (3, 2.0)),
    "04": Stop("Learning\nto learn", ("00",), (1, 0.0)),
    "05": Stop("Tasks", ("04",), (2, 0.0)),
    "06": Stop("Learning the\nupdate rule", ("05",), (3, 0.0)),
    "07": Stop("Reptile\nMeta-GAN", ("03", "05"), (4, 1.5)),
    "08": Stop("MAML\nMeta-GAN", ("07",), (5, 1.5)),
    "09": Stop("A learned optimiser\nfor the generator", ("06", "08"), (5, 0.0)),
    "10": Stop("A model that\ninitialises", ("08",), (6, 2.5)),
    "11": Stop("Four\nupgrades", ("08",), (6, 1.5)),
    "12": Stop("Generated data for\nfew-shot learners", ("08",), (6, 0.5)),
    "13": Stop("Your own\nalphabet", ("10", "11", "12"), (7, 1.5)),
    "14": Stop("Debugging\nclinic", ("02", "05"), (2, 1.0)),
}


def lessons_here(folder: Path) -> set[str]:
    """The numbers of the lessons whose notebooks are in the folder."""
    return {path.name[:2] for path in folder.glob("[0-9][0-9]*_*.ipynb")}


def draw(here: set[str], ax: Axes | None = None) -> Axes:
    """Boxes and arrows: a filled box is a lesson you can open, a dashed one is planned."""
    if ax is None:
        ax = plt.subplots(figsize=(11, 4), layout="constrained")[1]
    for stop in LESSONS.values():
        for needed in stop.needs:
            arrow(ax, LESSONS[needed].at, stop.at)
    for number, stop in LESSONS.items():
        box(ax, number, stop, ready=number in here)
    ax.set(xlim=(-0.6, 7.6), ylim=(-0.5, 3.0))
    ax.set_axis_off()
    planned = "; a dashed box is planned" if set(LESSONS) - here else ""
    ax.set_title(f"The course: arrows say what builds on what{planned}")
    return ax


def arrow(ax: Axes, start: tuple[int, float], end: tuple[int, float]) -> None:
    ax.annotate(
        "",
        xy=end,
        xytext=start,
        zorder=1,
        arrowprops={"arrowstyle": "-|>", "color": "#8c959f", "shrinkA": 30, "shrinkB": 34},
    )


def box(ax: Axes, number: str, stop: Stop, *, ready: bool) -> None:
    look = {"fc": HERE, "ec": HERE} if ready else {"fc": "white", "ec": PLANNED, "ls": "--"}
    ax.text(
        *stop.at,
        f"{number}\n{stop.title}",
        ha="center",
        va="center",
        fontsize=8.5,
        color="white" if ready else "#24292f",
        bbox={"boxstyle": "round,pad=0.45", **look},
        zorder=2,
    )
