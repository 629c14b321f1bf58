"""Every run of a lesson, made once. One begins after the tests that must be alone, beside the rest.
From the first test that asks for a run, two go side by side, one for each of two cores. No test stands here.
"""

import shutil
import tempfile
import threading
from collections import deque
from concurrent.futures import Future
from functools import cache
from pathlib import Path

import nbformat
from notebook_tools import Run, changed, load, nbval

from metagan_course.exercises import solved


def as_shipped(path: Path) -> Run:
    return nbval(path)


def as_solved(path: Path) -> Run:
    """Solutions in the stubs, play-withs played; in a copy of the folder: a lesson may read files there."""
    with tempfile.TemporaryDirectory(prefix="mg-solved") as folder:
        copied = Path(folder) / path.stem
        shutil.copytree(path.parent, copied, ignore=shutil.ignore_patterns("*.ipynb", ".ipynb_checkpoints"))
        nbformat.write(changed(solved(load(path))), copied / path.name)
        return nbval(copied / path.name)


class Runs:
    """Jobs in order, worked off by two threads; each job's result is kept for whoever asks."""

    def __init__(self):
        self.results: dict[tuple, Future] = {}
        self.waiting: deque = deque()
        self.started = False
        self.asked = threading.Event()  # a test waits for a run: the second core is free now

    def add(self, kind, path: Path) -> None:
        if (kind, path) not in self.results:
            self.results[kind, path] = Future()
            self.waiting.append((kind, path))

    def start(self) -> None:
        """Begin, once."""
        if self.started:
            return
        self.started = True
        threading.Thread(target=self._work, daemon=True).start()
        threading.Thread(target=lambda: self.asked.wait() and self._work(), daemon=True).start()

    def get(self, kind, path: Path) -> Run:
        self.asked.set()
        if (kind, path) not in self.results:  # nobody foresaw it
            self.results[kind, path] = done = Future()
            done.set_result(kind(path))
        return self.results[kind, path].result()

    def _work(self) -> None:
        while self.waiting:
            try:
                kind, path = self.waiting.popleft()
            except IndexError:  # the other thread took the last one
                return
            future = self.results[kind, path]
            try:
                future.set_result(kind(path))
            except Exception as error:  # for the test that asks, not for this thread
                future.set_exception(error)


@cache
def runs() -> Runs:
    return Runs()
