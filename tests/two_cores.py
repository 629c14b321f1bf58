"""The whole suite on two cores: two processes take groups of tests by turns (pytest-xdist). No test here.

    python3 course.py test               two processes
    python3 course.py test -k losses     a choice of tests runs in one, and prints as it goes; so does -n 0

A group stays in one process, in order: a file; all that is asked of one lesson's runs; and the tests marked
`alone`, which watch a clock. While these run the other process waits: they have the machine to themselves.
"""

import json
import os
import tempfile
import time
import uuid
from functools import cache
from pathlib import Path

import pytest

from metagan_course.files import write_whole

LONGEST = 900  # seconds that these may take before nobody waits for them any more


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config):
    """Two processes where nothing was chosen and nothing has to be seen at once."""
    asked = config.option
    chosen = config.args_source is not config.ArgsSource.TESTPATHS or asked.keyword or asked.markexpr
    watched = asked.collectonly or asked.usepdb or asked.capture == "no" or hasattr(config, "workerinput")
    two = getattr(asked, "numprocesses", 0) is None and (os.cpu_count() or 1) > 1  # 0: xdist is not installed
    if two and not chosen and not watched:
        asked.numprocesses, asked.dist = 2, "loadscope"
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
    write_whole(
        shared(config, "groups"), json.dumps({item.nodeid: group_of(item) for item in items}).encode()
    )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """By the groups that the processes wrote down: pytest-xdist 3.8 loses its own marks under pytest 9.2."""
    if not config.option.testrunuid:  # somebody else's choice of processes
        return None
    from xdist.scheduler import LoadScopeScheduling

    config.option.loadscopereorder = False  # what is alone comes first, or everything waits for what waits

    class ByGroup(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return groups(shared(config, "groups"))[nodeid]

    return ByGroup(config, log)


@cache
def groups(path: Path) -> dict[str, str]:
    return json.loads(path.read_text(encoding="utf-8"))


def shared(config, name: str) -> Path:
    """A file that all processes of this run see."""
    uid = config.workerinput["testrunuid"] if is_one_of_two(config) else config.option.testrunuid
    return Path(tempfile.gettempdir()) / f"course-tests-{uid}-{name}"


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    if not is_one_of_two(item.config) or is_alone(item) or not any(map(is_alone, item.session.items)):
        return
    until = time.monotonic() + LONGEST
    while not shared(item.config, "alone-are-done").exists() and time.monotonic() < until:
        time.sleep(0.2)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item, nextitem):
    if is_one_of_two(item.config) and is_alone(item) and not (nextitem and is_alone(nextitem)):
        shared(item.config, "alone-are-done").touch()


def pytest_unconfigure(config):
    if not is_one_of_two(config) and getattr(config.option, "testrunuid", None):
        for name in ("groups", "alone-are-done"):
            shared(config, name).unlink(missing_ok=True)
