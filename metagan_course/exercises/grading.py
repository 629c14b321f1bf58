"""Grading: the learner's function runs in a process of its own, where the course's answer cannot be called.

This process keeps the oracle and compares. The other one (`graded.py`) gets the function, the inputs and the
observer, and sends back plain data; a hang ends with the process. The verdict is the same in every run. This
is no wall against an attacker who may run any code on the machine: whoever grades uses a container for that.
"""

import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import torch

from .checking import Verdict, check, judge
from .declare import Exercise, View
from .failing import Failure
from .graded import PATIENCE, decoded
from .keeping import random_states_kept
from .naming import names_used
from .parcel import CannotSend, pack
from .running import Outcome, draw

SEEDS = (101, 202, 303)
START_UP = 120.0  # seconds in which Python and torch must have begun
PACKAGE = Path(__file__).resolve().parents[2]


def grade(spec: Exercise, function: Callable) -> Verdict:
    """The verdict on a function under three fixed seeds: right only if it is right under all."""
    seen: dict[int, list] = {}

    def elsewhere(spec: Exercise, function: Callable, seed: int) -> Elsewhere:
        seen.update(seen or ask(spec, pack(function, course=False), SEEDS)["rows"])
        return Elsewhere(spec, seed, names_used(function), *seen[seed])

    try:
        return _first_wrong(check(spec, function, seed, elsewhere) for seed in SEEDS)
    except CannotSend as trouble:
        sentence = f"Your function could not be sent to the process that grades it: {trouble}"
        return Verdict(spec, "wrong", "not_sent", sentence)


def judge_source(spec: Exercise, source: str, seed: int | None = None) -> Verdict:
    """The verdict on a text that defines the function, with its imports and helpers; run elsewhere."""
    seeds = SEEDS if seed is None else (seed,)
    seen = ask(spec, source, seeds)
    if seen.get("stub"):
        return Verdict(spec, "untouched", "stub")
    if problem := seen.get("signature"):
        return Verdict(spec, "wrong", "signature", problem)
    names = frozenset(seen.get("names", ()))
    with random_states_kept():
        return _first_wrong(
            judge(spec, one, Elsewhere(spec, one, names, *seen["rows"][one])) for one in seeds
        )


def _first_wrong(verdicts: Iterator[Verdict]) -> Verdict:
    verdict = None
    for verdict in verdicts:
        if verdict.kind != "correct":
            break
    return verdict


class Elsewhere:
    """A runner like checking.InProcess for what another process has done, on both looks."""

    def __init__(self, spec: Exercise, seed: int, names: frozenset[str], first: list, second: list):
        self.spec, self.seed, self.names, self.rows = spec, seed, names, (first, second)

    def first(self) -> list[Outcome]:
        """What it did on the cases that decide."""
        return self._outcomes(self.spec.first_look, self.rows[0])

    def second(self) -> list[Outcome]:
        """What it did where known causes part."""
        return self._outcomes(self.spec.second_look, self.rows[1])

    def _outcomes(self, view: View, rows: list[dict]) -> list[Outcome]:
        drawn = [draw(view, self.seed, number) for number in range(len(rows))]
        names = [name for name, _ in view.cases]
        return [Outcome(given, name, **row) for given, name, row in zip(drawn, names, rows, strict=False)]


def ask(spec: Exercise, answer: bytes | str, seeds: tuple[int, ...]) -> dict:
    """What a packed function or a source does under every seed on both looks: rows of an Outcome's fields."""
    views = (spec.first_look, spec.second_look)
    order = {
        "reference": (spec.reference.__module__, spec.reference.__qualname__),
        "name": spec.name,
        "seconds": spec.seconds,
        "may_change": spec.may_change,
        "threads": torch.get_num_threads(),
    }
    looks = {seed: [(view.observe, _blobs(view, seed)) for view in views] for seed in seeds}
    parcels = (order, pack((spec.signature, looks), course=True), answer)
    with tempfile.TemporaryDirectory(prefix="metagan-grading-") as folder:
        seen = _run(parcels, Path(folder), len(seeds) * 2 * PATIENCE * spec.seconds)
    failure = seen.pop("failure", None)
    return {"rows": {seed: [[{"failure": failure}], []] for seed in seeds}} if failure else seen


def _blobs(view: View, seed: int) -> list[bytes]:
    return [pack(draw(view, seed, number), course=True) for number in range(len(view.cases))]


def _run(parcels: tuple, folder: Path, seconds: float) -> dict:
    (folder / "order.pickle").write_bytes(pickle.dumps(parcels))
    command = [sys.executable, "-m", "metagan_course.exercises.graded", str(folder)]
    path = os.pathsep.join(filter(None, [str(PACKAGE), os.environ.get("PYTHONPATH", "")]))
    world = os.environ | {"PYTHONPATH": path, "PYTHONHASHSEED": "0", "METAGAN_GRADING": "0"}
    try:
        done = subprocess.run(command, env=world, capture_output=True, timeout=START_UP + seconds)
    except subprocess.TimeoutExpired:
        return {"failure": Failure("TimeUp")}
    answer = folder / "answer.pt"
    if not answer.exists():
        said = done.stderr.decode(errors="replace").strip().splitlines()
        message = said[-1] if said else f"its process ended with code {done.returncode} and no word"
        return {"failure": Failure("ProcessEnded", message[:300])}
    return decoded(torch.load(answer, weights_only=True))
