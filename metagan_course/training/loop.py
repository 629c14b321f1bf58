"""Meta-training: draw tasks, take both players' outer gradients, step; log, save, and go on where it stopped.

What is learned is game.py's affair, what a checkpoint holds checkpoints.py's; nothing in this file knows what
a task or a network looks like.
"""

import math
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from metagan_course import tasks
from metagan_course.metagan import Meta
from metagan_course.outer import player_gradients, reptile_gradient
from metagan_course.training import architectures
from metagan_course.training.allocator import keep_freed_memory
from metagan_course.training.architectures import Networks
from metagan_course.training.checkpoints import Run, TrainingError, save
from metagan_course.training.devices import device
from metagan_course.training.game import Batch, itself, outer_losses, played
from metagan_course.training.log import RunLog
from metagan_course.training.optimisers import optimisers_of, rates_of
from metagan_course.training.players import new_metas
from metagan_course.training.processes import Share, require_equal_slices
from metagan_course.training.recipe import Recipe
from metagan_course.training.validation import validate
from metagan_course.trees import tree_leaves, tree_map

ALONE = Share()  # one process, all tasks
CHECKPOINT = "checkpoint.pt"
PLAYERS = ("L_G", "L_D")


def begin(recipe: Recipe) -> Run:
    """The run before its first outer step."""
    on = device()
    metas = tree_map(lambda w: w.to(on).requires_grad_(), new_metas(recipe, architectures.networks(recipe)))
    averages = tree_map(lambda w: w.detach().clone(), metas)
    generator = torch.Generator().manual_seed(recipe.seed)
    return Run(recipe, 0, metas, averages, optimisers_of(recipe, metas), generator)


def draw(recipe: Recipe, family: Any, generator: torch.Generator, split: str = "train") -> Batch:
    """One outer step's tasks and noise, drawn on the CPU so that every machine sees the same."""
    drawn = family.sample(recipe.tasks, recipe.k_support, recipe.n_query, split=split, generator=generator)
    noise = torch.randn(
        recipe.tasks, recipe.inner_steps, 2, recipe.inner_batch, recipe.z_size, generator=generator
    )
    query_noise = torch.randn(recipe.tasks, recipe.n_query, recipe.z_size, generator=generator)
    return Batch(drawn.support, drawn.query, noise, query_noise)


# --- gradients ---------------------------------------------------------------------------------------------


def outer_gradients(
    recipe: Recipe, networks: Networks, metas: tuple[Meta, Meta], batch: Batch, share: Share = ALONE
):
    """Both players' outer gradients and mean losses on the query, over the tasks of all processes.

    batch: this process's slice. Slices are equal, so the mean of their means is the mean over all tasks.
    """
    reptile = recipe.outer == "reptile" and recipe.inner_steps  # without inner steps there is no way back
    method = reptile_gradients if reptile else query_gradients
    return share.mean(method(recipe, networks, metas, batch, gather=share.gather, own=share.own))


def query_gradients(recipe: Recipe, networks: Networks, metas: tuple[Meta, Meta], batch: Batch, **share):
    """d mean L_G / d G's meta and d mean L_D / d D's meta, after the inner steps."""

    def losses(meta_g, meta_d, batch):
        return outer_losses(recipe, networks, meta_g, meta_d, batch, **share)

    grad_g, grad_d, values = player_gradients(losses, *metas, batch)
    return (grad_g, grad_d), tuple(v.mean() for v in values)


def reptile_gradients(recipe: Recipe, networks: Networks, metas: tuple[Meta, Meta], batch: Batch, **share):
    """Each player's way back from the adapted weights to its start, as FIGR has it (arXiv 1901.02199)."""
    metas = tree_map(torch.Tensor.detach, metas)
    with torch.no_grad():
        found = played(recipe, networks, *metas, batch, also=(itself, itself), **share)
    zeros = tree_map(torch.zeros_like, metas)
    grads = tuple(
        {**zero, "start": reptile_gradient(meta["start"], adapted)}
        for zero, meta, (_, adapted) in zip(zeros, metas, found, strict=True)
    )
    return grads, tuple(losses.mean() for losses, _ in found)


# --- one step ----------------------------------------------------------------------------------------------


def outer_step(
    run: Run, networks: Networks, family: Any, share: Share = ALONE
) -> tuple[Run, tuple[float, float]]:
    """One outer step: draw, differentiate, let each player's optimiser move its own meta, average."""
    recipe, on = run.recipe.at(run.step), tree_leaves(run.metas)[0].device
    batch = tree_map(lambda x: x.to(on), share.own(draw(recipe, family, run.generator)))
    grads, losses = outer_gradients(recipe, networks, run.metas, batch, share)
    check_finite(recipe, run.step, grads, losses)  # before anything has moved
    set_rates(run)
    for meta, gradient, optimiser in zip(run.metas, grads, run.optimisers, strict=True):
        for w, g in zip(tree_leaves(meta), tree_leaves(gradient), strict=True):
            w.grad = g
        optimiser.step()
    average(run)
    return run._replace(step=run.step + 1), tuple(v.item() for v in losses)


def set_rates(run: Run) -> None:
    """Adam's rates at this step: the recipe's, and with `decay` down to 0 over the second half."""
    recipe = run.recipe
    left = min(1.0, 2 * (1 - run.step / recipe.steps)) if recipe.decay else 1.0
    for optimiser, beta in zip(run.optimisers, (recipe.beta_g, recipe.beta_d), strict=True):
        for group, rate in zip(optimiser.param_groups, rates_of(recipe, beta), strict=True):
            group["lr"] = left * rate


def average(run: Run) -> None:
    """a <- m a + (1 - m) w, with a short memory at first so that the random start is soon forgotten."""
    memory = min(run.recipe.average, (run.step + 1) / (run.step + 10))
    for a, w in zip(tree_leaves(run.averages), tree_leaves(run.metas), strict=True):
        a.lerp_(w.detach(), 1 - memory)


def check_finite(recipe: Recipe, step: int, grads: tuple, losses: tuple[Tensor, Tensor]) -> None:
    """Refuse a step with a NaN in it, naming the loss: one such step poisons every later checkpoint."""
    for name, value, gradient in zip(PLAYERS, losses, grads, strict=True):
        what = None if math.isfinite(value) else f"the outer loss {name} is {value.item()}"
        if not what and not all(g.isfinite().all() for g in tree_leaves(gradient)):
            what = f"the outer loss {name} is {value.item():.3g}, but its gradient is not finite"
        if what:
            raise TrainingError(
                f"{recipe.name}: {what} at step {step}; nothing was changed or saved by this step. "
                "Go on from the last checkpoint with lower rates: --resume --set beta_g=... --set beta_d=..."
            )


# --- the loop ----------------------------------------------------------------------------------------------


def train(
    run: Run,
    *,
    folder: Path | None = None,
    save_every: int = 100,
    validate_every: int = 100,
    on_step: Callable | None = None,
    progress: bool = True,
    share: Share = ALONE,
) -> Run:
    """Outer steps up to the recipe's number, with a progress bar; saved and logged in `folder`, if given.

    on_step(run, losses), if given, is called after each step. Asked to stop (Ctrl-C, SIGTERM), it finishes
    the step it is in, saves, and stops. Of several processes only the first shows and writes anything.
    """
    recipe, networks, first = run.recipe, architectures.networks(run.recipe), share.rank == 0
    require_equal_slices(recipe.tasks, share)
    keep_freed_memory()  # a quarter of a step's time is glibc fetching back what it gave away
    family = tasks.family(recipe.family, **dict(recipe.family_options))
    folder = Path(folder) if folder and first else None
    log = RunLog(folder, run.step) if folder else None
    bar = tqdm(
        total=recipe.steps, initial=run.step, desc=recipe.name, unit="step", disable=not (progress and first)
    )
    seen: dict[str, float] = {}
    with bar, closing(log) if log else nullcontext(), stop_request() as asked:
        while run.step < recipe.steps:
            run, losses = outer_step(run, networks, family, share)
            stop = share.any(asked(), device())  # one answer for all: nobody waits for one that has gone
            due = run.step == recipe.steps
            values = dict(zip(PLAYERS, losses, strict=True))
            if first and validate_every and (due or run.step % validate_every == 0):
                seen = validate(recipe, networks, run.averages, family)
                values |= seen
            bar.set_postfix({name: f"{v:.3f}" for name, v in (values | seen).items()}, refresh=False)
            bar.update()
            if log:
                log.add(run.step, **values)
            if on_step:
                on_step(run, losses)
            if folder and (due or stop or run.step % save_every == 0):
                save(run, folder / CHECKPOINT)
                log.flush()
            if stop:
                bar.write(f"stopped after step {run.step}{', saved; --resume goes on' if folder else ''}.")
                raise KeyboardInterrupt
    return run


@contextmanager
def stop_request() -> Iterator[Callable[[], bool]]:
    """The first Ctrl-C or SIGTERM becomes a wish, read by calling what is yielded; the second interrupts."""
    wishes: list[int] = []

    def wish(number, frame):
        if wishes:
            raise KeyboardInterrupt
        wishes.append(number)

    if threading.current_thread() is not threading.main_thread():  # only the main thread hears signals
        yield lambda: False
        return
    before = {s: signal.signal(s, wish) for s in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(wishes)
    finally:
        for s, handler in before.items():
            signal.signal(s, handler)
