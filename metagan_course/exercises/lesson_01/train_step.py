"""Exercise 01.train_step: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

import torch
from torch import Tensor, nn

from metagan_course.answers.gan import train_step
from metagan_course.losses import GAN_LOSSES

from ..declare import Exercise, mistakes
from .logits import softplus


def _step_inputs(generator: torch.Generator) -> dict:
    gen = nn.Sequential(nn.Linear(2, 6), nn.Tanh(), nn.Linear(6, 2))
    disc = nn.Sequential(nn.Linear(2, 6), nn.Tanh(), nn.Linear(6, 1))
    return {
        "gen": gen,
        "disc": disc,
        "opt_gen": torch.optim.SGD(gen.parameters(), lr=0.5),
        "opt_disc": torch.optim.SGD(disc.parameters(), lr=0.5),
        "real": torch.randn(8, 2, generator=generator) + 2,
        "noise": torch.randn(2, 8, 2, generator=generator),
    }


def _weights(module: nn.Module) -> Tensor:
    return torch.cat([weight.detach().flatten() for weight in module.parameters()])


def _two_steps(function, inputs: dict) -> dict:
    """Where both players stand after two calls: the second shows gradients left over from the first."""
    gen, disc = inputs["gen"], inputs["disc"]
    phi, theta = _weights(gen), _weights(disc)
    losses = [function(**inputs) for _ in range(2)]
    return {
        "the length of the discriminator's way in two steps": (_weights(disc) - theta).norm(),
        "the length of the generator's way in two steps": (_weights(gen) - phi).norm(),
        "the discriminator's weights": _weights(disc),
        "the generator's weights": _weights(gen),
        "the pair of losses returned": losses[-1],
    }


PLAIN = GAN_LOSSES["non_saturating"]


def _move(optimiser, value: Tensor) -> float:
    optimiser.zero_grad()
    value.backward()
    optimiser.step()
    return value.item()


def _step_oracle(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """The same two moves by gradients of named parameters and no .grad at all."""
    theta, phi = list(disc.parameters()), list(gen.parameters())
    loss_d = softplus(-disc(real)).mean() + softplus(disc(gen(noise[0]))).mean()
    _descend(theta, torch.autograd.grad(loss_d, theta), opt_disc.param_groups[0]["lr"])
    loss_g = softplus(-disc(gen(noise[1]))).mean()
    _descend(phi, torch.autograd.grad(loss_g, phi), opt_gen.param_groups[0]["lr"])
    return loss_d.item(), loss_g.item()


@torch.no_grad()
def _descend(weights, slopes, lr: float) -> None:
    for weight, slope in zip(weights, slopes, strict=True):
        weight -= lr * slope


def _step_joint(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """L_D + L_G in one backward gives each player the other's gradient: the generator is also told to
    make the discriminator's task easy, and the two pulls nearly cancel. Two players need two backward
    calls, each followed by one player's step.
    """
    loss_d = loss.discriminator(real=disc(real), fake=disc(gen(noise[0])))
    loss_g = loss.generator(fake=disc(gen(noise[1])))
    opt_disc.zero_grad(), opt_gen.zero_grad()
    (loss_d + loss_g).backward()
    opt_disc.step(), opt_gen.step()
    return loss_d.item(), loss_g.item()


def _step_not_detached(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """The discriminator's backward ran on into the generator and left its gradient there, and the
    generator's step then used both. Cut the fakes off with .detach() in the discriminator's move, and
    call zero_grad right before each backward.
    """
    opt_disc.zero_grad(), opt_gen.zero_grad()
    loss_d = loss.discriminator(real=disc(real), fake=disc(gen(noise[0])))
    loss_d.backward()
    opt_disc.step()
    loss_g = loss.generator(fake=disc(gen(noise[1])))
    loss_g.backward()
    opt_gen.step()
    return loss_d.item(), loss_g.item()


def _step_no_zero_grad(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """PyTorch adds to .grad until you clear it, and here nobody does: the second step goes along the
    sum of all gradients so far. The generator's backward also fills the discriminator's .grad, so call
    zero_grad before every backward.
    """
    loss_d = loss.discriminator(real=disc(real), fake=disc(gen(noise[0]).detach()))
    loss_d.backward()
    opt_disc.step()
    loss_g = loss.generator(fake=disc(gen(noise[1])))
    loss_g.backward()
    opt_gen.step()
    return loss_d.item(), loss_g.item()


def _step_generator_first(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """Your generator moves first, against the discriminator of the step before. It is a legal game with
    another course; here, as in the paper, the discriminator looks first.
    """
    loss_g = _move(opt_gen, loss.generator(fake=disc(gen(noise[1]))))
    fake = gen(noise[0]).detach()
    return _move(opt_disc, loss.discriminator(real=disc(real), fake=disc(fake))), loss_g


def _step_simultaneous(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """Your generator's gradient was taken before the discriminator moved, so both play at once. Lesson 02
    shows what that costs: under the minimax loss such a game turns outwards where moves in turn only circle.
    """
    loss_g = loss.generator(fake=disc(gen(noise[1])))
    opt_gen.zero_grad()
    loss_g.backward()
    loss_d = _move(opt_disc, loss.discriminator(real=disc(real), fake=disc(gen(noise[0]).detach())))
    opt_gen.step()
    return loss_d, loss_g.item()


def _step_generator_detached(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """The generator's weights have not changed at all. Either its fakes were detached in its own move,
    which cuts the only path from the loss to the generator, or opt_gen.step() is missing.
    """
    loss_d = _move(opt_disc, loss.discriminator(real=disc(real), fake=disc(gen(noise[0]).detach())))
    return loss_d, _move(opt_gen, loss.generator(fake=disc(gen(noise[1]).detach())))


def _step_minus_discriminators(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """Your generator minimises -L_D, the zero-sum game, whose push dies when the discriminator is sure.
    loss.generator is the generator's own loss, and the game stops being zero-sum.
    """
    loss_d = _move(opt_disc, loss.discriminator(real=disc(real), fake=disc(gen(noise[0]).detach())))
    against = -loss.discriminator(real=disc(real), fake=disc(gen(noise[1])))
    return loss_d, _move(opt_gen, against)


def _step_same_noise(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """Both of your moves use noise[0]. The generator then trains on the very fakes the discriminator
    has just learnt to reject; noise[1] is its own fresh batch.
    """
    return train_step(gen, disc, opt_gen, opt_disc, real, noise[[0, 0]], loss)


EXERCISE = Exercise(
    id="01.train_step",
    title="one move of each player",
    difficulty=3,
    minutes=15,
    reference=train_step,
    inputs=_step_inputs,
    oracle=_step_oracle,
    observe=_two_steps,
    may_change=("gen", "disc", "opt_gen", "opt_disc"),
    cases=2,
    rtol=1e-3,
    verified="after two steps all weights stand where gradients taken one player at a time put them.",
    hints=(
        "Two moves, one after the other, each of the four lines you know: loss, zero_grad, backward, step.",
        "In the discriminator's move the fakes are data like any other: gen(noise[0]).detach(). In the "
        "generator's move nothing is detached, and the discriminator has already moved.",
        "loss_d = loss.discriminator(real=disc(real), fake=disc(gen(noise[0]).detach())), its three lines; "
        "then loss_g = loss.generator(fake=disc(gen(noise[1]))), its three lines; return both with .item().",
    ),
    mistakes=mistakes(
        _step_joint,
        _step_not_detached,
        _step_no_zero_grad,
        _step_generator_first,
        _step_simultaneous,
        _step_generator_detached,
        _step_minus_discriminators,
        _step_same_noise,
    ),
)
