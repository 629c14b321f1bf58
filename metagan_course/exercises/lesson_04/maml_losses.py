"""Exercise 04.maml_losses: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from metagan_course.inner import adapt
from metagan_course.outer import maml_losses
from metagan_course.steps import sgd
from metagan_course.tasks import Task

from ..declare import Exercise, Observation, mistakes
from .draws import network, points, rate, slope_by, weights


def _losses_inputs(generator: torch.Generator) -> dict:
    tasks = Task(points(generator, 3, 5), points(generator, 3, 5), torch.zeros(3))
    return {
        "loss": network,
        "params": weights(generator),
        "tasks": tasks,
        "step": sgd(rate(generator)),
        "n_steps": int(torch.randint(2, 4, (), generator=generator)),
    }


def _watch_losses(function: Callable, inputs: dict) -> Observation:
    """The losses, and the gradient of their weighted sum by the start, exact and first order."""
    plain = function(**inputs)
    seen = {"the losses": plain.detach() if isinstance(plain, Tensor) else plain}
    if not isinstance(plain, Tensor) or plain.shape != (len(inputs["tasks"].support),):
        return seen
    for first_order, name in ((False, "exact"), (True, "first-order")):
        start = {n: w.clone().requires_grad_() for n, w in inputs["params"].items()}
        losses = function(**inputs | {"params": start}, first_order=first_order)
        uneven = losses @ torch.arange(1.0, 1 + len(losses))  # a task's own gradient, not only the mean's
        seen[f"the {name} gradient by the start"] = slope_by(uneven, start)
    return seen


def _losses_oracle(loss, params, tasks, step, n_steps, *, first_order=False):
    """A loop over tasks and steps, with autograd.grad instead of torch.func."""
    values = []
    for support, query in zip(tasks.support, tasks.query, strict=True):
        w = {n: v if v.requires_grad else v.clone().requires_grad_() for n, v in params.items()}
        for _ in range(n_steps):
            slopes = torch.autograd.grad(loss(w, support), list(w.values()), create_graph=not first_order)
            w, _ = step(w, dict(zip(w, slopes, strict=True)), ())
        values.append(loss(w, query))
    return torch.stack(values)


def _losses_on_support(loss, params, tasks, step, n_steps, *, first_order=False):
    """You judge each learner on the support it has just trained on. A start that memorises five points would
    win; only the query shows whether it learnt the curve.
    """
    return maml_losses(
        loss, params, tasks._replace(query=tasks.support), step, n_steps, first_order=first_order
    )


def _losses_adapt_on_query(loss, params, tasks, step, n_steps, *, first_order=False):
    """You adapt on the query, so the learner sees the exam before it sits it. Steps use tasks.support, the
    judgement uses tasks.query.
    """
    return maml_losses(
        loss, params, tasks._replace(support=tasks.query), step, n_steps, first_order=first_order
    )


def _losses_before_adaptation(loss, params, tasks, step, n_steps, *, first_order=False):
    """Your query loss is that of the start: the adapted weights were computed and not used, or never
    computed. That is joint pretraining, which asks for a good start on average and not for one that adapts
    well.
    """
    return maml_losses(loss, params, tasks, step, 0)


def _losses_one_after_another(loss, params, tasks, step, n_steps, *, first_order=False):
    """Your second task starts where the first one ended. Every task must begin at the same start, or the
    order of the tasks changes the answer; give each its own name, adapted = adapt(..., params, ...).
    """
    values, w = [], params
    for support, query in zip(tasks.support, tasks.query, strict=True):
        w = adapt(loss, w, support, step, n_steps, first_order=first_order)
        values.append(loss(w, query))
    return torch.stack(values)


def _losses_always_exact(loss, params, tasks, step, n_steps, *, first_order=False):
    """Your function takes first_order and does not pass it on, so FOMAML would be MAML under another name. A
    comparison of the two would then find no difference, for a bad reason.
    """
    return maml_losses(loss, params, tasks, step, n_steps)


def _losses_always_first_order(loss, params, tasks, step, n_steps, *, first_order=False):
    """The losses are right, but the exact gradient is FOMAML's: the inner gradients are cut from the graph
    whatever first_order says. Pass it on as first_order=first_order.
    """
    return maml_losses(loss, params, tasks, step, n_steps, first_order=True)


def _losses_cut(loss, params, tasks, step, n_steps, *, first_order=False):
    """The losses are right and no gradient reaches the start, because the adapted weights were detached (or
    stepped by a torch optimiser). FOMAML detaches the inner gradients, never the weights.
    """
    return maml_losses(loss, params, tasks, step, n_steps).detach()


def _losses_averaged(loss, params, tasks, step, n_steps, *, first_order=False):
    """You return the mean over the tasks, and this function returns one loss a task, (T,). The mean is taken
    by whoever differentiates; the single losses are needed for intervals.
    """
    return maml_losses(loss, params, tasks, step, n_steps, first_order=first_order).mean()


def _losses_one_step(loss, params, tasks, step, n_steps, *, first_order=False):
    """You take one inner step whatever n_steps says. adapt makes the K steps if you hand n_steps on."""
    return maml_losses(loss, params, tasks, step, 1, first_order=first_order)


EXERCISE = Exercise(
    id="04.maml_losses",
    title="the outer loss: adapt on S, judge on Q",
    difficulty=2,
    minutes=10,
    reference=maml_losses,
    inputs=_losses_inputs,
    oracle=_losses_oracle,
    observe=_watch_losses,
    cases=2,
    rtol=1e-3,
    verified="losses, exact gradient and first-order gradient agree with a loop over tasks and steps.",
    hints=(
        "Write it for one task first: adapt(loss, params, support, step, n_steps, first_order=first_order), "
        "then loss(adapted, query).",
        "vmap(one_task) runs a function of (support, query) for every row of tasks.support and tasks.query; "
        "a Python loop and torch.stack do the same, only slower.",
        "def one_task(support, query): return loss(adapt(loss, params, support, step, n_steps, "
        "first_order=first_order), query); then return vmap(one_task)(tasks.support, tasks.query)",
    ),
    mistakes=mistakes(
        _losses_on_support,
        _losses_adapt_on_query,
        _losses_before_adaptation,
        _losses_one_after_another,
        _losses_always_exact,
        _losses_always_first_order,
        _losses_cut,
        _losses_averaged,
        _losses_one_step,
    ),
)
