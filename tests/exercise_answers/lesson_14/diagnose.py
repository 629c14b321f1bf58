"""Answers to 14.diagnose as people write them: see tests/attack_exercises.py."""

from collections import defaultdict
from functools import reduce


def right_turned_round(refused, seen):
    tests_of = defaultdict(set)
    for test, bugs in seen.items():
        for bug in bugs:
            tests_of[bug].add(test)
    return [bug for bug, tests in tests_of.items() if tests == set(refused)]


def right_by_elimination(refused, seen):
    left = {bug for bugs in seen.values() for bug in bugs}
    for test, bugs in seen.items():
        left = left & set(bugs) if test in refused else left - set(bugs)
    return sorted(left)


def right_by_reduce(refused, seen):
    every = set().union(*map(set, seen.values()))
    sides = [set(bugs) if test in refused else every - set(bugs) for test, bugs in seen.items()]
    return list(reduce(set.intersection, sides, every))


def right_as_a_set(refused, seen):
    return {
        bug
        for bugs in seen.values()
        for bug in bugs
        if all((bug in seen[test]) == (test in refused) for test in seen)
    }


def right_with_loops(refused, seen):
    names = []
    for bugs in seen.values():
        for bug in bugs:
            if bug not in names:
                names.append(bug)
    fitting = []
    for bug in names:
        fits = True
        for test in seen:
            sees = bug in seen[test]
            if sees and test not in refused:
                fits = False
            if not sees and test in refused:
                fits = False
        if fits:
            fitting.append(bug)
    return fitting


def wrong_union(refused, seen):
    """any_that_refuses"""
    return sorted({bug for test in refused for bug in seen[test]})


def wrong_intersection(refused, seen):
    """silence_ignored"""
    left = {bug for bugs in seen.values() for bug in bugs}
    for test in refused:
        left &= set(seen[test])
    return sorted(left)


def wrong_only_silent(refused, seen):
    """silence_only"""
    left = {bug for bugs in seen.values() for bug in bugs}
    for test in seen:
        if test not in refused:
            left -= set(seen[test])
    return sorted(left)


def wrong_names_of_tests(refused, seen):
    """tests_for_bugs"""
    return list(refused)


def wrong_narrowest(refused, seen):
    return sorted(set(seen[min(refused, key=lambda t: len(seen[t]))])) if refused else []


def wrong_first(refused, seen):
    """one_is_enough"""
    found = right_by_elimination(refused, seen)
    return found[:1]


def wrong_counts(refused, seen):
    counts = defaultdict(int)
    for bugs in seen.values():
        for bug in bugs:
            counts[bug] += 1
    return [bug for bug in counts if counts[bug] == len(refused)]


def wrong_most_votes(refused, seen):
    votes = defaultdict(int)
    for test in refused:
        for bug in seen[test]:
            votes[bug] += 1
    return [bug for bug in votes if votes[bug] == max(votes.values())]


def wrong_turned(refused, seen):
    left = {bug for bugs in seen.values() for bug in bugs}
    for test, bugs in seen.items():
        left = left - set(bugs) if test in refused else left & set(bugs)
    return sorted(left)


def wrong_empty(refused, seen):
    return []


def wrong_everything(refused, seen):
    return sorted({bug for bugs in seen.values() for bug in bugs})


def wrong_minus_silent_of_first(refused, seen):
    if not refused:
        return []
    left = set(seen[sorted(refused)[0]])
    for test in seen:
        if test not in refused:
            left -= set(seen[test])
    return sorted(left)
