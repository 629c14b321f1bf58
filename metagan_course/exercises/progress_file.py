"""Which exercises are done: one small JSON file on this computer, safe to delete, never sent anywhere.

Two notebooks may write at once, so every change takes a lock, reads what is there, adds to it and replaces
the file in one move. Every trouble becomes a sentence for the learner, never an error that stops a lesson.
"""

import contextlib
import json
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import platformdirs

from metagan_course.files import CannotWrite, write_whole

VERSION = 1
LOCK_WAIT = 5.0  # seconds to wait for another notebook
LOCK_STALE = 3.0  # a lock this old was left behind by a kernel that was killed; writing takes milliseconds


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
        with _locked():
            records, note = _read_or_set_aside()
            records[id] = _updated(records.get(id, {}), solved)
            _replace(records)
        return note
    except Trouble as trouble:
        return str(trouble)
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


@contextlib.contextmanager
def _locked() -> Iterator[None]:
    lock = path().with_name(path().name + ".lock")
    give_up = time.monotonic() + LOCK_WAIT
    while True:
        try:
            os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
            break
        except FileExistsError:
            _remove_if_stale(lock)
        if time.monotonic() > give_up:
            raise Trouble(f"Your progress was not saved: another notebook holds {lock.name}.")
        time.sleep(0.01)
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)


def _remove_if_stale(lock: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        if time.time() - lock.stat().st_mtime > LOCK_STALE:
            lock.unlink(missing_ok=True)
