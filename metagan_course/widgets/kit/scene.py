"""The Python half of every widget: a state of named controls goes in, one frame comes out.

    page -> kernel   a message {"id", "do", ...}; "set" with {"state": {...}} is what every control sends
    kernel -> page   `scene` (words and numbers), `arrays` (bytes), then `frame`: one picture

A widget says what can be turned (`controls`), what is seen (`see`), its still picture and its words. The
page's half is elements.js, draw.js, driver.js, shell.js and the widget's own view.js, joined here, since
anywidget takes one module. Not here: any mathematics, and any drawing.
"""

import base64
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import traitlets as t

from metagan_course.palette import COLOURS, css

from .page import write_page

HERE = Path(__file__).parent
KIT = ("elements.js", "draw.js", "driver.js", "shell.js")
LIVE = "application/vnd.jupyter.widget-view+json"


def esm(*views: Path | str) -> str:
    """One module: the palette, the kit and the widget's own scripts."""
    return "\n".join(
        [
            f"const PALETTE = {json.dumps(COLOURS)};",
            *map(text_of, [HERE / n for n in KIT]),
            *map(text_of, views),
        ]
    )


def text_of(source: Path | str) -> str:
    """A file's text; a text is itself."""
    return source.read_text(encoding="utf-8") if isinstance(source, Path) else source


def style(own: Path | str = "") -> str:
    """One sheet: the palette's variables, the kit's rules and the widget's own."""
    return css() + text_of(HERE / "kit.css") + text_of(own)


class Scene(anywidget.AnyWidget):
    """A widget. A subclass gives `see` and `still`; if needed `turn`, `asked`, `words`, `line`.

    tasks: [("Try 1: slide K to 0.", {"K": 0}), ...]: buttons that set the state; a third entry, a function of
    the widget, ticks the task by itself when it is true.
    """

    _css = style()
    caption = "A still picture of a widget. Run the notebook to use it."

    controls = t.List().tag(sync=True)
    tasks = t.List().tag(sync=True)
    scene = t.Dict().tag(sync=True)
    arrays = t.Bytes(b"").tag(sync=True)
    frame = t.Int(0).tag(sync=True)  # last of a change
    busy = t.Unicode("").tag(sync=True)  # the request that is worked at: a long drawing is no silence

    def __init__(self, controls: dict[str, Any], state: dict[str, Any], tasks: Sequence[tuple] = ()):
        self.turnable = controls
        self.state = {name: self._checked(name, value) for name, value in state.items()}
        self.done = [False] * len(tasks)
        self._when_done = [task[2] if len(task) > 2 else None for task in tasks]
        named = [task_of(i, *task[:2]) for i, task in enumerate(tasks, start=1)]
        for task in named:
            self._refuse_unknown(task["state"])
        super().__init__(controls=[c.spec(name) for name, c in controls.items()], tasks=named)
        self.on_msg(self._heard)
        self.publish()

    # --- what a widget says of itself ---

    def see(self) -> tuple[dict, dict]:
        """(words and numbers, arrays by name) of the present state."""
        raise NotImplementedError(f"{type(self).__name__} does not say what is seen: give it `see`.")

    def still(self) -> bytes:
        """The present picture as a PNG file."""
        raise NotImplementedError(f"{type(self).__name__} has no still picture: give it `still`.")

    def turn(self, changed: dict[str, Any]) -> None:
        """Some controls have new values, already in `self.state`: what follows from that, before `see`."""

    def asked(self, content: dict) -> None:
        """A message of the page that is not "set"."""
        raise ValueError(f"{type(self).__name__} was asked to do {content['do']!r} and does not know how.")

    def words(self) -> str:
        """The present picture in words."""
        return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in self.state.items())

    def line(self) -> str:
        """This state as one line of Python."""
        return f"{self.call}({arguments(self.state)})"

    @property
    def call(self) -> str:
        """What the line calls."""
        return type(self).__name__

    # --- the same for all ---

    def show(self, **state) -> None:
        """Set controls by name, as a turn of them on the page would: show(K=3, alpha=0.01)."""
        self._set(state)
        self.publish()

    def publish(self, reply: str | None = None, error: str = "") -> None:
        """One frame: `scene`, `arrays`, and the counter last."""
        if error:  # the last picture stays, with what went wrong below it
            scene, packed, layout = {}, self.arrays, self.scene["layout"]
        else:
            scene, arrays = self.see()
            packed, layout = pack(arrays)
        self._tick_tasks()
        always = {"reply": reply, "state": dict(self.state), "layout": layout, "error": error}
        always |= {"call": self.call, "line": self.line(), "done": list(self.done)}
        always["words"] = self.words()
        with self.hold_sync():
            self.arrays = packed
            self.scene = (self.scene if error else {}) | always | scene
            self.frame += 1

    def to_html(self, path: str | Path) -> Path:
        """This widget as a page of its own; it lives without a kernel if its view computes by itself."""
        return write_page(self, Path(path))

    def _heard(self, _, content: dict, buffers) -> None:
        """Each message is answered by one frame that carries its id, also when it could not be done."""
        self.busy = content["id"] or ""
        try:
            match content["do"]:
                case "set":
                    self._set(content["state"])
                case "done":
                    self.done[content["number"]] = content["on"]
                case _:
                    self.asked(content)
            self.publish(content["id"])
        except Exception as error:
            self.publish(content["id"], error=f"{type(error).__name__}: {error}")
            raise

    def _set(self, state: dict[str, Any]) -> None:
        self._refuse_unknown(state)
        new = {name: self._checked(name, value) for name, value in state.items()}
        changed = {name: value for name, value in new.items() if self.state.get(name) != value}
        before, self.state = self.state, self.state | changed
        try:
            if changed:
                self.turn(changed)
        except Exception:
            self.state = before
            raise

    def _refuse_unknown(self, state: dict) -> None:
        if unknown := [name for name in state if name not in self.state]:
            raise ValueError(
                f"{', '.join(unknown)}: there is no such control; there are {', '.join(self.state)}."
            )

    def _checked(self, name: str, value: Any) -> Any:
        """Controls check their own values; a state without a control (drawn points) is checked by `turn`."""
        return self.turnable[name].check(name, value) if name in self.turnable else value

    def _tick_tasks(self) -> None:
        for i, when in enumerate(self._when_done):
            if when is not None and not self.done[i]:
                self.done[i] = bool(when(self))

    def _repr_mimebundle_(self, **options):
        """The live widget, and its picture and words where no kernel runs."""
        bundle = super()._repr_mimebundle_(**options)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        told = "\n".join(
            [f"{type(self).__name__}: {self.words()}", self.caption, *(task["text"] for task in self.tasks)]
        )
        return {**data, "text/plain": told, "image/png": base64.b64encode(self.still()).decode()}, metadata


def task_of(place: int, text: str, state: dict) -> dict:
    """ "Try 1: slide K to 0." -> its name on the button, and its words."""
    name, colon, rest = text.partition(": ")
    short = bool(colon) and len(name) <= 12
    return {"name": name if short else f"Try {place}", "text": rest if short else text, "state": state}


def arguments(state: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in state.items())


def pack(arrays: dict[str, Any]) -> tuple[bytes, dict[str, list]]:
    """Arrays end to end, as float32 or bytes, and where each lies: {name: [offset, kind, *shape]}."""
    packed, layout = bytearray(), {}
    for name, values in arrays.items():
        values = np.asarray(values.detach() if hasattr(values, "detach") else values)
        values = values if values.dtype == np.uint8 else values.astype(np.float32)
        layout[name] = [len(packed), "u1" if values.dtype == np.uint8 else "f4", *values.shape]
        packed += values.tobytes() + bytes(-values.nbytes % 4)
    return bytes(packed), layout
