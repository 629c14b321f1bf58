"""MNIST: ten digits, 70,000 drawings (LeCun, Cortes and Burges): a place to transfer to.

It has too few classes to hold any out, so nothing here parts classes. Reads the four files
torchvision leaves behind in `<root>/MNIST/raw`. Fetching is `data.py`.
"""

import hashlib
from pathlib import Path

import torch
from torch import Tensor

from metagan_course.files import cache_folder

from .base import Task, check_request, check_split
from .cache import DataError
from .images import as_pictures, choose

# file -> (md5 of the unpacked bytes, shape)
FILES = {
    "train-images-idx3-ubyte": ("6bbc9ace898e44ae57da46a324031adb", (60_000, 28, 28)),
    "train-labels-idx1-ubyte": ("a25bea736e30d166cdddb491f175f624", (60_000,)),
    "t10k-images-idx3-ubyte": ("2646ac647ad5339dbf082846283269ea", (10_000, 28, 28)),
    "t10k-labels-idx1-ubyte": ("27ae3e4e09519cfbb04c329615203637", (10_000,)),
}
AGAIN = "Delete it and run: metagan-course data fetch mnist"


class Mnist:
    """One task is one digit. All ten digits are on every side; what the sides part is the drawings:

    train is the first 50,000 of the training file, val its last 10,000, test the test file.
    support (T, S, 1, 28, 28), query (T, Q, 1, 28, 28), floats in [0, 1], ink = 1; label (T,) the digit.
    """

    name = "mnist"
    point_shape = (1, 28, 28)

    def __init__(self, root: Path | str | None = None):
        folder = raw_folder(root)
        train, train_digit, test, test_digit = (read_idx(folder / name) for name in FILES)
        parts = {
            "train": (train[:50_000], train_digit[:50_000]),
            "val": (train[50_000:], train_digit[50_000:]),
            "test": (test, test_digit),
        }
        # side -> ten tensors (n_of_digit, 28, 28)
        self.images = {side: [x[digit == d] for d in range(10)] for side, (x, digit) in parts.items()}
        self.classes = [("digits", str(d)) for d in range(10)]

    def split_index(self, split: str) -> Tensor:
        check_split(split)
        return torch.arange(10)

    def sample(self, n_tasks, k_support, n_query, *, split, generator) -> Task:
        check_split(split)
        fewest = min(map(len, self.images[split]))
        check_request(n_tasks, k_support, n_query, split, generator, examples=fewest)
        label = choose(torch.arange(10), n_tasks, generator=generator)  # (T,)
        digits = (self.images[split][d] for d in label.tolist())
        grey = torch.stack([choose(x, k_support + n_query, generator=generator) for x in digits])
        pictures = as_pictures(grey)  # (T, S + Q, 1, 28, 28)
        return Task(pictures[:, :k_support], pictures[:, k_support:], label)


def raw_folder(root: Path | str | None) -> Path:
    return (Path(root).expanduser() if root else cache_folder() / "data") / "MNIST" / "raw"


def read_idx(path: Path) -> Tensor:
    """One file of MNIST's own format: a header of four bytes a field, then the bytes."""
    if not path.exists():
        raise DataError(f"The file {path} is missing. Run: metagan-course data fetch mnist")
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise DataError(f"The file {path} cannot be read ({error.strerror}). {AGAIN}") from error
    md5, shape = FILES[path.name]
    if hashlib.md5(raw, usedforsecurity=False).hexdigest() != md5:
        raise DataError(f"The file {path} is cut short or not the original: its md5 does not match. {AGAIN}")
    body = bytearray(raw[4 + 4 * len(shape) :])
    return torch.frombuffer(body, dtype=torch.uint8).view(shape)
