"""The exercises of lesson 04, learning to learn: one file each, here in the order the notebooks ask them."""

from . import (
    exact_gradient,
    hessian_product,
    inner_step,
    maml_losses,
    order_matters,
    quadratic_gradients,
    reptile_gradient,
    slope_along,
)

EXERCISES = [
    quadratic_gradients.EXERCISE,  # 04a
    inner_step.EXERCISE,
    slope_along.EXERCISE,
    hessian_product.EXERCISE,
    exact_gradient.EXERCISE,
    maml_losses.EXERCISE,  # 04b
    order_matters.EXERCISE,
    reptile_gradient.EXERCISE,
]
