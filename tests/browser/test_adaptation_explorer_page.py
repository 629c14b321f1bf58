"""The adaptation explorer in a bare page: mouse, keyboard, pixels, two displays, a kernel that is gone."""

import pytest

from metagan_course.widgets import AdaptationExplorer
from metagan_course.widgets.adaptation_explorer.arrows import RANGE
from metagan_course.widgets.adaptation_explorer.simulation import CURVE_X

# where view.js puts the axes: left, top, width, height, then the data's ends
TASK = (30, 8, 316, 298, (-5, 5, -6, 6))
SQUARE = (34, 6, 304, 304, (*RANGE[0], *RANGE[1]))
MAML_CURVE = (0, 34, 155, 128, (-5, 5, -6, 6))
BLUE = (0x00, 0x72, 0xB2)


def pixel_of(axes, x, y):
    left, top, width, height, (x0, x1, y0, y1) = axes
    return left + (x - x0) / (x1 - x0) * width, top + height - (y - y0) / (y1 - y0) * height


class Screen:
    """The widget on its stage, with the mouse in the data's own coordinates."""

    def __init__(self, stage, explorer):
        self.stage, self.page, self.explorer = stage, stage.page, explorer

    def at(self, panel, axes, x, y):
        box = self.page.locator(f".mg-ae-{panel}").first.bounding_box()
        px, py = pixel_of(axes, x, y)
        return box["x"] + px, box["y"] + py

    def settle(self):
        """Every edit answered, every glide at its end."""
        self.page.wait_for_function("model.get('edit') === model.get('answered')")
        self.page.wait_for_function(
            "document.querySelector('.mg-ae-task').dataset.k == model.get('K').toFixed(2)"
        )

    def push(self):
        self.stage.push()
        self.settle()

    def click(self, x, y, *, shift=False):
        if shift:
            self.page.keyboard.down("Shift")
        self.page.mouse.click(*self.at("task", TASK, x, y))
        self.page.keyboard.up("Shift")
        self.settle()

    def drag(self, panel, axes, begin, end, steps=12):
        self.page.mouse.move(*self.at(panel, axes, *begin))
        self.page.mouse.down()
        self.page.mouse.move(*self.at(panel, axes, *end), steps=steps)
        self.page.mouse.up()
        self.settle()

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)
        self.settle()

    def colour(self, panel, px, py):
        """The colour of the canvas at a place given in its own (unscaled) pixels."""
        return tuple(
            self.page.evaluate(
                """([panel, x, y]) => { const c = document.querySelector('.mg-ae-' + panel),
                s = c.width / parseFloat(c.style.width);
                const at = [x, y].map(v => Math.round(v * s));
                const pixel = c.getContext('2d').getImageData(...at, 1, 1).data;
                return [...pixel].slice(0, 3) }""",
                [panel, px, py],
            )
        )

    def status(self):
        return self.page.locator(".mg-ae-status").first.inner_text()


@pytest.fixture
def screen(mount):
    explorer = AdaptationExplorer(seed=0)
    return Screen(mount(explorer.canvas), explorer)


def near(colour, wanted, slack=40):
    return all(abs(a - b) <= slack for a, b in zip(colour, wanted, strict=True))


# --- points -----------------------------------------------------------------------------------------------


def test_a_click_adds_a_point_there(screen):
    before = screen.explorer.points
    px, py = pixel_of(TASK, 2.5, 4)
    assert not near(screen.colour("task", px, py), (31, 35, 40))
    screen.click(2.5, 4)
    assert screen.explorer.points[:-1] == before
    assert screen.explorer.points[-1] == pytest.approx([2.5, 4], abs=0.03)
    assert near(screen.colour("task", px, py), (31, 35, 40)), "no dot where the point is"


def test_a_drag_moves_one_point_and_sends_no_more_than_it_gets_answered(screen):
    before = screen.explorer.points
    screen.drag("task", TASK, before[1], (4, -5), steps=25)
    after = screen.explorer.points
    assert after[1] == pytest.approx([4, -5], abs=0.03)
    assert after[:1] + after[2:] == before[:1] + before[2:]
    assert screen.explorer.canvas.answered == screen.explorer.canvas.edit <= 26


def test_a_drag_beyond_the_edge_stays_inside(screen):
    screen.drag("task", TASK, screen.explorer.points[0], (5.4, 6.3))
    assert screen.explorer.points[0] == [5, 6]


def test_shift_click_removes_and_the_last_one_may_go(screen):
    for point in list(screen.explorer.points):
        screen.click(*point, shift=True)
    assert screen.explorer.points == []
    screen.page.wait_for_selector(".mg-ae-status >> text=Query loss", timeout=5000)
    screen.click(1, 1)
    assert len(screen.explorer.points) == 1


def test_no_more_points_than_there_is_room_for(screen):
    screen.explorer.points = [[-5 + i / 2, 0] for i in range(20)]
    screen.push()
    screen.click(0, 4)
    assert len(screen.explorer.points) == 20 and "At most 20" in screen.status()


def test_the_keyboard_alone_chooses_moves_adds_and_deletes(screen):
    first, second = screen.explorer.points[:2]
    screen.page.locator(".mg-ae-task").focus()
    screen.press("Tab", "Tab", "ArrowRight", "ArrowRight", "Shift+ArrowDown")
    assert screen.explorer.points[1] == pytest.approx([second[0] + 0.2, second[1] - 0.5], abs=2e-3)
    screen.press("Shift+Tab", "ArrowUp")
    assert screen.explorer.points[0] == pytest.approx([first[0], first[1] + 0.1], abs=2e-3)
    screen.press("Enter", "ArrowLeft")
    assert len(screen.explorer.points) == 6
    screen.press("Delete")
    assert len(screen.explorer.points) == 5 and screen.explorer.canvas.selected == 4


def test_tab_leaves_the_canvas_after_the_last_point(screen):
    screen.page.locator(".mg-ae-task").focus()
    screen.press(*["Tab"] * 5)
    assert screen.explorer.canvas.selected == 4
    screen.press("Tab")
    assert screen.page.evaluate("document.activeElement.className") == "mg-ae-surface"


# --- K, alpha, tasks --------------------------------------------------------------------------------------


@pytest.mark.parametrize("k", [0, 5, 20])
def test_the_bold_curve_is_the_one_after_k_steps(screen, k):
    screen.explorer.K = k
    screen.push()
    curve = screen.explorer.simulation.curves()[0][0, k]
    hits = [
        near(screen.colour("multiples", *pixel_of(MAML_CURVE, CURVE_X[i].item(), curve[i].item())), BLUE, 110)
        for i in range(2, len(CURVE_X) - 2, 3)
    ]
    assert sum(hits) >= 0.7 * len(hits), f"the MAML curve is seen at {sum(hits)} of {len(hits)} places"


def test_play_runs_through_every_k_once_and_stops(screen):
    screen.page.evaluate(
        "() => { window.seen = []; model.on('change:K', () => window.seen.push(model.get('K'))); }"
    )
    screen.page.click(".mg-ae-play")
    screen.page.wait_for_selector(".mg-ae-play >> text=stop")
    screen.page.wait_for_function("!model.get('playing')", timeout=15_000)
    screen.settle()
    assert screen.page.evaluate("window.seen") == list(range(21)) and screen.explorer.K == 20


def test_the_losses_shown_are_those_of_the_simulation(screen):
    screen.explorer.K = 9
    screen.push()
    loss = screen.explorer.simulation.curves()[1][0, 9].item()
    screen.page.wait_for_function("document.querySelector('.mg-ae-status').textContent.includes('K = 9')")
    assert f"MAML {loss:.2f}" in screen.status()
    assert f"MAML {loss:.2f}" in screen.page.locator(".mg-ae-multiples").get_attribute("aria-label")


def test_a_new_task_and_a_new_alpha_reach_the_screen(screen):
    frame = lambda: int(screen.page.locator(".mg-ae-task").get_attribute("data-frame"))  # noqa: E731
    seen = frame()
    screen.explorer.new_task()
    screen.push()
    assert frame() > seen
    seen = frame()
    screen.explorer.alpha_slider.value = 0.05
    screen.push()
    assert frame() > seen and "alpha = 0.050" in screen.page.locator(".mg-ae-head").first.inner_text()


def test_the_lower_panel_follows_alpha_once_the_upper_one_is_drawn(screen):
    screen.explorer.alpha_slider.value = 0.1
    screen.push()
    screen.page.wait_for_function("!model.get('surface_due') && model.get('surface_frame') === 2")
    assert [message["ask"] for message in screen.stage.sent()] == ["surface"]
    angle = screen.explorer.arrows.table()[1]["angle"]
    assert f"{angle:.1f}°" in screen.page.locator(".mg-ae-table tbody tr").nth(1).inner_text()


# --- arrows -----------------------------------------------------------------------------------------------


def test_the_exact_arrow_points_where_the_gradient_says(screen):
    screen.drag("surface", SQUARE, (3.0, 2.6), (1.5, 0.4))
    (w1, w2), row = screen.explorer.arrows.start, screen.explorer.arrows.table()[0]
    assert (w1, w2) == pytest.approx((1.5, 0.4), abs=0.03)
    px, py = pixel_of(SQUARE, w1, w2)
    along = [70 * g / row["length"] for g in row["gradient"]]
    assert near(screen.colour("surface", px - along[0], py + along[1]), BLUE, 60)
    assert not near(screen.colour("surface", px + along[0], py - along[1]), BLUE, 60)


def test_arrow_keys_move_the_start(screen):
    screen.page.locator(".mg-ae-surface").focus()
    screen.press("ArrowLeft", "Shift+ArrowUp")
    assert screen.explorer.arrows.start == pytest.approx((2.9, 3.1))
    assert "w1 = 2.90, w2 = 3.10" in screen.page.locator(".mg-ae-surface").get_attribute("aria-label")


def test_the_table_prints_angles_and_counted_work(screen):
    rows = screen.page.locator(".mg-ae-table tbody tr").all_inner_texts()
    for text, row in zip(rows, screen.explorer.arrows.table(), strict=True):
        assert f"{row['angle']:.1f}°" in text
        assert text.split("\t")[3:5] == [str(row["gradients"]), str(row["hessian_products"])]


def test_the_hessian_switch_turns_the_exact_arrow_into_fomaml(screen):
    cells = lambda: [r.split("\t") for r in screen.page.locator(".mg-ae-table tbody tr").all_inner_texts()]  # noqa: E731
    on = cells()
    screen.explorer.hessian.value = False
    screen.push()
    screen.page.wait_for_timeout(900)
    off = cells()
    assert off[0][0].strip() == "MAML, no Hessian" and off[0][1] == on[1][1] != "0.0°"
    screen.explorer.hessian.value = True
    screen.push()
    screen.page.wait_for_timeout(900)
    assert cells()[0][:2] == on[0][:2]


# --- the whole --------------------------------------------------------------------------------------------


def test_nothing_jumps(screen):
    def boxes():
        return [
            p.bounding_box()
            for p in screen.page.locator(".mg-ae canvas, .mg-ae table, .mg-ae button, .mg-ae-status").all()
        ]

    before = boxes()
    for k in (0, 20, 3):
        screen.explorer.K = k
        screen.push()
    for x in range(-4, 5):
        screen.click(x, 5)
    screen.explorer.alpha_slider.value = 0.1
    screen.explorer.hessian.value = False
    screen.push()
    screen.page.wait_for_timeout(1000)
    assert boxes() == before


def test_two_displays_stay_in_step_and_one_can_go(screen):
    screen.stage.display()
    screen.click(-1, -4)
    screen.explorer.K = 11
    screen.push()
    screen.page.wait_for_timeout(400)
    for panel in ("task", "multiples", "surface"):
        one, two = screen.page.evaluate(
            f"[...document.querySelectorAll('.mg-ae-{panel}')].map(c => c.toDataURL())"
        )
        assert one == two, panel
    screen.stage.undisplay(0)
    screen.click(3, -4)
    assert len(screen.explorer.points) == 7


def test_a_kernel_that_is_gone_is_said_in_a_sentence(screen):
    screen.stage.disconnect()
    screen.page.mouse.click(*screen.at("task", TASK, 2, 5))
    screen.page.wait_for_selector(".mg-ae-gone >> text=run the cell again", timeout=5000)


def test_it_can_be_read_aloud(screen):
    for panel in ("task", "multiples", "surface"):
        assert len(screen.page.locator(f".mg-ae-{panel}").get_attribute("aria-label")) > 40
    status = screen.page.locator(".mg-ae-status")
    assert (status.get_attribute("role"), status.get_attribute("aria-live")) == ("status", "polite")
    assert screen.page.locator(".mg-ae-table th[scope=col]").count() == 6
