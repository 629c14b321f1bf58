"""The exercises of lesson 07, Reptile Meta-GAN: one file each, here in the order the notebook asks them."""

from . import adapt_each, reptile_step, resting_place, seen_and_unseen

EXERCISES = [
    resting_place.EXERCISE,
    reptile_step.EXERCISE,
    seen_and_unseen.EXERCISE,
    adapt_each.EXERCISE,
]
