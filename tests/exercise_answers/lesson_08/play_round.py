"""Answers to 08.play_round as people write them: see tests/attack_exercises.py."""

import torch
from torch.func import grad, grad_and_value, vjp


def wide(generator):
    n, m = torch.randint(1, 5, (2,), generator=generator).tolist()
    a = torch.randn(n, m, generator=generator)
    return {
        "gen_loss": lambda phi, theta: (torch.cos(phi @ a) * theta).sum() + phi.square().sum(),
        "disc_loss": lambda theta, phi: theta.square().sum() + (torch.sin(theta) * (phi @ a)).sum(),
        "phi": torch.randn(n, generator=generator),
        "theta": torch.randn(m, generator=generator),
        "alpha_g": 0.5 * torch.rand((), generator=generator).item(),
        "alpha_d": 0.5 * torch.rand((), generator=generator).item(),
    }


def right_by_names(gen_loss, disc_loss, phi, theta, alpha_g, alpha_d):
    slope_d = grad(lambda t: disc_loss(t, phi))(theta)
    new_theta = theta - alpha_d * slope_d
    slope_g = grad(lambda p: gen_loss(p, new_theta))(phi)
    return phi - alpha_g * slope_g, new_theta


def right_by_vjp(gen_loss, disc_loss, phi, theta, alpha_g, alpha_d):
    value, back = vjp(disc_loss, theta, phi)
    theta = theta - alpha_d * back(torch.ones_like(value))[0]
    value, back = vjp(gen_loss, phi, theta)
    return phi - alpha_g * back(torch.ones_like(value))[0], theta


def right_on_aliases(gen_loss, disc_loss, phi, theta, alpha_g, alpha_d):
    t = theta * 1
    t_new = theta - alpha_d * torch.autograd.grad(disc_loss(t, phi), t, create_graph=True)[0]
    p = phi * 1
    return phi - alpha_g * torch.autograd.grad(gen_loss(p, t_new), p, create_graph=True)[0], t_new


def right_with_values(gen_loss, disc_loss, phi, theta, alpha_g, alpha_d):
    slope, _ = grad_and_value(disc_loss)(theta, phi)
    theta = torch.sub(theta, slope, alpha=alpha_d)
    slope, _ = grad_and_value(gen_loss)(phi, theta)
    return torch.sub(phi, slope, alpha=alpha_g), theta


def right_as_a_list(gen_loss, disc_loss, phi, theta, alpha_g, alpha_d):
    def move(loss, own, other, alpha):
        return own - alpha * grad(loss, argnums=0)(own, other)

    after = move(disc_loss, theta, phi, alpha_d)
    return [move(gen_loss, phi, after, alpha_g), after]


def wrong_live(gen_loss, disc_loss, phi, theta, alpha_g, alpha_d):
    """round_total"""
    t = theta - alpha_d * torch.autograd.grad(disc_loss(theta, phi), theta, create_graph=True)[0]
    return phi - alpha_g * torch.autograd.grad(gen_loss(phi, t), phi, create_graph=True)[0], t


def wrong_old_theta(gen_loss, disc_loss, phi, theta, alpha_g, alpha_d):
    """round_simultaneous"""
    slopes = grad(gen_loss)(phi, theta), grad(disc_loss)(theta, phi)
    return phi - alpha_g * slopes[0], theta - alpha_d * slopes[1]


def wrong_g_first(gen_loss, disc_loss, phi, theta, alpha_g, alpha_d):
    """round_generator_first"""
    phi = phi - grad(gen_loss)(phi, theta) * alpha_g
    theta = theta - grad(disc_loss)(theta, phi) * alpha_d
    return phi, theta


def wrong_no_graph(gen_loss, disc_loss, phi, theta, alpha_g, alpha_d):
    """round_constant_slopes"""
    theta = theta - alpha_d * torch.autograd.grad(disc_loss(theta, phi), theta)[0]
    p = phi.detach().requires_grad_()
    return phi - alpha_g * torch.autograd.grad(gen_loss(p, theta.detach()), p)[0], theta


def wrong_detached_other(gen_loss, disc_loss, phi, theta, alpha_g, alpha_d):
    """round_discriminator_cut"""
    theta = theta - alpha_d * grad(disc_loss)(theta, phi)
    fixed = theta.detach()
    return phi - alpha_g * grad(lambda p: gen_loss(p, fixed))(phi), theta


def wrong_plus(gen_loss, disc_loss, phi, theta, alpha_g, alpha_d):
    """round_uphill"""
    theta = theta - -alpha_d * grad(disc_loss)(theta, phi)
    return phi - -alpha_g * grad(gen_loss)(phi, theta), theta


def wrong_minimax(gen_loss, disc_loss, phi, theta, alpha_g, alpha_d):
    """round_zero_sum"""
    theta = theta - alpha_d * grad(disc_loss)(theta, phi)
    return phi + alpha_g * grad(lambda p: disc_loss(theta, p))(phi), theta


def wrong_order(gen_loss, disc_loss, phi, theta, alpha_g, alpha_d):
    """round_exchanged"""
    theta = theta - alpha_d * grad(disc_loss)(theta, phi)
    return theta, phi - alpha_g * grad(gen_loss)(phi, theta)


def wrong_only_g(gen_loss, disc_loss, phi, theta, alpha_g, alpha_d):
    return phi - alpha_g * grad(gen_loss)(phi, theta), theta


def wrong_d_climbs(gen_loss, disc_loss, phi, theta, alpha_g, alpha_d):
    theta = theta + alpha_d * grad(disc_loss)(theta, phi)
    return phi - alpha_g * grad(gen_loss)(phi, theta), theta


def wrong_two_rounds(gen_loss, disc_loss, phi, theta, alpha_g, alpha_d):
    for _ in range(2):
        theta = theta - alpha_d * grad(disc_loss)(theta, phi)
        phi = phi - alpha_g * grad(gen_loss)(phi, theta)
    return phi, theta
