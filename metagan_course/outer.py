"""The outer loop's gradients: how should the *start* move so that the adapted weights do better on the query?

`maml_losses` (and metagan.game_losses, for two players) give each task's query loss as a differentiable
function of everything that went in; `meta_gradient` and `player_gradients` differentiate their mean in any
meta-parameters: the starts, learned rates, an encoder psi.

Not here: optimisers, schedules, checkpoints, how tasks are drawn. Gradients come back as plain values; to
apply them is the caller's matter.
"""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor
from torch.func import vmap

from metagan_course.inner import Loss, adapt
from metagan_course.steps import Step
from metagan_course.trees import tree_flatten, tree_leaves, tree_map, tree_unflatten
from metagan_course.weights import Params

# --- one player --------------------------------------------------------------------------------------------


def maml_gradient(
    loss: Loss,
    params: Params,
    tasks: Any,
    step: Step,
    n_steps: int,
    *,
    first_order: bool = False,
    chunk_size: int | None = None,
) -> tuple[Params, Tensor]:
    """d/dphi mean_t L(adapt(phi, S_t), Q_t), and the (T,) losses before the mean (MAML, arXiv 1703.03400).

    Exact through all K steps: for K = 1 it is (I - alpha H) grad L_Q. With first_order it is FOMAML's, the
    query gradient at the adapted weights. tasks: has .support and .query, every tensor (T, ...).
    """

    def losses(params, tasks):
        return maml_losses(loss, params, tasks, step, n_steps, first_order=first_order)

    return meta_gradient(losses, params, tasks, chunk_size=chunk_size)


def maml_losses(
    loss: Loss, params: Params, tasks: Any, step: Step, n_steps: int, *, first_order: bool = False
) -> Tensor:
    """L(adapt(phi, S_t), Q_t) for each task: (T,), differentiable in phi, the step's rates and the data."""

    def one_task(support, query):
        return loss(adapt(loss, params, support, step, n_steps, first_order=first_order), query)

    return vmap(one_task)(tasks.support, tasks.query)


def reptile_gradient(start: Params, adapted: Params) -> Params:
    """phi - mean_t phi'_t, a descent direction for the outer optimiser (Reptile, arXiv 1803.02999).

    start: (...)   adapted: (T, ...), each task's weights after its K steps. For K = 1 of SGD it is alpha
    times the gradient of joint training; what Reptile learns about learning comes from the second step on.
    """
    return {n: (w - adapted[n].mean(0)).detach() for n, w in start.items()}


# --- the gradient of any losses in any meta-parameters -----------------------------------------------------


def meta_gradient(
    losses: Callable[[Any, Any], Tensor], meta: Any, tasks: Any, *, chunk_size: int | None = None
) -> tuple[Any, Tensor]:
    """d mean_t losses(meta, tasks)_t / d meta, and the losses.

    losses(meta, tasks) -> (T,)   tasks: any nest of tensors (T, ...)
    meta: any nest of tensors, {"start": params, "rates": ..., "encoder": ...}; the gradient has its form.
    chunk_size: so many tasks at a time, each chunk's graph freed before the next: less memory, same result.
    """
    (gradient,), (values,) = _all_gradients(lambda m, batch: (losses(m, batch),), (meta,), tasks, chunk_size)
    return gradient, values


def player_gradients(
    losses: Callable[[Any, Any, Any], tuple[Tensor, Tensor]],
    meta_g: Any,
    meta_d: Any,
    tasks: Any,
    *,
    chunk_size: int | None = None,
) -> tuple[Any, Any, tuple[Tensor, Tensor]]:
    """d mean L_G / d meta_g and d mean L_D / d meta_d, and both losses: meta_gradient for two players.

    losses(meta_g, meta_d, tasks) -> L_G (T,), L_D (T,), as metagan.game_losses has them. Two losses, two
    gradients: their sum, differentiated once, would hand each player the other's gradient.
    Each player's start, and whatever else is to be learned for its loss (rates, an encoder), go in its nest.
    """
    (grad_g, grad_d), values = _all_gradients(losses, (meta_g, meta_d), tasks, chunk_size)
    return grad_g, grad_d, values


def _all_gradients(losses: Callable, metas: tuple, tasks: Any, chunk_size: int | None) -> tuple[list, tuple]:
    """The i-th losses' mean differentiated in the i-th meta, summed over chunks of tasks."""
    metas = tree_map(lambda x: x.detach().requires_grad_(), metas)
    n_tasks, sums, values = _count(tasks), None, []

    def one_chunk(batch):  # a function of its own, so that its graph is gone when it returns
        chunk = losses(*metas, batch)  # one (T_chunk,) for each player
        found = [_gradient_of(x.sum() / n_tasks, meta) for x, meta in zip(chunk, metas, strict=True)]
        return found, [x.detach() for x in chunk]

    for batch in _chunks(tasks, n_tasks, chunk_size):
        found, value = one_chunk(batch)
        sums = found if sums is None else tree_map(torch.add, sums, found)
        values.append(value)
    return sums, tuple(torch.cat(x) for x in zip(*values, strict=True))


def _gradient_of(value: Tensor, meta: Any) -> Any:
    """d value / d meta in meta's own form; zero for what the value does not depend on (a rate when K = 0)."""
    leaves, form = tree_flatten(meta)
    found = torch.autograd.grad(value, leaves, retain_graph=True, materialize_grads=True)
    return tree_unflatten(list(found), form)


def _count(tasks: Any) -> int:
    sizes = {tuple(x.shape) for x in tree_leaves(tasks) if isinstance(x, Tensor)}
    if len({shape[:1] for shape in sizes}) != 1 or (0,) in {shape[:1] for shape in sizes}:
        raise ValueError(
            f"tasks: every tensor needs the same leading axis of T >= 1 tasks, got shapes {sorted(sizes)}"
        )
    return next(iter(sizes))[0]


def _chunks(tasks: Any, n_tasks: int, chunk_size: int | None) -> Iterator[Any]:
    if chunk_size is not None and chunk_size < 1:
        raise ValueError(f"chunk_size is {chunk_size}, needs 1 or more tasks at a time (or None: all)")
    size = chunk_size or n_tasks
    for first in range(0, n_tasks, size):
        yield tree_map(lambda x, i=first: x[i : i + size] if isinstance(x, Tensor) else x, tasks)
