"""A unit for gains in KID: how many copies of the support, slipped in among the samples, gain as much.

KID rewards real drawings wherever they come from, so a thief with four photocopies among 64 samples beats an
honest generator. A gain that four copies bring as well is no news. Not here: KID itself (samples.py).
"""

import torch
from torch import Tensor

from metagan_course.metrics.samples import check_pair, mean_off_diagonal


def kid_with_copies(fake: Tensor, support: Tensor, real: Tensor) -> Tensor:
    """Expected KID when c = 0 ... n of n samples are swapped for supports drawn at random: (..., n + 1).

    fake F (..., n, d), support S (..., S, d), real R (..., m, d). With k = (x.y / d + 1)^3 and l = n - c
    left,

        E k(x, x') = (l (l-1) k_FF + 2 l c k_FS + c (c-1) k_SS) / (n (n-1)),  E k(x, y) = (l k_FR + c k_SR) /
        n

    where k_SS counts a support with itself too, since one may be drawn twice.
    """
    check_pair(2, fake=fake, real=real)
    check_pair(1, fake=fake, support=support)

    def k(a: Tensor, b: Tensor) -> Tensor:
        return (a @ b.mT / a.shape[-1] + 1) ** 3

    def mean(k: Tensor) -> Tensor:
        return k.mean((-2, -1)).unsqueeze(-1)  # (..., 1)

    n = fake.shape[-2]
    c = torch.arange(n + 1, dtype=fake.dtype)
    left = n - c
    within = left * (left - 1) * mean_off_diagonal(k(fake, fake)).unsqueeze(-1)
    within = within + 2 * left * c * mean(k(fake, support)) + c * (c - 1) * mean(k(support, support))
    across = left * mean(k(fake, real)) + c * mean(k(support, real))
    return within / (n * (n - 1)) + mean_off_diagonal(k(real, real)).unsqueeze(-1) - 2 * across / n


def photocopies(curve: Tensor, gain: float) -> float:
    """How many copies lower a mean KID by `gain`: curve (n + 1,), KID with 0 ... n copies -> in [0, n].

    The least such number, between two whole ones by a straight line; inf where even n copies gain less.
    """
    fallen = curve[0] - curve  # what c copies gain
    if gain <= 0:
        return 0.0
    enough = (fallen >= gain).nonzero()
    if not len(enough):
        return float("inf")
    c = int(enough[0])
    before = fallen[c - 1].item()
    return c - 1 + (gain - before) / (fallen[c].item() - before)
