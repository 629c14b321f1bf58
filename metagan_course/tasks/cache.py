"""Files that are whole or absent: tensors built once, kept on disk, checked on every read.

A cache is one safetensors file whose header carries the recipe it was made by and the sha256 of its
tensors. It is written under a temporary name and renamed: no reader ever sees half of one, and two writers
leave one good file. What is in the tensors is not this file's business.
"""

import errno
import hashlib
import json
import warnings
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from metagan_course import CourseError
from metagan_course.files import CannotWrite, cache_folder, write_whole

Tensors = dict[str, Tensor]


class DataError(CourseError):
    """Data that is missing, damaged or cannot be written. The message says which file and what to do."""


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
    content = save(tensors, metadata={"metagan_course": made})
    try:
        write_whole(path, content)
    except CannotWrite as error:
        raise cannot_write(path, error.__cause__, len(content)) from error


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


def to_uint8(images: Tensor) -> Tensor:
    """Grey values in [0, 1] as 256 levels: the last bits, which differ between machines, fall away."""
    return (images * 255).round_().clamp_(0, 255).to(torch.uint8)
