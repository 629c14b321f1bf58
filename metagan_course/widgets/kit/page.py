"""A widget as one HTML file: its script, its style and its last frame, nothing from outside, no kernel.

The controls work if the widget's view computes its pictures by itself; else the picture stands still and
says so.
"""

import base64
import html
import json
import re
from pathlib import Path

TRAITS = ("controls", "tasks", "scene", "frame")
EXPORT = re.compile(r"^\s*export default ", re.MULTILINE)

PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>
<style>:root {{ color-scheme: light dark; }}
{style}</style></head>
<body><div id="widget"></div>
<noscript><img alt="{words}" src="data:image/png;base64,{still}"></noscript>
<script type="module">
{script}
const state = {state}, listeners = {{}};
const bytes = Uint8Array.from(atob(state.arrays), c => c.charCodeAt(0));
state.arrays = new DataView(bytes.buffer);
const model = {{
  get: name => state[name], set: (name, value) => {{ state[name] = value; }}, save_changes() {{}},
  on: (name, act) => (listeners[name] ||= []).push(act), off() {{}},
  send() {{ throw new Error("this page has no kernel"); }},
}};
const shown = theWidget();
shown.initialize({{ model }});
shown.render({{ model, el: document.getElementById("widget") }});
</script></body></html>
"""


def write_page(widget, path: Path, **more) -> Path:
    """Write the widget's page and say where it is; `more` is what the page's model holds besides."""
    script = str(widget._esm)
    if len(EXPORT.findall(script)) != 1:
        raise ValueError("the widget's script must have exactly one `export default widget({...})`.")
    state = {name: getattr(widget, name) for name in TRAITS} | more
    state["arrays"] = base64.b64encode(widget.arrays).decode()
    path.write_text(
        PAGE.format(
            title=html.escape(type(widget).__name__),
            words=html.escape(widget.words()),
            style=str(widget._css),
            still=base64.b64encode(widget.still()).decode(),
            script=in_script(EXPORT.sub("const theWidget = ", script)),
            state=in_script(json.dumps(state)),
        ),
        encoding="utf-8",
    )
    return path


def in_script(text: str) -> str:
    """Nothing inside may end the <script> element."""
    return text.replace("</", "<\\/").replace("<!--", "<\\!--")
