"""The numbers of lesson 09: a rule that reads a code's gradient as maps, beside tuned rivals, three seeds.

    python benchmarks/map_rules.py       # notebooks/results/map_rules.json: some 12 minutes of one core

G, D, the start and the inner loss are the same for every arm; only the step differs (see
course/map_rule_runs.py). Four rules that people wrote get six settings each, and each number of steps t the
one with the lowest KID on 20 validation characters. Meta-SGD and the rule are trained through 1 to 3 steps,
with as many updates; `one step` is the rule trained for one step alone. Test: 30 characters once.

Success, fixed before the run: at a number of steps t, KID *and* recognisability better than those of the best
rival that people wrote (best on validation at that t) and than those of Meta-SGD, pooled intervals over seeds
and characters clear of 0. And the second question: do three learned steps do what ten plain ones do?

What was tried before, on the validation characters, one seed each: the energy distance as outer loss (no
gain), a step of normalised length as the rule's plain part (behind plain SGD at t = 1).
"""

import argparse
import base64
import json
import time
from pathlib import Path

import torch

from metagan_course.answers.map_rules import learned_map_rule
from metagan_course.course import map_rule_runs as runs
from metagan_course.evaluation import baselines
from metagan_course.files import write_whole

OUT = Path(__file__).resolve().parents[1] / "notebooks" / "results" / "map_rules.json"
AT, UPDATES = (1, 2, 3, 5, 10), 250
SCORES = ("kid", "recognisability", "diversity")


def rounded(scores: dict) -> dict:
    return {k: [round(x, 3) for x in scores[k].tolist()] for k in SCORES}


def row_of(step, by, **what) -> dict:
    """One arm: each score after each t, one number a task."""
    began = time.process_time()
    after = {str(t): rounded(scores) for t, scores in runs.scores_along(step, by, AT).items()}
    kids = " ".join(f"{sum(x['kid']) / len(x['kid']):.2f}" for x in after.values())
    known = " ".join(f"{sum(x['recognisability']) / len(x['kid']):.2f}" for x in after.values())
    print(what, "kid", kids, "rec", known, f"{time.process_time() - began:.0f} s", flush=True)
    return {**what, "after": after}


def marks(by) -> dict:
    """What cheats score in the rules' place."""
    made = baselines.for_pictures("glyphs")
    dice = torch.Generator().manual_seed(1)
    found = {n: rounded(by.score(made[n](by.task.support, 24, dice))) for n in made}
    return found | {"real writers": rounded(by.score(by.task.query))}


def packed(psi: dict) -> dict:
    """Half precision, so that a rule fits into the file."""
    return {n: base64.b64encode(w.half().numpy().tobytes()).decode() for n, w in psi.items()}


def learned(seed: int, updates: int) -> tuple[dict, dict, dict]:
    """The three learned arms of a seed, their CPU seconds, and the rule's psi."""
    steps, seconds, found = {}, {}, {}
    for name, k in (("rule", 3), ("one step", 1)):
        began = time.process_time()
        network, found[name] = runs.train_map_rule(seed=seed, updates=updates, k=k)
        seconds[name], steps[name] = (
            round(time.process_time() - began),
            learned_map_rule(network, found[name]),
        )
    began = time.process_time()
    steps["meta-sgd"] = runs.train_rates(seed=seed, updates=updates)
    seconds["meta-sgd"] = round(time.process_time() - began)
    return steps, seconds, found["rule"]


def trials(sides: dict) -> list[dict]:
    """Every setting of every rival on validation, on test, on strokes."""
    return [
        row_of(runs.rival(kind, setting), by, arm=kind, setting=setting, side=side)
        for kind, settings in runs.TRIALS.items()
        for setting in settings
        for side, by in sides.items()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--updates", type=int, default=UPDATES)
    parser.add_argument("--out", type=Path, default=OUT)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    sides = {"test": runs.judge(30, split="test"), "strokes": runs.judge(20, split="test", family="strokes")}
    validation = runs.judge(20, split="val")
    told = {"at": AT, "updates": asked.updates, "learned": [], "seconds": []}
    for seed in range(asked.seeds):
        steps, seconds, psi = learned(seed, asked.updates)
        told["seconds"].append(seconds)
        if seed == 0:
            told["psi"] = packed(psi)
            shown = sides["test"]._replace(task=sides["test"].task._replace(
                support=sides["test"].task.support.roll(1, 0)))  # fmt: skip
            told["sham"] = row_of(steps["rule"], shown, arm="sham", seed=0, side="test")
        for side, by in sides.items():
            told["learned"] += [row_of(s, by, arm=n, seed=seed, side=side) for n, s in steps.items()]
        write_whole(asked.out, json.dumps(told).encode())
    told["trials"] = trials({"val": validation, **sides})
    told["marks"] = {side: marks(by) for side, by in sides.items()}
    write_whole(asked.out, json.dumps(told).encode())


if __name__ == "__main__":
    main()
