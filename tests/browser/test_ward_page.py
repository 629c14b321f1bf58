"""The ward of lesson 14 in a bare page: patients chosen by mouse and keys, steps by finger, no kernel."""

import pytest
from lab import loaded, shown

from metagan_course.answers import clinic, clinic_symptoms
from metagan_course.answers.clinic_figures import STEPS, spelt, ward
from metagan_course.widgets import Film

NAMES = ("ring_of_seven", "key_graded", "moments_kept")
TASKS = [("Try 1: everybody passes.", {"step": 10, "patient": "key_graded", "code": "broken"})]


@pytest.fixture(scope="module")
def draw():
    right = clinic_symptoms.curves(clinic.HEALTHY, (0,))
    shown = {
        name: clinic_symptoms.curves(clinic.patient(name), (0,), part=clinic.BUGS[name].part, right=right)
        for name in NAMES
    }
    return ward(shown, right)


@pytest.fixture
def film(draw):
    patients = {name: spelt(name) for name in NAMES}
    return Film(draw, step=STEPS, patient=patients, code=["broken", "right"], tasks=TASKS)


def test_a_patient_and_its_code_are_chosen_by_mouse(mount, film):
    stage = mount(film)
    stage.pick("patient").select_option(label="key graded")
    stage.pick("code").select_option(label="right")
    loaded(stage)
    assert film.state == {"step": 0, "patient": "key_graded", "code": "right"}
    assert shown(stage.page) == film.pictures.png(film.state)
    stage.page.click("text=▸ Try 1")
    loaded(stage)
    assert film.state == TASKS[0][1] and shown(stage.page) == film.pictures.png(film.state)


def test_steps_are_taken_by_keys_from_every_control(mount, film):
    stage = mount(film)
    stage.page.locator(".mg").focus()
    stage.page.keyboard.press("ArrowRight")
    stage.page.locator(".mg-play").focus()
    stage.page.keyboard.press("ArrowRight")
    stage.bar("step").focus()
    stage.page.keyboard.press("End")
    loaded(stage)
    assert film.state["step"] == STEPS - 1 and shown(stage.page) == film.pictures.png(film.state)


def test_a_finger_moves_the_step(mount, film):
    stage = mount(film)
    box = stage.bar("step").bounding_box()
    touch = stage.page.context.new_cdp_session(stage.page)
    places = [
        {"x": box["x"] + share * box["width"], "y": box["y"] + box["height"] / 2} for share in (0.1, 0.9)
    ]
    for kind, points in (("touchStart", places[:1]), ("touchMove", places[1:]), ("touchEnd", [])):
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    loaded(stage)
    assert film.state["step"] >= 7 and shown(stage.page) == film.pictures.png(film.state)


def test_it_fits_a_laptops_view(mount, film):
    stage = mount(film)
    loaded(stage)
    box = stage.page.locator(".mg").bounding_box()
    assert box["height"] <= 600 and stage.page.locator("img").bounding_box()["width"] <= 864


def test_it_is_turned_without_a_kernel(draw, browser, tmp_path):
    film = Film(draw, step=2, patient=list(NAMES), code=["broken", "right"])
    address = film.to_html(tmp_path / "ward.html").as_uri()
    context = browser.new_context(offline=True)
    page, trouble = context.new_page(), []
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.goto(address)
    page.locator("[data-control=patient] select").select_option(label="moments_kept")
    assert (
        page.locator("img").get_attribute("alt").endswith("patient moments_kept, code broken") and not trouble
    )
    assert shown(page) == film.pictures.png({"step": 0, "patient": "moments_kept", "code": "broken"})
    context.close()
