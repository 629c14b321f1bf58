"""The five starts the explorer compares: one small network, its loss, and the shipped weights.

Not here: how the starts were trained (train.py) and what is done with them (simulation.py).
"""

import json
from pathlib import Path

import torch
from safetensors.torch import load_file

from metagan_course.weights import Params

from .methods import LEARNERS, METHODS, TITLES

FOLDER = Path(__file__).parents[2] / "pretrained" / "sines"
WIDTHS = (1, 40, 40, 1)
RATES = (0.001, 0.003, 0.01, 0.03, 0.1)  # outer rates that every method may choose from


def random_weights(
    generator: torch.Generator, widths: tuple[int, ...] = WIDTHS, *, init: str = "wide"
) -> Params:
    """w_ij ~ N(0, 1 / fan_in), b = 0: Glorot's start up to a constant, which suits tanh ("wide").

    "narrow" is the default of torch.nn.Linear: w_ij and b uniform within 1 / sqrt(fan_in), a third of that
    variance.
    """
    weights = {}
    for layer, (fan_in, fan_out) in enumerate(zip(widths, widths[1:], strict=False), start=1):
        weights[f"w{layer}"], weights[f"b{layer}"] = INITS[init](fan_in, fan_out, generator)
    return weights  # w (fan_in, fan_out), b (fan_out,)


def _wide(fan_in, fan_out, generator):
    return torch.randn(fan_in, fan_out, generator=generator) * fan_in**-0.5, torch.zeros(fan_out)


def _narrow(fan_in, fan_out, generator):
    uniform = lambda *shape: 2 * torch.rand(*shape, generator=generator) - 1  # noqa: E731
    return uniform(fan_in, fan_out) * fan_in**-0.5, uniform(fan_out) * fan_in**-0.5


INITS = {"wide": _wide, "narrow": _narrow}


def predict(w: Params, x: torch.Tensor) -> torch.Tensor:
    """f_w(x): 1-40-40-1 with tanh, x (N,) -> (N,). Weights (..., in, out) of many networks give (..., N)."""
    h = torch.tanh(x[..., None] @ w["w1"] + w["b1"][..., None, :])  # (..., N, 40)
    h = torch.tanh(h @ w["w2"] + w["b2"][..., None, :])  # (..., N, 40)
    return (h @ w["w3"] + w["b3"][..., None, :])[..., 0]  # (..., N)


def squared_error(w: Params, points: torch.Tensor) -> torch.Tensor:
    """L(w; S) = mean over (x, y) in S of (f_w(x) - y)^2, for points (N, 2); (...) of many networks."""
    return (predict(w, points[..., 0]) - points[..., 1]).square().mean(-1)


def load_starts(folder: Path = FOLDER) -> dict[str, Params]:
    """The shipped start of every method, {method: {name: tensor}}."""
    flat = load_file(folder / "starts.safetensors")
    return {m: {n.split("/")[1]: v for n, v in flat.items() if n.split("/")[0] == m} for m in METHODS}


def load_manifest(folder: Path = FOLDER) -> dict:
    """How the shipped starts were made: the command, the settings, and what each method was given."""
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


def load_comparison(folder: Path = FOLDER) -> dict:
    """Every method at its own best outer rate, three seeds: rows[init][updates][method]; see train.py."""
    return json.loads((folder / "comparison.json").read_text(encoding="utf-8"))


def budget_note(manifest: dict) -> str:
    """What the shipped starts were given, in one paragraph."""
    budget, spent = manifest["budget"], manifest["spent"]
    work = "; ".join(
        f"{TITLES[m]} {spent[m]['gradients'] / 1e6:.2f} M gradients"
        + (
            f" and {spent[m]['hessian_products'] / 1e6:.2f} M Hessian products"
            if spent[m]["hessian_products"]
            else ""
        )
        for m in LEARNERS
    )
    points, alpha = budget["support"] + budget["query"], budget["alpha"]
    return (
        "Budget: the five starts above share one network (1-40-40-1, tanh; weights w) and one random start. "
        f"Each method saw the same {spent['maml']['tasks']:,} tasks of {points} points in "
        f"{budget['outer_steps']:,} outer updates (K = {budget['inner_steps']}, alpha = {alpha}). "
        f"What that cost differs: {work}."
    )
