"""The GAN stepper's Python side: controls, still picture, frames. What the page does: tests/browser."""

import base64
from dataclasses import fields

import numpy as np
import pytest

from metagan_course.losses import GAN_LOSSES
from metagan_course.widgets import GanStepper
from metagan_course.widgets.gan_stepper.controls import LOSSES
from metagan_course.widgets.gan_stepper.data import NAMES
from metagan_course.widgets.gan_stepper.measure import measure, picture
from metagan_course.widgets.gan_stepper.state import Settings

FAST = {"units": 8, "batch": 8, "predict_first": False}


def ask(stepper, do, **more):
    stepper._heard(stepper, {"id": "test", "do": do, **more}, [])
    return stepper.scene


def test_the_picture_beside_the_widget_shows_the_game_and_does_not_move_it():
    stepper = GanStepper(**FAST)
    data, _ = stepper._repr_mimebundle_()
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert "application/vnd.jupyter.widget-view+json" in data
    assert len(stepper.games[0].history) == 1  # it looked ahead on a copy
    ask(stepper, "step", n=5)
    assert stepper.still() != base64.b64decode(data["image/png"])
    assert GanStepper(**FAST, compare={"loss": "hinge"}).still()


def test_every_setting_has_its_control_and_every_loss_and_data_set_its_name():
    turnable = GanStepper(**FAST).turnable
    assert {f.name for f in fields(Settings)} - set(turnable) == {"batch"}
    assert {f"{f.name}_b" for f in fields(Settings)} - set(turnable) == {"batch_b", "data_b", "seed_b"}
    assert set(LOSSES) == set(GAN_LOSSES) and set(turnable["data"].values) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_data_set_can_be_chosen_and_played(name):
    stepper = GanStepper(**FAST)
    stepper.show(data=name)
    assert ask(stepper, "step")["state"]["data"] == name and stepper.games[0].state.moved_g == 1


def test_a_setting_off_the_usual_values_is_one_more_choice():
    stepper = GanStepper(predict_first=False, units=10, d_moves=3, r1=0.5, layers=4)
    assert stepper.state["units"] == 10 and stepper.state["r1"] == 0.5
    assert ask(stepper, "step")["games"][0]["moved_d"] == 3


def test_b_keeps_its_own_settings_and_shares_data_and_seed():
    stepper = GanStepper(**FAST, compare={"loss": "wasserstein", "rate_g": 0.01})
    stepper.show(loss="hinge", optimiser_b="SGD", data="spiral", seed=7)
    a, b = (game.settings for game in stepper.games)
    assert (a.loss, a.optimiser) == ("hinge", "Adam")
    assert (b.loss, b.optimiser, b.rate_g) == ("wasserstein", "SGD", 0.01)
    assert a.data == b.data == "spiral" and a.seed == b.seed == 7
    stepper.show(compare=False)
    assert len(stepper.games) == 1
    stepper.show(units_b=16)  # turned while B rests
    stepper.show(compare=True)
    assert stepper.games[1].settings.units == 16 and stepper.games[1].settings.data == "spiral"


def test_a_new_network_in_one_game_begins_both_so_that_their_clocks_agree():
    stepper = GanStepper(**FAST, compare={})
    ask(stepper, "step", n=3)
    stepper.show(units_b=16)
    assert [game.state.moved_g for game in stepper.games] == [0, 0]
    ask(stepper, "step")
    ask(stepper, "step")
    assert ask(stepper, "goto", index=1)["cursor"] == 1
    assert [game.state.moved_g for game in stepper.games] == [1, 1]


def test_every_message_is_answered_with_its_id_and_one_frame():
    stepper = GanStepper(**FAST)
    for do, more in (("step", {}), ("d", {}), ("g", {}), ("phase", {}), ("goto", {"index": 0}), ("new", {})):
        frame = stepper.frame
        stepper._heard(None, {"id": do, "do": do, **more}, [])
        assert stepper.scene["reply"] == do and stepper.frame == frame + 1


def test_what_is_sent_is_what_was_computed():
    stepper = GanStepper(**FAST, compare={"loss": "hinge"})
    scene = ask(stepper, "step")
    for name, game in zip("AB", stepper.games, strict=True):
        for part, values in picture(game.state, game.settings, game.data).items():
            offset, kind, *shape = scene["layout"][f"{name}.{part}"]
            dtype = {"u1": np.uint8, "f4": np.float32}[kind]
            sent = np.frombuffer(stepper.arrays, dtype, int(np.prod(shape)), offset).reshape(shape)
            assert np.array_equal(sent, values.numpy(), equal_nan=True), part


def test_numbers_belong_to_the_settings_that_are_shown():
    """Minimax chosen over a sure D: the arrows vanish, and so must their length in the line below."""
    stepper = GanStepper(predict_first=False, rate_d=0.01, moves="start d*40")
    game = stepper.games[0]
    before = stepper.scene["games"][0]
    stepper.show(loss="minimax")
    now = stepper.scene["games"][0]
    assert now["push"] == pytest.approx(measure(game.state, game.settings, game.data).push)
    assert now["push"] < 0.1 * before["push"] and now["loss_g"] != before["loss_g"]
    stepper.show(loss="non_saturating")
    assert stepper.scene["games"][0] == before


def test_a_line_of_python_makes_the_same_game():
    stepper = GanStepper(predict_first=False, units=8, seed=3)
    ask(stepper, "d", n=5)
    stepper.show(rate_d=0.02, loss="minimax")
    ask(stepper, "step", n=2)
    ask(stepper, "step")
    ask(stepper, "g")
    ask(stepper, "goto", index=3)
    ask(stepper, "phase")
    assert "moves='d*5 loss=minimax rate_d=0.02 step*3 phase'" in stepper.line()
    other = eval(stepper.line(), {"GanStepper": GanStepper})
    one, two = stepper.games[0].state, other.games[0].state
    assert (one.moved_d, one.moved_g, one.phase) == (two.moved_d, two.moved_g, two.phase)
    assert all(one.phi[name].equal(two.phi[name]) for name in one.phi)
    assert all(one.theta[name].equal(two.theta[name]) for name in one.theta)


def test_a_task_begins_anew_and_makes_its_moves():
    stepper = GanStepper(**FAST, tasks=[("Try 2: a sure D.", {"rate_d": 0.01, "moves": "start d*4"})])
    ask(stepper, "step", n=3)
    for _ in range(2):  # also the second time
        ask(stepper, "set", state=stepper.tasks[0]["state"])
        assert (stepper.games[0].state.moved_d, stepper.games[0].state.moved_g) == (4, 0)
    ask(stepper, "set", state={"moves": "start"})
    assert stepper.games[0].state.moved_d == 0 and stepper.games[0].settings.rate_d == 0.01


def test_an_empty_drawing_waits_and_a_broken_one_is_refused():
    stepper = GanStepper(**FAST, data="drawn")
    stepper.show(strokes=[])
    assert stepper.scene["state"]["strokes"] == []
    stepper.show(strokes=[[[-1.0, 1.0], [1.0, 1.0]]])
    assert stepper.games[0].data.watched[:, 1].sub(1).abs().max() < 0.4
    with pytest.raises(ValueError, match="nan"):
        stepper.show(strokes=[[[float("nan"), 0.0]]])
    assert len(stepper.state["strokes"]) == 1 and stepper.games[0].data.watched.isfinite().all()


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
    stepper.show(seed=1)
    assert stepper.locked  # a new game, a new question
