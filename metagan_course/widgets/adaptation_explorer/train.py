"""Train the explorer's starts, the outer rate of each method tuned: about a quarter of an hour on one core.

    python -m metagan_course.widgets.adaptation_explorer.train

Every method sees the same tasks in the same order, the same points of each, from the same random networks,
under one outer rule (Adam at a rate that falls to 0). They differ in one line, the gradient, and in the outer
rate: each takes the best of the same five, chosen on validation tasks. Three seeds and all five rates run
side by side, in one vmap. Lesson 04b reads the comparison that this writes. Not a general trainer: that is
metagan_course.training.
"""

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.func import vmap

from metagan_course.inner import adapt_path
from metagan_course.metrics import paired_bootstrap
from metagan_course.steps import adam, sgd
from metagan_course.tasks import Sines, Task
from metagan_course.weights import Params

from .methods import LEARNERS, count_work, start_gradient
from .starts import FOLDER, INITS, RATES, random_weights, squared_error

COMMAND = "python -m metagan_course.widgets.adaptation_explorer.train"
SEEDS = (0, 1, 2)
SHORT, TWICE, LONG = 250, 500, 1000  # outer updates
TESTED_STEPS = 10


@dataclass(frozen=True)
class Budget:
    """What every method is given."""

    outer_steps: int = LONG
    tasks_per_step: int = 8
    support: int = 10
    query: int = 10
    inner_steps: int = 5  # K
    alpha: float = 0.02  # inner rate


def random_starts(init: str = "wide", seeds: tuple[int, ...] = SEEDS) -> Params:
    """The random networks that every method begins with, each name (seeds, ...)."""
    drawn = [random_weights(torch.Generator().manual_seed(seed), init=init) for seed in seeds]
    return {name: torch.stack([one[name] for one in drawn]) for name in drawn[0]}


def train_starts(method: str, budget: Budget, rates: Tensor, starts: Params, *, seed: int = 1) -> Params:
    """`outer_steps` times w <- Adam(w, gradient), for every rate (R,) and start (S, ...): each name (R, S, ...)."""
    w = {n: v.expand(len(rates), *v.shape).flatten(0, 1) for n, v in starts.items()}  # (R * S, ...)
    n_starts, step = len(next(iter(starts.values()))), sgd(budget.alpha)
    beta = rates.repeat_interleave(n_starts)
    draws, state = torch.Generator().manual_seed(seed), adam(1.0).init(w)

    def gradient(w, *parts):
        return start_gradient(method, squared_error, w, Task(*parts), step, budget.inner_steps)

    for done in range(budget.outer_steps):
        tasks = batch_of_tasks(budget, draws, n_starts)
        parts = [part.repeat(len(rates), *[1] * (part.dim() - 1)) for part in tasks]  # every rate: same tasks
        falling = 1 - done / budget.outer_steps
        g = vmap(gradient)(w, *parts)
        w, state = vmap(lambda w, g, rate, m, v, t=state[2], f=falling: _outer(w, g, (m, v, t), rate * f))(
            w, g, beta, *state[:2]
        )
        state = (*state, done + 1)
    return {n: v.unflatten(0, (len(rates), n_starts)) for n, v in w.items()}


def _outer(w, g, state, rate):
    w, (m, v, _) = adam(rate)(w, g, state)
    return w, (m, v)


def batch_of_tasks(budget: Budget, generator: torch.Generator, n_starts: int) -> list[Tensor]:
    """Support, query and label of the next tasks: (S, T, ...), for each start its own."""
    sizes = n_starts * budget.tasks_per_step, budget.support, budget.query
    tasks = Sines().sample(*sizes, split="train", generator=generator)
    return [part.unflatten(0, (n_starts, budget.tasks_per_step)) for part in tasks]


def errors(w: Params, budget: Budget, *, split: str, seed: int, n_steps: int) -> Tensor:
    """Query error of 200 held-out tasks after 0 .. n_steps steps from each start (S, ...): (S, 200, n_steps + 1)."""
    tasks = Sines().sample(
        200, budget.support, 50, split=split, generator=torch.Generator().manual_seed(seed)
    )

    def one_task(w, support, query):
        path = adapt_path(squared_error, w, support, sgd(budget.alpha), n_steps, first_order=True)
        return torch.stack([squared_error(adapted, query) for adapted in path])

    return vmap(vmap(one_task, (None, 0, 0)), (0, None, None))(w, tasks.support, tasks.query)


def tuned(method: str, budget: Budget, starts: Params) -> tuple[dict, Params]:
    """Train at every rate, choose on validation tasks, look at the test tasks once: a row, and the weights."""
    trained = train_starts(method, budget, torch.tensor(RATES), starts)
    pick = lambda i: {n: v[i] for n, v in trained.items()}  # noqa: E731
    validation = [
        errors(pick(i), budget, split="val", seed=98, n_steps=budget.inner_steps)[..., -1].mean().nan_to_num(1e9)
        for i in range(len(RATES))
    ]
    best = int(torch.stack(validation).argmin())
    print("  error on validation tasks:", [f"{v:.3f}" for v in validation], flush=True)
    test = errors(pick(best), budget, split="test", seed=99, n_steps=TESTED_STEPS)
    row = {
        "rate": RATES[best],
        "validation": [round(v.item(), 4) for v in validation],
        "test": test,
    }
    return row, pick(best)


def compared(init: str, budget: Budget, methods: tuple[str, ...] = LEARNERS) -> tuple[dict, dict[str, Params]]:
    """The rows of one init and budget, each held against MAML task by task, and the tuned starts."""
    rows, weights, starts = {}, {}, random_starts(init)
    for method in methods:
        print(f"{init}, {budget.outer_steps} updates: {method} at {len(RATES)} rates ...", flush=True)
        rows[method], weights[method] = tuned(method, budget, starts)
    exact = rows["maml"]["test"][:, :, budget.inner_steps]  # (S, tasks)
    for row in rows.values():
        here = row["test"][:, :, budget.inner_steps]
        draws = torch.Generator().manual_seed(0)
        row["behind_maml"] = [
            [round(x, 3) for x in paired_bootstrap(a, b, generator=draws)]
            for a, b in zip(here, exact, strict=True)
        ]
        row["test"] = [[round(x, 4) for x in per_seed] for per_seed in row["test"].mean(1).tolist()]
    return rows, weights


def spent(method: str, budget: Budget) -> dict:
    """What the method used, from the counters: tasks and points are equal, the work is not."""
    w, draws = random_weights(torch.Generator().manual_seed(0)), torch.Generator().manual_seed(0)
    tasks = Task(*(part[0] for part in batch_of_tasks(budget, draws, 1)))
    work = count_work(method, squared_error, w, tasks, sgd(budget.alpha), budget.inner_steps)
    seen = budget.outer_steps * budget.tasks_per_step
    return {
        "tasks": seen,
        "points": seen * (budget.support + budget.query),
        "outer_updates": budget.outer_steps,
        "gradients": seen * work.gradients,
        "hessian_products": seen * work.hessian_products,
    }


def make(folder: Path, budgets: tuple[Budget, ...], inits: tuple[str, ...] = tuple(INITS)) -> None:
    """Write starts.safetensors (first seed, first init, last budget), manifest.json and comparison.json."""
    table = {}
    for init in inits:
        for budget in budgets:
            rows, weights = compared(init, budget)
            table.setdefault(init, {})[str(budget.outer_steps)] = rows
            if init == inits[0]:
                shipped = {m: {n: v[0] for n, v in w.items()} for m, w in weights.items()}
    starts = {"scratch": random_weights(torch.Generator().manual_seed(SEEDS[0]), init=inits[0]), **shipped}
    folder.mkdir(parents=True, exist_ok=True)
    flat = {f"{method}/{name}": v.contiguous() for method, w in starts.items() for name, v in w.items()}
    save_file(flat, folder / "starts.safetensors")
    last = budgets[-1]
    tuned_rates = {m: table[inits[0]][str(last.outer_steps)][m]["rate"] for m in LEARNERS}
    manifest = {
        "command": COMMAND,
        "budget": asdict(last),
        "rates_tried": RATES,
        "outer_rate": tuned_rates,
        "spent": {m: spent(m, last) for m in LEARNERS},
    }
    comparison = {"command": COMMAND, "seeds": SEEDS, "rates_tried": RATES, "inner_steps": last.inner_steps}
    comparison |= {"alpha": last.alpha, "tasks_per_step": last.tasks_per_step, "rows": table}
    for name, content in (("manifest", manifest), ("comparison", comparison)):
        (folder / f"{name}.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Train the adaptation explorer's starts.")
    parser.add_argument("--out", type=Path, default=FOLDER)
    parser.add_argument("--outer-steps", type=int, nargs="+", default=[SHORT, TWICE, LONG])
    parser.add_argument("--inits", nargs="+", choices=tuple(INITS), default=tuple(INITS))
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    make(options.out, tuple(Budget(outer_steps=n) for n in options.outer_steps), tuple(options.inits))


if __name__ == "__main__":
    main()
