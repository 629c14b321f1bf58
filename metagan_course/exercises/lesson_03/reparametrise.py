"""Exercise 03.reparametrise: what it checks, hints at and recognises. A mistake is a wrong function."""

import torch
from torch import Tensor

from metagan_course.answers.scores import reparametrise

from ..declare import Exercise, mistakes, with_gradient


def _oracle(mean: Tensor, log_var: Tensor, noise: Tensor) -> Tensor:
    """By the standard deviation, a root of the variance, in double precision."""
    variance = log_var.double().exp()
    return (mean.double() + variance.sqrt() * noise.double()).to(mean.dtype)


def _codes(*shape: int, spread: float = 1.0, dtype: torch.dtype = torch.float32):
    def draw(generator: torch.Generator) -> dict:
        mean, log_var, noise = (torch.randn(shape, generator=generator, dtype=dtype) for _ in range(3))
        return {"mean": 1 + mean, "log_var": spread * (log_var - 0.5), "noise": noise + 0.3}

    return draw


CASES = {
    "codes of two entries": _codes(5, 2),
    "codes of sixteen entries": _codes(7, 16),
    "one single code": _codes(1, 4),
    "large and small variances": _codes(6, 3, spread=4.0),
    "double precision": _codes(3, 5, dtype=torch.float64),
    "codes of many pictures of many letters": _codes(2, 3, 4),
}


def reparam_variance(mean, log_var, noise):
    """You multiply the noise by the variance, exp(log_var). The standard deviation is its root, and the root
    of an exponential is half of the exponent.
    """
    return mean + torch.exp(log_var) * noise


def reparam_log_var(mean, log_var, noise):
    """You multiply the noise by log_var itself, the *logarithm* of the variance, which may be negative. Take
    the exponential of half of it.
    """
    return mean + log_var * noise


def reparam_half_log_var(mean, log_var, noise):
    """You multiply the noise by half of log_var. That is the logarithm of the standard deviation: the
    exponential is missing.
    """
    return mean + log_var / 2 * noise


def reparam_root_of_log(mean, log_var, noise):
    """You take the root of log_var, and a logarithm may be negative: NaN. The root belongs to the variance,
    exp(log_var).
    """
    return mean + torch.sqrt(log_var) * noise


def reparam_root_of_size(mean, log_var, noise):
    """You take the root of the size of log_var. The root belongs to the variance, exp(log_var)."""
    return mean + log_var.abs().sqrt() * noise


def reparam_inverse(mean, log_var, noise):
    """Your exponent has a minus, so that a code which is sure of itself is scattered the most. The standard
    deviation is exp(+ log_var / 2).
    """
    return mean + torch.exp(-log_var / 2) * noise


def reparam_double(mean, log_var, noise):
    """Your exponent is twice log_var where half of it belongs. The standard deviation is the root of the
    variance, and a root halves an exponent.
    """
    return mean + torch.exp(2 * log_var) * noise


def reparam_noise_only(mean, log_var, noise):
    """You add the noise as it comes. Then every code is as unsure as every other, and log_var learns nothing
    from the picture: scale the noise by the standard deviation.
    """
    return mean + noise


def reparam_mean_only(mean, log_var, noise):
    """You return the mean, without noise: that is a plain autoencoder. Its decoder never sees a code beside
    the means, and whoever samples there gets rubbish.
    """
    return mean.clone()


def reparam_without_mean(mean, log_var, noise):
    """The mean is missing. Every picture's code then lies around 0, and what the encoder saw is lost."""
    return torch.exp(log_var / 2) * noise


def reparam_minus(mean, log_var, noise):
    """You subtract the noise. The distribution is the same, the draw is another: two people with one noise
    would get different codes.
    """
    return mean - torch.exp(log_var / 2) * noise


def reparam_own_noise(mean, log_var, noise):
    """You draw noise of your own and leave the argument aside. With one noise the answer must be one code:
    only then can a run be repeated, and a gradient be checked.
    """
    return mean + torch.exp(log_var / 2) * torch.randn_like(mean)


def reparam_sampled(mean, log_var, noise):
    """You call `.sample()`, which is cut off from the mean and the variance: no gradient passes, and the
    encoder learns nothing. This is the very thing that writing the draw as mean plus scaled noise avoids.
    """
    return torch.distributions.Normal(mean, torch.exp(log_var / 2)).sample()


def reparam_cut_off(mean, log_var, noise):
    """The value is right, and no gradient comes back to the mean or to log_var. Detached from both, the
    encoder learns nothing.
    """
    return (mean + torch.exp(log_var / 2) * noise).detach()


def reparam_scale_cut_off(mean, log_var, noise):
    """The value is right, and the gradient reaches the mean only. With the standard deviation detached the
    encoder never learns how sure it may be.
    """
    return mean + torch.exp(log_var / 2).detach() * noise


def reparam_scaled_mean(mean, log_var, noise):
    """Your standard deviation multiplies the mean as well. Only the noise is scaled; the mean is where it is
    centred.
    """
    return torch.exp(log_var / 2) * (mean + noise)


def reparam_one_scale(mean, log_var, noise):
    """You use one standard deviation for all entries of a code. Each entry of each picture has its own."""
    return mean + torch.exp(log_var.mean() / 2) * noise


EXERCISE = Exercise(
    id="03.reparametrise",
    title="a draw that gradients pass through",
    difficulty=1,
    minutes=5,
    reference=reparametrise,
    inputs=CASES,
    oracle=_oracle,
    observe=with_gradient("mean", "log_var"),
    verified="the draw and its gradients by the mean and by the log variance are right.",
    hints=(
        "A draw from N(m, s^2) is m plus s times a draw from N(0, 1).",
        "log_var is v = log s^2, so s^2 = exp(v). What is the root of exp(v)?",
        "`torch.exp(log_var / 2)` is s. Mean plus s times noise.",
    ),
    mistakes=mistakes(
        reparam_variance,
        reparam_log_var,
        reparam_half_log_var,
        reparam_root_of_log,
        reparam_root_of_size,
        reparam_inverse,
        reparam_double,
        reparam_noise_only,
        reparam_mean_only,
        reparam_without_mean,
        reparam_minus,
        reparam_cut_off,
        reparam_scale_cut_off,
        reparam_scaled_mean,
        reparam_one_scale,
    ),
)
