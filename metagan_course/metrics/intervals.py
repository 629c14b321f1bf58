"""How sure a comparison is: intervals over tasks, since tasks differ more than the samples of one task do.

`pooled` is the one for results: over the runs of several seeds and the tasks they share. `bootstrap` assumes
nothing of the values' shape, and is too narrow for few tasks: at 20 its 95% cover 93.
"""

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


def pooled(values: Tensor, *, level: float = 0.95) -> Interval:
    """Mean of values (seeds, T), or (T,) for one run, with an interval over seeds and tasks together.

    y_st = mu + a_s + b_t + e_st: the runs share their tasks. With the mean squares A = T var(seed means),
    B = S var(task means) and E of the rest,

        Var(mean) = (A + B - E) / (S T)
        df = (A + B - E)^2 / (A^2 / (S-1) + B^2 / (T-1) + E^2 / ((S-1)(T-1)))

    (Satterthwaite 1946), and Student's t for the ends. A and B count as E where chance made them smaller.
    With three seeds df may be 2: then one seed apart from the others makes the interval wide, and so it is.
    """
    values = values.detach().double().cpu()
    values = values[None] if values.dim() == 1 else values
    if values.dim() != 2 or values.shape[1] < 2:
        raise ValueError(
            f"values: got shape {tuple(values.shape)}, needed (seeds, T) or (T,) with 2 tasks or more."
        )
    if not torch.isfinite(values).all():
        raise ValueError("values: got NaN or infinity, needed a finite number for every task.")
    mean, (seeds, n) = values.mean().item(), values.shape
    variance, df = variance_of_mean(values) if seeds > 1 else (values.var().item() / n, n - 1)
    reach = student(level, df) * variance**0.5
    return Interval(mean, mean - reach, mean + reach)


def variance_of_mean(values: Tensor) -> tuple[float, float]:
    """Var(mean) and its degrees of freedom for seeds crossed with tasks: (S, T) -> (), ()."""
    seeds, n = values.shape
    by_seed, by_task = values.mean(1, keepdim=True), values.mean(0, keepdim=True)
    e = (values - by_seed - by_task + values.mean()).square().sum().item() / ((seeds - 1) * (n - 1))
    a, b = max(n * by_seed.var().item(), e), max(seeds * by_task.var().item(), e)
    if a + b == 0:
        return 0.0, n - 1  # all alike
    spread = a**2 / (seeds - 1) + b**2 / (n - 1) + e**2 / ((seeds - 1) * (n - 1))
    return (a + b - e) / (seeds * n), (a + b - e) ** 2 / spread


def student(level: float, df: float) -> float:
    """q with P(|t| < q) = level for Student's t: t = sqrt(df) tan(u) has a density like cos(u)^(df - 1)."""
    if not 0 < level < 1:
        raise ValueError(f"level: got {level}, needed a number between 0 and 1, such as 0.95.")
    step = torch.pi / 2 / 10_000
    u = step * torch.arange(10_001, dtype=torch.float64)
    mass = torch.cumulative_trapezoid(u.cos().clamp(min=0) ** (df - 1))
    mass = mass / mass[-1]
    at = int(torch.searchsorted(mass, level))  # the quantile lies between u[at] and u[at + 1]
    before = mass[at - 1] if at else 0.0
    return df**0.5 * (u[at] + step * (level - before) / (mass[at] - before)).tan().item()


def paired_share(gain: Tensor, whole: Tensor) -> Tensor:
    """The ratio r = mean(gain) / mean(whole) as one value a task: (..., T), (T,) -> (..., T).

    r + (gain_t - r whole_t) / mean(whole) has the mean r and, to first order, the ratio's variance (the delta
    method): what `pooled` needs. Sound while mean(whole) is clear of 0.
    """
    r = gain.mean(-1, keepdim=True) / whole.mean()
    return r + (gain - r * whole) / whole.mean()
