"""One GAN on one data set, with ordinary PyTorch modules and optimisers: the step of lessons 01 to 03.

Nothing here knows of tasks or meta-learning; there the same two moves are made on plain dicts of weights, so
that they can be differentiated (`inner.adapt_game`).
"""

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from metagan_course.losses import GAN_LOSSES, GANLoss


def generator_slopes(logit: Tensor) -> tuple[Tensor, Tensor]:
    """What each generator loss pushes a fake's logit l with. (B,) -> (B,), (B,)

    minimax:        d/dl  log(1 - sigmoid(l)) = -sigmoid(l)         dies where D(y) is near 0
    non-saturating: d/dl -log sigmoid(l)      =  sigmoid(l) - 1     dies where D(y) is near 1
    """
    probability = torch.sigmoid(logit)
    return -probability, probability - 1


def train_step(
    gen: nn.Module,
    disc: nn.Module,
    opt_gen: Optimizer,
    opt_disc: Optimizer,
    real: Tensor,
    noise: Tensor,
    loss: GANLoss = GAN_LOSSES["non_saturating"],
) -> tuple[float, float]:
    """One move of each player, discriminator first (Goodfellow et al. 2014, arXiv 1406.2661, algorithm 1).

    real: (B, ...)   noise: (2, B, Z), noise[0] for the discriminator's move and noise[1] for the generator's.
    theta <- theta - alpha grad_theta L_D(theta, phi), then phi <- phi - alpha grad_phi L_G(phi, new theta).
    """
    fake = gen(noise[0]).detach()  # the discriminator's move must not reach the generator
    loss_d = loss.discriminator(real=disc(real), fake=disc(fake))
    opt_disc.zero_grad()
    loss_d.backward()
    opt_disc.step()

    loss_g = loss.generator(fake=disc(gen(noise[1])), real=disc(real))
    opt_gen.zero_grad()
    loss_g.backward()  # also fills the discriminator's .grad: its zero_grad above throws that away
    opt_gen.step()
    return loss_d.item(), loss_g.item()
