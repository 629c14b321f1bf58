"""The film of lesson 09 in a bare page: its tasks, a picture that belongs to its state, no kernel."""

import pytest
from lab import loaded, shown

from metagan_course.course.map_rule_figures import inspector
from metagan_course.course.map_rule_runs import drawings, rival
from metagan_course.widgets import Film


@pytest.fixture(scope="module")
def draw():
    rules = {"plain": rival("sgd", (10.0,)), "Adam": rival("adam", (0.4,))}
    return inspector(rules, drawings(2, 7, split="test").support, n_steps=2)


def film_of(draw):
    tasks = [("Try 1: the second step.", {"step": 2, "rule": "Adam", "character": 1})]
    return Film(draw, step=range(1, 3), rule=["plain", "Adam"], character=2, tasks=tasks)


def test_a_task_sets_step_rule_and_character(mount, draw):
    film = film_of(draw)
    stage = mount(film)
    loaded(stage)
    before = shown(stage.page)
    stage.page.click("text=▸ Try 1")
    loaded(stage)
    assert film.state == {"step": 2, "rule": "Adam", "character": 1}
    assert shown(stage.page) == film.pictures.png(film.state) != before


def test_it_turns_without_a_kernel(draw, browser, tmp_path):
    address = film_of(draw).to_html(tmp_path / "rules.html").as_uri()
    context = browser.new_context(offline=True)
    page, trouble = context.new_page(), []
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.goto(address)
    page.click("text=▸ Try 1")
    page.wait_for_timeout(300)
    assert not trouble
    state = {"step": 2, "rule": "Adam", "character": 1}
    assert shown(page) == film_of(draw).pictures.png(state)
    context.close()
