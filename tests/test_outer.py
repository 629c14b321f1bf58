"""Meta-gradients against finite differences, closed forms, and the loop over tasks that vmap replaces."""

import pytest
import torch
from oracles import (
    Tasks,
    equal,
    finite_differences,
    fresh_generator,
    normal,
    random_params,
    relative_error,
    small_players,
    small_tasks,
    task_at,
)
from torch import nn
from torch.func import functional_call

from metagan_course.inner import Game, adapt, adapt_game
from metagan_course.losses import GAN_LOSSES
from metagan_course.metagan import Player, game_losses, gan_game
from metagan_course.outer import (
    maml_gradient,
    maml_losses,
    meta_gradient,
    player_gradients,
    reptile_gradient,
)
from metagan_course.steps import CoordinateRule, Rule, adam, fixed, learned, meta_sgd, only, sgd
from metagan_course.trees import tree_map
from metagan_course.weights import params_of

RULE = CoordinateRule(hidden=2, gain=10).double()  # gentle: a difference quotient needs room
HEAD = ["2.weight", "2.bias"]

# name -> (what the rule is made of, rule of it). A rule's own numbers are meta-parameters too.
RULES = {
    "sgd": (lambda params, g: torch.tensor(0.3).double(), sgd),
    "meta_sgd": (lambda params, g: {n: 0.3 + 0.1 * normal(g, *w.shape) for n, w in params.items()}, meta_sgd),
    "adam": (lambda params, g: torch.tensor(0.1).double(), lambda lr: adam(lr, eps=0.1)),
    "only": (lambda params, g: torch.tensor(0.3).double(), lambda lr: only(HEAD, sgd(lr))),
    "learned": (lambda params, g: random_params(RULE, g), lambda psi: learned(RULE, psi)),
    "nobody": (lambda params, g: torch.tensor(0.3).double(), lambda lr: None),
}


def regression(generator):
    """A network with 13 weights that fits y = f(x): tasks of (x, y) pairs."""
    net = nn.Sequential(nn.Linear(1, 4), nn.Tanh(), nn.Linear(4, 1)).double()
    data = [(normal(generator, 2, 5, 1), normal(generator, 2, 5, 1)) for _ in range(2)]

    def loss(params, data):
        x, y = data
        return (functional_call(net, params, x) - y).square().mean()

    return loss, random_params(net, generator), Tasks(*data)


# --- finite differences: one task after the other, and nothing differentiated but the inner steps --------


@pytest.mark.parametrize("rule", [name for name in RULES if name != "nobody"])
def test_one_player_meta_gradient_equals_finite_differences(rule):
    generator = fresh_generator()
    loss, params, tasks = regression(generator)
    of, step = RULES[rule]
    meta = {"start": params, "rule": of(params, generator)}

    def looped(meta):
        adapted = [
            adapt(loss, meta["start"], task_at(tasks.support, t), step(meta["rule"]), 3) for t in (0, 1)
        ]
        return sum(loss(w, task_at(tasks.query, t)) for t, w in enumerate(adapted)) / 2

    gradient, _ = meta_gradient(
        lambda meta, tasks: maml_losses(loss, meta["start"], tasks, step(meta["rule"]), 3), meta, tasks
    )
    assert relative_error(gradient, finite_differences(looped, meta)) < 1e-6


def judged(game, player, meta_g, meta_d, batch, **options):
    tasks, noise, query_noise = batch
    return game_losses(
        game, game, player, player, meta_g, meta_d, tasks, noise=noise, query_noise=query_noise, **options
    )


def game_gradients(game, gen, disc, tasks, step, *, noise, query_noise, chunk_size=None):
    """Both outer gradients in the starts alone."""

    def losses(gen, disc, batch):
        return judged(game, Player(rule=fixed(step)), {"start": gen}, {"start": disc}, batch)

    return player_gradients(losses, gen, disc, (tasks, noise, query_noise), chunk_size=chunk_size)


def players_at(generator, rule, **game):
    gen, disc = small_players()
    of, step = RULES[rule]
    metas = [{"start": (p := random_params(m, generator)), "rule": of(p, generator)} for m in (gen, disc)]
    tasks, noise, query_noise = small_tasks(generator, n_steps=2)
    game = gan_game(gen, disc, **game)

    player = Player(rule=None if rule == "nobody" else Rule(None, step))

    def losses(meta_g, meta_d, batch):
        return judged(game, player, meta_g, meta_d, batch)

    def looped(meta_g, meta_d):  # one task after the other: no vmap
        total = torch.zeros(2).double()
        for t in range(2):
            g, d = adapt_game(
                game,
                meta_g["start"],
                meta_d["start"],
                tasks.support[t],
                noise[t],
                step(meta_g["rule"]),
                step(meta_d["rule"]),
            )
            data, z = tasks.query[t], query_noise[t]
            total = total + torch.stack([game.gen_loss(g, d, data, z), game.disc_loss(d, g, data, z)])
        return total / 2

    return metas, losses, looped, (tasks, noise, query_noise)


@pytest.mark.parametrize("rule", RULES)
def test_two_player_meta_gradients_equal_finite_differences(rule):
    (meta_g, meta_d), losses, looped, batch = players_at(fresh_generator(), rule, r1=0.3)
    grad_g, grad_d, values = player_gradients(losses, meta_g, meta_d, batch)
    expected_g = finite_differences(lambda m: looped(m, meta_d)[0], meta_g)
    expected_d = finite_differences(lambda m: looped(meta_g, m)[1], meta_d)
    assert relative_error(grad_g, expected_g) < 1e-6
    assert relative_error(grad_d, expected_d) < 1e-6
    assert torch.allclose(torch.stack([v.mean() for v in values]), looped(meta_g, meta_d))


@pytest.mark.parametrize(
    "name", [n for n in GAN_LOSSES if n != "hinge"]
)  # hinge: a kink has no difference quotient
def test_two_player_meta_gradients_for_every_loss(name):
    (meta_g, meta_d), losses, looped, batch = players_at(fresh_generator(), "sgd", loss=name)
    grad_g, grad_d, _ = player_gradients(losses, meta_g, meta_d, batch)
    assert relative_error(grad_g, finite_differences(lambda m: looped(m, meta_d)[0], meta_g)) < 1e-6
    assert relative_error(grad_d, finite_differences(lambda m: looped(meta_g, m)[1], meta_d)) < 1e-6


def test_finite_differences_see_a_missing_second_order_term():
    """The check itself, checked: first order must *not* pass it."""
    generator = fresh_generator()
    loss, params, tasks = regression(generator)
    exact, _ = maml_gradient(loss, params, tasks, sgd(0.3), 3)
    first, _ = maml_gradient(loss, params, tasks, sgd(0.3), 3, first_order=True)
    assert relative_error(first, exact) > 1e-3


# --- closed forms ------------------------------------------------------------------------------------------


def test_one_step_on_a_quadratic_is_i_minus_alpha_h():
    generator = fresh_generator()
    A, b = normal(generator, 2, 4, 4), normal(generator, 2, 2, 4)
    H = A @ A.mT

    def loss(p, data):
        return p["w"] @ data[0] @ p["w"] / 2 - data[1] @ p["w"]

    w, tasks = normal(generator, 4), Tasks((H, b[0]), (H.flip(0), b[1]))
    gradient, values = maml_gradient(loss, {"w": w}, tasks, sgd(0.1), 1)
    expected = torch.zeros(4).double()
    for H_S, b_S, H_Q, b_Q in zip(H, b[0], H.flip(0), b[1], strict=True):
        adapted = w - 0.1 * (H_S @ w - b_S)
        expected += (torch.eye(4).double() - 0.1 * H_S) @ (H_Q @ adapted - b_Q) / 2
    assert torch.allclose(gradient["w"], expected)
    assert values.shape == (2,)


@pytest.mark.parametrize("step", [sgd(0.3), only(HEAD, sgd(0.3))])
def test_fomaml_is_the_query_gradient_at_the_adapted_weights(step):
    loss, params, tasks = regression(fresh_generator())
    gradient, _ = maml_gradient(loss, params, tasks, step, 3, first_order=True)
    total = {n: torch.zeros_like(w) for n, w in params.items()}
    for t in (0, 1):
        adapted = adapt(loss, params, task_at(tasks.support, t), step, 3)
        adapted = {n: w.detach().requires_grad_() for n, w in adapted.items()}
        found = torch.autograd.grad(loss(adapted, task_at(tasks.query, t)), list(adapted.values()))
        total = {n: total[n] + g / 2 for n, g in zip(adapted, found, strict=True)}
    assert relative_error(gradient, total) < 1e-12


def test_reptile_with_one_step_is_alpha_times_the_joint_gradient():
    loss, params, tasks = regression(fresh_generator())
    adapted = torch.func.vmap(lambda s: adapt(loss, params, s, sgd(0.3), 1))(tasks.support)
    joint = torch.func.grad(lambda p: torch.func.vmap(lambda s: loss(p, s))(tasks.support).mean())(params)
    assert relative_error(reptile_gradient(params, adapted), {n: 0.3 * x for n, x in joint.items()}) < 1e-12


def test_zero_steps_are_joint_training_on_the_query():
    loss, params, tasks = regression(fresh_generator())
    gradient, _ = maml_gradient(loss, params, tasks, sgd(0.3), 0)
    joint = torch.func.grad(lambda p: torch.func.vmap(lambda q: loss(p, q))(tasks.query).mean())(params)
    assert relative_error(gradient, joint) < 1e-12


def test_the_gradient_of_a_learned_rate_is_minus_the_two_gradients_product():
    loss, params, tasks = regression(fresh_generator())
    rates = {n: torch.full_like(w, 0.3) for n, w in params.items()}
    got, _ = meta_gradient(lambda r, tasks: maml_losses(loss, params, tasks, meta_sgd(r), 1), rates, tasks)
    total = {n: torch.zeros_like(w) for n, w in params.items()}
    for t in (0, 1):
        support_gradient = torch.func.grad(loss)(params, task_at(tasks.support, t))
        adapted = {n: w - 0.3 * support_gradient[n] for n, w in params.items()}
        query_gradient = torch.func.grad(loss)(adapted, task_at(tasks.query, t))
        total = {n: total[n] - support_gradient[n] * query_gradient[n] / 2 for n in total}
    assert relative_error(got, total) < 1e-12


def test_each_player_receives_its_own_loss_s_gradient():
    """L_G = 3 phi, L_D = 5 theta + 7 phi: phi must see 3, never 10."""
    game = Game(
        gen_loss=lambda gen, disc, data, z: 3 * gen["w"] + 11 * disc["w"],
        disc_loss=lambda disc, gen, data, z: 5 * disc["w"] + 7 * gen["w"],
    )
    w = {"w": torch.tensor(1.0)}
    tasks = Tasks(torch.zeros(2, 1), torch.zeros(2, 1))
    noise, query_noise = torch.zeros(2, 1, 2, 1, 1), torch.zeros(2, 1, 1)
    grad_g, grad_d, losses = game_gradients(game, w, w, tasks, sgd(0.1), noise=noise, query_noise=query_noise)
    assert grad_g["w"].item() == pytest.approx(3) and grad_d["w"].item() == pytest.approx(5)
    assert [x.shape for x in losses] == [(2,), (2,)]


# --- vmap, chunks, tasks -------------------------------------------------------------------------------


@pytest.mark.parametrize("chunk_size", [1, 2, 3, 99])
def test_chunks_change_nothing(chunk_size):
    generator = fresh_generator()
    (meta_g, meta_d), losses, _, batch = players_at(generator, "adam", r1=0.2)
    batch = tree_map(lambda x: torch.cat([x, x + 0.1, x[:1] - 0.3]), batch)  # five tasks
    whole = player_gradients(losses, meta_g, meta_d, batch)
    parts = player_gradients(losses, meta_g, meta_d, batch, chunk_size=chunk_size)
    assert relative_error(parts, whole) < 1e-12
    assert whole[2][0].shape == (5,)


def test_chunks_free_each_other_s_graph():
    """Every chunk's tensors must be gone before the next one starts, or chunk_size would save nothing."""
    import weakref

    generator = fresh_generator()
    loss, params, tasks = regression(generator)
    alive = []

    def losses(params, tasks):
        assert not any(ref() is not None for ref in alive)
        found = maml_losses(loss, params, tasks, sgd(0.1), 2)
        alive.append(weakref.ref(found))
        return found

    meta_gradient(losses, params, tasks, chunk_size=1)
    assert len(alive) == 2


def test_two_tasks_in_one_batch_equal_two_runs():
    generator = fresh_generator()
    (meta_g, meta_d), losses, _, batch = players_at(generator, "adam", r1=0.2)
    together = player_gradients(losses, meta_g, meta_d, batch)
    alone = [
        player_gradients(losses, meta_g, meta_d, tree_map(lambda x, t=t: x[t : t + 1], batch)) for t in (0, 1)
    ]
    mean = tree_map(lambda a, b: (a + b) / 2, alone[0][:2], alone[1][:2])
    assert relative_error(together[:2], mean) < 1e-12
    assert torch.allclose(together[2][1], torch.cat([run[2][1] for run in alone]))


def test_one_task_s_data_never_reaches_another_s_loss():
    generator = fresh_generator()
    (meta_g, meta_d), losses, _, (tasks, noise, query_noise) = players_at(generator, "sgd", r1=0.2)
    support = tasks.support.requires_grad_()
    gen_losses, disc_losses = losses(meta_g, meta_d, (Tasks(support, tasks.query), noise, query_noise))
    (reach,) = torch.autograd.grad(gen_losses[0] + disc_losses[0], support)
    assert reach[0].abs().max() > 0 and reach[1].abs().max() == 0


def test_live_parameters_give_the_same_gradients_and_keep_their_own_grad():
    generator = fresh_generator()
    gen, disc = small_players()
    tasks, noise, query_noise = small_tasks(generator)
    arguments = dict(noise=noise, query_noise=query_noise)
    live = [params_of(m) for m in (gen, disc)]
    cut = [{n: w.detach().clone() for n, w in p.items()} for p in live]
    game = gan_game(gen, disc)
    a = game_gradients(game, *live, tasks, sgd(0.3), **arguments)
    b = game_gradients(game, *cut, tasks, sgd(0.3), **arguments)
    assert equal(a, b) and all(w.grad is None for w in gen.parameters())


# --- refusals ----------------------------------------------------------------------------------------------


def test_refusals_say_what_and_where():
    generator = fresh_generator()
    loss, params, tasks = regression(generator)
    gen, disc = small_players()
    g, d = random_params(gen, generator), random_params(disc, generator)
    points, noise, query_noise = small_tasks(generator)
    x, y = tasks.support

    def one(tasks=tasks, params=params, n_steps=1, **more):
        return maml_gradient(loss, params, tasks, sgd(0.1), n_steps, **more)

    def two(tasks=points, gen_=g, noise=noise, query_noise=query_noise, **more):
        game = gan_game(gen, disc)
        return game_gradients(game, gen_, d, tasks, sgd(1.0), noise=noise, query_noise=query_noise, **more)

    nan = {n: w * float("nan") for n, w in params.items()}
    for words, call in {
        "n_steps is -2": lambda: one(n_steps=-2),
        "chunk_size is 0": lambda: one(chunk_size=0),
        "params: weight '0.weight'.*NaN": lambda: one(params=nan),
        "support is empty": lambda: one(Tasks((x[:, :0], y[:, :0]), tasks.query)),
        r"tasks:.*leading axis.*\(1, 5, 1\).*\(2, 5, 1\)": lambda: one(Tasks((x[:1], y), tasks.query)),
        r"tasks:.*\(0, 5, 1\)": lambda: one(Tasks((x[:0], y[:0]), (x[:0], y[:0]))),
        r"adapt_game: noise.*\(3, 1, 4, 2\).*\(K, 2, B, Z\)": lambda: two(noise=noise[:, :, :1]),
        "tasks:.*leading axis": lambda: two(noise=noise[:1]),
        r"adapt_game: gen.*NaN": lambda: two(gen_={n: w / 0 for n, w in g.items()}),
    }.items():
        with pytest.raises(ValueError, match=words):
            call()
