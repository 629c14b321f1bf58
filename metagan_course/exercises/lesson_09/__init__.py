"""The exercises of lesson 09, a learned optimiser for the generator: one file each, as the notebook asks."""

from . import chosen_trials, look_ahead, map_step, readings

EXERCISES = [map_step.EXERCISE, readings.EXERCISE, look_ahead.EXERCISE, chosen_trials.EXERCISE]
