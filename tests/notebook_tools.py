"""Run a notebook under nbval the way this suite does it, and read back what happened. No test stands here.

One call is one kernel: own folders for configuration and run files, one thread, no network
(tests/kernel_side/), every figure looked at, every cell's outputs kept. What comes back is a Run; the tests
judge it.
"""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from lesson_rules.learner import alternatives
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

TESTS = Path(__file__).resolve().parent
NOTEBOOKS = TESTS.parent / "notebooks"
KERNEL_SIDE = TESTS / "kernel_side"
CANARIES = TESTS / "canary"
LESSONS = sorted(NOTEBOOKS.glob("[0-9][0-9]*_*.ipynb"))
MARKER = "# NBVAL_CHECK_OUTPUT"
START_UP = "import figure_audit\nfigure_audit.install()\ndel figure_audit\n"


@dataclass
class Run:
    """What one run of one notebook under nbval left behind."""

    exit_code: int
    log: str
    cells: list[dict] = field(default_factory=list)
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    waited: float = 0.0  # of the seconds: ready to run, while other programs had the cores
    peak_mb: float = 0.0
    reached_for: list[str] = field(default_factory=list)  # hosts the notebook tried to talk to
    figures: list[dict] = field(default_factory=list)

    def failures(self) -> list[str]:
        return [f"cell {c['cell']}: {c['message']}" for c in self.cells if c["outcome"] != "passed"]

    def text(self, cell: dict) -> str:
        """Everything a reader sees of a cell's outputs, as plain text and HTML in one string."""
        return "\n".join(part for output in cell.get("outputs", []) for part in output_texts(output))


def output_texts(output: dict) -> list[str]:
    """The readable parts of one output: stream, text/plain, text/html, text/markdown, a traceback."""
    data = output.get("data", {})
    parts = [output.get("text", "")] + [
        data.get(f"text/{kind}", "") for kind in ("plain", "html", "markdown")
    ]
    return ["".join(part) for part in parts if part] + output.get("traceback", [])


def kernel_environment(own: Path) -> dict[str, str]:
    """A kernel that shares nothing with the user's Jupyter: no profile, no progress file, no network."""
    start_up = own / "ipython" / "profile_default" / "startup"
    start_up.mkdir(parents=True)
    (own / "run").mkdir()
    (start_up / "00-figures.py").write_text(START_UP, encoding="utf-8")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "PYTEST", "METAGAN_GRADING"))}
    searched = [str(KERNEL_SIDE), kept.get("PYTHONPATH", "")]
    return kept | {
        "PYTHONPATH": os.pathsep.join(filter(None, searched)),
        "IPYTHONDIR": str(own / "ipython"),
        "JUPYTER_CONFIG_DIR": str(own / "config"),
        "JUPYTER_DATA_DIR": str(own / "data"),
        "JUPYTER_RUNTIME_DIR": str(own / "run"),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "METAGAN_PROGRESS": str(own / "progress.json"),
        "METAGAN_NBVAL_REPORT": str(own / "report.json"),
        "METAGAN_NETWORK_LOG": str(own / "network.log"),
        "METAGAN_FIGURE_LOG": str(own / "figures.log"),
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
    }


def lines_of(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def nbval(notebook: Path, *, cell_timeout: float = 120.0, prefix: tuple[str, ...] = ()) -> Run:
    """Run one notebook with ``pytest --nbval-lax`` in a process and a kernel of its own."""
    command = [
        *prefix,
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "nbval_recorder",
        "-p",
        "no:cacheprovider",
    ]
    command += [
        "-p",
        "nbval.plugin",
        "--nbval-lax",
        "--nbval-current-env",
        f"--nbval-cell-timeout={cell_timeout}",
    ]
    command += [
        "--color=no",
        "--noconftest",
        "--override-ini=addopts=",
        f"--rootdir={notebook.parent}",
        str(notebook),
    ]
    with tempfile.TemporaryDirectory(
        prefix="mg"
    ) as folder:  # short: a socket's path has about 100 characters
        own = Path(folder)
        done = subprocess.run(
            command,
            env=kernel_environment(own),
            cwd=notebook.parent,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=600,
        )
        run = Run(done.returncode, done.stdout + done.stderr)
        if (own / "report.json").exists():
            run.__dict__.update(json.loads((own / "report.json").read_text(encoding="utf-8")))
        run.reached_for = lines_of(own / "network.log")
        run.figures = [json.loads(line) for line in lines_of(own / "figures.log")]
    return run


def load(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def changed(notebook: NotebookNode) -> NotebookNode:
    """After each play-with its changed copies, unchecked, and then the cell as it stands once more."""
    copied = nbformat.from_dict(notebook)
    copied.cells = []
    for cell in notebook.cells:
        others = alternatives(cell)
        once_more = [cell.source.replace(MARKER, "# as it stands")] if others else []
        copied.cells += [cell, *map(new_code_cell, [*others, *once_more])]
    return copied


def is_checked(cell: NotebookNode) -> bool:
    """nbval compares this cell's outputs with the stored ones."""
    return any(line.strip() == MARKER for line in cell.source.splitlines())
