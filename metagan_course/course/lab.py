"""JupyterLab, opened on the first lesson: no question about news, the file browser closed, root welcome.

Only defaults are set. What a reader changes in JupyterLab (panels, settings) is theirs and stays.
"""

import json
import os
from pathlib import Path

COURSE = Path(__file__).resolve().parents[2]
SETTINGS = Path(__file__).parent / "lab_settings"
WORKSPACE = "metagan-course"
FIRST_LESSON = "notebooks/00_start_here.ipynb"
PROMPT = "--ServerApp.kernel_websocket_connection_class=metagan_course.course.lab_connection.PromptConnection"


def run(options: list[str]) -> None:
    """Start JupyterLab with the reader's own options behind the course's."""
    from jupyterlab.labapp import main as jupyter_lab

    before = os.environ.get("JUPYTER_CONFIG_PATH")
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, [str(SETTINGS), before]))
    # as an address, not as a file to open: --no-browser prints it too
    address = f"/lab/workspaces/{first_workspace()}/tree/{FIRST_LESSON}"
    jupyter_lab(
        [
            f"--LabApp.default_url={address}",
            f"--ServerApp.root_dir={COURSE}",
            PROMPT,
            *allow_root(options),
            *options,
        ]
    )


def allow_root(options: list[str]) -> list[str]:
    """In a container one is root, and JupyterLab refuses root unless told otherwise."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    return ["--allow-root"] if is_root and "--allow-root" not in options else []


def first_workspace() -> str:
    """The course's own arrangement of panels: written once, afterwards what the reader made of it."""
    from jupyterlab.labapp import get_workspaces_dir
    from jupyterlab_server.workspaces_handler import WorkspacesManager

    manager = WorkspacesManager(get_workspaces_dir())
    if not any(space["metadata"]["id"] == WORKSPACE for space in manager.list_workspaces()):
        manager.save(WORKSPACE, json.dumps({"data": closed_panels(), "metadata": {"id": WORKSPACE}}))
    return WORKSPACE


def closed_panels() -> dict:
    """Both side panels closed: the page has the window to itself."""
    side = {"collapsed": True, "widgets": []}
    return {"layout-restorer:data": {"left": side, "right": side, "relativeSizes": [0, 1, 0]}}
