"""Exercise 07.seen_and_unseen, the leak of judging on the support: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from metagan_course.answers.reptile import seen_and_unseen
from metagan_course.metrics import energy_distance

from ..declare import Exercise, Observation, Unfit, mistakes


def far(samples: Tensor, drawings: Tensor) -> Tensor:
    """Energy distance of two sets of anything, flattened."""
    return energy_distance(samples.flatten(1), drawings.flatten(1))


def copies(support: Tensor) -> Tensor:
    """A generator that has learned the five by heart."""
    return support.repeat(2, *[1] * (support.dim() - 1))


def around_the_mean(support: Tensor) -> Tensor:
    """One that knows where the task is, and how wide."""
    middle = support.mean(0, keepdim=True)
    return torch.cat([middle + 0.5 * (support - middle), middle - 0.7 * (support - middle)])


def half_way(support: Tensor) -> Tensor:
    """One that began at 0 and is not there yet."""
    return 0.6 * support[:2]


def _case(adapt: Callable, n_tasks: int, n: int, n_support: int, *shape: int) -> Callable:
    def inputs(generator: torch.Generator) -> dict:
        places = 2 * torch.randn(n_tasks, 1, *shape, generator=generator)
        drawings = places + torch.randn(n_tasks, n, *shape, generator=generator)
        return {"adapt": adapt, "distance": far, "drawings": drawings, "n_support": n_support}

    return inputs


INPUTS = {
    "a generator that copies": _case(copies, 3, 9, 5, 2),
    "a generator that stays around the mean": _case(around_the_mean, 4, 8, 3, 2),
    "pictures, and a generator that is not there yet": _case(half_way, 3, 7, 4, 1, 3, 3),
    "two drawings to adapt to, ten held back": _case(around_the_mean, 2, 12, 2, 3),
    "one single task": _case(copies, 1, 10, 5, 2),
}
_FORM = "seen_and_unseen should return two numbers, the mean distance to each side. Yours is {}."


def _seen(function: Callable, inputs: dict) -> Observation:
    found = function(**inputs)
    if isinstance(found, Tensor) and found.shape == (2,):
        found = tuple(found)
    if not isinstance(found, tuple | list) or len(found) != 2:
        raise Unfit(_FORM.format(f"of another form ({type(found).__name__})"))
    seen: Observation = {}
    for name, x in zip(("seen", "unseen"), found, strict=True):
        x = torch.as_tensor(x).detach().float()
        if x.dim():
            raise Unfit(_FORM.format(f"a tensor of shape {tuple(x.shape)}; take the mean over tasks"))
        seen[name] = x
    return seen


def _oracle(adapt, distance, drawings, n_support):
    """All samples first, then one side after the other, in double precision."""
    support, query = drawings.split([n_support, drawings.shape[1] - n_support], 1)
    samples = list(map(adapt, support))
    return tuple(
        sum(distance(x, side).double() for x, side in zip(samples, sides, strict=True)) / len(drawings)
        for sides in (support, query)
    )


def _mean(*values) -> Tensor:
    return torch.stack(values).mean()


def _split(drawings: Tensor, n: int) -> list[tuple[Tensor, Tensor]]:
    return [(task[:n], task[n:]) for task in drawings]


def _leak_support_twice(adapt, distance, drawings, n_support):
    """Both of your numbers are distances to the support: the generator is judged by what it was adapted to,
    and a copier is perfect. The second number needs the drawings that were held back.
    """
    seen = seen_and_unseen(adapt, distance, drawings, n_support)[0]
    return seen, seen.clone()


def _leak_all_asked(adapt, distance, drawings, n_support):
    """Your second judge sees all drawings, the support among them. A copier then gets part of its score for
    nothing: only what was held back may judge.
    """
    seen = seen_and_unseen(adapt, distance, drawings, n_support)[0]
    return seen, _mean(*(distance(adapt(t[:n_support]), t) for t in drawings))


def _leak_adapted_to_all(adapt, distance, drawings, n_support):
    """You adapt to all drawings, so nothing was held back and both numbers are of things seen. Adapt to the
    first n_support alone.
    """
    pairs = [(adapt(t), t[:n_support], t[n_support:]) for t in drawings]
    return _mean(*(distance(x, s) for x, s, _ in pairs)), _mean(*(distance(x, q) for x, _, q in pairs))


def _leak_adapted_twice(adapt, distance, drawings, n_support):
    """You adapt anew to the drawings held back before you judge by them, so each number is of drawings seen.
    One adaptation, to the support, and two judges.
    """
    sides = [list(x) for x in zip(*_split(drawings, n_support), strict=True)]
    return tuple(_mean(*(distance(adapt(x), x) for x in side)) for side in sides)


def _leak_adapted_to_query(adapt, distance, drawings, n_support):
    """You adapt to the drawings held back and judge by both. Which are adapted to? The first n_support."""
    pairs = [(adapt(q), s, q) for s, q in _split(drawings, n_support)]
    return _mean(*(distance(x, s) for x, s, _ in pairs)), _mean(*(distance(x, q) for x, _, q in pairs))


def _leak_exchanged(adapt, distance, drawings, n_support):
    """Both are right, but in the other order. The drawings that were seen come first."""
    return seen_and_unseen(adapt, distance, drawings, n_support)[::-1]


def _leak_sum(adapt, distance, drawings, n_support):
    """You added the tasks up. Take the mean over tasks, or the number grows with how many were asked."""
    seen, unseen = seen_and_unseen(adapt, distance, drawings, n_support)
    return seen * len(drawings), unseen * len(drawings)


def _leak_one_task(adapt, distance, drawings, n_support):
    """Only the first task is judged. Take the mean over all of them: one task is an anecdote."""
    return seen_and_unseen(adapt, distance, drawings[:1], n_support)


def _leak_last_task(adapt, distance, drawings, n_support):
    """Only the last task is left in your numbers. Collect one distance a task, then take the mean."""
    return seen_and_unseen(adapt, distance, drawings[-1:], n_support)


def _leak_one_generator(adapt, distance, drawings, n_support):
    """You adapted once, to the first task, and judged all the others with it. Each task has its own
    adaptation.
    """
    x = adapt(drawings[0, :n_support])
    sides = _split(drawings, n_support)
    return _mean(*(distance(x, s) for s, _ in sides)), _mean(*(distance(x, q) for _, q in sides))


def _leak_from_the_end(adapt, distance, drawings, n_support):
    """You took the support from the end. Asked for are the *first* n_support drawings of each task."""
    return seen_and_unseen(adapt, distance, drawings.flip(1), n_support)


def _leak_gap(adapt, distance, drawings, n_support):
    """Your second number is the gap. Return both distances; whoever wants the gap can subtract."""
    seen, unseen = seen_and_unseen(adapt, distance, drawings, n_support)
    return seen, unseen - seen


def _leak_as_many(adapt, distance, drawings, n_support):
    """You judge by as many held-back drawings as were shown and leave the rest unused. All of them may
    judge.
    """
    return seen_and_unseen(adapt, distance, drawings[:, : 2 * n_support], n_support)


def _leak_support_as_samples(adapt, distance, drawings, n_support):
    """You compare the drawings with each other and never ask the generator. adapt(support) draws the
    samples.
    """
    return seen_and_unseen(lambda support: support, distance, drawings, n_support)


def _leak_other_task(adapt, distance, drawings, n_support):
    """Your unseen drawings are another task's. Held back are the other drawings of the *same* task."""
    seen = seen_and_unseen(adapt, distance, drawings, n_support)[0]
    others = drawings.roll(-1, 0)[:, n_support:]
    pairs = zip(drawings[:, :n_support], others, strict=True)
    return seen, _mean(*(distance(adapt(s), q) for s, q in pairs))


def _leak_pooled(adapt, distance, drawings, n_support):
    """You threw all tasks into one. Each task has its own support, its own samples and its own distances."""
    support, query = drawings[:, :n_support].flatten(0, 1), drawings[:, n_support:].flatten(0, 1)
    samples = adapt(support)
    return distance(samples, support), distance(samples, query)


def _leak_pooled_samples(adapt, distance, drawings, n_support):
    """Each task is judged by the samples of all tasks together. Judge its own."""
    sides = _split(drawings, n_support)
    x = torch.cat([adapt(s) for s, _ in sides])
    return _mean(*(distance(x, s) for s, _ in sides)), _mean(*(distance(x, q) for _, q in sides))


def _leak_one_left_out(adapt, distance, drawings, n_support):
    """One held-back drawing is in neither side. After task[:n_support] comes task[n_support:]."""
    seen = seen_and_unseen(adapt, distance, drawings, n_support)[0]
    return seen, _mean(*(distance(adapt(t[:n_support]), t[n_support + 1 :]) for t in drawings))


def _leak_half(adapt, distance, drawings, n_support):
    """Both of your numbers are half of what they should be. Each is a mean over the tasks, not over two
    sides.
    """
    seen, unseen = seen_and_unseen(adapt, distance, drawings, n_support)
    return seen / 2, unseen / 2


EXERCISE = Exercise(
    id="07.seen_and_unseen",
    title="judged by what it was shown, and by what it was not",
    difficulty=1,
    minutes=6,
    reference=seen_and_unseen,
    inputs=INPUTS,
    oracle=_oracle,
    observe=_seen,
    verified="one adaptation a task, to the support alone, and both sides judge it.",
    hints=(
        "Three sets for each task: what is adapted to, and two that judge. Which of them are the same "
        "drawings?",
        "For every task: support = task[:n_support], query = task[n_support:], samples = adapt(support); "
        "then one distance to each.",
        "`torch.stack([distance(adapt(t[:n_support]), t[n_support:]) for t in drawings]).mean()` is the "
        "second number.",
    ),
    mistakes=mistakes(
        _leak_support_twice,
        _leak_all_asked,
        _leak_adapted_to_all,
        _leak_adapted_twice,
        _leak_adapted_to_query,
        _leak_exchanged,
        _leak_sum,
        _leak_one_task,
        _leak_last_task,
        _leak_one_generator,
        _leak_from_the_end,
        _leak_gap,
        _leak_as_many,
        _leak_support_as_samples,
        _leak_other_task,
        _leak_pooled,
        _leak_pooled_samples,
        _leak_one_left_out,
        _leak_half,
    ),
)
