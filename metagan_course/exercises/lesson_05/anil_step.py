"""Exercise 05.anil_step: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from metagan_course.answers.tasks import anil_step
from metagan_course.nets import Conv4
from metagan_course.steps import Step, adam, meta_sgd, only, sgd
from metagan_course.weights import detached, params_of

from ..declare import Exercise, Observation, Unfit, mistakes


def _case(width: int, n_way: int, *, alpha: float | None = None, **more) -> Callable:
    def inputs(generator: torch.Generator) -> dict:
        names = detached(params_of(Conv4(width=width, out_size=n_way, **more)))
        drawn = {n: torch.randn(w.shape, generator=generator) for n, w in names.items()}
        rate = 0.1 + torch.rand((), generator=generator).item() if alpha is None else alpha
        return {"params": drawn, "alpha": rate}

    return inputs


INPUTS = {
    "the network of this lesson": _case(4, 5, strided=True),
    "twenty classes": _case(2, 20, strided=True),
    "a network that pools": _case(3, 5),
    "the rate of this lesson": _case(2, 5, alpha=0.4, strided=True),
    "a network without norms": _case(2, 3, norm="none"),
}
_NO_STEP = (
    "anil_step should return an update rule of metagan_course.steps, a Step: something adapt can call. Yours "
    "is {}. `only(names, sgd(alpha))` makes one."
)


def _seen(function: Callable, inputs: dict) -> Observation:
    """Which weights are differentiated, and what two steps make of them."""
    step = function(**inputs)
    if not isinstance(step, Step):
        raise Unfit(_NO_STEP.format(type(step).__name__))
    w, state = inputs["params"], step.init(inputs["params"])
    names = list(w)
    seen: Observation = {"the weights that are differentiated": sorted(step.moves(w))}
    for turn in ("one step", "two steps"):
        gradient = {n: torch.cos(value * (1 + i)) for i, (n, value) in enumerate(w.items())}
        w, state = step(w, gradient, state)
        seen |= {f"{n} after {turn}": w.get(n) for n in names}
    return seen


def _oracle(params, alpha):
    """The step written by hand: the last layer's two tensors move, everything else is handed on."""
    last = [n for n in params if n.partition(".")[0] == "head"]

    def update(weights: dict[str, Tensor], gradient: dict[str, Tensor], state):
        new = dict(weights)
        for n in last:
            new[n] = weights[n] - alpha * gradient[n]
        return new, state

    return Step(update, moves=lambda weights: last)


def _head(params):
    return [n for n in params if n.startswith("head.")]


def _anil_everything(params, alpha):
    """Every weight moves: this is MAML's step. ANIL adapts the last layer only, the weights called head."""
    return sgd(alpha)


def _anil_body(params, alpha):
    """The body moves and the last layer stays. ANIL is the other way round: the features are kept, and what
    is fitted to a task is the layer that sorts them into classes.
    """
    return only([n for n in params if not n.startswith("head.")], sgd(alpha))


def _anil_no_bias(params, alpha):
    """Only the last layer's matrix moves. Its bias belongs to it: take every name that begins with head."""
    return only(["head.weight"], sgd(alpha))


def _anil_bias_only(params, alpha):
    """One tensor moves, the last layer's bias, and its matrix stays: every class becomes more or less
    likely for all pictures alike. Take every name that begins with head.
    """
    return only(["head.bias"], sgd(alpha))


def _anil_uphill(params, alpha):
    """Your step climbs, and the loss on the support would grow. sgd subtracts already: it gets alpha, not
    minus alpha.
    """
    return only(_head(params), sgd(-alpha))


def _anil_own_rate(params, alpha):
    """You have written a rate in. Use the alpha that is handed over, or nobody can tune it."""
    return only(_head(params), sgd(0.4))


def _anil_default_rate(params, alpha):
    """Your step has the rate 0.1, whatever alpha is. Use the alpha that is handed over."""
    return only(_head(params), sgd(0.1))


def _anil_last_two(params, alpha):
    """The last convolution moves as well. ANIL's body does not adapt at all: take the names that begin with
    head, and no other.
    """
    last = [n for n in params if n.startswith("convs.")][-2:]
    return only([*last, *_head(params)], sgd(alpha))


def _anil_norms(params, alpha):
    """The norms' gains and biases move as well. That is a method of its own; ANIL moves the last layer
    only."""
    return only([n for n in params if n.startswith(("head.", "norms."))], sgd(alpha))


def _anil_zero_rates(params, alpha):
    """The numbers are ANIL's, and the work is MAML's: the body has the rate 0 and is differentiated all the
    same. `only(names, step)` tells the inner loop what moves, and it leaves the rest alone.
    """
    return meta_sgd({n: torch.tensor(alpha if n.startswith("head.") else 0.0) for n in params})


def _anil_adam(params, alpha):
    """You step with Adam. It is a fair rule for an inner loop, but ANIL as in the paper, and the comparison
    here, use plain descent.
    """
    return only(_head(params), adam(alpha))


def _anil_nothing(params, alpha):
    """Nothing moves: the list of names is empty. The names are params' keys, and the last layer's begin with
    head.
    """
    return only([], sgd(alpha))


EXERCISE = Exercise(
    id="05.anil_step",
    title="ANIL by one line",
    difficulty=1,
    minutes=4,
    reference=anil_step,
    inputs=INPUTS,
    oracle=_oracle,
    observe=_seen,
    verified="the last layer takes its step, the body stays, and nothing is differentiated by it.",
    hints=(
        "Which names has the last layer? Print the keys of params.",
        "`[name for name in params if name.startswith('head.')]` are they; `only(names, step)` restricts.",
        "`return only([name for name in params if name.startswith('head.')], sgd(alpha))`",
    ),
    mistakes=mistakes(
        _anil_everything,
        _anil_body,
        _anil_no_bias,
        _anil_bias_only,
        _anil_uphill,
        _anil_own_rate,
        _anil_default_rate,
        _anil_last_two,
        _anil_norms,
        _anil_zero_rates,
        _anil_adam,
        _anil_nothing,
    ),
)
