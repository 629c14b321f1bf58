"""The draw pad in a browser: letters by mouse, finger and keys; four starts learn them; nothing is lost."""

import json

import pytest

from metagan_course.tasks.cache import to_uint8
from metagan_course.widgets import DrawPad
from metagan_course.widgets.draw_pad import alphabet_file, studio

SHEET = ".mg-pad-sheet"
DRIVER = "document.querySelector('.mg').driver"


@pytest.fixture
def screen(mount, page):
    page.set_viewport_size({"width": 1366, "height": 768})
    return lambda *args, **more: mount(DrawPad(*args, **more))


def cross(stage, drawing, wide=0.6):
    """Two strokes by mouse, into one of the five drawings."""
    stage.page.click(f".mg-pad-five .mg-pad-pick >> nth={drawing}")
    stage.settled()
    stage.drag(SHEET, "sheet", (-wide, -wide), (wide, wide))
    stage.drag(SHEET, "sheet", (wide, -wide), (-wide, wide + 0.05 * drawing))


def test_a_mouse_draws_what_python_gets(screen, tmp_path):
    stage = screen(tmp_path / "mine.json")
    cross(stage, 0)
    (drawing,) = stage.widget.letters[0]
    assert len(drawing) == 2 and len(drawing[0]) > 5
    assert drawing[0][0] == pytest.approx([-0.6, -0.6], abs=0.02)
    assert drawing[0][-1] == pytest.approx([0.6, 0.6], abs=0.02)
    assert sum(stage.colour(SHEET, "sheet", 0, 0)) < 300, "ink where the strokes cross"
    assert sum(stage.colour(SHEET, "sheet", 0.9, 0)) > 600, "and paper beside"
    assert alphabet_file.load(tmp_path / "mine.json") == stage.widget.letters


def test_a_finger_draws_and_keys_do(screen):
    stage = screen()
    stage.touch(SHEET, "sheet", (-0.5, 0.0), (0.5, 0.0))
    stage.settled()
    assert stage.widget.letters[0][0][0][-1] == pytest.approx([0.5, 0.0], abs=0.02)
    stage.page.locator(".mg").focus()
    for key in ("2", "ArrowUp", " ", "ArrowRight", "ArrowRight", "ArrowDown", " "):
        stage.page.keyboard.press(key)
        stage.settled()
    (stroke,) = stage.widget.letters[0][1]
    assert stroke == [pytest.approx(p) for p in ([0, -0.1], [0.1, -0.1], [0.2, -0.1], [0.2, 0.0])]


def test_five_drawings_and_the_four_starts_learn_them(screen):
    stage = screen()
    learn = stage.page.locator(".mg-pad-learn")
    for drawing in range(5):
        assert learn.is_disabled()
        cross(stage, drawing)
    learn.click()
    stage.page.wait_for_function(f"{DRIVER}.scene.made && {DRIVER}.state.step === 10 && !{DRIVER}.playing")
    made = stage.widget.see()[1]["made"]
    assert made.shape == (4, 8, 28, 28)
    at_once = studio.learn(stage.widget.shown())  # the same without a page
    own = to_uint8(at_once["maml"][10, 0, :, 0])
    assert made[3].equal(own)
    assert "step 10 of 10" in stage.status()
    stage.exact("step").fill("0")
    stage.page.keyboard.press("Enter")
    stage.settled()
    assert not stage.widget.see()[1]["made"].equal(made) and "after 0 of 10" in stage.page.locator(
        ".mg-pad-made"
    ).get_attribute("aria-label")
    cross(stage, 4)  # what was made does not belong to the new drawing
    assert not stage.widget.see()[0]["made"] and "not learned yet" in stage.status()
    stage.page.click(".mg-pad-undo")
    stage.page.click(".mg-pad-undo")
    stage.settled()
    assert stage.widget.see()[0]["made"], "and is there again with the old one"


def test_a_new_letter_taken_back_leaves_the_last_one_in_view(screen):
    stage = screen(letters=studio.example(2))
    stage.page.locator(".mg").focus()
    for what in ("new", "example", "undo", "undo", "undo"):
        stage.page.keyboard.press(what[0])
        stage.settled()
    assert len(stage.widget.letters) == 2 and "letter 2 of 2, 5 of 5" in stage.status()


def test_nothing_is_lost(screen, tmp_path):
    file = tmp_path / "mine.json"
    stage = screen(file)
    stage.page.click(".mg-pad-example")
    stage.settled()
    cross_before = json.loads(file.read_text())
    stage.page.click(".mg-pad-drop")
    stage.settled()
    assert stage.widget.letters == [[]]
    stage.page.click(".mg-pad-undo")
    stage.settled()
    assert json.loads(file.read_text()) == cross_before
    again = DrawPad(file)  # after a restart
    assert again.letters == stage.widget.letters and len(again.shown()) == 1
    again.asked({"do": "new"})  # another notebook writes, then this one
    stage.page.click(".mg-pad-clear")
    stage.settled()
    assert alphabet_file.load(file) == again.letters
    assert alphabet_file.load(tmp_path / "mine-2.json") == stage.widget.letters
    assert "both are there" in stage.status()


def test_a_file_that_is_no_alphabet_stays_as_it_is(tmp_path):
    file = tmp_path / "mine.json"
    file.write_text("{}")
    pad = DrawPad(file)
    pad.asked({"do": "example"})
    assert file.read_text() == "{}" and "stays as it is" not in pad.desk.said
    assert alphabet_file.load(tmp_path / "mine-2.json") == pad.letters


def test_the_sheet_is_saved_as_png_and_svg(screen, tmp_path):
    stage = screen(tmp_path / "runes.json", letters=None)
    stage.page.click(".mg-pad-save")
    stage.settled()
    assert "no sheet" in stage.status()
    stage.page.click(".mg-pad-example")
    stage.page.click(".mg-pad-new")
    stage.page.click(".mg-pad-save")
    stage.settled()
    assert (tmp_path / "runes.png").read_bytes()[:4] == b"\x89PNG"
    assert "<svg" in (tmp_path / "runes.svg").read_text() and "runes.svg" in stage.status()


def test_it_fits_a_laptop(screen):
    stage = screen(letters=studio.example(12), tasks=[("Try 1: draw.", {})])
    box = stage.page.locator(".mg").bounding_box()
    assert box["height"] <= 600 and box["width"] <= 900


@pytest.mark.parametrize("letters", [[[[[[0.0, float("nan")]]]]], [[[[[0.0]]]]], [3], [[[]] * 6], [[]] * 27])
def test_what_is_no_alphabet_is_refused(letters):
    with pytest.raises(alphabet_file.BadAlphabet, match="letters:"):
        DrawPad(letters=letters)
