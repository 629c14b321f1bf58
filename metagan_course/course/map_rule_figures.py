"""The pictures of lesson 09: letters after a step, the rule inspector, scores against steps, and the filter.

Not here: walks and scores (map_rule_runs.py), what a rule is (answers/map_rules.py).
"""

import base64
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor
from torch.func import grad

from metagan_course.answers.map_rules import MapRule
from metagan_course.course.map_rule_runs import SHAPE, loss_on, pictures, walk, world
from metagan_course.palette import INK, METHODS, MUTED
from metagan_course.steps import Step
from metagan_course.weights import Params, as_function, params_of

COLOURS = {
    "rule": METHODS["learned"],
    "one step": METHODS["learned"],
    "meta-sgd": METHODS["meta_sgd"],
    "sgd": METHODS["sgd"],
    "momentum": METHODS["momentum"],
    "adam": METHODS["adam"],
    "natural": METHODS["optimism"],
}


def shipped_rule(told: dict) -> tuple[MapRule, Params]:
    """The rule of seed 0 that benchmarks/map_rules.py kept, in half precision."""
    network, psi = MapRule(), {}
    for name, w in params_of(network).items():
        numbers = np.frombuffer(base64.b64decode(told["psi"][name]), np.float16).copy()
        psi[name] = torch.from_numpy(numbers).float().reshape(w.shape)
    return network, psi


# --- letters -----------------------------------------------------------------------------------------------


def beside(x: Tensor) -> Tensor:
    """Pictures side by side, paper white between them: (n, 1, 28, 28) -> (28, 29 n - 1)."""
    return torch.nn.functional.pad(x[:, 0], (0, 1)).permute(1, 0, 2).flatten(1)[:, :-1]


def show(ax: Axes, x: Tensor, title: str, size: int = 9) -> None:
    ax.imshow(beside(x).numpy(), cmap="Greys", vmin=0, vmax=1)
    ax.set_axis_off()
    ax.set_title(title, fontsize=size)


def opening(rows: Mapping[str, tuple[Step, int]], support: Tensor, figure: Figure) -> None:
    """What five drawings become: a row a character, a column a rule and its number of steps."""
    made = {"five drawings shown": support}
    made |= {title: pictures(walk(step, support, t)[:, t], 4) for title, (step, t) in rows.items()}
    widths = [x.shape[1] for x in made.values()]
    axes = figure.subplots(1, len(made), width_ratios=widths)
    for ax, (title, x) in zip(axes, made.items(), strict=True):
        rows_of_ink = [torch.nn.functional.pad(beside(one), (0, 0, 0, 4)) for one in x]
        ax.imshow(torch.cat(rows_of_ink).numpy(), cmap="Greys", vmin=0, vmax=1)
        ax.set_axis_off()
        ax.set_title(title, fontsize=9)


# --- the rule inspector ------------------------------------------------------------------------------------


class Inspected(NamedTuple):
    """One character's walk: codes, gradients and updates as maps, a few pictures after each step."""

    gradients: Tensor  # (K + 1, 16, 7, 7)
    updates: Tensor  # (K, 16, 7, 7)
    pictures: Tensor  # (K + 1, 4, 1, 28, 28)


def inspect_walk(step: Step, support: Tensor, n_steps: int) -> Inspected:
    """support: (S, 1, 28, 28), one character's drawings."""
    codes = walk(step, support[None], n_steps)[0]
    loss = grad(loss_on(world(), world().features(support)))
    gradients = torch.stack([loss({"code": c})["code"] for c in codes]).detach().unflatten(1, SHAPE)
    return Inspected(gradients, (codes[1:] - codes[:-1]).unflatten(1, SHAPE), pictures(codes, 4))


def montage(maps: Tensor) -> Tensor:
    """16 maps of 7x7 in four rows of four, NaN between them: (31, 31)."""
    padded = torch.nn.functional.pad(maps, (0, 1, 0, 1), value=torch.nan)
    return padded.reshape(4, 4, 8, 8).permute(0, 2, 1, 3).reshape(32, 32)[:-1, :-1]


def show_maps(ax: Axes, maps: Tensor, title: str) -> None:
    """Blue below 0, red above, white 0; the scale is the maps' own and stands in the title."""
    top = maps.abs().max().item()
    ax.imshow(montage(maps).numpy(), cmap="RdBu_r", vmin=-top, vmax=top)
    ax.set_axis_off()
    ax.set_title(f"{title}\nlargest {top:.2g}", fontsize=9)


def inspector(rules: Mapping[str, Step], support: Tensor, n_steps: int = 10) -> Callable[..., Figure]:
    """draw(step, rule, character) for a film: gradient maps in, update maps out, picture before and after."""

    @cache
    def seen(rule: str, character: int) -> Inspected:
        return inspect_walk(rules[rule], support[character], n_steps)

    def draw(step: int, rule: str, character: int) -> Figure:
        one, k = seen(rule, character), step - 1
        figure = Figure(figsize=(8.4, 3.3), layout="constrained")
        left, middle, right = figure.subplots(1, 3, width_ratios=(1, 1, 1.25))
        show_maps(left, one.gradients[k], f"gradient before step {step}")
        show_maps(middle, one.updates[k], "what the rule adds to the code")
        rows = [support[character][:4], one.pictures[k], one.pictures[k + 1]]
        right.imshow(torch.cat([beside(x) for x in rows]).numpy(), cmap="Greys", vmin=0, vmax=1)
        right.set_yticks([14, 42, 70], ["shown", "before", "after"])
        right.set_xticks([])
        right.tick_params(length=0)
        right.set_title(f"{rule}: pictures around step {step}", fontsize=9)
        return figure

    return draw


# --- scores, and what was learned --------------------------------------------------------------------------


def show_scores(ax: Axes, lines: Mapping[str, Sequence[float]], at: Sequence[int], ylabel: str) -> None:
    """One line an arm against the number of steps."""
    for name, values in lines.items():
        look = {"lw": 2.5} if name == "rule" else {"ls": "--"} if name == "one step" else {"lw": 1.3}
        ax.plot(at, values, "o-" if "ls" not in look else "o", ms=3, color=COLOURS[name], label=name, **look)
    ax.set(xscale="log", xlabel="steps", ylabel=ylabel)
    ax.set_xticks(at, [str(t) for t in at])
    ax.minorticks_off()


def impulse(network: MapRule, psi: Params, g: Tensor, t: int = 0, size: float = 0.01) -> Tensor:
    """How an update answers one place of the gradient: the mean over 16 maps, each answering itself, (5, 5).

    d u_m(3 + i, 3 + j) / d g_m(3, 3) at a real gradient g, by small differences; plain descent has one dot.
    """
    rule, zeros = as_function(network), torch.zeros(SHAPE)
    answers = []
    with torch.no_grad():
        for m in range(SHAPE[0]):
            pushed = g.clone()
            pushed[m, 3, 3] += size
            change = rule(psi, pushed, pushed, zeros, t) - rule(psi, g, g, zeros, t)
            answers.append(change[m, 1:6, 1:6] / size)
    return torch.stack(answers).mean(0)


def show_impulse(ax: Axes, answer: Tensor, title: str) -> None:
    """The filter with its numbers."""
    top = answer.abs().max().item()
    ax.imshow(answer.numpy(), cmap="RdBu_r", vmin=-top, vmax=top)
    for (i, j), value in np.ndenumerate(answer.numpy()):
        dark = abs(value) > top / 2
        ax.text(j, i, f"{value:.1f}", ha="center", va="center", fontsize=7, color="w" if dark else INK)
    ax.set(xticks=[0, 2, 4], yticks=[0, 2, 4], xlabel="places across", ylabel="places down")
    ax.set_xticklabels(["-2", "0", "2"])
    ax.set_yticklabels(["-2", "0", "2"])
    ax.set_title(title, fontsize=9, color=MUTED)
