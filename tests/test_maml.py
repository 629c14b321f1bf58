"""Lesson 04's functions against the engine, finite differences and closed forms."""

import pytest
import torch
from oracles import equal, finite_differences, fresh_generator, normal, relative_error

from metagan_course.answers.maml import (
    exact_gradient,
    hessian_product,
    inner_step,
    order_matters,
    quadratic_gradients,
)
from metagan_course.inner import adapt
from metagan_course.outer import maml_gradient, maml_losses
from metagan_course.steps import sgd
from metagan_course.tasks import Task


def wave_loss(w, points):
    """A model of two weights, w1 sin(x + w2): curved everywhere."""
    return (w["w1"] * torch.sin(points[..., 0] + w["w2"]) - points[..., 1]).square().mean()


def one_task(generator):
    w1, w2 = normal(generator, 2)
    w = {"w1": 2 + w1, "w2": w2}
    return w, normal(generator, 5, 2), normal(generator, 7, 2)


def whole(parts):
    """g and -alpha H g added up."""
    g, correction = parts
    return {name: g[name] + correction[name] for name in g}


def test_the_first_part_is_the_engines_first_order_gradient():
    w, support, query = one_task(fresh_generator())
    tasks = Task(support[None], query[None], torch.zeros(1))
    engine, _ = maml_gradient(wave_loss, w, tasks, sgd(0.1), 1, first_order=True)
    assert relative_error(exact_gradient(wave_loss, w, support, query, 0.1)[0], engine) < 1e-12


def test_the_hessian_product_is_the_change_of_the_slopes():
    w, points, _ = one_task(fresh_generator())
    v = {name: torch.randn_like(value) for name, value in w.items()}
    for name in w:
        slope = lambda w, n=name: torch.func.grad(wave_loss)(w, points)[n].sum()  # noqa: E731
        ahead, behind = ({n: w[n] + e * v[n] for n in w} for e in (1e-5, -1e-5))
        measured = (slope(ahead) - slope(behind)) / 2e-5
        assert torch.isclose(hessian_product(wave_loss, w, points, v)[name], measured, rtol=1e-6)


def test_the_test_of_the_order_sees_a_relay_and_lets_the_engine_pass():
    generator = fresh_generator()
    w, *_ = one_task(generator)
    tasks = Task(normal(generator, 3, 5, 2), normal(generator, 3, 7, 2), torch.zeros(3))

    def relay(loss, params, tasks, step, n_steps):
        found = []
        for support, query in zip(tasks.support, tasks.query, strict=True):
            params = adapt(loss, params, support, step, n_steps)
            found.append(loss(params, query))
        return torch.stack(found)

    assert order_matters(relay, wave_loss, w, tasks, sgd(0.1), 2)
    assert not order_matters(maml_losses, wave_loss, w, tasks, sgd(0.1), 2)


def test_exact_gradient_is_the_slope_of_the_query_loss_after_the_step():
    w, support, query = one_task(fresh_generator())
    measured = finite_differences(lambda w: wave_loss(inner_step(wave_loss, w, support, 0.1), query), w)
    assert relative_error(whole(exact_gradient(wave_loss, w, support, query, 0.1)), measured) < 1e-7


@pytest.mark.parametrize("alpha", [0.0, 0.1, 1.0])
def test_exact_gradient_is_the_engines(alpha):
    w, support, query = one_task(fresh_generator())
    tasks = Task(support[None], query[None], torch.zeros(1))
    engine, _ = maml_gradient(wave_loss, w, tasks, sgd(alpha), 1)
    assert relative_error(whole(exact_gradient(wave_loss, w, support, query, alpha)), engine) < 1e-12


def test_inner_step_leaves_the_start_alone():
    w, support, _ = one_task(fresh_generator())
    before = {name: value.clone() for name, value in w.items()}
    moved = inner_step(wave_loss, w, support, 0.1)
    assert equal(w, before) and not equal(moved, before)


def test_quadratic_gradients_are_those_of_the_general_formula():
    generator = fresh_generator()
    w, a_s, a_q, h = (normal(generator, 4) for _ in range(4))
    exact, first = quadratic_gradients(w, a_s, a_q, h.abs(), 0.3)
    for t in range(4):

        def loss(params, a, t=t):
            return h[t].abs() / 2 * (params["w"] - a) ** 2

        start = {"w": w[t]}
        assert torch.isclose(exact[t], whole(exact_gradient(loss, start, a_s[t], a_q[t], 0.3))["w"])
        step = inner_step(loss, start, a_s[t], 0.3)
        assert torch.isclose(first[t], torch.func.grad(loss)(step, a_q[t])["w"])
