"""Sinusoid regression: the smallest family in which learning to learn can be seen. No pictures here."""

import math

import torch
from torch import Tensor

from .base import Task, check_request, split_uniform, uniform


class Sines:
    """y = amplitude * sin(x + phase) + noise * e, with e ~ N(0, 1)   (Finn et al. 2017, arXiv 1703.03400).

    Hidden factors: amplitude in [0.1, 5), phase in [0, pi), parted by the sides. x is uniform in [-5, 5).
    support (T, S, 2) and query (T, Q, 2) hold the columns x, y; label (T, 2) holds amplitude, phase.
    """

    name = "sines"
    point_shape = (2,)
    factor_names = ("amplitude", "phase")

    def __init__(self, *, noise: float = 0.0):
        if noise < 0:
            raise ValueError(f"noise is {noise}; a standard deviation is 0 or more.")
        self.noise = noise

    def sample(self, n_tasks, k_support, n_query, *, split, generator) -> Task:
        check_request(n_tasks, k_support, n_query, split, generator)
        label = self.factors(n_tasks, split=split, generator=generator)  # (T, 2)
        points = self.draw(label, k_support + n_query, generator=generator)  # (T, S + Q, 2)
        return Task(points[:, :k_support], points[:, k_support:], label)

    def factors(self, n_tasks: int, *, split: str, generator: torch.Generator) -> Tensor:
        amplitude = uniform(0.1, 5.0, n_tasks, generator=generator)
        phase = split_uniform(0.0, math.pi, n_tasks, split=split, generator=generator)
        return torch.stack([amplitude, phase], dim=-1)  # (T, 2)

    def draw(self, label: Tensor, n: int, *, generator: torch.Generator) -> Tensor:
        """n points of each task of `label` (T, 2)."""
        x = uniform(-5.0, 5.0, len(label), n, generator=generator)  # (T, n)
        y = self.value(label, x)
        if self.noise:
            y = y + self.noise * torch.randn(y.shape, generator=generator)
        return torch.stack([x, y], dim=-1)  # (T, n, 2)

    def value(self, label: Tensor, x: Tensor) -> Tensor:
        """The noiseless curve of each task: label (T, 2), x (T, n) or (n,) -> y (T, n)."""
        amplitude, phase = label[:, :1], label[:, 1:]
        return amplitude * torch.sin(x + phase)  # (T, n)
