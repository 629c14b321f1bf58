"""What several exercises of lesson 01 draw: logits far out, and an oracle for log sigmoid."""

import torch
from torch import Tensor


def logits(generator: torch.Generator, far: float) -> Tensor:
    """A few everyday logits and, last, one from far out, where careless formulas break."""
    n = int(torch.randint(3, 6, (), generator=generator))
    drawn = 2 * torch.randn(n, generator=generator)
    drawn[-1] = far * (1 + torch.rand((), generator=generator))
    return drawn


def softplus(x: Tensor) -> Tensor:
    """log(1 + e^x) = -log sigmoid(-x), in the form that never overflows: an oracle without logsigmoid."""
    return x.clamp(min=0) + torch.log1p(torch.exp(-x.abs()))
