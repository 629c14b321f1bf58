"""The explorer as one still picture, for readers whom no kernel serves (GitHub, nbviewer, PDF)."""

import base64
import io

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from .arrows import CELLS, RANGE, Arrows
from .methods import METHODS, TITLES
from .simulation import CURVE_X, X_RANGE, Y_RANGE, Simulation

COLOURS = dict(zip(METHODS, ("#0072b2", "#d55e00", "#009e73", "#aa4499", "#6b6b6b"), strict=True))


def still_png(simulation: Simulation, arrows: Arrows, n_steps: int) -> str:
    """The picture as base64 text, as a mime bundle wants it."""
    figure = Figure(figsize=(9, 5.2), layout="constrained")
    FigureCanvasAgg(figure)
    cells = figure.subplots(2, 3).flat
    curves, query, _ = simulation.curves()
    for m, (axis, method) in enumerate(zip(cells, METHODS, strict=False)):
        _draw_method(axis, simulation, curves[m], query[m], method, n_steps)
    _draw_arrows(figure.axes[-1], arrows)
    figure.suptitle(
        f"Adaptation explorer (still): K = {n_steps} inner steps, alpha = {simulation.alpha:.2g}. "
        "Dashed: the task; dotted: start; bold: after K. Run the cell to move the points.",
        fontsize=9,
    )
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=100)
    return base64.b64encode(out.getvalue()).decode("ascii")


def _draw_method(axis, simulation, curves, query, method, n_steps) -> None:
    axis.plot(CURVE_X, simulation.truth(), "k--", lw=1)
    axis.plot(CURVE_X, curves[0].numpy(), ":", color=COLOURS[method], lw=1)
    axis.plot(CURVE_X, curves[n_steps], color=COLOURS[method], lw=2)
    axis.plot(*np.array(simulation.points).reshape(-1, 2).T, "ko", ms=4)
    axis.set(xlim=X_RANGE, ylim=Y_RANGE)
    axis.set_title(
        f"{TITLES[method]}: query loss {query[0]:.2f} → {query[n_steps]:.2f}",
        fontsize=8,
        color=COLOURS[method],
    )
    axis.tick_params(labelsize=7)


def _draw_arrows(axis, arrows: Arrows) -> None:
    w1, w2 = (np.linspace(*ends, CELLS) for ends in RANGE)
    axis.contourf(w1, w2, arrows.surface().sqrt().numpy(), levels=14, cmap="bone_r", alpha=0.6)
    for place, row in reversed(list(enumerate(arrows.table()))):
        if row["length"] > 1e-12:
            step = [-1.5 * g / row["length"] for g in row["gradient"]]
            axis.arrow(*arrows.start, *step, color=COLOURS[row["method"]], width=0.05 + 0.04 * place)
    axis.set_aspect("equal")
    axis.set(xlim=RANGE[0], ylim=RANGE[1])
    axis.set_title("w1 sin(x + w2): which way is downhill?", fontsize=8)
    axis.set_xlabel("w1 (amplitude)", fontsize=7)
    axis.set_ylabel("w2 (phase)", fontsize=7)
    axis.tick_params(labelsize=7)
