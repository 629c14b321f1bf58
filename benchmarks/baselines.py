"""Every baseline tuned like the method it is compared with: as many trials, on validation, all of them kept.

python benchmarks/baselines.py glyphs --trials 6                      all of them (hours; each says how long)
python benchmarks/baselines.py glyphs --trials 6 jitter "from scratch"
python benchmarks/baselines.py glyphs --best                          the table of the best trials

A trial draws its numbers at random from the ranges below (seeded: the i-th trial of a method is always the
same), trains with them if there is something to train, and is judged on validation tasks. The best is the
most useful one; joint training has a best trial for each t. The trials stand in baselines.json: what was
tried, not what stands.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import torch

from metagan_course import training
from metagan_course.course import commands
from metagan_course.evaluation import baselines, frozen, players, protocol
from metagan_course.files import write_whole
from metagan_course.pretrained import Pretrained
from metagan_course.steps import adam, sgd

LOG = Path(__file__).with_suffix(".json")
STEPS = (1, 2, 3, 5, 10)
SCRATCH = (10, 200)
Numbers = dict[str, float]


class Method(NamedTuple):
    """How a trial's numbers become samples: run(setting, numbers) -> sample, and at which t it is judged."""

    ranges: dict[str, tuple]  # name -> (low, high) on a log scale, or three and more values to choose from
    run: Callable[["Setting", Numbers], Callable]
    at: tuple[int, ...] = STEPS


class Setting(NamedTuple):
    """What all trials share."""

    family: str
    outer_steps: int  # of every method that is meta-trained: the same for all
    joint_steps: int
    seed: int
    folder: Path  # of the joint checkpoint, trained once


# --- how each method is run --------------------------------------------------------------------------------


def jittered(setting: Setting, numbers: Numbers) -> Callable:
    return as_steps(partial(baselines.jitter, **numbers))


def plain(name: str, setting: Setting, numbers: Numbers) -> Callable:
    return as_steps(baselines.for_pictures(setting.family)[name])


def as_steps(sample: Callable) -> Callable:
    """A baseline without steps, as if it were asked at t = 0."""
    return lambda support, n, at, generator: {t: sample(support, n, generator) for t in at}


def from_scratch(setting: Setting, numbers: Numbers) -> Callable:
    recipe = commands.recipe_named(f"{setting.family}-meta-gan")
    changes = {"r1_inner": numbers["r1"], "inner_batch": int(numbers["noise"])}
    player = Pretrained(recipe.but(seed=setting.seed, **changes), None, {}, {})
    return players.scratch_gan(player, adam(numbers["rate"], betas=(0.5, 0.99)))


def from_joint(rule: Callable, setting: Setting, numbers: Numbers) -> Callable:
    """Joint training once, then steps of both players at the trial's rates."""
    file = setting.folder / f"{setting.family}-joint-{setting.joint_steps}-{setting.seed}.pt"
    if not file.exists():
        recipe = commands.recipe_named(f"{setting.family}-joint")
        train(recipe.but(steps=setting.joint_steps, seed=setting.seed), file)
    player = commands.load_player(str(file))
    step_g, step_d = rule(numbers["alpha_g"]), rule(numbers["alpha_d"])
    return players.scratch_gan(player, step_g, step_d, start=player[2:])


def meta_trained(name: str, setting: Setting, numbers: Numbers, **same: Any) -> Callable:
    """Meta-training with the trial's rates; K and the outer steps are the same for every method."""
    rates = {"beta_g": numbers["beta"], "beta_d": numbers["beta"]}
    rest = {n: v for n, v in numbers.items() if n != "beta"}
    recipe = commands.recipe_named(f"{setting.family}-{name}")
    recipe = recipe.but(inner_steps=5, steps=setting.outer_steps, seed=setting.seed, **rates, **rest, **same)
    with tempfile.TemporaryDirectory() as folder:
        player = train(recipe, Path(folder) / "trial.pt")
    return of_checkpoint(player)


def shipped(setting: Setting, numbers: Numbers, *, code_from: str = "support") -> Callable:
    player = commands.load_player(f"{setting.family}-meta-gan")
    changes = {"code_from": code_from} | {n: int(v) if n == "inner_batch" else v for n, v in numbers.items()}
    return of_checkpoint(player._replace(recipe=player.recipe.but(**changes)))


def sham(setting: Setting, numbers: Numbers) -> Callable:
    """The shipped pair's own steps on another task's support."""
    sample = shipped(setting, numbers, code_from="start")
    return lambda support, *rest: sample(support.roll(1, 0), *rest)


def of_checkpoint(player: Pretrained) -> Callable:
    return players.meta_gan(player, frozen.family_of(player.recipe, "val"))


def train(recipe: Any, file: Path) -> Pretrained:
    training.save(training.train(training.begin(recipe), progress=False), file)
    return commands.load_player(str(file))


PAIR = {"alpha_g": (0.003, 1.0), "alpha_d": (0.0003, 0.3)}
META = {"beta": (3e-4, 5e-3), "alpha_g": (0.03, 1.0), "alpha_d": (0.01, 0.3)}
METHODS = {
    "support copy": Method({}, partial(plain, "support copy"), (0,)),
    "support mean": Method({}, partial(plain, "support mean"), (0,)),
    "pixel KDE": Method({}, partial(plain, "pixel KDE"), (0,)),
    "jitter": Method({"size": (0.02, 0.3), "edge": (4.0, 30.0)}, jittered, (0,)),
    "from scratch": Method(
        {"rate": (2e-4, 5e-3), "r1": (0.003, 1.0), "noise": (8, 16, 32)}, from_scratch, SCRATCH
    ),
    "joint + SGD": Method(PAIR, partial(from_joint, sgd)),
    "joint + Adam": Method(
        {"alpha_g": (3e-4, 3e-2), "alpha_d": (3e-4, 3e-2)},
        partial(from_joint, partial(adam, betas=(0.5, 0.99))),
    ),
    "FOMAML": Method(META, partial(meta_trained, "fomaml")),
    "Reptile": Method(META, partial(meta_trained, "reptile")),
    "MAML": Method(META, partial(meta_trained, "maml")),
    "Meta-SGD": Method({**META, "beta_rates": (3e-3, 3e-2)}, partial(meta_trained, "meta-sgd")),
    "encoder alone": Method({}, shipped, (0,)),
    "encoder + steps": Method({"near": (0.03, 1.0), "inner_batch": (8, 16, 32)}, shipped),
    "sham": Method({}, sham),
}


# --- trials ------------------------------------------------------------------------------------------------


def numbers_of(method: str, trial: int) -> Numbers:
    """The numbers of a trial, the same whenever it is run."""
    generator = torch.Generator().manual_seed(1_000 * list(METHODS).index(method) + trial)
    return {name: drawn(values, generator) for name, values in METHODS[method].ranges.items()}


def drawn(values: tuple, generator: torch.Generator) -> float:
    """Of a pair, evenly on a log scale and to two figures; of more values, one."""
    u = torch.rand((), generator=generator).item()
    if len(values) > 2:
        return values[int(u * len(values))]
    low, high = values
    return float(f"{low * (high / low) ** u:.2g}")


def run(method: str, trial: int, setting: Setting, judging: protocol.Judging) -> dict:
    """One trial: its numbers, its CPU seconds, and the mean of every score at each t."""
    numbers, start = numbers_of(method, trial), time.process_time()
    sample, at = METHODS[method].run(setting, numbers), METHODS[method].at
    trained = time.process_time() - start
    n = protocol.SCRATCH_TASKS if at == SCRATCH else len(judging.support)
    rows = judging.along(method, sample, [(n, at)])[0]
    scores = {row.t: {m: round(v.mean().item(), 4) for m, v in row.scores.items()} for row in rows}
    cost = {"training": round(trained, 1), "all": round(time.process_time() - start, 1)}
    return {
        "family": setting.family,
        "method": method,
        "trial": trial,
        "numbers": numbers,
        "outer_steps": setting.outer_steps,
        "joint_steps": setting.joint_steps,
        "seed": setting.seed,
        "tasks": n,
        "cpu_seconds": cost,
        "at": scores,
    }


def read() -> list[dict]:
    return json.loads(LOG.read_text("utf-8")) if LOG.exists() else []


def keep(entry: dict) -> None:
    """Add a trial to the log, a line each."""
    lines = ",\n".join(json.dumps(e) for e in [*read(), entry])
    write_whole(LOG, f"[\n{lines}\n]\n".encode())


def known(method: str, trial: int, setting: Setting) -> bool:
    """A trial that stands in the log is not run again."""
    wanted = {"family": setting.family, "method": method, "trial": trial, "seed": setting.seed}
    wanted |= {"outer_steps": setting.outer_steps, "joint_steps": setting.joint_steps}
    return any(all(e[k] == v for k, v in wanted.items()) for e in read())


def best(family: str) -> str:
    """A line a method and t: the most useful trial, and how many there were."""
    lines = ["| method | t | usefulness | KID | support-NN | of trials | tasks | numbers |", "|---" * 8 + "|"]
    found = [e for e in read() if e["family"] == family]
    for method in METHODS:
        trials = [e for e in found if e["method"] == method]
        for t in trials[0]["at"] if trials else []:
            top = max(trials, key=lambda e: e["at"][t].get("usefulness", float("-inf")))
            scores, numbers = top["at"][t], ", ".join(f"{n} {v}" for n, v in top["numbers"].items())
            cells = [f"{scores[m]:.3f}" for m in ("usefulness", "kid", "support_nn")]
            lines.append(
                f"| {method} | {t} | {' | '.join(cells)} | {len(trials)} | {top['tasks']} | {numbers} |"
            )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("family", choices=("glyphs", "omniglot"))
    parser.add_argument(
        "methods", nargs="*", metavar="METHOD", help=f"of {', '.join(METHODS)} (default: all)"
    )
    parser.add_argument("--trials", type=int, default=6, help="of each method that has numbers")
    parser.add_argument(
        "--tasks", type=int, default=frozen.FROZEN, help="validation tasks, the first so many"
    )
    parser.add_argument("--outer-steps", type=int, default=400)
    parser.add_argument("--joint-steps", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, default=Path("runs"), help="of the joint checkpoint")
    parser.add_argument("--best", action="store_true", help="only the table of what was tried so far")
    words = parser.parse_intermixed_args()
    if unknown := set(words.methods) - set(METHODS):
        parser.error(f"no method is called {', '.join(sorted(unknown))}; there are: {', '.join(METHODS)}.")
    if not words.best:
        torch.set_num_threads(1)
        tune(words)
    print(best(words.family))


def tune(words: argparse.Namespace) -> None:
    recipe = commands.recipe_named(f"{words.family}-meta-gan")
    task = frozen.frozen_tasks(recipe, "val")
    judge, gate = protocol.judge_of(recipe, task)
    judge = judge.first(words.tasks)
    judging = protocol.Judging(judge.task.support, judge, words.family, protocol.bar(False))
    words.folder.mkdir(exist_ok=True)
    setting = Setting(words.family, words.outer_steps, words.joint_steps, words.seed, words.folder)
    for method in words.methods or METHODS:
        for trial in range(words.trials if METHODS[method].ranges else 1):
            if known(method, trial, setting):
                continue
            entry = run(method, trial, setting, judging)
            keep(entry)
            told = {t: s.get("usefulness", s["kid"]) for t, s in entry["at"].items()}
            print(method, entry["numbers"], told, entry["cpu_seconds"], flush=True)


if __name__ == "__main__":
    main()
