"""Answers to 02.game_field as people write them: see tests/attack_exercises.py."""

import torch
from torch.func import grad, jacrev, vjp


def wide(generator):
    a, b, c = torch.randn(3, generator=generator).tolist()
    gen_loss = lambda phi, theta: a * phi.sin() * theta + b * phi**2 + c * theta  # noqa: E731
    disc_loss = lambda theta, phi: (b * theta).cos() + a * theta * phi**3 + c * phi  # noqa: E731
    phi, theta = 3 * torch.randn(2, generator=generator)
    return {"gen_loss": gen_loss, "disc_loss": disc_loss, "phi": phi, "theta": theta}


def right_by_autograd(gen_loss, disc_loss, phi, theta):
    p, t = phi.detach().clone().requires_grad_(), theta.detach().clone().requires_grad_()
    (of_gen,) = torch.autograd.grad(gen_loss(p, t), p)
    (of_disc,) = torch.autograd.grad(disc_loss(t, p), t)
    return torch.stack((-of_gen, -of_disc))


def right_by_backward(gen_loss, disc_loss, phi, theta):
    p = phi.detach().clone().requires_grad_()
    gen_loss(p, theta).backward()
    t = theta.detach().clone().requires_grad_()
    disc_loss(t, phi).backward()
    return -torch.stack([p.grad, t.grad])


def right_by_argnums(gen_loss, disc_loss, phi, theta):
    both = lambda p, t: (gen_loss(p, t), disc_loss(t, p))  # noqa: E731
    of_gen = grad(lambda p, t: both(p, t)[0], argnums=0)(phi, theta)
    of_disc = grad(lambda p, t: both(p, t)[1], argnums=1)(phi, theta)
    return torch.cat([of_gen.neg().view(1), of_disc.neg().view(1)])


def right_from_a_jacobian(gen_loss, disc_loss, phi, theta):
    whole = jacrev(lambda w: torch.stack([gen_loss(w[0], w[1]), disc_loss(w[1], w[0])]))
    return -whole(torch.stack([phi, theta])).diagonal()


def right_by_vjp(gen_loss, disc_loss, phi, theta):
    _, back_g = vjp(lambda p: gen_loss(p, theta), phi)
    _, back_d = vjp(lambda t: disc_loss(t, phi), theta)
    one = torch.ones_like(phi)
    return torch.stack([-back_g(one)[0], -back_d(one)[0]])


def _good(gen_loss, disc_loss, phi, theta):
    return -grad(gen_loss)(phi, theta), -grad(disc_loss)(theta, phi)


def wrong_gradient_ascent(gen_loss, disc_loss, phi, theta):
    """uphill"""
    return torch.stack([grad(gen_loss)(phi, theta), grad(disc_loss)(theta, phi)])


def wrong_discriminator_ascends(gen_loss, disc_loss, phi, theta):
    """only_the_generator_down"""
    v, w = _good(gen_loss, disc_loss, phi, theta)
    return torch.stack([v, -w])


def wrong_generator_ascends(gen_loss, disc_loss, phi, theta):
    """only_the_discriminator_down"""
    v, w = _good(gen_loss, disc_loss, phi, theta)
    return torch.stack([-v, w])


def wrong_theta_first(gen_loss, disc_loss, phi, theta):
    """exchanged"""
    v, w = _good(gen_loss, disc_loss, phi, theta)
    return torch.stack([w, v])


def wrong_same_loss(gen_loss, disc_loss, phi, theta):
    """one_loss"""
    return torch.stack([-grad(gen_loss, 0)(phi, theta), -grad(gen_loss, 1)(phi, theta)])


def wrong_disc_called_backwards(gen_loss, disc_loss, phi, theta):
    """own_is_first"""
    return torch.stack([-grad(gen_loss)(phi, theta), -grad(disc_loss)(phi, theta)])


def wrong_second_after_first(gen_loss, disc_loss, phi, theta):
    v = -grad(gen_loss)(phi, theta)
    return torch.stack([v, -grad(disc_loss)(theta, phi + 0.1 * v)])


def wrong_total_derivative(gen_loss, disc_loss, phi, theta):
    """of_the_sum"""
    of_gen, of_disc = grad(lambda p, t: gen_loss(p, t) + disc_loss(t, p), (0, 1))(phi, theta)
    return torch.stack([-of_gen, -of_disc])


def wrong_unit_length(gen_loss, disc_loss, phi, theta):
    v = torch.stack(_good(gen_loss, disc_loss, phi, theta))
    return v / v.norm()


def wrong_zero_sum_taken_for_granted(gen_loss, disc_loss, phi, theta):
    return torch.stack([-grad(gen_loss, 0)(phi, theta), grad(gen_loss, 1)(phi, theta)])


def wrong_losses_not_slopes(gen_loss, disc_loss, phi, theta):
    return -torch.stack([gen_loss(phi, theta), disc_loss(theta, phi)])


def wrong_half(gen_loss, disc_loss, phi, theta):
    return torch.stack(_good(gen_loss, disc_loss, phi, theta)) / 2
