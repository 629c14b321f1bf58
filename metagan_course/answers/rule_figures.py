"""The pictures of lesson 06: the race on one landscape, and what a rule of rates has learned.

Not here: rules and landscapes (rules.py, valleys.py); steps come in, figures go out.
"""

import math
from collections.abc import Callable

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from metagan_course.answers.rules import RateRule
from metagan_course.answers.valleys import FAR, Tasks, distance, path, roll
from metagan_course.palette import FAINT, INK, METHODS, MUTED
from metagan_course.steps import Step
from metagan_course.weights import Params, as_function

TITLES = {
    "learned": "learned rule",
    "sgd": "plain descent",
    "momentum": "momentum",
    "adam": "Adam",
    "optimism": "optimism",
}
REACH, START = 1.7, (-1.1, 0.9)


def show_distances(ax: Axes, on_the_way: dict[str, Tensor]) -> None:
    """log10 of the distance after each step, one line a rule: each (K + 1,)."""
    for name, logs in on_the_way.items():
        look = {"lw": 2.5, "zorder": 3} if name == "learned" else {"lw": 1.5}
        ax.plot(range(len(logs)), logs, "o-", ms=3, color=METHODS[name], label=TITLES[name], **look)
    ax.set(xlabel="steps", ylabel="log10 of the distance")


# --- what was learned --------------------------------------------------------------------------------------


def rate_factors(network: RateRule, psi: Params, turns: Tensor, before: float = 0.5) -> Tensor:
    """By what a rule multiplies its rate when it reads these turns, the turn before being `before`: (n,)."""
    inputs = torch.stack([turns, torch.full_like(turns, before)], -1)  # (n, 2)
    own = {n.removeprefix("net."): w for n, w in psi.items() if n.startswith("net.")}
    return as_function(network.net)(own, inputs)[:, 0].detach().exp()


def newton_factors(turns: Tensor) -> Tensor:
    """1 / (1 - q) with q = r / (1 - |r|) = g / l: the factor that would land on the bottom of a parabola."""
    return 1 / (1 - turns / (1 - turns.abs()))


def show_factors(ax: Axes, network: RateRule, psi: Params) -> None:
    """The learned curve, and the one that a parabola asks for, up to q = 0.9."""
    turns = torch.linspace(-0.85, 0.47, 100)
    ax.plot(turns, newton_factors(turns), "--", color=MUTED, label="what a parabola asks for")
    ax.plot(turns, rate_factors(network, psi, turns), color=METHODS["learned"], lw=2.5, label="learned")
    ax.axhline(1, color=FAINT)
    ax.set(yscale="log", xlabel="turn r of the gradient", ylabel="the rate is multiplied by")
    ax.legend()


# --- the race ----------------------------------------------------------------------------------------------


def landscape(stretch: float, turn: float, bend: float, steep: float) -> Tasks:
    """One valley: curvatures `steep` and `steep` / `stretch`, turned by so many degrees, bent, one start."""
    c, s = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    data = {
        "h": torch.tensor([[steep / stretch, steep]]),
        "turn": torch.tensor([[[c, s], [-s, c]]]),
        "bend": torch.tensor([float(bend)]),
    }
    return Tasks(data, {"w": torch.tensor([START])}, roll, (("w",),))


def heights(data: dict[str, Tensor], n: int = 60) -> tuple[Tensor, Tensor]:
    """The axis (n,) and the height of the valley at each place (n, n)."""
    axis = torch.linspace(-REACH, REACH, n)
    w = torch.stack(torch.meshgrid(axis, axis, indexing="xy"), -1)  # (n, n, 2)
    u = (data["turn"][0] @ w[..., None])[..., 0]
    v = u[..., 1] - data["bend"] * u[..., 0] ** 2
    return axis, (data["h"][0, 0] * u[..., 0] ** 2 + data["h"][0, 1] * v**2) / 2


def race(rules: dict[str, Step]) -> Callable[..., Figure]:
    """draw(step, stretch, turn, bend, steep): every rule on one landscape, its path and its distance."""

    def draw(step: int, stretch: float, turn: int, bend: float, steep: float) -> Figure:
        tasks = landscape(stretch, turn, bend, steep)
        figure = Figure(figsize=(8.4, 3.5))  # placed by hand: the same size with every choice
        map_, chart = figure.add_axes((0.09, 0.14, 0.36, 0.76)), figure.add_axes((0.56, 0.14, 0.42, 0.76))
        show_valley(map_, tasks.data)
        on_the_way = {}
        for name, rule in rules.items():
            places = list(path(tasks, rule, step))
            show_path(map_, torch.cat([w["w"] for w in places]).clamp(-9, 9), name)
            far = torch.cat([distance(w) for w in places]).nan_to_num(nan=1e9)
            on_the_way[name] = far.clamp(FAR, 1e3).log10()
        show_distances(chart, on_the_way)
        chart.set(xlim=(-0.3, 20.3), ylim=(-6.3, 5.6), title=f"After {step} steps: lower is nearer")
        chart.legend(loc="upper center", fontsize=8, ncol=2)
        return figure

    return draw


def show_valley(ax: Axes, data: dict[str, Tensor]) -> None:
    axis, z = heights(data)
    ax.contour(
        axis, axis, z, levels=float(z.max()) * torch.tensor([0.003, 0.02, 0.07, 0.2, 0.5]), colors=FAINT
    )
    ax.plot(0, 0, "x", color=INK)
    ax.set(xlim=(-REACH, REACH), ylim=(-REACH, REACH), xlabel="first weight", ylabel="second weight")
    ax.set_title("One start, one bottom (x)")


def show_path(ax: Axes, places: Tensor, name: str) -> None:
    ax.plot(*places.T, "o-", ms=3, lw=1.5, color=METHODS[name], label=TITLES[name])
