"""docs/SOURCES.md: every idea of the source texts names a cell of a lesson, and that cell is there."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TABLE = (ROOT / "docs" / "SOURCES.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in TABLE.splitlines()
    if re.search(r"\| `[\w-]+` \|", line)
]


def cells_of(lesson: str) -> set[str]:
    (path,) = (ROOT / "notebooks").glob(f"{lesson}_*.ipynb")
    return {cell["id"] for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[3]} {row[4]}")
def test_the_cell_is_there(row):
    texts, section, idea, lesson, cell, corrected = row
    assert cell.strip("`") in cells_of(lesson)
    assert set(texts.split()) <= set("ABCDE") and all((section, idea, corrected))


def test_every_text_and_every_lesson_but_the_first_has_a_row():
    named = set(" ".join(row[0] for row in ROWS).split())
    lessons = {path.name[:2] for path in (ROOT / "notebooks").glob("[0-9][0-9]*_*.ipynb")}
    assert named == set("ABCDE")
    assert lessons - {row[3][:2] for row in ROWS} == {"00"}
