"""Exercise 08.outer_gradients, two losses and two gradients: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.func import grad, vmap

from metagan_course.answers.meta_gan import outer_gradients, play

from ..declare import Exercise, Observation, Unfit, mistakes
from .games import crossed, rate


def _case(n_tasks: int, n_steps: int) -> Callable:
    """T tasks: each a target that shifts the game; losses(phi, theta) plays it and judges."""

    def inputs(generator: torch.Generator) -> dict:
        gen_loss, disc_loss = crossed(generator)
        shift, alpha = torch.randn(n_tasks, 3, generator=generator), rate(generator)

        def one_task(phi: Tensor, theta: Tensor, shift: Tensor) -> tuple[Tensor, Tensor]:
            own = lambda phi, theta: gen_loss(phi + shift, theta)  # noqa: E731
            against = lambda theta, phi: disc_loss(theta, phi + shift)  # noqa: E731
            phi, theta = play(own, against, phi, theta, alpha, n_steps)
            return own(phi, theta), against(theta, phi)

        def losses(phi: Tensor, theta: Tensor) -> tuple[Tensor, Tensor]:
            return vmap(one_task, in_dims=(None, None, 0))(phi, theta, shift)

        start = {"phi": torch.randn(3, generator=generator), "theta": torch.randn(2, generator=generator)}
        return {"losses": losses, **start}

    return inputs


INPUTS = {
    "four tasks, one step": _case(4, 1),
    "three tasks, two steps": _case(3, 2),
    "seven tasks without a step": _case(7, 0),
    "two tasks, three steps": _case(2, 3),
}
_FORM = "outer_gradients should return two tensors, shaped like phi and like theta. Yours is {}."


def _seen(function: Callable, inputs: dict) -> Observation:
    found = function(**inputs)
    if (
        not isinstance(found, tuple | list)
        or len(found) != 2
        or not all(isinstance(x, Tensor) for x in found)
    ):
        raise Unfit(_FORM.format(type(found).__name__))
    return {name: x.detach() for name, x in zip(("phi's gradient", "theta's gradient"), found, strict=True)}


def _oracle(losses, phi, theta):
    """By two backward passes over fresh leaves."""
    phi, theta = phi.detach().clone().requires_grad_(), theta.detach().clone().requires_grad_()
    of_g, of_d = losses(phi, theta)
    (first,) = torch.autograd.grad(of_g.sum() / len(of_g), [phi], retain_graph=True)
    (second,) = torch.autograd.grad(of_d.sum() / len(of_d), [theta])
    return first, second


def _both(losses, phi, theta, number: Callable) -> tuple[Tensor, Tensor]:
    return grad(lambda phi, theta: number(*losses(phi, theta)), argnums=(0, 1))(phi, theta)


def _outer_one_sum(losses, phi, theta):
    """You differentiated the sum of both losses once. phi then also lowers D's loss and theta lowers G's:
    each player works for the other. Two losses need two gradients.
    """
    return _both(losses, phi, theta, lambda a, b: a.mean() + b.mean())


def _outer_sum_over_tasks(losses, phi, theta):
    """You summed over the tasks. The gradient is of the mean; a sum makes the step grow with the batch."""
    return grad(lambda p: losses(p, theta)[0].sum())(phi), grad(lambda t: losses(phi, t)[1].sum())(theta)


def _outer_one_task(losses, phi, theta):
    """You used the first task alone. The start has to serve all of them: take the mean over tasks."""
    return grad(lambda p: losses(p, theta)[0][0])(phi), grad(lambda t: losses(phi, t)[1][0])(theta)


def _outer_crossed(losses, phi, theta):
    """Each player has the slope of the other's loss. phi belongs to L_G, the first one, theta to L_D."""
    return grad(lambda p: losses(p, theta)[1].mean())(phi), grad(lambda t: losses(phi, t)[0].mean())(theta)


def _outer_all_of_g(losses, phi, theta):
    """Both are slopes of L_G, so D would learn to please G. theta's is that of L_D."""
    return _both(losses, phi, theta, lambda a, b: a.mean())


def _outer_all_of_d(losses, phi, theta):
    """Both are slopes of L_D, so G would learn to be caught. phi's is that of L_G."""
    return _both(losses, phi, theta, lambda a, b: b.mean())


def _outer_zero_sum(losses, phi, theta):
    """theta's gradient is minus that of L_G. Only in a zero-sum game is that L_D's, and here D has a loss of
    its own.
    """
    of_g = grad(lambda p: losses(p, theta)[0].mean())(phi)
    return of_g, -grad(lambda t: losses(phi, t)[0].mean())(theta)


def _outer_difference(losses, phi, theta):
    """You differentiated L_G minus L_D once. That is a sum of two losses as well: take each player's own."""
    return _both(losses, phi, theta, lambda a, b: a.mean() - b.mean())


def _outer_exchanged(losses, phi, theta):
    """Right, but in the other order. phi's gradient comes first."""
    return outer_gradients(losses, phi, theta)[::-1]


def _outer_downhill(losses, phi, theta):
    """Both have the wrong sign. Return the gradients; to step down is the optimiser's work."""
    of_g, of_d = outer_gradients(losses, phi, theta)
    return -of_g, -of_d


def _outer_worst_task(losses, phi, theta):
    """You differentiated the worst task's loss. That is a method of its own; asked for is the mean."""
    return grad(lambda p: losses(p, theta)[0].max())(phi), grad(lambda t: losses(phi, t)[1].max())(theta)


def _outer_half(losses, phi, theta):
    """Each gradient is half of what it should be. The mean is over the tasks of one loss, not over both
    players' losses.
    """
    of_g, of_d = outer_gradients(losses, phi, theta)
    return of_g / 2, of_d / 2


EXERCISE = Exercise(
    id="08.outer_gradients",
    title="two losses, two outer gradients",
    difficulty=1,
    minutes=6,
    reference=outer_gradients,
    inputs=INPUTS,
    oracle=_oracle,
    observe=_seen,
    verified="each start has the gradient of its own player's mean loss.",
    hints=(
        "losses(phi, theta) gives two tensors, one number a task each. Which of them does phi care for?",
        "Make a function of phi alone: losses(phi, theta)[0].mean(), and let grad differentiate it. The same "
        "for theta, with [1].",
        "`return grad(lambda p: losses(p, theta)[0].mean())(phi), "
        "grad(lambda t: losses(phi, t)[1].mean())(theta)`",
    ),
    mistakes=mistakes(
        _outer_one_sum,
        _outer_sum_over_tasks,
        _outer_one_task,
        _outer_crossed,
        _outer_all_of_g,
        _outer_all_of_d,
        _outer_zero_sum,
        _outer_difference,
        _outer_exchanged,
        _outer_downhill,
        _outer_worst_task,
        _outer_half,
    ),
)
