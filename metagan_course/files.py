"""One way to write a file: whole, or not at all. And the folder where what can be made again is kept.

Not here: what is in the files, and the words for what went wrong with them (each writer has its own).
"""

import contextlib
import errno
import os
import secrets
import shutil
import time
from pathlib import Path

from metagan_course import CourseError


class CannotWrite(CourseError):
    """A file could not be written; one sentence says which and why. What was there before is untouched."""

    def __init__(self, path: Path, error: OSError, size: int):
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        self.why = f"the disk is full, {size / 1e6:.1f} MB needed" if full else str(error.strerror or error)
        super().__init__(
            f"{path} could not be written ({self.why}); free some space or choose another folder."
        )


def cache_folder(chosen: str | Path | None = None) -> Path:
    """The folder of caches and downloads: the option, else METAGAN_CACHE, else the platform's own place."""
    if chosen or os.environ.get("METAGAN_CACHE"):
        return Path(chosen or os.environ["METAGAN_CACHE"]).expanduser()
    import platformdirs

    return Path(platformdirs.user_cache_dir("metagan-course", appauthor=False))


def write_whole(path: Path, content: bytes | memoryview) -> None:
    """Write under a temporary name beside `path`, then rename: a crash leaves the old file, or none."""
    # not mkstemp, which lets nobody else read what it makes: a class shares one cache
    part = path.parent / f"{path.stem}.{secrets.token_hex(4)}.part"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        sweep(path.parent)
        with part.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # on the disk before the old file goes
        os.replace(part, path)
    except OSError as error:
        raise CannotWrite(path, error, len(content)) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def sweep(folder: Path, *, older_than: float = 86_400.0) -> None:
    """Remove what a killed writer left behind; anything younger may still be in use."""
    for part in folder.glob("*.part"):
        if time.time() - part.stat().st_mtime > older_than:
            shutil.rmtree(part, ignore_errors=True) if part.is_dir() else part.unlink(missing_ok=True)
