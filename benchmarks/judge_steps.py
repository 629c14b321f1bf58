"""The arms of through_steps.py judged by protocol 2, on frozen tasks.

    python benchmarks/judge_steps.py choose                              inner rules, on validation
    python benchmarks/judge_steps.py judge --family glyphs --split test  every arm and seed that is trained

Every number goes into through_steps.jsonl; steps_table.py makes tables of it.
"""

import argparse
import time
from collections.abc import Callable
from functools import partial

import torch
from steps_table import AT, lines, log, mean
from through_steps import RUNS, World, d_features, learned_rates, shipped, walk
from torch import Tensor

from metagan_course.evaluation import baselines, frozen
from metagan_course.evaluation import critics as eyes
from metagan_course.evaluation.scores import Pictures, pictures
from metagan_course.steps import Step, adam, sgd
from metagan_course.tasks import Task
from metagan_course.weights import as_function

N_TASKS, N_CHOOSE = 40, 20  # tasks judged, and those to choose on
N_SAMPLES, CHUNK = 32, 20  # samples a task; tasks at a time
EYES = {"glyphs": "glyphs", "strokes": "glyphs", "omniglot": "omniglot"}  # whose critics judge a family
STEPS = {"sgd": sgd, "adam": partial(adam, betas=(0.5, 0.9))}
TRIED = {
    "plain": [("sgd", 10.0), ("adam", 0.4), ("adam", 0.8)],
    "prototype": [("adam", 0.2), ("adam", 0.4), ("adam", 0.8)],
}
How = tuple[str, float] | None  # an inner rule and its rate; None: the arm has learned its own

# --- an arm's samples --------------------------------------------------------------------------------------


def codes_of(world: World, arm: str, seed: int, how: How, support: Tensor) -> Tensor:
    """The codes after 0, 1, ... max(AT) steps, (max(AT) + 1, T, 784); without steps one code, (1, T, 784)."""
    start = world.meta_g["start"]["code"]
    if arm == "plain":
        return walk(world, d_features(world), start, step_of(how), support, max(AT))
    if arm == "told":
        return encoder_codes(world, world.meta_g["encoder"], support)[None]
    meta = torch.load(RUNS / f"{arm}-{seed}.pt")
    if arm == "encoder":
        return encoder_codes(world, meta["encoder"], support)[None]
    if arm == "prototype":
        return walk(world, meta["h"], start, step_of(how), support, max(AT))
    step = learned_rates(meta["rate"], meta["factor"])
    return walk(world, meta["h"], meta["code"], step, support, max(AT))


def step_of(how: tuple[str, float]) -> Step:
    kind, rate = how
    return STEPS[kind](rate)


def encoder_codes(world: World, weights: dict, support: Tensor) -> Tensor:
    """Standardised by the training side's tasks, since these come alone."""
    encoder = world.networks.enc_g
    encoder.load_state_dict(weights)
    generator = torch.Generator().manual_seed(0)
    beside = world.family.sample(256, 5, 0, split="train", generator=generator).support
    return encoder(support, statistics=encoder.statistics(beside))


@torch.no_grad()
def samples_of(world: World, code_of: Callable[[Tensor], Tensor], support: Tensor, at) -> dict[int, Tensor]:
    """{t: (T, N_SAMPLES, 1, 28, 28)}, the same noise for every arm."""
    generator, found = torch.Generator().manual_seed(1), {t: [] for t in at}
    for part in support.split(CHUNK):
        z = torch.randn(len(part), N_SAMPLES, world.recipe.z_size, generator=generator)
        path = code_of(part)
        for t in at:
            found[t].append(draw(world, path[t], z))
    return {t: torch.cat(parts) for t, parts in found.items()}


def draw(world: World, code: Tensor, z: Tensor) -> Tensor:
    """G(z, c): (T, 784), (T, n, Z) -> (T, n, 1, 28, 28)."""
    weights = {n: w for n, w in world.meta_g["start"].items() if n != "code"}
    every = code.repeat_interleave(z.shape[1], 0)
    return as_function(world.networks.gen)(weights, z.flatten(0, 1), every).unflatten(0, z.shape[:2])


# --- judging -----------------------------------------------------------------------------------------------


def judge_of(world: World, family: str, split: str, n_tasks: int) -> tuple[Pictures, Tensor]:
    """The judge of a family's frozen tasks, and the drawings that the arms are shown."""
    recipe = world.recipe.but(family=family)
    task = Task(*(x[:n_tasks] for x in frozen.frozen_tasks(recipe, split)))
    critics = {kind: eyes.critic(kind, EYES[family]) for kind in eyes.CRITICS}
    gate = eyes.gate(critics["recognise"], frozen.family_of(recipe, "val"), episodes=100)
    print(f"{family}, {split}: {len(task.label)} tasks; the critic of {EYES[family]}: {gate}", flush=True)
    return pictures(task, critics, gate), task.support


def judge(world: World, family: str, split: str) -> None:
    """Copy, jitter and real drawings, then every arm and seed that is trained; the sham last."""
    judge, support = judge_of(world, family, split, N_TASKS)
    where = {"family": family, "split": split, "sham": False}
    beside(judge, support, where)
    for arm in ("told", "plain"):
        judge_arm(world, judge, support, arm, 0, where)
    for arm in ("through", "prototype", "encoder"):
        for file in sorted(RUNS.glob(f"{arm}-*.pt")):
            judge_arm(world, judge, support, arm, int(file.stem.split("-")[1]), where)
    judge_arm(world, judge, support.roll(1, 0), "through", 0, where | {"sham": True})


def beside(judge: Pictures, support: Tensor, where: dict) -> None:
    """What real drawings, copies and the tuned jitter score on the same tasks."""
    log(judge.ceiling(), arm="real", seed=None, how=None, t=None, **where)
    for name in ("support copy", "tuned jitter"):
        x = baselines.for_pictures(where["family"])[name](
            support, N_SAMPLES, torch.Generator().manual_seed(1)
        )
        log(judge.score(x), arm=name, seed=None, how=None, t=None, **where)


def judge_arm(world: World, judge: Pictures, shown: Tensor, arm: str, seed: int, where: dict) -> None:
    """An arm after each t, each with the inner rule that validation chose for that t."""
    if arm in ("told", "encoder"):
        ways = {None: [0]}
    else:
        rules = {t: chosen(arm, t) for t in AT}
        ways = {how: [t for t in AT if rules[t] == how] for how in dict.fromkeys(rules.values())}
    for how, at in ways.items():
        begun = time.process_time()
        found = samples_of(world, partial(codes_of, world, arm, seed, how), shown, at)
        spent = round(time.process_time() - begun)
        for t, x in found.items():
            log(judge.score(x), arm=arm, seed=seed, how=how, t=t, cpu=spent, **where)


# --- choices, on validation --------------------------------------------------------------------------------


def choose(world: World) -> None:
    """Every inner rule tried, on validation tasks of the glyphs; the prototype arm's on its seed 0."""
    judge, support = judge_of(world, "glyphs", "val", N_CHOOSE)
    where = {"family": "glyphs", "split": "val", "seed": 0, "choice": True}
    for arm, tried in TRIED.items():
        for how in tried:
            found = samples_of(world, partial(codes_of, world, arm, 0, how), support, AT)
            for t, x in found.items():
                log(judge.score(x), arm=arm, how=how, t=t, **where)


def chosen(arm: str, t: int) -> How:
    """The inner rule with the lowest mean KID after t steps on validation."""
    if arm not in TRIED:
        return None
    tried = lines(choice=True, arm=arm, t=t)
    if not tried:
        raise SystemExit(f"no choice for {arm} at t = {t}: run judge_steps.py choose first")
    return tuple(min(tried, key=lambda x: mean(x["scores"]["kid"]))["how"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("choose", "judge"))
    parser.add_argument("--family", default="glyphs", choices=tuple(EYES))
    parser.add_argument("--split", default="val", choices=("val", "test"))
    words = parser.parse_args()
    torch.set_num_threads(1)
    if words.what == "choose":
        choose(shipped())
    else:
        judge(shipped(), words.family, words.split)


if __name__ == "__main__":
    main()
