"""The exercises of lesson 06, learning the update rule: one file each, as the notebook asks them."""

from . import rate_gradient, truncated_loss, tuned_rival, turn

EXERCISES = [rate_gradient.EXERCISE, turn.EXERCISE, tuned_rival.EXERCISE, truncated_loss.EXERCISE]
