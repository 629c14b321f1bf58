"""Inner update rules: what one step does to the weights, given a gradient, and what of it is learned.

A `Step` is a value, not an object with a memory: what it remembers (Adam's moments, a learned rule's cells)
goes in and comes out as `state`, so each task starts with its own. Whatever a step is built from (rates, a
rule network's weights) may require a gradient. A `Rule` says which of that the outer loop learns.

Not here: where the gradient comes from (inner.py).
"""

import math
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from metagan_course.weights import Params, as_function, check_broadcasts, check_names, detached, params_of


def _no_state(weights: Params) -> Any:
    return ()


class Step(NamedTuple):
    """One update rule: (weights, gradient, state) -> (weights, state). init(weights) is the first state.

    moves: the names, among those of the weights, that it changes. The gradient holds these, and perhaps more.
    """

    update: Callable[[Params, Params, Any], tuple[Params, Any]]
    init: Callable[[Params], Any] = _no_state
    moves: Callable[[Params], Iterable[str]] = list

    def __call__(self, weights: Params, gradient: Params, state: Any) -> tuple[Params, Any]:
        """One step: the new weights, and the state that the next step needs."""
        return self.update(weights, gradient, state)


def sgd(lr: float | Tensor) -> Step:
    """w' = w - alpha g, one rate for all weights (a float, or a scalar tensor to be learned)."""

    def update(weights, gradient, state):
        if isinstance(lr, Tensor):
            return {n: w - lr * gradient[n] for n, w in weights.items()}, state
        # the same line in one pass over memory: a tenth of the time of a whole second-order step
        return {n: torch.sub(w, gradient[n], alpha=lr) for n, w in weights.items()}, state

    return Step(update)


def meta_sgd(rates: Params) -> Step:
    """w' = w - alpha * g, alpha learned by weight or by tensor (Meta-SGD, Li et al. 2017, arXiv 1707.09835).

    rates[name]: a scalar, or any shape that broadcasts to that weight's.
    """

    def init(weights):
        check_names(weights, rates, "meta_sgd: rates")
        for n, w in weights.items():
            check_broadcasts(rates[n], w, f"meta_sgd: rates[{n!r}]")
        return ()

    def update(weights, gradient, state):
        return {n: w - rates[n] * gradient[n] for n, w in weights.items()}, state

    return Step(update, init)


def adam(lr: float | Tensor, *, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8) -> Step:
    """m' = b1 m + (1-b1) g;  v' = b2 v + (1-b2) g^2;  w' = w - alpha m^ / sqrt(v^ + eps^2).

    m^ = m' / (1 - b1^t), v^ = v' / (1 - b2^t) undo the start from zero (Kingma & Ba 2014, arXiv 1412.6980).
    Their denominator is sqrt(v^) + eps; its derivative at g = 0 is 0 * inf = NaN, and a meta-gradient needs
    that derivative. With eps^2 *under* the root the denominators are equal at v^ = 0 and nowhere differ by
    more than eps. Finite is not small: where g = 0 the first step has the slope alpha / eps, so to
    differentiate through it take an eps of the gradients' own size.
    """
    b1, b2 = betas

    def init(weights):
        zeros = {n: torch.zeros_like(w) for n, w in weights.items()}
        return zeros, zeros, 0

    def update(weights, gradient, state):
        m, v, t = state
        m = {n: b1 * m[n] + (1 - b1) * g for n, g in gradient.items()}
        v = {n: b2 * v[n] + (1 - b2) * g.square() for n, g in gradient.items()}
        t = t + 1
        scale = {n: (v[n] / (1 - b2**t) + eps**2).sqrt() for n in v}
        return {n: w - lr * (m[n] / (1 - b1**t)) / scale[n] for n, w in weights.items()}, (m, v, t)

    return Step(update, init)


def only(names: Iterable[str], step: Step) -> Step:
    """`step` on the named weights; the others come back untouched, and nothing is differentiated by them.

    ANIL is `only(head's names, sgd(lr))` (Raghu et al. 2019, arXiv 1909.09157).
    """
    names = frozenset(names)

    def chosen(params):
        return {n: w for n, w in params.items() if n in names}

    def init(weights):
        check_names(names, weights, "only: names")
        return step.init(chosen(weights))

    def update(weights, gradient, state):
        moved, state = step(chosen(weights), chosen(gradient), state)
        return {**weights, **moved}, state

    return Step(update, init, chosen)


class CoordinateRule(nn.Module):
    """A small LSTM that reads one coordinate's gradient and proposes its change; all coordinates share psi.

    The memory is (h, s), each (N, hidden). From "Learning to learn by gradient descent by gradient descent"
    (Andrychowicz et al. 2016, arXiv 1606.04474). There a gradient enters as (log |g|, sign g); asinh(gain g)
    is a logarithm with a sign, and smooth through 0.
    """

    def __init__(self, hidden: int = 20, *, scale: float = 0.1, gain: float = 1e4):
        super().__init__()
        self.hidden, self.scale, self.gain = hidden, scale, gain
        self.gates = nn.Linear(1 + hidden, 4 * hidden)
        self.out = nn.Linear(hidden, 1)

    def memory(self, w: Tensor) -> tuple[Tensor, Tensor]:
        """An empty memory for each coordinate of w: (N, hidden) twice."""
        return w.new_zeros(w.numel(), self.hidden), w.new_zeros(w.numel(), self.hidden)

    def forward(
        self, gradient: Tensor, memory: tuple[Tensor, Tensor]
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """gradient (...), memory -> change (...), memory: one step of the LSTM, all N coordinates at once."""
        h, s = memory
        x = torch.asinh(self.gain * gradient.reshape(-1, 1)) / 10  # (N, 1), about -1 .. 1 where |g| <= 1
        keep, write, show, new = self.gates(torch.cat([x, h], 1)).chunk(4, 1)  # each (N, hidden)
        s = torch.sigmoid(keep + 1) * s + torch.sigmoid(write) * torch.tanh(new)
        h = torch.sigmoid(show) * torch.tanh(s)
        return self.scale * self.out(h).reshape(gradient.shape), (h, s)


def learned(network: nn.Module, params: Params) -> Step:
    """w' = w + m_psi(g, memory): the rule is a network with weights psi = `params`, one memory a weight.

    network: a CoordinateRule, or any module with its forward(gradient, memory) -> (change, memory) and
    memory(w). A rule that also wants to know w, or how many steps there were, keeps them in its memory.
    """
    rule = as_function(network)

    def init(weights):
        return {n: network.memory(w) for n, w in weights.items()}

    def update(weights, gradient, state):
        moved, memory = {}, {}
        for n, w in weights.items():
            change, memory[n] = rule(params, gradient[n], state[n])
            moved[n] = w + change
        return moved, memory

    return Step(update, init)


# --- what of a step is learned -----------------------------------------------------------------------------


class Rule(NamedTuple):
    """A player's inner rule as a value: what of it the outer loop learns, the step it makes, what it moves.

    `rule._replace(moves=lambda weights: ["code"])` is context adaptation (CAVIA, arXiv 1810.03642), the names
    of the last layer are ANIL.
    """

    learn: Callable[[Params], Params]  # the weights that move -> the numbers to be learned, as they begin
    step: Callable[[Params], Step]  # those numbers -> the step
    moves: Callable[[Params], Iterable[str]] = list  # all of a player's weights -> the names that move

    def begin(self, weights: Params) -> Params:
        """What is to be learned, before the first outer step, for a player that starts at these weights."""
        return self.learn({n: weights[n] for n in self.moves(weights)})

    def on(self, weights: Params, learned: Params) -> Step:
        """The step, with these numbers learned, of a player that starts at these weights."""
        return only(self.moves(weights), self.step(learned))


def fixed(step: Step) -> Rule:
    """`step` as it is: nothing of it is learned."""
    return Rule(lambda moving: {}, lambda learned: step)


def learned_rates(alpha: float, *, per: str = "weight", factor: float = 1.0) -> Rule:
    """w' = w - factor exp(a) * g, a = log alpha at first (Meta-SGD): a rate stays above 0, come what may.

    per: one rate for each "weight", or for each "tensor"
    """
    shape = {"weight": lambda w: w.shape, "tensor": lambda w: ()}[per]

    def learn(moving):
        return {n: w.new_full(shape(w), math.log(alpha)) for n, w in moving.items()}

    return Rule(learn, lambda logs: meta_sgd({n: factor * a.exp() for n, a in logs.items()}))


def learned_rule(network: nn.Module) -> Rule:
    """w' = w + m_psi(g, memory), psi learned from the network's own weights on: see `learned`."""
    return Rule(lambda moving: detached(params_of(network)), lambda psi: learned(network, psi))
