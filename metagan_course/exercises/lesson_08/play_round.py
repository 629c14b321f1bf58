"""Exercise 08.play_round, the alternating inner loop's one round: what it checks, hints at and recognises.

Looked at are the new weights and what of the start they still know: the outer loop goes through the round. A
mistake is a wrong function; its docstring is the diagnosis.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.func import grad

from metagan_course.answers.meta_gan import play_round

from ..declare import DETACHED, Exercise, Observation, Unfit, mistakes
from .games import dirac, points, rate, vectors


def _case(draw: Callable, **more) -> Callable:
    def inputs(generator: torch.Generator) -> dict:
        return {**draw(generator, **more), "alpha_g": rate(generator), "alpha_d": 0.5 * rate(generator)}

    return inputs


INPUTS = {
    "two vectors": _case(vectors),
    "two numbers, lesson 02's smallest game": _case(dirac),
    "a generator and a discriminator of points": _case(points),
    "numbers in double precision": _case(vectors, dtype=torch.float64),
}
_FORM = "play_round should return two tensors, phi' and theta', shaped like phi and theta. Yours is {}."


def _mixed(x: Tensor) -> Tensor:
    """A sum in which no entry can pay for another."""
    return (x * torch.linspace(1, 2, max(1, x.numel()), dtype=x.dtype)[: x.numel()].reshape(x.shape)).sum()


def _seen(function: Callable, inputs: dict) -> Observation:
    given = {**inputs, "phi": inputs["phi"].requires_grad_(), "theta": inputs["theta"].requires_grad_()}
    found = function(**given)
    if not isinstance(found, tuple | list) or len(found) != 2:
        raise Unfit(_FORM.format(type(found).__name__))
    if not all(isinstance(x, Tensor) for x in found):
        raise Unfit(_FORM.format("a pair of " + " and ".join(type(x).__name__ for x in found)))
    seen: Observation = {}
    for name, x in zip(("phi'", "theta'"), found, strict=True):
        seen[name] = x.detach()
        slopes = (DETACHED, DETACHED)
        if x.requires_grad:
            leaves = [given["phi"], given["theta"]]
            slopes = torch.autograd.grad(_mixed(x), leaves, retain_graph=True, materialize_grads=True)
        seen |= {
            f"the gradient of {name} by {start}": s for start, s in zip(("phi", "theta"), slopes, strict=True)
        }
    return seen


def _oracle(gen_loss, disc_loss, phi, theta, alpha_g, alpha_d):
    """By backward passes, each on a fresh alias of what moves, so that nothing else is followed."""
    alias = theta.view_as(theta)
    (slope,) = torch.autograd.grad(disc_loss(alias, phi), alias, create_graph=True)
    theta = theta - alpha_d * slope
    alias = phi.view_as(phi)
    (slope,) = torch.autograd.grad(gen_loss(alias, theta), alias, create_graph=True)
    return phi - alpha_g * slope, theta


def _round_simultaneous(gen_loss, disc_loss, phi, theta, alpha_g, alpha_d):
    """G moves against the old theta: this is the simultaneous game. In the alternating one D has moved
    first, and G takes its slope at theta'.
    """
    return phi - alpha_g * grad(gen_loss)(phi, theta), theta - alpha_d * grad(disc_loss)(theta, phi)


def _round_generator_first(gen_loss, disc_loss, phi, theta, alpha_g, alpha_d):
    """G moves first and D answers. The round asked for is the other way round: D, then G against theta'."""
    phi = phi - alpha_g * grad(gen_loss)(phi, theta)
    return phi, theta - alpha_d * grad(disc_loss)(theta, phi)


def _round_total(gen_loss, disc_loss, phi, theta, alpha_g, alpha_d):
    """The two-player trap: G's slope follows theta' back into phi, from which D's step had computed it. The
    rule means the partial derivative, theta' held fixed. The outer loop may follow theta', this slope not.
    """
    moved = lambda phi: theta - alpha_d * grad(disc_loss)(theta, phi)  # noqa: E731
    return phi - alpha_g * grad(lambda phi: gen_loss(phi, moved(phi)))(phi), moved(phi)


def _round_constant_slopes(gen_loss, disc_loss, phi, theta, alpha_g, alpha_d):
    """The new weights are right and their slopes are constants: first order. The exact outer gradient passes
    through both slopes, so leave them undetached.
    """
    theta = theta - alpha_d * grad(disc_loss)(theta, phi).detach()
    return phi - alpha_g * grad(gen_loss)(phi, theta).detach(), theta


def _round_discriminator_cut(gen_loss, disc_loss, phi, theta, alpha_g, alpha_d):
    """The numbers are right, but theta' was detached before G moved: phi' no longer knows how it came about.
    Holding theta' fixed in G's slope is enough, and torch.func.grad of the first argument does that.
    """
    theta = theta - alpha_d * grad(disc_loss)(theta, phi)
    return phi - alpha_g * grad(gen_loss)(phi, theta.detach()), theta


def _round_all_cut(gen_loss, disc_loss, phi, theta, alpha_g, alpha_d):
    """The numbers are right, and nothing leads back to the start: the new weights are detached. Then no outer
    gradient reaches phi and theta.
    """
    phi, theta = play_round(gen_loss, disc_loss, phi, theta, alpha_g, alpha_d)
    return phi.detach(), theta.detach()


def _round_uphill(gen_loss, disc_loss, phi, theta, alpha_g, alpha_d):
    """Both players climb. Each loss is to be made smaller: subtract the slope."""
    theta = theta + alpha_d * grad(disc_loss)(theta, phi)
    return phi + alpha_g * grad(gen_loss)(phi, theta), theta


def _round_rates_exchanged(gen_loss, disc_loss, phi, theta, alpha_g, alpha_d):
    """The rates are exchanged. alpha_d is D's, alpha_g is G's."""
    return play_round(gen_loss, disc_loss, phi, theta, alpha_d, alpha_g)


def _round_one_rate(gen_loss, disc_loss, phi, theta, alpha_g, alpha_d):
    """Both players step with alpha_g. D has a rate of its own, alpha_d."""
    return play_round(gen_loss, disc_loss, phi, theta, alpha_g, alpha_g)


def _round_zero_sum(gen_loss, disc_loss, phi, theta, alpha_g, alpha_d):
    """G climbs D's loss. That is the zero-sum game; here G has a loss of its own, gen_loss(phi, theta')."""
    theta = theta - alpha_d * grad(disc_loss)(theta, phi)
    return phi + alpha_g * grad(disc_loss, argnums=1)(theta, phi), theta


def _round_one_sum(gen_loss, disc_loss, phi, theta, alpha_g, alpha_d):
    """Both descend the sum of the two losses, so each helps the other's loss along. Each player's slope is of
    its own loss alone.
    """
    both = lambda phi, theta: gen_loss(phi, theta) + disc_loss(theta, phi)  # noqa: E731
    theta = theta - alpha_d * grad(both, argnums=1)(phi, theta)
    return phi - alpha_g * grad(both)(phi, theta), theta


def _round_exchanged(gen_loss, disc_loss, phi, theta, alpha_g, alpha_d):
    """The right weights in the other order. Return phi' first, then theta'."""
    return play_round(gen_loss, disc_loss, phi, theta, alpha_g, alpha_d)[::-1]


def _round_only_d(gen_loss, disc_loss, phi, theta, alpha_g, alpha_d):
    """Only D has moved. A round is one move of each player."""
    return phi, theta - alpha_d * grad(disc_loss)(theta, phi)


EXERCISE = Exercise(
    id="08.play_round",
    title="one round of the alternating inner loop",
    difficulty=2,
    minutes=8,
    reference=play_round,
    inputs=INPUTS,
    oracle=_oracle,
    observe=_seen,
    verified="D moves first, G answers theta' by its partial slope, the outer gradient passes both.",
    hints=(
        "Two lines, D's move first. gen_loss wants phi first and disc_loss theta first, so each player's "
        "slope is that of the first argument.",
        "grad(disc_loss)(theta, phi) is D's slope: torch.func.grad differentiates by the first argument and "
        "holds the others fixed, whatever they were computed from.",
        "`theta = theta - alpha_d * grad(disc_loss)(theta, phi); "
        "phi = phi - alpha_g * grad(gen_loss)(phi, theta); return phi, theta`",
    ),
    mistakes=mistakes(
        _round_simultaneous,
        _round_generator_first,
        _round_total,
        _round_constant_slopes,
        _round_discriminator_cut,
        _round_all_cut,
        _round_uphill,
        _round_rates_exchanged,
        _round_one_rate,
        _round_zero_sum,
        _round_one_sum,
        _round_exchanged,
        _round_only_d,
    ),
)
