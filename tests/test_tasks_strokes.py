"""Invented alphabets: arcs in closed form, ink against an area, sides, writers, and what a hand keeps."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from metagan_course import tasks
from metagan_course.tasks import stroke_letters, stroke_pen, strokes


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def cache_dir(tmp_path_factory):
    return tmp_path_factory.mktemp("strokes")


@pytest.fixture(scope="module")
def family(cache_dir):
    return tasks.Strokes(alphabets=10, cache_dir=cache_dir)


def test_an_arc_lies_on_one_circle_between_its_ends():
    start, end, turn = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]]), torch.tensor([math.pi / 2])
    points = stroke_letters.arc(start, end, turn)[0]  # a quarter of a circle, either about (0, 0) or (1, 1)
    assert torch.allclose(points[[0, -1]], torch.cat([start, end]), atol=1e-6)
    radii = torch.stack([(points - centre).norm(dim=1) for centre in (torch.zeros(2), torch.ones(2))])
    assert (radii - 1).abs().amax(1).min() < 1e-6
    gaps = points.diff(dim=0).norm(dim=1)
    assert torch.allclose(gaps, gaps.mean().expand_as(gaps), atol=1e-6)  # drawn at one speed


def test_no_turn_is_a_straight_line_and_the_sign_chooses_the_side():
    start, end = torch.tensor([[0.0, 0.0]]), torch.tensor([[1.0, 2.0]])
    line = stroke_letters.arc(start, end, torch.zeros(1))[0]
    assert torch.allclose(line, torch.linspace(0, 1, 12)[:, None] * end, atol=1e-3)
    left, right = (stroke_letters.arc(start, end, torch.tensor([t]))[0] for t in (1.0, -1.0))
    assert torch.allclose((left + right) / 2 @ torch.tensor([2.0, -1.0]), torch.zeros(12), atol=1e-6)


def test_ink_is_the_area_of_the_stroke():
    """A straight stroke of length 12 by a pen of half width 1.5: a box and two half discs."""
    for angle in (0.0, 0.4, math.pi / 2):
        way = torch.tensor([math.cos(angle), math.sin(angle)])
        points = (14 + torch.linspace(-6, 6, 12)[:, None] * way).view(1, 1, 12, 2)
        drawn = stroke_pen.ink(points, torch.tensor([1]), torch.tensor([1.5]))
        assert drawn.sum() == pytest.approx(3 * 12 + math.pi * 1.5**2, rel=0.03)


def test_strokes_beyond_the_count_leave_no_ink():
    points, count = stroke_letters.letters(30, generator=seeded())
    pen = torch.ones(30)
    shown = stroke_pen.ink(14 + 9 * points, count, pen)
    other = points.clone()
    other[torch.arange(stroke_letters.STROKES) >= count[:, None]] = 0.7
    assert torch.equal(shown, stroke_pen.ink(14 + 9 * other, count, pen))
    assert (shown.sum((1, 2)) > 5).all()


def test_letters_fill_their_box_and_their_strokes_hang_together():
    points, count = stroke_letters.letters(200, generator=seeded())
    assert points.abs().max() <= 1.1 and (points.flatten(1).abs().amax(1) > 0.5).all()
    assert set(count.tolist()) == {1, 2, 3, 4} and 2 <= count.float().mean() <= 3.2
    for strokes_, n in zip(points, count, strict=True):
        for s in range(1, n):
            assert torch.cdist(strokes_[s, :1], strokes_[:s].flatten(0, 1)).min() < 1e-5


def test_sides_and_shapes(family):
    assert family.images.shape == (200, 20, 28, 28) and family.images.dtype == torch.uint8
    assert [len(family.split_index(s)) for s in tasks.SPLITS] == [140, 20, 40]


def test_every_drawing_has_ink_and_none_is_cut_off(family):
    assert (family.images > 127).flatten(2).sum(2).min() >= 5
    frame = torch.ones(28, 28, dtype=torch.bool)
    frame[1:-1, 1:-1] = False
    assert (family.images[:, :, frame] > 127).sum() == 0
    assert (family.images == 0).float().mean() > 0.5  # paper is exactly 0


def test_no_two_letters_look_alike(family):
    """From the drawings: among 200 letters the mean of ten writers finds the mean of the other ten."""
    x = family.images.float().flatten(2)  # (C, W, 784)
    even, odd = x[:, ::2].mean(1), x[:, 1::2].mean(1)
    assert (torch.cdist(even, odd).argmin(1) == torch.arange(len(x))).float().mean() > 0.8


def test_the_measure_of_likeness_sees_twins():
    twin, count, seen = strokes.unlike_letters(torch.empty(0, 784), generator=seeded())
    assert len(seen) == strokes.ALPHABET and (seen @ seen.T).fill_diagonal_(0).max() <= strokes.ALIKE
    again, _, both = strokes.unlike_letters(seen, generator=seeded())  # the same letters are offered again
    assert len(both) == 2 * strokes.ALPHABET and (both @ both.T).fill_diagonal_(0).max() <= strokes.ALIKE
    assert not torch.equal(twin, again)


def test_a_writer_has_one_pen_in_all_letters(family):
    """Ink over length of the same writer's letters varies less than that of other writers' letters."""
    x = family.images[:20].float() / 255  # one alphabet (20, W, 28, 28)
    inner = torch.nn.functional.max_pool2d(
        -x, 3, 1, 1
    ).neg()  # what is left after one pixel is taken off all round
    thick = inner.sum((2, 3)) / x.sum((2, 3))  # (letters, writers): larger for a thicker pen
    assert thick.mean(0).std() > 2 * thick.std(0).mean() / math.sqrt(20)


def test_writers_differ(family):
    gap = torch.cdist(family.images.float().flatten(2), family.images.float().flatten(2))
    gap.diagonal(dim1=1, dim2=2).fill_(math.inf)
    assert gap.min() > 0


def test_more_alphabets_extend_the_same_ones(cache_dir, family):
    assert torch.equal(tasks.Strokes(alphabets=4, cache_dir=cache_dir).images, family.images[:80])
    other = tasks.Strokes(alphabets=1, seed=1, cache_dir=cache_dir)
    assert not torch.equal(other.images, family.images[:20])


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 2**31),
    split=st.sampled_from(tasks.SPLITS),
    n=st.tuples(st.integers(1, 20), st.integers(1, 10), st.integers(0, 10)),
)
def test_tasks_stay_on_their_side_and_writers_apart(family, seed, split, n):
    n_tasks, k, q = n
    batch = family.sample(n_tasks, k, q, split=split, generator=seeded(seed))
    assert batch.support.shape == (n_tasks, k, 1, 28, 28) and batch.query.shape == (n_tasks, q, 1, 28, 28)
    side = {strokes.SIDES[int(family.name_of(label)[0].split()[1])] for label in batch.label}
    assert side == {split} and len(batch.label.unique()) == n_tasks
    assert q == 0 or torch.cdist(batch.support.flatten(2), batch.query.flatten(2)).min() > 0
    again = family.sample(n_tasks, k, q, split=split, generator=seeded(seed))
    assert all(torch.equal(a, b) for a, b in zip(batch, again, strict=True))


def test_families_together_keep_characters_sides_and_pictures(family, cache_dir):
    other = tasks.Strokes(alphabets=6, seed=1, cache_dir=cache_dir)
    both = tasks.together([family, other])
    assert both.name == "strokes+strokes" and len(both.classes) == 320
    for split in tasks.SPLITS:
        expected = [*family.split_index(split).tolist(), *(200 + other.split_index(split)).tolist()]
        assert both.split_index(split).tolist() == expected
    assert torch.equal(both.images[200:], other.images) and both.name_of(200)[1] == "letter 0"


def test_names_joined_by_a_plus_are_one_family(cache_dir, monkeypatch):
    monkeypatch.setitem(tasks.FAMILIES, "a", lambda: tasks.Strokes(alphabets=1, cache_dir=cache_dir))
    monkeypatch.setitem(tasks.FAMILIES, "b", lambda: tasks.Strokes(alphabets=2, cache_dir=cache_dir))
    assert len(tasks.family("a+b").classes) == 60
    with pytest.raises(ValueError, match="name is 'c'"):
        tasks.family("a+c")


def test_wrong_requests_are_named():
    with pytest.raises(ValueError, match="alphabets is 0"):
        tasks.Strokes(alphabets=0)
    with pytest.raises(ValueError, match="seed is -1"):
        tasks.Strokes(seed=-1)
