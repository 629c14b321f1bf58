"""The film of lesson 11 in a bare page: ticks by mouse and by key, its tasks, and without a kernel."""

import json
from pathlib import Path

import pytest
from lab import loaded, shown

from metagan_course.course.upgrade_figures import toggles
from metagan_course.course.upgrade_runs import UPGRADES, ablation
from metagan_course.widgets import Film

RESULTS = Path(__file__).resolve().parents[2] / "notebooks" / "results" / "upgrades.json"
OFF = {name.replace(" ", "_"): False for name in UPGRADES}
TOLD = OFF | {"encoder": True}


@pytest.fixture(scope="module")
def draw():
    return toggles(ablation(json.loads(RESULTS.read_text())))


@pytest.fixture
def film(draw):
    return Film(draw, tasks=[("Try 1: meta batch norm.", TOLD | {"meta_batch_norm": True})], **OFF)


def test_a_tick_moves_the_point_and_the_picture_belongs_to_it(mount, film):
    stage = mount(film)
    loaded(stage)
    before = shown(stage.page)
    stage.page.locator("[data-control=encoder] input").check()
    loaded(stage)
    assert film.state == TOLD
    assert shown(stage.page) == film.pictures.png(TOLD) != before
    stage.page.click("text=▸ Try 1")
    loaded(stage)
    assert film.state == TOLD | {"meta_batch_norm": True}
    assert shown(stage.page) == film.pictures.png(film.state)


def test_a_tick_is_set_by_the_space_bar(mount, film):
    stage = mount(film)
    loaded(stage)
    stage.page.locator("[data-control=encoder] input").focus()
    stage.page.keyboard.press("Space")
    loaded(stage)
    assert film.state == TOLD and shown(stage.page) == film.pictures.png(TOLD)


def test_it_turns_without_a_kernel(draw, browser, tmp_path):
    address = Film(draw, **OFF).to_html(tmp_path / "upgrades.html").as_uri()
    context = browser.new_context(offline=True)
    page, trouble = context.new_page(), []
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.goto(address)
    page.locator("[data-control=encoder] input").check()
    assert not trouble
    assert shown(page) == Film(draw, **OFF).pictures.png(TOLD)
    context.close()
