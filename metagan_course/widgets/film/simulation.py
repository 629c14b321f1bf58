"""A reel: pictures along named choices, each drawn once, when it is first asked for. No Jupyter here."""

from collections.abc import Callable, Mapping
from itertools import product
from typing import Any

from ..kit.controls import Choice, Slider, Tick
from ..kit.still import as_png

LONGEST = 1000  # positions a slider; one that long is a mistake


class Reel:
    """draw(**at) -> Figure or array, for every position `at` of the choices: {"step": 3, "method": "MAML"}.

    One seed in `draw`, one picture: it is drawn once.
    """

    def __init__(self, draw: Callable[..., Any], **choices: Any):
        if not choices:
            raise ValueError("a film needs a choice: Film(draw, steps=11), with draw(steps) -> Figure.")
        self.draw, self.drawn = draw, {}
        self.controls = {name: control_of(name, choice) for name, choice in choices.items()}
        self.first = {name: first_of(choice, self.controls[name]) for name, choice in choices.items()}

    def png(self, at: Mapping[str, Any]) -> bytes:
        """The picture at this position."""
        key = tuple(at[name] for name in self.controls)
        if key not in self.drawn:
            self.drawn[key] = as_png(self.draw(**at))
        return self.drawn[key]

    def positions(self) -> list[dict[str, Any]]:
        """Every position there is."""
        names = list(self.controls)
        every = product(*(control.positions() for control in self.controls.values()))
        return [dict(zip(names, values, strict=True)) for values in every]


def control_of(name: str, choice: Any):
    """11 or a range -> a slider; True or False -> a tick; a list or dict -> a menu; a control is itself."""
    match choice:
        case Slider() | Choice() | Tick():
            return choice
        case bool():
            return Tick()
        case int() if 1 <= choice <= LONGEST:
            return Slider(0, choice - 1)
        case range() if 1 <= len(choice) <= LONGEST and choice.step > 0:
            return Slider(choice[0], choice[-1], choice.step)
        case list() | tuple() | dict() if choice:
            return Choice(choice if isinstance(choice, dict) else tuple(choice))
    raise ValueError(
        f"choice {name!r} is {choice!r}; it needs a number of positions (1 to {LONGEST}), a range, a list, "
        "or True or False."
    )


def first_of(choice: Any, control) -> Any:
    """Where a film begins: a tick as it is given, everything else at its first position."""
    if isinstance(choice, bool):
        return choice
    return control.low if isinstance(control, Slider) else control.positions()[0]
