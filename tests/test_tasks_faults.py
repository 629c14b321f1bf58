"""Data that cannot be lost or lied about: one fault at a time, its message, and what is left on the disk."""

import errno
import gzip
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from urllib.error import URLError

import numpy
import pytest
import torch
from PIL import Image

from metagan_course import files as course_files
from metagan_course.tasks import DataError, cache, data, mnist, omniglot

RECIPE = {"family": "toy", "version": 1}


def build():
    return {"images": torch.arange(1000).remainder(251).byte()}


def never():
    raise AssertionError("built although the cache was good")


def files(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


# --- caches ---------------------------------------------------------------------------------------


def test_a_good_cache_is_read_not_built(tmp_path):
    first = cache.cached("toy", RECIPE, build, folder=tmp_path)
    second = cache.cached("toy", RECIPE, never, folder=tmp_path)
    assert torch.equal(first["images"], second["images"])
    assert files(tmp_path) == ["toy.safetensors"]


def cut_short(path):
    path.write_bytes(path.read_bytes()[:-100])


def cut_in_the_header(path):
    path.write_bytes(path.read_bytes()[:11])


def emptied(path):
    path.write_bytes(b"")


def one_bit_flipped(path):
    raw = bytearray(path.read_bytes())
    raw[-5] ^= 1
    path.write_bytes(raw)


def not_ours(path):
    path.write_bytes(b"PK\x03\x04 something else entirely " * 40)


def another_programs_safetensors(path):
    from safetensors.torch import save_file

    save_file(build(), str(path))


def another_recipe(path):
    cache.write(path, RECIPE | {"version": 0}, build())


DAMAGE = {
    cut_short: "cut short",
    cut_in_the_header: "cut short",
    emptied: "cut short",
    one_bit_flipped: "checksum does not match",
    not_ours: "no cache of this course",
    another_programs_safetensors: "no cache of this course",
    another_recipe: "another recipe",
}


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda f: f.__name__)
def test_a_bad_cache_is_noticed_and_rebuilt(tmp_path, damage):
    cache.cached("toy", RECIPE, build, folder=tmp_path)
    path = tmp_path / "toy.safetensors"
    good = path.read_bytes()
    damage(path)
    with pytest.warns(UserWarning, match=f"toy.safetensors .*{DAMAGE[damage]}.*Building it again"):
        again = cache.cached("toy", RECIPE, build, folder=tmp_path)
    assert torch.equal(again["images"], build()["images"])
    assert path.read_bytes() == good and files(tmp_path) == ["toy.safetensors"]


class HalfWritten:
    """A file on a full disk: it takes half of what is written, then there is no more space."""

    def __init__(self, file):
        self.file = file

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()

    def write(self, content):
        self.file.write(content[: len(content) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")


def fill_the_disk(monkeypatch):
    real = Path.open

    def half(path, mode):
        file = real(path, mode)
        return HalfWritten(file) if mode == "xb" else file

    monkeypatch.setattr(cache.Path, "open", half)


def test_a_full_disk_leaves_no_half_cache(tmp_path, monkeypatch):
    fill_the_disk(monkeypatch)
    with pytest.raises(
        DataError, match=r"disk is full: .*toy\.safetensors .*Free some space, or set METAGAN_CACHE"
    ):
        cache.cached("toy", RECIPE, build, folder=tmp_path)
    assert files(tmp_path) == []
    monkeypatch.undo()
    cache.cached("toy", RECIPE, build, folder=tmp_path)
    cache.cached("toy", RECIPE, never, folder=tmp_path)


def test_a_full_disk_keeps_the_old_cache(tmp_path, monkeypatch):
    path = tmp_path / "toy.safetensors"
    cache.write(path, RECIPE | {"version": 0}, build())
    old = path.read_bytes()
    fill_the_disk(monkeypatch)
    with pytest.warns(UserWarning, match="another recipe"), pytest.raises(DataError, match="disk is full"):
        cache.cached("toy", RECIPE, build, folder=tmp_path)
    assert path.read_bytes() == old and files(tmp_path) == ["toy.safetensors"]


def test_a_folder_one_may_not_write_to_is_named(tmp_path):
    (tmp_path / "taken").write_text("a file where a folder should be")
    with pytest.raises(DataError, match="taken.*could not be written.*Set METAGAN_CACHE"):
        cache.cached("toy", RECIPE, build, folder=tmp_path / "taken" / "below")


def test_two_processes_building_at_once_leave_one_good_cache(tmp_path):
    """Both wait at the same gate inside build(), so that both are building when the first one writes."""
    script = (
        "import sys, time, pathlib, torch\n"
        "from metagan_course.tasks import cache\n"
        "folder, me = pathlib.Path(sys.argv[1]), sys.argv[2]\n"
        "def build():\n"
        "    (folder / f'here{me}').touch()\n"
        "    while len(list(folder.glob('here*'))) < 2: time.sleep(0.01)\n"
        "    return {'images': torch.arange(2_000_000).remainder(251).byte()}\n"
        "made = cache.cached('toy', {'family': 'toy', 'version': 1}, build, folder=folder / 'cache')\n"
        "print(int(made['images'].sum()))\n"
    )
    runs = [
        subprocess.Popen([sys.executable, "-c", script, str(tmp_path), me], stdout=subprocess.PIPE, text=True)
        for me in "ab"
    ]
    sums = {run.communicate(timeout=120)[0] for run in runs}
    assert [run.returncode for run in runs] == [0, 0] and len(sums) == 1
    assert files(tmp_path / "cache") == ["toy.safetensors"]
    kept = cache.cached("toy", RECIPE, never, folder=tmp_path / "cache")["images"]
    assert int(kept.sum()) == int(sums.pop())


def test_leftovers_of_a_killed_writer_go_after_a_day(tmp_path):
    old, young = tmp_path / "toy.abc.part", tmp_path / "toy.def.part"
    for part in (old, young):
        part.write_bytes(b"half")
    (tmp_path / "tree.ghi.part").mkdir()
    for part in (old, tmp_path / "tree.ghi.part"):
        os.utime(part, (time.time() - 100_000,) * 2)
    cache.cached("toy", RECIPE, build, folder=tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["toy.def.part", "toy.safetensors"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no umask")
def test_a_class_can_share_a_cache_as_its_teacher_s_umask_allows(tmp_path):
    before = os.umask(0o022)
    try:
        cache.cached("toy", RECIPE, build, folder=tmp_path)
    finally:
        os.umask(before)
    assert (tmp_path / "toy.safetensors").stat().st_mode & 0o777 == 0o644


def test_where_caches_live(tmp_path, monkeypatch):
    monkeypatch.setenv("METAGAN_CACHE", str(tmp_path / "named"))
    assert course_files.cache_folder() == tmp_path / "named"
    assert course_files.cache_folder(tmp_path / "option") == tmp_path / "option"
    monkeypatch.delenv("METAGAN_CACHE")
    import platformdirs

    assert course_files.cache_folder() == Path(platformdirs.user_cache_dir("metagan-course", appauthor=False))


# --- a small Omniglot: two alphabets, same code, same checks --------------------------------------


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A root with a true tree of two alphabets, two characters each, which the reader takes for the whole."""
    tree = tmp_path / "omniglot-py"
    for side, alphabet in zip(omniglot.SIDES, ("Latin", "Tengwar"), strict=True):
        for character in ("character01", "character02"):
            folder = tree / side / alphabet / character
            folder.mkdir(parents=True)
            for writer in range(20):
                pixels = torch.rand(105, 105).lt(0.9).byte().numpy() * 255
                Image.fromarray(pixels).convert("1").save(folder / f"0001_{writer + 1:02d}.png")
    known = omniglot.describe(tree)
    monkeypatch.setattr(omniglot, "alphabets", lambda: known)
    return tmp_path


def small_png(root):
    return root / "omniglot-py" / "images_background" / "Latin" / "character02" / "0001_07.png"


def test_a_whole_small_tree_is_read(small):
    family = omniglot.Omniglot(small, cache_dir=small / "cache", progress=False)
    assert family.images.shape == (4, 20, 28, 28)
    assert family.split_index("train").tolist() == [0, 1] and family.split_index("test").tolist() == [2, 3]


def a_character_with_19(png):
    png.unlink()


def a_character_missing(png):
    for drawing in png.parent.iterdir():
        drawing.unlink()
    png.parent.rmdir()


def an_image_of_noise(png):
    png.write_bytes(b"not a png at all")


def an_image_cut_short(png):
    png.write_bytes(png.read_bytes()[:60])


def an_empty_image(png):
    png.write_bytes(b"")


def another_size(png):
    Image.new("1", (28, 28)).save(png)


def another_picture(png):
    pixels = numpy.array(Image.open(png).convert("L"))
    pixels[50, 50] ^= 255
    Image.fromarray(pixels).convert("1").save(png)


TREE_DAMAGE = {
    a_character_with_19: "character02 holds 19 images instead of 20",
    a_character_missing: "character02 is missing",
    an_image_of_noise: r"character02.0001_07\.png cannot be read",
    an_image_cut_short: r"character02.0001_07\.png cannot be read",
    an_empty_image: r"character02.0001_07\.png cannot be read",
    another_size: r"0001_07\.png cannot be read \(28 x 28 pixels instead of 105 x 105\)",
    another_picture: "An image in .*Latin is not the original",
}


@pytest.mark.parametrize("damage", TREE_DAMAGE, ids=lambda f: f.__name__)
def test_a_damaged_tree_is_named_and_never_cached(small, damage):
    damage(small_png(small))
    with pytest.raises(DataError, match=TREE_DAMAGE[damage]) as caught:
        omniglot.Omniglot(small, cache_dir=small / "cache", progress=False)
    assert "metagan-course data fetch omniglot" in str(caught.value)
    assert str(small / "omniglot-py") in str(caught.value)
    assert not (small / "cache").exists()


def test_no_tree_at_all_says_what_to_run(tmp_path):
    with pytest.raises(DataError, match="no folder .*omniglot-py. Run: metagan-course data fetch omniglot"):
        omniglot.Omniglot(tmp_path, cache_dir=tmp_path / "cache")


# --- fetching -------------------------------------------------------------------------------------


@pytest.fixture
def archives(small, tmp_path_factory):
    """The small tree as two zips, in a folder of their own."""
    folder = tmp_path_factory.mktemp("archives")
    for side in omniglot.SIDES:
        with zipfile.ZipFile(folder / f"{side}.zip", "w") as packed:
            for path in sorted((small / "omniglot-py" / side).rglob("*.png")):
                packed.write(path, path.relative_to(small / "omniglot-py"))
    return folder


def test_fetch_from_a_folder_of_archives(archives, tmp_path):
    root = tmp_path / "root"
    assert data.fetch("omniglot", root, source=archives) == root / "omniglot-py"
    assert sorted(p.name for p in root.iterdir()) == ["omniglot-py"]
    assert data.verify("omniglot", root) == "omniglot: 4 characters, 80 images, all original."
    assert next(e for e in data.list_data(root) if e.name == "omniglot").ready


def test_fetch_mends_a_damaged_tree_and_leaves_a_whole_one(small, archives):
    a_character_with_19(small_png(small))
    data.fetch("omniglot", small, source=archives)
    assert "80 images" in data.verify("omniglot", small)
    before = small_png(small).stat().st_mtime_ns, small_png(small).stat().st_ino
    data.fetch("omniglot", small, source=small / "nowhere")  # whole already: the source is not even looked at
    assert (small_png(small).stat().st_mtime_ns, small_png(small).stat().st_ino) == before


def truncated(path):
    path.write_bytes(path.read_bytes()[:-3000])


def flipped(path):
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 3] ^= 255
    path.write_bytes(raw)


@pytest.mark.parametrize("damage", [truncated, flipped])
def test_a_damaged_zip_is_named_and_nothing_is_left(archives, tmp_path, damage):
    archive = archives / "images_evaluation.zip"
    damage(archive)
    with pytest.raises(DataError, match=r"images_evaluation\.zip is cut short or damaged|not the original"):
        data.fetch("omniglot", tmp_path / "root", source=archives)
    assert list((tmp_path / "root").iterdir()) == []


def test_a_missing_archive_is_named(archives, tmp_path):
    (archives / "images_background.zip").unlink()
    with pytest.raises(DataError, match=r"images_background\.zip is missing"):
        data.fetch("omniglot", tmp_path / "root", source=archives)
    assert list((tmp_path / "root").iterdir()) == []


@pytest.mark.parametrize("name", ["../outside.png", "/outside.png", "a/../../outside.png", "..\\outside.png"])
def test_a_zip_cannot_write_outside_its_folder(tmp_path, name):
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as packed:
        packed.writestr("fine.png", "x")
        packed.writestr(name, "x")
    with pytest.raises(DataError, match="leads outside its folder"):
        data.unpack_zip(tmp_path / "bad.zip", tmp_path / "in")
    assert files(tmp_path) == ["bad.zip"]


def test_a_full_disk_while_unpacking_leaves_the_old_tree(small, archives, monkeypatch):
    a_character_with_19(small_png(small))
    before = files(small)
    written = []

    def full_after_thirty(self, member, path=None, pwd=None):
        written.append(member)
        if len(written) > 30:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real_extract(self, member, path, pwd)

    real_extract = zipfile.ZipFile._extract_member
    monkeypatch.setattr(zipfile.ZipFile, "_extract_member", full_after_thirty)
    with pytest.raises(DataError, match="disk is full: .*omniglot-py could not be written"):
        data.fetch("omniglot", small, source=archives)
    assert files(small) == before


@pytest.mark.parametrize(
    "error, said",
    [
        (URLError("Name or service not known"), "Name or service not known.*Check the network"),
        (TimeoutError("timed out"), "timed out.*Check the network"),
        (RuntimeError("File not found or corrupted."), "corrupted.*Check the network"),
        (zipfile.BadZipFile("File is not a zip file"), "arrived damaged"),
        (OSError(errno.ENOSPC, "No space left on device"), "disk is full"),
    ],
)
@pytest.mark.parametrize("name", ["omniglot", "mnist"])
def test_a_failed_download_is_one_sentence_and_leaves_nothing(tmp_path, monkeypatch, name, error, said):
    import torchvision.datasets as official

    def fail(url, download_root, *_, **__):
        Path(download_root).mkdir(parents=True, exist_ok=True)
        (Path(download_root) / "half.zip").write_bytes(b"half")
        raise error

    monkeypatch.setattr(getattr(official, name), "download_and_extract_archive", fail)
    with pytest.raises(DataError, match=said):
        data.fetch(name, tmp_path / "root")
    assert list((tmp_path / "root").iterdir()) == []


def test_a_download_is_checked_before_it_counts(small, archives, tmp_path, monkeypatch):
    """torchvision's downloader, with the network replaced by the local archives."""
    import torchvision.datasets.omniglot as official

    def local(url, download_root, filename, md5):
        assert url == f"https://raw.githubusercontent.com/brendenlake/omniglot/master/python/{filename}"
        data.unpack_zip(archives / filename, Path(download_root))
        arrived.append(filename)

    arrived = []
    monkeypatch.setattr(official, "download_and_extract_archive", local)
    # these zips are not the official ones: instead of their md5, whether they have arrived
    arrival = lambda self: self._get_target_folder() + ".zip" in arrived  # noqa: E731
    monkeypatch.setattr(official.Omniglot, "_check_integrity", arrival)
    data.fetch("omniglot", tmp_path / "root")
    assert "80 images" in data.verify("omniglot", tmp_path / "root")
    assert arrived == ["images_background.zip", "images_evaluation.zip"]


def test_an_unknown_name_is_named():
    for ask in (data.fetch, data.verify):
        with pytest.raises(ValueError, match="name is 'mnsit'; it must be one of 'glyphs'"):
            ask("mnsit")


# --- MNIST ----------------------------------------------------------------------------------------


def test_mnist_files_missing_or_altered_are_named(tmp_path):
    raw = mnist.raw_folder(tmp_path)
    with pytest.raises(
        DataError, match="train-images-idx3-ubyte is missing. Run: metagan-course data fetch mnist"
    ):
        mnist.Mnist(tmp_path)
    raw.mkdir(parents=True)
    (raw / "train-images-idx3-ubyte").write_bytes(b"\0" * 100)
    with pytest.raises(DataError, match="train-images-idx3-ubyte is cut short or not the original"):
        mnist.Mnist(tmp_path)


def test_a_truncated_gz_is_named_and_nothing_is_left(tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    whole = gzip.compress(os.urandom(5000))
    (source / "train-images-idx3-ubyte.gz").write_bytes(whole[:2000])
    with pytest.raises(DataError, match=r"train-images-idx3-ubyte\.gz is cut short or damaged"):
        data.fetch("mnist", tmp_path / "root", source=source)
    assert list((tmp_path / "root").iterdir()) == []
    (source / "train-images-idx3-ubyte.gz").unlink()
    with pytest.raises(DataError, match=r"train-images-idx3-ubyte\.gz is missing"):
        data.fetch("mnist", tmp_path / "root", source=source)
