"""Every family has every method, and every recipe can take its first step."""

import pytest
import torch

from metagan_course import architectures, nets, training
from metagan_course.recipes import RECIPES

FAMILIES = ("shapes", "glyphs", "omniglot")


def plain(recipe):
    """All weights of a pair without a task code move."""
    return recipe.code_size == 0 and recipe.inner_steps > 0 and recipe.adapts == "weights"


def first_order(recipe):
    return plain(recipe) and recipe.first_order and recipe.outer == "gradient"


def upgraded(recipe):
    players = architectures.networks(recipe)
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
    assert all(name == r.name and name.startswith(f"{r.family}-") for name, r in RECIPES.items())


# Omniglot's recipes are the glyphs' but for length and one weight; its drawings are not at hand everywhere
@pytest.mark.parametrize("name", [n for n, r in RECIPES.items() if r.family != "omniglot"])
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
