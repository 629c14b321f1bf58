"""Six few-shot learners on one network, and how they are judged: for lesson 05 and benchmarks/few_shot.py.

A learner is its method and its weights. Metric learners compare a picture's features with those of the
support; the others have a last layer of N classes, and adapt. Not here: how episodes are drawn (tasks.py),
inner and outer loops (inner.py, outer.py).
"""

from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import torch
from torch import Tensor
from torch.func import grad, vmap
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from metagan_course.answers.tasks import Labelled, anil_step, episode, prototype_logits
from metagan_course.inner import adapt
from metagan_course.nets import Conv4
from metagan_course.outer import maml_gradient, reptile_gradient
from metagan_course.steps import Step, sgd
from metagan_course.tasks import Task
from metagan_course.weights import Params, as_function, detached, params_of

METRIC, GRADIENT = ("siamese", "protonet"), ("maml", "fomaml", "anil", "reptile")
WIDTH, QUERIES, TASKS, K = 32, 5, 4, 1  # channels; queries a class; episodes in an outer step; inner steps
ALPHA = {"maml": 0.4, "fomaml": 0.4, "anil": 0.4, "reptile": 0.1}
WAYS = 20  # in each training episode of a metric learner: more than at the test, as Snell et al. advise


class Learner(NamedTuple):
    """A method and its weights; n_way is the size of its last layer, None without one."""

    method: str
    params: Params
    n_way: int | None


def network(n_way: int | None) -> Conv4:
    """(B, 1, 28, 28) -> (B, 4 WIDTH) features, or (B, n_way) logits."""
    return Conv4(width=WIDTH, out_size=n_way, strided=True)


@cache
def function(n_way: int | None, method: str = "forward"):
    """The network as a function of its weights: f(params, x)."""
    return as_function(network(n_way), method)


def start(method: str, n_way: int, seed: int) -> Learner:
    """Random weights; a Siamese net also learns how much each feature's difference counts."""
    torch.manual_seed(seed)
    head = n_way if method in GRADIENT else None
    params = detached(params_of(network(head)))
    if method == "siamese":
        params |= {"same.weight": torch.full((4 * WIDTH,), 0.1), "same.bias": torch.ones(())}
    return Learner(method, params, head)


# --- losses ------------------------------------------------------------------------------------------------


def class_loss(n_way: int):
    """Cross-entropy of a network with a last layer: loss(params, {"x", "y"})."""
    f = function(n_way)
    return lambda params, data: cross_entropy(f(params, data["x"]), data["y"])


def embed(params: Params, x: Tensor, **options) -> Tensor:
    """Features without a last layer: (B, 1, 28, 28) -> (B, 4 WIDTH)."""
    return function(None)(body_of(params), x, **options)


def body_of(params: Params) -> Params:
    """The network's own weights."""
    return {n: w for n, w in params.items() if not n.startswith("same.")}


def metric_loss(params: Params, method: str, support: Labelled, query: Labelled) -> Tensor:
    """ProtoNet: cross-entropy over -|q - c|^2 / 2. Siamese: same character or not, for every pair."""
    s, q = embed(params, torch.cat([support["x"], query["x"]])).split([len(support["x"]), len(query["x"])])
    if method == "protonet":
        return cross_entropy(prototype_logits(s, support["y"], q) / 2, query["y"])
    same = (query["y"][:, None] == support["y"]).float()  # (M, S)
    weight = torch.where(same > 0, 0.5 / same.mean(), 0.5 / (1 - same.mean()))  # half of the loss is "same"
    return binary_cross_entropy_with_logits(pair_logits(params, q, s), same, weight)


def pair_logits(params: Params, q: Tensor, s: Tensor) -> Tensor:
    """l = b - |q - s| . a: how surely two pictures show one character: (M, d), (S, d) -> (M, S)."""
    return params["same.bias"] - (q[:, None] - s).abs() @ params["same.weight"]


# --- training ----------------------------------------------------------------------------------------------


def batch(
    pictures: Tensor,
    n_tasks: int,
    n_way: int,
    k_shot: int,
    generator: torch.Generator,
    n_query: int = QUERIES,
) -> Task:
    """Episodes one above the other: every tensor (T, ...)."""
    drawn = [episode(pictures, n_way, k_shot, n_query, generator) for _ in range(n_tasks)]
    support, query = ({n: torch.stack([d[i][n] for d in drawn]) for n in "xy"} for i in (0, 1))
    return Task(support, query, torch.zeros(n_tasks))


def inner_step(method: str, params: Params) -> Step:
    """What moves, and how far: ANIL the last layer, everybody else all weights."""
    return anil_step(params, ALPHA[method]) if method == "anil" else sgd(ALPHA[method])


def direction(
    learner: Learner, pictures: Tensor, n_way: int, k_shot: int, generator: torch.Generator
) -> Params:
    """The gradient by which one outer step moves the weights, from fresh episodes: a dict like params."""
    method, params, _ = learner
    if method in METRIC:
        support, query = episode(pictures, WAYS, k_shot, 2, generator)
        return grad(metric_loss)(params, method, support, query)
    loss, step = class_loss(n_way), inner_step(method, params)
    if method == "reptile":  # makes no use of the split in two: a task is all its pictures
        tasks = batch(pictures, TASKS, n_way, k_shot, generator, n_query=1)
        whole = {n: torch.cat([tasks.support[n], tasks.query[n]], 1) for n in "xy"}
        ends = vmap(lambda data: adapt(loss, params, data, step, 5, first_order=True))(whole)
        return reptile_gradient(params, ends)
    tasks = batch(pictures, TASKS, n_way, k_shot, generator)
    return maml_gradient(loss, params, tasks, step, K, first_order=method == "fomaml")[0]


def train(
    method: str, pictures: Tensor, *, updates: int, rate: float, seed: int, n_way: int = 5, k_shot: int = 1
) -> Learner:
    """So many outer steps of Adam, its rate falling to 0 along a line."""
    learner, generator = start(method, n_way, seed), torch.Generator().manual_seed(seed)
    live = {n: w.clone().requires_grad_() for n, w in learner.params.items()}
    optimiser = torch.optim.Adam(list(live.values()), rate)
    for update in range(updates):
        optimiser.param_groups[0]["lr"] = rate * (1 - update / updates)
        gradient = direction(learner._replace(params=detached(live)), pictures, n_way, k_shot, generator)
        for name, w in live.items():
            w.grad = gradient[name]
        optimiser.step()
    return learner._replace(params=detached(live))


# --- judging -----------------------------------------------------------------------------------------------


@torch.no_grad()
def answers(
    learner: Learner, support: Labelled, query: Labelled, *, steps: int = 3, together: bool = True
) -> Tensor:
    """The class that the learner gives each query: (M,).

    together: the norms take their statistics from the queries too, so an answer hangs on its neighbours.
    """
    method, params, n_way = learner
    if method in GRADIENT:
        params = adapt(
            class_loss(n_way), params, support, inner_step(method, params), steps, first_order=True
        )
        fixed = None if together else function(n_way, "statistics")(params, support["x"])
        return function(n_way)(params, query["x"], statistics=fixed).argmax(1)
    seen = torch.cat([support["x"], query["x"]]) if together else support["x"]
    fixed = function(None, "statistics")(body_of(params), seen)
    s, q = (embed(params, part["x"], statistics=fixed) for part in (support, query))
    if method == "protonet":
        return prototype_logits(s, support["y"], q).argmax(1)
    return support["y"][pair_logits(params, q, s).argmax(1)]


def accuracy(
    learner: Learner,
    pictures: Tensor,
    *,
    seed: int,
    n_way: int = 5,
    k_shot: int = 1,
    episodes: int = 200,
    **how,
) -> Tensor:
    """The share of right answers in each episode: (E,). The same seed, the same episodes for every
    learner."""
    generator = torch.Generator().manual_seed(seed)
    drawn = batch(pictures, episodes, n_way, k_shot, generator)
    for part in ("forward", "statistics"):
        function(learner.n_way, part)  # built here: in vmap nobody may draw, not even weights that go unused
    y_s, y_q = (
        drawn.support["y"][0],
        drawn.query["y"][0],
    )  # an episode's labels stand in the same order as any's

    def one(s, q):
        return answers(learner, {"x": s, "y": y_s}, {"x": q, "y": y_q}, **how) == y_q

    right = vmap(one, chunk_size=10)(drawn.support["x"], drawn.query["x"])  # (E, M)
    return right.float().mean(1)


# --- what a split by character lets through ----------------------------------------------------------------


def crossover(
    alphabets: Sequence[str], generator: torch.Generator, least: int = 20
) -> dict[str, tuple[Tensor, Tensor]]:
    """Two worlds of alphabets, "A" and "B", each with rows to train on and rows for the exam: no row is in
    two.

    Alphabets of `least` characters or more, by size, go to the worlds in turn. Half of an alphabet's
    characters train, half are the exam, and both worlds train on equally many. A learner of world A sits
    A's exam as under a split by character (it met others of these alphabets), and B's as under a split by
    alphabet.
    """
    known = [alphabet for alphabet, n in Counter(alphabets).most_common() if n >= least]
    worlds = {}
    for world, mine in (("A", known[0::2]), ("B", known[1::2])):
        halves = []
        for alphabet in mine:
            rows = torch.tensor([i for i, own in enumerate(alphabets) if own == alphabet])
            rows = rows[torch.randperm(len(rows), generator=generator)]
            halves.append((rows[: len(rows) // 2], rows[len(rows) // 2 :]))
        train, exam = (torch.cat(part) for part in zip(*halves, strict=True))
        worlds[world] = train[torch.randperm(len(train), generator=generator)], exam
    n = min(len(train) for train, _ in worlds.values())
    return {world: (train[:n], exam) for world, (train, exam) in worlds.items()}
