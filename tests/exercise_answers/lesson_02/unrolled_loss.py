"""Answers to 02.unrolled_loss as people write them: see tests/attack_exercises.py."""

import torch
from torch.func import grad, vjp


def wide(generator):
    n, m = torch.randint(1, 5, (2,), generator=generator).tolist()
    a, b = torch.randn(n, m, generator=generator), torch.randn(m, generator=generator)

    def gen_loss(phi, theta):
        return (torch.sin(phi["u"] @ a) * theta["v"]).sum() + (phi["u"] ** 2).sum() * theta["v"].mean()

    def disc_loss(theta, phi):
        return ((theta["v"] - b) ** 2).mean() + torch.tanh(phi["u"] @ a * theta["v"]).sum()

    return {
        "gen_loss": gen_loss,
        "disc_loss": disc_loss,
        "phi": {"u": torch.randn(n, generator=generator)},
        "theta": {"v": torch.randn(m, generator=generator)},
        "k": int(torch.randint(0, 5, (), generator=generator)),
        "rate": 0.3 * torch.rand((), generator=generator).item(),
    }


def right_loop(gen_loss, disc_loss, phi, theta, *, k, rate):
    for _ in range(k):
        slope = grad(disc_loss)(theta, phi)
        theta = {n: theta[n] - rate * slope[n] for n in theta}
    return gen_loss(phi, theta)


def right_recursive(gen_loss, disc_loss, phi, theta, *, k, rate):
    if k == 0:
        return gen_loss(phi, theta)
    slope = grad(disc_loss)(theta, phi)
    moved = dict((n, w.sub(slope[n], alpha=rate)) for n, w in theta.items())
    return right_recursive(gen_loss, disc_loss, phi, moved, k=k - 1, rate=rate)


def right_by_argnums(gen_loss, disc_loss, phi, theta, *, k, rate):
    flipped = lambda p, t: disc_loss(t, p)  # noqa: E731
    step = 0
    while step < k:
        slope = grad(flipped, argnums=1)(phi, theta)
        theta = {n: w - rate * slope[n] for n, w in theta.items()}
        step += 1
    return gen_loss(phi, theta)


def right_by_vjp(gen_loss, disc_loss, phi, theta, *, k, rate):
    for _ in range(k):
        value, back = vjp(disc_loss, theta, phi)
        slope = back(torch.ones_like(value))[0]
        theta = {n: theta[n] - slope[n] * rate for n in slope}
    return gen_loss(phi, theta)


class _Player:
    def __init__(self, loss, weights, rate):
        self.loss, self.weights, self.rate = loss, weights, rate

    def move(self, other):
        slope = grad(self.loss)(self.weights, other)
        self.weights = {n: w - self.rate * slope[n] for n, w in self.weights.items()}


def right_with_a_class(gen_loss, disc_loss, phi, theta, *, k, rate):
    imagined = _Player(disc_loss, theta, rate)
    for _ in range(k):
        imagined.move(phi)
    return gen_loss(phi, imagined.weights)


def wrong_no_unrolling(gen_loss, disc_loss, phi, theta, *, k, rate):
    """plain"""
    return gen_loss(phi, theta)


def wrong_detached_at_the_end(gen_loss, disc_loss, phi, theta, *, k, rate):
    """detached"""
    for _ in range(k):
        slope = grad(disc_loss)(theta, phi)
        theta = {n: theta[n] - rate * slope[n] for n in theta}
    return gen_loss(phi, {n: w.detach() for n, w in theta.items()})


def wrong_slope_detached(gen_loss, disc_loss, phi, theta, *, k, rate):
    """detached"""
    for _ in range(k):
        slope = grad(disc_loss)(theta, phi)
        theta = {n: theta[n] - rate * slope[n].detach() for n in theta}
    return gen_loss(phi, theta)


def wrong_without_recording(gen_loss, disc_loss, phi, theta, *, k, rate):
    """detached"""
    with torch.no_grad():
        for _ in range(k):
            slope = grad(disc_loss)(theta, phi)
            theta = {n: theta[n] - rate * slope[n] for n in theta}
    return gen_loss(phi, theta)


def wrong_range_from_one(gen_loss, disc_loss, phi, theta, *, k, rate):
    """one_step_less"""
    for _ in range(1, k):
        slope = grad(disc_loss)(theta, phi)
        theta = {n: theta[n] - rate * slope[n] for n in theta}
    return gen_loss(phi, theta)


def wrong_single_step(gen_loss, disc_loss, phi, theta, *, k, rate):
    """only_one_step"""
    slope = grad(disc_loss)(theta, phi)
    return gen_loss(phi, {n: theta[n] - rate * slope[n] for n in theta})


def wrong_long_step(gen_loss, disc_loss, phi, theta, *, k, rate):
    """always_from_the_start"""
    slope = grad(disc_loss)(theta, phi)
    return gen_loss(phi, {n: theta[n] - rate * k * slope[n] for n in theta})


def wrong_ascent(gen_loss, disc_loss, phi, theta, *, k, rate):
    """uphill"""
    for _ in range(k):
        slope = grad(disc_loss)(theta, phi)
        theta = {n: theta[n] + rate * slope[n] for n in theta}
    return gen_loss(phi, theta)


def wrong_both_step(gen_loss, disc_loss, phi, theta, *, k, rate):
    for _ in range(k):
        slope, own = grad(disc_loss)(theta, phi), grad(gen_loss)(phi, theta)
        theta = {n: theta[n] - rate * slope[n] for n in theta}
        phi = {n: phi[n] - rate * own[n] for n in phi}
    return gen_loss(phi, theta)


def wrong_summed_on_the_way(gen_loss, disc_loss, phi, theta, *, k, rate):
    total = gen_loss(phi, theta)
    for _ in range(k):
        slope = grad(disc_loss)(theta, phi)
        theta = {n: theta[n] - rate * slope[n] for n in theta}
        total = total + gen_loss(phi, theta)
    return total


def wrong_first_weight_only(gen_loss, disc_loss, phi, theta, *, k, rate):
    for _ in range(k):
        slope = grad(disc_loss)(theta, phi)
        name = next(iter(theta))
        theta = {**theta, name: theta[name] - rate * slope[name] / 2}
    return gen_loss(phi, theta)


def wrong_rate_over_k(gen_loss, disc_loss, phi, theta, *, k, rate):
    for _ in range(k):
        slope = grad(disc_loss)(theta, phi)
        theta = {n: theta[n] - rate / k * slope[n] for n in theta}
    return gen_loss(phi, theta)


def wrong_disc_loss(gen_loss, disc_loss, phi, theta, *, k, rate):
    """disc_loss_returned"""
    for _ in range(k):
        slope = grad(disc_loss)(theta, phi)
        theta = {n: theta[n] - rate * slope[n] for n in theta}
    return disc_loss(theta, phi)
