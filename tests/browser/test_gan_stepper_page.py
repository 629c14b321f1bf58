"""The GAN stepper in a bare page: pictures, buttons, keys, drawing, rewinding, two displays, silence."""

import math

import pytest

from metagan_course.palette import FAKE, REAL
from metagan_course.widgets import GanStepper
from metagan_course.widgets.gan_stepper.measure import REACH, SETTLED, picture

FAST = {"units": 16, "batch": 16}
FRAME = "+document.querySelector('.mg').dataset.frame"
PLANE = ".mg-canvas-A"
LAYERS = ("real", "fake", "field", "arrows", "manifold")


class Page:
    """A mounted stepper with the few gestures that the tests share."""

    def __init__(self, mount, **settings):
        self.widget = GanStepper(**FAST | {"predict_first": False} | settings)
        self.stage = mount(self.widget)
        self.page = self.stage.page
        self.page.locator("summary").click()  # every control is in sight

    @property
    def game(self):
        return self.widget.games[0]

    def act(self, gesture):
        """Do something and wait for the frame that answers it."""
        before = self.page.evaluate(FRAME)
        gesture()
        self.page.wait_for_function(f"{FRAME} > {before}", polling=20)

    def steps(self, n):
        self.act(
            lambda: self.page.evaluate(f"document.querySelector('.mg').driver.ask({{ do: 'step', n: {n} }})")
        )

    def click(self, name):
        self.act(lambda: self.page.click(f".mg-{name}"))

    def press(self, key):
        self.page.focus(".mg")
        self.act(lambda: self.page.keyboard.press(key))

    def show(self, **state):
        self.widget.show(**state)
        self.stage.push()

    def stopped(self):
        """Nothing plays, nothing is under way."""
        self.page.wait_for_function(
            "[...document.querySelectorAll('.mg')]"
            ".every(e => !e.driver.playing && e.dataset.waiting === 'false')"
        )

    def pixel(self, x, y):
        """The colour at a point of the plane."""
        return self.stage.colour(PLANE, "plane", x, y)

    def count(self, rgb, canvas="A"):
        """How many pixels have this colour."""
        return self.page.evaluate(
            """([name, r, g, b]) => { const c = document.querySelector('.mg-canvas-' + name), n = c.width;
               const d = c.getContext('2d').getImageData(0, 0, n, n).data; let k = 0;
               for (let i = 0; i < d.length; i += 4) k += d[i] === r && d[i + 1] === g && d[i + 2] === b;
               return k; }""",
            [canvas, *rgb],
        )

    def image(self, name="A"):
        return self.page.evaluate(f"document.querySelector('.mg-canvas-{name}').toDataURL()")

    def only(self, *layers):
        for name in LAYERS:
            self.stage.tick(name).set_checked(name in layers)

    def text(self, name):
        return self.page.locator(f".mg-{name}").first.inner_text()


@pytest.fixture
def shown(mount):
    return lambda **settings: Page(mount, **settings)


REAL_RGB, FAKE_RGB = ([int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in (REAL, FAKE))


def test_every_layer_is_drawn_and_can_be_taken_away(shown):
    p = shown()
    p.only()
    whole = p.count((255, 255, 255))
    assert whole == p.page.evaluate("document.querySelector('.mg-canvas-A').width ** 2")
    p.only("real")
    assert p.count(REAL_RGB) > 200 and p.count(FAKE_RGB) == 0
    p.only("fake")
    assert p.count(FAKE_RGB) > 50 and p.count(REAL_RGB) == 0
    p.only("field")
    assert p.count((255, 255, 255)) < whole / 4
    p.act(lambda: p.stage.tick("arrows").check())  # what only the page needs is told all the same
    assert p.widget.state["field"] is True and p.widget.state["arrows"] is True


def test_the_field_is_blue_where_d_says_real_and_orange_where_it_says_generated(shown):
    p = shown()
    p.steps(60)
    p.only("field")
    heat = picture(p.game.state, p.game.settings, p.game.data)["heat"].reshape(56, 56)
    for row, column in ((5, 5), (28, 50), (50, 20), (28, 28)):
        x, y = (2 * column + 1) / 56 - 1, 1 - (2 * row + 1) / 56
        r, _, b = p.pixel(REACH * x, REACH * y)
        value = heat[row, column].item()
        if abs(value - 127) > 25:
            assert (b > r) == (value > 127), (row, column, value, r, b)


def test_arrows_point_down_the_true_gradient(shown):
    p = shown()
    p.steps(40)
    p.only("arrows")
    seen = picture(p.game.state, p.game.settings, p.game.data)
    checked = 0
    points = seen["fake"][:96].tolist()
    apart = [i for i, p in enumerate(points) if all(math.dist(p, q) > 0.25 for q in points[:i])]
    for (x, y), (dx, dy) in [
        (points[i], seen["arrows"][i].tolist()) for i in apart
    ]:  # none of them is thinned out
        length = 0.35 * math.hypot(dx, dy)
        inside = max(abs(x), abs(y)) < 1.4
        if inside and 0.05 < length < 0.9:
            red, _, _ = p.pixel(x + 0.35 * dx / 2, y + 0.35 * dy / 2)  # half-way along there is ink
            assert red < 200
            checked += 1
    assert checked > 5


@pytest.mark.parametrize("z_size", [1, 2])
def test_the_manifold_is_the_net_of_z_mapped_by_g(shown, z_size):
    p = shown(z_size=z_size)
    p.steps(40)
    p.only("manifold")
    vertices = picture(p.game.state, p.game.settings, p.game.data)["manifold"]
    inside = vertices[vertices.abs().amax(1) < 2.2]
    assert len(inside) > 100
    for x, y in inside[::23].tolist():
        assert min(p.pixel(x, y)) < 240


def test_buttons_and_keys_make_the_same_moves(shown):
    p = shown()
    counts = lambda: (p.game.state.moved_d, p.game.state.moved_g, p.game.state.phase)  # noqa: E731
    p.click("step")
    assert counts() == (1, 1, -1)
    p.click("d")
    p.click("g")
    assert counts() == (2, 2, -1)
    p.press("s")
    p.press("d")
    p.press("g")
    assert counts() == (4, 4, -1)
    for phase in range(5):
        p.press("n")
        assert counts()[2] == phase
        assert p.page.locator("[aria-current=step]").inner_text().startswith(p.widget.scene["phases"][phase])
    assert counts() == (5, 5, 4)
    p.press("ArrowLeft")
    p.press("ArrowLeft")
    assert counts() == (4, 4, 2)
    p.press("ArrowRight")
    assert counts() == (5, 4, 3)
    p.press("Home")
    assert counts() == (0, 0, -1)
    p.press("End")
    assert counts() == (5, 5, 4)
    p.press("r")
    assert counts() == (0, 0, -1) and len(p.game.history) == 1


def test_the_verdict_phase_fills_points_by_what_d_thinks(shown):
    p = shown()
    for _ in range(3):
        p.press("n")
    p.only("fake")
    believed = picture(p.game.state, p.game.settings, p.game.data)["believed"] > 0.5
    blue, orange = p.count(REAL_RGB), p.count((0xF0, 0xA0, 0x30))
    assert (blue > 0) == bool(believed.any()) and (orange > 0) == bool((~believed).any())


def test_typing_in_a_control_is_not_a_command_and_focus_can_be_seen(shown):
    p = shown()
    p.stage.pick("speed").focus()
    p.page.keyboard.press("s")
    assert p.game.state.moved_g == 0
    p.page.locator(".mg").focus()
    p.page.keyboard.press("Tab")
    style = p.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert style == "solid"


def test_play_runs_and_space_pauses(shown):
    p = shown()
    p.page.focus(".mg")
    p.page.keyboard.press(" ")
    p.page.wait_for_function(f"{FRAME} > 8")
    assert "Pause" in p.text("play")
    p.page.keyboard.press(" ")
    p.stopped()
    step, asked = p.game.state.moved_g, len(p.stage.sent())
    p.page.evaluate("new Promise(done => setTimeout(done, 100))")  # six beats of play
    assert step > 5 and len(p.stage.sent()) == asked and "Play" in p.text("play")


def test_play_asks_two_frames_ahead_and_everything_else_waits_for_its_answer(shown):
    p = shown()
    p.click("step")
    p.page.evaluate("document.querySelector('.mg').driver.ahead = () => 2")  # however slow this machine is
    p.stage.disconnect()
    p.page.click(".mg-play")
    p.page.wait_for_function("window.sent.length === 3")
    asked = p.stage.sent()[1:]
    assert [message["do"] for message in asked] == ["step", "step"] and all(m["play"] for m in asked)
    p.page.click(".mg-play")
    p.page.click(".mg-step")
    assert len(p.stage.sent()) == 3  # the single step acts on what the last frame under way will show
    p.page.evaluate("window.connected = true")
    for answer in asked:
        p.act(lambda answer=answer: p.page.evaluate("m => __to_python({ content: m }).then(receive)", answer))
    p.page.wait_for_function(f"{FRAME} >= 5")
    assert p.stage.sent()[3]["do"] == "step" and "play" not in p.stage.sent()[3]
    assert p.game.state.moved_g == 4 and len(p.stage.sent()) == 4


def test_slow_motion_plays_phase_by_phase(shown):
    p = shown()
    p.stage.pick("speed").select_option(label="slow motion")
    p.page.click(".mg-play")
    for phase in ("0", "1"):
        p.page.wait_for_function(
            f"document.querySelectorAll('.mg-phases li')[{phase}].ariaCurrent === 'step'"
        )
    p.page.click(".mg-play")
    assert p.game.state.moved_d == 0


def test_play_waits_for_a_prediction_and_shows_what_came_out(shown, monkeypatch):
    monkeypatch.setattr("metagan_course.widgets.gan_stepper.predict.HORIZON", 20)
    p = shown(predict_first=True)
    assert p.page.is_disabled(".mg-play")
    p.page.focus(".mg")
    p.page.keyboard.press(" ")
    p.act(lambda: p.page.evaluate("window.model.send({ id: 'x', do: 'step', n: 1, play: true })"))
    assert p.game.state.moved_g == 0  # the kernel refuses too
    p.press("s")
    assert p.game.state.moved_g == 1  # single moves are free
    p.act(lambda: p.page.locator(".mg-choice").nth(2).click())
    assert p.page.is_enabled(".mg-play") and "You predicted: G collapses" in p.text("predict")
    p.stage.pick("speed").select_option(label="10 steps a frame")
    p.page.click(".mg-play")
    p.page.wait_for_function("/came out|as you said/.test(document.querySelector('.mg-predict').innerText)")
    assert p.game.state.moved_g == 20  # judged exactly there, and play stops to let one look
    p.stopped()
    assert p.game.state.moved_g == 20  # what was under way then has been refused
    assert "Play" in p.text("play")
    right = p.widget.verdict == "collapses"
    assert ("as you said" in p.text("predict")) == right
    p.click("new")
    assert p.page.is_disabled(".mg-play")  # a new game, a new question


def test_draw_your_own_data(shown):
    p = shown(data="drawn")
    p.only("real")
    p.page.click(".mg-clear")
    assert p.page.is_disabled(".mg-play") and p.count(REAL_RGB) == 0
    assert p.text("numbers").strip() == "no data yet" and "%" not in p.text("status")
    p.stage.settled()
    p.act(lambda: p.stage.drag(PLANE, "plane", (-1.5, 1.0), (1.5, 1.0)))
    (drawn,) = p.widget.state["strokes"]
    assert drawn[0] == pytest.approx([-1.5, 1.0], abs=0.02) and drawn[-1] == pytest.approx(
        [1.5, 1.0], abs=0.02
    )
    y = p.game.data.watched[:, 1]
    assert (y - 1).abs().max() < 0.3 and p.game.data.watched[:, 0].min() < -1.2
    assert p.count(REAL_RGB) > 300 and p.page.is_enabled(".mg-play")
    p.click("step")
    p.act(lambda: p.stage.touch(PLANE, "plane", (-1.5, -1.0), (1.5, -1.0)))
    assert len(p.widget.state["strokes"]) == 2 and p.game.state.moved_g == 0
    assert p.game.data.watched[:, 1].min() < -0.8
    p.act(lambda: p.page.click(".mg-undo"))
    assert len(p.widget.state["strokes"]) == 1 and p.game.data.watched[:, 1].min() > 0.7


def test_a_rate_by_hand_and_numbers_that_follow_the_loss(shown):
    """Minimax chosen over a sure D: the arrows vanish, and so does their length in the line below."""
    tasks = [("Try 2: a sure D.", {"rate_d": 0.01, "arrows": True, "moves": "start d*40"})]
    p = shown(units=64, batch=64, tasks=tasks)
    p.page.click("text=▸ Try 2")
    p.stage.settled()
    assert p.stage.exact("rate_d").input_value() == "0.01" and p.game.state.moved_d == 40
    push = lambda: float(p.text("numbers").split("L_G| ")[1].split("\n")[0])  # noqa: E731
    sure, black = push(), p.count((0x11, 0x11, 0x11))
    p.stage.pick("loss").select_option(label="minimax (saturating)")
    p.stage.settled()
    assert push() < 0.1 * sure and push() == pytest.approx(p.game.measured.push, abs=0.006)
    assert p.count((0x11, 0x11, 0x11)) < black / 3


def test_a_named_data_set_cannot_be_drawn_on(shown):
    p = shown()
    p.stage.drag(PLANE, "plane", (-1, 0), (1, 0))
    assert p.stage.sent() == [] and p.page.is_hidden(".mg-clear")


def test_rewinding_and_replaying_shows_the_same_pixels(shown):
    p = shown()
    images = [p.image()]
    for _ in range(4):
        p.click("step")
        images.append(p.image())
    assert len(set(images)) == 5
    box = p.page.locator(".mg-rewind").bounding_box()
    p.act(lambda: p.page.mouse.click(box["x"] + box["width"] * 0.25, box["y"] + box["height"] / 2))
    assert p.game.cursor == 1 and p.image() == images[1]
    for image in images[2:]:
        p.click("step")
        assert p.image() == image
    assert len(p.game.history) == 5


def test_a_and_b_from_one_seed_side_by_side(shown):
    p = shown(compare={"loss": "minimax"}, data="two_moons")
    assert p.page.locator(".mg-canvas-B").is_visible() and p.page.locator(".mg-side").is_hidden()
    first = [p.page.evaluate(f"document.querySelector('.mg-canvas-{n}').toDataURL()") for n in "AB"]
    assert first[0] == first[1]  # the same networks, the same points
    for _ in range(3):
        p.click("step")
    after = [p.page.evaluate(f"document.querySelector('.mg-canvas-{n}').toDataURL()") for n in "AB"]
    assert after[0] != after[1]
    names = p.page.locator(".mg-plane .mg-name").all_inner_texts()
    assert names[0].startswith("A · non-saturating") and names[1].startswith("B · minimax")


def test_the_collapse_alarm_is_shown_and_spoken(shown):
    p = shown()
    assert "No collapse alarm" in p.text("status")
    state = p.game.state
    dead = {name: w * 0 for name, w in state.phi.items()}
    p.game._enter(state._replace(phi=dead, moved_g=SETTLED))
    p.show()
    assert (
        "collapse" in p.text("status") and p.page.locator(".mg-aloud").get_attribute("aria-live") == "polite"
    )
    assert "quarter" in p.page.locator(".mg-status").get_attribute("title")


def test_everything_that_can_be_pressed_has_a_name(shown):
    p = shown(data="drawn", predict_first=True)
    nameless = p.page.evaluate("""() => {
        const name = e => e.ariaLabel || e.innerText?.trim() || e.closest('label')?.innerText.trim();
        const pressable = [...document.querySelectorAll('button, select, canvas, input, [tabindex]')];
        return pressable.filter(e => !name(e)).map(e => e.outerHTML); }""")
    assert nameless == []
    assert "step 0" in p.page.locator(".mg-canvas-A").get_attribute("aria-label")


def test_nothing_jumps(shown):
    p = shown(predict_first=True)
    where = lambda: p.page.evaluate(  # noqa: E731
        "[...document.querySelectorAll('.mg > :not(details)')].map(e => [e.offsetTop, e.offsetHeight])"
    )
    height = where()
    p.click("step")
    p.press("n")
    p.press("n")
    p.act(lambda: p.page.locator(".mg-choice").first.click())
    p.stage.tick("arrows").check()
    assert where() == height
    p.show(compare=True)
    assert where() == height
    p.game._enter(p.game.state._replace(phi={n: w * 0 for n, w in p.game.state.phi.items()}, moved_g=SETTLED))
    p.widget.games[1].do("step")
    p.show()
    assert "collapse" in p.text("status") and where() == height
    assert p.page.evaluate("document.querySelector('.mg').offsetWidth") <= 900


def test_two_displays_show_one_game_and_the_last_to_leave_stops_it(shown):
    p = shown()
    p.stage.display()
    images = "[...document.querySelectorAll('.mg-canvas-A')].map(c => c.toDataURL())"
    p.page.locator(".mg-step").nth(1).click()
    p.page.wait_for_function("[...document.querySelectorAll('.mg')].every(e => +e.dataset.frame === 2)")
    one, two = p.page.evaluate(images)
    assert one == two
    p.stage.tick("field").nth(0).uncheck()
    one, two = p.page.evaluate(images)
    assert one == two and not p.stage.tick("field").nth(1).is_checked()
    p.page.locator(".mg-play").nth(0).click()
    p.page.wait_for_function(f"{FRAME} > 5")
    p.stage.undisplay(0)
    step = p.game.state.moved_g
    p.page.wait_for_function(f"{FRAME} > 10")  # the other display plays on
    assert p.game.state.moved_g > step
    assert "Pause" in p.page.locator(".mg-play").inner_text()
    p.stage.undisplay(1)
    asked = "window.sent.length"
    last = p.page.evaluate(asked)
    p.page.evaluate("new Promise(done => setTimeout(done, 100))")  # six beats of play
    assert p.page.evaluate(asked) == last


def test_a_silent_kernel_is_said_in_words_and_forgiven(mount, page):
    page.clock.install()
    p = Page(mount)
    p.click("step")
    p.stage.disconnect()
    page.click(".mg-step")
    page.clock.fast_forward(5000)
    assert "No answer from the kernel" in p.text("status") and "run this cell" in p.text("status")
    page.evaluate("window.connected = true")
    p.click("step")
    assert "No answer" not in p.text("status") and p.game.state.moved_g == 2


def test_reduced_motion_plays_calmly(mount, page):
    page.emulate_media(reduced_motion="reduce")
    p = Page(mount)
    p.page.click(".mg-play")
    began = p.page.evaluate("performance.now()")
    p.page.wait_for_function("window.sent.length === 4")
    assert p.page.evaluate("performance.now()") - began > 1000  # half a second between two frames


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_can_be_read_on_light_and_on_dark(mount, page, scheme):
    page.emulate_media(color_scheme=scheme)
    p = Page(mount)
    p.page.evaluate(f"document.documentElement.style.colorScheme = '{scheme}'")
    ink, paper = p.page.evaluate("""() => {
        const rgb = colour => colour.match(/[\\d.]+/g).slice(0, 3).map(Number);
        const paper = Object.assign(document.createElement('p'), { style: 'background: Canvas' });
        document.body.append(paper);
        const status = getComputedStyle(document.querySelector('.mg-status'));
        return [rgb(status.color), rgb(getComputedStyle(paper).backgroundColor)]; }""")
    assert abs(sum(ink) - sum(paper)) > 400


def test_a_new_game_under_way_stops_play_until_it_is_predicted(shown):
    p = shown(predict_first=True)
    p.act(lambda: p.page.locator(".mg-choice").first.click())
    p.page.click(".mg-play")
    p.page.wait_for_function(f"{FRAME} > 5")
    p.show(seed=3)
    p.stopped()
    assert p.game.state.moved_g == 0 and p.page.is_disabled(".mg-play") and "Play" in p.text("play")
