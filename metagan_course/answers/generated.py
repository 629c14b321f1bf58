"""What lesson 12 writes: a loss with a dial, a borrowed spread, one class more, a gain with its interval.

Not here: the classes in the plane (plane.py), pictures and figures (generated_figures.py).
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from metagan_course.evaluation import usefulness


def mixed_loss(real: Tensor, made: Tensor, share: float) -> Tensor:
    """(1 - share) mean(real) + share mean(made): losses of real (B,) and of made (M,) examples -> a number.

    However many are made, `share` says what they count. With a share of 0 none need be there.
    """
    loss = (1 - share) * real.mean()
    return loss if len(made) == 0 else loss + share * made.mean()


def borrowed(support: Tensor, base: Tensor, point: Tensor, lender: Tensor, member: Tensor) -> Tensor:
    """x + (b - mean of b's class): the support's points, moved as another class's points lie around its mean.

    support (N, S, d), base (C, n, d); three (N, M) of whole numbers say which support point of the class,
    which base class, and which of its members -> (N, M, d). (Delta-encoder, Schwartz et al. 2018, arXiv
    1806.04734, learns such moves; here they are taken as they are.)
    """
    moves = base - base.mean(1, keepdim=True)  # (C, n, d)
    return support[torch.arange(len(support))[:, None], point] + moves[lender, member]


def plus_one_loss(real: Tensor, labels: Tensor, fake: Tensor) -> Tensor:
    """mean -log p(y|x) + mean -log p(N + 1|G(z)): a classifier with one class more, the last, for fakes.

    real (B, N + 1) logits with labels (B,) below N, fake (M, N + 1) logits (Salimans et al. 2016, arXiv
    1606.03498; for few shots MetaGAN, Zhang et al. 2018).
    """
    return F.cross_entropy(real, labels) - F.log_softmax(fake, -1)[:, -1].mean()


def paired_gain(added: Tensor, alone: Tensor) -> tuple[Tensor, Tensor]:
    """The mean gain over R class splits, and its standard error: two tables (R, C) of accuracies.

    A split's gain is one number, d_r = mean_c (added - alone); the error is std(d) / sqrt(R), with R - 1.
    """
    d = (added - alone).mean(1)  # (R,)
    return d.mean(), d.std() / len(d) ** 0.5


# --- the dial on pictures ----------------------------------------------------------------------------------


def by_share(support: Tensor, query: Tensor, label: Tensor, added: Tensor | None, share: float) -> Tensor:
    """Accuracy of usefulness's classifier with a share of what is added, for each character: (G, T).

    support (T, S, 1, 28, 28), query (T, Q, ...), added (T, M, ...), or None: the other half of the queries,
    real ones. Each of the G rows deals the T characters into splits of 20 in another order (`splits`).
    """
    support, query = usefulness.see(support), usefulness.see(query)
    own, n, rows = usefulness.moments(support, None), query.shape[1] // 2, []
    seen = None if added is None else mixed(own, usefulness.moments(usefulness.see(added), None), share)
    for g in range(usefulness.GROUPINGS):
        order, shuffled = usefulness.plan(len(label), query.shape[1], seed=g)
        asked = usefulness.pick(query, shuffled)
        now = seen or mixed(own, usefulness.moments(asked[:, :n], None), share)
        rows.append(usefulness.told(now, asked[:, n:], label, order))
    return torch.stack(rows).float()


def splits(found: Tensor) -> Tensor:
    """The same numbers (G, T), class split by class split: (R, 20), each row 20 characters that met."""
    orders = [usefulness.plan(found.shape[1], 2, seed=g)[0] for g in range(len(found))]
    dealt = [row[order].split(usefulness.WAYS) for row, order in zip(found, orders, strict=True)]
    return torch.stack([part for parts in dealt for part in parts if len(part) == usefulness.WAYS])


def mixed(own: tuple, more: tuple, share: float) -> tuple:
    """The moments of (1 - share) of one crowd and share of the other."""
    return tuple((1 - share) * a + share * b for a, b in zip(own, more, strict=True))
