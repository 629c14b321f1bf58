"""What can be turned on a widget, as values: a bar, a list, a tick, a number. Each knows what it takes.

`spec(name)` is what the page builds the control from (elements.js); `check(name, value)` is the value, or a
refusal in one sentence. No widget and no Jupyter here.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


def words_of(name: str) -> str:
    return name.replace("_", " ")


@dataclass(frozen=True)
class Slider:
    """A number between two ends. `log`: the bar is even in powers of ten. Whole if its ends and step are."""

    low: float
    high: float
    step: float = 1
    log: bool = False
    label: str = ""
    folded: bool = False

    @property
    def whole(self) -> bool:
        return not self.log and all(isinstance(v, int) for v in (self.low, self.high, self.step))

    def spec(self, name: str) -> dict:
        ends = {"low": self.low, "high": self.high, "step": self.step, "log": self.log, "whole": self.whole}
        return {
            "kind": "slider",
            "name": name,
            "label": self.label or words_of(name),
            "folded": self.folded,
        } | ends

    def check(self, name: str, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise ValueError(f"{name} is {value!r}; it must be a number from {self.low} to {self.high}.")
        if not self.low <= value <= self.high or (self.whole and value != int(value)):
            kind = "a whole number" if self.whole else "a number"
            raise ValueError(f"{name} is {value}; it must be {kind} from {self.low} to {self.high}.")
        return int(value) if self.whole else float(value)

    def positions(self) -> list[float]:
        """Every place of the bar, for a film that is drawn beforehand."""
        if self.log:
            raise ValueError("a logarithmic slider has no list of positions; give a list of values instead.")
        count = int(round((self.high - self.low) / self.step)) + 1
        return [self.low + i * self.step for i in range(count)]


@dataclass(frozen=True)
class Number(Slider):
    """A number without a bar."""

    def spec(self, name: str) -> dict:
        return super().spec(name) | {"kind": "number"}


@dataclass(frozen=True)
class Choice:
    """One of a list, or of a mapping from values to their words."""

    options: Any
    label: str = ""
    folded: bool = False

    @property
    def values(self) -> list:
        return list(self.options)

    def words(self, value) -> str:
        return self.options[value] if isinstance(self.options, Mapping) else str(value)

    def spec(self, name: str) -> dict:
        options = [[value, self.words(value)] for value in self.options]
        return {
            "kind": "choice",
            "name": name,
            "label": self.label or words_of(name),
            "folded": self.folded,
        } | {"options": options}

    def check(self, name: str, value: Any) -> Any:
        if value not in self.values:
            raise ValueError(f"{name} is {value!r}; it must be one of {', '.join(map(repr, self.values))}.")
        return self.values[self.values.index(value)]

    def positions(self) -> list:
        return self.values


@dataclass(frozen=True)
class Tick:
    """Yes or no; `colour` puts a patch of it beside the words."""

    label: str = ""
    folded: bool = False
    colour: str = ""

    def spec(self, name: str) -> dict:
        return {
            "kind": "tick",
            "name": name,
            "label": self.label or words_of(name),
            "folded": self.folded,
        } | {"colour": self.colour}

    def check(self, name: str, value: Any) -> bool:
        if not isinstance(value, bool):
            raise ValueError(f"{name} is {value!r}; it must be True or False.")
        return value

    def positions(self) -> list[bool]:
        return [False, True]
