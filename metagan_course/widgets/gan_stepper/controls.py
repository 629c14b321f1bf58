"""The stepper's controls: what can be turned, and between which values. No game here."""

from dataclasses import fields

from metagan_course.palette import FAKE, MANIFOLD, REAL

from ..kit import Choice, Number, Slider, Tick
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
SPEEDS = {0: "slow motion", 1: "1 step a frame", 3: "3 steps a frame", 10: "10 steps a frame"}
LAYERS = {"field": True, "real": True, "fake": True, "arrows": False, "manifold": False}
SHARED = ("data", "seed")  # what both games have in common
OWN = tuple(f.name for f in fields(Settings) if f.name not in (*SHARED, "batch"))  # what each has for itself


def controls(a: Settings, b: Settings) -> dict:
    """Game A by the names of its settings, game B by the same and `_b`; a few in sight, the rest folded."""
    sight = {
        "speed": Choice(SPEEDS),
        "data": Choice({name: DATA.get(name, name.replace("_", " ")) for name in NAMES}),
        "loss": Choice(LOSSES),
        "rate_d": rate("rate of θ (D)"),
        "arrows": Tick("arrows: −∇ₓ L_G × 0.35"),
    }
    layers = {
        "field": Tick("D's field", folded=True, colour="linear-gradient(90deg, #f5b274, #fff, #7ab2db)"),
        "real": Tick("real points", folded=True, colour=REAL),
        "fake": Tick("generated G(z)", folded=True, colour=FAKE),
        "manifold": Tick("G's manifold", folded=True, colour=MANIFOLD),
    }
    shared = {
        "seed": Number(0, 9999, folded=True),
        "compare": Tick("compare A with B, same seed", folded=True),
    }
    second = {f"{name}_b": control for name, control in game(b, "B: ").items()}
    return sight | layers | shared | {n: c for n, c in game(a).items() if n not in sight} | second


def game(s: Settings, whose: str = "") -> dict:
    """What each game has for itself, by the name of the setting."""
    return {
        "loss": Choice(LOSSES, whose + "loss", folded=True),
        "rate_g": rate(whose + "rate of φ (G)", folded=True),
        "rate_d": rate(whose + "rate of θ (D)", folded=True),
        "optimiser": Choice(list(OPTIMISERS), whose + "optimiser", folded=True),
        "z_size": usual([1, 2], s.z_size, whose + "dimensions of z"),
        "layers": usual([1, 2, 3], s.layers, whose + "layers"),
        "units": usual([8, 16, 32, 64], s.units, whose + "units"),
        "d_moves": usual([1, 2, 5], s.d_moves, whose + "D moves per G"),
        "r1": usual([0.0, 0.1, 0.3, 1.0, 3.0], s.r1, whose + "R1 weight γ"),
    }


def usual(values: list, value, label: str) -> Choice:
    """The usual values, and the one at hand if it is another."""
    return Choice(sorted({*values, value}), label, folded=True)


def rate(label: str, folded: bool = False) -> Slider:
    return Slider(1e-5, 1.0, log=True, label=label, folded=folded)
