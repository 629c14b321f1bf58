"""Exercise 14.state_test, a test that the learner writes: the implementations it is tried on, and its hints.

An implementation is adam_steps(start, target, n_steps) -> a number: where so many steps down
1/2 (w - target)^2 lead. What the broken ones keep is emptied before each trial, so that a verdict hangs on
the test alone.
"""

import torch

from metagan_course.answers import clinic_broken
from metagan_course.answers.clinic_broken import moments_kept
from metagan_course.answers.clinic_parts import adam_steps, steps_of
from metagan_course.answers.clinic_tests import state_test

from ..written_tests import asks_for_a_test

# --- right -------------------------------------------------------------------------------------------------


def written_out(start, target, n_steps=3):
    w, m, v = start, 0.0, 0.0
    for t in range(1, n_steps + 1):
        slope = w - target
        m, v = 0.9 * m + 0.1 * slope, 0.999 * v + 0.001 * slope**2
        w -= 0.1 * (m / (1 - 0.9**t)) / ((v / (1 - 0.999**t)) ** 0.5 + 1e-8)
    return w


def plain_descent(start, target, n_steps=3):
    """No Adam at all, and no state: it keeps the promise."""
    for _ in range(n_steps):
        start = start - 0.1 * (start - target)
    return start


_SHARED = torch.tensor(0.0, requires_grad=True)
_EMPTIED = torch.optim.Adam([_SHARED], lr=0.1)


def emptied(start, target, n_steps=3):
    """One optimiser for all tasks, its state emptied before each."""
    _EMPTIED.state.clear()
    _SHARED.data.fill_(start)
    return steps_of(_EMPTIED, _SHARED, target, n_steps)


# --- broken ------------------------------------------------------------------------------------------------

_NOTHING = {"w": 0.0, "v": 0.0, "tasks": 0, "first": None, "moved": 0.0}
_LEFT = dict(_NOTHING)


def as_in_the_beginning(generator: torch.Generator) -> dict:
    """Other targets, near and far, on both sides; and what earlier trials left behind is gone."""
    _LEFT.update(_NOTHING)
    clinic_broken.ADAM.state.clear()
    far = 2 + 20 * torch.rand(4, generator=generator)
    return {"others": (far * torch.tensor([-1.0, 1.0, -1.0, 1.0])).tolist()}


def weight_kept(start, target, n_steps=3):
    _LEFT["w"] = written_out(_LEFT["w"], target, n_steps)
    return _LEFT["w"]


def second_moment_kept(start, target, n_steps=3):
    w, m, v = start, 0.0, _LEFT["v"]
    for t in range(1, n_steps + 1):
        slope = w - target
        m, v = 0.9 * m + 0.1 * slope, 0.999 * v + 0.001 * slope**2
        w -= 0.1 * (m / (1 - 0.9**t)) / ((v / (1 - 0.999**t)) ** 0.5 + 1e-8)
    _LEFT["v"] = v
    return w


def first_remembered(start, target, n_steps=3):
    if _LEFT["first"] is None:
        _LEFT["first"] = written_out(start, target, n_steps)
    return _LEFT["first"]


def one_in_three(start, target, n_steps=3):
    """Each third task inherits a push from the one before."""
    _LEFT["tasks"] += 1
    push = _LEFT["moved"] if _LEFT["tasks"] % 3 == 0 else 0.0
    end = written_out(start, target, n_steps)
    _LEFT["moved"] = end - start
    return end + push


def steps_ignored(start, target, n_steps=3):
    return written_out(start, target, 3)


def start_ignored(start, target, n_steps=3):
    return written_out(0.0, target, n_steps)


def target_ignored(start, target, n_steps=3):
    return written_out(start, 1.0, n_steps)


EXERCISE = asks_for_a_test(
    id="14.state_test",
    title="a test that nothing outlives a task",
    difficulty=2,
    minutes=8,
    reference=state_test,
    given=as_in_the_beginning,
    right={
        "a fresh Adam for each task": adam_steps,
        "Adam written out, in plain numbers": written_out,
        "one Adam for all tasks, emptied before each": emptied,
        "plain descent, which has no state": plain_descent,
    },
    broken={
        "one Adam for all tasks: its moments stay": moments_kept,
        "the second moments stay, the first are fresh": second_moment_kept,
        "each task starts where the last one ended": weight_kept,
        "each third task gets a push from the one before": one_in_three,
        "the first answer is given for ever": first_remembered,
        "n_steps makes no difference": steps_ignored,
        "the start makes no difference": start_ignored,
        "the target makes no difference": target_ignored,
    },
    hints=(
        "Ask for one task, then for another, then for the first again. What must be equal? And what else "
        "would make it equal, although it is broken?",
        "State can hide: let the task between be far away, and do it several times in a row. Then change one "
        "argument at a time, and ask that the result changes.",
        "first = adam_steps(0.0, 1.0, 3); for other in others: adam_steps(0.0, other, 3), then assert "
        "abs(adam_steps(0.0, 1.0, 3) - first) < 1e-6. Last, three results that must differ from first: "
        "(0.0, -1.0, 3), (3.0, 1.0, 3) and (0.0, 1.0, 1).",
    ),
)
