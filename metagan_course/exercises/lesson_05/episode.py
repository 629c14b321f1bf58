"""Exercise 05.episode: what it checks, hints at and recognises.

Any right sampler will do, so properties are looked at and not rows: what is where, what the numbers of the
classes tell, and, over many generators, who may come.
"""

from collections import Counter
from itertools import combinations

import torch
from torch import Tensor

from metagan_course.answers.tasks import episode, labelled

from ..declare import Exercise, Mistake, Observation, Unfit, mistakes
from ..observing import NOTE

MANY = 40  # episodes of other generators


def _case(
    n_characters: int, writers: int, n_way: int, k_shot: int, n_query: int, shape=(2,), dtype=torch.float32
):
    def inputs(generator: torch.Generator) -> dict:
        pictures = torch.randn(n_characters, writers, *shape, generator=generator, dtype=dtype)
        own = torch.Generator().manual_seed(int(torch.randint(2**31, (), generator=generator)))
        return {"pictures": pictures, "n_way": n_way, "k_shot": k_shot, "n_query": n_query, "generator": own}

    return inputs


CASES = {
    "five ways, one shot": _case(9, 8, 5, 1, 3),
    "several shots": _case(8, 9, 4, 3, 2),
    "one query a class": _case(10, 6, 5, 2, 1),
    "pictures instead of points": _case(8, 7, 5, 1, 2, (1, 3, 3)),
    "numbers in double precision": _case(9, 7, 3, 2, 3, dtype=torch.float64),
}
_FORM = (
    "Return two dicts, support and query, each with x, the pictures one a row, {}, and y, their classes, a "
    "tensor of as many whole numbers. {}"
)


def _sides(answer: object, pictures: Tensor) -> list[tuple[Tensor, list[int]]]:
    """(x, y) of support and query, or a word on what is missing."""
    form = f"(how many, {', '.join(map(str, pictures.shape[2:]))})"
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        raise Unfit(_FORM.format(form, f"Yours is {type(answer).__name__}."))
    found = []
    for name, side in zip(("support", "query"), answer, strict=True):
        if not isinstance(side, dict) or set(side) != {"x", "y"}:
            raise Unfit(_FORM.format(form, f"The {name} is no such dict."))
        x, y = side["x"], torch.as_tensor(side["y"])
        if not isinstance(x, Tensor) or x.shape[1:] != pictures.shape[2:]:
            raise Unfit(_FORM.format(form, f"The {name}'s x has shape {tuple(getattr(x, 'shape', ()))}."))
        if y.shape != x.shape[:1] or y.is_floating_point():
            raise Unfit(_FORM.format(form, f"The {name}'s y has shape {tuple(y.shape)}, of type {y.dtype}."))
        found.append((x, y.tolist()))
    return found


class Seen:
    """One episode, its pictures traced back to (character, writer); None for what is no picture."""

    def __init__(self, answer: object, pictures: Tensor):
        sides = _sides(answer, pictures)
        self.drawn = [_traced(x, pictures) for x, _ in sides]
        self.labels = [y for _, y in sides]
        self.known = [
            [(d[0], d[1], n) for d, n in zip(drawn, labels, strict=True) if d]
            for drawn, labels in zip(self.drawn, self.labels, strict=True)
        ]

    def pairs(self, side: int) -> set[tuple[int, int]]:
        """(character, class) as they come on one side."""
        return {(c, n) for c, _, n in self.known[side]}

    def in_turn(self, n_way: int) -> bool:
        """Do the labels of a side go 0 1 2 0 1 2?"""
        rows = [list(range(n_way)) * (len(y) // n_way) for y in self.labels if len(y) > n_way]
        return bool(rows) and rows == [y for y in self.labels if len(y) > n_way]

    def drawings(self, side: int) -> list[tuple[int, int]]:
        return [(c, w) for c, w, _ in self.known[side]]


def _traced(x: Tensor, pictures: Tensor) -> list[tuple[int, int] | None]:
    """(character, writer) of each row; None for what is no picture. A row is found by its first number."""
    rows, known = x.detach().flatten(1), pictures.flatten(0, 1).flatten(1)
    place = {first: number for number, first in enumerate(known[:, 0].tolist())}
    at = [place.get(first, -1) for first in rows[:, 0].tolist()]
    same = (rows == known[at]).all(1).tolist()
    return [
        divmod(number, pictures.shape[1]) if ok and number >= 0 else None
        for number, ok in zip(at, same, strict=True)
    ]


def _seen(function, inputs: dict) -> Observation:
    """What any right sampler has in common, however it draws."""
    pictures, seed = inputs["pictures"], inputs["generator"].initial_seed()

    def draw(own: int) -> Seen:
        answer = function(**inputs | {"generator": torch.Generator().manual_seed(own)})
        return Seen(answer, pictures)

    first, again = draw(seed), draw(seed)
    every = [first, *(draw(seed + more) for more in range(1, MANY))]
    support, query = (Counter(c for c, _, _ in first.known[side]) for side in (0, 1))
    facts = {
        "the number of support pictures": len(first.drawn[0]),
        "the number of query pictures": len(first.drawn[1]),
        "the number of rows that are no picture": sum(side.count(None) for side in first.drawn),
        "the support's pictures of each character": sorted(set(support.values())),
        "the query's pictures of each character": sorted(set(query.values())),
        "whether one state of the generator gives one episode": first.known == again.known,
        "whether the generator decides anything": len({str(one.known) for one in every}) > 1,
    }
    return (
        facts
        | _over_many(every, pictures, inputs["n_way"])
        | {NOTE: "in turn" if first.in_turn(inputs["n_way"]) else ""}
    )


def _one_class(pairs: set[tuple[int, int]]) -> bool:
    """Every character has one class, every class one character."""
    return len({c for c, _ in pairs}) == len({n for _, n in pairs}) == len(pairs)


def _over_many(every: list[Seen], pictures: Tensor, n_way: int) -> Observation:
    """What must hold in each of many episodes; who may come; whether a class's number tells the character."""
    in_order = [
        (n < m) == (c < d)
        for one in every
        for (c, n), (d, m) in combinations(sorted(one.pairs(0)), 2)
        if c != d and n != m
    ]
    shown = [[{c for c, _, _ in one.known[side]} for side in (0, 1)] for one in every]
    writers = [{w for one in every for _, w, _ in one.known[side]} for side in (0, 1)]
    share = sum(in_order) / max(1, len(in_order))
    return {
        "the number of pictures on both sides, in forty episodes": sum(
            len(set(one.drawings(0)) & set(one.drawings(1))) for one in every
        ),
        "the number of pictures twice on one side, in forty episodes": sum(
            len(one.drawings(s)) - len(set(one.drawings(s))) for one in every for s in (0, 1)
        ),
        "the number of characters that an episode lacks, in forty": sum(n_way - len(s) for s, _ in shown),
        "the number of query characters that the support lacks": sum(len(q - s) for s, q in shown),
        **{
            f"whether the classes of the {side} are 0 to N - 1": all(
                set(one.labels[place]) == set(range(n_way)) for one in every
            )
            for place, side in enumerate(("support", "query"))
        },
        "whether a character has one class on each side": all(
            _one_class(one.pairs(s)) for one in every for s in (0, 1)
        ),
        "whether it has the same class on both sides": all(
            _one_class(one.pairs(0) | one.pairs(1)) for one in every
        ),
        "whether every character may come": len(set().union(*(s for s, _ in shown))) == len(pictures),
        "whether characters come in any company": len({str(sorted(s)) for s, _ in shown}) > 12,
        "whether many writers come into the support": len(writers[0]) > pictures.shape[1] / 2,
        "whether many writers come into the query": len(writers[1]) > pictures.shape[1] / 2,
        "whether the classes' numbers are free of the characters' order": 0.3 < share < 0.7,
    }


def _oracle(pictures, n_way, k_shot, n_query, generator):
    """Another right sampler: by lists, one class after the other."""
    order = torch.randperm(len(pictures), generator=generator).tolist()
    support, query = {"x": [], "y": []}, {"x": [], "y": []}
    for number, character in enumerate(order[:n_way]):
        writers = torch.randperm(pictures.shape[1], generator=generator).tolist()
        for place, writer in enumerate(writers[: k_shot + n_query]):
            side = support if place < k_shot else query
            side["x"].append(pictures[character, writer])
            side["y"].append(number)
    return tuple({"x": torch.stack(one["x"]), "y": torch.tensor(one["y"])} for one in (support, query))


# --- what is recognised ------------------------------------------------------------------------------------


def _drawn(pictures, who, n, generator):
    """n different writers of each of these characters."""
    order = torch.rand(len(who), pictures.shape[1], generator=generator).argsort(1)[:, :n]
    return pictures[who[:, None], order]


def _who(pictures, n_way, generator):
    return torch.randperm(len(pictures), generator=generator)[:n_way]


def _episode_shared(pictures, n_way, k_shot, n_query, generator):
    """Support pictures come up again in the query: you drew the writers twice. A learner that only remembers
    scores on what it remembered. Draw k_shot + n_query writers at once, and cut.
    """
    who = _who(pictures, n_way, generator)
    return tuple(labelled(_drawn(pictures, who, n, generator)) for n in (k_shot, n_query))


def _episode_support_inside(pictures, n_way, k_shot, n_query, generator):
    """Your query begins with the support: both slices start at the first writer. The query is what comes
    after the first k_shot.
    """
    drawn = _drawn(pictures, _who(pictures, n_way, generator), max(k_shot, n_query), generator)
    return labelled(drawn[:, :k_shot]), labelled(drawn[:, :n_query])


def _episode_rows_as_classes(pictures, n_way, k_shot, n_query, generator):
    """Your classes are the characters' own rows. A learner could know a character by its number, and a last
    layer of N classes has no such number. Count them anew in each episode: 0 to N - 1.
    """
    who = _who(pictures, n_way, generator)
    drawn = _drawn(pictures, who, k_shot + n_query, generator)
    sides = labelled(drawn[:, :k_shot]), labelled(drawn[:, k_shot:])
    return tuple({"x": side["x"], "y": who[side["y"]]} for side in sides)


def _episode_sorted(pictures, n_way, k_shot, n_query, generator):
    """Your classes are numbered in the characters' order, so class 0 is nearly always an early alphabet: the
    number gives the class away. Leave the drawn characters in random order.
    """
    who = _who(pictures, n_way, generator).sort().values
    drawn = _drawn(pictures, who, k_shot + n_query, generator)
    return labelled(drawn[:, :k_shot]), labelled(drawn[:, k_shot:])


def _episode_first_characters(pictures, n_way, k_shot, n_query, generator):
    """Your episodes have always the same characters, the first ones. There would be one task in the world:
    draw the characters anew.
    """
    drawn = _drawn(pictures, torch.arange(n_way), k_shot + n_query, generator)
    return labelled(drawn[:, :k_shot]), labelled(drawn[:, k_shot:])


def _episode_neighbours(pictures, n_way, k_shot, n_query, generator):
    """Your characters are neighbours in the list, a run from a random place on, numbered in its order. Then
    the number gives the class away, and many tasks never come: draw them with torch.randperm.
    """
    first = int(torch.randint(len(pictures) - n_way + 1, (), generator=generator))
    drawn = _drawn(pictures, first + torch.arange(n_way), k_shot + n_query, generator)
    return labelled(drawn[:, :k_shot]), labelled(drawn[:, k_shot:])


def _episode_character_twice(pictures, n_way, k_shot, n_query, generator):
    """A character can come up twice, as two classes: torch.randint draws with replacement, like a die. No
    learner could tell the two apart. Take the first N of torch.randperm.
    """
    who = torch.randint(len(pictures), (n_way,), generator=generator)
    drawn = _drawn(pictures, who, k_shot + n_query, generator)
    return labelled(drawn[:, :k_shot]), labelled(drawn[:, k_shot:])


def _episode_first_writers(pictures, n_way, k_shot, n_query, generator):
    """Your support is always by the same writers, and the query by others. A learner may learn these hands
    instead of the task: draw the writers, too.
    """
    drawn = pictures[_who(pictures, n_way, generator)]
    return labelled(drawn[:, :k_shot]), labelled(drawn[:, k_shot : k_shot + n_query])


def _episode_other_query(pictures, n_way, k_shot, n_query, generator):
    """The query shows other characters than the support: you drew the characters twice. Draw them once, and
    cut each one's writers in two.
    """
    one, two = (_who(pictures, n_way, generator) for _ in range(2))
    return labelled(_drawn(pictures, one, k_shot, generator)), labelled(
        _drawn(pictures, two, n_query, generator)
    )


def _episode_labels_in_turn(pictures, n_way, k_shot, n_query, generator):
    """Your labels go 0 1 2 0 1 2 while the pictures go class by class, so most pictures bear another's name.
    `repeat_interleave` repeats each number, `repeat` the whole row.
    """
    drawn = _drawn(pictures, _who(pictures, n_way, generator), k_shot + n_query, generator)
    sides = drawn[:, :k_shot], drawn[:, k_shot:]
    return tuple({"x": s.flatten(0, 1), "y": torch.arange(n_way).repeat(s.shape[1])} for s in sides)


def _episode_two_numberings(pictures, n_way, k_shot, n_query, generator):
    """A character has one number in the support and another in the query: the classes were shuffled once for
    each side. Shuffle once, and use that order on both.
    """
    drawn = _drawn(pictures, _who(pictures, n_way, generator), k_shot + n_query, generator)
    sides = labelled(drawn[:, :k_shot]), labelled(drawn[:, k_shot:])
    orders = [torch.randperm(n_way, generator=generator) for _ in sides]
    return tuple({"x": s["x"], "y": o[s["y"]]} for s, o in zip(sides, orders, strict=True))


def _episode_swapped(pictures, n_way, k_shot, n_query, generator):
    """Support and query have each other's size: they have changed places, or the cut is at n_query. The
    first of the two is what the learner is shown, k_shot pictures a class.
    """
    return episode(pictures, n_way, n_query, k_shot, generator)


def _episode_whole_rest(pictures, n_way, k_shot, n_query, generator):
    """Your query holds all the writers that are left. Asked for are n_query of them: cut the order at
    k_shot + n_query.
    """
    return episode(pictures, n_way, k_shot, pictures.shape[1] - k_shot, generator)


def _episode_query_in_total(pictures, n_way, k_shot, n_query, generator):
    """Your query has n_query pictures in all. Asked for are n_query of *each* class, N times as many."""
    support, query = episode(pictures, n_way, k_shot, n_query, generator)
    return support, {name: value[:n_query] for name, value in query.items()}


def _episode_writer_twice(pictures, n_way, k_shot, n_query, generator):
    """A drawing can come twice: torch.randint draws writers with replacement, and then one of the support may
    stand in the query. Shuffle the writers and take the first k_shot + n_query.
    """
    who = _who(pictures, n_way, generator)
    order = torch.randint(pictures.shape[1], (n_way, k_shot + n_query), generator=generator)
    drawn = pictures[who[:, None], order]
    return labelled(drawn[:, :k_shot]), labelled(drawn[:, k_shot:])


def _episode_own_seed(pictures, n_way, k_shot, n_query, generator):
    """Your episode is the same whatever generator you are given. There would be one task in the world: use
    the generator as it comes.
    """
    return episode(pictures, n_way, k_shot, n_query, torch.Generator().manual_seed(0))


def _episode_no_generator(pictures, n_way, k_shot, n_query, generator):
    """You draw, but not with the generator you were given: nobody can have this episode again, and two
    learners cannot be compared on the same ones. Pass `generator=generator` to every draw.
    """
    return episode(
        pictures, n_way, k_shot, n_query, torch.Generator().manual_seed(int(torch.randint(2**31, ())))
    )


ORDER = "whether the classes' numbers are free of the characters' order"
COMPANY = "whether characters come in any company"
AGAIN = "whether one state of the generator gives one episode"
DECIDES = "whether the generator decides anything"
BOTH, TWICE = (
    f"the number of pictures {where}, in forty episodes" for where in ("on both sides", "twice on one side")
)
LACKS = "the number of characters that an episode lacks, in forty"
OTHER = "the number of query characters that the support lacks"
CLASSES = [f"whether the classes of the {side} are 0 to N - 1" for side in ("support", "query")]
WITHIN, ACROSS = (
    "whether a character has one class on each side",
    "whether it has the same class on both sides",
)
COMES = "whether every character may come"
EACH = [f"the {side}'s pictures of each character" for side in ("support", "query")]
WRITERS = [f"whether many writers come into the {side}" for side in ("support", "query")]


def _wrong(*always: str, sometimes: tuple[str, ...] = ()):
    """Recognise by which facts are wrong: each of these in some case, perhaps some of those, and no other."""

    def when(got: list[Observation], right: list[Observation]) -> bool:
        wrong = {
            name
            for a, b in zip(got, right, strict=False)
            for name in b
            if name != NOTE and a.get(name) != b[name]
        }
        return set(always) <= wrong <= {*always, *sometimes}

    return when


def _named(wrong, when) -> Mistake:
    (plain,) = mistakes(wrong)
    return Mistake(name=plain.name, diagnosis=plain.diagnosis, wrong=wrong, when=when)


KINDS = (
    _named(_episode_own_seed, _wrong(DECIDES, sometimes=(ORDER, COMPANY, COMES, *WRITERS))),
    _named(_episode_no_generator, _wrong(AGAIN)),
    _named(_episode_sorted, _wrong(ORDER)),
    _named(_episode_rows_as_classes, _wrong(*CLASSES, ORDER)),
    _named(_episode_two_numberings, _wrong(ACROSS)),
    _named(
        _episode_labels_in_turn,
        lambda got, right: (
            all(one[NOTE] == "in turn" for one in got)
            and _wrong(WITHIN, ACROSS, sometimes=(ORDER,))(got, right)
        ),
    ),
    _named(_episode_shared, _wrong(BOTH)),
    _named(_episode_writer_twice, _wrong(BOTH, TWICE)),
    _named(_episode_character_twice, _wrong(LACKS, WITHIN, ACROSS, sometimes=(BOTH, TWICE, OTHER, *EACH))),
    _named(_episode_other_query, _wrong(OTHER, ACROSS, sometimes=(BOTH,))),
    _named(_episode_first_characters, _wrong(COMES, COMPANY, ORDER)),
    _named(_episode_neighbours, _wrong(COMPANY, ORDER)),
    _named(_episode_first_writers, _wrong(*WRITERS)),
)
EXERCISE = Exercise(
    id="05.episode",
    title="an N-way K-shot episode",
    difficulty=2,
    minutes=12,
    reference=episode,
    inputs=CASES,
    oracle=_oracle,
    observe=_seen,
    seconds=10.0,
    verified="support and query show the same N characters and share no drawing, classes are counted anew in "
    "each episode and tell nothing, and every character and most writers may come.",
    hints=(
        "All draws with the generator: which N characters, and for each of them which k_shot + n_query "
        "writers. Then cut, and count the classes 0 to N - 1.",
        "torch.randperm(len(pictures), generator=generator)[:n_way] are the characters, in random order. For "
        "writers, `torch.rand(n_way, pictures.shape[1], generator=generator).argsort(1)` shuffles every row.",
        "With who and order from these, drawn = pictures[who[:, None], order[:, : k_shot + n_query]] is "
        "(N, K + Q, ...). Each side is drawn[:, :k_shot] or the rest, flatten(0, 1) for x and "
        "torch.arange(n_way).repeat_interleave(how many) for y.",
    ),
    mistakes=(
        *mistakes(
            _episode_support_inside,
            _episode_swapped,
            _episode_whole_rest,
            _episode_query_in_total,
        ),
        *KINDS,
    ),
)
