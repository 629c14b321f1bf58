"""One palette for figures, widgets and legends: a thing has the same colour wherever the course shows it.

    from metagan_course.palette import FAKE, METHODS, REAL
    ax.plot(x, y, color=METHODS["maml"], label="MAML")

Clouds of points are blue and vermilion, methods have the other colours, so that one figure can hold both. Not
here: what is drawn (plots.py) and where the widgets get these values (widgets/kit/scene.py).
"""

REAL, FAKE = "#0072b2", "#d55e00"  # blue and vermilion: told apart by all common kinds of colour vision
MANIFOLD = "#7b3294"  # the generator's net of noise; the second game of a comparison
FLOOR = "#7fb8d8"  # what real data scores against real data
ALARM = "#b00020"
INK, MUTED, FAINT, PAPER = "#1f2328", "#57606a", "#d0d7de", "#ffffff"

METHODS = {
    "maml": "#009e73",
    "fomaml": "#c98500",
    "reptile": "#332288",
    "joint": "#aa4499",
    "scratch": "#6b6b6b",
    "anil": "#44aa99",
    "meta_sgd": "#882255",
    "learned": "#117733",
    "sgd": "#7f7f7f",
    "momentum": "#8c564b",
    "adam": "#d45fb0",
    "optimism": "#1797a6",
    "protonet": "#999933",
    "siamese": "#cc6677",
    "copy": "#000000",
    "mean": "#999999",
    "jitter": "#d0a8c8",
}
COLOURS = {
    "real": REAL,
    "fake": FAKE,
    "manifold": MANIFOLD,
    "floor": FLOOR,
    "alarm": ALARM,
    "ink": INK,
    "muted": MUTED,
    "faint": FAINT,
    "paper": PAPER,
    **METHODS,
}


def css(selector: str = ".mg") -> str:
    """The palette as CSS variables: --mg-real, --mg-maml ..."""
    lines = "".join(f" --mg-{name.replace('_', '-')}: {value};" for name, value in COLOURS.items())
    return f"{selector} {{{lines} }}\n"
