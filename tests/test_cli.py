"""The command metagan-course: words in, the right call and exit code out."""

import subprocess
import sys

import pytest

from metagan_course import cli


def test_lab_passes_on_words_it_does_not_know():
    assert cli.read(["lab", "--no-browser", "--port", "8899"]).options == ["--no-browser", "--port", "8899"]


def test_lab_opens_the_first_lesson_in_the_folder_of_the_course(monkeypatch):
    import jupyterlab.labapp

    given = []
    monkeypatch.setattr(jupyterlab.labapp, "main", given.extend)
    assert cli.main(["lab", "--port", "8899"]) == 0
    assert given[0].endswith("00_start_here.ipynb") and given[1] == f"--ServerApp.root_dir={cli.COURSE}"
    assert given[2:] == ["--port", "8899"]
    assert (cli.COURSE / "pyproject.toml").exists()


@pytest.mark.parametrize("words", [[], ["fly"], ["doctor", "--loud"], ["doctor", "me"]])
def test_words_nobody_knows(words, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(words)
    assert stop.value.code == 2 and "metagan-course" in capsys.readouterr().err


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(["--help"])
    said = capsys.readouterr().out
    assert stop.value.code == 0 and all(word in said for word in ("lab", "doctor"))


def test_help_does_not_wait_for_torch():
    code = "import sys, metagan_course.cli as cli; cli.read(['lab']); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_the_installed_program_is_this_one():
    from importlib.metadata import distribution

    programs = {entry.name: entry.load() for entry in distribution("metagan-course").entry_points}
    assert programs["metagan-course"] is cli.main
