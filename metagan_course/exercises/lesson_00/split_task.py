"""Exercise 00.split_task: what it checks, hints at and recognises.

Any shuffle is right, so properties are looked at and not rows: what is where, what the generator decides,
and, over many generators, whether anybody may come into the support beside anybody.
"""

import random
from collections.abc import Callable

import torch
from torch import Tensor

from metagan_course.answers.basics import split_task

from ..declare import Exercise, Mistake, Observation, Unfit, mistakes
from ..observing import NOTE

MANY = 60  # generators: five standard deviations part a shuffle from what is none


def _case(n: int, k: int, shape: tuple = (2,), dtype: torch.dtype = torch.float32):
    """About n examples, about k of them for the support, and a generator of its own seed."""

    def inputs(generator: torch.Generator) -> dict:
        more, seed = (int(torch.randint(high, (), generator=generator)) for high in (3, 2**31))
        points = torch.randn(n + more, *shape, generator=generator, dtype=dtype)
        return {"examples": points, "k_support": k + more, "generator": torch.Generator().manual_seed(seed)}

    return inputs


CASES = {
    "a task of few examples": _case(16, 5),
    "half of the examples for the support": _case(24, 11),
    "a small query": _case(18, 13),
    "examples in double precision": _case(16, 5, dtype=torch.float64),
    "one arc of the lesson": _case(40, 20),
    "pictures instead of points": _case(12, 4, (1, 3, 3)),
}


def _split_seen(function, inputs: dict) -> Observation:
    """What any right split has in common, however it shuffles."""
    examples, k, seed = inputs["examples"], inputs["k_support"], inputs["generator"].initial_seed()
    before = examples.clone()
    splits = [_rows_of(function, inputs, seed + more) for more in range(MANY)]
    support, query = splits[0]
    again = _rows_of(function, inputs, seed)
    real = {row for row in support + query if row >= 0}
    return {
        "the number of support examples": len(support),
        "the number of query examples": len(query),
        "the number of rows that are no example of the task": (support + query).count(-1),
        "the number of examples twice in the support": _repeated(support),
        "the number of examples twice in the query": _repeated(query),
        "the number of examples on both sides": len(set(support) & set(query) - {-1}),
        "the number of examples on neither side": len(examples) - len(real),
        "whether one state of the generator gives one split": splits[0] == again,
        "whether the generator decides anything": len({str(one) for one in splits}) > 1,
        "whether other generators give other splits": len({str(one) for one in splits}) > MANY // 2,
        "whether other generators put other examples into the support": len({str(set(s)) for s, _ in splits})
        > 9,
        "whether other generators put other examples into the query": len({str(set(q)) for _, q in splits})
        > 9,
        "whether every example comes into the support as often as another": _is_even(
            splits, len(examples), k
        ),
        "whether neighbours are parted as a shuffle parts them": _is_parted(splits, len(examples), k),
        NOTE: _overwritten(before, examples),
    }


def _split_first(function, inputs: dict) -> Observation:
    """Two ways to do nothing look alike from afar: is the support the first examples?"""
    support, _ = _rows_of(function, inputs, inputs["generator"].initial_seed())
    return {"whether the support is the first examples in their order": support == list(range(len(support)))}


def _rows_of(function, inputs: dict, seed: int) -> tuple[list[int], list[int]]:
    examples = inputs["examples"].clone()  # as they lay before the call: a shuffle in place moves them
    split = function(**inputs | {"generator": torch.Generator().manual_seed(seed)})
    if not isinstance(split, tuple | list) or len(split) != 2:
        many = f"{len(split)} things" if isinstance(split, tuple | list) else f"one {type(split).__name__}"
        raise Unfit(
            f"Two tensors are asked for, support and query, and yours is {many}: `return support, query`."
        )
    for side, part in zip(("support", "query"), split, strict=True):
        if not isinstance(part, Tensor) or part.shape[1:] != examples.shape[1:]:
            raise Unfit(
                _FORM.format(side, tuple(part.shape) if isinstance(part, Tensor) else type(part).__name__)
            )
        if part.dtype != examples.dtype:
            raise Unfit(f"The {side} should hold examples of the task, and yours has the type {part.dtype}.")
    return tuple(_rows(part, examples) for part in split)


_FORM = (
    "The {} should hold examples of the task, one a row, (how many, 2); yours is {}. Index the examples with "
    "the shuffled numbers: `examples[order[:k_support]]`."
)


def _rows(part: Tensor, examples: Tensor) -> list[int]:
    """Which of the task's examples each row is; -1 for one that is none of them."""
    flat = [x.reshape(len(x), examples[0].numel()) for x in (part, examples)]
    same = (flat[0][:, None] == flat[1]).all(-1)  # (rows, n)
    return torch.where(same.any(1), same.int().argmax(1), -1).tolist()


def _overwritten(before: Tensor, after: Tensor) -> int:
    """How many examples are gone from the tensor handed in because others were written over them."""
    rows = _rows(after, before)
    return 0 if -1 in rows else _repeated(rows)


def _repeated(rows: list[int]) -> int:
    known = [row for row in rows if row >= 0]
    return len(known) - len(set(known))


def _is_even(splits: list, n: int, k: int) -> bool:
    """Within five standard deviations of a fair draw, every example is in the support k / n of the time."""
    times = torch.zeros(n)
    for support, _ in splits:
        times[[row for row in set(support) if row >= 0]] += 1
    share = min(1.0, k / n)
    return bool(((times - MANY * share).abs() <= 5 * (MANY * share * (1 - share)) ** 0.5 + 1).all())


def _is_parted(splits: list, n: int, k: int) -> bool:
    """In a shuffle the supports hold k (k - 1) / (n - 1) neighbouring pairs on average; in a turn, k - 1."""
    pairs = [sum((row + 1) % n in set(support) for row in support) for support, _ in splits]
    fair = k * (k - 1) / (n - 1)
    return abs(sum(pairs) / MANY - fair) < max(0.6, 0.5 * (k - 1 - fair))


def _split_oracle(examples, k_support, generator):
    """Another right split: the examples sorted by a random key each, the first k of them for the support."""
    keys = torch.rand(len(examples), generator=generator, dtype=torch.float64).tolist()
    order = sorted(range(len(examples)), key=keys.__getitem__)
    return examples[order[:k_support]], examples[order[k_support:]]


# --- what is recognised ----------------------------------------------------------------------------------


def _split_leaks(examples, k_support, generator):
    """Your query holds the support as well. A learner that merely memorises the support then scores on
    what it memorised: the query must be examples it has not seen.
    """
    order = torch.randperm(len(examples), generator=generator)
    return examples[order[:k_support]], examples


def _split_in_order(examples, k_support, generator):
    """Your support is always the first examples, in their order: nothing is shuffled. Data on disk has an
    order (by writer, by date), and a split that follows it tests something else than you think.
    """
    return examples[:k_support], examples[k_support:]


def _split_fixed_seed(examples, k_support, generator):
    """Your split is the same whatever generator you are given: it is not used, or it is seeded anew inside
    your function. All tasks would be cut alike. Use it as it comes: `torch.randperm(n,
    generator=generator)`.
    """
    order = torch.randperm(len(examples), generator=torch.Generator().manual_seed(0))
    return examples[order[:k_support]], examples[order[k_support:]]


def _split_without_generator(examples, k_support, generator):
    """You shuffle, but not with the generator you were given. Then nobody can have the same split
    again, and two methods cannot be compared on the same tasks: pass `generator=generator` to
    `torch.randperm`.
    """
    order = torch.randperm(len(examples))
    return examples[order[:k_support]], examples[order[k_support:]]


def _split_cut_first(examples, k_support, generator):
    """The support is always the same examples, whatever the generator: you cut before you shuffled, so that
    only the order inside a side is left to chance. Shuffle all of them, then cut.
    """
    first, rest = (torch.randperm(n, generator=generator) for n in (k_support, len(examples) - k_support))
    return examples[:k_support][first], examples[k_support:][rest]


def _split_turned(examples, k_support, generator):
    """You turn the list by a random amount, and neighbours stay together: if the data are sorted, so is your
    support. A shuffle, `torch.randperm`, lets anybody stand beside anybody.
    """
    by = int(torch.randint(len(examples), (), generator=generator))
    turned = examples.roll(by, 0)
    return turned[:k_support], turned[k_support:]


def _split_few_ways(examples, k_support, generator):
    """The generator chooses among a few ways to split only. A shuffle of n examples has n! orders, and every
    one must be possible: `torch.randperm(n, generator=generator)`.
    """
    turned = examples.flip(0) if torch.rand((), generator=generator) < 0.5 else examples
    return turned[:k_support], turned[k_support:]


def _split_one_swap(examples, k_support, generator):
    """Your list is nearly in its old order: a few examples have changed places. That is no shuffle; the
    support is mostly the first examples, whoever the generator is.
    """
    order = list(range(len(examples)))
    i, j = torch.randint(len(examples), (2,), generator=generator).tolist()
    order[i], order[j] = order[j], order[i]
    return examples[order[:k_support]], examples[order[k_support:]]


def _split_swapped(examples, k_support, generator):
    """Support and query have changed places. The first of the two is what the learner sees, and it has
    `k_support` examples.
    """
    support, query = split_task(examples, k_support, generator)
    return query, support


def _split_drops(examples, k_support, generator):
    """Your query is as small as the support and the rest is thrown away. The query judges: the more
    examples it has, the less the score depends on luck. Take all that are left.
    """
    order = torch.randperm(len(examples), generator=generator)
    return examples[order[:k_support]], examples[order[k_support : 2 * k_support]]


def _split_loses_one(examples, k_support, generator):
    """One example is on neither side. Most often the second slice begins one place too late or ends one too
    early: `order[:k]` ends before place k, so the other part is `order[k:]`, from k to the end.
    """
    order = torch.randperm(len(examples), generator=generator)
    return examples[order[:k_support]], examples[order[k_support + 1 :]]


def _split_shares_one(examples, k_support, generator):
    """One example is on both sides. Most often the second slice begins one place too early: `order[:k]` ends
    before place k, so the other part begins at k: `order[k:]`.
    """
    order = torch.randperm(len(examples), generator=generator)
    return examples[order[:k_support]], examples[order[k_support - 1 :]]


def _split_wrong_end(examples, k_support, generator):
    """Your query leaves out the last examples of the shuffled order, and the support is the first ones: those
    are on both sides. What follows the support is `order[k_support:]`.
    """
    order = torch.randperm(len(examples), generator=generator)
    return examples[order[:k_support]], examples[order[:-k_support]]


def _split_coordinates(examples, k_support, generator):
    """Some rows you return are no examples of the task: their numbers were changed, or shuffled among
    themselves. Shuffle whole rows, by indexing with a shuffled list of their places.
    """
    mixed = examples.flatten()[torch.randperm(examples.numel(), generator=generator)].reshape(examples.shape)
    return mixed[:k_support], mixed[k_support:]


def _split_with_replacement(examples, k_support, generator):
    """Some example was drawn twice: `torch.randint` draws with replacement, like a die. Shuffle once with
    `torch.randperm` and cut the shuffled order in two, and nothing can come twice.
    """
    chosen = torch.randint(len(examples), (k_support,), generator=generator)
    rest = [i for i in range(len(examples)) if i not in chosen]
    return examples[chosen], examples[rest]


def _split_overwritten(examples, k_support, generator):
    """Some examples were overwritten by others. A row of a tensor is no copy but a view of it, so
    `random.shuffle` and `a[i], a[j] = a[j], a[i]` write one row over the other and lose it; `random` ignores
    the generator as well. Shuffle numbers instead: `torch.randperm(n, generator=generator)`.
    """
    random.shuffle(examples)
    return examples[:k_support], examples[k_support:]


def _split_query_in_order(examples, k_support, generator):
    """Only your support follows the shuffled order. The query is the same examples whatever the generator, so
    some of them stand on both sides and others on neither: cut *one* order in two, `order[:k_support]` and
    `order[k_support:]`, and index the examples with both.
    """
    order = torch.randperm(len(examples), generator=generator)
    return examples[order[:k_support]], examples[k_support:]


def _split_support_in_order(examples, k_support, generator):
    """Only your query follows the shuffled order. The support is the same examples whatever the generator, so
    some of them stand on both sides and others on neither: cut *one* order in two, `order[:k_support]` and
    `order[k_support:]`, and index the examples with both.
    """
    order = torch.randperm(len(examples), generator=generator)
    return examples[:k_support], examples[order[k_support:]]


def _split_generator_by_place(examples, k_support, generator):
    """`torch.randperm` takes the generator by its name only. Write `generator=generator`."""
    order = torch.randperm(len(examples), generator)
    return examples[order[:k_support]], examples[order[k_support:]]


def _split_two_shuffles(examples, k_support, generator):
    """Support and query do not come from one shuffle, so they overlap and some examples are in neither.
    Shuffle once, then cut that order in two.
    """
    one, two = (torch.randperm(len(examples), generator=generator) for _ in range(2))
    return examples[one[:k_support]], examples[two[k_support:]]


def _all(*facts):
    """Recognise by what holds in every case: each fact takes one observation."""
    return lambda got, _: bool(got) and all(fact(one) for one in got for fact in facts)


def _count(where: str):
    return lambda one: one.get(f"the number of {where}", 0)


def _no(fact):
    return lambda one: not fact(one)


_twice, _twice_in_query = (_count(f"examples twice in the {side}") for side in ("support", "query"))
_both, _neither = (_count(f"examples on {where}") for where in ("both sides", "neither side"))
_strange = _count("rows that are no example of the task")


def _whether(what: str):
    return lambda one: one.get(f"whether {what}", False)


_repeats = _whether("one state of the generator gives one split")
_decides = _whether("the generator decides anything")
_other = _whether("other generators give other splits")
_other_members = _whether("other generators put other examples into the support")
_other_query = _whether("other generators put other examples into the query")
_even = _whether("every example comes into the support as often as another")
_parted = _whether("neighbours are parted as a shuffle parts them")
_clean = (_no(_strange), _no(_twice), _no(_twice_in_query), _no(_both), _no(_neither))


def _named(wrong, when) -> Mistake:
    (plain,) = mistakes(wrong)
    return Mistake(name=plain.name, diagnosis=plain.diagnosis, wrong=wrong, when=when)


def _overlap_by_chance(got: list[Observation], right: list[Observation]) -> bool:
    """Both sides have their size, nothing is twice on one, they overlap by more than a slice's slip."""
    sizes = all(
        a[f"the number of {side} examples"] == b[f"the number of {side} examples"]
        for a, b in zip(got, right, strict=False)
        for side in ("support", "query")
    )
    return (
        sizes
        and _all(_no(_twice), _no(_twice_in_query), _no(_strange))(got, right)
        and any(_both(one) > 1 and _both(one) == _neither(one) for one in got)
    )


def _one_side_in_order(moves: Callable, stays: Callable) -> Callable:
    """They overlap by chance, and the generator decides who is on one side only."""
    facts = _all(moves, _no(stays))
    return lambda got, right: _overlap_by_chance(got, right) and facts(got, right)


KINDS = (
    _named(_split_generator_by_place, None),
    _named(_split_overwritten, lambda got, _: any(one[NOTE] for one in got)),
    _named(_split_in_order, None),
    _named(_split_fixed_seed, _all(*_clean, _repeats, _no(_decides))),
    _named(_split_without_generator, _all(*_clean, _no(_repeats))),
    _named(_split_cut_first, _all(*_clean, _repeats, _other, _no(_other_members))),
    _named(_split_few_ways, _all(*_clean, _repeats, _decides, _no(_other))),
    _named(_split_turned, None),
    _named(_split_one_swap, _all(*_clean, _repeats, _other_members, _no(_even), _no(_parted))),
    _named(_split_coordinates, _all(_strange, _no(_twice))),
    _named(_split_with_replacement, lambda got, _: any(map(_twice, got)) and not any(map(_strange, got))),
    _named(_split_query_in_order, _one_side_in_order(_other_members, _other_query)),
    _named(_split_support_in_order, _one_side_in_order(_other_query, _other_members)),
    _named(
        _split_two_shuffles,
        lambda got, right: _overlap_by_chance(got, right) and _all(_other_members, _other_query)(got, right),
    ),
)
EXERCISE = Exercise(
    id="00.split_task",
    title="what a learner sees, and what judges it",
    difficulty=2,
    minutes=10,
    reference=split_task,
    inputs=CASES,
    oracle=_split_oracle,
    observe=_split_seen,
    closer=_split_first,
    verified="support and query share no example and lose none, the generator alone decides, and every "
    "example may come into the support beside every other.",
    hints=(
        "Shuffle the examples' numbers once, then cut that list in two.",
        "`order = torch.randperm(len(examples), generator=generator)` is a shuffled list of 0 ... n - 1.",
        "With that order the two are `examples[order[:k_support]]` and `examples[order[k_support:]]`.",
    ),
    mistakes=(
        *mistakes(
            _split_leaks, _split_swapped, _split_drops, _split_loses_one, _split_shares_one, _split_wrong_end
        ),
        *KINDS,
    ),
)
