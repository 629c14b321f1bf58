"""A run's log, `log.jsonl`: a line a step. Nothing here knows what the numbers mean."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

LOG = "log.jsonl"


class RunLog:
    """Appends lines; what a killed run wrote after `step` is forgotten at opening."""

    def __init__(self, folder: Path, step: int = 0):
        folder.mkdir(parents=True, exist_ok=True)
        kept = [line for line in read_log(folder) if line["step"] <= step]
        self.lines = open(folder / LOG, "w", encoding="utf-8")
        for line in kept:
            self._write(line)

    def add(self, step: int, **values: float) -> None:
        self._write({"step": step, "time": round(time.time(), 3), **values})

    def _write(self, line: dict) -> None:
        self.lines.write(json.dumps(line) + "\n")

    def flush(self) -> None:
        self.lines.flush()

    def close(self) -> None:
        self.lines.close()


def read_log(folder: Path) -> Iterator[dict]:
    """The lines of a folder's log; a last line that a killed run left half written is dropped."""
    file = folder / LOG
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else []:
        try:
            yield json.loads(line)
        except json.JSONDecodeError:
            return
