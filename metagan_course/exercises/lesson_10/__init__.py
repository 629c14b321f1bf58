"""The exercises of lesson 10, a model that initialises: one file each, as the notebook asks them."""

from . import aligned, barrier, emitted, memorised

EXERCISES = [barrier.EXERCISE, aligned.EXERCISE, memorised.EXERCISE, emitted.EXERCISE]
