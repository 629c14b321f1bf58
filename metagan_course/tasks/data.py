"""What data there is, fetching it, checking it: the work behind `metagan-course data list | fetch | verify`.

Nothing here samples tasks. A fetch unpacks and checks everything in a folder of its own, then renames: what
is there afterwards is the whole data set or what was there before.
"""

import gzip
import os
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from urllib.error import URLError

from metagan_course.files import cache_folder, sweep

from . import mnist, omniglot
from .cache import DataError, cannot_write
from .glyphs import Glyphs

BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, gzip.BadGzipFile)


class Entry(NamedTuple):
    name: str
    about: str
    ready: bool
    where: Path


ABOUT = {
    "glyphs": "1,457 characters of 17 scripts, drawn from matplotlib's fonts; nothing to download",
    "omniglot": "1,623 characters of 50 alphabets by 20 people; 15 MB to download",
    "mnist": "70,000 handwritten digits; 11 MB to download",
}


def list_data(root: Path | str | None = None) -> list[Entry]:
    """Every picture data set, whether it is there, and where it is or would be."""
    glyphs = cache_folder() / "glyphs-seed0-block0.safetensors"
    tree, raw = omniglot.tree_folder(root), mnist.raw_folder(root)
    ready = {
        "glyphs": (glyphs.exists(), glyphs),
        "omniglot": (all((tree / side).is_dir() for side in omniglot.SIDES), tree),
        "mnist": (all((raw / file).exists() for file in mnist.FILES), raw),
    }
    return [Entry(name, about, *ready[name]) for name, about in ABOUT.items()]


def fetch(name: str, root: Path | str | None = None, *, source: Path | str | None = None) -> Path:
    """Get `name` ready, whole and verified, and return where it is. Does nothing if it already is.

    source: a folder with images_background.zip and images_evaluation.zip, or MNIST's four .gz files, for a
    machine without a network. Otherwise torchvision's downloader gets them from the official places.
    """
    check_name(name)
    if name == "glyphs":
        Glyphs()
        return list_data()[0].where
    target = omniglot.tree_folder(root) if name == "omniglot" else mnist.raw_folder(root).parent
    if is_whole(name, root):
        return target
    unpack = {"omniglot": omniglot_into, "mnist": mnist_into}[name]
    in_one_go(target, lambda part: unpack(part, source), check=lambda part: verify(name, part))
    return target


def verify(name: str, root: Path | str | None = None) -> str:
    """Compare every file of `name` with the original: one sentence, or a DataError that names the file."""
    check_name(name)
    if name == "glyphs":
        shape = tuple(Glyphs().images.shape)
        return f"glyphs: {shape[0]} characters by {shape[1]} writers, checksum right."
    if name == "omniglot":
        images = omniglot.build(omniglot.tree_folder(root))["images"]
        return (
            f"omniglot: {len(images)} characters, {images.shape[0] * images.shape[1]} images, all original."
        )
    for file in mnist.FILES:
        mnist.read_idx(mnist.raw_folder(root) / file)
    return "mnist: four files, 70,000 images, all original."


def is_whole(name: str, root: Path | str | None) -> bool:
    try:
        verify(name, root)
    except DataError:
        return False
    return True


def check_name(name: str) -> None:
    if name not in ABOUT:
        raise ValueError(f"name is {name!r}; it must be one of {', '.join(map(repr, ABOUT))}.")


def in_one_go(target: Path, fill: Callable[[Path], None], *, check: Callable[[Path], object]) -> None:
    """fill() a temporary root beside `target`, check() it, and only then move its folder into place."""
    part = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        sweep(target.parent)
        part = Path(tempfile.mkdtemp(prefix=f"{target.name}.", suffix=".part", dir=target.parent))
        fill(part)
        check(part)
        replace_folder(part / target.name, target)
    except OSError as error:
        raise cannot_write(target, error) from error
    finally:
        if part:
            shutil.rmtree(part, ignore_errors=True)


def replace_folder(new: Path, target: Path) -> None:
    """Put `new` where `target` is; a damaged or partial target steps aside first and goes last."""
    old = new.parent / "replaced"
    if target.exists():
        os.replace(target, old)
    try:
        os.replace(new, target)
    except OSError:
        if old.exists():
            os.replace(old, target)
        raise


def omniglot_into(root: Path, source: Path | str | None) -> None:
    tree = omniglot.tree_folder(root)
    for side in omniglot.SIDES:
        if source:
            unpack_zip(Path(source) / f"{side}.zip", tree)
        else:
            download("Omniglot", root, background=side == omniglot.SIDES[0])


def mnist_into(root: Path, source: Path | str | None) -> None:
    if not source:
        return download("MNIST", root)
    raw = mnist.raw_folder(root)
    raw.mkdir(parents=True)
    for file in mnist.FILES:
        unpack_gz(Path(source) / f"{file}.gz", raw / file)


def download(dataset: str, root: Path, **options) -> None:
    """torchvision's own downloader, with its checksums; what can go wrong outside becomes one sentence."""
    import torchvision

    name = dataset.lower()
    try:
        getattr(torchvision.datasets, dataset)(str(root), download=True, **options)
    except BROKEN as error:
        raise DataError(
            f"The download of {name} arrived damaged ({error}). Run the same command again."
        ) from error
    except (URLError, TimeoutError, ConnectionError, RuntimeError) as error:
        raise DataError(
            f"{name} could not be downloaded ({short(error)}). Check the network and run this again, "
            f"or fetch from a folder that holds its archives: fetch({name!r}, source=folder)."
        ) from error


def short(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


def unpack_zip(archive: Path, folder: Path) -> None:
    """Extract a zip into `folder`, refusing names that lead outside it; a damaged zip is a DataError."""
    if not archive.is_file():
        raise DataError(
            f"The file {archive} is missing. Put it there, or fetch without a source to download it."
        )
    folder.mkdir(parents=True, exist_ok=True)
    inside = folder.resolve()
    try:
        with zipfile.ZipFile(archive) as content:
            for member in content.infolist():
                if not (inside / member.filename).resolve().is_relative_to(inside) or "\\" in member.filename:
                    raise DataError(
                        f"{archive} holds {member.filename!r}, which leads outside its folder. Not used."
                    )
            content.extractall(inside)  # checks the CRC of every file it writes
    except BROKEN as error:
        raise DataError(
            f"The zip {archive} is cut short or damaged ({error}). Get a whole copy of it."
        ) from error


def unpack_gz(archive: Path, target: Path) -> None:
    if not archive.is_file():
        raise DataError(
            f"The file {archive} is missing. Put it there, or fetch without a source to download it."
        )
    try:
        with gzip.open(archive, "rb") as packed, open(target, "wb") as unpacked:
            shutil.copyfileobj(packed, unpacked)
    except BROKEN as error:
        raise DataError(
            f"The file {archive} is cut short or damaged ({error}). Get a whole copy of it."
        ) from error
