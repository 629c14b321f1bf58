"""The judge's widget: pairs by mouse, finger and keys, silent until the end, then right to the last pair."""

import pytest
import torch
from lab import Stage

from metagan_course.widgets import WhichIsDrawn


def pictures(level, n, letters=2):
    """Drawn ones are dark and made ones pale, so that a test knows them apart: (letters, n, 1, 28, 28)."""
    return torch.full((letters, n, 1, 28, 28), level)


@pytest.fixture
def stage(mount, page):
    page.set_viewport_size({"width": 1366, "height": 768})
    return mount(WhichIsDrawn(pictures(1.0, 5), pictures(0.2, 8), pairs=6))


def dark(stage, side):
    """The brightness in the middle of a side's picture."""
    return stage.page.evaluate(
        """n => document.querySelectorAll('.mg-which-side canvas')[n]
            .getContext('2d').getImageData(40, 40, 1, 1).data[0]""",
        side,
    )


def test_who_sees_the_drawn_one_is_right_every_time(stage):
    for pair in range(6):
        assert f"pair {pair + 1} of 6" in stage.status()
        drawn = 0 if dark(stage, 0) < dark(stage, 1) else 1
        if pair == 0:
            stage.page.locator(".mg-which-side").nth(drawn).click()
        else:
            stage.page.locator(".mg").focus()
            stage.page.keyboard.press(["ArrowLeft", "ArrowRight"][drawn])
        stage.page.wait_for_function(f"document.querySelector('.mg').driver.scene.answered === {pair + 1}")
        assert "right" not in stage.status() or pair == 5, "nothing is told before the end"
    assert stage.status().startswith("6 of 6 right, 1.00 [0.61, 1.00]: that is no coin")
    assert stage.widget.score()[:2] == (6, 6)
    assert stage.page.locator(".mg-which-end canvas").count() == 6
    assert stage.page.locator(".mg-which-side").first.is_disabled()


def test_a_finger_answers(browser):
    context = browser.new_context(has_touch=True)
    stage = Stage(context.new_page(), WhichIsDrawn(pictures(1.0, 5), pictures(0.2, 8), pairs=6))
    stage.page.locator(".mg-which-side").nth(1).tap()
    stage.page.wait_for_function("document.querySelector('.mg').driver.scene.answered === 1")
    assert stage.widget.answers == ["right"]
    context.close()


def test_back_takes_an_answer_back_and_again_all(stage):
    stage.page.locator(".mg").focus()
    for key in ("ArrowLeft", "ArrowLeft", "b"):
        stage.page.keyboard.press(key)
        stage.settled()
    assert len(stage.widget.answers) == 1 and "pair 2 of 6" in stage.status()
    stage.page.click(".mg-which-again")
    stage.settled()
    assert stage.widget.answers == []


def test_a_coin_is_called_one(stage):
    for place in range(6):
        right = ("left", "right")[not stage.widget.on_the_left[place]]
        wrong = ("left", "right")[stage.widget.on_the_left[place]]
        stage.widget.asked({"do": "answer", "side": right if place % 2 else wrong})
    assert stage.widget.right() == [False, True] * 3
    assert "a coin would do as well" in stage.widget.words()


def test_no_picture_comes_twice_while_there_are_others():
    each = torch.arange(2 * 5).view(2, 5, 1, 1, 1).expand(2, 5, 1, 28, 28) / 10
    test = WhichIsDrawn(each, each, pairs=10)
    assert len({float(picture[0, 0]) for picture in test.drawn}) == 10


@pytest.mark.parametrize("drawn, made", [(pictures(1, 5), pictures(1, 5, 3)), (pictures(1, 5, 0),) * 2])
def test_letters_that_do_not_match_are_refused(drawn, made):
    with pytest.raises(ValueError, match="of the same letters"):
        WhichIsDrawn(drawn, made)


def test_it_fits_a_laptop(stage):
    box = stage.page.locator(".mg").bounding_box()
    assert box["height"] <= 600 and box["width"] <= 900
