"""The explorer's state: the points of one task, and what five starts make of them. No screen, no Jupyter.

Every start is adapted to the points, K = 0 .. 20 at once, so that sliding K only looks up what is known.
The second panel's state is arrows.py.
"""

import math

import torch
from torch import Tensor

from metagan_course.steps import sgd
from metagan_course.tasks import Sines
from metagan_course.weights import Params, detached, trainable

from .methods import METHODS
from .starts import load_starts, predict, squared_error

MOST_STEPS = 20
MOST_POINTS = 20
X_RANGE = (-5.0, 5.0)
Y_RANGE = (-6.0, 6.0)
CURVE_X = torch.linspace(*X_RANGE, 61)


class Simulation:
    """Points of a task, the sinusoid behind them, and the paths of all methods. Same seed, same tasks."""

    def __init__(self, *, seed: int = 0, alpha: float = 0.02, n_points: int = 5, starts=None):
        starts = load_starts() if starts is None else starts
        self.stacked: Params = {n: torch.stack([starts[m][n] for m in METHODS]) for n in starts["maml"]}
        self.alpha = alpha
        self._generator = torch.Generator().manual_seed(seed)
        self.draw(n_points)

    # --- the task -----------------------------------------------------------------------------------------

    def draw(self, n_points: int = 5) -> None:
        """A new random sinusoid, from the phases that no start was trained on, and points on it."""
        if not 1 <= n_points <= MOST_POINTS:
            raise ValueError(f"n_points is {n_points}; it must be from 1 to {MOST_POINTS}")
        task = Sines().sample(1, n_points, 0, split="test", generator=self._generator)
        self.points = task.support[0].tolist()
        self.amplitude, self.phase = task.label[0].tolist()
        self.drawn = True

    def set_points(self, points) -> None:
        """Points by hand: from now on the sinusoid behind them is the one that fits them best."""
        points = [[float(x), float(y)] for x, y in points]
        if len(points) > MOST_POINTS:
            raise ValueError(f"there are {len(points)} points; the explorer takes at most {MOST_POINTS}")
        if not all(math.isfinite(v) for point in points for v in point):
            raise ValueError("a point has a coordinate that is not a finite number")
        self.points = [[_clip(x, X_RANGE), _clip(y, Y_RANGE)] for x, y in points]
        self.drawn = False
        if self.points:
            self.amplitude, self.phase = best_sinusoid(torch.tensor(self.points))

    def truth(self, x: Tensor = CURVE_X) -> Tensor:
        """y = amplitude sin(x + phase), of x's shape."""
        return self.amplitude * torch.sin(x + self.phase)

    def behind(self) -> str:
        """The sinusoid in words, and whether it was drawn or fitted."""
        curve = f"{self.amplitude:.1f} sin(x {'+' if self.phase >= 0 else '−'} {abs(self.phase):.1f})"
        return f"{curve}: the task" if self.drawn else f"{curve}: best fit to the points"

    # --- the adaptation -----------------------------------------------------------------------------------

    def paths(self, n_steps: int = MOST_STEPS) -> Params:
        """The weights of the M methods after 0 .. K steps on the points, each name (M, K + 1, ...)."""
        support = torch.tensor(self.points).reshape(-1, 2)  # (S, 2)
        if not self.points:  # nothing to learn from: nobody moves
            return {n: w[:, None].expand(-1, n_steps + 1, *w.shape[1:]) for n, w in self.stacked.items()}

        path = descent(self.stacked, support, self.alpha, n_steps)
        return {n: torch.stack([w[n] for w in path], 1) for n in self.stacked}

    def curves(self) -> tuple[Tensor, Tensor, Tensor]:
        """What is drawn: curves (M, K + 1, 61), and query and support losses (M, K + 1)."""
        paths = self.paths()
        curves = predict(paths, CURVE_X)
        query = (curves - self.truth()).square().mean(-1)
        support = squared_error(paths, torch.tensor(self.points)) if self.points else torch.zeros_like(query)
        return curves, query, support


def descent(stacked: Params, support: Tensor, alpha: float, n_steps: int) -> list[Params]:
    """w_k+1 = w_k - alpha grad L(w_k; S) of many networks at once: inner.adapt_path's numbers, first order.

    autograd on fresh leaves takes half the time of torch.func.grad, and nobody differentiates these paths.
    """
    step, path = sgd(alpha), [stacked]
    for _ in range(n_steps):
        w = trainable(path[-1])
        loss = squared_error(w, support).sum()  # nothing in common: each start gets its own gradient
        g = dict(zip(w, torch.autograd.grad(loss, tuple(w.values())), strict=True))
        path.append(step(detached(w), g, ())[0])
    return path


def best_sinusoid(points: Tensor) -> tuple[float, float]:
    """(amplitude, phase) of the least-squares a sin x + b cos x through points (S, 2).

    Directions the points hardly see (two points half a period apart) are left at zero rather than blown up.
    """
    x, y = points.double().T
    basis = torch.stack([x.sin(), x.cos()], 1)  # (S, 2)
    a, b = (torch.linalg.pinv(basis, rtol=0.1) @ y).tolist()
    return math.hypot(a, b), math.atan2(b, a)  # a sin x + b cos x = r sin(x + p), a = r cos p, b = r sin p


def _clip(value: float, ends: tuple[float, float]) -> float:
    return min(max(value, ends[0]), ends[1])
