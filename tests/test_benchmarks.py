"""The script behind the tables of several seeds says what the manifest says."""

import runpy
import sys
from pathlib import Path

import pytest
import torch

from metagan_course import pretrained

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "seeds.py"


def seeds(monkeypatch, *words):
    monkeypatch.setattr(sys, "argv", ["seeds.py", *map(str, words)])
    runpy.run_path(str(SCRIPT), run_name="__main__")


def test_rows_are_kept_in_a_file_and_compared_task_by_task(tmp_path, monkeypatch, capsys):
    file, threads = tmp_path / "shapes.pt", torch.get_num_threads()
    try:
        seeds(monkeypatch, file, "--family", "shapes", "M=shapes-meta-gan")
        seeds(monkeypatch, file, "--minus", "energy", "M, t = 10", "M, t = 0")
    finally:
        torch.set_num_threads(threads)
    rows = torch.load(file)
    assert list(rows) == ["M, t = 0", "M, t = 10"] and all(len(r["energy"]) == 200 for r in rows.values())
    said = pretrained.manifest()["shapes-meta-gan"]["metrics"]
    for t in (0, 10):  # other noise than when it was shipped
        measured = rows[f"M, t = {t}"]["energy"].mean().item()
        assert measured == pytest.approx(said[f"t={t}"]["energy"], abs=0.02)
    gap = (rows["M, t = 10"]["energy"] - rows["M, t = 0"]["energy"]).mean().item()
    assert f"energy: M, t = 10 minus M, t = 0: {gap:+.3f} [" in capsys.readouterr().out
