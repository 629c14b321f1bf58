"""What every widget stands on. A widget is a pure simulation, a `Scene` (scene.py) and a view.js.

controls.py    what can be turned: Slider, Number, Choice, Tick
scene.py       the Python half: state in, one frame out, the still picture, the mime bundle
still.py       pictures as PNG files
page.py        a widget as one HTML file, without a kernel
elements.js    elements and controls          draw.js    canvases, axes, arrows, heat, contours, pen
driver.js      the talk with the kernel, play  shell.js   tasks, spoken line, fold, keyboard
"""

from .controls import Choice, Number, Slider, Tick
from .scene import Scene, esm, style
from .still import as_png

__all__ = ["Choice", "Number", "Scene", "Slider", "Tick", "as_png", "esm", "style"]
