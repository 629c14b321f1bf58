"""The suspects of lesson 03: who saw which drawings, what a seed repeats, and what is drawn of it."""

import pytest
import torch
from matplotlib import pyplot as plt

from metagan_course.answers.gan import train_step
from metagan_course.answers.scores import fool_recall, reparametrise
from metagan_course.course import forgers, forgers_figures
from metagan_course.losses import elbo
from metagan_course.metrics import coverage, recall
from metagan_course.nets import VAE


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def given():
    return forgers.letters(0)


def keys(drawings):
    """Every drawing of a letter as bytes: a set for each letter."""
    return [{one.numpy().tobytes() for one in letter} for letter in drawings]


def test_no_drawing_has_two_parts_and_no_letter_stands_twice(given):
    assert len(given.label.unique()) == len(given.label) == 135
    parts = [keys(part) for part in given[:4]]
    for shown, asked, others, spare in zip(*parts, strict=True):
        assert len(shown | asked | others | spare) == 25


def test_usefulness_is_judged_by_drawings_that_are_no_maker_s(given):
    for honest, query in zip(keys(given.others), keys(given.task.query), strict=True):
        assert not honest & query and len(query) == 15


def test_sharing_out_anew_keeps_every_letter_s_drawings_and_changes_their_parts(given):
    again = forgers.shared_out_anew(given, seeded())
    for before, after in zip(keys(torch.cat(given[:4], 1)), keys(torch.cat(again[:4], 1)), strict=True):
        assert before == after
    same = sum(a == b for a, b in zip(keys(given.shown), keys(again.shown), strict=True))
    assert same <= 2  # five of 25 fall to the same five by chance once in 53,130
    assert [part.shape for part in again] == [part.shape for part in given]


def bound(vae, x, noise):
    mean, log_var = vae.encode(x)
    logits = vae.decoder.logits(reparametrise(mean, log_var, noise))
    return elbo(logits=logits, target=x, mean=mean, log_var=log_var)


@pytest.mark.parametrize("train, rule", [(forgers.train_gan, train_step), (forgers.train_vae, bound)])
def test_a_seed_repeats_a_training_and_leaves_the_global_dice_alone(given, train, rule):
    pool, before = given.shown[:6].flatten(0, 1), torch.random.get_rng_state()
    first, again, other = (train(rule, pool, seed=seed, looks=(0, 3)) for seed in (1, 1, 2))
    assert torch.equal(first.album[3], again.album[3]) and list(first.album) == [0, 3]
    assert not torch.equal(first.album[3], other.album[3])
    assert not torch.equal(first.album[0], first.album[3])
    assert torch.equal(before, torch.random.get_rng_state())


def test_the_vae_s_bound_rises(given):
    pool = given.shown[:6].flatten(0, 1)
    noise = torch.randn(len(pool), forgers.Z_VAE, generator=seeded())
    trained = [forgers.train_vae(bound, pool, seed=1, looks=(n,)).network for n in (0, 40)]
    with torch.no_grad():
        values = [bound(network, pool, noise) for network in trained]
    assert values[1] > values[0] + 50


def test_mixtures_of_one_drawing_s_codes_are_its_own_reconstructions(given):
    """With a posterior of no width a mixture of equal codes is the code: letter by letter, in order."""
    vae = VAE(forgers.Z_VAE, width=4)
    with torch.no_grad():
        vae.head.bias[forgers.Z_VAE :] = -60.0  # no width
        vae.head.weight[forgers.Z_VAE :] = 0
        one = given.shown[:3, :1].expand(-1, 5, -1, -1, -1)
        expected = vae.sample(vae.encode(given.shown[:3, 0])[0])
        found = forgers.mixtures(vae, one, 2, seeded())
    for n in range(2):
        torch.testing.assert_close(found[:, n], expected, rtol=1e-4, atol=1e-5)


def test_bent_drawings_are_each_of_their_own_letter(given):
    made = forgers.bent(given.shown[:4], 6, seeded(), size=1e-4)
    for own in range(4):
        apart = [
            (made[own][:, None] - given.shown[t][None]).square().sum((-1, -2, -3)).amin(1) for t in range(4)
        ]
        assert (torch.stack(apart).argmin(0) == own).all()


@pytest.mark.parametrize("d", [1, 2, 32])
def test_the_hermit_fools_recall_and_not_coverage(d):
    shown, real = torch.randn(5, d, generator=seeded(1)), torch.randn(200, d, generator=seeded(2))
    fake = fool_recall(shown, 30, seeded())
    assert recall(fake=fake, real=real) == 1 and coverage(fake=fake, real=real) == 0
    assert recall(fake=real, real=fake) == 0  # precision


def test_the_table_ticks_what_is_in_the_band_and_nothing_else():
    bands = {"a": (0.0, 1.0), "b": (2.0, 3.0)}
    forgers_figures.show_table({"x": {"a": 0.5, "b": 1.9}, "y": {"a": 1.1, "b": 3.0}}, bands)
    said = [text.get_text() for text in plt.gca().texts]
    plt.close()
    assert said == ["0.50 ✓", "1.90", "1.10", "3.00 ✓"]


def test_the_dot_plot_s_ends_of_a_band_are_one_half_band_away():
    ax = plt.subplots()[1]
    forgers_figures.dot_plot(ax, {"a": 3.0, "b": 1.0}, {"a": (1.0, 3.0), "b": (2.0, 4.0)})
    at = [line.get_xdata()[0] for line in ax.lines]
    plt.close()
    assert at == [1.0, -2.0]
