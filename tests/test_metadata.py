"""The files around the package must agree: pyproject, environment.yml, constraints, README, .ci/run.

Each test compares two places that say the same thing, so that a change of one cannot forget the other.
"""

import ast
import importlib.util
import os
import re
import shlex
import subprocess
import sys
import tomllib
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

import metagan_course
from metagan_course.course import cli

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "metagan_course"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
SETUPTOOLS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
CONDA_NAMES = {
    "pytorch": "torch",
    "matplotlib-base": "matplotlib",
}  # the same projects under conda-forge's names


def load(path: Path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def ranges(lines: list[str]) -> dict[str, SpecifierSet]:
    needs = [Requirement(line) for line in lines]
    return {normal(CONDA_NAMES.get(need.name, need.name)): need.specifier for need in needs}


def project_ranges() -> dict[str, SpecifierSet]:
    return ranges([*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["test"]])


def tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode == 0:
        return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]
    hidden = {".venv", ".git", "build", "__pycache__"}  # a copy without its history
    return [path for path in ROOT.rglob("*") if path.is_file() and not hidden & set(path.parts)]


# ---- versions


def test_version_stands_in_both_places():
    assert metagan_course.__version__ == PROJECT["version"]


def test_environment_yml_equals_pyproject():
    wanted = yaml.safe_load((ROOT / "environment.yml").read_text())
    pip = [entry["pip"] for entry in wanted["dependencies"] if isinstance(entry, dict)][0]
    conda = [entry for entry in wanted["dependencies"] if isinstance(entry, str)]
    assert pip[-1] == "-e ." and wanted["channels"] == ["conda-forge"]
    found = ranges([line for line in [*conda, *pip[:-1]] if line != "pip"])
    assert found.pop("python") == SpecifierSet(PROJECT["requires-python"])
    assert found == project_ranges()


def constraints() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pinned = [line for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][0-9A-Za-z.]*", line) for line in pinned), (
        "name==version only"
    )
    return {normal(name): version for name, _, version in (line.partition("==") for line in pinned)}


def test_constraints_lie_inside_the_ranges():
    tested = constraints()
    outside = {name: tested.get(name) for name, s in project_ranges().items() if tested.get(name) not in s}
    assert not outside


@pytest.mark.parametrize("minor", range(6, 18))
def test_course_py_takes_the_pythons_that_pyproject_takes(minor):
    course = load(ROOT / "course.py")
    try:
        course.check_python((3, minor))
        taken = True
    except course.Trouble:
        taken = False
    assert taken == SpecifierSet(PROJECT["requires-python"]).contains(f"3.{minor}")


def test_course_py_knows_every_command():
    course, commands = (
        load(ROOT / "course.py"),
        {add.__name__.removeprefix("add_") for add in cli.ADD_COMMANDS},
    )
    assert set(course.COMMANDS) == commands | set(course.MODULES)


def test_test_tools_are_no_requirement_of_a_lesson():
    lesson, tools = ranges(PROJECT["dependencies"]), ranges(PROJECT["optional-dependencies"]["test"])
    assert not set(lesson) & set(tools)
    assert not set(imports_from_elsewhere()) & {"pytest", "nbval", "hypothesis", "ruff", "playwright"}


def imports_from_elsewhere() -> set[str]:
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {name.name.split(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                found.add(node.module.split(".")[0])
    return found - set(sys.stdlib_module_names) - {"metagan_course"}


# JupyterLab and ipywidgets are made of these: they cannot be missing where those are
PARTS_OF_JUPYTER = {
    "IPython", "ipykernel", "jupyter_client", "jupyter_core", "jupyterlab_server", "nbclient", "nbformat",
    "packaging", "pygments", "traitlets",
}  # fmt: skip


def test_every_import_of_the_package_is_a_stated_requirement():
    names = {"PIL": "pillow"}
    classroom = ranges(PROJECT["optional-dependencies"]["classroom"])
    stated = (
        set(ranges(PROJECT["dependencies"]))
        | set(classroom)
        | {normal(part) for part in PARTS_OF_JUPYTER}
        | {"pillow"}
    )
    assert {normal(names.get(name, name)) for name in imports_from_elsewhere()} <= stated


# ---- what is in the package


def test_every_folder_of_the_package_is_one_that_is_installed():
    folders = {path.parent for path in PACKAGE.rglob("*.py")}
    assert all((folder / "__init__.py").exists() for folder in folders)


def test_data_files_of_the_package_are_installed_too():
    data = {path for path in tracked_files() if PACKAGE in path.parents and path.suffix not in {".py", ".md"}}
    patterns = SETUPTOOLS["package-data"]["metagan_course"]
    assert data <= {path for pattern in patterns for path in PACKAGE.glob(pattern)}


# ---- the arrows of the house

CHAIN = ["weights", "steps", "inner", "outer", "metagan", "training", "course"]
# every room of the house, from the ground up: a room knows only rooms of lower floors
FLOORS = [
    {"files", "palette", "trees"},
    {"losses", "nets", "tasks", "weights"},
    {"metrics", "steps"},
    {"inner", "plots", "terms"},
    {"outer"},
    {"metagan"},
    {"training"},
    {"pretrained"},
    {"evaluation"},
    {"answers"},  # lesson 08 trains as the shipped networks were trained, lesson 12 judges as they are judged
    {"course", "exercises", "widgets"},
]
KNOW_NO_LOOPS = {"losses", "nets", "tasks", "metrics", "terms"}
LOOPS = {"steps", "inner", "outer", "metagan", "training"}
ON_TOP = {"widgets", "exercises"}


def arrows() -> dict[str, set[str]]:
    """Which part of the package imports which others, wherever in a file the import stands."""
    found: dict[str, set[str]] = {}
    for path in PACKAGE.rglob("*.py"):
        inside = path.relative_to(PACKAGE).with_suffix("").parts
        part = inside[0]
        for module in imported_modules(path, ("metagan_course", *inside[:-1])):
            if module[0] == "metagan_course" and len(module) > 1 and module[1] != part:
                found.setdefault(part, set()).add(module[1])
    return found


def imported_modules(path: Path, package: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Absolute dotted names, as tuples; `from x import y` counts as x.y, which may be a module."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [tuple(name.name.split(".")) for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else ()
            start += tuple((node.module or "").split(".")) if node.module else ()
            found += [(*start, name.name) for name in node.names]
    return found


def test_the_chain_points_one_way():
    wrong = [
        (a, b) for a, used in arrows().items() if a in CHAIN for b in used & set(CHAIN[CHAIN.index(a) + 1 :])
    ]
    assert not wrong


def rooms() -> set[str]:
    """What stands in the package's top folder: modules, and folders with Python in them."""
    return {path.relative_to(PACKAGE).with_suffix("").parts[0] for path in PACKAGE.rglob("*.py")} - {
        "__init__"
    }


def test_every_room_has_a_floor_and_knows_only_what_is_below_it():
    level = {room: i for i, floor in enumerate(FLOORS) for room in floor}
    assert rooms() == set(level)
    upward = [(a, b) for a, used in arrows().items() for b in used & rooms() if level[b] >= level[a]]
    assert not upward


def test_what_is_imported_is_there():
    """In this copy: an editable install of another one would lend what has been moved away here."""
    gone = []
    for path in PACKAGE.rglob("*.py"):
        for module in imported_modules(path, ("metagan_course", *path.relative_to(PACKAGE).parts[:-1])):
            place = PACKAGE.joinpath(*module[1:-1])
            if module[0] == "metagan_course" and not (place.is_dir() or place.with_suffix(".py").exists()):
                gone.append((path.name, ".".join(module)))
    assert not gone


def test_what_knows_no_loops():
    wrong = {part: used & LOOPS for part, used in arrows().items() if part in KNOW_NO_LOOPS and used & LOOPS}
    assert not wrong


def test_nothing_below_imports_widgets_or_exercises():
    wrong = {part: used & ON_TOP for part, used in arrows().items() if part not in ON_TOP and used & ON_TOP}
    assert not wrong


def test_there_are_no_circles():
    list(TopologicalSorter(arrows()).static_order())  # raises CycleError and names the circle


def test_the_arrows_are_seen():
    """The tests above pass on an empty graph too; this one does not."""
    assert "weights" in arrows()["steps"] & arrows()["inner"] and "pretrained" in arrows()["course"]


# ---- what is written down


def readme_commands() -> list[str]:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```(?:bash|sh|shell)\n(.*?)```", text, flags=re.DOTALL)
    lines = [line.split("  #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


PYTHONS = {"python3", "python", "py", ".venv/bin/python"}


def check_command(line: str) -> None:
    """Raise unless this is a command that exists here, with words it knows."""
    words = shlex.split(line)
    if words[:2] == ["uv", "run"] or words[0] in PYTHONS:
        words = words[words.index("course.py") :] if "course.py" in words else words[1:]
    match words:
        case ["course.py", "test", *_]:
            pass
        case ["course.py", "notebooks", *rest] | ["-m", "metagan_course.course.notebooks", *rest]:
            assert rest[0] in {"run", "tidy"}
        case ["course.py", word, *rest]:
            assert word in load(ROOT / "course.py").COMMANDS
            cli.read([word, *rest])
        case ["metagan-course", *rest] | [".venv/bin/metagan-course", *rest]:
            cli.read(rest)
        case ["-m", module, *_]:
            assert importlib.util.find_spec(module)
        case ["conda" | "mamba", "env", "create", "-f", file]:
            assert (ROOT / file).exists()
        case ["conda" | "mamba", "activate", name]:
            assert name == yaml.safe_load((ROOT / "environment.yml").read_text())["name"]
        case ["pip" | "uv", *_, "-e", target]:
            assert set(re.findall(r"\w+", target.partition("[")[2])) <= set(PROJECT["optional-dependencies"])
        case ["git", "clone", *_] | ["cd", *_]:
            pass
        case _:
            raise AssertionError(f"README names a command that is not known here: {line}")


def test_readme_commands_exist():
    commands = readme_commands()
    assert "python3 course.py lab" in commands[:4] and "python3 course.py test" in commands[:4]
    for line in commands:
        check_command(line)


@pytest.mark.parametrize("line", [
    "python3 course.py labb", "metagan-course data fly", "make test", "conda env create -f none.yml",
    'pip install -e ".[nothing]"', "python3 -m metagan_course.nothing",
])  # fmt: skip
def test_a_wrong_readme_command_would_be_seen(line):
    with pytest.raises((AssertionError, SystemExit)):
        check_command(line)


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_links_to_files_lead_somewhere(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text) + re.findall(r'src="([^"]+)"', text)
    gone = [link for link in links if "://" not in link and not (ROOT / link).exists()]
    assert links and not gone


# The machine that wrote a file must not show in it. Split so that this file does not name what it looks for.
TRACES = [
    "/" + r"(home|root|Users|work)/\w",
    r"[A-Z]:\\" + r"Users\\",
    r"pypi\." + r"org/simple",
    "pythonhosted" + r"\.org",
    r"conda\." + r"anaconda\.org",
    r"registry\." + "npmjs",
    "index-url" + r"[= ]https",
]


def test_no_file_tells_of_the_machine_it_was_written_on():
    found = []
    for path in tracked_files():
        if path.suffix not in {".safetensors", ".png", ".npz", ".pt"}:
            text = path.read_text(encoding="utf-8")
            found += [(path.name, hit.group()) for trace in TRACES for hit in re.finditer(trace, text)]
    assert not found


def test_code_and_notebooks_are_formatted_and_free_of_known_bugs():
    for order in (["check"], ["format", "--check"]):
        ruff = subprocess.run(
            [sys.executable, "-m", "ruff", *order, "."], cwd=ROOT, capture_output=True, text=True
        )
        assert ruff.returncode == 0, ruff.stdout + ruff.stderr


# ---- .ci/run


def test_ci_run_is_the_readme_test_command_and_little_else():
    script = ROOT / ".ci" / "run"
    lines = [line for line in script.read_text().splitlines() if line and not line.startswith("#")]
    assert lines[0] == "set -eu" and lines[-1] == "exec python3 course.py test"
    assert len(lines) < 20


@pytest.mark.skipif(os.name == "nt", reason="bash and file modes are not at home on Windows")
def test_ci_run_is_a_program_that_bash_can_read():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    subprocess.run(["bash", "-n", str(script)], check=True)
