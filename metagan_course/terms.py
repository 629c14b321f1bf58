"""Loss terms: plain functions of one look at one task. A player's loss is a list of (weight, term).

    generator = [(1, fools(GAN_LOSSES["hinge"])), (0.5, in_features)]
    discriminator = [(1, tells_apart(GAN_LOSSES["hinge"])), (0.1, r1)]

An upgrade of one's own is one function of a `Sight` and one line in a list; an ablation is a loop over the
list. Not here: who moves and how often (inner.py, metagan.py); which terms a recipe has (training/game.py).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from torch import Tensor, nn

from metagan_course.losses import GAN_LOSSES, GANLoss, r1_penalty
from metagan_course.metrics import energy_distance
from metagan_course.weights import Params, as_function

# --- two networks, and one look at a task ------------------------------------------------------------------


class Seen(NamedTuple):
    """What D makes of x, (B, ...)."""

    features: Tensor | None  # h(x), (B, n), before any verdict; None for a D that has no `look`
    judged: Tensor  # D(x), (B,)


class Pair(NamedTuple):
    """G and D as functions of their players' weights.

    A player's task code, if it has one, stands among its weights under the name "code", so that a step can
    move it as it moves any other.
    """

    draw: Callable[[Params, Tensor], Tensor]  # G(z)
    judge: Callable[[Params, Tensor], Tensor]  # D(x)
    look: Callable[[Params, Tensor], Seen]  # D(x) with its features
    every: Callable[[Params, Tensor, Tensor], Tensor]  # features, T codes -> D(x, c_j), (B, T)


def pair(generator: nn.Module, discriminator: nn.Module) -> Pair:
    """Two modules G(z) or G(z, c), D(x) or D(x, c); those of nets/ also have `look`, some of them `every`."""
    judge, every = _player(discriminator), as_function(discriminator, "every")
    looked = _player(discriminator, "look") if hasattr(discriminator, "look") else None
    look = (lambda disc, x: Seen(*looked(disc, x))) if looked else lambda disc, x: Seen(None, judge(disc, x))
    return Pair(_player(generator), judge, look, lambda disc, h, codes: every(weights_of(disc), h, codes))


def _player(network: nn.Module, method: str = "forward") -> Callable[[Params, Tensor], Any]:
    run = as_function(network, method)
    return lambda params, x: run(weights_of(params), x, *([params["code"]] if "code" in params else []))


def weights_of(params: Params) -> Params:
    """A player without its code: the weights of its network."""
    return {n: w for n, w in params.items() if n != "code"}


@dataclass(frozen=True)
class Sight:
    """One look at one task: both players, its data, one noise. What no term asks for is not computed.

    data: "x", the real samples; where tasks have codes also D's codes of all tasks, "everyone" (T, C), the
    task's own "place" among them, and another one's code, "c_other"; "seen", where D stands still and has
    looked at x already.
    """

    pair: Pair
    gen: Params
    disc: Params
    data: dict[str, Any]
    z: Tensor  # (B, Z)

    @property
    def real(self) -> Tensor:
        return self.data["x"]

    @cached_property
    def fake(self) -> Tensor:
        return self.pair.draw(self.gen, self.z)

    @cached_property
    def on_fake(self) -> Seen:
        return self.pair.look(self.disc, self.fake)

    @cached_property
    def on_real(self) -> Seen:
        return self.data["seen"] if "seen" in self.data else self.pair.look(self.disc, self.real)

    @cached_property
    def every_real(self) -> Tensor:
        """D(x, c_j) with the code of every task, (B, T)."""
        return self.pair.every(self.disc, self.on_real.features, self.data["everyone"])

    @cached_property
    def every_fake(self) -> Tensor:
        return self.pair.every(self.disc, self.on_fake.features, self.data["everyone"])


Term = Callable[[Sight], Tensor]
Terms = Sequence[tuple[float, Term]]


def total(terms: Terms, sight: Sight) -> Tensor:
    """sum of weight * term(sight); a term of weight 0 is not looked at."""
    return sum(weight * term(sight) for weight, term in terms if weight)


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
    return whose(s.every_real, s.data["place"])


def mismatched(s: Sight) -> Tensor:
    """A real sample with another task's code is fake: without it D may ignore the code."""
    if "everyone" in s.data:  # the neighbour's column is there already
        wrong = at(s.every_real, s.data["place"] - 1)
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
    return whose(s.every_fake, s.data["place"])


def in_features(s: Sight) -> Tensor:
    """Energy distance of fake to real in D's features: the Cramer GAN's loss (arXiv 1705.10743)."""
    return energy_distance(s.on_fake.features, s.on_real.features)


def in_pixels(s: Sight) -> Tensor:
    """Energy distance of fake to real in the samples themselves."""
    return energy_distance(s.fake.flatten(1), s.real.flatten(1))


def alike(s: Sight) -> Tensor:
    """How little the samples differ for how much their noise does."""
    return sameness(s.fake, s.z)


# --- their formulas ----------------------------------------------------------------------------------------


def whose(every: Tensor, place: Tensor) -> Tensor:
    """-mean_b log softmax_j every[b, j] at j = place. every: (B, T)"""
    return -at(every.log_softmax(1), place).mean()


def at(every: Tensor, place: Tensor) -> Tensor:
    """The column of every (B, T) that belongs to the task at this place, counted round: (B,)."""
    return every.index_select(1, place.reshape(1) % every.shape[1])[:, 0]


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
