"""The adaptation explorer in JupyterLab: drag, slide, two displays, speed, restart, nothing from outside."""

import time

import pytest

CELLS = [
    "from metagan_course.widgets import AdaptationExplorer\nexplorer = AdaptationExplorer(seed=0)\nexplorer",
    "import ipywidgets\nsecond = ipywidgets.Output()\nsecond",
]
SLIDER = ".widget-slider .noUi-handle"
# from a key on a slider to the first new picture of a panel, in the browser's own clock
LATENCY = """async ([slider, panel, key]) => {
  const handle = document.querySelectorAll('.widget-slider .noUi-handle')[slider];
  const canvas = document.querySelector('.mg-ae-' + panel), before = canvas.dataset.frame;
  const began = performance.now();
  handle.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
  return await new Promise(done => { const look = () =>
    canvas.dataset.frame !== before ? done(performance.now() - began)
      : performance.now() - began > 5000 ? done(5000) : setTimeout(look, 1); look(); }); }"""


@pytest.fixture(scope="module")
def notebook(open_notebook):
    notebook = open_notebook(CELLS)
    notebook.page.wait_for_function("document.querySelector('.mg-ae-task')", timeout=60_000)
    return notebook


@pytest.fixture(autouse=True)
def in_view(notebook):
    notebook.page.locator(".mg-ae-task").first.scroll_into_view_if_needed()


def place(notebook, panel, x, y):
    box = notebook.page.locator(f".mg-ae-{panel}").first.bounding_box()
    return box["x"] + x, box["y"] + y


def drag(notebook, panel, begin, end):
    notebook.page.mouse.move(*place(notebook, panel, *begin))
    notebook.page.mouse.down()
    notebook.page.mouse.move(*place(notebook, panel, *end), steps=10)
    notebook.page.mouse.up()


def eventually(notebook, expression, seconds=10):
    for _ in range(int(seconds * 10)):
        if notebook.eval(expression):
            return
        notebook.page.wait_for_timeout(100)
    raise AssertionError(f"not within {seconds} s: {expression}")


def stretch() -> float:
    """How much longer than its processor time a piece of arithmetic takes: 1 on an idle machine."""
    began, used = time.perf_counter(), time.process_time()
    while time.process_time() - used < 0.2:
        sum(range(10_000))
    return (time.perf_counter() - began) / 0.2


def test_the_live_widget_is_shown_not_its_picture(notebook):
    assert notebook.page.locator(".mg-ae canvas").count() == 3
    assert notebook.page.locator(".jp-RenderedImage").count() == 0
    notebook.shot("adaptation_explorer", ".jp-Notebook")


def test_a_drag_reaches_the_kernel(notebook):
    start = notebook.eval("explorer.arrows.start")
    drag(
        notebook, "task", (120, 40), (200, 250)
    )  # a click on empty ground adds the point that is then dragged
    x, y = -5 + 10 * 170 / 316, 6 - 12 * 242 / 298
    there = f"max(abs(explorer.points[-1][0] - {x}), abs(explorer.points[-1][1] - {y})) < 0.05"
    eventually(notebook, f"len(explorer.points) == 6 and {there}")
    drag(notebook, "surface", (150, 120), (120, 200))
    eventually(notebook, f"list(explorer.arrows.start) != {start}")


def test_keys_stay_with_the_widget(notebook):
    """JupyterLab has its own meaning for Enter, arrows and Delete on a cell."""
    cells, points = notebook.page.locator(".jp-Cell").count(), notebook.eval("len(explorer.points)")
    notebook.page.locator(".mg-ae-task").first.focus()
    for key in ("ArrowRight", "Enter", "ArrowDown", "Delete"):
        notebook.page.keyboard.press(key)
    eventually(
        notebook, f"explorer.canvas.edit == explorer.canvas.answered and len(explorer.points) == {points}"
    )
    assert notebook.page.locator(".jp-Cell").count() == cells
    assert notebook.page.evaluate("document.activeElement.className") == "mg-ae-task"


@pytest.mark.parametrize(("slider", "panel"), [(0, "task"), (1, "multiples")])
def test_from_a_control_to_new_pixels_in_60_ms(notebook, slider, panel):
    """The median of 11 key presses; the first of eight tries that reaches the bar is enough.

    The bar is for a machine of one's own; where it is shared, it stretches as plain arithmetic does, and a
    neighbour who comes for a few seconds spoils one try, not all.
    """
    medians = []
    for _ in range(8):
        times = []
        for i in range(11):
            key = "ArrowRight" if i % 2 else "ArrowLeft"
            times.append(notebook.page.evaluate(LATENCY, [slider, panel, key]))
            notebook.page.wait_for_timeout(300)  # the lower panel and the glide come to rest
        medians.append((sorted(times)[5], stretch()))
        if medians[-1][0] <= 60:
            break
    print(
        f"slider {slider} to pixels, median ms and stretch: {[(round(m), round(s, 1)) for m, s in medians]}"
    )
    assert any(median <= 60 * others for median, others in medians)


def test_the_k_sweep_runs_at_20_frames_a_second(notebook):
    notebook.page.locator(".mg-ae-play").first.click()
    notebook.page.wait_for_timeout(500)
    frames, seconds = notebook.page.evaluate("""async () => {
      const canvas = document.querySelector('.mg-ae-task'), first = +canvas.dataset.frame;
      const began = performance.now();
      await new Promise(done => setTimeout(done, 2500));
      return [+canvas.dataset.frame - first, (performance.now() - began) / 1000]; }""")
    eventually(notebook, "explorer.K == explorer.arrows.n_steps == explorer.k_slider.value == 20")
    print(f"K sweep: {frames / seconds:.0f} frames a second")
    assert frames / seconds >= 20


def test_the_slider_reaches_two_displays(notebook):
    notebook.eval("second.append_display_data(explorer)")
    notebook.page.wait_for_function("document.querySelectorAll('.mg-ae-task').length === 2")
    notebook.page.locator(SLIDER).first.focus()
    notebook.page.keyboard.press("Home")
    for _ in range(4):
        notebook.page.keyboard.press("ArrowRight")
    eventually(notebook, "explorer.K == explorer.arrows.n_steps == 4")
    notebook.page.wait_for_function(
        """['task', 'multiples', 'surface'].every(panel => {
           const [one, two] = [...document.querySelectorAll('.mg-ae-' + panel)].map(c => c.toDataURL());
           return one === two; }) && document.querySelector('.mg-ae-task').dataset.k === '4.00'""",
        timeout=10_000,
    )


def test_nothing_went_wrong_and_nothing_came_from_outside(notebook):
    assert notebook.trouble() == []


def test_a_restarted_kernel_is_said_in_a_sentence(notebook):
    """Last, because it ends the kernel the other tests talk to."""
    notebook.restart_kernel()
    notebook.page.wait_for_timeout(1500)
    notebook.page.mouse.click(*place(notebook, "task", 300, 40))
    notebook.page.wait_for_selector(".mg-ae-gone >> text=run the cell again", timeout=15_000)
    notebook.shot("adaptation_explorer_restarted", ".jp-Notebook")
