"""The phase portrait on a page without a kernel: its numbers are Python's, and every way to turn it works."""

import pytest
import torch

from metagan_course.answers.dirac import LOSSES, ORDERS, eigenvalues
from metagan_course.widgets import PhasePortrait

DRIVER = "document.querySelector('.mg').driver"


@pytest.fixture
def alone(page, tmp_path):
    """The page that `to_html` writes; nothing listens behind it."""
    page.set_viewport_size({"width": 1366, "height": 768})
    page.set_content(PhasePortrait().to_html(tmp_path / "portrait.html").read_text(encoding="utf-8"))
    page.wait_for_selector(".mg-pp-plane")
    return page


def state(page):
    return page.evaluate(f"{DRIVER}.state")


def place(page, phi, theta):
    """Where on the page (phi, theta) stands: [x, y]."""
    return page.evaluate(
        """([phi, theta]) => {
            const node = document.querySelector('.mg-pp-plane'), r = node.getBoundingClientRect();
            const [left, top, width, height, x0, x1, y0, y1] = JSON.parse(node.dataset.axes).plane;
            return [r.x + left + (phi - x0) / (x1 - x0) * width,
                    r.y + top + height - (theta - y0) / (y1 - y0) * height]; }""",
        [phi, theta],
    )


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("order", ORDERS)
def test_the_page_computes_what_python_computes(alone, loss, order):
    for gamma, rate, n_d, start in (
        (0.0, 0.2, 1, [1.0, -1.0]),
        (0.3, 0.5, 3, [0.4, 1.7]),
        (1.5, 0.9, 2, [-2.0, 0.1]),
    ):
        turned = {"loss": loss, "order": order, "gamma": gamma, "rate": rate, "n_d": n_d, "start": start}
        alone.evaluate(f"turned => {DRIVER}.set(turned)", turned)
        shown, python = alone.evaluate(f"{DRIVER}.scene"), PhasePortrait(**turned)
        for here, there in zip(shown["path"], python.path().tolist(), strict=True):
            assert here == pytest.approx(there, rel=1e-6, abs=1e-9)
        assert shown["factor"] == pytest.approx(python.factor(), rel=1e-6)
        own = [[v.real, v.imag] for v in eigenvalues(loss, gamma)]
        here, there = (torch.tensor(pairs).double().sort(0).values for pairs in (shown["eigen"], own))
        assert here.allclose(there, atol=1e-6)
        assert shown["words"] == python.words()


def test_a_hand_drags_the_start(alone):
    alone.mouse.move(*place(alone, 1.0, -1.0))
    alone.mouse.down()
    alone.mouse.move(*place(alone, 0.5, 0.25), steps=4)
    alone.mouse.up()
    assert state(alone)["start"] == pytest.approx([0.5, 0.25], abs=0.03)
    assert alone.evaluate(f"{DRIVER}.scene.path[0]") == state(alone)["start"]


def test_a_finger_moves_the_start(alone):
    x, y = place(alone, -1.0, 1.0)
    client = alone.context.new_cdp_session(alone)
    for kind, points in (("touchStart", [{"x": x, "y": y}]), ("touchEnd", [])):
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert state(alone)["start"] == pytest.approx([-1.0, 1.0], abs=0.03)


def test_keys_step_rewind_and_move_the_start(alone):
    alone.locator(".mg").focus()
    for key, name, value in (
        ("Home", "step", 0),
        ("ArrowRight", "step", 1),
        ("End", "step", 300),
        ("ArrowLeft", "step", 299),
    ):
        alone.keyboard.press(key)
        assert state(alone)[name] == value
    for key, start in (("d", [1.1, -1.0]), ("w", [1.1, -0.9]), ("a", [1.0, -0.9]), ("s", [1.0, -1.0])):
        alone.keyboard.press(key)
        assert state(alone)["start"] == pytest.approx(start)


def test_play_runs_from_the_start_to_the_end(alone):
    alone.click(".mg-play")
    alone.wait_for_function(f"{DRIVER}.state.step > 20")
    alone.click(".mg-play")
    assert 20 < state(alone)["step"] < 300


def test_every_control_is_turned_by_hand(alone):
    alone.locator("[data-control=loss] select").select_option(label="Wasserstein")
    alone.locator("[data-control=order] select").select_option(label="in turn")
    alone.locator("[data-control=gamma] input[type=number]").fill("0.5")
    alone.keyboard.press("Enter")
    alone.locator("[data-control=rate] input[type=range]").focus()
    alone.keyboard.press("ArrowRight")
    assert {"loss": "wasserstein", "order": "in turn", "gamma": 0.5, "rate": 0.22}.items() <= state(
        alone
    ).items()
    line = alone.locator(".mg-line input").input_value()
    assert line.startswith('PhasePortrait(loss="wasserstein"') and eval(line).path().shape == (301, 2)


def test_it_fits_a_laptop(alone):
    box = alone.locator(".mg").bounding_box()
    assert box["height"] <= 600 and box["width"] <= 900


def test_a_start_that_is_no_place_is_refused():
    with pytest.raises(ValueError, match="two finite numbers"):
        PhasePortrait(start=[1.0])
    assert PhasePortrait(start=[9.0, 0.0]).state["start"] == [2.0, 0.0]
