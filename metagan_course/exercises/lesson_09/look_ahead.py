"""Exercise 09.look_ahead, the loss after the step: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from metagan_course.answers.map_rules import look_ahead
from metagan_course.inner import slope
from metagan_course.steps import Step

from ..declare import DETACHED, Exercise, Observation, mistakes


@dataclass
class Bowl:
    """1/2 sum h (w - a)^2, and a term that depends on what stands still."""

    h: Tensor
    a: Tensor

    def __call__(self, weights):
        return (self.h * (weights["w"] - self.a).square()).sum() / 2 + weights["still"].sum()


@dataclass
class Rolling:
    """v' = mu v + g, w' = w - alpha v', psi = (alpha, mu); "still" stays."""

    psi: Tensor

    def step(self) -> Step:
        def update(weights, gradient, v):
            v = self.psi[1] * v + gradient["w"]
            return {**weights, "w": weights["w"] - self.psi[0] * v}, v

        return Step(update, lambda weights: torch.zeros_like(weights["w"]), lambda weights: ["w"])


def _case(n_steps: int, *, n: int = 3, rate: float = 0.3, dtype=torch.float32):
    def inputs(generator: torch.Generator) -> dict:
        def draw(shift=0.0):
            return shift + torch.randn(n, generator=generator, dtype=dtype)

        def bowl():
            return Bowl(0.5 + torch.rand(n, generator=generator, dtype=dtype), draw())

        psi = torch.tensor([rate, 0.6], dtype=dtype) + 0.1 * torch.rand(2, generator=generator, dtype=dtype)
        rolling = Rolling(psi)
        step = rolling.step()
        step.update.psi = rolling  # where the check finds what is learned
        weights = {"w": draw(3.0), "still": draw()}
        return dict(support_loss=bowl(), query_loss=bowl(), step=step, weights=weights, n_steps=n_steps)

    return inputs


INPUTS = {
    "one step": _case(1),
    "two steps": _case(2),
    "the three steps of this lesson": _case(3),
    "five steps of one number": _case(5, n=1),
    "a rate that throws the weights out": _case(3, rate=3.0),
    "numbers in double precision": _case(4, dtype=torch.float64),
}


def _seen(function, inputs) -> Observation:
    psi = inputs["step"].update.psi.psi
    psi.requires_grad_()
    result = function(**inputs)
    if not isinstance(result, Tensor) or result.dim():
        return {"the loss": result}
    if not result.requires_grad:
        return {"the loss": result.detach(), "its slope by psi": DETACHED}
    (slopes,) = torch.autograd.grad(result, psi, materialize_grads=True, allow_unused=True)
    return {"the loss": result.detach(), "its slope by psi": slopes}


def _walk(support_loss, step, weights, n_steps):
    """(w_0, ..., w_K), each gradient a constant."""
    state, path = step.init(weights), [weights]
    for _ in range(n_steps):
        gradient = slope(support_loss, step, weights, first_order=True)
        weights, state = step(weights, gradient, state)
        path.append(weights)
    return path


def _oracle(support_loss, query_loss, step, weights, n_steps):
    """By pencil: beside w and v go their slopes by alpha and mu, with each gradient held fixed."""
    psi = step.update.psi.psi
    alpha, mu = psi.detach()
    h, a, w = support_loss.h, support_loss.a, weights["w"]
    v, total, slopes = torch.zeros_like(w), 0, torch.zeros(2, dtype=w.dtype)
    dw = dv = torch.zeros(2, len(w), dtype=w.dtype)
    for _ in range(n_steps):
        dv = mu * dv + torch.stack([torch.zeros_like(v), v])
        v = mu * v + h * (w - a)
        dw = dw - alpha * dv - torch.stack([v, torch.zeros_like(v)])
        w = w - alpha * v
        total = total + query_loss({"w": w, "still": weights["still"]})
        slopes = slopes + dw @ (query_loss.h * (w - query_loss.a))
    return (total + slopes @ (psi - psi.detach())) / n_steps


def _on_support(support_loss, query_loss, step, weights, n_steps):
    """You judged by the support. A rule then learns to copy five drawings; the query's loss asks what they
    have in common with drawings it was not shown.
    """
    return look_ahead(support_loss, support_loss, step, weights, n_steps)


def _steps_on_query(support_loss, query_loss, step, weights, n_steps):
    """You stepped down the query's loss. On a new task nobody will have a query to step on: the gradient
    comes from the support.
    """
    return look_ahead(query_loss, query_loss, step, weights, n_steps)


def _exchanged(support_loss, query_loss, step, weights, n_steps):
    """The two losses have changed places. Step on the support, judge on the query."""
    return look_ahead(query_loss, support_loss, step, weights, n_steps)


def _before(support_loss, query_loss, step, weights, n_steps):
    """You judged before each step. The start's loss, which no psi can change, is then in the mean, and what
    the last step did is not.
    """
    return sum(query_loss(w) for w in _walk(support_loss, step, weights, n_steps)[:-1]) / n_steps


def _last_only(support_loss, query_loss, step, weights, n_steps):
    """You judged the last step alone. A rule may then do what it likes on the way, and somebody who stops
    after one step gets that: take the mean over all.
    """
    return query_loss(_walk(support_loss, step, weights, n_steps)[-1])


def _first_only(support_loss, query_loss, step, weights, n_steps):
    """You judged the first step alone. Nothing then asks what comes after, and such a rule comes apart at its
    second step.
    """
    return query_loss(_walk(support_loss, step, weights, n_steps)[1])


def _with_start(support_loss, query_loss, step, weights, n_steps):
    """You took the start into the mean. No psi can change its loss; K steps have K losses."""
    return sum(query_loss(w) for w in _walk(support_loss, step, weights, n_steps)) / (n_steps + 1)


def _summed(support_loss, query_loss, step, weights, n_steps):
    """You summed. With the mean, walks of one and of three steps weigh the same in an outer update."""
    return n_steps * look_ahead(support_loss, query_loss, step, weights, n_steps)


def _second_order(support_loss, query_loss, step, weights, n_steps):
    """The loss is right and its slope is the exact one: your gradients are differentiated too. Here each is a
    constant, which saves a second derivative through all of G.
    """
    state, total = step.init(weights), 0
    for _ in range(n_steps):
        weights, state = step(weights, slope(support_loss, step, weights), state)
        total = total + query_loss(weights)
    return total / n_steps


def _chain_cut(support_loss, query_loss, step, weights, n_steps):
    """The loss is right, and you cut the weights off after each step. What a step does to later ones is then
    invisible to psi: that is the short horizon of lesson 06.
    """
    state, total = step.init(weights), 0
    for _ in range(n_steps):
        weights = {n: w.detach() for n, w in weights.items()}
        state = state.detach()
        weights, state = step(weights, slope(support_loss, step, weights, first_order=True), state)
        total = total + query_loss(weights)
    return total / n_steps


def _weights_cut(support_loss, query_loss, step, weights, n_steps):
    """The loss is right, and you cut the weights off before each gradient, for the rest of the walk too. Only
    the gradient is a constant; the weights go on with their graph.
    """
    state, total = step.init(weights), 0
    for _ in range(n_steps):
        weights = {n: w.detach() for n, w in weights.items()}
        weights, state = step(weights, slope(support_loss, step, weights, first_order=True), state)
        total = total + query_loss(weights)
    return total / n_steps


def _no_graph(support_loss, query_loss, step, weights, n_steps):
    """The loss is right, and nothing leads from it to psi. Only the gradients are constants: do not detach
    the weights, and do not put the whole walk under no_grad.
    """
    return look_ahead(support_loss, query_loss, step, weights, n_steps).detach()


def _state_forgotten(support_loss, query_loss, step, weights, n_steps):
    """You gave each step a fresh state. The rule forgets what it did, and momentum is no longer momentum."""
    total = 0
    for _ in range(n_steps):
        gradient = slope(support_loss, step, weights, first_order=True)
        weights, _ = step(weights, gradient, step.init(weights))
        total = total + query_loss(weights)
    return total / n_steps


def _gradient_at_start(support_loss, query_loss, step, weights, n_steps):
    """You took the gradient once, at the start. Each step needs the one where it stands."""
    state, total = step.init(weights), 0
    gradient = slope(support_loss, step, weights, first_order=True)
    for _ in range(n_steps):
        weights, state = step(weights, gradient, state)
        total = total + query_loss(weights)
    return total / n_steps


def _stays(support_loss, query_loss, step, weights, n_steps):
    """You judged the weights you began with. Keep what the step returns, and judge that."""
    state, total = step.init(weights), 0
    for _ in range(n_steps):
        _, state = step(weights, slope(support_loss, step, weights, first_order=True), state)
        total = total + query_loss(weights)
    return total / n_steps


def _both(support_loss, query_loss, step, weights, n_steps):
    """You added the support's loss. The rule is judged on drawings that it was not shown, and on these
    alone.
    """
    path = _walk(support_loss, step, weights, n_steps)[1:]
    return sum(query_loss(w) + support_loss(w) for w in path) / n_steps


def _gain(support_loss, query_loss, step, weights, n_steps):
    """You subtracted the loss at the start. Its slope by psi is the same; asked for is the loss itself."""
    return look_ahead(support_loss, query_loss, step, weights, n_steps) - query_loss(weights)


def _one_step_more(support_loss, query_loss, step, weights, n_steps):
    """You took one step too many. K steps from w_0 end at w_K."""
    return sum(query_loss(w) for w in _walk(support_loss, step, weights, n_steps + 1)[2:]) / n_steps


def _worst(support_loss, query_loss, step, weights, n_steps):
    """You took the largest loss. Then one step alone is trained, and the others only by the way: take the
    mean.
    """
    path = _walk(support_loss, step, weights, n_steps)[1:]
    return torch.stack([query_loss(w) for w in path]).max()


EXERCISE = Exercise(
    id="09.look_ahead",
    title="the loss after the step",
    difficulty=2,
    minutes=10,
    reference=look_ahead,
    inputs=INPUTS,
    oracle=_oracle,
    observe=_seen,
    verified="the loss and its slope by psi are right: gradients are constants, the chain of weights is not.",
    hints=(
        "A loop: gradient of the support's loss where you stand, a step, the query's loss where you are "
        "then. The mean of these.",
        "`slope(support_loss, step, weights, first_order=True)` is the gradient as a constant. "
        "`step.init(weights)` is the first state, `step(weights, gradient, state)` returns a pair.",
        "`gradient = slope(support_loss, step, weights, first_order=True); "
        "weights, state = step(weights, gradient, state); total = total + query_loss(weights)`, n_steps "
        "times; return `total / n_steps`.",
    ),
    mistakes=mistakes(
        _on_support,
        _steps_on_query,
        _exchanged,
        _before,
        _last_only,
        _first_only,
        _with_start,
        _summed,
        _second_order,
        _chain_cut,
        _weights_cut,
        _no_graph,
        _state_forgotten,
        _gradient_at_start,
        _stays,
        _both,
        _gain,
        _one_step_more,
        _worst,
    ),
)
