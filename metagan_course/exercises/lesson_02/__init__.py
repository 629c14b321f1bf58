"""The exercises of lesson 02, why the game is hard: one file each, in the order the notebook asks them."""

from . import field_jacobian, game_field, r1_gradient, unrolled_loss

EXERCISES = [
    game_field.EXERCISE,
    field_jacobian.EXERCISE,
    r1_gradient.EXERCISE,
    unrolled_loss.EXERCISE,
]
