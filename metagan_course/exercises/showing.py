"""How verdicts, hints, solutions and progress look: rich HTML, and plain text that says the same.

The text is what terminals, diffs and the notebook tests see, so it holds no time and no raw number unless an
answer was wrong. Every state has a word and a sign besides its colour.
"""

import html
import re
from dataclasses import dataclass

from IPython.display import display
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from .checking import Verdict
from .declare import Exercise

_COLOURS = {"correct": "#1a7f37", "untouched": "#6e7781", "wrong": "#b35900", "info": "#0969da"}
_SIGNS = {"correct": "✓", "untouched": "○", "wrong": "✗", "info": "ⓘ"}


@dataclass(frozen=True)
class Panel:
    """A headline and paragraphs, shown as a box in a notebook and as lines in a terminal."""

    kind: str
    headline: str
    paragraphs: tuple[str, ...] = ()
    code: str = ""

    def __repr__(self) -> str:
        lines = [f"{_SIGNS[self.kind]} {self.headline}", *(f"  {text}" for text in self.paragraphs)]
        return "\n".join([*lines, *([self.code.rstrip()] if self.code else [])])

    def _repr_html_(self) -> str:
        colour = _COLOURS[self.kind]
        style = (
            f"border-left:4px solid {colour};padding:.4em .9em;margin:.3em 0;max-width:52em;line-height:1.5"
        )
        head = f'<strong style="color:{colour}">{_SIGNS[self.kind]} {html.escape(self.headline)}</strong>'
        body = "".join(f'<p style="margin:.3em 0">{_inline(text)}</p>' for text in self.paragraphs)
        return f'<div role="status" aria-live="polite" style="{style}">{head}{body}{_code(self.code)}</div>'


def _inline(text: str) -> str:
    """HTML of a paragraph: `code` in code font, line breaks kept."""
    lines = html.escape(text).replace("\n", "<br>")
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", lines)


def _code(source: str) -> str:
    if not source:
        return ""
    return highlight(source, PythonLexer(), HtmlFormatter(noclasses=True, cssstyles="background:transparent"))


def show(panel: "Panel | Table") -> None:
    """Put it into the notebook's output, or print it where there is no notebook."""
    display(panel)


def of_verdict(verdict: Verdict, *, hint: str = "", note: str = "") -> Panel:
    """What the learner sees after a check."""
    spec = verdict.spec
    about = f"{spec.title} ({spec.dots}, about {spec.minutes} minutes)"
    if verdict.kind == "correct":
        texts = [f"Verified: {spec.verified}", *verdict.remarks, "Your own function is used from here on."]
        headline = f"Correct: {spec.id}"
    elif verdict.kind == "untouched":
        headline = f"Not written yet: {spec.id} · {about}"
        texts = [
            "The course's own function stands in, so the rest of this notebook runs. "
            f'Write yours where the ... stands and run the cell again; hint("{spec.id}") helps.'
        ]
    else:
        headline = f"Not yet: {spec.id} · {about}"
        texts = [verdict.sentences, verdict.evidence, hint and f"Hint 1 of 3: {hint}"]
        texts.append(
            "Until it is right, the course's own function stands in, so the rest of this notebook runs."
        )
    return Panel(verdict.kind, headline, tuple(text for text in [*texts, note] if text))


def of_hints(spec: Exercise, count: int) -> Panel:
    """The first `count` hints of an exercise."""
    shown = tuple(f"Hint {number} of 3: {text}" for number, text in enumerate(spec.hints[:count], 1))
    last = (
        (f'That was the last one; solution("{spec.id}") shows the finished function.',) if count >= 3 else ()
    )
    return Panel("info", f"{spec.id} · {spec.title}", shown + last)


def of_solution(spec: Exercise, source: str) -> Panel:
    """The package's own source of the function."""
    where = f"{spec.reference.__module__}.{spec.reference.__qualname__}"
    origin = f"This is {where}, which stands in for yours and which later lessons import."
    return Panel("info", f"{spec.id} · {spec.title}", (origin,), source)


@dataclass(frozen=True)
class Table:
    """Progress: one row an exercise, those of the open lesson first."""

    rows: tuple[dict, ...]  # id, title, dots, state
    note: str = ""
    here: str = ""  # the open lesson, as two digits

    @property
    def summary(self) -> str:
        """How many are done, in this lesson and in all."""
        own = [row for row in self.rows if row["id"][:2] == self.here]
        own_done, done = (sum(row["state"] == "done" for row in rows) for rows in (own, self.rows))
        first = f"Lesson {self.here}: {own_done} of {len(own)} done. " if own else ""
        return f"{first}All lessons: {done} of {len(self.rows)} exercises done"

    def __repr__(self) -> str:
        marks = {"done": "✓", "tried": "✗", "open": "○"}
        lines = [
            f"{marks[row['state']]} {row['state']:5}  {row['id']:32} {row['dots']}  {row['title']}"
            for row in self.rows
        ]
        return "\n".join([self.summary, *lines, *([self.note] if self.note else [])])

    def _repr_html_(self) -> str:
        body = "".join(self._html_row(row) for row in self.rows)
        names = ("state", "exercise", "what it asks", "difficulty")
        head = "".join(f'<th scope="col">{name}</th>' for name in names)
        note = f"<p>{html.escape(self.note)}</p>" if self.note else ""
        caption = f"<caption><strong>{self.summary}</strong></caption>"
        return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{note}"

    def _html_row(self, row: dict) -> str:
        marks = {"done": "✓ done", "tried": "✗ tried", "open": "○ open"}
        cells = (marks[row["state"]], row["id"], row["title"], row["dots"])
        return "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "</tr>"
