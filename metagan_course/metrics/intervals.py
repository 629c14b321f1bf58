"""How sure a comparison is: intervals over tasks, since tasks differ more than the samples of one task do."""

from typing import NamedTuple

import torch
from torch import Tensor


class Interval(NamedTuple):
    """A mean over tasks and where its interval begins and ends."""

    estimate: float
    low: float
    high: float

    def excludes_zero(self) -> bool:
        return self.low > 0 or self.high < 0


def bootstrap(
    values: Tensor, *, generator: torch.Generator, level: float = 0.95, n_resamples: int = 10_000
) -> Interval:
    """Mean of one value a task (T,), with the percentile interval over resampled tasks (Efron 1979)."""
    if values.dim() != 1 or len(values) < 2:
        raise ValueError(f"values: got shape {tuple(values.shape)}, needed (T,) with 2 tasks or more.")
    if not torch.isfinite(values).all():
        raise ValueError("values: got NaN or infinity, needed a finite number for every task.")
    if not 0 < level < 1:
        raise ValueError(f"level: got {level}, needed a number between 0 and 1, such as 0.95.")
    values = values.detach().double().cpu()
    rows = torch.randint(len(values), (n_resamples, len(values)), generator=generator)
    tails = torch.tensor([(1 - level) / 2, (1 + level) / 2], dtype=torch.float64)
    low, high = values[rows].mean(1).quantile(tails).tolist()
    return Interval(values.mean().item(), low, high)


def paired_bootstrap(a: Tensor, b: Tensor, *, generator: torch.Generator, **options) -> Interval:
    """Mean of a - b, with its interval: task t of one method against task t of the other, (T,) and (T,)."""
    if a.shape != b.shape:
        raise ValueError(f"b: got shape {tuple(b.shape)}, needed {tuple(a.shape)} to match a, task by task.")
    return bootstrap(a - b, generator=generator, **options)
