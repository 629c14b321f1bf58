"""Lesson 13's functions against independent ways, and the alphabet's file."""

import math

import pytest
import torch

from metagan_course.answers.alphabet import as_drawn, evenly, guess_interval, on_the_sheet, picture
from metagan_course.widgets.draw_pad import alphabet_file, studio


def test_a_stroke_has_its_points_at_equal_distances():
    stroke = torch.tensor([[0.0, 0.0], [0.1, 0.0], [0.1, 0.0], [1.0, 0.0], [1.0, 1.0]])
    even = evenly(stroke, 21)
    assert even.diff(dim=0).norm(dim=1).allclose(torch.full((20,), 0.1), atol=1e-6)
    assert even[0].equal(stroke[0]) and even[-1].allclose(stroke[-1])
    assert evenly(torch.tensor([[0.3, 0.4]]), 4).equal(torch.tensor([[0.3, 0.4]]).expand(4, 2))


def test_a_horizontal_line_is_a_bar_of_two_pixels():
    """18 pixels long with round ends, two high: counted by hand from the distance to the segment."""
    ink = picture([[[-0.7, 0.2], [0.1, 0.2]]])[0]
    assert ink.sum(0).count_nonzero() == 20 and ink.sum(1).nonzero().flatten().tolist() == [13, 14]
    assert ink[13:15, 6:22].allclose(torch.ones(2, 16))


def test_the_pen_covers_what_lies_near_the_stroke():
    """Ink against brute force: a pixel a distance d from the finely cut stroke has clamp(pen - d + 1/2)."""
    stroke = [[0.1 * math.cos(a), 0.07 * math.sin(2 * a)] for a in torch.linspace(0, 5, 60).tolist()]
    placed = on_the_sheet(evenly(torch.tensor(stroke)))
    fine = evenly(placed, 4000)
    y, x = torch.meshgrid(torch.arange(28) + 0.5, torch.arange(28) + 0.5, indexing="ij")
    apart = torch.cdist(torch.stack([x.flatten(), y.flatten()], 1), fine).amin(1).view(28, 28)
    assert picture([stroke])[0].allclose((1.0 - apart + 0.5).clamp(0, 1), atol=0.01)


def test_a_dot_and_an_empty_drawing():
    assert picture([])[0].sum() == 0
    dot = picture([[[0.9, -0.9]]])[0]
    assert dot[13:15, 13:15].min() > 0.7 and dot.sum() < 9


def test_place_and_size_are_forgotten_and_shape_is_not():
    letter = studio.example(1, seed=3)
    small = studio.moved(letter, 0.2, 0.5)
    assert studio.pictures(small).allclose(studio.pictures(letter), atol=1e-3)
    assert not studio.pictures(small, as_drawn).allclose(studio.pictures(letter, as_drawn), atol=0.5)


def test_the_interval_covers_as_often_as_it_says():
    """Over all outcomes of n guesses at p, by their exact probabilities: about 95%, on average over p."""
    n, covered = 20, []
    for p in torch.linspace(0.02, 0.98, 97).tolist():
        chance = [math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)]
        inside = [low <= p <= high for low, high in (guess_interval(k, n) for k in range(n + 1))]
        covered.append(sum(c for c, within in zip(chance, inside, strict=True) if within))
    assert sum(covered) / len(covered) == pytest.approx(0.95, abs=0.01) and min(covered) > 0.83


def test_a_machine_tells_clouds_apart_and_only_those():
    dice = torch.Generator().manual_seed(0)
    real, same = torch.randn(2, 20, 10, 8, generator=dice)
    assert studio.told_apart(real, real + 3).tolist() == [1.0] * 10
    assert 0.25 < studio.told_apart(real, same).mean() < 0.75


def test_letters_come_back_from_the_file(tmp_path):
    letters = studio.example(3)
    alphabet_file.save(letters, tmp_path / "a.json")
    assert alphabet_file.load(tmp_path / "a.json") == letters
    for text in ("", "[]", '{"version": 2}', '{"version": 1, "letters": 5}'):
        (tmp_path / "b.json").write_text(text)
        with pytest.raises(alphabet_file.BadAlphabet, match=r"b\.json"):
            alphabet_file.load(tmp_path / "b.json")


def test_a_folder_that_takes_no_file_costs_a_sentence_and_no_letter(tmp_path):
    (tmp_path / "no").write_text("a file where a folder is needed")
    desk = alphabet_file.Desk(tmp_path / "no" / "a.json")
    desk.letters = studio.example(1)
    desk.keep()
    assert "could not be written" in desk.said and len(desk.letters[0]) == 5


def test_the_four_starts_answer_from_one_noise():
    shown = studio.pictures(studio.example(1))
    made = studio.learn(shown, n=2, steps=3)
    assert made.keys() == studio.TITLES.keys() and {len(seen) for seen in made.values()} == {4}
    assert made["maml"].shape == (4, 1, 2, 1, 28, 28)
    assert not made["maml"][3].allclose(made["maml"][0], atol=0.1)
    again = studio.learn(shown, n=2, steps=3, only=("maml",))
    assert again["maml"].equal(made["maml"]) and len(again) == 1
