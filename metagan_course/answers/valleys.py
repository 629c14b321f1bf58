"""The landscapes and games of lesson 06, many at once, and how far a rule comes on them.

All T tasks run as one sum of losses: a coordinate's gradient knows only its own task. The place to reach is 0
everywhere; no rule of the lesson is told where it stands, only how steep it is there.
"""

import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn.utils import clip_grad_norm_
from tqdm.auto import tqdm

from metagan_course.answers.rules import momentum, optimism, truncated_loss
from metagan_course.inner import slope
from metagan_course.steps import Step, adam, learned, sgd
from metagan_course.weights import Params, detached, params_of

FAR = 1e-6  # nearer than this counts as arrived: single precision has no more


class Tasks(NamedTuple):
    """T tasks of one family, where each starts, and one step of a rule on all of them."""

    data: dict[str, Tensor]
    start: Params
    move: Callable[[Step, dict, Params, Any], tuple[Params, Any]]
    players: tuple[tuple[str, ...], ...]  # who moves with a state of its own, first to last


# --- valleys -----------------------------------------------------------------------------------------------


def height(params: Params, data: dict[str, Tensor]) -> Tensor:
    """sum of 1/2 sum_i h_i u_i^2, u = R w, and u_2 minus bend u_1^2: a valley turned by R, and bent."""
    u = (data["turn"] @ params["w"][..., None])[..., 0]  # (T, n)
    u = torch.cat([u[:, :1], u[:, 1:2] - data["bend"][:, None] * u[:, :1] ** 2, u[:, 2:]], 1)
    return (data["h"] * u.square()).sum() / 2


def roll(step: Step, data: dict, weights: Params, state: Any) -> tuple[Params, Any]:
    """One step down the valley."""
    return step(weights, slope(height, step, weights, data), state)


def valleys(
    n_tasks: int,
    generator: torch.Generator,
    *,
    n: int = 2,
    curvature: tuple[float, float] = (0.1, 10.0),
    turned: bool = False,
    bend: float = 0.0,
    size: float = 1.0,
) -> Tasks:
    """Curvatures with a uniform logarithm, starts on the unit circle; `size` multiplies every loss."""
    h = size * log_uniform((n_tasks, n), curvature, generator)
    eye = torch.eye(n).expand(n_tasks, n, n)
    rotation = torch.linalg.qr(torch.randn(n_tasks, n, n, generator=generator)).Q if turned else eye
    start = {"w": on_the_circle(n_tasks, n, generator)}
    return Tasks({"h": h, "turn": rotation, "bend": torch.full((n_tasks,), bend)}, start, roll, (("w",),))


# --- games -------------------------------------------------------------------------------------------------


def stake(x: Params, y: Params, data: dict[str, Tensor]) -> Tensor:
    """x pays y: sum of x A y + 1/2 c (|x|^2 - |y|^2). c = 0 is a matrix game, c > 0 a saddle."""
    both = torch.einsum("ti,tij,tj->", x["x"], data["A"], y["y"])
    return both + data["c"] / 2 * (x["x"].square().sum() - y["y"].square().sum())


def gain(y: Params, x: Params, data: dict[str, Tensor]) -> Tensor:
    return -stake(x, y, data)


def take_turns(step: Step, data: dict, weights: Params, state: Any) -> tuple[Params, Any]:
    """y moves, then x, who sees the new y: the order of `adapt_game`."""
    x, y = {"x": weights["x"]}, {"y": weights["y"]}
    y, of_y = step(y, slope(gain, step, y, x, data), state[0])
    x, of_x = step(x, slope(stake, step, x, y, data), state[1])
    return {**x, **y}, (of_y, of_x)


def games(
    n_tasks: int,
    generator: torch.Generator,
    *,
    n: int = 1,
    stakes: tuple[float, float] = (0.3, 3.0),
    c: float = 0.0,
    size: float = 1.0,
) -> Tasks:
    """x and y of n numbers each; A has singular values with a uniform logarithm. They start on the circle."""
    left, right = (torch.linalg.qr(torch.randn(n_tasks, n, n, generator=generator)).Q for _ in range(2))
    A = left @ torch.diag_embed(size * log_uniform((n_tasks, n), stakes, generator)) @ right  # (T, n, n)
    x, y = on_the_circle(n_tasks, 2 * n, generator).split(n, 1)
    return Tasks({"A": A, "c": torch.tensor(size * c)}, {"x": x, "y": y}, take_turns, (("y",), ("x",)))


def log_uniform(shape: tuple[int, ...], ends: tuple[float, float], generator: torch.Generator) -> Tensor:
    low, high = map(math.log, ends)
    return (low + (high - low) * torch.rand(shape, generator=generator)).exp()


def on_the_circle(n_tasks: int, n: int, generator: torch.Generator) -> Tensor:
    w = torch.randn(n_tasks, n, generator=generator)
    return w / w.norm(dim=1, keepdim=True)


# --- runs --------------------------------------------------------------------------------------------------


def first_state(tasks: Tasks, step: Step) -> Any:
    states = tuple(step.init({n: tasks.start[n] for n in names}) for names in tasks.players)
    return states if len(states) > 1 else states[0]


def distance(weights: Params) -> Tensor:
    """How far each task is from its solution, 0: (T,)."""
    return torch.cat([weights[n] for n in sorted(weights)], 1).norm(dim=1)


@torch.no_grad()
def path(tasks: Tasks, step: Step, n_steps: int) -> Iterator[Params]:
    """The weights at the start and after each step."""
    weights, state = tasks.start, first_state(tasks, step)
    yield weights
    for _ in range(n_steps):
        weights, state = tasks.move(step, tasks.data, weights, state)
        yield weights


def distances(tasks: Tasks, step: Step, n_steps: int) -> Tensor:
    """(K + 1, T)"""
    return torch.stack([distance(weights) for weights in path(tasks, step, n_steps)])


def digits(tasks: Tasks, step: Step, n_steps: int) -> Tensor:
    """log10 of how many times nearer K steps brought each task: (T,), from -6 to 6.

    0: no nearer; NaN, numbers that ran out, is as bad as it gets.
    """
    begin, *_, end = path(tasks, step, n_steps)
    return -(distance(end) / distance(begin)).log10().nan_to_num(nan=6.0).clamp(-6, 6)


# --- a rule is trained, rivals are tried -------------------------------------------------------------------


def train_rule(
    network: torch.nn.Module,
    draw: Callable[[int, torch.Generator], Tasks],
    *,
    n_steps: int = 10,
    cut: int = 10,
    updates: int = 200,
    n_tasks: int = 64,
    rate: float = 0.02,
    seed: int = 0,
    loss: Callable = truncated_loss,
) -> Params:
    """psi after so many outer steps of Adam on mean_k log10(distance after k steps).

    The network itself stays as it was: its weights are only where psi begins.
    """
    generator = torch.Generator().manual_seed(seed)
    psi = {n: w.detach().clone().requires_grad_() for n, w in params_of(network).items()}
    optimizer = torch.optim.Adam(psi.values(), rate)
    for update in tqdm(range(updates), desc="training a rule", leave=False, delay=1):
        optimizer.param_groups[0]["lr"] = rate * (1 - update / updates)
        tasks, step = draw(n_tasks, generator), learned(network, psi)
        value = loss(
            partial(tasks.move, step, tasks.data), far, tasks.start, first_state(tasks, step), n_steps, cut
        )
        optimizer.zero_grad()
        value.backward()
        clip_grad_norm_(psi.values(), 1.0)
        optimizer.step()
    return detached(psi)


def far(weights: Params) -> Tensor:
    """What the outer loop makes small: mean log10 of the distance."""
    return (distance(weights) + FAR).log10().mean()


def trials(kind: str, n: int, generator: torch.Generator) -> list[Step]:
    """n random settings of a hand-made rule: rates from 0.001 to 10, its second number where it has one."""
    drawn = torch.rand(n, 2, generator=generator).tolist()
    return [RIVALS[kind](10 ** (4 * u - 3), v) for u, v in drawn]


RIVALS: dict[str, Callable[[float, float], Step]] = {
    "sgd": lambda alpha, v: sgd(alpha),
    "momentum": lambda alpha, v: momentum(alpha, 1.5 * v - 0.5),
    "adam": lambda alpha, v: adam(alpha, betas=(v, 0.999)),
    "optimism": lambda alpha, v: optimism(alpha, 2 * v),
}

VALLEYS: dict[str, Callable[[int, torch.Generator], Tasks]] = {
    "the family": valleys,
    "a hundred times as steep": partial(valleys, size=100.0),
    "turned": partial(valleys, turned=True),
    "bent": partial(valleys, bend=1.0),
    "ten coordinates": partial(valleys, n=10),
    "ten, turned": partial(valleys, n=10, turned=True),
}
GAMES: dict[str, Callable[[int, torch.Generator], Tasks]] = {
    "the family": games,
    "three numbers each": partial(games, n=3),
    "saddles": partial(games, c=1.0),
}
