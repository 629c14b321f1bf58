"""The process in which a graded function runs: python -m metagan_course.exercises.graded FOLDER.

Before the function arrives, the course's own answer is made to refuse, and the files of the answers are
closed: importing, reading or calling them fails. No expected value ever comes here.
"""

import linecache
import pickle
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch

from .checking import signature_problem
from .declare import View
from .failing import Failure
from .naming import names_used
from .observing import DETACHED, Detached
from .plain import Strange
from .running import run
from .stubs import is_stub

PATIENCE = 12.0  # whole classes are graded on busy machines
MARK = "a value that is no number"
HERE = Path(__file__).resolve().parent
STARTS_A_PROGRAM = ("subprocess.Popen", "os.system", "os.fork", "os.forkpty", "os.exec", "os.posix_spawn")


def refuse(*_arguments: Any, **_named: Any) -> None:
    """What the course's own answer becomes."""
    raise RuntimeError("the course's own answer is not there when an exercise is graded: write the function")


def take_away(module: str, name: str) -> Path:
    """Empty the reference, wherever it is known by; its file is closed afterwards."""
    found: Any = __import__(module, fromlist=["_"])
    file = Path(found.__file__)
    for part in name.split("."):
        found = getattr(found, part)
    while hasattr(found, "__wrapped__"):
        found = found.__wrapped__
    try:
        found.__code__, found.__defaults__, found.__kwdefaults__ = refuse.__code__, None, None
    except ValueError:  # a function within a function keeps its cells: then only its name refuses
        setattr(sys.modules[module], name, refuse)
    return file


def close(file: Path) -> None:
    """From here on: no reading of that file nor of the lessons' exercises, and no other program."""
    stem, lessons = file.stem, str(HERE / "lesson_")

    def audit(event: str, arguments: tuple) -> None:
        if event.startswith(STARTS_A_PROGRAM):
            raise PermissionError("a graded function starts no program")
        if event == "open" and isinstance(arguments[0], str | bytes):
            path = Path(arguments[0].decode() if isinstance(arguments[0], bytes) else arguments[0]).resolve()
            own = path.parent in (file.parent, file.parent / "__pycache__")
            if str(path).startswith(lessons) or (own and path.name.split(".")[0] == stem):
                raise PermissionError("the answers are closed while an exercise is graded")

    sys.addaudithook(audit)


def encoded(value: Any) -> Any:
    """Plain data as tensors, texts, numbers and nests of them: what torch.load reads without running code."""
    if isinstance(value, Failure | Strange):
        return (MARK, type(value).__name__, *(encoded(part) for part in vars(value).values()))
    if isinstance(value, Detached) or value is ...:
        return (MARK, "Detached" if value is not ... else "...")
    if isinstance(value, dict):
        return {key: encoded(part) for key, part in value.items()}
    return type(value)(map(encoded, value)) if isinstance(value, tuple | list) else value


def decoded(value: Any) -> Any:
    """The other way round, in the process that judges."""
    if isinstance(value, tuple) and value[:1] == (MARK,):
        made = {"Failure": Failure, "Strange": Strange, "Detached": lambda: DETACHED, "...": lambda: ...}
        return made[value[1]](*map(decoded, value[2:]))
    if isinstance(value, dict):
        return {key: decoded(part) for key, part in value.items()}
    return type(value)(map(decoded, value)) if isinstance(value, tuple | list) else value


def main(folder: Path) -> None:
    """Take the order, take the answer away, run the function, leave what it did."""
    order, course, answer = pickle.loads((folder / "order.pickle").read_bytes())
    torch.set_num_threads(order["threads"])
    signature, looks = pickle.loads(course)
    spec = SimpleNamespace(signature=signature, **order)
    close(take_away(*order["reference"]))
    try:
        seen = _seen(spec, answer, looks)
    except Exception as error:  # a text that is no Python, or defines no such function
        seen = {"failure": Failure(type(error).__name__, " ".join(str(error).split())[:300])}
    torch.save(encoded(seen), folder / "answer.part")
    (folder / "answer.part").rename(folder / "answer.pt")


def _seen(spec: SimpleNamespace, answer: bytes | str, looks: dict) -> dict:
    function = pickle.loads(answer) if isinstance(answer, bytes) else _defined_by(answer, spec.name)
    if isinstance(answer, str):
        spec.first_look = _view(*next(iter(looks.values()))[0])
        if is_stub(function):
            return {"stub": True}
        if problem := signature_problem(spec, function):
            return {"signature": problem}
    return {"rows": dict(_by_seed(spec, function, looks)), "names": sorted(names_used(function))}


def _by_seed(spec: SimpleNamespace, function: Any, looks: dict) -> Iterator[tuple[int, list[list[dict]]]]:
    """Seed -> rows of both looks. What stops is wrong: no seed comes after. What hangs is looked at once."""
    for seed, (first, second) in looks.items():
        rows = _rows(spec, function, *first, seed)
        failure = rows[-1]["failure"]
        hangs = failure is not None and failure.is_endless
        yield seed, [rows, [] if hangs else _rows(spec, function, *second, seed)]
        if failure is not None:
            return


def _defined_by(source: str, name: str) -> Any:
    """The function of this name in a text, run as a notebook's cell."""
    linecache.cache["<answer>"] = (len(source), None, source.splitlines(True), "<answer>")
    scope = {"__name__": "__main__"}
    exec(compile(source, "<answer>", "exec"), scope)
    if not callable(scope.get(name)):
        raise NameError(f"the text defines no function {name}")
    return scope[name]


def _view(observe: Any, blobs: list[bytes]) -> View:
    return View(tuple(("", lambda _generator, blob=blob: pickle.loads(blob)) for blob in blobs), observe)


def _rows(spec: SimpleNamespace, function: Any, observe: Any, blobs: list[bytes], seed: int) -> list[dict]:
    outcomes = run(spec, function, _view(observe, blobs), seed, PATIENCE)
    kept = ("observed", "failure", "changed", "printed")
    return [{name: getattr(outcome, name) for name in kept} for outcome in outcomes]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
