"""The kit's Python half: controls refuse in a sentence, frames lie where they say, one palette for all."""

import itertools
import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch

import metagan_course
from metagan_course import palette, plots
from metagan_course.widgets.kit import Choice, Number, Scene, Slider, Tick, esm, style
from metagan_course.widgets.kit.scene import pack, task_of


class Bent(Scene):
    """The smallest scene: K bends a line."""

    _esm = esm("export default widget({ label: 'bent', build: () => ({}) });")

    def __init__(self, tasks=()):
        self.turned = []
        super().__init__(
            {"K": Slider(0, 20), "rate": Slider(1e-3, 1.0, log=True)}, {"K": 5, "rate": 0.1, "at": [1]}, tasks
        )

    def see(self):
        return {"twice": 2 * self.state["K"]}, {"line": torch.arange(self.state["K"] + 1)}

    def turn(self, changed):
        if self.state["K"] == 13:
            raise ValueError("13 is not bent here.")
        self.turned.append(changed)

    def still(self):
        return b"\x89PNG"


# --- controls ---


@pytest.mark.parametrize(
    ("control", "good", "bad"),
    [
        (Slider(0, 20), [0, 20, 3.0], [-1, 21, 2.5, True, "3", float("nan"), None]),
        (Slider(1e-3, 1, log=True), [0.01, 1, 1e-3], [0, 1.1, float("inf")]),
        (Slider(0.0, 1.0, 0.1), [0.55], [-0.1]),
        (Number(0, 9999), [7], [7.5]),
        (Choice(["a", "b"]), ["a"], ["c", 0]),
        (Choice({1: "one", 2: "two"}), [2], [3, "one"]),
        (Tick(), [True, False], [0, 1, "yes"]),
    ],
)
def test_a_control_takes_what_it_has_and_refuses_the_rest_by_name(control, good, bad):
    for value in good:
        assert control.check("it", value) == value
    for value in bad:
        with pytest.raises(ValueError, match="^it is .*; it must be .*"):
            control.check("it", value)


def test_the_positions_of_a_bar_are_all_its_places():
    assert Slider(0, 20, 5).positions() == [0, 5, 10, 15, 20]
    assert np.allclose(Slider(0.0, 0.3, 0.1).positions(), np.linspace(0, 0.3, 4))
    with pytest.raises(ValueError, match="logarithmic"):
        Slider(0.01, 1, log=True).positions()


# --- frames ---


def test_arrays_are_found_again_where_the_layout_says():
    sent = {
        "a": torch.tensor([1.5, -2.0]),
        "b": np.arange(5, dtype=np.uint8),
        "c": np.arange(6.0).reshape(2, 3),
    }
    packed, layout = pack(sent)
    for name, (offset, kind, *shape) in layout.items():
        dtype = {"u1": np.uint8, "f4": np.float32}[kind]
        found = np.frombuffer(packed, dtype, int(np.prod(shape)), offset).reshape(shape)
        assert offset % 4 == 0 and np.array_equal(found, np.asarray(sent[name]))


def test_one_frame_says_what_state_it_shows():
    bent = Bent()
    bent.show(K=7)
    assert bent.scene["state"] == {"K": 7, "rate": 0.1, "at": [1]} and bent.scene["twice"] == 14
    assert bent.scene["layout"]["line"][2:] == [8] and bent.turned == [{"K": 7}]
    assert eval(bent.scene["line"], {"Bent": dict}) == bent.state


def test_a_message_is_answered_by_its_id_also_when_it_fails():
    bent = Bent()
    bent._heard(None, {"id": "1", "do": "set", "state": {"K": 2}}, [])
    assert bent.scene["reply"] == "1" and bent.scene["error"] == "" and bent.state["K"] == 2
    for content in ({"do": "set", "state": {"K": 13}}, {"do": "set", "state": {"L": 1}}, {"do": "dance"}):
        with pytest.raises(ValueError):
            bent._heard(None, {"id": "2", **content}, [])
        assert bent.scene["reply"] == "2" and bent.scene["error"].startswith("ValueError: ")
        assert bent.state["K"] == bent.scene["state"]["K"] == 2 and bent.scene["twice"] == 4


def test_a_task_is_ticked_by_hand_or_by_what_is_true():
    bent = Bent([("Try 1: K = 9.", {"K": 9}, lambda it: it.state["K"] == 9), ("Look at the line.", {})])
    assert [(task["name"], task["text"]) for task in bent.tasks] == [
        ("Try 1", "K = 9."),
        ("Try 2", "Look at the line."),
    ]
    bent._heard(None, {"id": "1", "do": "done", "number": 1, "on": True}, [])
    assert bent.scene["done"] == [False, True]
    bent.show(K=9)
    bent.show(K=3)
    assert bent.scene["done"] == [True, True]  # once done, done


def test_a_task_for_a_control_there_is_not_is_refused_at_once():
    with pytest.raises(ValueError, match="k: there is no such control; there are K, rate, at"):
        Bent([("Try 1: slide.", {"k": 3})])


def test_only_a_short_beginning_is_a_name():
    assert task_of(2, "Drag the white dot to the left: what moves?", {})["name"] == "Try 2"


# --- one palette ---


def test_every_colour_is_in_the_sheet_in_the_script_and_in_the_figures():
    script = json.loads(re.search(r"const PALETTE = (\{.*?\});", esm("")).group(1))
    for name, value in palette.COLOURS.items():
        assert script[name] == value and f"--mg-{name.replace('_', '-')}: {value};" in style()
    assert (plots.REAL, plots.FAKE) == (palette.REAL, palette.FAKE)


def test_no_widget_writes_a_colour_of_the_palette_by_hand():
    owned = [*palette.METHODS.values(), palette.REAL, palette.FAKE, palette.MANIFOLD]
    owned = [value for value in owned if value not in ("#000000", "#999999")]
    folder = Path(metagan_course.__file__).parent / "widgets"
    files = [p for p in folder.rglob("*") if p.suffix in {".py", ".js", ".css"}]
    wrong = [(p.name, c) for p in files for c in owned if c in p.read_text().lower() and p.name != "kit.css"]
    assert len(files) > 20 and not wrong


# how the world looks without one kind of cone (Machado, Oliveira & Fernandes 2009, severity 1, linear RGB)
NO_RED = [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
NO_GREEN = [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]


def seen(colour: str, eye) -> np.ndarray:
    """CIE L*a*b* of a colour as this eye sees it."""
    rgb = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    linear = (np.array(eye) @ linear).clip(0, 1)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ linear
    f = np.cbrt(np.maximum(xyz / [0.9505, 1, 1.089], 0.008856))
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize(
    "eye", [np.eye(3).tolist(), NO_RED, NO_GREEN], ids=["all cones", "no red", "no green"]
)
@pytest.mark.parametrize("together", [("maml", "fomaml", "reptile", "joint", "scratch"), ("real", "fake")])
def test_what_stands_in_one_picture_is_told_apart_by_all_eyes(eye, together):
    pairs = itertools.combinations(together, 2)
    near = {
        p: round(float(np.linalg.norm(seen(palette.COLOURS[p[0]], eye) - seen(palette.COLOURS[p[1]], eye))))
        for p in pairs
    }
    assert min(near.values()) > 12, near  # about 2.3 is the least difference that can be seen at all
