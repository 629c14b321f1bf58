"""The browser, the bare page and the JupyterLab that the widget tests share. How to use them: lab.py."""

import pytest
from lab import FLAGS, Lab, Notebook, Stage


@pytest.fixture(scope="session")
def browser(chromium_path):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser):
    """A bare page that fails its test on any uncaught error, console error or request to anywhere."""
    context = browser.new_context(viewport={"width": 1000, "height": 900})
    page, trouble = context.new_page(), []
    page.on("pageerror", lambda error: trouble.append(f"page error: {error}"))
    page.on("console", lambda m: trouble.append(f"console: {m.text}") if m.type == "error" else None)
    local = ("about:", "data:", "blob:")
    page.on("request", lambda r: None if r.url.startswith(local) else trouble.append(f"request to {r.url}"))
    yield page
    context.close()
    assert not trouble, "\n".join(trouble)


@pytest.fixture
def mount(page):
    """mount(widget) -> Stage: the widget alone in a bare page, its Python side answering."""
    return lambda widget: Stage(page, widget)


@pytest.fixture(scope="session")
def lab(chromium_path, tmp_path_factory):
    """One JupyterLab server for all browser tests (it needs chromium only to skip where there is none)."""
    server = Lab(tmp_path_factory.mktemp("lab"))
    try:
        server.wait()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module")
def open_notebook(browser, lab, request):
    """open_notebook(cells, run=True) -> Notebook, on a laptop's screen; all closed with the module."""
    opened = []

    def open_one(cells: list[str], *, run=True, outputs=None, size=(1366, 768)) -> Notebook:
        context = browser.new_context(viewport=dict(zip(("width", "height"), size, strict=True)))
        name = f"{request.module.__name__}_{len(opened)}"
        opened.append(Notebook(lab, context.new_page(), cells, name=name, outputs=outputs))
        return opened[-1].run_all() if run else opened[-1]

    yield open_one
    for notebook in opened:
        notebook.close()
