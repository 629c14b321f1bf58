"""Sines, shapes, drawn points and the named data sets, against closed forms."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from metagan_course import tasks
from metagan_course.tasks.base import Family, split_of
from metagan_course.tasks.toys import MODE_SD

KINDS = tasks.Shapes.kinds
# the factor that parts the sides, and its range
PARTED = {
    "rings": (2, 0.4, 1.5),
    "arcs": (3, 0, 2 * math.pi),
    "moons": (3, 0, 2 * math.pi),
    "spirals": (3, 0, 2 * math.pi),
    "mixtures": (2, 0, 2 * math.pi),
}


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


DRAWING = torch.randn(40, 2, generator=seeded())
FAMILIES = [tasks.Sines(), *map(tasks.Shapes, KINDS), tasks.Drawn(DRAWING, turned=True)]


@pytest.mark.parametrize("family", FAMILIES, ids=lambda f: getattr(f, "kind", f.name))
def test_shapes_of_a_batch_and_one_seed_one_batch(family):
    assert isinstance(family, Family)
    batch = family.sample(3, 5, 7, split="train", generator=seeded())
    assert batch.support.shape == (3, 5, 2) and batch.query.shape == (3, 7, 2)
    assert batch.label.shape == (3, len(family.factor_names))
    again = family.sample(3, 5, 7, split="train", generator=seeded())
    assert all(torch.equal(a, b) for a, b in zip(batch, again, strict=True))
    other = family.sample(3, 5, 7, split="train", generator=seeded(1))
    assert not torch.equal(batch.support, other.support)


@pytest.mark.parametrize(
    "wrong, named",
    [
        ({"n_tasks": 0}, "n_tasks is 0"),
        ({"n_tasks": 2.0}, "n_tasks is 2.0"),
        ({"k_support": 0}, "k_support is 0"),
        ({"n_query": -1}, "n_query is -1"),
        ({"split": "dev"}, "split is 'dev'"),
        ({"generator": None}, "generator is None"),
        ({"generator": 3}, "generator is 3"),
    ],
)
@pytest.mark.parametrize("family", FAMILIES, ids=lambda f: getattr(f, "kind", f.name))
def test_a_wrong_request_is_named(family, wrong, named):
    request = dict(n_tasks=2, k_support=3, n_query=3, split="train", generator=seeded()) | wrong
    with pytest.raises(ValueError, match=named):
        family.sample(**request)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31), split=st.sampled_from(tasks.SPLITS))
def test_sides_part_the_hidden_factor(seed, split):
    label = tasks.Sines().factors(64, split=split, generator=seeded(seed))
    assert set(split_of(label[:, 1], 0, math.pi)) == {split}
    for kind, (column, low, high) in PARTED.items():
        label = tasks.Shapes(kind).factors(64, split=split, generator=seeded(seed))
        assert set(split_of(label[:, column], low, high)) == {split}


def test_sines_lie_on_their_curve():
    batch = tasks.Sines().sample(8, 10, 10, split="train", generator=seeded())
    x, y = batch.query.unbind(-1)
    amplitude, phase = batch.label.double().unbind(1)
    for t in range(8):
        expected = amplitude[t] * torch.sin(x[t].double() + phase[t])
        assert torch.allclose(y[t].double(), expected, atol=1e-5)
    assert batch.label[:, 0].min() >= 0.1 and batch.label[:, 0].max() <= 5


def test_noise_on_sines_has_the_asked_spread():
    family = tasks.Sines(noise=0.5)
    batch = family.sample(20, 500, 0, split="train", generator=seeded())
    rest = batch.support[..., 1] - family.value(batch.label, batch.support[..., 0])
    assert abs(rest.std().item() - 0.5) < 0.02
    with pytest.raises(ValueError, match="noise is -1"):
        tasks.Sines(noise=-1)


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "spirals"])
def test_density_integrates_to_one_and_matches_the_samples(kind):
    family = tasks.Shapes(kind)
    label = family.factors(3, split="train", generator=seeded()).double()
    ticks = torch.linspace(-5, 5, 501, dtype=torch.float64)
    cells = torch.cartesian_prod(ticks, ticks).expand(3, -1, -1)
    mass = family.log_density(label, cells).exp() * (10 / 500) ** 2
    assert torch.allclose(mass.sum(1), torch.ones(3, dtype=torch.float64), atol=5e-3)
    # E[log p] over drawn points equals the integral of p log p
    drawn = family.draw(label, 40_000, generator=seeded(1)).double()
    entropy = (mass * family.log_density(label, cells).clamp_min(-700)).sum(1)
    assert torch.allclose(family.log_density(label, drawn).mean(1), entropy, atol=0.03)


def test_a_spiral_has_no_density_and_says_so():
    family = tasks.Shapes("spirals")
    label = family.factors(1, split="train", generator=seeded())
    with pytest.raises(ValueError, match="no closed density"):
        family.log_density(label, torch.zeros(1, 1, 2))


def test_spiral_points_lie_along_the_arm():
    family = tasks.Shapes("spirals")
    label = family.factors(1, split="train", generator=seeded())
    drawn = family.draw(label, 500, generator=seeded(1))[0]
    growth, direction, turns, width = label[0, 2:].tolist()
    along = torch.linspace(0, 1, 4000)
    angle = direction + 2 * math.pi * turns * along
    arm = label[0, :2] + growth * along[:, None] * torch.stack([angle.cos(), angle.sin()], -1)
    assert torch.cdist(drawn, arm).min(1).values.max() < 5 * width


def test_moons_are_two_halves_of_equal_weight():
    family = tasks.Shapes("moons")
    label = family.factors(4, split="test", generator=seeded())
    drawn = family.draw(label, 4000, generator=seeded(1))
    assert torch.allclose(drawn.mean(1), label[:, :2], atol=0.06)


def test_ring_of_eight_has_eight_evenly_spaced_modes():
    ring = tasks.modes("ring")
    assert len(ring) == 8
    gaps = torch.cdist(ring, ring).masked_fill(torch.eye(8).bool(), 9).min(1).values
    assert torch.allclose(gaps, torch.full((8,), 2 * 1.5 * math.sin(math.pi / 8)), atol=1e-5)
    assert tasks.modes("grid").unique(dim=0).shape == (25, 2)


@pytest.mark.parametrize("name", tasks.DATASETS)
def test_named_data_sets(name):
    drawn = tasks.points(name, 5000, generator=seeded())
    assert drawn.shape == (5000, 2) and drawn.abs().max() < 2
    assert torch.equal(drawn, tasks.points(name, 5000, generator=seeded()))
    if name in ("ring", "grid"):
        nearest = torch.cdist(drawn, tasks.modes(name)).min(1)
        counts = torch.bincount(nearest.indices)
        assert counts.min() > 0.7 * counts.float().mean()  # every mode, evenly
        # the mean distance to the centre of a 2-D Gaussian is sd * sqrt(pi / 2)
        assert abs(nearest.values.mean() - MODE_SD * math.sqrt(math.pi / 2)) < 0.002


def test_unknown_names_are_named():
    with pytest.raises(ValueError, match="'circles'.*'ring'"):
        tasks.points("circles", 3, generator=seeded())
    with pytest.raises(ValueError, match="n is 0"):
        tasks.points("ring", 0, generator=seeded())
    with pytest.raises(ValueError, match="'line'; only 'ring' and 'grid'"):
        tasks.modes("line")
    with pytest.raises(ValueError, match="kind is 'stars'"):
        tasks.Shapes("stars")
    with pytest.raises(ValueError, match="name is 'sine'"):
        tasks.family("sine")


def test_drawn_points_are_the_learners_own():
    mine = torch.randn(30, 2, generator=seeded())
    batch = tasks.Drawn(mine).sample(5, 10, 20, split="train", generator=seeded())
    together = torch.cat([batch.support, batch.query], 1)
    for task in together:  # every point once: support and query share none
        assert torch.equal(task[task[:, 0].argsort()], mine[mine[:, 0].argsort()])
    assert not batch.label.any()


def test_turned_drawings_keep_their_distances_to_the_origin():
    mine = torch.randn(30, 2, generator=seeded())
    batch = tasks.Drawn(mine, turned=True).sample(5, 30, 0, split="test", generator=seeded())
    assert torch.allclose(
        batch.support.norm(dim=-1).sort(1).values, mine.norm(dim=-1).sort().values, atol=1e-5
    )
    assert set(split_of(batch.label[:, 0], 0, 2 * math.pi)) == {"test"}


def test_drawn_points_refuse_nonsense():
    with pytest.raises(ValueError, match=r"shape \(3,\)"):
        tasks.Drawn(torch.zeros(3))
    with pytest.raises(ValueError, match="nan"):
        tasks.Drawn(torch.tensor([[0.0, math.nan]]))
    with pytest.raises(ValueError, match="only 4 different examples"):
        tasks.Drawn(torch.zeros(4, 2)).sample(1, 3, 2, split="train", generator=seeded())
