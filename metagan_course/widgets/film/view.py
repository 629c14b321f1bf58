"""The film in a notebook: the page says what is chosen, Python answers with a picture."""

import base64
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..kit import Scene, esm
from ..kit.page import write_page
from .simulation import Reel

MOST_BYTES = 20_000_000  # of a page that holds every picture


class Film(Scene):
    """Pictures along choices; its writer writes no JavaScript.

    Film(draw, step=11)                  a slider from 0 to 10; draw(step) -> Figure, or an array (H, W)
    Film(draw, step=range(0, 21, 5), method=["MAML", "FOMAML"], adapted=True)
    Film(draw, step=11, tasks=[("Try 1: go to the last step.", {"step": 10})])

    Play runs through the first slider. `prepare()` draws every picture beforehand; `to_html` puts all of them
    on a page that needs no kernel.
    """

    _esm = esm(Path(__file__).with_name("view.js"))
    caption = "Film: a still picture of it. Run the cell to move it."

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
        for position in self.pictures.positions():
            self.pictures.png(position)
        return self

    def to_html(self, path: str | Path) -> Path:
        """Every picture on one page that needs no kernel."""
        every = {key_of(at.values()): self.pictures.png(at) for at in self.pictures.positions()}
        if (size := sum(map(len, every.values()))) > MOST_BYTES:
            raise ValueError(
                f"the film has {len(every)} pictures, {size / 1e6:.0f} MB in all; a page takes "
                f"{MOST_BYTES / 1e6:.0f} MB. Give it fewer positions, or smaller figures."
            )
        return write_page(self, Path(path), reel={k: base64.b64encode(v).decode() for k, v in every.items()})


def key_of(values) -> str:
    """A position as the page's JSON.stringify writes it: 1.0 is 1 there."""
    whole = [int(v) if isinstance(v, float) and v == int(v) else v for v in values]
    return json.dumps(whole, separators=(",", ":"), ensure_ascii=False)
