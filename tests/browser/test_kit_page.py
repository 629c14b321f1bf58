"""The kit's drawing and keyboard in a real browser, against numbers worked out here."""

import json
import math

import pytest

from metagan_course.widgets.kit import Choice, Number, Scene, Slider, Tick, esm

VIEW = """
function build(driver) {
  const sheet = canvas(300, 200, { class: 'sheet', tabIndex: 0, aria: { label: 'sheet' } });
  const plane = axes(sheet, 'plane', { left: 50, top: 20, width: 200, height: 100, x: [-2, 2], y: [0, 10] });
  window.kit = { sheet, plane, arrow, spread, contour, heat, polyline, dot, frame, short };
  pen(sheet, plane, { may: () => driver.state.pen, done: stroke => driver.set({ stroke }) });
  const move = place => driver.set({ at: plane.keep(place) });
  drag(sheet, plane, { start: () => !driver.state.pen, move });
  return { node: sheet, words: scene => scene.words, draw() { sheet.pen(); } };
}
const does = () => { document.body.dataset.done = +(document.body.dataset.done || 0) + 1; };
const keys = [['d', 'D does', does]];
export default widget({ label: 'sheet', build, keys });
"""
RED = (213, 94, 0)


class Sheet(Scene):
    _esm = esm(VIEW)

    def __init__(self):
        controls = {
            "K": Slider(0, 20),
            "rate": Slider(1e-4, 1.0, log=True),
            "seed": Number(0, 9999),
            "loss": Choice({"a": "one", "b": "two"}),
            "pen": Tick(),
        }
        state = {"K": 5, "rate": 0.002, "seed": 0, "loss": "a", "pen": False, "at": [0, 0], "stroke": []}
        super().__init__(controls, state)

    def see(self):
        return {}, {}

    def still(self):
        return b""


@pytest.fixture
def sheet(mount):
    return mount(Sheet())


def test_the_axes_tell_where_a_value_stands_and_what_the_pointer_means(sheet):
    x, y = sheet.place(".sheet", "plane", 1, 7.5)
    box = sheet.page.locator(".sheet").bounding_box()
    assert (x - box["x"], y - box["y"]) == (50 + 0.75 * 200, 20 + 0.25 * 100)
    sheet.drag(".sheet", "plane", (0, 5), (1, 7.5))
    assert sheet.widget.state["at"] == pytest.approx([1, 7.5], abs=0.02)
    sheet.drag(".sheet", "plane", (0, 5), (2.2, 11))
    assert sheet.widget.state["at"] == [2, 10]  # beyond the edge is the edge


def test_pen_and_drag_take_a_finger_too(sheet):
    sheet.touch(".sheet", "plane", (0, 5), (-1, 2.5))
    assert sheet.widget.state["at"] == pytest.approx([-1, 2.5], abs=0.05)
    sheet.tick("pen").check()
    sheet.settled()
    sheet.touch(".sheet", "plane", (-1, 1), (1, 9))
    stroke = sheet.widget.state["stroke"]
    assert stroke[0] == pytest.approx([-1, 1], abs=0.05) and stroke[-1] == pytest.approx([1, 9], abs=0.1)


def test_an_arrow_is_cut_at_its_limit_and_says_so(sheet):
    draw = """longest => { const pen = kit.sheet.pen();
        return kit.arrow(pen, 100, 100, 80, 0, { colour: '#d55e00', width: 4, longest }); }"""
    ink = "x => [...kit.sheet.getContext('2d').getImageData(x, 100, 1, 1).data].slice(0, 3)"
    assert sheet.page.evaluate(draw, 1000) is False
    assert tuple(sheet.page.evaluate(ink, 150)) == RED and tuple(sheet.page.evaluate(ink, 185)) == (
        255,
        255,
        255,
    )
    assert sheet.page.evaluate(draw, 30) is True
    assert tuple(sheet.page.evaluate(ink, 110)) == RED and tuple(sheet.page.evaluate(ink, 150)) == (
        255,
        255,
        255,
    )


def test_a_crowd_is_thinned_to_a_gap(sheet):
    places = [[3 * math.sin(i), 40 * math.cos(3 * i)] for i in range(96)]
    kept = sheet.page.evaluate("p => kit.spread(p, 12)", places)
    chosen = [places[i] for i in kept]
    gaps = [math.dist(a, b) for i, a in enumerate(chosen) for b in chosen[:i]]
    assert min(gaps) >= 12 and 3 < len(kept) < 20
    assert all(min(math.dist(p, c) for c in chosen) < 12 for p in places)  # nobody is far from an arrow


def test_a_contour_lies_where_the_function_has_the_level(sheet):
    segments = sheet.page.evaluate("""() => {
        const n = 21, values = [], ends = [], pen = { beginPath() {}, stroke() {}, setLineDash() {},
          moveTo: (...p) => ends.push(p), lineTo: (...p) => ends.push(p) };
        for (let r = 0; r < n; r++) for (let c = 0; c < n; c++) values.push(Math.hypot(c - 10, r - 10));
        kit.contour(pen, values, n, n, 7, (c, r) => [c - 10, r - 10]);
        return ends; }""")
    assert len(segments) > 60 and all(abs(math.hypot(x, y) - 7) < 0.03 for x, y in segments)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0.00"),
        (0.25, "0.25"),
        (12.34, "12.3"),
        (123.4, "123"),
        (0.0123, "0.012"),
        (1e-5, "1e-5"),
        (None, "–"),
        (-3, "-3.00"),
    ],
)
def test_numbers_are_short(sheet, value, text):
    assert sheet.page.evaluate("v => kit.short(v)", value) == text


def test_a_rate_can_be_set_to_any_number_by_hand(sheet):
    for typed, kept in (("0.01", 0.01), ("0.0137", 0.0137), ("7", 1.0)):
        sheet.exact("rate").fill(typed)
        sheet.exact("rate").press("Enter")
        sheet.settled()
        assert sheet.widget.state["rate"] == kept
        assert float(sheet.bar("rate").input_value()) == pytest.approx(math.log10(kept), abs=0.026)
    sheet.exact("seed").fill("417")
    sheet.exact("seed").press("Tab")
    sheet.exact("K").fill("3.4")
    sheet.exact("K").press("Enter")
    sheet.settled()
    assert (sheet.widget.state["seed"], sheet.widget.state["K"]) == (417, 3)


def test_the_widgets_keys_work_on_every_control_that_does_not_type(sheet):
    done = "+(document.body.dataset.done || 0)"
    for selector in (".mg", ".sheet", "[type=range]", "[type=checkbox]", "summary"):
        before = sheet.page.evaluate(done)
        sheet.page.locator(selector).first.focus()
        sheet.page.keyboard.press("d")
        assert sheet.page.evaluate(done) == before + 1, selector
    for selector in ("[type=number]", "select"):
        before = sheet.page.evaluate(done)
        sheet.page.locator(selector).first.focus()
        sheet.page.keyboard.press("d")
        assert sheet.page.evaluate(done) == before, selector


def test_every_element_that_can_have_the_focus_keeps_its_keys(sheet):
    loose = sheet.page.evaluate("""() => [...document.querySelectorAll('.mg, .mg *')]
        .filter(e => e.tabIndex >= 0 && !e.hasAttribute('data-lm-suppress-shortcuts'))
        .map(e => e.outerHTML)""")
    assert loose == []


def test_fast_turns_are_put_together_and_the_last_one_counts(sheet):
    sheet.disconnect()
    for k in range(6, 16):
        sheet.bar("K").fill(str(k))
    assert [m["state"]["K"] for m in sheet.sent()] == [6]  # one request under way, the rest is waiting
    assert sheet.bar("K").input_value() == "15"
    sheet.page.evaluate("window.connected = true")
    first = sheet.sent()[0]
    sheet.page.evaluate("m => __to_python({ content: m }).then(receive)", first)
    sheet.settled()
    assert [m["state"]["K"] for m in sheet.sent()] == [6, 15] and sheet.widget.state["K"] == 15
    assert json.loads(sheet.page.locator(".mg").get_attribute("data-shown"))["K"] == 15
