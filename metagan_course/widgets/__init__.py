"""The widgets of the course: a pure seeded simulation, a thin view and its JavaScript each.

    from metagan_course.widgets import GanStepper
    GanStepper(data="ring", seed=0)

A widget is imported when it is first asked for, so that `import metagan_course` needs no Jupyter.
"""

from importlib import import_module

_HOMES = {
    "GanStepper": "gan_stepper",
    "AdaptationExplorer": "adaptation_explorer",
    "Film": "film",
    "PhasePortrait": "phase_portrait",
    "DrawPad": "draw_pad",
    "WhichIsDrawn": "which_is_drawn",
}
__all__ = list(_HOMES)


def __getattr__(name: str):
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(_HOMES)}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}.view"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
