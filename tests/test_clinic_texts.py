"""What lesson 14 says of the two texts' training loops, tried: their order of lines, on one-layer nets.

The loops are retold, not quoted: which networks are stepped by which optimiser, when gradients are cleared,
what calls backward. Data and networks are ours.
"""

import copy

import pytest
import torch
from torch import nn
from torch.nn.functional import logsigmoid


def gan_losses(generator, discriminator, real, z):
    fake = discriminator(generator(z))
    return -logsigmoid(fake).mean(), -logsigmoid(discriminator(real)).mean() - logsigmoid(-fake).mean()


def weights(net):
    return torch.cat([w.detach().flatten() for w in net.parameters()])


@pytest.fixture
def world():
    torch.manual_seed(0)
    tasks = [mean + 0.1 * torch.randn(16, 1) for mean in (3.0, -3.0, 5.0)]
    return nn.Linear(2, 1), nn.Linear(1, 1), tasks, torch.randn(16, 2)


class FirstText:
    """Copies are loaded from the meta networks, adapted, judged on the same task; and stepped once more."""

    def __init__(self, meta_g, meta_d):
        self.meta_g, self.meta_d = meta_g, meta_d
        self.g, self.d = copy.deepcopy(meta_g), copy.deepcopy(meta_d)
        self.of_g, self.of_d = (torch.optim.Adam(net.parameters(), 0.1) for net in (self.g, self.d))
        self.outer = torch.optim.Adam([*self.g.parameters(), *self.d.parameters()], 1e-3)

    def inner_step(self, real, z):
        self.of_g.zero_grad()
        self.of_d.zero_grad()
        loss_g, loss_d = gan_losses(self.g, self.d, real, z)
        loss_g.backward(retain_graph=True)
        loss_d.backward()
        kept = [w.grad.clone() for w in self.d.parameters()]
        self.of_g.step()
        self.of_d.step()
        return kept

    def task(self, real, z):
        self.g.load_state_dict(self.meta_g.state_dict())
        self.d.load_state_dict(self.meta_d.state_dict())
        for _ in range(5):
            self.inner_step(real, z)
        adapted = weights(self.g).clone()
        self.outer.zero_grad()
        sum(gan_losses(self.g, self.d, real, z)).backward()
        self.outer.step()
        return adapted


def test_the_first_texts_start_never_moves(world):
    meta_g, meta_d, tasks, z = world
    before = weights(meta_g).clone(), weights(meta_d).clone()
    loop = FirstText(meta_g, meta_d)
    for real in tasks:
        loop.task(real, z)
    assert torch.equal(weights(meta_g), before[0]) and torch.equal(weights(meta_d), before[1])
    assert all(w.grad is None for w in meta_g.parameters())
    assert not torch.equal(weights(loop.g), before[0])  # something is trained, and thrown away


def test_the_first_texts_discriminator_steps_along_both_losses(world):
    meta_g, meta_d, tasks, z = world
    kept = FirstText(meta_g, meta_d).inner_step(tasks[0], z)
    g, d = copy.deepcopy(meta_g), copy.deepcopy(meta_d)
    both = torch.autograd.grad(sum(gan_losses(g, d, tasks[0], z)), list(d.parameters()))
    own = torch.autograd.grad(gan_losses(g, d, tasks[0], z)[1], list(d.parameters()))
    assert all(torch.allclose(a, b) for a, b in zip(kept, both, strict=True))
    assert not any(torch.allclose(a, b) for a, b in zip(kept, own, strict=True))


def test_the_first_texts_adam_makes_a_result_hang_on_the_task_before(world):
    meta_g, meta_d, tasks, z = world
    alone = FirstText(meta_g, meta_d).task(tasks[0], z)
    loop = FirstText(meta_g, meta_d)
    loop.task(tasks[1], z)
    assert (loop.task(tasks[0], z) - alone).abs().max() > 0.01


def test_the_second_texts_start_is_where_the_last_task_ended(world):
    """Its inner optimisers are made over the meta networks; its outer step here has rate 0."""
    meta_g, meta_d, tasks, z = world
    places = [weights(meta_g)]
    for real in tasks:
        of_g, of_d = (torch.optim.Adam(net.parameters(), 0.01) for net in (meta_g, meta_d))
        for _ in range(20):
            of_d.zero_grad()
            gan_losses(meta_g, meta_d, real, z)[1].backward()
            of_d.step()
            of_g.zero_grad()
            gan_losses(meta_g, meta_d, real, z)[0].backward()
            of_g.step()
        places.append(weights(meta_g))
    assert all((b - a).abs().max() > 0.05 for a, b in zip(places, places[1:], strict=False))


def test_the_second_texts_formula_for_g_lets_it_help_d():
    """L_G written as L_D: G's descent lowers the logit of a fake, the other way than the right loss."""
    fake = torch.linspace(-3, 3, 7, requires_grad=True)
    (printed,) = torch.autograd.grad(-logsigmoid(-fake).mean(), fake)
    (right,) = torch.autograd.grad(-logsigmoid(fake).mean(), fake)
    assert (printed > 0).all() and (right < 0).all()
