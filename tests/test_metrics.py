"""Metrics against closed forms and hand counts, permutations, and the constant generator that fools FID."""

import math

import pytest
import torch
from torch.func import grad, vmap

from metagan_course.metrics import (
    authenticity,
    bootstrap,
    coverage,
    density,
    diversity_ratio,
    draw_rivals,
    energy_distance,
    fid,
    kid,
    mmd,
    mode_coverage,
    one_nn_accuracy,
    paired_bootstrap,
    paired_share,
    photocopies,
    pooled,
    real_vs_real,
    recall,
    recognisability,
    support_nn,
)
from metagan_course.metrics.fooled import copies_of, mean_of
from metagan_course.metrics.intervals import student
from metagan_course.metrics.photocopies import kid_with_copies

SYMMETRIC = {"energy": energy_distance, "mmd": mmd, "kid": kid, "fid": fid, "1-nn": one_nn_accuracy}
DIRECTED = {
    "diversity": lambda fake, real: diversity_ratio(fake=fake, real=real),
    "recall": lambda fake, real: recall(fake=fake, real=real),
    "density": lambda fake, real: density(fake=fake, real=real),
    "coverage": lambda fake, real: coverage(fake=fake, real=real),
    "authenticity": lambda fake, real: authenticity(
        fake=fake, support=real[..., :5, :], query=real[..., 5:, :]
    ),
    "support-nn": lambda fake, real: support_nn(fake=fake, support=real[..., :5, :], query=real[..., 5:, :]),
    "recognisability": lambda fake, real: recognisability(
        fake=fake, query=real, rivals=torch.stack([real + 1], -3)
    ),
}
ALL = SYMMETRIC | DIRECTED
UNBIASED = {"energy": energy_distance, "mmd": mmd, "kid": kid}


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=rng(seed), dtype=torch.float64)


def column(*values):
    return torch.tensor(values, dtype=torch.float64).unsqueeze(-1)  # (n, 1)


def close(value, expected, **tolerance):
    torch.testing.assert_close(
        torch.as_tensor(value).double(), torch.as_tensor(expected).double(), **tolerance
    )


# --- closed forms ---


def test_energy_distance_by_hand():
    # across: (1 + 4 + 1 + 2) / 4 = 2; within: |0 - 2| = 2 and |1 - 4| = 3
    close(energy_distance(column(0, 2), column(1, 4)), 2 * 2 - 2 - 3)


def test_energy_distance_of_two_gaussians():
    # E|N(mu, s^2)| = s sqrt(2/pi) exp(-mu^2/2s^2) + mu erf(mu / s sqrt 2); x - y ~ N(1, 2), x - x' ~ N(0, 2)
    across = 2 / math.sqrt(math.pi) * math.exp(-1 / 4) + math.erf(1 / 2)
    expected = 2 * across - 2 * 2 / math.sqrt(math.pi)  # 0.5046
    estimate = energy_distance(normal(3000, 30, 1), 1 + normal(3000, 30, 1, seed=1))  # 3000 independent ones
    assert abs(estimate.mean() - expected) < 4 * estimate.std() / math.sqrt(3000)
    assert estimate.std() / math.sqrt(3000) < 0.02 * expected  # the test above is sharp


def test_energy_distance_of_shifted_uniforms():
    # on the line it is 2 int (F - G)^2: for U(0, 1) and U(s, 1 + s) 2 s^2 (1 - s) + 4 s^3 / 3
    s = 0.5
    a, b = (torch.rand(3000, 30, 1, generator=rng(i), dtype=torch.float64) for i in (0, 1))
    estimate = energy_distance(a, b + s)
    assert abs(estimate.mean() - (2 * s**2 * (1 - s) + 4 * s**3 / 3)) < 4 * estimate.std() / math.sqrt(3000)
    assert estimate.std() / math.sqrt(3000) < 0.01


def test_mmd_of_two_points_by_hand():
    # x = {0, 1}, y = {2, 3}, h = 1: k = exp(-d^2 / 2), pairs across at distances 2, 3, 1, 2
    e = math.exp
    expected = e(-1 / 2) + e(-1 / 2) - 2 * (2 * e(-2) + e(-9 / 2) + e(-1 / 2)) / 4
    close(mmd(column(0, 1), column(2, 3), bandwidth=1.0), expected)


def test_mmd_takes_the_pooled_median_distance():
    # distances among 0, 1, 2, 6: 1 2 6 1 5 4; torch's median is the lower middle one: 2
    a, b = column(0, 1), column(2, 6)
    close(mmd(a, b), mmd(a, b, bandwidth=2.0))
    close(mmd(7 * a, 7 * b), mmd(a, b))  # so the unit does not matter
    assert mmd(torch.ones(3, 2), torch.ones(4, 2)) == 0  # all points alike: no division by 0


def test_mmd_of_gaussians():
    # k = exp(-|x - y|^2 / 2h^2): E k = h / sqrt(h^2 + 2) exp(-mu^2 / (2 (h^2 + 2))) for x - y ~ N(mu, 2)
    h, mu = 1.0, 1.0
    same = h / math.sqrt(h**2 + 2)
    expected = 2 * same * (1 - math.exp(-(mu**2) / (2 * (h**2 + 2))))
    estimate = mmd(normal(1000, 30, 1), mu + normal(1000, 30, 1, seed=1), bandwidth=h)
    assert abs(estimate.mean() - expected) < 4 * estimate.std() / math.sqrt(1000)
    assert estimate.std() / math.sqrt(1000) < 0.02 * expected


def test_kid_by_hand():
    # d = 2; x = (1, 0), (0, 1): x.x' = 0 -> 1; y = (1, 1), (2, 0): y.y' = 2 -> 2^3 = 8
    # across: (1,0).(1,1) = 1, (1,0).(2,0) = 2, (0,1).(1,1) = 1, 0 -> 1.5^3, 2^3, 1.5^3, 1
    x, y = torch.tensor([[1.0, 0], [0, 1]]), torch.tensor([[1.0, 1], [2, 0]])
    close(kid(x, y), 1 + 8 - 2 * (1.5**3 + 8 + 1.5**3 + 1) / 4)


def test_kid_of_two_gaussians_with_different_means():
    # d = 1, x ~ N(0, 1), y ~ N(m, 1): E (xy + 1)^3 = 1 + 3 E xy + 3 E x^2y^2 + E x^3y^3 with normal moments
    m = 0.7
    m1, m2, m3 = m, m**2 + 1, m**3 + 3 * m
    expected = (1 + 3) + (1 + 3 * m1**2 + 3 * m2**2 + m3**2) - 2 * (1 + 3 * m2)
    estimate = kid(normal(4000, 30, 1), m + normal(4000, 30, 1, seed=1))
    assert abs(estimate.mean() - expected) < 4 * estimate.std() / math.sqrt(4000)
    assert estimate.std() / math.sqrt(4000) < 0.05 * expected


def whitened(n, d, seed=0):
    """A sample whose mean is 0 and whose covariance is the identity, exactly."""
    x = normal(n, d, seed=seed)
    x = x - x.mean(0)
    return torch.linalg.qr(x).Q * math.sqrt(n - 1)


def test_fid_of_exact_gaussian_moments():
    # N(m, A) against N(m', B) with A, B not commuting, by an eigenvalue route that fid does not take
    a, b = normal(3, 3, seed=1), normal(3, 3, seed=2)
    A, B, shift = a @ a.T, b @ b.T, torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
    x = whitened(50, 3, seed=3) @ torch.linalg.cholesky(A).T
    y = whitened(40, 3, seed=4) @ torch.linalg.cholesky(B).T + shift
    trace_root = torch.linalg.eigvals(A @ B).real.clamp(min=0).sqrt().sum()
    close(fid(x, y), shift.square().sum() + A.trace() + B.trace() - 2 * trace_root)


def test_fid_of_scaled_identity():
    x = whitened(50, 4)
    close(fid(2 * x, x + 3), 4 * 9 + 4 * (2 - 1) ** 2)
    close(fid(x, x), 0, atol=1e-10, rtol=0)


def test_fid_with_fewer_samples_than_features():
    x, y = normal(5, 20), normal(6, 20, seed=1)
    A, B = torch.cov(x.T), torch.cov(y.T)
    values, vectors = torch.linalg.eigh(A)
    root = vectors @ torch.diag(values.clamp(min=0).sqrt()) @ vectors.T
    trace_root = torch.linalg.eigvalsh(root @ B @ root).clamp(min=0).sqrt().sum()
    close(
        fid(x, y),
        (x.mean(0) - y.mean(0)).square().sum() + A.trace() + B.trace() - 2 * trace_root,
        rtol=1e-5,
        atol=1e-5,
    )


def test_diversity_ratio_by_hand():
    real = torch.tensor([[0.0, 0.0], [2.0, 4.0]])  # stds sqrt 2, 2 sqrt 2: mean 1.5 sqrt 2
    fake = torch.tensor([[5.0, 5.0], [5.0, 6.0]])  # 0 and sqrt(1/2): mean sqrt(2) / 4
    close(diversity_ratio(fake=fake, real=real), 1 / 6)
    close(diversity_ratio(fake=3 * real + 1, real=real), 3)


def test_recall_density_coverage_by_hand():
    real, fake = column(0, 1, 2, 10), column(0.1, 0.9, 5.0)
    # k = 1. Fakes' balls: [-.7, .9] [.1, 1.7] [.9, 9.1]: they hold 0, 1 and 2 but not 10
    close(recall(fake=fake, real=real, k=1), 3 / 4)
    # k = 1. Reals' balls: (-1, 1) (0, 2) (1, 3) (2, 18): .1 in two, .9 in two, 5 in one; none in the third
    close(density(fake=fake, real=real, k=1), 5 / 3)
    close(coverage(fake=fake, real=real, k=1), 3 / 4)
    # k = 2 halves what a ball is worth: radii 2, 1, 2, 9 -> (-2, 2) (0, 2) (0, 4) (1, 19)
    close(density(fake=fake, real=real, k=2), (3 + 3 + 1) / 3 / 2)


def test_recall_uses_the_balls_of_the_fakes():
    real, fake = normal(200, 2), 0.3 * normal(200, 2, seed=1)
    assert recall(fake=fake, real=real) < 0.6  # a narrow generator reaches only the middle
    assert recall(fake=real, real=fake) > 0.9  # while all its samples are precise


def test_support_nn_by_hand_and_with_matched_counts():
    fake, support = column(0.0, 1.0, 2.0, 10.0), column(0.2, 9.0)
    query = column(2.1, 1.2, 0.0, 0.0, 0.0)  # only the first two count
    close(support_nn(fake=fake, support=support, query=query), 2 / 4)  # 0 and 10 are nearer to a support
    close(support_nn(fake=support, support=support, query=query), 1)  # copies
    close(support_nn(fake=fake, support=support, query=support), 0.5)  # ties


def test_support_nn_is_a_half_for_fresh_samples_whatever_the_counts():
    shares = support_nn(
        fake=normal(400, 15, 3), support=normal(400, 5, 3, seed=1), query=normal(400, 15, 3, seed=2)
    )
    assert abs(shares.mean() - 0.5) < 4 * shares.std() / 20
    assert shares.std() / 20 < 0.02


def test_authenticity_by_hand():
    support, query = column(0.0, 5.0), column(1.0, 6.0, 9.0)  # 0's nearest other is 1 away, 5's is 6: 1 away
    fake = column(0.5, -1.0, -1.5, 2.0, 4.5, 6.2)  # inside 0's ball, on its rim, out, out, inside 5's, out
    close(authenticity(fake=fake, support=support, query=query), 3 / 6)
    close(authenticity(fake=support.repeat(3, 1), support=support, query=query), 0)  # copies


def test_authenticity_of_fresh_drawings_is_what_chance_says():
    """x lies nearer to s than all others with chance 1 / (S + Q), whatever the distribution; here S = 1."""
    x, s, q = normal(4000, 1, 3, seed=1), normal(4000, 1, 3, seed=2), normal(4000, 9, 3, seed=3)
    shares = authenticity(fake=x, support=s, query=q)
    assert abs(shares.mean() - 9 / 10) < 4 * math.sqrt(0.09 / 4000)
    # each query against the rest: the nearest one of the nine, and no other, is taken for a copy
    close(authenticity(fake=q, support=s, query=q), torch.full((4000,), 8 / 9))


def test_recognisability_by_hand():
    query, rivals = column(-1, 1), torch.stack([column(4, 4), column(-11, -9)])  # prototypes 0; 4, -10
    close(recognisability(fake=column(1.9, -1, -6, 3, -4), query=query, rivals=rivals), 3 / 5)
    close(recognisability(fake=column(2.0), query=query, rivals=rivals), 0)  # no credit for a tie


def test_recognisability_of_unrelated_samples_is_chance():
    fake, query = normal(300, 20, 8), normal(300, 15, 8, seed=1)
    shares = recognisability(fake=fake, query=query, rivals=normal(300, 19, 15, 8, seed=2))
    assert abs(shares.mean() - 1 / 20) < 0.015


def test_rivals_are_other_classes_once_each():
    label = torch.tensor([7, 3, 7, 5, 1, 3, 9])
    query = label.double()[:, None, None].expand(-1, 4, 2).contiguous()  # features that name their class
    rivals = draw_rivals(query, label, n_way=5, generator=rng())
    assert rivals.shape == (7, 4, 4, 2)
    for own, others in zip(label.tolist(), rivals[:, :, 0, 0].tolist(), strict=True):
        assert set(others) == {1, 3, 5, 7, 9} - {own}
    few = {
        tuple(draw_rivals(query, label, n_way=3, generator=rng(s))[0, :, 0, 0].tolist()) for s in range(40)
    }
    assert {c for pair in few for c in pair} == {1, 3, 5, 9}  # all are drawn


def test_mode_coverage_by_hand():
    centres = torch.tensor([[0.0, 0], [10, 0], [0, 10], [10, 10]])
    fake = torch.tensor([[0.0, 0.5], [0, 0], [9.5, 0], [4, 0], [10, 6.0], [0, 1], [0, -1], [0, 1.01]])
    covered, good, kl = mode_coverage(fake, centres, radius=1.0)
    assert covered == 2  # (10, 6) belongs to the fourth but is too far to count
    close(good, 5 / 8)
    close(kl, 6 / 8 * math.log(4 * 6 / 8) + 2 * (1 / 8) * math.log(4 / 8))


def test_mode_coverage_extremes():
    centres = torch.tensor([[math.cos(a), math.sin(a)] for a in torch.arange(8) * math.pi / 4])
    every, good, kl = mode_coverage(centres.repeat(3, 1), centres, radius=0.1)
    assert every == 8 and good == 1 and abs(kl) < 1e-6
    one, good, kl = mode_coverage(centres[:1].repeat(24, 1), centres, radius=0.1)
    assert one == 1 and good == 1
    close(kl, math.log(8))


def test_one_nn_accuracy_by_hand():
    # nearest of 0, 1 | 0.4, 5: 0 -> .4 (wrong), 1 -> .4 (wrong), .4 -> 0 (wrong), 5 -> 1 (wrong)
    close(one_nn_accuracy(column(0, 1), column(0.4, 5)), 0)
    close(one_nn_accuracy(column(0, 1), column(7, 9)), 1)


# --- unbiasedness and invariances ---


@pytest.mark.parametrize("metric", UNBIASED.values(), ids=UNBIASED)
def test_mean_over_all_splits_of_one_set_is_zero(metric):
    """Over every way to part 8 points in two, an unbiased estimate averages to exactly 0."""
    from itertools import combinations

    real = normal(8, 3).exp()
    values = []
    for chosen in combinations(range(8), 3):
        rest = [i for i in range(8) if i not in chosen]
        values.append(metric(real[list(chosen)], real[rest]))
    values = torch.stack(values)
    assert abs(values.mean()) < 1e-10 * values.abs().max() * len(values)
    assert values.min() < 0 < values.max()


@pytest.mark.parametrize("metric", UNBIASED.values(), ids=UNBIASED)
def test_permutation_mean_lies_within_its_standard_error(metric):
    values = real_vs_real(metric, normal(30, 16), n_first=15, n_splits=1500, generator=rng())
    assert abs(values.mean()) < 3.5 * values.std() / math.sqrt(1500)


def test_fid_does_not_average_to_zero():
    values = real_vs_real(fid, normal(30, 64), n_first=15, n_splits=20, generator=rng())
    assert values.min() > 50  # the bias that lesson 03 shows


def test_real_vs_real_splits_without_overlap_and_by_its_generator():
    real = torch.arange(10.0)[:, None].repeat(3, 1, 1)  # three tasks

    def together(a, b):
        assert a.shape == (3, 4, 1) and b.shape == (3, 6, 1)
        return torch.cat([a, b], dim=-2).sort(dim=-2).values[..., 0]

    splits = real_vs_real(together, real, n_first=4, n_splits=3, generator=rng())
    assert (splits == torch.arange(10.0)).all()

    def again(seed):
        return real_vs_real(energy_distance, normal(9, 2), n_first=4, n_splits=5, generator=rng(seed))

    assert torch.equal(again(0), again(0)) and not torch.equal(again(0), again(1))
    assert len(again(0).unique()) > 1


@pytest.mark.parametrize("metric", ALL.values(), ids=ALL)
def test_task_axes_are_independent(metric):
    fake, real = normal(2, 3, 12, 4), 0.5 + normal(2, 3, 12, 4, seed=1)
    together = metric(fake, real)
    assert together.shape == (2, 3)
    for i in range(2):
        for j in range(3):
            close(together[i, j], metric(fake[i, j], real[i, j]))


@pytest.mark.parametrize("metric", SYMMETRIC.values(), ids=SYMMETRIC)
def test_symmetric_in_its_arguments(metric):
    a, b = normal(10, 3), 1 + normal(12, 3, seed=1)
    close(metric(a, b), metric(b, a))


NO_SHIFT = {n: m for n, m in ALL.items() if n != "kid"}  # its kernel has an origin


@pytest.mark.parametrize("metric", NO_SHIFT.values(), ids=NO_SHIFT)
def test_invariant_to_a_shift(metric):
    a, b = normal(12, 3), 0.3 + 2 * normal(12, 3, seed=1)
    close(metric(a + 5, b + 5), metric(a, b))


@pytest.mark.parametrize("metric", SYMMETRIC.values(), ids=SYMMETRIC)
def test_invariant_to_the_order_of_samples_and_to_rotation(metric):
    a, b = normal(10, 3), 1 + normal(12, 3, seed=1)
    turn = torch.linalg.qr(normal(3, 3, seed=2)).Q
    close(metric(a.flip(0) @ turn, b.roll(5, 0) @ turn), metric(a, b))


def test_energy_distance_is_in_the_datas_unit():
    a, b = normal(10, 3), 1 + normal(12, 3, seed=1)
    close(energy_distance(7 * a, 7 * b), 7 * energy_distance(a, b))


def test_small_distances_far_from_the_origin_survive():
    a, b = 1000 + 0.01 * torch.randn(40, 3), 1000 + 0.01 * torch.randn(40, 3) + 0.05
    close(energy_distance(a, b), energy_distance(a.double(), b.double()), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("metric", [energy_distance, mmd, kid, fid])
def test_grows_with_the_gap(metric):
    a, b = normal(100, 4), normal(100, 4, seed=1)
    scores = [metric(a, b + gap) for gap in (0.0, 0.5, 1.0, 2.0)]
    assert scores == sorted(scores) and scores[-1] > 4 * abs(scores[0])


@pytest.mark.parametrize("metric", UNBIASED.values(), ids=UNBIASED)
def test_derivatives_hold_under_vmap_to_second_order(metric):
    """Energy distance or MMD to the query may stand in an outer loss."""
    fake, real = normal(3, 5, 2), 0.5 + normal(3, 6, 2, seed=1)

    def loss(a, b):
        return metric(a, b) if metric is not mmd else mmd(a, b, bandwidth=1.0)

    def after_a_step(a, b):
        return loss(a - 0.3 * grad(loss)(a, b), b)

    step = 1e-6 * normal(3, 5, 2, seed=2)
    for f in (loss, after_a_step):
        slopes = vmap(grad(f))(fake, real)
        rise = vmap(f)(fake + step, real) - vmap(f)(fake - step, real)
        close(2 * (slopes * step).sum((-2, -1)), rise, rtol=1e-6, atol=1e-13)


# --- the generator that returns the mean of the support ---


def test_the_constant_generator_beats_real_data_where_it_should_not():
    """15 against 15 samples of N(0, I), 64 dimensions; the fake is the mean of 5 supports plus noise."""
    n_tasks, real = 200, normal(200, 15, 64)
    other_real = normal(200, 15, 64, seed=1)
    constant = normal(200, 5, 64, seed=2).mean(1, keepdim=True) + 0.05 * normal(200, 15, 64, seed=3)

    def score(metric):
        fake, honest = metric(constant, real), metric(other_real, real)
        return fake.mean().item(), honest.mean().item(), ((fake - honest).std() / math.sqrt(n_tasks)).item()

    table = {name: score(metric) for name, metric in ALL.items()}
    constant_fid, real_fid, error = table["fid"]
    assert constant_fid < real_fid - 5 * error  # better than real data
    assert 77 < constant_fid < 82 and 84 < real_fid < 90  # 79.2 against 87.1
    constant_density, real_density, error = table["density"]
    assert constant_density > 4.9 > real_density + 5 * error  # 5 is the most that 15 samples and k = 3 allow
    assert table["coverage"][0] > 0.99 and table["coverage"][0] > table["coverage"][1]
    assert 0.48 < table["1-nn"][0] < 0.56  # "not told apart"
    constant_kid, real_kid, error = table["kid"]
    assert constant_kid > real_kid + 5 * error and abs(real_kid) < 5 * error  # and here is who objects
    assert table["recall"][0] == 0 and table["recall"][1] > 0.3
    assert abs(table["diversity"][0] - 0.05) < 0.005 and abs(table["diversity"][1] - 1) < 0.02


def test_each_score_has_its_cheat_and_each_cheat_its_score():
    """A true copier fools those that see through the mean, and the other way round."""
    n_tasks, support, real = 200, normal(200, 5, 64, seed=2), normal(200, 15, 64)
    other = normal(200, 15, 64, seed=1)
    copied, constant = copies_of(support, 15, rng()), mean_of(support, 15)
    assert (copied[:, :, None] == support[:, None]).all(-1).any(-1).all()  # copies, and nothing else
    assert torch.equal(constant, constant[:, :1].expand_as(constant))

    def lead(metric, fake):
        """By how many standard errors a cheat stands above honest real drawings."""
        gap = metric(fake, real) - metric(other, real)
        return (gap.mean() / gap.std() * math.sqrt(n_tasks)).item()

    assert lead(ALL["fid"], constant) < -5 < 5 < lead(ALL["fid"], copied)  # lower is better
    for name in ("density", "coverage"):
        assert lead(ALL[name], constant) > 5
    assert lead(ALL["coverage"], copied) < -5
    assert lead(kid, constant) > 5
    for name in ("recall", "diversity"):
        assert lead(ALL[name], constant) < -5
    assert ALL["diversity"](copied, real).mean() > 0.8
    nearer = support_nn(fake=copied, support=support, query=real)
    assert nearer.min() == 1 and authenticity(fake=copied, support=support, query=real).max() == 0


# --- photocopies ---


def test_kid_with_copies_is_the_mean_over_all_ways_to_swap_them():
    """Every choice of which two of four samples go and which supports come, one by one."""
    from itertools import combinations, product

    fake, support, real = normal(4, 2), normal(3, 2, seed=1), 0.5 + normal(5, 2, seed=2)
    values = []
    for gone in combinations(range(4), 2):
        for come in product(range(3), repeat=2):
            kept = [i for i in range(4) if i not in gone]
            values.append(kid(torch.cat([fake[kept], support[list(come)]]), real))
    curve = kid_with_copies(fake, support, real)
    close(curve[2], torch.stack(values).mean())
    close(curve[0], kid(fake, real))
    every = [kid(support[list(come)], real) for come in product(range(3), repeat=4)]
    close(curve[4], torch.stack(every).mean())


def test_photocopies_read_a_curve_backwards():
    curve = torch.tensor([1.0, 0.8, 0.7, 0.7, 0.9])
    for gain, copies in ((0.1, 0.5), (0.2, 1.0), (0.25, 1.5), (0.0, 0.0), (-1.0, 0.0)):
        assert photocopies(curve, gain) == pytest.approx(copies, abs=1e-5)
    assert photocopies(curve, 0.31) == math.inf


def test_so_many_copies_gain_what_their_count_says():
    """Swap c copies in, and the gain reads c again."""
    fake, support, real = 1 + normal(200, 64, 4), normal(200, 5, 4, seed=1), normal(200, 15, 4, seed=2)
    curve = kid_with_copies(fake, support, real).mean(0)
    thief = torch.cat([copies_of(support, 4, rng()), fake[:, 4:]], 1)
    gain = (kid(fake, real) - kid(thief, real)).mean().item()
    assert photocopies(curve, gain) == pytest.approx(4, abs=0.5)


# --- intervals ---


def test_bootstrap_interval_is_the_normal_one_for_many_tasks():
    values = 2 + 3 * normal(400)
    estimate, low, high = bootstrap(values, generator=rng())
    error = values.std().item() / 20
    close(estimate, values.mean())
    close(low, estimate - 1.96 * error, atol=0.1 * error, rtol=0)
    close(high, estimate + 1.96 * error, atol=0.1 * error, rtol=0)
    narrow = bootstrap(values, generator=rng(), level=0.5)
    close(narrow.high - narrow.low, 2 * 0.6745 * error, rtol=0.05, atol=0)


def test_bootstrap_covers_the_truth_as_often_as_it_says():
    hits = 0
    for seed in range(200):
        interval = bootstrap(normal(40, seed=seed), generator=rng(seed), n_resamples=500, level=0.9)
        hits += interval.low < 0 < interval.high
    assert 0.82 < hits / 200 < 0.96  # 0.90 +- 3 standard errors, less the small-sample shortfall


def test_pairing_removes_the_spread_between_tasks():
    difficulty = 10 * normal(50)
    a, b = difficulty + 0.1 * normal(50, seed=1), difficulty + 0.2
    paired = paired_bootstrap(a, b, generator=rng())
    close(paired.estimate, (a - b).mean())
    assert paired.high < 0 and paired.excludes_zero()
    assert not paired_bootstrap(a, b[torch.randperm(50, generator=rng(3))], generator=rng()).excludes_zero()
    assert paired_bootstrap(b, a, generator=rng()).excludes_zero()
    assert paired_bootstrap(a, b, generator=rng()) == paired


@pytest.mark.parametrize(
    ("df", "level", "quantile"),
    [
        (1, 0.95, 12.706),
        (2, 0.95, 4.303),
        (3, 0.9, 2.353),
        (19, 0.95, 2.093),
        (1e4, 0.95, 1.960),
    ],
)
def test_student_s_quantiles_are_those_of_the_tables(df, level, quantile):
    assert student(level, df) == pytest.approx(quantile, abs=0.002)


def test_one_run_s_interval_is_student_s():
    x = normal(20)
    estimate, low, high = pooled(x)
    close(estimate, x.mean())
    close(high - low, 2 * 2.093 * x.std() / math.sqrt(20), rtol=1e-3, atol=0)
    assert tuple(pooled(x[None])) == (estimate, low, high)


def simulated(seeds, n, between_seeds, between_tasks, noise, seed):
    """Runs of a method that share their tasks; the truth is 0."""
    a, b = normal(seeds, 1, seed=seed), normal(1, n, seed=seed + 10_000)
    return between_seeds * a + between_tasks * b + noise * normal(seeds, n, seed=seed + 20_000)


@pytest.mark.parametrize(
    ("seeds", "n", "spreads"),
    [(3, 200, (0.0, 1.0, 1.0)), (3, 200, (0.1, 1.0, 1.0)), (3, 200, (1.0, 1.0, 1.0)),
     (3, 20, (0.0, 1.0, 0.3)), (1, 20, (0.0, 1.0, 1.0)), (5, 40, (0.3, 0.5, 1.0))],
)  # fmt: skip
def test_the_pooled_interval_covers_the_truth_as_often_as_it_says(seeds, n, spreads):
    hits = 0
    for seed in range(1000):
        interval = pooled(simulated(seeds, n, *spreads, seed))
        hits += interval.low < 0 < interval.high
    assert 0.93 < hits / 1000 < 0.985  # 0.95 +- 3 standard errors; a little wide where seeds do not differ


def test_what_the_pooled_interval_is_for():
    """Three seeds that differ: intervals over tasks alone, and a bootstrap over both, are far too sure."""
    tasks_only = both = 0
    for seed in range(200):
        x, draw = simulated(3, 100, 0.3, 1.0, 1.0, seed), rng(seed)
        over_tasks = pooled(x.mean(0))
        tasks_only += over_tasks.low < 0 < over_tasks.high
        s, t = torch.randint(3, (1000, 3), generator=draw), torch.randint(100, (1000, 100), generator=draw)
        means = x[s[:, :, None], t[:, None, :]].mean((1, 2))
        low, high = means.quantile(torch.tensor([0.025, 0.975], dtype=torch.float64))
        both += bool(low < 0 < high)
    assert tasks_only / 200 < 0.85 and both / 200 < 0.93  # 0.77, 0.89; 0.95 was promised


def test_a_share_s_interval_covers_the_truth():
    """gain = 0.4 of the whole on the average, task by task related or not; seeds differ."""
    hits = 0
    for seed in range(600):
        whole = 0.09 + 0.09 * normal(150, seed=seed)
        gain = 0.4 * 0.09 + 0.3 * (whole - 0.09) + simulated(3, 150, 0.005, 0.03, 0.06, seed + 50_000)
        share = paired_share(gain, whole)
        close(share.mean(1), gain.mean(1) / whole.mean())
        interval = pooled(share)
        hits += interval.low < 0.4 < interval.high
    assert 0.92 < hits / 600 < 0.985


# --- refusals ---

X = torch.zeros(6, 3)
REFUSED = {
    "one axis": (
        lambda: energy_distance(torch.zeros(3), X),
        r"fake: got shape \(3,\), needed \(\.\.\., n, d\)",
    ),
    "list": (lambda: energy_distance([1.0], X), "fake: got shape list"),
    "integers": (lambda: kid(X.long(), X), "fake: got torch.int64, needed floats"),
    "one sample": (lambda: mmd(X[:1], X), r"fake: got shape \(1, 3\), needed n of 2 or more"),
    "one real sample": (lambda: fid(X, X[:1]), r"real: got shape \(1, 3\), needed n of 2 or more"),
    "features differ": (
        lambda: energy_distance(X, torch.zeros(6, 4)),
        r"real: got shape \(6, 4\), needed \(n, 3\)",
    ),
    "tasks differ": (
        lambda: energy_distance(torch.zeros(2, 6, 3), torch.zeros(5, 6, 3)),
        r"real: got shape \(5, 6, 3\), needed \(2, n, 3\)",
    ),
    "bandwidth": (lambda: mmd(X, X, bandwidth=0.0), "bandwidth: got 0.0"),
    "k too large": (
        lambda: recall(fake=X, real=X, k=6),
        r"fake: got shape \(6, 3\), k = 6; needed .* 7 or more",
    ),
    "k of reals": (lambda: density(fake=X, real=X[:3], k=3), r"real: got shape \(3, 3\), k = 3"),
    "k zero": (lambda: coverage(fake=X, real=X, k=0), "k = 0"),
    "real without spread": (lambda: diversity_ratio(fake=X, real=X), "real: got samples that are all alike"),
    "support features": (
        lambda: support_nn(fake=X, support=torch.zeros(5, 2), query=X),
        r"support: got shape \(5, 2\), needed \(n, 3\)",
    ),
    "empty support": (lambda: support_nn(fake=X, support=X[:0], query=X), r"support: got shape \(0, 3\)"),
    "rivals without class axis": (
        lambda: recognisability(fake=X, query=X, rivals=X),
        r"rivals: got shape \(6, 3\), needed \(n - 1, Q, 3\)",
    ),
    "no rivals": (
        lambda: recognisability(fake=X, query=X, rivals=torch.zeros(0, 6, 3)),
        "needed one other class",
    ),
    "too few classes": (
        lambda: draw_rivals(torch.zeros(4, 5, 3), torch.tensor([1, 1, 2, 2]), n_way=3, generator=rng()),
        "n_way: got 3, needed at most the 2 different classes",
    ),
    "labels": (
        lambda: draw_rivals(torch.zeros(4, 5, 3), torch.tensor([1, 1]), n_way=2, generator=rng()),
        r"got shapes \(4, 5, 3\) and \(2,\)",
    ),
    "centres": (
        lambda: mode_coverage(X, torch.zeros(8, 2), radius=1.0),
        r"centres: got shape \(8, 2\), needed \(m, 3\)",
    ),
    "radius": (lambda: mode_coverage(X, X, radius=0.0), "radius: got 0.0"),
    "splits": (
        lambda: real_vs_real(kid, X, n_first=6, n_splits=2, generator=rng()),
        "n_first: got 6, needed between 1 and 5",
    ),
    "pairs": (
        lambda: paired_bootstrap(X[:, 0], X[:3, 0], generator=rng()),
        r"b: got shape \(3,\), needed \(6,\)",
    ),
    "one task": (lambda: bootstrap(X[:1, 0], generator=rng()), r"values: got shape \(1,\)"),
    "NaN task": (lambda: bootstrap(X[:, 0] / 0, generator=rng()), "values: got NaN"),
    "one task of seeds": (lambda: pooled(X[:, :1]), r"values: got shape \(6, 1\)"),
    "NaN pooled": (lambda: pooled(X[:, 0] / 0), "values: got NaN"),
    "level": (lambda: bootstrap(X[:, 0], generator=rng(), level=95), "level: got 95"),
}


@pytest.mark.parametrize("call, message", REFUSED.values(), ids=REFUSED)
def test_bad_input_is_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("metric", ALL.values(), ids=ALL)
@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_nan_and_infinity_are_refused(metric, bad):
    poisoned = normal(12, 3)
    poisoned[7, 1] = bad
    with pytest.raises(ValueError, match="NaN or infinity"):
        metric(poisoned, normal(12, 3))
    with pytest.raises(ValueError, match="NaN or infinity"):
        metric(normal(12, 3), poisoned)
