"""The three small functions lesson 00 refreshes. Nothing here is about GANs or tasks of any one kind.

The fourth, the distance between two clouds of points, is metrics.energy_distance.
"""

import torch
from torch import Tensor
from torch.nn.functional import softplus

from metagan_course.weights import Params


def gradient_step(weights: Params, gradient: Params, alpha: float) -> Params:
    """w' = w - alpha dL/dw for every weight by name; the weights handed in stay as they are."""
    return {name: w - alpha * gradient[name] for name, w in weights.items()}


def log_probability(logit: Tensor) -> Tensor:
    """log sigmoid(l) = -log(1 + exp(-l)): finite, with a gradient, at every logit l of any shape."""
    return -softplus(-logit)


def split_task(examples: Tensor, k_support: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Shuffle one task's examples (n, ...) into support (S, ...) and query (n - S, ...); they share none."""
    order = torch.randperm(len(examples), generator=generator)  # (n,)
    return examples[order[:k_support]], examples[order[k_support:]]
