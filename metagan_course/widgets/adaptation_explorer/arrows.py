"""The exact little case: a model of two weights, so that the loss after adaptation is a surface one can draw.

The model is the family's own form, f_w(x) = w1 sin(x + w2). Over the start (w1, w2) stands the mean query
loss of the tasks after K inner steps from there; the arrows are what each method thinks is downhill. All
of it in float64.

Not here: the network of the small multiples (simulation.py), and anything about the screen.
"""

import math
import time
from collections import deque
from collections.abc import Iterator
from itertools import islice

import torch
from torch import Tensor
from torch.func import vmap

from metagan_course.inner import adapt
from metagan_course.outer import maml_gradient
from metagan_course.steps import sgd
from metagan_course.tasks import Sines, Task
from metagan_course.weights import Params

from .methods import LEARNERS, Work, count_work, part_of_hessian, start_gradient

RANGE = ((-0.5, 5.5), (-1.4, 4.6))  # of w1 and of w2: both 6 wide, so that angles on screen are true angles
CELLS = 25  # the surface is known at CELLS x CELLS starts
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)  # of the Hessian term, for the animation


def wave(w: Params, x: Tensor) -> Tensor:
    """f_w(x) = w1 sin(x + w2)."""
    return w["w1"] * torch.sin(x + w["w2"])


def wave_loss(w: Params, points: Tensor) -> Tensor:
    """L(w; S) = mean over (x, y) in S of (f_w(x) - y)^2, for points (N, 2)."""
    return (wave(w, points[:, 0]) - points[:, 1]).square().mean()


def wave_weights(w1: float, w2: float) -> Params:
    """The two weights of the wave, in double precision."""
    return {"w1": torch.tensor(w1, dtype=torch.float64), "w2": torch.tensor(w2, dtype=torch.float64)}


def sample_tasks(seed: int, n_tasks: int = 8, support: int = 5, query: int = 10) -> Task:
    """Training tasks of sines, in double precision, the same for the same seed."""
    generator = torch.Generator().manual_seed(seed)
    tasks = Sines().sample(n_tasks, support, query, split="train", generator=generator)
    return Task(*(part.double() for part in tasks))


def one_step(w: Params, tasks: Task, alpha: float) -> Params:
    """w - alpha grad L(w; S) for each of N starts and T tasks: w1, w2 (N, T)."""

    def total(w, support):  # a sum of losses with nothing in common: each pair gets its own gradient
        return vmap(vmap(wave_loss), in_dims=(0, None))(w, support).sum()

    return adapt(total, w, tasks.support, sgd(alpha), 1, first_order=True)


def query_loss(w: Params, tasks: Task) -> Tensor:
    """Mean over the tasks of L(w; Q): w1, w2 (N, T) -> (N,)."""
    return vmap(vmap(wave_loss), in_dims=(0, None))(w, tasks.query).mean(1)


def losses_along(starts: Params, tasks: Task, alpha: float) -> Iterator[Tensor]:
    """L_meta after 0, 1, 2 ... steps from each of N starts, (N,) each.

    SGD remembers nothing from step to step, so K steps are K times one step.
    """
    w = {name: v[:, None].expand(-1, len(tasks.support)) for name, v in starts.items()}  # (N, T)
    while True:
        yield query_loss(w, tasks)
        w = one_step(w, tasks, alpha)


def grid(cells: int = CELLS) -> Params:
    """The starts under the surface, (cells * cells,) each: w2 grows from row to row, w1 within a row."""
    w1, w2 = (torch.linspace(*ends, cells, dtype=torch.float64) for ends in RANGE)
    return {"w1": w1.repeat(cells), "w2": w2.repeat_interleave(cells)}


class Arrows:
    """The surface for (alpha, K) and, at one start, the arrow, the work and the time of each method."""

    def __init__(self, *, seed: int = 0, alpha: float = 0.02, n_steps: int = 5, start=(3.0, 2.6)):
        self.tasks = sample_tasks(seed)
        self.alpha, self.n_steps, self.start = alpha, n_steps, start
        self._known_alpha: float | None = None
        self._work: dict[tuple[str, int], Work] = {}
        self._times: dict[tuple[str, int], deque] = {}

    def move(self, w1: float, w2: float) -> None:
        """Put the start somewhere inside the drawn square."""
        if not (math.isfinite(w1) and math.isfinite(w2)):
            raise ValueError(f"start is ({w1}, {w2}); it needs two finite numbers")
        pairs = zip((w1, w2), RANGE, strict=True)
        self.start = tuple(min(max(float(v), low), high) for v, (low, high) in pairs)

    def surface(self) -> Tensor:
        """L_meta at every start of the grid, (CELLS, CELLS); each K is computed once, when asked for."""
        if self._known_alpha != self.alpha:
            self._known_alpha, self._known = self.alpha, []
            self._further = losses_along(grid(), self.tasks, self.alpha)
        while len(self._known) <= self.n_steps:
            self._known.append(next(self._further))
        return self._known[self.n_steps].reshape(CELLS, CELLS)

    def loss(self, w1: float, w2: float) -> float:
        """L_meta at one start."""
        starts = {name: v[None] for name, v in wave_weights(w1, w2).items()}
        along = losses_along(starts, self.tasks, self.alpha)
        return next(islice(along, self.n_steps, None)).item()

    def gradient(self, method: str) -> tuple[float, float]:
        """The method's gradient at the start, timed. The first of a method is not: torch gets ready in it."""
        if method not in {name for name, _ in self._times}:
            self._gradient(method)
        began = time.thread_time()
        pair = self._gradient(method)
        times = self._times.setdefault((method, self.n_steps), deque(maxlen=15))
        times.append(1000 * (time.thread_time() - began))
        return pair

    def _gradient(self, method: str) -> tuple[float, float]:
        step, w = sgd(self.alpha), wave_weights(*self.start)
        g = start_gradient(method, wave_loss, w, self.tasks, step, self.n_steps)
        return g["w1"].item(), g["w2"].item()

    def swing(self, shares=SHARES) -> list[tuple[float, float]]:
        """The exact gradient with (I - share * alpha H) for each share: from FOMAML's to MAML's."""

        def at(share):
            step = part_of_hessian(sgd(self.alpha), share)
            g, _ = maml_gradient(wave_loss, wave_weights(*self.start), self.tasks, step, self.n_steps)
            return g["w1"].item(), g["w2"].item()

        return [at(share) for share in shares]

    def milliseconds(self, method: str) -> float:
        """The median of the last measurements at this K."""
        times = sorted(self._times[method, self.n_steps])
        return times[len(times) // 2]

    def work(self, method: str) -> Work:
        """Counted once for each K."""
        key = method, self.n_steps
        if key not in self._work:
            w = wave_weights(*self.start)
            self._work[key] = count_work(method, wave_loss, w, self.tasks, sgd(self.alpha), self.n_steps)
        return self._work[key]

    def table(self) -> list[dict]:
        """One row a method: gradient, its length, its angle to the exact one in degrees, what it cost."""
        gradients = {method: self.gradient(method) for method in LEARNERS}
        return [
            {
                "method": method,
                "gradient": list(g),
                "length": math.hypot(*g),
                "angle": angle_between(g, gradients["maml"]),
                "gradients": self.work(method).gradients,
                "hessian_products": self.work(method).hessian_products,
                "ms": self.milliseconds(method),
            }
            for method, g in gradients.items()
        ]


def angle_between(a, b) -> float | None:
    """Degrees between two directions in the plane; None where one of them has no direction."""
    if min(math.hypot(*a), math.hypot(*b)) < 1e-12:
        return None
    turn = math.atan2(a[0] * b[1] - a[1] * b[0], a[0] * b[0] + a[1] * b[1])
    return abs(math.degrees(turn))
