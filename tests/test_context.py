"""Steps that move G's code alone: the path by hand, its slopes measured, tasks alone and together."""

import math

import pytest
import torch
from oracles import equal, fresh_generator, normal
from test_metagan_gradients import Half, along, pictures_in_double
from tiny import CODED, CONV, MAPPED, TINY, Specks
from torch.func import functional_call
from torch.nn.functional import log_softmax, softplus

from metagan_course import architectures, games, metagan, pretrained, tasks, training
from metagan_course.course.commands import WrongWord, load_player, name_of
from metagan_course.evaluation import players
from metagan_course.metrics import energy_distance
from metagan_course.outer import player_gradients
from metagan_course.recipes import RECIPES
from metagan_course.trees import tree_leaves, tree_map

CONTEXT = MAPPED.but(
    name="tiny-context",
    family="specks",
    family_options=(),
    adapts="code",
    code_from="start",
    alpha_g=30.0,  # so that two steps are seen
    alpha_d=0.0,
    inner_steps=2,
    match_inner=2.0,
    mismatch=0.3,
    joint_first=1,
)
SUPPORT = CONTEXT.but(code_from="support", near=0.6)
BOTH = pytest.mark.parametrize("recipe", [CONTEXT, SUPPORT], ids=["start", "support"])


@pytest.fixture(autouse=True)
def specks(monkeypatch):
    monkeypatch.setitem(tasks.FAMILIES, "specks", Specks)


def world(recipe):
    """Smooth networks, both metas and a batch in double precision; the learned code is not zero, nor equal
    rates."""
    generator = fresh_generator()
    networks, metas, batch = pictures_in_double(recipe, generator)
    metas[0]["start"]["code"] = normal(generator, networks.gen.code_size)
    metas[0]["log_alpha"] = {
        n: w + 0.3 * normal(generator, w.numel()).view(w.shape) for n, w in metas[0]["log_alpha"].items()
    }
    return networks, metas, batch


def losses_of(recipe, networks):
    return lambda meta_g, meta_d, batch: metagan.outer_losses(recipe, networks, meta_g, meta_d, batch)


def standardised(encoder, psi, support):
    """Both codes of these tasks, by their own mean and standard deviation."""
    raw = encoder.head(encoder.trunk(support.flatten(0, 1)).unflatten(0, support.shape[:2]).mean(1))
    return (raw - raw.mean(0)) / (raw.var(0, correction=0) + 1e-5).sqrt()


def by_hand(recipe, networks, metas, c, everyone, own, support, noise):
    """c <- c - alpha dL/dc: L = mean softplus(-D(x, c_own)) + w * whose(x) + w' * energy(h(x), h(S))."""
    own_body = {n.removeprefix("base.body."): w for n, w in metas[1]["start"].items() if "base.body." in n}

    def h(x):
        return functional_call(networks.disc.base.body, own_body, x)

    weights = {n: w for n, w in metas[0]["start"].items() if n != "code"}
    alpha, path = metas[0]["log_alpha"]["code"].exp(), [c.detach()]
    alpha = alpha * recipe.near if recipe.code_from == "support" else alpha
    for z in noise:  # (K, B, Z)
        c = path[-1].clone().requires_grad_()
        fake = functional_call(networks.gen, weights, (z, c))
        logits = torch.stack(
            [functional_call(networks.disc, metas[1]["start"], (fake, other)) for other in everyone], 1
        )  # (B, T)
        loss = softplus(-logits[:, own]).mean() - recipe.match_inner * log_softmax(logits, 1)[:, own].mean()
        loss = loss + recipe.feature_inner * energy_distance(h(fake), h(support))
        (slope,) = torch.autograd.grad(loss, c)
        path.append((c - alpha * slope).detach())
    return torch.stack(path)


# ---- the path of the code


@BOTH
@pytest.mark.parametrize("rates_per", ["tensor", "weight"])
@pytest.mark.parametrize("match_inner, feature_inner", [(0.0, 0.0), (2.0, 0.0), (2.0, 0.7), (0.0, 0.7)])
@pytest.mark.parametrize("first_order", [True, False])
def test_the_path_is_gradient_descent_on_the_code_by_hand(
    recipe, rates_per, match_inner, feature_inner, first_order
):
    inner = {"match_inner": match_inner, "feature_inner": feature_inner}
    recipe = recipe.but(rates_per=rates_per, first_order=first_order, **inner)
    networks, metas, batch = world(recipe)
    assert metas[0]["log_alpha"].keys() == {"code"} and metas[1]["log_alpha"] == {}
    assert metas[0]["log_alpha"]["code"].shape == ((98,) if rates_per == "weight" else ())
    c_g, c_d = metagan.codes(networks, *metas, batch.support, code_from=recipe.code_from)
    path = metagan.code_path(recipe, networks, *metas, c_d)
    gens, disc = metagan.adapt_batch(recipe, networks, *metas, batch)
    assert gens.keys() == {"code"} and disc is metas[1]["start"]
    for t in range(recipe.tasks):
        data = batch.support[t], c_g[t], c_d[t], torch.tensor(t)
        found = torch.stack([gen["code"] for gen in path(data, batch.noise[t])])
        expected = by_hand(recipe, networks, metas, c_g[t], c_d, t, batch.support[t], batch.noise[t, :, 1])
        assert (expected[1:] - expected[:-1]).abs().amax(1).min() > 1e-4  # it moves
        assert torch.allclose(found, expected, rtol=1e-8, atol=1e-10)
        assert torch.allclose(gens["code"][t], expected[-1], rtol=1e-8, atol=1e-10)


def test_the_code_before_the_first_step_is_learned_or_read_off_the_support():
    networks, metas, batch = world(CONTEXT)
    for encoder, meta in zip((networks.enc_g, networks.enc_d), metas, strict=True):
        encoder.double().load_state_dict(meta["encoder"])
    c_g, c_d = (standardised(enc, None, batch.support).detach() for enc in (networks.enc_g, networks.enc_d))
    told = metagan.codes(networks, *metas, batch.support, code_from="support")
    untold = metagan.codes(networks, *metas, batch.support, code_from="start")
    assert torch.allclose(told[0], c_g) and torch.allclose(told[1], c_d) and torch.equal(untold[1], told[1])
    assert all(torch.equal(c, metas[0]["start"]["code"]) for c in untold[0])


def test_before_training_the_learned_code_is_zero_and_every_rate_alpha():
    meta_g, meta_d = metagan.start(CONTEXT, architectures.networks(CONTEXT))
    assert torch.equal(meta_g["start"]["code"], torch.zeros(98)) and "code" not in meta_d["start"]
    assert meta_g["log_alpha"]["code"].item() == pytest.approx(math.log(CONTEXT.alpha_g))


# ---- the outer gradient


PARTS = [(0, "start"), (0, "code"), (0, "log_alpha"), (0, "encoder"), (1, "start"), (1, "encoder")]


@BOTH
@pytest.mark.parametrize("player, part", PARTS)
def test_each_part_of_a_meta_has_the_slope_that_a_small_move_measures(recipe, player, part):
    """The exact gradient, through the steps; where a part has no say, it is zero and so is the slope."""
    recipe = recipe.but(first_order=False, rates_per="weight")
    networks, metas, batch = world(recipe)
    losses, key = losses_of(recipe, networks), "start" if part == "code" else part
    gradient = player_gradients(losses, *metas, batch)[player][key]
    chosen = {n: (n == "code") == (part == "code") or key != "start" for n in metas[player][key]}
    generator = fresh_generator()
    v = {
        n: normal(generator, w.numel()).view(w.shape) * (chosen[n] if key != "log_alpha" else 1.0)
        for n, w in metas[player][key].items()
    }

    def moved(h):
        pair = list(metas)
        pair[player] = metas[player] | {key: {n: w + h * v[n] for n, w in metas[player][key].items()}}
        return losses(*pair, batch)[player].mean().item()

    h = 1e-5 / sum(d.square().sum() for d in tree_leaves(v)).sqrt().item()
    measured = (moved(h) - moved(-h)) / (2 * h)
    silent = (player, part) == (
        0,
        "encoder" if recipe is not None and recipe.code_from == "start" else "code",
    )
    assert (measured == 0) == silent
    assert along(gradient, v) == pytest.approx(measured, rel=1e-4, abs=1e-7)


@BOTH
def test_first_order_has_the_same_losses_and_hands_the_code_s_gradient_straight_through(recipe):
    """dL/dc_0 is dL/dc_K: the judgement's gradient at the last codes, summed over the tasks."""
    networks, metas, batch = world(recipe)
    fast, exact = (recipe.but(first_order=first_order) for first_order in (True, False))
    for a, b in zip(*(losses_of(r, networks)(*metas, batch) for r in (fast, exact)), strict=True):
        assert torch.allclose(a, b, rtol=1e-12)
    gradient, other, _ = player_gradients(losses_of(fast, networks), *metas, batch)
    through = player_gradients(losses_of(exact, networks), *metas, batch)[0]
    gens, disc = metagan.adapt_batch(fast, networks, *metas, batch)
    last = gens["code"].detach().requires_grad_()
    judged = metagan.judge(fast, networks, *metas, ({"code": last}, disc), batch)[0].mean()
    (slope,) = torch.autograd.grad(judged, last)  # (T, 98)
    assert slope.abs().max() > 0
    if recipe.code_from == "start":
        assert torch.allclose(gradient["start"]["code"], slope.sum(0), rtol=1e-9, atol=1e-12)
        assert not torch.allclose(gradient["start"]["code"], through["start"]["code"], rtol=1e-4)
    else:
        c_g = lambda psi: functional_call(networks.enc_g, psi, (batch.support,))  # noqa: E731
        _, back = torch.func.vjp(c_g, metas[0]["encoder"])
        for n, expected in back(slope)[0].items():
            assert torch.allclose(gradient["encoder"][n], expected, rtol=1e-9, atol=1e-12)
    expected = player_gradients(
        lambda g, d, b: metagan.judge(fast, networks, g, d, ({"code": last.detach()}, d["start"]), b),
        *metas,
        batch,
    )[1]
    for a, b in zip(tree_leaves(other), tree_leaves(expected), strict=True):
        assert torch.allclose(a, b, rtol=1e-9, atol=1e-12)


# ---- tasks alone, tasks together


@BOTH
@pytest.mark.parametrize("n_steps", [0, 2])
def test_tasks_together_are_judged_as_one_by_one(recipe, n_steps):
    recipe = recipe.but(inner_steps=n_steps)
    networks, metas, batch = world(recipe)
    together = metagan.outer_losses(recipe, networks, *metas, batch)
    c_g, c_d = metagan.codes(networks, *metas, batch.support, code_from=recipe.code_from)
    game = games.outer_game(recipe, networks, c_d, metas[0]["start"])
    for t in range(recipe.tasks):
        code = by_hand(recipe, networks, metas, c_g[t], c_d, t, batch.support[t], batch.noise[t, :, 1])[-1]
        data = batch.query[t], None, c_d[t], c_d[t - 1], torch.tensor(t)
        gen, disc, z = {"code": code}, metas[1]["start"], batch.query_noise[t]
        assert torch.allclose(together[0][t], game.gen_loss(gen, disc, data, z), rtol=1e-8)
        assert torch.allclose(together[1][t], game.disc_loss(disc, gen, data, z), rtol=1e-8)


@BOTH
@pytest.mark.parametrize("n_steps", [0, 2])
def test_slices_of_two_processes_are_the_whole(recipe, n_steps):
    recipe = recipe.but(tasks=4, inner_steps=n_steps)
    networks, metas, batch = world(recipe)
    raw = []
    for encoder, meta in zip((networks.enc_g, networks.enc_d), metas, strict=True):
        encoder.double().load_state_dict(meta["encoder"])
        raw.append(encoder.raw(batch.support).detach())
    if recipe.code_from == "start":
        raw[0] = metas[0]["start"]["code"].expand(4, -1)
    whole = metagan.outer_losses(recipe, networks, *metas, batch)
    for half in (Half(0, raw), Half(1, raw)):
        part = metagan.outer_losses(recipe, networks, *metas, half.own(batch), half)
        for one, all_of_them in zip(part, whole, strict=True):
            assert torch.allclose(one, half.own(all_of_them), rtol=1e-9)


class DoubleSpecks(Specks):
    def sample(self, *args, **options):
        return tree_map(
            lambda x: x.double() if x.is_floating_point() else x, super().sample(*args, **options)
        )


def compared(recipe, networks, metas):
    """The statistics of training tasks, from few of them."""
    for encoder in networks[2:]:
        encoder.double()
    return metagan.reference_statistics(recipe, networks, *metas, DoubleSpecks(), n_tasks=8)


def pictures(recipe, networks, metas, batch, fixed, at):
    gens, c = metagan.adapt(recipe, networks, *metas, batch.support, batch.noise, at=at, statistics=fixed)
    return [metagan.sample(networks, gen, batch.query_noise, c) for gen in gens]


@BOTH
def test_a_lone_task_gets_what_it_gets_among_others_and_what_a_loop_gives(recipe):
    networks, metas, batch = world(recipe)
    fixed = compared(recipe, networks, metas)
    together = pictures(recipe, networks, metas, batch, fixed, at=[0, 1, 2])
    assert len(together) == 3 and together[0].shape == (recipe.tasks, recipe.n_query, 1, 28, 28)
    c_g, c_d = metagan.codes(networks, *metas, batch.support, fixed, code_from=recipe.code_from)
    for t in range(recipe.tasks):
        own = tree_map(lambda x, t=t: x[t : t + 1], batch)
        everyone = torch.cat([fixed[2][:5], c_d[t : t + 1], fixed[2][5:]])  # the place is of no matter
        path = by_hand(recipe, networks, metas, c_g[t], everyone, 5, batch.support[t], batch.noise[t, :, 1])
        alone = pictures(recipe, networks, metas, own, fixed, at=[0, 1, 2])
        for code, found, lone in zip(path, together, alone, strict=True):
            weights = {n: w for n, w in metas[0]["start"].items() if n != "code"}
            expected = functional_call(networks.gen, weights, (batch.query_noise[t], code))
            assert torch.allclose(found[t], expected, rtol=1e-8)
            assert torch.allclose(lone[0], expected, rtol=1e-8)


@BOTH
def test_step_zero_sees_the_support_through_the_encoder_or_not_at_all(recipe):
    networks, metas, batch = world(recipe)
    fixed = compared(recipe, networks, metas)
    other = batch._replace(support=batch.support.flip(-1) / 2)
    (zero, two), (zero_other, two_other) = (
        pictures(recipe, networks, metas, b, fixed, at=[0, 2]) for b in (batch, other)
    )
    assert torch.equal(zero, zero_other) == (recipe.code_from == "start")
    assert not torch.allclose(two, two_other)  # by its D the task is known in any case


def test_who_stands_beside_matters_and_in_which_order_does_not():
    networks, metas, batch = world(CONTEXT)
    fixed = compared(CONTEXT, networks, metas)
    order = torch.randperm(len(fixed[2]), generator=torch.Generator().manual_seed(0))
    straight, mixed, others = (
        pictures(CONTEXT, networks, metas, batch, (*fixed[:2], beside), at=[2])[0]
        for beside in (fixed[2], fixed[2][order], fixed[2] + 1)
    )
    assert torch.allclose(straight, mixed, rtol=1e-9) and not torch.allclose(straight, others)


def test_reference_codes_are_those_of_the_first_63_training_tasks():
    networks, metas, _ = world(CONTEXT)
    support = DoubleSpecks().sample(
        70, CONTEXT.k_support, 0, split="train", generator=torch.Generator().manual_seed(0)
    )[0]
    for encoder, meta in zip(networks[2:], metas, strict=True):
        encoder.double().load_state_dict(meta["encoder"])
    *_, beside = metagan.reference_statistics(CONTEXT, networks, *metas, DoubleSpecks(), n_tasks=70)
    assert torch.allclose(beside, standardised(networks.enc_d, None, support)[:63])
    assert metagan.reference_statistics(CONV, architectures.networks(CONV), *metas, Specks()) == (
        None,
        None,
        None,
    )


def test_one_look_gives_the_own_logit_every_logit_and_the_log_odds_of_the_own_code():
    networks, metas, batch = world(CONTEXT)
    c_d = metagan.codes(networks, *metas, batch.support, code_from="start")[1]
    d, look, x = games.play(networks.disc), games.look_of(networks.disc), batch.query[1]
    logits = torch.stack([d(metas[1]["start"], x, c) for c in c_d], 1)  # (B, T)
    for own in range(CONTEXT.tasks):
        seen = look(metas[1]["start"], x, c_d[own], c_d, torch.tensor(own))
        alone = look(metas[1]["start"], x, c_d[own])
        assert torch.allclose(seen.judged, logits[:, own]) and torch.allclose(alone.judged, logits[:, own])
        assert torch.equal(seen.features, alone.features) and alone.every is None
        assert torch.allclose(seen.every, logits)
        assert torch.allclose(seen.whose, (logits.exp().sum(1).log() - logits[:, own]).mean())


def test_d_that_stands_still_looks_at_the_support_once(monkeypatch):
    recipe, looks = CONTEXT.but(match_inner=1.0, feature_inner=0.5), []
    networks, metas, batch = world(recipe)
    see = type(networks.disc).look
    monkeypatch.setattr(
        type(networks.disc), "look", lambda self, x, *a, **o: looks.append(len(x)) or see(self, x, *a, **o)
    )
    metagan.adapt_batch(recipe, networks, *metas, batch)
    assert looks == [recipe.k_support] + [recipe.inner_batch] * recipe.inner_steps


# ---- what a recipe may say


@pytest.mark.parametrize("recipe, why", [
    (TINY.but(rates_per="layer"), "rates_per must be 'weight' or 'tensor'"),
    (TINY.but(adapts="all"), "adapts must be 'weights' or 'code'"),
    (TINY.but(code_from="nowhere"), "code_from must be 'support' or 'start'"),
    (CONV.but(hidden=40), "hidden must be a multiple of 32"),
    (MAPPED.but(maps=3), "code_size must be 49 * maps"),
    (CODED.but(matching=1.0), "matching needs nets='conv_28' and a code"),
    (CONV.but(match_inner=1.0), "matching needs nets='conv_28' and a code"),
    (CONV.but(adapts="code", alpha_d=0.0), "adapts='code' needs nets='conv_28' and a code_size"),
    (CONTEXT.but(alpha_d=0.1), "set alpha_d to 0"),
    (CONTEXT.but(outer="reptile"), "Reptile moves weights"),
    (MAPPED.but(code_from="start"), "code_from='start' needs adapts='code'"),
    (TINY.but(r1_every=0), "r1_every must be 1 or more"),
    (TINY.but(feature_energy=0.1), "need nets='conv_28'"),
    (TINY.but(feature_inner=0.1), "need nets='conv_28'"),
    (TINY.but(norm="batch"), "norm must be 'layer' or 'meta'"),
    (MAPPED.but(norm="meta"), "norm='meta' needs nets='mlp_2d' or 'mlp_28'"),
    (TINY.but(norm="meta"), "norm='meta' needs nets='mlp_2d' or 'mlp_28', and a code_size"),
    (TINY.but(spread_g=0.1, inner_steps=0), "they need inner_steps"),
    (TINY.but(spread_d=0.1, outer="reptile"), "they need inner_steps"),
    (CONTEXT.but(spread_g=0.1), "they need inner_steps"),
])  # fmt: skip
def test_fields_that_do_not_go_together_are_refused_in_one_sentence(recipe, why):
    with pytest.raises(ValueError) as error:
        architectures.networks(recipe)
    said = str(error.value)
    assert why in said and said.startswith(f"recipe {recipe.name}: ") and len(said.splitlines()) == 1


def test_every_recipe_of_the_course_and_of_these_tests_is_allowed():
    for recipe in [*RECIPES.values(), CONTEXT, SUPPORT, TINY, CODED, CONV, MAPPED]:
        architectures.check(recipe)


def test_an_encoder_for_g_is_there_where_something_asks_it():
    built = {
        (code_from, joint): architectures.networks(CONTEXT.but(code_from=code_from, joint_first=joint)).enc_g
        for code_from in ("start", "support")
        for joint in (0, 1)
    }
    assert [key for key, encoder in built.items() if encoder is None] == [("start", 0)]
    assert architectures.networks(CONTEXT.but(joint_first=0)).enc_d is not None


# ---- training


QUIET = {"progress": False, "validate_every": 0}


def state(run):
    return [
        run.metas,
        run.averages,
        [o.state_dict()["state"] for o in run.optimisers],
        run.generator.get_state(),
    ]


def test_the_first_steps_tell_g_the_task_and_the_others_do_not():
    recipe = CONTEXT.but(joint_first=2)
    found = [training.phase(recipe, step) for step in range(4)]
    assert [(r.code_from, r.inner_steps, r.adapts) for r in found] == [
        ("support", 0, "code"), ("support", 0, "code"), ("start", 2, "code"), ("start", 2, "code"),
    ]  # fmt: skip


def test_joint_and_adapted_steps_take_turns_once_the_joint_ones_are_over():
    recipe = CONTEXT.but(joint_first=1, take_turns=True)
    found = [training.phase(recipe, step) for step in range(5)]
    assert [(r.code_from, r.inner_steps) for r in found] == [
        ("support", 0), ("start", 2), ("support", 0), ("start", 2), ("support", 0),
    ]  # fmt: skip


def test_the_spreads_rest_in_joint_steps():
    recipe = CODED.but(joint_first=1, spread_g=0.1, spread_d=0.1)
    found = [training.phase(recipe, step) for step in (0, 1)]
    assert [(r.spread_g, r.spread_d) for r in found] == [(0.0, 0.0), (0.1, 0.1)]


def test_the_encoder_learns_in_the_first_phase_and_the_code_and_its_rate_in_the_second():
    seen = []

    def look(run, losses):
        meta = run.metas[0]
        parts = [meta["encoder"], meta["log_alpha"], {"code": meta["start"]["code"]}]
        seen.append([tree_map(lambda w: w.detach().clone(), part) for part in parts])

    training.train(training.begin(CONTEXT.but(joint_first=1, steps=1)), on_step=look, **QUIET)
    encoder, rates, code = seen[0]
    begun = training.begin(CONTEXT).metas[0]
    assert not equal(encoder, begun["encoder"])
    assert equal(rates, begun["log_alpha"]) and torch.equal(code["code"], begun["start"]["code"])
    seen.clear()
    training.train(training.begin(CONTEXT.but(joint_first=0, steps=1)), on_step=look, **QUIET)
    _, rates, code = seen[0]
    assert not equal(rates, begun["log_alpha"]) and (code["code"] != 0).all()


@BOTH
@pytest.mark.parametrize("take_turns", [False, True])
def test_resuming_across_the_change_of_phase_is_as_if_it_had_never_stopped(recipe, take_turns, tmp_path):
    recipe = recipe.but(steps=5, joint_first=3, take_turns=take_turns)
    straight = training.train(training.begin(recipe), **QUIET)
    training.train(training.begin(recipe.but(steps=2)), folder=tmp_path, **QUIET)
    file = tmp_path / training.CHECKPOINT
    training.train(training.load(file, steps=4), folder=tmp_path, **QUIET)
    resumed = training.train(training.load(file, steps=5), **QUIET)
    assert equal(state(straight), state(resumed))
    looked = training.train(training.begin(recipe), progress=False, validate_every=2)
    assert equal(state(straight), state(looked))


# ---- judged, shipped, asked otherwise


def player(recipe):
    run = training.train(training.begin(recipe.but(steps=3)), **QUIET)
    return pretrained.Pretrained(run.recipe, architectures.networks(run.recipe), *run.averages)


def drawn(sampler, at=(0, 2)):
    support = Specks().sample(3, 2, 0, split="val", generator=torch.Generator().manual_seed(3)).support
    return sampler(support, 4, at, torch.Generator().manual_seed(4))


def test_a_gan_from_scratch_has_the_same_networks_without_the_code():
    found = drawn(players.scratch_gan(player(CONTEXT)), at=(0, 1))
    assert found[0].shape == (3, 4, 1, 28, 28) and not torch.equal(found[0], found[1])
    plain = CONTEXT.but(code_size=0, mismatch=0.0, matching=0.0, match_inner=0.0, adapts="weights",
                        code_from="support")  # fmt: skip
    gen = architectures.networks(plain).gen
    z = players.chunks(plain, torch.zeros(3, 2), 4, 1, torch.Generator().manual_seed(4))
    expected = gen(next(iter(z))[2].flatten(0, 1)).unflatten(0, (3, 4))
    torch.testing.assert_close(found[0], expected.detach())


@BOTH
def test_a_shipped_player_draws_what_it_drew_to_half_precision(recipe, tmp_path):
    one = player(recipe.but(alpha_g=600.0))
    about = {"command": "x", "commit": "0" * 40, "data": "drawn by a formula", "metrics": {}}
    pretrained.ship("x", one.recipe, one[2:], folder=tmp_path, **about)
    again = pretrained.load("x", tmp_path)
    assert again.recipe == one.recipe
    before, after = (drawn(players.meta_gan(p, Specks())) for p in (one, again))
    for t in (0, 2):
        torch.testing.assert_close(after[t], before[t], rtol=0, atol=5e-3)
    assert (before[0] - before[2]).abs().max() > 0.02  # more than the rounding


def saved(recipe, folder):
    run = training.train(training.begin(recipe.but(steps=3)), folder=folder, **QUIET)
    return str(folder / training.CHECKPOINT), run


def test_a_loaded_player_s_inner_loop_may_be_another(tmp_path):
    file, run = saved(CONTEXT, tmp_path / "a-run")
    plain, told = load_player(file), load_player(f"{file},code_from=support,inner_steps=1,match_inner=0")
    assert plain.recipe == run.recipe
    assert told.recipe == run.recipe.but(code_from="support", inner_steps=1, match_inner=0.0)
    assert equal(plain[2:], told[2:]) and equal(plain[2:], run.averages)
    assert not torch.equal(*(drawn(players.meta_gan(p, Specks()))[0] for p in (plain, told)))
    assert name_of(file) == "a-run"
    assert name_of(f"{file},code_from=support") == "a-run code_from=support"
    assert name_of("shipped,inner_steps=2,r1_inner=0.1") == "shipped inner_steps=2 r1_inner=0.1"


@pytest.mark.parametrize("words, why", [
    ("maps=3", "maps is learned"),
    ("code_size=4,alpha_g=1", "alpha_g, code_size is learned"),
    ("code_from=nowhere", "code_from must be"),
    ("inner_steps=many", "int"),
    ("nothing=1", "needs FIELD=VALUE"),
])  # fmt: skip
def test_what_was_learned_cannot_be_changed_by_a_word(words, why, tmp_path):
    file, _ = saved(CONTEXT, tmp_path)
    with pytest.raises((WrongWord, ValueError), match=why):
        load_player(f"{file},{words}")


def test_a_player_without_an_encoder_for_g_cannot_be_told_the_task(tmp_path):
    file, _ = saved(CONTEXT.but(joint_first=0), tmp_path)
    with pytest.raises((WrongWord, ValueError), match="code_from"):
        load_player(f"{file},code_from=support")


@BOTH
def test_without_reference_the_tasks_stand_beside_each_other(recipe):
    """As their codes are standardised by their own statistics, the codes of the batch are told apart."""
    networks, metas, batch = world(recipe)
    (gens,), _ = metagan.adapt(recipe, networks, *metas, batch.support, batch.noise, at=[2])
    expected, _ = metagan.adapt_batch(recipe, networks, *metas, batch)
    assert torch.allclose(gens["code"], expected["code"], rtol=1e-8)
