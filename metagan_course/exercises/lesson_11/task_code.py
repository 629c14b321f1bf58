"""Exercise 11.task_code, an encoder that no order can fool: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from metagan_course.answers.upgrades import task_code

from ..declare import Exercise, mistakes, with_gradient


@dataclass
class Features:
    """f(x) = tanh(x w + b), for any axes before the last: (..., d) -> (..., n)."""

    w: Tensor
    b: Tensor

    def __call__(self, x: Tensor) -> Tensor:
        return torch.tanh(x @ self.w + self.b)


def _case(tasks: int, shots: int, *, d: int = 3, n: int = 4, c: int = 5, dtype=torch.float32):
    def inputs(generator: torch.Generator) -> dict:
        def draw(*shape):
            return torch.randn(shape, generator=generator, dtype=dtype)

        return {
            "features": Features(draw(d, n), draw(n)),
            "support": 1 + draw(tasks, shots, d),
            "head": draw(c, n),
        }

    return inputs


INPUTS = {
    "five examples a task": _case(3, 5),
    "one example a task": _case(4, 1),
    "a single task": _case(1, 5),
    "twenty examples of eight tasks": _case(8, 20, d=2),
    "as many tasks as examples and entries": _case(4, 4, d=4, n=4, c=4),
    "numbers in double precision": _case(3, 6, dtype=torch.float64),
}


def _oracle(features, support, head):
    """Sums by einsum over examples one at a time, in the order they come."""
    tasks, shots, _ = support.shape
    total = sum(features(support[:, s]) for s in range(shots))  # (T, n)
    return torch.einsum("cn,tn->tc", head, total) / shots


def _seen(features, support):
    return features(support.flatten(0, 1)).unflatten(0, support.shape[:2])  # (T, S, n)


def _code_sum(features, support, head):
    """You summed over the support. With twenty examples the code is four times as long as with five: the mean
    makes one code of both.
    """
    return _seen(features, support).sum(1) @ head.T


def _code_of_the_mean(features, support, head):
    """You averaged the examples and then looked. The features of an average picture are those of a blur that
    nobody drew: look at each example first, then average.
    """
    return features(support.mean(1)) @ head.T


def _code_first(features, support, head):
    """Only the first example of each task counts. The order decides then, and the others are thrown away."""
    return _seen(features, support)[:, 0] @ head.T


def _code_last(features, support, head):
    """Only the last example of each task counts. The order decides then, and the others are thrown away."""
    return _seen(features, support)[:, -1] @ head.T


def _code_max(features, support, head):
    """You took the largest of each feature. No order can fool it, but one odd drawing decides an entry all by
    itself; asked for is the mean.
    """
    return _seen(features, support).amax(1) @ head.T


def _code_median(features, support, head):
    """You took the median. No order can fool it, and most examples get no gradient from it; asked for is the
    mean.
    """
    return _seen(features, support).median(1).values @ head.T


def _code_over_tasks(features, support, head):
    """You averaged over the tasks, axis 0. All tasks are mixed then, and a code says nothing about its own:
    the examples are axis 1.
    """
    return _seen(features, support).mean(0) @ head.T


def _code_over_everything(features, support, head):
    """Every task has one and the same code: you averaged over the tasks as well. The mean runs over the
    examples of a task alone.
    """
    seen = _seen(features, support)
    return seen.mean((0, 1)).expand(len(seen), -1) @ head.T


def _code_each_example(features, support, head):
    """You return a code an example, (T, S, C). A task has one code: the mean over its support is missing."""
    return _seen(features, support) @ head.T


def _code_later_counts_more(features, support, head):
    """Later examples count more in your mean. Turn the support round and the code is another: equal weights
    for all.
    """
    seen = _seen(features, support)
    weight = torch.arange(1, seen.shape[1] + 1, dtype=seen.dtype)
    return torch.einsum("s,tsn->tn", weight / weight.sum(), seen) @ head.T


def _code_running_mean(features, support, head):
    """You mix each new example with the old ones half and half. The last one then weighs half of all, so the
    order matters; all should count the same.
    """
    seen = _seen(features, support)
    state = seen[:, 0]
    for s in range(1, seen.shape[1]):
        state = (state + seen[:, s]) / 2
    return state @ head.T


def _code_by_five(features, support, head):
    """You divide by five whatever the support has. Divide by the number of its examples."""
    return _seen(features, support).sum(1) / 5 @ head.T


def _code_without_head(features, support, head):
    """The head is missing: you return the mean features, (T, n). The code is W times them, (T, C)."""
    return _seen(features, support).mean(1)


def _code_without_features(features, support, head):
    """You never called features: the head reads raw numbers. A linear code of a mean knows the mean alone."""
    d, n = support.shape[-1], head.shape[1]
    return torch.nn.functional.pad(support.mean(1), (0, max(0, n - d)))[:, :n] @ head.T


def _code_squashed(features, support, head):
    """You squashed each example's code before the mean. Then the mean is of other numbers: the head is
    linear, and the squashing was in features.
    """
    return torch.tanh(_seen(features, support) @ head.T).mean(1)


def _code_unit_length(features, support, head):
    """You made every code one long. How long it is also tells a task from another; what to do about long
    codes is the next exercise.
    """
    return torch.nn.functional.normalize(task_code(features, support, head), dim=-1)


def _code_no_gradient(features, support, head):
    """The numbers are right and the gradient is cut off. The encoder is trained through its code."""
    return task_code(features, support, head).detach()


def _code_turned(features, support, head):
    """Your table has a column a task. It needs a row a task, (T, C)."""
    return task_code(features, support, head).T


def _code_by_root(features, support, head):
    """You divided by the root of the number of examples. With four times as many the code is twice as long:
    divide by their number.
    """
    seen = _seen(features, support)
    return seen.sum(1) / seen.shape[1] ** 0.5 @ head.T


def _code_from_zero(features, support, head):
    """You mix each new example with the old ones half and half, from zeros on. The last one weighs half of
    all, so the order matters; all should count the same.
    """
    seen = _seen(features, support)
    state = torch.zeros_like(seen[:, 0])
    for s in range(seen.shape[1]):
        state = (state + seen[:, s]) / 2
    return state @ head.T


def _code_without_first(features, support, head):
    """The first example of each task is left out. All of the support belong to the mean."""
    return task_code(features, support[:, 1:] if support.shape[1] > 1 else support, head)


def _code_by_tasks(features, support, head):
    """You divided by the number of tasks. The sum runs over a task's examples, so their number belongs
    below it.
    """
    return _seen(features, support).sum(1) @ head.T / len(support)


def _code_rectified(features, support, head):
    """You cut the code off at 0. The head is linear, and half of the code's directions would be lost."""
    return task_code(features, support, head).relu()


def _code_softmax(features, support, head):
    """You made a softmax of the code. A code is no probability; the numbers after the head are wanted as they
    are.
    """
    return task_code(features, support, head).softmax(-1)


def _code_min(features, support, head):
    """You took the smallest of each feature. No order can fool it, but one odd drawing decides an entry all
    by itself; asked for is the mean.
    """
    return _seen(features, support).amin(1) @ head.T


def _code_deviation(features, support, head):
    """You took how far the examples differ, not what they are like. With one example that is 0 for every
    task; asked for is the mean.
    """
    return _seen(features, support).std(1, correction=0) @ head.T


def _code_middle(features, support, head):
    """Only the example in the middle of each task counts. The order decides then, and the others are thrown
    away.
    """
    return _seen(features, support)[:, support.shape[1] // 2] @ head.T


def _code_product(features, support, head):
    """You multiplied the features of all examples. No order can fool it, and with twenty examples the product
    is nearly 0: take the mean.
    """
    return _seen(features, support).prod(1) @ head.T


def _code_standardised(features, support, head):
    """You went on to standardise the codes over the tasks. That is the next exercise; here the raw code is
    asked for.
    """
    codes = task_code(features, support, head)
    var, mean = torch.var_mean(codes, 0, correction=0)
    return (codes - mean) / (var + 1e-5).sqrt()


def _code_cumulative(features, support, head):
    """You averaged running sums. The first example is then counted in each of them and the last one once, so
    the order matters.
    """
    return _seen(features, support).cumsum(1).mean(1) @ head.T


def _code_one_row(features, support, head):
    """You return one code for all tasks together. The mean runs over the examples of one task; T tasks have T
    codes.
    """
    return _seen(features, support).mean((0, 1), keepdim=False)[None] @ head.T


EXERCISE = Exercise(
    id="11.task_code",
    title="a task code that no order can change",
    difficulty=1,
    minutes=7,
    reference=task_code,
    inputs=INPUTS,
    oracle=_oracle,
    observe=with_gradient("support", "head"),
    verified="codes and gradients are right, for one example and for twenty, in any order.",
    hints=(
        "What can you do with a set of numbers so that neither their order nor how many there are changes "
        "what comes out, if the set is repeated twice?",
        "Look at every example first, `features(support)`: (T, S, n). Average over the examples, which are "
        "axis 1, and multiply by the head last.",
        "`return features(support).mean(1) @ head.T`",
    ),
    mistakes=mistakes(
        _code_sum,
        _code_of_the_mean,
        _code_first,
        _code_last,
        _code_max,
        _code_median,
        _code_over_tasks,
        _code_over_everything,
        _code_each_example,
        _code_later_counts_more,
        _code_running_mean,
        _code_by_five,
        _code_without_head,
        _code_without_features,
        _code_squashed,
        _code_unit_length,
        _code_no_gradient,
        _code_turned,
        _code_by_root,
        _code_from_zero,
        _code_without_first,
        _code_by_tasks,
        _code_rectified,
        _code_softmax,
        _code_min,
        _code_deviation,
        _code_middle,
        _code_product,
        _code_standardised,
        _code_cumulative,
        _code_one_row,
    ),
)
