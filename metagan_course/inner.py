"""The inner loop: from the shared start to weights that fit one task, by K small steps.

Everything here is pure and written for ONE task: weights, data and noise go in, new weights come out, and
nothing else changes. To run all tasks at once, and for the outer loop's gradients, see outer.py and
metagan.py. The loop keeps the graph of its own steps, so the adapted weights are a differentiable function of
the start, of the step's rates, of the data.

Why torch.func.grad and never autograd.grad on live weights: when G moves, theta' has just been computed from
phi. The rule phi' = phi - alpha grad_phi L_G(phi, theta') means the *partial* derivative, theta' held fixed,
and `torch.func.grad` takes it. `autograd.grad(..., create_graph=True)` would follow theta' back into phi and
take another one, and D's next move would go wrong in the same way through phi': the two-player trap.

Not here: what a loss is made of (terms/), what a step does with a gradient (steps.py).
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.func import grad

from metagan_course.steps import Step
from metagan_course.weights import Params, check_batch, check_params

Loss = Callable[[Params, Any], Tensor]  # loss(params, data) -> scalar

# --- one player --------------------------------------------------------------------------------------------


def adapt(
    loss: Loss, params: Params, support: Any, step: Step, n_steps: int, *, first_order: bool = False
) -> Params:
    """K = n_steps times phi <- step(phi, grad_phi loss(phi, S)).

    The inner loop of MAML (Finn et al. 2017, arXiv 1703.03400). support: whatever `loss` takes, any nest of
    tensors. first_order: each inner gradient is a constant to the outer loop (FOMAML); the weights returned
    are the same numbers.
    """
    check_adapt(params, support, n_steps)
    state = step.init(params)
    for _ in range(n_steps):
        gradient = slope(loss, step, params, support, first_order=first_order)
        params, state = step(params, gradient, state)
    return params


def adapt_path(
    loss: Loss, params: Params, support: Any, step: Step, n_steps: int, *, first_order: bool = False
) -> Iterator[Params]:
    """`adapt` seen on its way: the weights before the first step and after each one, made one at a time."""
    check_adapt(params, support, n_steps)  # now, and not when the first value is asked for

    def path(params: Params) -> Iterator[Params]:
        state = step.init(params)
        yield params
        for _ in range(n_steps):
            gradient = slope(loss, step, params, support, first_order=first_order)
            params, state = step(params, gradient, state)
            yield params

    return path(params)


def slope(loss: Callable, step: Step, params: Params, *rest: Any, first_order: bool = False) -> Params:
    """d loss(params, *rest) / d what the step moves of params, everything else held fixed.

    first_order: nothing is recorded, so the gradient is a constant to the outer loop. No other line of the
    package decides that.
    """
    moving = {n: params[n] for n in step.moves(params)}
    with torch.set_grad_enabled(torch.is_grad_enabled() and not first_order):
        return grad(lambda moving: loss({**params, **moving}, *rest))(moving)


# --- two players -------------------------------------------------------------------------------------------


class Game(NamedTuple):
    """Two players' losses, own weights first: gen_loss(phi, theta, data, z), disc_loss(theta, phi, data, z).

    Anything with these two functions will do: terms.game makes one of a list of terms for each player.
    data: a task's support or query: its samples, or a dict of tensors by name with the samples as "x"
    z: (B, Z) noise
    """

    gen_loss: Callable[[Params, Params, Any, Tensor], Tensor]
    disc_loss: Callable[[Params, Params, Any, Tensor], Tensor]


def adapt_game(
    game: Game,
    gen: Params,
    disc: Params,
    support: Any,
    noise: Tensor,
    step_g: Step | None,
    step_d: Step | None,
    *,
    first_order: bool = False,
) -> tuple[Params, Params]:
    """K times theta <- step_d(theta, grad_theta L_D), then phi <- step_g(phi, grad_phi L_G) at the new theta.

    noise: (K, 2, B, Z); [k, 0] for D's k-th move, [k, 1] for G's.
    A step of None: this player stands still.
    """
    check_game(gen, disc, support, noise)
    state_g, state_d = step_g and step_g.init(gen), step_d and step_d.init(disc)
    for z_d, z_g in noise:  # each (B, Z)
        if step_d:
            gradient = slope(game.disc_loss, step_d, disc, gen, support, z_d, first_order=first_order)
            disc, state_d = step_d(disc, gradient, state_d)
        if step_g:
            gradient = slope(game.gen_loss, step_g, gen, disc, support, z_g, first_order=first_order)
            gen, state_g = step_g(gen, gradient, state_g)
    return gen, disc


def adapt_game_path(
    game: Game,
    gen: Params,
    disc: Params,
    support: Any,
    noise: Tensor,
    step_g: Step | None,
    step_d: Step | None,
    *,
    first_order: bool = False,
) -> Iterator[tuple[Params, Params]]:
    """`adapt_game` seen on its way: (gen, disc) before the first move and after each pair of moves.

    K + 1 values, made one at a time: what is judged after many numbers of steps needs no second run.
    """
    check_game(gen, disc, support, noise)

    def path(gen: Params, disc: Params) -> Iterator[tuple[Params, Params]]:
        state_g, state_d = step_g and step_g.init(gen), step_d and step_d.init(disc)
        yield gen, disc
        for z_d, z_g in noise:
            if step_d:
                gradient = slope(game.disc_loss, step_d, disc, gen, support, z_d, first_order=first_order)
                disc, state_d = step_d(disc, gradient, state_d)
            if step_g:
                gradient = slope(game.gen_loss, step_g, gen, disc, support, z_g, first_order=first_order)
                gen, state_g = step_g(gen, gradient, state_g)
            yield gen, disc

    return path(gen, disc)


# --- refusals ----------------------------------------------------------------------------------------------


def check_adapt(params: Params, support: Any, n_steps: int) -> None:
    """Refuse what would only show ten minutes later."""
    if n_steps < 0:
        raise ValueError(f"adapt: n_steps is {n_steps}, needs 0 or more (0 returns the start)")
    check_params(params, "adapt: params")
    check_batch(support, "adapt: support")


def check_game(gen: Params, disc: Params, support: Any, noise: Tensor) -> None:
    """The same for two players."""
    if noise.dim() != 4 or noise.shape[1] != 2:
        raise ValueError(
            f"adapt_game: noise has shape {tuple(noise.shape)}, needs (K, 2, B, Z): D's and G's for each step"
        )
    check_params(gen, "adapt_game: gen")
    check_params(disc, "adapt_game: disc")
    check_batch(support, "adapt_game: support")
