"""Meta-training: what a run is, that it stops cleanly, and that it goes on as if it had never stopped."""

import json
import math
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from tiny import CODED, TINY

from metagan_course import training
from metagan_course.tasks import family
from metagan_course.training import CHECKPOINT, TrainingError, begin, load, log, loop, save, train, validation
from metagan_course.trees import tree_flatten, tree_leaves, tree_map

ROOT = Path(__file__).resolve().parents[1]
QUIET = {"progress": False, "validate_every": 0}


def everything(run):
    """All tensors of a run, the optimisers' and the generator's state among them."""
    return tree_flatten([run.metas, run.averages, [o.state_dict() for o in run.optimisers]])[0] + [
        run.generator.get_state(),
        run.step,
    ]


def same(a, b):
    pairs = zip(everything(a), everything(b), strict=True)
    return all(torch.equal(x, y) if isinstance(x, torch.Tensor) else x == y for x, y in pairs)


# ---- a run


@pytest.mark.parametrize(
    "recipe", [TINY, CODED, TINY.but(outer="reptile"), TINY.but(inner_steps=0), TINY.but(first_order=False)]
)
def test_every_method_takes_its_steps_and_moves(recipe):
    before = begin(recipe)
    start = tree_map(lambda w: w.detach().clone(), before.metas)
    after = train(before, **QUIET)
    assert after.step == recipe.steps
    for player in (0, 1):
        moved = [
            not torch.equal(a, b)
            for a, b in zip(
                start[player]["start"].values(), after.metas[player]["start"].values(), strict=True
            )
        ]
        assert all(moved)
    assert all(w.isfinite().all() for w in tree_leaves(after.averages))


def test_the_first_steps_may_be_joint_training():
    """Until `joint_first` the run is the one without inner loop, to the bit; from there on it is not."""
    mixed, joint = TINY.but(joint_first=2, energy=1.0), TINY.but(inner_steps=0)
    starts = []
    for steps in (2, 3):
        runs = [train(begin(recipe.but(steps=steps)), **QUIET) for recipe in (mixed, joint)]
        weights = [[w for meta in run.metas for w in meta["start"].values()] for run in runs]
        starts.append(all(torch.equal(a, b) for a, b in zip(*weights, strict=True)))
    assert starts == [True, False]


def test_without_inner_steps_there_is_no_way_back_and_reptile_is_joint_training():
    runs = [train(begin(TINY.but(outer=outer, inner_steps=0)), **QUIET) for outer in ("reptile", "gradient")]
    assert same(*runs)
    warm = TINY.but(outer="reptile", joint_first=2)
    runs = [train(begin(r.but(steps=2)), **QUIET) for r in (warm, TINY.but(inner_steps=0))]
    weights = [[w for meta in run.metas for w in meta["start"].values()] for run in runs]
    assert all(torch.equal(a, b) for a, b in zip(*weights, strict=True))


def test_the_loop_takes_the_recipe_of_each_step(monkeypatch):
    seen, real = [], loop.outer_gradients
    recorded = lambda recipe, *rest: seen.append(recipe) or real(recipe, *rest)  # noqa: E731
    monkeypatch.setattr(loop, "outer_gradients", recorded)
    recipe = TINY.but(steps=4, r1_outer=0.2, r1_every=3, joint_first=2)
    train(begin(recipe), **QUIET)
    assert seen == [recipe.at(step) for step in range(4)]


@pytest.mark.parametrize("learn_rates", [True, False])
@pytest.mark.parametrize(
    "decay, left", [(False, [1, 1, 1, 1, 1, 1, 1, 1]), (True, [1, 1, 1, 1, 1, 0.75, 0.5, 0.25])]
)
def test_rates_are_constant_and_with_decay_go_to_zero_over_the_second_half(decay, left, learn_rates):
    recipe = TINY.but(steps=8, decay=decay, learn_rates=learn_rates, beta_g=0.1, beta_d=0.2, beta_rates=0.4)
    seen = []

    def look(run, losses):  # at the rates that this step was taken with
        seen.append([group["lr"] for optimiser in run.optimisers for group in optimiser.param_groups])

    train(begin(recipe), on_step=look, **QUIET)
    rates = 0.4 if learn_rates else 0
    expected = torch.tensor(left)[:, None] * torch.tensor([0.1, rates, 0.2, rates])
    torch.testing.assert_close(torch.tensor(seen), expected)


def test_a_decayed_step_is_as_much_smaller_as_its_rate():
    """Adam's step is its rate times a direction: one step from the same state, late and early."""
    moves = []
    for decay in (False, True):
        run = begin(TINY.but(steps=8, decay=decay))._replace(step=6)
        before = tree_map(lambda w: w.detach().clone(), run.metas)
        run, _ = loop.outer_step(run, training.networks(TINY), family("shapes", kind="arcs"))
        moves.append(tree_map(lambda a, b: (a - b).detach(), run.metas, before))
    for whole, half in zip(*map(tree_leaves, moves), strict=True):
        torch.testing.assert_close(half, whole / 2, rtol=1e-2, atol=1e-6)


def test_inner_rates_stay_where_they_are_unless_they_are_learned():
    for recipe in (TINY, TINY.but(learn_rates=False)):
        run = train(begin(recipe), **QUIET)
        stayed = all((w == math.log(recipe.alpha_g)).all() for w in run.metas[0]["rule"].values())
        assert stayed != recipe.learn_rates


def test_the_same_seed_is_the_same_run_and_another_is_not():
    assert same(train(begin(TINY), **QUIET), train(begin(TINY), **QUIET))
    assert not same(train(begin(TINY), **QUIET), train(begin(TINY.but(seed=1)), **QUIET))


def test_looking_at_validation_tasks_changes_nothing():
    looked = train(begin(CODED), progress=False, validate_every=1)
    assert same(looked, train(begin(CODED), **QUIET))


def test_the_average_follows_the_weights():
    """a_n = m_n a_{n-1} + (1 - m_n) w_n with m_n = min(average, n / (n + 9)), one number at a time."""
    run, expected, seen = begin(TINY), [], []
    name = next(iter(run.metas[0]["start"]))
    a = run.metas[0]["start"][name].detach().clone().double()

    def record(run, losses):
        nonlocal a
        memory = min(TINY.average, run.step / (run.step + 9))
        a = memory * a + (1 - memory) * run.metas[0]["start"][name].detach().double()
        expected.append(a)
        seen.append(run.averages[0]["start"][name].clone().double())

    train(run, on_step=record, **QUIET)
    torch.testing.assert_close(torch.stack(seen), torch.stack(expected), atol=1e-6, rtol=0)


# ---- checkpoints


@pytest.mark.parametrize("recipe", [TINY.but(steps=6), CODED.but(steps=6)])
def test_resuming_is_as_if_it_had_never_stopped(recipe, tmp_path):
    straight = train(begin(recipe), **QUIET)
    train(begin(recipe.but(steps=3)), folder=tmp_path, **QUIET)
    resumed = train(load(tmp_path / CHECKPOINT, steps=6), folder=tmp_path, **QUIET)
    assert same(straight, resumed)


def test_resuming_where_the_rates_fall_is_as_if_it_had_never_stopped(tmp_path):
    recipe = CODED.but(steps=6, decay=True, r1_every=2)

    def crash(run, losses):
        if run.step == 5:
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        train(begin(recipe), folder=tmp_path, save_every=4, on_step=crash, **QUIET)
    half_way = load(tmp_path / CHECKPOINT)
    assert half_way.step == 4
    resumed = train(half_way, **QUIET)
    assert same(resumed, train(begin(recipe), **QUIET))
    assert not same(resumed, train(begin(recipe.but(decay=False)), **QUIET))


def test_a_checkpoint_comes_back_as_it_was(tmp_path):
    run = train(begin(CODED), **QUIET)
    save(run, tmp_path / CHECKPOINT)
    again = load(tmp_path / CHECKPOINT)
    assert same(run, again) and again.recipe == run.recipe
    assert all(w.requires_grad for w in tree_leaves(again.metas))


def test_a_failed_save_leaves_the_old_checkpoint(tmp_path, monkeypatch):
    file = tmp_path / CHECKPOINT
    save(begin(TINY), file)
    before = file.read_bytes()
    monkeypatch.setattr(os, "fsync", lambda fd: (_ for _ in ()).throw(OSError(28, "disk full")))
    with pytest.raises(TrainingError, match="disk is full"):
        save(train(begin(TINY), **QUIET), file)
    assert file.read_bytes() == before and [p.name for p in tmp_path.iterdir()] == [CHECKPOINT]


def test_a_damaged_or_missing_checkpoint_is_one_sentence(tmp_path):
    file = tmp_path / CHECKPOINT
    with pytest.raises(TrainingError, match="no checkpoint here"):
        load(file)
    save(begin(TINY), file)
    file.write_bytes(file.read_bytes()[:-200])
    with pytest.raises(TrainingError, match="not a readable checkpoint"):
        load(file)


def test_a_checkpoint_of_other_networks_is_refused(tmp_path):
    wrong = begin(TINY)._replace(recipe=TINY.but(hidden=9))
    save(wrong, tmp_path / CHECKPOINT)
    with pytest.raises(TrainingError, match="do not fit"):
        load(tmp_path / CHECKPOINT)


def test_what_may_change_within_a_run_and_what_may_not(tmp_path):
    save(train(begin(TINY), **QUIET), tmp_path / CHECKPOINT)
    run = load(tmp_path / CHECKPOINT, beta_g=1e-5, steps=9)
    assert run.recipe.steps == 9 and run.optimisers[0].param_groups[0]["lr"] == 1e-5
    assert run.optimisers[1].param_groups[0]["lr"] == TINY.beta_d
    for change in ({"hidden": 16}, {"tasks": 4}, {"seed": 3}):
        with pytest.raises(TrainingError, match=next(iter(change))):
            load(tmp_path / CHECKPOINT, **change)


# ---- what stops a run


class Poisoned:
    """A family whose queries hold a NaN from the given draw on."""

    def __init__(self, after):
        self.real, self.left = family("shapes", kind="arcs"), after

    def sample(self, *args, **options):
        drawn, self.left = self.real.sample(*args, **options), self.left - 1
        return drawn if self.left >= 0 else drawn._replace(query=drawn.query * math.nan)


def test_a_nan_stops_the_run_names_the_loss_and_keeps_the_last_good_checkpoint(tmp_path, monkeypatch):
    good = train(begin(TINY.but(steps=2)), **QUIET)
    monkeypatch.setattr(loop.tasks, "family", lambda name, **options: Poisoned(after=2))
    with pytest.raises(TrainingError, match="L_D is nan at step 2") as stop:
        train(begin(TINY.but(steps=9)), folder=tmp_path, save_every=1, **QUIET)
    assert "L_G" not in str(stop.value) and "--resume" in str(stop.value)
    kept = load(tmp_path / CHECKPOINT)
    assert kept.step == 2 and same(kept._replace(recipe=good.recipe), good)


@pytest.mark.parametrize("player", [0, 1])
def test_a_nan_gradient_under_a_finite_loss_stops_it_too(player, monkeypatch):
    real = loop.outer_gradients

    def broken(*args):
        grads, losses = real(*args)
        w = next(iter(grads[player]["start"].values()))
        w[(0,) * w.dim()] = math.inf
        return grads, losses

    run = begin(TINY)
    before = tree_map(lambda w: w.detach().clone(), run.metas)
    monkeypatch.setattr(loop, "outer_gradients", broken)
    with pytest.raises(TrainingError, match=f"{loop.PLAYERS[player]}.*gradient is not finite at step 0"):
        train(run, **QUIET)
    pairs = zip(tree_leaves(before), tree_leaves(run.metas), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)  # neither player has moved


@pytest.mark.parametrize("signal_name", ["SIGINT", "SIGTERM"])
@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals between processes")
def test_asked_to_stop_it_finishes_the_step_saves_and_goes_on_later(signal_name, tmp_path, capsys):
    recipe = TINY.but(steps=4)

    def ask(run, losses):
        if run.step == 1:
            os.kill(os.getpid(), getattr(signal, signal_name))

    handler = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt):
        train(begin(recipe), folder=tmp_path, on_step=ask, progress=False, validate_every=0)
    assert signal.getsignal(signal.SIGTERM) is handler
    assert "--resume" in capsys.readouterr().out
    run = load(tmp_path / CHECKPOINT)
    assert run.step == 2 and same(train(run, **QUIET), train(begin(recipe), **QUIET))


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is not at home on Windows")
def test_killed_at_any_moment_it_loses_at_most_the_steps_since_the_last_save(tmp_path):
    """SIGKILL three times at whatever step the run is in; in the end it is the run nobody killed."""
    recipe = TINY.but(steps=12)
    code = (
        "import sys, time, torch; from pathlib import Path\n"
        "torch.set_num_threads(1); sys.path.insert(0, sys.argv[2])\n"
        "from tiny import TINY; from metagan_course.training import *\n"
        "file = Path(sys.argv[1]) / 'checkpoint.pt'; r = TINY.but(steps=12)\n"
        "run = load(file) if file.exists() else begin(r)\n"
        "def slow(run, losses): print(run.step, flush=True); time.sleep(0.02)\n"
        "train(run, folder=file.parent, save_every=2, validate_every=0, progress=False, on_step=slow)\n"
    )
    order = [sys.executable, "-c", code, str(tmp_path), str(ROOT / "tests")]
    for kill_at in (4, 7):
        process = subprocess.Popen(order, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        for line in process.stdout:
            if int(line) >= kill_at:
                process.kill()
                break
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        assert kill_at - 2 <= load(tmp_path / CHECKPOINT).step
    assert subprocess.run(order, cwd=ROOT, stdout=subprocess.DEVNULL).returncode == 0
    torch.manual_seed(0)
    assert same(load(tmp_path / CHECKPOINT), train(begin(recipe), **QUIET))
    steps = [line["step"] for line in log.read_log(tmp_path)]
    assert steps == sorted(set(steps)) and steps[-1] == 12


# ---- what is shown and written


def test_the_bar_shows_losses_the_task_metric_and_the_time_left(capsys):
    train(begin(TINY.but(steps=3)), validate_every=1)
    said = capsys.readouterr().err
    assert all(word in said for word in ("L_G=", "L_D=", "energy=", "spread=", "3/3", "step/s"))
    assert "<" in said  # elapsed<left


def test_the_validation_metric_sees_a_good_generator_and_a_collapsed_one(monkeypatch):
    run, networks, arcs = begin(TINY), training.networks(TINY), family("shapes", kind="arcs")
    generator = torch.Generator().manual_seed(1)
    real = arcs.sample(8, TINY.k_support, 10, split="val", generator=generator).query
    monkeypatch.setattr(validation, "samples_after", lambda *args, **options: [real.flip(1)])
    right = training.validate(TINY, networks, run.averages, arcs)
    mean = real.mean(1, keepdim=True).expand_as(real)
    monkeypatch.setattr(validation, "samples_after", lambda *args, **options: [mean])
    collapsed = training.validate(TINY, networks, run.averages, arcs)
    assert right["spread"] == pytest.approx(1) and collapsed["spread"] == pytest.approx(0, abs=1e-6)
    assert right["energy"] < 0.01 < collapsed["energy"]


def test_the_log_has_a_line_a_step_and_forgets_what_a_killed_run_did_after_its_checkpoint(tmp_path):
    train(begin(TINY), folder=tmp_path, progress=False, validate_every=2)
    with open(tmp_path / log.LOG, "a") as file:
        file.write('{"step": 4, "time": 1.0, "L_G": 99}\n{"step": 5, "ti')
    train(load(tmp_path / CHECKPOINT, steps=4), folder=tmp_path, progress=False, validate_every=2)
    lines = [json.loads(line) for line in (tmp_path / log.LOG).read_text().splitlines()]
    assert [line["step"] for line in lines] == [1, 2, 3, 4]
    assert all(math.isfinite(line["L_G"]) and line["L_G"] < 9 for line in lines)
    assert ["energy" in line for line in lines] == [False, True, True, True]
