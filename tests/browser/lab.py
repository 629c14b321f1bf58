"""Drive widgets in a real browser: alone in a bare page, or in a real JupyterLab. No test lives here.

Bare page (about a second): `stage = mount(widget)` renders the widget's own JavaScript beside a stand-in for
Jupyter's model (stand_in.js). What the page saves or sends reaches the Python widget, what Python changes
comes back: the whole round trip without a kernel. `stage.push()` shows what Python changed by itself;
`stage.saved()` and `stage.sent()` list what left the page. A callback that raises fails the test.
Places are read from the page, never copied: `stage.place("canvas.x", "axes", 1, 2)` is where (1, 2) stands,
`stage.colour(...)` what is drawn there; `stage.bar("K")` and `stage.exact("K")` are the halves of a slider;
`stage.settled()` waits until every request is answered and drawn.

JupyterLab (about 10 s, once for all tests): `notebook = open_notebook(["code of cell 1", ...])` opens the
cells in JupyterLab and runs them; `notebook.page` is the playwright page, `notebook.eval("expression")` asks
the kernel, `notebook.restart_kernel()` does what it says, `notebook.trouble()` lists page errors, console
errors, exceptions in kernel callbacks and requests that left this machine; `notebook.shot("name")` keeps a
picture when METAGAN_SHOTS names a folder.
"""

import ast
import base64
import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from jupyter_client import BlockingKernelClient

from metagan_course.course.lab import PROMPT

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# What a kernel callback raises goes to a log nobody reads: keep it where a test can ask for it.
WATCH_CALLBACKS = """
import sys
callback_errors = []
def _watched(*args, _show=get_ipython().showtraceback, **kwargs):
    callback_errors.append(repr(sys.exc_info()[1]))
    _show(*args, **kwargs)
get_ipython().showtraceback = _watched
print('watching')
"""

# where a value stands, from the axes that the canvas itself tells (draw.js): pixels of the canvas
PLACE = """([canvas, name, x, y]) => {
  const node = typeof canvas === 'string' ? document.querySelector(canvas) : canvas;
  const [left, top, width, height, x0, x1, y0, y1] = JSON.parse(node.dataset.axes)[name];
  return [left + (x - x0) / (x1 - x0) * width, top + height - (y - y0) / (y1 - y0) * height]; }"""
PIXEL = """([canvas, x, y]) => {
  const node = document.querySelector(canvas), sharp = +node.dataset.sharp;
  const at = [x, y].map(v => Math.floor(v * sharp)); // the pixel that holds the place
  return [...node.getContext('2d').getImageData(...at, 1, 1).data].slice(0, 3); }"""


def place_on(page, canvas: str, axes: str, x: float, y: float) -> tuple[float, float]:
    """Where the value (x, y) of these axes stands, in pixels of the page."""
    box = page.locator(canvas).first.bounding_box()
    left, top = page.evaluate(PLACE, [canvas, axes, x, y])
    return box["x"] + left, box["y"] + top


def shown(page) -> bytes:
    """The picture that a film shows, as PNG."""
    numbers = page.evaluate("""async () => {
        const answer = await fetch(document.querySelector('.mg img').src);
        return [...new Uint8Array(await answer.arrayBuffer())]; }""")
    return bytes(numbers)


def loaded(stage):
    """Every request is answered, and the film's pictures stand on the page."""
    stage.settled()
    stage.page.wait_for_function(
        "[...document.querySelectorAll('.mg img')].every(e => e.complete && e.dataset.drawn)"
    )


STAND_IN = (Path(__file__).parent / "stand_in.js").read_text()


class Stage:
    """One widget in a bare page. `display()` shows it a second time, `undisplay(n)` takes display n away."""

    def __init__(self, page, widget):
        self.page, self.widget = page, widget
        self._messages, self._last = [], {}
        widget.send = lambda content, buffers=None: self._messages.append(content)
        page.expose_function("__to_python", self._to_python)
        page.goto("about:blank")
        page.evaluate("document.body.style.margin = '8px'")
        css = str(widget._css) if hasattr(widget, "_css") else ""
        page.evaluate(STAND_IN, [str(widget._esm), css, self._changes()])

    def push(self):
        """Bring to the page what Python changed by itself."""
        self.page.evaluate("changes => window.receive(changes)", self._answer())

    def display(self):
        self.page.evaluate("window.display()")

    def undisplay(self, number: int):
        self.page.evaluate("n => window.undisplay(n)", number)

    def disconnect(self):
        """From now on nothing reaches Python and nothing comes back, as after a kernel restart."""
        self.page.evaluate("window.connected = false")

    def settled(self):
        """Every request is answered, and every display shows the answer."""
        self.page.wait_for_function(
            "[...document.querySelectorAll('.mg')].every(e => e.dataset.waiting === 'false')", polling=10
        )

    def bar(self, name: str):
        return self.page.locator(f"[data-control={name}] input[type=range]")

    def exact(self, name: str):
        return self.page.locator(f"[data-control={name}] input[type=number]")

    def pick(self, name: str):
        return self.page.locator(f"[data-control={name}] select")

    def tick(self, name: str):
        return self.page.locator(f"[data-control={name}] input[type=checkbox]")

    def status(self) -> str:
        return self.page.locator(".mg-status").first.inner_text()

    def place(self, canvas: str, axes: str, x: float, y: float) -> tuple[float, float]:
        return place_on(self.page, canvas, axes, x, y)

    def colour(self, canvas: str, axes: str, x: float, y: float) -> tuple[int, int, int]:
        """What is drawn at the value (x, y)."""
        return tuple(self.page.evaluate(PIXEL, [canvas, *self.page.evaluate(PLACE, [canvas, axes, x, y])]))

    def drag(self, canvas: str, axes: str, begin, end, steps: int = 12):
        self.page.mouse.move(*self.place(canvas, axes, *begin))
        self.page.mouse.down()
        self.page.mouse.move(*self.place(canvas, axes, *end), steps=steps)
        self.page.mouse.up()
        self.settled()

    def touch(self, canvas: str, axes: str, begin, end, steps: int = 6):
        """The same with a finger: pointer events of the type touch."""
        points = [
            [b + (e - b) * i / steps for b, e in zip(begin, end, strict=True)] for i in range(steps + 1)
        ]
        places = [self.place(canvas, axes, *point) for point in points]
        touch = self.page.context.new_cdp_session(self.page)
        send = lambda kind, at: touch.send(  # noqa: E731
            "Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in at]}
        )
        send("touchStart", places[:1])
        for place in places[1:]:
            send("touchMove", [place])
        send("touchEnd", [])
        touch.detach()
        self.settled()

    def saved(self) -> list[dict]:
        return self.page.evaluate("window.saved")

    def sent(self) -> list:
        return self.page.evaluate("window.sent")

    def _to_python(self, what: dict) -> dict:
        if "state" in what:
            self.widget.set_state({name: _decode(value) for name, value in what["state"].items()})
            # the page knows these values already; sending them back would fight with what it does next
            self._last |= {n: v for n, v in self._state().items() if n in what["state"]}
        else:  # straight to the callbacks: ipywidgets' dispatcher would swallow what they raise
            for callback in self.widget._msg_callbacks.callbacks:
                callback(self.widget, what["content"], [])
        return self._answer()

    def _answer(self) -> dict:
        messages, self._messages = self._messages, []
        return {"state": self._changes(), "messages": messages}

    def _state(self) -> dict:
        hidden = ("comm", "layout", "style", "tabbable", "tooltip")
        names = [n for n in self.widget.keys if not n.startswith("_") and n not in hidden]
        return {name: _encode(getattr(self.widget, name)) for name in names}

    def _changes(self) -> dict:
        state = self._state()
        changed = {n: v for n, v in state.items() if n not in self._last or self._last[n] != v}
        self._last = state
        return changed


def _encode(value):
    binary = isinstance(value, bytes | bytearray | memoryview)
    return {"b64": base64.b64encode(bytes(value)).decode()} if binary else value


def _decode(value):
    encoded = isinstance(value, dict) and set(value) == {"b64"}
    return memoryview(base64.b64decode(value["b64"])) if encoded else value


class Lab:
    """A JupyterLab server of our own: a free loopback port and its own settings, none of the user's."""

    def __init__(self, home: Path):
        self.home, self.root, self.token = home, home / "notebooks", secrets.token_hex(8)
        self.root.mkdir()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{free.getsockname()[1]}"
        self._write("config/labconfig/page_config.json", _QUIET)
        self._write(
            "settings/@jupyterlab/notebook-extension/tracker.jupyterlab-settings", {"windowingMode": "none"}
        )
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1"]
        command += [f"--port={self.url.rsplit(':')[-1]}", "--ServerApp.port_retries=0"]
        command += [f"--IdentityProvider.token={self.token}", f"--ServerApp.root_dir={self.root}"]
        command += ["--LabApp.expose_app_in_browser=True", "--LabApp.extension_manager=readonly", PROMPT]
        with (home / "log").open("wb") as log:
            self._server = subprocess.Popen(
                command, env=self._environment(), stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )

    def _write(self, name: str, content: dict):
        file = self.home / name
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(content))

    def _environment(self) -> dict:
        own = {"CONFIG_DIR": "config", "RUNTIME_DIR": "run", "DATA_DIR": "data"}
        places = {f"JUPYTER_{name}": str(self.home / folder) for name, folder in own.items()}
        places |= {
            f"JUPYTERLAB_{name}_DIR": str(self.home / name.lower()) for name in ("SETTINGS", "WORKSPACES")
        }
        return os.environ | places | {"OMP_NUM_THREADS": "1", "IPYTHONDIR": str(self.home / "ipython")}

    def get(self, address: str):
        answer = urllib.request.urlopen(f"{self.url}{address}?token={self.token}", timeout=5)
        return json.load(answer)

    def wait(self, seconds: float = 60):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self._server.poll() is None:
            with contextlib.suppress(OSError):
                return self.get("/api/status")
            time.sleep(0.1)
        raise RuntimeError(f"JupyterLab did not start:\n{(self.home / 'log').read_text()[-3000:]}")

    def stop(self):
        """Interrupted twice, a Jupyter server stops its kernels and leaves; what stays is killed."""
        for _ in range(2):
            self._server.send_signal(signal.SIGINT)
            time.sleep(0.3)
        self._server.terminate()
        try:
            self._server.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self._server.pid, signal.SIGKILL)


_TRACKER = "settings/@jupyterlab/notebook-extension/tracker.jupyterlab-settings"
_QUIET = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}


class Notebook:
    """A notebook of the given cells, open and run in JupyterLab."""

    def __init__(self, lab: Lab, page, cells: list[str], *, name: str = "test", outputs: dict | None = None):
        self.lab, self.page, self.name = lab, page, f"{name}.ipynb"
        self._page_trouble, self._client = [], None
        page.on("pageerror", self._failed)
        page.on("console", self._heard)
        page.on("request", self._requested)
        sources = [WATCH_CALLBACKS, *cells]
        (lab.root / self.name).write_text(json.dumps(_notebook(sources, outputs or {})))
        page.goto(f"{lab.url}/lab/tree/{self.name}?token={lab.token}&reset", wait_until="domcontentloaded")
        page.wait_for_selector(".jp-Notebook", timeout=60_000)

    def _failed(self, error):
        self._page_trouble.append(f"page error: {(error.stack or str(error))[:900]}")

    def run_all(self):
        # the promise of run-all is not returned: evaluate would wait for it
        self.page.evaluate("""async () => {
            const app = window.jupyterapp; await app.restored; const w = app.shell.currentWidget;
            await w.context.ready; await w.sessionContext.ready;
            app.commands.execute('notebook:run-all-cells'); }""")
        self.page.wait_for_selector(".jp-OutputArea-output >> text=watching", timeout=60_000)
        return self

    def wait_for(self, expression: str, seconds: float = 60):
        """Until a JavaScript expression is true; else what the cells printed, which usually says why not."""
        deadline = time.monotonic() + seconds
        while not self.page.evaluate(expression):
            if time.monotonic() > deadline:
                outputs = self.page.locator(".jp-OutputArea").all_inner_texts()
                raise AssertionError(
                    f"after {seconds} s not true: {expression}\n" + "\n".join(outputs)[-3000:]
                )
            self.page.wait_for_timeout(50)

    def restart_kernel(self):
        """Restart without the dialogue; the cells stay as they are, shown but dead."""
        self._close()
        self.page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")

    def eval(self, expression: str):
        """The value of a Python expression in the notebook's kernel (whatever JSON can carry)."""
        code = {"value": f"__import__('json').dumps({expression})"}
        reply = self._kernel().execute_interactive("", silent=True, user_expressions=code, timeout=60)
        value = reply["content"]["user_expressions"]["value"]
        if value["status"] != "ok":
            raise AssertionError(f"{expression}: {value['ename']}: {value['evalue']}")
        return json.loads(ast.literal_eval(value["data"]["text/plain"]))

    def trouble(self) -> list[str]:
        return self._page_trouble + [f"callback: {error}" for error in self.eval("callback_errors")]

    def shot(self, name: str, selector: str | None = None):
        if folder := os.environ.get("METAGAN_SHOTS"):
            target = self.page.locator(selector).first if selector else self.page
            target.screenshot(path=str(Path(folder) / f"{name}.png"))

    def close(self):
        self._close()
        self.page.context.close()

    def _kernel(self) -> BlockingKernelClient:
        if self._client is None:
            sessions = self.lab.get("/api/sessions")
            kernel = next(s["kernel"]["id"] for s in sessions if s["path"] == self.name)
            self._client = BlockingKernelClient(
                connection_file=str(self.lab.home / f"run/kernel-{kernel}.json")
            )
            self._client.load_connection_file()
            self._client.start_channels()
            self._client.wait_for_ready(30)
        return self._client

    def _close(self):
        if self._client is not None:
            self._client.stop_channels()
            self._client = None

    def _heard(self, message):
        if message.type == "error":
            self._page_trouble.append(
                f"console: {message.text[:300]} ({message.location.get('url', '')[:120]})"
            )

    def _requested(self, request):
        if not request.url.startswith((self.lab.url, self.lab.url.replace("http", "ws"), "data:", "blob:")):
            self._page_trouble.append(f"request to {request.url[:200]}")


def _notebook(sources: list[str], outputs: dict) -> dict:
    cells = [
        {"id": f"c{i}", "cell_type": "code", "metadata": {}, "source": source, "execution_count": None}
        | {"outputs": outputs.get(i, [])}
        for i, source in enumerate(sources)
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return {"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
