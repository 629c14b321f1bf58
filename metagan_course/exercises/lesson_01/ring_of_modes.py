"""Exercise 01.ring_of_modes: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

import math

import torch
from torch import Tensor

from metagan_course.tasks.toys import ring_of_modes

from ..declare import Exercise, mistakes


def _ring_inputs(generator: torch.Generator) -> dict:
    n_modes = int(torch.randint(3, 10, (), generator=generator))
    return {"n_modes": n_modes, "radius": 1.1 + torch.rand((), generator=generator).item()}


def _on_circle(angle: Tensor, radius: float) -> Tensor:
    return radius * torch.stack([angle.cos(), angle.sin()], dim=-1)


def _ring_oracle(n_modes: int = 8, radius: float = 1.5) -> Tensor:
    corners = [2 * math.pi * i / n_modes for i in range(n_modes)]
    return torch.tensor([[radius * math.cos(a), radius * math.sin(a)] for a in corners])


def _ring_of_linspace(n_modes: int = 8, radius: float = 1.5) -> Tensor:
    """torch.linspace(0, 2 pi, n) includes both ends, and 0 and 2 pi are the same place on a circle.
    Your ring has n - 1 modes, one of them twice as heavy: a GAN that covers all of them would be blamed
    for missing one.
    """
    return _on_circle(torch.linspace(0, 2 * math.pi, n_modes), radius)


def _ring_half(n_modes: int = 8, radius: float = 1.5) -> Tensor:
    """Your modes fill the upper half of the circle only. A full turn is 2 pi, not pi."""
    return _on_circle(math.pi * torch.arange(n_modes) / n_modes, radius)


def _ring_degrees(n_modes: int = 8, radius: float = 1.5) -> Tensor:
    """Your angles are in degrees, and cos and sin take radians. 360 radians are a good 57 turns and not a
    whole number of them, so the modes land on the circle in uneven places.
    """
    return _on_circle(360 * torch.arange(n_modes) / n_modes, radius)


def _ring_unit(n_modes: int = 8, radius: float = 1.5) -> Tensor:
    """Your modes stand on the circle of radius 1 whatever radius was asked for. Multiply cos and sin by
    the radius.
    """
    return ring_of_modes(n_modes, 1.0)


def _ring_swapped(n_modes: int = 8, radius: float = 1.5) -> Tensor:
    """Your points are (sin, cos) where (x, y) = (cos, sin). It is still a ring, but it starts at the
    top and runs clockwise, so mode number i is not where its label says.
    """
    return ring_of_modes(n_modes, radius).flip(-1)


def _ring_rows(n_modes: int = 8, radius: float = 1.5) -> Tensor:
    """Your tensor has one row for x and one for y. Every data set in this course has one row a sample,
    (n, 2), because networks take their batch along the first axis: stack along dim=-1.
    """
    return ring_of_modes(n_modes, radius).T


EXERCISE = Exercise(
    id="01.ring_of_modes",
    title="a data set with a known number of modes",
    difficulty=1,
    minutes=5,
    reference=ring_of_modes,
    inputs=_ring_inputs,
    oracle=_ring_oracle,
    verified="every mode stands at its own angle on the circle, for random numbers of modes and radii.",
    hints=(
        "Mode number i stands at the angle 2 pi i / n_modes. What is the last i?",
        "torch.arange(n_modes) counts 0, 1, ..., n_modes - 1 and never reaches 2 pi, which is 0 again.",
        "angle = 2 * math.pi * torch.arange(n_modes) / n_modes, then radius times "
        "torch.stack([angle.cos(), angle.sin()], dim=-1).",
    ),
    mistakes=mistakes(_ring_of_linspace, _ring_half, _ring_degrees, _ring_unit, _ring_swapped, _ring_rows),
)
