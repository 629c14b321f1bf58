"""The film: pictures drawn once, choices that refuse what they have not, a picture where no kernel runs."""

import base64
import io

import matplotlib
import numpy as np
import pytest
from matplotlib import pyplot as plt

from metagan_course.widgets import Film
from metagan_course.widgets.film.simulation import Reel
from metagan_course.widgets.film.view import key_of

matplotlib.use("agg")
PNG = b"\x89PNG\r\n\x1a\n"


class Draw:
    """Draws one bar as high as the step, and remembers what it was asked for."""

    def __init__(self):
        self.asked = []

    def __call__(self, step, **at):
        self.asked.append((step, *at.values()))
        figure, axes = plt.subplots(figsize=(2, 1))
        axes.bar([0], [step])
        axes.set_ylim(0, 10)
        return figure


def test_a_picture_is_drawn_once_and_its_figure_closed():
    draw, open_before = Draw(), plt.get_fignums()
    reel = Reel(draw, step=11)
    first, again, other = reel.png({"step": 3}), reel.png({"step": 3}), reel.png({"step": 4})
    assert first == again != other and first.startswith(PNG)
    assert draw.asked == [(3,), (4,)] and plt.get_fignums() == open_before


def test_every_kind_of_choice_reaches_the_drawing():
    draw = Draw()
    film = Film(draw, step=range(0, 21, 5), method=["MAML", "FOMAML"], adapted=True)
    film.show(step=10, method="FOMAML", adapted=False)
    assert draw.asked == [(0, "MAML", True), (10, "FOMAML", False)]
    assert [spec["kind"] for spec in film.controls] == ["slider", "choice", "tick"]


def test_prepare_draws_every_position_and_then_nothing_is_drawn_again():
    draw = Draw()
    film = Film(draw, step=3, method=["a", "b"], on=False).prepare()
    assert len(draw.asked) == len(set(draw.asked)) == 3 * 2 * 2
    film.show(step=2, method="b", on=True)
    assert len(draw.asked) == 12


@pytest.mark.parametrize(
    ("choices", "says"),
    [
        ({"step": 0}, "'step' is 0"),
        ({"step": "many"}, "'many'"),
        ({"step": []}, r"\[\]"),
        ({"step": 2.5}, "2.5"),
        ({}, "needs a choice"),
    ],
)
def test_a_wrong_choice_is_named(choices, says):
    with pytest.raises(ValueError, match=says):
        Reel(Draw(), **choices)


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ({"step": 11}, "step is 11; it must be a whole number from 0 to 10"),
        ({"step": 1.5}, "step is 1.5"),
        ({"method": "SGD"}, "one of 'MAML', 'FOMAML'"),
        ({"steps": 1}, "steps: there is no such control; there are step, method"),
    ],
)
def test_a_state_there_is_not_is_refused_and_nothing_moves(state, says):
    film = Film(Draw(), step=11, method=["MAML", "FOMAML"])
    frame = film.frame
    with pytest.raises(ValueError, match=says):
        film.show(**state)
    assert film.state == {"step": 0, "method": "MAML"} and film.frame == frame


def test_moving_a_slider_changes_picture_words_and_frame():
    film = Film(Draw(), step=11)
    before, frame = film.arrays, film.frame
    film.show(step=7)
    assert film.arrays != before and film.frame == frame + 1
    assert film.scene["words"] == "step 7" and film.scene["line"] == "film.show(step=7)"
    assert film.scene["state"] == {"step": 7}


def test_an_array_is_a_picture_too():
    """Rows, columns, black and white are in their places in the file."""
    array = np.zeros((2, 3))
    array[0, 2] = 1
    film = Film(lambda step: array if step else (255 * array).astype(np.uint8), step=2)
    for step in (0, 1):
        film.show(step=step)
        seen = plt.imread(io.BytesIO(film.still()), format="png")
        high, wide = seen.shape[:2]
        assert (high / wide) == pytest.approx(2 / 3)
        assert seen[high // 4, wide * 5 // 6] == 1 and seen[high * 3 // 4, wide // 6] == 0


def test_an_array_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"shape \(4,\)"):
        Film(lambda step: np.zeros(4), step=2)


def test_without_a_kernel_the_present_picture_is_shown():
    film = Film(Draw(), step=11, tasks=[("Try 1: go to the end.", {"step": 10})])
    film.show(step=7)
    data, _ = film._repr_mimebundle_()
    assert base64.b64decode(data["image/png"]) == film.still()
    assert data["text/plain"].startswith("Film: step 7") and "go to the end" in data["text/plain"]
    assert "application/vnd.jupyter.widget-view+json" in data


def test_a_film_too_large_for_a_page_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr("metagan_course.widgets.film.view.MOST_BYTES", 1000)
    with pytest.raises(ValueError, match="3 pictures"):
        Film(Draw(), step=3).to_html(tmp_path / "film.html")


def test_positions_are_named_as_the_page_names_them():
    assert (
        key_of([1.0, 0.5, True, "é", 3]) == '[1,0.5,true,"é",3]'
    )  # JSON.stringify([1.0, 0.5, true, "é", 3])
