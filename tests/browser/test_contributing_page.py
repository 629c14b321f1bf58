"""The widgets of CONTRIBUTING.md in a real browser: the dial turns, with a kernel and without one."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parent.parent.parent / "CONTRIBUTING.md"
TASKS = [("Try 1: where is D sure?", {"logit": 6.0})]


@pytest.fixture
def dial():
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    scope: dict = {"__name__": "example"}
    exec(next(block for block in blocks if "class Dial" in block), scope)
    return scope["Dial"](tasks=TASKS)


def test_the_dial_turns_and_python_follows(mount, dial):
    stage = mount(dial)
    assert stage.status() == "logit 0: D = 0.500"
    stage.bar("logit").focus()
    stage.page.keyboard.press("ArrowRight")
    stage.settled()
    stage.page.wait_for_function(
        "document.querySelector('.mg-status').textContent === 'logit 0.5: D = 0.622'"
    )
    assert dial.state["logit"] == 0.5 and dial.scene["probability"] == pytest.approx(0.6224593)
    stage.page.keyboard.press("x")
    stage.page.wait_for_function("document.querySelector('.mg-status').textContent === 'logit 0: D = 0.500'")


def test_it_lives_on_a_page_without_a_kernel_and_its_numbers_are_pythons(dial, browser, tmp_path):
    address = dial.to_html(tmp_path / "dial.html").as_uri()
    context = browser.new_context(offline=True)
    page, trouble = context.new_page(), []
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on(
        "request", lambda r: None if r.url.startswith(("file:", "blob:", "data:")) else trouble.append(r.url)
    )
    page.goto(address)
    for logit in [-8 + i / 2 for i in range(33)]:
        page.locator("input[type=range]").fill(str(logit))
        dial.show(logit=logit)
        on_the_page = page.evaluate("document.querySelector('.mg').driver.scene.probability")
        assert on_the_page == pytest.approx(dial.scene["probability"], rel=1e-12)
        assert page.locator(".mg").get_attribute("data-shown") == f'{{"logit":{logit:g}}}'
    page.get_by_text("▸ Try 1").click()
    page.wait_for_function("document.querySelector('.mg-status').textContent.startsWith('logit 6:')")
    page.locator("summary").click()
    line = page.get_by_label("this state in Python").input_value()
    assert eval(line, {"Dial": dict}) == {"logit": 6} and not trouble, trouble
    context.close()
