"""The exercises of lesson 14, debugging clinic: one file each, here in the order the notebook asks them."""

from . import diagnose, players_test, state_test, through_test

EXERCISES = [through_test.EXERCISE, players_test.EXERCISE, state_test.EXERCISE, diagnose.EXERCISE]
