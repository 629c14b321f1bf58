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
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.func import vmap

from metagan_course.inner import adapt_path
from metagan_course.metrics import paired_bootstrap
from metagan_course.steps import adam, sgd
from metagan_course.tasks import Sines, Task
from metagan_course.weights import Params, trainable

from .methods import LEARNERS, count_work
from .starts import FOLDER, INITS, RATES, random_weights, squared_error

COMMAND = "python -m metagan_course.widgets.adaptation_explorer.train"
SEEDS = (0, 1, 2)
SHORT, LONG = 250, 1000  # outer updates
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
    """`outer_steps` times w <- Adam(w, gradient), for every rate (R,) and start (S, ...): (R, S, ...)."""
    n_starts = len(next(iter(starts.values())))
    w = {n: v.expand(len(rates), *v.shape).flatten(0, 1) for n, v in starts.items()}  # (R * S, ...)
    beta = {n: rates.repeat_interleave(n_starts).reshape(-1, *[1] * (v.dim() - 1)) for n, v in w.items()}
    draws, state = torch.Generator().manual_seed(seed), adam(1.0).init(w)
    for done in range(budget.outer_steps):
        tasks = batch_of_tasks(budget, draws, n_starts)
        # every rate meets the same tasks
        tasks = Task(*(part.repeat(len(rates), *[1] * (part.dim() - 1)) for part in tasks))
        g = gradients(method, w, tasks, budget)
        unit, state = adam(1.0)(w, g, state)  # what Adam does at the rate 1; each network has its own
        falling = 1 - done / budget.outer_steps
        w = {n: torch.lerp(w[n], unit[n], beta[n] * falling) for n in w}
    return {n: v.unflatten(0, (len(rates), n_starts)) for n, v in w.items()}


def gradients(method: str, w: Params, tasks: Task, budget: Budget) -> Params:
    """methods.start_gradient of C networks at once, w (C, ...) and tasks (C, T, ...): in a third of its time.

    The tasks have weights of their own, (C, T, ...), so the sum of all losses gives each its own gradient;
    and autograd on plain leaves is quicker than torch.func.grad. The tests hold the one against the other.
    """
    w, n_tasks = trainable(w), tasks.support.shape[1]
    adapted = {n: v[:, None].expand(-1, n_tasks, *v.shape[1:]) for n, v in w.items()}  # (C, T, ...)
    everything = torch.cat([tasks.support, tasks.query], 2)
    if method == "joint":
        return _slope(squared_error(adapted, everything).mean(1), w)
    support = everything if method == "reptile" else tasks.support
    for _ in range(budget.inner_steps):
        adapted = adapted if method == "maml" else trainable(adapted)
        g = _slope(squared_error(adapted, support), adapted, create_graph=method == "maml")
        adapted = {n: torch.sub(v, g[n], alpha=budget.alpha) for n, v in adapted.items()}
    if method == "reptile":
        return {n: (v - adapted[n].mean(1)).detach() for n, v in w.items()}
    if method == "maml":
        return _slope(squared_error(adapted, tasks.query).mean(1), w)
    adapted = trainable(adapted)
    slopes = _slope(squared_error(adapted, tasks.query).mean(1), adapted)
    return {n: g.sum(1) for n, g in slopes.items()}


def _slope(losses: Tensor, w: Params, **options) -> Params:
    return dict(zip(w, torch.autograd.grad(losses.sum(), list(w.values()), **options), strict=True))


def batch_of_tasks(budget: Budget, generator: torch.Generator, n_starts: int) -> list[Tensor]:
    """Support, query and label of the next tasks: (S, T, ...), for each start its own."""
    sizes = n_starts * budget.tasks_per_step, budget.support, budget.query
    tasks = Sines().sample(*sizes, split="train", generator=generator)
    return [part.unflatten(0, (n_starts, budget.tasks_per_step)) for part in tasks]


def errors(w: Params, budget: Budget, *, split: str, seed: int, n_steps: int) -> Tensor:
    """Query error of 200 tasks of a split after 0 .. n_steps steps from each start: (S, 200, n_steps + 1)."""
    tasks = Sines().sample(
        200, budget.support, 50, split=split, generator=torch.Generator().manual_seed(seed)
    )

    def one_task(w, support, query):
        path = adapt_path(squared_error, w, support, sgd(budget.alpha), n_steps, first_order=True)
        return torch.stack([squared_error(adapted, query) for adapted in path])

    return vmap(vmap(one_task, (None, 0, 0)), (0, None, None))(w, tasks.support, tasks.query)


def tuned(method: str, budget: Budget, starts: Params) -> tuple[dict, Params]:
    """Train at every rate, choose on validation tasks, open the test tasks once: a row, and the weights."""
    trained = train_starts(method, budget, torch.tensor(RATES), starts)
    pick = lambda i: {n: v[i] for n, v in trained.items()}  # noqa: E731
    validation = []
    for i in range(len(RATES)):
        error = errors(pick(i), budget, split="val", seed=98, n_steps=budget.inner_steps)
        validation.append(error[..., -1].mean().nan_to_num(1e9))
    best = int(torch.stack(validation).argmin())
    print("  error on validation tasks:", [f"{v:.3f}" for v in validation], flush=True)
    test = errors(pick(best), budget, split="test", seed=99, n_steps=TESTED_STEPS)
    row = {"rate": RATES[best], "validation": [round(v.item(), 4) for v in validation], "test": test}
    return row, pick(best)


def compared(init: str, budget: Budget) -> tuple[dict, dict[str, Params]]:
    """The rows of one init and budget, each held against MAML task by task, and the tuned starts."""
    rows, weights, starts = {}, {}, random_starts(init)
    twice = replace(budget, outer_steps=2 * budget.outer_steps)
    arms = [(method, method, budget) for method in LEARNERS]
    if budget.outer_steps == SHORT:
        arms.append(("fomaml, twice the tasks", "fomaml", twice))
    for name, method, spend in arms:
        print(f"{init}, {spend.outer_steps} updates: {method} at {len(RATES)} rates", flush=True)
        rows[name], weights[name] = tuned(method, spend, starts)
    exact = rows["maml"]["test"][:, :, budget.inner_steps]  # (S, tasks)
    for row in rows.values():
        row["behind_maml"] = intervals(row["test"][:, :, budget.inner_steps], exact)
        row["test"] = [[round(x, 4) for x in one_seed] for one_seed in row["test"].mean(1).tolist()]
    return rows, weights


def intervals(a: Tensor, b: Tensor) -> list[list[float]]:
    """For each seed the mean of a - b over the tasks, and its interval's ends: (S, tasks) twice."""
    draws = torch.Generator().manual_seed(0)
    found = (paired_bootstrap(one, other, generator=draws) for one, other in zip(a, b, strict=True))
    return [[round(x, 3) for x in interval] for interval in found]


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
    table: dict = {}
    folder.mkdir(parents=True, exist_ok=True)
    for init in inits:
        for budget in budgets:
            rows, weights = compared(init, budget)
            table.setdefault(init, {})[str(budget.outer_steps)] = rows
            write(folder / "comparison.json", described(budget) | {"rows": table})
        if init == inits[0]:
            save_starts(folder, init, weights)
            rates = {method: row["rate"] for method, row in rows.items() if method in LEARNERS}
            work = {method: spent(method, budget) for method in LEARNERS}
            manifest = {"command": COMMAND, "budget": asdict(budget), "rates_tried": RATES}
            write(folder / "manifest.json", manifest | {"outer_rate": rates, "spent": work})


def described(budget: Budget) -> dict:
    """What all rows of the comparison share."""
    same = {name: value for name, value in asdict(budget).items() if name != "outer_steps"}
    return {"command": COMMAND, "seeds": SEEDS, "rates_tried": RATES, **same}


def save_starts(folder: Path, init: str, weights: dict[str, Params]) -> None:
    """The first seed's start of every method, "from scratch" among them."""
    starts = {"scratch": random_weights(torch.Generator().manual_seed(SEEDS[0]), init=init)}
    starts |= {method: {n: v[0] for n, v in weights[method].items()} for method in LEARNERS}
    flat = {f"{method}/{name}": v.contiguous() for method, w in starts.items() for name, v in w.items()}
    save_file(flat, folder / "starts.safetensors")


def write(path: Path, content: dict) -> None:
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Train the adaptation explorer's starts.")
    parser.add_argument("--out", type=Path, default=FOLDER)
    parser.add_argument("--outer-steps", type=int, nargs="+", default=[SHORT, LONG])
    parser.add_argument("--inits", nargs="+", choices=tuple(INITS), default=tuple(INITS))
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    make(options.out, tuple(Budget(outer_steps=n) for n in options.outer_steps), tuple(options.inits))


if __name__ == "__main__":
    main()
