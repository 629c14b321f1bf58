"""The explorer in a notebook: the controls' state goes to the simulation, what is seen goes to the page.

Everything that is computed stands in simulation.py and arrows.py, everything that is drawn in the .js files.
The first picture is computed a second time, by descent.js on the page: a hand on alpha or on a point waits
for nobody, and the picture lives on a page without a kernel.
"""

import base64
from collections.abc import Sequence
from pathlib import Path

import torch
import traitlets as t

from metagan_course.weights import Params

from ..kit import Choice, Number, Scene, Slider, Tick, esm, style
from ..kit.page import write_page
from .arrows import RANGE, Arrows
from .methods import METHODS, TITLES
from .simulation import MOST_POINTS, MOST_STEPS, Simulation
from .starts import budget_note, load_manifest
from .still import still

HERE = Path(__file__).parent
NAMES = ("w1", "b1", "w2", "b2", "w3", "b3")  # in the order of descent.js
PANELS = {"curves": "one task, five starts", "landscape": "which way is downhill?"}


class AdaptationExplorer(Scene):
    """One sinusoid, five starts, K inner steps; and the arrows behind them.

    AdaptationExplorer(seed=0)                              both pictures, one at a time
    AdaptationExplorer(panel="landscape", K=1, alpha=0.05)  one of them, any control set
    explorer.show(K=3, points=[[0, 1], [2, -1]])            from Python what a hand can do
    """

    _esm = esm(*(HERE / name for name in ("descent.js", "curves.js", "landscape.js", "view.js")))
    _css = style(HERE / "view.css")
    caption = "Adaptation explorer: run the cell to move the points yourself."

    starts = t.Unicode().tag(sync=True)  # the weights of the five starts, float32 end to end, in base64

    def __init__(
        self,
        *,
        seed: int = 0,
        panel: str = "both",
        K: int = 5,
        alpha: float = 0.02,
        n_points: int = 5,
        hessian: bool = True,
        points: list | None = None,
        start: Sequence[float] = (3.0, 2.6),
        tasks: Sequence[tuple] = (),
    ):
        controls = {
            "panel": Choice(PANELS, label="picture"),
            "K": Slider(0, MOST_STEPS, label="K steps"),
            "alpha": Slider(1e-3, 0.1, log=True),
            "hessian": Tick("Hessian term (I − αH) in the exact arrow"),
            "n_points": Number(1, MOST_POINTS, label="points of a new task", folded=True),
        }
        self.swing: list = []
        self._seeded(seed, controls["n_points"].check("n_points", n_points))
        state = {"panel": "curves" if panel == "both" else panel, "K": K, "alpha": alpha, "hessian": hessian}
        state |= {"n_points": n_points, "seed": seed, "points": self.simulation.points, "start": list(start)}
        if panel != "both":
            controls["panel"] = Choice({name: words for name, words in PANELS.items() if name == panel})
        self.state = {
            name: controls[name].check(name, v) if name in controls else v for name, v in state.items()
        }
        self.turn({"start": start} | ({} if points is None else {"points": points}))
        super().__init__(controls, self.state, tasks)

    @t.default("starts")
    def _packed_starts(self) -> str:
        return packed(self.simulation.stacked)

    def _seeded(self, seed: int, n_points: int) -> None:
        self.simulation = Simulation(seed=seed, n_points=n_points)
        self.arrows = Arrows(seed=seed)

    def turn(self, changed: dict) -> None:
        if "seed" in changed:
            self._seeded(changed["seed"], self.state["n_points"])
        if "points" in changed:
            self.simulation.set_points(changed["points"])
        if "start" in changed:
            self.arrows.move(*changed["start"])
        self.simulation.alpha = self.arrows.alpha = self.state["alpha"]
        self.arrows.n_steps = self.state["K"]
        self.swing = self._swing() if "hessian" in changed else []
        self._keep()

    def _swing(self) -> list:
        way = self.arrows.swing()
        return way if self.state["hessian"] else way[::-1]

    def _keep(self) -> None:
        """The state as it was kept: points and start inside their frames."""
        self.state |= {"points": self.simulation.points, "start": list(self.arrows.start)}

    def asked(self, content: dict) -> None:
        """Another sinusoid, with as many points as the box says."""
        if content["do"] != "new":
            return super().asked(content)
        self.simulation.draw(self.state["n_points"])
        self._keep()

    def see(self) -> tuple[dict, dict]:
        """Only the picture that is looked at is computed; the first one by the page, from the task."""
        always = {
            "titles": [TITLES[m] for m in METHODS],
            "methods": list(METHODS),
            "most_points": MOST_POINTS,
        }
        always |= {"note": budget_note(load_manifest()), "range": [list(ends) for ends in RANGE]}
        one = self.simulation
        task = {"seed": self.state["seed"], "points": one.points, "drawn": one.drawn}
        always |= {"task": task | {"amplitude": one.amplitude, "phase": one.phase}}
        if self.state["panel"] == "curves":
            return always, {}
        told = {"rows": self.arrows.table(), "swing": self.swing, "n_tasks": len(self.arrows.tasks.support)}
        return always | told, {"surface": self.arrows.surface()}

    def words(self) -> str:
        shown = {name: self.state[name] for name in ("K", "alpha")}
        return f"{PANELS[self.state['panel']]} " + ", ".join(f"{k} = {v}" for k, v in shown.items())

    def line(self) -> str:
        points = [[round(v, 3) for v in point] for point in self.state["points"]]
        told = self.state | {"points": points}
        return f"AdaptationExplorer({', '.join(f'{name}={value!r}' for name, value in told.items())})"

    def still(self) -> bytes:
        return still(self.simulation, self.arrows, self.state["K"], self.state["panel"])

    def to_html(self, path: str | Path) -> Path:
        """A page whose first picture lives without a kernel."""
        return write_page(self, Path(path), starts=self.starts)


def packed(stacked: Params) -> str:
    """The weights of M networks, each name (M, ...) -> base64 of float32: one network after another."""
    flat = torch.cat([stacked[name].flatten(1) for name in NAMES], dim=1)  # (M, number of weights)
    return base64.b64encode(flat.numpy().tobytes()).decode()
