"""Lesson 11: what each upgrade does in the plane, and whether steps add to an encoder: 20 minutes.

    python benchmarks/upgrades.py            # all five parts, into notebooks/results/upgrades.json
    python benchmarks/upgrades.py dose       # one part: dose, plane, controls, arms or stepping

dose: one seed, letters of validation scripts: each regulariser at the three weights of `DOSES`. The best one
by KID is what `plane` uses (upgrade_runs.FIELDS).
plane: three seeds, every combination of upgrades, on letters of test scripts. 300 outer steps each.
controls: three seeds of the encoder alone, with raw codes, and with group norm.
arms: three seeds, arcs: encoder only, steps only, encoder + detached steps, encoder + steps through, equal
CPU time; for every number of steps the one factor on the inner rates that did best on training tasks.
stepping: three seeds, arcs, no encoder: both players step, and one of them is regularised across tasks.
Not here: recipes, judge, arms, figures (course/upgrade_runs.py, upgrade_arms.py, upgrade_figures.py).
"""

import argparse
import base64
import io
import itertools
import json
import time
from pathlib import Path

import torch
from PIL import Image

from metagan_course.answers.meta_gan import arcs, train_arm
from metagan_course.course import upgrade_arms, upgrade_runs
from metagan_course.course.upgrade_arms import ARMS, FACTORS
from metagan_course.course.upgrade_runs import UPGRADES
from metagan_course.evaluation import baselines
from metagan_course.files import write_whole

OUT = Path(__file__).resolve().parents[1] / "notebooks" / "results" / "upgrades.json"
DOSES = {"spread_d": (0.1, 1.0, 10.0), "spread_g": (1.0, 10.0, 100.0)}
STEPPING = (0.01, 0.1)  # weights of both regularisers where players step
SHOWN = (3, 8)  # letters and drawings of each that are kept as a picture


def rounded(x: torch.Tensor, digits: int = 3) -> list[float]:
    return [round(value, digits) for value in x.tolist()]


def strip(pictures: torch.Tensor) -> str:
    """(letters, n, 1, 28, 28) as one small PNG in base64, a letter a row, in 16 greys."""
    sheet = pictures[:, :, 0].permute(0, 2, 1, 3).flatten(0, 1).flatten(1)
    file = io.BytesIO()
    Image.fromarray((255 - 17 * (15 * sheet).round()).byte().numpy()).save(file, "PNG", optimize=True)
    return base64.b64encode(file.getvalue()).decode()


def trained(on: tuple[str, ...], judge: upgrade_runs.Judge, n: int, *, standardise=True, seed=0, **changes):
    """One run, its pictures and its scores."""
    began = time.process_time()
    run = upgrade_runs.train(upgrade_runs.recipe_of(on, seed=seed, **changes), standardise=standardise)
    seconds = round(time.process_time() - began, 1)
    made = upgrade_runs.drawn_by(run, judge.task.support, n, seed=seed, standardise=standardise)
    scores = judge.score(made)
    told = ", ".join(f"{name} {x.mean():.3f}" for name, x in scores.items())
    print(
        f"{' + '.join(on) or 'nothing':75} seed {seed} {seconds:5.1f} s {changes or ''}: {told}", flush=True
    )
    return {"seed": seed, "seconds": seconds, **{k: rounded(x) for k, x in scores.items()}}, made


def dose() -> list[dict]:
    """Seed 10, which the plane does not use; 60 letters of validation scripts."""
    judge = upgrade_runs.judge(60, split="val")
    doses = [(None, 0.0), *((field, w) for field, weights in DOSES.items() for w in weights)]
    rows = []
    for field, weight in doses:
        row, _ = trained(("encoder",), judge, 16, seed=10, **({field: weight} if field else {}))
        means = {k: round(sum(x) / len(x), 3) for k, x in row.items() if isinstance(x, list)}
        rows.append({"field": field, "weight": weight, **means})
    return rows


def plane(seeds: list[int], n_tasks: int = 100, n: int = 16) -> dict:
    judge = upgrade_runs.judge(n_tasks, split="test")
    dice = torch.Generator().manual_seed(0)
    made = {name: f(judge.task.support, n, dice) for name, f in baselines.for_pictures("glyphs").items()}
    marks = {name: {k: rounded(x) for k, x in judge.score(x).items()} for name, x in made.items()}
    half = judge._replace(
        query=judge.query[:, 7:], rivals=judge.rivals[:, :, 7:], query_compare=judge.query_compare[:, 7:]
    )  # real writers: the first seven drawings of each letter, judged by the other eight
    marks["real writers"] = {k: rounded(x) for k, x in half.score(judge.task.query[:, :7]).items()}
    few = slice(0, SHOWN[0])
    pictures = {
        "support": strip(judge.task.support[few]),
        "writers": strip(judge.task.query[few, : SHOWN[1]]),
    }
    rest = UPGRADES[1:]
    arms = [(), *(("encoder", *on) for k in range(4) for on in itertools.combinations(rest, k))]
    rows = []
    for seed, on in itertools.product(seeds, arms):
        row, drawn = trained(on, judge, n, seed=seed)
        rows.append({"on": on, **row})
        if seed == seeds[0]:
            pictures["+".join(on)] = strip(drawn[few, : SHOWN[1]])
    return {"rows": rows, "marks": marks, "pictures": pictures, "tasks": n_tasks, "n": n}


def controls(seeds: list[int], n_tasks: int = 100, n: int = 16) -> dict:
    """The encoder alone: with the raw code, and with group norm, which asks for no code and no batch."""
    judge, rows = upgrade_runs.judge(n_tasks, split="test"), []
    for seed in seeds:
        row, _ = trained(("encoder",), judge, n, seed=seed, standardise=False)
        rows.append({"what": "raw codes", **row})
        row, _ = trained(("encoder",), judge, n, seed=seed, norm="layer")
        rows.append({"what": "group norm", **row})
    return {"rows": rows}


def held_out(seed: int, n_tasks: int) -> dict:
    """Arcs of the training side, to choose a factor on, and of the test side."""
    return {
        split: arcs(n_tasks, split=split, generator=torch.Generator().manual_seed(100 * seed + place))
        for place, split in enumerate(("train", "test"))
    }


def judged(run, held: dict, at: tuple[int, ...], seed: int) -> dict:
    """For each t the factor that the training side chose, its mean there, and the test tasks' distances."""
    on = {
        split: {f: upgrade_arms.distances(run, task, at, factor=f, seed=seed) for f in FACTORS}
        for split, task in held.items()
    }
    best = {t: min(FACTORS, key=lambda f, t=t: on["train"][f][t].mean().item()) for t in at}
    return {
        str(t): {
            "factor": f,
            "train": round(on["train"][f][t].mean().item(), 4),
            "test": rounded(on["test"][f][t], 4),
        }
        for t, f in best.items()
    }


def said(after: dict) -> str:
    return ", ".join(
        f"t={t} {sum(x['test']) / len(x['test']):.3f} (x{x['factor']:g})" for t, x in after.items()
    )


def arms(seeds: list[int], seconds: float, n_tasks: int = 40) -> dict:
    rows = []
    for seed in seeds:
        held, runs = held_out(seed, n_tasks), {}
        for arm, (fields, at) in ARMS.items():
            key = str(fields)
            runs[key] = runs.get(key) or train_arm(upgrade_arms.arm_of(arm, seed=seed), seconds=seconds)
            after = judged(runs[key], held, at, seed)
            rows.append({"arm": arm, "seed": seed, "updates": runs[key].step, "after": after})
            print(f"{arm:26} seed {seed} {runs[key].step:4} updates: {said(after)}", flush=True)
    return {"rows": rows, "seconds": seconds, "tasks": n_tasks}


def stepping(seeds: list[int], updates: int = 250, n_tasks: int = 40) -> dict:
    """The regularisers where both players step on each task and no code tells it: equal updates."""
    doses = [(None, 0.0), *((field, w) for field in ("spread_d", "spread_g") for w in STEPPING)]
    rows = []
    for seed in seeds:
        held = held_out(seed, n_tasks)
        for field, weight in doses:
            recipe = upgrade_arms.arm_of("steps only", seed=seed).but(**({field: weight} if field else {}))
            after = judged(train_arm(recipe, updates=updates), held, (0, 1, 3, 10), seed)
            rows.append({"field": field, "weight": weight, "seed": seed, "after": after})
            print(f"{field or 'steps only'} {weight:g} seed {seed}: {said(after)}", flush=True)
    return {"rows": rows, "updates": updates, "tasks": n_tasks}


def main(words: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", default=["dose", "plane", "controls", "arms", "stepping"])
    parser.add_argument("--seeds", type=int, nargs="*", default=[0, 1, 2])
    parser.add_argument("--seconds", type=float, default=12, help="training of one of the arms")
    asked = parser.parse_args(words)
    torch.set_num_threads(1)
    parts = {
        "dose": dose,
        "plane": lambda: plane(asked.seeds),
        "controls": lambda: controls(asked.seeds),
        "arms": lambda: arms(asked.seeds, asked.seconds),
        "stepping": lambda: stepping(asked.seeds),
    }
    for name in asked.parts:
        found = json.loads(OUT.read_text()) if OUT.exists() else {}
        write_whole(OUT, (json.dumps({**found, name: parts[name]()}) + "\n").encode())


if __name__ == "__main__":
    main()
