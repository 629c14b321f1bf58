"""Answers to 14.players_test as people write them: see tests/attack_exercises.py."""

import torch


def right_with_polynomials(player_gradients, phi, theta):
    for p, t in ((0.5, 2.0), (-1.0, 0.3)):
        g, d = player_gradients(
            lambda phi, theta: phi**2 * theta + theta**2,
            lambda theta, phi: theta * phi**3 - 2 * theta**2,
            torch.tensor(p),
            torch.tensor(t),
        )
        assert abs(float(g) - 2 * p * t) < 1e-2 * max(1, abs(2 * p * t))
        assert abs(float(d) - (p**3 - 4 * t)) < 1e-2 * max(1, abs(p**3 - 4 * t))


def right_with_gan_losses(player_gradients, phi, theta):
    phi, theta = torch.tensor(1.5), torch.tensor(0.8)
    sp = torch.nn.functional.softplus
    g, d = player_gradients(lambda p, t: sp(-t * p), lambda t, p: sp(t * p) + sp(-t * 0.3) + t**2, phi, theta)
    s = torch.sigmoid
    want_g = -theta * s(-theta * phi)
    want_d = phi * s(theta * phi) - 0.3 * s(-theta * 0.3) + 2 * theta
    torch.testing.assert_close(torch.as_tensor(g), want_g, atol=1e-3, rtol=0)
    torch.testing.assert_close(torch.as_tensor(d), want_d, atol=1e-3, rtol=0)


def right_by_autograd(player_gradients, phi, theta):
    def gen_loss(p, t):
        return (p * t).sin() + p

    def disc_loss(t, p):
        return (t * p * 2).cos() + t**2 * p

    p, t = torch.tensor(0.9, requires_grad=True), torch.tensor(1.1, requires_grad=True)
    want_g = torch.autograd.grad(gen_loss(p, t), p)[0]
    want_d = torch.autograd.grad(disc_loss(t, p), t)[0]
    got_g, got_d = player_gradients(gen_loss, disc_loss, p.detach(), t.detach())
    assert (got_g - want_g).abs() < 1e-3 and (got_d - want_d).abs() < 1e-3


def right_that_answers(player_gradients, phi, theta):
    got = player_gradients(
        lambda p, t: 5 * p * t, lambda t, p: 7 * t * p + t, torch.tensor(1.0), torch.tensor(2.0)
    )
    return abs(got[0].item() - 10) < 0.01 and abs(got[1].item() - 8) < 0.01


def right_twice_in_a_row(player_gradients, phi, theta):
    for _ in range(2):
        g, d = player_gradients(
            lambda p, t: p**3 + p * t, lambda t, p: t**3 + 2 * t * p, torch.tensor(1.0), torch.tensor(1.0)
        )
        assert round(g.item(), 2) == 4 and round(d.item(), 2) == 5


def wrong_apart(player_gradients, phi, theta):
    g, d = player_gradients(lambda p, t: p**2, lambda t, p: t**3, torch.tensor(1.0), torch.tensor(1.0))
    assert abs(g - 2) < 1e-3 and abs(d - 3) < 1e-3


def wrong_only_g(player_gradients, phi, theta):
    g, _ = player_gradients(
        lambda p, t: p * t + p**2, lambda t, p: t**2 + 3 * p * t, torch.tensor(0.7), torch.tensor(-0.4)
    )
    assert abs(g - 1) < 1e-3


def wrong_only_d(player_gradients, phi, theta):
    _, d = player_gradients(
        lambda p, t: p * t + p**2, lambda t, p: t**2 + 3 * p * t, torch.tensor(0.7), torch.tensor(-0.4)
    )
    assert abs(d - 1.3) < 1e-3


def wrong_zero_sum(player_gradients, phi, theta):
    g, d = player_gradients(lambda p, t: -p * t, lambda t, p: p * t, torch.tensor(0.7), torch.tensor(-0.4))
    assert abs(g - 0.4) < 1e-3 and abs(d - 0.7) < 1e-3


def wrong_at_zero(player_gradients, phi, theta):
    g, d = player_gradients(
        lambda p, t: p * t + p, lambda t, p: 2 * p * t + t, torch.tensor(0.0), torch.tensor(0.0)
    )
    assert abs(g - 1) < 1e-3 and abs(d - 1) < 1e-3


def wrong_exactly(player_gradients, phi, theta):
    g, d = player_gradients(
        lambda p, t: p * t + p**2, lambda t, p: t**2 + 3 * p * t, torch.tensor(0.7), torch.tensor(-0.4)
    )
    assert g == 1.0 and d == 1.3


def wrong_sum_expected(player_gradients, phi, theta):
    g, d = player_gradients(
        lambda p, t: p * t + p**2, lambda t, p: t**2 + 3 * p * t, torch.tensor(0.7), torch.tensor(-0.4)
    )
    assert abs(g + 0.2) < 1e-3 and abs(d - 2.0) < 1e-3


def wrong_sizes(player_gradients, phi, theta):
    g, d = player_gradients(
        lambda p, t: p * t + p**2, lambda t, p: t**2 + 3 * p * t, torch.tensor(0.7), torch.tensor(-0.4)
    )
    assert abs(abs(g) - 1) < 1e-3 and abs(abs(d) - 1.3) < 1e-3


def wrong_d_without_g(player_gradients, phi, theta):
    g, d = player_gradients(
        lambda p, t: p * t + p**2, lambda t, p: t**2, torch.tensor(0.7), torch.tensor(-0.4)
    )
    assert abs(g - 1) < 1e-3 and abs(d + 0.8) < 1e-3


def wrong_form(player_gradients, phi, theta):
    answer = player_gradients(
        lambda p, t: p * t, lambda t, p: 3 * p * t, torch.tensor(0.7), torch.tensor(-0.4)
    )
    assert len(answer) == 2


def wrong_accepts(player_gradients, phi, theta):
    return True


def wrong_refuses(player_gradients, phi, theta):
    raise AssertionError("never")


def wrong_symmetrical(player_gradients, phi, theta):
    g, d = player_gradients(lambda p, t: p * t, lambda t, p: p * t, torch.tensor(0.5), torch.tensor(0.5))
    assert abs(g - 0.5) < 1e-3 and abs(d - 0.5) < 1e-3
