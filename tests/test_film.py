"""The film: pictures drawn once, positions kept inside, a still picture for readers without a kernel."""

import base64

import matplotlib
import pytest
from matplotlib import pyplot as plt

from metagan_course.widgets import Film
from metagan_course.widgets.film.simulation import Reel

matplotlib.use("agg")
PNG = b"\x89PNG\r\n\x1a\n"


class Draw:
    """Draws one bar as high as the step, and remembers what it was asked for."""

    def __init__(self):
        self.asked = []

    def __call__(self, step, task=0):
        self.asked.append((step, task))
        figure, axes = plt.subplots(figsize=(2, 1))
        axes.bar([0], [step])
        axes.set_ylim(0, 10)
        return figure


def test_a_picture_is_drawn_once_and_its_figure_closed():
    draw, open_before = Draw(), plt.get_fignums()
    reel = Reel(draw, step=11)
    first, again, other = reel.png({"step": 3}), reel.png({"step": 3}), reel.png({"step": 4})
    assert first == again != other and first.startswith(PNG)
    assert draw.asked == [(3, 0), (4, 0)] and plt.get_fignums() == open_before


def test_positions_stay_inside():
    reel = Reel(Draw(), step=11, task=2)
    assert reel.clip({"step": 99, "task": -1}) == {"step": 10, "task": 0}
    assert reel.clip({}) == {"step": 0, "task": 0}
    assert reel.words({"step": 5}) == "step 5, task 0"


@pytest.mark.parametrize(
    ("sliders", "says"),
    [({"step": 0}, "'step' has 0 positions"), ({"step": "many"}, "'many'"), ({}, "needs a slider")],
)
def test_a_wrong_slider_is_named(sliders, says):
    with pytest.raises(ValueError, match=says):
        Reel(Draw(), **sliders)


def test_moving_a_slider_changes_picture_words_and_frame():
    film = Film(Draw(), step=11)
    before, frame = film.picture, film.frame
    film.at = {"step": 7}
    assert film.picture != before and film.words == "step 7" and film.frame == frame + 1


def test_without_a_kernel_the_present_picture_is_shown():
    film = Film(Draw(), step=11)
    film.at = {"step": 7}
    bundle = film._repr_mimebundle_()
    assert base64.b64decode(bundle["image/png"]) == film.picture
    assert bundle["text/plain"] == "Film: step 7" and "application/vnd.jupyter.widget-view+json" in bundle
