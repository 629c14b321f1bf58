"""All widgets in JupyterLab on a laptop's screen: each in one view, its keys its own on every control, fast.

No cell may be lost and nothing may scroll, whatever advertised key is pressed wherever the focus is: in
command mode D D deletes a cell, and an arrow jumps to the next.
"""

import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.alone
STEPPER = """from metagan_course.widgets import AdaptationExplorer, Film, GanStepper
import torch; torch.set_num_threads(1)
stepper = GanStepper(seed=1, units=16, batch=16, tasks=[
    ("Try 1: press D move ten times, then G move once. The field should take sides while the points stand "
     "still, then every point should move at once along its arrow.", {"arrows": True, "moves": "start"}),
    ("Try 2: change the loss to minimax and back.", {"rate_d": 0.01, "moves": "start d*40"}),
    ("Try 3: clear the drawing, draw two separate strokes, and play.", {"data": "drawn", "strokes": []})])
stepper"""
EXPLORER = """explorer = AdaptationExplorer(seed=0, tasks=[
    ("Try 1: slide K to 0, then to 1.", {"panel": "curves", "K": 0}),
    ("Try 2: the arrows.", {"panel": "landscape", "hessian": False}, lambda it: "land" in it.state["panel"])])
explorer"""
FILM = """from matplotlib import pyplot as plt
def draw(step, method):
    figure, axes = plt.subplots(figsize=(8, 4))
    axes.bar([0, 1], [step, 1]); axes.set(title=method, ylim=(0, 10))
    return figure
film = Film(draw, step=11, method=["MAML", "FOMAML"], tasks=[("Try 1: end.", {"step": 10})]).prepare()
film"""
PORTRAIT = """from metagan_course.widgets import PhasePortrait
portrait = PhasePortrait(tasks=[("Try 1: slide the rate down to 0.04.", {"loss": "wasserstein"})])
portrait"""
PAD = """from metagan_course.widgets import DrawPad, WhichIsDrawn
letter = [[[[0.1 * i, 0.0], [0.3, 0.5]]] for i in range(4)]  # not five: to learn takes its seconds
pad = DrawPad(letters=[letter, letter[:2]], tasks=[("Try 1: draw a letter five times.", {"step": 3})])
pad"""
WHICH = """which = WhichIsDrawn(torch.rand(2, 5, 1, 28, 28), torch.rand(2, 5, 1, 28, 28),
                     tasks=[(f"Try {i}: let a friend judge.", {}) for i in (1, 2, 3)])
which"""
CONTRAST = (Path(__file__).parent / "contrast.js").read_text()
WIDGETS = ["stepper", "explorer", "film", "portrait", "pad", "which"]
FEWER = {"which": 6}  # stops of the focus, at least, where a widget is small
BEGIN = {  # something to move, whatever the keys of the tests before have left
    "stepper": "stepper.show(data='ring', moves='start step*3')",
    "explorer": "explorer.show(panel='curves', K=5, alpha=0.02)",
    "film": "film.show(step=5)",
}
LABELS = (
    "{ stepper: 'GAN stepper', explorer: 'Adaptation explorer', film: 'Film', portrait: 'Phase portrait', "
    "pad: 'Draw pad', which: 'Which one is drawn' }"
)
ALL = f"""name => [...document.querySelectorAll('.mg')]
    .find(e => e.getAttribute('aria-label').startsWith({LABELS}[name]))"""


@pytest.fixture(scope="module")
def notebook(open_notebook):
    notebook = open_notebook([STEPPER, EXPLORER, FILM, PORTRAIT, PAD, WHICH, "film"])
    notebook.wait_for("document.querySelectorAll('.mg').length === 7", 120)
    notebook.page.evaluate(f"window.widgetOf = {ALL}")
    return notebook


@pytest.fixture(autouse=True)
def no_trouble(notebook, request):
    yield
    if "restarted" not in request.node.name:  # that kernel has forgotten what it was asked to keep
        assert notebook.trouble() == []


def at_rest(notebook):
    notebook.page.evaluate(
        "document.querySelectorAll('.mg').forEach(e => e.driver.play && e.driver.play(false))"
    )
    notebook.wait_for("[...document.querySelectorAll('.mg')].every(e => e.dataset.waiting === 'false')")


def in_view(notebook, name):
    notebook.page.evaluate("name => widgetOf(name).scrollIntoView({ block: 'start' })", name)


def stretch() -> float:
    """How much longer than its processor time a piece of arithmetic takes: 1 on an idle machine."""
    began, used = time.perf_counter(), time.process_time()
    while time.process_time() - used < 0.2:
        sum(range(10_000))
    return (time.perf_counter() - began) / 0.2


@pytest.mark.parametrize("name", WIDGETS)
def test_each_widget_fits_one_view(notebook, name):
    """Picture, controls, task: 600 px high, no wider than the page beside an open file browser."""
    in_view(notebook, name)
    for panel in ("curves", "landscape") if name == "explorer" else ("",):
        if panel:
            notebook.eval(f"explorer.show(panel='{panel}')")
            notebook.wait_for(f"widgetOf('explorer').driver.scene.state.panel === '{panel}'")
        box = notebook.page.evaluate(
            "name => { const e = widgetOf(name); return [e.offsetWidth, e.offsetHeight, e.scrollWidth]; }",
            name,
        )
        assert box[0] <= 864 and box[1] <= 600 and box[2] <= box[0], (name, panel, box)
        notebook.shot(f"{name}{panel}")


# What the last key did (cells lost, pixels scrolled, focus gone), then the focus on the i-th stop.
FOCUS = """([name, i]) => {
    const root = widgetOf(name), stop = stops[i];
    const there = stop.isConnected && stop.offsetParent && !stop.disabled;
    const node = there ? stop : root, lost = e => !root.contains(e) && !e.matches('.jp-Cell *');
    const up = e => (e ? e.scrollTop + up(e.parentElement) : 0), at = () => up(root);
    const cells = document.querySelectorAll('.jp-Cell').length, { was } = window;
    const moved = was ? [was.cells - cells, at() - was.scroll, lost(document.activeElement)] : [];
    if (root.driver.playing) root.driver.play(false);
    root.querySelector('details').open = true;
    node.focus({ preventScroll: true });
    window.was = { cells, scroll: at() };
    return [node.getAttribute('aria-label') || node.outerHTML.slice(0, 80), ...moved]; }"""


@pytest.mark.parametrize("name", WIDGETS)
def test_no_key_reaches_the_notebook_from_any_control(notebook, name):
    page = notebook.page
    in_view(notebook, name)
    page.evaluate("name => { widgetOf(name).querySelector('details').open = true; }", name)
    count = page.evaluate(
        """name => { const root = widgetOf(name); root.keysOf = new Set(['d', 'x', 'ArrowDown', ' ', 'Home']);
        for (const e of [root, ...root.querySelectorAll('[data-keys]')])
          JSON.parse(e.dataset.keys || '[]').forEach(key => root.keysOf.add(key));
        const stops = [root, ...root.querySelectorAll('*')].filter(e => e.tabIndex >= 0 && e.offsetParent);
        Object.assign(window, { stops: stops.filter(e => !e.disabled), was: null });
        return window.stops.length; }""",
        name,
    )
    keys = page.evaluate("name => [...widgetOf(name).keysOf]", name)
    assert count >= FEWER.get(name, 9) and len(keys) >= 5
    last, lost = "", []
    for i in range(count):
        for key in [*keys, "d", "d", ""]:
            label, *moved = page.evaluate(FOCUS, [name, i])
            if any(moved) and not last.startswith("Tab"):
                lost.append((last, moved))
            if key:
                page.keyboard.press(key if key != " " else "Space")
            last = key and f"{key} on {label}"
    at_rest(notebook)
    assert not lost, lost[:5]
    page.evaluate("name => { widgetOf(name).querySelector('details').open = false; }", name)


def test_after_escape_the_same_keys_are_the_notebooks(notebook):
    """The way back for the keyboard; and the proof that a lost cell would have been seen above."""
    notebook.page.evaluate("[...document.querySelectorAll('.mg-play')].at(-1).focus()")
    notebook.page.keyboard.press("Escape")
    assert notebook.page.evaluate("!document.activeElement.closest('.mg')")
    cells = notebook.page.locator(".jp-Cell").count()
    notebook.page.keyboard.press("d")
    notebook.page.keyboard.press("d")
    notebook.wait_for(f"document.querySelectorAll('.jp-Cell').length === {cells - 1}")


MEASURE = """async ([name, selector, key]) => {
    const root = widgetOf(name), node = selector ? root.querySelector(selector) : root;
    const own = root.querySelector('.mg-ae-task, img');
    const seen = () => own ? own.dataset.drawn : root.dataset.frame; // not all needs a frame of the kernel
    const before = seen(), began = performance.now();
    if (node.type === 'range') {
      key === 'ArrowRight' ? node.stepUp() : node.stepDown();
      node.dispatchEvent(new Event('input'));
    } else node.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
    while (seen() === before && performance.now() - began < 5000) await new Promise(r => setTimeout(r, 1));
    return performance.now() - began; }"""


@pytest.mark.parametrize(
    ("name", "selector", "keys"),
    [
        ("film", "", ("ArrowRight", "ArrowLeft")),
        ("explorer", "[data-control=K] input[type=range]", ("ArrowRight", "ArrowLeft")),
        ("explorer", "[data-control=alpha] input[type=range]", ("ArrowLeft", "ArrowRight")),
        ("stepper", "", ("d", "d")),
        ("stepper", ".mg-rewind", ("ArrowLeft", "ArrowRight")),
    ],
)
def test_from_a_control_to_new_pixels_in_60_ms(notebook, name, selector, keys):
    """The median of 11; the first of six tries that reaches the bar is enough.

    The bar is for a machine of one's own; where it is shared, it stretches as plain arithmetic does.
    """
    at_rest(notebook)
    notebook.eval(BEGIN[name])
    at_rest(notebook)
    medians = []
    for _ in range(6):
        times = []
        for i in range(11):
            times.append(notebook.page.evaluate(MEASURE, [name, selector, keys[i % 2]]))
            at_rest(notebook)
        medians.append((sorted(times)[5], stretch()))
        if medians[-1][0] <= 60:
            break
    print(f"\n{name} {selector}: {[(round(m), round(s, 1)) for m, s in medians]} (ms, stretch)")
    assert any(median <= 60 * others for median, others in medians)


def test_the_k_sweep_glides_at_20_frames_a_second(notebook):
    notebook.eval("explorer.show(panel='curves', K=0, alpha=0.02)")
    at_rest(notebook)
    drawn = "+widgetOf('explorer').querySelector('.mg-ae-task').dataset.drawn"
    began, first = notebook.page.evaluate(f"[performance.now(), {drawn}]")
    notebook.page.evaluate("widgetOf('explorer').driver.play(true)")
    notebook.wait_for("!widgetOf('explorer').driver.playing")
    ended, last = notebook.page.evaluate(f"[performance.now(), {drawn}]")
    rate = 1000 * (last - first) / (ended - began)
    print(f"\nK sweep: {rate:.0f} frames a second, stretch {stretch():.1f}")
    assert rate >= 20 / stretch()
    notebook.wait_for("widgetOf('explorer').driver.scene.state.K === 20")
    assert notebook.eval("explorer.state['K']") == 20


@pytest.mark.parametrize("theme", ["JupyterLab Dark", "JupyterLab Light"])
def test_every_word_can_be_read_in_both_themes(notebook, theme):
    change = "name => jupyterapp.commands.execute('apputils:change-theme', { theme: name })"
    notebook.page.evaluate(change, theme)
    notebook.wait_for(f"document.body.dataset.jpThemeName === '{theme}'")
    notebook.wait_for("!document.querySelector('.jp-mod-loading')")
    notebook.wait_for("!document.querySelector('#jupyterlab-splash')")  # JupyterLab takes it away only once
    for name in WIDGETS:
        words, lowest, where = notebook.page.evaluate(CONTRAST, name)
        notebook.shot(f"{name}_{theme.split()[-1].lower()}")
        assert words > 10 and lowest >= 4.5, (name, where, lowest)


def test_a_task_that_is_true_ticks_itself(notebook):
    notebook.eval("explorer.show(panel='landscape')")
    notebook.wait_for("widgetOf('explorer').querySelector('.mg-task-2').textContent.startsWith('✓')")


def test_what_the_explorer_computes_in_lab_is_what_python_computes(notebook):
    notebook.eval("explorer.show(panel='curves', K=5, alpha=0.03)")
    notebook.wait_for("widgetOf('explorer').driver.scene.state.alpha === 0.03")
    query = notebook.page.evaluate("[...widgetOf('explorer').driver.scene.arrays.query]")
    python = notebook.eval("explorer.simulation.curves()[1].flatten().tolist()")
    assert query == pytest.approx(python, rel=1e-4, abs=1e-5)


def test_a_restarted_kernel_is_said_where_it_is_needed(notebook):
    """The stepper's moves and the explorer's arrows; a prepared film and the explorer's curves live on."""
    at_rest(notebook)
    notebook.restart_kernel()
    silent = "widgetOf('{}').querySelector('.mg-status').textContent.startsWith('No answer')"
    shown = "widgetOf('film').driver.scene.state.step"
    before = notebook.page.evaluate(shown)
    for name, key in (("film", "ArrowLeft" if before else "ArrowRight"), ("stepper", "d")):
        notebook.page.evaluate("name => widgetOf(name).focus({ preventScroll: true })", name)
        notebook.page.keyboard.press(key)
    notebook.page.evaluate("widgetOf('explorer').driver.set({ alpha: 0.05 })")
    notebook.wait_for(silent.format("stepper"))
    assert notebook.page.evaluate(shown) != before
    assert not any(notebook.page.evaluate(silent.format(name)) for name in ("film", "explorer"))
    notebook.page.evaluate("widgetOf('explorer').driver.set({ panel: 'landscape' })")
    notebook.wait_for(silent.format("explorer"))
