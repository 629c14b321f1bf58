"""The widget in a notebook: controls and state. Everything that is seen is computed on the page, by game.js.

It lives without a kernel, too. The same numbers in Python: metagan_course.answers.dirac.
"""

import math
from collections.abc import Sequence
from pathlib import Path

from metagan_course.answers.dirac import LOSSES, ORDERS, path, step_factor

from ..kit import Choice, Scene, Slider, esm, style
from .still import still

HERE = Path(__file__).parent
STEPS, REACH = 300, 2.0  # steps of one game; the plane is shown from -REACH to REACH, both ways
NAMES = {"minimax": "minimax", "non_saturating": "non-saturating", "wasserstein": "Wasserstein"}


class PhasePortrait(Scene):
    """Two numbers play: phi, where the generated point is, and theta, the slope of D.

    PhasePortrait(loss="wasserstein", gamma=0.3)      any control set
    portrait.show(start=[1.0, 0.5], order="in turn")  from Python what a hand can do
    """

    _esm = esm(*(HERE / name for name in ("game.js", "view.js")))
    _css = style(HERE / "view.css")
    caption = "Phase portrait: run the cell to drag the start."

    def __init__(
        self,
        *,
        loss: str = "minimax",
        gamma: float = 0.0,
        rate: float = 0.2,
        order: str = "at once",
        n_d: int = 1,
        step: int = STEPS,
        start: Sequence[float] = (1.0, -1.0),
        tasks: Sequence[tuple] = (),
    ):
        controls = {
            "loss": Choice({name: NAMES[name] for name in LOSSES}),
            "gamma": Slider(0.0, 3.0, 0.05, label="R1 γ"),
            "rate": Slider(0.02, 1.0, 0.02, label="rate α"),
            "order": Choice(ORDERS, label="they move"),
            "step": Slider(0, STEPS, label="step"),
            "n_d": Slider(1, 5, label="D moves a step, in turn", folded=True),
        }
        state = {"loss": loss, "gamma": gamma, "rate": rate, "order": order, "n_d": n_d, "step": step}
        super().__init__(controls, state | {"start": placed(start)}, tasks)

    def turn(self, changed: dict) -> None:
        if "start" in changed:
            self.state["start"] = placed(changed["start"])

    def see(self) -> tuple[dict, dict]:
        return {"reach": REACH, "steps": STEPS}, {}

    def rule(self) -> dict:
        """What dirac.path needs besides the start and the number of steps."""
        return {name: self.state[name] for name in ("gamma", "rate", "order", "n_d")}

    def path(self):
        """(STEPS + 1, 2): what the page draws."""
        return path(self.state["loss"], start=tuple(self.state["start"]), n_steps=STEPS, **self.rule())

    def factor(self) -> float:
        """What one step near the centre multiplies the distance by."""
        rule = self.rule()
        return step_factor(self.state["loss"], rule["gamma"], rule["rate"], rule["order"], rule["n_d"])

    def words(self) -> str:
        """The same sentence as view.js says."""
        radius = math.hypot(*self.path()[self.state["step"]].tolist())
        far = f"{radius:.4f}" if radius < 1000 else "above 1000"
        return f"step {self.state['step']}: distance from the centre {far}"

    def still(self) -> bytes:
        s = self.state
        title = f"{NAMES[s['loss']]}, R1 γ {s['gamma']:g}, rate {s['rate']:g}, {s['order']}"
        return still(self.path()[: s["step"] + 1], s["loss"], s["gamma"], REACH, title)


def placed(start: Sequence[float]) -> list[float]:
    """Two finite numbers, inside the plane."""
    if len(start) != 2 or not all(isinstance(v, int | float) and math.isfinite(v) for v in start):
        raise ValueError(f"start is {list(start)!r}; it must be two finite numbers, phi and theta.")
    return [min(max(float(v), -REACH), REACH) for v in start]
