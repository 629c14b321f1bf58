"""Is a start that was meta-learned worth anything once its rivals are tuned? Four starts of one small GAN.

    python benchmarks/four_starts.py                 writes notebooks/results/four_starts.json, 10 CPU minutes
    python benchmarks/four_starts.py --seconds 1 --tasks 20 --out try.json       one minute, to see it run

Starts: random weights; joint training; Reptile; FOMAML. All on the same pair of MLPs with the same random
weights. Reptile, FOMAML and joint training have two settings of their training each; the one with the
lower KID after ten steps is taken (validation, seed 0). Then every start has the same twelve rules
(starts.RULES), chosen anew for each t on validation scripts by KID, and once more, for t = 10, by
recognisability. Test scripts judge once.

Joint training is looked at under three budgets: as many updates as Reptile, as many seconds, and at least as
many gradient calls (Reptile has 2 K a task and update, joint training 2; where the seconds bought more of
them, as on one seed of the shipped run, the two budgets are the same start).

Fixed before the first run: a start *earns its place* at a t if its KID and its recognisability are both
better than those of random weights and of joint training at equal seconds, with rules chosen by KID, pooled
intervals clear of 0. (The first run was stopped after one seed and thrown away: a schedule made for 400
updates let joint training's rates fall below 0. The shipped run adapted twenty letters at a time, not ten as
now, so its noise was another.) Not here: figures and words (the notebook of lesson 07).
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any, NamedTuple

import torch

from metagan_course.course.start_judges import Judged, best_rule, judged, trials
from metagan_course.course.start_training import start_of, train_on
from metagan_course.course.starts import SMALL, UNTUNED, Rule, Start, drawn, recipe_of
from metagan_course.evaluation.baselines import for_pictures
from metagan_course.files import write_whole
from metagan_course.training.loop import begin

OUT = Path(__file__).resolve().parents[1] / "notebooks" / "results" / "four_starts.json"
AT, CHOICE_TASKS = (1, 3, 10), 20
EACH_TASK = ("kid", "recognisability", "diversity")  # kept task by task; of the others the mean
SETTINGS: dict[str, list[dict]] = {
    "reptile": [{"alpha_g": 0.1, "alpha_d": 0.03}, {"alpha_g": 0.3, "alpha_d": 0.1}],
    "fomaml": [{"alpha_g": 0.3, "alpha_d": 0.1}, {"alpha_g": 0.1, "alpha_d": 0.03}],
    "joint": [{"beta_g": 1e-3, "beta_d": 2e-3}, {"r1_outer": 1.0}],  # betas of 2e-3 where nothing is said
}


# --- training ----------------------------------------------------------------------------------------------


class Made(NamedTuple):
    """A start, and what it took."""

    start: Start
    updates: int
    seconds: float


def of_method(method: str, setting: dict, seed: int, seconds: float, updates: int) -> dict[str, Made]:
    """A method's start, or, of joint training, its starts under three budgets. updates: those of Reptile."""
    run, spent, made = begin(recipe_of(method, seed=seed, **setting)), 0.0, {}
    budgets = {method: {"seconds": seconds}}
    if method == "joint":
        budgets = {"joint, equal updates": {"updates": updates}, "joint": {"seconds": seconds}}
        budgets["joint, equal gradients"] = {"updates": SMALL.inner_steps * updates}
    for name, budget in budgets.items():
        if "seconds" in budget:
            budget = {"seconds": seconds - spent}
        began = time.process_time()
        run = train_on(run, **budget)
        spent += time.process_time() - began
        made[name] = Made(start_of(run), run.step, spent)
    return made


# --- judging -----------------------------------------------------------------------------------------------


def rounded(scores: dict[str, torch.Tensor]) -> dict[str, Any]:
    return {
        name: [round(v, 3) for v in x.tolist()] if name in EACH_TASK else round(x.mean().item(), 3)
        for name, x in scores.items()
    }


def examined(start: Start, tried: list, test: Judged, seed: int) -> dict[str, Any]:
    """The test side, once: untrained at t = 0, untuned, and by the rules that validation chose."""
    support, seen = test.task.support, {}

    def after(rule: Rule, t: int, shown: torch.Tensor = support) -> dict[str, Any]:
        name = str(rule)
        if (name, shown is support) not in seen:
            seen[name, shown is support] = drawn(start, shown, rule, (0, *AT), n=32, seed=seed)
        return rounded(test(seen[name, shown is support][t], useful=True))

    def chosen(score: str, times: tuple[int, ...]) -> dict[str, dict]:
        rules = {t: best_rule(tried, t, score) for t in times}
        return {str(t): {"rule": str(rule), **after(rule, t)} for t, rule in rules.items()}

    by = {"kid": chosen("kid", AT), "recognisability": chosen("recognisability", (10,))}
    sham = after(best_rule(tried, 10, "kid"), 10, support.roll(1, 0))
    untuned = {str(t): after(UNTUNED, t) for t in (0, *AT)}
    return {"by": by, "untuned": untuned, "sham": sham}


def cheats(test: Judged) -> list[dict]:
    """What copies, means and jitter get, and real drawings."""
    rows = [{"start": "real drawings", "scores": rounded(test.judge.ceiling())}]
    for name, sample in for_pictures("glyphs").items():
        samples = sample(test.task.support, 32, torch.Generator().manual_seed(1))
        rows.append({"start": name, "scores": rounded(test(samples, useful=True))})
    return rows


# --- the run -----------------------------------------------------------------------------------------------


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=24)
    parser.add_argument("--seeds", type=int, nargs="*", default=[0, 1, 2])
    parser.add_argument("--tasks", type=int, default=40)
    parser.add_argument("--out", type=Path, default=OUT)
    told = parser.parse_args()
    torch.set_num_threads(1)
    val, test = judged("val", CHOICE_TASKS), judged("test", told.tasks)
    out: dict[str, Any] = {"seconds": told.seconds, "tasks": told.tasks, "cheats": cheats(test), "rows": []}
    chosen: dict[str, dict] = {}
    for seed in told.seeds:
        one_seed(seed, told.seconds, val, test, chosen, out)
        write_whole(told.out, json.dumps(out | {"settings": chosen}).encode())


def one_seed(seed: int, seconds: float, val: Judged, test: Judged, chosen: dict, out: dict) -> None:
    """All starts of one seed; the first seed also chooses how each method is trained."""

    def keep(name: str, made: Made, tried: list) -> None:
        row = {"start": name, "seed": seed, "updates": made.updates, "seconds": round(made.seconds, 1)}
        out["rows"].append({**row, **examined(made.start, tried, test, seed)})
        told = {
            t: " ".join(f"{sum(x[s]) / len(x[s]):.2f}" for s in EACH_TASK)
            for t, x in out["rows"][-1]["by"]["kid"].items()
        }
        print(f"seed {seed} {name:24} {made.updates:5} updates {made.seconds:5.1f} s  {told}", flush=True)

    def on_val(start: Start) -> list:
        return list(trials(start, val, AT, n=10))

    random, updates = Made(start_of(begin(recipe_of("random", seed=seed))), 0, 0.0), 0
    keep("random", random, on_val(random.start))
    for method in ("reptile", "fomaml", "joint"):
        settings = [chosen[method]] if method in chosen else SETTINGS[method]
        found = [of_method(method, s, seed, seconds, updates) for s in settings]
        tried = [{name: on_val(made.start) for name, made in of.items()} for of in found]
        kids = [best_of(of[method]) for of in tried]
        print(f"  {method}, KID by setting: {', '.join(f'{k:.2f}' for k in kids)}", flush=True)
        place = kids.index(min(kids))
        chosen[method] = settings[place]
        for name, made in found[place].items():
            keep(name, made, tried[place][name])
        updates = found[place][method].updates if method == "reptile" else updates


def best_of(tried: list) -> float:
    """The lowest KID after ten steps."""
    return min(scores[10]["kid"].mean().item() for _, scores in tried)


if __name__ == "__main__":
    main()
