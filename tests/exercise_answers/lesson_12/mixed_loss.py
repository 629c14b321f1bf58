"""Answers to 12.mixed_loss as people write them: see tests/attack_exercises.py."""

import torch
from torch import Tensor


def wide(generator):
    b, m = torch.randint(1, 40, (2,), generator=generator).tolist()
    share = torch.rand((), generator=generator).item()
    drawn = [torch.randn(k, generator=generator) * 3 for k in (b, m)]
    return {"real": drawn[0], "made": drawn[1], "share": share}


def right_by_weights(real, made, share):
    n, m = len(real), len(made)
    w = torch.ones(n + m, dtype=real.dtype)
    w[:n] = (1 - share) / n
    if m:
        w[n:] = share / m
    return (w * torch.cat((real, made))).sum()


def right_in_cases(real, made, share):
    if share == 0:
        return real.mean()
    if share == 1:
        return made.mean()
    return torch.mean(real) * (1 - share) + torch.mean(made) * share


def right_lerp(real, made, share):
    if made.numel() == 0:
        return real.mean() * (1 - share)
    return torch.lerp(real.mean(), made.mean(), share)


def right_sums(real, made, share):
    return (1 - share) * real.sum() / real.shape[0] + share * made.sum() / max(1, made.shape[0])


def right_moving_toward(real, made, share):
    r = real.mean()
    m = made.mean() if made.numel() > 0 else r * 0
    return r + share * (m - r)


def right_loop(real, made, share):
    total = 0.0
    for x in real:
        total = total + (1 - share) * x / len(real)
    for x in made:
        total = total + share * x / len(made)
    return total


def wrong_all_together(real, made, share):
    """pooled"""
    return torch.cat((real, made), dim=0).sum() / (len(real) + len(made))


def wrong_swapped(real, made, share):
    """exchanged"""
    made_mean = made.mean() if len(made) else 0.0
    return real.mean() * share + (1 - share) * made_mean


def wrong_penalty(real, made, share):
    """added_on_top"""
    if len(made) == 0:
        return real.mean()
    return real.mean() + made.mean() * share


def wrong_plain(real, made, share):
    """nan"""
    return real.mean() * (1.0 - share) + made.mean() * share


def wrong_summed(real, made, share):
    """sums"""
    return real.sum() * (1 - share) + made.sum() * share


def wrong_of_all(real, made, share):
    """one_count"""
    return ((1 - share) * real.sum() + share * made.sum()) / torch.cat([real, made]).numel()


def wrong_minus_made(real, made, share):
    """minus"""
    part = made.mean() if len(made) else torch.zeros(())
    return (1 - share) * real.mean() - share * part


def wrong_numbers(real, made, share):
    """detached"""
    value = (1 - share) * float(real.mean())
    if len(made):
        value = value + share * float(made.mean())
    return torch.tensor(value, dtype=real.dtype)


def wrong_real_forgotten(real, made, share):
    """only_made"""
    return share * made.mean() if len(made) else 0.0 * real.sum()


def wrong_twice(real, made, share):
    """doubled"""
    return 2 * ((1 - share) * real.mean() + share * (made.mean() if len(made) else 0))


def wrong_root(real, made, share):
    """roots"""
    m = made.mean() if len(made) else 0
    return (1 - share) ** 0.5 * real.mean() + share**0.5 * m


def wrong_largest(real, made, share):
    m = made.max() if len(made) else Tensor([0.0]).to(real.dtype)[0]
    return (1 - share) * real.mean() + share * m
