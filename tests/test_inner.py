"""The inner loops: small cases worked by hand, the two-player trap, and what they refuse."""

import pytest
import torch
from oracles import equal, fresh_generator, normal, random_params, small_players, small_tasks, task_at

from metagan_course import inner
from metagan_course.inner import Game, adapt, adapt_game, adapt_game_path, adapt_path
from metagan_course.losses import GAN_LOSSES
from metagan_course.metagan import gan_game
from metagan_course.steps import adam, only, sgd


def quadratic(generator, n=4):
    """loss(w) = w.H w / 2 - b.w, with gradient H w - b."""
    a = normal(generator, n, n)
    return a @ a.T + torch.eye(n).double(), normal(generator, n)


def quadratic_loss(params, data):
    H, b = data
    return params["w"] @ H @ params["w"] / 2 - b @ params["w"]


def test_two_steps_on_a_quadratic_by_hand():
    generator = fresh_generator()
    (H, b), w = quadratic(generator), normal(generator, 4)
    expected = w - 0.1 * (H @ w - b)
    expected = expected - 0.1 * (H @ expected - b)
    assert torch.allclose(adapt(quadratic_loss, {"w": w}, (H, b), sgd(0.1), 2)["w"], expected)


def test_zero_steps_return_what_was_given():
    gen, disc = small_players()
    g, d = dict(gen.named_parameters()), dict(disc.named_parameters())
    tasks, noise, _ = small_tasks(fresh_generator(), n_steps=0)
    assert adapt(quadratic_loss, {"w": torch.ones(2)}, None, sgd(0.1), 0)["w"].tolist() == [1, 1]
    after = adapt_game(gan_game(gen, disc), g, d, tasks.support[0], noise[0], sgd(1.0), sgd(1.0))
    assert after == (g, d)


def test_paths_begin_at_the_start_and_end_at_the_adapted_weights():
    generator = fresh_generator()
    data, w = quadratic(generator), {"w": normal(generator, 4)}
    path = list(adapt_path(quadratic_loss, w, data, adam(0.1), 3))
    assert len(path) == 4 and path[0] is w
    for k, weights in enumerate(path):
        assert equal(weights, adapt(quadratic_loss, w, data, adam(0.1), k))

    gen, disc = small_players()
    start = random_params(gen, generator), random_params(disc, generator)
    tasks, noise, _ = small_tasks(generator)
    arguments = gan_game(gen, disc), *start, tasks.support[0]
    path = list(adapt_game_path(*arguments, noise[0], adam(0.1), sgd(0.1)))
    assert len(path) == 4 and path[0] == start
    for k, weights in enumerate(path):
        assert equal(weights, adapt_game(*arguments, noise[0, :k], adam(0.1), sgd(0.1)))


def test_inputs_are_not_changed():
    generator = fresh_generator()
    gen, disc = small_players()
    start = random_params(gen, generator), random_params(disc, generator)
    copies = [{n: w.clone() for n, w in p.items()} for p in start]
    tasks, noise, _ = small_tasks(generator)
    adapt_game(gan_game(gen, disc), *start, tasks.support[0], noise[0], sgd(0.5), adam(0.5))
    assert equal(list(start), copies)


# --- two players -------------------------------------------------------------------------------------------

BILINEAR = Game(  # L_D = -theta phi, L_G = theta phi
    gen_loss=lambda gen, disc, data, z: gen["phi"] * disc["theta"],
    disc_loss=lambda disc, gen, data, z: -gen["phi"] * disc["theta"],
)


def one_bilinear_round(first_order):
    phi = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    theta = torch.tensor(-0.4, dtype=torch.float64, requires_grad=True)
    gen, disc = adapt_game(
        BILINEAR,
        {"phi": phi},
        {"theta": theta},
        None,
        torch.zeros(1, 2, 1, 1),
        sgd(0.1),
        sgd(0.2),
        first_order=first_order,
    )
    return phi, theta, gen["phi"], disc["theta"]


@pytest.mark.parametrize("first_order", [False, True])
def test_one_round_of_a_bilinear_game_by_hand(first_order):
    """theta' = theta + b phi; phi' = phi - a theta', not phi - a (theta' + b phi): a partial derivative."""
    _, _, phi, theta = one_bilinear_round(first_order)
    assert theta.item() == pytest.approx(-0.4 + 0.2 * 0.7)
    assert phi.item() == pytest.approx(0.7 - 0.1 * (-0.4 + 0.2 * 0.7))


def test_the_derivative_of_that_round_by_hand():
    """phi' = (1 - a b) phi - a theta, theta' = theta + b phi. First order sees the identity."""
    phi, theta, phi_, theta_ = one_bilinear_round(first_order=False)
    slopes = torch.autograd.grad(phi_, (phi, theta), retain_graph=True)
    assert [s.item() for s in slopes] == pytest.approx([1 - 0.1 * 0.2, -0.1])
    assert [s.item() for s in torch.autograd.grad(theta_, (phi, theta))] == pytest.approx([0.2, 1])
    phi, theta, phi_, _ = one_bilinear_round(first_order=True)
    slopes = torch.autograd.grad(phi_, (phi, theta), materialize_grads=True)
    assert [s.item() for s in slopes] == [1, 0]


def adapted_twice(game, generator, step=sgd):
    gen, disc = small_players()
    start = random_params(gen, generator), random_params(disc, generator)
    start = [{n: w.requires_grad_() for n, w in p.items()} for p in start]
    tasks, noise, _ = small_tasks(generator)
    support = task_at(tasks.support, 0)
    return [
        adapt_game(game(gen, disc), *start, support, noise[0], step(0.3), step(0.3), first_order=first)
        for first in (False, True)
    ]


@pytest.mark.parametrize("name", GAN_LOSSES)
@pytest.mark.parametrize("step", [sgd, adam])
def test_the_inner_result_does_not_depend_on_first_order(name, step):
    second, first = adapted_twice(lambda g, d: gan_game(g, d, loss=name, r1=0.2), fresh_generator(), step)
    assert equal(second, first)


def test_and_that_test_sees_the_two_player_trap(monkeypatch):
    """With autograd.grad on live weights in its place, the inner result moves with first_order."""

    def trapped(loss):
        def gradient(params):
            recorded = torch.is_grad_enabled()  # first order: not
            with torch.enable_grad():
                found = torch.autograd.grad(loss(params), list(params.values()), create_graph=True)
            return {n: g if recorded else g.detach() for n, g in zip(params, found, strict=True)}

        return gradient

    monkeypatch.setattr(inner, "grad", trapped)
    second, first = adapted_twice(gan_game, fresh_generator())
    assert not all(torch.allclose(second[0][n], first[0][n], rtol=1e-6) for n in second[0])


@pytest.mark.parametrize("who", ["generator", "discriminator"])
def test_who_does_not_adapt_stays(who):
    generator = fresh_generator()
    gen, disc = small_players()
    start = random_params(gen, generator), random_params(disc, generator)
    tasks, noise, _ = small_tasks(generator)
    steps = (None, sgd(0.3)) if who == "discriminator" else (sgd(0.3), None)
    after = adapt_game(gan_game(gen, disc), *start, tasks.support[0], noise[0], *steps)
    stays, moves = (0, 1) if who == "discriminator" else (1, 0)
    assert after[stays] is start[stays]
    assert not equal(after[moves], start[moves])


def test_anil_leaves_the_body_bit_for_bit_the_same():
    generator = fresh_generator()
    gen, disc = small_players()
    start = random_params(gen, generator), random_params(disc, generator)
    tasks, noise, _ = small_tasks(generator)
    head = only(["2.weight", "2.bias"], sgd(0.3))
    after = adapt_game(gan_game(gen, disc), *start, tasks.support[0], noise[0], head, head)
    for player in (0, 1):
        assert equal(
            [after[player][n] for n in ("0.weight", "0.bias")],
            [start[player][n] for n in ("0.weight", "0.bias")],
        )
        assert not torch.equal(after[player]["2.weight"], start[player]["2.weight"])


def test_each_player_has_its_own_noise():
    seen = []
    game = Game(
        gen_loss=lambda gen, disc, data, z: (seen.append(("G", z.flatten().tolist())), gen["w"].sum())[1],
        disc_loss=lambda disc, gen, data, z: (seen.append(("D", z.flatten().tolist())), disc["w"].sum())[1],
    )
    noise = torch.arange(4.0).reshape(2, 2, 1, 1)
    w = {"w": torch.zeros(1)}
    adapt_game(game, w, w, None, noise, sgd(0.1), sgd(0.1))
    assert seen == [("D", [0.0]), ("G", [1.0]), ("D", [2.0]), ("G", [3.0])]


def test_it_runs_under_no_grad():
    generator = fresh_generator()
    gen, disc = small_players()
    start = random_params(gen, generator), random_params(disc, generator)
    tasks, noise, _ = small_tasks(generator)
    arguments = gan_game(gen, disc, r1=0.1), *start, tasks.support[0], noise[0], sgd(0.1), sgd(0.1)
    with torch.no_grad():
        quiet = adapt_game(*arguments)
    assert equal(quiet, adapt_game(*arguments)) and not any(w.requires_grad for w in quiet[0].values())


# --- refusals ----------------------------------------------------------------------------------------------


def test_refusals_say_what_and_where():
    gen, disc = small_players()
    g, d = dict(gen.named_parameters()), dict(disc.named_parameters())
    x, noise, w = torch.zeros(4, 2).double(), torch.zeros(3, 2, 4, 2).double(), {"w": torch.zeros(2)}
    bad = {**g, "0.bias": g["0.bias"] * float("nan")}
    game = gan_game(gen, disc)
    for words, call in {
        "adapt: n_steps is -1": lambda: adapt(quadratic_loss, w, None, sgd(0.1), -1),
        "adapt: params.*'w'.*NaN": lambda: adapt(
            quadratic_loss, {"w": torch.tensor([float("nan")])}, None, sgd(1), 1
        ),
        "adapt: params.*'w'.*inf": lambda: adapt(
            quadratic_loss, {"w": torch.tensor([float("inf")])}, None, sgd(1), 0
        ),
        "adapt: params.*dict": lambda: adapt(quadratic_loss, [torch.zeros(2)], None, sgd(0.1), 1),
        r"adapt: support is empty.*\(0, 2\)": lambda: adapt(quadratic_loss, w, (x, x[:0]), sgd(0.1), 1),
        r"noise.*\(2, 4, 2\).*\(K, 2, B, Z\)": lambda: adapt_game(
            game, g, d, x, noise[0], sgd(1.0), sgd(1.0)
        ),
        r"noise.*\(3, 1, 4, 2\)": lambda: adapt_game(game, g, d, x, noise[:, :1], sgd(1.0), sgd(1.0)),
        "adapt_game: gen.*'0.bias'.*NaN": lambda: adapt_game(game, bad, d, x, noise, sgd(1.0), sgd(1.0)),
        "adapt_game: disc.*'0.bias'.*NaN": lambda: adapt_game(game, g, bad, x, noise, sgd(1.0), sgd(1.0)),
        r"adapt_game: support is empty.*\(0, 2\)": lambda: adapt_game(
            game, g, d, x[:0], noise, sgd(1.0), sgd(1.0)
        ),
    }.items():
        with pytest.raises(ValueError, match=words):
            call()


def test_paths_refuse_at_once_not_at_their_first_value():
    with pytest.raises(ValueError, match="n_steps"):
        adapt_path(quadratic_loss, {"w": torch.zeros(2)}, None, sgd(0.1), -1)
