"""The script behind the tables of several seeds says what the manifest says."""

import runpy
import sys
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
