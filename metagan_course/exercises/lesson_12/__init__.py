"""The exercises of lesson 12, generated data for learners: one file each, as the notebook asks them."""

from . import borrowed, mixed_loss, paired_gain, plus_one_loss

EXERCISES = [mixed_loss.EXERCISE, borrowed.EXERCISE, paired_gain.EXERCISE, plus_one_loss.EXERCISE]
