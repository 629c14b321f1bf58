"""What lesson 08 stands on: its answer keys against an oracle, who moves, the stepper's numbers."""

import json
from pathlib import Path

import pytest
import torch

from metagan_course import pretrained
from metagan_course.answers import meta_gan
from metagan_course.answers.meta_gan import ADAPTS, Learned, arcs, scores_of
from metagan_course.answers.meta_gan_figures import MOVES, walk
from metagan_course.exercises.lesson_08.trap_test import EXERCISE, trapped, trapped_with_a_graph

RESULTS = Path(__file__).resolve().parents[1] / "notebooks" / "results"


def number(x: float) -> torch.Tensor:
    return torch.tensor(x, dtype=torch.float64)


def gen_loss(phi, theta):
    return phi * theta**2


def disc_loss(theta, phi):
    return theta * phi**2 + theta**2


def by_hand(phi, theta, alpha, n):
    for _ in range(n):
        theta = theta - alpha * (phi**2 + 2 * theta)
        phi = phi - alpha * theta**2
    return phi, theta


@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_rounds_are_those_of_slopes_taken_by_hand(n):
    ours = meta_gan.play(gen_loss, disc_loss, number(0.9), number(-0.7), 0.1, n)
    torch.testing.assert_close(ours, by_hand(number(0.9), number(-0.7), 0.1, n))


def test_both_slopes_of_a_square():
    """L_G = phi theta, theta' = 3 phi: partial theta' = 3 phi, total 6 phi."""
    partial, total = meta_gan.two_slopes(lambda phi, theta: phi * theta, lambda phi: 3 * phi, number(2.0))
    assert (partial.item(), total.item()) == (6.0, 12.0)


def test_each_start_gets_its_own_gradient():
    a = torch.tensor([1.0, 3.0])
    of_g, of_d = meta_gan.outer_gradients(
        lambda phi, theta: (a * phi * theta, a * (phi + theta**2)), torch.tensor(5.0), torch.tensor(7.0)
    )
    assert (of_g.item(), of_d.item()) == (2 * 7.0, 2 * 14.0)


def test_a_trapped_loop_agrees_with_its_own_differences_and_not_with_the_rule():
    start, h = number(1.0).requires_grad_(), 1e-5
    end = lambda loop, phi: loop(gen_loss, disc_loss, phi, number(-1.0), 0.1, 3)[0]  # noqa: E731
    near = lambda loop: (end(loop, number(1 + h)) - end(loop, number(1 - h))) / (2 * h)  # noqa: E731
    slope = {
        loop: torch.autograd.grad(end(loop, start), start)[0] for loop in (trapped, trapped_with_a_graph)
    }
    assert abs(slope[trapped] - near(trapped)) < 1e-6
    assert abs(slope[trapped_with_a_graph] - near(trapped_with_a_graph)) > 1e-2
    assert abs(end(trapped, number(1.0)) - by_hand(number(1.0), number(-1.0), 0.1, 3)[0]) > 1e-3


def test_the_trap_test_has_ten_broken_loops_and_four_right_ones():
    assert len(EXERCISE.inputs) == 14


@pytest.fixture(scope="module")
def shipped():
    found = pretrained.load("shapes-meta-gan")
    return Learned(found.recipe, found.meta_g, found.meta_d)


@pytest.fixture(scope="module")
def one():
    return arcs(1, split="test", generator=torch.Generator().manual_seed(3))


@pytest.mark.parametrize("adapts", ADAPTS)
def test_only_those_named_move(shipped, one, adapts):
    went = walk(shipped, one, adapts=adapts).went
    assert (went["G"][MOVES] > 0, went["D"][MOVES] > 0) == (adapts != "D alone", adapts != "G alone")


def test_d_alone_changes_no_sample(shipped, one):
    after = scores_of(shipped, one, (0, 5), adapts="D alone")
    assert torch.equal(after[0], after[5])


def test_the_shipped_results_have_every_arm_with_three_seeds():
    rows = json.loads((RESULTS / "meta_gan_steps.json").read_text())["rows"]
    arms = [(row["arm"], row["K"]) for row in rows]
    assert len(rows) == 27 and {arms.count(arm) for arm in arms} == {3}
