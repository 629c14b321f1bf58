"""Files that are whole or absent: tensors built once, kept on disk, checked on every read.

A cache is one safetensors file whose header carries the recipe it was made by and the sha256 of its
tensors. It is written under a temporary name and renamed: no reader ever sees half of one, and two writers
leave one good file. What is in the tensors is not this file's business.
"""

import errno
import hashlib
import json
import os
import secrets
import shutil
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from metagan_course import CourseError

Tensors = dict[str, Tensor]


class DataError(CourseError):
    """Data that is missing, damaged or cannot be written. The message says which file and what to do."""


def cache_folder(chosen: str | Path | None = None) -> Path:
    """The folder of caches and downloads: the option, else METAGAN_CACHE, else the platform's own place."""
    if chosen or os.environ.get("METAGAN_CACHE"):
        return Path(chosen or os.environ["METAGAN_CACHE"]).expanduser()
    import platformdirs

    return Path(platformdirs.user_cache_dir("metagan-course", appauthor=False))


def cached(
    name: str, recipe: dict, build: Callable[[], Tensors], *, folder: Path | str | None = None
) -> Tensors:
    """The tensors of `recipe`: read from a cache that is whole and made by it, else built and kept."""
    path = cache_folder(folder) / f"{name}.safetensors"
    if path.exists():
        try:
            return read(path, recipe)
        except DataError as damage:
            warnings.warn(f"{damage} Building it again.", stacklevel=3)
    tensors = {key: tensor.contiguous() for key, tensor in build().items()}
    write(path, recipe, tensors)
    return tensors


def fingerprint(tensors: Tensors) -> str:
    """sha256 over every tensor's name, type, shape and bytes."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].contiguous()
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.numpy())
    return digest.hexdigest()


def read(path: Path, recipe: dict) -> Tensors:
    """The tensors in `path`, or a DataError if it is truncated, altered, or made by another recipe."""
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        raw = path.read_bytes()
        header = json.loads(raw[8 : 8 + int.from_bytes(raw[:8], "little")])
        made = dict(json.loads(header["__metadata__"]["metagan_course"]))
        tensors = load(raw)
    except OSError as error:
        raise DataError(f"The cache {path} cannot be read ({error.strerror}).") from error
    except (SafetensorError, ValueError, KeyError, TypeError, OverflowError) as error:
        raise DataError(f"The cache {path} is cut short or is no cache of this course.") from error
    if made.get("recipe") != recipe:
        raise DataError(f"The cache {path} was made by another recipe or version.")
    if made.get("sha256") != fingerprint(tensors):
        raise DataError(f"The cache {path} is damaged: its checksum does not match.")
    return tensors


def write(path: Path, recipe: dict, tensors: Tensors) -> None:
    from safetensors.torch import save

    made = json.dumps({"recipe": recipe, "sha256": fingerprint(tensors)}, sort_keys=True)
    write_whole(path, save(tensors, metadata={"metagan_course": made}))


def write_whole(path: Path, content: bytes) -> None:
    """Write under a temporary name beside `path`, then rename: a crash leaves no half file there."""
    part = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        sweep(path.parent)
        # not mkstemp, which lets nobody else read what it makes: a class shares one cache
        part = path.parent / f"{path.stem}.{secrets.token_hex(4)}.part"
        with part.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError as error:
        raise cannot_write(path, error, len(content)) from error
    finally:
        if part:
            part.unlink(missing_ok=True)


def cannot_write(path: Path, error: OSError, size: int = 0) -> DataError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        need = f" ({size / 1e6:.0f} MB needed)" if size else ""
        return DataError(
            f"The disk is full: {path} could not be written{need}. Free some space, or set "
            "METAGAN_CACHE to a folder on another disk, and run the same command again."
        )
    return DataError(
        f"{path} could not be written ({error.strerror or error}). "
        "Set METAGAN_CACHE to a folder you may write to."
    )


def sweep(folder: Path, *, older_than: float = 86_400.0) -> None:
    """Remove what a killed writer left behind; anything younger may still be in use."""
    for part in folder.glob("*.part"):
        if time.time() - part.stat().st_mtime > older_than:
            shutil.rmtree(part, ignore_errors=True) if part.is_dir() else part.unlink(missing_ok=True)


def to_uint8(images: Tensor) -> Tensor:
    """Grey values in [0, 1] as 256 levels: the last bits, which differ between machines, fall away."""
    return (images * 255).round_().clamp_(0, 255).to(torch.uint8)
