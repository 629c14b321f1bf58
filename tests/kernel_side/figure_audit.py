"""Looks at every Matplotlib figure as a notebook shows it, and notes the axes a reader could not read.

Runs inside the notebook's kernel (a start-up file of the test's own IPython profile calls ``install``);
appends one JSON line a figure to the file METAGAN_FIGURE_LOG names. It changes nothing in the figure.
"""

import json
import os


def unlabelled(figure) -> list[str]:
    """What a reader cannot tell from the figure: one sentence for every axis without a name."""
    titled = figure.get_suptitle() != ""
    return [
        f"axes {number}: {gap}"
        for number, axes in enumerate(figure.axes)
        if axes.get_visible()
        for gap in gaps(axes, titled)
    ]


def gaps(axes, titled: bool) -> list[str]:
    """A picture or a drawing (no ticks) needs a title; a plot needs both of its axes named."""
    named_x, named_y = named(axes, "x"), named(axes, "y")
    if hasattr(axes, "_colorbar"):
        return [] if named_x or named_y or axes.get_title() else ["a colour bar without a label"]
    ticks = [*axes.get_xticks(), *axes.get_yticks()]
    sheet = axes.images and not any(spine.get_visible() for spine in axes.spines.values())
    if not axes.axison or not ticks or sheet:
        told = titled or axes.get_title() or named_x or named_y or (sheet and names_its_rows(axes))
        return [] if told else ["a picture without a title"]
    return [f"no {letter} label" for letter, told in (("x", named_x), ("y", named_y)) if not told]


def named(axes, letter: str) -> bool:
    """Has this axis a label: its own, that of an axis it shares with, or the figure's common one."""
    common = getattr(axes.figure, f"_sup{letter}label", None)
    if common is not None and common.get_text():
        return True
    siblings = getattr(axes, f"get_shared_{letter}_axes")().get_siblings(axes)
    return any(getattr(other, f"get_{letter}label")() for other in siblings)


def names_its_rows(axes) -> bool:
    """A sheet of pictures may carry names, not numbers, beside its rows or above its columns."""
    labels = [*axes.get_xticklabels(), *axes.get_yticklabels()]
    return any(any(letter.isalpha() for letter in label.get_text()) for label in labels)


def install() -> None:
    """Put the audit in front of the function through which IPython turns a figure into an image."""
    from IPython.core import pylabtools

    draw = pylabtools.print_figure

    def audited(figure, *arguments, **options):
        with open(os.environ["METAGAN_FIGURE_LOG"], "a", encoding="utf-8") as log:
            log.write(json.dumps({"axes": len(figure.axes), "unlabelled": unlabelled(figure)}) + "\n")
        return draw(figure, *arguments, **options)

    pylabtools.print_figure = audited
