"""The mixture of lesson 12 in a bare page: the dial by mouse and by keys, and without a kernel."""

import pytest
import torch
from lab import loaded, shown

from metagan_course.answers.generated_figures import mix
from metagan_course.widgets import Film

SHARES, METHODS = [0.5, 0.0, 1.0], ["Meta-GAN", "copy"]
HOME = {"method": "Meta-GAN", "share": 0.5}


@pytest.fixture
def draw():
    dice = torch.Generator().manual_seed(0)
    made = {name: torch.rand(3, 16, 1, 28, 28, generator=dice) for name in METHODS}
    lines = {name: {0.0: 0.0, 0.5: 2.0 - 2 * i, 1.0: 1.0 - i} for i, name in enumerate(METHODS)}
    return mix(torch.rand(3, 5, 1, 28, 28, generator=dice), made, lines)


@pytest.fixture
def film(draw):
    tasks = [("Try 1: made ones alone.", {"method": "Meta-GAN", "share": 1.0})]
    return Film(draw, method=METHODS, share=SHARES, tasks=tasks)


def test_the_learner_turns_the_dial_and_changes_the_method(mount, film):
    stage = mount(film)
    loaded(stage)
    assert shown(stage.page) == film.pictures.png(HOME)
    stage.pick("method").select_option(label="copy")
    loaded(stage)
    stage.pick("share").select_option(label="0.0")
    loaded(stage)
    assert film.state == {"method": "copy", "share": 0.0}
    assert shown(stage.page) == film.pictures.png(film.state) != film.pictures.png(HOME)


def test_its_task_leaves_the_made_ones_alone(mount, film):
    stage = mount(film)
    stage.page.click("text=▸ Try 1")
    loaded(stage)
    assert film.state == {"method": "Meta-GAN", "share": 1.0}
    assert shown(stage.page) == film.pictures.png(film.state)


def test_keys_turn_the_dial(mount, film):
    stage = mount(film)
    loaded(stage)
    stage.page.locator("[data-control=share] select").focus()
    stage.page.keyboard.press("ArrowDown")
    loaded(stage)
    assert film.state == HOME | {"share": 0.0}
    assert shown(stage.page) == film.pictures.png(film.state)


def test_it_runs_without_a_kernel(draw, browser, tmp_path):
    film = Film(draw, method=METHODS, share=SHARES)
    context = browser.new_context(offline=True)
    page, trouble = context.new_page(), []
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.goto(film.to_html(tmp_path / "mix.html").as_uri())
    page.locator("[data-control=share] select").select_option(label="1.0")
    assert not trouble
    assert shown(page) == film.pictures.png(HOME | {"share": 1.0})
    context.close()
