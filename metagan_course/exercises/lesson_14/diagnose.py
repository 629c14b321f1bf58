"""Exercise 14.diagnose: what it checks, hints at and recognises."""

import torch

from metagan_course.answers.clinic import diagnose

from ..declare import Exercise, Observation, Unfit, mistakes


def _matrix(n_tests: int, n_bugs: int, generator: torch.Generator, share: float = 0.4) -> dict:
    """test -> bugs it sees, at random; test t sees bug t."""
    marks = torch.rand(n_tests, n_bugs, generator=generator) < share
    marks[range(min(n_tests, n_bugs)), range(min(n_tests, n_bugs))] = True
    names = [f"bug {'abcdefgh'[b]}" for b in range(n_bugs)]
    return {_test(t): [names[b] for b in range(n_bugs) if marks[t, b]] for t in range(n_tests)}


def _test(t: int) -> str:
    return f"test {t + 1}"


def _column(seen: dict, bug: str) -> set:
    return {test for test in seen if bug in seen[test]}


def of_one_bug(n_tests: int, n_bugs: int):
    """A patient with one of the bugs."""

    def inputs(generator: torch.Generator) -> dict:
        seen = _matrix(n_tests, n_bugs, generator)
        bug = f"bug {'abcdefgh'[int(torch.randint(min(n_tests, n_bugs), (), generator=generator))]}"
        return {"refused": _column(seen, bug), "seen": seen}

    return inputs


def of_two_alike(generator: torch.Generator) -> dict:
    """Two bugs that no test tells apart."""
    seen = _matrix(4, 5, generator)
    alike = {t: [b for b in found if b != "bug b"] for t, found in seen.items()}
    both = {t: found + ["bug b"] * ("bug a" in found) for t, found in alike.items()}
    return {"refused": _column(both, "bug a"), "seen": both}


def of_a_wide_test(generator: torch.Generator) -> dict:
    """As in the clinic: a wide test sees three bugs, two narrow ones see one of them each."""
    names = [f"bug {'abcdefgh'[n]}" for n in torch.randperm(8, generator=generator).tolist()]
    seen = {"test 1": names[:3], "test 2": [names[1]], "test 3": [names[2]], "test 4": [names[3]]}
    chosen = names[int(torch.randint(4, (), generator=generator))]
    return {"refused": _column(seen, chosen), "seen": seen}


def of_the_wide_test_alone(generator: torch.Generator) -> dict:
    """Only the wide test refuses."""
    made = of_a_wide_test(generator)
    return made | {"refused": {"test 1"}}


def of_a_stranger(generator: torch.Generator) -> dict:
    """What refuses fits no bug: two tests that have none in common."""
    made = of_a_wide_test(generator)
    return made | {"refused": {"test 1", "test 4"}}


def of_a_healthy_one(generator: torch.Generator) -> dict:
    return {"refused": set(), "seen": _matrix(4, 5, generator)}


def by_numbers(refused, seen):
    """The oracle gets there another way: a bug is a number whose bits are the tests that see it."""
    bit = {test: 2**place for place, test in enumerate(seen)}
    number: dict[str, int] = {}
    for test, found in seen.items():
        for bug in found:
            number[bug] = number.get(bug, 0) | bit[test]
    wanted = sum(bit[test] for test in refused)
    return [bug for bug, bits in number.items() if bits == wanted]


def named(function, inputs: dict) -> Observation:
    """Which bugs an answer names, in any order."""
    answer = function(**inputs)
    if isinstance(answer, str) or not isinstance(answer, list | tuple | set | frozenset):
        raise Unfit(f"Return a list with the names of bugs; yours is {type(answer).__name__}.")
    if not all(isinstance(one, str) for one in answer):
        raise Unfit("Return a list of names: each must be a text, as they stand in seen's lists.")
    if len(set(answer)) < len(answer):
        raise Unfit("A bug comes twice in your list. Name each one once.")
    return {"the bugs named": sorted(answer)}


def _bugs(seen):
    return sorted({bug for found in seen.values() for bug in found})


def any_that_refuses(refused, seen):
    """You name every bug that some refusing test sees. One bug has to explain all of the tests that refuse,
    not just one of them.
    """
    return [bug for bug in _bugs(seen) if _column(seen, bug) & set(refused)]


def silence_ignored(refused, seen):
    """You ask that every refusing test sees the bug, and not what the silent tests say. A test that would
    see this bug and has passed rules it out.
    """
    return [bug for bug in _bugs(seen) if set(refused) <= _column(seen, bug)]


def silence_only(refused, seen):
    """You rule out what a silent test would see, and stop there. What is left must also be seen by each
    test that refuses.
    """
    return [bug for bug in _bugs(seen) if _column(seen, bug) <= set(refused)]


def tests_for_bugs(refused, seen):
    """You return the tests that refuse, not bugs. That a test was written for one bug does not mean that it
    sees no other.
    """
    return sorted(refused)


def first_test(refused, seen):
    """You take the bugs that the first refusing test sees, and do not read the others. The first alarm is
    not the diagnosis.
    """
    return sorted(set(seen[min(refused)])) if refused else []


def one_is_enough(refused, seen):
    """You stop at the first bug that fits. Where two bugs are seen by the same tests, both must be named:
    it takes another test to tell them apart.
    """
    return diagnose(refused, seen)[:1]


EXERCISE = Exercise(
    id="14.diagnose",
    title="from the tests that refuse to the bug",
    difficulty=2,
    minutes=8,
    reference=diagnose,
    inputs={
        "one bug and a wide test": of_a_wide_test,
        "one bug among five, four tests": of_one_bug(4, 5),
        "one bug among eight, five tests": of_one_bug(5, 8),
        "two bugs that no test tells apart": of_two_alike,
        "only a wide test that refuses": of_the_wide_test_alone,
        "refusals that fit no bug": of_a_stranger,
        "no test that refuses": of_a_healthy_one,
    },
    oracle=by_numbers,
    observe=named,
    verified="it uses the tests that refuse and those that are silent, names all that fit, and nothing else.",
    hints=(
        "Turn the table: for each bug, which tests see it? Only then compare.",
        "A bug fits if the set of tests that see it is *equal* to the set of those that refuse: no test too "
        "few, and none too many.",
        "tests_of = {test for test, found in seen.items() if bug in found}; keep the bugs with tests_of == "
        "set(refused), over all bugs that any list of seen holds.",
    ),
    mistakes=mistakes(
        any_that_refuses, silence_ignored, silence_only, tests_for_bugs, first_test, one_is_enough
    ),
)
