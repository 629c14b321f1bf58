"""A report as people read it: a table with intervals, the plane, the curves, a sheet of samples; and as JSON.

Numbers come in, files go out; nothing is measured here.
"""

import json
from pathlib import Path
from typing import Any

import torch
from matplotlib import pyplot as plt
from torch import Tensor

from metagan_course import plots
from metagan_course.metrics import bootstrap, paired_bootstrap
from metagan_course.tasks.cache import write_whole

PRIMARY = ("kid", "energy")  # the metric that differences are tested on: lower is better
IDEAL = {"diversity": 1.0, "support_nn": 0.5}
RESAMPLES = 5000
JITTER = "affine + elastic jitter"
GREY = "#6e7781"


def interval(values: Tensor) -> dict[str, float]:
    """Mean over tasks and its 95% bootstrap interval."""
    return rounded(bootstrap(values, generator=torch.Generator().manual_seed(0), n_resamples=RESAMPLES))


def difference(a: Tensor, b: Tensor) -> dict[str, Any]:
    """a - b, task by task, over the tasks that both were judged on."""
    n = min(len(a), len(b))
    generator = torch.Generator().manual_seed(0)
    found = paired_bootstrap(a[:n], b[:n], generator=generator, n_resamples=RESAMPLES)
    return {**rounded(found), "excludes_zero": found.excludes_zero(), "tasks": n}


def rounded(found) -> dict[str, float]:
    return {name: round(value, 5) for name, value in found._asdict().items()}


def primary(row) -> Tensor:
    """The row's values, one a task, of the metric that differences are tested on."""
    return next(row.scores[m] for m in PRIMARY if m in row.scores)


def row_at(report, method: str, t: int | None):
    """The row of a method after t inner steps."""
    return next(row for row in report.rows if (row.method, row.t) == (method, t))


def summary(report, name: str) -> dict[str, float]:
    """A checkpoint's means at t = 0 and at its own number of steps, for the manifest of shipped ones."""
    found = {}
    for t in (0, report.main[name]):
        scores = row_at(report, name, t).scores
        found[f"t={t}"] = {metric: round(v.mean().item(), 4) for metric, v in scores.items()}
    return {"tasks": len(report.task.support), "split": report.split, **found}


def differences(report) -> dict[str, dict]:
    """The first checkpoint at its own steps minus every other row, by the primary metric."""
    first = next(iter(report.main))
    mine = row_at(report, first, report.main[first])
    return {row.label: difference(primary(mine), primary(row)) for row in report.rows if row is not mine}


def gains(report) -> dict[str, dict]:
    """Each checkpoint's accuracy with its samples added, minus that with nothing and with jitter added."""
    if report.alone is None:
        return {}
    jittered = [row.scores["augmentation"] for row in report.rows if row.method == JITTER]
    against = {"nothing": report.alone, **({"jitter": jittered[0]} if jittered else {})}
    rows = [row_at(report, *own) for own in report.main.items()]
    return {
        row.label: {name: difference(row.scores["augmentation"], other) for name, other in against.items()}
        for row in rows
    }


# --- the table ---------------------------------------------------------------------------------------------


def table(report) -> str:
    """Markdown: a row a method, mean [interval] of every metric, the difference to the first checkpoint."""
    shown = [row for row in report.rows if in_table(report, row)]
    names = list(dict.fromkeys(m for row in shown for m in row.scores))
    against = differences(report)
    metric = next(m for m in PRIMARY if m in names)
    first = next(iter(report.main))
    lines = [
        f"{report.family}, {report.split} side, {len(report.task.support)} tasks: mean [95% interval]",
        gate_line(report),
        "",
        "| | " + " | ".join([*names, f"{metric} of the first minus this", "tasks", "s / task"]) + " |",
        "|---" * (len(names) + 4) + "|",
    ]
    for row in shown:
        cells = [cell(row.scores.get(m)) for m in names]
        cells += [difference_cell(against.get(row.label)), str(len(primary(row)))]
        cells += [f"{row.seconds:.3f}" if row.seconds else ""]
        lines.append(f"| {row.label} | " + " | ".join(cells) + " |")
    ideal = ", ".join(f"{m} {v}" for m, v in IDEAL.items() if m in names)
    note = f"The first is {first} after {report.main[first]} steps; * marks an interval that excludes 0. "
    note += "t = 0 is conditioning, not adaptation." + (f" Ideal: {ideal}." if ideal else "")
    return "\n".join([*lines, "", note, *gain_lines(report)])


def gain_lines(report) -> list[str]:
    """What "augmentation" is, and what each checkpoint's samples add to it."""
    if report.gate is None:
        return []
    if report.alone is None:
        return ["", "Fewer than 20 tasks: no augmentation figure."]
    said = f"Augmentation: 20-way 5-shot accuracy with the samples added; with none, {cell(report.alone)}."
    for label, found in gains(report).items():
        minus = "; minus ".join(f"{name}: {difference_cell(gap)}" for name, gap in found.items())
        said += f"\n{label}, minus {minus}."
    return ["", said]


def in_table(report, row) -> bool:
    """The table has t = 0, 10, 200 and a checkpoint's own number of steps; the curves have all."""
    return row.t in (None, 0, 10, 200, report.main.get(row.method))


def gate_line(report) -> str:
    if report.gate is None:
        return "Points: energy distance, lower is better."
    said = f"Critic: {report.gate:.1%} of real held-out characters recognised, 20-way 1-shot."
    silent = all("recognisability" not in row.scores for row in report.rows)
    return said + (" Below the gate of 95%: recognisability is not reported." if silent else "")


def cell(values: Tensor | None) -> str:
    """ "mean [low, high]" of one value a task."""
    if values is None:
        return ""
    found = interval(values)
    return f"{found['estimate']:.3f} [{found['low']:.3f}, {found['high']:.3f}]"


def difference_cell(found: dict | None) -> str:
    """ "mean [low, high]" of a difference, with a star if the interval excludes 0."""
    if found is None:
        return ""
    star = "*" if found["excludes_zero"] else ""
    return f"{found['estimate']:+.3f} [{found['low']:+.3f}, {found['high']:+.3f}]{star}"


def as_json(report) -> dict:
    """All numbers, those of single tasks included, so that any other interval can be computed from them."""
    rows = [
        {
            "method": row.method,
            "t": row.t,
            "seconds_per_task": round(row.seconds, 5),
            "tasks": len(primary(row)),
            "mean": {m: interval(v) for m, v in row.scores.items()},
            "each_task": {m: [round(x, 4) for x in v.tolist()] for m, v in row.scores.items()},
        }
        for row in report.rows
    ]
    return {
        "family": report.family,
        "split": report.split,
        "critic_accuracy": report.gate,
        "judged_at": report.main,
        "rows": rows,
        "first_minus_others": differences(report),
        "augmentation_gains": gains(report),
        "augmentation_with_nothing": None if report.alone is None else report.alone.tolist(),
    }


# --- figures -----------------------------------------------------------------------------------------------


def plane(report) -> plt.Axes:
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


def curves(report, metric: str) -> plt.Axes:
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


def sheet(report, name: str) -> plt.Figure:
    """Rows of tasks: what was shown, and what a checkpoint draws from the same noise after t steps."""
    drawn, last = report.samples[name], report.main[name]
    if report.task.support.dim() == 3:
        return point_sheet(report, drawn[last], last)
    few = {t: pictures[:6, :4] for t, pictures in drawn.items() if t <= last}
    return plots.adaptation_sheet(report.task.support[:6], few, title=name).figure


def point_sheet(report, drawn: Tensor, t: int) -> plt.Figure:
    figure, axes = plt.subplots(2, 4, figsize=(10, 5.2), layout="constrained")
    for ax, real, fake in zip(axes.flat, report.task.query, drawn, strict=False):
        plots.scatter2d(real, fake, ax)
    figure.suptitle(f"held-out tasks after {t} steps")
    return figure


# --- files -------------------------------------------------------------------------------------------------


def write(report, folder: Path) -> str:
    """table.md, report.json, and the figures as PNG; returns the table."""
    said = table(report)
    write_whole(folder / "table.md", f"{said}\n".encode())
    write_whole(folder / "report.json", json.dumps(as_json(report), indent=1).encode())
    metrics = [m for m in ("kid", "recognisability", "energy") if m in report.rows[0].scores]
    figures = {f"curve_{m}": curves(report, m).figure for m in metrics}
    figures |= {f"samples_{name.replace('/', '_')}": sheet(report, name) for name in report.samples}
    if "diversity" in report.rows[0].scores:
        figures["plane"] = plane(report).figure
    for name, figure in figures.items():
        figure.savefig(folder / f"{name}.png", dpi=110)
        plt.close(figure)
    return said
