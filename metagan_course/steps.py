"""Inner update rules: what one step does to the weights, given a gradient.

A rule is a value, not an object with a memory: what it remembers (Adam's moments, a learned rule's cells)
goes in and comes out as `state`, so each task starts with its own. Whatever a rule is built from (rates, a
rule network's weights) may require a gradient: the outer loop then learns it.

Not here: where the gradient comes from (inner.py).
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.func import functional_call

from metagan_course.weights import Params, check_broadcasts, check_names


def _no_state(weights: Params) -> Any:
    return ()


class Step(NamedTuple):
    """One update rule: (weights, gradient, state) -> (weights, state). init(weights) is the first state."""

    update: Callable[[Params, Params, Any], tuple[Params, Any]]
    init: Callable[[Params], Any] = _no_state

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
    """`step` on the named weights; the others come back untouched, the very same tensors.

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

    return Step(update, init)


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

    def start(self, n: int, like: Tensor) -> tuple[Tensor, Tensor]:
        """An empty memory for n coordinates, (n, hidden) twice, of the kind of tensor that `like` is."""
        return like.new_zeros(n, self.hidden), like.new_zeros(n, self.hidden)

    def forward(
        self, gradient: Tensor, memory: tuple[Tensor, Tensor]
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """gradient (N,), memory -> change (N,), memory: one step of the LSTM for all coordinates at once."""
        h, s = memory
        x = torch.asinh(self.gain * gradient)[:, None] / 10  # (N, 1), about -1 .. 1 for gradients up to 1
        keep, write, show, new = self.gates(torch.cat([x, h], 1)).chunk(4, 1)  # each (N, hidden)
        s = torch.sigmoid(keep + 1) * s + torch.sigmoid(write) * torch.tanh(new)
        h = torch.sigmoid(show) * torch.tanh(s)
        return self.scale * self.out(h)[:, 0], (h, s)


def learned(network: nn.Module, params: Params) -> Step:
    """w' = w + m_psi(g, memory): the rule is a network with weights psi = `params`, one memory a coordinate.

    network: a CoordinateRule, or any module with its forward(gradient (N,), memory) and start(n, like).
    """

    def init(weights):
        return {n: network.start(w.numel(), w) for n, w in weights.items()}

    def update(weights, gradient, state):
        moved, memory = {}, {}
        for n, w in weights.items():
            change, memory[n] = functional_call(network, params, (gradient[n].reshape(-1), state[n]))
            moved[n] = w + change.reshape(w.shape)
        return moved, memory

    return Step(update, init)
