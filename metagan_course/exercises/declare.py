"""What an exercise *is*: one declaration holds its reference, its oracle, its hints and its named mistakes.

Nothing here runs a learner's code (`running.py`) or judges it (`checking.py`). A lesson's exercises live in
the package `lesson_NN`, one file each; its EXERCISES gives their order. A new lesson is found by its name.
"""

import difflib
import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

Observation = dict[str, Any]  # what the oracle looks at: name of a quantity -> its value
Observer = Callable[[Callable, dict], Observation]  # (function, inputs) -> observation


def returned(function: Callable, inputs: dict) -> Observation:
    """The simplest observer: look at what the function returns."""
    return {"result": function(**inputs)}


class Detached:
    """Stands where a gradient should be, when autograd sees no path from the inputs to the result."""

    def __repr__(self) -> str:
        return "no gradient"


DETACHED = Detached()


def with_gradient(*names: str) -> Observer:
    """Observe the result *and* its gradient with respect to the named inputs (the sum is differentiated)."""

    def observe(function: Callable, inputs: dict) -> Observation:
        leaves = {name: inputs[name].requires_grad_() for name in names}
        result = function(**inputs)
        if not isinstance(result, torch.Tensor) or result.is_complex():
            return {"result": result}
        if not result.requires_grad:
            return {"result": result, **{f"gradient by {name}": DETACHED for name in names}}
        slopes = torch.autograd.grad(result.sum(), list(leaves.values()), materialize_grads=True)
        gradients = {f"gradient by {name}": slope for name, slope in zip(names, slopes, strict=True)}
        return {"result": result.detach(), **gradients}

    return observe


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """A wrong answer learners really give: `wrong` gives it, `diagnosis` explains it.

    A learner whose outputs equal those of `wrong` on the same fresh inputs gets this diagnosis. `when`, if
    given, recognises a whole family instead: when(got, expected) -> bool, each a list with one observation
    a case.
    """

    name: str
    diagnosis: str  # two sentences that teach: what happened, and why it matters
    wrong: Callable
    when: Callable[[list[Observation], list[Observation]], bool] | None = None


def mistakes(*wrong: Callable) -> tuple[Mistake, ...]:
    """Wrong functions as named mistakes: the name is the function's, the diagnosis is its docstring."""
    return tuple(
        Mistake(name=one.__name__.strip("_"), diagnosis=" ".join((one.__doc__ or "").split()), wrong=one)
        for one in wrong
    )


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """One exercise, declared in one place.

    `reference` is the package's own function and gives the stub its parameters. `inputs(generator)` builds
    fresh random arguments by name; it is called again for every function compared, so they share nothing.
    `oracle` is what answers are held against: the reference, unless a more independent formula is given.
    """

    id: str  # "01.generator_loss": lesson, then the name of the stub
    title: str
    difficulty: int  # 1 to 3 dots
    minutes: int
    reference: Callable
    inputs: Callable[[torch.Generator], dict[str, Any]]
    hints: tuple[str, str, str]
    mistakes: tuple[Mistake, ...]
    verified: str  # what the green line says was verified; no numbers that differ between runs
    observe: Observer = returned
    oracle: Callable | None = None
    may_change: tuple[str, ...] = ()  # inputs the function is meant to change, such as a network it trains
    cases: int = 5  # how many fresh sets of inputs one check draws
    rtol: float = 1e-4
    atol: float = 1e-5
    seconds: float = 5.0  # time limit for the learner's function over all cases

    def __post_init__(self) -> None:
        if not re.fullmatch(r"\d\d\.[a-z]\w*", self.id):
            raise ValueError(
                f"id {self.id!r} must be two digits, a dot and the stub's name: '01.generator_loss'"
            )
        if self.difficulty not in (1, 2, 3):
            raise ValueError(f"{self.id}: difficulty is {self.difficulty}, must be 1, 2 or 3")
        if len(self.hints) != 3:
            raise ValueError(f"{self.id}: {len(self.hints)} hints given, a ladder has exactly 3")
        names = [mistake.name for mistake in self.mistakes if mistake.diagnosis]
        if len(set(names)) < max(4, len(names)):
            raise ValueError(
                f"{self.id}: needs 4 mistakes or more with names and diagnoses of their own, has {names}"
            )

    @property
    def lesson(self) -> str:
        """The lesson's two digits."""
        return self.id[:2]

    @property
    def name(self) -> str:
        """The name of the stub, and of the function the notebook uses from there on."""
        return self.id[3:]

    @property
    def signature(self) -> inspect.Signature:
        """The parameters the stub has, taken from the reference."""
        return inspect.signature(self.reference)

    @property
    def input_names(self) -> tuple[str, ...]:
        """The names of the arguments a check passes."""
        return tuple(self.inputs(torch.Generator().manual_seed(0)))

    @property
    def dots(self) -> str:
        """Difficulty as one to three filled dots."""
        return "●" * self.difficulty + "○" * (3 - self.difficulty)


def lessons() -> list[str]:
    """The lessons that have a module of exercises, as two digits, in order."""
    from metagan_course import exercises

    names = (module.name for module in pkgutil.iter_modules(exercises.__path__))
    return sorted(name[-2:] for name in names if re.fullmatch(r"lesson_\d\d", name))


def of_lesson(lesson: str) -> tuple[Exercise, ...]:
    """The exercises of one lesson, in the order the notebook asks them."""
    module = importlib.import_module(f"metagan_course.exercises.lesson_{lesson}")
    for spec in module.EXERCISES:
        if spec.lesson != lesson:
            raise ValueError(f"exercise {spec.id!r} is declared in lesson_{lesson}: move it or rename it")
    return tuple(module.EXERCISES)


def registry() -> dict[str, Exercise]:
    """Every exercise of the course by its id."""
    return {spec.id: spec for lesson in lessons() for spec in of_lesson(lesson)}


def find(id: str) -> Exercise:
    """The exercise of this id; only its own lesson is imported."""
    lesson = str(id)[:2]
    known = {spec.id: spec for spec in of_lesson(lesson)} if lesson in lessons() else registry()
    if id in known:
        return known[id]
    close = difflib.get_close_matches(str(id), known, n=1, cutoff=0.0)
    advice = f" Did you mean {close[0]!r}?" if close else ""
    raise ValueError(f"there is no exercise {id!r}.{advice} progress() lists them all.")
