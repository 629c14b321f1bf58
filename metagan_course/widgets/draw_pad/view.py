"""The widget in a notebook: strokes come from the page, pictures of four starts go back.

The letters, and the file they live in, are a Desk (alphabet_file.py); no mathematics here. A start learns a
letter when it is asked to, and what it made belongs to these five drawings: a new stroke takes it away.
"""

from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path

import torch
from torch import Tensor

from metagan_course.answers.alphabet import picture
from metagan_course.palette import METHODS
from metagan_course.tasks.cache import to_uint8

from ..kit import Scene, Slider, esm, style
from . import alphabet_file, studio
from .alphabet_file import MOST, SHOTS, Letters
from .still import still

HERE = Path(__file__).parent
STEPS, SAMPLES = 10, 8
KEPT = 50  # steps back


class DrawPad(Scene):
    """Draw five times a letter that you invent, and watch four starts learn it.

    DrawPad("my_alphabet.json")     the letters are in this file, and there again after a restart
    DrawPad(letters=example())      letters that nobody drew, in memory
    pad.letters, pad.shown()        the strokes; the letters with five drawings, (T, 5, 1, 28, 28)
    pad.sheet()                     a Figure: .savefig("alphabet.png") or ("alphabet.svg")
    """

    _esm = esm(HERE / "view.js")
    _css = style(HERE / "view.css")
    caption = "Draw pad: run the notebook to draw."

    def __init__(
        self,
        file: Path | str | None = None,
        *,
        letters: Letters | None = None,
        letter: int = 0,
        drawing: int = 0,
        step: int = 0,
        tasks: Sequence[tuple] = (),
    ):
        self.desk = alphabet_file.Desk(file, letters)
        self._before: list[Letters] = []
        self._pictures: dict[str, Tensor] = {}  # a drawing's strokes as text -> its picture
        self._made: dict[str, dict[str, Tensor]] = {}  # a letter's strokes as text -> what each start made
        controls = {"step": Slider(0, STEPS, label="step t")}
        super().__init__(controls, {"step": step, "letter": letter, "drawing": drawing}, tasks)

    # --- the letters ---

    @property
    def letters(self) -> Letters:
        return self.desk.letters

    def shown(self) -> Tensor:
        """The letters with five drawings: (T, 5, 1, 28, 28)."""
        return studio.pictures(self.letters)

    def made(self, n: int = SAMPLES, *, seed: int = 0) -> Tensor:
        """What the Meta-GAN makes of each of them after ten steps: (T, n, 1, 28, 28)."""
        return studio.learn(self.shown(), n=n, seed=seed, only=("maml",))["maml"][-1]

    def sheet(self, title: str = "my alphabet"):
        """The alphabet as a Figure."""
        if not len(self.shown()):
            raise ValueError("there is no letter with five drawings yet: draw one, then ask for the sheet.")
        return studio.sheet(self.shown(), self.made(), title=title)

    def turn(self, changed: dict) -> None:
        self.state["letter"] = place(self.state["letter"], len(self.letters), "letter")
        self.state["drawing"] = place(self.state["drawing"], SHOTS, "drawing")

    def asked(self, content: dict) -> None:
        at = self.state["letter"], self.state["drawing"]
        match content["do"]:
            case "stroke":
                self._change(lambda table: self._add(table, *at, content["stroke"]))
            case "clear":
                self._change(lambda table: self._clear(table, *at))
            case "new":
                self._new([])
            case "example":
                self._new(studio.example(1, seed=len(self.letters))[0])
            case "drop":
                self._change(lambda table: self._drop(table, at[0]))
            case "undo":
                if self._before:
                    self._take(self._before.pop())
            case "learn":
                self._learn()
            case "save":
                self._save()
            case _:
                super().asked(content)
        self.turn({})

    def _change(self, change) -> None:
        before, table = deepcopy(self.letters), deepcopy(self.letters)
        change(table)
        self._take(alphabet_file.checked(table))
        self._before = [*self._before, before][-KEPT:]

    def _take(self, letters: Letters) -> None:
        """These letters from now on; where there are fewer, the last one is looked at."""
        self.desk.letters = letters
        self.desk.keep()
        self.state["letter"] = min(self.state["letter"], len(letters) - 1)

    def _add(self, table, letter: int, drawing: int, stroke: list) -> None:
        table[letter] += [[] for _ in range(drawing + 1 - len(table[letter]))]
        table[letter][drawing].append(stroke)

    def _clear(self, table, letter: int, drawing: int) -> None:
        if drawing < len(table[letter]):
            table[letter][drawing] = []

    def _drop(self, table, letter: int) -> None:
        table.pop(letter)
        if not table:
            table.append([])

    def _new(self, drawings: list) -> None:
        if len(self.letters) >= MOST:
            self.desk.said = f"An alphabet has {MOST} letters at most here."
            return
        empty = self.letters[-1] == [] and drawings
        place = len(self.letters) - 1 if empty else len(self.letters)
        self._change(lambda table: table.__setitem__(slice(place, place + 1), [drawings]))
        self.state |= {"letter": place, "drawing": 0}

    # --- what is made ---

    def _learn(self) -> None:
        if self.drawn() < SHOTS:
            self.desk.said = f"{self.drawn()} of {SHOTS} drawings are there; the networks want five."
            return
        key = str(self.letters[self.state["letter"]])
        if key not in self._made:
            shown = torch.stack([self._picture(d) for d in self.letters[self.state["letter"]]])[None]
            made = studio.learn(shown, n=SAMPLES, steps=STEPS)
            self._made[key] = {name: seen[:, 0] for name, seen in made.items()}  # (steps + 1, n, 1, 28, 28)
        self.state["step"] = 0

    def _save(self) -> None:
        if not len(self.shown()):
            self.desk.said = "There is no letter with five drawings yet, and so no sheet."
            return
        base = (self.desk.file or Path("my_alphabet.json")).with_suffix("")
        figure = self.sheet(base.name.replace("_", " "))
        for kind in (".png", ".svg"):
            figure.savefig(base.with_suffix(kind), dpi=150)
        self.desk.said = f"The sheet is in {base.name}.png and {base.name}.svg, {base.resolve().parent}."

    def drawn(self) -> int:
        """How many drawings of this letter there are."""
        return sum(map(bool, self.letters[self.state["letter"]]))

    def _picture(self, drawing: list) -> Tensor:
        key = str(drawing)
        if key not in self._pictures:
            self._pictures[key] = picture(drawing)
        return self._pictures[key]

    # --- what is seen ---

    def see(self) -> tuple[dict, dict]:
        letter, drawing, step = (self.state[name] for name in ("letter", "drawing", "step"))
        mine = self.letters[letter] + [[]] * (SHOTS - len(self.letters[letter]))
        made = self._made.get(str(self.letters[letter]))
        arrays = {
            "shown": to_uint8(torch.cat([self._picture(d) for d in mine])),  # (5, 28, 28)
            "gallery": to_uint8(torch.cat([self._picture(first(one)) for one in self.letters])),
            "made": to_uint8(torch.stack([made[name][step, :, 0] for name in studio.TITLES]))
            if made
            else torch.zeros(0, dtype=torch.uint8),
        }
        return {
            "strokes": mine[drawing],
            "filled": [bool(d) for d in mine],
            "made": bool(made),
            "back": len(self._before),
            "steps": STEPS,
            "titles": [[studio.TITLES[name], METHODS[name]] for name in studio.TITLES],
            "said": self.desk.said,
            "where": self.desk.file.name if self.desk.file else "",
        }, arrays

    def words(self) -> str:
        seen = "not learned yet"
        if str(self.letters[self.state["letter"]]) in self._made:
            seen = f"step {self.state['step']} of {STEPS}"
        return (
            f"letter {self.state['letter'] + 1} of {len(self.letters)}, "
            f"{self.drawn()} of {SHOTS} drawings, {seen}"
        )

    def line(self) -> str:
        file = repr(str(self.desk.file)) if self.desk.file else f"letters={self.letters!r}"
        return f"DrawPad({file}, letter={self.state['letter']}, drawing={self.state['drawing']})"

    def still(self) -> bytes:
        _, arrays = self.see()
        return still(arrays["shown"], arrays["made"], self.words())


def first(letter: list) -> list:
    """The first drawing of a letter that has ink."""
    return next((drawing for drawing in letter if drawing), [])


def place(value: int, n: int, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < n:
        raise ValueError(f"{name} is {value!r}; it must be a whole number from 0 to {n - 1}.")
    return value
