"""The adaptation explorer's Python side: state, still picture, refusals. Its screen: tests/browser."""

import base64
import struct

import numpy as np
import pytest

from metagan_course.widgets import AdaptationExplorer


@pytest.fixture
def explorer():
    return AdaptationExplorer(seed=0)


def array(explorer, name):
    offset, _, *shape = explorer.scene["layout"][name]
    return np.frombuffer(explorer.arrays, np.float32, int(np.prod(shape)), offset).reshape(shape)


@pytest.mark.parametrize(("panel", "size"), [("curves", (900, 520)), ("landscape", (750, 500))])
def test_a_still_picture_comes_with_the_live_widget(explorer, panel, size):
    explorer.show(panel=panel)
    data, _ = explorer._repr_mimebundle_()
    png = base64.b64decode(data["image/png"])
    assert png.startswith(b"\x89PNG") and struct.unpack(">II", png[16:24]) == size and len(png) < 150_000
    assert "application/vnd.jupyter.widget-view+json" in data and "run the cell" in data["text/plain"]


def test_the_still_picture_follows_the_state(explorer):
    before = explorer.still()
    explorer.show(K=15)
    assert explorer.still() != before


def test_what_is_sent_is_what_was_computed(explorer):
    starts = np.frombuffer(base64.b64decode(explorer.starts), np.float32).reshape(5, -1)
    assert starts.shape[1] == sum(w[0].numel() for w in explorer.simulation.stacked.values())
    assert np.allclose(starts[:, :40], explorer.simulation.stacked["w1"].flatten(1))
    task = explorer.scene["task"]
    assert task["points"] == explorer.state["points"] and task["drawn"] and task["seed"] == 0
    assert task["amplitude"] == explorer.simulation.amplitude
    explorer.show(panel="landscape", K=8, alpha=0.05)
    assert np.allclose(array(explorer, "surface"), explorer.arrows.surface())
    assert (explorer.arrows.n_steps, explorer.arrows.alpha) == (8, 0.05)


def test_only_the_picture_that_is_looked_at_is_computed(explorer):
    assert "rows" not in explorer.scene and "surface" not in explorer.scene["layout"]
    explorer.show(panel="landscape")
    assert "rows" in explorer.scene and "surface" in explorer.scene["layout"]


def test_the_hessian_swings_there_and_back(explorer):
    explorer.show(panel="landscape")
    assert explorer.scene["swing"] == []
    explorer.show(hessian=False)
    away = explorer.scene["swing"]
    assert np.allclose(away[0], explorer.scene["rows"][0]["gradient"])  # from the whole term ...
    assert np.allclose(away[-1], explorer.scene["rows"][1]["gradient"])  # ... to none of it
    explorer.show(hessian=True)
    assert explorer.scene["swing"] == away[::-1]


def test_a_new_task_has_as_many_points_as_asked(explorer):
    before = explorer.state["points"]
    explorer.show(n_points=9)
    explorer._heard(None, {"id": "1", "do": "new"}, [])
    assert len(explorer.state["points"]) == 9 and explorer.state["points"] != before
    assert explorer.scene["state"]["points"] == explorer.state["points"]


def test_points_and_start_are_kept_inside(explorer):
    explorer.show(points=[[0, 1], [9, -9]], start=[9, 1])
    assert explorer.state["points"] == [[0.0, 1.0], [5.0, -6.0]] and explorer.state["start"] == [5.5, 1.0]


def test_a_line_of_python_makes_the_same_picture(explorer):
    explorer.show(points=[[0.5, 0.5], [1, 2]], K=3, alpha=0.05, start=[1, 1])
    other = eval(explorer.line(), {"AdaptationExplorer": AdaptationExplorer})
    assert other.state == explorer.state and other.arrays == explorer.arrays


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"K": 21}, "K is 21"),
        ({"n_points": 0}, "n_points is 0"),
        ({"panel": "hills"}, "panel is 'hills'; it must be one of"),
        ({"points": [[0, 0]] * 21}, "at most 20"),
        ({"points": [[0, float("nan")]]}, "not a finite number"),
    ],
)
def test_settings_out_of_range_are_refused(settings, says):
    with pytest.raises(ValueError, match=says):
        AdaptationExplorer(**settings)


def test_points_that_cannot_be_kept_change_nothing(explorer):
    before = dict(explorer.state)
    with pytest.raises(ValueError, match="at most 20"):
        explorer.show(points=[[0.0, 0.0]] * 21)
    assert explorer.state == before and explorer.simulation.points == before["points"]


def test_one_picture_alone_has_no_menu():
    explorer = AdaptationExplorer(panel="landscape")
    assert explorer.state["panel"] == "landscape"
    with pytest.raises(ValueError, match="panel is 'curves'"):
        explorer.show(panel="curves")


def test_the_budget_is_stated(explorer):
    assert "same 8,000 tasks" in explorer.scene["note"] and "Hessian products" in explorer.scene["note"]
