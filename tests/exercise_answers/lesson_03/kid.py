"""Answers to 03.kid from outside the registry: see tests/attack_exercises.py."""

import torch


def wide(generator):
    n, m = (int(torch.randint(2, 30, (), generator=generator)) for _ in range(2))
    d = int(torch.randint(1, 20, (), generator=generator))
    scale = 2 * torch.rand((), generator=generator)
    fake = scale * torch.randn(n, d, generator=generator) + torch.rand((), generator=generator)
    return {"fake": fake, "real": torch.randn(m, d, generator=generator)}


def _k(a, b):
    return (a @ b.T / a.shape[-1] + 1) ** 3


def right_by_eye(fake, real):
    def within(x):
        off = ~torch.eye(len(x), dtype=torch.bool)
        return _k(x, x)[off].mean()

    return within(fake) + within(real) - 2 * _k(fake, real).mean()


def right_by_trace(fake, real):
    n, m = len(fake), len(real)
    a, b = _k(fake, fake), _k(real, real)
    first = (a.sum() - torch.trace(a)) / n / (n - 1)
    return first + (b.sum() - torch.trace(b)) / m / (m - 1) - 2 * _k(fake, real).sum() / n / m


def right_in_loops(fake, real):
    d = fake.shape[1]

    def mean(pairs):
        return torch.stack([(a.dot(b) / d + 1) ** 3 for a, b in pairs]).mean()

    def within(x):
        return mean([(x[i], x[j]) for i in range(len(x)) for j in range(len(x)) if i < j])

    return within(fake) + within(real) - 2 * mean([(a, b) for a in fake for b in real])


def right_by_triangle(fake, real):
    def within(x):
        i, j = torch.triu_indices(len(x), len(x), offset=1)
        return _k(x, x)[i, j].mean()

    return within(fake) - 2 * _k(fake, real).mean() + within(real)


def right_by_einsum(fake, real):
    def table(a, b):
        return torch.pow(1 + torch.einsum("id,jd->ij", a, b) / a.size(1), 3)

    def within(x):
        t = table(x, x).fill_diagonal_(0)
        return t.sum() / (len(x) ** 2 - len(x))

    return within(fake) + within(real) - table(fake, real).mean() * 2


def wrong_means_of_tables(fake, real):
    """kid_biased"""
    return _k(fake, fake).mean() - 2 * _k(fake, real).mean() + _k(real, real).mean()


def wrong_zeroed_diagonal(fake, real):
    """kid_squared_count"""
    inside = [_k(x, x).fill_diagonal_(0).mean() for x in (fake, real)]
    return sum(inside) - 2 * _k(fake, real).mean()


def wrong_one_cross(fake, real):
    """kid_without_two"""
    return right_by_eye(fake, real) + _k(fake, real).mean()


def wrong_square(fake, real):
    """kid_squared"""

    def k(a, b):
        return (a @ b.T / a.shape[1] + 1).square()

    def within(x):
        return (k(x, x).sum() - k(x, x).trace()) / (len(x) * (len(x) - 1))

    return within(fake) + within(real) - 2 * k(fake, real).mean()


def wrong_no_d(fake, real):
    """kid_not_divided"""
    scale = fake.shape[1] ** 0.5
    return right_by_eye(fake * scale, real * scale)


def wrong_negative(fake, real):
    """kid_upside_down"""
    return -right_by_eye(fake, real)


def wrong_relu(fake, real):
    """kid_clamped"""
    return torch.relu(right_by_eye(fake, real))


def wrong_root(fake, real):
    return right_by_eye(fake, real).abs().sqrt()


def wrong_a_number(fake, real):
    return right_by_eye(fake, real).item()


def wrong_first_four(fake, real):
    return right_by_eye(fake[:4], real[:4])


def wrong_cross_without_diagonal(fake, real):
    n = min(len(fake), len(real))
    cross = _k(fake[:n], real[:n]).fill_diagonal_(0).sum() / (n * (n - 1))
    return right_by_eye(fake, real) + 2 * _k(fake, real).mean() - 2 * cross


def wrong_gauss(fake, real):
    def k(a, b):
        return torch.exp(-torch.cdist(a, b).square() / 2)

    def within(x):
        return (k(x, x).sum() - len(x)) / (len(x) * (len(x) - 1))

    return within(fake) + within(real) - 2 * k(fake, real).mean()


def wrong_unit_length(fake, real):
    normed = [torch.nn.functional.normalize(x, dim=1) for x in (fake, real)]
    return right_by_eye(*normed)
