"""The stepper's controls, by ipywidgets: what can be turned, and between which values. No game here."""

from collections.abc import Callable

import ipywidgets as ip

from .data import NAMES
from .state import OPTIMISERS, Settings

LOSSES = {
    "minimax": "minimax (saturating)",
    "non_saturating": "non-saturating",
    "least_squares": "least squares",
    "hinge": "hinge",
    "wasserstein": "Wasserstein",
    "relativistic": "relativistic",
}
DATA = {"ring": "ring of 8", "grid": "grid of 25", "two_moons": "two moons", "drawn": "draw your own"}


def shared_controls(settings: Settings, comparing: bool) -> dict[str, ip.Widget]:
    """What both games have in common."""
    names = [(DATA.get(n, n), n) for n in NAMES]
    data = ip.Dropdown(options=names, value=settings.data, description="data")
    seed = ip.BoundedIntText(value=settings.seed, min=0, max=9999, description="seed")
    for control in (data, seed):
        control.layout.width, control.style.description_width = "190px", "40px"
    both = ip.Checkbox(value=comparing, description="compare A with B, same seed", indent=False)
    return {"data": data, "seed": seed, "compare": both}


def game_controls(s: Settings) -> dict[str, ip.Widget]:
    """What each game has for itself, by the name of the setting."""
    losses = [(words, name) for name, words in LOSSES.items()]
    return {
        "loss": ip.Dropdown(options=losses, value=s.loss, description="loss"),
        "optimiser": ip.Dropdown(options=list(OPTIMISERS), value=s.optimiser, description="optimiser"),
        "rate_g": rate(s.rate_g, "rate of φ (G)"),
        "rate_d": rate(s.rate_d, "rate of θ (D)"),
        "z_size": choice([1, 2], s.z_size, "dimensions of z"),
        "layers": choice([1, 2, 3], s.layers, "layers"),
        "units": choice([8, 16, 32, 64], s.units, "units"),
        "d_moves": choice([1, 2, 5], s.d_moves, "D moves per G"),
        "r1": choice([0.0, 0.1, 0.3, 1.0, 3.0], s.r1, "R1 weight γ"),
    }


def on_turn(control: ip.Widget, act: Callable, *first) -> None:
    """act(*first, value) whenever the control has a new value."""
    control.observe(lambda change: act(*first, change["new"]), "value")


def choice(usual: list, value, description: str) -> ip.Dropdown:
    """The usual values, and the one at hand if it is another."""
    return ip.Dropdown(options=sorted({*usual, value}), value=value, description=description)


def rate(value: float, description: str) -> ip.FloatLogSlider:
    return ip.FloatLogSlider(
        value=value, min=-4.5, max=0, step=0.1, description=description, readout_format=".2g"
    )


def rows(which: str, controls: dict[str, ip.Widget]) -> list[ip.HBox]:
    """Two rows of controls under the name of their game."""
    for control in controls.values():
        control.layout.width = "258px" if isinstance(control, ip.FloatLogSlider) else "auto"
        control.style.description_width = "initial"
    name = ip.HTML(f"<b>{which}</b>", layout=ip.Layout(width="20px"))
    blank = ip.HTML("", layout=ip.Layout(width="20px"))
    below = ("rate_g", "rate_d", "d_moves", "r1")
    above = [control for key, control in controls.items() if key not in below]
    return [ip.HBox([name, *above]), ip.HBox([blank, *(controls[key] for key in below)])]
