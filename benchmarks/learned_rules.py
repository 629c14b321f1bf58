"""The numbers of lesson 06 on three seeds: learned rules and tuned rivals, inside their family and outside.

    python benchmarks/learned_rules.py       # notebooks/results/learned_rules.json: 10 minutes of one core

Each seed draws its own training tasks, its own first weights, its own trials for the rivals; all are judged
on the same 300 tasks. Not here: the rules (answers/rules.py), the tasks (answers/valleys.py).
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

from metagan_course.answers.rules import RateRule, tuned_rival
from metagan_course.answers.valleys import (
    GAMES,
    VALLEYS,
    digits,
    distances,
    games,
    train_rule,
    trials,
    valleys,
)
from metagan_course.steps import CoordinateRule, Step, learned

RESULTS = Path(__file__).parents[1] / "notebooks" / "results"
TRIALS, STEPS, JUDGED = 40, (5, 10, 50), 300
HAND_MADE = ("sgd", "momentum", "adam")


def generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def rivals(draw: Callable, kinds: tuple[str, ...], seed: int) -> dict[str, Step]:
    """Each kind at the best of its trials, on 500 tasks and ten steps."""
    tasks, found = draw(500, generator(1000 + seed)), {}
    for place, kind in enumerate(kinds):
        tried = trials(kind, TRIALS, generator(2000 + 10 * seed + place))
        found[kind], _ = tuned_rival(lambda step, on: digits(on, step, 10), tried, tasks, tasks)
    return found


def trained(network: nn.Module, draw: Callable, seed: int, **how) -> Step:
    return learned(network, train_rule(network, draw, seed=seed, **how))


def valley_rules(seed: int, updates: int) -> dict[str, Step]:
    torch.manual_seed(seed)
    return {
        "learned": trained(RateRule(), valleys, seed, updates=updates, n_steps=5, cut=5),
        "learned, one step ahead": trained(RateRule(), valleys, seed, updates=updates, n_steps=5, cut=1),
        "learned, K = 10": trained(RateRule(), valleys, seed, updates=updates),
        "LSTM": trained(CoordinateRule(scale=1.0, gain=1e3), valleys, seed, updates=5 * updates, rate=0.01),
        **rivals(valleys, HAND_MADE, seed),
    }


def game_rules(seed: int, updates: int) -> dict[str, Step]:
    torch.manual_seed(seed)
    return {
        "learned": trained(RateRule(), games, seed, updates=updates),
        "learned, one step ahead": trained(RateRule(), games, seed, updates=updates, cut=1),
        **rivals(games, (*HAND_MADE, "optimism"), seed),
    }


def judged(rules: dict[str, Step], worlds: dict[str, Callable]) -> dict:
    """{world: {rule: {K: mean digits}}} on the same tasks for every rule and seed."""
    table = {}
    for world, draw in worlds.items():
        tasks = draw(JUDGED, generator(99))
        table[world] = {
            name: {K: round(digits(tasks, step, K).mean().item(), 3) for K in STEPS}
            for name, step in rules.items()
        }
    return table


def on_the_way(rules: dict[str, Step]) -> dict[str, list[float]]:
    """Mean log10 of the distance after 0, 1, ... 10 steps in the family."""
    tasks = valleys(JUDGED, generator(99))
    return {
        name: [
            round(x, 3) for x in distances(tasks, rules[name], 10).clamp(min=1e-6).log10().mean(1).tolist()
        ]
        for name in ("learned", *HAND_MADE)
    }


def long_graphs(updates: int, n: int = 8) -> list[float]:
    """Digits in ten steps in the family, of rules trained through ten steps from n other first weights."""
    exam, found = valleys(JUDGED, generator(99)), []
    for seed in range(n):
        torch.manual_seed(100 + seed)
        step = trained(RateRule(), valleys, 100 + seed, updates=updates)
        found.append(round(digits(exam, step, 10).mean().item(), 3))
    return found


def main(words: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--updates", type=int, default=200)
    parser.add_argument("--out", type=Path, default=RESULTS)
    asked = parser.parse_args(words)
    torch.set_num_threads(1)
    rows = []
    for seed in range(asked.seeds):
        of_valleys, of_games = valley_rules(seed, asked.updates), game_rules(seed, asked.updates)
        table = {"valleys": judged(of_valleys, VALLEYS), "games": judged(of_games, GAMES)}
        rows.append({**table, "on the way": on_the_way(of_valleys)})
        found = {name: row[10] for name, row in table["valleys"]["the family"].items()}
        print(f"seed {seed}, digits in ten steps:", found, flush=True)
    table = {"trials": TRIALS, "updates": asked.updates, "tasks": JUDGED, "rows": rows}
    table["K = 10, other first weights"] = long_graphs(asked.updates)
    (asked.out / "learned_rules.json").write_text(json.dumps(table) + "\n")


if __name__ == "__main__":
    main()
