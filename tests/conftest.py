"""What every test may lean on: one thread, a seed, the real data and a browser. Nothing here tests anything.

Two fixtures decide whether a test can run at all, and say so in its reason:

    real_data       folder named by METAGAN_TEST_DATA (Omniglot zips, MNIST files)
    chromium_path   a Chromium or Chrome to drive

Without them a test skips on a laptop. Under CI=true a missing browser fails, and so does a METAGAN_TEST_DATA
that points nowhere: a check that quietly stopped running is worse than a red one.
"""

import json
import os
import random
import shutil
from collections import Counter
from pathlib import Path

import pytest

pytest_plugins = ["two_cores"]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
BROWSERS_ELSEWHERE = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)


DURATIONS = Path(__file__).resolve().parents[1] / "build" / "durations.json"
seconds_of = Counter()  # test file -> seconds in its tests and fixtures
costs = []  # what each lesson took of what it may


def pytest_collection_finish(session):
    """Note the runs of the lessons that will be asked for; one of two processes makes them when asked."""
    from notebook_runs import as_shipped, as_solved, runs
    from two_cores import is_notebook, is_one_of_two

    asked = [item for item in session.items if is_notebook(item)]
    for item in [] if session.config.option.collectonly or is_one_of_two(session.config) else asked:
        if path := getattr(item, "callspec", None) and item.callspec.params.get("path"):
            runs().add(as_shipped, path)
            if {"solved", "solutions"} & set(item.originalname.split("_")):
                runs().add(as_solved, path)


def pytest_runtest_setup(item):
    """Tests that watch a clock have the machine to themselves; then the runs begin."""
    from notebook_runs import runs
    from two_cores import is_alone

    if not is_alone(item):
        runs().start()


def pytest_runtest_logreport(report):
    seconds_of[report.nodeid.split("::")[0]] += report.duration
    if report.when == "teardown":
        costs.extend(words for name, words in report.user_properties if name == "cost")


def pytest_terminal_summary(terminalreporter):
    """What each lesson and each file took, printed and kept: the clock of CI."""
    if costs:
        terminalreporter.section("what the lessons cost")
        terminalreporter.write_line("\n".join(sorted(costs)))
    if len(seconds_of) < 2:
        return
    terminalreporter.section("seconds by file")
    for name, seconds in seconds_of.most_common():
        terminalreporter.write_line(f"{seconds:7.1f}  {name}")
    DURATIONS.parent.mkdir(exist_ok=True)
    DURATIONS.write_text(json.dumps(dict(seconds_of.most_common()), indent=1) + "\n", encoding="utf-8")


def in_ci() -> bool:
    return os.environ.get("CI", "").lower() in ("1", "true", "yes")


@pytest.fixture(scope="session", autouse=True)
def own_progress_file(tmp_path_factory):
    """Exercises solved by the tests must not appear as solved in the progress of whoever runs them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("METAGAN_PROGRESS", str(tmp_path_factory.mktemp("progress") / "progress.json"))
        patch.delenv("METAGAN_GRADING", raising=False)
        yield


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """Two torch processes on two cores fight; a test run is often the second one."""
    import torch

    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def seeded():
    """A test that forgot to pass a generator still sees the same numbers on every run."""
    import numpy
    import torch

    random.seed(0)
    numpy.random.seed(0)
    torch.manual_seed(0)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real Omniglot and MNIST files."""
    named = os.environ.get("METAGAN_TEST_DATA")
    if not named:
        pytest.skip("METAGAN_TEST_DATA is not set: no real Omniglot or MNIST files to read")
    folder = Path(named).resolve()
    if not folder.is_dir():
        pytest.fail(f"METAGAN_TEST_DATA names {folder}, which is not a folder")
    return folder


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """A browser for the widget tests; METAGAN_CHROMIUM names one that is somewhere else."""
    named = os.environ.get("METAGAN_CHROMIUM")
    found = [named] if named else [path for name in BROWSERS if (path := shutil.which(name))]
    found += [] if named else [path for path in BROWSERS_ELSEWHERE if Path(path).exists()]
    if found and Path(found[0]).exists():
        return found[0]
    reason = "no Chromium or Chrome found (METAGAN_CHROMIUM can name one)"
    if in_ci():
        pytest.fail(f"{reason}; under CI=true the browser tests must run")
    pytest.skip(reason)
