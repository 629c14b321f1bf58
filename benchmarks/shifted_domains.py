"""Where a start may earn its place: twenty drawings under a shift, 369 numbers move, five steps.

    python benchmarks/shifted_domains.py         writes notebooks/results/shifted_domains.json, 9 CPU minutes
    python benchmarks/shifted_domains.py --seconds 2 --domains 6 --out try.json     a minute, to see it run

Three starts of the same 369 numbers (answers/domains.py): the shipped generator's; by FOMAML, through five
steps on shifted domains; by joint training on the same domains, for the same CPU seconds, and once more for
as many updates as FOMAML's. FOMAML and joint training have two settings each, chosen on validation with
seed 0. Every start has the same five inner rules, chosen for each t on validation domains. Test domains judge
once: with the shifts of training ("home") and with two that training never had ("far").

Fixed before the first run: the start earns its place at t = 5, at home, if its KID is below those of both
rivals, pooled intervals clear of 0.
"""

import argparse
import json
import math
import time
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from metagan_course.answers.domains import NEVER_TRAINED, SHIFTS, Domains, World, outer_gradient
from metagan_course.evaluation.critics import critic
from metagan_course.files import write_whole
from metagan_course.metrics import kid
from metagan_course.weights import Params

OUT = Path(__file__).resolve().parents[1] / "notebooks" / "results" / "shifted_domains.json"
AT = (1, 5)
RULES = [("adam", 0.01), ("adam", 0.03), ("adam", 0.06), ("sgd", 0.03), ("sgd", 0.1)]
SETTINGS = {
    "joint": [{"beta": 3e-3}, {"beta": 1e-2}],
    "fomaml": [{"beta": 1e-2, "inner": ("adam", 0.03)}, {"beta": 1e-2, "inner": ("sgd", 0.1)}],
}


def train(
    world: World, setting: dict, seed: int, *, seconds: float = math.inf, most: float = math.inf
) -> tuple[Params, int]:
    """A start of the 369 numbers after so many CPU seconds or updates of four domains each; how many."""
    phi = {n: w.clone() for n, w in world.start.items()}
    optimiser = torch.optim.Adam(list(phi.values()), setting["beta"], betas=(0.9, 0.99))
    step = world.step(*setting["inner"]) if "inner" in setting else None
    generator, began, updates = torch.Generator().manual_seed(seed), time.process_time(), 0
    while time.process_time() - began < seconds and updates < most:
        task = world.domains(4, split="train", generator=generator)
        gradient, _ = outer_gradient(world, phi, task, step)
        for n, w in phi.items():
            w.grad = gradient[n].nan_to_num()
        optimiser.step()
        updates += 1
    return phi, updates


def scores(world: World, start: Params, task: Domains, rule: tuple, at: tuple, eye: Any) -> dict[int, Tensor]:
    """KID to the query, the mean over a domain's characters: {t: (T,)}."""
    drawn = world.after(start, task, world.step(*rule), at, 32, 0)
    asked = eye.features(task.asked.flatten(0, 1))  # (4 T, Q, d)
    return {
        t: kid(eye.features(x.nan_to_num().flatten(0, 1)), asked).unflatten(0, x.shape[:2]).mean(1)
        for t, x in drawn.items()
    }


def chosen_rules(world: World, start: Params, val: Domains, eye: Any) -> dict[int, tuple[float, tuple]]:
    """For each t the lowest mean KID on validation, and its rule."""
    tried = [(rule, scores(world, start, val, rule, AT, eye)) for rule in RULES]
    finite = lambda x: x if math.isfinite(x) else math.inf  # noqa: E731
    return {t: min((finite(found[t].mean().item()), rule) for rule, found in tried) for t in AT}


def examined(world: World, start: Params, rules: dict, tests: dict[str, Domains], eye: Any) -> dict:
    """{side: {t: {rule, kid of each domain}}}, t = 0 without a step."""
    found: dict[str, dict] = {}
    for side, task in tests.items():
        by_rule = {
            rule: scores(world, start, task, rule, (0, *AT), eye) for rule in {r for _, r in rules.values()}
        }
        first = rules[AT[0]][1]
        rows = {0: (first, by_rule[first][0])} | {t: (r, by_rule[r][t]) for t, (_, r) in rules.items()}
        found[side] = {
            str(t): {"rule": list(rule), "kid": [round(v, 4) for v in x.tolist()]}
            for t, (rule, x) in rows.items()
        }
    return found


def copied(task: Domains, eye: Any) -> list[float]:
    """What a copy of the drawings gets."""
    x = task.shown.repeat(1, 1, 7, 1, 1, 1)[:, :, :32]
    found = kid(eye.features(x.flatten(0, 1)), eye.features(task.asked.flatten(0, 1)))
    return [round(v, 4) for v in found.unflatten(0, x.shape[:2]).mean(1).tolist()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=36)
    parser.add_argument("--domains", type=int, default=30)
    parser.add_argument("--seeds", type=int, nargs="*", default=[0, 1, 2])
    parser.add_argument("--out", type=Path, default=OUT)
    told = parser.parse_args()
    torch.set_num_threads(1)
    world, eye = World(), critic("compare", "glyphs")
    seeded = lambda n: torch.Generator().manual_seed(n)  # noqa: E731
    val = world.domains(min(10, told.domains), split="val", generator=seeded(71))
    tests = {
        "home": world.domains(told.domains, split="test", generator=seeded(72)),
        "far": world.domains(told.domains // 2, split="test", generator=seeded(73), shifts=NEVER_TRAINED),
    }
    out: dict[str, Any] = {
        "seconds": told.seconds,
        "shifts": {"home": list(SHIFTS), "far": list(NEVER_TRAINED)},
        "copy": {side: copied(task, eye) for side, task in tests.items()},
        "rows": [],
    }

    def keep(name: str, seed: int, start: Params, rules: dict, **more: Any) -> None:
        row = {"start": name, "seed": seed, **more, "after": examined(world, start, rules, tests, eye)}
        out["rows"].append(row)
        write_whole(told.out, json.dumps(out).encode())
        said = {
            side: {t: f"{sum(x['kid']) / len(x['kid']):.3f} {x['rule']}" for t, x in found.items()}
            for side, found in row["after"].items()
        }
        print(name, seed, more, said, flush=True)

    keep("shipped", 0, world.start, chosen_rules(world, world.start, val, eye))
    best: dict[str, dict] = {}
    for seed in told.seeds:
        for name, settings in SETTINGS.items():
            made = []
            for setting in [best[name]] if name in best else settings:
                phi, updates = train(world, setting, seed, seconds=told.seconds)
                rules = chosen_rules(world, phi, val, eye)
                made.append((rules[5][0], setting, phi, updates, rules))
                print(f"  {name} {setting}: {updates} updates, validation {rules}", flush=True)
            _, best[name], phi, updates, rules = min(made, key=lambda one: one[0])
            keep(name, seed, phi, rules, updates=updates, setting=best[name])
        phi, updates = train(
            world, best["joint"], seed, most=out["rows"][-1]["updates"]
        )  # FOMAML's, just made
        rules = chosen_rules(world, phi, val, eye)
        keep("joint, equal updates", seed, phi, rules, updates=updates, setting=best["joint"])


if __name__ == "__main__":
    main()
