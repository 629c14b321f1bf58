"""Answers to 00.energy_distance as people write them: see tests/attack_exercises.py."""

import torch
from torch import Tensor

from metagan_course.exercises.declare import with_gradient

look = with_gradient("fake")


def wide(generator):
    n, m = (int(torch.randint(3, 40, (), generator=generator)) for _ in range(2))
    d = int(torch.randint(1, 5, (), generator=generator))
    scale, shift = (5 * torch.rand((), generator=generator) for _ in range(2))
    real = torch.randn(m, d, generator=generator)
    return {"fake": scale * torch.randn(n, d, generator=generator) + shift, "real": real}


def _apart(a, b):
    return (a[:, None] - b[None]).square().sum(-1).clamp(min=1e-24).sqrt()


def right_by_broadcasting(fake, real):
    n, m = len(fake), len(real)
    within = _apart(fake, fake).sum() / (n * n - n) + _apart(real, real).sum() / (m * m - m)
    return _apart(fake, real).mean() * 2 - within


def right_by_pdist(fake, real):
    pdist = torch.nn.functional.pdist
    return 2 * torch.cdist(fake, real).mean() - pdist(fake).mean() - pdist(real).mean()


def right_without_the_diagonal(fake, real):
    def within(cloud: Tensor) -> Tensor:
        off = ~torch.eye(len(cloud), dtype=torch.bool)
        return torch.cdist(cloud, cloud)[off].mean()

    return 2 * torch.cdist(fake, real).mean() - within(fake) - within(real)


def right_in_loops(fake, real):
    def mean(pairs):
        return torch.stack([(a - b).norm() for a, b in pairs]).mean()

    def within(cloud):
        return mean([(a, b) for i, a in enumerate(cloud) for b in cloud[:i]])

    return 2 * mean([(a, b) for a in fake for b in real]) - within(fake) - within(real)


def right_by_einsum(fake, real):
    n, m = len(fake), len(real)
    cross = torch.einsum("nm->", torch.cdist(fake, real)) / (n * m)
    inner = [torch.einsum("nm->", torch.cdist(c, c)) / (len(c) * (len(c) - 1)) for c in (fake, real)]
    return cross + cross - sum(inner)


def wrong_abs(fake, real):
    """cloud_absolute"""
    return right_by_pdist(fake, real).abs()


def wrong_clamped(fake, real):
    """cloud_clamped"""
    return right_by_pdist(fake, real).clamp(min=0)


def wrong_n_for_both(fake, real):
    """cloud_one_size"""
    n = len(fake)
    within = (torch.cdist(fake, fake).sum() + torch.cdist(real, real).sum()) / (n * (n - 1))
    return 2 * torch.cdist(fake, real).mean() - within


def wrong_forgotten_minus_one(fake, real):
    """cloud_fake_diagonal"""
    n, m = len(fake), len(real)
    within = torch.cdist(fake, fake).sum() / n**2 + torch.cdist(real, real).sum() / (m * (m - 1))
    return 2 * torch.cdist(fake, real).mean() - within


def wrong_squared_factor(fake, real):
    """cloud_added"""
    return 4 * torch.cdist(fake, real).mean() - right_by_pdist(fake, real)


def wrong_manhattan(fake, real):
    """cloud_blocks"""
    n, m = len(fake), len(real)
    cdist = lambda a, b: torch.cdist(a, b, p=1)  # noqa: E731
    within = cdist(fake, fake).sum() / (n * (n - 1)) + cdist(real, real).sum() / (m * (m - 1))
    return 2 * cdist(fake, real).mean() - within


def wrong_root(fake, real):
    return right_by_pdist(fake, real).clamp(min=1e-9).sqrt()


def wrong_first_ten(fake, real):
    return right_by_pdist(fake[:10], real[:10])


def wrong_detached_fake(fake, real):
    return right_by_pdist(fake.detach(), real)


def wrong_a_number(fake, real):
    return right_by_pdist(fake, real).item()


def wrong_plane_only(fake, real):
    return right_by_pdist(fake[:, :2], real[:, :2])


def wrong_in_double(fake, real):
    return right_by_pdist(fake.double(), real.double())


def wrong_half(fake, real):
    """cloud_half"""
    return right_by_pdist(fake, real) / 2


def wrong_mean_of_a_triangle(fake, real):
    """cloud_triangle_mean"""
    f = _apart(fake, fake).triu(diagonal=1).mean()
    r = _apart(real, real).triu(diagonal=1).mean()
    return 2 * _apart(fake, real).mean() - f - r


def wrong_copied_line(fake, real):
    """cloud_fake_twice"""
    n = len(fake)
    within_fake = _apart(fake, fake).sum() / (n * (n - 1))
    within_real = _apart(fake, fake).sum() / (n * (n - 1))
    return 2 * _apart(fake, real).mean() - within_fake - within_real


def wrong_common_size(fake, real):
    """cloud_cut_short"""
    n = min(fake.shape[0], real.shape[0])
    fake, real = fake[:n], real[:n]
    within = (_apart(fake, fake).sum() + _apart(real, real).sum()) / (n * (n - 1))
    return 2 * _apart(fake, real).mean() - within
