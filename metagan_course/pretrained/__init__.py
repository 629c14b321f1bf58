"""The small checkpoints that ship with the course, each with the recipe, seed and command that made it.

A checkpoint is one safetensors file of averaged weights as 16-bit floats, and one entry in manifest.json.
Loading checks the file's hash against the manifest and every shape against the recipe's networks. Two folders
have their own loaders: `sines` (widgets/adaptation_explorer) and `critics` (evaluation/critics.py). Not here:
training.
"""

import hashlib
import json
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import torch as safetensors
from torch import Tensor

from metagan_course import CourseError
from metagan_course.files import write_whole
from metagan_course.metagan import Meta
from metagan_course.tasks.cache import fingerprint
from metagan_course.training.architectures import Networks, networks
from metagan_course.training.players import new_metas
from metagan_course.training.recipe import Recipe, as_values, recipe_from

FOLDER = Path(__file__).parent


class PretrainedError(CourseError):
    """One sentence: which checkpoint, what is wrong with it, what to do."""


class Pretrained(NamedTuple):
    """A trained Meta-GAN: the recipe, its networks, and what both players learned."""

    recipe: Recipe
    networks: Networks
    meta_g: Meta
    meta_d: Meta


def load(name: str, folder: Path = FOLDER) -> Pretrained:
    """The shipped checkpoint called `name`, checked."""
    entry = manifest(folder).get(name)
    if entry is None:
        known = ", ".join(sorted(manifest(folder))) or "none"
        raise PretrainedError(f"pretrained: no checkpoint is called {name!r}; there are: {known}.")
    file = folder / f"{name}.safetensors"
    content = file.read_bytes() if file.exists() else None
    if content is None or hashlib.sha256(content).hexdigest() != entry["sha256"]:
        state = "missing" if content is None else "changed"
        raise PretrainedError(f"{file}: {state}; restore it, or make it again: {entry['command']}")
    recipe = recipe_from(entry["recipe"], f"{folder / 'manifest.json'}, {name}")
    built = networks(recipe)
    metas = _unflatten(safetensors.load(content), new_metas(recipe, built), recipe, file)
    return Pretrained(recipe, built, *metas)


def ship(
    name: str,
    recipe: Recipe,
    metas: tuple,
    *,
    command: str,
    commit: str,
    data: str,
    metrics: dict,
    folder: Path = FOLDER,
) -> Path:
    """Write a checkpoint and its manifest entry; `metrics` are the numbers measured on held-out tasks."""
    file, content = folder / f"{name}.safetensors", safetensors.save(_flatten(metas, recipe))
    write_whole(file, content)
    entry = {
        "command": command,
        "commit": commit,
        "data": data,
        "metrics": metrics,
        "recipe": as_values(recipe),
        "seed": recipe.seed,
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    text = json.dumps({**manifest(folder), name: entry}, indent=2, sort_keys=True)
    write_whole(folder / "manifest.json", f"{text}\n".encode())
    return file


def manifest(folder: Path = FOLDER) -> dict:
    """name -> recipe, seed, commit, data hash, metrics, command, and the file's sha256."""
    file = folder / "manifest.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def data_hash(family: Any) -> str:
    """sha256 of a family's pictures; points are drawn by a formula and have no data to hash."""
    return fingerprint({"images": family.images}) if hasattr(family, "images") else "drawn by a formula"


def _parts(recipe: Recipe) -> list[str]:
    """What of a meta is in the file: inner rates that are not learned stand in the recipe already."""
    return ["start", "encoder", *(["rule"] if recipe.learn_rates else [])]


def _flatten(metas: tuple, recipe: Recipe) -> dict[str, Tensor]:
    return {
        f"{player}/{part}/{n}": w.detach().cpu().half().contiguous()
        for player, meta in zip("gd", metas, strict=True)
        for part in _parts(recipe)
        for n, w in meta[part].items()
    }


def _unflatten(flat: dict[str, Tensor], like: tuple, recipe: Recipe, file: Path) -> tuple:
    """The flat tensors as two metas in the form of `like`, which also gives what is not in the file."""
    wanted = {n: w.shape for n, w in _flatten(like, recipe).items()}
    found = {n: w.shape for n, w in flat.items()}
    if wanted != found:
        name = min(n for n in wanted | found if wanted.get(n) != found.get(n))
        raise PretrainedError(
            f"{file}: {name} has shape {_shape(found, name)}, its recipe needs {_shape(wanted, name)}; "
            "restore the file and its manifest together."
        )
    read = {n: w.float() for n, w in flat.items()}
    return tuple(
        {part: {n: read.get(f"{player}/{part}/{n}", w) for n, w in ws.items()} for part, ws in meta.items()}
        for player, meta in zip("gd", like, strict=True)
    )


def _shape(shapes: dict[str, torch.Size], name: str) -> str:
    return str(tuple(shapes[name])) if name in shapes else "none"
