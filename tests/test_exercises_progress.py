"""The progress file: two notebooks at once, a full or read-only disk, a file not ours: nothing is lost."""

import json
import os
import subprocess
import sys

import pytest

from metagan_course import exercises
from metagan_course.exercises import progress_file


@pytest.fixture(autouse=True)
def file(tmp_path, monkeypatch):
    path = tmp_path / "deep" / "progress.json"
    monkeypatch.setenv("METAGAN_PROGRESS", str(path))
    return path


def test_nothing_yet():
    assert progress_file.read() == {}


def test_tries_are_counted_and_the_first_success_is_kept(file):
    assert progress_file.record("01.a", solved=False) == ""
    assert progress_file.record("01.a", solved=True) == ""
    first = progress_file.read()["01.a"]
    assert progress_file.record("01.a", solved=False) == ""
    assert progress_file.read()["01.a"] == {**first, "tries": 3}
    assert json.loads(file.read_text())["version"] == 1
    assert not list(file.parent.glob("*.part")), "no draft is left behind"


def test_two_processes_lose_nothing(file):
    code = (
        "import sys\n"
        "from metagan_course.exercises import progress_file\n"
        "for i in range(40):\n"
        "    note = progress_file.record(f'01.{sys.argv[1]}_{i}', solved=True)\n"
        "    assert not note, note\n"
        "    assert not progress_file.record('01.shared', solved=False)\n"
    )
    writers = [subprocess.Popen([sys.executable, "-c", code, name]) for name in "ab"]
    assert [writer.wait(120) for writer in writers] == [0, 0]
    records = progress_file.read()
    assert len(records) == 81
    assert records["01.shared"]["tries"] == 80


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"version": 1}', '{"version": 1, "exercises": {"x": 3}}', "\x00\xff"]
)
def test_unreadable_file_is_set_aside(file, text):
    file.parent.mkdir()
    file.write_text(text, encoding="utf-8")
    note = progress_file.record("01.a", solved=True)
    assert "set aside" in note and "nothing is lost" in note
    assert (file.parent / "progress.json.unreadable-1").read_text(encoding="utf-8") == text
    assert "done" in progress_file.read()["01.a"]
    file.write_text(text, encoding="utf-8")
    progress_file.record("01.a", solved=True)
    assert (file.parent / "progress.json.unreadable-2").exists()


def test_undecodable_bytes_are_set_aside(file):
    file.parent.mkdir()
    file.write_bytes(b"\xff\xfe\x00nonsense")
    assert "set aside" in progress_file.record("01.a", solved=True)


def test_another_version_is_left_alone(file):
    file.parent.mkdir()
    text = '{"version": 99, "exercises": {"01.a": {"stars": 5}}}'
    file.write_text(text)
    note = progress_file.record("01.a", solved=True)
    assert "another version" in note
    assert file.read_text() == text


def test_unknown_fields_of_a_record_are_kept(file):
    progress_file.record("01.a", solved=False)
    stored = json.loads(file.read_text())
    stored["exercises"]["01.a"]["note"] = "mine"
    file.write_text(json.dumps(stored))
    progress_file.record("01.a", solved=True)
    assert progress_file.read()["01.a"]["note"] == "mine"


def test_a_folder_in_the_way_becomes_a_sentence(file):
    file.mkdir(parents=True)
    note = progress_file.record("01.a", solved=True)
    assert "progress" in note
    file.parent.joinpath("progress.json.lock").unlink(missing_ok=True)


def test_read_only_disk_becomes_a_sentence(file, monkeypatch):
    def refuse(*_args, **_options):
        raise PermissionError(30, "Read-only file system")

    monkeypatch.setattr(os, "open", refuse)
    note = progress_file.record("01.a", solved=True)
    assert "could not be saved (Read-only file system)" in note
    monkeypatch.undo()


def test_full_disk_leaves_the_old_file(file, monkeypatch):
    progress_file.record("01.a", solved=True)
    before = file.read_text()

    def full(*_args, **_options):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        note = progress_file.record("01.b", solved=True)
    assert "the disk is full" in note
    assert file.read_text() == before
    assert not list(file.parent.glob("*.part"))


HOLDER = """
import sys, time, filelock
with filelock.FileLock(sys.argv[1]):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(file):
    """Another process that holds the lock."""
    file.parent.mkdir()
    command = [sys.executable, "-c", HOLDER, str(file) + ".lock"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()


def test_lock_that_is_held_is_respected(file, holder, monkeypatch):
    monkeypatch.setattr(progress_file, "LOCK_WAIT", 0.1)
    note = progress_file.record("01.a", solved=True)
    assert "another notebook" in note
    assert not file.exists()


def test_lock_of_a_dead_kernel_is_free(holder):
    holder.kill()
    holder.wait()
    assert progress_file.record("01.a", solved=True) == ""


def test_progress_begins_with_the_open_lesson(monkeypatch, capsys):
    monkeypatch.setattr(exercises, "_asked", [])
    monkeypatch.setenv("JPY_SESSION_NAME", "/somewhere/04b_train.ipynb")
    exercises.progress()
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert first.startswith("Lesson 04: 0 of ") and "All lessons: 0 of " in first and " 04." in second
    exercises.hint("01.train_step")
    capsys.readouterr()
    exercises.progress()
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert first.startswith("Lesson 01") and " 01." in second, "what was asked of last is what is open"


def test_a_record_for_the_teacher(tmp_path, capsys):
    progress_file.record("00.split_task", solved=True)
    progress_file.record("00.gradient_step", solved=False)
    exercises.progress(record=tmp_path / "anna.json")
    assert "The record of your progress was written" in capsys.readouterr().out
    record = json.loads((tmp_path / "anna.json").read_text(encoding="utf-8"))
    rows = {row["id"]: row for row in record["exercises"]}
    assert record["done"] == 1 and record["of"] == len(rows) == len(exercises.registry())
    assert rows["00.split_task"]["state"] == "done" and rows["00.split_task"]["solved"]
    assert rows["00.gradient_step"]["state"] == "tried" and rows["00.gradient_step"]["tries"] == 1


def test_a_record_that_cannot_be_written_is_a_sentence(tmp_path, capsys):
    (tmp_path / "file").touch()
    exercises.progress(record=tmp_path / "file" / "anna.json")
    assert "The record was not written" in capsys.readouterr().out


def test_default_place_is_the_users_own_folder(monkeypatch):
    monkeypatch.delenv("METAGAN_PROGRESS")
    assert progress_file.path().name == "progress.json"
    assert "metagan-course" in str(progress_file.path())
