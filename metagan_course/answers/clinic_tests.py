"""The tests of the clinic of lesson 14: each passes right code and refuses a bug, by an AssertionError.

`through_test`, `players_test` and `state_test` are exercises: they are given one implementation and something
to try it on. The others are given all parts.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.autograd.functional import jacobian
from torch.func import grad

from .clinic_parts import Parts, loss


def through_test(adapt: Callable, support: Tensor) -> None:
    """adapt(w, S, alpha, K) goes down L(w; S) = 1/2 mean (w x - y)^2, its gradient passes, the start stays.

    With h = mean x^2 and w* = mean xy / h: w' = w* + (1 - alpha h)^K (w - w*), d w'/d w = (1 - alpha h)^K.
    support: points (x, y), (N, 2).
    """
    x, y = support.unbind(1)
    h = x.square().mean().item()
    best, alpha = (x * y).mean().item() / h, 0.5 / h  # a step halves the way
    for n_steps in (1, 3):
        start, factor = torch.tensor(best + 1), 0.5**n_steps
        slope = jacobian(lambda w, k=n_steps: adapt(w, support, alpha, k), start)
        assert abs(start - best - 1) < 1e-6, "the start was changed in place"
        new = adapt(start, support, alpha, n_steps)
        assert abs(new - best - factor) < 1e-3, "K steps lead somewhere else"
        assert abs(slope - factor) < 1e-3, "d w' / d w is not (1 - alpha h)^K"


def players_test(player_gradients: Callable, phi: Tensor, theta: Tensor) -> None:
    """(d L_G / d phi, d L_D / d theta), each by the player's own weights, on losses that hold both."""
    slope_g, slope_d = player_gradients(lambda p, t: p * t + p**2, lambda t, p: t**2 + 3 * p * t, phi, theta)
    assert abs(slope_g - theta - 2 * phi) < 1e-3, "G's slope is not theta + 2 phi"
    assert abs(slope_d - 2 * theta - 3 * phi) < 1e-3, "D's slope is not 2 theta + 3 phi"


def state_test(adam_steps: Callable, others: Sequence[float]) -> None:
    """The result hangs on start, target and n_steps, and not on the tasks before, of targets `others`."""
    first = adam_steps(0.0, 1.0, 3)
    for other in others:
        adam_steps(0.0, other, 3)
        assert abs(adam_steps(0.0, 1.0, 3) - first) < 1e-6, "a task's result hangs on the task before"
    assert abs(adam_steps(0.0, -1.0, 3) - first) > 1e-6, "the target makes no difference"
    assert abs(adam_steps(0.0, 1.0, 1) - first) > 1e-6, "n_steps makes no difference"
    assert abs(adam_steps(3.0, 1.0, 3) - first) > 1e-6, "the start makes no difference"


def test_generator_raises_its_logit(parts: Parts) -> None:
    fake = torch.linspace(-3, 3, 7)
    assert (grad(parts["gen_loss"])(fake) < 0).all(), "descent on L_G lowers the logit of a fake"


def test_slope_at_sure_logits(parts: Parts) -> None:
    slope = grad(parts["disc_loss"])(torch.tensor([-25.0]), torch.tensor([0.0]))
    assert abs(slope.item() + 1) < 1e-3, "a real sample taken for fake gives no slope"


def test_gradient_through_the_steps(parts: Parts) -> None:
    through_test(parts["adapt"], torch.tensor([[1.0, 2.0], [2.0, 3.0]]))


def test_start_stays(parts: Parts) -> None:
    w = torch.tensor(1.0)
    parts["adapt"](w, torch.tensor([[1.0, 2.0]]))
    assert w.item() == 1, "adapting to one task changed the start of the next"


def test_adapting_helps(parts: Parts) -> None:
    w, support = torch.tensor(1.0), torch.tensor([[1.0, 2.0]])
    assert loss(parts["adapt"](w.clone(), support), support) < 0.9 * loss(w, support), "L(S) does not fall"


def test_start_moves(parts: Parts) -> None:
    w, support, query = torch.tensor(1.0), torch.tensor([[1.0, 2.0]]), torch.tensor([[1.0, 3.0]])
    assert parts["meta_step"](w.clone(), support, query, parts["adapt"]) > w, "nothing is meta-learned"


def _two_slopes(parts: Parts) -> tuple:
    phi, theta = torch.tensor(0.7), torch.tensor(-0.4)
    return parts["player_gradients"](lambda p, t: p * t + p**2, lambda t, p: t**2 + 3 * p * t, phi, theta)


def test_generator_has_its_own_slope(parts: Parts) -> None:
    assert abs(_two_slopes(parts)[0].item() - 1.0) < 1e-5, "G receives the other player's gradient"


def test_discriminator_has_its_own_slope(parts: Parts) -> None:
    assert abs(_two_slopes(parts)[1].item() - 1.3) < 1e-5, "D receives the other player's gradient"


def test_tasks_differ(parts: Parts) -> None:
    """The slopes of a task's two halves agree from task to task."""
    x, y = parts["sample_tasks"](50, 40, torch.Generator().manual_seed(0)).unbind(-1)  # (T, N) each
    halves = [(x[:, i] * y[:, i]).sum(1) / x[:, i].square().sum(1) for i in (slice(0, 20), slice(20, 40))]
    assert torch.corrcoef(torch.stack(halves))[0, 1] > 0.5, "half a task tells nothing of its other half"


def test_query_is_new(parts: Parts) -> None:
    support, query = parts["split"](torch.arange(8.0), 3)
    assert not torch.isin(query, support).any(), "the query was seen while adapting"


def test_one_slope_per_image(parts: Parts) -> None:
    slopes = parts["squared_slopes"](lambda x: x.sum((1, 2, 3)), torch.zeros(2, 3, 4, 4))
    assert slopes.shape == (2,) and (slopes == 48).all(), "not one norm an image"


def test_ring_has_all_modes(parts: Parts) -> None:
    assert torch.pdist(parts["ring"](8)).min() > 0.1, "two modes lie in one place"


def test_same_task_same_result(parts: Parts) -> None:
    state_test(parts["adam_steps"], (-5.0, 8.0, 0.3, -40.0))


def test_wrong_answer_is_refused(parts: Parts) -> None:
    assert parts["grade"](lambda x: x * x), "a right answer is refused"
    assert not parts["grade"](lambda x: 2 * x), "a wrong answer passes"


def test_table_again(parts: Parts) -> None:
    assert torch.equal(parts["table"](1), parts["table"](1)), "the same seed gives other numbers"
