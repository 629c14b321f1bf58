"""Answers to 03.recall from outside the registry: see tests/attack_exercises.py."""

import torch


def wide(generator):
    n, m = (int(torch.randint(7, 24, (), generator=generator)) for _ in range(2))
    d, k = (int(torch.randint(1, 6, (), generator=generator)) for _ in range(2))
    fake = 2 * torch.rand((), generator=generator) * torch.randn(n, d, generator=generator)
    return {"fake": fake, "real": torch.randn(m, d, generator=generator), "k": k}


def _apart(a, b):
    return (a[:, None] - b[None]).square().sum(-1).sqrt()


def right_by_sorting(*, fake, real, k=3):
    radii = _apart(fake, fake).sort(dim=1).values[:, k]
    return (_apart(real, fake) <= radii).any(dim=1).float().mean()


def right_by_topk(*, fake, real, k=3):
    radii = torch.cdist(fake, fake).topk(k + 1, dim=1, largest=False).values[:, -1]
    inside = torch.cdist(fake, real) <= radii[:, None]
    return inside.any(0).float().mean()


def right_without_itself(*, fake, real, k=3):
    own = _apart(fake, fake)
    own.fill_diagonal_(float("inf"))
    radii = own.kthvalue(k, dim=1).values
    return (_apart(real, fake) <= radii).float().amax(1).mean()


def right_in_loops(*, fake, real, k=3):
    radii = [sorted(float((a - b).square().sum()) for b in fake)[k] for a in fake]
    hit = [any(float((y - a).square().sum()) <= r for a, r in zip(fake, radii, strict=True)) for y in real]
    return torch.tensor(sum(hit) / len(hit))


def right_by_difference(*, fake, real, k=3):
    radii = torch.sort(_apart(fake, fake), dim=1)[0][:, k]
    nearest = (_apart(real, fake) - radii).min(dim=1).values
    return (nearest <= 0).to(fake.dtype).mean()


def wrong_kth_of_row(*, fake, real, k=3):
    """recall_self_counted"""
    radii = _apart(fake, fake).sort(dim=1).values[:, k - 1]
    return (_apart(real, fake) <= radii).any(1).float().mean()


def wrong_one_beyond(*, fake, real, k=3):
    """recall_one_more"""
    radii = _apart(fake, fake).sort(dim=1).values[:, k + 1]
    return (_apart(real, fake) <= radii).any(1).float().mean()


def wrong_exchanged(*, fake, real, k=3):
    """recall_precision"""
    return right_by_sorting(fake=real, real=fake, k=k)


def wrong_three(*, fake, real, k=3):
    """recall_fixed_k"""
    return right_by_sorting(fake=fake, real=real)


def wrong_axis(*, fake, real, k=3):
    """recall_share_of_balls"""
    radii = _apart(fake, fake).sort(dim=1).values[:, k]
    return (_apart(real, fake) <= radii).any(dim=0).float().mean()


def wrong_no_any(*, fake, real, k=3):
    """recall_mean_of_pairs"""
    radii = _apart(fake, fake).sort(dim=1).values[:, k]
    return (_apart(real, fake) <= radii).float().mean()


def wrong_every(*, fake, real, k=3):
    """recall_all_balls"""
    radii = _apart(fake, fake).sort(dim=1).values[:, k]
    return (_apart(real, fake) <= radii).all(1).float().mean()


def wrong_count(*, fake, real, k=3):
    """recall_counted"""
    return right_by_sorting(fake=fake, real=real, k=k) * len(real)


def wrong_max_radius(*, fake, real, k=3):
    radii = _apart(fake, fake).sort(dim=1).values[:, k].max()
    return (_apart(real, fake) <= radii).any(1).float().mean()


def wrong_strict(*, fake, real, k=3):
    """recall_open"""
    radii = _apart(fake, fake).sort(dim=1).values[:, k]
    return (_apart(real, fake) < radii).any(1).float().mean()


def wrong_half_balls(*, fake, real, k=3):
    radii = _apart(fake, fake).sort(dim=1).values[:, k] / 2
    return (_apart(real, fake) <= radii).any(1).float().mean()


def wrong_a_number(*, fake, real, k=3):
    return right_by_sorting(fake=fake, real=real, k=k).item()


def wrong_percent(*, fake, real, k=3):
    return 100 * right_by_sorting(fake=fake, real=real, k=k)
