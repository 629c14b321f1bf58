"""Train the explorer's starts at one budget: python -m metagan_course.widgets.adaptation_explorer.train

Every method sees the same tasks in the same order, the same points of each, from one random network, with one
outer rule (Adam at the same falling rate). They differ in one line: the gradient. Not a general trainer: that
is metagan_course.training.
"""

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors.torch import save_file

from metagan_course.steps import adam, sgd
from metagan_course.tasks import Sines
from metagan_course.weights import Params, detached

from .methods import LEARNERS, count_work, start_gradient
from .starts import FOLDER, random_weights, squared_error

COMMAND = "python -m metagan_course.widgets.adaptation_explorer.train"


@dataclass(frozen=True)
class Budget:
    """What every method is given."""

    outer_steps: int = 5000
    tasks_per_step: int = 16
    support: int = 10
    query: int = 10
    inner_steps: int = 5  # K
    alpha: float = 0.02  # inner rate
    beta: float = 0.001  # outer rate at the first step, falling to 0 along a line
    seed: int = 0


def random_start(budget: Budget) -> Params:
    """The one random network that every method begins with; "from scratch" stays there."""
    return random_weights(torch.Generator().manual_seed(budget.seed))


def train_start(method: str, budget: Budget) -> Params:
    """`outer_steps` times w <- Adam(w, the method's gradient on the next batch of tasks)."""
    w, step = random_start(budget), sgd(budget.alpha)
    draws = torch.Generator().manual_seed(budget.seed + 1)
    state = adam(budget.beta).init(w)
    for done in range(budget.outer_steps):
        tasks = batch_of_tasks(budget, draws)
        gradient = start_gradient(method, squared_error, w, tasks, step, budget.inner_steps)
        rate = budget.beta * (1 - done / budget.outer_steps)
        w, state = adam(rate)(w, detached(gradient), state)
    return w


def batch_of_tasks(budget: Budget, generator: torch.Generator):
    sizes = budget.tasks_per_step, budget.support, budget.query
    return Sines().sample(*sizes, split="train", generator=generator)


def spent(method: str, budget: Budget) -> dict:
    """What the method used, from the counters: tasks and points are equal, the work is not."""
    w, tasks = random_start(budget), batch_of_tasks(budget, torch.Generator().manual_seed(0))
    work = count_work(method, squared_error, w, tasks, sgd(budget.alpha), budget.inner_steps)
    seen = budget.outer_steps * budget.tasks_per_step
    return {
        "tasks": seen,
        "points": seen * (budget.support + budget.query),
        "outer_updates": budget.outer_steps,
        "gradients": seen * work.gradients,
        "hessian_products": seen * work.hessian_products,
    }


def make(folder: Path, budget: Budget) -> None:
    """Write starts.safetensors and manifest.json."""
    starts = {"scratch": random_start(budget)}
    for method in LEARNERS:
        print(f"training {method} ...", flush=True)
        starts[method] = train_start(method, budget)
    folder.mkdir(parents=True, exist_ok=True)
    flat = {f"{method}/{name}": v.contiguous() for method, w in starts.items() for name, v in w.items()}
    save_file(flat, folder / "starts.safetensors")
    manifest = {
        "command": COMMAND,
        "budget": asdict(budget),
        "spent": {m: spent(m, budget) for m in LEARNERS},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Train the adaptation explorer's starts.")
    parser.add_argument("--out", type=Path, default=FOLDER)
    parser.add_argument("--outer-steps", type=int, default=Budget.outer_steps)
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    make(options.out, Budget(outer_steps=options.outer_steps))


if __name__ == "__main__":
    main()
