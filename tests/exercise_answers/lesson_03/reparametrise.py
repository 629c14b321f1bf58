"""Answers to 03.reparametrise from outside the registry: see tests/attack_exercises.py."""

import torch

from metagan_course.exercises.declare import with_gradient

look = with_gradient("mean", "log_var")


def wide(generator):
    sizes = [(1,), (4, 3), (2, 3, 4)][int(torch.randint(3, (), generator=generator))]
    mean, log_var, noise = (torch.randn(sizes, generator=generator) for _ in range(3))
    return {"mean": 3 * mean, "log_var": 2 * log_var, "noise": 2 * noise}


def right_root(mean, log_var, noise):
    return mean + log_var.exp().sqrt() * noise


def right_half_power(mean, log_var, noise):
    return mean + log_var.exp() ** 0.5 * noise


def right_addcmul(mean, log_var, noise):
    return torch.addcmul(mean, torch.exp(0.5 * log_var), noise)


def right_named(mean, log_var, noise):
    std = (log_var * 0.5).exp()
    z = noise.mul(std)
    return z.add(mean)


def right_affine(mean, log_var, noise):
    moved = torch.distributions.transforms.AffineTransform(mean, torch.exp(log_var / 2), event_dim=0)
    return moved(noise)


def wrong_variance(mean, log_var, noise):
    """reparam_variance"""
    return mean + log_var.exp() * noise


def wrong_no_exp(mean, log_var, noise):
    """reparam_half_log_var"""
    return mean + 0.5 * log_var * noise


def wrong_log_var(mean, log_var, noise):
    """reparam_log_var"""
    return mean + noise * log_var


def wrong_mean(mean, log_var, noise):
    """reparam_mean_only"""
    return mean + 0 * log_var


def wrong_plain_noise(mean, log_var, noise):
    """reparam_noise_only"""
    return mean + noise


def wrong_minus(mean, log_var, noise):
    """reparam_inverse"""
    return mean + noise / log_var.exp().sqrt()


def wrong_no_mean(mean, log_var, noise):
    """reparam_without_mean"""
    return noise * torch.exp(0.5 * log_var)


def wrong_detached_scale(mean, log_var, noise):
    """reparam_scale_cut_off"""
    return mean + torch.exp(log_var.detach() / 2) * noise


def wrong_no_grad(mean, log_var, noise):
    """reparam_cut_off"""
    with torch.no_grad():
        return mean + torch.exp(log_var / 2) * noise


def wrong_quarter(mean, log_var, noise):
    return mean + torch.exp(log_var / 4) * noise


def wrong_two(mean, log_var, noise):
    return mean + 2 ** (log_var / 2) * noise


def wrong_softplus(mean, log_var, noise):
    return mean + torch.nn.functional.softplus(log_var) * noise


def wrong_double(mean, log_var, noise):
    return mean.double() + torch.exp(log_var.double() / 2) * noise
