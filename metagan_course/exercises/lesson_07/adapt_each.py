"""Exercise 07.adapt_each, every task from the same start: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from metagan_course.answers.reptile import adapt_each
from metagan_course.steps import Step, adam, sgd

from ..declare import Exercise, Observation, Unfit, mistakes


def momentum(rate: float, mu: float = 0.8) -> Step:
    """v' = mu v + g, w' = w - alpha v': lesson 06's, with its memory as a state."""

    def update(weights, gradient, state):
        state = {n: mu * state[n] + gradient[n] for n in weights}
        return {n: w - rate * state[n] for n, w in weights.items()}, state

    return Step(update, lambda weights: {n: torch.zeros_like(w) for n, w in weights.items()})


def slope(weights: dict[str, Tensor], task: dict[str, Tensor]) -> dict[str, Tensor]:
    """Of h |w - c|^2 / 2 and a part that is not a parabola."""
    return {n: task["h"] * (w - task[n]) + 0.1 * torch.sin(3 * w) for n, w in weights.items()}


def _case(rule: Step, n_tasks: int, n_steps: int, dtype: torch.dtype = torch.float32) -> Callable:
    def inputs(generator: torch.Generator) -> dict:
        def draw(scale: float = 1.0) -> dict[str, Tensor]:
            shapes = {"weight": (2, 3), "bias": (2,)}
            return {n: scale * torch.randn(s, generator=generator).to(dtype) for n, s in shapes.items()}

        tasks = [
            {**draw(3.0), "h": 0.5 + torch.rand((), generator=generator).to(dtype)} for _ in range(n_tasks)
        ]
        return {"slope": slope, "start": draw(), "tasks": tasks, "step": rule, "n_steps": n_steps}

    return inputs


INPUTS = {
    "Adam, three tasks, four steps": _case(adam(0.1, betas=(0.5, 0.99)), 3, 4),
    "momentum, four tasks, three steps": _case(momentum(0.1), 4, 3),
    "plain descent, two tasks, five steps": _case(sgd(0.2), 2, 5),
    "Adam with its usual memory, in double precision": _case(adam(0.05), 3, 6, torch.float64),
    "one single task": _case(momentum(0.2), 1, 3),
    "no step at all": _case(adam(0.1), 3, 0),
}
_FORM = "adapt_each should return a list with one dict of weights for each task, shaped like start. {}"


def _seen(function: Callable, inputs: dict) -> Observation:
    found, wanted = function(**inputs), len(inputs["tasks"])
    if not isinstance(found, list | tuple) or not all(isinstance(x, dict) for x in found):
        raise Unfit(_FORM.format(f"Yours is {type(found).__name__}."))
    if len(found) != wanted:
        raise Unfit(_FORM.format(f"Yours has {len(found)} entries for {wanted} tasks."))
    seen: Observation = {}
    for place, weights in enumerate(found):
        if set(weights) != set(inputs["start"]):
            raise Unfit(_FORM.format(f"One of yours has the names {', '.join(map(str, weights))}."))
        seen |= {f"task {place + 1}, {n}": weights[n] for n in inputs["start"]}
    return seen


def _oracle(slope, start, tasks, step, n_steps):
    """By recursion: where one is after k steps on a task follows from where one was after k - 1."""

    def after(k: int, task):
        if k == 0:
            return {n: w.clone() for n, w in start.items()}, step.init(start)
        weights, state = after(k - 1, task)
        return step(weights, slope(weights, task), state)

    return [after(n_steps, task)[0] for task in tasks]


def _walk(slope, weights, task, step, n_steps, state=None):
    state = step.init(weights) if state is None else state
    for _ in range(n_steps):
        weights, state = step(weights, slope(weights, task), state)
    return weights, state


def _each_state_carried(slope, start, tasks, step, n_steps):
    """The step's memory goes from task to task: your second task begins with the first one's moments, so its
    first step points where another task wanted to go. Call step.init for every task.
    """
    state, adapted = step.init(start), []
    for task in tasks:
        weights, state = _walk(slope, start, task, step, n_steps, state)
        adapted.append(weights)
    return adapted


def _each_weights_carried(slope, start, tasks, step, n_steps):
    """A relay: your second task starts where the first one ended. Every task starts at the start."""
    weights, adapted = start, []
    for task in tasks:
        weights, _ = _walk(slope, weights, task, step, n_steps)
        adapted.append(weights)
    return adapted


def _each_both_carried(slope, start, tasks, step, n_steps):
    """Weights and memory both go on from task to task: this is training on one task after another. Each task
    begins at the start with an empty memory.
    """
    weights, state, adapted = start, step.init(start), []
    for task in tasks:
        weights, state = _walk(slope, weights, task, step, n_steps, state)
        adapted.append(weights)
    return adapted


def _each_forgets(slope, start, tasks, step, n_steps):
    """Every step begins with an empty memory: step.init stands inside the loop, or the new state was
    dropped. Adam is then a step by the sign of the gradient. Empty it once a task, and go on with what a
    step returns.
    """
    adapted = []
    for task in tasks:
        weights = start
        for _ in range(n_steps):
            weights, _ = step(weights, slope(weights, task), step.init(weights))
        adapted.append(weights)
    return adapted


def _each_slope_at_start(slope, start, tasks, step, n_steps):
    """All your slopes are taken at the start. The second step has to look at where the first one led."""
    adapted = []
    for task in tasks:
        weights, state = start, step.init(start)
        for _ in range(n_steps):
            weights, state = step(weights, slope(start, task), state)
        adapted.append(weights)
    return adapted


def _each_from_start(slope, start, tasks, step, n_steps):
    """Every step of yours leaves from the start again, so only the last one counts. Go on from where the one
    before ended.
    """
    adapted = []
    for task in tasks:
        weights, state = start, step.init(start)
        for _ in range(n_steps):
            weights, state = step(start, slope(weights, task), state)
        adapted.append(weights)
    return adapted


def _each_one_less(slope, start, tasks, step, n_steps):
    """One step is missing. range(n_steps) has n_steps entries."""
    return adapt_each(slope, start, tasks, step, max(0, n_steps - 1))


def _each_one_more(slope, start, tasks, step, n_steps):
    """There is one step too many. After n_steps = 0 the weights are the start."""
    return adapt_each(slope, start, tasks, step, n_steps + 1)


def _each_same_task(slope, start, tasks, step, n_steps):
    """All your entries are adapted to the first task. The slope has to be asked of each task in turn."""
    return [adapt_each(slope, start, tasks[:1], step, n_steps)[0] for _ in tasks]


def _each_reversed(slope, start, tasks, step, n_steps):
    """Your entries come in the opposite order. The first one belongs to the first task."""
    return adapt_each(slope, start, tasks, step, n_steps)[::-1]


def _each_start(slope, start, tasks, step, n_steps):
    """You return the start for every task: nothing moved. A step *returns* new weights, it changes none."""
    return [start for _ in tasks]


def _each_single_step(slope, start, tasks, step, n_steps):
    """There is one step on each task, whatever n_steps is. The inner loop goes over range(n_steps)."""
    return adapt_each(slope, start, tasks, step, 1)


def _each_one_dict(slope, start, tasks, step, n_steps):
    """All your entries are one and the same dict, changed by every task in turn. Make a new one for each
    task.
    """
    weights = dict(start)
    for task in tasks:
        state = step.init(weights)
        for _ in range(n_steps):
            new, state = step(weights, slope(weights, task), state)
            weights.update(new)
    return [weights for _ in tasks]


def _each_joint(slope, start, tasks, step, n_steps):
    """You step by the mean slope of all tasks: joint training. Here each task goes its own way."""
    weights, state = start, step.init(start)
    for _ in range(n_steps):
        slopes = [slope(weights, task) for task in tasks]
        weights, state = step(weights, {n: sum(g[n] for g in slopes) / len(slopes) for n in weights}, state)
    return [weights for _ in tasks]


EXERCISE = Exercise(
    id="07.adapt_each",
    title="every task from the same start",
    difficulty=2,
    minutes=8,
    reference=adapt_each,
    inputs=INPUTS,
    oracle=_oracle,
    observe=_seen,
    verified="each task began at the start, with an empty memory, whatever came before it.",
    hints=(
        "Two things must not go from task to task: the weights, and what the step remembers. Where does each "
        "of them begin?",
        "Inside the loop over tasks: weights = start and state = step.init(start). Then K times: a slope at "
        "the present weights, and a step that returns both.",
        "`weights, state = step(weights, slope(weights, task), state)`, K times, then append the weights.",
    ),
    mistakes=mistakes(
        _each_state_carried,
        _each_weights_carried,
        _each_both_carried,
        _each_forgets,
        _each_slope_at_start,
        _each_from_start,
        _each_one_less,
        _each_one_more,
        _each_same_task,
        _each_reversed,
        _each_start,
        _each_single_step,
        _each_one_dict,
        _each_joint,
    ),
)
