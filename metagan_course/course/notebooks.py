"""Run the lessons' notebooks from first cell to last and store what they print, in place.

    python -m metagan_course.course.notebooks run           every lesson
    python -m metagan_course.course.notebooks run 00 04     the lessons whose names start so
    python -m metagan_course.course.notebooks tidy          drop what changes from run to run, run nothing
    python -m metagan_course.course.notebooks new 05 Tasks  an empty lesson with its eight parts

A notebook whose cells all ran is replaced in one move; one that failed stays as it was. Cell ids are kept, so
a diff shows what you changed. Nothing here judges a notebook: tests/test_notebooks.py does.
"""

import argparse
import os
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from traitlets.config import Config

from metagan_course.course.lesson_skeleton import file_name, skeleton
from metagan_course.files import write_whole

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
CELL_TIMEOUT = 120  # seconds; a whole lesson has 90
KEPT_CELL_METADATA = {"tags", "jupyter", "nbgrader", "slideshow", "editable", "deletable"}
LANGUAGE = {"name": "python"}
KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
WIDGET = "application/vnd.jupyter.widget-view+json"


def lessons(prefixes: list[str] | None = None, folder: Path = FOLDER) -> list[Path]:
    """The notebooks whose file names start with one of the prefixes; all of them without any."""
    found = sorted(folder.glob("[0-9][0-9]*_*.ipynb"))
    for prefix in prefixes or []:
        if not any(path.name.startswith(prefix) for path in found):
            names = ", ".join(path.stem for path in found) or "none"
            raise ValueError(f"no notebook in {folder} starts with {prefix!r}; there are: {names}")
    return [path for path in found if not prefixes or path.name.startswith(tuple(prefixes))]


def tidy(notebook: NotebookNode) -> NotebookNode:
    """Drop what differs from run to run without meaning anything: times, widget ids, versions."""
    notebook.metadata = NotebookNode(kernelspec=KERNELSPEC, language_info=LANGUAGE)
    for cell in notebook.cells:
        cell.metadata = NotebookNode({k: v for k, v in cell.metadata.items() if k in KEPT_CELL_METADATA})
        if cell.cell_type == "code":
            outputs = filter(says_something, cell.outputs)
            cell.outputs = one_stream_each([anonymous(without_model_id(o)) for o in outputs])
    return notebook


def without_model_id(output: NotebookNode) -> NotebookNode:
    """A widget's model dies with its kernel; stored beside a still picture it would hide the picture."""
    output.get("data", {}).pop(WIDGET, None)
    if "metadata" in output:
        output.metadata.pop(WIDGET, None)
    return output


def says_something(output: NotebookNode) -> bool:
    """A widget without a still picture leaves only its Python name, which tells a reader nothing."""
    return WIDGET not in output.get("data", {}) or bool({"image/png", "text/html"} & set(output.data))


def anonymous(output: NotebookNode) -> NotebookNode:
    """The author's home folder is nobody's business and differs from machine to machine."""
    if output.output_type == "stream":
        output.text = output.text.replace(str(Path.home()), "~")
    return output


def one_stream_each(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Join neighbouring pieces of one stream: where a kernel cuts its prints depends on timing."""
    joined: list[NotebookNode] = []
    for output in outputs:
        last = joined[-1] if joined else None
        if last and output.output_type == last.output_type == "stream" and output.name == last.name:
            last.text += output.text
        else:
            joined.append(output)
    return joined


def execute(notebook: NotebookNode, *, folder: Path, timeout: float = CELL_TIMEOUT) -> NotebookNode:
    """Run every cell in one fresh kernel; raises where a cell raises, hangs or kills its kernel."""
    with tempfile.TemporaryDirectory(prefix="mg") as sockets:
        client = NotebookClient(
            notebook,
            timeout=timeout,
            kernel_name="python3",
            store_widget_state=False,
            resources={"metadata": {"path": str(folder)}},
            config=sockets_in(Path(sockets)),
        )
        return client.execute()


def sockets_in(folder: Path) -> Config:
    """Talk to the kernel through files, not ports, where the system can: no ports are opened."""
    config = Config()
    if os.name != "nt":
        config.KernelManager.transport = "ipc"
        config.KernelManager.ip = str(folder / "k")  # the default depends on where each runs
    return config


def write(notebook: NotebookNode, path: Path) -> None:
    """Replace the file in one move, so that an interrupted write cannot leave half a notebook."""
    write_whole(path, (nbformat.writes(notebook) + "\n").encode())


@contextmanager
def no_progress_kept():
    """While a lesson runs here, its exercises are noted in a file that goes away: never the author's own."""
    before = os.environ.get("METAGAN_PROGRESS")
    with tempfile.TemporaryDirectory() as own:
        os.environ["METAGAN_PROGRESS"] = str(Path(own) / "progress.json")
        try:
            yield
        finally:
            os.environ.pop("METAGAN_PROGRESS")
            if before is not None:
                os.environ["METAGAN_PROGRESS"] = before


def run_in_place(path: Path) -> float:
    """Execute one notebook and store its outputs; returns the seconds it took."""
    notebook = nbformat.read(path, as_version=4)
    started = time.perf_counter()
    with no_progress_kept():
        execute(notebook, folder=path.parent)
    write(tidy(notebook), path)
    return time.perf_counter() - started


def run_all(paths: list[Path]) -> int:
    """Run notebooks one after the other, a line each; the number that failed."""
    failed = 0
    for path in paths:
        print(f"{path.stem:<28}", end="", flush=True)
        try:
            print(f"{run_in_place(path):6.1f} s   stored")
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            failed += 1
            print(f"   failed, left as it was\n{error}")
    return failed


def tidy_all(paths: list[Path]) -> int:
    for path in paths:
        write(tidy(nbformat.read(path, as_version=4)), path)
    return 0


def new(number: str, title: str, folder: Path = FOLDER) -> int:
    """Write the skeleton of a lesson; an existing file is never touched."""
    path = folder / file_name(number, title)
    if taken := [*folder.glob(f"{number}_*.ipynb")]:
        raise ValueError(f"there is a lesson {number} already: {taken[0].name}")
    write(tidy(skeleton(number, title)), path)
    print(f"wrote {path.name}; fill its parts, then: python3 course.py notebooks run {number}")
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Entry point of ``python -m metagan_course.course.notebooks``."""
    parser = argparse.ArgumentParser(
        prog="notebooks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("action", choices=("run", "tidy", "new"))
    parser.add_argument(
        "lessons", nargs="*", help="run, tidy: beginnings of file names; new: number and title"
    )
    options = parser.parse_args(arguments)
    try:
        if options.action == "new":
            if len(options.lessons) < 2:
                raise ValueError("new needs a number and a title: notebooks new 05 Tasks")
            return new(options.lessons[0], " ".join(options.lessons[1:]))
        paths = lessons(options.lessons)
    except ValueError as error:
        parser.error(str(error))
    return tidy_all(paths) if options.action == "tidy" else int(bool(run_all(paths)))


if __name__ == "__main__":
    sys.exit(main())
