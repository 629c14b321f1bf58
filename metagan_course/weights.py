"""A network's weights as a plain dict, name -> tensor, so that "the weights after one step" is a value.

Not here: any rule that changes weights (steps.py) and any loop (inner.py, outer.py).
"""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from metagan_course.trees import tree_leaves

Params = dict[str, Tensor]


def params_of(module: nn.Module) -> Params:
    """The module's own trainable tensors, live: a gradient that reaches them reaches the module."""
    return dict(module.named_parameters())


def detached(params: Params) -> Params:
    """The same numbers, cut from the graph that made them. No copy."""
    return {name: w.detach() for name, w in params.items()}


def trainable(params: Params) -> Params:
    """The same numbers as fresh leaves: the place where a meta-gradient starts, and ends."""
    return {name: w.detach().requires_grad_() for name, w in params.items()}


def as_function(module: nn.Module, method: str = "forward") -> Callable[..., Any]:
    """A module, or another method of it, as a function of its weights: f(params, *inputs).

    The module's own weights are not used: one that is missing in params, or unknown, is an error that names
    it. Its buffers (a learner's running means) are, unless params has them too.
    """
    host = module if method == "forward" else _Method(module, method)
    prefix = "" if method == "forward" else "module."

    def run(params: Params, *inputs: Any, **options: Any) -> Any:
        tensors = {**dict(module.named_buffers()), **params}
        named = {prefix + n: w for n, w in tensors.items()} if prefix else tensors
        return functional_call(host, named, inputs, options, strict=True)

    return run


class _Method(nn.Module):
    """A module whose forward is one method of another: functional_call calls nothing else."""

    def __init__(self, module: nn.Module, name: str):
        super().__init__()
        self.module, self.name = module, name

    def forward(self, *inputs, **options):
        return getattr(self.module, self.name)(*inputs, **options)


def all_finite(x: Tensor) -> bool:
    """Whether every number is finite. Inside vmap a tensor stands for many and is taken on trust."""
    try:
        return bool(torch.isfinite(x).all())
    except RuntimeError:  # vmap refuses a decision that depends on data
        return True


def check_params(params: Params, where: str) -> None:
    """Refuse a missing dict or weights that are not finite: a NaN start only shows ten minutes later."""
    if not isinstance(params, dict) or not params:
        raise ValueError(
            f"{where}: needs a non-empty dict name -> tensor (params_of(module)), got {params!r:.80}"
        )
    if all_finite(sum(w.detach().sum() for w in params.values())):
        return  # the usual case, by one decision; a sum of large weights may overflow, so look again
    for name, w in params.items():
        if not all_finite(w):
            raise ValueError(
                f"{where}: weight {name!r} of shape {tuple(w.shape)} holds NaN or inf before the first step"
            )


def check_batch(batch: Any, where: str) -> None:
    """Refuse data (any nest of tensors) with nothing in it: a mean over no samples is NaN."""
    for x in tree_leaves(batch):
        if isinstance(x, Tensor) and x.numel() == 0:
            raise ValueError(f"{where} is empty: shape {tuple(x.shape)}; it needs at least one sample")


def check_names(wanted: Iterable[str], params: Params, where: str) -> None:
    """Refuse names that are not there: a typing error would free or freeze the wrong layer in silence."""
    unknown = sorted(set(wanted) - set(params))
    if unknown:
        raise ValueError(
            f"{where}: nothing is called {', '.join(unknown)}; the names are {', '.join(params)}"
        )


def check_broadcasts(factor: Tensor, w: Tensor, where: str) -> None:
    """Refuse a factor that would not multiply w entry by entry, or that would make w larger."""
    if len(factor.shape) > w.dim() or any(
        a not in (1, b) for a, b in zip(reversed(factor.shape), reversed(w.shape), strict=False)
    ):
        raise ValueError(f"{where} has shape {tuple(factor.shape)}, needs a scalar or {tuple(w.shape)}")
