"""Exercise 02.unrolled_loss: what it checks, hints at and recognises.

Looked at are the loss and its gradient by phi: the values of a look-ahead are right also where the gradient
does not go through it. A mistake is a wrong function; its docstring is the diagnosis.
"""

from collections.abc import Callable

import torch
from torch.func import grad

from metagan_course.answers.stability import unrolled_loss
from metagan_course.inner import adapt
from metagan_course.steps import sgd

from ..declare import Exercise, Unfit, mistakes
from .games import bilinear, logarithmic, numbers, strength, uneven


def _named(kind: Callable, a: float) -> tuple[Callable, Callable]:
    """The losses of two numbers, as losses of two dicts of weights."""
    gen, disc = kind(a)
    return (
        lambda phi, theta: gen(phi["w"], theta["w"]),
        lambda theta, phi: disc(theta["w"], phi["w"]),
    )


def _numbers(kind: Callable, k: int, dtype: torch.dtype = torch.float32) -> Callable:
    def inputs(generator: torch.Generator) -> dict:
        gen_loss, disc_loss = _named(kind, strength(generator))
        phi, theta = numbers(generator, 2).to(dtype)
        weights = {"phi": {"w": phi}, "theta": {"w": theta}}
        return {
            "gen_loss": gen_loss,
            "disc_loss": disc_loss,
            **weights,
            "k": k,
            "rate": 0.3 * strength(generator),
        }

    return inputs


def _network(generator: torch.Generator) -> dict:
    """A linear generator against a discriminator with a hidden layer; weights are matrices, with biases."""
    draw = lambda *shape: torch.randn(shape, generator=generator)  # noqa: E731
    x, z = draw(6, 2), draw(6, 2)
    soft = torch.nn.functional.softplus

    def D(theta, x):
        return torch.tanh(x @ theta["w1"] + theta["b1"]) @ theta["w2"]

    def G(phi):
        return z @ phi["w"] + phi["b"]

    return {
        "gen_loss": lambda phi, theta: soft(-D(theta, G(phi))).mean(),
        "disc_loss": lambda theta, phi: (soft(-D(theta, x)) + soft(D(theta, G(phi)))).mean(),
        "phi": {"w": draw(2, 2), "b": draw(2)},
        "theta": {"w1": draw(2, 3), "b1": draw(3), "w2": draw(3)},
        "k": 2,
        "rate": 0.5,
    }


def _loss_and_gradient(function: Callable, inputs: dict) -> dict:
    """The loss, and its gradient by phi as the games of this lesson take it: with torch.func.grad."""
    value = function(**inputs)
    if not isinstance(value, torch.Tensor):
        return {"the loss": value}
    rest = {name: part for name, part in inputs.items() if name != "phi"}
    try:
        slopes = grad(lambda phi: function(phi=phi, **rest))(inputs["phi"])
    except RuntimeError as error:
        raise Unfit(_NOT_IN_GRAD.format(" ".join(str(error).split())[:160])) from error
    seen = {"the loss": value.detach()}
    for name, slope in slopes.items():
        seen[f"its gradient by phi[{name!r}]"] = slope.detach()
    return seen


_NOT_IN_GRAD = (
    "Your function stops inside torch.func.grad, which takes the gradient by phi here and in the games "
    "below. Inside it there is no backward() and no torch.autograd.grad; torch.func.grad works. It said: {}"
)


def _oracle(gen_loss, disc_loss, phi, theta, k, rate):
    """Step by step, each slope by torch.func.vjp, no `adapt` and no Step."""
    for _ in range(k):
        value, back = torch.func.vjp(lambda t: disc_loss(t, phi), theta)
        (slope,) = back(torch.ones_like(value))
        theta = {name: theta[name] - rate * slope[name] for name in theta}
    return gen_loss(phi, theta)


def _plain(gen_loss, disc_loss, phi, theta, k, rate):
    """This is the plain loss L_G(phi, theta): nothing was unrolled. The discriminator should take its k steps
    first.
    """
    return gen_loss(phi, theta)


def _detached(gen_loss, disc_loss, phi, theta, k, rate):
    """The value is right and the gradient is not: between phi and theta_k the graph is cut (by detach,
    no_grad, .item(), or steps against a copy of phi). Then G sees where D ends, and not how its own move
    changes that, which is the point of looking ahead.
    """
    ahead = adapt(disc_loss, theta, phi, sgd(rate), k)
    return gen_loss(phi, {name: w.detach() for name, w in ahead.items()})


def _one_step_more(gen_loss, disc_loss, phi, theta, k, rate):
    """D takes one step too many. It is k steps, so range(k)."""
    return unrolled_loss(gen_loss, disc_loss, phi, theta, k=k + 1, rate=rate)


def _one_step_less(gen_loss, disc_loss, phi, theta, k, rate):
    """D takes one step too few. It is k steps, so range(k)."""
    return unrolled_loss(gen_loss, disc_loss, phi, theta, k=max(0, k - 1), rate=rate)


def _only_one_step(gen_loss, disc_loss, phi, theta, k, rate):
    """D takes one step, whatever k says. Repeat it k times, each from where the last one ended."""
    return unrolled_loss(gen_loss, disc_loss, phi, theta, k=1, rate=rate)


def _always_from_the_start(gen_loss, disc_loss, phi, theta, k, rate):
    """Every step takes its slope at the start theta: that is one long step. The i-th slope belongs to
    theta_i, where the last step ended.
    """
    slope = grad(disc_loss)(theta, phi)
    return gen_loss(phi, {name: theta[name] - k * rate * slope[name] for name in theta})


def _uphill(gen_loss, disc_loss, phi, theta, k, rate):
    """Your D steps uphill on its own loss. So G looks ahead to an opponent who gets worse."""
    return unrolled_loss(gen_loss, disc_loss, phi, theta, k=k, rate=-rate)


def _disc_minimises_gen_loss(gen_loss, disc_loss, phi, theta, k, rate):
    """Your D steps down L_G. It has a loss of its own: disc_loss(theta, phi)."""
    swapped = lambda theta, phi: gen_loss(phi, theta)  # noqa: E731
    return unrolled_loss(gen_loss, swapped, phi, theta, k=k, rate=rate)


def _generator_steps(gen_loss, disc_loss, phi, theta, k, rate):
    """You let the generator take the k steps. It is D that answers in G's imagination; G moves once,
    afterwards, by the gradient of what you return.
    """
    swapped = lambda phi, theta: gen_loss(phi, theta)  # noqa: E731
    return gen_loss(adapt(swapped, phi, theta, sgd(rate), k), theta)


def _disc_loss_returned(gen_loss, disc_loss, phi, theta, k, rate):
    """You return D's loss after its steps. G minimises its own: gen_loss(phi, theta_k)."""
    return disc_loss(adapt(disc_loss, theta, phi, sgd(rate), k), phi)


def _rate_forgotten(gen_loss, disc_loss, phi, theta, k, rate):
    """The rate is missing. Each step is rate times the slope."""
    return unrolled_loss(gen_loss, disc_loss, phi, theta, k=k, rate=1.0)


EXERCISE = Exercise(
    id="02.unrolled_loss",
    title="a generator that looks ahead",
    difficulty=3,
    minutes=12,
    reference=unrolled_loss,
    inputs={
        "two numbers and one step": _numbers(bilinear, 1),
        "two numbers and three steps": _numbers(logarithmic, 3),
        "losses that depend on everything, two steps": _numbers(uneven, 2),
        "no step at all": _numbers(uneven, 0),
        "networks with several weights": _network,
        "numbers in double precision": _numbers(uneven, 4, torch.float64),
    },
    oracle=_oracle,
    observe=_loss_and_gradient,
    verified="the loss after D's k steps, and its gradient by phi through all of them.",
    hints=(
        "theta_0 is theta. The next is theta_i minus rate times the slope of disc_loss(theta_i, phi).",
        "torch.func.grad(disc_loss)(theta, phi) is a dict like theta. Build a new dict; detach nothing.",
        "`for _ in range(k): slope = grad(disc_loss)(theta, phi); theta = {n: theta[n] - rate * slope[n] "
        "for n in theta}`, and at the end return gen_loss(phi, theta)",
    ),
    mistakes=mistakes(
        _plain,
        _detached,
        _one_step_more,
        _one_step_less,
        _only_one_step,
        _always_from_the_start,
        _uphill,
        _disc_minimises_gen_loss,
        _generator_steps,
        _disc_loss_returned,
        _rate_forgotten,
    ),
)
