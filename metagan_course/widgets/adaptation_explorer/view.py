"""The explorer in a notebook: traits that carry the simulation to the browser, and ipywidgets as controls.

Everything that is computed stands in simulation.py and arrows.py, everything that is drawn in view.js.
"""

from pathlib import Path

import anywidget
import ipywidgets as widgets
import traitlets as t

from .arrows import RANGE, Arrows
from .methods import METHODS, TITLES
from .simulation import MOST_POINTS, MOST_STEPS, Simulation
from .starts import budget_note, load_manifest
from .still import still_png

CAPTION = (
    "Adaptation explorer: one sinusoid, five starts, K inner steps. Run the cell to move the points yourself."
)


class AdaptationCanvas(anywidget.AnyWidget):
    """Both panels. The browser sets K, playing, points, selected, start, edit; the rest it only reads."""

    _esm = Path(__file__).with_name("view.js")

    K = t.Int(5).tag(sync=True)
    alpha = t.Float(0.02).tag(sync=True)
    points = t.List(t.List(t.Float(), minlen=2, maxlen=2)).tag(sync=True)
    selected = t.Int(-1).tag(sync=True)
    start = t.List(t.Float(), [3.0, 2.6], minlen=2, maxlen=2).tag(sync=True)
    hessian = t.Bool(True).tag(sync=True)
    playing = t.Bool(False).tag(sync=True)
    edit = t.Int(0).tag(sync=True)  # counts the browser's edits ...
    answered = t.Int(0).tag(sync=True)  # ... and which of them the numbers below belong to

    curves = t.Bytes(b"").tag(sync=True)  # float32 (M, K + 1, 61)
    query_losses = t.Bytes(b"").tag(sync=True)  # float32 (M, K + 1)
    truth = t.Bytes(b"").tag(sync=True)  # float32 (61,)
    info = t.Dict().tag(sync=True)
    task_frame = t.Int(0).tag(sync=True)

    surface = t.Bytes(b"").tag(sync=True)  # float32 (n, n)
    rows = t.List().tag(sync=True)
    arrows_at = t.List([3.0, 2.6]).tag(sync=True)
    swing = t.List().tag(sync=True)
    surface_frame = t.Int(0).tag(sync=True)
    surface_due = t.Bool(False).tag(sync=True)  # the lower panel is of an alpha gone by: ask for it

    titles = t.List().tag(sync=True)
    note = t.Unicode().tag(sync=True)
    most_points = t.Int(MOST_POINTS).tag(sync=True)
    surface_range = t.List([list(ends) for ends in RANGE]).tag(sync=True)
    n_tasks = t.Int(0).tag(sync=True)


class AdaptationExplorer(widgets.VBox):
    """explorer = AdaptationExplorer(); its `points`, `K`, `alpha` can also be set from Python."""

    def __init__(self, *, seed: int = 0, alpha: float = 0.02, n_steps: int = 5, n_points: int = 5):
        if not 0 <= n_steps <= MOST_STEPS:
            raise ValueError(f"n_steps is {n_steps}; it must be from 0 to {MOST_STEPS}")
        self.simulation = Simulation(seed=seed, alpha=alpha, n_points=n_points)
        self.arrows = Arrows(seed=seed, alpha=alpha, n_steps=n_steps)
        self.canvas = AdaptationCanvas(
            K=n_steps,
            alpha=alpha,
            start=list(self.arrows.start),
            titles=[TITLES[m] for m in METHODS],
            note=budget_note(load_manifest()),
            n_tasks=len(self.arrows.tasks.support),
        )
        self._make_controls(n_points)
        self._show_task()
        self._show_surface()
        self._listen()
        super().__init__([self._bar(), self.canvas])

    # --- controls -----------------------------------------------------------------------------------------

    def _make_controls(self, n_points: int) -> None:
        wide = widgets.Layout(width="310px")
        self.k_slider = widgets.IntSlider(self.canvas.K, 0, MOST_STEPS, description="K steps", layout=wide)
        self.alpha_slider = widgets.FloatLogSlider(
            self.canvas.alpha,
            base=10,
            min=-3,
            max=-1,
            step=0.05,
            description="alpha",
            readout_format=".3f",
            layout=wide,
        )
        self.task_button = widgets.Button(
            description="New random task", tooltip="A sinusoid no start was trained on"
        )
        self.count = widgets.BoundedIntText(
            n_points, min=1, max=MOST_POINTS, description="points S", layout=widgets.Layout(width="150px")
        )
        self.hessian = widgets.Checkbox(
            True, description="Hessian term (I − αH) in the exact arrow", indent=False, layout=wide
        )

    def _bar(self) -> widgets.Widget:
        row = widgets.Layout(width="860px", height="36px")
        return widgets.VBox(
            [
                widgets.HBox([self.task_button, self.count, self.k_slider], layout=row),
                widgets.HBox([self.alpha_slider, self.hessian], layout=row),
            ]
        )

    def _listen(self) -> None:
        t.link((self.alpha_slider, "value"), (self.canvas, "alpha"))
        t.link((self.hessian, "value"), (self.canvas, "hessian"))
        # K travels inside the browser: the curves of every K are there already
        self._link = widgets.jslink((self.k_slider, "value"), (self.canvas, "K"))
        self.canvas.observe(self._on_k, "K")
        self.canvas.observe(self._on_alpha, "alpha")
        self.canvas.observe(self._on_hessian, "hessian")
        self.canvas.observe(self._on_edit, "edit")
        self.canvas.on_msg(self._on_asked)
        self.task_button.on_click(lambda _: self.new_task())

    # --- what Python can ask for --------------------------------------------------------------------------

    @property
    def K(self) -> int:
        return self.canvas.K

    @K.setter
    def K(self, value: int) -> None:
        if not 0 <= value <= MOST_STEPS:
            raise ValueError(f"K is {value}; it must be from 0 to {MOST_STEPS}")
        self.canvas.K = self.k_slider.value = value

    @property
    def points(self) -> list[list[float]]:
        return self.simulation.points

    @points.setter
    def points(self, points) -> None:
        self.simulation.set_points(points)
        self._show_task()

    def new_task(self) -> None:
        """Another sinusoid, with as many points as the box says."""
        self.simulation.draw(self.count.value)
        self.canvas.selected = -1
        self._show_task()

    def move_start(self, w1: float, w2: float) -> None:
        """Put the start of the lower panel at (w1, w2)."""
        self.arrows.move(w1, w2)
        self._show_surface()

    # --- what happens -------------------------------------------------------------------------------------

    def _on_k(self, change) -> None:
        self.arrows.n_steps = change["new"]
        self._show_surface()

    def _on_alpha(self, change) -> None:
        self.simulation.alpha = self.arrows.alpha = change["new"]
        self.canvas.surface_due = True  # before the task, whose arrival makes the page ask
        self._show_task()

    def _on_asked(self, _, content, buffers) -> None:
        """The upper panel is drawn: now the lower one, which would have held it up."""
        if self.canvas.surface_due:
            self._show_surface()

    def _on_hessian(self, change) -> None:
        way = self.arrows.swing()
        self.canvas.swing = way if change["new"] else way[::-1]

    def _on_edit(self, change) -> None:
        """The browser moved points or the start: answer, so that it sends the next."""
        canvas = self.canvas
        try:
            if canvas.points != self.simulation.points:
                self.simulation.set_points(canvas.points)
                self._show_task()
            if canvas.start != list(self.arrows.start):
                self.arrows.move(*canvas.start)
                self._show_surface()
        finally:
            canvas.answered = change["new"]

    def _show_task(self) -> None:
        simulation, canvas = self.simulation, self.canvas
        curves, query, _ = simulation.curves()
        with canvas.hold_sync():
            canvas.points = simulation.points
            canvas.curves, canvas.query_losses = as_bytes(curves), as_bytes(query)
            canvas.truth = as_bytes(simulation.truth())
            canvas.info = {"behind": simulation.behind(), "drawn": simulation.drawn}
            canvas.task_frame += 1

    def _show_surface(self) -> None:
        canvas = self.canvas
        with canvas.hold_sync():
            canvas.start = canvas.arrows_at = list(self.arrows.start)
            canvas.surface = as_bytes(self.arrows.surface())
            canvas.rows = self.arrows.table()
            canvas.surface_due = False
            canvas.surface_frame += 1

    # --- where no kernel runs -----------------------------------------------------------------------------

    def _repr_mimebundle_(self, **options):
        """The live widget for those who can show it, and a picture with its caption for those who cannot."""
        bundle = super()._repr_mimebundle_(**options)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        return {
            **data,
            "text/plain": CAPTION,
            "image/png": still_png(self.simulation, self.arrows, self.canvas.K),
        }


def as_bytes(values) -> bytes:
    return values.detach().float().contiguous().numpy().tobytes()
