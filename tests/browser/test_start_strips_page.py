"""The film strips of lesson 07 in a bare page: another start by mouse, steps by keys, no kernel."""

import pytest
from lab import loaded, shown

from metagan_course.course.start_figures import strips
from metagan_course.course.start_judges import held_out
from metagan_course.course.starts import RULES, UNTUNED, random_weights, shipped
from metagan_course.widgets import Film

TASKS = [("Try 2: random weights.", {"step": 10, "start": "random", "rates": "tuned"})]


@pytest.fixture(scope="module")
def draw():
    reptile = shipped("glyphs-reptile")
    starts = {"reptile": reptile, "random": random_weights(reptile.recipe)}
    rules = {"Reptile's rates": dict.fromkeys(starts, UNTUNED), "tuned": dict.fromkeys(starts, RULES[8])}
    return strips(starts, rules, held_out(0, 20), letters=2)


@pytest.fixture
def film(draw):
    return Film(draw, step=11, start=["reptile", "random"], rates=["Reptile's rates", "tuned"], tasks=TASKS)


def test_a_start_is_chosen_by_mouse(mount, film):
    stage = mount(film)
    stage.pick("start").select_option(label="random")
    loaded(stage)
    assert film.state == {"step": 0, "start": "random", "rates": "Reptile's rates"}
    assert shown(stage.page) == film.pictures.png(film.state)
    stage.page.click("text=▸ Try 2")
    loaded(stage)
    assert film.state == TASKS[0][1] and shown(stage.page) == film.pictures.png(film.state)


def test_steps_are_taken_forward_and_back_by_keys(mount, film):
    stage = mount(film)
    stage.page.locator(".mg").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft"):
        stage.page.keyboard.press(key)
    loaded(stage)
    assert film.state["step"] == 1 and shown(stage.page) == film.pictures.png(film.state)
