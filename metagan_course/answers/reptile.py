"""Lesson 07's answer keys: Reptile's outer step for two players, where it rests, tasks kept apart, a leak.

Not here: the starts of the lesson and their training (course/starts.py), the package's own outer loop
(outer.py has Reptile's direction as a gradient).
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from metagan_course.steps import Step
from metagan_course.weights import Params


def reptile_step(
    gen: Params, disc: Params, gens: Params, discs: Params, beta: float
) -> tuple[Params, Params]:
    """phi + beta (mean_t phi'_t - phi), theta + beta (mean_t theta'_t - theta) (arXiv 1803.02999).

    gen, disc: the start, (...)   gens, discs: where each of T tasks ended, (T, ...)
    """

    def towards(start: Params, ends: Params) -> Params:
        return {n: w + beta * (ends[n].mean(0) - w) for n, w in start.items()}

    return towards(gen, gens), towards(disc, discs)


def resting_place(curvature: Tensor, bottom: Tensor, alpha: float, n_steps: int) -> Tensor:
    """Where Reptile stands still among valleys L_t = h_t (w - c_t)^2 / 2: (T,), (T,) -> ().

    K steps bring w nearer to c_t by the share p_t = 1 - (1 - alpha h_t)^K. Reptile rests where the mean of
    p_t (c_t - w) is 0: at sum p_t c_t / sum p_t. For K = 1 that is the minimum of the mean loss.
    """
    share = 1 - (1 - alpha * curvature) ** n_steps
    return (share * bottom).sum() / share.sum()


def adapt_each(
    slope: Callable[[Params, Any], Params], start: Params, tasks: Sequence[Any], step: Step, n_steps: int
) -> list[Params]:
    """K steps on each task, each from the start and with a step's state of its own: one dict a task."""
    adapted = []
    for task in tasks:
        weights, state = start, step.init(start)
        for _ in range(n_steps):
            weights, state = step(weights, slope(weights, task), state)
        adapted.append(weights)
    return adapted


def seen_and_unseen(
    adapt: Callable[[Tensor], Tensor],
    distance: Callable[[Tensor, Tensor], Tensor],
    drawings: Tensor,
    n_support: int,
) -> tuple[Tensor, Tensor]:
    """Mean distance of the samples to the drawings adapted to, and to those held back.

    drawings: (T, N, ...), the first n_support of each task are its support.   adapt(support) -> samples
    """
    seen, unseen = [], []
    for task in drawings:
        support, query = task[:n_support], task[n_support:]
        samples = adapt(support)
        seen.append(distance(samples, support))
        unseen.append(distance(samples, query))
    return torch.stack(seen).mean(), torch.stack(unseen).mean()
