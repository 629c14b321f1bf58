"""Answers to 10.barrier as people write them: see tests/attack_exercises.py."""

import torch


class Wave:
    def __init__(self, slope):
        self.slope = slope

    def __call__(self, weights):
        flat = torch.cat([w.flatten() for w in weights.values()])
        return torch.sin(3 * flat).sum() + flat @ self.slope


def wide(generator):
    n = int(torch.randint(2, 15, (), generator=generator))
    nets = [{k: 2 * torch.randn(3, generator=generator) for k in "ab"} for _ in range(2)]
    slope = torch.randn(6, generator=generator)
    places = torch.rand(n, generator=generator)
    return {"error": Wave(slope), "one": nets[0], "other": nets[1], "places": places}


def right_loop(error, one, other, places):
    e0, e1 = error(one), error(other)
    best = None
    for a in places:
        mixed = {k: torch.lerp(one[k], other[k], a.to(one[k].dtype)) for k in one}
        h = error(mixed) - (1 - a) * e0 - a * e1
        if best is None or h > best:
            best = h
    return best


def right_stacked(error, one, other, places):
    ends = torch.stack([error(one), error(other)])
    way = torch.stack([error({k: one[k] + a * (other[k] - one[k]) for k in one}) for a in places])
    yard = torch.stack([1 - places, places], 1) @ ends
    return torch.max(way - yard)


def right_python_max(error, one, other, places):
    def above(a):
        there = error({name: (1 - a) * one[name] + a * other[name] for name in other})
        return there - error(one) - a * (error(other) - error(one))

    return max(above(float(a)) for a in places)


def right_vmap(error, one, other, places):
    from torch.func import vmap

    def at(a):
        return error({k: (1 - a) * w + a * other[k] for k, w in one.items()})

    way = vmap(at)(places)
    return (way - (1 - places) * error(one) - places * error(other)).amax()


def right_sorted(error, one, other, places):
    heights = []
    for a in places.tolist():
        w = {k: one[k] * (1 - a) + other[k] * a for k in one}
        heights.append((error(w) - (1 - a) * error(one) - a * error(other)).reshape(()))
    return sorted(heights)[-1]


def wrong_highest(error, one, other, places):
    """not_above"""
    return max(error({k: (1 - a) * one[k] + a * other[k] for k in one}) for a in places)


def wrong_average(error, one, other, places):
    """mean_not_max"""
    e0, e1 = error(one), error(other)
    hs = [error({k: (1 - a) * one[k] + a * other[k] for k in one}) - (1 - a) * e0 - a * e1 for a in places]
    return sum(hs) / len(hs)


def wrong_midpoint(error, one, other, places):
    """middle"""
    return error({k: (one[k] + other[k]) / 2 for k in one}) - (error(one) + error(other)) / 2


def wrong_swapped(error, one, other, places):
    """yardstick_turned"""
    e0, e1 = error(one), error(other)
    return max(
        error({k: a * other[k] + (1 - a) * one[k] for k in one}) - (a * e0 + (1 - a) * e1) for a in places
    )


def wrong_max_of_ends(error, one, other, places):
    """above_the_worse"""
    way = torch.stack([error({k: (1 - a) * one[k] + a * other[k] for k in one}) for a in places])
    return way.max() - max(error(one), error(other))


def wrong_min_of_ends(error, one, other, places):
    """above_the_better"""
    way = torch.stack([error({k: (1 - a) * one[k] + a * other[k] for k in one}) for a in places])
    return way.max() - min(error(one), error(other))


def wrong_relu(error, one, other, places):
    """clamped"""
    e0, e1 = error(one), error(other)
    hs = [error({k: (1 - a) * one[k] + a * other[k] for k in one}) - (1 - a) * e0 - a * e1 for a in places]
    return torch.relu(torch.stack(hs).max())


def wrong_mean_of_ends(error, one, other, places):
    """above_the_mean"""
    way = torch.stack([error({k: (1 - a) * one[k] + a * other[k] for k in one}) for a in places])
    return (way - 0.5 * error(one) - 0.5 * error(other)).max()


def wrong_smallest(error, one, other, places):
    """lowest"""
    e0, e1 = error(one), error(other)
    return min(
        error({k: (1 - a) * one[k] + a * other[k] for k in one}) - (1 - a) * e0 - a * e1 for a in places
    )


def wrong_quotient(error, one, other, places):
    """quotient"""
    e0, e1 = error(one), error(other)
    return max(
        error({k: (1 - a) * one[k] + a * other[k] for k in one}) / ((1 - a) * e0 + a * e1) for a in places
    )


def wrong_extrapolated(error, one, other, places):
    """not_mixed"""
    e0, e1 = error(one), error(other)
    return max(error({k: one[k] + a * other[k] for k in one}) - (1 - a) * e0 - a * e1 for a in places)
