"""Six few-shot learners on new scripts of glyphs, each for the same computing time; what a split leaks.

    python benchmarks/few_shot.py             # notebooks/results/few_shot.json: 6 minutes of one core
    python benchmarks/few_shot.py splits      # few_shot_splits.json: 5 minutes
    python benchmarks/few_shot.py omniglot    # few_shot_omniglot.json: 4 minutes; fetches Omniglot

Every learner has three trials of its outer rate, and two of its number of steps at the test, on the
validation scripts (seed 0); then three seeds. The test scripts are opened once. Time is the processor's, of
one thread; what one update costs is measured first.
"""

import argparse
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor

from metagan_course import tasks
from metagan_course.answers.few_shot import GRADIENT, METRIC, accuracy, crossover, train
from metagan_course.tasks.data import fetch
from metagan_course.tasks.images import as_pictures

OUT = Path(__file__).parents[1] / "notebooks" / "results"
RATES, STEPS, SEEDS = (3e-3, 1e-2, 3e-2), (3, 10), (10, 11, 12)
PUBLISHED = {  # 5-way 1-shot accuracy on Omniglot, in per cent: as the papers print it
    "Siamese (in MAML's table 1)": 97.3,
    "Matching (in MAML's table 1)": 98.1,
    "MAML (table 1)": 98.7,
    "ProtoNet (table 1)": 98.8,
    "Reptile, together (table 2)": 97.68,
    "Reptile, alone (table 2)": 95.39,
}


def seconds_an_update(method: str, pictures: Tensor, n_way: int, n: int = 10) -> float:
    """What one outer step costs: the quickest of three runs, the first ones of a process left out."""
    costs = []
    for _ in range(4):
        began = time.process_time()
        train(method, pictures, updates=n, rate=1e-3, seed=0, n_way=n_way)
        costs.append((time.process_time() - began) / n)
    return min(costs[1:])


def tuned(method: str, pictures: Tensor, val: Tensor, updates: int) -> tuple[float, int]:
    """The outer rate, and for learners that step the number of steps at the test, best on validation
    scripts."""
    tried = {}
    for rate in RATES:
        learner = train(method, pictures, updates=updates, rate=rate, seed=0)
        for steps in STEPS if method in GRADIENT else (0,):
            tried[rate, steps] = accuracy(learner, val, seed=1, episodes=100, steps=steps).mean().item()
    print(method, {key: round(value, 3) for key, value in tried.items()}, flush=True)
    return max(tried, key=tried.get)


def judged(learner, pictures: Tensor, n_way: int, **how) -> dict[str, list[float]]:
    """The accuracy of each test episode, with norms that see all queries together, and each alone."""
    found = {
        name: accuracy(learner, pictures, seed=2, n_way=n_way, together=together, **how)
        for name, together in (("together", True), ("alone", False))
    }
    print(learner.method, n_way, {name: f"{a.mean():.3f}" for name, a in found.items()}, flush=True)
    return {name: [round(v, 3) for v in a.tolist()] for name, a in found.items()}


def six(seconds: float) -> dict:
    """The table of the lesson."""
    family = tasks.family("glyphs")
    side = {split: as_pictures(family.images[family.split_index(split)]) for split in tasks.SPLITS}
    rows = {}
    for method in (*METRIC, *GRADIENT):
        cost = seconds_an_update(method, side["train"], 5)
        updates = round(seconds / cost)
        rate, steps = tuned(method, side["train"], side["val"], updates)
        row = rows[method] = {
            "rate": rate,
            "steps": steps,
            "updates": updates,
            "milliseconds": round(1000 * cost, 1),
        }
        learners = [
            train(method, side["train"], updates=row["updates"], rate=rate, seed=seed) for seed in SEEDS
        ]
        row["5-way"] = [judged(learner, side["test"], 5, steps=steps) for learner in learners]
        if method in METRIC:  # the others have a last layer of five classes
            row["20-way"] = [judged(learner, side["test"], 20) for learner in learners]
    return {"seconds": seconds, "rows": rows}


def splits(updates: int = 800) -> dict:
    """One ProtoNet under a split by character and one by alphabet, as two papers report it; then crossed."""
    rows = []
    for seed in SEEDS:
        row = {}
        for split in ("alphabet", "character"):
            family = tasks.family("glyphs", split_by=split)
            sides = [as_pictures(family.images[family.split_index(name)]) for name in ("train", "test")]
            learner = train("protonet", sides[0], updates=updates, rate=1e-2, seed=seed)
            row[split] = accuracy(learner, sides[1], seed=2, n_way=20).tolist()
        worlds = crossover([script for script, _ in family.classes], torch.Generator().manual_seed(seed))
        for home, (known, _) in worlds.items():
            learner = train(
                "protonet", as_pictures(family.images[known]), updates=updates, rate=1e-2, seed=seed
            )
            for away, (_, exam) in worlds.items():
                sat = accuracy(learner, as_pictures(family.images[exam]), seed=3, n_way=20)
                row[f"learner {home}, exam {away}"] = sat.tolist()
        rows.append({name: [round(v, 3) for v in values] for name, values in row.items()})
        print(seed, {name: round(sum(v) / len(v), 3) for name, v in rows[-1].items()}, flush=True)
    return {"updates": updates, "rows": rows}


def omniglot(seconds: float) -> Iterator[dict]:
    """MAML and ProtoNet, 5-way 1-shot, quarter turns as new characters: split as published, and by alphabet.

    The table again after every row, so that a run that is cut off leaves what it had. The outer rate is the
    one that glyphs chose for both, MAML takes three steps at the test as in its paper; nothing is tuned here.
    """
    given = os.environ.get("METAGAN_TEST_DATA")  # a folder with the archives; without it they are downloaded
    fetch("omniglot", source=Path(given) / "omniglot" if given else None)
    rows = {}
    for split in ("character", "alphabet"):
        family = tasks.family("omniglot", split_by=split, rotations=True, progress=False)
        sides = [every_drawing(family, name) for name in ("train", "test")]
        for method in ("protonet", "maml"):
            updates = round(seconds / seconds_an_update(method, sides[0], 5))
            learner = train(method, sides[0], updates=updates, rate=1e-2, seed=0)
            found = judged(learner, sides[1], 5, steps=3, episodes=600)
            rows[f"{method}, by {split}"] = {"updates": updates} | found
            print_near(method, split, found)
            yield {"seconds": seconds, "published": PUBLISHED, "rows": rows}


def print_near(method: str, split: str, found: dict[str, list[float]]) -> None:
    paper = PUBLISHED[{"protonet": "ProtoNet (table 1)", "maml": "MAML (table 1)"}[method]]
    mine = 100 * sum(found["together"]) / len(found["together"])
    print(
        f"{method}, split by {split}: {mine:.1f}%, {paper - mine:.1f} points below the paper's {paper}%",
        flush=True,
    )


def every_drawing(family, split: str) -> Tensor:
    """All characters of one side and their quarter turns: (C, 20, 1, 28, 28)."""
    labels = family.split_labels(split)
    return family.pictures(labels, torch.arange(20).expand(len(labels), -1))


def main(words: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python benchmarks/few_shot.py", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("what", nargs="?", default="six", choices=("six", "splits", "omniglot"))
    parser.add_argument("--seconds", type=float, help="computing time of each learner: 4, on Omniglot 30")
    parser.add_argument("--updates", type=int, default=800, help="of each ProtoNet under `splits`")
    parser.add_argument("--out", type=Path, default=OUT)
    asked = parser.parse_args(words)
    torch.set_num_threads(1)
    match asked.what:
        case "six":
            name, found = "few_shot.json", six(asked.seconds or 4)
        case "splits":
            name, found = "few_shot_splits.json", splits(asked.updates)
        case "omniglot":
            name, found = "few_shot_omniglot.json", omniglot(asked.seconds or 30)
    for table in [found] if isinstance(found, dict) else found:
        (asked.out / name).write_text(json.dumps(table) + "\n")


if __name__ == "__main__":
    main()
