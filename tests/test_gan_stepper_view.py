"""The GAN stepper's Python side: controls, still picture, frames. What the page does: tests/browser."""

import base64
from dataclasses import fields

import pytest

from metagan_course.losses import GAN_LOSSES
from metagan_course.widgets import GanStepper
from metagan_course.widgets.gan_stepper.controls import LOSSES
from metagan_course.widgets.gan_stepper.data import NAMES
from metagan_course.widgets.gan_stepper.state import Settings

FAST = {"units": 8, "batch": 8, "predict_first": False}


def ask(stepper, do, **more):
    stepper._asked(stepper.canvas, {"id": "test", "do": do, **more}, [])
    return stepper.canvas.scene


def test_the_picture_beside_the_widget_shows_the_game_and_does_not_move_it():
    stepper = GanStepper(**FAST)
    bundle = stepper._repr_mimebundle_()
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert len(stepper.games[0].history) == 1  # it looked ahead on a copy
    ask(stepper, "step", n=5)
    assert stepper._repr_mimebundle_()["image/png"] != bundle["image/png"]
    assert "image/png" in GanStepper(**FAST, compare={"loss": "hinge"})._repr_mimebundle_()


def test_every_setting_has_its_control_and_every_loss_and_data_set_its_name():
    stepper = GanStepper(**FAST)
    turned = {*stepper.controls["A"], *stepper.shared}
    assert {f.name for f in fields(Settings)} - turned == {"batch"}
    assert set(LOSSES) == set(GAN_LOSSES)
    assert {value for _, value in stepper.shared["data"].options} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_data_set_can_be_chosen_and_played(name):
    stepper = GanStepper(**FAST)
    stepper.shared["data"].value = name
    assert ask(stepper, "step")["data"] == name and stepper.games[0].state.moved_g == 1


def test_a_setting_off_the_usual_values_is_one_more_choice():
    stepper = GanStepper(predict_first=False, units=10, d_moves=3, r1=0.5, layers=4)
    assert stepper.controls["A"]["units"].value == 10 and stepper.controls["A"]["r1"].value == 0.5
    assert ask(stepper, "step")["games"][0]["moved_d"] == 3


def test_b_keeps_its_own_settings_and_shares_data_and_seed():
    stepper = GanStepper(**FAST, compare={"loss": "wasserstein", "rate_g": 0.01})
    stepper.controls["A"]["loss"].value = "hinge"
    stepper.controls["B"]["optimiser"].value = "SGD"
    stepper.shared["data"].value = "spiral"
    stepper.shared["seed"].value = 7
    a, b = (game.settings for game in stepper.games)
    assert (a.loss, a.optimiser, b.loss, b.optimiser, b.rate_g) == (
        "hinge",
        "Adam",
        "wasserstein",
        "SGD",
        0.01,
    )
    assert a.data == b.data == "spiral" and a.seed == b.seed == 7
    stepper.shared["compare"].value = False
    assert len(stepper.games) == 1
    stepper.controls["B"]["units"].value = 16  # turned while B rests
    stepper.shared["compare"].value = True
    assert stepper.games[1].settings.units == 16 and stepper.games[1].settings.data == "spiral"


def test_a_new_network_in_one_game_begins_both_so_that_their_clocks_agree():
    stepper = GanStepper(**FAST, compare={})
    ask(stepper, "step", n=3)
    stepper.controls["B"]["units"].value = 16
    assert [game.state.moved_g for game in stepper.games] == [0, 0]
    ask(stepper, "step")
    ask(stepper, "step")
    assert ask(stepper, "goto", index=1)["cursor"] == 1
    assert [game.state.moved_g for game in stepper.games] == [1, 1]


def test_every_message_is_answered_with_its_id_and_one_frame():
    stepper = GanStepper(**FAST)
    for do, more in (("step", {}), ("d", {}), ("g", {}), ("phase", {}), ("goto", {"index": 0}), ("new", {})):
        frame = stepper.canvas.frame
        stepper._asked(None, {"id": do, "do": do, **more}, [])
        assert stepper.canvas.scene["reply"] == do and stepper.canvas.frame > frame


def test_the_frame_lays_out_every_array_where_it_says():
    stepper = GanStepper(**FAST)
    scene = ask(stepper, "step")
    for places in scene["layout"]:
        for name, (offset, *shape) in places.items():
            size = 1
            for n in shape:
                size *= n
            assert offset % 4 == 0 and offset + size * (1 if name == "heat" else 4) <= len(
                stepper.canvas.arrays
            )


def test_play_asked_for_before_the_verdict_was_seen_is_refused(monkeypatch):
    monkeypatch.setattr("metagan_course.widgets.gan_stepper.predict.HORIZON", 3)
    stepper = GanStepper(**FAST)
    ask(stepper, "predict", choice="part")
    verdict = ask(stepper, "step", n=10, play=True, verdict=None)["verdict"]
    assert verdict and ask(stepper, "step", play=True, verdict=None)["games"][0]["step"] == 3
    assert ask(stepper, "step", play=True, verdict=verdict)["games"][0]["step"] == 4


def test_a_broken_game_is_not_played_on():
    stepper = GanStepper(**FAST)
    game = stepper.games[0]
    game._enter(game.state._replace(phi={n: w * float("nan") for n, w in game.state.phi.items()}))
    assert ask(stepper, "step", play=True)["games"][0]["energy"] is None and len(game.history) == 2


def test_a_prediction_must_be_one_of_the_choices():
    stepper = GanStepper(units=8, batch=8)
    assert stepper.locked
    with pytest.raises(ValueError, match="covers"):
        ask(stepper, "predict", choice="A")
    assert ask(stepper, "step", play=True)["games"][0]["step"] == 0
    assert not ask(stepper, "predict", choice="part")["locked"]
    assert ask(stepper, "step", play=True)["games"][0]["step"] == 1
    stepper.shared["seed"].value = 1
    assert stepper.locked  # a new game, a new question
