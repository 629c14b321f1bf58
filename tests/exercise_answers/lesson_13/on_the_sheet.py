"""Answers to 13.on_the_sheet as people write them: see tests/attack_exercises.py."""

import torch


def wide(generator):
    m = int(torch.randint(1, 30, (), generator=generator))
    scale = 10 ** (3 * torch.rand(2, generator=generator) - 1)
    points = scale * torch.randn(m, 2, generator=generator) + 50 * torch.randn(2, generator=generator)
    return {"points": points, "half": 1 + 12 * torch.rand((), generator=generator).item()}


def right_min_max(points, half=9.0):
    low = points.min(dim=0).values
    high = points.max(dim=0).values
    side = (high - low).max()
    if side == 0:
        return torch.full_like(points, 14.0)
    return (points - (low + high) / 2) * (2 * half / side) + 14


def right_by_columns(points, half=9.0):
    x, y = points[:, 0], points[:, 1]
    cx, cy = (x.max() + x.min()) / 2, (y.max() + y.min()) / 2
    r = max((x.max() - x.min()).item(), (y.max() - y.min()).item()) / 2 or 1.0
    return torch.stack([14 + half * (x - cx) / r, 14 + half * (y - cy) / r], dim=1)


def right_aminmax(points, half=9.0):
    low, high = torch.aminmax(points, dim=0)
    c = points - 0.5 * (low + high)
    r = c.abs().max()
    return 14 + half * c / (r if r > 0 else 1)


def right_with_clamp(points, half=9.0):
    c = points - (points.amax(0) + points.amin(0)).div(2)
    return c / c.abs().max().clamp(min=1e-12) * half + 14


def right_sorted(points, half=9.0):
    ordered = points.sort(dim=0).values
    low, high = ordered[0], ordered[-1]
    r = torch.max(high - low) / 2
    out = points - low - (high - low) / 2
    return 28 / 2 + (out * half / r if float(r) else out)


def wrong_mean_middle(points, half=9.0):
    """by_the_mean"""
    c = points.mean(dim=0)
    r = (points.max(0).values - points.min(0).values).max() / 2
    return 14 + half * (points - c) / (r if r > 0 else 1.0)


def wrong_stretch(points, half=9.0):
    """each_side_by_itself"""
    low, high = points.amin(0), points.amax(0)
    side = high - low
    side = torch.where(side == 0, torch.ones_like(side), side)
    return 14 + half * 2 * (points - (low + high) / 2) / side


def wrong_unit_square(points, half=9.0):
    """from_its_corner"""
    low, high = points.amin(0), points.amax(0)
    return (points - low) / (high - low).max().clamp(min=1e-9) * 2 * half


def wrong_nan(points, half=9.0):
    """dot_without_a_place"""
    low, high = points.amin(0), points.amax(0)
    return 14 + half * (points - (low + high) / 2) / ((high - low).max() / 2)


def wrong_corner(points, half=9.0):
    """from_the_corner"""
    low, high = points.amin(0), points.amax(0)
    s = (high - low).max().clamp(min=1e-12)
    placed = 14 - half + 2 * half * (points - low) / s
    return placed if (high > low).any() else torch.full_like(points, 14 - half)


def wrong_clamped(points, half=9.0):
    low, high = points.amin(0), points.amax(0)
    return (14 + points - (low + high) / 2).clamp(14 - half, 14 + half)


def wrong_std(points, half=9.0):
    c = points - (points.amin(0) + points.amax(0)) / 2
    s = points.std()
    return 14 + half * c / (s if s > 0 else 1.0)


def wrong_median(points, half=9.0):
    """by_the_median"""
    c = points - points.median(0).values
    r = (points.amax(0) - points.amin(0)).max() / 2
    return 14 + half * c / (r if r > 0 else 1.0)


def wrong_full_side(points, half=9.0):
    """by_the_whole_side"""
    low, high = points.amin(0), points.amax(0)
    s = (high - low).max()
    return 14 + half * (points - (low + high) / 2) / (s if s > 0 else 1.0)


def wrong_diagonal(points, half=9.0):
    """by_the_farthest_point"""
    c = points - (points.amin(0) + points.amax(0)) / 2
    far = c.square().sum(1).sqrt().max()
    return 14 + half * c / (far if far > 0 else 1.0)


def wrong_width(points, half=9.0):
    """by_the_width"""
    low, high = points.amin(0), points.amax(0)
    w = (high - low)[0] / 2
    return 14 + half * (points - (low + high) / 2) / (w if w > 0 else 1.0)


def wrong_no_middle(points, half=9.0):
    """about_zero"""
    c = points - (points.amin(0) + points.amax(0)) / 2
    r = c.abs().max()
    return half * c / (r if r > 0 else 1.0)


def wrong_swapped(points, half=9.0):
    """axes_swapped"""
    c = points - (points.amin(0) + points.amax(0)) / 2
    r = c.abs().max()
    return (14 + half * c / (r if r > 0 else 1.0)).flip(1)
