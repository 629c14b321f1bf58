"""Exercise 00.split_task: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

import torch
from torch import Tensor

from metagan_course.answers.basics import split_task

from ..declare import Exercise, Mistake, Observation, Unfit, mistakes


def _examples_of(*shape: int):
    """Inputs with examples of this shape, all of them different."""

    def inputs(generator: torch.Generator) -> dict:
        n, k = (int(torch.randint(low, low + 3, (), generator=generator)) for low in (16, 5))
        seed = int(torch.randint(2**31, (), generator=generator))
        examples = torch.randn(n, *shape, generator=generator)
        return {"examples": examples, "k_support": k, "generator": torch.Generator().manual_seed(seed)}

    return inputs


MANY = 100  # generators: each example is in the support k / n of the time, +- 0.05


def _split_seen(function, inputs: dict) -> Observation:
    """What any right split has in common, however it shuffles: counts, and what the generator decides."""
    examples, seed = inputs["examples"], inputs["generator"].initial_seed()
    n, k = len(examples), inputs["k_support"]

    def split(more: int) -> list[list[int]]:
        made = function(**inputs | {"generator": torch.Generator().manual_seed(seed + more)})
        return [_rows(part, examples) for part in _pair(made, examples)]

    support, query = first = split(0)
    supports = [split(more)[0] for more in range(1, 1 + MANY)]
    share = torch.bincount(torch.tensor(sum(supports, [])) + 1, minlength=n + 1)[1:] / MANY
    return {
        "the number of support examples": len(support),
        "the number of query examples": len(query),
        "the number of rows that are none of the examples": (support + query).count(-1),
        "the number of examples drawn twice into one side": _repeated(support) + _repeated(query),
        "the number of examples on both sides": len(set(support) & set(query) - {-1}),
        "the number of examples on neither side": len(set(range(n)) - set(support) - set(query)),
        "whether one state of the generator gives one split": first == split(0),
        "whether other generators give other supports": len({tuple(sorted(one)) for one in supports}) > n,
        "whether the support is always the first examples": all(max(one) < k for one in supports),
        "whether every example comes into the support as often as any other": _fair(share, k / n),
    }


def _split_order(function, inputs: dict) -> Observation:
    """A closer look, for names only: a right split may keep the order within a side or not."""
    parts = [_rows(part, inputs["examples"]) for part in _pair(function(**inputs), inputs["examples"])]
    support, query = (part == sorted(part) for part in parts)
    return {"whether the support keeps its order": support, "whether the query keeps its order": query}


def _fair(share: Tensor, due: float) -> bool:
    return bool((share - due).abs().max() < 0.25)


def _pair(made: object, examples: Tensor) -> tuple[Tensor, Tensor]:
    if not isinstance(made, tuple | list) or len(made) != 2:
        raise Unfit("Two things are asked for, support and query, in this order: `return support, query`.")
    for part in made:
        if not isinstance(part, Tensor) or part.shape[1:] != examples.shape[1:]:
            raise Unfit(
                "Support and query are tensors of examples, one a row, each as it came. Index `examples` "
                "with numbers, `examples[order[:k_support]]`; the numbers alone are not the examples."
            )
    return made


def _rows(part: Tensor, examples: Tensor) -> list[int]:
    """Which of the task's examples each row is; -1 for one that is none of them."""
    same = (part.flatten(1)[:, None] == examples.flatten(1)[None]).all(-1)  # (rows, n)
    return [int(row.int().argmax()) if row.any() else -1 for row in same]


def _repeated(rows: list[int]) -> int:
    rows = [row for row in rows if row >= 0]
    return len(rows) - len(set(rows))


def _split_oracle(examples, k_support, generator):
    """Another right split: the examples sorted by a random key each, the first k of them for the support."""
    keys = torch.rand(len(examples), generator=generator).tolist()
    order = sorted(range(len(examples)), key=keys.__getitem__)
    return examples[order[:k_support]], examples[order[k_support:]]


def _split_leaks(examples, k_support, generator):
    """Your query holds the support as well. A learner that merely memorises the support then scores on
    what it memorised: the query must be examples it has not seen.
    """
    order = torch.randperm(len(examples), generator=generator)
    return examples[order[:k_support]], examples


def _split_in_order(examples, k_support, generator):
    """Your support is always the first examples: nothing is shuffled. Data on disk has an order (by
    writer, by date), and a split that follows it tests something else than you think.
    """
    return examples[:k_support], examples[k_support:]


def _split_without_generator(examples, k_support, generator):
    """You shuffle, but not with the generator you were given. Then nobody can have the same split
    again, and two methods cannot be compared on the same tasks: pass generator=generator to
    torch.randperm.
    """
    order = torch.randperm(len(examples))
    return examples[order[:k_support]], examples[order[k_support:]]


def _split_swapped(examples, k_support, generator):
    """Support and query have changed places. The first of the two is what the learner sees, and it has
    k_support examples.
    """
    support, query = split_task(examples, k_support, generator)
    return query, support


def _split_drops(examples, k_support, generator):
    """Your query is as small as the support and the rest is thrown away. The query judges: the more
    examples it has, the less the score depends on luck. Take all that are left.
    """
    order = torch.randperm(len(examples), generator=generator)
    return examples[order[:k_support]], examples[order[k_support : 2 * k_support]]


def _split_two_shuffles(examples, k_support, generator):
    one, two = (torch.randperm(len(examples), generator=generator) for _ in range(2))
    return examples[one[:k_support]], examples[two[k_support:]]


def _split_with_replacement(examples, k_support, generator):
    chosen = torch.randint(len(examples), (k_support,), generator=generator)
    rest = [i for i in range(len(examples)) if i not in chosen]
    return examples[chosen], examples[rest]


def _seen(key: str):
    """Recognise by one count: is it above 0 in some case?"""
    return lambda got, _: any(isinstance(one.get(key), int) and one[key] > 0 for one in got)


_twice, _both, _neither = (
    _seen(f"the number of examples {where}")
    for where in ("drawn twice into one side", "on both sides", "on neither side")
)
RANDOM_SPLITS = (
    Mistake(
        name="split_with_replacement",
        diagnosis="Some example was drawn twice: torch.randint draws with replacement, like a die. Shuffle "
        "once with torch.randperm and cut the shuffled order in two, and nothing can come twice.",
        wrong=_split_with_replacement,
        when=_twice,
    ),
    Mistake(
        name="split_two_shuffles",
        diagnosis="Support and query were drawn independently, so they overlap and some examples are in "
        "neither. One shuffle, cut in two, gives both sides.",
        wrong=_split_two_shuffles,
        when=lambda got, right: not _twice(got, right) and _both(got, right) and _neither(got, right),
    ),
)
EXERCISE = Exercise(
    id="00.split_task",
    title="what a learner sees, and what judges it",
    difficulty=2,
    minutes=10,
    reference=split_task,
    inputs={"points": _examples_of(2), "small drawings": _examples_of(1, 3, 3)},
    cases=2,
    oracle=_split_oracle,
    observe=_split_seen,
    closer=_split_order,
    verified="support and query share no example, lose none, and depend on the generator alone.",
    hints=(
        "Shuffle the examples' numbers once, then cut that list in two.",
        "order = torch.randperm(len(examples), generator=generator) is a shuffled list of 0 ... n - 1.",
        "With that order: return examples[order[:k_support]], examples[order[k_support:]].",
    ),
    mistakes=(
        *mistakes(_split_leaks, _split_in_order, _split_without_generator, _split_swapped, _split_drops),
        *RANDOM_SPLITS,
    ),
)
