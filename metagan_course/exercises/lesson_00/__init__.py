"""The exercises of lesson 00, start here: one file each, here in the order the notebook asks them."""

from . import energy_distance, gradient_step, log_probability, split_task

EXERCISES = [gradient_step.EXERCISE, energy_distance.EXERCISE, split_task.EXERCISE, log_probability.EXERCISE]
