"""The exercises of lesson 08, MAML Meta-GAN: one file each, here in the order the notebook asks them."""

from . import outer_gradients, play_round, trap_test, two_slopes

EXERCISES = [play_round.EXERCISE, two_slopes.EXERCISE, trap_test.EXERCISE, outer_gradients.EXERCISE]
