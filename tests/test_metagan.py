"""The ten lines: what can be said with players and rules, each against a loop over tasks written by hand.

The hand-written loop knows no vmap, no Rule, no Player: autograd on fresh leaves, one task after the other.
The meta-gradients are held against its difference quotients, in double precision.
"""

from typing import NamedTuple

import pytest
import torch
from oracles import fresh_generator, normal, random_params, small_tasks, task_at
from torch import nn
from torch.func import functional_call

from metagan_course import inner, metagan, steps, terms
from metagan_course.inner import Game
from metagan_course.losses import GAN_LOSSES
from metagan_course.metagan import Player, Tasks, along, game_losses, gan_game, learned_start
from metagan_course.metrics import energy_distance
from metagan_course.nets import HyperNetwork
from metagan_course.outer import player_gradients
from metagan_course.steps import CoordinateRule, adam, fixed, learned_rates, learned_rule, sgd
from metagan_course.terms.parts import to_real
from metagan_course.trees import tree_leaves, tree_map
from metagan_course.weights import as_function

MAPS = 16, 7, 7
CODE = 16 * 7 * 7


class Coded(nn.Module):
    """A smooth little network of x and a code."""

    def __init__(self, code_size, n_out):
        super().__init__()
        self.body, self.head = nn.Linear(2 + code_size, 3), nn.Linear(3, n_out)

    def forward(self, x, c):
        return self.head(torch.tanh(self.body(torch.cat([x, c.expand(len(x), -1)], 1))))


class MapRule(nn.Module):
    """A rule that reads the gradient of a code as pictures: (16, 7, 7) in, an update of the same form out."""

    def __init__(self):
        super().__init__()
        self.look = nn.Conv2d(16, 16, 3, padding=1)

    def memory(self, w):
        return w.new_zeros(w.shape)

    def forward(self, gradient, memory):
        change = torch.tanh(self.look((9 * gradient + memory).reshape(1, *MAPS))).reshape(gradient.shape)
        return change, change


class Saying(NamedTuple):
    """Two players with their metas, and the same in words of the hand-written loop."""

    g: Player
    d: Player
    meta_g: dict
    meta_d: dict
    inner: object  # (meta_g) -> Game
    outer: Game
    hand_g: object  # (meta_g) -> (start(support) -> weights, names that move, move(w, g, memory, name))
    hand_d: object


def players(generator, code_size=0):
    if code_size:
        return Coded(code_size, 2).double(), Coded(code_size, 1).double()
    gen = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 2))
    return gen.double(), nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1)).double()


def descent(rate):
    return lambda w, g, memory, name: (w - rate * g, memory)


def say(generator, rule_g, rule_d, hand_g, hand_d, *, names=(None, None), code_size=0, start=None):
    """A saying of one form: both players start at learned weights (and codes), or as `start` says."""
    gen, disc = players(generator, code_size)
    metas = []
    for network, rule in ((gen, rule_g), (disc, rule_d)):
        weights = random_params(network, generator, 0.5)
        if code_size:
            weights["code"] = normal(generator, code_size) / code_size**0.5
        metas.append({"start": weights, "rule": rule.begin(weights) if rule else {}})
    metas = tree_map(lambda w: w + 0.05 * normal(generator, w.numel()).view(w.shape), metas)
    game = gan_game(gen, disc, r1=0.2)

    def hand(start, moving, move):
        return lambda meta: (
            (lambda support: start(meta, support)),
            list(meta["start"]) if moving is None else moving,
            move(meta),
        )

    start_g, start_d = start or (learned_start, learned_start)
    return Saying(
        Player(start_g, rule_g),
        Player(start_d, rule_d),
        *metas,
        lambda meta_g: game,
        gan_game(gen, disc, loss="least_squares"),
        hand(start_g, names[0], hand_g),
        hand(start_d, names[1], hand_d),
    )


STILL = lambda meta: None  # noqa: E731 - this player's hand has no move
PLAIN = lambda meta: descent(0.3)  # noqa: E731
HEAD = ["2.weight", "2.bias"]


def rates_hand(meta):
    return lambda w, g, memory, name: (w - meta["rule"][name].exp() * g, memory)


def network_hand(network):
    def move(meta):
        def one(w, g, memory, name):
            memory = network.memory(w) if memory is None else memory
            change, memory = functional_call(network, meta["rule"], (g, memory))
            return w + change, memory

        return one

    return move


def plain_steps(generator):
    return say(generator, fixed(sgd(0.3)), fixed(sgd(0.3)), PLAIN, PLAIN)


def a_rate_for_each_weight(generator):
    return say(generator, learned_rates(0.3), learned_rates(0.2), rates_hand, rates_hand)


def a_rate_for_each_tensor(generator):
    rule = learned_rates(0.3, per="tensor")
    return say(generator, rule, rule, rates_hand, rates_hand)


def a_learned_rule(generator):
    network = CoordinateRule(hidden=2, gain=10).double()
    return say(generator, learned_rule(network), fixed(sgd(0.3)), network_hand(network), PLAIN)


def a_rule_that_reads_maps(generator):
    network = MapRule().double()
    rule = learned_rule(network)._replace(moves=lambda w: ["code"])
    hand = network_hand(network)
    return say(generator, rule, None, hand, STILL, names=(["code"], []), code_size=CODE)


def only_the_code(generator):
    rule = learned_rates(0.5)._replace(moves=lambda w: ["code"])
    return say(generator, rule, None, rates_hand, STILL, names=(["code"], []), code_size=3)


def only_the_head(generator):
    rule = fixed(sgd(0.3))._replace(moves=lambda w: HEAD)
    return say(generator, rule, rule, PLAIN, PLAIN, names=(HEAD, HEAD))


def g_stands_still(generator):
    return say(generator, None, fixed(sgd(0.3)), STILL, PLAIN, names=([], None))


def g_stands_still_and_d_moves_its_code(generator):
    rule = fixed(sgd(0.3))._replace(moves=lambda w: ["code"])
    return say(generator, None, rule, STILL, PLAIN, names=([], ["code"]), code_size=3)


def an_encoder_s_code_as_the_start(generator):
    def start(meta, support):
        return {**meta["start"], "code": torch.tanh(support.mean(0) @ meta["psi"])}

    rule = fixed(sgd(0.3))._replace(moves=lambda w: ["code"])
    said = say(generator, rule, rule, PLAIN, PLAIN, names=(["code"],) * 2, code_size=3, start=(start, start))
    for meta in said[2:4]:
        del meta["start"]["code"]
        meta["psi"] = normal(generator, 2, 3)
    return said


def a_hypernetwork_s_weights_as_the_start(generator):
    rule = fixed(sgd(0.3))
    said = say(generator, rule, rule, PLAIN, PLAIN)
    hyper = HyperNetwork(said.meta_g["start"], 2, hidden=3, scale=0.5).double()

    def start(meta, support):
        return functional_call(hyper, meta["hyper"], (support.mean(0),))

    names = list(said.meta_g["start"])
    return said._replace(
        g=Player(start, rule),
        meta_g={"hyper": random_params(hyper, generator)},
        hand_g=lambda meta: ((lambda support: start(meta, support)), names, descent(0.3)),
    )


def features_of_an_inner_loss_trained_through_the_steps(generator):
    """The steps read the support through features that only the outer loop learns (and no critic moves)."""
    said = only_the_code(generator)
    look = nn.Sequential(nn.Linear(2, 3), nn.Tanh()).double()
    gen, _ = players(generator, 3)
    draw = terms.pair(gen, nn.Identity()).draw
    meta_g = {**said.meta_g, "features": random_params(look, generator)}

    def inner_of(meta_g):
        def gen_loss(gen, disc, data, z):
            h = lambda x: functional_call(look, meta_g["features"], (x,))  # noqa: E731
            return energy_distance(h(draw(gen, z)), h(data))

        return Game(gen_loss, lambda disc, gen, data, z: None)

    return said._replace(meta_g=meta_g, inner=inner_of)


SAYINGS = [
    plain_steps,
    a_rate_for_each_weight,
    a_rate_for_each_tensor,
    a_learned_rule,
    a_rule_that_reads_maps,
    only_the_code,
    only_the_head,
    g_stands_still,
    g_stands_still_and_d_moves_its_code,
    an_encoder_s_code_as_the_start,
    a_hypernetwork_s_weights_as_the_start,
    features_of_an_inner_loss_trained_through_the_steps,
]


# --- the loop by hand --------------------------------------------------------------------------------------


def moved(loss, weights, names, move, memories, *rest):
    """One player's move: the gradient at fresh leaves, weight by weight."""
    own = {n: w.detach().requires_grad_(n in names) for n, w in weights.items()}
    found = torch.autograd.grad(loss(own, *tree_map(torch.Tensor.detach, rest)), [own[n] for n in names])
    for n, g in zip(names, found, strict=True):
        weights[n], memories[n] = move(weights[n], g, memories.get(n), n)


def by_hand(said, meta_g, meta_d, tasks, noise, query_noise):
    """Mean L_G and L_D, the numbers only."""
    (start_g, names_g, move_g), (start_d, names_d, move_d) = said.hand_g(meta_g), said.hand_d(meta_d)
    game, total = said.inner(meta_g), torch.zeros(2).double()
    for t in range(len(noise)):
        support, query = task_at(tasks.support, t), task_at(tasks.query, t)
        gen, disc, memory_g, memory_d = dict(start_g(support)), dict(start_d(support)), {}, {}
        for z_d, z_g in noise[t]:
            if move_d:
                moved(game.disc_loss, disc, names_d, move_d, memory_d, gen, support, z_d)
            if move_g:
                moved(game.gen_loss, gen, names_g, move_g, memory_g, disc, support, z_g)
        z = query_noise[t]
        judged = said.outer.gen_loss(gen, disc, query, z), said.outer.disc_loss(disc, gen, query, z)
        total = total + torch.stack(judged).detach()
    return total / len(noise)


def losses_of(said, first_order=False):
    def losses(meta_g, meta_d, batch):
        tasks, noise, query_noise = batch
        return game_losses(
            said.inner(meta_g), said.outer, said.g, said.d, meta_g, meta_d, tasks,
            noise=noise, query_noise=query_noise, first_order=first_order,
        )  # fmt: skip

    return losses


def batch_of(generator, n_steps=2):
    tasks, noise, query_noise = small_tasks(generator, n_tasks=2, n_steps=n_steps)
    return Tasks(*tasks), noise, query_noise


@pytest.mark.parametrize("saying", SAYINGS)
def test_what_is_said_is_what_a_loop_by_hand_does_and_its_slope(saying):
    generator = fresh_generator()
    said, batch = saying(generator), batch_of(generator)
    metas = said.meta_g, said.meta_d
    *gradients, values = player_gradients(losses_of(said), *metas, batch)
    expected = by_hand(said, *metas, *batch)
    assert torch.allclose(torch.stack([v.mean() for v in values]), expected, rtol=1e-9)
    still = by_hand(said, *metas, batch[0], batch[1][:, :0], batch[2])
    assert not torch.allclose(expected, still, rtol=1e-6)  # something moves
    for player in (0, 1):
        v = tree_map(lambda w: normal(generator, w.numel()).view(w.shape), metas[player])
        length = norm(v)
        v = tree_map(lambda d, length=length: d / length, v)
        near, far = (quotient(said, metas, player, v, h, batch) for h in (1e-4, 2e-4))
        along_v = sum((g * d).sum() for g, d in zip(*map(tree_leaves, (gradients[player], v)), strict=True))
        assert along_v.item() == pytest.approx((4 * near - far) / 3, rel=1e-5, abs=1e-8)


def quotient(said, metas, player, v, h, batch) -> float:
    """(L(meta + h v) - L(meta - h v)) / 2h of the hand-written loop."""
    values = []
    for step in (h, -h):
        pair = list(metas)
        pair[player] = tree_map(lambda w, d, step=step: w + step * d, metas[player], v)
        values.append(by_hand(said, *pair, *batch)[player].item())
    return (values[0] - values[1]) / (2 * h)


def norm(nest):
    return torch.cat([x.reshape(-1) for x in tree_leaves(nest)]).norm()


@pytest.mark.parametrize("saying", SAYINGS)
def test_first_order_has_the_same_losses_and_the_gradient_of_constants(saying):
    """Each inner gradient is a constant: the steps made with gradients written down before."""
    generator = fresh_generator()
    said, batch = saying(generator), batch_of(generator)
    exact = losses_of(said)(said.meta_g, said.meta_d, batch)
    first = losses_of(said, first_order=True)(said.meta_g, said.meta_d, batch)
    assert all(torch.equal(a, b) for a, b in zip(exact, first, strict=True))
    *gradients, _ = player_gradients(losses_of(said, first_order=True), said.meta_g, said.meta_d, batch)
    expected = frozen_gradients(said, *batch)
    for a, b in zip(tree_leaves(gradients), tree_leaves(expected), strict=True):
        assert torch.allclose(a, b, rtol=1e-9, atol=1e-13)


def frozen_gradients(said, tasks, noise, query_noise):
    """By hand, live in the metas: w' = move(w, g) with every g detached."""
    metas = tree_map(lambda w: w.clone().requires_grad_(), (said.meta_g, said.meta_d))
    total_g, total_d = 0, 0
    (start_g, names_g, move_g), (start_d, names_d, move_d) = said.hand_g(metas[0]), said.hand_d(metas[1])
    game = said.inner(metas[0])
    for t in range(len(noise)):
        support, query = task_at(tasks.support, t), task_at(tasks.query, t)
        gen, disc, memory_g, memory_d = dict(start_g(support)), dict(start_d(support)), {}, {}
        for z_d, z_g in noise[t]:
            if move_d:
                moved(game.disc_loss, disc, names_d, move_d, memory_d, gen, support, z_d)
            if move_g:
                moved(game.gen_loss, gen, names_g, move_g, memory_g, disc, support, z_g)
        total_g = total_g + said.outer.gen_loss(gen, disc, query, query_noise[t]) / len(noise)
        total_d = total_d + said.outer.disc_loss(disc, gen, query, query_noise[t]) / len(noise)
    leaves = tree_leaves(metas[0]), tree_leaves(metas[1])
    options = {"retain_graph": True, "materialize_grads": True}
    return [
        torch.autograd.grad(value, of, **options)
        for value, of in zip((total_g, total_d), leaves, strict=True)
    ]


@pytest.mark.parametrize("saying, names", [
    (only_the_code, [{"code"}]),
    (only_the_head, [set(HEAD)]),
    (g_stands_still_and_d_moves_its_code, [{"code"}]),
])  # fmt: skip
def test_only_what_moves_is_differentiated(saying, names, monkeypatch):
    seen, real = [], inner.grad
    monkeypatch.setattr(inner, "grad", lambda f: lambda own: (seen.append(set(own)), real(f)(own))[1])
    generator = fresh_generator()
    said = saying(generator)
    losses_of(said)(said.meta_g, said.meta_d, batch_of(generator))
    assert seen and all(own in names for own in seen)


@pytest.mark.parametrize("saying", [plain_steps, only_the_code, an_encoder_s_code_as_the_start])
def test_along_sees_the_players_that_game_losses_judges(saying):
    generator = fresh_generator()
    said = saying(generator)
    tasks, noise, z = batch_of(generator, n_steps=3)
    game = said.inner(said.meta_g)
    metas = said.meta_g, said.meta_d
    whole = Game(lambda gen, disc, data, z: gen, lambda disc, gen, data, z: disc)  # to be seen as they are
    seen = along(
        game, lambda gen, disc, z: (gen, disc), said.g, said.d, *metas, tasks.support,
        noise=noise, z=z, at=[0, 2, 3],
    )  # fmt: skip
    assert len(seen) == 3
    for k, (gens, discs) in zip((0, 2, 3), seen, strict=True):
        judged = game_losses(game, whole, said.g, said.d, *metas, tasks, noise=noise[:, :k], query_noise=z)
        for a, b in zip(tree_leaves((gens, discs)), tree_leaves(judged), strict=True):
            assert torch.allclose(a, b, rtol=1e-12)


def test_what_the_outer_game_returns_comes_back_with_a_task_axis():
    generator = fresh_generator()
    said, (tasks, noise, z) = plain_steps(generator), batch_of(generator)
    outer = Game(lambda gen, disc, data, z: {"x": data, "z": z}, lambda disc, gen, data, z: data.sum())
    found, sums = game_losses(
        said.inner(said.meta_g), outer, said.g, said.d, said.meta_g, said.meta_d, tasks,
        noise=noise, query_noise=z,
    )  # fmt: skip
    assert torch.equal(found["x"], tasks.query) and torch.equal(found["z"], z) and sums.shape == (2,)


def test_a_rule_s_memory_is_each_task_s_own():
    """Adam inside: a second task in the batch changes nothing of the first."""
    generator = fresh_generator()
    said = plain_steps(generator)
    said = said._replace(g=Player(rule=fixed(adam(0.1))), d=Player(rule=fixed(adam(0.1))))
    tasks, noise, z = batch_of(generator)
    both = losses_of(said)(said.meta_g, said.meta_d, (tasks, noise, z))
    one = losses_of(said)(said.meta_g, said.meta_d, tree_map(lambda x: x[1:], (tasks, noise, z)))
    assert all(torch.allclose(a[1:], b, rtol=1e-12) for a, b in zip(both, one, strict=True))


def test_a_rule_that_moves_what_is_not_there_is_named():
    generator = fresh_generator()
    said = plain_steps(generator)
    rule = fixed(sgd(0.1))._replace(moves=lambda w: ["head"])
    said = said._replace(g=Player(rule=rule))
    with pytest.raises(ValueError, match="head; the names are 0.weight"):
        losses_of(said)(said.meta_g, said.meta_d, batch_of(generator))


def test_new_rules_begin_where_they_are_told():
    w = {"a": torch.ones(2, 3), "b": torch.zeros(4)}
    rates = learned_rates(0.2)._replace(moves=lambda w: ["b"]).begin(w)
    assert list(rates) == ["b"] and torch.allclose(rates["b"].exp(), torch.full((4,), 0.2))
    assert learned_rates(0.2, per="tensor").begin(w)["a"].shape == () and fixed(sgd(0.1)).begin(w) == {}
    network = CoordinateRule(hidden=2)
    psi = learned_rule(network).begin(w)
    assert all(torch.equal(psi[n], p) and not psi[n].requires_grad for n, p in network.named_parameters())
    with pytest.raises(KeyError, match="layer"):
        steps.learned_rates(0.1, per="layer")


# --- games -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", GAN_LOSSES)
def test_the_usual_game_is_the_losses_of_its_logits(name):
    generator = fresh_generator()
    gen, disc = players(generator)
    g, d = random_params(gen, generator), random_params(disc, generator)
    x, z = normal(generator, 4, 2), normal(generator, 4, 2)
    l_x, l_y = functional_call(disc, d, x), functional_call(disc, d, functional_call(gen, g, z))
    slopes = torch.autograd.functional.jacobian(lambda x: functional_call(disc, d, x).sum(), x)
    expected = GAN_LOSSES[name].discriminator(real=l_x, fake=l_y) + 0.7 * slopes.square().sum(1).mean() / 2
    game = gan_game(gen, disc, loss=name, r1=0.7)
    for data in (x, {"x": x}):
        assert torch.allclose(game.disc_loss(d, g, data, z), expected)
        assert torch.allclose(game.gen_loss(g, d, data, z), GAN_LOSSES[name].generator(real=l_x, fake=l_y))


def test_a_game_hands_each_player_its_own_code():
    generator = fresh_generator()
    gen, disc = players(generator, 3)
    g, d = random_params(gen, generator), random_params(disc, generator)
    c_g, c_d, x, z = (normal(generator, *shape) for shape in ((3,), (3,), (4, 2), (4, 2)))
    fake = functional_call(gen, g, (z, c_g))
    expected = GAN_LOSSES["hinge"].generator(fake=functional_call(disc, d, (fake, c_d)))
    game = gan_game(gen, disc, loss="hinge")
    assert torch.allclose(game.gen_loss({**g, "code": c_g}, {**d, "code": c_d}, x, z), expected)


def test_a_missing_weight_is_named_and_so_is_an_unknown_one():
    generator = fresh_generator()
    gen, disc = players(generator)
    g, d, x = random_params(gen, generator), random_params(disc, generator), normal(generator, 4, 2)
    game = gan_game(gen, disc)
    lost = {n: w for n, w in g.items() if n != "2.bias"}
    with pytest.raises(RuntimeError, match=r"2\.bias"):
        game.gen_loss(lost, d, x, x)
    with pytest.raises(RuntimeError, match="spare"):
        game.gen_loss({**g, "spare": x}, d, x, x)


def test_a_learner_s_own_module_may_have_buffers():
    class Shifted(nn.Linear):
        def __init__(self):
            super().__init__(2, 2)
            self.register_buffer("shift", torch.full((2,), 5.0))

        def forward(self, x):
            return super().forward(x) + self.shift

    module, zero = Shifted(), {"weight": torch.zeros(2, 2), "bias": torch.zeros(2)}
    assert as_function(module)(zero, torch.ones(1, 2)).tolist() == [[5, 5]]
    module.shift = torch.full((2,), 7.0)
    assert as_function(module)(zero, torch.ones(1, 2)).tolist() == [[7, 7]]
    assert as_function(module)({**zero, "shift": torch.zeros(2)}, torch.ones(1, 2)).tolist() == [[0, 0]]


def test_an_unknown_loss_is_refused():
    with pytest.raises(ValueError, match="gan_loss.*'wgan'"):
        gan_game(*players(fresh_generator()), loss="wgan")


# --- terms -------------------------------------------------------------------------------------------------


def test_an_own_upgrade_is_one_function_and_one_line_and_an_ablation_a_loop_over_the_list():
    def far_from_home(s):  # a learner's own
        return s.fake.square().mean()

    generator = fresh_generator()
    gen, disc = players(generator)
    g, d = random_params(gen, generator), random_params(disc, generator)
    x, z = normal(generator, 4, 2), normal(generator, 4, 2)
    loss, pair = GAN_LOSSES["non_saturating"], terms.pair(gen, disc)
    upgraded = [(1, terms.fools(loss)), (0.5, terms.in_pixels), (2.0, far_from_home), (0.1, terms.alike)]
    fake = functional_call(gen, g, z)
    parts = {
        terms.in_pixels: energy_distance(fake, x),
        far_from_home: fake.square().mean(),
        terms.alike: terms.sameness(fake, z),
    }

    def value(chosen):
        return metagan.game(pair, chosen, []).gen_loss(g, d, x, z)

    for weight, term in upgraded[1:]:
        without = [(w, t) for w, t in upgraded if t is not term]
        assert torch.allclose(value(upgraded) - value(without), weight * parts[term])


def test_what_no_term_asks_for_is_not_computed_and_nothing_is_computed_twice():
    counts = {"draw": 0, "look": 0}

    def counted(name, result):
        def f(*args):
            counts[name] += 1
            return result

        return f

    seen = terms.Seen(torch.zeros(4, 3), torch.zeros(4))
    pair = terms.Pair(counted("draw", torch.zeros(4, 2)), None, counted("look", seen), None)
    loss = GAN_LOSSES["non_saturating"]
    sight = terms.Sight(pair, {}, {}, {"x": torch.ones(4, 2)}, torch.zeros(4, 2))
    terms.total([(0, terms.in_features), (1, terms.in_pixels)], sight)
    assert counts == {"draw": 1, "look": 0}
    terms.total([(1, terms.fools(loss)), (1, terms.fools(loss))], sight)
    assert counts == {"draw": 1, "look": 1}  # a non-saturating G does not look at the real samples
    terms.total([(1, terms.fools(GAN_LOSSES["relativistic"])), (1, terms.in_features)], sight)
    assert counts == {"draw": 1, "look": 2}


def test_sameness_grows_as_the_noise_stops_mattering():
    z = torch.randn(64, 4)
    assert terms.sameness(z, z) == pytest.approx(1, rel=0.01)
    assert terms.sameness(z / 10, z) > 9 and terms.sameness(torch.zeros(64, 2), z) > 100


def test_spread_is_the_variance_across_tasks():
    outputs = normal(fresh_generator(), 3, 5, 2)
    assert terms.output_spread(outputs).item() == pytest.approx(outputs.var(0, correction=0).mean().item())
    assert terms.output_spread(outputs[:1].expand(3, -1, -1)).item() < 1e-30


def test_of_one_real_example_the_energy_distance_leaves_out_what_no_fake_changes():
    """Twice the same example has no distance within: the two must agree."""
    fake, real = (torch.randn(n, 3, generator=torch.Generator().manual_seed(n)) for n in (7, 1))
    assert torch.allclose(to_real(fake, real), energy_distance(fake, real.repeat(2, 1)))
    assert torch.equal(to_real(fake, fake[:4]), energy_distance(fake, fake[:4]))
