"""Meta-training: draw tasks, take both players' outer gradients, step; log, save, and go on where it stopped.

What is learned is metagan.py's affair, what a checkpoint holds checkpoints.py's; nothing in this file knows
what a task or a network looks like.
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

from metagan_course import architectures, metagan, tasks
from metagan_course.allocator import keep_freed_memory
from metagan_course.architectures import Networks
from metagan_course.checkpoints import Run, TrainingError, begin, load, rates_of, save
from metagan_course.distributed import Share, device, require_equal_slices
from metagan_course.metagan import ALONE, Batch, Meta
from metagan_course.metrics import energy_distance
from metagan_course.outer import player_gradients, reptile_gradient
from metagan_course.recipes import Recipe
from metagan_course.runlog import RunLog
from metagan_course.trees import tree_leaves, tree_map

__all__ = ["Run", "TrainingError", "begin", "load", "outer_step", "save", "train", "validate"]
CHECKPOINT = "checkpoint.pt"
PLAYERS = ("L_G", "L_D")


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
    return share.mean(method(recipe, networks, metas, batch, share))


def query_gradients(recipe: Recipe, networks: Networks, metas: tuple[Meta, Meta], batch: Batch, share: Share):
    """d mean L_G / d G's meta and d mean L_D / d D's meta, after the inner steps."""

    def losses(meta_g, meta_d, batch):
        return metagan.outer_losses(recipe, networks, meta_g, meta_d, batch, share)

    grad_g, grad_d, values = player_gradients(losses, *metas, batch)
    return (grad_g, grad_d), tuple(v.mean() for v in values)


def reptile_gradients(
    recipe: Recipe, networks: Networks, metas: tuple[Meta, Meta], batch: Batch, share: Share
):
    """Each player's way back from the adapted weights to its start, as FIGR has it (arXiv 1901.02199)."""
    metas = tree_map(torch.Tensor.detach, metas)
    with torch.no_grad():
        players = metagan.adapt_batch(recipe, networks, *metas, batch, share)
        values = metagan.judge(recipe, networks, *metas, players, batch, share)
    zeros = tree_map(torch.zeros_like, metas)
    grads = tuple(
        {**zero, "start": reptile_gradient(meta["start"], adapted)}
        for zero, meta, adapted in zip(zeros, metas, players, strict=True)
    )
    return grads, tuple(v.mean() for v in values)


# --- one step ----------------------------------------------------------------------------------------------


def outer_step(
    run: Run, networks: Networks, family: Any, share: Share = ALONE
) -> tuple[Run, tuple[float, float]]:
    """One outer step: draw, differentiate, let each player's optimiser move its own meta, average."""
    recipe, on = phase(run.recipe, run.step), tree_leaves(run.metas)[0].device
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


def phase(recipe: Recipe, step: int) -> Recipe:
    """The recipe at this step: its first `joint_first` steps are plain joint training, K = 0, and after them
    so is every second one if the two `take_turns`."""
    n, after = recipe.r1_every, step - recipe.joint_first
    if n > 1:
        recipe = recipe.but(r1_outer=0.0 if step % n else n * recipe.r1_outer)
    if after < 0 or (recipe.take_turns and after % 2):  # and E_psi tells G what no inner step can
        return recipe.but(inner_steps=0, energy=0.0, code_from="support", spread_g=0.0, spread_d=0.0)
    return recipe


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


# --- a look at tasks that are not trained on ---------------------------------------------------------------


def validate(run: Run, networks: Networks, family: Any, *, n_tasks: int = 8, n: int = 10) -> dict[str, float]:
    """The averaged Meta-GAN on the same few validation tasks after its K steps: cheap, and no final score.

    energy: energy distance of points or pixels to the query
    spread: std over a task's samples, divided by its queries'; near 0 the generator has collapsed
    """
    recipe, on, generator = run.recipe, tree_leaves(run.metas)[0].device, torch.Generator().manual_seed(1)
    drawn = family.sample(n_tasks, recipe.k_support, n, split="val", generator=generator)
    noise = torch.randn(
        n_tasks, recipe.inner_steps, 2, recipe.inner_batch, recipe.z_size, generator=generator
    )
    z = torch.randn(n_tasks, n, recipe.z_size, generator=generator)
    support, query, noise, z = (x.to(on) for x in (drawn.support, drawn.query, noise, z))
    fixed = metagan.reference_statistics(recipe, networks, *run.averages, family)
    with torch.no_grad():
        (gens,), c = metagan.adapt(
            recipe, networks, *run.averages, support, noise, at=[recipe.inner_steps], statistics=fixed
        )
        fake, real = metagan.sample(networks, gens, z, c).flatten(2), query.flatten(2)  # (T, n, d)
    return {
        "energy": energy_distance(fake, real).mean().item(),
        "spread": (fake.std(1).mean() / real.std(1).mean()).item(),
    }


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
                seen = validate(run, networks, family)
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
