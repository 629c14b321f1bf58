"""The widget: the state of its controls becomes settings of one or two games, their pictures one frame.

No mathematics; simulation.py has the game. The page drives: it asks for n steps, the kernel computes them and
answers with one frame, the page draws it and asks again. Closing the page ends the run.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch

from metagan_course.tasks.toys import MODES

from ..kit import Scene, esm, style
from . import predict
from .controls import LAYERS, LOSSES, OWN, SHARED, controls
from .data import along
from .measure import ALARM, LINES, PIXELS, REACH, Measured, measure, picture
from .simulation import PHASES, Simulation
from .state import Settings
from .still import still

HERE = Path(__file__).parent
DOODLE = (((-1.2, -0.6), (-0.4, 0.9), (0.4, -0.6), (1.2, 0.9)),)  # what "draw your own" shows at first
MOVES = ("step", "d", "g", "phase")


class GanStepper(Scene):
    """Two networks play in the plane; see one move at a time.

    GanStepper(data="ring", loss="minimax", seed=3)                  any field of Settings
    GanStepper(compare=dict(loss="non_saturating"), loss="minimax")  B differs from A by these, same seed
    GanStepper(moves="start d*10 loss=minimax step*50")              the game as these moves leave it
    GanStepper(predict_first=False)                                  Play without a prediction
    """

    _esm = esm(*(HERE / name for name in ("planes.js", "curves.js", "view.js")))
    _css = style(HERE / "view.css")
    caption = "GAN stepper: run the notebook to play."

    def __init__(
        self,
        *,
        compare: dict | None = None,
        predict_first: bool = True,
        strokes: Sequence | None = None,
        moves: str = "",
        show: Sequence[str] = (),
        tasks: Sequence[tuple] = (),
        **settings,
    ):
        first = Settings(**settings)
        self.predict_first = predict_first
        strokes = DOODLE if strokes is None else strokes
        self._strokes = [
            [list(point) for point in stroke] for stroke in strokes
        ]  # [] waits for the learner's
        self._other = replace(first, **(compare or {}))
        self.games = [self._game(first)] + ([self._game(self._other)] if compare is not None else [])
        self.prediction = self.verdict = None
        self._replay(moves)
        super().__init__(controls(first, self._other), self._state(LAYERS | dict.fromkeys(show, True)), tasks)

    def _state(self, layers: dict) -> dict:
        one = self.games[0].settings
        shared = {name: getattr(one, name) for name in SHARED}
        own = {name: getattr(one, name) for name in OWN}
        second = {f"{name}_b": getattr(self._other, name) for name in OWN}
        rest = {"speed": 1, "compare": len(self.games) == 2, "strokes": self._strokes, "moves": ""}
        return shared | own | second | layers | rest

    # --- what the page asks for ---

    def turn(self, changed: dict) -> None:
        """Controls were turned: of A, of B (names in `_b`), or of both; `moves` begins anew and replays."""
        if changed.get("strokes"):
            along(changed["strokes"])  # refuse before anything has changed
        anew = self._redrawn(changed) | self._settings(changed)
        if "compare" in changed and changed["compare"] != (len(self.games) == 2):
            self.games = self.games[:1] + ([self._game(self._other)] if changed["compare"] else [])
            anew = True
        moves, self.state["moves"] = changed.get("moves", ""), ""
        if anew or moves:
            self._restart()  # both, so that A and B keep one clock
        self._replay(moves)

    def _redrawn(self, changed: dict) -> bool:
        if "strokes" not in changed:
            return False
        self._strokes = changed["strokes"]
        return bool(self._strokes) and self.state["data"] == "drawn"

    def _settings(self, changed: dict) -> bool:
        """Says whether one of the games has to begin anew."""
        a = {name: value for name, value in changed.items() if name in (*SHARED, *OWN)}
        b = {name: value for name, value in a.items() if name in SHARED}
        b |= {name[:-2]: value for name, value in changed.items() if name.endswith("_b")}
        self._other = replace(self._other, **b)
        turned = zip(self.games, (a, b), strict=False)
        return any([game.change(**some) for game, some in turned if some])

    def asked(self, content: dict) -> None:
        """One message of the page: {"id", "do", ...}."""
        match content["do"]:
            case "goto":
                for game in self.games:  # a new game may have begun since the page asked
                    game.goto(min(content["index"], len(game.history) - 1))
            case "new":
                self._restart()
            case "predict":
                self._predict(content["choice"])
            case do if do in MOVES:
                if not content.get("play") or self._may_play(content.get("verdict")):
                    self._move(do, content.get("n", 1))
            case _:
                super().asked(content)

    def _move(self, do: str, n: int) -> None:
        if self.verdict is None and self.prediction is not None and do in ("step", "g"):
            n = max(1, min(n, predict.HORIZON - self.games[0].state.moved_g))
        for game in self.games:
            game.do(do, n)
        if self.prediction and not self.verdict and self.games[0].state.moved_g >= predict.HORIZON:
            self.verdict = predict.outcome([g.measured for g in self.games], self.games[0].data)

    def _predict(self, choice: str) -> None:
        if choice not in predict.choices(len(self.games)):
            known = list(predict.choices(len(self.games)))
            raise ValueError(f"choice is {choice!r}; it must be one of {known}.")
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
        return Simulation(settings, strokes=self._strokes or DOODLE, measure=measure)

    def _restart(self) -> None:
        for game in self.games:
            game.begin(game.settings, strokes=self._strokes or DOODLE)
        self.prediction = self.verdict = None

    def _replay(self, moves: str) -> None:
        for game in self.games:
            game.replay(moves)

    # --- what is seen ---

    def see(self) -> tuple[dict, dict]:
        arrays = {}
        for name, game in zip("AB", self.games, strict=False):
            seen = picture(game.state, game.settings, game.data) | {"real": game.data.watched}
            seen |= {"curves": curves([m for _, m in game.history]), "left": curves(game.left)}
            arrays |= {f"{name}.{part}": values for part, values in seen.items()}
        return self._scene(), arrays

    def _scene(self) -> dict:
        one = self.games[0]
        return {
            "games": [describe(game) for game in self.games],
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

    def words(self) -> str:
        one = self.games[0]
        return f"{one.settings.data.replace('_', ' ')}, {LOSSES[one.settings.loss]}, step {one.state.moved_g}"

    def line(self) -> str:
        """The game as it began, and the moves since; strokes are left out unless they are the data."""
        one, plain = self.games[0], Settings()
        told = {n: v for n, v in vars(one.begun).items() if v != getattr(plain, n)}
        if one.begun.data == "drawn":
            told["strokes"] = self._strokes
        if len(self.games) == 2:
            other = vars(self.games[1].begun)
            told["compare"] = {n: v for n, v in other.items() if v != getattr(one.begun, n)}
        if moves := one.moves():
            told["moves"] = moves
        return f"GanStepper({', '.join(f'{name}={value!r}' for name, value in told.items())})"

    def still(self) -> bytes:
        return still(self.games)


def curves(rows: list[Measured]) -> torch.Tensor:
    """(snapshots, 4): step, energy distance, modes covered, 1 where the alarm rang."""
    return torch.tensor([[m.step, m.energy, m.covered, bool(m.alarm)] for m in rows]).reshape(-1, 4)


def describe(game: Simulation) -> dict:
    """One game in words and numbers; nan becomes None, since JSON has none."""
    numbers = {k: None if v != v else v for k, v in game.measured._asdict().items()}
    s = game.settings
    title = f"{LOSSES[s.loss].split(' (')[0]} · {s.optimiser} · φ {s.rate_g:.2g} · θ {s.rate_d:.2g}"
    return numbers | {"title": title, "moved_d": game.state.moved_d, "z_size": s.z_size}
