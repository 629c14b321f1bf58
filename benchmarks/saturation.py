"""What does a saturating gradient cost? Minimax and non-saturating in whole games, each with its own rates.

python benchmarks/saturation.py --d-alone 300
python benchmarks/saturation.py --d-alone 0

On the ring of eight, D with a head start of 300 moves or none, 800 steps, SGD and Adam. D makes the moves of
its head start by Adam at 0.001, whatever the game's own optimiser. Both losses get the same trials: every
pair of rates of the optimiser's grid on two validation seeds, the best three on four more. The score is the
energy distance to the data over the last 200 steps, the mean over seeds. The chosen pair then plays twelve
games with seeds that were not used for choosing; `at_edge` names the player whose chosen rate is the grid's
smallest or largest, so that a better one may lie outside. Results go to notebooks/results/, where lesson 01
reads them; a finished arm is not played again.
"""

import argparse
import itertools
import json
import time
from pathlib import Path

import torch
from many_games import play

from metagan_course.files import write_whole

FILE = Path(__file__).resolve().parents[1] / "notebooks" / "results" / "saturation.json"
GRIDS = {  # rates of G, rates of D
    "SGD": ((0.003, 0.01, 0.03, 0.1, 0.3), (0.03, 0.1, 0.3, 1.0)),
    "Adam": ((3e-4, 1e-3, 3e-3, 1e-2, 3e-2), (3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)),
}
FIRST, SECOND, TEST = (101, 102), (103, 104, 105, 106), tuple(range(201, 213))
KEPT, N_STEPS, LATE = 3, 800, 5  # the last 5 looks, 50 steps apart
ARMS = tuple(itertools.product(GRIDS, ("minimax", "non_saturating")))


def ends(arm: tuple[str, str], rates: list, seeds: tuple[int, ...], d_alone: int) -> tuple[list, list]:
    """For every pair of rates: where its games end, one number a seed; and the lowest logit on the way."""
    optimiser, loss = arm
    every = [(pair, seed) for pair in rates for seed in seeds]
    pairs, own_seeds = zip(*every, strict=True)
    rule = {"d_alone": d_alone, "n_steps": N_STEPS}
    distances, lowest = play(list(own_seeds), loss, optimiser == "Adam", list(pairs), **rule)
    last = distances[:, -LATE:].mean(1).reshape(len(rates), len(seeds))
    lowest = lowest.nan_to_num(neginf=-1e9, nan=-1e9).amin(1).reshape(len(rates), len(seeds)).amin(1)
    return rounded(last), [round(x, 1) for x in lowest.tolist()]


def rounded(x: torch.Tensor) -> list[list[float]]:
    return [[round(value, 4) for value in row] for row in x.nan_to_num(1e9, posinf=1e9).tolist()]


def mean(numbers: list[float]) -> float:
    return sum(numbers) / len(numbers)


def choose(arm: tuple[str, str], d_alone: int) -> list[dict]:
    """All trials of an arm, the chosen one first."""
    rates = list(itertools.product(*GRIDS[arm[0]]))
    scores, lowest = ends(arm, rates, FIRST, d_alone)
    parts = zip(rates, scores, lowest, strict=True)
    trials = [{"rates": r, "ends": s, "lowest_logit": low} for r, s, low in parts]
    trials.sort(key=lambda trial: mean(trial["ends"]))
    more, _ = ends(arm, [trial["rates"] for trial in trials[:KEPT]], SECOND, d_alone)
    for trial, others in zip(trials, more, strict=False):
        trial["ends"] = trial["ends"] + others
    return sorted(trials[:KEPT], key=lambda trial: mean(trial["ends"])) + trials[KEPT:]


def at_edge(optimiser: str, chosen: tuple[float, float]) -> str:
    """The players whose chosen rate is the smallest or the largest of their grid: "", "G", "D" or "GD"."""
    players = zip("GD", GRIDS[optimiser], chosen, strict=True)
    return "".join(player for player, rates, rate in players if rate in (min(rates), max(rates)))


def is_whole(optimiser: str, arm: dict) -> bool:
    """Whether this arm was played on today's grid and today's test seeds."""
    tried = {tuple(trial["rates"]) for trial in arm["trials"]}
    return (
        tried == set(itertools.product(*GRIDS[optimiser]))
        and len(arm["test"]) == len(TEST)
        and "at_edge" in arm
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--d-alone", type=int, default=300, help="moves that only D makes, first")
    parser.add_argument("--out", type=Path, default=FILE)
    options = parser.parse_args()
    torch.set_num_threads(1)
    kept = json.loads(options.out.read_text()) if options.out.exists() else {}
    for arm in ARMS:
        name = f"{options.d_alone} {' '.join(arm)}"
        if name in kept and is_whole(arm[0], kept[name]):
            continue
        started = time.process_time()
        trials = choose(arm, options.d_alone)
        (test,), _ = ends(arm, [trials[0]["rates"]], TEST, options.d_alone)
        edge = at_edge(arm[0], trials[0]["rates"])
        kept[name] = {"rates": trials[0]["rates"], "at_edge": edge, "test": test, "trials": trials}
        text = json.dumps(kept, indent=1)
        write_whole(options.out, (text + "\n").encode())
        print(f"{name}: G, D at {trials[0]['rates']}, test mean {mean(test):.3f}: {test}", flush=True)
        print(f"   {time.process_time() - started:.0f} s of CPU", flush=True)


if __name__ == "__main__":
    main()
