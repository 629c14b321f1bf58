"""The exercises of lesson 01, a game of two networks: one file each, in the order the notebook asks them."""

from . import discriminator_loss, generator_loss, generator_slopes, ring_of_modes, train_step

EXERCISES = [
    ring_of_modes.EXERCISE,
    discriminator_loss.EXERCISE,
    generator_loss.EXERCISE,
    train_step.EXERCISE,
    generator_slopes.EXERCISE,
]
