"""Each loss against its formula, its gradient, its optimum, and the numbers at which naive code breaks."""

import math

import numpy as np
import pytest
import torch
from oracles import fresh_generator, normal

from metagan_course.losses import (
    GAN_LOSSES,
    elbo,
    gan_loss,
    gaussian_kl,
    gradient_penalty,
    r1_penalty,
    r2_penalty,
    squared_slopes,
)

NAMES = list(GAN_LOSSES)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


# by hand: L_D(lx, ly), dL_D/dlx, dL_D/dly, L_G(ly), dL_G/dly for one pair of logits, before the mean over B
FORMULAS = {
    "minimax": (
        lambda x, y: -np.log(sigmoid(x)) - np.log(1 - sigmoid(y)),
        lambda x, y: sigmoid(x) - 1,
        lambda x, y: sigmoid(y),
        lambda x, y: np.log(1 - sigmoid(y)),
        lambda x, y: -sigmoid(y),
    ),
    "non_saturating": (
        lambda x, y: -np.log(sigmoid(x)) - np.log(1 - sigmoid(y)),
        lambda x, y: sigmoid(x) - 1,
        lambda x, y: sigmoid(y),
        lambda x, y: -np.log(sigmoid(y)),
        lambda x, y: sigmoid(y) - 1,
    ),
    "least_squares": (
        lambda x, y: ((x - 1) ** 2 + y**2) / 2,
        lambda x, y: x - 1,
        lambda x, y: y,
        lambda x, y: (y - 1) ** 2 / 2,
        lambda x, y: y - 1,
    ),
    "hinge": (
        lambda x, y: np.maximum(0, 1 - x) + np.maximum(0, 1 + y),
        lambda x, y: -1.0 * (x < 1),
        lambda x, y: 1.0 * (y > -1),
        lambda x, y: -y,
        lambda x, y: -np.ones_like(y),
    ),
    "wasserstein": (
        lambda x, y: y - x,
        lambda x, y: -np.ones_like(x),
        lambda x, y: np.ones_like(y),
        lambda x, y: -y,
        lambda x, y: -np.ones_like(y),
    ),
    "relativistic": (
        lambda x, y: -np.log(sigmoid(x - y)),
        lambda x, y: sigmoid(x - y) - 1,
        lambda x, y: 1 - sigmoid(x - y),
        lambda x, y: -np.log(sigmoid(y - x)),
        lambda x, y: sigmoid(y - x) - 1,
    ),
}


def logits(generator, n=7):
    return [(3 * normal(generator, n)).requires_grad_() for _ in range(2)]


def test_every_loss_has_a_formula_here():
    assert set(FORMULAS) == set(GAN_LOSSES)


@pytest.mark.parametrize("name", NAMES)
def test_values_are_the_formulas(name):
    real, fake = logits(fresh_generator())
    x, y = real.detach().numpy(), fake.detach().numpy()
    value_d, _, _, value_g, _ = FORMULAS[name]
    assert GAN_LOSSES[name].discriminator(real=real, fake=fake).item() == pytest.approx(value_d(x, y).mean())
    assert GAN_LOSSES[name].generator(real=real, fake=fake).item() == pytest.approx(value_g(x, y).mean())


@pytest.mark.parametrize("name", NAMES)
def test_gradients_are_the_formulas(name):
    real, fake = logits(fresh_generator())
    x, y = real.detach().numpy(), fake.detach().numpy()
    _, slope_real, slope_fake, _, slope_g = FORMULAS[name]
    got_real, got_fake = torch.autograd.grad(
        GAN_LOSSES[name].discriminator(real=real, fake=fake), (real, fake)
    )
    (got_g,) = torch.autograd.grad(GAN_LOSSES[name].generator(real=real, fake=fake), fake)
    np.testing.assert_allclose(got_real, slope_real(x, y) / 7, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(got_fake, slope_fake(x, y) / 7, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(got_g, slope_g(x, y) / 7, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    ("dtype", "fine", "broken"),
    [(torch.float32, -87.0, -90.0), (torch.bfloat16, -87.0, -90.0), (torch.float16, -11.0, -12.0)],
)
def test_the_log_of_a_sigmoid_breaks_where_the_docstring_says(dtype, fine, broken):
    def slope(function, value):
        leaf = torch.tensor(value, dtype=dtype, requires_grad=True)
        return torch.autograd.grad(function(leaf), leaf)[0].item()

    assert slope(lambda x: x.sigmoid().log(), fine) == pytest.approx(1, abs=0.01)
    assert not math.isfinite(slope(lambda x: x.sigmoid().log(), broken))
    assert slope(torch.nn.functional.logsigmoid, broken) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", NAMES)
def test_finite_at_extreme_logits(name, dtype):
    for a in (-200.0, 0.0, 200.0):
        for b in (-200.0, 0.0, 200.0):
            real = torch.full((3, 1), a, dtype=dtype, requires_grad=True)
            fake = torch.full((3, 1), b, dtype=dtype, requires_grad=True)
            for value in (
                GAN_LOSSES[name].discriminator(real=real, fake=fake),
                GAN_LOSSES[name].generator(real=real, fake=fake),
            ):
                assert value.shape == () and value.isfinite()
                slopes = torch.autograd.grad(value, (real, fake), create_graph=True, materialize_grads=True)
                curvature = (
                    torch.autograd.grad(sum(s.sum() for s in slopes), (real, fake), allow_unused=True)
                    if any(s.requires_grad for s in slopes)
                    else ()
                )
                assert all(s.isfinite().all() for s in [*slopes, *[c for c in curvature if c is not None]])


def test_the_saturating_gradient_dies_where_the_other_lives():
    fake = torch.tensor([-200.0], requires_grad=True)  # the discriminator is certain that this is a fake
    (minimax,) = torch.autograd.grad(GAN_LOSSES["minimax"].generator(fake=fake), fake)
    (non_saturating,) = torch.autograd.grad(GAN_LOSSES["non_saturating"].generator(fake=fake), fake)
    assert abs(minimax.item()) < 1e-30 and non_saturating.item() == -1


def best_logit(name, p, q):
    """argmin of p * (real term) + q * (fake term): what D says where the data has density p and G has q."""
    grid = torch.linspace(-4, 4, 80001, dtype=torch.float64)
    each = torch.vmap(lambda x: GAN_LOSSES[name].discriminator(real=x, fake=torch.zeros_like(x)))(grid)
    other = torch.vmap(lambda y: GAN_LOSSES[name].discriminator(real=torch.zeros_like(y), fake=y))(grid)
    return grid[(p * each + q * other).argmin()].item()


@pytest.mark.parametrize(
    "name, optimum",
    [
        ("minimax", lambda p, q: math.log(p / q)),  # D* = p / (p + q)
        ("non_saturating", lambda p, q: math.log(p / q)),
        ("least_squares", lambda p, q: p / (p + q)),
        ("hinge", lambda p, q: math.copysign(1, p - q)),
    ],
)
def test_the_best_discriminator_is_the_known_one(name, optimum):
    for p, q in ((0.7, 0.3), (0.2, 0.8), (0.55, 0.45)):
        assert best_logit(name, p, q) == pytest.approx(optimum(p, q), abs=2e-4)


def test_where_the_two_agree_the_game_has_its_known_value():
    same = torch.zeros(5)
    assert gan_loss("minimax").discriminator(real=same, fake=same).item() == pytest.approx(math.log(4))
    assert gan_loss("relativistic").discriminator(real=same, fake=same).item() == pytest.approx(math.log(2))
    assert gan_loss("relativistic").generator(real=same, fake=same).item() == pytest.approx(math.log(2))
    assert gan_loss("wasserstein").discriminator(real=same + 3, fake=same + 3).item() == 0


@pytest.mark.parametrize("name", ["minimax", "wasserstein"])
def test_zero_sum_losses_sum_to_what_the_generator_cannot_change(name):
    real, fake = logits(fresh_generator())
    both = GAN_LOSSES[name].discriminator(real=real, fake=fake) + GAN_LOSSES[name].generator(fake=fake)
    (slope,) = torch.autograd.grad(both, fake, materialize_grads=True)
    assert slope.abs().max() < 1e-14


# --- penalties ---------------------------------------------------------------------------------------------


def linear(w):
    return lambda x: x.flatten(1) @ w


@pytest.mark.parametrize("shape", [(6, 5), (6, 1, 4, 4), (6, 3, 2, 2)])
def test_penalties_of_a_linear_discriminator(shape):
    generator = fresh_generator()
    real, fake, mix = normal(generator, *shape), normal(generator, *shape), normal(generator, 6).sigmoid()
    w = normal(generator, real[0].numel())
    assert r1_penalty(linear(w), real).item() == pytest.approx((w @ w).item() / 2)
    assert r2_penalty(linear(w), fake).item() == pytest.approx((w @ w).item() / 2)
    unit = w / w.norm()
    assert gradient_penalty(linear(unit), real=real, fake=fake, mix=mix).item() < 1e-20
    expected = (w.norm().item() - 1) ** 2
    assert gradient_penalty(linear(w), real=real, fake=fake, mix=mix).item() == pytest.approx(expected)


def test_penalties_are_per_sample_and_at_the_right_points():
    generator = fresh_generator()
    real, fake, mix = normal(generator, 5, 2, 3), normal(generator, 5, 2, 3), normal(generator, 5).sigmoid()

    def disc(x):  # the slope of |x|^2 / 2 at x is x itself
        return x.flatten(1).square().sum(1, keepdim=True) / 2

    assert torch.allclose(squared_slopes(disc, real), real.flatten(1).square().sum(1))
    assert r1_penalty(disc, real).item() == pytest.approx(real.flatten(1).square().sum(1).mean().item() / 2)
    assert r2_penalty(disc, fake).item() == pytest.approx(fake.flatten(1).square().sum(1).mean().item() / 2)
    between = torch.stack([m * x + (1 - m) * y for m, x, y in zip(mix, real, fake, strict=True)])
    expected = (between.flatten(1).norm(dim=1) - 1).square().mean()
    assert gradient_penalty(disc, real=real, fake=fake, mix=mix).item() == pytest.approx(expected.item())


def test_penalties_reach_the_discriminator_s_weights():
    w = normal(fresh_generator(), 4).requires_grad_()
    x = normal(fresh_generator(), 3, 4)
    (slope,) = torch.autograd.grad(r1_penalty(linear(w), x), w)
    assert torch.allclose(slope, w.detach())  # d (|w|^2 / 2) / dw = w
    penalty = gradient_penalty(linear(w), real=x, fake=-x, mix=torch.rand(3).double())
    (slope,) = torch.autograd.grad(penalty, w)
    assert torch.allclose(slope, (2 * (w.norm() - 1) * w / w.norm()).detach())


def test_gradient_penalty_survives_a_flat_discriminator():
    w = torch.zeros(4, requires_grad=True)
    x = torch.randn(3, 4)
    penalty = gradient_penalty(linear(w), real=x, fake=-x, mix=torch.rand(3))
    (slope,) = torch.autograd.grad(penalty, w, create_graph=True)
    assert penalty.item() == pytest.approx(1, abs=1e-5) and slope.isfinite().all()


# --- VAE ---------------------------------------------------------------------------------------------------


def test_gaussian_kl_equals_torch_distributions():
    generator = fresh_generator()
    mean, log_var = normal(generator, 4, 3), normal(generator, 4, 3)
    q = torch.distributions.Normal(mean, (log_var / 2).exp())
    p = torch.distributions.Normal(torch.zeros_like(mean), torch.ones_like(mean))
    expected = torch.distributions.kl_divergence(q, p).sum(1)
    assert torch.allclose(gaussian_kl(mean=mean, log_var=log_var), expected)


def test_elbo_is_below_the_evidence_and_reaches_it_at_the_posterior():
    """One binary pixel with p(x = 1 | z) = sigmoid(a): if z tells nothing, the prior is the posterior."""
    logit = torch.full((1, 1), 0.7, dtype=torch.float64)
    x = torch.ones(1, 1, dtype=torch.float64)
    evidence = math.log(sigmoid(0.7))
    zero = torch.zeros(1, 2, dtype=torch.float64)
    assert elbo(logits=logit, target=x, mean=zero, log_var=zero).item() == pytest.approx(evidence)
    assert elbo(logits=logit, target=x, mean=zero + 1, log_var=zero).item() == pytest.approx(evidence - 1)


def test_elbo_sums_over_pixels_and_averages_over_images():
    generator = fresh_generator()
    logit, target = normal(generator, 5, 1, 2, 2), torch.rand(5, 1, 2, 2, dtype=torch.float64)
    mean, log_var = normal(generator, 5, 3), normal(generator, 5, 3)
    p, t = sigmoid(logit.numpy()), target.numpy()
    log_likelihood = (t * np.log(p) + (1 - t) * np.log(1 - p)).sum() / 5
    expected = log_likelihood - gaussian_kl(mean=mean, log_var=log_var).mean().item()
    assert elbo(logits=logit, target=target, mean=mean, log_var=log_var).item() == pytest.approx(expected)


def test_elbo_finite_at_extreme_logits():
    logit = torch.tensor([[-200.0, 200.0]], requires_grad=True)
    zero = torch.zeros(1, 2)
    value = elbo(logits=logit, target=torch.tensor([[1.0, 0.0]]), mean=zero, log_var=zero)
    (slope,) = torch.autograd.grad(value, logit)
    assert value.item() == -400 and slope.tolist() == [[1, -1]]


# --- refusals ----------------------------------------------------------------------------------------------


def refuses(*words):
    return pytest.raises(ValueError, match="(?s)" + ".*".join(words))


def test_refusals_say_what_and_where():
    two, column = torch.zeros(2), torch.zeros(2, 1)
    with refuses("gan_loss", "minmax", "minimax"):
        gan_loss("minmax")
    with refuses("relativistic_generator", "real"):
        gan_loss("relativistic").generator(fake=two)
    for player in gan_loss("relativistic"):
        with refuses(r"\(2,\)", r"\(2, 1\)"):
            player(real=two, fake=column)
    with refuses("gradient_penalty: mix", r"\(2, 1\)", r"\(2,\)"):
        gradient_penalty(linear(two), real=torch.zeros(2, 2), fake=torch.zeros(2, 2), mix=column)
    with refuses(r"\(2, 2\)", r"\(3, 2\)"):
        gradient_penalty(linear(two), real=torch.zeros(2, 2), fake=torch.zeros(3, 2), mix=two)
    with refuses("r1_penalty: real", r"\(0, 2\)"):
        r1_penalty(linear(two), torch.zeros(0, 2))
    with refuses("r2_penalty: fake", r"\(2,\)"):
        r2_penalty(linear(two), two)
    with refuses(r"\(2,\)", r"\(2, 1\)"):
        elbo(logits=two, target=column, mean=column, log_var=column)


def test_real_and_fake_cannot_be_swapped_by_position():
    for loss in GAN_LOSSES.values():
        with pytest.raises(TypeError):
            loss.discriminator(torch.zeros(2), torch.zeros(2))
        with pytest.raises(TypeError):
            loss.generator(torch.zeros(2))
