"""Lesson 02's functions against what is not them: the closed forms against autograd and the paper."""

import math

import pytest
import torch
from torch.func import grad

from metagan_course.answers.collapse import play_rings
from metagan_course.answers.dirac import LOSSES, ORDERS, dirac_losses, eigenvalues, path, slopes, step_factor
from metagan_course.answers.stability import field_jacobian, game_field, unrolled_loss


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("gamma", [0.0, 0.7])
def test_the_slopes_by_pencil_are_those_of_the_losses(loss, gamma):
    for phi, theta in ((0.7, -0.4), (-1.5, 2.0), (0.0, 0.0), (3.0, 40.0)):
        by_autograd = game_field(*dirac_losses(loss, gamma), *torch.tensor([phi, theta], dtype=torch.float64))
        assert by_autograd.neg().tolist() == pytest.approx(slopes(loss, gamma, phi, theta), abs=1e-9)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("gamma", [0.0, 0.3, 1.0, 2.5])
def test_the_eigenvalues_are_those_of_the_jacobian(loss, gamma):
    def field(w):
        return game_field(*dirac_losses(loss, gamma), w[0], w[1])

    seen = torch.linalg.eigvals(field_jacobian(field, torch.zeros(2).double()))
    own = torch.tensor(eigenvalues(loss, gamma), dtype=torch.complex128)
    assert sorted(seen.real.tolist()) == pytest.approx(sorted(own.real.tolist()), abs=1e-6)
    assert sorted(seen.imag.tolist()) == pytest.approx(sorted(own.imag.tolist()), abs=1e-6)


PUBLISHED = [  # arXiv 1801.04406: radius after 500 steps of 0.2 from (1, 1), whose theta has the other sign
    ("minimax", 0.0, "at once", 3.10),
    ("minimax", 0.0, "in turn", 1.42),
    ("non_saturating", 0.0, "at once", 0.64),
    ("non_saturating", 0.0, "in turn", 0.28),
    ("minimax", 0.3, "at once", 2.6e-6),
    ("minimax", 0.3, "in turn", 2.3e-7),
]


@pytest.mark.parametrize("loss, gamma, order, radius", PUBLISHED)
def test_the_published_radii(loss, gamma, order, radius):
    end = path(loss, start=(1.0, -1.0), n_steps=500, rate=0.2, gamma=gamma, order=order)[-1]
    assert f"{end.norm():.1e}" == f"{radius:.1e}"


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(
    "loss, gamma, n_d", [("wasserstein", 0.0, 1), ("minimax", 0.4, 3), ("non_saturating", 0.2, 2)]
)
def test_the_factor_is_how_a_small_orbit_grows(loss, gamma, n_d, order):
    """Over many steps near the centre, where every loss is straight."""
    n_d = n_d if order == "in turn" else 1
    places = path(loss, start=(1e-5, 1e-5), n_steps=400, rate=0.1, gamma=gamma, order=order, n_d=n_d)
    grown = (places[-1].norm() / places[0].norm()).log().item()
    assert grown == pytest.approx(400 * math.log(step_factor(loss, gamma, 0.1, order, n_d)), abs=1.0)


def test_looking_ahead_is_the_total_derivative():
    """Against differences of the value: through both of D's steps, not only past them."""
    gen_loss, disc_loss = dirac_losses("non_saturating", 0.2)
    named = (lambda p, t: gen_loss(p["w"], t["w"]), lambda t, p: disc_loss(t["w"], p["w"]))
    theta = {"w": torch.tensor(-0.8, dtype=torch.float64)}

    def ahead(phi):
        return unrolled_loss(*named, {"w": phi}, theta, k=2, rate=0.3)

    phi, h = torch.tensor(0.6, dtype=torch.float64), 1e-6
    assert grad(ahead)(phi).item() == pytest.approx(
        ((ahead(phi + h) - ahead(phi - h)) / (2 * h)).item(), rel=1e-6
    )
    assert grad(ahead)(phi).item() != pytest.approx(slopes("non_saturating", 0.2, 0.6, -0.8)[0], rel=0.05)


def test_games_side_by_side_are_the_games_alone():
    both, alone = (
        play_rings(seeds, rates=(1e-3, 1e-3), k=1, n_steps=20, every=20) for seeds in ([3, 4], [4])
    )
    assert both.samples.shape == (2, 2, 500, 2) and not both.samples[1, 0].equal(both.samples[1, 1])
    assert torch.allclose(both.samples[:, 1], alone.samples[:, 0], atol=1e-4)
