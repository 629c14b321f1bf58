"""Lesson 11's answer keys: four upgrades of a Meta-GAN, a function each, and two looks at a code.

A task encoder and its standardised code, meta batch norm, and the spread of all tasks' outputs, which
regularises G or D. In the package: nets.TaskEncoder, nets.parts.MetaBatchNorm, terms.output_spread. Not here:
the recipes that switch them on and off, and their judge (course/upgrade_runs.py).
"""

from collections.abc import Callable

import torch
from torch import Tensor

from metagan_course.nets import TaskEncoder

# --- what the exercises ask --------------------------------------------------------------------------------


def task_code(features: Callable[[Tensor], Tensor], support: Tensor, head: Tensor) -> Tensor:
    """c_t = W mean_s f(x_ts): Deep Sets (arXiv 1703.06114). support (T, S, d), head (C, n) -> (T, C)."""
    seen = features(support.flatten(0, 1)).unflatten(0, support.shape[:2])  # (T, S, n)
    return seen.mean(1) @ head.T


def standardised(codes: Tensor, eps: float = 1e-5) -> Tensor:
    """Every entry of the code with mean 0 and variance 1 over the T tasks: (T, C) -> (T, C)."""
    var, mean = torch.var_mean(codes, 0, correction=0)
    return (codes - mean) / (var + eps).sqrt()


def meta_batch_norm(x: Tensor, gain: Tensor, bias: Tensor, eps: float = 1e-5) -> Tensor:
    """y_t = (1 + gain_t) (x_t - mean_t) / sqrt(var_t + eps) + bias_t.

    x (T, B, C, H, W); mean and variance of each task's own channel; gain, bias (T, C) from its code.
    """
    var, mean = torch.var_mean(x, (1, 3, 4), correction=0, keepdim=True)  # (T, 1, C, 1, 1)
    gain, bias = gain[:, None, :, None, None], bias[:, None, :, None, None]
    return (1 + gain) * (x - mean) / (var + eps).sqrt() + bias


def output_spread(outputs: Tensor) -> Tensor:
    """mean_t,i (y_ti - mean_s y_si)^2: how far the tasks' networks differ on the same inputs. (T, N, ...)"""
    return (outputs - outputs.mean(0)).square().mean()


# --- a code, looked at -------------------------------------------------------------------------------------


def features_of(encoder: TaskEncoder) -> Callable[[Tensor], Tensor]:
    """f_psi of a picture, whatever axes stand before it: (..., 1, 28, 28) -> (..., n)."""
    return lambda x: encoder.trunk(x.reshape(-1, *x.shape[-3:])).unflatten(0, x.shape[:-3])


def in_common(codes: Tensor) -> Tensor:
    """The share of the codes that all tasks have in common: |mean_t c_t|^2 / mean_t |c_t|^2, (T, C) -> ()."""
    return codes.mean(0).square().sum() / codes.square().sum(1).mean()
