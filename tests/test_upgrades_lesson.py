"""What lesson 11 stands on: its answer keys against the package, switches that switch one thing, its file."""

import importlib.util
import json
from pathlib import Path

import pytest
import torch
from torch.func import vmap

from metagan_course import terms
from metagan_course.answers import upgrades
from metagan_course.course import upgrade_arms, upgrade_runs
from metagan_course.course.upgrade_figures import arm_of, toggles
from metagan_course.course.upgrade_runs import UPGRADES, ablation, recipe_of
from metagan_course.nets import MapGenerator, TaskEncoder
from metagan_course.nets.parts import MetaBatchNorm
from metagan_course.training import loop
from metagan_course.training.architectures import networks
from metagan_course.training.game import outer_losses
from metagan_course.weights import as_function, params_of

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def dice():
    return torch.Generator().manual_seed(0)


# ---- the answer keys are what the package does


def test_the_code_is_the_encoders(dice):
    torch.manual_seed(0)
    encoder = TaskEncoder((3,), code_size=5)
    support = torch.randn(4, 6, 3, generator=dice)
    raw = upgrades.task_code(encoder.trunk, support, encoder.head.weight) + encoder.head.bias
    torch.testing.assert_close(raw, encoder.raw(support))
    torch.testing.assert_close(upgrades.standardised(raw), encoder(support))


def test_features_of_pictures_take_any_axes(dice):
    encoder = TaskEncoder(maps=2)
    x = torch.rand(2, 3, 1, 28, 28, generator=dice)
    seen = upgrades.features_of(encoder)(x)
    torch.testing.assert_close(seen.mean(1), encoder.raw(x))


def test_meta_batch_norm_is_the_packages_task_by_task(dice):
    norm = MetaBatchNorm(4, 3)
    x, c = torch.randn(5, 6, 4, 2, 2, generator=dice), torch.randn(5, 3, generator=dice)
    gain, bias = norm.film.linear(c).chunk(2, -1)
    run = as_function(norm)
    theirs = vmap(lambda x, c: run(params_of(norm), x, c))(x, c)
    torch.testing.assert_close(upgrades.meta_batch_norm(x, gain, bias), theirs)


def test_the_spread_is_the_term(dice):
    outputs = torch.randn(4, 5, 2, generator=dice)
    torch.testing.assert_close(upgrades.output_spread(outputs), terms.output_spread(outputs))


def test_what_codes_have_in_common():
    assert upgrades.in_common(torch.ones(4, 3)).item() == pytest.approx(1)
    assert upgrades.in_common(torch.tensor([[1.0, -1.0], [-1.0, 1.0]])).item() == pytest.approx(0)


# ---- the switches


@pytest.mark.parametrize("norm", ["batch", "meta"])
def test_pictures_of_a_task_are_normalised_by_its_own_batch(norm, dice):
    torch.manual_seed(0)
    net = MapGenerator(4, maps=2, width=32, norm=norm)
    z, c = torch.randn(5, 4, generator=dice), torch.randn(98, generator=dice)
    assert not torch.allclose(net(z, c)[:2], net(z[:2], c), atol=1e-4)  # its neighbours matter
    both = vmap(lambda z, c: net(z, c))(torch.stack([z, 2 * z]), torch.stack([c, -c]))
    torch.testing.assert_close(both[0], net(z, c), atol=1e-5, rtol=1e-4)  # other tasks do not


def test_a_meta_norm_of_maps_reads_their_means(dice):
    torch.manual_seed(0)
    net = MapGenerator(4, maps=2, width=32, norm="meta")
    film = net.body[1].film
    assert film.code_size == 2
    seen = []
    film.register_forward_hook(lambda module, given, out: seen.append(given[1]))
    c = torch.randn(98, generator=dice)
    net(torch.randn(3, 4, generator=dice), c)
    torch.testing.assert_close(seen[0], torch.stack([c[:49].mean(), c[49:].mean()]))


def test_each_upgrade_is_its_own_field():
    plain = recipe_of(["encoder"])
    changed = {
        name: {
            field
            for field, value in vars(recipe_of(["encoder", name])).items()
            if value != getattr(plain, field)
        }
        for name in UPGRADES[1:]
    }
    assert changed == {
        "meta batch norm": {"norm"},
        "D regularisation": {"spread_d"},
        "G regularisation": {"spread_g"},
    }
    assert recipe_of([]).code_size == 0


def test_without_steps_the_spreads_compare_what_codes_make_of_the_networks():
    base = recipe_of(["encoder"], tasks=3, inner_batch=2, n_query=2)
    built, run = networks(base), loop.begin(base)
    batch = loop.draw(base, upgrade_runs.family_of(base), torch.Generator().manual_seed(1))
    losses = lambda recipe: [x.detach() for x in outer_losses(recipe, built, *run.metas, batch)]  # noqa: E731
    plain, spread = losses(base), losses(base.but(spread_g=2.0, spread_d=3.0))
    gaps = [(b - a) for a, b in zip(plain, spread, strict=True)]
    assert all(torch.allclose(gap, gap[0].expand(3), atol=1e-5) and gap[0] > 0 for gap in gaps)


def test_raw_codes_are_those_of_an_encoder_that_does_not_standardise(dice):
    built = upgrade_runs.with_raw_codes(networks(recipe_of(["encoder"])))
    support = torch.rand(3, 5, 1, 28, 28, generator=dice)
    torch.testing.assert_close(built.enc_g(support), built.enc_g.raw(support))


def test_a_watched_training_notes_every_tenth_step(dice):
    support = torch.rand(4, 5, 1, 28, 28, generator=dice)
    on_step, seen = upgrade_runs.watch(support, every=2)
    upgrade_runs.train(recipe_of(["encoder"], tasks=2, steps=4), on_step=on_step)
    assert list(seen.shared) == list(seen.apart) == [1, 2, 4]
    assert all(abs(x) < 1e-3 for x in seen.shared.values())


def test_detached_steps_are_not_in_the_training_and_those_through_are_exact():
    recipes = {arm: upgrade_arms.arm_of(arm) for arm in upgrade_arms.ARMS}
    assert recipes["encoder + detached steps"].inner_steps == 0
    assert recipes["encoder + detached steps"].but(name="encoder only") == recipes["encoder only"]
    through = recipes["encoder + steps through"]
    assert through.inner_steps == 3 and not through.first_order and through.code_size
    assert not recipes["steps only"].code_size


# ---- the shipped file


@pytest.fixture(scope="module")
def results():
    return json.loads((ROOT / "notebooks" / "results" / "upgrades.json").read_text())


def test_every_set_of_upgrades_has_three_seeds_of_a_hundred_letters(results):
    found = ablation(results)
    assert len(found.arms) == 9 and set(found.controls) == {"raw codes", "group norm"}
    for scores in (*found.arms.values(), *found.controls.values()):
        assert {tuple(x.shape) for x in scores.values()} == {(3, 100)}
    assert set(found.pictures) == {"support", "writers", *("+".join(on) for on in found.arms)}


def test_the_weights_of_the_regularisers_are_those_that_validation_chose(results):
    for name, field in (("D regularisation", "spread_d"), ("G regularisation", "spread_g")):
        best = min((row for row in results["dose"] if row["field"] == field), key=lambda row: row["kid"])
        assert upgrade_runs.FIELDS[name] == {field: best["weight"]}


def test_every_arm_has_three_seeds_and_every_number_of_steps_a_factor_of_its_own(results):
    rows = results["arms"]["rows"]
    assert [sum(row["arm"] == arm for row in rows) for arm in upgrade_arms.ARMS] == [3] * 4
    for row in rows:
        assert set(map(int, row["after"])) == set(upgrade_arms.ARMS[row["arm"]][1])
        assert all(
            x["factor"] in upgrade_arms.FACTORS and len(x["test"]) == 40 for x in row["after"].values()
        )


def test_where_players_step_every_weight_has_three_seeds(results):
    rows = results["stepping"]["rows"]
    weights = [(row["field"], row["weight"]) for row in rows]
    assert len(set(weights)) == 5 and {weights.count(w) for w in weights} == {3}


def test_the_point_stands_where_the_file_says(results):
    found = ablation(results)
    draw = toggles(found)
    ticks = {name.replace(" ", "_"): name in ("encoder", "meta batch norm") for name in UPGRADES}
    figure = draw(**ticks)
    scores = found.arms[("encoder", "meta batch norm")]
    at = [scores[k].mean().item() for k in ("diversity", "recognisability")]
    assert figure.axes[0].collections[-1].get_offsets()[0].tolist() == pytest.approx(at, abs=1e-5)
    assert f"recognisability {at[1]:.2f}, diversity {at[0]:.2f}" in figure.get_suptitle()


def test_without_an_encoder_the_other_ticks_do_nothing(results):
    assert arm_of(["G regularisation", "meta batch norm"]) == ()
    assert arm_of(["G regularisation", "encoder"]) == ("encoder", "G regularisation")


def test_the_benchmark_keeps_what_it_draws_and_scores():
    spec = importlib.util.spec_from_file_location("upgrades_benchmark", ROOT / "benchmarks" / "upgrades.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    from metagan_course.course.upgrade_figures import picture

    sheet = torch.rand(2, 3, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    kept = picture(script.strip(sheet))
    assert kept.shape == (56, 84)
    assert (kept[28:, :28] - sheet[1, 0, 0]).abs().max() < 1 / 15
