"""The widget's picture by matplotlib, for GitHub, nbviewer and PDF, where no kernel runs."""

import torch
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from metagan_course.palette import FAKE, REAL

from ..kit import as_png
from .measure import PIXELS, REACH, measure, picture
from .simulation import Simulation

VERDICT = LinearSegmentedColormap.from_list("verdict", ["#f5b274", "white", "#7ab2db"])  # as in view.js
CAPTION = "A still picture of the GAN stepper: run the notebook to play."


AHEAD = 150  # steps that a picture of a game not yet begun looks ahead: step 0 shows nothing


def still(games: list[Simulation]) -> bytes:
    """The games as they stand, with their histories, as a PNG. The games themselves do not move."""
    games = [looked_ahead(game) if len(game.history) == 1 else game for game in games]
    figure = Figure(figsize=(9, 4.6), dpi=80, layout="constrained")
    plane = figure.subplot_mosaic([["A", "B" if len(games) == 2 else "E"]])
    for name, game in zip("AB", games, strict=False):
        draw_plane(plane[name], game, name if len(games) == 2 else "")
    if len(games) == 1:
        draw_energy(plane["E"], games[0])
    figure.supxlabel(CAPTION, fontsize=10, style="italic")
    return as_png(figure, dpi=80)


def looked_ahead(game: Simulation) -> Simulation:
    """A copy, played for AHEAD steps: exactly what Play will show."""
    copy = Simulation(game.settings, strokes=game.strokes, measure=measure)
    for _ in range(15):
        copy.do("step", AHEAD // 15)
    return copy


def draw_plane(ax: Axes, game: Simulation, name: str) -> None:
    """D's field, the real points and the generated ones."""
    seen, settings = picture(game.state, game.settings, game.data), game.settings
    heat = seen["heat"].reshape(PIXELS, PIXELS).numpy() / 255
    box = (-REACH, REACH, -REACH, REACH)
    ax.imshow(heat, cmap=VERDICT, vmin=0, vmax=1, extent=box, interpolation="bilinear")
    ax.scatter(*game.data.watched.T.numpy(), s=9, color=REAL, label="real")
    ax.scatter(*seen["fake"].T.numpy(), s=9, color=FAKE, marker="s", label="generated")
    ax.set(xlim=box[:2], ylim=box[2:], aspect="equal", xticks=[-2, 0, 2], yticks=[-2, 0, 2])
    words = settings.loss.replace("_", "-")
    ax.set_title(f"{name}  {settings.data.replace('_', ' ')}, {words}, step {game.state.moved_g}".strip())
    ax.legend(loc="upper right", fontsize=8)


def draw_energy(ax: Axes, game: Simulation) -> None:
    """Energy distance by step, root scale, beside what real data scores against real data."""
    rows = [m for _, m in game.history[: game.cursor + 1]]
    energy = torch.tensor([m.energy for m in rows]).clamp_min(0).sqrt().numpy()
    ax.plot([m.step for m in rows], energy, "o-" if len(rows) < 3 else "-", color="black", label="generated")
    ax.axhspan(0, game.data.floor**0.5, color=REAL, alpha=0.25, label="real against real")
    ax.set(xlabel="G's moves", ylabel="root of the energy distance", ylim=(0, None), xlim=(0, None))
    ax.legend(loc="upper right", fontsize=8)
