"""A report in numbers: a table with intervals, differences task by task, and all of it for a JSON file.

Nothing is measured here. The figures: figures.py.
"""

from typing import Any

import torch
from torch import Tensor

from metagan_course.metrics import bootstrap, paired_bootstrap

PRIMARY = ("kid", "energy")  # the metric that differences are tested on: lower is better
IDEAL = {"diversity": 1.0, "support_nn": 0.5}
RESAMPLES = 5000
JITTER = "affine + elastic jitter"


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
