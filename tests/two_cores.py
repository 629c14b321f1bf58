"""The whole suite on two cores: two processes take groups of tests by turns (pytest-xdist). No test here.

    python3 course.py test               two processes
    python3 course.py test -k losses     a choice of tests runs in one, and prints as it goes; so does -n 0

A group stays in one process, in order: a file; all that is asked of one lesson's runs; and the tests marked
`alone`, which watch a clock. While these run the other process waits: they have the machine to themselves.
"""

import os
import tempfile
import time
import uuid
from pathlib import Path

import pytest

LONGEST = 900  # seconds that these may take before nobody waits for them any more


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config):
    """Two processes where nothing was chosen and nothing has to be seen at once."""
    asked = config.option
    chosen = config.args_source is not config.ArgsSource.TESTPATHS or asked.keyword or asked.markexpr
    watched = asked.collectonly or asked.usepdb or asked.capture == "no" or hasattr(config, "workerinput")
    two = getattr(asked, "numprocesses", 0) is None and (os.cpu_count() or 1) > 1  # 0: xdist is not installed
    if two and not chosen and not watched:
        asked.numprocesses, asked.dist, asked.loadscopereorder = 2, "loadgroup", False
        asked.testrunuid = uuid.uuid4().hex


def group_of(item) -> str:
    if is_alone(item):
        return "alone"
    lesson = getattr(item, "callspec", None) and item.callspec.params.get("path")
    return lesson.stem if is_notebook(item) and lesson else item.path.name


def is_alone(item) -> bool:
    return item.get_closest_marker("alone") is not None


def is_notebook(item) -> bool:
    return item.path.name == "test_notebooks.py"


def is_one_of_two(config) -> bool:
    return hasattr(config, "workerinput")


def pytest_collection_modifyitems(config, items):
    """What must be alone comes first. In one process the lessons come last: their runs go on beside the other
    tests, and wait for no one. In two they come second: what takes longest must not be left for the end."""
    if not is_one_of_two(config):
        return items.sort(key=lambda item: (not is_alone(item), is_notebook(item)))
    items.sort(key=lambda item: (not is_alone(item), not is_notebook(item)))
    for item in items:
        item.add_marker(pytest.mark.xdist_group(group_of(item)))


def alone_are_done(config) -> Path:
    """A file that both processes see."""
    return Path(tempfile.gettempdir()) / f"course-tests-{config.workerinput['testrunuid']}"


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    if not is_one_of_two(item.config) or is_alone(item) or not any(map(is_alone, item.session.items)):
        return
    until = time.monotonic() + LONGEST
    while not alone_are_done(item.config).exists() and time.monotonic() < until:
        time.sleep(0.2)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item, nextitem):
    if is_one_of_two(item.config) and is_alone(item) and not (nextitem and is_alone(nextitem)):
        alone_are_done(item.config).touch()


def pytest_unconfigure(config):
    if not is_one_of_two(config) and (uid := getattr(config.option, "testrunuid", None)):
        (Path(tempfile.gettempdir()) / f"course-tests-{uid}").unlink(missing_ok=True)
