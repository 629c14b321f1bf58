"""The film in a bare page: arrow keys, a dragged slider, two displays, a kernel that is gone."""

import pytest
from matplotlib import pyplot as plt

from metagan_course.widgets import Film


def draw(step, task):
    figure, axes = plt.subplots(figsize=(3, 1 + step % 2))
    axes.bar([0, 1], [step, task])
    return figure


@pytest.fixture
def film(mount):
    stage = mount(Film(draw, step=11, task=3))
    shown(stage, 1)
    return stage


def shown(stage, frame, display=0):
    stage.page.wait_for_function(
        f"document.querySelectorAll('img')[{display}]?.dataset.frame == '{frame}'", timeout=10_000
    )


def test_it_shows_a_picture_with_words(film):
    picture = film.page.locator("img")
    assert picture.get_attribute("alt") == "step 0, task 0"
    assert film.page.evaluate("document.querySelector('img').naturalWidth") > 100
    assert film.page.get_by_label("step").count() == film.page.get_by_label("task").count() == 1


def test_arrow_keys_move_it_and_python_follows(film):
    film.page.get_by_label("step").focus()
    for frame in (2, 3, 4):
        film.page.keyboard.press("ArrowRight")
        shown(film, frame)
    assert film.widget.at == {"step": 3, "task": 0}
    assert film.page.locator("img").get_attribute("alt") == "step 3, task 0"
    film.page.keyboard.press("End")
    shown(film, 5)
    assert film.widget.at["step"] == 10


def test_the_mouse_moves_one_slider_and_leaves_the_other(film):
    film.page.get_by_label("step").fill("4")
    shown(film, 2)
    film.page.get_by_label("task").fill("2")
    shown(film, 3)
    assert film.widget.at == {"step": 4, "task": 2}


def test_python_moves_the_sliders_too(film):
    film.widget.at = {"step": 6, "task": 1}
    film.push()
    shown(film, 2)
    assert film.page.get_by_label("step").input_value() == "6"


def test_the_page_does_not_jump_when_a_picture_is_lower(film):
    height = "document.querySelector('img').offsetHeight"
    film.page.get_by_label("step").fill("1")
    shown(film, 2)
    high = film.page.evaluate(height)
    film.page.get_by_label("step").fill("2")
    shown(film, 3)
    assert film.page.evaluate(height) == high


def test_two_displays_show_the_same_and_one_can_go(film):
    film.display()
    shown(film, 1, display=1)
    film.page.get_by_label("step").first.fill("5")
    shown(film, 2, display=1)
    assert film.page.get_by_label("step").nth(1).input_value() == "5"
    film.undisplay(0)
    film.widget.at = {"step": 6, "task": 0}
    film.push()
    film.page.wait_for_function("[...document.querySelectorAll('img')].some(i => i.dataset.frame == '3')")


def test_without_a_kernel_the_last_picture_stays(film):
    film.disconnect()
    film.page.get_by_label("step").fill("9")
    assert film.page.locator("img").get_attribute("alt") == "step 0, task 0"
    assert film.page.evaluate("document.querySelector('img').naturalWidth") > 100
