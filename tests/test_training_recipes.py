"""Every family has every method, every recipe takes its first step, and a recipe that clashes is refused."""

import dataclasses

import pytest
import torch
from tiny import CODED, CONV, MAPPED, TINY

from metagan_course import nets, training
from metagan_course.course.commands import read_changes
from metagan_course.training import RECIPES, RecipeError
from metagan_course.training.recipe import CHANGEABLE, UNLEARNED, as_values, recipe_from

CONTEXT = MAPPED.but(adapts="code", code_from="start", alpha_d=0.0, joint_first=1)
FAMILIES = ("shapes", "glyphs", "omniglot")


def plain(recipe):
    """All weights of a pair without a task code move."""
    return recipe.code_size == 0 and recipe.inner_steps > 0 and recipe.adapts == "weights"


def first_order(recipe):
    return plain(recipe) and recipe.first_order and recipe.outer == "gradient"


def upgraded(recipe):
    players = training.networks(recipe)
    meta_norm = any(isinstance(m, nets.MetaBatchNorm) for m in players.gen.modules())
    terms = (recipe.r1_outer, recipe.spread_g, recipe.spread_d)
    return meta_norm and all(terms) and recipe.inner_steps > 0 and players.enc_g is not None


METHODS = {
    "joint training": lambda r: r.code_size == 0 and r.inner_steps == 0,
    "FOMAML": lambda r: first_order(r) and not r.learn_rates,
    "Reptile": lambda r: plain(r) and r.outer == "reptile",
    "MAML": lambda r: plain(r) and not r.first_order,
    "Meta-SGD": lambda r: first_order(r) and r.learn_rates,
    "encoder only": lambda r: r.code_size > 0 and r.inner_steps == 0,
    "encoder and steps, with every upgrade": upgraded,
}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("method", METHODS)
def test_every_family_has_a_recipe_of_every_method(family, method):
    assert [r.name for r in RECIPES.values() if r.family == family and METHODS[method](r)]


def test_a_recipe_is_called_after_its_family_and_has_a_name_of_its_own():
    called = {"glyphs+omniglot+strokes": "alphabet"}
    for name, r in RECIPES.items():
        assert name == r.name and name.startswith(f"{called.get(r.family, r.family)}-")


# Omniglot's recipes are the glyphs' but for length and one weight; its drawings are not at hand everywhere
@pytest.mark.parametrize("name", [n for n, r in RECIPES.items() if "omniglot" not in r.family])
def test_every_recipe_takes_a_joint_and_an_adapted_step_that_moves_both_players(name):
    recipe = RECIPES[name]
    small = recipe.but(
        tasks=3,
        hidden=32 if recipe.nets == "conv_28" else 8,
        inner_steps=min(recipe.inner_steps, 2),
        joint_first=min(recipe.joint_first, 1),
        steps=2,
    )
    begun = training.begin(small)
    before = [{n: w.clone() for n, w in meta["start"].items()} for meta in begun.metas]
    run = training.train(begun, progress=False, validate_every=0)
    for meta, old in zip(run.metas, before, strict=True):
        assert all(w.isfinite().all() for w in meta["start"].values())
        assert any(not torch.equal(w, old[n]) for n, w in meta["start"].items())


@pytest.mark.parametrize("base, changes, why", [
    (TINY, {"nets": "none"}, "nets is 'none', must be one of"),
    (TINY, {"rates_per": "layer"}, "rates_per is 'layer', must be one of ('weight', 'tensor')"),
    (TINY, {"adapts": "all"}, "adapts is 'all'"),
    (TINY, {"code_from": "nowhere"}, "code_from is 'nowhere'"),
    (TINY, {"norm": "group"}, "norm is 'group'"),
    (TINY, {"norm": "batch"}, "norm='batch' needs nets='conv_28'"),
    (TINY, {"outer": "maml"}, "outer is 'maml'"),
    (CONV, {"hidden": 40}, "hidden must be a multiple of 32"),
    (MAPPED, {"maps": 3}, "code_size must be 49 * maps"),
    (CODED, {"matching": 1.0}, "matching needs nets='conv_28' and a code"),
    (CONV, {"match_inner": 1.0}, "matching needs nets='conv_28' and a code"),
    (CONV, {"adapts": "code", "alpha_d": 0.0}, "adapts='code' needs nets='conv_28' and a code_size"),
    (CONTEXT, {"alpha_d": 0.1}, "set alpha_d to 0"),
    (CONTEXT, {"outer": "reptile"}, "Reptile moves weights"),
    (MAPPED, {"code_from": "start"}, "code_from='start' needs adapts='code'"),
    (TINY, {"mismatch": 0.5}, "mismatch needs a code_size"),
    (TINY, {"r1_every": 0}, "r1_every must be 1 or more"),
    (TINY, {"feature_energy": 0.1}, "need nets='conv_28'"),
    (TINY, {"feature_inner": 0.1}, "need nets='conv_28'"),
    (CONV, {"norm": "meta"}, "norm='meta' needs a code_size"),
    (TINY, {"norm": "meta"}, "norm='meta' needs a code_size"),
    (TINY, {"spread_g": 0.1, "inner_steps": 0}, "they need inner_steps or a code_size"),
    (TINY, {"spread_d": 0.1, "outer": "reptile"}, "they need inner_steps"),
    (CONTEXT, {"spread_g": 0.1}, "they need inner_steps"),
    (TINY, {"hiden": 3}, "no field 'hiden'; the fields are adapts, "),
])  # fmt: skip
def test_a_recipe_checks_itself_when_it_is_made(base, changes, why):
    with pytest.raises(RecipeError) as error:
        base.but(**changes)
    said = str(error.value)
    assert why in said and said.startswith(f"recipe {base.name}: ") and len(said.splitlines()) == 1


def test_what_is_written_down_comes_back_and_nothing_is_guessed():
    for recipe in RECIPES.values():
        assert recipe_from(as_values(recipe), "here") == recipe
    written = as_values(TINY)
    lacking = {name: value for name, value in written.items() if name not in ("decay", "norm")}
    with pytest.raises(RecipeError, match="^here: its recipe lacks decay, norm; add"):
        recipe_from(lacking, "here")
    with pytest.raises(RecipeError, match="^here: its recipe has unknown fields: colour"):
        recipe_from({**written, "colour": 3}, "here")


def test_the_lists_of_fields_name_fields():
    known = {f.name for f in dataclasses.fields(training.Recipe)}
    assert known >= CHANGEABLE | UNLEARNED


def test_words_of_the_command_line_become_values_of_the_fields_own_types():
    changes = read_changes(TINY, ["steps=7", "beta_g=1e-4", "loss=hinge", "decay=true"])
    assert changes == {"steps": 7, "beta_g": 1e-4, "loss": "hinge", "decay": True}


# ---- the recipe of one step


def test_the_first_steps_tell_g_the_task_and_the_others_do_not():
    found = [CONTEXT.but(joint_first=2).at(step) for step in range(4)]
    assert [(r.code_from, r.inner_steps, r.adapts) for r in found] == [
        ("support", 0, "code"), ("support", 0, "code"), ("start", 1, "code"), ("start", 1, "code"),
    ]  # fmt: skip


def test_joint_and_adapted_steps_take_turns_once_the_joint_ones_are_over():
    found = [CONTEXT.but(joint_first=1, take_turns=True).at(step) for step in range(5)]
    assert [(r.code_from, r.inner_steps) for r in found] == [
        ("support", 0), ("start", 1), ("support", 0), ("start", 1), ("support", 0),
    ]  # fmt: skip


def test_the_spreads_rest_in_joint_steps():
    recipe = CODED.but(joint_first=1, spread_g=0.1, spread_d=0.1)
    assert [(recipe.at(step).spread_g, recipe.at(step).spread_d) for step in (0, 1)] == [(0, 0), (0.1, 0.1)]


def test_a_penalty_in_every_third_step_is_three_times_as_heavy():
    recipe = TINY.but(r1_outer=0.2, r1_every=3, joint_first=4)
    seen = [recipe.at(step).r1_outer for step in range(7)]
    assert seen == pytest.approx([0.6, 0, 0, 0.6, 0, 0, 0.6])
    assert [recipe.at(step).inner_steps for step in range(7)] == [0, 0, 0, 0, 1, 1, 1]
    assert all(TINY.but(r1_outer=0.2).at(step).r1_outer == 0.2 for step in range(3))
