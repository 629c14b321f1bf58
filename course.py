#!/usr/bin/env python3
"""Set the course up and start it.

    python3 course.py lab  [--no-browser] [--port 8899]   JupyterLab, on the first lesson
    python3 course.py test [pytest options]               every check of the course
    python3 course.py doctor                              is this machine ready?
    python3 course.py data [list | fetch | verify]        the data sets and where they are
    python3 course.py notebooks run [00 04 ...]           run lessons again and store what they print
    python3 course.py assignment 00 --out FOLDER          a lesson for nbgrader

The first call makes a virtual environment in .venv and installs the course there; later calls start at once.
In an environment of yours (conda, uv) that already has the course, that environment is used as it is.

This file needs nothing but Python and knows nothing of what the course teaches. It is written so that even
Python 3.6 can read it, and say that it is too old.
"""

import csv
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections import deque
from pathlib import Path

ROOT = Path(__file__).resolve().parent
ENV = ROOT / ".venv"
STAMP = ENV / "course-stamp.txt"
MODULES = {
    "test": "pytest",
    "notebooks": "metagan_course.course.notebooks",
    "assignment": "metagan_course.exercises.classroom",
}  # the rest are words of metagan-course
COMMANDS = ("lab", "doctor", "data", "train", "evaluate", *MODULES)
LEAST_SPACE = 1.5e9  # bytes: what the smallest torch and JupyterLab need; with CUDA libraries it is 6e9

# What a failed step says, and what to do. In this order: without a network pip also finds no match.
REMEDIES = [
    (
        "No space left|Errno 28|WinError 112|not enough space|Disk quota exceeded",
        "the disk is full: free up to 6 GB here and 3 GB for downloads.",
    ),
    (
        "name resolution|Failed to establish|NewConnectionError|ProxyError|unreachable|getaddrinfo|timed out"
        "|Max retries|Connection refused|connection broken",
        "the packages could not be downloaded: check the network (or pip's proxy settings).",
    ),
    (
        "Long Path",
        "a path got too long for Windows: move the course to a short folder such as C:\\course.",
    ),
    (
        "Permission denied|Read-only file system|Access is denied",
        "a file cannot be written: close every notebook, check who owns this folder and .venv.",
    ),
    (
        "requires a different Python",
        "the folder .venv holds another version of Python: delete it.",
    ),
    (
        "No matching distribution|ResolutionImpossible",
        "a package has no build for this Python and machine: use a 64-bit Python 3.11, 3.12 or 3.13.",
    ),
]


class Trouble(Exception):
    """Something only the reader can put right; the message is the one sentence that says how."""


def env_python() -> Path:
    return ENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def wanted_stamp(extra: str) -> str:
    """A fingerprint of all that decides what has to be installed: metadata, versions, environment, folder."""
    deciding = [ROOT / "pyproject.toml", ROOT / "constraints.txt", ENV / "pyvenv.cfg"]
    parts = [path.read_bytes() for path in deciding] + [str(ROOT).encode()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest() + " " + extra


def is_ready(extra: str) -> bool:
    try:
        # what runs the tests can run the lab too
        return env_python().exists() and STAMP.read_text() in (wanted_stamp(extra), wanted_stamp("test"))
    except OSError:
        return False


def installed_here() -> bool:
    """Is this very Python an environment, not of our making, into which this folder was installed?"""
    from importlib import metadata

    if STAMP.exists() and Path(sys.prefix).resolve() == ENV.resolve():
        return False
    # all of that name: the folder itself holds a second record, of its build, that knows no origin
    origins = [
        found.read_text("direct_url.json") or "" for found in metadata.distributions(name="metagan-course")
    ]
    return any('"' + ROOT.as_uri() + '"' in origin for origin in origins)


def check_python(version: tuple = sys.version_info) -> None:
    if (3, 11) <= tuple(version[:2]) <= (3, 13):
        return
    others = [name for name in ("python3.13", "python3.12", "python3.11") if shutil.which(name)]
    advice = (
        f"run `{others[0]} course.py` instead" if others else "install one of these, then run this with it"
    )
    raise Trouble(f"this is Python {version[0]}.{version[1]}, the course needs 3.11, 3.12 or 3.13: {advice}.")


def check_modules() -> None:
    if importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip"):
        return
    raise Trouble(
        "Python came without its venv module: on Debian or Ubuntu run `sudo apt install python3-venv`, "
        "elsewhere install Python from its own installer."
    )


def check_folder() -> None:
    if not os.access(ROOT, os.W_OK):
        raise Trouble(f"the folder {ROOT} cannot be written: copy the course to one of your own.")
    free = shutil.disk_usage(ROOT).free
    if free < LEAST_SPACE and not env_python().exists():
        raise Trouble(f"only {free / 1e9:.1f} GB are free on this disk: make room for 6 GB.")


def run_step(*arguments: str) -> None:
    """Run one Python command out of sight; if it fails, say what to do about it."""
    done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, errors="replace")
    if done.returncode:
        raise Trouble(remedy(done.stdout + done.stderr))


def make_environment() -> None:
    """Make .venv, or make it again where a first try was cut short. One with a Python in it is kept."""
    if env_python().exists() and (ENV / "pyvenv.cfg").exists():
        return
    check_modules()
    print("Making a virtual environment in .venv ...", flush=True)
    run_step(sys.executable, "-m", "venv", "--clear", str(ENV))


def ensure_pip() -> None:
    """An environment cut short, or made by uv, has no pip; Python carries one."""
    python = str(env_python())
    if subprocess.run([python, "-m", "pip", "--version"], capture_output=True).returncode:
        run_step(python, "-m", "ensurepip", "--upgrade")


def forget_half_installed() -> None:
    """Drop the record of every package with files missing or cut short: pip then installs it once more."""
    for site in [*ENV.glob("lib/python*/site-packages"), *ENV.glob("Lib/site-packages")]:
        for record in site.glob("*.dist-info"):
            if not is_whole(record):
                print(f"  {record.name.split('-')[0]} was left half-installed, once more", flush=True)
                shutil.rmtree(record)


def is_whole(record: Path) -> bool:
    """Every file that pip wrote down is there in its full length. From RECORD itself: Python 3.13's
    importlib.metadata leaves out the files that are gone."""
    try:
        with open(record / "RECORD", encoding="utf-8", newline="") as lines:
            rows = [row for row in csv.reader(lines) if row]
    except OSError:
        return False

    def arrived(name, size) -> bool:
        path = record.parent / name
        return name.endswith(".pyc") or (path.is_file() and size in ("", str(path.stat().st_size)))

    return all(arrived(row[0], row[-1]) for row in rows)


def install(extra: str) -> None:
    """One call of pip for everything, so that one resolver picks torch and torchvision together."""
    print("Installing the course (the first time: minutes, several GB) ...", flush=True)
    what = ["-e", ".[test]" if extra == "test" else ".", "-c", "constraints.txt"]
    pip = subprocess.Popen(
        [str(env_python()), "-m", "pip", "install", "--no-input", *what],
        cwd=ROOT,
        env=dict(os.environ, PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_USER="0"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        errors="replace",
    )
    said = deque(maxlen=400)
    for line in pip.stdout:
        said.append(line)
        if line.lstrip().startswith(("Downloading ", "Using cached ")):
            print("  " + line.strip()[:100], flush=True)
        if line.startswith("Installing collected packages"):
            print(f"  Unpacking {line.count(',') + 1} packages, this takes a while ...", flush=True)
    if pip.wait():
        raise Trouble(remedy("".join(said)))


def try_imports() -> None:
    """What pip calls installed may still not load for want of a system library: say so now, not later."""
    code = "import torch, torchvision, jupyterlab, metagan_course"
    done = subprocess.run([str(env_python()), "-c", code], cwd=ROOT, capture_output=True, text=True)
    if "DLL load failed" in done.stderr or "WinError 126" in done.stderr:
        raise Trouble("PyTorch does not load: install Microsoft's Visual C++ Redistributable.")
    if done.returncode:
        raise Trouble(f"the packages do not load ({last_line(done.stderr)}): delete .venv.")


def remedy(said: str) -> str:
    for signs, advice in REMEDIES:
        if any(sign in said for sign in signs.split("|")):
            return advice
    return f"a step of the setup failed ({last_line(said)}): run this again, and report it if it stays so."


def last_line(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error")]
    return (errors or lines or ["no message"])[-1][:200]


def set_up(extra: str) -> None:
    """Any step can be cut short: the stamp comes last, and without it the next call takes all again."""
    try:
        check_folder()
        make_environment()
        STAMP.write_text("unfinished")
        ensure_pip()
        forget_half_installed()
        install(extra)
        try_imports()
        STAMP.write_text(wanted_stamp(extra))
    except OSError as error:
        raise Trouble(remedy(str(error))) from error


def python_for(extra: str) -> str:
    """The Python to run the course with, set up first if need be."""
    check_python()
    if installed_here():
        if extra == "test" and not importlib.util.find_spec("nbval"):
            raise Trouble('this environment has no test tools: run `pip install -e ".[test]"`.')
        return sys.executable
    if not is_ready(extra):
        set_up(extra)
    return str(env_python())


def hand_over(command: list) -> int:
    """Become the command, so that Ctrl-C and signals reach it; Windows cannot, and waits for it instead."""
    os.chdir(ROOT)
    if os.name != "nt":
        os.execv(command[0], command)
    try:
        return subprocess.call(command)
    except KeyboardInterrupt:
        return 130


def main(words: list) -> int:
    if not words or words[0] not in COMMANDS:
        print(__doc__)
        return 0 if words in ([], ["-h"], ["--help"]) else 2
    extra = "test" if words[0] == "test" else "lab"
    try:
        python = python_for(extra)
    except Trouble as trouble:
        print(f"course.py: {trouble}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ncourse.py: stopped half-way; the same command takes it up again.", file=sys.stderr)
        return 130
    if words[0] in MODULES:
        return hand_over([python, "-m", MODULES[words[0]], *words[1:]])
    return hand_over([python, "-m", "metagan_course.course.cli", *words])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
