"""Answers to 11.meta_batch_norm as people write them: see tests/attack_exercises.py."""

import torch
from torch.func import vmap
from torch.nn.functional import batch_norm, instance_norm


def right_means_by_hand(x, gain, bias, eps=1e-5):
    mean = x.mean((1, 3, 4), keepdim=True)
    var = (x - mean).pow(2).mean((1, 3, 4), keepdim=True)
    normal = (x - mean) * torch.rsqrt(var + eps)
    return (1 + gain)[:, None, :, None, None] * normal + bias[:, None, :, None, None]


def right_task_by_task(x, gain, bias, eps=1e-5):
    rows = []
    for one, g, b in zip(x, gain, bias, strict=True):
        rows.append(batch_norm(one, None, None, 1 + g, b, training=True, eps=eps))
    return torch.stack(rows)


def right_by_vmap(x, gain, bias, eps=1e-5):
    def one(x, g, b):
        var, mean = torch.var_mean(x, (0, 2, 3), correction=0, keepdim=True)
        return (1 + g[:, None, None]) * (x - mean) / (var + eps) ** 0.5 + b[:, None, None]

    return vmap(one)(x, gain, bias)


def right_channels_first(x, gain, bias, eps=1e-5):
    y = x.transpose(1, 2)  # (T, C, B, H, W)
    flat = y.flatten(2)
    var, mean = torch.var_mean(flat, -1, correction=0, keepdim=True)
    flat = (flat - mean) / torch.sqrt(var + eps) * (gain[..., None] + 1) + bias[..., None]
    return flat.reshape(y.shape).transpose(1, 2)


def right_instance_norm_of_tasks(x, gain, bias, eps=1e-5):
    y = x.transpose(1, 2).flatten(3)  # (T, C, B, H W)
    y = instance_norm(y, eps=eps).unflatten(3, x.shape[3:]).transpose(1, 2)
    return torch.einsum("tbchw,tc->tbchw", y, 1 + gain) + bias[:, None, :, None, None]


def right_scale_and_shift_folded(x, gain, bias, eps=1e-5):
    var, mean = torch.var_mean(x, (1, 3, 4), correction=0)  # (T, C)
    scale = (1 + gain) / (var + eps).sqrt()
    shift = bias - scale * mean
    return x * scale[:, None, :, None, None] + shift[:, None, :, None, None]


def right_in_double(x, gain, bias, eps=1e-5):
    y = x.double()
    y = y - y.mean((1, 3, 4), keepdim=True)
    y = y / (y.square().mean((1, 3, 4), keepdim=True) + eps).sqrt()
    wide = gain.double().view(len(x), 1, -1, 1, 1), bias.double().view(len(x), 1, -1, 1, 1)
    return (y + wide[0] * y + wide[1]).to(x.dtype)


def wrong_one_batch_norm(x, gain, bias, eps=1e-5):
    """norm_all_tasks"""
    y = batch_norm(x.flatten(0, 1), None, None, training=True, eps=eps).reshape(x.shape)
    return (1 + gain)[:, None, :, None, None] * y + bias[:, None, :, None, None]


def wrong_instance_norm(x, gain, bias, eps=1e-5):
    """norm_by_picture"""
    y = instance_norm(x.flatten(0, 1), eps=eps).reshape(x.shape)
    return (1 + gain)[:, None, :, None, None] * y + bias[:, None, :, None, None]


def wrong_gain_without_one(x, gain, bias, eps=1e-5):
    """norm_no_one"""
    var, mean = torch.var_mean(x, (1, 3, 4), correction=0, keepdim=True)
    return gain[:, None, :, None, None] * (x - mean) / (var + eps).sqrt() + bias[:, None, :, None, None]


def wrong_unbiased(x, gain, bias, eps=1e-5):
    """norm_unbiased"""
    var, mean = torch.var_mean(x, (1, 3, 4), keepdim=True)
    g, b = gain[:, None, :, None, None], bias[:, None, :, None, None]
    return (1 + g) * (x - mean) / (var + eps).sqrt() + b


def wrong_plain_batch_norm(x, gain, bias, eps=1e-5):
    """norm_plain"""
    var, mean = torch.var_mean(x, (1, 3, 4), correction=0, keepdim=True)
    return (x - mean) / (var + eps).sqrt() + 0 * gain.sum() + 0 * bias.sum()


def wrong_film_alone(x, gain, bias, eps=1e-5):
    """norm_no_normalising"""
    return x * (1 + gain[:, None, :, None, None]) + bias[:, None, :, None, None]


def wrong_shift_first(x, gain, bias, eps=1e-5):
    """norm_bias_scaled"""
    var, mean = torch.var_mean(x, (1, 3, 4), correction=0, keepdim=True)
    y = (x - mean) / (var + eps).sqrt()
    return (1 + gain[:, None, :, None, None]) * (y + bias[:, None, :, None, None])


def wrong_std(x, gain, bias, eps=1e-5):
    """norm_eps_outside"""
    y = (x - x.mean((1, 3, 4), keepdim=True)) / (x.std((1, 3, 4), correction=0, keepdim=True) + eps)
    return (1 + gain[:, None, :, None, None]) * y + bias[:, None, :, None, None]


def wrong_exchanged(x, gain, bias, eps=1e-5):
    """norm_exchanged"""
    return right_means_by_hand(x, bias, gain, eps)


def wrong_layer_norm(x, gain, bias, eps=1e-5):
    """norm_layer"""
    y = torch.nn.functional.layer_norm(x, x.shape[2:], eps=eps)
    return (1 + gain[:, None, :, None, None]) * y + bias[:, None, :, None, None]


def wrong_statistics_of_the_first_task(x, gain, bias, eps=1e-5):
    """norm_first_task"""
    var, mean = torch.var_mean(x[:1], (1, 3, 4), correction=0, keepdim=True)
    return (1 + gain[:, None, :, None, None]) * (x - mean) / (var + eps).sqrt() + bias[:, None, :, None, None]


def wrong_statistics_of_the_first_picture(x, gain, bias, eps=1e-5):
    """norm_first_picture"""
    var, mean = torch.var_mean(x[:, :1], (1, 3, 4), correction=0, keepdim=True)
    return (1 + gain[:, None, :, None, None]) * (x - mean) / (var + eps).sqrt() + bias[:, None, :, None, None]


def wrong_code_by_picture(x, gain, bias, eps=1e-5):
    if len(gain) != x.shape[1]:
        return right_means_by_hand(x, gain, bias, eps)
    var, mean = torch.var_mean(x, (1, 3, 4), correction=0, keepdim=True)
    return (1 + gain[None, :, :, None, None]) * (x - mean) / (var + eps).sqrt() + bias[None, :, :, None, None]


def wrong_exponential_gain(x, gain, bias, eps=1e-5):
    """norm_exponential"""
    var, mean = torch.var_mean(x, (1, 3, 4), correction=0, keepdim=True)
    y = (x - mean) / (var + eps).sqrt()
    return gain.exp()[:, None, :, None, None] * y + bias[:, None, :, None, None]


def wrong_detached(x, gain, bias, eps=1e-5):
    """norm_constants"""
    mean = x.detach().mean((1, 3, 4), keepdim=True)
    var = (x.detach() - mean).square().mean((1, 3, 4), keepdim=True)
    return (1 + gain[:, None, :, None, None]) * (x - mean) / (var + eps).sqrt() + bias[:, None, :, None, None]
