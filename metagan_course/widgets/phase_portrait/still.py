"""The portrait as one still picture, for readers whom no kernel serves (GitHub, nbviewer, PDF)."""

from matplotlib.figure import Figure
from torch import Tensor

from metagan_course.answers.dirac_figures import show_portrait

from ..kit import as_png


def still(path: Tensor, loss: str, gamma: float, reach: float, title: str) -> bytes:
    figure = Figure(figsize=(5, 5), layout="constrained")
    show_portrait(figure.subplots(), path, loss, gamma, reach)
    figure.suptitle(f"Phase portrait (still): {title}.\nRun the cell to drag the start.", fontsize=9)
    return as_png(figure, dpi=100)
