"""Nothing a learner's function does survives a check, and nothing it returns breaks one."""

import random
import sys
import warnings

import numpy as np
import pytest
import torch
from torch import nn

from metagan_course.exercises import find
from metagan_course.exercises.checking import check
from metagan_course.exercises.comparing import short
from metagan_course.exercises.keeping import Keeper
from metagan_course.exercises.plain import Strange, plain
from metagan_course.losses import GAN_LOSSES

LOSS = find("01.generator_loss")


def state() -> tuple:
    return (
        torch.get_default_dtype(),
        str(torch.get_default_device()),
        torch.get_num_threads(),
        torch.are_deterministic_algorithms_enabled(),
        torch.is_grad_enabled(),
        torch.is_anomaly_enabled(),
        torch.get_float32_matmul_precision(),
        torch.get_rng_state().sum().item(),
        int(np.random.get_state()[1].sum()),
        hash(random.getstate()),
        torch.allclose,
        torch.Tensor.mean,
        nn.functional.softplus,
        sorted(GAN_LOSSES),
        sys.getrecursionlimit(),
        sys.stdout,
        sys.stderr,
        len(warnings.filters),
    )


def vandal(*, fake, real=None):
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(torch.get_num_threads() + 1)
    torch.use_deterministic_algorithms(True)
    torch.set_grad_enabled(False)
    torch.set_anomaly_enabled(True)
    torch.set_float32_matmul_precision("medium")
    torch.manual_seed(1), np.random.seed(1), random.seed(1)
    torch.allclose = lambda *_, **__: True
    torch.Tensor.mean = lambda *_, **__: torch.zeros(())
    nn.functional.softplus = nn.functional.relu
    GAN_LOSSES.clear()
    sys.setrecursionlimit(5000)
    warnings.simplefilter("ignore")
    sys.stdout = sys.stderr = None
    torch.set_default_device("meta")
    return fake.sum()


def test_nothing_survives(capfd):
    before = state()
    assert check(LOSS, vandal, 0).kind == "wrong"
    assert state() == before
    assert check(LOSS, LOSS.reference, 0).kind == "correct", "nor does the next check see any of it"


def test_a_patched_comparison_does_not_turn_a_check_green():
    def cheat(*, fake, real=None):
        torch.allclose = torch.equal = lambda *_, **__: True
        return fake.sum()

    assert check(LOSS, cheat, 0).kind == "wrong"


def test_a_right_answer_that_changes_a_setting_is_right():
    def right(*, fake, real=None):
        torch.set_default_dtype(torch.float64)
        return -nn.functional.logsigmoid(fake).mean()

    assert check(LOSS, right, 0).kind == "correct"
    assert torch.get_default_dtype() is torch.float32


def test_standard_error_is_caught(capfd):
    def loud(*, fake, real=None):
        print("noise", file=sys.stderr)
        return -nn.functional.logsigmoid(fake).mean()

    assert check(LOSS, loud, 0).kind == "correct"
    assert "noise" not in "".join(capfd.readouterr())


@pytest.mark.parametrize("id", ["01.train_step", "00.split_task"])
def test_a_check_leaves_the_notebooks_seed(id):
    spec = find(id)
    torch.manual_seed(3)
    before = torch.get_rng_state()
    check(spec, spec.reference, 0)
    assert torch.equal(torch.get_rng_state(), before) and torch.initial_seed() == 3


def test_the_keeper_works_after_an_exception():
    with pytest.raises(KeyError), Keeper():
        torch.set_default_dtype(torch.float64)
        raise KeyError
    assert torch.get_default_dtype() is torch.float32


leaked = []
torch.func.vmap(lambda x: leaked.append(x) or x)(torch.ones(3, 2))


class Hostile:
    __class__ = property(lambda self: 1 / 0)

    def __getattr__(self, name):
        raise RuntimeError(name)

    def __eq__(self, other):
        raise RuntimeError

    __hash__ = None


class Endless(dict):
    def items(self):
        raise MemoryError


loop: list = []
loop.append(loop)

ODD = {
    "dead vmap tensor": leaked[0],
    "meta": torch.ones(3, device="meta"),
    "sparse": torch.eye(3).to_sparse(),
    "complex": torch.ones(2, dtype=torch.complex64),
    "huge": torch.zeros(()).expand(10**6, 10**6),
    "huge number": 10**400,
    "nan": float("nan"),
    "itself": loop,
    "hostile": Hostile(),
    "hostile dict": Endless(a=1),
    "class": Hostile,
    "generator": (x for x in ()),
    "numpy": np.ones(3),
    "module": nn.Linear(1, 1),
    "parameter": nn.Parameter(torch.ones(2)),
    "half": torch.ones((), dtype=torch.float16),
    "int": torch.ones((), dtype=torch.int64),
    "bool": np.bool_(True),
    "set": {1, 2},
    "not a number": torch.tensor(float("nan")),
}


@pytest.mark.parametrize("name", ODD)
def test_nothing_returned_breaks_a_check(name):
    verdict = check(LOSS, lambda *, fake, real=None: ODD[name], 0)
    assert verdict.kind == "wrong"
    said = verdict.sentences + verdict.evidence
    assert said and "0x" not in said and len(said) < 900
    assert "a dict and yours is a dict" not in said


def test_plain_data_is_plain():
    assert plain(leaked[0]) == Strange("Tensor", "a tensor from inside a vmap or grad that is over")
    assert plain({"a": (np.float32(1), [True])}) == {"a": (1.0, [True])}
    assert type(plain(nn.Parameter(torch.ones(2)))) is torch.Tensor
    assert short(plain({1, 2})) == "a set" and short(plain(len)) == "a builtin_function_or_method"
