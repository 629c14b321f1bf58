"""Answers to 04.reptile_gradient as people write them: see tests/attack_exercises.py."""

import torch


def wide(generator):
    shapes = {"a": (3, 2), "b": (), "c": (1, 4, 1)}
    n_tasks = int(torch.randint(1, 20, (), generator=generator))
    start = {k: 10 * torch.randn(s, generator=generator) for k, s in shapes.items()}
    return {
        "start": start,
        "adapted": {k: start[k] + torch.randn(n_tasks, *s, generator=generator) for k, s in shapes.items()},
    }


def right_in_a_loop(start, adapted):
    found = {}
    for name in start:
        total = torch.zeros_like(start[name])
        for end in adapted[name]:
            total = total + (start[name] - end)
        found[name] = total / adapted[name].shape[0]
    return found


def right_by_einsum(start, adapted):
    return {n: w - torch.einsum("t...->...", adapted[n]) / len(adapted[n]) for n, w in start.items()}


def right_differences_first(start, adapted):
    return {n: (w.unsqueeze(0) - adapted[n]).mean(dim=0) for n, w in start.items()}


def right_with_zip(start, adapted):
    ends = {n: torch.stack(list(part)).mean(0) for n, part in adapted.items()}
    return dict(zip(start, [start[n].sub(ends[n]) for n in start], strict=True))


def right_minus_the_other_way(start, adapted):
    return {n: -(torch.mean(adapted[n], 0) - w) for n, w in start.items()}


def wrong_first_four(start, adapted):
    return {n: w - adapted[n][:4].mean(0) for n, w in start.items()}


def wrong_half_way(start, adapted):
    """reptile_half"""
    return {n: 0.5 * (w - adapted[n].mean(0)) for n, w in start.items()}


def wrong_squared(start, adapted):
    """reptile_squared"""
    return {n: (w - adapted[n]).square().mean(0) for n, w in start.items()}


def wrong_sign(start, adapted):
    """reptile_sign"""
    return {n: (w - adapted[n].mean(0)).sign() for n, w in start.items()}


def wrong_largest(start, adapted):
    """reptile_farthest"""
    return {n: w - adapted[n].max(0).values for n, w in start.items()}


def wrong_one_name(start, adapted):
    """reptile_first_name"""
    name = next(iter(start))
    return {name: start[name] - adapted[name].mean(0)}


def wrong_list(start, adapted):
    """reptile_without_names"""
    return [w - adapted[n].mean(0) for n, w in start.items()]


def wrong_keeps_an_axis(start, adapted):
    """reptile_axis_kept"""
    return {n: w - adapted[n].mean(0, keepdim=True) for n, w in start.items()}


def wrong_scaled_by_tasks(start, adapted):
    """reptile_divided_twice"""
    return {n: (w - adapted[n].mean(0)) / len(adapted[n]) for n, w in start.items()}


def wrong_new_start(start, adapted):
    return {n: w + 0.1 * (adapted[n].mean(0) - w) for n, w in start.items()}


def wrong_always_five(start, adapted):
    return {n: w - adapted[n].sum(0) / 5 for n, w in start.items()}


def wrong_upside_down(start, adapted):
    """reptile_upside_down"""
    return {n: torch.stack([end - w for end in adapted[n]]).mean(0) for n, w in start.items()}
