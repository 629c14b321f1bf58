"""The game of lesson 05 in a bare page: a question, the reader's letter, then the learners' answers."""

import pytest
import torch
from lab import loaded, shown

from metagan_course.answers.few_shot import start
from metagan_course.answers.task_figures import NOT_YET, game
from metagan_course.widgets import Film

TASKS = [("Try 1: ten classes.", {"question": 0, "ways": 10, "shots": 1, "you": NOT_YET})]


@pytest.fixture
def draw():
    patterns = torch.rand(24, 1, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    pictures = patterns + 0.3 * torch.rand(24, 10, 1, 28, 28, generator=torch.Generator().manual_seed(1))
    return game(start("protonet", 5, 0), pictures, seed=0)


@pytest.fixture
def film(draw):
    return Film(draw, question=2, ways=[5, 10], shots=[1, 5], you=[NOT_YET, *"ABCDEFGHIJ"], tasks=TASKS)


def test_the_reader_answers_first_and_then_sees_the_learners_answers(mount, film):
    stage = mount(film)
    loaded(stage)
    question = {"question": 0, "ways": 5, "shots": 1, "you": NOT_YET}
    assert shown(stage.page) == film.pictures.png(question)
    stage.pick("you").select_option(label="B")
    loaded(stage)
    assert film.state["you"] == "B" and stage.status().endswith("you B")
    assert shown(stage.page) == film.pictures.png(question | {"you": "B"}) != film.pictures.png(question)


def test_its_task_sets_up_a_fresh_question(mount, film):
    stage = mount(film)
    stage.pick("you").select_option(label="C")
    stage.settled()
    stage.page.click("text=▸ Try 1")
    loaded(stage)
    assert film.state == {"question": 0, "ways": 10, "shots": 1, "you": NOT_YET}
    assert shown(stage.page) == film.pictures.png(film.state)


def test_it_is_playable_without_a_kernel(draw, browser, tmp_path):
    film = Film(draw, question=1, ways=[5], shots=[1], you=[NOT_YET, "A", "D"])
    address = film.to_html(tmp_path / "game.html").as_uri()
    context = browser.new_context(offline=True)
    page, trouble = context.new_page(), []
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.goto(address)
    page.locator("[data-control=you] select").select_option(label="D")
    assert page.locator("img").get_attribute("alt").endswith("you D") and not trouble
    assert shown(page) == film.pictures.png({"question": 0, "ways": 5, "shots": 1, "you": "D"})
    context.close()
