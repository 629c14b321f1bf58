"""The walk of lesson 10 in a bare page: from place to place by mouse and by keys, and without a kernel."""

import pytest
from lab import loaded, shown

from metagan_course.answers.initialise_figures import walk
from metagan_course.answers.many_gans import clouds, new_pairs
from metagan_course.widgets import Film

HOME = {"place": 0.5, "start": "many starts", "pair": "1 and 2"}
STARTS = ["many starts", "one trained start"]


@pytest.fixture
def draw():
    first, other = new_pairs([0, 1])[0], new_pairs([2, 3])[0]
    return walk({"many starts": first, "one trained start": other}, clouds(first))


@pytest.fixture
def film(draw):
    tasks = [("Try 1: one trained start.", HOME | {"start": "one trained start"})]
    return Film(draw, place=[0.5, 0.0, 1.0], start=STARTS, pair=["1 and 2"], tasks=tasks)


def test_the_learner_walks_from_one_network_to_the_other(mount, film):
    stage = mount(film)
    loaded(stage)
    assert shown(stage.page) == film.pictures.png(HOME)
    stage.pick("place").select_option(label="1.0")
    loaded(stage)
    stage.pick("start").select_option(label="one trained start")
    loaded(stage)
    assert film.state == HOME | {"place": 1.0, "start": "one trained start"}
    assert shown(stage.page) == film.pictures.png(film.state) != film.pictures.png(HOME)


def test_its_task_sets_the_start(mount, film):
    stage = mount(film)
    stage.page.click("text=▸ Try 1")
    loaded(stage)
    assert film.state == HOME | {"start": "one trained start"}
    assert shown(stage.page) == film.pictures.png(film.state)


def test_it_runs_without_a_kernel(draw, browser, tmp_path):
    film = Film(draw, place=[0.5, 0.0], start=STARTS, pair=["1 and 2"])
    context = browser.new_context(offline=True)
    page, trouble = context.new_page(), []
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.goto(film.to_html(tmp_path / "walk.html").as_uri())
    page.locator("[data-control=place] select").select_option(label="0.0")
    assert not trouble
    assert shown(page) == film.pictures.png(HOME | {"place": 0.0})
    context.close()
