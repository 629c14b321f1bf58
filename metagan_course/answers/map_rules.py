"""Lesson 09's answer keys: what a rule for maps reads, the rule as a Step, its look-ahead loss, its rivals.

The weight that moves is one generator's code, 16 maps of 7x7, so its gradient is a picture of 16 maps too.
Not here: the generator, its tasks and what is measured on them (course/map_rule_runs.py).
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from metagan_course.inner import slope
from metagan_course.steps import Step
from metagan_course.weights import Params, as_function

Loss = Callable[[Params], Tensor]


def readings(gradient: Tensor, first: Tensor) -> Tensor:
    """g / rms(g), and one more map: log(rms(g) / rms(first)), the same number at every place.

    (C, H, W) twice -> (C + 1, H, W), the same for a g and a first, a > 0. Where g or first is 0 everywhere,
    the whole reading is 0.
    """
    rms, rms_first = gradient.square().mean(), first.square().mean()
    known = (rms > 0) & (rms_first > 0)
    rms, rms_first = torch.where(known, rms, 1).sqrt(), torch.where(known, rms_first, 1).sqrt()
    size = (rms / rms_first).log().expand(1, *gradient.shape[1:])
    return torch.cat([gradient / rms, size]) * known


def map_step(net: Callable[..., Tensor], shape: tuple[int, int, int] = (16, 7, 7)) -> Step:
    """c' = c + u, u = net(g, first, last, t): all in maps; first is the first gradient, last the last u.

    The state of a task is (first, last, t). Before the first step: (nothing yet, zeros, 0); then first = g.
    """

    def init(weights):
        return None, weights["code"].new_zeros(shape), 0

    def update(weights, gradient, state):
        first, last, t = state
        g = gradient["code"].reshape(shape)
        first = g if first is None else first
        u = net(g, first, last, t)
        return {**weights, "code": weights["code"] + u.reshape(weights["code"].shape)}, (first, u, t + 1)

    return Step(update, init, lambda weights: ["code"])


def look_ahead(support_loss: Loss, query_loss: Loss, step: Step, weights: Params, n_steps: int) -> Tensor:
    """(1/K) sum_k L_Q(w_k), w_k = step(w_k-1, grad L_S(w_k-1)), k = 1 ... K.

    Each gradient is a constant; what the step makes of it, and the chain w_1, w_2, ..., is differentiated.
    """
    state, total = step.init(weights), 0
    for _ in range(n_steps):
        gradient = slope(support_loss, step, weights, first_order=True)
        weights, state = step(weights, gradient, state)
        total = total + query_loss(weights)
    return total / n_steps


def chosen_trials(validation: Tensor, test: Tensor) -> tuple[Tensor, Tensor]:
    """For each t the trial with the lowest mean on validation, and that trial's mean on test.

    (trials, t, tasks) twice, lower is better -> (t,) whole numbers, (t,). A trial with a NaN never wins.
    """
    best = validation.mean(2).nan_to_num(nan=math.inf, posinf=math.inf).argmin(0)  # (t,)
    return best, test.mean(2)[best, torch.arange(test.shape[1])]


# --- rules -------------------------------------------------------------------------------------------------


class MapRule(nn.Module):
    """u = exp(s_t) (A_psi(readings, last, t) - 10 g): a plain step of rate 10 exp(s_t), and what psi adds.

    Two convolutions of 3x3, so that a place also reads its neighbours; a learned vector and a learned map of
    places for each of the first n_steps steps, of which later ones use the last. It begins as the step alone.
    """

    def __init__(self, maps: int = 16, *, hidden: int = 32, n_steps: int = 3, gain: float = 10.0):
        super().__init__()
        self.n_steps, self.gain = n_steps, gain
        self.rate = nn.Parameter(torch.zeros(n_steps))
        self.steps = nn.Parameter(torch.zeros(n_steps, hidden, 1, 1))
        self.places = nn.Parameter(torch.zeros(n_steps, maps, 7, 7))
        self.read = nn.Conv2d(2 * maps + 1, hidden, 3, padding=1)
        self.write = nn.Conv2d(hidden, maps, 3, padding=1)
        nn.init.zeros_(self.write.weight)
        nn.init.zeros_(self.write.bias)

    def forward(self, g: Tensor, first: Tensor, last: Tensor, t: int) -> Tensor:
        """Maps (C, 7, 7) of one task, and the step's number from 0 -> the update, (C, 7, 7)."""
        k = min(t, self.n_steps - 1)
        seen = readings(g, first)
        h = nn.functional.silu(self.read(torch.cat([seen, last])[None]) + self.steps[k])
        return self.rate[k].exp() * (self.write(h)[0] + self.places[k] - self.gain * g)


def learned_map_rule(network: nn.Module, psi: Params) -> Step:
    """The Step that a MapRule with weights psi makes."""
    rule = as_function(network)
    return map_step(lambda *seen: rule(psi, *seen))


def natural(alpha: float, beta: float) -> Step:
    """w' = w - alpha (g g^T + beta I)^-1 g = w - alpha g / (|g|^2 + beta), all moved weights as one vector.

    LOGAN's damped natural gradient with its rank-one Fisher (Wu et al. 2019, arXiv 1912.00953).
    """

    def update(weights, gradient, state):
        total = sum(g.square().sum() for g in gradient.values()) + beta
        return {n: w - alpha * gradient[n] / total for n, w in weights.items()}, state

    return Step(update)


def rates_by_step(logs: Tensor, factors: Tensor) -> Step:
    """w' = w - exp(logs + factors[t]) g: Meta-SGD for a code, a rate for each number and a factor a step."""

    def update(weights, gradient, t):
        rate = (logs + factors[min(t, len(factors) - 1)]).exp()
        return {**weights, "code": weights["code"] - rate * gradient["code"]}, t + 1

    return Step(update, lambda weights: 0, lambda weights: ["code"])
