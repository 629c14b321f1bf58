"""What lesson 07 reads off its shipped measurements: means over seeds and letters, gaps with their intervals.

Not here: how they were measured (benchmarks/four_starts.py, benchmarks/shifted_domains.py), the figures
(start_figures.py).
"""

import torch

from metagan_course.metrics import Interval, pooled

Rows = dict[str, list[dict]]  # a start's rows, one a seed
FOUR = ("random", "joint", "reptile", "fomaml")


def by_start(told: dict) -> Rows:
    """The rows of a measurement, by the name of the start."""
    found: Rows = {}
    for row in told["rows"]:
        found.setdefault(row["start"], []).append(row)
    return found


def mean(x: list[float] | float) -> float:
    """Of one number a letter; a mean stays what it is."""
    return sum(x) / len(x) if isinstance(x, list) else x


def over_seeds(rows: Rows, name: str, t: int, score: str) -> list[float]:
    """A start's mean score after t steps, one number a seed, by the rule that KID chose."""
    return [mean(row["by"]["kid"][str(t)][score]) for row in rows[name]]


def told_of(rows: Rows, name: str, t: int, score: str) -> float:
    """The mean over seeds and letters."""
    return mean(over_seeds(rows, name, t, score))


def gap(rows: Rows, name: str, rival: str, t: int, score: str) -> Interval:
    """A start's score minus its rival's, letter by letter, pooled over seeds and letters."""
    of = [torch.tensor([row["by"]["kid"][str(t)][score] for row in rows[who]]) for who in (name, rival)]
    return pooled(of[0] - of[1])


def earns_its_place(rows: Rows, name: str, t: int) -> bool:
    """The bar set before the run: KID and recognisability better than both rivals', intervals clear of 0."""
    return all(
        gap(rows, name, rival, t, "kid").high < 0 and gap(rows, name, rival, t, "recognisability").low > 0
        for rival in ("joint", "random")
    )


def domain_gap(rows: Rows, name: str, rival: str, side: str, t: int) -> Interval:
    """KID on shifted domains, a start's minus its rival's. A start that was not trained has one row."""
    seeds = max(len(rows[name]), len(rows[rival]))
    of = [
        torch.tensor(
            [rows[who][min(s, len(rows[who]) - 1)]["after"][side][str(t)]["kid"] for s in range(seeds)]
        )
        for who in (name, rival)
    ]
    return pooled(of[0] - of[1])


def domain_mean(rows: Rows, name: str, side: str, t: int) -> float:
    """Mean KID over seeds and domains."""
    return mean([mean(row["after"][side][str(t)]["kid"]) for row in rows[name]])


def versus(interval: Interval) -> str:
    """A gap in KID, where lower is better, in words."""
    said = "ahead" if interval.high < 0 else "behind" if interval.low > 0 else "not told apart"
    return f"{interval.estimate:+.2f} [{interval.low:+.2f}, {interval.high:+.2f}] {said}"
