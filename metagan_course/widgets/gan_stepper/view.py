"""The widget: controls by ipywidgets, the picture by view.js. No mathematics; simulation.py has the game.

The page drives. It asks for n steps, the kernel computes them and answers with one frame, the page draws it
and asks again, at most two requests ahead: other work gets its turn between any two frames, and closing the
page ends the run.
"""

import base64
import math
from dataclasses import replace
from pathlib import Path

import anywidget
import ipywidgets as ip
import torch
import traitlets as t

from metagan_course.tasks.toys import MODES

from . import predict
from .controls import LOSSES, game_controls, on_turn, rows, shared_controls
from .measure import ALARM, LINES, PIXELS, REACH, Measured, measure, picture
from .simulation import PHASES, Simulation
from .state import Settings
from .still import still

HERE = Path(__file__).parent
LAYERS = {"real": True, "fake": True, "field": True, "arrows": False, "manifold": False}
DOODLE = (((-1.2, -0.6), (-0.4, 0.9), (0.4, -0.6), (1.2, 0.9)),)  # what "draw your own" shows at first


class Canvas(anywidget.AnyWidget):
    """The picture, the buttons and the keyboard. `frame` changes last, once for each picture."""

    _esm = HERE / "view.js"
    _css = HERE / "view.css"

    frame = t.Int(0).tag(sync=True)
    scene = t.Dict().tag(sync=True)  # everything that is words and numbers
    arrays = t.Bytes(b"").tag(sync=True)  # everything else, laid end to end; scene["layout"] says where
    show = t.Dict(LAYERS).tag(sync=True)  # which layers are drawn
    strokes = t.List().tag(sync=True)  # the learner's drawing, in units of the plane


class GanStepper(ip.VBox):
    """Two networks play in the plane; see one move at a time.

    GanStepper(data="ring", loss="minimax", seed=3)                  any field of Settings
    GanStepper(compare=dict(loss="non_saturating"), loss="minimax")  B differs from A by these, same seed
    GanStepper(predict_first=False)                                  Play without a prediction
    """

    def __init__(self, *, compare: dict | None = None, predict_first: bool = True, strokes=None, **settings):
        first = Settings(**settings)
        self.predict_first = predict_first
        self._strokes = [list(map(list, s)) for s in (strokes or DOODLE)]
        self._other = replace(first, **(compare or {}))
        self.games = [self._game(first)] + ([self._game(self._other)] if compare is not None else [])
        self.canvas = Canvas(strokes=self._strokes)
        self.canvas.on_msg(self._asked)
        self.canvas.observe(self._drawn, "strokes")
        self.shared = shared_controls(first, compare is not None)
        self.controls = {"A": game_controls(first), "B": game_controls(self._other)}
        self._wire()
        self._begin()
        super().__init__([self.canvas, *self._panel()])
        self.layout.max_width = "870px"

    # --- what the page asks for ---

    def _asked(self, _, content, buffers):
        """One message of the page: {"id", "do", ...}. Each is answered by a frame that carries its id."""
        do = content["do"]
        if do == "goto":
            for game in self.games:
                game.goto(content["index"])
        elif do == "new":
            self._restart()
        elif do == "predict":
            self._predict(content["choice"])
        elif not content.get("play") or self._may_play(content.get("verdict")):
            self._move(do, content.get("n", 1))
        self._publish(content["id"])

    def _move(self, do: str, n: int):
        if self.verdict is None and self.prediction is not None and do in ("step", "g"):
            n = max(1, min(n, predict.HORIZON - self.games[0].state.moved_g))
        for game in self.games:
            game.do(do, n)
        if self.prediction and not self.verdict and self.games[0].state.moved_g >= predict.HORIZON:
            self.verdict = predict.outcome([g.measured for g in self.games], self.games[0].data)

    def _predict(self, choice: str):
        if choice not in predict.choices(len(self.games)):
            raise ValueError(
                f"choice is {choice!r}; it must be one of {list(predict.choices(len(self.games)))}."
            )
        self.prediction = choice

    @property
    def locked(self) -> bool:
        """Play waits for a prediction."""
        return self.predict_first and self.prediction is None

    def _may_play(self, seen: str | None) -> bool:
        """Play stops at a verdict and where a game broke; what was asked before that was seen is refused."""
        broken = any(math.isnan(game.measured.energy) for game in self.games)
        return not (self.locked or broken or self.verdict != seen)

    # --- games ---

    def _game(self, settings: Settings) -> Simulation:
        return Simulation(settings, strokes=self._strokes, measure=measure)

    def _begin(self):
        """A new question, and a first frame."""
        self.prediction = self.verdict = None
        self._publish(0)

    def _restart(self):
        for game in self.games:
            game.begin(game.settings, strokes=self._strokes)
        self._begin()

    def _turned(self, which: str, name: str, value):
        """A control was turned: of game A or B, or of both (`which` is "AB")."""
        if "B" in which:
            self._other = replace(self._other, **{name: value})
        anew = [g.change(**{name: value}) for w, g in zip("AB", self.games, strict=False) if w in which]
        if any(anew):
            self._restart()  # both, so that A and B keep one clock
        else:
            self._publish(0)

    def _set_compare(self, on: bool):
        self.games = self.games[:1] + ([self._game(self._other)] if on else [])
        for box in self.rows_b:
            box.layout.display = "" if on else "none"
        self._restart()

    def _drawn(self, change):
        self._strokes = change["new"]
        if self._strokes and self.games[0].settings.data == "drawn":
            self._restart()

    # --- the frame ---

    def _publish(self, reply: int):
        """One frame: numbers in `scene`, the rest as bytes, and the counter last."""
        arrays, layout = bytearray(), []
        for game in self.games:
            seen = picture(game.state, game.settings, game.data) | {"real": game.data.watched}
            seen["curves"], seen["left"] = curves([m for _, m in game.history]), curves(game.left)
            places = {}
            for name, values in seen.items():
                values = values if values.dtype == torch.uint8 else values.float()
                places[name] = [len(arrays), *values.shape]
                arrays += values.numpy().tobytes()
                arrays += bytes(-len(arrays) % 4)
            layout.append(places)
        with self.canvas.hold_sync():
            self.canvas.arrays = bytes(arrays)
            self.canvas.scene = self._scene(reply, layout)
            self.canvas.frame += 1

    def _scene(self, reply: int, layout: list[dict]) -> dict:
        one = self.games[0]
        return {
            "reply": reply,
            "layout": layout,
            "games": [describe(game) for game in self.games],
            "data": one.settings.data,
            "n_modes": len(one.data.centres),
            "parts": "modes" if one.settings.data in MODES else "pieces",
            "floor": one.data.floor,
            "pixels": PIXELS,
            "reach": REACH,
            "lines": LINES,
            "phase": one.state.phase,
            "phases": list(PHASES),
            "cursor": one.cursor,
            "length": len(one.history),
            "horizon": predict.HORIZON,
            "question": predict.question(len(self.games)),
            "choices": predict.choices(len(self.games)),
            "locked": self.locked,
            "prediction": self.prediction,
            "verdict": self.verdict,
            "alarm": ALARM,
        }

    # --- controls ---

    def _wire(self):
        for name in ("data", "seed"):
            on_turn(self.shared[name], self._turned, "AB", name)
        on_turn(self.shared["compare"], self._set_compare)
        for which, controls in self.controls.items():
            for name, control in controls.items():
                on_turn(control, self._turned, which, name)

    def _panel(self) -> list[ip.Widget]:
        """Controls below the picture, so that what comes and goes there moves nothing above."""
        top, a, b = ip.HBox(list(self.shared.values())), *(rows(w, self.controls[w]) for w in "AB")
        self.rows_b = b
        for box in b:
            box.layout.display = "" if len(self.games) == 2 else "none"
        return [top, *a, *b]

    def _repr_mimebundle_(self, **kwargs):
        """The live widget and, for readers without a kernel, the same as a picture."""
        bundle = super()._repr_mimebundle_(**kwargs)
        return bundle | {"image/png": base64.b64encode(still(self.games)).decode()}


def curves(rows: list[Measured]) -> torch.Tensor:
    """(snapshots, 4): step, energy distance, modes covered, 1 where the alarm rang."""
    return torch.tensor([[m.step, m.energy, m.covered, bool(m.alarm)] for m in rows]).reshape(-1, 4)


def describe(game: Simulation) -> dict:
    """One game in words and numbers; nan becomes None, since JSON has none."""
    numbers = {k: None if v != v else v for k, v in game.measured._asdict().items()}
    s = game.settings
    title = f"{LOSSES[s.loss]} · {s.optimiser} · φ {s.rate_g:.2g} · θ {s.rate_d:.2g}"
    return numbers | {"title": title, "moved_d": game.state.moved_d, "z_size": s.z_size}
