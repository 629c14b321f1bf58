"""Answers to 13.nearer_to_shown as people write them: see tests/attack_exercises.py."""

import torch


def wide(generator):
    m, s, q, d = (int(torch.randint(1, 12, (), generator=generator)) for _ in range(4))
    shown, others = torch.randn(s, d, generator=generator), torch.randn(q, d, generator=generator)
    fake = torch.cat([shown, torch.randn(m, d, generator=generator)])
    return {"fake": fake, "shown": shown, "others": others}


def right_cdist(fake, shown, others):
    n = min(len(shown), len(others))
    a = torch.cdist(fake, shown[:n]).min(1).values
    b = torch.cdist(fake, others[:n]).min(1).values
    return (a < b).float().mean() + 0.5 * (a == b).float().mean()


def right_squares(fake, shown, others):
    n = min(shown.shape[0], others.shape[0])
    a = (fake[:, None] - shown[None, :n]).square().sum(-1).amin(1)
    b = (fake[:, None] - others[None, :n]).square().sum(-1).amin(1)
    return torch.where(a == b, 0.5, (a < b).float()).mean()


def right_in_a_loop(fake, shown, others):
    n = min(len(shown), len(others))
    total = 0.0
    for x in fake:
        a, b = (x - shown[:n]).norm(dim=1).min(), (x - others[:n]).norm(dim=1).min()
        total += 1.0 if a < b else 0.5 if a == b else 0.0
    return torch.tensor(total / len(fake))


def right_by_sign(fake, shown, others):
    n = min(len(shown), len(others))
    a, b = ((fake.unsqueeze(1) - x[:n]).pow(2).sum(2).sqrt().min(dim=1)[0] for x in (shown, others))
    return (torch.sign(b - a) + 1).mean() / 2


def right_heaviside(fake, shown, others):
    k = min(shown.size(0), others.size(0))
    gap = torch.cdist(fake, others[:k]).amin(1) - torch.cdist(fake, shown[:k]).amin(1)
    return torch.heaviside(gap, torch.tensor(0.5)).mean()


def wrong_everybody(fake, shown, others):
    """every_drawing_counted"""
    a, b = torch.cdist(fake, shown).amin(1), torch.cdist(fake, others).amin(1)
    return ((a < b).float() + 0.5 * (a == b).float()).mean()


def wrong_no_ties(fake, shown, others):
    """ties_to_nobody"""
    n = min(len(shown), len(others))
    return (torch.cdist(fake, shown[:n]).amin(1) < torch.cdist(fake, others[:n]).amin(1)).float().mean()


def wrong_everybody_no_ties(fake, shown, others):
    """everybody_and_no_ties"""
    return (torch.cdist(fake, shown).amin(1) < torch.cdist(fake, others).amin(1)).float().mean()


def wrong_le(fake, shown, others):
    """ties_to_the_copier"""
    n = min(len(shown), len(others))
    return (torch.cdist(fake, shown[:n]).amin(1) <= torch.cdist(fake, others[:n]).amin(1)).float().mean()


def wrong_round(fake, shown, others):
    n = min(len(shown), len(others))
    a, b = torch.cdist(fake, shown[:n]).amin(1), torch.cdist(fake, others[:n]).amin(1)
    return (((a < b).float() + 0.5 * (a == b).float()).mean() > 0.5).float()


def wrong_other_way(fake, shown, others):
    """honest_share"""
    n = min(len(shown), len(others))
    a, b = torch.cdist(fake, shown[:n]).amin(1), torch.cdist(fake, others[:n]).amin(1)
    return ((b < a).float() + 0.5 * (a == b).float()).mean()


def wrong_mean(fake, shown, others):
    """mean_distance"""
    n = min(len(shown), len(others))
    a, b = torch.cdist(fake, shown[:n]).mean(1), torch.cdist(fake, others[:n]).mean(1)
    return ((a < b).float() + 0.5 * (a == b).float()).mean()


def wrong_all_pairs(fake, shown, others):
    """every_pair"""
    n = min(len(shown), len(others))
    a, b = torch.cdist(fake, shown[:n]), torch.cdist(fake, others[:n])
    return ((a < b).float() + 0.5 * (a == b).float()).mean()


def wrong_cosine(fake, shown, others):
    n = min(len(shown), len(others))
    unit = torch.nn.functional.normalize
    a = (unit(fake, dim=1) @ unit(shown[:n], dim=1).T).amax(1)
    b = (unit(fake, dim=1) @ unit(others[:n], dim=1).T).amax(1)
    return ((a > b).float() + 0.5 * (a == b).float()).mean()


def wrong_manhattan(fake, shown, others):
    """along_the_axes"""
    n = min(len(shown), len(others))
    a, b = torch.cdist(fake, shown[:n], p=1).amin(1), torch.cdist(fake, others[:n], p=1).amin(1)
    return ((a < b).float() + 0.5 * (a == b).float()).mean()


def wrong_list(fake, shown, others):
    """one_by_one"""
    n = min(len(shown), len(others))
    a, b = torch.cdist(fake, shown[:n]).amin(1), torch.cdist(fake, others[:n]).amin(1)
    return (a < b).float() + (a == b).float() / 2


def wrong_number(fake, shown, others):
    """counted"""
    n = min(len(shown), len(others))
    a, b = torch.cdist(fake, shown[:n]).amin(1), torch.cdist(fake, others[:n]).amin(1)
    return ((a < b).float() + 0.5 * (a == b).float()).sum()


def wrong_last_ones(fake, shown, others):
    """the_last_ones"""
    n = min(len(shown), len(others))
    a, b = torch.cdist(fake, shown[-n:]).amin(1), torch.cdist(fake, others[-n:]).amin(1)
    return ((a < b).float() + 0.5 * (a == b).float()).mean()
