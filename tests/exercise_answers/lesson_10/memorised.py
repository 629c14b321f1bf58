"""Answers to 10.memorised as people write them: see tests/attack_exercises.py."""

import torch


def wide(generator):
    A, B, d = (2 + torch.randint(12, (3,), generator=generator)).tolist()
    kept = torch.randn(B, d, generator=generator)
    size = torch.rand((), generator=generator) * 2
    which = torch.randint(B, (A,), generator=generator)
    return {"made": kept[which] + size * torch.randn(A, d, generator=generator), "kept": kept}


def right_loops(made, kept):
    n = 0
    for x in made:
        far = (kept - x).norm(dim=1)
        i = int(far.argmin())
        others = torch.cat([kept[:i], kept[i + 1 :]])
        n += int(far[i] < (others - kept[i]).norm(dim=1).min())
    return torch.tensor(n / len(made))


def right_eye(made, kept):
    fellows = torch.cdist(kept, kept) + torch.eye(len(kept), dtype=kept.dtype) * 1e12
    d = torch.cdist(made, kept)
    i = d.argmin(dim=1)
    return (d.gather(1, i[:, None])[:, 0] < fellows.amin(1)[i]).double().mean().float()


def right_second_smallest(made, kept):
    two = (kept[:, None] - kept[None]).norm(dim=-1).topk(2, largest=False).values[:, 1]
    near = (made[:, None] - kept[None]).norm(dim=-1)
    value, place = near.min(dim=1)
    return torch.mean((value < two[place]).float())


def right_squares(made, kept):
    fellows = (kept[:, None] - kept).square().sum(-1)
    fellows[range(len(kept)), range(len(kept))] = float("inf")
    near = (made[:, None] - kept).square().sum(-1)
    return (near.min(1).values < fellows.min(1).values[near.argmin(1)]).float().mean()


def right_count(made, kept):
    near, which = torch.cdist(made, kept).min(1)
    apart = torch.cdist(kept, kept).kthvalue(2, dim=1).values
    return torch.count_nonzero(near < apart[which]) / len(made)


def wrong_self(made, kept):
    """with_itself"""
    near, which = torch.cdist(made, kept).min(dim=-1)
    return (near < torch.cdist(kept, kept).amin(dim=-1)[which]).float().mean()


def wrong_less_or_equal(made, kept):
    """tie_counts"""
    near, which = torch.cdist(made, kept).min(1)
    apart = torch.cdist(kept, kept).kthvalue(2, dim=1).values
    return (near <= apart[which]).float().mean()


def wrong_new_ones(made, kept):
    """not_share"""
    near, which = torch.cdist(made, kept).min(1)
    apart = torch.cdist(kept, kept).kthvalue(2, dim=1).values
    return (near >= apart[which]).float().mean()


def wrong_mean_yardstick(made, kept):
    """one_yardstick"""
    near = torch.cdist(made, kept).min(1).values
    return (near < torch.cdist(kept, kept).kthvalue(2, dim=1).values.mean()).float().mean()


def wrong_sum(made, kept):
    """counted"""
    near, which = torch.cdist(made, kept).min(1)
    apart = torch.cdist(kept, kept).kthvalue(2, dim=1).values
    return (near < apart[which]).float().sum()


def wrong_made_to_made(made, kept):
    """made_fellows"""
    near = torch.cdist(made, kept).min(1).values
    return (near < torch.cdist(made, made).kthvalue(2, dim=1).values).float().mean()


def wrong_coverage(made, kept):
    """from_kept"""
    near = torch.cdist(kept, made).min(1).values
    return (near < torch.cdist(kept, kept).kthvalue(2, dim=1).values).float().mean()


def wrong_distance(made, kept):
    """mean_distance"""
    return torch.cdist(made, kept).min(1).values.mean()


def wrong_ratio(made, kept):
    """mean_ratio"""
    near, which = torch.cdist(made, kept).min(1)
    apart = torch.cdist(kept, kept).kthvalue(2, dim=1).values
    return (near / apart[which]).mean()


def wrong_all_kept(made, kept):
    """any_of_them"""
    apart = torch.cdist(kept, kept).kthvalue(2, dim=1).values
    return (torch.cdist(made, kept) < apart).any(1).float().mean()


def wrong_threshold(made, kept):
    return (torch.cdist(made, kept).min(1).values < 0.1).float().mean()
