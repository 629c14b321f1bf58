"""Two processes do what one does: the same gradient to rounding, one checkpoint, a clean end, a restart."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import torch
from tiny import CODED, TINY

from metagan_course import training
from metagan_course.tasks import family
from metagan_course.training import CHECKPOINT, TrainingError, load, loop, processes, train
from metagan_course.training.processes import Share
from metagan_course.trees import tree_leaves

ROOT = Path(__file__).resolve().parents[1]
SPREAD = CODED.but(name="spread", spread_g=0.5, spread_d=0.5, alpha_g=0.5, alpha_d=0.5, first_order=False)
RECIPES = {r.name: r for r in (TINY.but(tasks=4), CODED, CODED.but(name="reptile", outer="reptile"), SPREAD)}
WORKER = """
import sys, torch
torch.set_num_threads(1)
sys.path[:0] = sys.argv[2:]
from test_training_processes import gradients, RECIPES
from metagan_course.training.processes import processes
with processes() as share:
    found = {name: gradients(recipe, share) for name, recipe in RECIPES.items()}
    torch.save(found, f"{sys.argv[1]}/rank{share.rank}.pt")
"""


def gradients(recipe, share):
    """The outer gradients and losses of one batch of tasks, as a flat list; starts in double precision."""
    arcs, networks = family("shapes", kind="arcs"), training.networks(recipe)
    metas = tuple(
        {k: {n: w.double() for n, w in ws.items()} for k, ws in m.items()}
        for m in training.new_metas(recipe, networks)
    )
    batch = training.draw(recipe, arcs, torch.Generator().manual_seed(3))
    batch = type(batch)(*(x.double() for x in share.own(batch)))
    return tree_leaves(loop.outer_gradients(recipe, networks, metas, batch, share))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def start_worker(order, rank, port):
    """A process with the variables torchrun would give it."""
    told = {
        "RANK": rank,
        "LOCAL_RANK": rank,
        "WORLD_SIZE": 2,
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": port,
    }
    env = {**os.environ, "OMP_NUM_THREADS": "1", **{k: str(v) for k, v in told.items()}}
    return subprocess.Popen(
        [sys.executable, *order], env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.fixture(scope="module")
def by_two(tmp_path_factory):
    """What each of two processes found: [{recipe: leaves}, {recipe: leaves}]."""
    folder, port = tmp_path_factory.mktemp("two"), free_port()
    order = ["-c", WORKER, str(folder), str(ROOT / "tests")]
    workers = [start_worker(order, rank, port) for rank in (0, 1)]
    for worker in workers:
        _, said = worker.communicate(timeout=240)
        assert worker.returncode == 0, said
    return [torch.load(folder / f"rank{rank}.pt") for rank in (0, 1)]


@pytest.mark.parametrize("name", RECIPES)
def test_two_processes_find_the_gradient_of_one(by_two, name):
    """In double precision, so that rounding is 1e-12 and a wrong statistic or slice is not."""
    alone = gradients(RECIPES[name], Share())
    for found in by_two:
        torch.testing.assert_close(found[name], alone, rtol=1e-9, atol=1e-12)
    assert any(leaf.abs().max() > 1e-6 for leaf in alone)


def test_codes_standardised_by_slices_would_be_seen(by_two):
    """The check above can fail: two halves standardised each by itself have another gradient."""
    alone = gradients(CODED, Share())
    halves = [gradients_of_half(CODED, half) for half in (0, 1)]
    mean = [(a + b) / 2 for a, b in zip(*halves, strict=True)]
    worst = max(float((a - b).abs().max()) for a, b in zip(alone, mean, strict=True))
    assert worst > 1e-4


def gradients_of_half(recipe, half):
    real = training.draw
    try:
        training.draw = lambda *args: Share(half, 2).own(real(*args))
        return gradients(recipe, Share())
    finally:
        training.draw = real


def test_slices_are_all_the_tasks_in_order():
    whole = torch.arange(12).reshape(6, 2)
    assert torch.equal(torch.cat([Share(r, 3).own(whole) for r in range(3)]), whole)


def test_tasks_that_cannot_be_shared_equally_are_refused():
    with pytest.raises(ValueError, match="tasks is 2, which 3 processes"):
        train(training.begin(TINY), progress=False, share=Share(0, 3))


def test_alone_nothing_is_started(monkeypatch):
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    with processes.processes() as share:
        assert share == Share() and not torch.distributed.is_initialized()
    with pytest.raises(RuntimeError, match="a bug"), processes.processes():
        raise RuntimeError("a bug")


@pytest.mark.skipif(
    os.name == "nt", reason="signals between processes, and gloo under torchrun, differ on Windows"
)
def test_torchrun_a_killed_worker_and_going_on_with_another_number_of_processes(tmp_path):
    """The command line under torchrun itself; one worker is killed; one process finishes what two began."""
    words = ["train", "shapes-fomaml", "--out", str(tmp_path), "--save-every", "1", "--quiet"]
    for change in ("tasks=2", "inner_steps=1", "hidden=8", "steps=100000"):
        words += ["--set", change]
    order = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--nproc-per-node",
        "2",
        "--master-port",
        str(free_port()),
    ]
    env = {**os.environ, "OMP_NUM_THREADS": "1"}
    run = subprocess.Popen(
        [*order, "-m", "metagan_course.course.cli", *words],
        env=env,
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_for(tmp_path / CHECKPOINT, run)
        workers = sorted(psutil.Process(run.pid).children(), key=lambda p: int(p.environ()["RANK"]))
        workers[1].send_signal(signal.SIGKILL)
        _, said = run.communicate(timeout=120)
    finally:
        run.kill()
    assert run.returncode != 0
    told = [line for line in said.splitlines() if line.startswith("metagan-course: ")]
    assert len(told) == 1 and "--resume" in told[0], said
    assert "Traceback" not in said.split("ChildFailedError")[0].split("torch/distributed")[0], said
    kept = load(tmp_path / CHECKPOINT)
    assert kept.step >= 1
    again = train(load(tmp_path / CHECKPOINT, steps=kept.step + 2), folder=tmp_path, progress=False)
    assert again.step == kept.step + 2


def wait_for(file, run, seconds=200):
    until = time.monotonic() + seconds
    while not file.exists():
        assert run.poll() is None, run.stderr.read()
        assert time.monotonic() < until, f"no {file.name} after {seconds} s"
        time.sleep(0.2)


def test_only_the_first_process_writes(tmp_path):
    train(training.begin(TINY.but(steps=1)), folder=tmp_path, progress=False, share=Rank1())
    assert not list(tmp_path.iterdir())


class Rank1(Share):
    """The second of two processes, without the first: nothing is exchanged."""

    __slots__ = ()

    def __new__(cls):
        return super().__new__(cls, 1, 2)

    def mean(self, nest):
        return nest

    def gather(self, own):
        return torch.cat([own, own])


def test_a_nan_anywhere_stops_every_process():
    """Losses are means over all processes, and a mean with a NaN in it is NaN."""
    losses = (torch.tensor(1.0), torch.tensor(float("nan")))
    with pytest.raises(TrainingError, match=re.escape("L_D is nan")):
        loop.check_finite(TINY, 0, ({}, {}), losses)
