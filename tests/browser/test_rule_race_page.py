"""The race of lesson 06 in a bare page: the valley is bent by mouse and by keys, and without a kernel too."""

import pytest
from lab import loaded, shown

from metagan_course.answers.rule_figures import race
from metagan_course.steps import adam, sgd
from metagan_course.widgets import Film

HOME = {"step": 0, "stretch": 10, "turn": 0, "steep": 10.0}


@pytest.fixture
def draw():
    run = race({"sgd": sgd(0.1), "adam": adam(0.3), "learned": sgd(0.15)})
    return lambda step, stretch, turn, steep: run(step, stretch, turn, 0.0, steep)


@pytest.fixture
def film(draw):
    tasks = [("Try 1: turned.", HOME | {"step": 2, "turn": 45})]
    return Film(draw, step=4, stretch=[10, 1], turn=[0, 45], steep=[10.0, 1000.0], tasks=tasks)


def test_the_learner_bends_the_valley_and_every_rule_runs_on_the_new_one(mount, film):
    stage = mount(film)
    loaded(stage)
    stage.bar("step").fill("2")
    loaded(stage)
    before = shown(stage.page)
    assert before == film.pictures.png(HOME | {"step": 2})
    stage.pick("steep").select_option(label="1000.0")
    loaded(stage)
    assert film.state == HOME | {"step": 2, "steep": 1000.0}
    assert shown(stage.page) == film.pictures.png(film.state) != before


def test_its_task_turns_the_valley_and_goes_two_steps(mount, film):
    stage = mount(film)
    stage.page.click("text=▸ Try 1")
    loaded(stage)
    assert film.state == HOME | {"step": 2, "turn": 45}
    assert shown(stage.page) == film.pictures.png(film.state)


def test_keys_walk_through_the_steps(mount, film):
    stage = mount(film)
    loaded(stage)
    stage.page.locator("[data-control=steep] select").focus()
    stage.page.keyboard.press("Escape")
    stage.bar("step").focus()
    for _ in range(2):
        stage.page.keyboard.press("ArrowRight")
    loaded(stage)
    assert film.state == HOME | {"step": 2}
    assert shown(stage.page) == film.pictures.png(film.state) != film.pictures.png(HOME)


def test_it_runs_without_a_kernel(draw, browser, tmp_path):
    film = Film(draw, step=3, stretch=[1, 10], turn=[0], steep=[10.0])
    address = film.to_html(tmp_path / "race.html").as_uri()
    context = browser.new_context(offline=True)
    page, trouble = context.new_page(), []
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.goto(address)
    page.locator("[data-control=stretch] select").select_option(label="10")
    assert not trouble
    assert shown(page) == film.pictures.png({"step": 0, "stretch": 10, "turn": 0, "steep": 10.0})
    context.close()
