"""The small checkpoints that ship with the course, each with the recipe, seed and command that made it.

A checkpoint is one safetensors file of averaged weights, and one entry in manifest.json. Loading checks
every shape against the recipe's networks and the file's hash against the manifest. Not here: training.
"""

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

from safetensors.torch import load_file, save_file
from torch import Tensor

from metagan_course import metagan
from metagan_course.recipes import Recipe

FOLDER = Path(__file__).parent


class PretrainedError(RuntimeError):
    """One sentence: which checkpoint, what is wrong with it, what to do."""


class Pretrained(NamedTuple):
    """A trained Meta-GAN: the recipe, its networks, and what both players learned."""

    recipe: Recipe
    networks: metagan.Networks
    meta_g: metagan.Meta
    meta_d: metagan.Meta


def load(name: str, folder: Path = FOLDER) -> Pretrained:
    """The shipped checkpoint called `name`, checked."""
    entry = manifest(folder).get(name)
    if entry is None:
        known = ", ".join(sorted(manifest(folder))) or "none"
        raise PretrainedError(f"pretrained: no checkpoint is called {name!r}; there are: {known}.")
    file = folder / f"{name}.safetensors"
    if not file.exists() or digest(file) != entry["sha256"]:
        raise PretrainedError(f"{file}: missing or changed; restore it, or run: {entry['command']}")
    recipe = Recipe(**{k: _tuples(v) for k, v in entry["recipe"].items()})
    nets = metagan.networks(recipe)
    return Pretrained(recipe, nets, *_unflatten(load_file(file), metagan.start(recipe, nets), file))


def ship(
    name: str, recipe: Recipe, metas: tuple, *, command: str, metrics: dict, folder: Path = FOLDER
) -> Path:
    """Write a checkpoint and its manifest entry; `metrics` are the numbers measured on held-out tasks."""
    file = folder / f"{name}.safetensors"
    save_file(_flatten(metas), file)
    entry = {"command": command, "sha256": digest(file), "metrics": metrics, "recipe": asdict(recipe)}
    text = json.dumps({**manifest(folder), name: entry}, indent=2, sort_keys=True)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")
    return file


def manifest(folder: Path = FOLDER) -> dict:
    file = folder / "manifest.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _flatten(metas: tuple) -> dict[str, Tensor]:
    players = zip("gd", metas, strict=True)
    return {
        f"{player}/{part}/{n}": w.detach().contiguous()
        for player, meta in players
        for part, params in meta.items()
        for n, w in params.items()
    }


def _unflatten(flat: dict[str, Tensor], like: tuple, file: Path) -> tuple:
    wanted = {n: w.shape for n, w in _flatten(like).items()}
    found = {n: w.shape for n, w in flat.items()}
    if wanted != found:
        name = sorted(n for n in wanted | found if wanted.get(n) != found.get(n))[0]
        raise PretrainedError(f"{file}: {name} does not fit the recipe's networks; restore the file.")
    return tuple(
        {part: {n: flat[f"{player}/{part}/{n}"] for n in params} for part, params in meta.items()}
        for player, meta in zip("gd", like, strict=True)
    )


def _tuples(value):
    """JSON has lists where a frozen recipe has tuples."""
    return tuple(_tuples(v) for v in value) if isinstance(value, list) else value
