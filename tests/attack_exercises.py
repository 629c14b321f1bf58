"""Attack the checkers with answers from outside: right ones written otherwise, wrong ones, and mutants.

    python tests/attack_exercises.py                 # everything
    python tests/attack_exercises.py 00 01.train_step --seeds 10

tests/exercise_answers/lesson_NN/NAME.py holds the answers of an exercise: functions right_* must pass,
functions wrong_* must not, under every seed. The docstring of a wrong one is the name it may be called by (or
several, with "or" between them); without one it must stay without a name. wide(generator) builds one set of
inputs far wider than the check's, look (if it is there) says what to look at on them; a mutant of the
reference that passes must agree with the reference there.
"""

import argparse
import functools
import importlib.util
import itertools
import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import torch
from mutants import mutants

from metagan_course.exercises import Exercise, checking, naming, registry, running, solutions
from metagan_course.exercises.checking import check, first_trouble
from metagan_course.exercises.declare import View
from metagan_course.exercises.keeping import Keeper
from metagan_course.exercises.running import Outcome, same_outcomes
from metagan_course.exercises.timelimit import TimeUp, within

ANSWERS = Path(__file__).resolve().parent / "exercise_answers"
SEEDS = range(10)


def answers(spec: Exercise) -> ModuleType | None:
    """The module of answers of this exercise, or None if nobody has written one yet."""
    file = ANSWERS / f"lesson_{spec.lesson}" / f"{spec.name}.py"
    if not file.exists():
        return None
    found = importlib.util.spec_from_file_location(f"answers_{spec.lesson}_{spec.name}", file)
    module = importlib.util.module_from_spec(found)
    sys.modules[module.__name__] = module  # so that its functions have their source
    found.loader.exec_module(module)
    return module


def named(module: ModuleType | None, start: str) -> list[Callable]:
    """The functions of a module whose names start so, in the order they stand there."""
    return [one for name, one in vars(module or ModuleType("none")).items() if name.startswith(start)]


class Remembered:
    """What a function does case by case: each computed when it is first asked for, and never again."""

    def __init__(self, outcomes: Iterator[Outcome]):
        self.known, self.coming = [], outcomes

    def __iter__(self) -> Iterator[Outcome]:
        for number in itertools.count():
            if number == len(self.known):
                outcome = next(self.coming, None)
                if outcome is None:
                    return
                self.known.append(outcome)
            yield self.known[number]


@functools.cache
def known() -> dict[str, Exercise]:
    """The registry, read from its folder once: it is asked for at every seed."""
    return registry()


def own_cases(spec: Exercise, function: Callable, view: View, seed: int) -> Iterator[Outcome]:
    """running.own_cases, remembered: seeds are few here, and every wrong answer meets every known mistake."""
    return iter(_remembered(spec.id, function, view, seed))


@functools.lru_cache(maxsize=4000)
def _remembered(id: str, function: Callable, view: View, seed: int) -> Remembered:
    return Remembered(running.own_cases(known()[id], function, view, seed))


def remember_what_the_course_does(put: Callable = setattr) -> None:
    """From here on the oracles and the known mistakes run once a seed; what is judged runs every time."""
    for module in (checking, naming):
        put(module, "own_cases", own_cases)


def expected(id: str, seed: int) -> list[Outcome]:
    spec = known()[id]
    return list(own_cases(spec, spec.oracle, spec.first_look, seed))


def passes(spec: Exercise, function: Callable, seed: int) -> bool:
    """The verdict of a check and nothing else: no name is looked for, and the first trouble ends it."""
    pairs = zip(expected(spec.id, seed), own_cases(spec, function, spec.first_look, seed), strict=False)
    return all(first_trouble(spec, [got], [right]) is None for right, got in pairs)


def passing_seeds(spec: Exercise, function: Callable, seeds=SEEDS) -> list[int]:
    """The seeds under which it passes; what hangs passes under none, and nothing leaves a trace."""
    found = []
    with Keeper():
        for seed in seeds:
            expected(spec.id, seed)  # the oracle is not on the clock
            try:
                found += [seed] * within(10, lambda seed=seed: passes(spec, function, seed), patience=10)
            except TimeUp:
                break
    return found


def agrees_widely(spec: Exercise, function: Callable, rounds: int = 40) -> bool:
    """Does it do what the reference does, on inputs far wider than the check's?"""
    own = vars(answers(spec) or ModuleType("none"))
    wide = own.get("wide")
    builders = [("", wide)] if wide else [*dict(spec.first_look.cases).items(), *spec.probes.items()]
    view = View(tuple(itertools.islice(itertools.cycle(builders), rounds)), own.get("look", spec.observe))
    pair = (own_cases(spec, one, view, 77_000) for one in (function, spec.reference))
    return same_outcomes(*pair, spec)


def mutants_of(spec: Exercise) -> list[tuple[str, Callable]]:
    return list(mutants(solutions.solution_code(spec), spec.name, {"__name__": "mutant"}))


def refused_right_ones(spec: Exercise, seeds=SEEDS) -> Iterator[str]:
    for one in named(answers(spec), "right_"):
        if missing := set(seeds) - set(passing_seeds(spec, one, seeds)):
            verdict = check(spec, one, min(missing))
            said = f"{verdict.diagnosis}: {verdict.sentences} {verdict.evidence}"
            yield f"{spec.id}: {one.__name__} is right and refused under seed {min(missing)}: {said}"


def accepted_wrong_ones(spec: Exercise, seeds=SEEDS) -> Iterator[str]:
    for one in named(answers(spec), "wrong_"):
        if found := passing_seeds(spec, one, seeds):
            yield f"{spec.id}: {one.__name__} is wrong and passes under seeds {found}"


def names_given(spec: Exercise, seed: int = 0) -> dict[str, str]:
    """Wrong answer -> the diagnosis it gets."""
    return {one.__name__: check(spec, one, seed).diagnosis for one in named(answers(spec), "wrong_")}


def false_names(spec: Exercise, seed: int = 0) -> Iterator[str]:
    """A name of the registry may be given only to an answer whose docstring says so."""
    known = {mistake.name for mistake in spec.mistakes}
    for name, diagnosis in names_given(spec, seed).items():
        true = set((getattr(answers(spec), name).__doc__ or "").strip(" .").split(" or "))
        if wrongly := (set(diagnosis.split(" or ")) & known) - true:
            yield f"{spec.id}: {name} is called {' and '.join(sorted(wrongly))}"


def surviving_mutants(spec: Exercise, chosen=None, seeds=SEEDS) -> Iterator[str]:
    for said, mutant in mutants_of(spec) if chosen is None else chosen:
        found = passing_seeds(spec, mutant, seeds)
        if found and not agrees_widely(spec, mutant):
            yield f"{spec.id}: the mutant with {said} passes under seeds {found}"


def report(spec: Exercise, seeds) -> list[str]:
    """One line of numbers on the screen; the faults as sentences."""
    every = mutants_of(spec)
    faults = [*refused_right_ones(spec, seeds), *accepted_wrong_ones(spec, seeds), *false_names(spec)]
    survivors = list(surviving_mutants(spec, every, seeds))
    given, known = names_given(spec), {mistake.name for mistake in spec.mistakes}
    with_name = sum(set(one.split(" or ")) <= known for one in given.values())
    right, wrong = (len(named(answers(spec), start)) for start in ("right_", "wrong_"))
    print(
        f"{spec.id:26} {right} right, {wrong} wrong ({with_name} named), {len(every)} mutants: "
        f"{len(faults) + len(survivors)} faults",
        flush=True,
    )
    return [*faults, *survivors]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("which", nargs="*", help="lessons (00) or exercises (01.train_step); all by default")
    parser.add_argument("--seeds", type=int, default=len(SEEDS), help="seeds a verdict must hold under")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    remember_what_the_course_does()
    chosen = [one for id, one in registry().items() if not asked.which or {id, id[:2]} & set(asked.which)]
    faults = [fault for spec in chosen for fault in report(spec, range(asked.seeds))]
    print("\n".join(faults))
    return min(len(faults), 100)


def sample(specs: list[Exercise], each: int, seed: int) -> list[tuple[Exercise, list]]:
    """A few mutants of every exercise, others for every seed."""
    draw = random.Random(seed)
    made = [(spec, mutants_of(spec)) for spec in specs]
    return [(spec, draw.sample(every, min(each, len(every)))) for spec, every in made]


if __name__ == "__main__":
    sys.exit(main())
