"""Exercise 02.game_field: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

from collections.abc import Callable

import torch
from torch.func import grad

from metagan_course.answers.stability import game_field

from ..declare import Exercise, Unfit, mistakes
from .games import bilinear, logarithmic, numbers, strength, uneven


def _inputs(kind: Callable, dtype: torch.dtype = torch.float32) -> Callable:
    def inputs(generator: torch.Generator) -> dict:
        gen_loss, disc_loss = kind(strength(generator))
        phi, theta = numbers(generator, 2).to(dtype)
        return {"gen_loss": gen_loss, "disc_loss": disc_loss, "phi": phi, "theta": theta}

    return inputs


def _vector(function, inputs: dict) -> dict:
    """The field; a pair of numbers is told to be stacked."""
    answer = function(**inputs)
    if isinstance(answer, tuple | list):
        raise Unfit(
            "Your function returns a pair; one tensor of shape (2,) is asked for: torch.stack([...])."
        )
    return {"result": answer}


def _oracle(gen_loss, disc_loss, phi, theta):
    """By central differences in double precision."""
    p, t, h = phi.double(), theta.double(), 1e-5
    of_gen = (gen_loss(p + h, t) - gen_loss(p - h, t)) / (2 * h)
    of_disc = (disc_loss(t + h, p) - disc_loss(t - h, p)) / (2 * h)
    return torch.stack([-of_gen, -of_disc]).to(phi.dtype)


def _uphill(gen_loss, disc_loss, phi, theta):
    """Both arrows point uphill. Each player goes *down* its own loss, so both derivatives get a minus."""
    return -game_field(gen_loss, disc_loss, phi, theta)


def _only_the_generator_down(gen_loss, disc_loss, phi, theta):
    """Your second number lacks its minus: the discriminator goes down L_D as the generator goes down L_G. A
    discriminator "goes up" only where one writes its gain instead of its loss.
    """
    return game_field(gen_loss, disc_loss, phi, theta) * torch.tensor([1.0, -1.0])


def _only_the_discriminator_down(gen_loss, disc_loss, phi, theta):
    """Your first number lacks its minus. The generator goes down L_G."""
    return game_field(gen_loss, disc_loss, phi, theta) * torch.tensor([-1.0, 1.0])


def _exchanged(gen_loss, disc_loss, phi, theta):
    """Your two numbers are right and in the other order. The generator's comes first, as phi does."""
    return game_field(gen_loss, disc_loss, phi, theta).flip(0)


def _one_loss(gen_loss, disc_loss, phi, theta):
    """Both of your numbers are derivatives of L_G. That is the slope of one landscape, and no player
    minimises it: the discriminator has a loss of its own.
    """
    slopes = grad(gen_loss, argnums=(0, 1))(phi, theta)
    return -torch.stack(slopes)


def _one_loss_of_disc(gen_loss, disc_loss, phi, theta):
    """Both of your numbers are derivatives of L_D. The generator has a loss of its own."""
    by_theta, by_phi = grad(disc_loss, argnums=(0, 1))(theta, phi)
    return -torch.stack([by_phi, by_theta])


def _of_the_sum(gen_loss, disc_loss, phi, theta):
    """You differentiated L_G + L_D by each number. If both players minimised the sum there would be no game;
    each derivative is of the own loss alone.
    """
    total = lambda p, t: gen_loss(p, t) + disc_loss(t, p)  # noqa: E731
    return -torch.stack(grad(total, argnums=(0, 1))(phi, theta))


def _losses_exchanged(gen_loss, disc_loss, phi, theta):
    """You took the generator's slope from L_D, the discriminator's from L_G. Each goes down its own loss."""
    return -torch.stack([grad(disc_loss, argnums=1)(theta, phi), grad(gen_loss, argnums=1)(phi, theta)])


def _order_ignored(gen_loss, disc_loss, phi, theta):
    """L_D was called with phi first. Each loss takes its *own* number first: disc_loss(theta, phi)."""
    return -torch.stack([grad(gen_loss)(phi, theta), grad(disc_loss, argnums=1)(phi, theta)])


def _own_is_first(gen_loss, disc_loss, phi, theta):
    """L_D was called with phi first, and its slope there taken for the discriminator's. Each loss takes its
    *own* number first: disc_loss(theta, phi).
    """
    return -torch.stack([grad(gen_loss)(phi, theta), grad(disc_loss)(phi, theta)])


EXERCISE = Exercise(
    id="02.game_field",
    title="where both players want to go",
    difficulty=1,
    minutes=6,
    reference=game_field,
    inputs={
        "the game of two bilinear losses": _inputs(bilinear),
        "the game with logarithms": _inputs(logarithmic),
        "two losses that depend on everything": _inputs(uneven),
        "numbers in double precision": _inputs(uneven, torch.float64),
    },
    oracle=_oracle,
    observe=_vector,
    verified="each number is the slope of the player's own loss by its own number, downhill, for losses that "
    "have nothing to do with each other.",
    hints=(
        "There are two derivatives: L_G by phi, and L_D by theta. Each player goes down its own.",
        "torch.func.grad(loss)(a, b) is the derivative of loss(a, b) by the first argument; b is held still.",
        "`return torch.stack([-grad(gen_loss)(phi, theta), -grad(disc_loss)(theta, phi)])`",
    ),
    mistakes=mistakes(
        _uphill,
        _only_the_generator_down,
        _only_the_discriminator_down,
        _exchanged,
        _one_loss,
        _one_loss_of_disc,
        _of_the_sum,
        _losses_exchanged,
        _order_ignored,
        _own_is_first,
    ),
    atol=1e-4,
)
