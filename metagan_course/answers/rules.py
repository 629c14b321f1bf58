"""What lesson 06 writes: a slope by rates, what a rule reads, a cut graph, a tuned rival, and a learned rule.

Not here: the landscapes that rules are raced on (valleys.py), their pictures (rule_figures.py).
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import grad

from metagan_course.inner import Loss
from metagan_course.steps import Step
from metagan_course.trees import tree_map
from metagan_course.weights import Params


def rate_gradient(loss: Loss, params: Params, rates: Params, support: Any, query: Any) -> Params:
    """d L_Q(w - alpha * g) / d alpha = -grad L_Q(w') * g, with g = grad L_S(w): one for each rate.

    rates: a rate for each weight, of its shape (Meta-SGD, Li et al. 2017, arXiv 1707.09835).
    """
    before = grad(loss)(params, support)
    after = grad(loss)({n: w - rates[n] * before[n] for n, w in params.items()}, query)
    return {n: -after[n] * before[n] for n in params}


def turn(gradient: Tensor, last: Tensor) -> Tensor:
    """r = g sign(l) / (|g| + |l|), coordinate by coordinate: g the gradient now, l the one before.

    From -1 to 1, the same for c g and c l. Near 1/2: nothing has changed; 0: it has arrived; below 0: it has
    stepped over. Where there was no gradient before, or is none now, r = 0.
    """
    total = gradient.abs() + last.abs()
    known = total > 0
    return torch.where(known, gradient * last.sign() / torch.where(known, total, 1), 0)


def cut_off(nest: Any) -> Any:
    """The same numbers, without the graph that made them: any nest of tensors, counters left alone."""
    return tree_map(lambda x: x.detach() if isinstance(x, Tensor) else x, nest)


def truncated_loss(
    move: Callable, judge: Callable[[Params], Tensor], weights: Params, state: Any, n_steps: int, cut: int
) -> Tensor:
    """(1/K) sum_k judge(w_k), with (w_k, state_k) = move(w_k-1, state_k-1), the graph cut every `cut` steps.

    The number is the same for each cut; the gradient sees what a step does to the next ones of its own piece.
    cut = 1 is one step of look-ahead (truncated backpropagation through time).
    """
    total = 0
    for k in range(n_steps):
        if k % cut == 0:
            weights, state = cut_off(weights), cut_off(state)
        weights, state = move(weights, state)
        total = total + judge(weights)
    return total / n_steps


def tuned_rival(score: Callable, trials: Sequence, choose_on: Any, report_on: Any) -> tuple[Any, Tensor]:
    """The trial with the best mean score on `choose_on`, and its mean score on `report_on`.

    score(trial, tasks) -> (T,), more is better; a run whose numbers ran out (NaN) is the worst there is.
    """

    def mean_score(trial, tasks):
        return score(trial, tasks).nan_to_num(nan=-math.inf, neginf=-math.inf).mean()

    best = max(trials, key=lambda trial: mean_score(trial, choose_on).item())
    return best, mean_score(best, report_on)


# --- rules -------------------------------------------------------------------------------------------------


class RateRule(nn.Module):
    """w' = w - exp(a) (g + mu (g - l)): a small network turns the rate exp(a) up or down as it goes.

    It reads how each coordinate's gradient turned in the last two steps, and answers with a change of a and
    with mu, the weight of what is new in g; all coordinates share psi. mu > 0 looks ahead (optimism), mu < 0
    looks back. memory: (a, l, the last turn), each of w's shape. `learned(rule, psi)` makes it a Step.
    """

    def __init__(self, alpha: float = 0.1, *, hidden: int = 16, read: Callable = turn):
        super().__init__()
        self.read = read
        self.start = nn.Parameter(torch.tensor(math.log(alpha)))
        self.net = nn.Sequential(nn.Linear(2, hidden), nn.Tanh(), nn.Linear(hidden, 2))
        nn.init.zeros_(self.net[2].weight)  # it begins as plain descent
        nn.init.zeros_(self.net[2].bias)

    def memory(self, w: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Nothing has happened yet: no change of rate, no gradient, no turn."""
        return torch.zeros_like(w), torch.zeros_like(w), torch.zeros_like(w)

    def forward(self, gradient: Tensor, memory: tuple[Tensor, ...]) -> tuple[Tensor, tuple[Tensor, ...]]:
        """gradient (...), memory -> change (...), memory."""
        a, last, turned = memory
        now = self.read(gradient, last)
        more, mu = self.net(torch.stack([now, turned], -1)).unbind(-1)  # each (...)
        a = a + more
        fresh = torch.where(last == 0, 0, gradient - last)  # what the last step changed
        return -(self.start + a).exp() * (gradient + mu * fresh), (a, gradient, now)


def momentum(alpha: float, mu: float) -> Step:
    """v' = mu v + g;  w' = w - alpha v' (Polyak's heavy ball)."""

    def update(weights, gradient, v):
        v = {n: mu * v[n] + g for n, g in gradient.items()}
        return {n: w - alpha * v[n] for n, w in weights.items()}, v

    return Step(update, lambda weights: {n: torch.zeros_like(w) for n, w in weights.items()})


def optimism(alpha: float, mu: float) -> Step:
    """w' = w - alpha (g + mu (g - l)), l the last gradient: steps from where the other player will be."""

    def update(weights, gradient, last):
        last = gradient if last is None else last
        return {
            n: w - alpha * (g + mu * (g - last[n]))
            for (n, w), g in zip(weights.items(), gradient.values(), strict=True)
        }, gradient

    return Step(update, lambda weights: None)
