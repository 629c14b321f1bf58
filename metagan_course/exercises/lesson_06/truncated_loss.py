"""Exercise 06.truncated_loss: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

from copy import deepcopy
from dataclasses import dataclass

import torch
from torch import Tensor

from metagan_course.answers.rules import cut_off, truncated_loss

from ..declare import DETACHED, Exercise, Observation, mistakes


@dataclass
class Ball:
    """A heavy ball in a valley: v' = mu v + h w, w' = w - alpha v'. psi = (alpha, mu) is what is learned.

    form: how the state is kept: in a dict with a counter, or in a pair inside a tuple.
    """

    h: Tensor
    psi: Tensor
    form: str = "dict"

    def __call__(self, weights, state):
        v = state["v"] if self.form == "dict" else state[1][0]
        v = self.psi[1] * v + self.h * weights["w"]
        state = {"v": v, "t": state["t"] + 1} if self.form == "dict" else ((), (v,))
        return {"w": weights["w"] - self.psi[0] * v}, state


@dataclass
class Height:
    """How high the ball lies: 1/2 h w^2, summed."""

    h: Tensor

    def __call__(self, weights):
        return (self.h * weights["w"].square()).sum() / 2


def _case(n_steps: int, cut: int, *, n: int = 3, form: str = "dict", dtype=torch.float32):
    def inputs(generator: torch.Generator) -> dict:
        h = 0.5 + torch.rand(n, generator=generator, dtype=dtype)
        psi = torch.tensor([0.3, 0.6], dtype=dtype) + 0.1 * torch.rand(2, generator=generator, dtype=dtype)
        v = torch.randn(n, generator=generator, dtype=dtype)  # the ball is moving already
        start = {"w": 1 + torch.rand(n, generator=generator, dtype=dtype)}
        state = {"v": v, "t": 0} if form == "dict" else ((), (v,))
        move, judge = Ball(h, psi, form), Height(h)
        return dict(move=move, judge=judge, weights=start, state=state, n_steps=n_steps, cut=cut)

    return inputs


INPUTS = {
    "a cut after every step": _case(5, 1),
    "a cut after every second step": _case(6, 2),
    "a last piece that is shorter": _case(7, 3, form="tuple"),
    "no cut at all": _case(6, 6),
    "pieces longer than the run": _case(4, 9, n=2),
    "the ten steps of this lesson": _case(10, 5, form="tuple", dtype=torch.float64),
}


def _seen(function, inputs) -> Observation:
    psi = inputs["move"].psi.requires_grad_()
    result = function(**inputs)
    if not isinstance(result, Tensor):
        return {"the loss": result}
    if not result.requires_grad or result.dim():
        return {"the loss": result.detach(), "its slope by psi": DETACHED}
    (slope,) = torch.autograd.grad(result, psi, materialize_grads=True)
    return {"the loss": result.detach(), "its slope by psi": slope}


def _oracle(move, judge, weights, state, n_steps, cut):
    """By pencil, forwards: beside w and v go their slopes by alpha and mu, and a cut sets those to 0.

    What comes back is a number whose gradient by psi is that slope.
    """
    h, psi = move.h, move.psi
    alpha, mu = psi.detach()
    w, v = weights["w"], state["v"] if move.form == "dict" else state[1][0]
    total, slope = torch.zeros((), dtype=h.dtype), torch.zeros(2, dtype=h.dtype)
    for k in range(n_steps):
        if k % cut == 0:
            dw = dv = torch.zeros(2, len(h), dtype=h.dtype)
        dv = mu * dv + h * dw + torch.stack([torch.zeros_like(v), v])
        v = mu * v + h * w
        dw = dw - alpha * dv - torch.stack([v, torch.zeros_like(v)])
        w = w - alpha * v
        total, slope = total + (h * w * w).sum() / 2, slope + (dw * h * w).sum(1)
    return (total + slope @ (psi - psi.detach())) / n_steps


def _never_cut(move, judge, weights, state, n_steps, cut):
    """The value is right, and nothing is cut. Your gradient runs through all steps whatever `cut` says."""
    return truncated_loss(move, judge, weights, state, n_steps, n_steps)


def _always_cut(move, judge, weights, state, n_steps, cut):
    """You cut after every step. That is one step of look-ahead; `cut` says how many steps a piece has."""
    return truncated_loss(move, judge, weights, state, n_steps, 1)


def _state_not_cut(move, judge, weights, state, n_steps, cut):
    """You cut the weights and not the state. Through the rule's memory the gradient still runs back to the
    first step, and so does the graph that has to be kept.
    """
    total = 0
    for k in range(n_steps):
        if k % cut == 0:
            weights = cut_off(weights)
        weights, state = move(weights, state)
        total = total + judge(weights)
    return total / n_steps


def _weights_not_cut(move, judge, weights, state, n_steps, cut):
    """You cut the state and not the weights. The gradient runs back to the first step along the weights."""
    total = 0
    for k in range(n_steps):
        if k % cut == 0:
            state = cut_off(state)
        weights, state = move(weights, state)
        total = total + judge(weights)
    return total / n_steps


def _only_the_end(move, judge, weights, state, n_steps, cut):
    """You judge the last step only. The pieces before the last cut then teach the rule nothing: judge after
    every step, and take the mean.
    """
    for k in range(n_steps):
        if k % cut == 0:
            weights, state = cut_off(weights), cut_off(state)
        weights, state = move(weights, state)
    return judge(weights)


def _summed(move, judge, weights, state, n_steps, cut):
    """You summed over the steps. The mean does not grow with K, so that one outer rate fits short runs and
    long ones.
    """
    return truncated_loss(move, judge, weights, state, n_steps, cut) * n_steps


def _judged_before(move, judge, weights, state, n_steps, cut):
    """You judge before each move. The start is then counted, which no rule can change, and the end is not."""
    total = 0
    for k in range(n_steps):
        if k % cut == 0:
            weights, state = cut_off(weights), cut_off(state)
        total = total + judge(weights)
        weights, state = move(weights, state)
    return total / n_steps


def _cut_before_judging(move, judge, weights, state, n_steps, cut):
    """You cut between a move and its judgement. What the last step of each piece did is then judged without a
    gradient: cut after judging, or before the next move.
    """
    total = 0 * move.psi.sum()
    for k in range(1, n_steps + 1):
        weights, state = move(weights, state)
        if k % cut == 0:
            weights, state = cut_off(weights), cut_off(state)
        total = total + judge(weights)
    return total / n_steps


def _fresh_state(move, judge, weights, state, n_steps, cut):
    """At each cut you begin with the first state again. A cut takes away the graph and leaves the numbers:
    the rule goes on with what it remembers.
    """
    first, total = state, 0
    for k in range(n_steps):
        if k % cut == 0:
            weights, state = cut_off(weights), deepcopy(cut_off(first))
        weights, state = move(weights, state)
        total = total + judge(weights)
    return total / n_steps


def _fresh_start(move, judge, weights, state, n_steps, cut):
    """At each cut you go back to the start. The pieces follow one another: the next begins where the last
    one ended, only its gradient does not go back there.
    """
    first, total = weights, 0
    for k in range(n_steps):
        if k % cut == 0:
            weights, state = cut_off(first), cut_off(state)
        weights, state = move(weights, state)
        total = total + judge(weights)
    return total / n_steps


def _last_piece_only(move, judge, weights, state, n_steps, cut):
    """Only the last steps have a gradient in yours. Each piece is to have its own: the graph is cut, the
    earlier judgements still count.
    """
    total = 0
    for k in range(n_steps):
        if k <= n_steps - cut:
            weights, state, total = cut_off(weights), cut_off(state), cut_off(total)
        weights, state = move(weights, state)
        total = total + judge(weights)
    return total / n_steps


def _tail_dropped(move, judge, weights, state, n_steps, cut):
    """You run whole pieces only. Where K is no multiple of `cut` the last steps are missing."""
    whole = n_steps // cut * cut or n_steps
    return truncated_loss(move, judge, weights, state, whole, cut)


def _cut_too_late(move, judge, weights, state, n_steps, cut):
    """Your pieces are one step too long. A piece ends after `cut` moves, so the graph is cut before move
    number cut + 1.
    """
    return truncated_loss(move, judge, weights, state, n_steps, cut + 1)


def _pieces_for_length(move, judge, weights, state, n_steps, cut):
    """You make `cut` pieces. `cut` is the length of a piece."""
    length = max(1, n_steps // cut)
    return truncated_loss(move, judge, weights, state, n_steps, length)


EXERCISE = Exercise(
    id="06.truncated_loss",
    title="a graph that is cut",
    difficulty=3,
    minutes=10,
    reference=truncated_loss,
    inputs=INPUTS,
    oracle=_oracle,
    observe=_seen,
    verified="loss and slope are right for short pieces, long ones, and a shorter last one.",
    hints=(
        "First without a cut: move, judge, add, n_steps times; divide by n_steps. Which two things does a "
        "move hand on to the next?",
        "cut_off(x) has the numbers of x without their graph, for weights and for state alike. Use it before "
        "move k whenever k % cut == 0, with k from 0.",
        "In the loop over k: if k % cut == 0, weights, state = cut_off(weights), cut_off(state); then "
        "weights, state = move(weights, state), and total = total + judge(weights). "
        "At the end total / n_steps.",
    ),
    mistakes=mistakes(
        _never_cut,
        _always_cut,
        _state_not_cut,
        _weights_not_cut,
        _only_the_end,
        _summed,
        _judged_before,
        _cut_before_judging,
        _fresh_state,
        _fresh_start,
        _last_piece_only,
        _tail_dropped,
        _cut_too_late,
        _pieces_for_length,
    ),
)
