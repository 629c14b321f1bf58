"""Models of the weights of many GANs, and starts for new tasks: the numbers of lesson 10, six seeds.

    python benchmarks/weight_models.py       # notebooks/results/weight_models.json: 10 minutes of one core

48 training tasks, a GAN each; new tasks show ten points. Steps are Adam on the energy distance to those ten.
Each start has five trials of its rate, for each number of steps, on 60 fresh tasks of the training side; then
60 tasks of the validation side, whose rings (arcs) are of other sizes (directions).
"""

import argparse
import json
import time
from pathlib import Path

import torch
from torch import Tensor
from tqdm.auto import tqdm

from metagan_course.answers import many_gans as many
from metagan_course.answers.initialise import aligned, barrier, memorised
from metagan_course.weights import Params

RESULTS = Path(__file__).parents[1] / "notebooks" / "results"
RATES, STEPS, SHOTS, DRAWN, PAIRS = (1e-3, 3e-3, 1e-2, 3e-2, 1e-1), (0, 1, 3, 10), 10, 100, 12
PLACES = torch.linspace(0, 1, 11)


def generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


# --- populations of weights --------------------------------------------------------------------------------


def hill(one: Params, other: Params, query: Tensor) -> float:
    """The mean over some tasks of the barrier between two generators of the same task."""
    return many.hills(barrier, one, other, query[:PAIRS], PLACES).mean().item()


def told(weights: Params, population: Params) -> dict[str, float]:
    """Is what they draw a ring, do rings differ, and are they those of the checkpoints?"""
    drawn = many.ring_of(many.clouds(weights))
    return {
        "off a ring": many.off_a_ring(many.clouds(weights)).mean().item(),
        "variety": drawn.std(0).mean().item(),
        "memorised": memorised(drawn, many.ring_of(many.clouds(population))).item(),
    }


def of_rings(seed: int, n: int) -> dict:
    family = many.family("rings")
    task = family.sample(n, 400, 200, split="train", generator=generator(seed))
    first, again = (many.populations(task.support, seed, run) for run in (0, 1))
    table = {}
    for kind, population in first.items():
        model = many.fit(population)
        table[kind] = {
            "error": many.errors(population, task.query).mean().item(),
            "barrier": hill(population, again[kind], task.query),
            "eight components": model.explained,
            "Gaussian": told(many.draw(model, DRAWN, population, generator(seed)), population),
            "checkpoints": told(population, population),
            **{
                f"checkpoint + noise {size}": told(
                    many.noisy(population, DRAWN, size, generator(seed)), population
                )
                for size in (0.1, 0.3, 1.0)
            },
            "mean of weights": told(many.mean_of(population, 2), population),
        }
    one, other = first["many starts"], again["many starts"]
    lined = many.in_line(aligned, one)
    model = many.fit(lined)
    table["many starts, in line"] = {
        "barrier": hill(one, many.in_line(aligned, other, one), task.query),
        "eight components": model.explained,
        "Gaussian": told(many.draw(model, DRAWN, lined, generator(seed)), lined),
    }
    fresh = family.sample(DRAWN, many.SHOWN, 1, split="train", generator=generator(900 + seed)).support
    kept = many.ring_of(many.clouds(first["one trained start"]))
    table["true rings"] = {
        "off a ring": many.off_a_ring(fresh).mean().item(),
        "variety": many.ring_of(fresh).std(0).mean().item(),
        "memorised": memorised(many.ring_of(fresh), kept).item(),
    }
    return table


# --- a start for each task ---------------------------------------------------------------------------------


def starts(kind: str, seed: int, n: int, updates: int) -> dict:
    """{start: {t: error on each validation task}}: what ten points and t steps make of each start."""
    family = many.family(kind)
    task = family.sample(n, 400, 200, split="train", generator=generator(seed))
    population = many.populations(task.support, seed, kinds=("one trained start",))["one trained start"]
    emit = many.train_emitter(task.support, many.one_of(population, 0), seed=seed, updates=updates)
    random = many.one_of(many.new_pairs([1000 * seed])[0], 0)
    mean = {name: w.mean(0) for name, w in population.items()}
    ways = {
        "random weights": lambda s: many.everywhere(random, len(s)),
        "mean of weights": lambda s: many.everywhere(mean, len(s)),
        "nearest checkpoint": lambda s: many.nearest(population, s),
        "hypernetwork": emit,
        "hypernetwork, wrong points": lambda s: emit(s.roll(1, 0)),
    }
    choose = family.sample(60, SHOTS, 200, split="train", generator=generator(300 + seed))
    report = family.sample(60, SHOTS, 200, split="val", generator=generator(7))
    return {name: {str(t): after(way, t, choose, report) for t in STEPS} for name, way in ways.items()}


def after(way, t: int, choose, report) -> list[float]:
    """Error on each task of `report` after t steps, at the rate that is best on `choose`."""

    def errors(task, rate):
        return many.errors(many.adapted(way(task.support), task.support, t, rate), task.query)

    rate = min(RATES if t else RATES[:1], key=lambda r: errors(choose, r).nan_to_num(torch.inf).mean().item())
    return errors(report, rate).tolist()


# --- pictures for the first screen -------------------------------------------------------------------------


def walks(seed: int, n: int) -> dict:
    """What five generators on the line between two tasks' weights draw, for each kind of start."""
    task = many.family("rings").sample(n, 400, 200, split="train", generator=generator(seed))
    pair, found = many.far_apart(task.support, 1)[0], {}
    for kind, population in many.populations(task.support, seed).items():
        one, other = (many.one_of(population, i) for i in pair)
        line = [{m: (1 - a) * w + a * other[m] for m, w in one.items()} for a in (0, 0.25, 0.5, 0.75, 1)]
        found[kind] = many.clouds(many.together(line), 60).tolist()
    return found


def rounded(nest):
    if isinstance(nest, dict):
        return {key: rounded(value) for key, value in nest.items()}
    return [rounded(x) for x in nest] if isinstance(nest, list) else round(nest, 4)


def main(words: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--tasks", type=int, default=48)
    parser.add_argument("--updates", type=int, default=1000)
    parser.add_argument("--out", type=Path, default=RESULTS)
    asked = parser.parse_args(words)
    torch.set_num_threads(1)
    begin, rows = time.perf_counter(), []
    for seed in tqdm(range(asked.seeds), desc="seeds"):
        row = {"rings": of_rings(seed, asked.tasks)}
        row["starts"] = {kind: starts(kind, seed, asked.tasks, asked.updates) for kind in ("rings", "arcs")}
        rows.append(row)
        print(
            f"seed {seed}, off a ring:",
            {k: v["Gaussian"]["off a ring"] for k, v in row["rings"].items() if "Gaussian" in v},
        )
    table = {"rows": rows, "walks": walks(0, asked.tasks)}
    (asked.out / "weight_models.json").write_text(json.dumps(rounded(table)) + "\n")
    print(f"{asked.out / 'weight_models.json'}: {time.perf_counter() - begin:.0f} s")


if __name__ == "__main__":
    main()
