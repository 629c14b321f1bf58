"""A second kind of exercise: the learner writes the test, and it is tried on right and on broken code.

    EXERCISE = asks_for_a_test(id="05.test_split", right={...}, broken={...}, reference=course_test, ...)

The learner's function gets an implementation (and whatever `given` builds). It refuses by an AssertionError
or another error, or by returning False; anything else accepts. The check says which right implementation is
refused and which broken one is let through.
"""

import inspect
from collections.abc import Callable, Mapping
from types import FunctionType
from typing import Any

import torch

from .declare import Exercise
from .observing import NOTE, Observation
from .running import Outcome

ACCEPTED, REFUSED = "accepted", "refused"


def asks_for_a_test(
    *,
    id: str,
    reference: Callable,
    right: Mapping[str, Callable],
    broken: Mapping[str, Callable],
    given: Callable[[torch.Generator], dict[str, Any]] = lambda generator: {},
    rounds: int = 3,
    **about: Any,
) -> Exercise:
    """An exercise whose answer is a test. `right` says how each is written, `broken` what is broken.

    The reference's first parameter is the implementation. Each is tried `rounds` times, on other draws of
    `given` and of the global generators: a test that depends on luck is found out.
    """
    if len(right) < 2 or len(broken) < 3:
        raise ValueError(f"{id}: a test is judged on 2 right implementations and 3 broken ones at least")
    place = next(iter(inspect.signature(reference).parameters))
    codes = {one.__code__ for one in right.values()}
    cases = {name: _builder(place, one, given) for name, one in {**right, **broken}.items()}
    if len(cases) < len(right) + len(broken):
        raise ValueError(f"{id}: two implementations have the same name")
    counted = f"{len(right)} right implementations are accepted and {len(broken)} broken ones refused"
    return Exercise(
        id=id,
        reference=reference,
        inputs=cases,
        oracle=lambda *values, **named: (*values, *named.values())[0].__code__ in codes,
        observe=verdict_of,
        explain=lambda outcomes, expected: _explained(outcomes, set(right)),
        mistakes=(),
        cases=rounds * len(cases),
        **{"verified": f"{counted}, every time."} | about,
    )


def verdict_of(test: Callable, inputs: dict) -> Observation:
    """What a test says of one implementation, and why."""
    try:
        answer = test(**inputs)
    except AssertionError as error:
        return {"verdict": REFUSED, NOTE: str(error).partition("\n")[0] or "an assertion failed"}
    except Exception as error:  # broken code may stop a test, and that refuses it
        return {"verdict": REFUSED, NOTE: f"{type(error).__name__}: {error}".partition("\n")[0]}
    if answer is None or answer is ...:
        return {"verdict": ACCEPTED, NOTE: ""}
    return {"verdict": ACCEPTED if bool(answer) else REFUSED, NOTE: f"it returned {answer}"[:80]}


def _builder(place: str, implementation: Callable, given: Callable) -> Callable:
    return lambda generator: {place: _nameless(implementation), **given(generator)}


def _nameless(one: FunctionType) -> FunctionType:
    """The same function under a name that gives nothing away."""
    made = FunctionType(one.__code__, one.__globals__, "implementation", one.__defaults__, one.__closure__)
    made.__kwdefaults__ = one.__kwdefaults__
    return made


def _explained(outcomes: list[Outcome], right: set[str]) -> tuple[str, str, str]:
    """Diagnosis, sentences, evidence: right code that is refused comes first."""
    refused = {one.case: one.observed[NOTE] for one in outcomes if one.observed["verdict"] == REFUSED}
    accepted = {one.case for one in outcomes if one.observed["verdict"] == ACCEPTED}
    wrongly = [case for case in refused if case in right]
    broken = list(dict.fromkeys(one.case for one in outcomes if one.case not in right))
    missed = [case for case in broken if case in accepted]
    summary = f"It refuses {len(broken) - len(missed)} of {len(broken)} broken implementations."
    if wrongly:
        name = wrongly[0]
        luck = " Sometimes: with other numbers it is accepted." if name in accepted else ""
        return "refuses_right", _REFUSES.format(name, refused[name][:120], luck), summary
    luck = " Only sometimes: your test hangs on luck." if missed[0] in refused else ""
    return "lets_through", _LETS_THROUGH.format(missed[0], luck), summary


_REFUSES = (
    "Your test refuses a right implementation: {} ({}).{} Ask for what is promised, not for one way to keep "
    "the promise, and leave room for rounding."
)
_LETS_THROUGH = (
    "Your test lets a broken implementation through: {}.{} Which input would make it do something else than "
    "a right one? Put that into the test."
)
