"""The broken parts of the clinic of lesson 14: fifteen of them, and each runs without an error.

The line that breaks it carries a comment. Where each was seen in print, clinic.py says.
"""

import math

import torch
from torch.func import grad
from torch.nn.functional import logsigmoid

from .clinic_parts import adapt, loss, sample_tasks, steps_of


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
    return w * 1  # no step is taken


def start_never_moves(w, support, query, adapt, beta=0.5):
    copy = w.clone().requires_grad_()  # load_state_dict(meta), and then only the copy is stepped
    (slope,) = torch.autograd.grad(loss(adapt(copy, support), query), copy)
    copy.data -= beta * slope
    return w


def one_outer_loss(gen_loss, disc_loss, phi, theta):
    return grad(lambda p, t: gen_loss(p, t) + disc_loss(t, p), argnums=(0, 1))(phi, theta)  # one backward


def never_cleared(gen_loss, disc_loss, phi, theta):
    phi, theta = phi.clone().requires_grad_(), theta.clone().requires_grad_()
    gen_loss(phi, theta).backward()
    slope_g = phi.grad.clone()
    disc_loss(theta, phi).backward()  # theta.grad still holds G's
    return slope_g, theta.grad


def one_distribution(n_tasks, n_points, generator):
    pool = sample_tasks(n_tasks, n_points, generator).flatten(0, 1)  # (T N, 2)
    order = torch.randperm(len(pool), generator=generator)  # a task is a random subset of all points
    return pool[order].reshape(n_tasks, n_points, 2)


def no_query(points, k):
    return points[:k], points[:k]  # one set for both


def slope_per_pixel(disc, x):
    return grad(lambda x: disc(x).sum())(x).square().sum(1)  # over channels only


def ring_of_seven(n_modes):
    angle = torch.linspace(0, 2 * math.pi, n_modes)  # 0 and 2 pi are one place
    return 1.5 * torch.stack([angle.cos(), angle.sin()], 1)


_W = torch.tensor(0.0, requires_grad=True)
ADAM = torch.optim.Adam([_W], lr=0.1)  # made once, for all tasks


def moments_kept(start, target, n_steps=3):
    _W.data.fill_(start)
    return steps_of(ADAM, _W, target, n_steps)


def key_graded(answer):
    return all(abs(x**2 - x * x) < 1e-6 for x in (-2.0, 0.5, 3.0))  # the key, never the answer


def no_seed(seed):
    return torch.randn(100, 3).mean(0)  # the seed is not used
