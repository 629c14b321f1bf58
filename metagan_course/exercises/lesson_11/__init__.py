"""The exercises of lesson 11, four upgrades: one file each, here in the order the notebook asks them."""

from . import meta_batch_norm, output_spread, standardised, task_code

EXERCISES = [task_code.EXERCISE, standardised.EXERCISE, meta_batch_norm.EXERCISE, output_spread.EXERCISE]
