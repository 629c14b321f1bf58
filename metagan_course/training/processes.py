"""One run on several processes: which tasks are a process's own, how results meet.

Under `torchrun` every process draws the same whole batch of tasks from the same generator and keeps its own
slice; the only things that travel are task codes, gradients and losses. Without torchrun there is one process
and nothing here does anything. Not here: what is computed (game.py) and when (loop.py).
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, NamedTuple

import torch
import torch.distributed as dist
from torch import Tensor
from torch.distributed.nn.functional import all_gather

from metagan_course import CourseError
from metagan_course.training.devices import device
from metagan_course.trees import tree_flatten, tree_map, tree_unflatten


class LostProcess(CourseError):
    """A process of the run is gone, so that the others cannot go on."""


class Share(NamedTuple):
    """Which of `size` equal slices of the tasks belongs to this process."""

    rank: int = 0
    size: int = 1

    def own(self, whole: Any) -> Any:
        """This process's slice of every tensor (T, ...) in a nest -> (T / size, ...)."""
        return tree_map(lambda x: x.chunk(self.size)[self.rank], whole)

    def gather(self, own: Tensor) -> Tensor:
        """All processes' slices joined: (T / size, ...) -> (T, ...). Gradients find their way back."""
        return own if self.size == 1 else torch.cat(all_gather(own.contiguous()))

    def mean(self, nest: Any) -> Any:
        """The mean over processes of every tensor in a nest: of means over tasks, the mean over all tasks."""
        if self.size == 1:
            return nest
        leaves, form = tree_flatten(nest)
        flat = torch.cat([x.detach().flatten() for x in leaves])  # one message instead of hundreds
        dist.all_reduce(flat)
        parts = (flat / self.size).split([x.numel() for x in leaves])
        return tree_unflatten([p.reshape(x.shape) for p, x in zip(parts, leaves, strict=True)], form)

    def any(self, yes: bool, device: torch.device) -> bool:
        """Whether one of the processes says yes: all get the same answer."""
        return bool(self.mean(torch.tensor(float(yes), device=device)) > 0)


def require_equal_slices(n_tasks: int, share: Share) -> None:
    """Refuse a batch that the processes cannot share equally: the mean of means would not be the mean."""
    if n_tasks % share.size:
        raise ValueError(
            f"tasks is {n_tasks}, which {share.size} processes cannot share equally; "
            f"make it a multiple of {share.size} (--set tasks=...) or start another number of processes."
        )


@contextmanager
def processes() -> Iterator[Share]:
    """This process's share: what torchrun's variables say, or everything. The others are left on exit."""
    size = int(os.environ.get("WORLD_SIZE", 1))
    if size == 1:
        yield Share()
        return
    on = device()
    if on.type == "cuda":
        torch.cuda.set_device(on)
    dist.init_process_group("nccl" if on.type == "cuda" else "gloo", timeout=timedelta(minutes=5))
    try:
        yield Share(dist.get_rank(), size)
    except RuntimeError as error:
        if isinstance(error, CourseError) or not is_loss(error):
            raise
        raise LostProcess(
            "a process of this run is gone, so the others stop; the last saved checkpoint is whole: "
            "run the same command again with --resume."
        ) from error
    finally:
        dist.destroy_process_group()


def is_loss(error: RuntimeError) -> bool:
    """Whether this is how torch says that another process does not answer: no class tells them apart."""
    signs = (
        "Connection closed by peer",
        "Connection reset by peer",
        "Broken pipe",
        "Timed out",
        "NCCL",
        "gloo",
    )
    return isinstance(error, dist.DistError) or any(sign in str(error) for sign in signs)
