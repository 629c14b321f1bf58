"""The chart and the table of lesson 14. What was found out goes in, a figure or a text comes out."""

from collections.abc import Iterable, Mapping

from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from .clinic import Bug


def spelt(name: str) -> str:
    """graph_cut -> graph cut"""
    return name.replace("_", " ")


def show_seen(seen: Mapping[str, Iterable[str]]) -> Axes:
    """Which test (row, by the bug it was written for) sees which bug (column): a square where it refuses.

    seen: bug whose test it is -> all bugs that this test sees, as `clinic.seen()` finds them.
    """
    names = list(seen)
    ax = plt.subplots(figsize=(8.6, 7.2), layout="constrained")[1]
    cells = [[int(other in set(seen[name])) for other in names] for name in names]
    ax.imshow(cells, cmap="Greys", vmin=0, vmax=1.4)
    words = [spelt(name) for name in names]
    ax.set_xticks(range(len(names)), words, rotation=60, ha="right")
    ax.set_yticks(range(len(names)), words)
    ax.set_xticks([place + 0.5 for place in range(len(names) - 1)], minor=True)
    ax.set_yticks([place + 0.5 for place in range(len(names) - 1)], minor=True)
    ax.grid(which="minor", color="0.85")
    ax.tick_params(which="minor", length=0)
    ax.set(xlabel="the bug", ylabel="the test written for", title="dark: this test refuses this bug")
    return ax


def triage(bugs: Mapping[str, Bug]) -> str:
    """Symptom, cause and test of each bug: a table in Markdown."""
    rows = [f"| {bug.symptom} | {bug.cause} | `{bug.test.__name__}` |" for bug in bugs.values()]
    return "\n".join(["| symptom | cause | test |", "|---|---|---|", *rows])
