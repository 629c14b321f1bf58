"""Exercise 09.map_step, a rule for maps as a Step: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

import torch
from torch import Tensor, nn

from metagan_course.answers.map_rules import map_step
from metagan_course.steps import Step

from ..declare import Exercise, Observation, Unfit, mistakes


class Net(nn.Module):
    """A rule in which everything it is handed counts, and the walks of two tasks that it will be tried on."""

    def __init__(self, seen: Tensor, codes: Tensor, gradients: Tensor):
        super().__init__()
        self.register_buffer("seen", seen)  # three numbers
        self.register_buffer("codes", codes)  # (2, n)
        self.register_buffer("gradients", gradients)  # (2, K, n)

    def forward(self, g, first, last, t):
        """Maps shifted by a place, and t as a number."""
        a, b, c = self.seen
        return -a * g.roll(1, 2) + b * first + c * last.roll(1, 1) + 0.1 * (t + 1) * torch.ones_like(g)


def _case(*shape: int, n_steps: int = 4, dtype=torch.float32):
    def inputs(generator: torch.Generator) -> dict:
        n = shape[0] * shape[1] * shape[2]

        def draw(*size):
            return torch.randn(size, generator=generator, dtype=dtype)

        net = Net(0.5 + torch.rand(3, generator=generator, dtype=dtype), draw(2, n), draw(2, n_steps, n))
        return {"net": net, "shape": shape}

    return inputs


INPUTS = {
    "a code of 16 maps of 7x7": _case(16, 7, 7),
    "three maps, higher than wide": _case(3, 4, 2),
    "one single step": _case(2, 3, 3, n_steps=1),
    "a longer walk": _case(2, 3, 5, n_steps=7),
    "numbers in double precision": _case(2, 2, 3, dtype=torch.float64),
}


def _seen(function, inputs) -> Observation:
    """Two tasks walk in turn: whoever keeps a memory outside the state mixes them up."""
    walks = inputs["net"]
    step = function(**inputs)
    if not isinstance(step, Step):
        raise Unfit("Return a Step: `Step(update, init)`, from metagan_course.steps.")
    extra = torch.ones(2, dtype=walks.codes.dtype)
    weights = [{"other": extra, "code": c} for c in walks.codes]
    states = [step.init(w) for w in weights]
    path = []
    for k in range(walks.gradients.shape[1]):
        for task in range(2):
            # a gradient may hold more than what moves
            gradient = {"code": walks.gradients[task, k], "other": extra}
            made = step(weights[task], gradient, states[task])
            if not isinstance(made, tuple | list) or len(made) != 2 or not isinstance(made[0], dict):
                raise Unfit("`update` returns two things: the new weights, a dict, and the new state.")
            weights[task], states[task] = made
            if "code" not in weights[task]:
                raise Unfit('The new weights have no "code".')
            path.append(weights[task]["code"])
    if any(x.shape != walks.codes[0].shape for x in path):
        raise Unfit("The code has changed its form: it comes as one row of numbers and leaves as one.")
    others = [w.get("other", torch.zeros(2)) for w in weights]
    return {"the codes": torch.stack(path), "the other weights": torch.stack(others)}


def _by_hand(net: Net, shape) -> Tensor:
    """All codes (K, 2, n), in flat numbers: each shift is a permutation of places."""
    n, (a, b, c) = net.codes.shape[1], net.seen
    place = torch.arange(n).reshape(shape)
    right, down = place.roll(1, 2).flatten(), place.roll(1, 1).flatten()
    code, u, path = net.codes, torch.zeros_like(net.codes), []
    for k in range(net.gradients.shape[1]):
        g, first = net.gradients[:, k], net.gradients[:, 0]
        u = -a * g[:, right] + b * first + c * u[:, down] + 0.1 * (k + 1)
        code = code + u
        path.append(code)
    return torch.stack(path)


def _oracle(net, shape):
    """A Step that knows nothing but how often it was called: the whole path, computed beforehand."""
    path = _by_hand(net, shape)

    def update(weights, gradient, state):
        task, k = state
        return {**weights, "code": path[k, task]}, (task, k + 1)

    def init(weights):
        return int((weights["code"] == net.codes[1]).all()), 0

    return Step(update, init)


def _made(net, shape, *, sign=1, keep=None, first=None, last=None, count=True, moves=None):
    """map_step with one thing changed."""

    def init(weights):
        return None, weights["code"].new_zeros(shape), 0

    def update(weights, gradient, state):
        start, before, t = state
        g = gradient["code"].reshape(shape)
        start = g if start is None else start
        u = sign * net(g, first(g, start) if first else start, before, t)
        code = (moves or torch.add)(weights["code"], u.flatten())
        new = {"code": code} if keep == "code alone" else {**weights, "code": code}
        return new, (start, last(g, u, before) if last else u, t + count)

    return Step(update, init)


def _minus(net, shape):
    """You subtracted the update. The network writes the change itself, with its own sign: c' = c + u."""
    return _made(net, shape, sign=-1)


def _code_alone(net, shape):
    """Your new weights hold the code alone. The others, which did not move, must come back as well: G cannot
    draw without them.
    """
    return _made(net, shape, keep="code alone")


def _last_gradient(net, shape):
    """You keep the gradient where the last *update* belongs. How the rule itself has just moved is then lost,
    and a network that learned momentum from it reads something else.
    """
    return _made(net, shape, last=lambda g, u, before: g)


def _last_never(net, shape):
    """The last update never reaches the state: the rule reads zeros at every step. It has no memory then, and
    cannot learn momentum.
    """
    return _made(net, shape, last=lambda g, u, before: before)


def _last_summed(net, shape):
    """You keep the sum of all updates. Asked for is the last one alone; the sum is where the code stands."""
    return _made(net, shape, last=lambda g, u, before: before + u)


def _first_is_now(net, shape):
    """You hand the present gradient over as the first one too. How far the gradient has shrunk since the
    beginning can then not be read: keep the first in the state.
    """
    return _made(net, shape, first=lambda g, start: g)


def _no_count(net, shape):
    """The step's number stays 0. A rule that learned a first and a later step takes the first again and
    again.
    """
    return _made(net, shape, count=False)


def _count_from_one(net, shape):
    """You count from 1. The first step has number 0: the network looks its vectors up by it."""
    return _made(lambda g, first, last, t: net(g, first, last, t + 1), shape)


def _first_is_last(net, shape):
    """You hand over the gradient before this one as the first. Keep the very first: it is the measure for all
    later ones.
    """

    def init(weights):
        return None, weights["code"].new_zeros(shape), 0

    def update(weights, gradient, state):
        before, last, t = state
        g = gradient["code"].reshape(shape)
        u = net(g, g if before is None else before, last, t)
        return {**weights, "code": weights["code"] + u.flatten()}, (g, u, t + 1)

    return Step(update, init)


def _first_zero(net, shape):
    """On the first step you hand over zeros as the first gradient. It is known by then: it is the one that
    has just come.
    """

    def init(weights):
        return None, weights["code"].new_zeros(shape), 0

    def update(weights, gradient, state):
        first, last, t = state
        g = gradient["code"].reshape(shape)
        u = net(g, torch.zeros_like(g) if first is None else first, last, t)
        return {**weights, "code": weights["code"] + u.flatten()}, (g if first is None else first, u, t + 1)

    return Step(update, init)


def _outside(net, shape):
    """Your memory stands outside the state. All tasks then share it, and what one of them did moves the
    next: what a step remembers goes in and comes out as `state`.
    """
    memory = {}

    def update(weights, gradient, state):
        g = gradient["code"].reshape(shape)
        first, last, t = memory.get("it", (g, torch.zeros_like(g), 0))
        u = net(g, first, last, t)
        memory["it"] = first, u, t + 1
        return {**weights, "code": weights["code"] + u.flatten()}, state

    return Step(update)


def _forgets(net, shape):
    """Your step returns the state as it was. Every step is then a first step."""

    def init(weights):
        return None, weights["code"].new_zeros(shape), 0

    def update(weights, gradient, state):
        _, last, t = state
        g = gradient["code"].reshape(shape)
        return {**weights, "code": weights["code"] + net(g, g, last, t).flatten()}, state

    return Step(update, init)


def _all_weights(net, shape):
    """You moved the other weights too. The rule is for the code; what else G has stands still."""
    step = map_step(net, shape)

    def update(weights, gradient, state):
        new, state = step(weights, gradient, state)
        return {n: w if n == "code" else w - 0.1 * gradient[n] for n, w in new.items()}, state

    return Step(update, step.init)


def _replaced(net, shape):
    """You put the update in the code's place. It is a change: c' = c + u."""
    return _made(net, shape, moves=lambda code, u: u)


def _with_gradient(net, shape):
    """You took a plain step besides. What the network writes is the whole change."""
    step = map_step(net, shape)

    def update(weights, gradient, state):
        new, state = step(weights, gradient, state)
        return {**new, "code": new["code"] - gradient["code"]}, state

    return Step(update, step.init)


def _exchanged(net, shape):
    """The first gradient and the last update have changed places. The order is net(g, first, last, t)."""
    return _made(lambda g, first, last, t: net(g, last, first, t), shape)


EXERCISE = Exercise(
    id="09.map_step",
    title="a rule for maps as a Step",
    difficulty=2,
    minutes=12,
    reference=map_step,
    inputs=INPUTS,
    oracle=_oracle,
    observe=_seen,
    verified="each task keeps its own memory, the network sees all it should, other weights stand still.",
    hints=(
        "Two functions inside: init(weights) -> what is remembered before the first step, and "
        "update(weights, gradient, state) -> new weights, new state.",
        "The state is (first, last, t), at the beginning (None, zeros of `shape`, 0). In `update` the "
        "gradient takes its form by `.reshape(shape)`, and is the first one if there was none.",
        'Inside update: `first, last, t = state`, `g = gradient["code"].reshape(shape)`, `first = g if first '
        'is None else first`, `u = net(g, first, last, t)`; return `{**weights, "code": weights["code"] + '
        "u.flatten()}` and `(first, u, t + 1)`. At the end `return Step(update, init)`.",
    ),
    mistakes=mistakes(
        _minus,
        _code_alone,
        _last_gradient,
        _last_never,
        _last_summed,
        _first_is_now,
        _no_count,
        _count_from_one,
        _first_is_last,
        _first_zero,
        _outside,
        _forgets,
        _all_weights,
        _replaced,
        _with_gradient,
        _exchanged,
    ),
)
