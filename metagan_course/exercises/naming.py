"""Which known mistake is this, and what is there to say to a right answer?

Equal results are not equal causes: a name is given only where the learner's function does what the mistake
does on every case and on the second look as well. If two known mistakes do, both are told.
"""

from collections.abc import Callable
from types import CodeType

from .declare import Exercise, Mistake, Observation, Remark
from .failing import code_of
from .running import Outcome, own_cases, same_outcomes

Second = Callable[[], list[Outcome]]  # the learner's function on the second look, run when it is needed


def known_mistakes(
    spec: Exercise, outcomes: list[Outcome], expected: list[Outcome], second: Second, seed: int
) -> tuple[str, str] | None:
    """Name and diagnosis of the declared mistake that does what the learner's function did, if any."""
    failure = outcomes[-1].failure
    if failure is not None and (failure.is_endless or failure.is_unfit):
        return None
    exact = [one for one in spec.mistakes if one.when is None and _agrees(spec, one, outcomes, seed)]
    if exact and spec.second_look.cases:
        closer = second()
        exact = [one for one in exact if _same_second(spec, one.wrong, closer, seed)]
    return _told(exact or _families(spec, outcomes, expected))


def _agrees(spec: Exercise, mistake: Mistake, outcomes: list[Outcome], seed: int) -> bool:
    return same_outcomes(own_cases(spec, mistake.wrong, spec.first_look, seed), outcomes, spec)


def _same_second(spec: Exercise, function: Callable, outcomes: list[Outcome], seed: int) -> bool:
    return same_outcomes(own_cases(spec, function, spec.second_look, seed), outcomes, spec)


def _families(spec: Exercise, outcomes: list[Outcome], expected: list[Outcome]) -> list[Mistake]:
    got, right = [one.observed for one in outcomes], [one.observed for one in expected]
    if outcomes[-1].failure is not None:
        return []
    return [one for one in spec.mistakes if one.when is not None and _is_of(one, got, right)][:1]


def _is_of(family: Mistake, got: list[Observation], right: list[Observation]) -> bool:
    try:
        return bool(family.when(got, right))
    except Exception:  # it met an answer of a kind it does not expect: not its family
        return False


def _told(found: list[Mistake]) -> tuple[str, str] | None:
    if not found:
        return None
    diagnoses = list(dict.fromkeys(one.diagnosis for one in found))
    if len(diagnoses) == 1:
        return found[0].name, diagnoses[0]
    return " or ".join(one.name for one in found), "It is one of these. " + " Or: ".join(diagnoses)


def remarks(spec: Exercise, names: frozenset[str], second: Second, seed: int) -> tuple[str, ...]:
    """What the declared remarks have to say of a right answer whose code uses these names, in their order."""
    if not spec.remarks:
        return ()
    seen = second() if any(one.like is not None for one in spec.remarks) else []
    return tuple(_worded(one) for one in spec.remarks if _applies(spec, one, names, seen, seed))


def _applies(spec: Exercise, one: Remark, names: frozenset[str], seen: list[Outcome], seed: int) -> bool:
    if one.written is not None and one.written(names):
        return True
    return one.like is not None and bool(seen) and _same_second(spec, one.like, seen, seed)


def _worded(remark: Remark) -> str:
    return f"{'By a shortcut' if remark.shortcut else 'Right, but'}: {remark.text}"


def names_used(function: Callable) -> frozenset[str]:
    """Every global and attribute that a function's code names, those of its inner functions included."""

    def names(code: CodeType) -> set[str]:
        inner = (part for part in code.co_consts if isinstance(part, CodeType))
        return set(code.co_names).union(*map(names, inner))

    code = code_of(function)
    return frozenset(names(code)) if code else frozenset()
