"""A notebook as the rules see it: its parts, its prose without markup, its code. Nothing here judges."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import nbformat
from nbformat import NotebookNode

FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
CODE_SPAN = re.compile(r"`[^`\n]+`")
MATH = re.compile(r"\$\$.+?\$\$|(?<![\\$])\$(?!\s)[^$\n]+?(?<!\s)\$", re.DOTALL)
LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
TAG = re.compile(r"<[^>]+>")
HAN = r"\u4e00-\u9fff"


@dataclass(frozen=True)
class Lesson:
    """One notebook with the questions that rules ask of it."""

    name: str
    notebook: NotebookNode
    path: Path | None = None

    @classmethod
    def read(cls, path: Path) -> "Lesson":
        return cls(path.stem, nbformat.read(path, as_version=4), path)

    @property
    def cells(self) -> list[NotebookNode]:
        return self.notebook.cells

    @property
    def code(self) -> list[NotebookNode]:
        return [cell for cell in self.cells if cell.cell_type == "code"]

    @property
    def markdown(self) -> list[NotebookNode]:
        return [cell for cell in self.cells if cell.cell_type == "markdown"]

    @cached_property
    def text(self) -> str:
        """All the markdown, cell after cell."""
        return "\n\n".join(cell.source for cell in self.markdown)

    @cached_property
    def sections(self) -> list[tuple[str, str]]:
        """(heading, markdown) of every second-level part, in order."""
        pieces = re.split(r"^## +(.+)$", FENCE.sub("", self.text), flags=re.MULTILINE)
        return list(zip(pieces[1::2], pieces[2::2], strict=True))

    def section(self, words: str) -> str:
        """The markdown of the first part whose heading matches; empty if there is none."""
        return next((body for heading, body in self.sections if re.search(words, heading, re.I)), "")


def words(markdown: str) -> int:
    """Words a reader reads: no markup, a formula counts as one, a Chinese character as half."""
    plain = MATH.sub(" formula ", FENCE.sub(" ", markdown))
    plain = TAG.sub(" ", LINK.sub(r"\1", plain))
    han = len(re.findall(f"[{HAN}]", plain))
    return len(re.findall(r"[A-Za-z0-9][\w'’.,-]*", plain)) + han // 2


def code_words(source: str) -> int:
    """Words of code: what stands between spaces, comments included."""
    return len(source.split())


def without_code(markdown: str) -> str:
    """Prose and formulas only."""
    return CODE_SPAN.sub(" ", FENCE.sub(" ", markdown))


def outside_folds(markdown: str) -> str:
    """What is seen before anything is unfolded."""
    return re.sub(r"<details.*?</details>", " ", markdown, flags=re.DOTALL)
