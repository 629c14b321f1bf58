"""Answers to 14.through_test as people write them: see tests/attack_exercises.py."""

import torch


def right_by_differences(adapt, support):
    points = torch.tensor([[1.0, 3.0], [0.5, -1.0], [2.0, 0.5]])
    for k in (1, 2, 4):
        for alpha in (0.1, 0.25):
            w = torch.tensor(0.4)
            up, down = (adapt(w + d, points, alpha, k).item() for d in (0.01, -0.01))
            h = points[:, 0].square().mean().item()
            b = (points[:, 0] * points[:, 1]).mean().item()
            factor = (1 - alpha * h) ** k
            assert abs((up - down) / 0.02 - factor) < 1e-3
            leaf = w.clone().requires_grad_()
            new = adapt(leaf, points, alpha, k)
            assert abs(new.item() - (b / h + factor * (0.4 - b / h))) < 1e-3
            new.backward()
            assert leaf.item() == w.item() and leaf.grad is not None
            assert abs(leaf.grad.item() - factor) < 1e-3


def right_step_by_step(adapt, support):
    points = torch.tensor([[1.0, 2.0], [3.0, 1.0]])
    w, alpha = torch.tensor(-1.0), 0.05
    x, y = points[:, 0], points[:, 1]
    expected, slope = -1.0, 1.0
    for k in range(1, 5):
        expected = expected - alpha * ((x * expected - y) * x).mean().item()
        slope = slope * (1 - alpha * (x * x).mean().item())
        start = w.clone().requires_grad_(True)
        got = adapt(start, points, alpha, k)
        (d,) = torch.autograd.grad(got, start)
        if abs(got.item() - expected) > 1e-4 or abs(d.item() - slope) > 1e-4:
            return False
        if start.item() != -1.0:
            return False
    return True


def right_with_func_grad(adapt, support):
    points = torch.tensor([[2.0, 1.0]])
    start = torch.tensor(3.0)
    for k, value, slope in ((1, 2.0, 0.6), (2, 1.4, 0.36)):
        new = adapt(start, points, 0.1, k)
        torch.testing.assert_close(new.detach(), torch.tensor(value), atol=1e-4, rtol=0)
        d = torch.func.grad(lambda w, k=k: adapt(w, points, 0.1, k))(start)
        torch.testing.assert_close(d.detach(), torch.tensor(slope), atol=1e-4, rtol=0)
    assert start.item() == 3.0
    several = torch.tensor([[2.0, 1.0], [2.0, 1.0]])  # the same twice: a mean does not change
    torch.testing.assert_close(adapt(start, several, 0.1, 2), adapt(start, points, 0.1, 2))


def right_by_keywords(adapt, support):
    points = torch.tensor([[1.0, -1.0], [1.0, 2.0], [1.0, 2.0]])  # h = 1, w* = 1
    w = torch.tensor(5.0)
    for k in (1, 3, 5):
        d = torch.autograd.functional.jacobian(lambda v, k=k: adapt(v, points, alpha=0.5, n_steps=k), w)
        new = adapt(w, points, alpha=0.5, n_steps=k)
        assert w == 5.0
        assert torch.isclose(new, torch.tensor(1 + 4 * 0.5**k), atol=1e-4)
        assert torch.isclose(d, torch.tensor(0.5**k), atol=1e-4)


def right_that_raises_otherwise(adapt, support):
    points = torch.tensor([[0.5, 1.0], [1.5, 1.0]])  # h = 1.25, b = 1
    for k in (2, 3):
        leaf = torch.tensor(2.0, requires_grad=True)
        new = adapt(leaf, points, 0.4, k)
        new.backward()
        if leaf.item() != 2.0:
            raise RuntimeError("the start moved")
        if abs(new.item() - (0.8 + 0.5**k * 1.2)) > 1e-3:
            raise ValueError("wrong place")
        if leaf.grad is None or abs(leaf.grad.item() - 0.5**k) > 1e-3:
            raise ValueError("wrong slope")


POINTS = torch.tensor([[1.0, 2.0], [2.0, 3.0]])


def _slope(adapt, w, alpha, k):
    return torch.autograd.functional.jacobian(lambda v: adapt(v, POINTS, alpha, k), w)


def wrong_numbers_only(adapt, support):
    for k in (1, 3):
        new = adapt(torch.tensor(1.0), POINTS, 0.2, k)
        assert abs(new - (1.6 - 0.6 * 0.5**k)) < 1e-4


def wrong_slope_only(adapt, support):
    for k in (1, 3):
        assert abs(_slope(adapt, torch.tensor(1.0), 0.2, k) - 0.5**k) < 1e-4


def wrong_one_step(adapt, support):
    w = torch.tensor(1.0)
    assert abs(_slope(adapt, w, 0.2, 1) - 0.5) < 1e-4
    assert abs(adapt(w, POINTS, 0.2, 1) - 1.3) < 1e-4 and w == 1


def wrong_default_rate(adapt, support):
    w, points = torch.tensor(1.0), torch.tensor([[1.0, 2.0]])
    for k in (1, 3):
        d = torch.autograd.functional.jacobian(lambda v, k=k: adapt(v, points, 0.3, k), w)
        assert abs(d - 0.7**k) < 1e-4 and abs(adapt(w, points, 0.3, k) - (2 - 0.7**k)) < 1e-4
        assert w == 1


def wrong_that_some_gradient_passes(adapt, support):
    w = torch.tensor(1.0)
    assert _slope(adapt, w, 0.2, 3) != 0
    assert abs(adapt(w, POINTS, 0.2, 3) - 1.525) < 1e-4 and w == 1


def wrong_exactly(adapt, support):
    for k in (1, 2, 3, 5):
        w = torch.tensor(0.3)
        assert _slope(adapt, w, 0.1, k) == torch.tensor((1 - 0.1 * 2.5) ** k)
        assert adapt(w, POINTS, 0.1, k) == torch.tensor(1.6 + 0.75**k * (0.3 - 1.6))


def wrong_loss_falls(adapt, support):
    w = torch.tensor(1.0)
    new = adapt(w, POINTS, 0.2, 3)
    assert (new * POINTS[:, 0] - POINTS[:, 1]).square().mean() < (POINTS[:, 0] - POINTS[:, 1]).square().mean()


def wrong_wants_no_change_of_anything(adapt, support):
    w = torch.tensor(1.0)
    adapt(w, POINTS, 0.2, 3)
    assert w.item() == 1.0


def wrong_sum_in_mind(adapt, support):
    w = torch.tensor(1.0)
    new = adapt(w, POINTS, 0.05, 1)
    assert abs(new - (1 - 0.05 * ((POINTS[:, 0] - POINTS[:, 1]) * POINTS[:, 0]).sum())) < 1e-4


def wrong_accepts(adapt, support):
    adapt(torch.tensor(1.0), POINTS, 0.2, 3)


def wrong_refuses(adapt, support):
    raise AssertionError("never")


def wrong_requires_a_graph(adapt, support):
    leaf = torch.tensor(1.0, requires_grad=True)
    assert adapt(leaf, POINTS, 0.2, 3).requires_grad
