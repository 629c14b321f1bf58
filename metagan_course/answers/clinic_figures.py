"""The charts and the table of lesson 14. What was found out goes in, a figure or a text comes out."""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape

import torch
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from metagan_course.palette import ALARM, INK, MUTED

from .clinic import BUGS, HEALTHY, Bug, patient
from .clinic_symptoms import SYMPTOMS, Curves, numbers

RIGHT, BROKEN = MUTED, ALARM


def spelt(name: str) -> str:
    """graph_cut -> graph cut"""
    return name.replace("_", " ")


def show_seen(
    seen: Mapping[str, Iterable[str]],
    *,
    ax: Axes | None = None,
    what: str = "the test written for",
    title: str = "dark: this test refuses this bug",
) -> Axes:
    """Which test (row, by the bug it was written for) sees which bug (column): a square where it refuses.

    seen: bug whose test it is -> all bugs that this test sees, as `clinic.seen()` finds them.
    """
    names = list(seen)
    ax = ax or plt.subplots(figsize=(8.6, 7.2), layout="constrained")[1]
    cells = [[int(other in set(seen[name])) for other in names] for name in names]
    ax.imshow(cells, cmap="Greys", vmin=0, vmax=1.4)
    words = [spelt(name) for name in names]
    ax.set_xticks(range(len(names)), words, rotation=60, ha="right")
    ax.set_yticks(range(len(names)), words)
    ax.set_xticks([place + 0.5 for place in range(len(names) - 1)], minor=True)
    ax.set_yticks([place + 0.5 for place in range(len(names) - 1)], minor=True)
    ax.grid(which="minor", color="0.85")
    ax.tick_params(which="minor", length=0)
    ax.set(xlabel="the bug", ylabel=what, title=title)
    return ax


def show_loops(told: Mapping[str, Tensor], steps: Sequence[int], ax: Axes | None = None) -> Axes:
    """What several training loops print, by outer step; their names are letters."""
    ax = ax or plt.subplots(figsize=(7.2, 3.2), layout="constrained")[1]
    for place, (letter, losses) in enumerate(told.items()):
        ax.plot(
            steps, losses, color=INK, alpha=1 - 0.15 * place, ls=("-", "--", "-.", ":", (0, (1, 1)))[place]
        )
        ax.annotate(letter, (steps[-1], losses[-1]), (6 + 12 * (place % 2), -3), textcoords="offset points")
    ax.set(yscale="log", xlabel="outer step", ylabel="the query loss it prints", title="Five training loops")
    return ax


def show_curves(
    broken: Mapping[str, Sequence[Tensor]], right: Curves, *, colour: str = BROKEN, named: bool = True
) -> Figure:
    """A panel a symptom: right code in grey, a line a seed, the other in colour; numbers instead of names."""
    figure, panels = plt.subplots(3, 5, figsize=(13, 7), layout="constrained")
    for place, (ax, (name, symptom)) in enumerate(zip(panels.flat, SYMPTOMS.items(), strict=True)):
        for curve in broken[name]:
            ax.plot(curve, color=colour, lw=1.6)
        for curve in right[name]:
            ax.plot(curve, color=RIGHT, lw=1.2, ls="--")
        ax.set_xlabel(symptom.x, fontsize=8)
        ax.set_ylabel(symptom.y, fontsize=8)
        ax.set_title(spelt(name) if named else f"curve {place + 1}", fontsize=9)
        ax.tick_params(labelsize=7)
    return figure


def triage(bugs: Mapping[str, Bug], measured: Mapping[str, tuple[str, str]] | None = None) -> str:
    """Symptom, cause and test of each bug: a table in Markdown; with what was measured, where it was."""
    more = [f" {right} | {wrong} |" for right, wrong in measured.values()] if measured else [""] * len(bugs)
    rows = [
        f"| {bug.symptom} | {bug.cause} | `{bug.test.__name__}` |{numbers}"
        for bug, numbers in zip(bugs.values(), more, strict=True)
    ]
    head = "| symptom | cause | test |" + (" right | broken |" if measured else "")
    return "\n".join([head, "|---" * (head.count("|") - 1) + "|", *rows])


def ranges(broken: Mapping[str, Curves], right: Curves) -> dict[str, tuple[str, str]]:
    """bug -> (right, broken): from the least to the largest of its own symptom's numbers."""
    theirs = numbers(right)
    ours = {bug: numbers({bug: shown[bug]})[bug] for bug, shown in broken.items()}
    return {bug: (_range(theirs[bug]), _range(ours[bug])) for bug in broken}


def _range(values: Sequence[float]) -> str:
    low, high = (f"{value:.2f}".replace("-0.00", "0.00") for value in (min(values), max(values)))
    return low if low == high else f"{low} to {high}"


def folds(bugs: Mapping[str, Bug]) -> str:
    """Each bug behind a fold, in HTML: the right part, the broken part, the test, where it was seen."""
    return "\n".join(_fold(name, bug) for name, bug in bugs.items())


def _fold(name: str, bug: Bug) -> str:
    pieces = {"broken": bug.broken, "right": HEALTHY[bug.part], "test": bug.test}
    code = "".join(f"<p>{said}</p><pre>{escape(source(one))}</pre>" for said, one in pieces.items())
    words = f"<b>{spelt(name)}</b>: {bug.symptom}. Cause: {bug.cause}. Seen: {bug.where}."
    return f"<details><summary>{words}</summary>{code}</details>"


def source(part: Callable) -> str:
    """The code of a part, without indentation."""
    return inspect.cleandoc("\n" + inspect.getsource(part)).strip()


# --- the ward: a film ---------------------------------------------------------------------------------------

STEPS = 11  # positions of the ward's slider


def ward(shown: Mapping[str, Curves], right: Curves) -> Callable[..., Figure]:
    """draw(step, patient, code): the symptom up to a step, right code beside it, and what the tests say."""
    verdicts = {name: _verdicts(name) for name in shown}

    def draw(step: int, patient: str, code: str) -> Figure:
        figure = Figure(figsize=(8.6, 4.2), layout="constrained")
        ax, words = figure.subplots(1, 2, width_ratios=(1.25, 1))
        _symptom(ax, shown[patient][patient], right[patient], step, patient, code)
        words.set_axis_off()
        words.text(0, 1, _words(patient, code, verdicts[patient]), va="top", fontsize=9, linespacing=1.5)
        return figure

    return draw


def _symptom(ax: Axes, broken: list, right: list, step: int, name: str, code: str) -> None:
    symptom, n = SYMPTOMS[name], len(right[0])
    until = 1 + round(step / (STEPS - 1) * (n - 1))
    for curve in right:
        ax.plot(curve, color=RIGHT, lw=1, ls="--", alpha=0.35 if code == "broken" else 0.0)
    for curve in broken if code == "broken" else right:
        ax.plot(curve[:until], color=BROKEN if code == "broken" else RIGHT, lw=2, marker=".", ms=4)
    values = torch.cat([*broken, *right])
    margin = 0.06 * max(1e-3, (values.max() - values.min()).item())
    ax.set_xlim(-0.02 * n, 1.02 * (n - 1))
    ax.set_ylim(values.min().item() - margin, values.max().item() + margin)
    ax.set(xlabel=symptom.x, ylabel=symptom.y, title=f"{spelt(name)}: {code} code, three seeds")


def _verdicts(name: str) -> list[str]:
    """The bugs whose tests refuse this patient."""
    parts = patient(name)
    return [other for other, bug in BUGS.items() if _said(bug.test, parts)]


def _said(test: Callable, parts: Mapping[str, Callable]) -> str:
    """What a test says against these parts; nothing where it passes."""
    try:
        test(parts)
    except AssertionError as error:
        return str(error).partition("\n")[0] or "refused"
    return ""


def _words(name: str, code: str, refusing: list[str]) -> str:
    bug = BUGS[name]
    if code == "right":
        lines = [f"part: {bug.part}", "", "All fifteen tests pass."]
    else:
        said = _said(bug.test, patient(name))
        tests = "\n".join(f"  {BUGS[other].test.__name__}" for other in refusing)
        lines = [
            f"part: {bug.part}",
            f"symptom: {bug.symptom}",
            f"cause: {bug.cause}",
            "",
            "refused by",
            tests,
        ]
        lines += ["", "it says:", _wrapped(said), "", "seen in", _wrapped(bug.where)]
    return "\n".join(lines)


def _wrapped(text: str, width: int = 46) -> str:
    lines = [""]
    for word in text.split():
        fits = len(lines[-1]) + len(word) < width
        lines = [*lines[:-1], f"{lines[-1]} {word}".strip()] if fits else [*lines, word]
    return "\n".join(lines)
