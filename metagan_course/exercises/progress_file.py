"""Which exercises are done: one small JSON file on this computer, safe to delete, never sent anywhere.

Two notebooks may write at once, so every change takes a lock, reads what is there, adds to it and replaces
the file in one move. Every trouble becomes a sentence for the learner, never an error that stops a lesson.
"""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import filelock
import platformdirs

import metagan_course
from metagan_course.files import CannotWrite, write_whole

VERSION = 1
LOCK_WAIT = 5.0  # seconds to wait for another notebook


class Trouble(Exception):
    """Progress could not be read or kept; the message is a sentence for the learner."""


def path() -> Path:
    """Where progress is kept: METAGAN_PROGRESS, or the user's data folder."""
    named = os.environ.get("METAGAN_PROGRESS")
    return Path(named) if named else Path(platformdirs.user_data_dir("metagan-course")) / "progress.json"


def read() -> dict[str, dict]:
    """Exercise id -> {"tries": how many checks, "done": when it was solved, if it was}."""
    file = path()
    try:
        stored = json.loads(file.read_text(encoding="utf-8"))
        version, records = stored["version"], stored["exercises"]
        if not all(isinstance(record, dict) for record in records.values()):
            raise ValueError("a record is not an object")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise Trouble(f"Your progress could not be read ({error.strerror}): {file}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unreadable(f"Your progress file could not be understood: {file}") from error
    if version != VERSION:
        raise Trouble(
            f"Your progress file was written by another version of this course; it was left as it is: {file}"
        )
    return records


class Unreadable(Trouble):
    """The file is there and is not what it should be."""


def record(id: str, *, solved: bool) -> str:
    """Count one try of an exercise. Returns a sentence if something went wrong, else ''."""
    try:
        path().parent.mkdir(parents=True, exist_ok=True)
        with _lock():
            records, note = _read_or_set_aside()
            records[id] = _updated(records.get(id, {}), solved)
            _replace(records)
        return note
    except Trouble as trouble:
        return str(trouble)
    except filelock.Timeout:
        return f"Your progress was not saved: another notebook holds {path().name}.lock."
    except (OSError, CannotWrite) as error:
        why = error.why if isinstance(error, CannotWrite) else error.strerror
        return f"Your progress could not be saved ({why}): {path()}. Nothing else is affected."


def _updated(old: dict, solved: bool) -> dict:
    tries = old.get("tries", 0)
    new = {**old, "tries": tries + 1 if isinstance(tries, int) else 1}
    if solved:
        new.setdefault("done", datetime.now(UTC).isoformat(timespec="seconds"))
    return new


def _read_or_set_aside() -> tuple[dict, str]:
    try:
        return read(), ""
    except Unreadable as trouble:
        aside = _free_name()
        path().replace(aside)
        return {}, f"{trouble} It was set aside, nothing is lost: {aside.name}. A new one was begun."


def _free_name() -> Path:
    file, number = path(), 1
    while (aside := file.with_name(f"{file.name}.unreadable-{number}")).exists():
        number += 1
    return aside


def _replace(records: dict) -> None:
    text = json.dumps({"version": VERSION, "exercises": records}, indent=1, sort_keys=True)
    write_whole(path(), (text + "\n").encode())


def _lock() -> filelock.BaseFileLock:
    """Held by one notebook at a time; a killed one's is free at once, since the system lets it go."""
    return filelock.FileLock(path().with_name(path().name + ".lock"), timeout=LOCK_WAIT)


def completion(rows: list[dict]) -> dict:
    """A record a teacher can collect: which course, when, every exercise with its tries. No proof."""
    return {
        "course": "metagan-course",
        "version": metagan_course.__version__,
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "done": sum(row["state"] == "done" for row in rows),
        "of": len(rows),
        "exercises": rows,
    }


def write_completion(file: Path, rows: list[dict]) -> str:
    """Write the record as JSON; the sentence says where it is, or why it is not."""
    try:
        write_whole(file, (json.dumps(completion(rows), indent=1, ensure_ascii=False) + "\n").encode())
    except CannotWrite as error:
        return f"The record was not written: {error}"
    return f"The record of your progress was written: {file.resolve()}"
