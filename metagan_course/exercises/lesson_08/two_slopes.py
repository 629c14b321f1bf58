"""Exercise 08.two_slopes, the partial and the total derivative: what it checks, hints at and recognises.

Looked at are both slopes and, of each, the gradient by phi: the outer loop differentiates once more. A
mistake is a wrong function; its docstring is the diagnosis.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.func import grad, jacrev

from metagan_course.answers.meta_gan import two_slopes

from ..declare import DETACHED, Exercise, Observation, Unfit, mistakes
from .games import dirac, points, rate, vectors
from .play_round import _mixed


def _case(draw: Callable, **more) -> Callable:
    """D's answer to phi: one step, or two, from a theta of its own."""

    def inputs(generator: torch.Generator, steps: int = 1) -> dict:
        game, alpha = draw(generator), rate(generator)
        disc_loss, start = game["disc_loss"], game["theta"]

        def disc_after(phi: Tensor) -> Tensor:
            theta = start
            for _ in range(more.get("steps", 1)):
                theta = theta - alpha * grad(disc_loss)(theta, phi)
            return theta

        return {"gen_loss": game["gen_loss"], "disc_after": disc_after, "phi": game["phi"]}

    return inputs


INPUTS = {
    "D after one step": _case(vectors),
    "D after two steps": _case(vectors, steps=2),
    "two numbers, lesson 02's smallest game": _case(dirac),
    "a generator and a discriminator of points": _case(points),
}
_FORM = "two_slopes should return two tensors shaped like phi: the partial and the total one. Yours is {}."


def _seen(function: Callable, inputs: dict) -> Observation:
    phi = inputs["phi"].requires_grad_()
    found = function(**inputs)
    if not isinstance(found, tuple | list) or len(found) != 2:
        raise Unfit(_FORM.format(type(found).__name__))
    if not all(isinstance(x, Tensor) and x.shape == phi.shape for x in found):
        raise Unfit(
            _FORM.format("a pair, of " + " and ".join(str(getattr(x, "shape", type(x))) for x in found))
        )
    seen: Observation = {}
    for name, x in zip(("the partial slope", "the total slope"), found, strict=True):
        seen[name] = x.detach()
        further = DETACHED
        if x.requires_grad:
            (further,) = torch.autograd.grad(_mixed(x), [phi], retain_graph=True, materialize_grads=True)
        seen[f"the gradient of {name} by phi"] = further
    return seen


def _oracle(gen_loss, disc_after, phi):
    """The chain rule written out, with D's whole Jacobian: total = partial + dtheta'/dphi^T dL_G/dtheta'."""
    theta = disc_after(phi)
    by_phi, by_theta = grad(gen_loss, argnums=(0, 1))(phi, theta)
    jacobian = jacrev(disc_after)(phi)  # (*theta, *phi)
    return by_phi, by_phi + torch.tensordot(by_theta, jacobian, dims=by_theta.dim())


def _slopes_exchanged(gen_loss, disc_after, phi):
    """Both are right and stand in the other order. The partial slope comes first."""
    return two_slopes(gen_loss, disc_after, phi)[::-1]


def _slopes_both_total(gen_loss, disc_after, phi):
    """Both of yours follow theta' into phi. For the partial one compute theta' first and hand it over as a
    second argument, which grad holds fixed.
    """
    total = two_slopes(gen_loss, disc_after, phi)[1]
    return total, total


def _slopes_both_partial(gen_loss, disc_after, phi):
    """Both of yours hold theta' fixed. The total slope is that of phi -> gen_loss(phi, disc_after(phi))."""
    partial = two_slopes(gen_loss, disc_after, phi)[0]
    return partial, partial


def _slopes_chain_alone(gen_loss, disc_after, phi):
    """Your second is what the total slope has *more* than the partial one, the way through theta'. The total
    slope is the sum of both ways.
    """
    partial, total = two_slopes(gen_loss, disc_after, phi)
    return partial, total - partial


def _slopes_chain_first(gen_loss, disc_after, phi):
    """Your first is the way through theta' alone. The partial slope is the other way: phi straight into the
    loss, theta' held fixed.
    """
    partial, total = two_slopes(gen_loss, disc_after, phi)
    return total - partial, total


def _slopes_partial_cut(gen_loss, disc_after, phi):
    """The numbers are right. But theta' was detached, so your partial slope no longer knows that theta' came
    from phi, and the outer loop, which differentiates once more, gets another gradient. Fixed in one slope is
    not cut for ever.
    """
    total = two_slopes(gen_loss, disc_after, phi)[1]
    return grad(gen_loss)(phi, disc_after(phi).detach()), total


def _slopes_both_cut(gen_loss, disc_after, phi):
    """The numbers are right and both slopes are constants. The outer loop differentiates through them: return
    them undetached.
    """
    partial, total = two_slopes(gen_loss, disc_after, phi)
    return partial.detach(), total.detach()


def _slopes_by_theta(gen_loss, disc_after, phi):
    """Your total slope lacks the straight way and takes D's reaction with the wrong sign. Let grad do it:
    differentiate the composed function of phi.
    """
    partial, total = two_slopes(gen_loss, disc_after, phi)
    return partial, partial - total


def _slopes_minus_chain(gen_loss, disc_after, phi):
    """The way through theta' has the wrong sign. The total slope is the partial one plus what comes through
    theta'.
    """
    partial, total = two_slopes(gen_loss, disc_after, phi)
    return partial, 2 * partial - total


def _slopes_descent(gen_loss, disc_after, phi):
    """Both have the wrong sign. Asked for are the slopes, not the step down."""
    partial, total = two_slopes(gen_loss, disc_after, phi)
    return -partial, -total


EXERCISE = Exercise(
    id="08.two_slopes",
    title="the partial derivative, and the total one",
    difficulty=2,
    minutes=8,
    reference=two_slopes,
    inputs=INPUTS,
    oracle=_oracle,
    observe=_seen,
    verified="both slopes are right, and both can be differentiated once more.",
    hints=(
        "Both are one line with torch.func.grad. Which argument does each line let vary?",
        "grad(gen_loss)(phi, theta) holds its second argument fixed. For the total slope differentiate a "
        "function of phi alone, in which theta' is computed inside.",
        "`partial = grad(gen_loss)(phi, disc_after(phi)); "
        "total = grad(lambda phi: gen_loss(phi, disc_after(phi)))(phi); return partial, total`",
    ),
    mistakes=mistakes(
        _slopes_exchanged,
        _slopes_both_total,
        _slopes_both_partial,
        _slopes_chain_alone,
        _slopes_chain_first,
        _slopes_partial_cut,
        _slopes_both_cut,
        _slopes_by_theta,
        _slopes_minus_chain,
        _slopes_descent,
    ),
)
