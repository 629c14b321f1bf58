"""The right parts of the clinic of lesson 14: a Meta-GAN's code in pieces, each small enough to test.

    from metagan_course.answers.clinic_parts import HEALTHY

A task is a line through the origin: points (x, y), one weight w, and all gradients are known. Not here: what
is broken (clinic_broken.py), the tests (clinic_tests.py), what one sees (clinic_symptoms.py).
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.func import grad

from metagan_course.losses import minimax_discriminator, non_saturating_generator, squared_slopes
from metagan_course.tasks.toys import ring_of_modes

Parts = dict[str, Callable]


def loss(w: Tensor, points: Tensor) -> Tensor:
    """L(w; S) = 1/2 mean (w x - y)^2: w (), points (N, 2). Its curvature is h = mean x^2."""
    x, y = points.unbind(-1)  # (N,) each
    return (w * x - y).square().mean() / 2


def adapt(w: Tensor, support: Tensor, alpha: float = 0.3, n_steps: int = 3) -> Tensor:
    """K times w <- w - alpha grad L(w; S), new weights that depend on the start (MAML, arXiv 1703.03400)."""
    for _ in range(n_steps):
        w = w - alpha * grad(loss)(w, support)
    return w


def meta_step(w: Tensor, support: Tensor, query: Tensor, adapt: Callable, beta: float = 0.5) -> Tensor:
    """w - beta d L(adapt(w, S), Q) / d w: the new start."""
    start = w.clone().requires_grad_()
    (slope,) = torch.autograd.grad(loss(adapt(start, support), query), start)
    return start.detach() - beta * slope  # right code has left the start where it was


def player_gradients(gen_loss: Callable, disc_loss: Callable, phi: Tensor, theta: Tensor) -> tuple:
    """(d L_G / d phi, d L_D / d theta): each player has its own loss, the other one held fixed."""
    return grad(gen_loss)(phi, theta), grad(disc_loss)(theta, phi)


def sample_tasks(n_tasks: int, n_points: int, generator: torch.Generator) -> Tensor:
    """(T, N, 2): each task is a line y = a x, a in [-3, 3]; the steeper up, the wider its x, so that tasks
    differ in curvature too.
    """
    a = 6 * torch.rand(n_tasks, 1, generator=generator) - 3
    x = (0.9 + 0.25 * a) * torch.randn(n_tasks, n_points, generator=generator)
    y = a * x + 0.1 * torch.randn(n_tasks, n_points, generator=generator)
    return torch.stack([x, y], dim=-1)


def split(points: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """(N, ...) -> support (k, ...), query (N - k, ...), nothing in both."""
    return points[:k], points[k:]


def adam_steps(start: float, target: float, n_steps: int = 3) -> float:
    """Adapt to 1/2 (w - target)^2 by Adam, its moments fresh for each task."""
    w = torch.tensor(start, requires_grad=True)
    return steps_of(torch.optim.Adam([w], lr=0.1), w, target, n_steps)


def steps_of(optimiser: torch.optim.Optimizer, w: Tensor, target: float, n_steps: int) -> float:
    """What an optimiser makes of w in so many steps."""
    for _ in range(n_steps):
        optimiser.zero_grad()
        ((w - target).square() / 2).backward()
        optimiser.step()
    return w.item()


def grade(answer: Callable[[float], float]) -> bool:
    """Does an answer square its number?"""
    return all(abs(answer(x) - x * x) < 1e-6 for x in (-2.0, 0.5, 3.0))


def table(seed: int) -> Tensor:
    """(3,), a row of results that anybody can make again from its seed."""
    return torch.randn(100, 3, generator=torch.Generator().manual_seed(seed)).mean(0)


HEALTHY: Parts = {
    "gen_loss": lambda fake: non_saturating_generator(fake=fake),
    "disc_loss": lambda real, fake: minimax_discriminator(real=real, fake=fake),
    "adapt": adapt,
    "meta_step": meta_step,
    "player_gradients": player_gradients,
    "sample_tasks": sample_tasks,
    "split": split,
    "squared_slopes": squared_slopes,
    "ring": ring_of_modes,
    "adam_steps": adam_steps,
    "grade": grade,
    "table": table,
}
