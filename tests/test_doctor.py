"""metagan-course doctor: on a machine that is well, and with one thing broken at a time."""

import os
import shutil
import subprocess
import sys
from collections import namedtuple
from importlib import metadata
from pathlib import Path

import pytest

from metagan_course.course import doctor
from metagan_course.course.doctor import Finding


def test_it_runs_as_a_command_and_fits_on_one_screen():
    run = subprocess.run(
        [sys.executable, "-m", "metagan_course.course.cli", "doctor"], capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout + run.stderr
    lines = run.stdout.splitlines()
    assert len(lines) <= 24 and max(map(len, lines)) <= 110
    assert lines[-1] == "Ready: every lesson can start."
    assert all(any(name in line for line in lines) for name in doctor.CHECKS)


def test_one_bad_finding_turns_the_exit_code_and_says_what_to_do(capsys):
    checks = {"good": lambda: Finding("fine"), "poor": lambda: Finding("not fine", "do this")}
    assert doctor.report(checks) == 1
    said = capsys.readouterr().out
    assert "ok   good" in said and "BAD  poor" in said and "-> do this" in said
    assert said.endswith("Put right first: poor.\n")


def test_a_check_that_breaks_is_a_finding_and_the_rest_is_still_shown(capsys):
    def breaks():
        raise RuntimeError("no such thing\nwith a long tail")

    assert doctor.report({"odd": breaks, "good": lambda: Finding("fine")}) == 1
    said = capsys.readouterr().out
    assert "could not be checked (no such thing)" in said and "ok   good" in said


def test_python_outside_the_range(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 4))
    assert "use Python 3.11, 3.12 or 3.13" in doctor.check_python().advice


@pytest.mark.parametrize("version, said", [("", "missing"), ("0.1", "0.1")])
def test_a_package_that_is_missing_or_too_old(monkeypatch, version, said):
    real = doctor.installed_version
    monkeypatch.setattr(
        doctor, "installed_version", lambda name: version if name == "anywidget" else real(name)
    )
    advice = doctor.check_packages().advice
    assert "anywidget" in advice and f"(here: {said})" in advice and "torch" not in advice
    assert "python3 course.py lab" in advice


def test_missing_package_has_no_version():
    assert doctor.installed_version("no-such-package") == "" != doctor.installed_version("torch")


def test_torchvision_that_does_not_fit_torch(monkeypatch):
    class Unfit:
        def find_spec(self, name, path=None, target=None):
            if name == "torchvision":
                raise RuntimeError("operator torchvision::nms does not exist")

    monkeypatch.delitem(sys.modules, "torchvision", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Unfit(), *sys.meta_path])
    assert (
        "nms does not exist: reinstall torch and torchvision in one pip call" in doctor.check_torch().advice
    )


def test_little_memory(monkeypatch):
    import psutil

    memory = namedtuple("memory", "available total")(0.5e9, 8e9)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)
    assert "close other programs" in doctor.check_memory().advice


def test_little_disk(monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(9e9, 8.9e9, 0.1e9))
    assert "free some space" in doctor.check_disk().advice


def test_cache_folder_that_cannot_be_written(monkeypatch, tmp_path):
    monkeypatch.setenv("METAGAN_CACHE", str(tmp_path / "not" / "there yet"))
    assert not doctor.check_disk().advice
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert f"{tmp_path} cannot be written: set METAGAN_CACHE" in doctor.check_disk().advice


def test_no_data_yet_is_no_fault(monkeypatch, tmp_path):
    monkeypatch.setenv("METAGAN_CACHE", str(tmp_path))
    found = doctor.check_data()
    assert found == ("glyphs not here yet, omniglot not here yet, mnist not here yet", "")
    assert not list(tmp_path.iterdir())


def test_matplotlib_without_its_fonts(monkeypatch, tmp_path):
    import matplotlib

    monkeypatch.setattr(matplotlib, "get_data_path", lambda: str(tmp_path))
    assert "reinstall matplotlib" in doctor.check_fonts().advice


def test_widgets_without_their_browser_half(monkeypatch, tmp_path):
    import jupyter_core.paths

    (tmp_path / "anywidget").mkdir()
    monkeypatch.setattr(jupyter_core.paths, "jupyter_path", lambda *parts: [str(tmp_path)])
    found = doctor.check_widgets()
    assert found.found == "no browser half of ipywidgets" and "restart Jupyter" in found.advice


@pytest.mark.parametrize("program, well", [
    ("python", True), ("python3.12", True), (sys.executable, True), ("/usr/bin/false", False),
])  # fmt: skip
def test_kernel_that_starts_another_python(monkeypatch, program, well):
    from jupyter_client import kernelspec

    spec = namedtuple("spec", "argv resource_dir")([program, "-m", "ipykernel"], "some folder")
    monkeypatch.setattr(kernelspec.KernelSpecManager, "get_kernel_spec", lambda self, name: spec)
    assert bool(doctor.check_kernel().advice) != well


def test_nothing_is_left_behind(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    doctor.report()
    assert not list(Path.cwd().iterdir()) and metadata.version("metagan-course")
