"""What an exercise *is*: one declaration holds its reference, its oracle, its hints and its named mistakes.

Nothing here runs a learner's code (`running.py`) or judges it (`checking.py`). A lesson's exercises live in
the package `lesson_NN`, one file each; its EXERCISES gives their order.
"""

import inspect
import itertools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch

from .observing import (
    DETACHED,
    Detached,
    Observation,
    Observer,
    Unfit,
    in_vmap,
    returned,
    together,
    with_gradient,
)

__all__ = [
    "DETACHED",
    "Detached",
    "Exercise",
    "Mistake",
    "Observation",
    "Observer",
    "Remark",
    "Unfit",
    "in_vmap",
    "mistakes",
    "returned",
    "together",
    "with_gradient",
]

Builder = Callable[[torch.Generator], dict[str, Any]]  # fresh random arguments by name


class View(NamedTuple):
    """What a function is run on, and what is looked at."""

    cases: tuple[tuple[str, Builder], ...]  # a name that fits after "With", and how its inputs are drawn
    observe: Observer


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """A wrong answer learners really give: `wrong` gives it, `diagnosis` explains it.

    A learner whose function does what `wrong` does, on every case and on the second look, gets this
    diagnosis. `when`, if given, recognises a whole family where nothing does exactly the same:
    when(got, expected) -> bool, each a list with one observation a case.
    """

    name: str
    diagnosis: str  # two sentences that teach: what happened, and why it matters
    wrong: Callable
    when: Callable[[list[Observation], list[Observation]], bool] | None = None


@dataclass(frozen=True, kw_only=True)
class Remark:
    """Something to say to a right answer: "right, but ...", or a shortcut's name and a question to go on.

    It is said of a function that does on the second look what `like` does, or whose code is `written` so:
    written(names) -> bool, with every name that the code uses.
    """

    name: str
    text: str
    like: Callable | None = None
    written: Callable[[frozenset[str]], bool] | None = None
    shortcut: bool = False


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
    fresh random arguments by name; a dict of named builders draws every one of them in every check: the
    shapes, signs, dtypes and defaults that the notebook uses. `oracle` is what answers are held against: it
    gets there another way than the reference.
    """

    id: str  # "01.generator_loss": lesson, then the name of the stub
    title: str
    difficulty: int  # 1 to 3 dots
    minutes: int
    reference: Callable
    inputs: Builder | Mapping[str, Builder]
    oracle: Callable
    hints: tuple[str, str, str]
    mistakes: tuple[Mistake, ...]
    verified: str  # what the green line says was verified; no numbers that differ between runs
    observe: Observer = returned
    probes: Mapping[str, Builder] = field(default_factory=dict)  # the second look: it tells causes apart
    closer: Observer | None = None  # what the second look looks at, where that is more than `observe`
    remarks: tuple[Remark, ...] = ()
    explain: Callable | None = None  # words of its own for outcomes that no mistake has: written_tests.py
    may_change: tuple[str, ...] = ()  # inputs the function is meant to change, such as a network it trains
    cases: int = 5  # how many fresh sets of inputs one check draws at least
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
        if self.oracle is self.reference or not callable(self.oracle):
            raise ValueError(f"{self.id}: the oracle must be a function that is not the reference itself")
        names = [mistake.name for mistake in self.mistakes if mistake.diagnosis]
        if self.explain is None and len(set(names)) < max(4, len(names)):
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
    def first_look(self) -> View:
        """What decides: every named case once, and again from the first until there are `cases` of them."""
        named = self.inputs.items() if isinstance(self.inputs, Mapping) else [("", self.inputs)]
        count = max(self.cases, len(named))
        return View(tuple(itertools.islice(itertools.cycle(named), count)), self.observe)

    @property
    def second_look(self) -> View:
        """What tells known causes apart; without probes, a closer look at the first case if there is one."""
        probes = tuple(self.probes.items())
        if self.closer is not None and not probes:
            probes = self.first_look.cases[:1]
        return View(probes, self.closer or self.observe)

    @property
    def dots(self) -> str:
        """Difficulty as one to three filled dots."""
        return "●" * self.difficulty + "○" * (3 - self.difficulty)
