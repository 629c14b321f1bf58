"""The three larger figures of lesson 01. Numbers in, a figure out; nothing is computed here."""

from collections.abc import Mapping, Sequence

import torch
from matplotlib import pyplot as plt
from torch import Tensor

from metagan_course.plots import scatter2d

Arm = tuple[str, str]  # optimiser, loss


def spelt(loss: str) -> str:
    """A loss as the prose writes it."""
    return {"non_saturating": "non-saturating", "wasserstein": "Wasserstein"}.get(
        loss, loss.replace("_", " ")
    )


def show_album(album: Tensor, real: Tensor, looks: Sequence[int], every: int = 50) -> None:
    """The generated points at some of the looks, over the data. album: (looks, n, 2)"""
    panels = plt.subplots(1, len(looks), figsize=(13, 3.6), sharex=True, sharey=True, layout="constrained")[1]
    for ax, look in zip(panels, looks, strict=True):
        scatter2d(real, album[look], ax, title=f"after {every * look} steps")
        ax.set(xlim=(-2.7, 2.7), ylim=(-2.7, 2.7))
        ax.get_legend().remove()
    panels[0].legend(loc="upper left", fontsize=8)


def show_six(logits: Tensor, pushes: Mapping[str, Tensor]) -> None:
    """How hard each loss pushes a sample, by its logit, over its push at 0. Every curve bears its name."""
    ax = plt.subplots(figsize=(8.6, 4.4), layout="constrained")[1]
    ax.axvspan(-9, -2, color="0.93")
    ax.text(-8.8, 25, "$D$ is sure: generated", fontsize=9)
    for (name, values), style in zip(pushes.items(), ("-", "-", "--", "-", ":", "-."), strict=True):
        (line,) = ax.plot(logits, values.abs(), style, linewidth=2.6 if name == "minimax" else 1.6)
        if name != "wasserstein":  # the same curve as hinge
            label = "hinge, Wasserstein" if name == "hinge" else spelt(name)
            place = (0.85 if name == "hinge" else 1) * values[-1].abs()
            ax.text(9.2, place, label, color=line.get_color(), va="center", fontsize=9)
    ax.text(1.3, 2e-4, "changes sign: pulls back", fontsize=8, color="C2")
    ax.set(xlim=(-9, 13.5), ylim=(1e-4, 50), yscale="log", xticks=range(-9, 10, 3))
    ax.set(xlabel="logit of a generated sample", ylabel="|push| over its value at 0")
    ax.set_title("Which samples does a loss listen to?")


def show_ends(curves: Mapping[Arm, Tensor], ends: Mapping[Arm, Tensor], floor: float) -> None:
    """One game of every arm, a panel an optimiser; beside them where many games of each arm end."""
    panels = plt.subplots(1, 3, figsize=(13, 3.8), sharey=True, layout="constrained")[1]
    for place, (arm, curve) in enumerate(curves.items()):
        (optimiser, loss), colour = arm, "C0" if arm[1] == "minimax" else "C1"
        ax = panels[int(optimiser == "Adam")]
        ax.plot(
            range(0, 50 * len(curve), 50),
            curve,
            "-" if colour == "C0" else "--",
            color=colour,
            label=spelt(loss),
        )
        ax.set(xlabel="step", ylabel="energy distance", title=f"{optimiser}: one game each")
        spread = torch.linspace(-0.2, 0.2, len(ends[arm]))
        panels[2].scatter(place + spread, ends[arm], s=16, color=colour)
        panels[2].hlines(ends[arm].log().mean().exp(), place - 0.3, place + 0.3, color="k")
    panels[2].set_xticks(range(len(curves)), [f"{o}\n{spelt(loss)}" for o, loss in curves], fontsize=8)
    panels[2].set(xlabel="arm", title="Where 12 games each end, geometric mean")
    for ax in panels:
        ax.set(yscale="log", ylim=(floor / 5, 5))
        ax.axhline(floor, color="0.5", linestyle=":", label="floor")
    panels[0].legend(fontsize=8)
