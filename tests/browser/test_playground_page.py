"""The metric playground of lesson 03: its own cell with made-up scores, in a page; alive without a kernel."""

import json
from pathlib import Path

import pytest
import torch

from metagan_course.widgets import Film

LESSON = Path(__file__).resolve().parents[2] / "notebooks" / "03_pictures_and_honest_scores.ipynb"
SCORES = ("KID", "FID", "recall", "support-NN", "usefulness")
CHEATS = ("copy", "mean", "jitter")


def playground() -> Film:
    """The film that the lesson's widget cell makes, from numbers that are quick to have."""
    cells = json.loads(LESSON.read_text(encoding="utf-8"))["cells"]
    source = next("".join(cell["source"]) for cell in cells if cell["id"] == "widget")
    dice = torch.Generator().manual_seed(0)
    every = [(cheat, n) for cheat in CHEATS for n in range(6)]
    scope = {
        "bands": {name: (0.4, 0.6) for name in SCORES},
        "ways": {(cheat, n): {name: 0.5 + n * len(cheat) / 9 for name in SCORES} for cheat, n in every},
        "pictures": {at: torch.rand(7, 5, 1, 28, 28, generator=dice) for at in every},
    }
    exec(compile(source, "<widget>", "exec"), scope)
    return scope["film"]


@pytest.fixture(scope="module")
def film():
    return playground()


def shown(stage) -> str:
    stage.settled()
    stage.page.wait_for_function("document.querySelector('.mg img').complete")
    return stage.page.locator("img").first.get_attribute("alt")


def test_each_try_sets_up_what_it_says(mount, film):
    stage = mount(film)
    for button, state in (
        ("▸ Try 1", {"forged": 5, "by": "copy"}),
        ("▸ Try 2", {"forged": 1, "by": "mean"}),
        ("▸ Try 3", {"forged": 0, "by": "jitter"}),
    ):
        stage.page.get_by_text(button).click()
        words = shown(stage)
        assert film.state == state and words == stage.status(), words
        assert f"forged {state['forged']}" in words


def test_every_state_is_there_without_a_kernel(film, browser, tmp_path):
    address = film.to_html(tmp_path / "playground.html").as_uri()
    context = browser.new_context(offline=True)
    page, trouble, seen = context.new_page(), [], set()
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.goto(address)
    for cheat in ("the copier", "the average picture", "the jitter"):
        page.locator("[data-control=by] select").select_option(label=cheat)
        for n in range(6):
            page.locator("[data-control=forged] input[type=range]").fill(str(n))
            picture = page.locator("img")
            assert f"forged {n}" in picture.get_attribute("alt"), (cheat, n)
            seen.add(picture.get_attribute("src"))
    context.close()
    assert len(seen) == 18 and not trouble, "two states show one picture"


def test_picture_controls_and_task_fit_one_view(mount, film):
    stage = mount(film)
    shown(stage)
    assert stage.page.evaluate("document.querySelector('.mg').offsetHeight") <= 600
