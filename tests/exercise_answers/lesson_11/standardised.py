"""Answers to 11.standardised as people write them: see tests/attack_exercises.py."""

import torch


def wide(generator):
    tasks, entries = torch.randint(2, 9, (2,), generator=generator).tolist()
    size = 10 ** (4 * torch.rand(entries, generator=generator) - 2)
    return {"codes": size * torch.randn(tasks, entries, generator=generator)}


def right_var_mean(codes, eps=1e-5):
    var, mean = torch.var_mean(codes, dim=0, unbiased=False)
    return (codes - mean) / torch.sqrt(var + eps)


def right_batch_norm(codes, eps=1e-5):
    return torch.nn.functional.batch_norm(codes, None, None, training=True, eps=eps)


def right_entry_by_entry(codes, eps=1e-5):
    columns = []
    for entry in codes.unbind(1):
        away = entry - entry.mean()
        columns.append(away / (away.pow(2).mean() + eps) ** 0.5)
    return torch.stack(columns, dim=1)


def right_rsqrt(codes, eps=1e-5):
    away = codes - codes.sum(0) / codes.shape[0]
    return away * torch.rsqrt((away * away).sum(0) / codes.shape[0] + eps)


def right_transposed(codes, eps=1e-5):
    rows = codes.T
    away = rows - rows.mean(1, keepdim=True)
    return (away / (away.square().mean(1, keepdim=True) + eps).sqrt()).T


def right_in_double(codes, eps=1e-5):
    x = codes.double()
    x = x - x.mean(0)
    return (x / (x.var(0, correction=0) + eps).sqrt()).to(codes.dtype)


def right_unbiased_put_right(codes, eps=1e-5):
    n = codes.shape[0]
    return (codes - codes.mean(0)) / (codes.var(0) * (n - 1) / n + eps).sqrt()


def right_layer_norm_of_the_other_side(codes, eps=1e-5):
    return torch.nn.functional.layer_norm(codes.T, (codes.shape[0],), eps=eps).T


def wrong_layer_norm(codes, eps=1e-5):
    """std_by_task"""
    return torch.nn.functional.layer_norm(codes, codes.shape[1:], eps=eps)


def wrong_std_as_torch_has_it(codes, eps=1e-5):
    """std_torch_std"""
    return (codes - codes.mean(0)) / (codes.std(0) + eps)


def wrong_std_and_eps(codes, eps=1e-5):
    """std_eps_outside"""
    return (codes - codes.mean(0)) / (codes.std(0, unbiased=False) + eps)


def wrong_all_numbers(codes, eps=1e-5):
    """std_over_everything"""
    return (codes - codes.mean()) / (codes.var(unbiased=False) + eps).sqrt()


def wrong_mean_only(codes, eps=1e-5):
    """std_only_centred"""
    return codes - codes.mean(dim=0, keepdim=True)


def wrong_scale_only(codes, eps=1e-5):
    """std_only_scaled"""
    return codes / torch.sqrt(codes.var(0, unbiased=False) + eps)


def wrong_rms(codes, eps=1e-5):
    """std_root_mean_square"""
    return codes * torch.rsqrt((codes**2).mean(0) + eps)


def wrong_statistics_detached(codes, eps=1e-5):
    """std_constants"""
    mean, var = codes.mean(0).detach(), codes.var(0, unbiased=False).detach()
    return (codes - mean) / (var + eps).sqrt()


def wrong_no_eps(codes, eps=1e-5):
    """std_eps_missing"""
    away = codes - codes.mean(0)
    return away / away.square().mean(0).sqrt()


def wrong_by_variance(codes, eps=1e-5):
    """std_variance"""
    return (codes - codes.mean(0)) / (codes.var(0, unbiased=False) + eps)


def wrong_only_the_mean_detached(codes, eps=1e-5):
    """std_mean_constant"""
    away = codes - codes.mean(0).detach()
    return away / (codes.var(0, correction=0) + eps).sqrt()


def wrong_only_the_variance_detached(codes, eps=1e-5):
    """std_variance_constant"""
    return (codes - codes.mean(0)) / (codes.var(0, correction=0).detach() + eps).sqrt()


def wrong_l2(codes, eps=1e-5):
    return torch.nn.functional.normalize(codes, dim=1)


def wrong_clamped(codes, eps=1e-5):
    """std_clamped"""
    return codes.clamp(-1, 1)


def wrong_softmax(codes, eps=1e-5):
    return codes.softmax(0)
