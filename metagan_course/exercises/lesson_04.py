"""The exercises of lesson 04, learning to learn: what each checks, hints at and recognises.

A mistake is a wrong function: its docstring is the diagnosis for learners whose function does the same. This
file is long because it holds every wrong answer it can explain; read one exercise at a time.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.func import grad

from metagan_course.answers.maml import exact_gradient, inner_step, quadratic_gradients
from metagan_course.inner import adapt
from metagan_course.outer import maml_losses, reptile_gradient
from metagan_course.steps import sgd
from metagan_course.tasks import Task
from metagan_course.weights import Params, detached

from .declare import DETACHED, Exercise, Observation, mistakes

# --- what several of them draw --------------------------------------------------------------------


def _network(w: Params, points: Tensor) -> Tensor:
    """The mean squared error of a network with two tanh units on the points (N, 2): a loss with curvature."""
    hidden = torch.tanh(points[:, :1] * w["slope"] + w["offset"])  # (N, 2)
    return ((hidden * w["height"]).sum(-1) - points[:, 1]).square().mean()


def _weights(generator: torch.Generator) -> Params:
    """Away from zero, where a tanh is straight and a Hessian would hide."""
    draw = lambda: 0.5 + torch.rand(2, generator=generator)  # noqa: E731
    return {"slope": draw(), "offset": -draw(), "height": draw()}


def _points(generator: torch.Generator, *shape: int) -> Tensor:
    x, e = torch.randn(*shape, generator=generator), torch.randn(*shape, generator=generator)
    return torch.stack([x, 2 * torch.sin(x) + e], -1)  # (..., 2)


def _rate(generator: torch.Generator) -> float:
    return 0.1 + 0.2 * torch.rand((), generator=generator).item()


def _is_weights(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(w, Tensor) for w in value.values())


def _slope(value: Tensor, start: Params) -> Params | object:
    """d value / d start by name; DETACHED if there is no path from the start to the value."""
    if not value.requires_grad:
        return DETACHED
    slopes = torch.autograd.grad(value, list(start.values()), allow_unused=True)
    if any(slope is None for slope in slopes):
        return DETACHED
    return dict(zip(start, slopes, strict=True))


# --- 04.quadratic_gradients -----------------------------------------------------------------------


def _quadratic_inputs(generator: torch.Generator) -> dict:
    n_tasks = int(torch.randint(3, 5, (), generator=generator))
    draw = lambda: torch.randn(n_tasks, generator=generator)  # noqa: E731
    return {
        "w": draw() + 3,
        "a_support": draw(),
        "a_query": draw() - 2,
        "curvature": 0.5 + torch.rand(n_tasks, generator=generator),
        "alpha": _rate(generator),
    }


def _quadratic_oracle(w, a_support, a_query, curvature, alpha):
    """By automatic differentiation, once through the step and once from where it ended."""
    start = w.double().requires_grad_()
    adapted = start - alpha * curvature * (start - a_support)
    (exact,) = torch.autograd.grad((curvature / 2 * (adapted - a_query) ** 2).sum(), start)
    end = adapted.detach().requires_grad_()
    (first,) = torch.autograd.grad((curvature / 2 * (end - a_query) ** 2).sum(), end)
    return exact.float(), first.float()


def _quadratic_without_hessian(w, a_support, a_query, curvature, alpha):
    """Both of your gradients are the first-order one. Moving w by 1 moves w' by 1 - alpha h only, since the
    inner step takes part of the move back: the exact gradient carries that factor.
    """
    _, first = quadratic_gradients(w, a_support, a_query, curvature, alpha)
    return first, first


def _quadratic_exchanged(w, a_support, a_query, curvature, alpha):
    """Your two gradients are right and in the other order. The exact one is the one with the factor
    1 - alpha h.
    """
    exact, first = quadratic_gradients(w, a_support, a_query, curvature, alpha)
    return first, exact


def _quadratic_before_the_step(w, a_support, a_query, curvature, alpha):
    """You took the query's gradient at w, before the step. The query judges where the step ended: put w' into
    h (w' - a_Q), not w.
    """
    first = curvature * (w - a_query)
    return (1 - alpha * curvature) * first, first


def _quadratic_support_as_query(w, a_support, a_query, curvature, alpha):
    """You judged the adapted weight on the support's minimum a_S, which it has just been pulled towards. The
    query's minimum a_Q is another one: that is what makes it an exam.
    """
    return quadratic_gradients(w, a_support, a_support, curvature, alpha)


def _quadratic_adapted_on_query(w, a_support, a_query, curvature, alpha):
    """Your inner step went towards the query's minimum a_Q, so the learner saw the exam before it was set.
    The step may use a_S only.
    """
    return quadratic_gradients(w, a_query, a_query, curvature, alpha)


def _quadratic_plus(w, a_support, a_query, curvature, alpha):
    """Your factor is 1 + alpha h, as if the step went uphill. The minus of w' = w - alpha h (w - a_S) stays
    when it is differentiated: dw'/dw = 1 - alpha h.
    """
    _, first = quadratic_gradients(w, a_support, a_query, curvature, alpha)
    return (1 + alpha * curvature) * first, first


def _quadratic_without_rate(w, a_support, a_query, curvature, alpha):
    """Your factor is 1 - h and alpha is missing from it. The step is alpha times the gradient, so alpha
    stands before the curvature as well.
    """
    _, first = quadratic_gradients(w, a_support, a_query, curvature, alpha)
    return (1 - curvature) * first, first


QUADRATIC = Exercise(
    id="04.quadratic_gradients",
    title="the meta-gradient on paper",
    difficulty=1,
    minutes=8,
    reference=quadratic_gradients,
    inputs=_quadratic_inputs,
    oracle=_quadratic_oracle,
    verified="both gradients agree with automatic differentiation through the step and from its end.",
    hints=(
        "Two lines first: w' = w - alpha h (w - a_S), then the query's slope at w', which is h (w' - a_Q).",
        "That slope is the first-order gradient. For the exact one, multiply by dw'/dw (the chain rule).",
        "adapted = w - alpha * curvature * (w - a_support); g = curvature * (adapted - a_query); "
        "return (1 - alpha * curvature) * g, g",
    ),
    mistakes=mistakes(
        _quadratic_without_hessian,
        _quadratic_exchanged,
        _quadratic_before_the_step,
        _quadratic_support_as_query,
        _quadratic_adapted_on_query,
        _quadratic_plus,
        _quadratic_without_rate,
    ),
)

# --- 04.inner_step --------------------------------------------------------------------------------


def _inner_inputs(generator: torch.Generator) -> dict:
    return {
        "loss": _network,
        "w": _weights(generator),
        "support": _points(generator, 8),
        "alpha": _rate(generator),
    }


def _watch_step(function: Callable, inputs: dict) -> Observation:
    """The start afterwards, the new weights, and how their squared length depends on the start."""
    start = {name: w.clone() for name, w in inputs["w"].items()}
    moved = function(**inputs | {"w": start})
    seen = {"the start, after the step": start}
    if any(not torch.equal(start[name], w) for name, w in inputs["w"].items()):
        return seen
    seen["the new weights"] = detached(moved) if _is_weights(moved) else moved
    if not _is_weights(moved) or not moved:
        return seen
    leaves = {name: w.clone().requires_grad_() for name, w in inputs["w"].items()}
    length = sum(w.square().sum() for w in function(**inputs | {"w": leaves}).values())
    return seen | {"gradient of |w'|^2 by the start": _slope(length, leaves)}


def _inner_oracle(loss, w, support, alpha):
    """With another of torch's differentiators, reverse mode by vjp."""
    value, pull = torch.func.vjp(lambda w: loss(w, support), w)
    (slope,) = pull(torch.ones_like(value))
    return {name: torch.sub(w[name], slope[name], alpha=alpha) for name in w}


def _inner_uphill(loss, w, support, alpha):
    """Your step goes up the hill: the gradient points where the loss grows fastest. Descent subtracts it."""
    return inner_step(loss, w, support, -alpha)


def _inner_in_place(loss, w, support, alpha):
    """Your function changed the start it was given, its tensors or its dict. The next task must begin at the
    same start, so return a new dict of new tensors and leave w alone; published Meta-GAN code has this
    very bug.
    """
    gradient = grad(loss)(w, support)
    for name in w:
        w[name] -= alpha * gradient[name]
    return w


def _inner_live_gradient(loss, w, support, alpha):
    """backward() and autograd.grad need weights that carry requires_grad=True, and a plain dict of numbers
    does not. torch.func.grad(loss)(w, support) asks for nothing, keeps the graph by itself, and goes on
    being right when there are two players (lesson 08).
    """
    slopes = torch.autograd.grad(loss(w, support), list(w.values()), create_graph=True)
    return {name: v - alpha * g for (name, v), g in zip(w.items(), slopes, strict=True)}


def _inner_constant_gradient(loss, w, support, alpha):
    """The new weights are right, but their gradient was cut from the graph, by .detach() or a dropped
    create_graph. To the outer loop w' is then w minus a constant, the Hessian is gone, and this is FOMAML.
    """
    gradient = detached(grad(loss)(w, support))
    return {name: w[name] - alpha * gradient[name] for name in w}


def _inner_cut(loss, w, support, alpha):
    """The new weights are right and have forgotten where they came from: detach(), .data or no_grad cut them
    from the start. No gradient can reach the start through them, so nothing would ever be meta-learned.
    """
    return detached(_inner_constant_gradient(loss, w, support, alpha))


def _inner_without_rate(loss, w, support, alpha):
    """Your step is the whole gradient and leaves alpha out. The gradient says which way, alpha how far."""
    return inner_step(loss, w, support, 1.0)


def _inner_gradient_only(loss, w, support, alpha):
    """You return the gradient itself, not the weights it leads to. The step is w - alpha * gradient, weight
    by weight.
    """
    return grad(loss)(w, support)


def _inner_two_steps(loss, w, support, alpha):
    """You stepped twice. K steps come from calling this function K times; it makes one."""
    return inner_step(loss, inner_step(loss, w, support, alpha), support, alpha)


INNER_STEP = Exercise(
    id="04.inner_step",
    title="one step on a dict of weights",
    difficulty=1,
    minutes=8,
    reference=inner_step,
    inputs=_inner_inputs,
    oracle=_inner_oracle,
    observe=_watch_step,
    cases=2,
    verified="the new weights are right, the start is untouched, and the outer gradient flows through.",
    hints=(
        "Two lines: the gradient of loss(w, support) by w, then a new dict with w - alpha * gradient.",
        "torch.func.grad(loss) is a function: called with (w, support) it gives a dict with w's names.",
        "gradient = grad(loss)(w, support); return {name: w[name] - alpha * gradient[name] for name in w}",
    ),
    mistakes=mistakes(
        _inner_uphill,
        _inner_in_place,
        _inner_live_gradient,
        _inner_constant_gradient,
        _inner_cut,
        _inner_without_rate,
        _inner_gradient_only,
        _inner_two_steps,
    ),
)

# --- 04.exact_gradient ----------------------------------------------------------------------------


def _exact_inputs(generator: torch.Generator) -> dict:
    return _inner_inputs(generator) | {"query": _points(generator, 8)}


def _exact_oracle(loss, w, support, query, alpha):
    """By one reverse pass through the step, in double precision: no Hessian is mentioned."""
    start = {name: v.double().requires_grad_() for name, v in w.items()}
    value = loss(inner_step(loss, start, support.double(), alpha), query.double())
    slopes = torch.autograd.grad(value, list(start.values()))
    return {name: slope.float() for name, slope in zip(start, slopes, strict=True)}


def _hessian_times(loss, w, data, vector):
    """H(w) vector for the Hessian of loss(w, data), as in the reference."""
    along = lambda w: sum((grad(loss)(w, data)[name] * vector[name]).sum() for name in w)  # noqa: E731
    return grad(along)(w)


def _query_slope(loss, w, support, query, alpha):
    return grad(loss)(inner_step(loss, w, support, alpha), query)


def _combined(g, h_g, factor):
    return {name: g[name] + factor * h_g[name] for name in g}


def _exact_first_order(loss, w, support, query, alpha):
    """This is g, the query's gradient at the adapted weights: FOMAML. The exact one is (I - alpha H) g, and
    the Hessian term is missing.
    """
    return _query_slope(loss, w, support, query, alpha)


def _exact_plus(loss, w, support, query, alpha):
    """You added the Hessian term. The inner step goes downhill, w' = w - alpha grad, and differentiating it
    keeps the minus.
    """
    g = _query_slope(loss, w, support, query, alpha)
    return _combined(g, _hessian_times(loss, w, support, g), alpha)


def _exact_hessian_at_the_end(loss, w, support, query, alpha):
    """Your Hessian is taken at w', where the step ended. The step's gradient was taken at w, so its
    derivative, H, belongs to the start.
    """
    end = inner_step(loss, w, support, alpha)
    g = grad(loss)(end, query)
    return _combined(g, _hessian_times(loss, end, support, g), -alpha)


def _exact_hessian_of_query(loss, w, support, query, alpha):
    """Your Hessian is the query loss's. H comes from differentiating the inner step, and the inner step has
    only seen the support.
    """
    g = _query_slope(loss, w, support, query, alpha)
    return _combined(g, _hessian_times(loss, w, query, g), -alpha)


def _exact_g_of_support(loss, w, support, query, alpha):
    """Your g is the gradient of the support loss at w', so the support is both lesson and exam. g is the
    query's.
    """
    return exact_gradient(loss, w, support, support, alpha)


def _exact_g_at_the_start(loss, w, support, query, alpha):
    """You took g at w, before the step. The query judges the adapted weights: g = grad L(w'; Q)."""
    g = grad(loss)(w, query)
    return _combined(g, _hessian_times(loss, w, support, g), -alpha)


def _exact_without_rate(loss, w, support, query, alpha):
    """Your Hessian term lacks alpha: it is g - alpha H g. With a small rate the correction is small."""
    g = _query_slope(loss, w, support, query, alpha)
    return _combined(g, _hessian_times(loss, w, support, g), -1.0)


EXACT_GRADIENT = Exercise(
    id="04.exact_gradient",
    title="the Hessian term, without a Hessian",
    difficulty=3,
    minutes=15,
    reference=exact_gradient,
    inputs=_exact_inputs,
    oracle=_exact_oracle,
    cases=2,
    rtol=1e-3,
    verified="every weight's entry agrees with a reverse pass through the step in double precision.",
    hints=(
        "First g = grad L(w'; Q), which is FOMAML's answer. Then you need H g, and H is the derivative of "
        "grad L(w; S).",
        "With g held fixed, the number <grad L(w; S), g> has the gradient H g, by w. So write that number as "
        "a function of w (multiply, sum over all weights) and call grad on it.",
        "g = grad(loss)(inner_step(loss, w, support, alpha), query); along = lambda w: sum((grad(loss)(w, "
        "support)[n] * g[n]).sum() for n in w); h_g = grad(along)(w); "
        "return {n: g[n] - alpha * h_g[n] for n in w}",
    ),
    mistakes=mistakes(
        _exact_first_order,
        _exact_plus,
        _exact_hessian_at_the_end,
        _exact_hessian_of_query,
        _exact_g_of_support,
        _exact_g_at_the_start,
        _exact_without_rate,
    ),
)

# --- 04.maml_losses -------------------------------------------------------------------------------


def _losses_inputs(generator: torch.Generator) -> dict:
    tasks = Task(_points(generator, 3, 5), _points(generator, 3, 5), torch.zeros(3))
    return {
        "loss": _network,
        "params": _weights(generator),
        "tasks": tasks,
        "step": sgd(_rate(generator)),
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
        seen[f"the {name} gradient by the start"] = _slope(uneven, start)
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


MAML_LOSSES = Exercise(
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

# --- 04.reptile_gradient --------------------------------------------------------------------------


def _reptile_inputs(generator: torch.Generator) -> dict:
    n_tasks = int(torch.randint(3, 6, (), generator=generator))
    shapes = {"slope": (2,), "offset": ()}
    return {
        "start": {n: torch.randn(s, generator=generator) for n, s in shapes.items()},
        "adapted": {n: 1 + torch.randn(n_tasks, *s, generator=generator) for n, s in shapes.items()},
    }


def _reptile_oracle(start, adapted):
    """One task after the other."""
    found = {}
    for name, w in start.items():
        ends = list(adapted[name])
        found[name] = sum(w - end for end in ends) / len(ends)
    return found


def _reptile_upside_down(start, adapted):
    """Your direction points from the start to the tasks. It will be handed to an optimiser, which subtracts
    what it gets and would walk away from them: return the start minus the mean.
    """
    return {n: adapted[n].mean(0) - w for n, w in start.items()}


def _reptile_first_task(start, adapted):
    """You used the first task only. The start would run after one task at a time, where the mean over all T
    tasks is a compromise.
    """
    return {n: w - adapted[n][0] for n, w in start.items()}


def _reptile_summed(start, adapted):
    """You summed over the tasks. With a sum the step grows with T, and a rate tuned for four tasks would
    explode at sixteen.
    """
    return {n: (w - adapted[n]).sum(0) for n, w in start.items()}


def _reptile_ends_only(start, adapted):
    """You return where the tasks ended on average, not the way there. The outer optimiser needs a direction:
    subtract that from the start.
    """
    return {n: adapted[n].mean(0) for n in start}


def _reptile_each_task(start, adapted):
    """You return one difference a task and have not averaged over them. The start is one, so its gradient
    has the start's shape: take the mean over the first axis.
    """
    return {n: w - adapted[n] for n, w in start.items()}


def _reptile_over_everything(start, adapted):
    """mean() without an axis averages over all tasks and all entries of the weight. Every weight keeps its
    own mean: mean(0), over the axis of the tasks.
    """
    return {n: w - adapted[n].mean() for n, w in start.items()}


REPTILE = Exercise(
    id="04.reptile_gradient",
    title="Reptile: walk towards the tasks' ends",
    difficulty=1,
    minutes=5,
    reference=reptile_gradient,
    inputs=_reptile_inputs,
    oracle=_reptile_oracle,
    verified="a descent direction of the start's own shapes, the mean over all tasks.",
    hints=(
        "Each task's weights say 'I would rather have started nearer to me'. Average where they ended.",
        "adapted[name] has one row a task: (T, ...). An optimiser subtracts what it is given, so what you "
        "return points away from the tasks.",
        "return {name: w - adapted[name].mean(0) for name, w in start.items()}",
    ),
    mistakes=mistakes(
        _reptile_upside_down,
        _reptile_first_task,
        _reptile_summed,
        _reptile_ends_only,
        _reptile_each_task,
        _reptile_over_everything,
    ),
)

EXERCISES = [QUADRATIC, INNER_STEP, EXACT_GRADIENT, MAML_LOSSES, REPTILE]
