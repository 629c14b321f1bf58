"""The true Omniglot and MNIST, from the archives in METAGAN_TEST_DATA. Only these tests need them."""

import hashlib
import os

import pytest
import torch

from metagan_course import tasks
from metagan_course.tasks import data, mnist, omniglot

BACKGROUND = """
Alphabet_of_the_Magi Anglo-Saxon_Futhorc Arcadian Armenian Asomtavruli_(Georgian) Balinese Bengali
Blackfoot_(Canadian_Aboriginal_Syllabics) Braille Burmese_(Myanmar) Cyrillic Early_Aramaic Futurama
Grantha Greek Gujarati Hebrew Inuktitut_(Canadian_Aboriginal_Syllabics) Japanese_(hiragana)
Japanese_(katakana) Korean Latin Malay_(Jawi_-_Arabic) Mkhedruli_(Georgian) N_Ko
Ojibwe_(Canadian_Aboriginal_Syllabics) Sanskrit Syriac_(Estrangelo) Tagalog Tifinagh
""".split()
EVALUATION = """
Angelic Atemayar_Qelisayer Atlantean Aurek-Besh Avesta Ge_ez Glagolitic Gurmukhi Kannada Keble Malayalam
Manipuri Mongolian Old_Church_Slavonic_(Cyrillic) Oriya Sylheti Syriac_(Serto) Tengwar Tibetan ULOG
""".split()


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def digest(image):
    return hashlib.sha256(image.contiguous().numpy()).hexdigest()[:16]


@pytest.fixture(scope="module")
def root(real_data, tmp_path_factory):
    """Both data sets, fetched from the local archives: unpacked, every checksum compared, then in place."""
    folder = tmp_path_factory.mktemp("real")
    data.fetch("omniglot", folder, source=real_data / "omniglot")
    data.fetch("mnist", folder, source=real_data / "mnist")
    return folder


@pytest.fixture(scope="module")
def family(root):
    return omniglot.Omniglot(root, cache_dir=root / "cache", progress=False)


def test_omniglot_counts(root, family):
    tree = root / "omniglot-py"
    assert [len(list((tree / side).glob("*/*"))) for side in omniglot.SIDES] == [964, 659]
    assert [len(list((tree / side).glob("*/*/*.png"))) for side in omniglot.SIDES] == [19_280, 13_180]
    assert family.images.shape == (1623, 20, 28, 28) and len(set(family.classes)) == 1623


def test_omniglot_alphabets_of_each_side(family):
    sides = {split: {family.classes[i][0] for i in family.split_index(split)} for split in tasks.SPLITS}
    assert sides["test"] == set(EVALUATION) and len(EVALUATION) == 20
    assert sides["val"] == {"Braille", "Early_Aramaic", "Korean", "Tagalog", "Tifinagh"}
    assert sides["train"] | sides["val"] == set(BACKGROUND) and len(sides["train"]) == 25
    assert [len(family.split_index(split)) for split in tasks.SPLITS] == [804, 160, 659]


def test_first_and_last_image_of_each_side(root, family):
    """Hashes of the pixels as drawn, 105 x 105, and as the tensor keeps them, 28 x 28: whole numbers both."""
    tree = root / "omniglot-py"
    ends = {}
    for side in omniglot.SIDES:
        alphabets = [a for a, known in omniglot.alphabets().items() if known["side"] == side]
        first, last = (omniglot.drawings_of(tree, a)[i] for a, i in ((alphabets[0], 0), (alphabets[-1], -1)))
        ends[side] = [digest(omniglot.read_png(first)), digest(omniglot.read_png(last))]
    assert ends == {
        "images_background": ["d40816dbfe2fa1c5", "ff3449b23b56ab24"],
        "images_evaluation": ["6638b56dc7aa97f7", "1d5180c6ad4eb83e"],
    }
    small = [digest(family.images[row, writer]) for row, writer in ((0, 0), (963, 19), (964, 0), (1622, 19))]
    assert small == ["c85179dd649b5b1e", "567b935716a30055", "0cfa16892855b7cd", "1afa508a15bf8c75"]


def test_ink_is_one_and_rare(family):
    ink = family.images.float().mean() / 255
    assert 0.03 < ink < 0.15
    assert family.images[:, :, 0, 0].float().mean() < 1  # a corner is paper


def test_the_pair_that_is_equal_in_every_copy(family):
    """Braille/character01 by writers 3 and 19: a check that files are in order, not only present."""
    row = family.classes.index(("Braille", "character01"))
    assert torch.equal(family.images[row, 2], family.images[row, 18])


def test_omniglot_from_its_cache_needs_no_tree(root, family, tmp_path):
    again = omniglot.Omniglot(tmp_path / "nothing here", cache_dir=root / "cache")
    assert torch.equal(again.images, family.images)


def test_omniglot_tasks(family):
    batch = family.sample(16, 5, 15, split="test", generator=seeded())
    assert batch.support.shape == (16, 5, 1, 28, 28) and batch.query.shape == (16, 15, 1, 28, 28)
    assert {family.name_of(label)[0] for label in batch.label} <= set(EVALUATION)


def test_a_link_to_the_tree_reads_as_the_tree(root, family, tmp_path):
    os.symlink(root / "omniglot-py", tmp_path / "omniglot-py")
    paths = omniglot.drawings_of(tmp_path / "omniglot-py", "ULOG")
    ink = torch.stack([omniglot.read_png(p) for p in paths])
    omniglot.check_sum(tmp_path / "omniglot-py", "ULOG", ink)
    assert torch.equal(omniglot.shrink(ink).unflatten(0, (-1, 20)), family.images[-len(paths) // 20 :])


def test_mnist_counts(root):
    digits = mnist.Mnist(root)
    counts = {split: [len(x) for x in digits.images[split]] for split in tasks.SPLITS}
    assert [sum(counts[split]) for split in tasks.SPLITS] == [50_000, 10_000, 10_000]
    # the known class counts of the training and the test file
    both = [a + b for a, b in zip(counts["train"], counts["val"], strict=True)]
    assert both == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert counts["test"] == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


def test_mnist_tasks(root):
    digits = mnist.Mnist(root)
    batch = digits.sample(10, 5, 15, split="val", generator=seeded())
    assert batch.support.shape == (10, 5, 1, 28, 28) and sorted(batch.label.tolist()) == list(range(10))
    again = digits.sample(10, 5, 15, split="val", generator=seeded())
    assert all(torch.equal(a, b) for a, b in zip(batch, again, strict=True))
    for label, pictures in zip(batch.label, torch.cat([batch.support, batch.query], 1), strict=True):
        mine = digits.images["val"][label].flatten(1).float() / 255
        gap = torch.cdist(pictures.flatten(1), mine).min(1)
        assert gap.values.max() < 0.02 and len(gap.indices.unique()) == 20  # its own digit, each drawing once
    with pytest.raises(ValueError, match="but a task has only 892"):
        digits.sample(1, 800, 93, split="test", generator=seeded())
    with pytest.raises(ValueError, match="split is 'dev'"):
        digits.sample(1, 1, 1, split="dev", generator=seeded())


def test_both_verify(root):
    assert data.verify("mnist", root) == "mnist: four files, 70,000 images, all original."
    assert all(entry.ready for entry in data.list_data(root) if entry.name != "glyphs")
