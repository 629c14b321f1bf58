"""Exercise 04.maml_losses: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.func import vmap

from metagan_course.inner import adapt, adapt_path
from metagan_course.outer import maml_losses
from metagan_course.steps import adam, sgd
from metagan_course.tasks import Task

from ..declare import Exercise, Observation, mistakes
from .draws import deep, in_double, network, points, rate, slope_by, warm_up, wave, weights


def _inputs(
    generator: torch.Generator, n_steps: int, loss: Callable = network, n_tasks: int = 3, n: int = 5
) -> dict:
    tasks = Task(points(generator, n_tasks, n), points(generator, n_tasks, n), torch.zeros(n_tasks))
    return {
        "loss": loss,
        "params": weights(generator, loss),
        "tasks": tasks,
        "step": sgd(rate(generator)),
        "n_steps": n_steps,
    }


def _double_tasks(generator: torch.Generator) -> dict:
    drawn = in_double(_inputs(generator, 3))
    return drawn | {"tasks": Task(*(part.double() for part in drawn["tasks"]))}


INPUTS = {
    "one inner step": lambda generator: _inputs(generator, 1),
    "five steps on weights that are matrices": lambda generator: _inputs(generator, 5, deep, 2, 18),
    "another loss and seven tasks": lambda generator: _inputs(generator, 2, wave, 7),
    "Adam as the inner rule": lambda generator: _inputs(generator, 4) | {"step": adam(0.05, eps=0.1)},
    "numbers in double precision": _double_tasks,
}


def _watch(function: Callable, inputs: dict) -> Observation:
    """The losses, and the gradient of their weighted sum by the start, exact and first order."""
    plain = function(**inputs)
    seen = {"the losses": plain.detach() if isinstance(plain, Tensor) else plain}
    if not isinstance(plain, Tensor) or plain.shape != (len(inputs["tasks"].support),):
        return seen
    ways = {"exact": {}, "first-order": {"first_order": True}}
    for name, how in ways.items():
        start = {n: w.clone().requires_grad_() for n, w in inputs["params"].items()}
        losses = function(**inputs | {"params": start}, **how)
        uneven = losses @ torch.arange(1.0, 1 + len(losses)).to(losses)  # each task's own, not the mean's
        seen[f"the {name} gradient by the start"] = slope_by(uneven, start)
    return seen


def _watch_told(function: Callable, inputs: dict) -> Observation:
    """The exact gradient where the caller asks for it in words: it parts a wrong default from a deaf ear."""
    start = {n: w.clone().requires_grad_() for n, w in inputs["params"].items()}
    losses = function(**inputs | {"params": start}, first_order=False)
    return {"gradient": slope_by(losses.sum(), start) if isinstance(losses, Tensor) else losses}


def _oracle(loss, params, tasks, step, n_steps, *, first_order=False):
    """A loop over tasks and steps, with autograd.grad instead of torch.func."""
    warm_up()
    values = []
    for support, query in zip(tasks.support, tasks.query, strict=True):
        w = {n: v if v.requires_grad else v.clone().requires_grad_() for n, v in params.items()}
        state = step.init(w)
        for _ in range(n_steps):
            slopes = torch.autograd.grad(loss(w, support), list(w.values()), create_graph=not first_order)
            w, state = step(w, dict(zip(w, slopes, strict=True)), state)
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
    """The losses are right and no gradient reaches the start: they, or the weights before them, were cut from
    the graph, by .detach(), .item(), torch.tensor([...]), no_grad or a torch optimiser. FOMAML detaches the
    inner gradients, never the weights or the losses.
    """
    return maml_losses(loss, params, tasks, step, n_steps).detach()


def _losses_list(loss, params, tasks, step, n_steps, *, first_order=False):
    """The losses are right and stand in a list. Whoever takes their mean needs one tensor, (T,):
    torch.stack(the_list).
    """
    return list(maml_losses(loss, params, tasks, step, n_steps, first_order=first_order))


def _losses_summed(loss, params, tasks, step, n_steps, *, first_order=False):
    """You return the sum over the tasks, and this function returns one loss a task, (T,). A sum would also
    make the outer step grow with the number of tasks, as the box above tells.
    """
    return maml_losses(loss, params, tasks, step, n_steps, first_order=first_order).sum()


def _losses_first_order_by_default(loss, params, tasks, step, n_steps, *, first_order=True):
    """Your first_order is True unless told otherwise, so a caller who asks for nothing gets FOMAML. Keep the
    stub's first line, with first_order=False.
    """
    return maml_losses(loss, params, tasks, step, n_steps, first_order=first_order)


def _losses_switch_turned(loss, params, tasks, step, n_steps, *, first_order=False):
    """Your switch is upside down: first_order=True gives the exact gradient, False the first-order one. The
    losses are the same either way, so only a gradient shows it; pass it on as first_order=first_order.
    """
    return maml_losses(loss, params, tasks, step, n_steps, first_order=not first_order)


def _losses_one_step_more(loss, params, tasks, step, n_steps, *, first_order=False):
    """You take n_steps + 1 inner steps. adapt makes all K of them; what it returns is ready for the query."""
    return maml_losses(loss, params, tasks, step, n_steps + 1, first_order=first_order)


def _losses_one_step_less(loss, params, tasks, step, n_steps, *, first_order=False):
    """You take n_steps - 1 inner steps, one too few. `range(1, n_steps)` has n_steps - 1 turns; adapt makes
    all K of them if you hand n_steps on.
    """
    return maml_losses(loss, params, tasks, step, n_steps - 1, first_order=first_order)


def _losses_sets_exchanged(loss, params, tasks, step, n_steps, *, first_order=False):
    """Support and query have changed places: you adapt on Q and judge on S. Steps use tasks.support, the
    judgement uses tasks.query.
    """
    tasks = tasks._replace(support=tasks.query, query=tasks.support)
    return maml_losses(loss, params, tasks, step, n_steps, first_order=first_order)


def _losses_adapt_on_both(loss, params, tasks, step, n_steps, *, first_order=False):
    """You adapt on support and query together, so the learner has seen the exam. Steps use tasks.support
    alone.
    """
    tasks = tasks._replace(support=torch.cat([tasks.support, tasks.query], 1))
    return maml_losses(loss, params, tasks, step, n_steps, first_order=first_order)


def _losses_judged_on_both(loss, params, tasks, step, n_steps, *, first_order=False):
    """You judge on support and query together, so half of the exam is the lesson itself. Judge on tasks.query
    alone.
    """
    tasks = tasks._replace(query=torch.cat([tasks.support, tasks.query], 1))
    return maml_losses(loss, params, tasks, step, n_steps, first_order=first_order)


def _losses_both_on_both(loss, params, tasks, step, n_steps, *, first_order=False):
    """You put support and query together, and step and judge on all of them. Then nobody asks how the learner
    does on points it has not seen: steps use tasks.support, the judgement uses tasks.query.
    """
    both = torch.cat([tasks.support, tasks.query], 1)
    tasks = tasks._replace(support=both, query=both)
    return maml_losses(loss, params, tasks, step, n_steps, first_order=first_order)


def _losses_first_task(loss, params, tasks, step, n_steps, *, first_order=False):
    """You return the first task's loss only; perhaps the return stands inside the loop. One loss a task,
    (T,).
    """
    return maml_losses(loss, params, tasks, step, n_steps, first_order=first_order)[:1]


def _losses_pooled(loss, params, tasks, step, n_steps, *, first_order=False):
    """You adapt once, on the support points of all tasks together, and judge every task from there. Each task
    needs weights of its own.
    """
    w = adapt(loss, params, tasks.support.flatten(0, 1), step, n_steps, first_order=first_order)
    return vmap(lambda query: loss(w, query))(tasks.query)


def _losses_of_the_gain(loss, params, tasks, step, n_steps, *, first_order=False):
    """You return how much the steps changed the query loss. Asked for is the loss after the steps itself."""
    after = maml_losses(loss, params, tasks, step, n_steps, first_order=first_order)
    return after - maml_losses(loss, params, tasks, step, 0)


def _losses_averaged(loss, params, tasks, step, n_steps, *, first_order=False):
    """You return the mean over the tasks, and this function returns one loss a task, (T,). The mean is taken
    by whoever differentiates; the single losses are needed for intervals.
    """
    return maml_losses(loss, params, tasks, step, n_steps, first_order=first_order).mean()


def _losses_one_step(loss, params, tasks, step, n_steps, *, first_order=False):
    """You take one inner step whatever n_steps says. adapt makes the K steps if you hand n_steps on."""
    return maml_losses(loss, params, tasks, step, 1, first_order=first_order)


def _losses_half_the_query(loss, params, tasks, step, n_steps, *, first_order=False):
    """You judge by the first half of the query. All of it is there to judge by, and half of it is a noisier
    judge.
    """

    def one(s, q):
        return loss(adapt(loss, params, s, step, n_steps, first_order=first_order), q[: len(q) // 2])

    return vmap(one)(tasks.support, tasks.query)


def _losses_neighbours_query(loss, params, tasks, step, n_steps, *, first_order=False):
    """Each task is judged by its neighbour's query. A learner that fits its own task then looks worse for
    it.
    """
    one = lambda s, q: loss(adapt(loss, params, s, step, n_steps, first_order=first_order), q)  # noqa: E731
    return vmap(one)(tasks.support, tasks.query.roll(1, 0))


def _losses_roots(loss, params, tasks, step, n_steps, *, first_order=False):
    """You take the root of each loss. Its gradient is another one: tasks with a small loss then pull
    hardest.
    """
    one = lambda s, q: loss(adapt(loss, params, s, step, n_steps, first_order=first_order), q)  # noqa: E731
    return vmap(one)(tasks.support, tasks.query).sqrt()


def _losses_support_added(loss, params, tasks, step, n_steps, *, first_order=False):
    """You add the loss on the support. Adapted weights were fitted to it, so that part says little of new
    points; the query alone judges.
    """

    def one(s, q):
        w = adapt(loss, params, s, step, n_steps, first_order=first_order)
        return loss(w, q) + loss(w, s)

    return vmap(one)(tasks.support, tasks.query)


def _losses_along_the_way(loss, params, tasks, step, n_steps, *, first_order=False):
    """You sum the losses after every step, the one before the first among them. That is a multi-step loss,
    which some use on purpose; MAML's is the loss at the end.
    """

    def one(s, q):
        path = adapt_path(loss, params, s, step, n_steps, first_order=first_order)
        return sum(loss(w, q) for w in path)

    return vmap(one)(tasks.support, tasks.query)


def _losses_weights(loss, params, tasks, step, n_steps, *, first_order=False):
    """You return the adapted weights. Go on: the loss of each task's weights on its query, one a task."""
    return vmap(lambda s: adapt(loss, params, s, step, n_steps, first_order=first_order))(tasks.support)


def _losses_column(loss, params, tasks, step, n_steps, *, first_order=False):
    """Your losses are right and stand in a column, (T, 1). Asked for is (T,)."""
    one = lambda s, q: loss(adapt(loss, params, s, step, n_steps, first_order=first_order), q)  # noqa: E731
    return vmap(one)(tasks.support, tasks.query)[:, None]


def _losses_step_forgets(loss, params, tasks, step, n_steps, *, first_order=False):
    """You call adapt for one step, K times. A step that remembers, such as Adam, begins anew each time; one
    call with all K steps keeps its state.
    """

    def one(s, q):
        w = params
        for _ in range(n_steps):
            w = adapt(loss, w, s, step, 1, first_order=first_order)
        return loss(w, q)

    return vmap(one)(tasks.support, tasks.query)


EXERCISE = Exercise(
    id="04.maml_losses",
    title="the outer loss: adapt on S, judge on Q",
    difficulty=2,
    minutes=10,
    reference=maml_losses,
    inputs=INPUTS,
    oracle=_oracle,
    observe=_watch,
    probes={"two inner steps": lambda generator: _inputs(generator, 2)},
    closer=_watch_told,
    cases=6,
    rtol=1e-3,
    atol=1e-4,
    verified="losses, exact gradient and first-order gradient agree with a loop over tasks and steps.",
    hints=(
        "Write it for one task first: `adapt(loss, params, support, step, n_steps, "
        "first_order=first_order)`, then `loss(adapted, query)`.",
        "vmap(one_task) runs a function of (support, query) for every row of tasks.support and tasks.query; "
        "a Python loop and torch.stack do the same, only slower.",
        "Define one_task(support, query), which returns `loss(adapt(loss, params, support, step, n_steps, "
        "first_order=first_order), query)`; then `return vmap(one_task)(tasks.support, tasks.query)`",
    ),
    mistakes=mistakes(
        _losses_on_support,
        _losses_adapt_on_query,
        _losses_before_adaptation,
        _losses_one_after_another,
        _losses_always_exact,
        _losses_always_first_order,
        _losses_cut,
        _losses_list,
        _losses_summed,
        _losses_first_order_by_default,
        _losses_switch_turned,
        _losses_one_step_more,
        _losses_one_step_less,
        _losses_sets_exchanged,
        _losses_adapt_on_both,
        _losses_judged_on_both,
        _losses_both_on_both,
        _losses_first_task,
        _losses_pooled,
        _losses_of_the_gain,
        _losses_averaged,
        _losses_one_step,
        _losses_half_the_query,
        _losses_neighbours_query,
        _losses_roots,
        _losses_support_added,
        _losses_along_the_way,
        _losses_weights,
        _losses_column,
        _losses_step_forgets,
    ),
)
