"""The harness itself: bytes, messages and errors cross between page and Python, and trouble is noticed."""

import anywidget
import pytest
import traitlets as t

ESM = """
export default () => { let views = 0; return {
  initialize({ model }) { model.set('started', true); },
  render({ model, el }) {
    views += 1;
    const out = document.createElement('output'), button = document.createElement('button');
    const length = () => new Uint8Array(model.get('data').buffer).length;
    const show = () => { out.textContent = model.get('total') + ' of ' + length(); };
    model.on('change:total', show); show();
    button.onclick = () => {
      model.set('data', new DataView(Uint8Array.from([1, 2, 250]).buffer)); model.save_changes();
      model.send({ add: 10 });
    };
    el.append(out, button);
    return () => { views -= 1; document.body.dataset.views = views; };
  } }; };
"""


class Adder(anywidget.AnyWidget):
    _esm = ESM
    started = t.Bool(False).tag(sync=True)
    data = t.Bytes(b"").tag(sync=True, from_json=lambda value, _: bytes(value))
    total = t.Int(0).tag(sync=True)

    def __init__(self):
        super().__init__()
        self.on_msg(self._add)

    def _add(self, _, content, buffers):
        if content["add"] > 99:
            raise RuntimeError("too much")
        self.total += content["add"] + sum(self.data)


def test_bytes_and_messages_make_the_round_trip(mount):
    adder = Adder()
    stage = mount(adder)
    stage.page.click("button")
    stage.page.wait_for_selector("text=263 of 3")
    assert adder.data == bytes([1, 2, 250]) and adder.total == 263
    assert stage.sent() == [{"add": 10}] and stage.saved()[-1]["data"] == {"b64": "AQL6"}
    adder.total = 7
    stage.push()
    assert stage.page.locator("output").inner_text() == "7 of 3"


def test_two_displays_share_one_model_and_leave_one_by_one(mount):
    stage = mount(Adder())
    stage.display()
    stage.page.locator("button").nth(1).click()
    stage.page.wait_for_function(
        "[...document.querySelectorAll('output')].every(o => o.textContent === '263 of 3')"
    )
    stage.undisplay(0)
    assert stage.page.locator("output").count() == 1
    assert stage.page.evaluate("document.body.dataset.views") == "1"


def test_an_exception_in_a_python_callback_is_not_swallowed(mount):
    stage = mount(Adder())
    with pytest.raises(Exception, match="too much"):
        stage.page.evaluate("window.__to_python({ content: { add: 100 } })")


def test_a_notebook_runs_answers_and_reports_trouble(open_notebook):
    notebook = open_notebook(["import ipywidgets; knob = ipywidgets.IntSlider(3, description='knob'); knob"])
    notebook.page.wait_for_selector("text=knob >> visible=true")
    notebook.page.wait_for_selector(".widget-slider")
    assert notebook.eval("knob.value") == 3
    assert notebook.trouble() == []
    notebook.page.evaluate(
        "() => { console.error('seen'); setTimeout(() => { throw new Error('thrown') }); }"
    )
    notebook.page.wait_for_timeout(100)
    assert [line.split(":")[0] for line in notebook.trouble()] == ["console", "page error"]
    assert notebook.eval(
        "get_ipython().showtraceback((ValueError, ValueError('quiet'), None)) or callback_errors"
    )
