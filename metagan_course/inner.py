"""The inner loop: from the shared start to weights that fit one task, by K small steps.

Everything here is pure and written for ONE task: weights, data and noise go in, new weights come out, and
nothing else changes. To run all tasks at once, and for the outer loop's gradients, see outer.py. The loop
keeps the graph of its own steps, so the adapted weights are a differentiable function of the start, of the
step's rates, of the data.

Why torch.func.grad and never autograd.grad on live weights: when G moves, theta' has just been computed from
phi. The rule phi' = phi - alpha grad_phi L_G(phi, theta') means the *partial* derivative, theta' held fixed,
and `torch.func.grad` takes it. `autograd.grad(..., create_graph=True)` would follow theta' back into phi and
take another one, and D's next move would go wrong in the same way through phi': the two-player trap.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from torch import Tensor, nn
from torch.func import grad

from metagan_course.losses import gan_loss, r1_penalty
from metagan_course.steps import Step
from metagan_course.weights import Params, as_function, check_batch, check_params, detached

Loss = Callable[[Params, Any], Tensor]  # loss(params, data) -> scalar


def adapt(
    loss: Loss, params: Params, support: Any, step: Step, n_steps: int, *, first_order: bool = False
) -> Params:
    """K = n_steps times phi <- step(phi, grad_phi loss(phi, S)).

    The inner loop of MAML (Finn et al. 2017, arXiv 1703.03400). support: whatever `loss` takes, any nest of
    tensors. first_order: each inner gradient is a constant to the outer loop (FOMAML); the weights returned
    are the same numbers.
    """
    return _last(adapt_path(loss, params, support, step, n_steps, first_order=first_order))


def adapt_path(
    loss: Loss, params: Params, support: Any, step: Step, n_steps: int, *, first_order: bool = False
) -> Iterator[Params]:
    """The weights before the first step and after each one: n_steps + 1 values, made one at a time."""
    if n_steps < 0:
        raise ValueError(f"adapt: n_steps is {n_steps}, needs 0 or more (0 returns the start)")
    check_params(params, "adapt: params")
    check_batch(support, "adapt: support")
    return _path(loss, params, support, step, n_steps, first_order)


def _path(loss, params, support, step, n_steps, first_order):
    state = step.init(params)
    yield params
    for _ in range(n_steps):
        gradient = _gradient(loss, params, support, first_order=first_order)
        params, state = step(params, gradient, state)
        yield params


class Game(NamedTuple):
    """Two players' losses, own weights first: gen_loss(phi, theta, data, z), disc_loss(theta, phi, data, z).

    data: a task's support or query, any nest of tensors, a task code c among them if there is one
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
    A step of None: this player does not adapt.
    """
    return _last(adapt_game_path(game, gen, disc, support, noise, step_g, step_d, first_order=first_order))


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
    """(gen, disc) before the first move and after each pair of moves: K + 1 values, made one at a time."""
    if noise.dim() != 4 or noise.shape[1] != 2:
        raise ValueError(
            f"adapt_game: noise has shape {tuple(noise.shape)}, needs (K, 2, B, Z): D's and G's for each step"
        )
    check_params(gen, "adapt_game: gen")
    check_params(disc, "adapt_game: disc")
    check_batch(support, "adapt_game: support")
    return _game_path(game, gen, disc, support, noise, step_g, step_d, first_order)


def _game_path(game, gen, disc, support, noise, step_g, step_d, first_order):
    state_g = step_g.init(gen) if step_g else None
    state_d = step_d.init(disc) if step_d else None
    yield gen, disc
    for z_d, z_g in noise:  # each (B, Z)
        if step_d:
            gradient = _gradient(game.disc_loss, disc, gen, support, z_d, first_order=first_order)
            disc, state_d = step_d(disc, gradient, state_d)
        if step_g:
            gradient = _gradient(game.gen_loss, gen, disc, support, z_g, first_order=first_order)
            gen, state_g = step_g(gen, gradient, state_g)
        yield gen, disc


def _gradient(loss: Callable, params: Params, *rest: Any, first_order: bool) -> Params:
    """d loss / d params with everything in `rest` held fixed; a constant to the outer loop if first_order."""
    gradient = grad(loss)(params, *rest)
    return detached(gradient) if first_order else gradient


def _last(path: Iterator) -> Any:
    for value in path:  # noqa: B007 - only the current value is kept: 200 steps cost the memory of one
        pass
    return value


def gan_game(
    generator: nn.Module, discriminator: nn.Module, *, loss: str = "non_saturating", r1: float = 0.0
) -> Game:
    """The usual game of two modules: L_D + gamma R1 against L_G, gamma = `r1`, `loss` a name in GAN_LOSSES.

    data: real samples (B, ...), or a tuple (real, c, ...) whose rest goes to both networks as further inputs.
    """
    players, g, d = gan_loss(loss), as_function(generator), as_function(discriminator)

    def disc_loss(disc, gen, data, z):
        real, *context = data if isinstance(data, tuple) else (data,)
        fake = g(gen, z, *context)
        value = players.discriminator(real=d(disc, real, *context), fake=d(disc, fake, *context))
        return value + r1 * r1_penalty(lambda x: d(disc, x, *context), real) if r1 else value

    def gen_loss(gen, disc, data, z):
        real, *context = data if isinstance(data, tuple) else (data,)
        fake_logits = d(disc, g(gen, z, *context), *context)
        real_logits = d(disc, real, *context) if loss == "relativistic" else None  # no other loss asks for it
        return players.generator(fake=fake_logits, real=real_logits)

    return Game(gen_loss, disc_loss)
