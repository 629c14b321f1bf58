"""course.py against everything that goes wrong on a learner's machine, one fault at a time.

A stand-in interpreter plays venv and pip: it is a real program in a real folder, so every path, process and
exit code is real and only the gigabytes are not. What it was asked to do stands in calls.txt.
"""

import ast
import errno
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path

import pytest

COURSE = Path(__file__).resolve().parents[1]
posix = pytest.mark.skipif(
    os.name == "nt", reason="the stand-in interpreter is a script, Windows wants a program"
)

STAND_IN = """#!{python} -S
import json, os, pathlib, shutil, sys, time
root = pathlib.Path({root!r})
words = sys.argv[1:]
with open(root / "calls.txt", "a") as calls:
    calls.write(" ".join(words) + "\\n")
fault = json.loads((root / "fault.json").read_text())
site = root / ".venv/lib/python3.11/site-packages"
for step in ("venv", "ensurepip", "pip install", "-c"):
    if step in " ".join(words[:3]) and step in fault:
        if fault[step] == "hang":  # half a package is on the disk, and then nothing more comes
            (site / "half").mkdir(parents=True)
            (site / "half/one.py").write_text("1")
            (site / "half-1.0.dist-info").mkdir()
            (site / "half-1.0.dist-info/METADATA").write_text("Name: half")
            (root / "hanging").touch()
            time.sleep(60)
        print(fault[step], file=sys.stderr)
        sys.exit(1)
if words[:2] == ["-m", "venv"]:
    (root / ".venv/bin").mkdir(parents=True, exist_ok=True)
    (root / ".venv/pyvenv.cfg").write_text("version = 3.11.7")
    shutil.copy(sys.argv[0], root / ".venv/bin/python")
sys.exit(1 if words == ["-m", "pip", "--version"] and "no pip" in fault else 0)
"""
# Ctrl-C is heard also where the tests run in the background: there it is ignored, also by what they start
HEARD = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
DRIVER = HEARD + "import sys, course; sys.executable = sys.argv[1]; sys.exit(course.main(sys.argv[2:]))"


class Machine:
    """A folder with the course's own course.py in it, a stand-in interpreter, and faults to switch on."""

    def __init__(self, root: Path):
        self.root = root
        root.mkdir(exist_ok=True)
        for name in ("course.py", "pyproject.toml", "constraints.txt"):
            shutil.copy(COURSE / name, root)
        self.python = root / "standin"
        self.python.write_text(STAND_IN.format(python=sys.executable, root=str(root)))
        self.python.chmod(0o755)
        self.faults()

    def faults(self, **faults: str) -> None:
        (self.root / "fault.json").write_text(
            json.dumps({key.replace("_", " "): v for key, v in faults.items()})
        )

    def start(self, *words: str) -> subprocess.Popen:
        (self.root / "calls.txt").write_text("")
        command = [sys.executable, "-c", DRIVER, str(self.python), *words]
        return subprocess.Popen(
            command,
            cwd=self.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *words: str) -> tuple[int, str]:
        process = self.start(*words)
        out, err = process.communicate(timeout=60)
        return process.returncode, out + err

    def calls(self) -> list[str]:
        return (self.root / "calls.txt").read_text().splitlines()

    def module(self):
        """course.py of this folder, imported: for the functions that need no process."""
        spec = importlib.util.spec_from_file_location("course_under_test", self.root / "course.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module


@pytest.fixture
def machine(tmp_path) -> Machine:
    return Machine(tmp_path / "a course")  # with a space, as in "My Documents"


SET_UP_TEST = [
    "-m pip --version",
    "-m pip install --no-input -e .[test] -c constraints.txt",
    "-c import torch, torchvision, jupyterlab, metagan_course",
]


@posix
def test_first_call_sets_up_and_hands_over(machine):
    code, said = machine.run("test", "-k", "losses")
    assert code == 0, said
    assert machine.calls() == [
        f"-m venv --clear {machine.root / '.venv'}",
        *SET_UP_TEST,
        "-m pytest -k losses",
    ]


@posix
def test_second_call_only_hands_over(machine):
    machine.run("test")
    began = time.perf_counter()
    assert machine.run("test", "-x")[0] == 0
    assert time.perf_counter() - began < 3
    assert machine.calls() == ["-m pytest -x"]


@posix
def test_lab_needs_no_test_tools_but_runs_beside_them(machine):
    machine.run("lab", "--no-browser", "--port", "8899")
    assert "-m pip install --no-input -e . -c constraints.txt" in machine.calls()
    assert machine.calls()[-1] == "-m metagan_course.course.cli lab --no-browser --port 8899"
    machine.run("test")
    assert SET_UP_TEST[1] in machine.calls()
    machine.run("lab")
    assert machine.calls() == ["-m metagan_course.course.cli lab"]


@posix
@pytest.mark.parametrize("changed", ["pyproject.toml", "constraints.txt", ".venv/pyvenv.cfg"])
def test_what_decides_the_install_starts_it_again(machine, changed):
    machine.run("test")
    with open(machine.root / changed, "a") as file:
        file.write("\n# changed\n")
    machine.run("test")
    assert machine.calls() == [*SET_UP_TEST, "-m pytest"]


@posix
def test_a_moved_folder_is_installed_again(machine, tmp_path):
    machine.run("test")
    machine.root.rename(tmp_path / "moved")
    moved = Machine(tmp_path / "moved")
    shutil.copy(moved.python, moved.root / ".venv/bin/python")
    moved.run("test")
    assert SET_UP_TEST[1] in moved.calls()


@posix
def test_an_environment_whose_python_is_gone_is_made_again(machine):
    machine.run("test")
    python = machine.root / ".venv/bin/python"
    python.unlink()
    python.symlink_to(machine.root / "no longer there")
    assert machine.run("test")[0] == 0
    assert machine.calls()[0].startswith("-m venv --clear")


@posix
def test_a_working_environment_is_never_made_again(machine):
    """Whatever else is wrong: somebody may have put days into what is in it."""
    machine.run("test")
    (machine.root / ".venv/mine.txt").write_text("keep")
    (machine.root / ".venv/course-stamp.txt").unlink()
    machine.faults(pip_install="ERROR: anything")
    machine.run("test")
    machine.faults()
    machine.run("test")
    assert (machine.root / ".venv/mine.txt").read_text() == "keep"


OFFLINE = """WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError('<Connection>:
Failed to establish a new connection: [Errno -3] Temporary failure in name resolution')': /simple/torch/
ERROR: Could not find a version that satisfies the requirement torch<3,>=2.6 (from versions: none)
ERROR: No matching distribution found for torch<3,>=2.6"""

# the step that fails, what venv or pip then really says, and the sentence the learner must see
FAULTS = {
    "full disk while making the environment": (
        "venv",
        "OSError: [Errno 28] No space left on device",
        "disk is full",
    ),
    "full disk while installing": (
        "pip install",
        "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
        "the disk is full: free up to 6 GB",
    ),
    "full disk on Windows": (
        "pip install",
        "OSError: [WinError 112] There is not enough space",
        "disk is full",
    ),
    "no network": ("pip install", OFFLINE, "could not be downloaded: check the network"),
    "slow network": (
        "pip install",
        "pip._vendor.urllib3.exceptions.ReadTimeoutError: Read timed out.",
        "network",
    ),
    "no build for this Python": (
        "pip install",
        "ERROR: No matching distribution found for torch<3,>=2.6",
        "use a 64-bit Python 3.11, 3.12 or 3.13",
    ),
    "environment of an old Python": (
        "pip install",
        "ERROR: Package 'metagan-course' requires a different Python: 3.9.2 not in '<3.14,>=3.11'",
        "another version of Python: delete it",
    ),
    "read-only environment": (
        "pip install",
        "ERROR: [Errno 13] Permission denied: '/x'",
        "cannot be written",
    ),
    "long path": ("pip install", "HINT: ... does not have Windows Long Path support enabled", "short folder"),
    "something new": ("pip install", "noise\nERROR: the moon is full\nnoise", "(ERROR: the moon is full)"),
    "packages that do not load": ("-c", "ImportError: libfoo.so.1: no such file", "libfoo.so.1"),
}


@posix
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_gives_one_sentence_and_the_next_call_repairs(machine, name):
    step, says, wanted = FAULTS[name]
    machine.faults(**{step: says})
    code, said = machine.run("test")
    complaint = [line for line in said.splitlines() if line.startswith("course.py: ")]
    assert code == 1 and len(complaint) == 1 and wanted in complaint[0], said
    assert "Traceback" not in said and "-m pytest" not in machine.calls()
    machine.faults()
    assert machine.run("test")[0] == 0
    assert machine.calls()[-1] == "-m pytest"


@posix
def test_pip_missing_from_the_environment_is_brought_back(machine):
    machine.faults(no_pip="yes")
    machine.run("test")
    assert "-m ensurepip --upgrade" in machine.calls()


@posix
def test_killed_in_the_middle_of_an_install_the_next_call_repairs(machine):
    machine.faults(pip_install="hang")
    process = machine.start("test")
    deadline = time.monotonic() + 30
    while not (machine.root / "hanging").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    half = machine.root / ".venv/lib/python3.11/site-packages/half-1.0.dist-info"
    assert half.exists() and not machine.module().is_ready("test")
    machine.faults()
    code, said = machine.run("test")
    assert code == 0 and not half.exists() and "half was left half-installed" in said
    assert machine.calls() == [*SET_UP_TEST, "-m pytest"]


@posix
def test_interrupted_by_the_reader(machine):
    machine.faults(pip_install="hang")
    process = machine.start("test")
    while not (machine.root / "hanging").exists() and process.poll() is None:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    said = "".join(process.communicate(timeout=30))
    assert process.returncode == 130 and "stopped half-way; the same command takes it up again" in said


def package(site: Path, name: str, record: bool = True) -> Path:
    """An installed package of one file, as pip leaves it behind."""
    (site / name).mkdir(parents=True)
    (site / name / "__init__.py").write_text("x = 1\n")
    info = site / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Name: {name}\nVersion: 1.0\n")
    if record:
        (info / "RECORD").write_text(
            f"{name}/__init__.py,sha256=0,6\n{name}/gone.pyc,,\n{info.name}/METADATA,,\n"
        )
    return info


@pytest.mark.parametrize("layout", ["lib/python3.12/site-packages", "Lib/site-packages"])
def test_half_installed_packages_are_forgotten_and_whole_ones_kept(machine, layout):
    site = machine.root / ".venv" / layout
    whole, unlisted = package(site, "whole"), package(site, "unlisted", record=False)
    missing, cut_short = package(site, "missing"), package(site, "cut_short")
    (site / "missing/__init__.py").unlink()
    (site / "cut_short/__init__.py").write_text("x")
    machine.module().forget_half_installed()
    assert [info.exists() for info in (whole, unlisted, missing, cut_short)] == [True, False, False, False]


def test_missing_venv_module(machine, monkeypatch, capsys):
    course, real = machine.module(), importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "ensurepip" else real(name))
    assert course.main(["lab"]) == 1
    assert "sudo apt install python3-venv" in capsys.readouterr().err
    assert not course.ENV.exists()


@pytest.mark.parametrize("version, others, wanted", [
    ((3, 10), [], "this is Python 3.10, the course needs 3.11, 3.12 or 3.13: install one of these"),
    ((3, 14), ["python3.12", "python3.11"], "run `python3.12 course.py`"),
    ((2, 7), [], "this is Python 2.7"),
])  # fmt: skip
def test_python_too_old_or_too_new(machine, monkeypatch, version, others, wanted):
    course = machine.module()
    monkeypatch.setattr(shutil, "which", lambda name: name if name in others else None)
    with pytest.raises(course.Trouble) as trouble:
        course.check_python(version)
    assert wanted in str(trouble.value)


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13, 2)])
def test_python_that_fits(machine, version):
    machine.module().check_python(version)


def test_an_old_python_can_read_the_file():
    """3.6 must get as far as the sentence: no newer syntax, and no import at the top that it lacks."""
    tree = ast.parse((COURSE / "course.py").read_text(encoding="utf-8"), feature_version=(3, 7))
    assert not any(isinstance(node, (ast.NamedExpr, ast.Match, ast.TryStar)) for node in ast.walk(tree))
    top = {name.name for node in tree.body if isinstance(node, ast.Import) for name in node.names}
    top |= {node.module for node in tree.body if isinstance(node, ast.ImportFrom)}
    assert top == {
        "csv",
        "hashlib",
        "importlib.util",
        "os",
        "shutil",
        "subprocess",
        "sys",
        "collections",
        "pathlib",
    }
    annotations = [node.returns for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    annotations += [node.annotation for node in ast.walk(tree) if isinstance(node, ast.arg)]
    assert not any(isinstance(note, (ast.Subscript, ast.BinOp)) for note in annotations)


def test_folder_that_cannot_be_written(machine, monkeypatch, capsys):
    course = machine.module()
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert course.main(["lab"]) == 1
    assert "cannot be written: copy the course to one of your own" in capsys.readouterr().err
    assert not course.ENV.exists()


def test_a_disk_that_is_clearly_too_small(machine, monkeypatch, capsys):
    course = machine.module()
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10e9, 9.6e9, 0.4e9))
    assert course.main(["lab"]) == 1
    assert "only 0.4 GB are free on this disk: make room for 6 GB" in capsys.readouterr().err
    assert not course.ENV.exists()


def test_disk_full_while_the_stamp_is_written(machine, monkeypatch, capsys):
    course = machine.module()
    (course.ENV / "bin").mkdir(parents=True)

    def full(self, text):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(course, "make_environment", lambda: None)
    monkeypatch.setattr(Path, "write_text", full)
    assert course.main(["lab"]) == 1
    assert "the disk is full" in capsys.readouterr().err
    assert not course.is_ready("lab")


def test_what_pip_really_says_without_a_network(machine, tmp_path):
    """The table of remedies rests on pip's wording, so ask the pip here, at a port nobody listens on."""
    download = [sys.executable, "-m", "pip", "download", "--no-deps", "--retries", "1", "-d", str(tmp_path)]
    where = ["--isolated", "--index-url", "http://127.0.0.1:9/simple", "no-such-package"]
    pip = subprocess.run([*download, *where], capture_output=True, text=True)
    assert pip.returncode and "check the network" in machine.module().remedy(pip.stdout + pip.stderr)


def test_an_environment_without_pip_gets_one(machine):
    """The real venv and the real ensurepip: what uv makes, and what a setup cut short leaves."""
    course = machine.module()
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(course.ENV)], check=True)
    course.ensure_pip()
    subprocess.run([str(course.env_python()), "-m", "pip", "--version"], check=True, capture_output=True)


class Built:
    """The record that setuptools leaves in the folder itself; Python finds it first."""

    def read_text(self, name: str) -> None:
        return None


class Installed:
    def __init__(self, folder: Path):
        self.folder = folder

    def read_text(self, name: str) -> str:
        return json.dumps({"dir_info": {"editable": True}, "url": self.folder.as_uri()})


def test_an_environment_of_ones_own_is_used_as_it_is(machine, monkeypatch):
    """conda, uv or a venv elsewhere: the course is installed from this folder, so nothing is left to do."""
    course = machine.module()
    monkeypatch.setattr(metadata, "distributions", lambda name: [Built(), Installed(course.ROOT)])
    assert course.python_for("lab") == sys.executable
    assert not course.ENV.exists()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(course.Trouble, match=r'run `pip install -e "\.\[test\]"`'):
        course.python_for("test")


def test_another_copy_of_the_course_is_not_this_one(machine, monkeypatch, tmp_path):
    course = machine.module()
    monkeypatch.setattr(metadata, "distributions", lambda name: [Built(), Installed(tmp_path / "elsewhere")])
    assert not course.installed_here()


def test_the_environment_of_this_file_is_not_taken_for_ones_own(machine, monkeypatch):
    """Inside an activated .venv the stamp decides, or a change of pyproject.toml would never arrive."""
    course = machine.module()
    course.ENV.mkdir()
    course.STAMP.write_text("unfinished")
    monkeypatch.setattr(metadata, "distributions", lambda name: [Built(), Installed(course.ROOT)])
    monkeypatch.setattr(sys, "prefix", str(course.ENV))
    assert not course.installed_here()


@pytest.mark.parametrize("words, code", [([], 0), (["--help"], 0), (["labb"], 2)])
def test_help(machine, capsys, words, code):
    assert machine.module().main(words) == code
    assert "python3 course.py lab" in capsys.readouterr().out


def test_second_start_of_this_very_environment_adds_under_three_seconds():
    def seconds(*command: str) -> float:
        began = time.perf_counter()
        subprocess.run([sys.executable, *command], cwd=COURSE, check=True, capture_output=True)
        return time.perf_counter() - began

    spec = importlib.util.spec_from_file_location("course_of_this_folder", COURSE / "course.py")
    course = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(course)
    if not (course.is_ready("test") or course.installed_here()):
        pytest.skip("this environment is not set up by `python3 course.py test`")
    added = min(
        seconds("course.py", "test", "--version") - seconds("-m", "pytest", "--version") for _ in range(3)
    )
    assert added < 3
