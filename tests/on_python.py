"""The whole suite on another Python, or with the oldest packages the metadata allows, in a folder of its own.

    python3 tests/on_python.py 3.13                   that Python, the versions of constraints.txt
    python3 tests/on_python.py 3.11 --oldest          the lower end of every range in pyproject.toml
    python3 tests/on_python.py 3.13 -- -k course -x   what stands after -- goes to pytest

It clones the last commit, so nothing here is touched and what is not committed is not tested. The folder
(build/python-3.13, 6 GB) is kept: a second call only brings the clone up to date. Standard library only.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def interpreter(version: str) -> str:
    """The program python3.13, from PATH or from where pyenv keeps its own."""
    kept = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    found = shutil.which(f"python{version}")
    for program in [*([found] if found else []), *map(str, kept)]:
        said = subprocess.run(
            [program, "-c", "import sys; print(sys.version)"], capture_output=True, text=True
        )
        if said.stdout.startswith(f"{version}."):
            return program
    sys.exit(f"on_python: no Python {version} here; install it so that `python{version}` starts it.")


def oldest(project: dict) -> list[str]:
    """name==lower end, for every requirement of the course and its tests; pip picks the rest."""
    needs = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    ends = [re.match(r"([\w.-]+)>=([\w.]+)", need) for need in needs]
    return [f"{end[1]}=={end[2]}{'.*' if end[2].count('.') < 2 else ''}" for end in ends]


def clone(folder: Path) -> None:
    if not (folder / "course").exists():
        subprocess.run(["git", "clone", "-q", str(ROOT), str(folder / "course")], check=True)
    head = subprocess.run(
        ["git", "-C", str(ROOT), "rev-parse", "HEAD"], check=True, capture_output=True, text=True
    ).stdout.strip()
    for words in (["fetch", "-q", str(ROOT), head], ["checkout", "-q", "--detach", head]):
        subprocess.run(["git", "-C", str(folder / "course"), *words], check=True)


def set_up(folder: Path, version: str, *, old: bool) -> Path:
    """A virtual environment with the clone in it; returns its Python."""
    python = folder / "env" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        subprocess.run([interpreter(version), "-m", "venv", str(folder / "env")], check=True)
    limits = folder / "limits.txt"
    project = tomllib.loads((folder / "course" / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pinned = (folder / "course" / "constraints.txt").read_text(encoding="utf-8")
    limits.write_text("\n".join(oldest(project)) if old else pinned, encoding="utf-8")
    install = [str(python), "-m", "pip", "install", "-q", "-e", ".[test]", "-c", str(limits)]
    subprocess.run(install, cwd=folder / "course", check=True)
    return python


def after_dashes(words: list[str]) -> tuple[list[str], list[str]]:
    """Our words, and those for pytest."""
    end = words.index("--") if "--" in words else len(words)
    return words[:end], words[end + 1 :]


def main() -> int:
    words = argparse.ArgumentParser(prog="on_python", description=__doc__.splitlines()[0])
    words.add_argument("version", help="3.11, 3.12 or 3.13")
    words.add_argument("--oldest", action="store_true", help="the lower end of every range")
    words.add_argument("--folder", type=Path, help="default: build/python-VERSION")
    words.add_argument("--only-set-up", action="store_true", help="install, run nothing")
    own, to_pytest = after_dashes(sys.argv[1:])
    asked = words.parse_args(own)
    name = f"python-{asked.version}{'-oldest' if asked.oldest else ''}"
    folder = (asked.folder or ROOT / "build" / name).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    clone(folder)
    python = set_up(folder, asked.version, old=asked.oldest)
    if asked.only_set_up:
        return 0
    return subprocess.run([str(python), "-m", "pytest", *to_pytest], cwd=folder / "course").returncode


if __name__ == "__main__":
    sys.exit(main())
