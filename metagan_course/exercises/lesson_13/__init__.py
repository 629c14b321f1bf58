"""The exercises of lesson 13, the capstone: one file each, here in the order the notebook asks them."""

from . import guess_interval, nearer_to_shown, on_the_sheet

EXERCISES = [on_the_sheet.EXERCISE, nearer_to_shown.EXERCISE, guess_interval.EXERCISE]
