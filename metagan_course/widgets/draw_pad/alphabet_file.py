"""An alphabet as a file: letters that somebody drew, and that are never lost or overwritten.

    letters    [[drawing, ...], ...]; a drawing is a list of strokes, a stroke [[x, y], ...], -1 to 1, y down

Not here: the pad (view.py), how a drawing becomes a picture (answers/alphabet.py).
"""

import hashlib
import json
from pathlib import Path

import torch

from metagan_course import CourseError
from metagan_course.files import write_whole

VERSION, SHOTS, MOST = 1, 5, 26  # drawings of a letter; letters of an alphabet
Letters = list[list[list]]


class BadAlphabet(CourseError, ValueError):
    """A file or a list that is no alphabet; one sentence says where and what."""


def checked(letters: Letters, where: str = "letters") -> Letters:
    """The same letters, if they are some: at most 26, of five drawings at most, strokes of finite places."""
    try:
        table = [[[torch.tensor(s, dtype=torch.float32) for s in d] for d in letter] for letter in letters]
        fine = all(
            s.dim() == 2 and s.shape[1] == 2 and len(s) and bool(s.isfinite().all())
            for letter in table
            for d in letter
            for s in d
        )
    except (TypeError, ValueError, RuntimeError):
        fine = False
    if not fine:
        raise BadAlphabet(f"{where}: no alphabet; it needs letters of drawings of strokes [[x, y], ...].")
    if len(letters) > MOST or any(len(letter) > SHOTS for letter in letters):
        raise BadAlphabet(f"{where}: at most {MOST} letters, and {SHOTS} drawings of each.")
    return [[[[list(map(float, p)) for p in s] for s in d] for d in letter] for letter in letters]


def load(file: Path) -> Letters:
    """The letters of a file."""
    try:
        stored = json.loads(Path(file).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadAlphabet(f"{file}: could not be read as an alphabet ({error}).") from error
    if not isinstance(stored, dict) or stored.get("version") != VERSION:
        raise BadAlphabet(f"{file}: not an alphabet of this course's version {VERSION}.")
    return checked(stored.get("letters"), str(file))


def save(letters: Letters, file: Path) -> None:
    """Whole, or not at all."""
    text = json.dumps({"version": VERSION, "letters": letters}, separators=(",", ":"))
    write_whole(Path(file), f"{text}\n".encode())


class Desk:
    """The letters on a pad, and the file they live in. What another pad wrote meanwhile is never overwritten.

    file: None keeps the letters in this notebook's memory only. `said` is a sentence for the learner.
    """

    def __init__(self, file: Path | str | None = None, letters: Letters | None = None):
        self.file = Path(file) if file else None
        self.letters, self.said, self._seen = [[]], "", ""
        if letters is not None:
            self.letters = checked(letters) or [[]]
        elif self.file and self.file.exists():
            self._open()

    def _open(self) -> None:
        try:
            self.letters = load(self.file) or [[]]
            self._seen = content_of(self.file)
        except BadAlphabet as trouble:
            self.file = free_name(self.file)
            self.said = f"{trouble} It stays as it is; this alphabet goes to {self.file.name}."

    def keep(self) -> None:
        """Write the letters, under another name where somebody else wrote since."""
        if self.file is None:
            return
        self.said = ""
        if self.file.exists() and content_of(self.file) != self._seen:
            other, self.file = self.file, free_name(self.file)
            self.said = (
                f"{other.name} was changed elsewhere; this one goes to {self.file.name}, both are there."
            )
        try:
            save(self.letters, self.file)
            self._seen = content_of(self.file)
        except CourseError as trouble:
            self.said = str(trouble)


def content_of(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def free_name(file: Path) -> Path:
    """alphabet.json -> alphabet-2.json, the first that is free."""
    number = 2
    while (other := file.with_name(f"{file.stem}-{number}{file.suffix}")).exists():
        number += 1
    return other
