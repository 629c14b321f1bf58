"""Answers to 08.two_slopes as people write them: see tests/attack_exercises.py."""

import torch
from torch.func import grad, jacrev, vjp


def wide(generator):
    n, m = torch.randint(1, 5, (2,), generator=generator).tolist()
    a = torch.randn(n, m, generator=generator)
    return {
        "gen_loss": lambda phi, theta: (torch.cos(phi @ a) * theta.square()).sum() + phi.square().sum(),
        "disc_after": lambda phi: torch.sin(phi @ a) + (phi @ a).square(),
        "phi": torch.randn(n, generator=generator),
    }


def right_two_lines(gen_loss, disc_after, phi):
    theta = disc_after(phi)
    return grad(lambda p: gen_loss(p, theta))(phi), grad(lambda p: gen_loss(p, disc_after(p)))(phi)


def right_by_argnums(gen_loss, disc_after, phi):
    def follow(p):
        return gen_loss(p, disc_after(p))

    return grad(gen_loss, argnums=0)(phi, disc_after(phi)), grad(follow)(phi)


def right_by_chain(gen_loss, disc_after, phi):
    theta, back = vjp(disc_after, phi)
    first, second = grad(gen_loss, argnums=(0, 1))(phi, theta)
    return first, first + back(second)[0]


def right_on_alias(gen_loss, disc_after, phi):
    theta = disc_after(phi)
    p = phi * 1
    partial = torch.autograd.grad(gen_loss(p, theta), p, create_graph=True)[0]
    total = torch.autograd.grad(gen_loss(phi, theta), phi, create_graph=True)[0]
    return partial, total


def right_as_list(gen_loss, disc_after, phi):
    return [jacrev(gen_loss)(phi, disc_after(phi)), jacrev(lambda p: gen_loss(p, disc_after(p)))(phi)]


def wrong_same(gen_loss, disc_after, phi):
    """slopes_both_partial"""
    theta = disc_after(phi)
    return grad(gen_loss)(phi, theta), grad(lambda p: gen_loss(p, theta))(phi)


def wrong_live_twice(gen_loss, disc_after, phi):
    """slopes_both_total"""
    total = torch.autograd.grad(gen_loss(phi, disc_after(phi)), phi, create_graph=True)[0]
    return total, total


def wrong_detach(gen_loss, disc_after, phi):
    """slopes_partial_cut"""
    theta = disc_after(phi.detach())
    return grad(gen_loss)(phi, theta), grad(lambda p: gen_loss(p, disc_after(p)))(phi)


def wrong_constants(gen_loss, disc_after, phi):
    """slopes_both_cut"""
    p = phi.detach()
    return grad(gen_loss)(p, disc_after(p)), grad(lambda q: gen_loss(q, disc_after(q)))(p)


def wrong_order(gen_loss, disc_after, phi):
    """slopes_exchanged"""
    return grad(lambda p: gen_loss(p, disc_after(p)))(phi), grad(gen_loss)(phi, disc_after(phi))


def wrong_only_way(gen_loss, disc_after, phi):
    """slopes_chain_alone"""
    theta, back = vjp(disc_after, phi)
    first, second = grad(gen_loss, argnums=(0, 1))(phi, theta)
    return first, back(second)[0]


def wrong_way_first(gen_loss, disc_after, phi):
    """slopes_chain_first"""
    theta, back = vjp(disc_after, phi)
    first, second = grad(gen_loss, argnums=(0, 1))(phi, theta)
    return back(second)[0], first + back(second)[0]


def wrong_minus(gen_loss, disc_after, phi):
    """slopes_minus_chain"""
    theta, back = vjp(disc_after, phi)
    first, second = grad(gen_loss, argnums=(0, 1))(phi, theta)
    return first, first - back(second)[0]


def wrong_down(gen_loss, disc_after, phi):
    """slopes_descent"""
    return -grad(gen_loss)(phi, disc_after(phi)), -grad(lambda p: gen_loss(p, disc_after(p)))(phi)


def wrong_total_cut(gen_loss, disc_after, phi):
    return grad(gen_loss)(phi, disc_after(phi)), grad(lambda p: gen_loss(p, disc_after(p)))(phi).detach()


def wrong_of_zero(gen_loss, disc_after, phi):
    zero = torch.zeros_like(phi)
    return grad(gen_loss)(zero, disc_after(zero)), grad(lambda p: gen_loss(p, disc_after(p)))(phi)
