"""A report in numbers: a table with intervals, differences task by task, and all of it for a JSON file.

Nothing is measured here. The figures: figures.py. Several seeds of one method: benchmarks/seeds.py.
"""

from typing import Any

from torch import Tensor

from metagan_course.evaluation.protocol import Report, Row
from metagan_course.metrics import photocopies, pooled

PRIMARY = ("usefulness", "kid", "energy")  # the first that there is: what differences are tested on
IDEAL = {"support_nn": 0.5, "diversity": 1.0}
COPY, REAL, JITTER = "support copy", "held-out real", "tuned jitter"


def interval(values: Tensor) -> dict[str, float]:
    """Mean and 95% interval of one value a task (T,), or of several seeds' (S, T)."""
    return rounded(pooled(values))


def difference(a: Tensor, b: Tensor) -> dict[str, Any]:
    """a - b, task by task, over the tasks that both were judged on: (T,) or (S, T) each."""
    n = min(a.shape[-1], b.shape[-1])
    found = pooled(a[..., :n] - b[..., :n])
    return {**rounded(found), "excludes_zero": found.excludes_zero(), "tasks": n}


def rounded(found) -> dict[str, float]:
    return {name: round(value, 5) for name, value in found._asdict().items()}


def primary(row: Row) -> Tensor:
    """The row's values, one a task, of the metric that differences are tested on."""
    return next(row.scores[m] for m in PRIMARY if m in row.scores)


def row_at(report: Report, method: str, t: int | None) -> Row:
    """The row of a method after t inner steps."""
    return next(row for row in report.rows if (row.method, row.t) == (method, t))


def summary(report: Report, name: str) -> dict[str, Any]:
    """A checkpoint's means at t = 0 and at its own number of steps, for the manifest of shipped ones."""
    found = {}
    for t in (0, report.main[name]):
        scores = row_at(report, name, t).scores
        found[f"t={t}"] = {metric: round(v.mean().item(), 4) for metric, v in scores.items()}
    return {"protocol": 2, "tasks": len(report.task.support), "split": report.split, **found}


def differences(report: Report) -> dict[str, dict]:
    """The first checkpoint at its own steps minus every other row, by the primary metric."""
    first = next(iter(report.main))
    mine = row_at(report, first, report.main[first])
    return {row.label: compared(mine, row) for row in report.rows if row is not mine}


def compared(mine: Row, row: Row) -> dict[str, Any]:
    """A difference and its metric: KID against a row on fewer tasks, since a share belongs to its own."""
    metrics = PRIMARY if len(primary(mine)) == len(primary(row)) else PRIMARY[1:]
    metric = next(m for m in metrics if m in row.scores and m in mine.scores)
    return {"metric": metric, **difference(mine.scores[metric], row.scores[metric])}


def gains_in_kid(report: Report) -> dict[str, dict]:
    """How much lower each checkpoint's KID is than at t = 0, and than the other checkpoints', in photocopies.

    They are counted among the samples of what it is compared with: so many copies there would do the same.
    """
    found = {}
    for name, t in report.main.items():
        mine = row_at(report, name, t)
        rivals = [row_at(report, name, 0), *(row_at(report, *o) for o in report.main.items() if o[0] != name)]
        found[mine.label] = {row.label: kid_gain(mine, row) for row in rivals if row.with_copies is not None}
    return found


def kid_gain(mine: Row, rival: Row) -> dict[str, Any]:
    found = difference(rival.scores["kid"], mine.scores["kid"])
    copies = photocopies(rival.with_copies, found["estimate"])
    return {**found, "photocopies": round(copies, 2) if copies < float("inf") else None}


# --- the table ---------------------------------------------------------------------------------------------


def table(report: Report) -> str:
    """Markdown: a row a method, mean [interval] of every metric, the difference to the first checkpoint."""
    shown = [row for row in report.rows if in_table(report, row)]
    names = list(dict.fromkeys(m for row in shown for m in row.scores))
    against = differences(report)
    first = next(iter(report.main))
    lines = [
        f"{report.family}, {report.split} side, {len(report.task.support)} tasks of "
        f"{report.task.support.shape[1]} drawings: mean [95% interval]",
        gate_line(report),
        "",
        "| | "
        + " | ".join([head(report, m) for m in names] + ["first minus this", "tasks", "s / task"])
        + " |",
        "|---" * (len(names) + 4) + "|",
    ]
    for row in shown:
        cells = [cell(row.scores.get(m)) for m in names]
        cells += [difference_cell(against.get(row.label)), str(len(primary(row)))]
        cells += [f"{row.seconds:.3f}" if row.seconds else ""]
        lines.append(f"| {row.label} | " + " | ".join(cells) + " |")
    ideal = ", ".join(f"{m} {v}" for m, v in IDEAL.items() if m in names)
    note = f"The first is {first} after {report.main[first]} steps; * marks an interval that excludes 0. "
    note += f"{len(against)} comparisons: by chance alone about one in twenty has a star. "
    note += "t = 0 is conditioning, not adaptation." + (f" Ideal: {ideal}." if ideal else "")
    return "\n".join([*lines, "", note, *use_lines(report), *kid_lines(report)])


def head(report: Report, metric: str) -> str:
    """A column's head says what a copy of the support and what real drawings reach: nothing is read alone."""
    known = {row.method: row.scores.get(metric) for row in report.rows if row.t is None}
    said = [
        f"{word} {known[name].mean():.2f}"
        for word, name in (("copy", COPY), ("real", REAL))
        if has(known, name)
    ]
    return f"{metric} ({', '.join(said)})" if said else metric


def has(known: dict, name: str) -> bool:
    return known.get(name) is not None


def use_lines(report: Report) -> list[str]:
    """What "usefulness" is a share of."""
    if report.gate is None:
        return []
    if report.alone is None:
        return ["", "Fewer than 20 tasks: no usefulness."]
    real = next(row for row in report.rows if row.method == REAL).scores["accuracy"]
    said = (
        f"Usefulness: the share of what real drawings add to a 20-way classifier, {cell(report.alone)} with "
    )
    return ["", f"{said}the support alone and {cell(real)} with them."]


def kid_lines(report: Report) -> list[str]:
    """KID's gains, in copies of the support that would do the same."""
    said = []
    for label, found in gains_in_kid(report).items():
        for other, gain in found.items():
            copies = "more than all" if gain["photocopies"] is None else f"{gain['photocopies']:.1f}"
            said.append(
                f"{label}: KID lower than {other}'s by {difference_cell(gain)}: {copies} photocopies."
            )
    return ["", *said] if said else []


def in_table(report: Report, row: Row) -> bool:
    """The table has t = 0, 1, 10, 200 and a checkpoint's own number of steps; the curves have all."""
    return row.t in (None, 0, 1, 10, 200, report.main.get(row.method))


def gate_line(report: Report) -> str:
    if report.gate is None:
        return "Points: energy distance, lower is better."
    said = (
        f"Critic, on real validation characters, 20-way: {report.gate.as_used:.1%} recognised as it is used, "
    )
    said += f"{report.gate.one_shot:.1%} from one drawing."
    return said + ("" if report.gate.open else " Below the gate of 95%: recognisability is not reported.")


def cell(values: Tensor | None) -> str:
    """ "mean [low, high]" of one value a task."""
    if values is None:
        return ""
    found = interval(values)
    return f"{found['estimate']:.3f} [{found['low']:.3f}, {found['high']:.3f}]"


def difference_cell(found: dict | None) -> str:
    """ "mean [low, high]" of a difference, with a star if the interval excludes 0, and its metric."""
    if found is None:
        return ""
    star = "*" if found["excludes_zero"] else ""
    said = f"{found['estimate']:+.3f} [{found['low']:+.3f}, {found['high']:+.3f}]{star}"
    return said + (f" {found['metric']}" if "metric" in found else "")


def as_json(report: Report) -> dict:
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
        "protocol": 2,
        "family": report.family,
        "split": report.split,
        "shots": report.task.support.shape[1],
        "critic": None if report.gate is None else report.gate._asdict(),
        "judged_at": report.main,
        "rows": rows,
        "first_minus_others": differences(report),
        "gains_in_kid": gains_in_kid(report),
        "accuracy_with_support_alone": None if report.alone is None else report.alone.tolist(),
    }
