"""The film in a bare page: keys, controls, play, tasks, two displays, no kernel, a page of its own."""

import statistics
import time

import pytest
from lab import loaded
from matplotlib import pyplot as plt

from metagan_course.widgets import Film

TASKS = [("Try 1: go to the last step.", {"step": 10}), ("Try 2: the other method.", {"method": "FOMAML"})]


def draw(step, method, adapted):
    figure, axes = plt.subplots(figsize=(3, 1 + step % 2))
    axes.bar([0, 1], [step, adapted])
    axes.set_title(method)
    return figure


def make(**more):
    return Film(draw, step=11, method=["MAML", "FOMAML"], adapted=False, **more)


@pytest.fixture
def film(mount):
    stage = mount(make(tasks=TASKS))
    loaded(stage)
    return stage


def alt(stage):
    return stage.page.locator("img").first.get_attribute("alt")


def test_it_shows_a_picture_with_words(film):
    assert alt(film) == film.status() == "step 0, method MAML, adapted False"
    assert film.page.evaluate("document.querySelector('img').naturalWidth") > 100


def test_the_arrow_keys_move_it_from_wherever_the_focus_is(film):
    film.page.locator(".mg").focus()
    for step in (1, 2, 3):
        film.page.keyboard.press("ArrowRight")
        film.settled()
        assert film.widget.state["step"] == step
    film.page.locator(".mg-play").focus()
    film.page.keyboard.press("ArrowLeft")
    film.tick("adapted").focus()
    film.page.keyboard.press("ArrowLeft")
    film.settled()
    assert film.widget.state["step"] == 1
    film.bar("step").focus()
    film.page.keyboard.press("End")
    film.settled()
    assert film.widget.state["step"] == 10 and alt(film).startswith("step 10")


def test_every_choice_can_be_made_by_hand(film):
    film.bar("step").fill("4")
    film.pick("method").select_option(label="FOMAML")
    film.tick("adapted").check()
    film.settled()
    assert film.widget.state == {"step": 4, "method": "FOMAML", "adapted": True}
    film.exact("step").fill("7")
    film.exact("step").press("Enter")
    film.settled()
    assert film.widget.state["step"] == 7 and film.bar("step").input_value() == "7"
    film.exact("step").fill("99")
    film.exact("step").press("Tab")
    film.settled()
    assert film.widget.state["step"] == 10 and film.exact("step").input_value() == "10"


def test_play_shows_every_position_once_and_stops(film):
    film.page.click(".mg-play")
    film.page.wait_for_selector(".mg-play >> text=Pause")
    film.page.wait_for_selector(".mg-play >> text=Play", timeout=15_000)
    film.settled()
    asked = [message["state"]["step"] for message in film.sent()]
    assert asked == list(range(1, 11)) and film.widget.state["step"] == 10
    film.page.click(".mg-play")  # from the end it begins again
    film.page.wait_for_function("JSON.parse(document.querySelector('.mg').dataset.shown).step === 1")
    film.page.keyboard.press(" ")
    film.page.wait_for_selector(".mg-play >> text=Play")


def test_a_task_sets_the_state_and_can_be_ticked(film):
    film.page.click("text=▸ Try 1")
    film.settled()
    assert film.widget.state["step"] == 10
    assert film.page.locator(".mg-task-words").inner_text() == "go to the last step."
    film.page.get_by_label("done").check()
    film.page.wait_for_selector("text=✓ Try 1")
    assert film.widget.done == [True, False]
    film.page.get_by_text("▸ Try 2").focus()
    film.page.keyboard.press("Enter")
    film.settled()
    assert film.widget.state["method"] == "FOMAML" and film.page.get_by_label("done").is_checked() is False


def test_the_state_is_a_line_of_python(film):
    film.bar("step").fill("4")
    film.settled()
    film.page.locator("summary").click()
    line = film.page.get_by_label("this state in Python").input_value()
    assert line == "film.show(step=4, method='MAML', adapted=False)"
    other = make()
    exec(line, {"film": other})
    assert other.state == film.widget.state


def test_python_moves_the_controls_too(film):
    film.widget.show(step=6, adapted=True)
    film.push()
    loaded(film)
    assert film.bar("step").input_value() == "6" and film.tick("adapted").is_checked()


def test_the_page_does_not_jump_when_a_picture_is_lower(film):
    height = "document.querySelector('img').offsetHeight"
    film.bar("step").fill("1")
    loaded(film)
    film.page.wait_for_function("document.querySelector('img').style.minHeight")
    high = film.page.evaluate(height)
    film.bar("step").fill("2")
    loaded(film)
    assert film.page.evaluate(height) == high


def test_two_displays_show_the_same_and_one_can_go(film):
    film.display()
    film.bar("step").first.fill("5")
    loaded(film)
    assert [node.get_attribute("alt")[:6] for node in film.page.locator("img").all()] == ["step 5", "step 5"]
    assert film.bar("step").nth(1).input_value() == "5"
    film.undisplay(0)
    film.widget.show(step=6)
    film.push()
    loaded(film)
    assert alt(film).startswith("step 6")


def test_a_drawing_that_fails_says_why_and_the_film_goes_on(mount, monkeypatch):
    def broken(step):
        if step == 2:
            raise ValueError("two is not drawn")
        return draw(step, "", False)

    stage = mount(Film(broken, step=4))
    stage.page.on("pageerror", lambda error: None)
    with pytest.raises(ValueError, match="two is not drawn"):
        stage.widget._heard(None, {"id": "x", "do": "set", "state": {"step": 2}}, [])
    stage.push()
    assert "two is not drawn" in stage.status()
    stage.bar("step").fill("3")
    stage.settled()
    assert stage.status() == "step 3"


def test_without_a_kernel_the_last_picture_stays_and_the_silence_is_said(mount, page):
    page.clock.install()
    stage = mount(make())
    stage.disconnect()
    stage.bar("step").fill("9")
    page.clock.fast_forward(5000)
    assert alt(stage).startswith("step 0") and "No answer from the kernel" in stage.status()


def test_a_long_drawing_is_told_and_is_no_silence(mount, page):
    page.clock.install()
    stage = mount(make())
    stage.disconnect()
    stage.bar("step").fill("9")
    page.clock.fast_forward(500)
    assert stage.status() == "waiting for the kernel: step 9 ..."
    asked = stage.sent()[0]
    page.evaluate("id => window.receive({ state: { busy: id }, messages: [] })", asked["id"])
    page.clock.fast_forward(9000)
    assert stage.status() == "drawing: step 9 ..." and alt(stage).startswith("step 0")
    page.evaluate("window.connected = true")
    page.evaluate("m => __to_python({ content: m }).then(receive)", asked)
    stage.settled()
    assert stage.status() == alt(stage) == "step 9, method MAML, adapted False"


def test_the_line_under_the_picture_is_never_behind_it(film):
    """Also while it plays: every picture that was shown had its own words below it."""
    film.page.evaluate("""() => { window.pairs = []; const words = document.querySelector('.mg-status');
        const picture = document.querySelector('img');
        const look = () => window.pairs.push([picture.alt, words.textContent]);
        new MutationObserver(look).observe(picture, { attributes: true });
        new MutationObserver(look).observe(words, { childList: true, subtree: true }); }""")
    film.page.click(".mg-play")
    film.page.wait_for_selector(".mg-play >> text=Pause")
    film.page.wait_for_selector(".mg-play >> text=Play", timeout=20_000)
    film.settled()
    pairs = film.page.evaluate("window.pairs")
    assert len(pairs) >= 10 and all(picture == words for picture, words in pairs), pairs


@pytest.mark.alone
def test_a_prepared_film_is_shown_in_60_ms(mount):
    """From the key to the picture decoded, in the browser's own clock; the best of five medians."""
    film = make().prepare()
    stage = mount(film)
    measure = """async () => {
        const root = document.querySelector('.mg'), picture = root.querySelector('img');
        const began = performance.now(), once = { once: true };
        const drawn = new Promise(done =>
          picture.addEventListener('load', () => done(performance.now()), once));
        root.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true }));
        return await drawn - began; }"""
    medians = []
    for _ in range(5):
        film.show(step=0)
        stage.push()
        loaded(stage)
        times = []
        for _ in range(9):
            times.append(stage.page.evaluate(measure))
            stage.settled()
        medians.append(statistics.median(times))
        if medians[-1] <= 60:
            break
        time.sleep(0.5)  # a neighbour on this machine spoils one try, not all
    print(f"\nkey to picture, medians of 9: {[round(m) for m in medians]} ms")
    assert min(medians) <= 60


def test_a_film_lives_on_a_page_of_its_own(film, browser, tmp_path):
    address = film.widget.to_html(tmp_path / "film.html").as_uri()
    context = browser.new_context(offline=True)
    page, trouble = context.new_page(), []
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.goto(address)
    page.locator("[data-control=step] input[type=range]").fill("4")
    page.locator("[data-control=method] select").select_option(label="FOMAML")
    assert page.locator("img").get_attribute("alt") == "step 4, method FOMAML, adapted False"
    shown = page.evaluate("""async () => {
        const answer = await fetch(document.querySelector('img').src);
        return [...new Uint8Array(await answer.arrayBuffer())]; }""")
    at = {"step": 4, "method": "FOMAML", "adapted": False}
    assert bytes(shown) == film.widget.pictures.png(at)
    page.get_by_text("▸ Try 1").click()
    assert page.locator("img").get_attribute("alt").startswith("step 10") and not trouble
    context.close()
