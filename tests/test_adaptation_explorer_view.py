"""The adaptation explorer's Python side: controls, still picture, refusals. Its screen: tests/browser."""

import base64
import struct

import numpy as np
import pytest

from metagan_course.widgets import AdaptationExplorer
from metagan_course.widgets.adaptation_explorer.view import as_bytes


@pytest.fixture
def explorer():
    return AdaptationExplorer(seed=0)


def test_a_still_picture_comes_with_the_live_widget(explorer):
    bundle = explorer._repr_mimebundle_()
    png = base64.b64decode(bundle["image/png"])
    width, height = struct.unpack(">II", png[16:24])
    assert png.startswith(b"\x89PNG") and (width, height) == (900, 520) and len(png) < 150_000
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "Run the cell" in bundle["text/plain"]


def test_the_still_picture_follows_the_state(explorer):
    before = explorer._repr_mimebundle_()["image/png"]
    explorer.K = 15
    assert explorer._repr_mimebundle_()["image/png"] != before


def test_controls_drive_both_panels(explorer):
    canvas = explorer.canvas
    frames = canvas.task_frame, canvas.surface_frame
    explorer.K = 8
    before = canvas.surface
    assert explorer.arrows.n_steps == canvas.K == explorer.k_slider.value == 8
    assert (canvas.task_frame, canvas.surface_frame) == (frames[0], frames[1] + 1)
    explorer.alpha_slider.value = 0.05
    assert explorer.simulation.alpha == explorer.arrows.alpha == canvas.alpha == pytest.approx(0.05)
    assert (canvas.task_frame, canvas.surface_frame) == (frames[0] + 1, frames[1] + 1)
    for _ in range(2):  # as two displays do, once they have drawn the upper panel
        canvas._handle_custom_msg({"ask": "surface"}, [])
    assert (canvas.task_frame, canvas.surface_frame) == (frames[0] + 1, frames[1] + 2)
    assert canvas.surface == as_bytes(explorer.arrows.surface()) != before


def test_what_is_sent_is_what_was_computed(explorer):
    curves = np.frombuffer(explorer.canvas.curves, np.float32).reshape(5, 21, 61)
    assert np.allclose(curves, explorer.simulation.curves()[0])
    surface = np.frombuffer(explorer.canvas.surface, np.float32)
    assert np.allclose(surface, explorer.arrows.surface().reshape(-1))


def test_a_new_task_has_as_many_points_as_asked(explorer):
    explorer.count.value = 9
    before = explorer.points
    explorer.task_button.click()
    assert len(explorer.points) == 9 and explorer.points != before
    assert explorer.canvas.points == explorer.points


def test_points_from_python_and_from_the_browser(explorer):
    explorer.points = [[0, 1], [1, 2]]
    assert explorer.canvas.points == [[0.0, 1.0], [1.0, 2.0]]
    explorer.canvas.set_state({"points": [[0.5, 0.5]], "edit": 7})
    assert explorer.points == [[0.5, 0.5]] and explorer.canvas.answered == 7
    explorer.canvas.set_state({"start": [1.0, 1.5], "edit": 8})
    assert explorer.arrows.start == (1.0, 1.5) and explorer.canvas.arrows_at == [1.0, 1.5]


def test_an_edit_that_cannot_be_kept_is_still_answered(explorer):
    before = explorer.points
    with pytest.raises(ValueError, match="at most 20"):
        explorer.canvas.set_state({"points": [[0.0, 0.0]] * 21, "edit": 3})
    assert explorer.canvas.answered == 3 and explorer.points == before


def test_settings_out_of_range_are_refused():
    with pytest.raises(ValueError, match="n_steps is 21"):
        AdaptationExplorer(n_steps=21)
    with pytest.raises(ValueError, match="n_points is 0"):
        AdaptationExplorer(n_points=0)
    with pytest.raises(ValueError, match="K is -1"):
        AdaptationExplorer().K = -1


def test_the_budget_is_stated(explorer):
    assert "same 80,000 tasks" in explorer.canvas.note and "Hessian products" in explorer.canvas.note
