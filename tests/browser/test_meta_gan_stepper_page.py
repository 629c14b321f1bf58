"""The stepper of lesson 08 in a bare page: who adapts by mouse, rounds by keys, no kernel."""

import pytest
import torch
from lab import loaded, shown

from metagan_course import pretrained
from metagan_course.answers.meta_gan import ADAPTS, Learned, arcs
from metagan_course.answers.meta_gan_figures import stepper
from metagan_course.widgets import Film

TASKS = [("Try 1: G alone.", {"step": 10, "start": "shipped", "adapts": "G alone", "task": 0})]


@pytest.fixture
def film():
    shipped = pretrained.load("shapes-meta-gan")
    one = Learned(shipped.recipe, shipped.meta_g, shipped.meta_d)
    tasks = [arcs(1, split="test", generator=torch.Generator().manual_seed(n)) for n in (3, 4)]
    return Film(
        stepper({"shipped": one, "again": one}, tasks),
        step=11,
        start=["shipped", "again"],
        adapts=list(ADAPTS),
        task=2,
        tasks=TASKS,
    )


def test_who_adapts_is_chosen_by_mouse(mount, film):
    stage = mount(film)
    stage.pick("adapts").select_option(label="D alone")
    loaded(stage)
    assert film.state == {"step": 0, "start": "shipped", "adapts": "D alone", "task": 0}
    assert shown(stage.page) == film.pictures.png(film.state)
    stage.page.click("text=▸ Try 1")
    loaded(stage)
    assert film.state == TASKS[0][1] and shown(stage.page) == film.pictures.png(film.state)


def test_rounds_are_taken_forward_and_back_by_keys(mount, film):
    stage = mount(film)
    stage.page.locator(".mg").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft"):
        stage.page.keyboard.press(key)
    loaded(stage)
    assert film.state["step"] == 1 and shown(stage.page) == film.pictures.png(film.state)
