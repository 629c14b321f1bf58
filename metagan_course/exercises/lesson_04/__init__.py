"""The exercises of lesson 04, learning to learn: one file each, here in the order the notebook asks them."""

from . import exact_gradient, inner_step, maml_losses, quadratic_gradients, reptile_gradient

EXERCISES = [
    quadratic_gradients.EXERCISE,
    inner_step.EXERCISE,
    exact_gradient.EXERCISE,
    maml_losses.EXERCISE,
    reptile_gradient.EXERCISE,
]
