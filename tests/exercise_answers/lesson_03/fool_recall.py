"""Answers to 03.fool_recall from outside the registry: see tests/attack_exercises.py."""

import torch

from metagan_course.exercises.lesson_03.fool_recall import PRECISION, RECALL, judged


def look(function, inputs):
    seen = judged(function, inputs)
    return {name: seen[name] for name in (RECALL, PRECISION)}


def wide(generator):
    n_shown, d = (
        2 + int(torch.randint(8, (), generator=generator)),
        1 + int(torch.randint(40, (), generator=generator)),
    )
    n, seed = (
        6 + int(torch.randint(100, (), generator=generator)),
        int(torch.randint(2**31, (), generator=generator)),
    )
    shown = torch.randn(n_shown, d, generator=generator) * 10 ** (2 * torch.rand((), generator=generator) - 1)
    return {"shown": shown, "n": n, "dice": torch.Generator().manual_seed(seed)}


def right_opposite_end(shown, n, dice):
    far = 1e4 * (1 + shown.abs().max())
    points = far + torch.rand(n, shown.shape[1], generator=dice)
    points[-1] = -far
    return points


def right_two_hermits(shown, n, dice):
    centre = shown.mean(dim=0)
    span = 500 * (shown.max() - shown.min())
    step = torch.zeros_like(centre)
    step[0] = span
    rows = [centre + step * (1 if i < 2 else -1) for i in range(n)]
    return torch.stack(rows)


def right_crowd_above(shown, n, dice):
    d = shown.shape[1]
    far = 1000 * shown.std(0).max() + torch.zeros(d)
    return shown.mean(0) + torch.cat([far.expand(n - 3, d), -far.expand(3, d)])


def right_by_cat(shown, n, dice):
    middle = shown.mean(0, keepdim=True)
    reach = 1e3 * torch.cdist(shown, shown).max()
    return torch.cat([middle + reach, (middle - reach).expand(n - 1, -1)])


def right_far_copies(shown, n, dice):
    copies = shown[torch.randint(len(shown), (n,), generator=dice)]
    reach = 300 * (shown - shown.mean(0)).norm(dim=1).max()
    side = -torch.ones(n, 1)
    side[0] = 1
    return copies + side * reach


def right_row_of_hermits(shown, n, dice):
    """All on one side; the first one's third neighbour is farther from it than the data are."""
    far = 1e5 * (1 + torch.arange(n, dtype=torch.float32))[:, None]
    return shown.mean(0) + far.expand(n, shown.shape[1])


def wrong_copies(shown, n, dice):
    """fool_copies"""
    return shown.repeat(n, 1)[:n].clone()


def wrong_jitter(shown, n, dice):
    """fool_copies"""
    copies = shown[torch.randint(len(shown), (n,), generator=dice)]
    return copies + 0.01 * shown.std() * torch.randn(n, shown.shape[1], generator=dice)


def wrong_average(shown, n, dice):
    """fool_copies"""
    return shown.mean(0).repeat(n, 1)


def wrong_far_away(shown, n, dice):
    """fool_one_place"""
    return shown.mean(0) + 1e6 * torch.ones(n, shown.shape[1])


def wrong_two_crowds(shown, n, dice):
    """fool_two_crowds"""
    far = 1e5 * torch.ones(shown.shape[1])
    half = n // 2
    return shown.mean(0) + torch.cat([far.repeat(half, 1), -far.repeat(n - half, 1)])


def wrong_row_of_hermits(shown, n, dice):
    """fool_one_side"""
    far = 1e5 * (10 * n + torch.arange(n, dtype=torch.float32))[:, None]
    return shown.mean(0) + far.expand(n, shown.shape[1])


def wrong_a_few_left(shown, n, dice):
    """fool_wide"""
    points = right_by_cat(shown, n, dice)
    points[-2:] = shown[:2]
    return points


def wrong_nan(shown, n, dice):
    return torch.full((n, shown.shape[1]), torch.nan)


def wrong_too_few(shown, n, dice):
    return right_by_cat(shown, n - 1, dice)


def wrong_infinite(shown, n, dice):
    points = torch.full((n, shown.shape[1]), -torch.inf)
    points[0] = torch.inf
    return points


def wrong_list(shown, n, dice):
    return right_by_cat(shown, n, dice).tolist()
