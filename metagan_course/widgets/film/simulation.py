"""A reel: pictures along named sliders, each drawn once, when it is first asked for. No Jupyter here."""

import io
from collections.abc import Callable

from matplotlib import pyplot as plt
from matplotlib.figure import Figure

LONGEST = 1000  # positions a slider; one that long is a mistake


class Reel:
    """draw(**at) -> Figure, for every position `at` of the sliders: {"inner steps": 3, "task": 0}.

    sliders: name -> number of positions, counted from 0. One seed in `draw`, one picture: it is drawn once.
    """

    def __init__(self, draw: Callable[..., Figure], **sliders: int):
        for name, count in sliders.items():
            if not isinstance(count, int) or not 1 <= count <= LONGEST:
                raise ValueError(f"slider {name!r} has {count!r} positions; it needs 1 to {LONGEST}.")
        if not sliders:
            raise ValueError("a film needs a slider: Film(draw, steps=11), with draw(steps) -> Figure.")
        self.draw, self.sliders, self._drawn = draw, sliders, {}

    def clip(self, at: dict[str, int]) -> dict[str, int]:
        """The nearest position there is; a slider that is not named stands at 0."""
        return {name: min(max(int(at.get(name, 0)), 0), n - 1) for name, n in self.sliders.items()}

    def words(self, at: dict[str, int]) -> str:
        """The position in words, for those who cannot see the picture."""
        return ", ".join(f"{name} {place}" for name, place in self.clip(at).items())

    def png(self, at: dict[str, int]) -> bytes:
        """The picture at this position."""
        at = self.clip(at)
        key = tuple(at.values())
        if key not in self._drawn:
            self._drawn[key] = as_png(self.draw(**at))
        return self._drawn[key]


def as_png(figure: Figure) -> bytes:
    """The figure as the bytes of a PNG file; the figure is closed, so that no cell shows it a second time."""
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=72)
    plt.close(figure)
    return picture.getvalue()
