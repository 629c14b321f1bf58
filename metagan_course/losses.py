"""The losses of the two players, their penalties, and the VAE's bound.

Nothing here knows of networks, optimisers or loops: logits go in, a scalar comes out. A *logit* is the
number l(x) that a discriminator emits before any sigmoid; D(x) = sigmoid(l(x)) is always the probability.
We never compute log(sigmoid(l)). In single precision and in bfloat16 it is right down to l = -88, its slope
1.000; from -89 on the sigmoid is rounded to 0, the value is -inf and the slope NaN. In float16 the slope is
inf from -12 on. `logsigmoid(l)` is the same function and has no such place; and since 1 - sigmoid(l) =
sigmoid(-l), log(1 - D) is `logsigmoid(-l)`.

Notation: l_x = logits of real samples, l_y = logits of generated samples, E = mean over the batch.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.func import grad
from torch.nn.functional import binary_cross_entropy_with_logits, logsigmoid


class GANLoss(NamedTuple):
    """One loss for each player. Both are minimised; both take logits of any shape and return a scalar.

    discriminator(*, real, fake)      generator(*, fake, real=None)
    """

    discriminator: Callable[..., Tensor]
    generator: Callable[..., Tensor]


def minimax_discriminator(*, real: Tensor, fake: Tensor) -> Tensor:
    """L_D = -E log D(x) - E log(1 - D(G(z))): cross-entropy (Goodfellow et al. 2014, arXiv 1406.2661)."""
    return -logsigmoid(real).mean() - logsigmoid(-fake).mean()


def minimax_generator(*, fake: Tensor, real: Tensor | None = None) -> Tensor:
    """L_G = E log(1 - D(G(z))), the zero-sum game. dL_G/dl_y = -D(y) dies where the generator is poor."""
    return logsigmoid(-fake).mean()


def non_saturating_generator(*, fake: Tensor, real: Tensor | None = None) -> Tensor:
    """L_G = -E log D(G(z)). dL_G/dl_y = D(y) - 1 is strongest where the generator is poor (1406.2661)."""
    return -logsigmoid(fake).mean()


def least_squares_discriminator(*, real: Tensor, fake: Tensor) -> Tensor:
    """L_D = 1/2 E (l_x - 1)^2 + 1/2 E l_y^2 (LSGAN, Mao et al. 2016, arXiv 1611.04076, targets 0 and 1)."""
    return (real - 1).square().mean() / 2 + fake.square().mean() / 2


def least_squares_generator(*, fake: Tensor, real: Tensor | None = None) -> Tensor:
    """L_G = 1/2 E (l_y - 1)^2: pulls a fake back even from far on the right side of the boundary."""
    return (fake - 1).square().mean() / 2


def hinge_discriminator(*, real: Tensor, fake: Tensor) -> Tensor:
    """L_D = E max(0, 1 - l_x) + E max(0, 1 + l_y) (Lim & Ye 2017, arXiv 1705.02894): silent beyond the
    margin.
    """
    return torch.relu(1 - real).mean() + torch.relu(1 + fake).mean()


def hinge_generator(*, fake: Tensor, real: Tensor | None = None) -> Tensor:
    """L_G = -E l_y. The same as Wasserstein's; only the discriminators differ."""
    return -fake.mean()


def wasserstein_discriminator(*, real: Tensor, fake: Tensor) -> Tensor:
    """L_D = E l_y - E l_x (WGAN, Arjovsky et al. 2017, arXiv 1701.07875). Unbounded below: the slope of l
    must be held by something else, such as `gradient_penalty`.
    """
    return fake.mean() - real.mean()


def wasserstein_generator(*, fake: Tensor, real: Tensor | None = None) -> Tensor:
    """L_G = -E l_y."""
    return -fake.mean()


def relativistic_discriminator(*, real: Tensor, fake: Tensor) -> Tensor:
    """L_D = -E log sigmoid(l_x - l_y), the i-th real beside the i-th fake: "is this one more real than that
    one?"

    This is the *pairing* form, RpGAN (Jolicoeur-Martineau 2018, arXiv 1807.00734), the one R3GAN keeps
    (Huang et al. 2025, arXiv 2501.05441, with R1 and R2); not RaGAN, which compares with the batch's average.
    """
    _same_shape(real, fake)
    return -logsigmoid(real - fake).mean()


def relativistic_generator(*, fake: Tensor, real: Tensor | None = None) -> Tensor:
    """L_G = -E log sigmoid(l_y - l_x): the generator needs the real logits too."""
    if real is None:
        raise ValueError("relativistic_generator: real is None; this loss compares: pass real=disc(x) too")
    _same_shape(real, fake)
    return -logsigmoid(fake - real).mean()


GAN_LOSSES: dict[str, GANLoss] = {
    "minimax": GANLoss(minimax_discriminator, minimax_generator),
    "non_saturating": GANLoss(minimax_discriminator, non_saturating_generator),
    "least_squares": GANLoss(least_squares_discriminator, least_squares_generator),
    "hinge": GANLoss(hinge_discriminator, hinge_generator),
    "wasserstein": GANLoss(wasserstein_discriminator, wasserstein_generator),
    "relativistic": GANLoss(relativistic_discriminator, relativistic_generator),
}


def gan_loss(name: str) -> GANLoss:
    """`GAN_LOSSES[name]`, with an error that lists the names there are."""
    if name not in GAN_LOSSES:
        raise ValueError(f"gan_loss: no loss is called {name!r}; choose one of {', '.join(GAN_LOSSES)}")
    return GAN_LOSSES[name]


# --- penalties on the discriminator's slope ----------------------------------------------------------------
# disc is the function l of a batch, (B, ...) -> (B,) or (B, 1), that treats samples one by one: with batch
# normalisation in D the logit of one sample depends on the others, and "the slope at a sample" means nothing.


def squared_slopes(disc: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """|grad_x l(x_i)|^2 for each sample, over *all* its pixels and channels together. (B, ...) -> (B,)"""
    slope = grad(lambda x: disc(x).sum())(x)  # (B, ...), each sample's own: samples do not mix
    return slope.flatten(1).square().sum(1)  # flatten first, or an image has one norm a pixel


def r1_penalty(disc: Callable[[Tensor], Tensor], real: Tensor) -> Tensor:
    """R1 = 1/2 E |grad_x l(x)|^2 at real samples (Mescheder et al. 2018, arXiv 1801.04406).

    The loss is L_D + gamma R1: the 1/2 of the paper is inside. A linear l(x) = w.x has R1 = |w|^2 / 2.
    """
    return squared_slopes(disc, _batch(real, "r1_penalty: real")).mean() / 2


def r2_penalty(disc: Callable[[Tensor], Tensor], fake: Tensor) -> Tensor:
    """R2 = 1/2 E |grad_y l(y)|^2: R1's twin at generated samples (arXiv 1801.04406)."""
    return squared_slopes(disc, _batch(fake, "r2_penalty: fake")).mean() / 2


def gradient_penalty(disc: Callable[[Tensor], Tensor], *, real: Tensor, fake: Tensor, mix: Tensor) -> Tensor:
    """GP = E (|grad l(x^)| - 1)^2 at x^ = mix x + (1 - mix) G(z) (Gulrajani et al. 2017, arXiv 1704.00028).

    real, fake: (B, ...)   mix: (B,), uniform in [0, 1], one number a sample. The paper's weight is 10.
    """
    _same_shape(_batch(real, "gradient_penalty: real"), fake)
    if mix.shape != real.shape[:1]:
        raise ValueError(
            f"gradient_penalty: mix has shape {tuple(mix.shape)}, needs ({len(real)},), one number a sample"
        )
    mix = mix.reshape(-1, *[1] * (real.dim() - 1))  # (B, 1, ...)
    squared = squared_slopes(disc, mix * real + (1 - mix) * fake)  # (B,)
    norm = (squared + 1e-12).sqrt()  # the 1e-12 keeps the root differentiable where D is flat
    return (norm - 1).square().mean()


# --- the variational autoencoder ---------------------------------------------------------------------------


def gaussian_kl(*, mean: Tensor, log_var: Tensor) -> Tensor:
    """KL(N(mean, exp(log_var)) || N(0, 1)) = 1/2 sum (mean^2 + exp(log_var) - 1 - log_var). (B, Z) -> (B,)"""
    return (mean.square() + log_var.exp() - 1 - log_var).sum(-1) / 2


def elbo(*, logits: Tensor, target: Tensor, mean: Tensor, log_var: Tensor) -> Tensor:
    """ELBO = E [ log p(x | z) - KL(q(z | x) || p(z)) ], to be *maximised* (Kingma & Welling 2013, arXiv
    1312.6114).

    logits, target: (B, ...), pixels as Bernoulli with target in [0, 1]   mean, log_var: (B, Z) of q(z | x)
    """
    _same_shape(logits, target)
    log_likelihood = (
        -binary_cross_entropy_with_logits(logits, target, reduction="none").flatten(1).sum(1)
    )  # (B,)
    return (log_likelihood - gaussian_kl(mean=mean, log_var=log_var)).mean()


def _same_shape(a: Tensor, b: Tensor) -> None:
    """(B,) beside (B, 1) would broadcast to (B, B), silently: the commonest bug of a paired loss."""
    if a.shape != b.shape:
        raise ValueError(
            f"the two batches are compared entry by entry, but their shapes are {tuple(a.shape)} and "
            f"{tuple(b.shape)}; they must be equal (reshape or cut one of them)"
        )


def _batch(x: Tensor, name: str) -> Tensor:
    if x.dim() < 2 or len(x) == 0:
        raise ValueError(f"{name} has shape {tuple(x.shape)}, needs (B, ...) with B >= 1 and a feature axis")
    return x
