"""How long the data takes, on one thread: python benchmarks/data.py [--root FOLDER WITH omniglot-py]

A table, not a test: wall-clock time depends on what else the machine does, so the time the processor spent is
printed beside it. Omniglot is measured where its tree is (`metagan-course data fetch omniglot`, or --root).
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch

from metagan_course import tasks
from metagan_course.tasks import omniglot


def timed(work, repeats: int = 1) -> tuple[float, float]:
    """Seconds on the clock and on the processor, the best of `repeats`."""
    best = []
    for _ in range(repeats):
        clock, processor = time.perf_counter(), time.process_time()
        work()
        best.append((time.perf_counter() - clock, time.process_time() - processor))
    return min(best)


def import_seconds() -> float:
    """What importing the package adds to torch's own import, in a fresh Python; best of three."""
    script = (
        "import time, torch; start = time.perf_counter(); "
        "import metagan_course.tasks; print(time.perf_counter() - start)"
    )
    return min(float(subprocess.check_output([sys.executable, "-c", script])) for _ in range(3))


def row(what: str, value: str, bar: str) -> None:
    print(f"{what:<44} {value:>24}   bar {bar}")


def both(clock: float, processor: float) -> str:
    return f"{clock:.2f} s (processor {processor:.2f} s)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, help="folder that holds omniglot-py (default: the course's own)")
    root = parser.parse_args().root
    torch.set_num_threads(1)
    row("import, on top of torch's own", f"{import_seconds():.2f} s", "0.3 s")
    with tempfile.TemporaryDirectory() as folder:
        glyphs(folder)
        if omniglot.tree_folder(root).is_dir():
            build = timed(lambda: tasks.Omniglot(root, cache_dir=folder, progress=False))
            row("omniglot: tree to tensor, once", both(*build), "25 s")
            cached = timed(lambda: tasks.Omniglot(root, cache_dir=folder), repeats=5)
            row("omniglot: from cache", both(*cached), "0.3 s")
        else:
            print(f"omniglot: not measured, no tree in {omniglot.tree_folder(root)}")


def glyphs(folder: str) -> None:
    build = timed(lambda: tasks.Glyphs(cache_dir=folder, progress=False))
    row("glyphs: first build", both(*build), "6 s")
    row("glyphs: from cache", both(*timed(lambda: tasks.Glyphs(cache_dir=folder), repeats=5)), "0.3 s")
    size = sum(path.stat().st_size for path in Path(folder).iterdir())
    row("glyphs: cache on disk", f"{size / 1e6:.1f} MB", "25 MB")
    family, generator = tasks.Glyphs(cache_dir=folder), torch.Generator().manual_seed(0)
    batch = timed(lambda: family.sample(16, 5, 15, split="train", generator=generator), repeats=200)
    row("glyphs: 16 tasks x (5 + 15)", f"{1000 * batch[0]:.2f} ms", "2 ms")


if __name__ == "__main__":
    main()
