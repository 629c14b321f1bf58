"""The course runs without a network. tests/test_notebooks.py runs every lesson behind the guard tested here.

Two guards. kernel_side/sitecustomize.py makes every Python that finds it refuse to reach another machine: it
works for any user on any system. Where the system lets an ordinary user have a network of their own (Linux,
``unshare``), the package and lesson 00 also run in one that has no device at all, which native code cannot
get round.
"""

import os
import shutil
import subprocess
import sys

import pytest
from notebook_tools import KERNEL_SIDE, LESSONS, nbval

UNSHARE = ("unshare", "--user", "--map-root-user", "--net")
REACH = """
import socket, urllib.request
try:
    {how}
except OSError as error:
    print(type(getattr(error, 'reason', error)).__name__)  # urllib wraps it
else:
    print("connected")
"""
WAYS = (
    "urllib.request.urlopen('http://192.0.2.1/', timeout=3)",
    "socket.getaddrinfo('example.org', 80)",
    "socket.create_connection(('192.0.2.1', 443), timeout=3)",
    "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('192.0.2.1', 53))",
)
LOOPBACK = """
import socket
server = socket.create_server(("127.0.0.1", 0))
socket.create_connection(server.getsockname(), timeout=3)
socket.getaddrinfo("localhost", 80)
print("connected")
"""
IMPORTS = """
import importlib, pkgutil, metagan_course
names = [m.name for m in pkgutil.walk_packages(metagan_course.__path__, "metagan_course.")]
for name in names:
    importlib.import_module(name)
print(len(names))
"""


def guarded(code: str, log, prefix=()) -> str:
    environment = os.environ | {"PYTHONPATH": str(KERNEL_SIDE), "METAGAN_NETWORK_LOG": str(log)}
    command = [*prefix, sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("how", WAYS)
def test_the_guard_stops_and_notes_every_way_out(how, tmp_path):
    assert guarded(REACH.format(how=how), tmp_path / "log") == "OfflineError"
    assert (tmp_path / "log").read_text(encoding="utf-8").strip() in ("192.0.2.1", "example.org")


def test_the_guard_leaves_this_machine_alone(tmp_path):
    assert guarded(LOOPBACK, tmp_path / "log") == "connected"
    assert not (tmp_path / "log").exists()


def test_every_module_imports_without_a_network(tmp_path):
    assert int(guarded(IMPORTS, tmp_path / "log")) > 20
    assert not (tmp_path / "log").exists()


def may_cut_off() -> bool:
    """Whether this user may have a network namespace of their own; containers and old kernels say no."""
    return (
        bool(shutil.which("unshare"))
        and subprocess.run([*UNSHARE, "true"], capture_output=True).returncode == 0
    )


@pytest.fixture(scope="module")
def cut_off() -> tuple[str, ...]:
    if not may_cut_off():
        pytest.skip(
            "this system gives an ordinary user no network namespace; the socket guard has run instead"
        )
    return UNSHARE


def test_the_cut_is_real(cut_off):
    code = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=3)"
    done = subprocess.run([*cut_off, sys.executable, "-c", code], capture_output=True, text=True, timeout=30)
    assert done.returncode == 1 and "unreachable" in done.stderr


def test_lesson_00_runs_without_any_network_device(cut_off):
    run = nbval(LESSONS[0], prefix=cut_off)
    assert run.exit_code == 0 and not run.failures(), run.log[-4000:]
    assert run.cells and run.reached_for == []
