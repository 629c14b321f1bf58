"""Nothing that a learner's function changes survives its call: settings, random states, patched functions.

Undone are the settings of torch and Python listed here, the three random states, matplotlib's backend,
functions and classes put in the place of torch's, NumPy's, Python's or the course's, and the course's tables.
What it does to its own notebook's variables, to files or to threads of its own is not.
"""

import builtins
import contextlib
import io
import math
import os
import random
import sys
import warnings
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import numpy as np
import torch

Undo = Callable[[], None]

_FLAGS = (
    (torch.backends.cudnn, "benchmark"),
    (torch.backends.cudnn, "deterministic"),
    (torch.backends.cudnn, "allow_tf32"),
)
_SETTINGS: tuple[tuple[Callable[[], Any], Callable[[Any], Any]], ...] = (
    (torch.get_default_dtype, torch.set_default_dtype),
    (torch.get_default_device, torch.set_default_device),
    (torch.get_num_threads, torch.set_num_threads),
    (torch.get_float32_matmul_precision, torch.set_float32_matmul_precision),
    (torch.get_deterministic_debug_mode, torch.set_deterministic_debug_mode),
    (torch.is_grad_enabled, torch.set_grad_enabled),
    (torch.is_anomaly_enabled, torch.set_anomaly_enabled),
    (sys.getrecursionlimit, sys.setrecursionlimit),
    (os.getcwd, os.chdir),
)
_MODULES = (torch, torch.nn, torch.nn.functional, torch.func, torch.autograd, torch.optim, torch.linalg)
_OTHERS = (math, builtins, random, np, np.random, np.linalg)
_CLASSES = (torch.Tensor, torch.nn.Module, torch.nn.Linear, torch.optim.Optimizer, torch.optim.SGD)


class Keeper:
    """Remembers how things stand; each use as a context undoes what its block did to them.

    keeper = Keeper()
    with keeper: ...
    """

    def __init__(self) -> None:
        self.undo = [*_settings(), *_random_states(), *_backend(), *_names()]

    def __enter__(self) -> None:
        self.warnings = warnings.catch_warnings()
        self.warnings.__enter__()

    def __exit__(self, *failure: object) -> None:
        self.warnings.__exit__(*failure)
        for one in self.undo:
            one()


@contextlib.contextmanager
def silent() -> Iterator[io.StringIO]:
    """What is printed goes into the buffer that comes with it, standard error included."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        yield printed


@contextlib.contextmanager
def random_states_kept() -> Iterator[None]:
    """The little that the course's own functions need: the three random states are as before afterwards."""
    undo = _random_states()
    try:
        yield
    finally:
        for one in undo:
            one()


def seed_all(seed: int) -> None:
    """One seed for torch's, NumPy's and Python's global generators, for whoever draws from them."""
    torch.default_generator.manual_seed(seed)  # not torch.manual_seed, which wakes a GPU
    np.random.seed(seed % 2**32)
    random.seed(seed)


def _settings() -> list[Undo]:
    readers = [(read, write, read()) for read, write in _SETTINGS]
    readers += [_flag(holder, name) for holder, name in _FLAGS]

    def undo() -> None:
        for read, write, before in readers:
            if read() != before:
                write(before)

    return [undo]


def _flag(holder: Any, name: str) -> tuple:
    return (
        (lambda: getattr(holder, name)),
        (lambda value: setattr(holder, name, value)),
        getattr(holder, name),
    )


def _random_states() -> list[Undo]:
    state, of_numpy, of_python = torch.get_rng_state(), np.random.get_state(), random.getstate()
    set_state, set_numpy, set_python = torch.set_rng_state, np.random.set_state, random.setstate
    return [lambda: set_state(state), lambda: set_numpy(of_numpy), lambda: set_python(of_python)]


def _backend() -> list[Undo]:
    matplotlib = sys.modules.get("matplotlib")
    if matplotlib is None:
        return []
    before = dict.__getitem__(matplotlib.rcParams, "backend")  # as it stands: looking may choose one

    def undo() -> None:
        if dict.__getitem__(matplotlib.rcParams, "backend") is not before:
            dict.__setitem__(matplotlib.rcParams, "backend", before)

    return [undo]


def _names() -> list[Undo]:
    """Functions and classes stand where they stood: of modules those that were there, of classes all."""
    course = [m for name, m in sys.modules.items() if name.partition(".")[0] == "metagan_course"]
    modules = [_of_module(module) for module in (*_MODULES, *_OTHERS, *course)]
    return [*modules, *map(_of_class, _CLASSES), *(_of_tables(module) for module in course)]


def _of_module(module: ModuleType) -> Undo:
    space = vars(module)
    before = [(name, value) for name, value in space.items() if callable(value)]

    def undo() -> None:
        for name, value in before:
            if space.get(name) is not value:
                space[name] = value

    return undo


def _of_class(kind: type) -> Undo:
    before = dict(vars(kind))

    def undo() -> None:
        now = dict(vars(kind))
        for name in now.keys() - before.keys():
            delattr(kind, name)
        for name, value in before.items():
            if now.get(name) is not value:
                setattr(kind, name, value)

    return undo


def _of_tables(module: ModuleType) -> Undo:
    """The dicts that stand in a module of the course, such as GAN_LOSSES, have the entries they had."""
    tables = [value for name, value in vars(module).items() if type(value) is dict and name[:2] != "__"]
    before = [(table, dict(table)) for table in tables]

    def undo() -> None:
        for table, entries in before:
            if table.keys() != entries.keys() or any(table[key] is not entries[key] for key in entries):
                table.clear()
                table.update(entries)

    return undo
