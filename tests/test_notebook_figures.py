"""The figure audit that runs inside every notebook's kernel, on figures made to be caught or let through."""

import sys
from pathlib import Path

import matplotlib
import pytest
from matplotlib.figure import Figure

sys.path.insert(0, str(Path(__file__).parent / "kernel_side"))
from figure_audit import unlabelled  # noqa: E402

matplotlib.use("agg")


def plot(figure: Figure, *, x: str = "", y: str = "", title: str = ""):
    axes = figure.add_subplot()
    axes.plot([0, 1], [1, 0])
    axes.set(xlabel=x, ylabel=y, title=title)
    return axes


def picture(figure: Figure, *, title: str = ""):
    axes = figure.add_subplot()
    axes.imshow([[0, 1]])
    axes.set_axis_off()
    axes.set_title(title)
    return axes


@pytest.mark.parametrize(
    ("labels", "gaps"),
    [
        ({"x": "steps", "y": "loss"}, []),
        ({"x": "steps"}, ["axes 0: no y label"]),
        ({"y": "loss", "title": "a title is not a label"}, ["axes 0: no x label"]),
    ],
)
def test_a_plot_needs_both_labels(labels, gaps):
    figure = Figure()
    plot(figure, **labels)
    assert unlabelled(figure) == gaps


def test_a_picture_needs_a_title():
    bare, told, common = Figure(), Figure(), Figure()
    picture(bare), picture(told, title="five drawings"), picture(common)
    common.suptitle("five drawings")
    assert unlabelled(bare) == ["axes 0: a picture without a title"]
    assert unlabelled(told) == unlabelled(common) == []


def test_a_sheet_of_pictures_may_name_its_rows():
    figure = Figure()
    axes = figure.add_subplot()
    axes.imshow([[0, 1], [1, 0]])
    axes.spines[:].set_visible(False)
    axes.set_yticks([0, 1], ["", ""])
    assert unlabelled(figure) == ["axes 0: a picture without a title"]
    axes.set_yticks([0, 1], ["Hebrew", "Lao"])
    assert unlabelled(figure) == []


def test_a_field_with_coordinates_is_a_plot():
    figure = Figure()
    figure.add_subplot().imshow([[0, 1], [1, 0]])
    assert unlabelled(figure) == ["axes 0: no x label", "axes 0: no y label"]


def test_shared_axes_and_common_labels_count():
    figure = Figure()
    left, right = figure.subplots(1, 2, sharey=True, sharex=True)
    left.set(xlabel="t", ylabel="KID")
    assert unlabelled(figure) == []
    figure = Figure()
    figure.subplots(2, 2)
    assert len(unlabelled(figure)) == 8
    figure.supxlabel("t"), figure.supylabel("KID")
    assert unlabelled(figure) == []


def test_a_colour_bar_needs_a_label():
    figure = Figure()
    drawn = picture(figure, title="the field").images[0]
    bar = figure.colorbar(drawn)
    assert unlabelled(figure) == ["axes 1: a colour bar without a label"]
    bar.set_label("logit")
    assert unlabelled(figure) == []
