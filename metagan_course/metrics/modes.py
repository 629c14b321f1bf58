"""Mode coverage for mixtures whose centres are known, such as rings and grids; useless without them."""

from typing import NamedTuple

import torch
from torch import Tensor

from metagan_course.metrics.samples import check, distances


class Modes(NamedTuple):
    """One value a task each."""

    covered: Tensor  # (...) centres with a high-quality sample, a count
    high_quality: Tensor  # (...) share of samples within `radius` of a centre
    reverse_kl: Tensor  # (...) KL(share of each centre || uniform), nats; 0 is even, log m one mode


def mode_coverage(fake: Tensor, centres: Tensor, *, radius: float) -> Modes:
    """fake (..., n, d) against centres (m, d); `radius` is 3 standard deviations of a mode.

    As in PacGAN (Lin et al. 2017, arXiv 1712.04086). Every sample belongs to its nearest centre, and
    KL = sum_j q_j log(m q_j) with q_j the share of samples at centre j.
    """
    check("fake", fake, 1)
    check("centres", centres, 1)
    if centres.dim() != 2 or centres.shape[-1] != fake.shape[-1]:
        raise ValueError(f"centres: got shape {tuple(centres.shape)}, needed (m, {fake.shape[-1]}).")
    if not radius > 0:
        raise ValueError(f"radius: got {radius}, needed a number above 0, such as 3 standard deviations.")
    m = len(centres)
    nearest = distances(fake, centres.expand(*fake.shape[:-2], -1, -1)).min(-1)  # (..., n)
    at = torch.nn.functional.one_hot(nearest.indices, m).to(fake.dtype)  # (..., n, m)
    good = (nearest.values <= radius).to(fake.dtype)  # (..., n)
    share = at.mean(-2)  # (..., m)
    covered = (at * good.unsqueeze(-1)).sum(-2).gt(0).sum(-1)
    return Modes(covered, good.mean(-1), torch.xlogy(share, m * share).sum(-1))
