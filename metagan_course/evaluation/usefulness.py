"""Are samples of use? A classifier of 20 characters learns from the support, with and without them.

The primary score of the protocol is a share: what all of a method's samples add to the accuracy, by what half
of the queries (7 of 15) add, drawn by real people. A copy of the support adds nothing and has a share of
about 0; real drawings have 1. The tasks are put together into episodes of 20 characters in `GROUPINGS` random
ways, since who meets whom decides much; each time other queries are the real drawings that may be added, and
the rest are told apart. The classifier is ridge regression on blurred pixels: quick, exact, without a seed,
and a stranger to every critic. Not here: intervals, and what counts as a success.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from metagan_course.tasks import Task

WAYS, GROUPINGS = 20, 8
# Chosen once, on 200 validation tasks of glyphs and of Omniglot, by accuracy with the supports alone and with
# drawings added, so that samples cannot win as a mere cure for a strength that is wrong without them. The
# neighbours on the grid {1.4, 1.6, 1.8, 2.0} by {1, 2, 5, 10}e-3 are less than half a point below.
BLUR = 1.6  # standard deviation in pixels
STRENGTH = 2e-3


class Learner(NamedTuple):
    """T tasks as the classifier sees them; its accuracy with nothing and with real drawings added."""

    support: Tensor  # (T, S, d)
    query: Tensor  # (T, Q, d)
    label: Tensor  # (T,)
    without: Tensor  # (T,) accuracy from the supports alone
    real: Tensor  # (T,) with half of the queries added

    def accuracy(self, samples: Tensor) -> Tensor:
        """With a method's samples (T, M, 1, 28, 28) added: (T,)."""
        check("samples", samples, len(self.label))
        return grouped(self.support, self.query, self.label, added=see(samples))

    @property
    def real_gain(self) -> Tensor:
        """What real drawings add: (T,). The whole that a share is a share of."""
        return self.real - self.without


def learner(task: Task) -> Learner:
    """What all methods' samples will be compared with. Twenty tasks or more."""
    support, query, label = task
    if label.dim() != 1 or len(label) < WAYS:
        raise ValueError(f"label: got shape {tuple(label.shape)}, needed (T,) with {WAYS} tasks or more.")
    for name, x in (("support", support), ("query", query)):
        check(name, x, len(label))
    if query.shape[1] < 2:
        raise ValueError(f"query: got shape {tuple(query.shape)}, needed 2 or more: one added, one to judge.")
    support, query = see(support), see(query)
    without = grouped(support, query, label)
    return Learner(support, query, label, without, grouped(support, query, label, real=True))


# --- groupings and episodes --------------------------------------------------------------------------------


def grouped(
    support: Tensor, query: Tensor, label: Tensor, *, added: Tensor | None = None, real: bool = False
) -> Tensor:
    """Accuracy on half of each task's queries, the mean over all groupings: (T,).

    support (T, S, d), query (T, Q, d), added (T, M, d), or nothing, or (real) the other half of the queries.
    In one grouping all methods answer the same questions.
    """
    found, n = torch.zeros(len(label), dtype=torch.float64), query.shape[1] // 2
    seen = moments(support, added)
    for g in range(GROUPINGS):
        order, shuffled = plan(len(label), query.shape[1], seed=g)
        asked = pick(query, shuffled)
        if real:
            seen = moments(support, asked[:, :n])
        found += told(seen, asked[:, n:], label, order)
    return (found / GROUPINGS).float()


def plan(n_tasks: int, n_query: int, *, seed: int) -> tuple[Tensor, Tensor]:
    """One grouping: the order of the tasks (T,) and, for each, that of its queries (T, Q)."""
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(n_tasks, generator=generator)
    return order, torch.rand(n_tasks, n_query, generator=generator).argsort(1)


def pick(x: Tensor, order: Tensor) -> Tensor:
    """x (T, n, d) with each task's pictures in its own order (T, n)."""
    return x.gather(1, order[..., None].expand(*order.shape, x.shape[-1]))


def told(seen: tuple[Tensor, Tensor], query: Tensor, label: Tensor, order: Tensor) -> Tensor:
    """The share of each task's queries that are told right, twenty tasks of the order at a time: (T,).

    seen: what was learned of each character. Where 20 does not divide T, the last tasks meet earlier ones,
    whose own numbers stay as they are.
    """
    found, last = torch.empty(len(label), dtype=torch.float64), len(label) - WAYS
    # the last ones first: what earlier tasks get there is written over by their own episode
    for start in dict.fromkeys((last, *range(0, last + 1, WAYS))):
        now = order[start : start + WAYS]
        answer = classify(*(m[now] for m in seen), query[now])  # (20, Q)
        # a character drawn twice among the 20 is two classes, and either answer is right
        found[now] = (label[now][answer] == label[now][:, None]).double().mean(1)
    return found


# --- the classifier ----------------------------------------------------------------------------------------


def moments(support: Tensor, added: Tensor | None) -> tuple[Tensor, Tensor]:
    """Of each character's pictures the mean and the mean of x x': (T, n, d) -> (T, d), (T, d, d).

    Supports and what is added count the same, however many: half each, or the supports alone.
    """

    def of(x: Tensor) -> tuple[Tensor, Tensor]:
        return x.mean(1), x.mT @ x / x.shape[1]

    if added is None:
        return of(support)
    return tuple((a + b) / 2 for a, b in zip(of(support), of(added), strict=True))


def classify(mean: Tensor, second: Tensor, query: Tensor) -> Tensor:
    """W = (X' D X + strength I)^-1 X' D Y, X centred, Y one-hot; argmax of q W (Hoerl and Kennard 1970).

    D weighs every character the same, so all that is needed of each is its mean m_c (ways, d) and its second
    moment (ways, d, d): X' D X = mean second - m m', and a column of X' D Y is (m_c - m) / ways. query (...,
    d).
    """
    m = mean.mean(0)  # (d,)
    spread = second.mean(0) - m[:, None] * m + STRENGTH * torch.eye(len(m), dtype=m.dtype)
    w = torch.linalg.solve(spread, (mean - m).T / len(mean))  # (d, ways)
    return ((query - m) @ w).argmax(-1)


def see(pictures: Tensor) -> Tensor:
    """P x P' at unit length, P blurs and keeps every second place: (..., 1, 28, 28) -> (..., 196)."""
    at, centres = torch.arange(28.0), torch.arange(0.5, 28, 2)
    blur = torch.exp(-(at - centres[:, None]).square() / (2 * BLUR**2))  # (14, 28)
    seen = (blur @ pictures @ blur.T).flatten(-3).double()
    return seen / seen.norm(dim=-1, keepdim=True).clamp(min=1e-6)


def check(name: str, x: Tensor, n_tasks: int) -> None:
    """Refuse pictures that do not belong together, in one sentence."""
    if x.dim() != 5 or len(x) != n_tasks or x.shape[1] == 0 or x.shape[2:] != (1, 28, 28):
        needed = f"({n_tasks}, n, 1, 28, 28) with n of 1 or more: pictures for every task"
        raise ValueError(f"{name}: got shape {tuple(x.shape)}, needed {needed}.")
    if not torch.isfinite(x).all():
        raise ValueError(f"{name}: got NaN or infinity, needed pictures with numbers in [0, 1].")
