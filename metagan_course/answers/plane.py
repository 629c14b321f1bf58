"""Lesson 12's classes in the plane: worlds of Gaussians, what may be added, and two classifiers.

E episodes at once, each with N classes. Not here: what the learner writes (generated.py).
"""

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from metagan_course.answers.generated import borrowed, mixed_loss, plus_one_loss

LONG, SHORT, SPREAD = 1.2, 0.25, 1.8  # a class's standard deviations along and across; of the middles


class World(NamedTuple):
    """E episodes of N classes, and for each C other classes that somebody has seen many points of."""

    support: Tensor  # (E, N, S, 2)
    query: Tensor  # (E, N, 100, 2)
    fresh: Tensor  # (E, N, M, 2) further true points
    base: Tensor  # (E, C, 50, 2) the other classes


def world(
    shared: bool, *, shots: int = 3, n: int = 200, seed: int = 0, ways: int = 4, made: int = 50
) -> World:
    """Long thin classes. shared: all lie along one direction; else each along its own."""
    dice = torch.Generator().manual_seed(seed)

    def classes(count: int) -> tuple[Tensor, Tensor]:
        middle = SPREAD * torch.randn(n, count, 1, 2, generator=dice)
        angle = math.pi * torch.rand(n, count, generator=dice)
        angle = torch.full_like(angle, math.pi / 5) if shared else angle
        along = torch.stack([angle.cos(), angle.sin()], -1)  # (E, count, 2)
        across = torch.stack([-angle.sin(), angle.cos()], -1)
        return middle, torch.stack([LONG * along, SHORT * across], -2)  # (E, count, 2, 2)

    def points(of: tuple[Tensor, Tensor], count: int) -> Tensor:
        middle, axes = of
        return middle + torch.randn(*middle.shape[:2], count, 2, generator=dice) @ axes

    own, other = classes(ways), classes(20)
    return World(points(own, shots), points(own, 100), points(own, made), points(other, 50))


# --- what may be added: World, generator -> (E, N, M, 2) ---------------------------------------------------


def chosen(x: Tensor, place: Tensor) -> Tensor:
    """x (E, n, m, 2) and places (E, n, M) in its third dimension -> (E, n, M, 2)."""
    return x.gather(2, place[..., None].expand(*place.shape, 2))


def copies(w: World, dice: torch.Generator) -> Tensor:
    """The support's own points, again and again."""
    shape = (*w.support.shape[:2], w.fresh.shape[2])
    return chosen(w.support, torch.randint(w.support.shape[2], shape, generator=dice))


def noisy(w: World, dice: torch.Generator, size: float = 0.4) -> Tensor:
    """Copies with round noise: the plane's jitter."""
    near = copies(w, dice)
    return near + size * torch.randn(near.shape, generator=dice)


def fitted(w: World, dice: torch.Generator) -> Tensor:
    """Draws from a Gaussian fitted to the class's own support: a generator that saw nothing else."""
    middle = w.support.mean(2, keepdim=True)
    off = w.support - middle
    cov = off.mT @ off / (w.support.shape[2] - 1) + 1e-3 * torch.eye(2)
    return middle + torch.randn(w.fresh.shape, generator=dice) @ torch.linalg.cholesky(cov).mT


def alike(w: World, dice: torch.Generator) -> Tensor:
    """Copies, and a Gaussian with one spread for all classes, pooled over their own supports."""
    off = w.support - w.support.mean(2, keepdim=True)
    n, shots = w.support.shape[1:3]
    cov = (off.mT @ off).sum(1) / (n * (shots - 1))  # (E, 2, 2)
    near = copies(w, dice)
    return near + torch.randn(near.shape, generator=dice) @ torch.linalg.cholesky(cov).mT[:, None]


def borrow(w: World, dice: torch.Generator, using=borrowed) -> Tensor:
    """The support's points, moved as points of other classes lie around their means."""
    (E, N, S, _), M, (C, n) = w.support.shape, w.fresh.shape[2], w.base.shape[1:3]
    point, lender, member = (torch.randint(k, (E, N, M), generator=dice) for k in (S, C, n))
    return torch.stack([using(*one) for one in zip(w.support, w.base, point, lender, member, strict=True)])


def calibrated(w: World, dice: torch.Generator) -> Tensor:
    """Distribution calibration (Yang et al. 2021, arXiv 2101.06395) in the plane, with two near base classes.

    mean' = (two base means + x) / 3, covariance' = mean of their two: the nearest classes are thought to be
    alike. (Their added constant, a width for features of another size, is left out.)
    """
    x = copies(w, dice)
    means = w.base.mean(2)  # (E, C, 2)
    off = w.base - means[:, :, None]
    covs = off.mT @ off / (off.shape[2] - 1)  # (E, C, 2, 2)
    near = torch.cdist(x.flatten(1, 2), means).topk(2, largest=False).indices  # (E, N M, 2)
    rows = torch.arange(len(x))[:, None, None]
    middle = (means[rows, near].sum(2).view_as(x) + x) / 3
    root = torch.linalg.cholesky(covs[rows, near].mean(2)).view(*x.shape[:3], 2, 2)
    return middle + (root @ torch.randn(x.shape, generator=dice)[..., None])[..., 0]


# --- classifiers: all episodes at once ---------------------------------------------------------------------


def straight(support: Tensor, made: Tensor | None, share: float = 0.5, loss=mixed_loss) -> Tensor:
    """Logistic regression on the support, and on what is made with its share: weights (E, N, 3)."""
    E, N = support.shape[:2]
    weights = torch.zeros(E, N, 3, requires_grad=True)
    optimizer = torch.optim.Adam([weights], 0.1)

    def losses(x: Tensor) -> Tensor:
        """Of every point, under its own class: (E, N, m)."""
        logits = with_one(x) @ weights.mT[:, None]  # (E, N, m, N)
        return -logits.log_softmax(-1).diagonal(dim1=1, dim2=3).mT

    for _ in range(100):
        real = losses(support)
        total = real.mean() if made is None else loss(real.flatten(), losses(made).flatten(), share)
        optimizer.zero_grad()
        (E * total + 1e-3 * weights[..., :2].square().sum()).backward()
        optimizer.step()
    return weights.detach()


def with_one(x: Tensor) -> Tensor:
    return torch.cat([x, torch.ones_like(x[..., :1])], -1)


def accuracy(weights: Tensor, query: Tensor) -> Tensor:
    """Of each class in each episode: (E, N)."""
    told = (with_one(query) @ weights.mT[:, None]).argmax(-1)  # (E, N, m)
    return (told == torch.arange(query.shape[1])[:, None]).float().mean(2)


def bent(w: World, fakes: Tensor | None, *, seed: int = 0, loss=plus_one_loss) -> Tensor:
    """Accuracy of a network with one hidden layer on N classes, with fakes (E, F, 2) on N + 1: (E, N)."""
    dice = torch.Generator().manual_seed(seed)
    E, N, S, _ = w.support.shape
    ways = N + (fakes is not None)
    start = (1.0, 2, 32), (0.5, 1, 32), (32**-0.5, 32, ways), (0.0, 1, ways)
    params = [(size * torch.randn(E, a, b, generator=dice)).requires_grad_() for size, a, b in start]
    x, y = w.support.flatten(1, 2), torch.arange(N).repeat_interleave(S)
    optimizer = torch.optim.Adam(params, 0.03)

    def logits(x: Tensor) -> Tensor:
        return torch.tanh(x @ params[0] + params[1]) @ params[2] + params[3]  # (E, m, ways)

    for _ in range(200):
        real = logits(x).flatten(0, 1)
        if fakes is None:
            total = F.cross_entropy(real, y.repeat(E))
        else:
            some = torch.randint(fakes.shape[1], (N * S,), generator=dice)
            total = loss(real, y.repeat(E), logits(fakes[:, some]).flatten(0, 1))
        optimizer.zero_grad()
        (E * total).backward()
        optimizer.step()
    told = logits(w.query.flatten(1, 2))[..., :N].argmax(-1).unflatten(1, (N, -1))  # (E, N, m)
    return (told == torch.arange(N)[:, None]).float().mean(2)


def between(w: World, dice: torch.Generator, n: int = 200) -> Tensor:
    """Fakes that are no good: half way between two points of the support, and a little noise: (E, n, 2)."""
    x = w.support.flatten(1, 2)
    i, j = torch.randint(x.shape[1], (2, len(x), n), generator=dice)
    rows = torch.arange(len(x))[:, None]
    return (x[rows, i] + x[rows, j]) / 2 + 0.1 * torch.randn(len(x), n, 2, generator=dice)


def anywhere(w: World, dice: torch.Generator, n: int = 200) -> Tensor:
    """Fakes from a wide cloud around everything: (E, n, 2)."""
    middle = w.support.mean((1, 2))[:, None]
    return middle + 3 * torch.randn(len(middle), n, 2, generator=dice)
