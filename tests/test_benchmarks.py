"""The scripts behind the tables: several seeds, and the trials of the baselines."""

import importlib.util
import json
import runpy
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
import torch

from metagan_course import metrics, pretrained
from metagan_course.evaluation import protocol

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "seeds.py"


def seeds(monkeypatch, *words):
    monkeypatch.setattr(sys, "argv", ["seeds.py", *map(str, words)])
    runpy.run_path(str(SCRIPT), run_name="__main__")


def test_rows_are_kept_in_a_file_and_compared_task_by_task(tmp_path, monkeypatch, capsys):
    file, threads = tmp_path / "shapes.pt", torch.get_num_threads()
    monkeypatch.setattr(protocol, "STEPS", (0, 10))
    monkeypatch.setattr(protocol, "LONG_STEPS", (11,))
    monkeypatch.setattr(protocol, "LONG_TASKS", 2)
    try:
        seeds(
            monkeypatch,
            file,
            "--family",
            "shapes",
            "M/0=shapes-meta-gan",
            "M/1=shapes-meta-gan,inner_steps=9",
        )
        seeds(monkeypatch, file, "--minus", "energy", "M, t = 10", "M, t = 0", "--table")
    finally:
        torch.set_num_threads(threads)
    rows = torch.load(file)
    assert list(rows)[:2] == ["M/0, t = 0", "M/0, t = 10"] and len(rows["M/0, t = 10"]["energy"]) == 200
    said = pretrained.manifest()["shapes-meta-gan"]["metrics"]
    for t in (0, 10):  # other tasks than when it was shipped
        measured = rows[f"M/0, t = {t}"]["energy"].mean().item()
        assert measured == pytest.approx(said[f"t={t}"]["energy"], abs=0.1)
    both = {t: torch.stack([rows[f"M/{s}, t = {t}"]["energy"] for s in (0, 1)]) for t in (0, 10)}
    gap = metrics.pooled(both[10] - both[0])
    printed = capsys.readouterr().out
    assert f"energy: M, t = 10 minus M, t = 0: {gap.estimate:+.3f} [{gap.low:+.3f}" in printed
    assert f"| M, t = 10 | {both[10].mean():.3f} [" in printed


# ---- the baselines' trials


@pytest.fixture
def tuning(tmp_path, monkeypatch):
    """benchmarks/baselines.py with a log of its own."""
    spec = importlib.util.spec_from_file_location("baselines", SCRIPT.with_name("baselines.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "LOG", tmp_path / "baselines.json")
    return module


def test_a_trial_s_numbers_are_always_the_same_lie_in_their_ranges_and_fill_them(tuning):
    for method, (ranges, *_) in tuning.METHODS.items():
        drawn = [tuning.numbers_of(method, trial) for trial in range(60)]
        assert drawn == [tuning.numbers_of(method, trial) for trial in range(60)]
        for name, values in ranges.items():
            tried = [numbers[name] for numbers in drawn]
            if len(values) > 2:
                assert set(tried) == set(values)
                continue
            low, high = values
            middle = (low * high) ** 0.5
            assert all(0.97 * low <= v <= 1.03 * high for v in tried)  # two figures
            assert 15 <= sum(v < middle for v in tried) <= 45  # evenly on a log scale


def test_methods_that_are_compared_have_the_same_ranges_steps_and_trials(tuning):
    """MAML against FOMAML: one differs from the other by its order alone."""
    first, second = (tuning.METHODS[name] for name in ("FOMAML", "MAML"))
    assert first.ranges == second.ranges and first.at == second.at
    seen, recipes = [], {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tuning, "train", lambda recipe, file: seen.append(recipe))
        patch.setattr(tuning, "of_checkpoint", lambda player: None)
        setting = tuning.Setting("glyphs", 7, 9, 0, None)
        for name in ("FOMAML", "MAML"):
            tuning.METHODS[name].run(setting, {"beta": 1e-3, "alpha_g": 0.1, "alpha_d": 0.03})
            recipes[name] = asdict(seen[-1])
    differ = {k for k, v in recipes["FOMAML"].items() if recipes["MAML"][k] != v}
    assert differ == {"name", "first_order"}


def test_trials_are_kept_known_again_and_the_most_useful_one_is_told(tuning):
    setting = tuning.Setting("glyphs", 400, 2000, 0, None)
    for trial, shares in enumerate([{1: 0.1, 10: 0.3}, {1: 0.2, 10: 0.2}]):
        at = {t: {"usefulness": u, "kid": 0.5, "support_nn": 0.6} for t, u in shares.items()}
        same = {"family": "glyphs", "method": "joint + SGD", "trial": trial, "seed": 0, "tasks": 135}
        tuning.keep(
            {**same, "outer_steps": 400, "joint_steps": 2000, "numbers": {"alpha_g": trial}, "at": at}
        )
    assert tuning.known("joint + SGD", 1, setting) and not tuning.known("joint + SGD", 2, setting)
    assert not tuning.known("joint + SGD", 1, setting._replace(joint_steps=300))
    said = tuning.best("glyphs")
    assert "| joint + SGD | 1 | 0.200 | 0.500 | 0.600 | 2 | 135 | alpha_g 1 |" in said  # a best for each t
    assert "| joint + SGD | 10 | 0.300 | 0.500 | 0.600 | 2 | 135 | alpha_g 0 |" in said
    assert len(tuning.best("omniglot").splitlines()) == 2


def test_the_trials_in_the_repository_are_those_that_their_numbers_say(tuning):
    log = json.loads(SCRIPT.with_name("baselines.json").read_text())
    assert log
    for entry in log:
        assert entry["numbers"] == tuning.numbers_of(entry["method"], entry["trial"])
    keys = ["family", "method", "trial", "outer_steps", "joint_steps", "seed"]
    assert len({tuple(e[k] for k in keys) for e in log}) == len(log)
