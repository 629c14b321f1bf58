"""The log of the experiment on learning through the steps, and the tables of THROUGH_STEPS.md made of it.

    python benchmarks/steps_table.py --family glyphs --split test

A line of through_steps.jsonl is a training run, or an arm after t steps on frozen tasks, with a value a task.
Not here: where the numbers come from (judge_steps.py).
"""

import argparse
import json
from pathlib import Path

import torch
from torch import Tensor

from metagan_course.metrics import pooled

LOG = Path(__file__).parent / "through_steps.jsonl"
AT = (1, 2, 3, 5, 10)
METRICS = ("usefulness", "kid", "recognisability", "recall", "authenticity", "support_nn", "diversity")
COMPARED = METRICS[:4]
RIVALS = ("plain", "prototype", "encoder", "told")
STEPLESS = ("encoder", "told")  # judged at t = 0
WHICH = ("arm", "seed", "how", "family", "split", "t", "sham", "choice")  # what tells two measurements apart


def log(scores: dict[str, Tensor], **about) -> None:
    """One line more; a value a task with four digits."""
    kept = {m: [round(v, 4) for v in scores[m].tolist()] for m in METRICS if m in scores}
    with LOG.open("a") as file:
        file.write(json.dumps({**about, "scores": kept}) + "\n")
    print(about, {m: round(mean(v), 3) for m, v in kept.items()}, flush=True)


def lines(**wanted) -> list[dict]:
    """The measurements with these values; of two of the same thing the later one."""
    read = [json.loads(line) for line in LOG.read_text().splitlines()] if LOG.exists() else []
    found = [x for x in read if "scores" in x and all(x.get(k) == v for k, v in wanted.items())]
    return list({str([x.get(k) for k in WHICH]): x for x in found}.values())


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def values(arm: str, t: int | None, metric: str, **where) -> Tensor | None:
    """(seeds, T), in the order of the seeds."""
    found = [x for x in lines(arm=arm, t=t, choice=None, **where) if metric in x["scores"]]
    found.sort(key=lambda x: x["seed"] or 0)
    return torch.tensor([x["scores"][metric] for x in found]) if found else None


# --- tables ------------------------------------------------------------------------------------------------


def table(family: str, split: str) -> str:
    """A row an arm and t: the mean over seeds and tasks, and each seed's."""
    where = {"family": family, "split": split}
    rows = [(arm, None, False) for arm in ("real", "support copy", "tuned jitter")]
    rows += [(arm, 0, False) for arm in STEPLESS]
    rows += [(arm, t, False) for t in AT for arm in ("plain", "prototype", "through")]
    rows += [("through", t, True) for t in AT]
    text = ["| | t | " + " | ".join(METRICS) + " |", "|---" * (len(METRICS) + 2) + "|"]
    for arm, t, sham in rows:
        cells = [cell(values(arm, t, m, sham=sham, **where)) for m in METRICS]
        if any(cells):
            text.append(f"| {arm}{', sham' * sham} | {'' if t is None else t} | " + " | ".join(cells) + " |")
    return "\n".join(text)


def cell(x: Tensor | None) -> str:
    if x is None:
        return ""
    seeds = f" ({', '.join(f'{v:.2f}' for v in x.mean(1))})" if len(x) > 1 else ""
    return f"{x.mean():.3f}{seeds}"


def differences(family: str, split: str) -> str:
    """through minus each rival at the same t, one without steps at its t = 0, over seeds and tasks."""
    where = {"family": family, "split": split, "sham": False}
    text = ["| through minus | t | " + " | ".join(COMPARED) + " |", "|---" * (len(COMPARED) + 2) + "|"]
    for rival in RIVALS:
        for t in AT:
            cells = [minus(t, rival, m, where) for m in COMPARED]
            if any(cells):
                text.append(f"| {rival} | {t} | " + " | ".join(cells) + " |")
    return "\n".join(text)


def minus(t: int, rival: str, metric: str, where: dict) -> str:
    """Estimate and pooled interval; a star where it is clear of 0. Seed with seed where both have seeds."""
    a = values("through", t, metric, **where)
    b = values(rival, 0 if rival in STEPLESS else t, metric, **where)
    if a is None or b is None:
        return ""
    n = len(a) if len(b) == 1 else min(len(a), len(b))
    found = pooled(a[:n] - b[:n])
    star = "" if found.low <= 0 <= found.high else "*"
    return f"{found.estimate:+.3f} [{found.low:+.3f}, {found.high:+.3f}]{star}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--family", default="glyphs")
    parser.add_argument("--split", default="test")
    words = parser.parse_args()
    print(table(words.family, words.split), differences(words.family, words.split), sep="\n\n")


if __name__ == "__main__":
    main()
