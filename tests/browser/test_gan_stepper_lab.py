"""The GAN stepper in JupyterLab, end to end: controls, drawing, playing, speed, two displays, kernel restart.

The tests share one notebook and run in the order of the file; each leaves the widget usable for the next.
"""

import base64
import hashlib
import statistics
import struct
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from lab import place_on

pytestmark = pytest.mark.alone
FRAME = "+document.querySelector('.mg').dataset.frame"
GAME = "stepper.games[0]"
CELLS = [
    "import torch; torch.set_num_threads(1)\n"
    "from metagan_course.widgets import GanStepper\n"
    "stepper = GanStepper(predict_first=False)\nstepper",
    "stepper",
]


@pytest.fixture(scope="module")
def notebook(open_notebook):
    notebook = open_notebook(CELLS)
    notebook.wait_for("document.querySelectorAll('.mg').length === 2", 90)
    yield notebook
    notebook.shot("lab_end")


@pytest.fixture(autouse=True)
def no_trouble(notebook):
    yield
    assert notebook.trouble() == []


def wait(notebook, expression, seconds=10.0):
    """Until the kernel says that this is true."""
    deadline = time.monotonic() + seconds
    while not notebook.eval(expression):
        assert time.monotonic() < deadline, expression
        time.sleep(0.05)


def control(page, name, kind="select"):
    """The control of this name, in both displays."""
    return page.locator(f"[data-control={name}] {kind}")


def act(notebook, gesture):
    before = notebook.page.evaluate(FRAME)
    gesture()
    notebook.page.wait_for_function(f"{FRAME} > {before}")


def cpu_share() -> float:
    """How much of a core this process gets just now: 1 on an idle machine, 0.2 where five compete for it."""
    wall, cpu = time.perf_counter(), time.process_time()
    while time.process_time() - cpu < 0.1:
        pass
    return min(1.0, (time.process_time() - cpu) / (time.perf_counter() - wall))


def two_core_share() -> float:
    """The same for two threads at once: kernel and page play side by side, and need two cores for it."""

    def hash_for_a_while(_) -> float:  # hashing lets other threads run
        wall, cpu, block = time.perf_counter(), time.thread_time(), bytes(1 << 20)
        while time.thread_time() - cpu < 0.1:
            hashlib.sha256(block)
        return min(1.0, (time.thread_time() - cpu) / (time.perf_counter() - wall))

    with ThreadPoolExecutor(2) as two:
        return sum(two.map(hash_for_a_while, range(2))) / 2


def bar(shares):
    """Bars are for a machine with two free cores; on a shared one we get our share of them."""
    return min(1.0, statistics.median(shares))


def test_the_live_widget_is_shown_not_the_picture(notebook):
    output = notebook.page.locator(".jp-OutputArea-output:has(.mg)").first
    assert output.locator("canvas.mg-canvas-A").is_visible() and output.locator("img").count() == 0
    notebook.shot("stepper")


def test_controls_turn_the_game(notebook):
    page = notebook.page
    page.locator("summary").first.click()
    control(page, "rate_d", "input[type=number]").first.fill("0.01")
    page.keyboard.press("Enter")
    wait(notebook, f"{GAME}.settings.rate_d == 0.01")
    control(page, "rate_g", "input[type=range]").first.focus()
    page.keyboard.press("ArrowRight")
    wait(notebook, f"{GAME}.settings.rate_g > 2e-3")
    control(page, "loss").first.select_option("hinge")
    wait(notebook, f"{GAME}.settings.loss == 'hinge'")
    page.wait_for_function("document.querySelector('.mg-plane .mg-name').textContent.startsWith('hinge')")
    control(page, "units").first.select_option("32")
    wait(notebook, f"{GAME}.settings.units == 32 and {GAME}.state.moved_g == 0")
    notebook.shot("stepper_more")
    page.locator("summary").first.click()


def test_playing_is_fast_and_leaves_the_kernel_free(notebook):
    page, rates = notebook.page, []
    before = bar([two_core_share() for _ in range(5)])
    page.locator(".mg-play").first.click()
    page.wait_for_function(f"{FRAME} > {page.evaluate(FRAME)} + 5")
    for _ in range(8):  # a neighbour who comes for a few seconds spoils one window, not all
        start, clock = page.evaluate(FRAME), time.perf_counter()
        page.wait_for_timeout(1200)
        rates.append((page.evaluate(FRAME) - start) / (time.perf_counter() - clock))
        if len(rates) >= 3 and max(rates) >= 20:
            break
    asked = time.perf_counter()
    assert notebook.eval("6 * 7") == 42
    answered = time.perf_counter() - asked
    page.locator(".mg-play").first.click()
    after = bar([two_core_share() for _ in range(5)])
    share = min(before, after)  # while nothing plays: only what others take is forgiven
    said = f"frames a second {sorted(round(r) for r in rates)}, CPU share {share:.2f}"
    print(f"\n{said}, the kernel answered another question in {answered:.2f} s")
    assert max(rates) >= 20 * share
    assert answered < 2 / share
    assert notebook.eval(f"{GAME}.state.moved_g") > 10


def test_from_a_control_to_new_pixels(notebook):
    """Key D, and one place back on the rewind slider: from the event to the canvas drawn."""
    measure = """async key => {
        const root = document.querySelector('.mg'), canvas = root.querySelector('.mg-canvas-A');
        const rewind = root.querySelector('.mg-rewind'), ink = canvas.getContext('2d');
        const fill = ink.fillRect.bind(ink); let drawn = null;
        ink.fillRect = (...a) => { drawn = performance.now(); fill(...a); };
        const before = root.dataset.frame, start = performance.now();
        if (key === 'rewind') { rewind.value = +rewind.value - 1; rewind.dispatchEvent(new Event('input')); }
        else root.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
        while (root.dataset.frame === before && performance.now() - start < 5000)
          await new Promise(r => setTimeout(r, 1));
        delete ink.fillRect;
        return drawn - start; }"""
    for key in ("d", "rewind"):
        tries, shares = [], []
        for _ in range(3):
            times = []
            for _ in range(7):
                times.append(notebook.page.evaluate(measure, key))
                notebook.page.wait_for_timeout(20)
            tries.append(statistics.median(times))
            shares.append(cpu_share())
        print(f"\n{key}: medians {sorted(round(t) for t in tries)} ms, CPU share {bar(shares):.2f}")
        assert min(tries) <= 60 / bar(shares)


def test_drawing_in_the_notebook(notebook):
    page = notebook.page
    control(page, "data").first.select_option("draw your own")
    wait(notebook, f"{GAME}.settings.data == 'drawn'")
    page.locator(".mg-clear").first.click()
    wait(notebook, "stepper.state['strokes'] == []")
    page.locator(".mg").first.evaluate("e => e.scrollIntoView({ block: 'start' })")
    page.mouse.move(*place_on(page, ".mg-canvas-A", "plane", -1.2, 1.2))
    page.mouse.down()
    page.mouse.move(*place_on(page, ".mg-canvas-A", "plane", 1.4, -1.4), steps=10)
    page.mouse.up()
    wait(notebook, "len(stepper.state['strokes']) == 1")
    wait(notebook, f"abs({GAME}.data.watched[:, 0] + {GAME}.data.watched[:, 1]).max().item() < 0.5")
    act(notebook, lambda: page.locator(".mg-step").first.click())
    notebook.shot("lab_drawn")


def test_compare_moves_nothing_above_the_fold(notebook):
    page = notebook.page
    page.locator("summary").first.click()
    fold = "document.querySelector('.mg-fold').offsetTop"
    before = page.evaluate(fold)
    control(page, "compare", "input").first.check()
    wait(notebook, "len(stepper.games) == 2")
    page.wait_for_function("document.querySelector('.mg-canvas-B').offsetWidth > 0")
    assert page.evaluate(fold) == before
    control(page, "loss_b").first.select_option("minimax (saturating)")
    wait(
        notebook,
        "stepper.games[1].settings.loss == 'minimax' and stepper.games[0].settings.loss != 'minimax'",
    )
    control(page, "speed").first.select_option("10 steps a frame")
    page.locator(".mg-play").first.click()
    wait(notebook, "stepper.games[0].state.moved_g > 60")
    page.locator(".mg-play").first.click()
    notebook.shot("stepper_compare")
    control(page, "compare", "input").first.uncheck()
    wait(notebook, "len(stepper.games) == 1")


def test_the_second_display_is_the_same_game(notebook):
    page = notebook.page
    act(notebook, lambda: page.locator(".mg-step").nth(1).click())
    page.wait_for_function(
        "new Set([...document.querySelectorAll('.mg-canvas-A')].map(c => c.toDataURL())).size === 1"
    )


def test_a_picture_goes_with_the_widget_for_readers_without_a_kernel(notebook, open_notebook):
    png = notebook.eval("stepper._repr_mimebundle_()[0]['image/png']")
    raw = base64.b64decode(png)
    width, height = struct.unpack(">II", raw[16:24])
    assert raw.startswith(b"\x89PNG") and width > 600 and height > 300
    assert "application/vnd.jupyter.widget-view+json" in notebook.eval("list(stepper._repr_mimebundle_()[0])")
    dead = {"version_major": 2, "version_minor": 0, "model_id": "of a kernel long gone"}
    data = {"image/png": png, "application/vnd.jupyter.widget-view+json": dead, "text/plain": "GanStepper()"}
    output = {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": data}
    reader = open_notebook(["stepper"], run=False, outputs={1: [output]})
    reader.page.wait_for_selector(".jp-RenderedImage img")
    reader.shot("lab_still")


def test_a_restarted_kernel_is_said_and_running_again_plays(notebook):
    page = notebook.page
    notebook.restart_kernel()
    page.locator(".mg").first.focus()
    page.keyboard.press("s")
    page.wait_for_selector("text=No answer from the kernel >> visible=true", timeout=15_000)
    notebook.shot("lab_restarted")
    notebook.run_all()
    notebook.wait_for("""() => { const all = [...document.querySelectorAll('.mg')];
        return all.length === 2 && !all.some(e => /No answer/.test(e.innerText)); }""")
    act(notebook, lambda: page.locator(".mg-step").first.click())
    assert notebook.eval(f"{GAME}.state.moved_g") == 1


def test_closing_the_page_stops_the_run(notebook):
    page = notebook.page
    page.locator(".mg-play").first.click()
    wait(notebook, f"{GAME}.state.moved_g > 5")
    page.goto("about:blank")
    step = notebook.eval(f"{GAME}.state.moved_g")  # the kernel answers in order: what was under way is done
    time.sleep(0.3)
    assert notebook.eval(f"{GAME}.state.moved_g") <= step + 2
