"""`metagan-course doctor`: is this machine ready? One screen, one line a finding, an exit code.

A check returns what it found, and advice only if a lesson would fail. Nothing is changed or downloaded here.
"""

import os
import platform
import re
import shutil
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

LEAST_MEMORY = 1.5e9  # bytes; the budget of the hungriest lesson
LEAST_DISK = 1e9
REPAIR = "run `python3 course.py lab` (conda or uv: `pip install -e .`)"


class Finding(NamedTuple):
    found: str
    advice: str = ""  # empty: all is well


def check_python() -> Finding:
    wrong = "" if (3, 11) <= sys.version_info[:2] <= (3, 13) else "use Python 3.11, 3.12 or 3.13"
    return Finding(f"{platform.python_version()} on {platform.system()} {platform.machine()}", wrong)


def check_packages() -> Finding:
    """Every requirement of the course, against what is installed. Test tools are not needed for a lesson."""
    from packaging.requirements import Requirement

    needed = [Requirement(line) for line in metadata.requires("metagan-course") or []]
    needed = [need for need in needed if need.marker is None or need.marker.evaluate({"extra": ""})]
    have = {need.name: installed_version(need.name) for need in needed}
    wrong = [
        need for need in needed if not (have[need.name] and need.specifier.contains(have[need.name], True))
    ]
    text = ", ".join(f"{name} {have[name]}" for name in ("torch", "jupyterlab", "ipywidgets", "anywidget"))
    lacking = ", ".join(
        f"{need.name}{need.specifier} (here: {have[need.name] or 'missing'})" for need in wrong
    )
    return Finding(text, f"needs {lacking}: {REPAIR}" if wrong else "")


def installed_version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def check_torch() -> Finding:
    """torchvision loads only beside the torch it was compiled against, so load both."""
    try:
        import torch
        import torchvision
    except (ImportError, RuntimeError, OSError) as error:
        return Finding(
            "does not load", f"{first_line(error)}: reinstall torch and torchvision in one pip call"
        )
    threads = f"{torch.get_num_threads()} threads on {os.cpu_count()} cores"
    return Finding(f"loads beside torchvision {torchvision.__version__}; {threads}")


def check_accelerator() -> Finding:
    import torch

    if torch.cuda.is_available():
        return Finding(f"CUDA: {torch.cuda.get_device_name()}")
    if torch.backends.mps.is_available():
        return Finding("Apple MPS")
    return Finding("none found, and no lesson needs one")


def check_memory() -> Finding:
    import psutil

    memory = psutil.virtual_memory()
    short = memory.available < LEAST_MEMORY
    found = f"{memory.available / 1e9:.1f} GB free of {memory.total / 1e9:.1f} GB"
    return Finding(
        found, f"a lesson uses up to {LEAST_MEMORY / 1e9:.1f} GB: close other programs" if short else ""
    )


def check_disk() -> Finding:
    """Room for the caches, and leave to write them: the folder itself may not be there yet."""
    from metagan_course.files import cache_folder

    folder = cache_folder().absolute()
    there = next(place for place in (folder, *folder.parents) if place.exists())
    free = shutil.disk_usage(there).free
    advice = f"less than {LEAST_DISK / 1e9:.0f} GB: free some space" if free < LEAST_DISK else ""
    if not os.access(there, os.W_OK):
        advice = f"{there} cannot be written: set METAGAN_CACHE to a folder of your own"
    return Finding(f"{free / 1e9:.1f} GB free for the caches in {folder}", advice)


def check_fonts() -> Finding:
    """The glyphs are drawn from the fonts inside matplotlib; some Linux packages of it leave them out."""
    import matplotlib

    fonts = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    counts = {family: len(list(fonts.glob(f"{family}*.ttf"))) for family in ("DejaVu", "STIX")}
    advice = "" if all(counts.values()) else "reinstall matplotlib from pip or conda-forge, which carry them"
    return Finding(
        ", ".join(f"{n} {family} files" for family, n in counts.items()) + " in matplotlib", advice
    )


def check_data() -> Finding:
    """No data set has to be there: the glyphs are drawn when first needed, the others are optional."""
    from metagan_course.tasks.data import list_data

    return Finding(", ".join(f"{row.name} {'here' if row.ready else 'not here yet'}" for row in list_data()))


def check_widgets() -> Finding:
    """A widget needs its half in the browser: without these folders a cell shows only text."""
    from jupyter_core.paths import jupyter_path

    needed = {"ipywidgets": "@jupyter-widgets/jupyterlab-manager", "anywidget": "anywidget"}
    folders = [Path(path) for path in jupyter_path("labextensions")]
    missing = [name for name, part in needed.items() if not any((at / part).is_dir() for at in folders)]
    if missing:
        return Finding(
            f"no browser half of {' and '.join(missing)}", f"reinstall it: {REPAIR}, then restart Jupyter"
        )
    return Finding("the browser halves of ipywidgets and anywidget are in place")


def check_kernel() -> Finding:
    """A kernel of the same name in the home folder can send every notebook to another Python."""
    from jupyter_client.kernelspec import KernelSpecManager

    spec = KernelSpecManager().get_kernel_spec("python3")
    program = spec.argv[0]
    ours = re.fullmatch(r"python(3(\.\d+)?)?(\.exe)?", program) or Path(program).resolve() == here_python()
    advice = f"remove or rename {spec.resource_dir}, it starts another Python" if not ours else ""
    return Finding("notebooks start this Python" if ours else f"notebooks start {program}", advice)


def here_python() -> Path:
    return Path(sys.executable).resolve()


CHECKS: dict[str, Callable[[], Finding]] = {
    "python": check_python,
    "packages": check_packages,
    "torch": check_torch,
    "accelerator": check_accelerator,
    "memory": check_memory,
    "disk": check_disk,
    "fonts": check_fonts,
    "data": check_data,
    "widgets": check_widgets,
    "kernel": check_kernel,
}


def look(check: Callable[[], Finding]) -> Finding:
    """A check that breaks is a finding too: the others must still be shown."""
    try:
        return check()
    except Exception as error:
        return Finding(f"could not be checked ({first_line(error)})", REPAIR)


def first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [""])[0][:80] or type(error).__name__


def report(checks: dict[str, Callable[[], Finding]] | None = None) -> int:
    """Print every finding; 0 if a lesson can start, 1 if something has to be put right first."""
    findings = {name: look(check) for name, check in (checks or CHECKS).items()}
    for name, (found, advice) in findings.items():
        print(f"{'ok  ' if not advice else 'BAD '} {name:<12} {found}")
        if advice:
            print(f"     {'':<12} -> {advice}")
    bad = [name for name, finding in findings.items() if finding.advice]
    print(f"\nPut right first: {', '.join(bad)}." if bad else "\nReady: every lesson can start.")
    return 1 if bad else 0
