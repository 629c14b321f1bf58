"""Shipped checkpoints: what is written comes back, and nothing that is not what was written."""

import json

import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny import CODED, TINY

from metagan_course import pretrained, training
from metagan_course.pretrained import FOLDER, PretrainedError, ship
from metagan_course.tasks import family
from metagan_course.training import RECIPES, RecipeError
from metagan_course.trees import tree_leaves

ABOUT = {"command": "metagan-course train tiny --ship x", "commit": "0" * 40, "data": "drawn by a formula"}


@pytest.fixture
def shipped(tmp_path):
    metas = training.new_metas(CODED, training.networks(CODED))
    ship("x", CODED, metas, metrics={"energy": 0.5}, folder=tmp_path, **ABOUT)
    return tmp_path, metas


@pytest.mark.parametrize("recipe", [TINY, CODED, TINY.but(learn_rates=False)])
def test_what_is_shipped_comes_back_to_half_precision(recipe, tmp_path):
    metas = training.new_metas(recipe, training.networks(recipe.but(seed=5)))
    ship("x", recipe, metas, metrics={}, folder=tmp_path, **ABOUT)
    again = pretrained.load("x", tmp_path)
    assert again.recipe == recipe
    for a, b in zip(tree_leaves(metas), tree_leaves(again[2:]), strict=True):
        assert b.dtype == torch.float32
        torch.testing.assert_close(b, a, rtol=1e-3, atol=1e-6)


def test_shipping_what_was_loaded_changes_no_bit(shipped):
    """So what was judged after loading is what lies in the file."""
    folder, _ = shipped
    before, again = (folder / "x.safetensors").read_bytes(), pretrained.load("x", folder)
    ship("x", CODED, again[2:], metrics={}, folder=folder, **ABOUT)
    assert (folder / "x.safetensors").read_bytes() == before


def test_the_manifest_tells_everything(shipped):
    folder, _ = shipped
    entry = json.loads((folder / "manifest.json").read_text())["x"]
    assert set(entry) == {"command", "commit", "data", "metrics", "recipe", "seed", "sha256"}
    assert entry["metrics"] == {"energy": 0.5} and entry["recipe"]["code_size"] == CODED.code_size


@pytest.mark.parametrize("change, said", [("gone", "lacks decay"), ("more", "unknown fields: colour")])
def test_an_entry_without_every_field_is_refused_in_a_sentence(shipped, change, said):
    """A default of today is not what a checkpoint was trained with."""
    file = shipped[0] / "manifest.json"
    entries = json.loads(file.read_text())
    entries["x"]["recipe"].pop("decay") if change == "gone" else entries["x"]["recipe"].update(colour=1)
    file.write_text(json.dumps(entries))
    with pytest.raises(RecipeError, match=f"manifest.json, x: .*{said}"):
        pretrained.load("x", shipped[0])


def test_a_changed_byte_is_seen(shipped):
    folder, _ = shipped
    file = folder / "x.safetensors"
    content = bytearray(file.read_bytes())
    content[-5] ^= 1
    file.write_bytes(content)
    with pytest.raises(PretrainedError, match="changed.*metagan-course train tiny --ship x"):
        pretrained.load("x", folder)


def test_a_missing_file_is_seen(shipped):
    folder, _ = shipped
    (folder / "x.safetensors").unlink()
    with pytest.raises(PretrainedError, match="missing"):
        pretrained.load("x", folder)


def test_an_unknown_name_lists_the_known(shipped):
    with pytest.raises(PretrainedError, match="'y'; there are: x"):
        pretrained.load("y", shipped[0])


@pytest.mark.parametrize("change", ["shape", "gone", "more"])
def test_a_wrong_shape_or_name_is_seen_even_under_the_right_hash(shipped, change):
    folder, _ = shipped
    file, manifest = folder / "x.safetensors", folder / "manifest.json"
    tensors = load_file(file)
    name = next(n for n in sorted(tensors) if n.startswith("g/start") and tensors[n].dim() == 2)
    if change == "more":
        name = "g/start/zzz"
        tensors[name] = torch.zeros(2)
    else:
        tensors |= {name: tensors[name][:-1].contiguous()}
        if change == "gone":
            del tensors[name]
    save_file(tensors, file)
    entries = json.loads(manifest.read_text())
    entries["x"]["sha256"] = pretrained.hashlib.sha256(file.read_bytes()).hexdigest()
    manifest.write_text(json.dumps(entries))
    with pytest.raises(PretrainedError, match=name):
        pretrained.load("x", folder)


def test_the_hash_of_the_data_is_that_of_its_pictures():
    class Drawings:
        def __init__(self, ink):
            self.images = torch.full((2, 3, 28, 28), ink, dtype=torch.uint8)

    assert (
        pretrained.data_hash(Drawings(1))
        == pretrained.data_hash(Drawings(1))
        != pretrained.data_hash(Drawings(2))
    )
    assert "formula" in pretrained.data_hash(family("shapes"))


# ---- what really ships


@pytest.mark.parametrize("name", sorted(pretrained.manifest()) or ["nothing"])
def test_every_shipped_checkpoint_loads_and_draws(name):
    if name == "nothing":
        assert not list(FOLDER.glob("*.safetensors"))  # no file without an entry either
        return
    recipe, networks, meta_g, meta_d = pretrained.load(name)
    entry = pretrained.manifest()[name]
    assert entry["command"].split()[2] in RECIPES and entry["metrics"]
    here = "glyphs" if "omniglot" in recipe.family else recipe.family  # the other is a download
    drawn = family(here, **dict(recipe.family_options)).sample(
        2, recipe.k_support, 1, split="val", generator=torch.Generator().manual_seed(0)
    )
    noise = torch.randn(2, 1, 2, recipe.inner_batch, recipe.z_size)
    z = torch.randn(2, 3, recipe.z_size)
    with torch.no_grad():
        (x,) = training.samples_after(recipe, networks, meta_g, meta_d, drawn.support, noise, z, at=[1])
    assert x.shape[:2] == (2, 3) and x.isfinite().all()


def test_all_that_ships_is_small():
    files = [f for f in FOLDER.rglob("*") if f.suffix == ".safetensors"]
    assert files and sum(f.stat().st_size for f in files) < 6_000_000
    named = {f"{name}.safetensors" for name in pretrained.manifest()}
    assert {f.name for f in FOLDER.glob("*.safetensors")} == named
