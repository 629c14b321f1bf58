"""Does learning through the inner steps pay? Steps that read five drawings, and what was learned for them.

No encoder tells G the task. Its code c starts the same for all tasks and moves down an inner loss,

    L(c) = 1/2 energy distance( h(G(z, c)), h(support) ),    z: one fixed bank of 16 noise vectors,

where h are features of pictures and G stands still. The arms differ in what was learned, and how:

    plain      nothing: h is D's, the start is the shipped one; SGD or Adam, the best of them for each t
    through    h, the start and a rate for each coordinate, THROUGH 1 to 4 steps, by G's own outer loss
    prototype  h alone, without steps, as a prototypical network; Adam inside (the detached control)
    told       no steps: the shipped encoder, trained together with G and D from the start
    encoder    no steps: the shipped encoder, trained on alone for about as many CPU seconds

    python benchmarks/through_steps.py through --seed 0

Not here: samples and scores (judge_steps.py), tables (steps_table.py), what came out (THROUGH_STEPS.md).
"""

import argparse
import json
import time
from pathlib import Path
from typing import NamedTuple

import torch
from steps_table import LOG
from torch import Tensor
from torch.func import vmap
from torch.nn import functional as F

from metagan_course import metagan, pretrained, tasks, terms
from metagan_course.inner import Game, adapt_path
from metagan_course.metagan import Meta
from metagan_course.steps import Rule, Step, fixed
from metagan_course.tasks import Task
from metagan_course.terms import Sight
from metagan_course.training.architectures import Networks
from metagan_course.training.game import codes, outer_terms, places
from metagan_course.training.recipe import Recipe
from metagan_course.trees import tree_leaves, tree_map
from metagan_course.weights import Params, as_function

FLAGSHIP = "glyphs-meta-gan"
BANK = torch.randn(16, 48, generator=torch.Generator().manual_seed(77))
S, Q, K, B = 5, 4, 4, 8  # support, query, steps and noise vectors of one outer step
TASKS = {"through": 8, "prototype": 16, "encoder": 16}  # of one outer step
STEPS = {"through": 120, "prototype": 800, "encoder": 450}  # outer steps: about as many CPU seconds each
RATES = {"h": 2e-3, "code": 1e-2, "rate": 2e-2, "factor": 2e-2, "sharpness": 1e-2, "encoder": 1e-3}
RUNS = Path(__file__).parents[1] / "runs" / "through_steps"


class World(NamedTuple):
    """The shipped players, standing still, and the tasks that are trained on."""

    recipe: Recipe
    networks: Networks
    meta_g: Meta
    meta_d: Meta
    family: tasks.Family


def shipped() -> World:
    recipe, networks, *metas = pretrained.load(FLAGSHIP)
    return World(recipe.but(feature_energy=0.4), networks, *metas, tasks.family(recipe.family))


# --- the inner loop ----------------------------------------------------------------------------------------


def distances(a: Tensor, b: Tensor) -> Tensor:
    """|a_i - b_j|, by a matrix product and smooth at 0, so that it can be differentiated twice."""
    squared = a.square().sum(-1)[:, None] + b.square().sum(-1) - 2 * a @ b.T
    return (squared.clamp_min(0) + 1e-6).sqrt()


def spread(a: Tensor) -> Tensor:
    """Mean distance of different rows of (n, d)."""
    n = len(a)
    return (distances(a, a) * (1 - torch.eye(n))).sum() / (n * (n - 1))


def features_of(world: World):
    """h as f(weights, pictures): D's three convolutions, with weights of their own."""
    return as_function(world.networks.disc.base.body)


def d_features(world: World) -> Params:
    """The weights of D's features, where h begins."""
    body = {n: w for n, w in world.meta_d["start"].items() if n.startswith("base.body.")}
    return {n.removeprefix("base.body."): w.detach().clone() for n, w in body.items()}


def inner_game(world: World) -> Game:
    """G's game of one term: the energy distance to the drawings, in features that are part of the data.

    data = {"h": weights, "seen": the drawings' features}. Their own spread is left out: c cannot change it.
    """
    features = features_of(world)

    def reads(s: Sight) -> Tensor:
        drawn = features(s.data["h"], s.fake)  # (B, n)
        return 2 * distances(drawn, s.data["seen"]).mean() - spread(drawn)

    return metagan.game(terms.pair(world.networks.gen, world.networks.disc), [(0.5, reads)], [])


def only_code(rule: Rule) -> Rule:
    return rule._replace(moves=lambda weights: ["code"])


def learned_rates(rate: Tensor, factor: Tensor) -> Step:
    """c' = c - 10 exp(rate + factor[t]) * g, a rate for each coordinate; the last factor goes on for ever."""

    def update(weights, gradient, t):
        alpha = 10 * (rate + factor[min(t, len(factor) - 1)]).exp()
        return {"code": weights["code"] - alpha * gradient["code"]}, t + 1

    return Step(update, lambda weights: 0)


def walk(
    world: World, h: Params, code: Tensor, step: Step, support: Tensor, n_steps: int, bank: Tensor = BANK
) -> Tensor:
    """The codes before the first step and after each, all tasks at once: (n_steps + 1, T, 784)."""
    game, features = inner_game(world), features_of(world)
    gen = {**world.meta_g["start"], "code": code}
    step = only_code(fixed(step)).on(gen, {})

    def one_task(support: Tensor) -> Tensor:
        loss = lambda gen, data: game.gen_loss(gen, {}, data, bank)  # noqa: E731
        path = adapt_path(loss, gen, {"h": h, "seen": features(h, support)}, step, n_steps)
        return torch.stack([gen["code"] for gen in path])

    return vmap(one_task, out_dims=1)(support)


# --- the outer losses --------------------------------------------------------------------------------------


def outer_loss(world: World, code: Tensor, drawn: Task, z: Tensor) -> Tensor:
    """G's own loss on the queries with codes (T, 784): D's verdict, whose it is, distance, variety. (T,)"""
    with torch.no_grad():
        c_d = codes(world.recipe, world.networks, world.meta_g, world.meta_d, drawn.support)["c_d"]
    pair = terms.pair(world.networks.gen, world.networks.disc)
    game = metagan.game(pair, outer_terms(world.recipe)[0], [], everyone=c_d)
    g, d = world.meta_g["start"], world.meta_d["start"]

    def one_task(code, query, c_d, place, z):
        return game.gen_loss({**g, "code": code}, {**d, "code": c_d}, {"x": query, "place": place}, z)

    return vmap(one_task)(code, drawn.query, c_d, places(c_d), z)


def query_noise(drawn: Task, generator: torch.Generator) -> Tensor:
    return torch.randn(*drawn.query.shape[:2], 48, generator=generator)


def through_loss(world: World, meta: dict, drawn: Task, generator: torch.Generator) -> Tensor:
    """The outer loss after each of k steps, k uniform in 1 to K, weighted by the step's number."""
    k = int(torch.randint(1, K + 1, (), generator=generator))
    bank = BANK[torch.randperm(len(BANK), generator=generator)[:B]]
    step = learned_rates(meta["rate"], meta["factor"])
    path = walk(world, meta["h"], meta["code"], step, drawn.support, k, bank)[1:]  # (k, T, 784)
    z, weight = query_noise(drawn, generator), torch.arange(1.0, k + 1)
    values = torch.stack([outer_loss(world, code, drawn, z).mean() for code in path])
    return (weight / weight.sum()) @ values


def prototype_loss(world: World, meta: dict, drawn: Task, generator: torch.Generator) -> Tensor:
    """Which of T characters is each query? By its distance from the mean of five (arXiv 1703.05175)."""
    features, n = features_of(world), len(drawn.label)
    seen = features(meta["h"], drawn.support.flatten(0, 1)).unflatten(0, (n, S)).mean(1)  # (T, d)
    far = distances(features(meta["h"], drawn.query.flatten(0, 1)), seen)  # (T Q, T)
    return F.cross_entropy(-meta["sharpness"].exp() * far, torch.arange(n).repeat_interleave(Q))


def encoder_loss(world: World, meta: dict, drawn: Task, generator: torch.Generator) -> Tensor:
    """The outer loss with the code that the encoder reads off the drawings."""
    code = as_function(world.networks.enc_g)(meta["encoder"], drawn.support)
    return outer_loss(world, code, drawn, query_noise(drawn, generator)).mean()


LOSSES = {"through": through_loss, "prototype": prototype_loss, "encoder": encoder_loss}

# --- training ----------------------------------------------------------------------------------------------


def first_meta(world: World, arm: str) -> dict:
    """What the arm learns, before the first outer step."""
    if arm == "encoder":
        return {"encoder": tree_map(torch.clone, world.meta_g["encoder"])}
    if arm == "prototype":
        return {"h": d_features(world), "sharpness": torch.zeros(())}
    code = world.meta_g["start"]["code"].clone()
    return {"h": d_features(world), "code": code, "rate": torch.zeros(784), "factor": torch.zeros(K)}


def train(world: World, arm: str, seed: int, steps: int) -> tuple[dict, float]:
    """The arm's meta, averaged over outer steps, and the CPU seconds it took."""
    generator = torch.Generator().manual_seed(1000 + seed)
    meta = tree_map(lambda w: w.requires_grad_(), first_meta(world, arm))
    groups = [{"params": tree_leaves(part), "lr": RATES[name]} for name, part in meta.items()]
    optimiser, begun = torch.optim.Adam(groups, betas=(0.9, 0.99)), time.process_time()
    average = tree_map(lambda w: w.detach().clone(), meta)
    for step in range(steps):
        left = min(1.0, (step + 1) / 20) * min(1.0, 2 * (1 - step / steps))
        for group, name in zip(optimiser.param_groups, meta, strict=True):
            group["lr"] = RATES[name] * left
        drawn = world.family.sample(TASKS[arm], S, Q, split="train", generator=generator)
        optimiser.zero_grad()
        LOSSES[arm](world, meta, drawn, generator).backward()
        torch.nn.utils.clip_grad_norm_(tree_leaves(next(iter(meta.values()))), 5.0)
        optimiser.step()
        for a, w in zip(tree_leaves(average), tree_leaves(meta), strict=True):
            a.lerp_(w.detach(), 1 - min(0.98, (step + 1) / (step + 10)))
    return average, time.process_time() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("arm", choices=tuple(LOSSES))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, help="outer steps, if not the arm's own")
    words = parser.parse_args()
    torch.set_num_threads(1)
    steps = words.steps or STEPS[words.arm]
    meta, seconds = train(shipped(), words.arm, words.seed, steps)
    RUNS.mkdir(parents=True, exist_ok=True)
    torch.save(meta, RUNS / f"{words.arm}-{words.seed}.pt")
    line = {"train": words.arm, "seed": words.seed, "steps": steps, "rates": RATES, "cpu": round(seconds)}
    with LOG.open("a") as file:
        file.write(json.dumps(line) + "\n")
    print(line)


if __name__ == "__main__":
    main()
