"""The film in a notebook: the browser says where its sliders stand, Python answers with a picture."""

import base64
from collections.abc import Callable
from pathlib import Path

import anywidget
import traitlets as t

from .simulation import Reel


class Film(anywidget.AnyWidget):
    """Film(draw, steps=11, task=50): draw(steps, task) -> Figure. `at` can also be set from Python."""

    _esm = Path(__file__).with_name("view.js")

    sliders = t.Dict().tag(sync=True)  # name -> number of positions
    at = t.Dict().tag(sync=True)  # name -> position
    picture = t.Bytes(b"").tag(sync=True)
    words = t.Unicode("").tag(sync=True)
    frame = t.Int(0).tag(sync=True)  # last of a change: the picture and its words have arrived

    def __init__(self, draw: Callable, **sliders: int):
        self.reel = Reel(draw, **sliders)
        super().__init__(sliders=sliders, at=self.reel.clip({}))
        self._show()
        self.observe(self._show, "at")

    def _show(self, _change=None) -> None:
        picture = self.reel.png(self.at)
        with self.hold_sync():
            self.picture, self.words = picture, self.reel.words(self.at)
            self.frame += 1

    def _repr_mimebundle_(self, **options):
        """The live film, and its present picture where no kernel runs."""
        bundle = super()._repr_mimebundle_(**options)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        still = base64.b64encode(self.reel.png(self.at)).decode()
        return {**data, "text/plain": f"Film: {self.words}", "image/png": still}
