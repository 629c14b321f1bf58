"""The smallest widget of CONTRIBUTING.md, in a real browser."""

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent.parent / "CONTRIBUTING.md"


def test_the_dial_turns(mount):
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    scope: dict = {"__name__": "example"}
    exec(next(block for block in blocks if "class Dial" in block), scope)
    stage = mount(scope["Dial"]())
    assert stage.page.locator("output").text_content() == "D = 0.500"
    stage.page.get_by_label("logit").focus()
    stage.page.keyboard.press("ArrowRight")
    stage.page.wait_for_function("document.querySelector('output').textContent === 'D = 0.731'")
    assert stage.widget.logit == 1
