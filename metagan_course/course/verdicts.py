"""Does what a lesson concludes hold under other seeds? Runs it with each and compares its verdict cells.

    python -m metagan_course.course.verdicts 01                   seeds 1 2 3
    python -m metagan_course.course.verdicts 01 04 --seeds 5 6

The convention: one cell of the notebook has a line `SEED = 0`, and every draw a verdict rests on follows from
SEED (`play(SEED + 1, ...)`). A verdict is what a cell marked NBVAL_CHECK_OUTPUT prints: its words and whole
numbers must stay, its decimals may move. The exit code is the number of verdicts that changed. Nothing is
written to the notebook; whether it still prints what is stored is tests/test_notebooks.py's question.
"""

import argparse
import re
import sys
from pathlib import Path

import nbformat
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from metagan_course.course.notebooks import execute, lessons, no_progress_kept

MARKER = "# NBVAL_CHECK_OUTPUT"
SEED_LINE = re.compile(r"^SEED = \d+", re.MULTILINE)
DECIMAL = re.compile(r"-?\d+\.\d+")


def with_seed(notebook: NotebookNode, seed: int) -> NotebookNode:
    """A copy whose one line `SEED = ...` says this seed."""
    copy = nbformat.from_dict(notebook)
    cells = [cell for cell in copy.cells if cell.cell_type == "code" and SEED_LINE.search(cell.source)]
    if len(cells) != 1:
        raise ValueError(f"{len(cells)} cells have a line `SEED = 0`, one must: every draw follows from it")
    cells[0].source = SEED_LINE.sub(f"SEED = {seed}", cells[0].source)
    return copy


def verdicts(notebook: NotebookNode) -> dict[str, str]:
    """What each checked cell prints, by the cell's id."""
    checked = (c for c in notebook.cells if c.cell_type == "code" and MARKER in c.source.splitlines())
    return {cell.id: "".join(map(_text, cell.outputs)).strip() for cell in checked}


def _text(output: NotebookNode) -> str:
    return output.text if output.output_type == "stream" else output.get("data", {}).get("text/plain", "")


def same_verdict(stored: str, got: str) -> bool:
    """Equal words and whole numbers; decimals and the room they take may differ."""
    bare = [" ".join(DECIMAL.sub("#", text).split()) for text in (stored, got)]
    return bare[0] == bare[1]


def changed(stored: dict[str, str], got: dict[str, str]) -> list[str]:
    """The ids of the cells whose verdict is another one."""
    return [id for id, text in stored.items() if not same_verdict(text, got[id])]


def judge(path: Path, seeds: list[int]) -> int:
    """Run one lesson under each seed and tell; the number of verdicts that changed."""
    notebook = nbformat.read(path, as_version=4)
    stored, n_changed = verdicts(notebook), 0
    print(f"{path.stem}: {len(stored)} verdict cells", flush=True)
    for seed in seeds:
        with no_progress_kept():
            got = verdicts(execute(with_seed(notebook, seed), folder=path.parent))
        others = changed(stored, got)
        n_changed += len(others)
        print(f"  seed {seed}: {'all hold' if not others else f'{len(others)} changed'}", flush=True)
        for id in others:
            print(_beside(id, stored[id], got[id]), flush=True)
    return n_changed


def _beside(id: str, stored: str, got: str) -> str:
    """The lines that differ, stored above got."""
    pairs = zip(stored.splitlines(), got.splitlines(), strict=False)
    lines = [f"      stored  {a}\n      now     {b}" for a, b in pairs if not same_verdict(a, b)]
    return "\n".join([f"    cell {id}", *(lines or ["      the number of lines differs"])])


def main(arguments: list[str] | None = None) -> int:
    """Entry point of ``python -m metagan_course.course.verdicts``."""
    parser = argparse.ArgumentParser(
        prog="verdicts", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("lessons", nargs="*", help="beginnings of file names; every lesson without any")
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    options = parser.parse_args(arguments)
    try:
        return sum(judge(path, options.seeds) for path in lessons(options.lessons))
    except ValueError as error:
        parser.error(str(error))
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        print(f"  a cell failed, so there is no verdict\n{error}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
