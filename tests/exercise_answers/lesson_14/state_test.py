"""Answers to 14.state_test as people write them: see tests/attack_exercises.py."""

import random


def right_before_and_after(adam_steps, others):
    first = adam_steps(0.0, 1.0, 3)
    for other in range(-30, 30, 7):
        adam_steps(0.0, float(other), 3)
        assert adam_steps(0.0, 1.0, 3) == first
    assert adam_steps(0.0, -1.0, 3) != first
    assert adam_steps(0.0, 1.0, 2) != first
    assert adam_steps(0.5, 1.0, 3) != first


def right_a_shuffled_round(adam_steps, others):
    tasks = [(s, t, n) for s, t in ((0.0, 1.0), (0.0, -4.0), (3.0, 1.0)) for n in (1, 4)]
    known = {}
    order = tasks * 4
    random.shuffle(order)
    for task in order:
        result = adam_steps(*task)
        if task in known:
            assert abs(known[task] - result) < 1e-6
        known[task] = result
    assert len({round(v, 5) for v in known.values()}) == len(known)


def right_that_answers(adam_steps, others):
    def again():
        return [
            adam_steps(s, t, n) for s, t, n in ((0.0, 1.0, 3), (2.0, 1.0, 3), (0.0, 1.0, 5), (0.0, -1.0, 3))
        ]

    rows = [again() for _ in range(6)]
    return all(row == rows[0] for row in rows) and len(set(rows[0])) == 4


def right_by_keywords(adam_steps, others):
    results = []
    for far in (100.0, -100.0, 5.0, -5.0, 50.0):
        adam_steps(start=0.0, target=far, n_steps=10)
        results.append(adam_steps(start=0.0, target=1.0, n_steps=3))
    assert max(results) - min(results) < 1e-6
    for other in (
        adam_steps(start=2.0, target=1.0, n_steps=3),
        adam_steps(start=0.0, target=-3.0, n_steps=3),
        adam_steps(start=0.0, target=1.0, n_steps=8),
    ):
        assert abs(other - results[0]) > 1e-3


def right_pairs(adam_steps, others):
    for _ in range(5):
        a, b = adam_steps(0.0, 2.0, 4), adam_steps(0.0, 2.0, 4)
        adam_steps(-3.0, 30.0, 7)
        c = adam_steps(0.0, 2.0, 4)
        assert abs(a - b) < 1e-7 and abs(a - c) < 1e-7
    assert adam_steps(0.0, 2.0, 6) > a > adam_steps(0.0, -2.0, 4)
    assert abs(adam_steps(1.0, 2.0, 4) - a) > 0.01


def wrong_twice(adam_steps, others):
    assert adam_steps(0.0, 1.0, 3) == adam_steps(0.0, 1.0, 3)


def wrong_same_only(adam_steps, others):
    first = adam_steps(0.0, 1.0, 3)
    for other in (5.0, -5.0, 9.0, -30.0, 2.0, 1.0):
        adam_steps(0.0, other, 3)
        assert abs(adam_steps(0.0, 1.0, 3) - first) < 1e-6


def wrong_no_repeat(adam_steps, others):
    assert adam_steps(0.0, 1.0, 3) > 0 > adam_steps(0.0, -1.0, 3)


def wrong_adams_number(adam_steps, others):
    for _ in range(5):
        assert abs(adam_steps(0.0, 1.0, 3) - 0.3) < 1e-2
        adam_steps(0.0, -20.0, 3)
    assert adam_steps(0.0, -1.0, 3) < 0
    assert adam_steps(0.0, 1.0, 1) < 0.2 and adam_steps(2.0, 1.0, 3) > 1


def wrong_no_steps(adam_steps, others):
    first = adam_steps(0.0, 1.0, 3)
    for other in (5.0, -5.0, 9.0, -30.0, 2.0):
        adam_steps(0.0, other, 3)
        assert abs(adam_steps(0.0, 1.0, 3) - first) < 1e-6
    assert adam_steps(0.0, -1.0, 3) != first and adam_steps(1.0, 1.0, 3) != first


def wrong_no_start(adam_steps, others):
    first = adam_steps(0.0, 1.0, 3)
    for other in (5.0, -5.0, 9.0, -30.0, 2.0):
        adam_steps(0.0, other, 3)
        assert abs(adam_steps(0.0, 1.0, 3) - first) < 1e-6
    assert adam_steps(0.0, -1.0, 3) != first and adam_steps(0.0, 1.0, 1) != first


def wrong_no_target(adam_steps, others):
    first = adam_steps(0.0, 1.0, 3)
    for other in (5.0, -5.0, 9.0, -30.0, 2.0):
        adam_steps(0.0, other, 3)
        assert abs(adam_steps(0.0, 1.0, 3) - first) < 1e-6
    assert adam_steps(3.0, 1.0, 3) != first and adam_steps(0.0, 1.0, 1) != first


def wrong_loose(adam_steps, others):
    first = adam_steps(0.0, 1.0, 3)
    for other in (5.0, -5.0, 9.0, -30.0, 2.0):
        adam_steps(0.0, other, 3)
        assert abs(adam_steps(0.0, 1.0, 3) - first) < 1.0
    assert adam_steps(0.0, -1.0, 3) != first


def wrong_reaches(adam_steps, others):
    assert abs(adam_steps(0.0, 1.0, 3) - 1.0) < 0.05


def wrong_accepts(adam_steps, others):
    adam_steps(0.0, 1.0, 3)


def wrong_refuses(adam_steps, others):
    raise AssertionError("never")


def wrong_type(adam_steps, others):
    assert isinstance(adam_steps(0.0, 1.0, 3), float)
