"""Answers to 12.borrowed as people write them: see tests/attack_exercises.py."""

import torch


def wide(generator):
    N, S, C, n, M, d = (1 + torch.randint(7, (6,), generator=generator)).tolist()

    def places(below):
        return torch.randint(below, (N, M), generator=generator)

    return {
        "support": torch.randn(N, S, d, generator=generator),
        "base": 9 * torch.randn(C, n, d, generator=generator),
        "point": places(S),
        "lender": places(C),
        "member": places(n),
    }


def right_pick_then_subtract(support, base, point, lender, member):
    rows = torch.arange(support.size(0)).unsqueeze(1)
    return support[rows, point] + base[lender, member] - base.mean(dim=1)[lender]


def right_gather(support, base, point, lender, member):
    d = support.shape[-1]
    own = torch.gather(support, 1, point.unsqueeze(-1).expand(-1, -1, d))
    centred = (base - base.mean(1, keepdim=True)).flatten(0, 1)
    return own + centred[lender * base.shape[1] + member]


def right_loops(support, base, point, lender, member):
    out = torch.empty(*point.shape, support.shape[2], dtype=support.dtype)
    means = base.mean(1)
    for i in range(point.shape[0]):
        for j in range(point.shape[1]):
            k = lender[i, j]
            out[i, j] = support[i, point[i, j]] + (base[k, member[i, j]] - means[k])
    return out


def right_class_by_class(support, base, point, lender, member):
    rows = []
    for s, p, who, which in zip(support, point, lender, member, strict=True):
        lent = base[who]  # (M, n, d)
        rows.append(s[p] + lent[torch.arange(len(who)), which] - lent.mean(1))
    return torch.stack(rows)


def right_one_hot(support, base, point, lender, member):
    pick = torch.nn.functional.one_hot(point, support.shape[1]).to(support.dtype)
    own = torch.einsum("nms,nsd->nmd", pick, support)
    return own + (base - base.sum(1, keepdim=True) / base.shape[1])[lender, member]


def right_take_along(support, base, point, lender, member):
    own = torch.take_along_dim(support, point[:, :, None], dim=1)
    return own.sub(base.mean(1)[lender]).add(base[lender, member])


def wrong_forgot_the_mean(support, base, point, lender, member):
    """not_centred"""
    rows = torch.arange(len(support))[:, None]
    return base[lender, member] + support[rows, point]


def wrong_global_mean(support, base, point, lender, member):
    """one_mean"""
    rows = torch.arange(len(support))[:, None]
    centre = base.flatten(0, 1).mean(0)
    return support[rows, point] + base[lender, member] - centre


def wrong_axis(support, base, point, lender, member):
    """mean_over_classes"""
    rows = torch.arange(len(support))[:, None]
    return support[rows, point] + (base - base.mean(0))[lender, member]


def wrong_class_mean(support, base, point, lender, member):
    """around_the_mean"""
    return support.mean(1)[:, None] + base[lender, member] - base.mean(1)[lender]


def wrong_recentred(support, base, point, lender, member):
    rows = torch.arange(len(support))[:, None]
    own = support[rows, point]
    return own - own.mean(1, keepdim=True) + (base - base.mean(1, keepdim=True))[lender, member]


def wrong_sign(support, base, point, lender, member):
    """minus"""
    rows = torch.arange(len(support))[:, None]
    return support[rows, point] - base[lender, member] + base.mean(1)[lender]


def wrong_delta_of_two(support, base, point, lender, member):
    """pairs"""
    rows = torch.arange(len(support))[:, None]
    other = (member + 1) % base.shape[1]
    return support[rows, point] + (base[lender, member] - base[lender, other])


def wrong_move_alone(support, base, point, lender, member):
    """only_the_move"""
    return base[lender, member] - base.mean(1)[lender]


def wrong_lender_and_member_exchanged(support, base, point, lender, member):
    """places_exchanged"""
    moves = base - base.mean(1, keepdim=True)
    rows = torch.arange(len(support))[:, None]
    return support[rows, point] + moves[member % len(base), lender % base.shape[1]]


def wrong_copies(support, base, point, lender, member):
    """nothing_moved"""
    return torch.take_along_dim(support, point[..., None], 1)


def wrong_scaled(support, base, point, lender, member):
    """standardised"""
    rows = torch.arange(len(support))[:, None]
    z = (base - base.mean(1, keepdim=True)) / base.std(1, keepdim=True)
    return support[rows, point] + z[lender, member]


def wrong_median(support, base, point, lender, member):
    """by_the_median"""
    rows = torch.arange(len(support))[:, None]
    return support[rows, point] + (base - base.median(1, keepdim=True).values)[lender, member]
