"""Fifteen bugs of Meta-GAN code, each one part done wrong, and for each a test that sees it: lesson 14.

All of the broken parts run without an error. `HEALTHY` is a dict of right parts; `patient(name)` is the same
with one part broken; a test takes such a dict, and refuses it by an AssertionError. One part can be broken in
several ways, so a test may see more than the bug it was written for: `seen()` finds out which.
Scalars are enough here: L(w; a) = 1/2 (w - a)^2, for which all gradients are known.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.func import grad
from torch.nn.functional import logsigmoid

from metagan_course.losses import minimax_discriminator, non_saturating_generator, squared_slopes
from metagan_course.tasks.toys import ring_of_modes

Parts = dict[str, Callable]


def loss(w: Tensor, a: Tensor) -> Tensor:
    """L(w; a) = 1/2 mean (w - a)^2."""
    return (w - a).square().mean() / 2


# --- right parts -------------------------------------------------------------------------------------------


def adapt(w: Tensor, support: Tensor, alpha: float = 0.3, n_steps: int = 3) -> Tensor:
    """K times w <- w - alpha grad L(w; S), new weights that depend on the start (MAML, arXiv 1703.03400)."""
    for _ in range(n_steps):
        w = w - alpha * grad(loss)(w, support)
    return w


def meta_step(w: Tensor, support: Tensor, query: Tensor, adapt: Callable, beta: float = 0.5) -> Tensor:
    """w - beta d L(adapt(w, S), Q) / d w: the new start."""
    start = w.clone().requires_grad_()
    (slope,) = torch.autograd.grad(loss(adapt(start, support), query), start)
    return w - beta * slope


def player_gradients(gen_loss: Callable, disc_loss: Callable, phi: Tensor, theta: Tensor) -> tuple:
    """(d L_G / d phi, d L_D / d theta): each player has its own loss, the other one held fixed."""
    return grad(gen_loss)(phi, theta), grad(disc_loss)(theta, phi)


def sample_tasks(n_tasks: int, n_points: int, generator: torch.Generator) -> Tensor:
    """(T, N): each task has a mean of its own in [-3, 3], spread 0.1 about it."""
    means = 6 * torch.rand(n_tasks, 1, generator=generator) - 3
    return means + 0.1 * torch.randn(n_tasks, n_points, generator=generator)


def split(points: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """(N,) -> support (k,), query (N - k,), nothing in both."""
    return points[:k], points[k:]


def adam_steps(start: float, target: float, n_steps: int = 3) -> float:
    """Adapt by Adam, its moments fresh for each task."""
    w = torch.tensor(start, requires_grad=True)
    return _steps(torch.optim.Adam([w], lr=0.1), w, target, n_steps)


def grade(answer: Callable[[float], float]) -> bool:
    """Does an answer square its number?"""
    return all(abs(answer(x) - x * x) < 1e-6 for x in (-2.0, 0.5, 3.0))


def table(seed: int) -> Tensor:
    """(3,), a row of results that anybody can make again from its seed."""
    return torch.randn(100, 3, generator=torch.Generator().manual_seed(seed)).mean(0)


def _steps(optimiser: torch.optim.Optimizer, w: Tensor, target: float, n_steps: int) -> float:
    for _ in range(n_steps):
        optimiser.zero_grad()
        ((w - target).square() / 2).backward()
        optimiser.step()
    return w.item()


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

# --- broken parts ------------------------------------------------------------------------------------------


def same_loss(fake):
    return -logsigmoid(-fake).mean()  # the fake half of L_D: G helps D


def small_number_in_log(real, fake):
    return -(real.sigmoid() + 1e-8).log().mean() - (1 - fake.sigmoid() + 1e-8).log().mean()


def graph_cut(w, support, alpha=0.3, n_steps=3):
    return w + (adapt(w.detach(), support, alpha, n_steps) - w.detach())  # right numbers, FOMAML's gradient


def start_adapted(w, support, alpha=0.3, n_steps=3):
    w.data.copy_(adapt(w.detach().clone(), support, alpha, n_steps))  # the next task starts here
    return w * 1


def no_inner_loop(w, support, alpha=0.3, n_steps=3):
    return w * 1


def start_never_moves(w, support, query, adapt, beta=0.5):
    copy = w.clone().requires_grad_()  # load_state_dict(meta), and then only the copy is stepped
    (slope,) = torch.autograd.grad(loss(adapt(copy, support), query), copy)
    copy.data -= beta * slope
    return w


def one_outer_loss(gen_loss, disc_loss, phi, theta):
    return grad(lambda p, t: gen_loss(p, t) + disc_loss(t, p), argnums=(0, 1))(phi, theta)


def never_cleared(gen_loss, disc_loss, phi, theta):
    phi, theta = phi.clone().requires_grad_(), theta.clone().requires_grad_()
    gen_loss(phi, theta).backward()
    slope_g = phi.grad.clone()
    disc_loss(theta, phi).backward()  # theta.grad still holds G's
    return slope_g, theta.grad


def one_distribution(n_tasks, n_points, generator):
    pool = sample_tasks(n_tasks, n_points, generator).flatten()
    return pool[torch.randperm(len(pool), generator=generator)].reshape(n_tasks, n_points)


def no_query(points, k):
    return points[:k], points[:k]


def slope_per_pixel(disc, x):
    return grad(lambda x: disc(x).sum())(x).square().sum(1)  # over channels only


def ring_of_seven(n_modes):
    angle = torch.linspace(0, 2 * math.pi, n_modes)
    return torch.stack([angle.cos(), angle.sin()], 1)


_W = torch.tensor(0.0, requires_grad=True)
_ADAM = torch.optim.Adam([_W], lr=0.1)


def moments_kept(start, target, n_steps=3):
    _W.data.fill_(start)
    return _steps(_ADAM, _W, target, n_steps)


def key_graded(answer):
    return all(abs(x**2 - x * x) < 1e-6 for x in (-2.0, 0.5, 3.0))  # the key, never the answer


def no_seed(seed):
    return torch.randn(100, 3).mean(0)


# --- tests -------------------------------------------------------------------------------------------------


def test_generator_raises_its_logit(parts):
    fake = torch.linspace(-3, 3, 7)
    assert (grad(parts["gen_loss"])(fake) < 0).all(), "descent on L_G lowers the logit of a fake"


def test_slope_at_sure_logits(parts):
    slope = grad(parts["disc_loss"])(torch.tensor([-25.0]), torch.tensor([0.0]))
    assert abs(slope.item() + 1) < 1e-3, "a real sample taken for fake gives no slope"


def test_gradient_through_the_steps(parts):
    w, a, alpha = torch.tensor(1.0), torch.tensor([2.0]), 0.3
    slope = torch.autograd.functional.jacobian(lambda w: parts["adapt"](w, a, alpha, 3), w)
    assert abs(slope.item() - (1 - alpha) ** 3) < 1e-5, "d w' / d w is not (1 - alpha)^K"


def test_start_stays(parts):
    w = torch.tensor(1.0)
    parts["adapt"](w, torch.tensor([2.0]))
    assert w.item() == 1, "adapting to one task changed the start of the next"


def test_adapting_helps(parts):
    w, a = torch.tensor(1.0), torch.tensor([2.0])
    assert loss(parts["adapt"](w.clone(), a), a) < 0.9 * loss(w, a), "the support loss does not fall"


def test_start_moves(parts):
    w, support, query = torch.tensor(1.0), torch.tensor([2.0]), torch.tensor([3.0])
    assert parts["meta_step"](w.clone(), support, query, parts["adapt"]) > w, "nothing is meta-learned"


def _two_slopes(parts):
    phi, theta = torch.tensor(0.7), torch.tensor(-0.4)
    return parts["player_gradients"](lambda p, t: p * t + p**2, lambda t, p: t**2 + 3 * p * t, phi, theta)


def test_generator_has_its_own_slope(parts):
    assert abs(_two_slopes(parts)[0].item() - 1.0) < 1e-5, "G receives the other player's gradient"


def test_discriminator_has_its_own_slope(parts):
    assert abs(_two_slopes(parts)[1].item() - 1.3) < 1e-5, "D receives the other player's gradient"


def test_tasks_differ(parts):
    points = parts["sample_tasks"](50, 40, torch.Generator().manual_seed(0))
    assert points.mean(1).std() > points.std(1).mean(), "between tasks there is less than within one"


def test_query_is_new(parts):
    support, query = parts["split"](torch.arange(8.0), 3)
    assert not torch.isin(query, support).any(), "the query was seen while adapting"


def test_one_slope_per_image(parts):
    slopes = parts["squared_slopes"](lambda x: x.sum((1, 2, 3)), torch.zeros(2, 3, 4, 4))
    assert slopes.shape == (2,) and (slopes == 48).all(), "not one norm an image"


def test_ring_has_all_modes(parts):
    gaps = torch.pdist(parts["ring"](8))
    assert gaps.min() > 0.1, "two modes lie in one place"


def test_same_task_same_result(parts):
    first = parts["adam_steps"](0.0, 1.0)
    parts["adam_steps"](0.0, -5.0)
    assert abs(parts["adam_steps"](0.0, 1.0) - first) < 1e-6, "a task's result hangs on the task before"


def test_wrong_answer_is_refused(parts):
    assert parts["grade"](lambda x: x * x), "a right answer is refused"
    assert not parts["grade"](lambda x: 2 * x), "a wrong answer passes"


def test_table_again(parts):
    assert torch.equal(parts["table"](1), parts["table"](1)), "the same seed gives other numbers"


class Bug(NamedTuple):
    """One bug: its part, the broken code, the symptom (said here, not measured), the cause, the test."""

    part: str
    broken: Callable
    symptom: str
    cause: str
    test: Callable


BUGS: dict[str, Bug] = {
    bug.broken.__name__: bug
    for bug in (
        Bug("gen_loss", same_loss, "D wins more the longer G trains", "L_G written like L_D",
            test_generator_raises_its_logit),
        Bug("disc_loss", small_number_in_log, "D stops learning where it is most wrong",
            "log(sigmoid + 1e-8)", test_slope_at_sure_logits),
        Bug("adapt", graph_cut, "MAML does no better than FOMAML", "an optimiser's step in the inner loop",
            test_gradient_through_the_steps),
        Bug("adapt", start_adapted, "results hang on the order of tasks", "the meta networks are adapted",
            test_start_stays),
        Bug("adapt", no_inner_loop, "step 0 and step K look alike", "an ordinary GAN, called meta",
            test_adapting_helps),
        Bug("meta_step", start_never_moves, "the start after training is the start", "a copy is stepped",
            test_start_moves),
        Bug("player_gradients", one_outer_loss, "G drifts towards D's aim", "L_G + L_D, one backward",
            test_generator_has_its_own_slope),
        Bug("player_gradients", never_cleared, "D drifts towards G's aim", "D's gradient not cleared",
            test_discriminator_has_its_own_slope),
        Bug("sample_tasks", one_distribution, "a mean start is as good as any",
            "tasks are random subsets of one set", test_tasks_differ),
        Bug("split", no_query, "training scores far above held-out ones", "one set is support and query",
            test_query_is_new),
        Bug("squared_slopes", slope_per_pixel, "a penalty that depends on the size of images",
            "norm over axis 1 of NCHW", test_one_slope_per_image),
        Bug("ring", ring_of_seven, "one mode of eight is never found", "linspace closes the circle",
            test_ring_has_all_modes),
        Bug("adam_steps", moments_kept, "the same task, another result", "Adam's moments outlive a task",
            test_same_task_same_result),
        Bug("grade", key_graded, "everybody passes", "the key is checked, not the answer",
            test_wrong_answer_is_refused),
        Bug("table", no_seed, "nobody finds the published row again", "no seed", test_table_again),
    )
}  # fmt: skip


def patient(name: str) -> Parts:
    """The healthy parts with one of them broken."""
    return HEALTHY | {BUGS[name].part: BUGS[name].broken}


def refuses(test: Callable[[Parts], None], parts: Parts) -> bool:
    """Does this test see something wrong?"""
    try:
        test(parts)
    except AssertionError:
        return True
    return False


def seen() -> dict[str, list[str]]:
    """bug whose test it is -> all bugs that this test sees."""
    return {
        name: [other for other in BUGS if refuses(bug.test, patient(other))] for name, bug in BUGS.items()
    }
