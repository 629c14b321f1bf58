"""Answers to 08.trap_test as people write them: see tests/attack_exercises.py."""

import torch


def _by_hand(phi, theta, alpha, n):
    for _ in range(n):
        theta = theta - alpha * (phi**2 + 2 * theta)
        phi = phi - alpha * theta**2
    return phi, theta


def _g(phi, theta):
    return phi * theta**2


def _d(theta, phi):
    return theta * phi**2 + theta**2


def _leaves(phi, theta):
    return phi.detach().clone().requires_grad_(), theta.detach().clone().requires_grad_()


def _slopes(value, start):
    return torch.autograd.grad(value, start, retain_graph=True, materialize_grads=True)


def right_jacobians(play, phi, theta):
    for n in range(5):
        a, b = _leaves(phi, theta), _leaves(phi, theta)
        got, true = play(_g, _d, *a, 0.1, n), _by_hand(*b, 0.1, n)
        for x, y in zip(got, true, strict=True):
            assert abs(x - y) < 1e-9
            if n:
                for s, t in zip(_slopes(x, a), _slopes(y, b), strict=True):
                    assert abs(s - t) < 1e-9


def right_that_answers(play, phi, theta):
    for n in (0, 1, 2, 3, 4):
        start, own = _leaves(phi, theta), _leaves(phi, theta)
        (p, t), (q, u) = play(_g, _d, *start, 0.2, n), _by_hand(*own, 0.2, n)
        if not (torch.allclose(p, q) and torch.allclose(t, u)):
            return False
        if n and not all(
            torch.allclose(x, y)
            for x, y in zip(_slopes(p + 3 * t, start), _slopes(q + 3 * u, own), strict=True)
        ):
            return False
    return True


def right_by_differences(play, phi, theta):
    """The judge never differentiates: values by hand, slopes by finite differences of these."""
    h = 1e-5
    for n in (0, 1, 3, 4):
        p, t = _leaves(phi, theta)
        got = play(_g, _d, p, t, 0.1, n)
        for place in (0, 1):
            assert torch.allclose(got[place], _by_hand(phi, theta, 0.1, n)[place])
            if not n:
                continue
            by_phi = (_by_hand(phi + h, theta, 0.1, n)[place] - _by_hand(phi - h, theta, 0.1, n)[place]) / (
                2 * h
            )
            by_theta = (_by_hand(phi, theta + h, 0.1, n)[place] - _by_hand(phi, theta - h, 0.1, n)[place]) / (
                2 * h
            )
            slopes = _slopes(got[place], (p, t))
            assert torch.allclose(slopes[0], by_phi, atol=1e-6) and torch.allclose(
                slopes[1], by_theta, atol=1e-6
            )


def right_its_own_start(play, phi, theta):
    start = torch.tensor(0.7, dtype=torch.float64), torch.tensor(-0.9, dtype=torch.float64)
    for n in range(6):
        a, b = _leaves(*start), _leaves(*start)
        x, y = play(_g, _d, *a, 0.15, n), _by_hand(*b, 0.15, n)
        assert torch.allclose(torch.stack(x), torch.stack(y))
        if n:
            for left, right in zip(x, y, strict=True):
                assert torch.allclose(torch.stack(_slopes(left, a)), torch.stack(_slopes(right, b)))


def right_raises_otherwise(play, phi, theta):
    for n in range(5):
        a, b = _leaves(phi, theta), _leaves(phi, theta)
        x, y = sum(play(_g, _d, *a, 0.1, n)), sum(_by_hand(*b, 0.1, n))
        if abs(x - y) > 1e-9:
            raise ValueError("weights")
        if n and max(abs(s - t) for s, t in zip(_slopes(x, a), _slopes(y, b), strict=True)) > 1e-9:
            raise ValueError("gradient")


def wrong_values_only(play, phi, theta):
    for n in range(5):
        assert torch.allclose(
            torch.stack(play(_g, _d, phi, theta, 0.1, n)), torch.stack(_by_hand(phi, theta, 0.1, n))
        )


def wrong_one_round(play, phi, theta):
    a, b = _leaves(phi, theta), _leaves(phi, theta)
    x, y = sum(play(_g, _d, *a, 0.1, 1)), sum(_by_hand(*b, 0.1, 1))
    assert torch.allclose(x, y) and torch.allclose(_slopes(x, a)[0], _slopes(y, b)[0])


def wrong_gradcheck_of_itself(play, phi, theta):
    h = 1e-5
    for n in (1, 2, 3, 4):
        p, t = _leaves(phi, theta)
        slope = _slopes(play(_g, _d, p, t, 0.1, n)[0], (p, t))[0]
        near = (play(_g, _d, phi + h, theta, 0.1, n)[0] - play(_g, _d, phi - h, theta, 0.1, n)[0]) / (2 * h)
        assert torch.allclose(slope, near, atol=1e-6)


def wrong_two_rounds(play, phi, theta):
    for n in (0, 1, 2):
        a, b = _leaves(phi, theta), _leaves(phi, theta)
        x, y = sum(play(_g, _d, *a, 0.1, n)), sum(_by_hand(*b, 0.1, n))
        assert torch.allclose(x, y)
        if n:
            assert torch.allclose(torch.stack(_slopes(x, a)), torch.stack(_slopes(y, b)))


def wrong_only_g(play, phi, theta):
    for n in (1, 2, 3):
        a, b = _leaves(phi, theta), _leaves(phi, theta)
        assert torch.allclose(play(_g, _d, *a, 0.1, n)[0], _by_hand(*b, 0.1, n)[0])


def wrong_bilinear(play, phi, theta):
    """In phi theta the slopes do not depend on their own player, and much stays unseen."""
    for n in (1, 2, 3):
        p, t = phi, theta
        x = play(lambda p, t: p * t, lambda t, p: -p * t, phi, theta, 0.1, n)
        for _ in range(n):
            t = t + 0.1 * p
            p = p - 0.1 * t
        assert torch.allclose(torch.stack(x), torch.stack((p, t)))


def wrong_has_a_gradient(play, phi, theta):
    p, t = _leaves(phi, theta)
    x, _ = play(_g, _d, p, t, 0.1, 3)
    assert all(s.abs() > 0 for s in _slopes(x, (p, t)))


def wrong_equal_exactly(play, phi, theta):
    for n in range(5):
        a, b = _leaves(phi, theta), _leaves(phi, theta)
        assert play(_g, _d, *a, 0.1, n) == _by_hand(*b, 0.1, n) and phi.dtype == torch.float32


def wrong_no_grad_wanted(play, phi, theta):
    assert not play(_g, _d, phi, theta, 0.1, 2)[0].requires_grad


def wrong_accepts(play, phi, theta):
    play(_g, _d, phi, theta, 0.1, 2)


def wrong_refuses(play, phi, theta):
    raise AssertionError("never")
