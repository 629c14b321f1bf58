"""What one sees of a bug of lesson 14 when the code runs: a curve for each, and one number read off it.

A symptom runs parts that may be right or broken, so that every bug meets every symptom. The curves are
measured, small and blunt: one weight that meta-learns lines, two numbers that play a GAN on flat pictures.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

from .clinic_parts import HEALTHY, Parts, loss

OUTER, FRESH = 200, 1000  # outer steps; tasks that judge a start
RATE = 1.0  # the outer rate in the beginning
PIXELS = 8  # side of a flat picture
DIRECTION = torch.full((1, PIXELS, PIXELS), 1 / PIXELS)  # (1, 8, 8), of length 1

LINES = ("adapt", "meta_step", "sample_tasks", "split")
GAME = ("gen_loss", "disc_loss", "player_gradients", "squared_slopes")


class Symptom(NamedTuple):
    """A curve to draw and the number to compare; `uses` are the parts that can change it."""

    curve: Callable[[Parts, int], Tensor]  # (parts, seed) -> (n,)
    number: Callable[[Tensor], float]
    x: str
    y: str
    uses: tuple[str, ...]


def draws(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def last(curve: Tensor) -> float:
    """The mean of the curve's last fifth."""
    return curve[-max(1, len(curve) // 5) :].mean().item()


def spread(curve: Tensor) -> float:
    return (curve.max() - curve.min()).item()


# --- meta-learning lines -----------------------------------------------------------------------------------


def meta_train(parts: Parts, seed: int, n_outer: int = OUTER) -> Tensor:
    """The start after each outer step, one a task: (n + 1,). The outer rate falls to 0 along a line."""
    generator = draws(seed)
    w = torch.tensor(4.0) + 0.5 * torch.randn((), generator=generator)
    starts = [w]
    for step, points in enumerate(parts["sample_tasks"](n_outer, 40, generator)):
        support, query = parts["split"](points, 20)
        w = parts["meta_step"](w, support, query, parts["adapt"], beta=RATE * (1 - step / n_outer))
        starts.append(w)
    return torch.stack(starts)


def told(parts: Parts, starts: Tensor, seed: int) -> Tensor:
    """What such a loop prints: the query loss after adapting, by its own tasks, split and steps."""
    tasks = parts["sample_tasks"](100, 40, draws(500 + seed))
    pairs = [parts["split"](points, 20) for points in tasks]
    return torch.stack([_mean_query(parts, w, pairs, 3) for w in starts])


def judged(starts: Tensor) -> Tensor:
    """Query loss on the same new tasks after the *right* three steps from each start: (n,) -> (n,)."""
    x, y = HEALTHY["sample_tasks"](FRESH, 40, draws(1000)).unbind(-1)  # (F, 40) each
    (x, new_x), (y, new_y) = x.split(20, 1), y.split(20, 1)
    h, b = x.square().mean(1), (x * y).mean(1)  # (F,) L(w; S) = h w^2 / 2 - b w + ...
    w = starts[:, None].expand(-1, FRESH)
    for _ in range(3):
        w = w - 0.3 * (h * w - b)
    return (w[..., None] * new_x - new_y).square().mean((1, 2)) / 2


def worth_of_the_start(parts: Parts, seed: int) -> Tensor:
    """The starts are averaged over the last 100 outer steps, or the draws of tasks hide the difference."""
    starts = meta_train(parts, seed)
    means = torch.stack([starts[max(0, n - 100) : n + 1].mean() for n in range(50, len(starts), 10)])
    return judged(means)


def way_of_the_start(parts: Parts, seed: int) -> Tensor:
    starts = meta_train(parts, seed, 40)
    return (starts - starts[0]).abs()


def start_while_serving(parts: Parts, seed: int) -> Tensor:
    """Ten tasks are adapted to, and nothing is learned: where is the start?"""
    w = torch.tensor(1.0)
    places = [w.item()]
    for points in parts["sample_tasks"](10, 20, draws(seed)):
        parts["adapt"](w, points)
        places.append(w.item())
    return torch.tensor(places)


def support_loss_by_step(parts: Parts, seed: int) -> Tensor:
    """L(w_t; S) / L(w_0; S) for t = 0 ... 8 on one task of curvature near 1."""
    x = torch.randn(20, generator=draws(seed))
    support, w = torch.stack([x, 2.5 * x], 1), torch.tensor(0.0)
    losses = [loss(parts["adapt"](w.clone(), support, n_steps=t), support) for t in range(9)]
    return torch.stack(losses) / losses[0]


def use_of_adapting(parts: Parts, seed: int) -> Tensor:
    """Query loss after t steps from the mean start, over that before, on its own 20 tasks."""
    tasks = parts["sample_tasks"](20, 40, draws(seed))
    x, y = tasks.flatten(0, 1).unbind(-1)
    mean, pairs = (x * y).sum() / x.square().sum(), [parts["split"](points, 20) for points in tasks]
    losses = [_mean_query(parts, mean, pairs, t) for t in (0, 1, 2, 4)]
    return torch.stack(losses) / losses[0]


def _mean_query(parts: Parts, w: Tensor, pairs: list, t: int) -> Tensor:
    return torch.stack([loss(parts["adapt"](w.clone(), s, n_steps=t), q) for s, q in pairs]).mean()


def told_over_true(parts: Parts, seed: int) -> Tensor:
    """What the code reports as query loss over the loss on new points, two noisy points to learn from."""
    generator, told, true = draws(seed), [], []
    for _ in range(30):
        x, new_x = torch.ones(4), torch.ones(8)  # y = a + noise
        a = torch.randn((), generator=generator)
        y, new_y = (a + torch.randn(n, generator=generator) for n in (4, 8))
        support, query = parts["split"](torch.stack([x, y], 1), 2)
        ways = [parts["adapt"](torch.tensor(0.0), support, n_steps=t) for t in (0, 2, 4, 8)]
        told.append(torch.stack([loss(w, query) for w in ways]))
        true.append(torch.stack([loss(w, torch.stack([new_x, new_y], 1)) for w in ways]))
    return torch.stack(told).mean(0) / torch.stack(true).mean(0)


# --- a GAN of two numbers ----------------------------------------------------------------------------------


class Game(NamedTuple):
    phi: Tensor  # (T + 1,) how far the fakes are from the data
    theta: Tensor  # (T + 1,) D's slope


def play(parts: Parts, seed: int, n_steps: int = 100) -> Game:
    """One game; the same parts and seed give the one that was played before."""
    return _play(*(parts[name] for name in GAME), seed, n_steps)


@lru_cache(maxsize=500)
def _play(gen_loss, disc_loss, player_gradients, squared_slopes, seed, n_steps, rate=0.3, gamma=1.0) -> Game:
    """The Dirac-GAN with R1 on flat pictures: real ones are noise about 0, fakes lie at phi."""
    parts = dict(zip(GAME, (gen_loss, disc_loss, player_gradients, squared_slopes), strict=True))
    generator = draws(seed)
    phi, theta = torch.tensor(2.0) + 0.3 * torch.randn((), generator=generator), torch.tensor(-0.5)
    phis, thetas = [phi], [theta]
    for _ in range(n_steps):
        real = 0.2 * torch.randn(8, 1, 1, 1, generator=generator) * DIRECTION  # (8, 1, 8, 8)
        slope_g, slope_d = parts["player_gradients"](*_losses(parts, real, gamma), phi, theta)
        phi, theta = phi - rate * slope_g, theta - rate * slope_d
        phis.append(phi)
        thetas.append(theta)
    return Game(torch.stack(phis), torch.stack(thetas))


def _losses(parts: Parts, real: Tensor, gamma: float) -> tuple[Callable, Callable]:
    def logits(theta, x):
        return theta * (x * DIRECTION).sum((1, 2, 3))

    def gen_loss(phi, theta):
        return parts["gen_loss"](logits(theta, (phi * DIRECTION)[None]))

    def disc_loss(theta, phi):
        said = parts["disc_loss"](logits(theta, real), logits(theta, (phi * DIRECTION)[None]))
        return said + gamma / 2 * parts["squared_slopes"](lambda x: logits(theta, x), real).mean()

    return gen_loss, disc_loss


def distance(parts: Parts, seed: int) -> Tensor:
    return play(parts, seed).phi.abs()


def logit_of_fakes(parts: Parts, seed: int) -> Tensor:
    game = play(parts, seed)
    return game.phi * game.theta


def slope_of_d(parts: Parts, seed: int) -> Tensor:
    return play(parts, seed, n_steps=12).theta.abs()


def radius(parts: Parts, seed: int) -> Tensor:
    game = play(parts, seed)
    return (game.phi.square() + game.theta.square()).sqrt()


def recovery_of_d(parts: Parts, seed: int) -> Tensor:
    """D is sure and wrong: its logit at the real samples, 30 steps of 1."""
    generator, bias, logits = draws(seed), torch.tensor(-25.0), []
    real = 0.5 * torch.randn(16, generator=generator)
    for _ in range(31):
        logits.append((bias + real).mean())
        slope = torch.func.grad(lambda b: parts["disc_loss"](b + real, torch.zeros(1)))(bias)
        bias = bias - slope
    return torch.stack(logits)


# --- the rest ----------------------------------------------------------------------------------------------


def modes_found(parts: Parts, seed: int) -> Tensor:
    """How many places a perfect sampler of eight modes has met after 0, 10, ... 100 samples."""
    ring = parts["ring"](8)  # (8, 2)
    place = (torch.cdist(ring, ring) < 0.1).int().argmax(1)  # (8,) the first mode that lies there
    met = place[torch.randint(8, (100,), generator=draws(seed))]  # (100,)
    return torch.tensor([float(len(met[:n].unique())) for n in range(0, 101, 10)])


def same_task_again(parts: Parts, seed: int) -> Tensor:
    """One task, asked for between others: its result, eight times."""
    found, generator = [], draws(seed)
    for _ in range(8):
        found.append(parts["adam_steps"](0.0, 1.0))
        parts["adam_steps"](0.0, 20 * torch.randn((), generator=generator).item())
    return torch.tensor(found)


def answers_passed(parts: Parts, seed: int) -> Tensor:
    """Share of answers that pass, by how wrong they are."""
    signs = torch.randint(2, (10,), generator=draws(seed)).mul(2).sub(1).tolist()
    return torch.tensor([_passed(parts, signs, error / 10) for error in range(11)])


def _passed(parts: Parts, signs: list[int], error: float) -> float:
    graded = [parts["grade"](lambda x, s=s: x * x + s * error) for s in signs]
    return sum(graded) / len(graded)


def row_again(parts: Parts, seed: int) -> Tensor:
    """The first number of one row of a table, made eight times from one seed."""
    return torch.stack([parts["table"](seed)[0] for _ in range(8)])


def _symptom(curve: Callable, number: Callable, x: str, y: str, *uses: str) -> Symptom:
    return Symptom(curve, number, x, y, uses)


SYMPTOMS: dict[str, Symptom] = {
    "same_loss": _symptom(logit_of_fakes, last, "step", "D's logit of a fake", *GAME),
    "small_number_in_log": _symptom(
        recovery_of_d, last, "step", "D's logit of real ones", "disc_loss"
    ),
    "graph_cut": _symptom(
        worth_of_the_start, last, "outer step / 10, from 50 on", "loss on new tasks", *LINES
    ),
    "start_adapted": _symptom(
        start_while_serving, spread, "tasks served", "the start", "adapt", "sample_tasks"
    ),
    "no_inner_loop": _symptom(
        support_loss_by_step, last, "inner step", "support loss, relative", "adapt"
    ),
    "start_never_moves": _symptom(way_of_the_start, last, "outer step", "way of the start", *LINES),
    "one_outer_loss": _symptom(distance, last, "step", "distance of fakes from data", *GAME),
    "never_cleared": _symptom(slope_of_d, last, "step", "size of D's slope", *GAME),
    "one_distribution": _symptom(use_of_adapting, last, "inner steps: 0 1 2 4", "query loss, relative",
                                 "adapt", "sample_tasks", "split"),
    "no_query": _symptom(told_over_true, last, "inner steps: 0 2 4 8", "loss told / loss on new points",
                         "adapt", "split"),
    "slope_per_pixel": _symptom(radius, last, "step", "distance of both from rest", *GAME),
    "ring_of_seven": _symptom(modes_found, last, "samples / 10", "places met, of 8", "ring"),
    "moments_kept": _symptom(same_task_again, spread, "time asked", "one task's result", "adam_steps"),
    "key_graded": _symptom(answers_passed, last, "error of the answer x 10", "share that passes", "grade"),
    "no_seed": _symptom(row_again, spread, "run", "a number of the row", "table"),
}  # fmt: skip


Curves = dict[str, list[Tensor]]  # symptom -> one curve a seed


def curves(
    parts: Parts, seeds: Sequence[int], *, part: str | None = None, right: Curves | None = None
) -> Curves:
    """What these parts show, symptom by symptom. With the one `part` that is not right and the curves of
    right code, only what that part can change is run.
    """
    kept = {} if right is None else {n: right[n] for n, s in SYMPTOMS.items() if part not in s.uses}
    rest = {n: [s.curve(parts, seed) for seed in seeds] for n, s in SYMPTOMS.items() if n not in kept}
    return {name: (kept | rest)[name] for name in SYMPTOMS}


def numbers(shown: Curves) -> dict[str, list[float]]:
    """symptom -> the number of each seed."""
    return {name: [SYMPTOMS[name].number(one) for one in every] for name, every in shown.items()}


def disturbed(shown: Curves, right: Curves) -> list[str]:
    """The symptoms whose numbers lie outside those of right code: on every seed, and all on one side."""
    ours, theirs = numbers(shown), numbers(right)
    return [n for n in ours if min(ours[n]) > max(theirs[n]) or max(ours[n]) < min(theirs[n])]


def profiles(shown: Mapping[str, Curves]) -> Tensor:
    """All numbers of all patients: (B, S, C), bugs by seeds by curves; each curve's largest is 1 in size."""
    table = torch.tensor([list(numbers(one).values()) for one in shown.values()]).transpose(1, 2)
    return table / table.abs().amax((0, 1)).clamp(min=1e-6)


def named_by_profile(shown: Mapping[str, Curves]) -> list[tuple[str, str]]:
    """(bug, the name it is given) for each patient and seed, by the nearest mean profile of the other seeds.

    A reader of curves who has run all these bugs before, and knows which was which.
    """
    table, names, found = profiles(shown), list(shown), []
    for seed in range(table.shape[1]):
        others = [s for s in range(table.shape[1]) if s != seed]
        nearest = torch.cdist(table[:, seed], table[:, others].mean(1)).argmin(1)  # (B,)
        found += [(name, names[at]) for name, at in zip(names, nearest.tolist(), strict=True)]
    return found
