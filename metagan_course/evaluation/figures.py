"""A report in figures: the plane, the curves over inner steps, a sheet of samples; and all its files.

Nothing is measured here. The numbers: report.py.
"""

import json
from pathlib import Path

import torch
from matplotlib import pyplot as plt
from torch import Tensor

from metagan_course import plots
from metagan_course.evaluation.protocol import Report
from metagan_course.evaluation.report import as_json, in_table, interval, primary, table
from metagan_course.files import write_whole

GREY = "#6e7781"


def plane(report: Report) -> plt.Axes:
    """Diversity against recognisability (against KID where the critic is silent)."""
    ax = plt.subplots(figsize=(7.5, 4.2), layout="constrained")[1]
    up = "recognisability" if "recognisability" in report.rows[0].scores else "kid"
    shown = [row for row in report.rows if in_table(report, row)]
    places = [(row.scores["diversity"].mean().item(), row.scores[up].mean().item()) for row in shown]
    order = sorted(range(len(shown)), key=lambda i: places[i][1])
    for rank, i in enumerate(order):  # names in a column of their own: near points would hide each other's
        learned = shown[i].method in report.main
        ax.plot(*places[i], marker="o" if learned else "x", color=plots.REAL if learned else GREY)
        at = 1.05, (rank + 0.5) / len(order)
        line = {"arrowstyle": "-", "color": GREY, "linewidth": 0.4, "relpos": (0, 0.5)}
        ax.annotate(
            shown[i].label,
            places[i],
            at,
            textcoords="axes fraction",
            fontsize=7,
            va="center",
            arrowprops=line,
        )
    ax.axvline(1, color=GREY, linewidth=0.8, linestyle=":")
    ax.set(xlabel="diversity ratio (1: as varied as people)", ylabel=up)
    return ax


def curves(report: Report, metric: str) -> plt.Axes:
    """A metric over inner steps with its interval; t = 0 apart, left of the axis' break."""
    ax = plt.subplots(figsize=(5.5, 3.4), layout="constrained")[1]
    n = min(len(primary(row)) for row in report.rows)  # the same tasks at every t
    for method in dict.fromkeys(row.method for row in report.rows if row.t is not None):
        rows = sorted((r for r in report.rows if r.method == method), key=lambda r: r.t)
        values = torch.stack([r.scores[metric][:n] for r in rows], 1)  # (T, steps)
        later = [i for i, r in enumerate(rows) if r.t > 0]
        plots.curve_with_interval(
            [rows[i].t for i in later],
            values[:, later],
            ax,
            label=method,
            xlabel="inner steps t",
            ylabel=metric,
        )
        start = interval(values[:, 0])
        colour = ax.lines[-1].get_color()
        ax.plot([0.5, 0.5], [start["low"], start["high"]], color=colour, marker="_")
        ax.plot(0.5, start["estimate"], marker="D", markersize=4, color=colour)
    ax.set_xscale("log")
    ticks = [0.5, *sorted({r.t for r in report.rows if r.t})]
    ax.set_xticks(ticks, ["0", *map(str, ticks[1:])])
    ax.axvline(0.7, color=GREY, linewidth=0.8, linestyle=":")
    ax.minorticks_off()
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), frameon=False)  # above: inside it hides a curve
    return ax


def sheet(report: Report, name: str) -> plt.Figure:
    """Rows of tasks: what was shown, and what a checkpoint draws from the same noise after t steps."""
    drawn, last = report.samples[name], report.main[name]
    if report.task.support.dim() == 3:
        return point_sheet(report, drawn, last)
    few = {t: pictures[:6, :4] for t, pictures in drawn.items() if t <= last}
    return plots.adaptation_sheet(report.task.support[:6], few, title=name).figure


def point_sheet(report: Report, drawn: dict[int, Tensor], last: int) -> plt.Figure:
    """Four tasks before the first step and after the last, beside points the checkpoint never saw."""
    figure, axes = plt.subplots(2, 4, figsize=(10, 5.4), sharex="col", sharey="col", layout="constrained")
    for row, t in zip(axes, (0, last), strict=True):
        for ax, real, fake in zip(row, report.task.query, drawn[t], strict=False):
            plots.scatter2d(real, fake, ax).get_legend().remove()
        row[0].set_title(f"t = {t}", loc="left")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper right", ncols=2)
    return figure


def write(report: Report, folder: Path) -> str:
    """table.md, report.json, and the figures as PNG; returns the table."""
    said = table(report)
    write_whole(folder / "table.md", f"{said}\n".encode())
    write_whole(folder / "report.json", json.dumps(as_json(report), indent=1).encode())
    wanted = ("usefulness", "kid", "recognisability", "energy")
    metrics = [m for m in wanted if all(m in row.scores for row in report.rows if row.t is not None)]
    figures = {f"curve_{m}": curves(report, m).figure for m in metrics}
    figures |= {f"samples_{name.replace('/', '_')}": sheet(report, name) for name in report.samples}
    if "diversity" in report.rows[0].scores:
        figures["plane"] = plane(report).figure
    for name, figure in figures.items():
        figure.savefig(folder / f"{name}.png", dpi=110)
        plt.close(figure)
    return said
