"""The film in a notebook: the page says what is chosen, Python answers with a picture."""

import base64
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import traitlets as t

from ..kit import Scene, esm
from ..kit.page import write_page
from .simulation import Reel

MOST_BYTES = 20_000_000  # of a page that holds every picture
REEL_BYTES = 5_000_000  # of pictures sent to a notebook's page ahead of being looked at


class Film(Scene):
    """Pictures along choices; its writer writes no JavaScript.

    Film(draw, step=11)                  a slider from 0 to 10; draw(step) -> Figure, or an array (H, W)
    Film(draw, step=range(0, 21, 5), method=["MAML", "FOMAML"], adapted=True)
    Film(draw, step=11, tasks=[("Try 1: go to the last step.", {"step": 10})])

    Play runs through the first slider. `prepare()` draws every picture beforehand and, where they are not too
    many, sends them along, so that the page turns them by itself; `to_html` puts all of them on a page that
    needs no kernel.
    """

    _esm = esm(Path(__file__).with_name("view.js"))
    caption = "Film: a still picture of it. Run the cell to move it."

    reel = t.Dict().tag(sync=True)  # {position: picture in base64}; empty until all are drawn

    def __init__(self, draw: Callable[..., Any], *, tasks: Sequence[tuple] = (), **choices: Any):
        self.pictures = Reel(draw, **choices)
        super().__init__(self.pictures.controls, self.pictures.first, tasks)

    def see(self) -> tuple[dict, dict]:
        return {}, {"picture": np.frombuffer(self.still(), np.uint8)}

    def still(self) -> bytes:
        return self.pictures.png(self.state)

    @property
    def call(self) -> str:
        """A film cannot be written down, what it shows can."""
        return "film.show"

    def prepare(self) -> "Film":
        """Draw every picture now; from here on each is shown as fast as the page can."""
        every = self.drawn()
        if sum(map(len, every.values())) <= REEL_BYTES:
            self.reel = in_base64(every)
        return self

    def drawn(self) -> dict[str, bytes]:
        """Every picture, by its position as the page writes it."""
        return {key_of(at.values()): self.pictures.png(at) for at in self.pictures.positions()}

    def to_html(self, path: str | Path) -> Path:
        """Every picture on one page that needs no kernel."""
        every = self.drawn()
        if (size := sum(map(len, every.values()))) > MOST_BYTES:
            raise ValueError(
                f"the film has {len(every)} pictures, {size / 1e6:.0f} MB in all; a page takes "
                f"{MOST_BYTES / 1e6:.0f} MB. Give it fewer positions, or smaller figures."
            )
        return write_page(self, Path(path), reel=in_base64(every))


def in_base64(pictures: dict[str, bytes]) -> dict[str, str]:
    return {position: base64.b64encode(png).decode() for position, png in pictures.items()}


def key_of(values) -> str:
    """A position as the page's JSON.stringify writes it: 1.0 is 1 there."""
    whole = [int(v) if isinstance(v, float) and v == int(v) else v for v in values]
    return json.dumps(whole, separators=(",", ":"), ensure_ascii=False)
