"""The pictures of lesson 08: a Meta-GAN on one task, step by step, with any player held still.

Not here: how the starts were learned, and the scores over many tasks (meta_gan.py).
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from metagan_course import terms
from metagan_course.answers.meta_gan import BOTH, Learned, adapting
from metagan_course.inner import adapt_game_path
from metagan_course.metrics import energy_distance
from metagan_course.palette import FAKE, FLOOR, INK, MUTED, REAL
from metagan_course.tasks.base import Task
from metagan_course.training.architectures import networks
from metagan_course.training.game import games
from metagan_course.weights import Params

REACH, SIDE, MOVES = 2.6, 41, 10
COLOURS = {"G": FAKE, "D": INK}


class Walk(NamedTuple):
    """One task, step by step: every list has MOVES + 1 entries."""

    samples: list[Tensor]  # (200, 2) each
    fields: list[Tensor]  # D's logits on the square, (SIDE, SIDE)
    far: list[float]  # energy distance to the query
    went: dict[str, list[float]]  # |w_t - w_0| of each player


def walk(start: Learned, task: Task, *, adapts: str = BOTH, factor: float = 1.0, seed: int = 0) -> Walk:
    """The inner loop on the first task of `task`, seen after every pair of moves."""
    recipe, built = start.recipe, networks(start.recipe)
    pair = terms.pair(built.gen, built.disc)
    (g, meta_g), (d, meta_d) = adapting(recipe, start.meta_g, start.meta_d, adapts, factor)
    draws = torch.Generator().manual_seed(seed)
    noise = torch.randn(MOVES, 2, recipe.inner_batch, recipe.z_size, generator=draws)
    z = torch.randn(200, recipe.z_size, generator=draws)
    data = {"x": task.support[0]}
    (gen, step_g), (disc, step_d) = g.begin(meta_g, data), d.begin(meta_d, data)
    inner, _ = games(recipe, pair, None)
    path = list(adapt_game_path(inner, gen, disc, data, noise, step_g, step_d, first_order=True))
    ticks = torch.linspace(-REACH, REACH, SIDE)
    square = torch.cartesian_prod(ticks, ticks).flip(1)  # rows are heights
    with torch.no_grad():
        samples = [pair.draw(gen, z) for gen, _ in path]
        fields = [pair.judge(disc, square).reshape(SIDE, SIDE) for _, disc in path]
    far = [energy_distance(x, task.query[0]).item() for x in samples]
    went = {"G": [gap(p, gen) for p, _ in path], "D": [gap(t, disc) for _, t in path]}
    return Walk(samples, fields, far, went)


def gap(a: Params, b: Params) -> float:
    """|a - b| over all weights."""
    return sum((a[n] - b[n]).square().sum() for n in a).sqrt().item()


def floor_of(task: Task) -> float:
    """What one half of the query scores against the other."""
    return energy_distance(task.query[0][::2], task.query[0][1::2]).item()


def shown_field(seen: Walk, step: int, task: Task, ax: Axes) -> Axes:
    """D's probabilities as a map, the support, and the samples."""
    ax.imshow(
        seen.fields[step].sigmoid(),
        extent=(-REACH, REACH, -REACH, REACH),
        origin="lower",
        cmap="Greys",
        vmin=0,
        vmax=1.6,
        interpolation="bilinear",
    )
    ax.scatter(*seen.samples[step].T, s=6, color=FAKE, label="G's samples")
    ax.scatter(*task.support[0].T, s=22, color=REAL, marker="x", label="support")
    ax.set(xlim=(-REACH, REACH), ylim=(-REACH, REACH), xlabel="x", ylabel="y", aspect="equal")
    return ax


def opening(start: Learned, task: Task, axes: Sequence[Axes], at=(0, 1, 3, 10)) -> None:
    """One task of the test side after a few steps."""
    seen = walk(start, task)
    for ax, step in zip(axes, at, strict=True):
        shown_field(seen, step, task, ax).set_title(f"step {step}: distance {seen.far[step]:.2f}")
    axes[0].legend(loc="lower left", fontsize=7)


def stepper(starts: Mapping[str, Learned], tasks: list[Task]) -> Callable[..., Figure]:
    """draw(step, start, adapts, task): the field and the samples, the score with its floor, how far they
    went.

    starts: by name; a film turns them by a menu, so that an outer loop's work can be put in and taken out.
    """

    @cache
    def seen(start: str, adapts: str, task: int) -> Walk:
        return walk(starts[start], tasks[task], adapts=adapts)

    def draw(step: int, start: str, adapts: str, task: int) -> Figure:
        one = seen(start, adapts, task)
        figure = Figure(figsize=(8.4, 3.4))
        left, middle, right = (
            figure.add_axes(box)
            for box in ((0.06, 0.14, 0.34, 0.74), (0.48, 0.16, 0.21, 0.7), (0.77, 0.16, 0.21, 0.7))
        )
        shown_field(one, step, tasks[task], left).set_title(
            f"step {step}: D's map and G's samples", fontsize=9
        )
        left.legend(loc="lower left", fontsize=7)
        middle.plot(one.far, color=MUTED)
        middle.plot(step, one.far[step], "o", color=FAKE)
        middle.axhline(max(0.0, floor_of(tasks[task])), color=FLOOR, ls="--", lw=2)
        middle.set(ylim=(-0.05, 2.2), xlabel="step", ylabel="energy distance to the query")
        middle.set_title(f"score {one.far[step]:.2f}, floor dashed", fontsize=9)
        for name, path in one.went.items():
            right.plot(path, color=COLOURS[name], alpha=0.5)
            right.plot(step, path[step], "o", color=COLOURS[name], label=name)
        right.set(xlabel="step", ylabel="way from the start")
        right.set_title("how far the weights went", fontsize=9)
        right.legend(fontsize=7)
        return figure

    return draw
