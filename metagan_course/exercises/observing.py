"""What a check looks at: observers turn one call of a function into quantities with names.

Nothing here judges. A lesson adds observers of its own; they must not call the exercise's reference.
"""

import copy
from collections.abc import Callable
from typing import Any

import torch

from metagan_course.trees import tree_map

Observation = dict[str, Any]  # name of a quantity -> its value
Observer = Callable[[Callable, dict], Observation]  # (function, inputs) -> observation


NOTE = "note"  # a quantity of this name is kept for the words of a diagnosis and never compared


class Unfit(Exception):
    """Raised by an observer where an answer has not the form asked for; its message is for the learner."""


class Detached:
    """Stands where a gradient should be, when autograd sees no path from the inputs to the result."""

    def __repr__(self) -> str:
        return "no gradient"


DETACHED = Detached()


def returned(function: Callable, inputs: dict) -> Observation:
    """The simplest observer: look at what the function returns."""
    return {"result": function(**inputs)}


def with_gradient(*names: str) -> Observer:
    """Observe the result *and* its gradient by the named inputs.

    A result of many numbers is summed with weights that differ, so that one entry cannot pay for another.
    """

    def observe(function: Callable, inputs: dict) -> Observation:
        leaves = {name: inputs[name].requires_grad_() for name in names if name in inputs}
        result = function(**inputs)
        if not isinstance(result, torch.Tensor) or result.is_complex():
            return {"result": result}
        if not result.requires_grad:
            return {"result": result, **{f"gradient by {name}": DETACHED for name in leaves}}
        slopes = torch.autograd.grad(_uneven_sum(result), list(leaves.values()), materialize_grads=True)
        gradients = {f"gradient by {name}": slope for name, slope in zip(leaves, slopes, strict=True)}
        return {"result": result.detach(), **gradients}

    return observe


def _uneven_sum(result: torch.Tensor) -> torch.Tensor:
    weights = torch.linspace(1, 2, max(1, result.numel()), dtype=result.dtype)[: result.numel()]
    return (result * weights.reshape(result.shape)).sum()


def in_vmap(*names: str) -> Observer:
    """Observe the function inside torch.func.vmap, on two copies of the named inputs, as lessons call it.

    backward(), autograd.grad and .item() cannot run there, torch.func.grad can.
    """

    def observe(function: Callable, inputs: dict) -> Observation:
        doubled = {name: _twice(inputs[name]) for name in names}
        fixed = {name: value for name, value in inputs.items() if name not in names}
        try:
            rows = torch.func.vmap(lambda varied: function(**fixed, **varied), randomness="same")(doubled)
        except RuntimeError as error:
            raise Unfit(_NOT_IN_VMAP.format(" ".join(str(error).split())[:160])) from error
        return {"the result inside vmap": rows}

    return observe


_NOT_IN_VMAP = (
    "The answer is right outside vmap and stops inside it, where the next cells call it for many tasks at "
    "once. Inside vmap there is no .item(), no backward() and no torch.autograd.grad; torch.func.grad works. "
    "It said: {}"
)


def _twice(value: Any) -> Any:
    return tree_map(lambda x: torch.stack([x, x + 0.1]), value)


def together(*observers: Observer) -> Observer:
    """Several observers of one function, each with inputs of its own; the first sees the originals."""

    def observe(function: Callable, inputs: dict) -> Observation:
        copies = [copy.deepcopy(inputs) for _ in observers[1:]]
        seen: Observation = {}
        for look, given in zip(observers, [inputs, *copies], strict=True):
            seen |= look(function, given)
        return seen

    return observe
