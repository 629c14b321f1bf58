"""The picture of the Dirac-GAN: its field, and the path of a game. Numbers in, a drawing out."""

import numpy as np
from matplotlib.axes import Axes
from torch import Tensor

from metagan_course.palette import FAKE, MANIFOLD, MUTED, REAL

from .dirac import slopes


def show_portrait(ax: Axes, path: Tensor, loss: str, gamma: float, reach: float = 2.0) -> None:
    """The field as arrows of one length, and a game's path (steps, 2) over it."""
    ticks = np.linspace(-reach, reach, 15)
    down = [[slopes(loss, gamma, phi, theta) for phi in ticks] for theta in ticks]
    v = -np.array(down).transpose(2, 0, 1)  # (2, 15, 15)
    v = v / np.maximum(np.hypot(*v), 1e-9)
    ax.quiver(ticks, ticks, *v, color=MUTED, alpha=0.5, pivot="mid", scale=26, width=0.004)
    ax.plot(*path.T, color=MANIFOLD, linewidth=1)
    ax.plot(*path[0], "o", color=REAL, label="start")
    ax.plot(*path[-1], "s", color=FAKE, label="end")
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    ax.set(xlabel="$\\phi$, where the generated point is", ylabel="$\\theta$, the slope of $D$")
