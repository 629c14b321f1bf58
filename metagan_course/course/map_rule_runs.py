"""Lesson 09's runs: a rule trained through steps of a generator's code, its rivals, and their judge.

No encoder tells G the task. Its code starts the same for every task and moves down

    L(c) = energy distance( h(G(z, c)), h(drawings) ) / 2,    z: one fixed bank of 16 noise vectors,

in D's features h; G, D and the start stand still. What is learned, or tuned, is the step alone. Not here:
what a rule is (answers/map_rules.py), figures (map_rule_figures.py), the long runs (benchmarks/map_rules.py).
"""

from collections.abc import Callable, Collection, Iterable
from functools import cache
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.func import vmap

from metagan_course import metagan, metrics, pretrained, tasks, terms
from metagan_course.answers.map_rules import MapRule, learned_map_rule, look_ahead, natural, rates_by_step
from metagan_course.answers.rules import momentum
from metagan_course.course.upgrade_runs import Judge
from metagan_course.evaluation.critics import critic
from metagan_course.inner import adapt_path
from metagan_course.steps import Step, adam, only, sgd
from metagan_course.tasks import Task
from metagan_course.training.game import codes, outer_terms, places
from metagan_course.trees import tree_leaves, tree_map
from metagan_course.weights import Params, as_function, detached, params_of

FLAGSHIP = "glyphs-meta-gan"
SHAPE = (16, 7, 7)  # the code, as maps
BANK = torch.randn(16, 48, generator=torch.Generator().manual_seed(77))
CHUNK = 10  # tasks at a time


class World(NamedTuple):
    """The shipped players, standing still: G(z, c), D's features of pictures, and the shared start."""

    gen: Callable[[Tensor, Tensor], Tensor]  # (n, Z), (784,) -> (n, 1, 28, 28)
    features: Callable[[Tensor], Tensor]  # (n, 1, 28, 28) -> (n, d)
    start: Tensor  # (784,)


@cache
def world() -> World:
    """From the checkpoint."""
    _, networks, meta_g, meta_d = pretrained.load(FLAGSHIP)
    inside = {n: w.detach() for n, w in meta_g["start"].items() if n != "code"}
    gen, body = as_function(networks.gen), as_function(networks.disc.base.body)
    seen = {n.removeprefix("base.body."): w.detach() for n, w in meta_d["start"].items() if "body" in n}
    return World(lambda z, c: gen(inside, z, c), lambda x: body(seen, x), meta_g["start"]["code"].detach())


# --- the inner loss, and a walk down it --------------------------------------------------------------------


def distances(a: Tensor, b: Tensor) -> Tensor:
    """|a_i - b_j|, (n, m), smooth at 0."""
    squared = a.square().sum(-1)[:, None] + b.square().sum(-1) - 2 * a @ b.T
    return (squared.clamp_min(0) + 1e-6).sqrt()


def loss_on(on: World, seen: Tensor, z: Tensor = BANK) -> Callable[[Params], Tensor]:
    """L({"code": c}) against drawings whose features are `seen`, without the drawings' own spread."""

    def loss(weights: Params) -> Tensor:
        drawn, n = on.features(on.gen(z, weights["code"])), len(z)
        spread = (distances(drawn, drawn) * (1 - torch.eye(n))).sum() / (n * (n - 1))
        return distances(drawn, seen).mean() - spread / 2

    return loss


def walk(step: Step, support: Tensor, n_steps: int) -> Tensor:
    """Every task's code before the first step and after each: (T, S, 1, 28, 28) -> (T, n_steps + 1, 784)."""
    on = world()

    def one_task(support: Tensor) -> Tensor:
        loss = loss_on(on, on.features(support))
        path = adapt_path(lambda w, _: loss(w), {"code": on.start}, support, step, n_steps, first_order=True)
        return torch.stack([w["code"] for w in path])

    with torch.no_grad():
        return torch.cat([vmap(one_task)(part) for part in support.split(CHUNK)])


@torch.no_grad()
def pictures(codes: Tensor, n: int, *, seed: int = 1) -> Tensor:
    """n pictures of each code, the same noise for every rule and step: (T, 784) -> (T, n, 1, 28, 28)."""
    z = torch.randn(n, 48, generator=torch.Generator().manual_seed(seed))
    return torch.cat([vmap(lambda c: world().gen(z, c))(part) for part in codes.split(CHUNK)])


# --- training through the steps ----------------------------------------------------------------------------


def drawings(n_tasks: int, seed: int | torch.Generator, split: str = "train", family: str = "glyphs") -> Task:
    """Five drawings to step on and four to be judged by, of each character."""
    dice = seed if isinstance(seed, torch.Generator) else torch.Generator().manual_seed(seed)
    return tasks.family(family).sample(n_tasks, 5, 4, split=split, generator=dice)


def query_loss(drawn: Task) -> tuple[Callable[..., Callable[[Params], Tensor]], tuple[Tensor, ...]]:
    """G's own loss on the queries, D's verdict included: (its maker for one task, what it takes of T tasks).

    D is told the task by its encoder, here in training alone: no rule sees that code.
    """
    recipe, networks, meta_g, meta_d = pretrained.load(FLAGSHIP)
    recipe = recipe.but(feature_energy=0.4)
    meta_g, meta_d = (tree_map(Tensor.detach, meta) for meta in (meta_g, meta_d))
    with torch.no_grad():
        c_d = codes(recipe, networks, meta_g, meta_d, drawn.support)["c_d"]
    pair = terms.pair(networks.gen, networks.disc)
    game = metagan.game(pair, outer_terms(recipe)[0], [], everyone=c_d)

    def of(query: Tensor, c: Tensor, place: Tensor, z: Tensor) -> Callable[[Params], Tensor]:
        disc = {**meta_d["start"], "code": c}
        return lambda w: game.gen_loss({**meta_g["start"], **w}, disc, {"x": query, "place": place}, z)

    return of, (drawn.query, c_d, places(c_d))


def train(
    begin: Params,
    step_of: Callable[[Params], Step],
    *,
    seed: int,
    updates: int = 40,
    k: int = 3,
    n_tasks: int = 8,
    rate: float = 3e-3,
    loss: Callable = look_ahead,
    rates: dict[str, float] | None = None,
) -> Params:
    """What `step_of` makes a step of, trained by the look-ahead loss through 1 to k steps; averaged."""
    dice, on = torch.Generator().manual_seed(seed), world()
    psi = tree_map(lambda w: w.clone().requires_grad_(), begin)
    groups = [{"params": [w], "lr": (rates or {}).get(n, rate)} for n, w in psi.items()]
    bases = [group["lr"] for group in groups]
    optimiser, mean = torch.optim.Adam(groups, betas=(0.9, 0.99)), detached(psi)
    for done in range(updates):
        drawn = drawings(n_tasks, dice)
        steps = int(torch.randint(1, k + 1, (), generator=dice))
        z = torch.randn(n_tasks, drawn.query.shape[1], 48, generator=dice)
        judged, taken = query_loss(drawn)

        def one_task(support, *rest, steps=steps, judged=judged):
            inner = loss_on(on, on.features(support))
            return loss(inner, judged(*rest), step_of(psi), {"code": on.start}, steps)

        optimiser.zero_grad()
        vmap(one_task)(drawn.support, *taken, z).mean().backward()
        torch.nn.utils.clip_grad_norm_(tree_leaves(psi), 10.0)
        left = min(1.0, (done + 1) / 10) * min(1.0, 2 * (1 - done / updates))
        for group, base in zip(groups, bases, strict=True):
            group["lr"] = base * left
        for group, now in zip(optimiser.param_groups, groups, strict=True):
            group["lr"] = now["lr"]
        optimiser.step()
        weight = 1 - min(0.97, (done + 1) / (done + 10))
        mean = {n: m.lerp(psi[n].detach(), weight) for n, m in mean.items()}
    return mean


def train_map_rule(*, seed: int, hidden: int = 32, **how: Any) -> tuple[MapRule, Params]:
    """A MapRule from its first weights on: the network, and the psi that it learned."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = MapRule(hidden=hidden, n_steps=how.get("k", 3))
    psi = train(
        detached(params_of(network)),
        lambda psi: learned_map_rule(network, psi),
        seed=seed,
        rates={"rate": 2e-2, "places": 2e-2, "steps": 1e-2},
        **how,
    )
    return network, psi


def train_rates(*, seed: int, alpha: float = 10.0, **how: Any) -> Step:
    """Meta-SGD by the same training: 784 rates and a factor a step."""
    begin = {"logs": torch.full((784,), alpha).log(), "factors": torch.zeros(how.get("k", 3))}
    psi = train(begin, lambda psi: rates_by_step(psi["logs"], psi["factors"]), seed=seed, rate=2e-2, **how)
    return rates_by_step(psi["logs"], psi["factors"])


# --- rivals, and the judge ---------------------------------------------------------------------------------

TRIALS: dict[str, list[tuple[float, ...]]] = {  # six settings each
    "sgd": [(2.5,), (5.0,), (10.0,), (15.0,), (20.0,), (40.0,)],
    "momentum": [(2.5, 0.5), (5.0, 0.5), (10.0, 0.5), (2.5, 0.8), (5.0, 0.8), (10.0, -0.2)],
    "adam": [(0.1,), (0.2,), (0.4,), (0.6,), (0.8,), (1.2,)],
    "natural": [(5.0, 0.1), (10.0, 0.1), (10.0, 1.0), (20.0, 0.1), (20.0, 1.0), (40.0, 4.0)],
}


def rival(kind: str, setting: Iterable[float]) -> Step:
    """One of the rules that people wrote, at this setting, moving the code alone."""
    made = {"sgd": sgd, "momentum": momentum, "natural": natural}
    made["adam"] = lambda alpha: adam(alpha, betas=(0.5, 0.9))
    return only(["code"], made[kind](*setting))


def judge(n_tasks: int, *, split: str, family: str = "glyphs") -> Judge:
    """Characters that training never saw, five drawings shown of each; fifteen by other hands judge."""
    dice = torch.Generator().manual_seed(2000)
    task = tasks.family(family).sample(n_tasks, 5, 15, split=split, generator=dice)
    query = critic("recognise", "glyphs").features(task.query)
    rivals = metrics.draw_rivals(query, task.label, n_way=20, generator=torch.Generator().manual_seed(0))
    return Judge(task, query, rivals, critic("compare", "glyphs").features(task.query))


def scores_along(step: Step, by: Judge, at: Collection[int], *, n: int = 24) -> dict[int, dict[str, Tensor]]:
    """{t: {score: one number a task}} after each number of steps."""
    codes = walk(step, by.task.support, max(at))
    return {t: by.score(pictures(codes[:, t], n).nan_to_num(0)) for t in at}


# --- the shipped file --------------------------------------------------------------------------------------


def learned_scores(told: dict, arm: str, side: str, score: str) -> Tensor:
    """(seeds, numbers of steps, tasks) of an arm that was trained."""
    rows = [row for row in told["learned"] if (row["arm"], row["side"]) == (arm, side)]
    return torch.tensor([[row["after"][str(t)][score] for t in told["at"]] for row in rows])


def trial_scores(told: dict, kinds: Collection[str], side: str, score: str) -> Tensor:
    """(trials, numbers of steps, tasks) of all settings of these rivals."""
    rows = [row for row in told["trials"] if row["arm"] in kinds and row["side"] == side]
    return torch.tensor([[row["after"][str(t)][score] for t in told["at"]] for row in rows])


class Table(NamedTuple):
    """The shipped file, and which of all rivals' trials was best on validation for each number of steps."""

    told: dict
    best: Tensor  # (t,)

    def plain(self, side: str, score: str) -> Tensor:
        """The best trial's scores, for each number of steps: (t, tasks)."""
        found = trial_scores(self.told, list(TRIALS), side, score)
        return found[self.best, torch.arange(len(self.best))]

    def gain(self, rival: str, side: str, score: str, t: int, rival_t: int | None = None) -> tuple:
        """By how much the rule is better after t steps: mean, low, high, pooled over seeds and tasks."""
        k, rival_k = (self.told["at"].index(n) for n in (t, rival_t or t))
        ours = learned_scores(self.told, "rule", side, score)[:, k]
        if rival == "plain":
            other = self.plain(side, score)[rival_k]
        else:
            other = learned_scores(self.told, rival, side, score)[:, rival_k]
        return tuple(metrics.pooled(other - ours if score == "kid" else ours - other))

    def verdicts(self, rival: str, side: str, t: int, rival_t: int | None = None) -> str:
        """In words, for both scores of the bar that was fixed before the run."""
        said = []
        for name, score in (("KID", "kid"), ("recognisability", "recognisability")):
            _, low, high = self.gain(rival, side, score, t, rival_t)
            said.append(f"{name} {'better' if low > 0 else 'worse' if high < 0 else 'not told apart'}")
        return ", ".join(said)
