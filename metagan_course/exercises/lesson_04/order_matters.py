"""Exercise 04.order_matters, a test that the learner writes: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from metagan_course.answers.maml import order_matters
from metagan_course.inner import adapt
from metagan_course.outer import maml_losses
from metagan_course.steps import sgd
from metagan_course.tasks import Task

from ..declare import Exercise, Observation, mistakes, returned
from .draws import network, points, warm_up, weights

# --- the rules that the test is tried on ------------------------------------------------------------------


def in_a_loop(loss, params, tasks, step, n_steps):
    """Right: every task from the same start, one after the other."""
    pairs = zip(tasks.support, tasks.query, strict=True)
    return torch.stack([loss(adapt(loss, params, s, step, n_steps), q) for s, q in pairs])


def rounded_by_place(loss, params, tasks, step, n_steps):
    """Right up to rounding: a task's last digits, and always those, hang on the place where it stands."""
    losses = maml_losses(loss, params, tasks, step, n_steps)
    return losses * (
        1 + 5e-7 * torch.arange(len(losses))
    )  # 4 units of the last digit or more from place to place


def relay(loss, params, tasks, step, n_steps):
    """Broken: the start is overwritten, so each task begins where the last one ended."""
    losses = []
    for support, query in zip(tasks.support, tasks.query, strict=True):
        params = adapt(loss, params, support, step, n_steps)
        losses.append(loss(params, query))
    return torch.stack(losses)


def late_relay(loss, params, tasks, step, n_steps):
    """Broken where it is hard to see: only the last task begins where the one before it ended."""
    losses = maml_losses(loss, params, tasks, step, n_steps)
    before = adapt(loss, params, tasks.support[-2], step, n_steps)
    last = loss(adapt(loss, before, tasks.support[-1], step, n_steps), tasks.query[-1])
    return torch.cat([losses[:-1], last[None]])


RIGHT = {
    "the losses of vmap": maml_losses,
    "a loop": in_a_loop,
    "losses rounded by their place": rounded_by_place,
}
BROKEN = {"the relay": relay, "a relay at the last task only": late_relay}


def _inputs(generator: torch.Generator) -> dict:
    n_tasks = int(torch.randint(3, 5, (), generator=generator))
    tasks = Task(points(generator, n_tasks, 5), points(generator, n_tasks, 5), torch.arange(float(n_tasks)))
    return {
        "rule": maml_losses,
        "loss": network,
        "params": weights(generator),
        "tasks": tasks,
        "step": sgd(0.3),
        "n_steps": 2,
    }


# --- the second look, which tells wrong tests apart -------------------------------------------------------


def stubborn_relay(loss, params, tasks, step, n_steps):
    """Broken even without inner steps: it takes three whatever it is told."""
    return relay(loss, params, tasks, step, 3)


class Forgetful:
    """A rule that adds one each time it is called: it is not the same twice."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, loss, params, tasks, step, n_steps):
        self.calls += 1
        return maml_losses(loss, params, tasks, step, n_steps) + self.calls


def of_first_points(loss, params, tasks, step, n_steps):
    """Right for tasks, and it hangs on the order of the points: it judges on the first of each query."""
    return maml_losses(loss, params, tasks._replace(query=tasks.query[:, :1]), step, n_steps)


def _shared(part: str) -> Callable:
    def build(generator: torch.Generator) -> dict:
        drawn = _inputs(generator)
        own = getattr(drawn["tasks"], part)
        return drawn | {"tasks": drawn["tasks"]._replace(**{part: own[:1].expand_as(own).clone()})}

    return build


def _in_order(*order: int, **more: Callable) -> Callable:
    def build(generator: torch.Generator) -> dict:
        drawn = _inputs(generator) | {name: make() for name, make in more.items()}
        return drawn | {"tasks": Task(*(part[list(order)] for part in drawn["tasks"]))}

    return build


PROBES = {
    "tasks that share their query": _shared("query"),
    "tasks that share their support": _shared("support"),
    "tasks that read the same from both ends": _in_order(0, 1, 1, 0),
    "a first and a last task that are the same": _in_order(0, 1, 2, 0),
    "a rule that takes three steps whatever it is told": lambda g: _inputs(g) | {"rule": stubborn_relay},
    "a rule that is not the same twice": lambda g: _inputs(g) | {"rule": Forgetful()},
    "such a rule, and a first and a last task that are the same": _in_order(0, 1, 2, 0, rule=Forgetful),
    "a rule that looks at the first points only": lambda g: _inputs(g) | {"rule": of_first_points},
}


def _watch(function: Callable, inputs: dict) -> Observation:
    """The test's verdict on every rule, the right ones and the broken."""
    return {f"order_matters of {name}": _plain(function(**inputs | {"rule": rule})) for name, rule in RULES}


RULES = [*RIGHT.items(), *BROKEN.items()]


def _plain(verdict: object) -> object:
    return bool(verdict) if isinstance(verdict, Tensor) and verdict.numel() == 1 else verdict


def _oracle(rule, loss, params, tasks, step, n_steps):
    """From the list above: which rules are broken."""
    warm_up()
    return rule in BROKEN.values()


def _order_not_turned_back(rule, loss, params, tasks, step, n_steps):
    """You turned the tasks and compared the losses as they came: the first with what was the last. Turn the
    second losses back, .flip(0), so that each task meets itself.
    """
    there, back = rule(loss, params, tasks, step, n_steps), rule(loss, params, _turned(tasks), step, n_steps)
    return not torch.allclose(there, back, rtol=1e-4)


def _order_upside_down(rule, loss, params, tasks, step, n_steps):
    """Your answer is upside down: it says True where nothing depends on the order. The question is whether
    order matters.
    """
    return not order_matters(rule, loss, params, tasks, step, n_steps)


def _order_bit_for_bit(rule, loss, params, tasks, step, n_steps):
    """You compare bit for bit, and a right rule may differ in its last digit when it computes in another
    order. Use torch.allclose, with a tolerance between rounding and a real difference, such as rtol=1e-4.
    """
    there, back = rule(loss, params, tasks, step, n_steps), rule(loss, params, _turned(tasks), step, n_steps)
    return not torch.equal(there, back.flip(0))


def _order_support_only(rule, loss, params, tasks, step, n_steps):
    """You turned the support and left the query, so every task was judged by another one's exam. Turn all
    parts of the tasks alike.
    """
    turned = tasks._replace(support=tasks.support.flip(0))
    there, back = rule(loss, params, tasks, step, n_steps), rule(loss, params, turned, step, n_steps)
    return not torch.allclose(there, back.flip(0), rtol=1e-4)


def _order_query_only(rule, loss, params, tasks, step, n_steps):
    """You turned the query and left the support, so every task was judged by another one's exam. Turn all
    parts of the tasks alike.
    """
    turned = tasks._replace(query=tasks.query.flip(0))
    there, back = rule(loss, params, tasks, step, n_steps), rule(loss, params, turned, step, n_steps)
    return not torch.allclose(there, back.flip(0), rtol=1e-4)


def _order_one_place(rule, loss, params, tasks, step, n_steps):
    """You compare one place of the losses before and after the turn, and after it another task stands there.
    So the answer is True whatever the rule does: turn the second losses back, and compare all of them.
    """
    there, back = rule(loss, params, tasks, step, n_steps), rule(loss, params, _turned(tasks), step, n_steps)
    return not torch.allclose(there[0], back[0], rtol=1e-4)


def _order_points_turned(rule, loss, params, tasks, step, n_steps):
    """You turned the points within each task and left the tasks in their order: .flip(1) where .flip(0) is
    meant. The first axis is the tasks, (T, N, 2).
    """
    turned = Task(tasks.support.flip(1), tasks.query.flip(1), tasks.label)
    there, back = rule(loss, params, tasks, step, n_steps), rule(loss, params, turned, step, n_steps)
    return not torch.allclose(there, back, rtol=1e-4)


def _order_any_close(rule, loss, params, tasks, step, n_steps):
    """You say that order matters only if *every* task changes its loss. One task that changes is enough."""
    there, back = rule(loss, params, tasks, step, n_steps), rule(loss, params, _turned(tasks), step, n_steps)
    return bool((~torch.isclose(there, back.flip(0), rtol=1e-4)).all())


def _order_same_twice(rule, loss, params, tasks, step, n_steps):
    """You ran the rule twice on the same order, which tells whether it is random. Turn the tasks the second
    time.
    """
    there, back = (rule(loss, params, tasks, step, n_steps) for _ in range(2))
    return not torch.allclose(there, back, rtol=1e-4)


def _order_without_steps(rule, loss, params, tasks, step, n_steps):
    """You ran the rule without inner steps, and then every rule is right: nobody moves. Hand n_steps on."""
    return order_matters(rule, loss, params, tasks, step, 0)


def _order_first_and_last(rule, loss, params, tasks, step, n_steps):
    """Your test cannot say False: it compares the first task with the last. Compare each task with itself."""
    losses = rule(loss, params, tasks, step, n_steps)
    return not torch.allclose(losses[0], losses[-1])


def _order_always(rule, loss, params, tasks, step, n_steps):
    """Your test says True of every rule, the right ones too. It has to let those pass whose losses do not
    hang on the order.
    """
    return True


def _order_never(rule, loss, params, tasks, step, n_steps):
    """Your test says False of every rule, the relay too. Run it on the tasks and on the turned tasks, and
    compare task by task.
    """
    return False


def _turned(tasks):
    return Task(*(part.flip(0) for part in tasks))


EXERCISE = Exercise(
    id="04.order_matters",
    title="a test that sees the relay",
    difficulty=2,
    minutes=8,
    reference=order_matters,
    inputs=_inputs,
    oracle=_oracle,
    observe=_watch,
    probes=PROBES,
    closer=returned,
    cases=2,
    verified="the test lets three right rules pass and stops two broken ones.",
    hints=(
        "Run the rule on the tasks, and again on the same tasks in the opposite order. What should agree?",
        "Turn every part: `Task(*(part.flip(0) for part in tasks))`. Turn the second losses back with "
        ".flip(0) before you compare, and allow for rounding.",
        "`return not torch.allclose(there, back, rtol=1e-4)`, with `there` the losses of tasks and `back` "
        "those of the turned tasks, turned back.",
    ),
    mistakes=mistakes(
        _order_not_turned_back,
        _order_upside_down,
        _order_bit_for_bit,
        _order_support_only,
        _order_query_only,
        _order_one_place,
        _order_points_turned,
        _order_any_close,
        _order_same_twice,
        _order_without_steps,
        _order_first_and_last,
        _order_always,
        _order_never,
    ),
)
