"""Exercise 05.split_test, a test that the learner writes: the splits it is tried on, and its hints.

A split is split(alphabets, n_train) -> rows to train on, rows to test on; `alphabets` has the alphabet of
each character.
"""

import random

import torch

from metagan_course.answers.tasks import by_alphabet, split_test

from ..written_tests import asks_for_a_test

# --- right -------------------------------------------------------------------------------------------------


def last_ones_train(alphabets, n_train):
    names = sorted(set(alphabets), reverse=True)[:n_train]
    sides = [], []
    for row, name in enumerate(alphabets):
        sides[name not in names].append(row)
    return sides


def any_ones_train(alphabets, n_train):
    names = sorted(set(alphabets))
    chosen = random.Random(len(alphabets)).sample(names, n_train)
    rows = list(range(len(alphabets)))
    random.Random(n_train).shuffle(rows)
    return [r for r in rows if alphabets[r] in chosen], [r for r in rows if alphabets[r] not in chosen]


def as_tensors(alphabets, n_train):
    names = {name: i for i, name in enumerate(dict.fromkeys(alphabets))}
    number = torch.tensor([names[name] for name in alphabets])
    return (number < n_train).nonzero()[:, 0], (number >= n_train).nonzero()[:, 0]


# --- broken ------------------------------------------------------------------------------------------------


def by_character(alphabets, n_train):
    order = list(range(len(alphabets)))
    random.Random(0).shuffle(order)
    n = max(1, len(order) * n_train // len(set(alphabets)))
    return order[:n], order[n:]


def last_of_each(alphabets, n_train):
    """The last character of each alphabet is the exam."""
    last = {name: row for row, name in enumerate(alphabets)}
    return [r for r in range(len(alphabets)) if r not in last.values()], sorted(last.values())


def cut_by_place(alphabets, n_train):
    """Right while every alphabet stands in one piece: it cuts where the first new one begins."""
    cut = alphabets.index(list(dict.fromkeys(alphabets))[n_train])
    return list(range(cut)), list(range(cut, len(alphabets)))


def leaks_from_three(alphabets, n_train):
    """Right while one alphabet trains, or two."""
    return by_alphabet(alphabets, n_train) if n_train < 3 else one_moved(alphabets, n_train)


def one_in_both(alphabets, n_train):
    train, test = by_alphabet(alphabets, n_train)
    return [*train, test[0]], test


def one_moved(alphabets, n_train):
    train, test = by_alphabet(alphabets, n_train)
    return [*train, test[0]], test[1:]


def loses_one(alphabets, n_train):
    train, test = by_alphabet(alphabets, n_train)
    return train, test[:-1]


def swapped(alphabets, n_train):
    return by_alphabet(alphabets, n_train)[::-1]


def all_on_both(alphabets, n_train):
    rows = list(range(len(alphabets)))
    return rows, rows


def too_many(alphabets, n_train):
    return by_alphabet(alphabets, n_train + 1)


def world(generator: torch.Generator) -> dict:
    """Five alphabets of two to four characters, in any order."""
    sizes = torch.randint(2, 5, (5,), generator=generator).tolist()
    names = [name for name, n in zip("abcde", sizes, strict=True) for _ in range(n)]
    order = torch.randperm(len(names), generator=generator).tolist()
    return {"alphabets": [names[row] for row in order]}


EXERCISE = asks_for_a_test(
    id="05.split_test",
    title="a test that finds the leak",
    difficulty=2,
    minutes=10,
    reference=split_test,
    given=world,
    right={
        "the first alphabets train": by_alphabet,
        "the last alphabets train, by name": last_ones_train,
        "any alphabets train, rows in any order": any_ones_train,
        "rows as tensors": as_tensors,
    },
    broken={
        "a split by character": by_character,
        "the last character of each alphabet is the exam": last_of_each,
        "it cuts the list where a new alphabet begins, and old ones come again": cut_by_place,
        "one character leaks as soon as three alphabets train": leaks_from_three,
        "one character is on both sides": one_in_both,
        "one character of a test alphabet trains": one_moved,
        "one character is lost": loses_one,
        "the sides are swapped": swapped,
        "everything is on both sides": all_on_both,
        "one alphabet too many trains": too_many,
    },
    hints=(
        "Call split(alphabets, n) and see which alphabets the rows of each side have: the set of "
        "alphabets[row]. For which n does it have to hold?",
        "Three sentences to assert, for every n from 1 to 4: each row is on one side and once; the alphabets "
        "of the two sides have nothing in common; n alphabets train. int(row) makes a number of a row.",
        "With train and test as lists of ints: assert sorted(train + test) == list(range(len(alphabets))); "
        "then for the sets of names, assert not met & unmet, and len(met) == n.",
    ),
)
