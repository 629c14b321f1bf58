"""One step of an ordinary GAN: each player moves by its own gradient, D first, whatever the loss."""

import copy

import pytest
import torch
from torch import nn
from torch.nn.functional import logsigmoid

from metagan_course.answers.gan import generator_slopes, train_step
from metagan_course.losses import GAN_LOSSES

ALPHA = 0.1


def networks():
    torch.manual_seed(1)
    gen = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 2)).double()
    disc = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1)).double()
    return gen, disc


def moved(player, value):
    """A copy of the player one plain gradient step down `value`, which was computed from the player."""
    slopes = torch.autograd.grad(value, list(player.parameters()))
    after = copy.deepcopy(player)
    with torch.no_grad():
        for weight, slope in zip(after.parameters(), slopes, strict=True):
            weight -= ALPHA * slope
    return after


@pytest.mark.parametrize("name", GAN_LOSSES)
def test_step_is_two_partial_gradients(name):
    gen, disc = networks()
    loss, real, noise = GAN_LOSSES[name], torch.randn(6, 2).double() + 1, torch.randn(2, 6, 2).double()
    expected_disc = moved(disc, loss.discriminator(real=disc(real), fake=disc(gen(noise[0]))))
    fake = expected_disc(gen(noise[1]))
    expected_gen = moved(gen, loss.generator(fake=fake, real=expected_disc(real)))
    opt_gen, opt_disc = (torch.optim.SGD(player.parameters(), ALPHA) for player in (gen, disc))
    losses = train_step(gen, disc, opt_gen, opt_disc, real, noise, loss)
    for player, expected in ((disc, expected_disc), (gen, expected_gen)):
        for mine, right in zip(player.parameters(), expected.parameters(), strict=True):
            torch.testing.assert_close(mine, right, rtol=1e-12, atol=1e-12)
    assert all(isinstance(value, float) for value in losses)


def test_a_second_step_starts_from_clean_gradients():
    gen, disc = networks()
    real, noise = torch.randn(6, 2).double(), torch.randn(2, 6, 2).double()
    opt_gen, opt_disc = (torch.optim.SGD(player.parameters(), ALPHA) for player in (gen, disc))
    for weight in [*gen.parameters(), *disc.parameters()]:
        weight.grad = torch.full_like(weight, 1e6)  # what someone else left there
    train_step(gen, disc, opt_gen, opt_disc, real, noise)
    assert all(weight.abs().max() < 10 for weight in [*gen.parameters(), *disc.parameters()])


def test_slopes_are_the_derivatives_of_the_losses():
    logit = torch.linspace(-40, 40, 81).double().requires_grad_()
    (minimax,) = torch.autograd.grad(logsigmoid(-logit).sum(), logit)
    (non_saturating,) = torch.autograd.grad(-logsigmoid(logit).sum(), logit)
    torch.testing.assert_close(generator_slopes(logit.detach()), (minimax, non_saturating))
