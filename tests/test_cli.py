"""The command metagan-course: words in, the right call and exit code out."""

import itertools
import os
import subprocess
import sys
import threading
from types import SimpleNamespace

import pytest

from metagan_course.course import cli, lab


def test_lab_passes_on_words_it_does_not_know():
    assert cli.read(["lab", "--no-browser", "--port", "8899"]).options == ["--no-browser", "--port", "8899"]


@pytest.mark.parametrize("euid, root", [(0, ["--allow-root"]), (1000, [])])
def test_lab_opens_the_first_lesson_in_the_folder_of_the_course(monkeypatch, tmp_path, euid, root):
    import jupyterlab.labapp

    given = []
    monkeypatch.setattr(jupyterlab.labapp, "main", given.extend)
    monkeypatch.setenv("JUPYTERLAB_WORKSPACES_DIR", str(tmp_path))
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "the reader's own")
    monkeypatch.setattr(os, "geteuid", lambda: euid, raising=False)
    assert cli.main(["lab", "--port", "8899"]) == 0
    assert (
        given[0] == "--LabApp.default_url=/lab/workspaces/metagan-course/tree/notebooks/00_start_here.ipynb"
    )
    assert given[1] == f"--ServerApp.root_dir={lab.COURSE}"
    assert given[2:] == [lab.PROMPT, *root, "--port", "8899"]
    assert os.environ["JUPYTER_CONFIG_PATH"].split(os.pathsep) == [str(lab.SETTINGS), "the reader's own"]
    assert (lab.COURSE / "pyproject.toml").exists()


@pytest.mark.parametrize(
    "words", [[], ["fly"], ["doctor", "--loud"], ["doctor", "me"], ["data"], ["data", "fetch", "x"]]
)
def test_words_nobody_knows(words, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(words)
    assert stop.value.code == 2 and "metagan-course" in capsys.readouterr().err


def test_data_list_and_verify_on_a_fresh_machine(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("METAGAN_CACHE", str(tmp_path))
    assert cli.main(["data", "list"]) == 0
    said = capsys.readouterr().out
    assert all(name in said for name in cli.DATA) and said.count("not here yet") == len(cli.DATA)
    assert cli.main(["data", "verify"]) == 0
    assert "No data set is here yet" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())


def test_the_names_of_the_data_are_those_of_the_package():
    from metagan_course.tasks.data import list_data

    assert cli.DATA == tuple(entry.name for entry in list_data())


def test_what_the_reader_can_put_right_is_one_sentence(tmp_path, capsys):
    assert cli.main(["data", "verify", "mnist", "--root", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert said.startswith("metagan-course: ") and "metagan-course data fetch mnist" in said
    assert len(said.splitlines()) == 1


def test_a_bug_keeps_its_traceback(monkeypatch):
    """Only errors meant for the reader are shortened: a bug report needs the rest."""
    monkeypatch.setattr(cli, "read", lambda words: SimpleNamespace(run=lambda args: 1 / 0))
    with pytest.raises(ZeroDivisionError):
        cli.main([])


def test_fetch_from_a_folder_and_verify(real_data, tmp_path, capsys):
    assert (
        cli.main(["data", "fetch", "mnist", "--root", str(tmp_path), "--source", str(real_data / "mnist")])
        == 0
    )
    assert cli.main(["data", "verify", "--root", str(tmp_path), "mnist"]) == 0
    assert "70,000 images, all original" in capsys.readouterr().out


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(["--help"])
    said = capsys.readouterr().out
    assert stop.value.code == 0 and all(word in said for word in ("lab", "data", "doctor"))


def test_help_does_not_wait_for_torch():
    code = "import sys, metagan_course.course.cli as cli; cli.read(['lab']); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_the_installed_program_is_this_one():
    from importlib.metadata import distribution

    programs = {entry.name: entry.load() for entry in distribution("metagan-course").entry_points}
    assert programs["metagan-course"] is cli.main


def test_a_real_lab_tells_the_address_of_the_first_lesson(tmp_path):
    """The printed address must lead to the lesson too: with --no-browser it is all a reader gets."""
    own = {
        name: str(tmp_path / name)
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
    }
    words = ["lab", "--no-browser", "--port", "0", "--ServerApp.ip=127.0.0.1"]  # as root in a container too
    server = subprocess.Popen(
        [sys.executable, "-m", "metagan_course.course.cli", *words],
        env={**os.environ, **own},
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    )
    watchdog = threading.Timer(60, server.kill)
    watchdog.start()
    try:
        said = "".join(itertools.takewhile(lambda line: "Use Control-C" not in line, server.stderr))
    finally:
        watchdog.cancel()
        server.terminate()
        server.communicate()
    assert "/lab/workspaces/metagan-course/tree/notebooks/00_start_here.ipynb?token=" in said, said
    assert f"Serving notebooks from local directory: {lab.COURSE}" in said
