"""The explorer as one still picture, for readers whom no kernel serves (GitHub, nbviewer, PDF)."""

import numpy as np
from matplotlib.figure import Figure

from metagan_course.palette import METHODS as COLOURS

from ..kit import as_png
from .arrows import CELLS, RANGE, Arrows
from .methods import METHODS, TITLES
from .simulation import CURVE_X, X_RANGE, Y_RANGE, Simulation


def still(simulation: Simulation, arrows: Arrows, n_steps: int, panel: str) -> bytes:
    """The picture that is looked at, as a PNG."""
    if panel == "landscape":
        figure = Figure(figsize=(7.5, 5), layout="constrained")
        _draw_arrows(figure.subplots(), arrows)
        return as_png(figure, dpi=100)
    figure = Figure(figsize=(9, 5.2), layout="constrained")
    cells = figure.subplots(2, 3).flat
    curves, query, _ = simulation.curves()
    for m, (axis, method) in enumerate(zip(cells, METHODS, strict=False)):
        _draw_method(axis, simulation, curves[m], query[m], method, n_steps)
    _draw_losses(figure.axes[-1], query)
    figure.suptitle(
        f"Adaptation explorer (still): K = {n_steps} inner steps, alpha = {simulation.alpha:.2g}. "
        "Dashed: the task; dotted: start; bold: after K. Run the cell to move the points.",
        fontsize=9,
    )
    return as_png(figure, dpi=100)


def _draw_method(axis, simulation, curves, query, method, n_steps) -> None:
    axis.plot(CURVE_X, simulation.truth(), "k--", lw=1)
    axis.plot(CURVE_X, curves[0].numpy(), ":", color=COLOURS[method], lw=1)
    axis.plot(CURVE_X, curves[n_steps], color=COLOURS[method], lw=2)
    axis.plot(*np.array(simulation.points).reshape(-1, 2).T, "ko", ms=4)
    axis.set(xlim=X_RANGE, ylim=Y_RANGE)
    axis.set_title(f"{TITLES[method]}: query loss {query[0]:.2f} → {query[n_steps]:.2f}", fontsize=8)
    axis.tick_params(labelsize=7)


def _draw_losses(axis, query) -> None:
    for losses, method in zip(query, METHODS, strict=True):
        axis.semilogy(losses.numpy(), color=COLOURS[method], label=TITLES[method])
    axis.set_title("query loss against K", fontsize=8)
    axis.set_xlabel("K", fontsize=7)
    axis.tick_params(labelsize=7)
    axis.legend(fontsize=6)


def _draw_arrows(axis, arrows: Arrows) -> None:
    w1, w2 = (np.linspace(*ends, CELLS) for ends in RANGE)
    axis.contourf(w1, w2, arrows.surface().sqrt().numpy(), levels=14, cmap="bone_r", alpha=0.6)
    for place, row in reversed(list(enumerate(arrows.table()))):
        if row["length"] > 1e-12:
            step = [-1.5 * g / row["length"] for g in row["gradient"]]
            label = f"{TITLES[row['method']]}, {row['angle']:.1f}° off" if row["angle"] is not None else ""
            colour = COLOURS[row["method"]]
            axis.arrow(*arrows.start, *step, color=colour, width=0.04 + 0.03 * place, label=label)
    axis.set_aspect("equal")
    axis.set(xlim=RANGE[0], ylim=RANGE[1], xlabel="w1 (amplitude)", ylabel="w2 (phase)")
    axis.set_title(
        f"w1 sin(x + w2): loss after K = {arrows.n_steps} steps, alpha = {arrows.alpha:.2g}. "
        "Which way is downhill?\nArrows show directions: all have one length.",
        fontsize=9,
    )
    axis.legend(fontsize=8, loc="upper left", bbox_to_anchor=(1, 1))
