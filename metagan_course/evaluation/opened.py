"""The test side, opened once per shipped checkpoint, and the record of it: docs/opened.json.

All choices are made on validation. What the test side then says stands in the repository with its date and
commit; a second look at the same file is refused, since a number that may be drawn again is a choice. Several
arms of one checkpoint (other words after a comma) are opened together, in one command. Not here: the
protocol.
"""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from metagan_course import CourseError, pretrained
from metagan_course.evaluation.protocol import Report, evaluate
from metagan_course.evaluation.report import as_json
from metagan_course.files import write_whole
from metagan_course.pretrained import Pretrained

RECORD = Path(__file__).parents[2] / "docs" / "opened.json"


class AlreadyOpened(CourseError):
    """The test side has been looked at with this file, or may not be."""


def open_once(words: dict[str, Pretrained], commit: str, *, record: Path = RECORD, **options: Any) -> Report:
    """Judge shipped checkpoints {word: player} on the test side and write every number down, or refuse.

    The record is written before the report is returned: whoever sees a number finds it in the repository.
    """
    files = {word: file_of(word) for word in words}
    opened = read(record)
    for word, (name, sha) in files.items():
        for entry in opened:
            if sha in entry["sha256"].values():
                raise AlreadyOpened(
                    f"{word}: the test side was opened for {name} on {entry['date']}, and its numbers are in "
                    f"{record}; one look a checkpoint, so judge on validation or ship another."
                )
    report = evaluate(words, split="test", **options)
    write(record, opened, entry_of(report, files, commit))
    return report


def file_of(word: str) -> tuple[str, str]:
    """A shipped checkpoint's name and its file's sha256; "name code_from=support" is an arm of that file."""
    name, shipped = word.split(" ")[0], pretrained.manifest()
    if name not in shipped:
        known = ", ".join(shipped)
        raise AlreadyOpened(f"{word}: the test side is opened for shipped checkpoints only: {known}.")
    return name, hashlib.sha256((pretrained.FOLDER / f"{name}.safetensors").read_bytes()).hexdigest()


def read(record: Path) -> list[dict]:
    """What was opened so far. The folder must be there: an installed copy has no place to write it down."""
    if not record.parent.is_dir():
        raise AlreadyOpened(f"{record.parent} is missing: open the test side in a clone of the course.")
    return json.loads(record.read_text("utf-8")) if record.exists() else []


def entry_of(report: Report, files: dict[str, tuple[str, str]], commit: str) -> dict:
    """Date, commit, files, and the mean and interval of every row and metric."""
    numbers = as_json(report)
    rows = [{k: v for k, v in row.items() if k != "each_task"} for row in numbers.pop("rows")]
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "commit": commit,
        "checkpoints": list(files),
        "sha256": {name: sha for name, sha in files.values()},
        **numbers,
        "rows": rows,
    }


def write(record: Path, opened: list[dict], entry: dict) -> None:
    write_whole(record, f"{json.dumps([*opened, entry], indent=1)}\n".encode())
