"""Each update rule against its equation, torch.optim, and a small case worked by hand."""

import pytest
import torch
from oracles import equal, fresh_generator, normal
from torch import nn

from metagan_course.inner import adapt
from metagan_course.steps import CoordinateRule, Step, adam, learned, meta_sgd, only, sgd
from metagan_course.weights import detached, params_of


def weights_and_gradient(generator):
    shapes = {"body": (3, 2), "head": (3,)}
    return ({n: normal(generator, *s) for n, s in shapes.items()} for _ in range(2))


def run(step, weights, gradients):
    state = step.init(weights)
    for gradient in gradients:
        weights, state = step(weights, gradient, state)
    return weights


def test_sgd_is_its_equation_and_leaves_its_input_alone():
    weights, gradient = weights_and_gradient(fresh_generator())
    before = {n: w.clone() for n, w in weights.items()}
    after = run(sgd(0.3), weights, [gradient])
    assert all(torch.allclose(after[n], before[n] - 0.3 * gradient[n]) for n in before)
    assert equal(weights, before)


@pytest.mark.parametrize("shape", ["scalar", "full"])
def test_meta_sgd_at_one_constant_rate_equals_sgd(shape):
    weights, gradient = weights_and_gradient(fresh_generator())
    rates = {n: torch.full(() if shape == "scalar" else w.shape, 0.3).double() for n, w in weights.items()}
    a, b = run(meta_sgd(rates), weights, [gradient] * 3), run(sgd(torch.tensor(0.3)), weights, [gradient] * 3)
    assert all(torch.allclose(a[n], b[n], rtol=1e-14, atol=0) for n in weights)


def test_meta_sgd_moves_each_coordinate_at_its_own_rate():
    weights, gradient = weights_and_gradient(fresh_generator())
    rates = {n: normal(fresh_generator(), *w.shape) for n, w in weights.items()}
    after = run(meta_sgd(rates), weights, [gradient])
    assert all(torch.allclose(after[n], weights[n] - rates[n] * gradient[n]) for n in weights)


@pytest.mark.parametrize("betas", [(0.9, 0.999), (0.5, 0.99)])
def test_adam_equals_torch_adam_over_20_steps(betas):
    """Only the place of eps differs: at torch's 1e-8, by less than 1e-6; at 1e-15, not at all.

    A step differs by some rate * eps / |g|, so the gradients keep away from 0: a first one of 1e-4 would do.
    """
    generator = fresh_generator()
    for eps, tolerance in ((1e-8, 1e-6), (1e-15, 1e-12)):
        weights, _ = weights_and_gradient(generator)
        live = {n: w.clone().requires_grad_() for n, w in weights.items()}
        optimiser = torch.optim.Adam(live.values(), lr=0.05, betas=betas, eps=eps)
        drawn = [{n: normal(generator, *w.shape) for n, w in weights.items()} for _ in range(20)]
        gradients = [{n: g + 0.1 * g.sign() for n, g in gradient.items()} for gradient in drawn]
        for gradient in gradients:
            for n, w in live.items():
                w.grad = gradient[n]
            optimiser.step()
        ours = run(adam(0.05, betas=betas, eps=eps), weights, gradients)
        assert max((ours[n] - live[n]).abs().max() for n in weights) < tolerance


def test_adam_can_be_differentiated_at_a_zero_gradient():
    start = {"w": torch.zeros(3, requires_grad=True)}  # loss = |w|^2 / 2: the gradient is w, so zero here
    after = adapt(lambda p, _: p["w"].square().sum() / 2, start, None, adam(0.1), 3)
    (slope,) = torch.autograd.grad(after["w"].sum(), start["w"])
    assert slope.isfinite().all()


def test_adam_s_first_step_has_the_length_of_its_rate():
    weights, gradient = weights_and_gradient(fresh_generator())
    after = run(adam(0.05), weights, [gradient])
    assert all(torch.allclose(after[n], weights[n] - 0.05 * gradient[n].sign(), atol=1e-7) for n in weights)


@pytest.mark.parametrize("inner", [sgd(0.3), adam(0.1)])
def test_only_moves_the_head_and_returns_the_body_bit_for_bit(inner):
    generator = fresh_generator()
    weights, _ = weights_and_gradient(generator)
    gradients = [{n: normal(generator, *w.shape) for n, w in weights.items()} for _ in range(3)]
    after = run(only(["head"], inner), weights, gradients)
    assert after["body"] is weights["body"]
    assert equal({"head": after["head"]}, {"head": run(inner, weights, gradients)["head"]})
    assert list(after) == list(weights)


def test_a_learned_rule_is_its_network_coordinate_by_coordinate():
    rule = CoordinateRule(hidden=4).double()
    weights, gradient = weights_and_gradient(fresh_generator())
    after = run(learned(rule, params_of(rule)), weights, [gradient, gradient])
    for n, w in weights.items():
        for index in torch.cartesian_prod(*[torch.arange(size) for size in w.shape]).reshape(-1, w.dim()):
            at, expected, memory = tuple(index), w[tuple(index)], rule.memory(w[tuple(index)].reshape(1))
            for _ in range(2):  # one coordinate alone, with its own memory
                change, memory = rule(gradient[n][at].reshape(1), memory)
                expected = expected + change[0]
            assert torch.allclose(after[n][at], expected)


def test_a_learned_rule_uses_the_weights_it_is_given():
    rule = CoordinateRule(hidden=4).double()
    weights, gradient = weights_and_gradient(fresh_generator())
    still = {n: torch.zeros_like(w) for n, w in params_of(rule).items()}
    assert equal(run(learned(rule, still), weights, [gradient]), weights)
    assert not equal(run(learned(rule, detached(params_of(rule))), weights, [gradient]), weights)


def test_a_learned_rule_can_be_trained_through_its_steps():
    """Ten outer steps on psi: the rule must learn to descend |w - 1|^2, which its random start does not."""
    rule = CoordinateRule(hidden=8)
    psi = {n: w.detach().clone().requires_grad_() for n, w in rule.named_parameters()}
    optimiser = torch.optim.Adam(psi.values(), lr=0.02)

    def loss(p, _):
        return (p["w"] - 1).square().mean()

    def after_five():
        return loss(adapt(loss, {"w": torch.zeros(6)}, None, learned(rule, psi), 5), None)

    before = after_five().item()
    for _ in range(40):
        optimiser.zero_grad()
        after_five().backward()
        optimiser.step()
    assert after_five().item() < 0.5 * before


def test_a_rule_of_one_s_own_is_two_functions():
    normalised = Step(lambda w, g, s: ({n: w[n] - 0.1 * g[n] / g[n].norm() for n in w}, s))
    after = adapt(lambda p, _: p["w"].sum(), {"w": torch.zeros(4)}, None, normalised, 2)
    assert torch.allclose(after["w"], torch.full((4,), -0.1))


def test_refusals_say_what_and_where():
    weights = {"body": torch.zeros(3, 2), "head": torch.zeros(3)}
    with pytest.raises(ValueError, match="only: names.*hed.*body, head"):
        only(["hed"], sgd(0.1)).init(weights)
    with pytest.raises(ValueError, match="meta_sgd: rates.*head"):
        meta_sgd({"body": torch.tensor(0.1)}).init(weights)
    for wrong in (torch.zeros(3), torch.zeros(2, 3), torch.zeros(1, 3, 2)):
        with pytest.raises(ValueError, match=r"rates\['body'\].*\(3, 2\)"):
            meta_sgd({"body": wrong, "head": torch.tensor(0.1)}).init(weights)


def test_nothing_is_remembered_between_two_tasks():
    step, module = adam(0.1), nn.Linear(2, 1)

    def loss(p, x):
        return torch.func.functional_call(module, p, x).square().mean()

    first = adapt(loss, params_of(module), torch.ones(3, 2), step, 3)
    adapt(loss, params_of(module), -7 * torch.ones(3, 2), step, 3)
    assert equal(first, adapt(loss, params_of(module), torch.ones(3, 2), step, 3))
