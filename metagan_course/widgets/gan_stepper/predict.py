"""Predict first: the question to be answered before Play, and what became of the answer. Words only."""

import math
from collections.abc import Sequence

from .data import Data
from .measure import Measured

HORIZON = 500  # generator moves after which the prediction is judged

ALONE = {
    "covers": "G covers most of the data (three quarters of the modes or more)",
    "part": "G covers a part of it",
    "collapses": "G collapses or misses (a quarter of the modes or less, or the alarm rings)",
}
BETWEEN = {
    "A": "A ends nearer to the data",
    "B": "B ends nearer to the data",
    "equal": "they end equally near (energy distances differ by less than the floor)",
}


def choices(n_games: int) -> dict[str, str]:
    return ALONE if n_games == 1 else BETWEEN


def question(n_games: int) -> str:
    return f"Predict first: what will you see after {HORIZON} steps?" + (
        "" if n_games == 1 else " Which is better?"
    )


def outcome(ends: Sequence[Measured], data: Data) -> str:
    """The key of what happened: of ALONE for one game, of BETWEEN for two."""
    if len(ends) == 1:
        return alone(ends[0], len(data.centres))
    a, b = (math.inf if math.isnan(m.energy) else m.energy for m in ends)
    if a == b or abs(a - b) < data.floor:
        return "equal"
    return "A" if a < b else "B"


def alone(end: Measured, n_modes: int) -> str:
    if end.alarm or end.covered <= n_modes / 4:
        return "collapses"
    return "covers" if end.covered >= 3 * n_modes / 4 else "part"
