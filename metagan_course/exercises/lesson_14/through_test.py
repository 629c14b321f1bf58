"""Exercise 14.through_test, a test that the learner writes: what it is tried on, and its hints.

An implementation is adapt(w, support, alpha, n_steps) -> w': n_steps steps down 1/2 mean (w x - y)^2.
"""

import torch
from torch.func import grad, vjp

from metagan_course.answers.clinic_broken import graph_cut, no_inner_loop, start_adapted
from metagan_course.answers.clinic_parts import adapt, loss
from metagan_course.answers.clinic_tests import through_test

from ..written_tests import asks_for_a_test

# --- right -------------------------------------------------------------------------------------------------


def by_the_residual(w, support, alpha=0.3, n_steps=3):
    x, y = support[:, 0], support[:, 1]
    for _ in range(n_steps):
        w = w - alpha * ((w * x - y) * x).mean()
    return w


def in_closed_form(w, support, alpha=0.3, n_steps=3):
    x, y = support.unbind(1)
    h, b = x.square().mean(), (x * y).mean()
    return b / h + (1 - alpha * h) ** n_steps * (w - b / h)


def in_double(w, support, alpha=0.3, n_steps=3):
    new, points = w.double(), support.double()
    for _ in range(n_steps):
        value, back = vjp(lambda v: loss(v, points), new)
        new = new - alpha * back(torch.ones_like(value))[0]
    return new.to(w.dtype)


# --- broken ------------------------------------------------------------------------------------------------


def cut_off(w, support, alpha=0.3, n_steps=3):
    return adapt(w, support, alpha, n_steps).detach()


def last_step_only(w, support, alpha=0.3, n_steps=3):
    """The gradient passes through the last step, and around those before: right for one step."""
    before = graph_cut(w, support, alpha, n_steps - 1)
    return adapt(before, support, alpha, 1)


def one_too_few(w, support, alpha=0.3, n_steps=3):
    return adapt(w, support, alpha, n_steps - 1)


def one_step(w, support, alpha=0.3, n_steps=3):
    return adapt(w, support, alpha, 1)


def own_rate(w, support, alpha=0.3, n_steps=3):
    return adapt(w, support, 0.3, n_steps)


def summed(w, support, alpha=0.3, n_steps=3):
    return adapt(w, support, alpha * len(support), n_steps)


def away_from_y(w, support, alpha=0.3, n_steps=3):
    return adapt(w, support * torch.tensor([1.0, -1.0]), alpha, n_steps)


def towards_twice_y(w, support, alpha=0.3, n_steps=3):
    return adapt(w, support * torch.tensor([1.0, 2.0]), alpha, n_steps)


def uphill(w, support, alpha=0.3, n_steps=3):
    for _ in range(n_steps):
        w = w + alpha * grad(loss)(w, support)
    return w


def points(generator: torch.Generator) -> dict:
    """Three points (x, y), none of them near x = 0."""
    x = 0.5 + torch.rand(3, generator=generator)
    return {"support": torch.stack([x, 2 * torch.randn(3, generator=generator)], 1)}


EXERCISE = asks_for_a_test(
    id="14.through_test",
    title="a test of the steps and of their gradient",
    difficulty=3,
    minutes=12,
    reference=through_test,
    given=points,
    right={
        "a loop with torch.func.grad": adapt,
        "the gradient written out": by_the_residual,
        "the result in closed form, without a loop": in_closed_form,
        "a loop that computes in double precision": in_double,
    },
    broken={
        "right numbers, but each step's gradient is detached (first order)": graph_cut,
        "right numbers, but no gradient passes at all": cut_off,
        "the gradient passes through the last step only": last_step_only,
        "the start itself is changed": start_adapted,
        "no step is taken": no_inner_loop,
        "one step too few": one_too_few,
        "one step, whatever n_steps says": one_step,
        "alpha is not used: it steps with 0.3": own_rate,
        "a sum over the points instead of a mean": summed,
        "the right gradient, but it steps towards -y": away_from_y,
        "the right gradient, but it steps towards 2 y": towards_twice_y,
        "it steps up the hill": uphill,
    },
    hints=(
        "Choose an alpha that is not 0.3 and a K that is not 1, and compute w' another way. Then "
        "move the start a little: by how much must w' move? With h = mean x^2 a step multiplies that by "
        "1 - alpha h.",
        "Three things to assert: w' itself; its derivative by w, (1 - alpha h)^K; and that the tensor you "
        "gave has its old value. The derivative is torch.autograd.functional.jacobian(lambda w: adapt(w, "
        "support, alpha, K), w).",
        "With x, y the columns of support: h = mean x^2, the valley lies at w* = mean(x y) / h, and with "
        "alpha = 0.5 / h a step halves the way to it. From w = w* + 1, K steps lead to w* + 0.5 ** K, and "
        "that power is the derivative, too. Compare with abs(a - b) < 1e-3 for K = 1 and 3, and look at w "
        "afterwards.",
    ),
)
