"""The README's first command, and what a newcomer sees: the lesson, and nothing that is in its way."""

import itertools
import json
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

LEFT = "document.querySelector('#jp-left-stack').getBoundingClientRect().width"


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("first")


@pytest.fixture(scope="module")
def address(chromium_path, home):
    """Where a JupyterLab of `metagan-course lab` answers; as root too, since CI's containers are root."""
    places = {"JUPYTER_CONFIG_DIR": "config", "JUPYTER_RUNTIME_DIR": "run", "JUPYTER_DATA_DIR": "data"}
    places |= {"JUPYTERLAB_SETTINGS_DIR": "settings", "JUPYTERLAB_WORKSPACES_DIR": "workspaces"}
    words = ["lab", "--no-browser", "--port", "0", "--ServerApp.ip=127.0.0.1"]
    server = subprocess.Popen(
        [sys.executable, "-m", "metagan_course.course.cli", *words],
        env=os.environ | {name: str(home / folder) for name, folder in places.items()},
        stderr=subprocess.PIPE,
        text=True,
    )
    watchdog = threading.Timer(60, server.kill)
    watchdog.start()
    said = "".join(itertools.takewhile(lambda line: "Use Control-C" not in line, server.stderr))
    watchdog.cancel()
    drain = threading.Thread(target=server.stderr.read, daemon=True)
    drain.start()
    found = re.search(r"http://127\.0\.0\.1:\d+/lab\S+", said)
    assert found, said
    yield found[0]
    for _ in range(2):  # interrupted twice, a Jupyter server stops its kernels and leaves
        server.send_signal(signal.SIGINT)
    try:
        server.wait(20)
    except subprocess.TimeoutExpired:
        server.kill()


@pytest.fixture
def window(browser):
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    yield context.new_page()
    context.close()


def test_the_first_lesson_has_the_window_to_itself(window, address):
    away = []
    window.on(
        "request", lambda r: away.append(r.url) if "127.0.0.1" not in r.url and "://" in r.url else None
    )
    window.goto(address, wait_until="domcontentloaded")
    window.wait_for_selector(".jp-Notebook .jp-MarkdownCell h1", timeout=60_000)
    window.wait_for_function(f"{LEFT} === 0", timeout=60_000)
    window.wait_for_function("document.querySelectorAll('#jupyterlab-splash').length === 0", timeout=60_000)
    if folder := os.environ.get("METAGAN_SHOTS"):
        window.screenshot(path=f"{folder}/first_start.png")
    notebook = window.locator(".jp-NotebookPanel").first.bounding_box()
    assert notebook["width"] > 1200
    assert window.locator(".jp-Dialog, .Toastify__toast").count() == 0
    assert not [url for url in away if not url.startswith(("data:", "blob:"))]


def kept_panel(home: Path) -> dict:
    """The left panel as JupyterLab has written it down."""
    (file,) = (home / "workspaces").glob("*.jupyterlab-workspace")
    return json.loads(file.read_text(encoding="utf-8"))["data"]["layout-restorer:data"]["left"]


def test_a_panel_that_the_reader_opens_stays_open(window, address, home):
    window.goto(address, wait_until="domcontentloaded")
    window.wait_for_selector(".jp-Notebook", timeout=60_000)
    window.wait_for_function(f"{LEFT} === 0", timeout=60_000)
    window.locator(".jp-SideBar.jp-mod-left [data-id='filebrowser']").click()
    window.wait_for_function(f"{LEFT} > 100", timeout=60_000)
    while kept_panel(home)["collapsed"]:  # JupyterLab writes what it shows a moment later
        window.wait_for_timeout(50)
    window.reload(wait_until="domcontentloaded")
    window.wait_for_function(f"document.querySelector('#jp-left-stack') && {LEFT} > 100", timeout=60_000)
