"""What the exercises on losses share: logits as the notebook meets them, and a formula without logsigmoid."""

import torch
from torch import Tensor


def everyday(generator: torch.Generator, *shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
    """Logits of both signs, always: the first entry is positive and the last negative where there are two."""
    logits = 2 * torch.randn(shape, generator=generator, dtype=dtype)
    if logits.numel() > 1:
        flat = logits.flatten()  # a view: what is written here stands in logits
        flat[0], flat[-1] = flat[0].abs() + 0.5, -flat[-1].abs() - 0.5
    return logits


def far(generator: torch.Generator, n: int, away: float) -> Tensor:
    """Everyday logits and, last, one between `away` and twice that, where careless formulas break."""
    logits = everyday(generator, n)
    logits[-1] = away * (1 + torch.rand((), generator=generator))
    return logits


def count(generator: torch.Generator, low: int = 3, high: int = 7) -> int:
    """A batch size."""
    return int(torch.randint(low, high, (), generator=generator))


def softplus(x: Tensor) -> Tensor:
    """log(1 + e^x) = -log sigmoid(-x), in the form that never overflows: an oracle without logsigmoid."""
    return x.clamp(min=0) + torch.log1p(torch.exp(-x.abs()))


def mean_of_softplus(x: Tensor) -> Tensor:
    """The mean of softplus, taken in double precision and handed back in the precision of x."""
    return softplus(x.double()).mean().to(x.dtype)


def agrees(got: dict, expected: dict) -> bool:
    """The same quantities, equal up to rounding; for mistakes that are known by where they are right."""
    pairs = [(got.get(name), value) for name, value in expected.items()]
    return all(
        isinstance(mine, Tensor)
        and mine.shape == right.shape
        and torch.allclose(mine.double(), right.double(), rtol=1e-4, atol=1e-4)
        for mine, right in pairs
    )
