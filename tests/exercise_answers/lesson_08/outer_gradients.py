"""Answers to 08.outer_gradients as people write them: see tests/attack_exercises.py."""

import torch
from torch.func import grad, jacrev, vjp


def wide(generator):
    t, n = torch.randint(1, 6, (2,), generator=generator).tolist()
    a = torch.randn(t, n, generator=generator)
    return {
        "losses": lambda phi, theta: (torch.sin(a @ phi) * (a @ theta), (a @ theta).square() + a @ phi),
        "phi": torch.randn(n, generator=generator),
        "theta": torch.randn(n, generator=generator),
    }


def right_named(losses, phi, theta):
    def of_g(p):
        return losses(p, theta)[0].mean()

    def of_d(t):
        return losses(phi, t)[1].mean()

    return grad(of_g)(phi), grad(of_d)(theta)


def right_argnums(losses, phi, theta):
    first = grad(lambda p, t: losses(p, t)[0].mean(), argnums=0)(phi, theta)
    second = grad(lambda p, t: losses(p, t)[1].mean(), argnums=1)(phi, theta)
    return first, second


def right_backward(losses, phi, theta):
    p, t = phi.detach().requires_grad_(), theta.detach().requires_grad_()
    a, b = losses(p, t)
    return torch.autograd.grad(a.mean(), p, retain_graph=True)[0], torch.autograd.grad(b.mean(), t)[0]


def right_each_task(losses, phi, theta):
    return jacrev(lambda p: losses(p, theta)[0])(phi).mean(0), jacrev(lambda t: losses(phi, t)[1])(
        theta
    ).mean(0)


def right_by_vjp(losses, phi, theta):
    (a, b), back = vjp(losses, phi, theta)
    one, none = torch.ones_like(a) / len(a), torch.zeros_like(a)
    return [back((one, none))[0], back((none, one))[1]]


def wrong_one_backward(losses, phi, theta):
    """outer_one_sum"""
    p, t = phi.detach().requires_grad_(), theta.detach().requires_grad_()
    a, b = losses(p, t)
    (a.mean() + b.mean()).backward()
    return p.grad, t.grad


def wrong_two_backwards(losses, phi, theta):
    """outer_one_sum"""
    p, t = phi.detach().requires_grad_(), theta.detach().requires_grad_()
    a, b = losses(p, t)
    a.mean().backward(retain_graph=True)
    b.mean().backward()
    return p.grad, t.grad


def wrong_not_cleared(losses, phi, theta):
    p, t = phi.detach().requires_grad_(), theta.detach().requires_grad_()
    a, b = losses(p, t)
    a.mean().backward(retain_graph=True)
    kept = p.grad.clone()
    b.mean().backward()
    return kept, t.grad


def wrong_sums(losses, phi, theta):
    """outer_sum_over_tasks"""
    return grad(lambda p: sum(losses(p, theta)[0]))(phi), grad(lambda t: sum(losses(phi, t)[1]))(theta)


def wrong_indices(losses, phi, theta):
    """outer_crossed"""
    return grad(lambda p: losses(p, theta)[1].mean())(phi), grad(lambda t: losses(phi, t)[0].mean())(theta)


def wrong_zeros(losses, phi, theta):
    """outer_all_of_g"""
    return grad(lambda p, t: losses(p, t)[0].mean(), argnums=(0, 1))(phi, theta)


def wrong_ones(losses, phi, theta):
    """outer_all_of_d"""
    return grad(lambda p, t: losses(p, t)[1].mean(), argnums=(0, 1))(phi, theta)


def wrong_minus_one(losses, phi, theta):
    """outer_difference"""
    return grad(lambda p, t: (losses(p, t)[0] - losses(p, t)[1]).mean(), argnums=(0, 1))(phi, theta)


def wrong_return(losses, phi, theta):
    """outer_exchanged"""
    first = grad(lambda p: losses(p, theta)[0].mean())(phi)
    return grad(lambda t: losses(phi, t)[1].mean())(theta), first


def wrong_first(losses, phi, theta):
    """outer_one_task"""
    return grad(lambda p: losses(p, theta)[0][0])(phi), grad(lambda t: losses(phi, t)[1][0])(theta)


def wrong_last(losses, phi, theta):
    return grad(lambda p: losses(p, theta)[0][-1])(phi), grad(lambda t: losses(phi, t)[1][-1])(theta)


def wrong_only_g(losses, phi, theta):
    return grad(lambda p: losses(p, theta)[0].mean())(phi), torch.zeros_like(theta)
