"""What lesson 07 stands on: answer keys against other ways, the four starts, domains, the shipped tables."""

import json
from pathlib import Path

import pytest
import torch
from torch.func import grad, vmap

from metagan_course.answers import domains, reptile
from metagan_course.course import start_tables, start_training, starts
from metagan_course.inner import adapt_game
from metagan_course.outer import reptile_gradient
from metagan_course.steps import adam, sgd
from metagan_course.terms import gan_game
from metagan_course.training.architectures import networks
from metagan_course.weights import detached, params_of

RESULTS = Path(__file__).resolve().parents[1] / "notebooks" / "results"


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


# --- what the learner writes -------------------------------------------------------------------------------


def test_with_one_step_reptile_rests_where_the_mean_loss_is_lowest():
    h, c = torch.tensor([0.5, 2.0, 1.0]), torch.tensor([-1.0, 3.0, 0.5])
    w = reptile.resting_place(h, c, 0.2, 1)
    slope = grad(lambda w: (h * (w - c) ** 2 / 2).mean())(w)
    assert abs(slope) < 1e-6


def test_with_many_steps_it_rests_in_the_middle_and_in_between_where_its_own_steps_lead():
    h, c = torch.tensor([0.5, 2.0, 1.0]), torch.tensor([-1.0, 3.0, 0.5])
    assert abs(reptile.resting_place(h, c, 0.2, 1000) - c.mean()) < 1e-5
    w = torch.zeros(())
    for _ in range(300):
        ends = w.expand(3)
        for _ in range(4):
            ends = ends - 0.2 * h * (ends - c)
        w = w + 0.5 * (ends.mean() - w)
    assert abs(reptile.resting_place(h, c, 0.2, 4) - w) < 1e-5


def test_the_outer_step_is_the_packages_gradient_taken_downhill():
    start, ends = {"a": torch.randn(3, generator=seeded(0))}, {"a": torch.randn(5, 3, generator=seeded(1))}
    moved, other = reptile.reptile_step(start, start, ends, ends, 0.3)
    wanted = start["a"] - 0.3 * reptile_gradient(start, ends)["a"]
    torch.testing.assert_close(moved["a"], wanted)
    torch.testing.assert_close(other["a"], wanted)


def test_each_task_is_adapted_as_torchs_own_adam_would():
    bottoms = [torch.tensor([1.0, -2.0]), torch.tensor([5.0, 0.5])]
    found = reptile.adapt_each(
        lambda weights, c: {"w": weights["w"] - c}, {"w": torch.zeros(2)}, bottoms, adam(0.1), 4
    )
    for c, weights in zip(bottoms, found, strict=True):
        w = torch.zeros(2, requires_grad=True)
        optimiser = torch.optim.Adam([w], 0.1)
        for _ in range(4):
            optimiser.zero_grad()
            ((w - c) ** 2 / 2).sum().backward()
            optimiser.step()
        torch.testing.assert_close(weights["w"], w.detach())


def test_a_copier_is_at_no_distance_from_what_it_saw_and_at_some_from_the_rest():
    drawings = torch.randn(4, 10, 3, generator=seeded(0))
    gap = lambda a, b: (a.mean(0) - b.mean(0)).norm()  # noqa: E731
    seen, unseen = reptile.seen_and_unseen(lambda s: s, gap, drawings, 5)
    assert seen == 0 and unseen > 0.1


def test_with_one_step_d_goes_where_joint_training_would_take_it():
    """The mean of the ends minus the start is -alpha times the gradient of the mean loss."""
    built = networks(starts.SMALL)
    game = gan_game(built.gen, built.disc)
    gen, disc = detached(params_of(built.gen)), detached(params_of(built.disc))
    x, noise = (
        torch.rand(3, 5, 1, 28, 28, generator=seeded(0)),
        torch.randn(3, 1, 2, 5, 16, generator=seeded(1)),
    )

    def one(x, noise):
        return adapt_game(game, gen, disc, x, noise, sgd(0.1), sgd(0.1), first_order=True)[1]

    ends = vmap(one)(x, noise)
    joint = grad(lambda disc: vmap(lambda x, z: game.disc_loss(disc, gen, x, z))(x, noise[:, 0, 0]).mean())(
        disc
    )
    for n, w in disc.items():
        torch.testing.assert_close(ends[n].mean(0) - w, -0.1 * joint[n], atol=1e-5, rtol=1e-4)


# --- the four starts ---------------------------------------------------------------------------------------


def test_every_start_has_the_same_twelve_rules_and_no_rate_that_falls_with_time():
    assert len(set(starts.RULES)) == 12 and starts.UNTUNED in starts.RULES
    assert not any(starts.recipe_of(method).decay for method in starts.TITLES)


def test_all_methods_begin_at_the_same_random_weights():
    first = [
        starts.random_weights(starts.recipe_of(method, seed=3)).meta_g["start"] for method in starts.TITLES
    ]
    assert all(torch.equal(first[0][n], other[n]) for other in first for n in first[0])


def test_samples_have_a_number_everywhere_even_where_the_rate_is_far_too_high():
    support = torch.rand(2, 5, 1, 28, 28, generator=seeded(0))
    start = starts.random_weights(starts.recipe_of("random"))
    found = starts.drawn(start, support, starts.Rule("sgd", 1e6, 1e6), (0, 3), n=4)
    assert found[3].shape == (2, 4, 1, 28, 28) and torch.isfinite(found[3]).all()


def test_joint_training_learns_and_is_the_same_for_the_same_seed():
    a, b = (start_training.joint_training(seed=1, updates=3) for _ in range(2))
    fresh = starts.random_weights(starts.recipe_of("joint", seed=1)).meta_g["start"]
    for n, w in a.meta_g["start"].items():
        assert torch.equal(w, b.meta_g["start"][n]) and not torch.equal(w, fresh[n])


# --- domains -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*domains.SHIFTS, *domains.NEVER_TRAINED])
def test_a_shift_changes_a_stroke_and_leaves_paper_white(name):
    shift = {**domains.SHIFTS, **domains.NEVER_TRAINED}[name]
    x = torch.zeros(1, 1, 28, 28)
    assert shift(x, 1.0).abs().max() < 1e-6
    x[..., 8:20, 12:15] = 1
    assert (shift(x, 1.0) - x).abs().mean() > 1e-3 and torch.equal(shift(x, 0.0).round(), x)


def test_thick_has_more_ink_and_thin_less():
    x = torch.zeros(1, 1, 28, 28)
    x[..., 8:20, 12:15] = 1
    assert domains.thin(x, 1.0).sum() < x.sum() < domains.thick(x, 1.0).sum()


def test_369_numbers_move_and_the_rest_stands_still():
    world = domains.World()
    assert sum(w.numel() for w in world.start.values()) == 369
    task = world.domains(1, split="val", generator=seeded(0))
    gradient, losses = domains.outer_gradient(world, world.start, task, None)
    assert set(gradient) == set(world.start) and losses.shape == (1,)
    found = world.after(world.start, task, world.step("adam", 0.01), (0, 1), 4, 0)
    assert found[0].shape == (1, 4, 4, 1, 28, 28) and not torch.equal(found[0], found[1])


# --- the shipped tables ------------------------------------------------------------------------------------


def test_every_start_was_measured_with_three_seeds_on_the_same_letters():
    told = json.loads((RESULTS / "four_starts.json").read_text())
    names = [row["start"] for row in told["rows"]]
    assert {names.count(name) for name in names} == {3} and len(set(names)) == 6
    for row in told["rows"]:
        assert {len(x["kid"]) for x in row["by"]["kid"].values()} == {told["tasks"]}


def test_gaps_and_the_bar_read_the_table_the_right_way_round():
    """One start is nearer by 1 on every letter, and better recognised: ahead, and it earns its place."""
    of = lambda kid, seen: [{"by": {"kid": {"3": {"kid": kid, "recognisability": seen}}}}]  # noqa: E731
    rows = {name: of([2.0, 2.5, 2.2], [0.2, 0.3, 0.1]) for name in ("random", "joint")}
    rows["reptile"] = of([1.0, 1.5, 1.3], [0.9, 0.8, 0.9])
    assert abs(start_tables.gap(rows, "reptile", "joint", 3, "kid").estimate + 0.967) < 1e-3
    assert start_tables.versus(start_tables.gap(rows, "reptile", "joint", 3, "kid")).endswith("ahead")
    assert start_tables.earns_its_place(rows, "reptile", 3)
    assert not start_tables.earns_its_place(rows, "joint", 3)


def test_domains_were_measured_with_three_seeds_and_the_untrained_start_once():
    rows = start_tables.by_start(json.loads((RESULTS / "shifted_domains.json").read_text()))
    assert {name: len(of) for name, of in rows.items()} == {
        "shipped": 1,
        "joint": 3,
        "fomaml": 3,
        "joint, equal updates": 3,
    }
    assert {len(row["after"]["home"]["5"]["kid"]) for of in rows.values() for row in of} == {30}
    for seed in range(3):
        assert rows["joint, equal updates"][seed]["updates"] == rows["fomaml"][seed]["updates"]
