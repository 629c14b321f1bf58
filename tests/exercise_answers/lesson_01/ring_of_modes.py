"""Answers to 01.ring_of_modes from outside the registry: five right ones otherwise written, wrong ones as
people write them.
"""

import math

import torch


def right_loop(n_modes=8, radius=1.5):
    rows = []
    for i in range(n_modes):
        turn = 2 * math.pi * i / n_modes
        rows.append([radius * math.cos(turn), radius * math.sin(turn)])
    return torch.tensor(rows)


def right_polar(n_modes=8, radius=1.5):
    angle = torch.arange(n_modes) * (2 * math.pi / n_modes)
    return torch.view_as_real(torch.polar(torch.full_like(angle, radius), angle))


def right_linspace(n_modes=8, radius=1.5):
    angle = torch.linspace(0, 2 * torch.pi, n_modes + 1)[:-1]
    return torch.column_stack([angle.cos(), angle.sin()]) * radius


def right_turning(n_modes=8, radius=1.5):
    turn = 2 * math.pi / n_modes
    turner = torch.tensor([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]]).double()
    points = [torch.tensor([radius, 0.0]).double()]
    for _ in range(n_modes - 1):
        points.append(points[-1] @ turner)
    return torch.stack(points).float()


class right_class:
    def __new__(cls, n_modes=8, radius=1.5):
        angle = torch.linspace(0, 2 * math.pi * (n_modes - 1) / n_modes, n_modes)
        return torch.einsum(
            "ij,->ij", torch.stack((torch.cos(angle), torch.sin(angle)), 1), torch.tensor(radius).float()
        )


def wrong_linspace(n_modes=8, radius=1.5):
    """ring_of_linspace"""
    angle = torch.linspace(0, 2 * torch.pi, n_modes)
    return torch.column_stack([radius * angle.cos(), radius * angle.sin()])


def wrong_n_plus_one(n_modes=8, radius=1.5):
    """ring_one_too_many"""
    angle = torch.linspace(0, 2 * torch.pi, n_modes + 1)
    return torch.column_stack([radius * angle.cos(), radius * angle.sin()])


def wrong_first_dropped(n_modes=8, radius=1.5):
    """ring_from_one"""
    angle = torch.linspace(0, 2 * torch.pi, n_modes + 1)[1:]
    return torch.column_stack([radius * angle.cos(), radius * angle.sin()])


def wrong_eight(n_modes=8, radius=1.5):
    """ring_fixed_modes"""
    angle = 2 * math.pi * torch.arange(8) / 8
    return radius * torch.stack([angle.cos(), angle.sin()], -1)


def wrong_by_eighths(n_modes=8, radius=1.5):
    """ring_by_eighths"""
    angle = 2 * math.pi * torch.arange(n_modes) / 8
    return radius * torch.stack([angle.cos(), angle.sin()], -1)


def wrong_other_default(n_modes=8, radius=1.0):
    """ring_other_defaults"""
    return right_linspace(n_modes, radius)


def wrong_other_count(n_modes=10, radius=1.5):
    """ring_other_defaults"""
    return right_linspace(n_modes, radius)


def wrong_clockwise(n_modes=8, radius=1.5):
    """ring_clockwise"""
    angle = -2 * math.pi * torch.arange(n_modes) / n_modes
    return radius * torch.stack([angle.cos(), angle.sin()], -1)


def wrong_sin_first(n_modes=8, radius=1.5):
    """ring_swapped"""
    angle = 2 * math.pi * torch.arange(n_modes) / n_modes
    return radius * torch.stack([angle.sin(), angle.cos()], -1)


def wrong_rows(n_modes=8, radius=1.5):
    """ring_rows"""
    angle = 2 * math.pi * torch.arange(n_modes) / n_modes
    return radius * torch.stack([angle.cos(), angle.sin()])


def wrong_double(n_modes=8, radius=1.5):
    return right_linspace(n_modes, radius).double()


def wrong_list(n_modes=8, radius=1.5):
    return right_linspace(n_modes, radius).tolist()


def wrong_half_step(n_modes=8, radius=1.5):
    """ring_half_a_step"""
    angle = 2 * math.pi * (torch.arange(n_modes) + 0.5) / n_modes
    return radius * torch.stack([angle.cos(), angle.sin()], -1)


def wrong_unit(n_modes=8, radius=1.5):
    """ring_unit"""
    angle = 2 * math.pi * torch.arange(n_modes) / n_modes
    return torch.stack([angle.cos(), angle.sin()], -1)


def wrong_radius_inside(n_modes=8, radius=1.5):
    """ring_radius_inside"""
    angle = 2 * math.pi * torch.arange(n_modes) / n_modes
    return torch.stack([(radius * angle).cos(), (radius * angle).sin()], -1)


def wrong_whole_angles(n_modes=8, radius=1.5):
    angle = (2 * math.pi * torch.arange(n_modes) / n_modes).round()
    return radius * torch.stack([angle.cos(), angle.sin()], -1)


def wrong_noisy(n_modes=8, radius=1.5):
    points = right_linspace(n_modes, radius)
    return points + 0.05 * torch.randn_like(points)


def wide(generator):
    kind = int(torch.randint(4, (), generator=generator))
    n = int(torch.randint(1, 60, (), generator=generator))
    radius = 10 * torch.rand((), generator=generator).item()
    return [{}, {"n_modes": n}, {"radius": radius}, {"n_modes": n, "radius": radius}][kind]
