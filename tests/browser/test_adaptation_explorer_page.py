"""The adaptation explorer in a bare page: mouse, finger, keyboard, play, speech, two displays, no kernel."""

import pytest
import torch

from metagan_course.palette import METHODS
from metagan_course.widgets import AdaptationExplorer
from metagan_course.widgets.adaptation_explorer.simulation import CURVE_X

TASK, MANY, FIELD = (
    ("canvas.mg-ae-task", "task"),
    ("canvas.mg-ae-multiples", "maml"),
    ("canvas.mg-ae-surface", "surface"),
)
INK = (31, 35, 40)
MAML = tuple(int(METHODS["maml"][i : i + 2], 16) for i in (1, 3, 5))


class Screen:
    """The widget on its stage."""

    def __init__(self, stage):
        self.stage, self.page, self.explorer = stage, stage.page, stage.widget

    @property
    def points(self):
        return self.explorer.state["points"]

    def settle(self):
        """Every edit answered, every glide at its end."""
        self.stage.settled()
        self.page.wait_for_function(
            "[...document.querySelectorAll('.mg')].every(e => e.driver.scene.state.panel === 'landscape'"
            " || e.querySelector('.mg-ae-task').dataset.k == e.driver.state.K.toFixed(2))"
        )

    def show(self, **state):
        self.explorer.show(**state)
        self.stage.push()
        self.settle()

    def click(self, x, y, *, shift=False):
        if shift:
            self.page.keyboard.down("Shift")
        self.page.mouse.click(*self.stage.place(*TASK, x, y))
        self.page.keyboard.up("Shift")
        self.settle()

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)
        self.settle()

    def rows(self):
        return [r.split("\t") for r in self.page.locator(".mg-ae-table tbody tr").all_inner_texts()]


@pytest.fixture
def screen(mount):
    return Screen(mount(AdaptationExplorer(seed=0)))


@pytest.fixture
def landscape(mount):
    return Screen(mount(AdaptationExplorer(seed=0, panel="landscape")))


def near(colour, wanted, slack=40):
    return all(abs(a - b) <= slack for a, b in zip(colour, wanted, strict=True))


# --- points ---


def test_a_click_adds_a_point_there(screen):
    before = screen.points
    assert not near(screen.stage.colour(*TASK, 2.5, 4), INK)
    screen.click(2.5, 4)
    assert screen.points[:-1] == before and screen.points[-1] == pytest.approx([2.5, 4], abs=0.03)
    assert near(screen.stage.colour(*TASK, 2.5, 4), INK), "no dot where the point is"


@pytest.mark.parametrize("hand", ["drag", "touch"])
def test_a_drag_moves_one_point_by_mouse_or_finger(screen, hand):
    before = screen.points
    getattr(screen.stage, hand)(*TASK, before[1], (4, -5))
    screen.settle()
    assert screen.points[1] == pytest.approx([4, -5], abs=0.06)
    assert screen.points[:1] + screen.points[2:] == before[:1] + before[2:]


def test_a_drag_beyond_the_edge_stays_inside(screen):
    screen.stage.drag(*TASK, screen.points[0], (5.4, 6.3))
    assert screen.points[0] == [5, 6]


def test_points_are_removed_by_shift_click_and_by_button_and_the_last_one_may_go(screen):
    screen.click(*screen.points[0], shift=True)
    assert len(screen.points) == 4
    assert screen.page.is_disabled(".mg-remove")
    for _ in range(4):
        screen.click(*screen.points[0])
        screen.page.click(".mg-remove")
        screen.settle()
    assert screen.points == []
    screen.click(1, 1)
    assert len(screen.points) == 1


def test_no_more_points_than_there_is_room_for(screen):
    screen.show(points=[[-5 + i / 2, 0] for i in range(20)])
    screen.click(0, 4)
    assert len(screen.points) == 20


def test_the_keyboard_alone_chooses_moves_adds_and_deletes(screen):
    first, second = screen.points[:2]
    screen.page.locator(".mg-ae-task").focus()
    screen.press("Tab", "Tab", "ArrowRight", "ArrowRight", "Shift+ArrowDown")
    assert screen.points[1] == pytest.approx([second[0] + 0.2, second[1] - 0.5], abs=2e-3)
    screen.press("Shift+Tab", "ArrowUp")
    assert screen.points[0] == pytest.approx([first[0], first[1] + 0.1], abs=2e-3)
    screen.press("Enter", "ArrowLeft")
    assert len(screen.points) == 6
    screen.press("Delete")
    assert len(screen.points) == 5


def test_tab_leaves_the_canvas_after_the_last_point(screen):
    screen.page.locator(".mg-ae-task").focus()
    screen.press(*["Tab"] * 5)
    assert screen.page.evaluate("document.activeElement.className") == "mg-ae-task"
    screen.press("Tab")
    assert screen.page.evaluate("document.activeElement.className") == "mg-play"


# --- K, alpha, tasks ---


@pytest.mark.parametrize("k", [0, 5, 20])
def test_the_bold_curve_is_the_one_after_k_steps(screen, k):
    screen.show(K=k)
    curve = screen.explorer.simulation.curves()[0][0, k]
    inside = [i for i in range(2, len(CURVE_X) - 2, 3) if abs(curve[i]) < 6]
    hits = [near(screen.stage.colour(*MANY, CURVE_X[i].item(), curve[i].item()), MAML, 110) for i in inside]
    assert sum(hits) >= 0.7 * len(hits), f"the MAML curve is seen at {sum(hits)} of {len(hits)} places"


def test_play_runs_through_every_k_once_and_stops(screen):
    screen.page.click(".mg-play")
    screen.page.wait_for_selector(".mg-play >> text=Pause")
    screen.page.wait_for_selector(".mg-play >> text=Play", timeout=20_000)
    screen.settle()
    assert [m["state"]["K"] for m in screen.stage.sent()] == list(range(21))
    assert screen.explorer.state["K"] == 20


def test_the_losses_shown_are_those_of_the_simulation(screen):
    screen.show(K=9)
    loss = screen.explorer.simulation.curves()[1][0, 9].item()
    screen.page.wait_for_function("document.querySelector('.mg-status').textContent.includes('K = 9')")
    shown = float(screen.stage.status().split("MAML ")[1].split(",")[0])
    assert shown == pytest.approx(loss, abs=0.006)
    assert "MAML" in screen.page.locator(".mg-ae-multiples").get_attribute("aria-label")


def test_alpha_is_set_exactly_and_curves_that_leave_the_frame_say_so(screen):
    assert "Out of the frame" not in screen.page.locator(".mg-ae-multiples").get_attribute("aria-label")
    screen.stage.exact("alpha").fill("0.1")
    screen.stage.exact("alpha").press("Enter")
    screen.settle()
    assert screen.explorer.state["alpha"] == 0.1
    curves = screen.explorer.simulation.curves()[0][:, 5]
    out = [bool((c.abs() > 6).any() or not c.isfinite().all()) for c in curves]
    told = screen.page.locator(".mg-ae-multiples").get_attribute("aria-label").split("Out of the frame: ")[1]
    assert any(out) and [title in told for title in screen.explorer.scene["titles"]] == out


def test_a_new_task_and_a_task_of_the_page(mount):
    tasks = [("Try 1: the arrows without the Hessian.", {"panel": "landscape", "hessian": False})]
    screen = Screen(mount(AdaptationExplorer(seed=0, tasks=tasks)))
    before = screen.points
    screen.page.click(".mg-new")
    screen.settle()
    assert screen.points != before and len(screen.points) == 5
    screen.page.click("text=▸ Try 1")
    screen.settle()
    assert (
        screen.page.locator(".mg-ae-surface").is_visible() and screen.page.locator(".mg-ae-task").is_hidden()
    )
    assert screen.stage.tick("hessian").is_visible() and screen.rows()[0][0].strip() == "MAML, no Hessian"


PAGE_NUMBERS = """() => { const { arrays, behind, task } = document.querySelector('.mg').driver.scene;
    return { behind, amplitude: task.amplitude, phase: task.phase,
             curves: [...arrays.curves], query: [...arrays.query], truth: [...arrays.truth] }; }"""
TASKS = {
    "drawn": None,
    "by hand": [[-4.0, 2.0], [-1.5, -3.0], [0.3, 0.7], [2.2, 4.1]],
    "one point": [[1.0, 2.0]],
    "half a period apart": [[-1.0, 2.0], [2.142, 1.0]],
    "twenty": [[-5 + i / 2, (-1) ** i * i / 4] for i in range(20)],
    "none": [],
}


@pytest.mark.parametrize("alpha", [0.001, 0.02, 0.04])
@pytest.mark.parametrize("points", TASKS.values(), ids=TASKS)
def test_the_pages_arithmetic_is_pythons(screen, points, alpha):
    """Forward, backward, update and fit are written twice; simulation.py's are autograd's and pinv's."""
    driver = "document.querySelector('.mg').driver"
    screen.page.evaluate(f"a => {driver}.set(a)", {"alpha": alpha} | ({"points": points} if points else {}))
    if points == []:
        screen.page.evaluate(f"{driver}.set({{ points: [] }})")
    screen.settle()
    page, python = screen.page.evaluate(PAGE_NUMBERS), screen.explorer.simulation
    curves, query, _ = python.curves()
    assert python.alpha == alpha and python.points == (screen.points if points is None else points)
    tame = curves.abs().amax(-1).cummax(-1).values < 10  # beyond, 32 and 64 bits part: descent diverges
    assert tame.float().mean() > 0.4
    shown, losses = torch.tensor(page["curves"]).view_as(curves), torch.tensor(page["query"]).view_as(query)
    torch.testing.assert_close(shown[tame], curves[tame], rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(losses[tame], query[tame], rtol=1e-4, atol=1e-5)
    assert page["truth"] == pytest.approx(python.truth().tolist(), abs=1e-5)
    assert page["behind"] == python.behind()
    assert [page["amplitude"], page["phase"]] == pytest.approx([python.amplitude, python.phase], abs=1e-6)


def test_a_page_without_a_kernel_adapts_to_points_by_hand(page, tmp_path):
    explorer = AdaptationExplorer(seed=0)
    page.set_content(explorer.to_html(tmp_path / "explorer.html").read_text(encoding="utf-8"))
    page.wait_for_selector(".mg-ae-task")
    page.evaluate("document.querySelector('.mg').driver.set({ points: [[0, 1], [2, -1]], alpha: 0.04 })")
    explorer.show(points=[[0, 1], [2, -1]], alpha=0.04)
    page.wait_for_function("document.querySelector('.mg-ae-task').ariaLabel.includes('2 support points')")
    query = explorer.simulation.curves()[1].flatten().tolist()
    assert page.evaluate(PAGE_NUMBERS)["query"] == pytest.approx(query, rel=1e-4, abs=1e-5)


# --- arrows ---


def test_the_exact_arrow_points_where_the_gradient_says(landscape):
    landscape.stage.drag(*FIELD, (3.0, 2.6), (1.5, 0.4))
    (w1, w2), row = landscape.explorer.arrows.start, landscape.explorer.arrows.table()[0]
    assert (w1, w2) == pytest.approx((1.5, 0.4), abs=0.03)
    way = [1.2 * g / row["length"] for g in row["gradient"]]
    assert near(landscape.stage.colour(*FIELD, w1 - way[0], w2 - way[1]), MAML, 60)
    assert not near(landscape.stage.colour(*FIELD, w1 + way[0], w2 + way[1]), MAML, 60)


def test_arrow_keys_and_a_finger_move_the_start(landscape):
    landscape.page.locator(".mg-ae-surface").focus()
    landscape.press("ArrowLeft", "Shift+ArrowUp")
    assert landscape.explorer.arrows.start == pytest.approx((2.9, 3.1))
    assert "w1 = 2.90, w2 = 3.10" in landscape.page.locator(".mg-ae-surface").get_attribute("aria-label")
    landscape.stage.touch(*FIELD, (2.9, 3.1), (1, 1))
    assert landscape.explorer.arrows.start == pytest.approx((1, 1), abs=0.06)


def test_the_table_prints_angles_and_counted_work(landscape):
    for text, row in zip(landscape.rows(), landscape.explorer.arrows.table(), strict=True):
        assert text[1] == f"{row['angle']:.1f}°"
        assert text[3:5] == [str(row["gradients"]), str(row["hessian_products"])]


def test_the_hessian_switch_turns_the_exact_arrow_into_fomaml(landscape):
    on = landscape.rows()
    landscape.stage.tick("hessian").uncheck()
    landscape.stage.settled()
    angle = on[1][1]
    landscape.page.wait_for_function(
        f"document.querySelector('.mg-ae-table tbody tr td:nth-child(2)').textContent === '{angle}'"
    )
    assert landscape.rows()[0][0].strip() == "MAML, no Hessian" and angle != "0.0°"
    landscape.stage.tick("hessian").check()
    landscape.page.wait_for_function(
        "document.querySelector('.mg-ae-table tbody tr td:nth-child(2)').textContent === '0.0°'"
    )
    assert landscape.rows()[0][0].strip() == "MAML"


# --- the whole ---


def test_nothing_jumps(screen):
    where = """[...document.querySelectorAll('.mg canvas, .mg button, .mg-status')]
        .map(e => [e.offsetTop, e.offsetLeft])"""
    before = screen.page.evaluate(where)
    for k in (0, 20, 3):
        screen.show(K=k)
    for x in range(-4, 5):
        screen.click(x, 5)
    screen.show(alpha=0.1)
    assert screen.page.evaluate(where) == before


def test_two_displays_stay_in_step_and_one_can_go(screen):
    screen.stage.display()
    screen.click(-1, -4)
    screen.show(K=11)
    for panel in ("task", "multiples"):
        screen.page.wait_for_function(
            f"new Set([...document.querySelectorAll('.mg-ae-{panel}')].map(c => c.toDataURL())).size === 1"
        )
    screen.stage.undisplay(0)
    screen.click(3, -4)
    assert len(screen.points) == 7


def test_a_kernel_that_is_gone_is_said_and_the_first_picture_lives_on(mount, page):
    page.clock.install()
    screen = Screen(mount(AdaptationExplorer(seed=0)))
    screen.stage.disconnect()
    screen.stage.bar("K").fill("9")
    page.wait_for_function("document.querySelector('.mg-ae-multiples').ariaLabel.includes('K = 9')")
    page.clock.fast_forward(5000)
    assert "No answer" not in screen.stage.status()
    page.mouse.click(*screen.stage.place(*TASK, 2, 5))
    page.clock.fast_forward(5000)
    assert "Point 6 of 6" in screen.stage.status()  # the first picture is the page's own
    screen.page.click(".mg-new")  # the kernel alone draws tasks
    page.clock.fast_forward(5000)
    assert "run this cell again" in screen.stage.status()


def test_it_can_be_read_aloud(screen):
    for panel in ("task", "multiples"):
        assert len(screen.page.locator(f".mg-ae-{panel}").get_attribute("aria-label")) > 40
    status = screen.page.locator(".mg-aloud")
    assert (status.get_attribute("role"), status.get_attribute("aria-live")) == ("status", "polite")
    screen.stage.pick("panel").select_option("1")
    screen.settle()
    assert screen.page.locator(".mg-ae-table th[scope=col]").count() == 6
    assert len(screen.page.locator(".mg-ae-surface").get_attribute("aria-label")) > 40
