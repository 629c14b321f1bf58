"""Answers to 05.split_test as people write them: see tests/attack_exercises.py."""


def right_one_by_one(split, alphabets):
    for n in range(1, len(set(alphabets))):
        train, test = split(alphabets, n)
        seen = [int(i) for i in train] + [int(i) for i in test]
        assert len(seen) == len(alphabets)
        assert set(seen) == set(range(len(alphabets)))
        for i in train:
            for j in test:
                assert alphabets[int(i)] != alphabets[int(j)]
        assert len({alphabets[int(i)] for i in train}) == n


def right_that_answers(split, alphabets):
    names = set(alphabets)
    for n in range(1, len(names)):
        a, b = ([int(i) for i in side] for side in split(alphabets, n))
        first, second = {alphabets[i] for i in a}, {alphabets[i] for i in b}
        if first & second or len(first) != n or sorted(a + b) != list(range(len(alphabets))):
            return False
    return True


def right_by_counting(split, alphabets):
    total = len(set(alphabets))
    for n in (1, 2, 3, 4):
        train, test = split(list(alphabets), n)
        a = {alphabets[int(i)] for i in train}
        b = {alphabets[int(i)] for i in test}
        assert len(a) == n and len(b) == total - n and len(a | b) == total
        rows = sorted([*map(int, train), *map(int, test)])
        assert rows == list(range(len(alphabets)))


def right_with_worlds_of_its_own(split, alphabets):
    for world in (list("aabbcc"), list("abcabcab"), list("abcdeabcde")):
        for n in range(1, len(set(world))):
            train, test = (list(map(int, side)) for side in split(world, n))
            assert sorted(train + test) == list(range(len(world)))
            met = {world[i] for i in train}
            assert len(met) == n and met.isdisjoint(world[i] for i in test)


def right_that_raises_value_error(split, alphabets):
    for n in range(1, len(set(alphabets))):
        train, test = split(alphabets, n)
        train, test = (
            set(map(int, train)),
            set(map(int, test)),
        )
        if len(train) + len(test) != len(alphabets) or train & test:
            raise ValueError("rows")
        if {alphabets[i] for i in train} & {alphabets[i] for i in test}:
            raise ValueError("alphabets")
        if len({alphabets[i] for i in train}) != n:
            raise ValueError("how many")


def wrong_rows_only(split, alphabets):
    train, test = split(alphabets, 2)
    assert not set(map(int, train)) & set(map(int, test))


def wrong_one_n(split, alphabets):
    train, test = (list(map(int, side)) for side in split(alphabets, 2))
    assert sorted(train + test) == list(range(len(alphabets)))
    met = {alphabets[i] for i in train}
    assert len(met) == 2 and met.isdisjoint(alphabets[i] for i in test)


def wrong_no_count(split, alphabets):
    for n in range(1, len(set(alphabets))):
        train, test = (list(map(int, side)) for side in split(alphabets, n))
        assert sorted(train + test) == list(range(len(alphabets)))
        assert {alphabets[i] for i in train}.isdisjoint(alphabets[i] for i in test)


def wrong_loses(split, alphabets):
    for n in range(1, len(set(alphabets))):
        train, test = (list(map(int, side)) for side in split(alphabets, n))
        met = {alphabets[i] for i in train}
        assert len(met) == n and met.isdisjoint(alphabets[i] for i in test)


def wrong_first_ones(split, alphabets):
    for n in range(1, len(set(alphabets))):
        names = list(dict.fromkeys(alphabets))[:n]
        train, test = split(alphabets, n)
        assert list(map(int, train)) == [i for i, a in enumerate(alphabets) if a in names]


def wrong_wants_lists(split, alphabets):
    for n in range(1, len(set(alphabets))):
        train, test = split(alphabets, n)
        assert isinstance(train, list)
        assert sorted(train + test) == list(range(len(alphabets)))
        met = {alphabets[i] for i in train}
        assert len(met) == n and met.isdisjoint(alphabets[i] for i in test)


def wrong_wants_order(split, alphabets):
    for n in range(1, len(set(alphabets))):
        train, test = (list(map(int, side)) for side in split(alphabets, n))
        assert train == sorted(train) and test == sorted(test)
        assert sorted(train + test) == list(range(len(alphabets)))
        met = {alphabets[i] for i in train}
        assert len(met) == n and met.isdisjoint(alphabets[i] for i in test)


def wrong_sorted_world(split, alphabets):
    world = sorted(alphabets)
    for n in range(1, len(set(world))):
        train, test = (list(map(int, side)) for side in split(world, n))
        assert sorted(train + test) == list(range(len(world)))
        met = {world[i] for i in train}
        assert len(met) == n and met.isdisjoint(world[i] for i in test)


def wrong_accepts(split, alphabets):
    split(alphabets, 2)


def wrong_refuses(split, alphabets):
    raise AssertionError("never")


def wrong_two_sizes(split, alphabets):
    for n in (1, 2):
        train, test = (list(map(int, side)) for side in split(alphabets, n))
        assert sorted(train + test) == list(range(len(alphabets)))
        met = {alphabets[i] for i in train}
        assert len(met) == n and met.isdisjoint(alphabets[i] for i in test)


def wrong_returns_true(split, alphabets):
    train, test = split(alphabets, 3)
    return len(train) + len(test) == len(alphabets)
