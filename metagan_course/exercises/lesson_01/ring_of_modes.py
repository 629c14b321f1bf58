"""Exercise 01.ring_of_modes: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

import math

import torch
from torch import Tensor

from metagan_course.tasks.toys import ring_of_modes

from ..declare import Exercise, Mistake, mistakes
from .logits import agrees, count


def _some(generator: torch.Generator) -> dict:
    return {"n_modes": count(generator, 3, 8), "radius": _radius(generator)}


def _many(generator: torch.Generator) -> dict:
    return {
        "n_modes": count(generator, 20, 40),
        "radius": 0.3 + 0.4 * torch.rand((), generator=generator).item(),
    }


def _radius(generator: torch.Generator) -> float:
    return 1.6 + torch.rand((), generator=generator).item()


def _on_circle(angle: Tensor, radius: float) -> Tensor:
    return radius * torch.stack([angle.cos(), angle.sin()], dim=-1)


def _ring_oracle(n_modes: int = 8, radius: float = 1.5) -> Tensor:
    corners = [2 * math.pi * i / n_modes for i in range(n_modes)]
    return torch.tensor([[radius * math.cos(a), radius * math.sin(a)] for a in corners])


def _ring_of_linspace(n_modes: int = 8, radius: float = 1.5) -> Tensor:
    """`torch.linspace(0, 2 * math.pi, n_modes)` includes both ends, and 0 and 2 pi are the same place on a
    circle. Your ring has n - 1 modes, one of them twice as heavy: a GAN that covers all of them would be
    blamed for missing one.
    """
    return _on_circle(torch.linspace(0, 2 * math.pi, n_modes), radius)


def _ring_one_too_many(n_modes: int = 8, radius: float = 1.5) -> Tensor:
    """You have n + 1 points, and the last stands on the first: 0 and 2 pi are one place on a circle. Leave
    out the last angle.
    """
    return _on_circle(torch.linspace(0, 2 * math.pi, n_modes + 1), radius)


def _ring_from_one(n_modes: int = 8, radius: float = 1.5) -> Tensor:
    """Your ring is complete, but it begins one place too late, and mode number i is not where its label says.
    Count i from 0: the first mode stands at angle 0.
    """
    return _on_circle(2 * math.pi * torch.arange(1, n_modes + 1) / n_modes, radius)


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


def _ring_fixed_radius(n_modes: int = 8, radius: float = 1.5) -> Tensor:
    """Your ring has the radius 1.5 whatever radius was asked for: 1.5 is only the default. Use the argument
    `radius`.
    """
    return ring_of_modes(n_modes)


def _ring_fixed_modes(n_modes: int = 8, radius: float = 1.5) -> Tensor:
    """Your ring has eight modes however many were asked for: 8 is only the default. Use the argument
    `n_modes`.
    """
    return ring_of_modes(8, radius)


def _ring_of_both_defaults(n_modes: int = 8, radius: float = 1.5) -> Tensor:
    """Your function returns the same ring whatever it is asked for. 8 and 1.5 are the defaults of `n_modes`
    and `radius`; use the arguments.
    """
    return ring_of_modes()


def _ring_swapped(n_modes: int = 8, radius: float = 1.5) -> Tensor:
    """Your points are (sin, cos) where (x, y) = (cos, sin). It is still a ring, but it starts at the
    top and runs clockwise, so mode number i is not where its label says.
    """
    return ring_of_modes(n_modes, radius).flip(-1)


def _ring_clockwise(n_modes: int = 8, radius: float = 1.5) -> Tensor:
    """Your ring runs clockwise: the first mode is right, the second has a negative y. Counter-clockwise, the
    angle grows.
    """
    return ring_of_modes(n_modes, radius) * torch.tensor([1.0, -1.0])


def _ring_rows(n_modes: int = 8, radius: float = 1.5) -> Tensor:
    """Your tensor has one row for x and one for y. Every data set in this course has one row a sample,
    (n, 2), because networks take their batch along the first axis: stack along dim=-1.
    """
    return ring_of_modes(n_modes, radius).T


def _ring_by_eighths(n_modes: int = 8, radius: float = 1.5) -> Tensor:
    """Your modes stand an eighth of a turn apart however many there are: with n modes it is one n-th of a
    turn. Divide by `n_modes`, not by 8.
    """
    return _on_circle(2 * math.pi * torch.arange(n_modes) / 8, radius)


def _ring_half_a_step(n_modes: int = 8, radius: float = 1.5) -> Tensor:
    """Your modes are evenly spaced, and the first stands half a step past angle 0. Count i from 0, with
    nothing added.
    """
    return _on_circle(2 * math.pi * (torch.arange(n_modes) + 0.5) / n_modes, radius)


def _ring_radius_inside(n_modes: int = 8, radius: float = 1.5) -> Tensor:
    """The radius stands inside cos and sin, where it stretches the angles; every mode is 1 away from the
    middle. It belongs in front: `radius * angle.cos()`.
    """
    return _on_circle(radius * 2 * math.pi * torch.arange(n_modes) / n_modes, 1.0)


def _right_only_when_told(got: list[dict], expected: list[dict]) -> bool:
    """Right wherever both arguments were given, wrong where a default had to do."""
    same = [agrees(a, b) for a, b in zip(got, expected, strict=False)]
    by_default = {list(CASES).index(name) for name in CASES if "default" in name}
    told = [ok for number, ok in enumerate(same) if number not in by_default]
    return len(got) == len(expected) and all(told) and not all(same)


OTHER_DEFAULTS = Mistake(
    name="ring_other_defaults",
    diagnosis="Your ring is right where both arguments are given and another one where a default has to do. "
    "Leave the stub's first line as it was: `n_modes=8, radius=1.5`.",
    wrong=lambda n_modes=8, radius=1.0: ring_of_modes(n_modes, radius),
    when=_right_only_when_told,
)

CASES = {
    "some modes": _some,
    "the defaults": lambda generator: {},
    "many modes on a small circle": _many,
    "the default radius": lambda generator: {"n_modes": count(generator, 3, 8)},
    "the default number of modes": lambda generator: {"radius": _radius(generator)},
    "a single mode": lambda generator: {"n_modes": 1, "radius": _radius(generator)},
    "a radius that is a whole number": lambda generator: {"n_modes": count(generator), "radius": 3},
}


def _ring_random(n_modes: int = 8, radius: float = 1.5) -> Tensor:
    """Your angles are drawn at random, so two modes may fall together and the next call gives another ring.
    Space them evenly: mode number i at 2 pi i / n.
    """
    return _on_circle(2 * math.pi * torch.rand(n_modes), radius)


EXERCISE = Exercise(
    id="01.ring_of_modes",
    title="a data set with a known number of modes",
    difficulty=1,
    minutes=5,
    reference=ring_of_modes,
    inputs=CASES,
    oracle=_ring_oracle,
    verified="every mode stands at its own angle on the circle, for any number of modes and any radius, "
    "given or not.",
    hints=(
        "Mode number i stands at the angle 2 pi i / n_modes. What is the last i?",
        "`torch.arange(n_modes)` counts 0, 1, ..., n_modes - 1 and never reaches 2 pi, which is 0 again.",
        "`angle = 2 * math.pi * torch.arange(n_modes) / n_modes`, then radius times "
        "`torch.stack([angle.cos(), angle.sin()], dim=-1)`.",
    ),
    mistakes=mistakes(
        _ring_of_linspace,
        _ring_one_too_many,
        _ring_from_one,
        _ring_half,
        _ring_degrees,
        _ring_unit,
        _ring_fixed_radius,
        _ring_fixed_modes,
        _ring_of_both_defaults,
        _ring_swapped,
        _ring_clockwise,
        _ring_rows,
        _ring_by_eighths,
        _ring_half_a_step,
        _ring_radius_inside,
        _ring_random,
    )
    + (OTHER_DEFAULTS,),
)
