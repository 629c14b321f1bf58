"""What does the outer loop *through* the inner one buy? Three ways to a start, equal time, arcs in the plane.

    python benchmarks/meta_gan_steps.py --seconds 6       writes notebooks/results/meta_gan_steps.json

joint: one GAN for all tasks, no inner loop in training; it steps on a new task all the same.
first: the inner steps are taken in training and each of their gradients is a constant (FOMAML).
exact: the outer gradient goes through the steps.

Every arm gets the same CPU time to train. Then, for every number of steps t, the one factor on its inner
rates that did best on tasks of the training side (the same eight for all), and test tasks judge once.
Not here: the figures (answers/meta_gan_figures.py).
"""

import argparse
import json
import time
from pathlib import Path

import torch

from metagan_course.answers.meta_gan import FACTORS, arcs, recipe_of, score_along, train_arm
from metagan_course.files import write_whole

OUT = Path(__file__).resolve().parents[1] / "notebooks" / "results" / "meta_gan_steps.json"
STEPS, MOVES, TASKS = (1, 2, 3, 10), (1, 2, 3, 5, 10), 40
ARMS = [("joint", 0), *((arm, k) for arm in ("first", "exact") for k in STEPS)]


def judged(run, seed: int) -> dict:
    """For each t: the factor that the training side chose, and the test tasks' energy distances with it."""
    held = {
        split: arcs(TASKS, split=split, generator=torch.Generator().manual_seed(100 * seed + place))
        for place, split in enumerate(("train", "test"))
    }
    on = {
        split: {f: score_along(run, task, MOVES, factor=f, seed=seed) for f in FACTORS}
        for split, task in held.items()
    }
    best = {t: min(FACTORS, key=lambda f: on["train"][f][t].mean().item()) for t in MOVES}
    return {str(t): {"factor": f, "test": rounded(on["test"][f][t])} for t, f in best.items()}


def rounded(x: torch.Tensor) -> list[float]:
    return [round(value, 4) for value in x.tolist()]


def digest() -> None:
    """What through_steps.jsonl and meta_step.json say of this lesson's questions: means, and memory."""
    here, kept = Path(__file__).parent, []
    for line in (here / "through_steps.jsonl").read_text().splitlines():
        row = json.loads(line)
        if row.get("split") == "test" and not row.get("choice") and not row["sham"] and row.get("t"):
            scores = {n: sum(row["scores"][n]) / len(row["scores"][n]) for n in ("kid", "recognisability")}
            kept.append({n: row[n] for n in ("arm", "family", "seed", "t")} | scores)
    memory = [r for r in json.loads((here / "meta_step.json").read_text())["memory"] if r["kind"] == "mlp"]
    write_whole(OUT.with_name("through_steps.json"), json.dumps({"rows": kept, "memory": memory}).encode())


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--seeds", type=int, nargs="*", default=[0, 1, 2])
    parser.add_argument("--digest", action="store_true", help="only gather what other benchmarks measured")
    told = parser.parse_args()
    if told.digest:
        return digest()
    torch.set_num_threads(1)
    rows = []
    for seed in told.seeds:
        for arm, k in ARMS:
            began = time.process_time()
            run = train_arm(recipe_of(arm, k, seed=seed), seconds=told.seconds)
            spent = time.process_time() - began
            row = {"arm": arm, "K": k, "seed": seed, "updates": run.step, "seconds": round(spent, 1)}
            rows.append({**row, "after": judged(run, seed)})
            after = rows[-1]["after"].items()
            said = (f"t={t} {sum(x['test']) / TASKS:.3f} (x{x['factor']:g})" for t, x in after)
            print(f"{arm:6} K={k:2} seed {seed} {run.step:4} updates: {', '.join(said)}", flush=True)
            write_whole(OUT, json.dumps({"seconds": told.seconds, "tasks": TASKS, "rows": rows}).encode())


if __name__ == "__main__":
    main()
