"""The loss terms: plain functions of one look at one task, and their formulas.

Not here: the look (sight.py), how terms make a game (games.py), which terms a recipe has (training/game.py).
"""

from collections.abc import Callable

from torch import Tensor, nn

from metagan_course.losses import GAN_LOSSES, GANLoss, r1_penalty
from metagan_course.metrics import energy_distance
from metagan_course.metrics.samples import distances, mean_off_diagonal
from metagan_course.terms.sight import Sight, at

Term = Callable[[Sight], Tensor]

# --- what a discriminator minimises ------------------------------------------------------------------------


def tells_apart(loss: GANLoss) -> Term:
    """L_D of the game: real from fake."""
    return lambda s: loss.discriminator(real=s.on_real.judged, fake=s.on_fake.judged)


def r1(s: Sight) -> Tensor:
    """1/2 E |grad_x D(x)|^2 at the real samples."""
    return r1_penalty(lambda x: s.pair.judge(s.disc, x), s.real)


def knows_whose_real(s: Sight) -> Tensor:
    """Which of the T tasks are these samples of? -log softmax_j D(x, c_j) at the own place.

    A conditional contrastive loss (Kang & Park 2020, arXiv 2006.12681).
    """
    return whose(s.every_real[1], s.data["place"])


def mismatched(s: Sight) -> Tensor:
    """A real sample with another task's code is fake: without it D may ignore the code."""
    if s.compares:  # the neighbour's column is there already
        wrong = at(s.every_real[1], s.data["place"] - 1)
    else:
        wrong = s.pair.judge({**s.disc, "code": s.data["c_other"]}, s.real)
    return nn.functional.softplus(wrong).mean()


# --- what a generator minimises ----------------------------------------------------------------------------


def fools(loss: GANLoss) -> Term:
    """L_G of the game. Only the relativistic loss looks at the real samples."""
    compares = loss is GAN_LOSSES["relativistic"]
    return lambda s: loss.generator(fake=s.on_fake.judged, real=s.on_real.judged if compares else None)


def knows_whose_fake(s: Sight) -> Tensor:
    """The same of what G drew: D should find the task by its samples."""
    return whose(s.every_fake[1], s.data["place"])


def in_features(s: Sight) -> Tensor:
    """Energy distance of fake to real in D's features: the Cramer GAN's loss (arXiv 1705.10743)."""
    return to_real(s.on_fake.features, s.on_real.features)


def in_pixels(s: Sight) -> Tensor:
    """Energy distance of fake to real in the samples themselves."""
    return to_real(s.fake.flatten(1), s.real.flatten(1))


def alike(s: Sight) -> Tensor:
    """How little the samples differ for how much their noise does."""
    return sameness(s.fake, s.z)


# --- their formulas ----------------------------------------------------------------------------------------


def to_real(fake: Tensor, real: Tensor) -> Tensor:
    """Energy distance to the real ones: (n, d), (m, d) -> a number.

    One real example alone says nothing of E|y - y'|; no fake changes that part, so it is left out then.
    """
    if len(real) > 1:
        return energy_distance(fake, real)
    return 2 * distances(fake, real).mean() - mean_off_diagonal(distances(fake, fake))


def whose(every: Tensor, place: Tensor) -> Tensor:
    """-mean_b log softmax_j every[b, j] at j = place. every: (B, T)"""
    return -at(every.log_softmax(1), place).mean()


def sameness(fake: Tensor, z: Tensor) -> Tensor:
    """mean |z - z'| / mean |x - x'| between neighbours in the batch: large when all noise gives one picture.

    Mode seeking (Mao et al. 2019, arXiv 1903.05628), with the ratio the right way up to be minimised.
    """
    apart = (fake - fake.roll(1, 0)).abs().mean()
    return (z - z.roll(1, 0)).abs().mean() / (apart + 1e-3)


def output_spread(outputs: Tensor) -> Tensor:
    """mean_t,i (y_ti - mean_s y_si)^2: how far all tasks' networks differ on the same inputs. (T, N, ...)

    The one term that looks at all tasks at once, so it is added to the losses of metagan.game_losses. Of D's
    verdicts, added to L_D, it keeps a critic from memorising its five support images; too strong, and no
    task's critic may know its own task. Of G's samples, added to L_G, it holds back how far a generator may
    move for one task.
    """
    return (outputs - outputs.mean(0)).square().mean()
