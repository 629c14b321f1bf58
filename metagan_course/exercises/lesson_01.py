"""The exercises of lesson 01, a game of two networks: what each checks, hints at and recognises.

A mistake is a wrong function: its docstring is the diagnosis for learners whose function does the same. This
file is long because it holds every wrong answer it can explain; read one exercise at a time.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import logsigmoid

from metagan_course.answers.gan import generator_slopes, train_step
from metagan_course.losses import GAN_LOSSES, minimax_discriminator, non_saturating_generator
from metagan_course.tasks.toys import ring_of_modes

from .declare import Exercise, mistakes, with_gradient

# --- 01.ring_of_modes -----------------------------------------------------------------------------


def _ring_inputs(generator: torch.Generator) -> dict:
    n_modes = int(torch.randint(3, 10, (), generator=generator))
    return {"n_modes": n_modes, "radius": 1.1 + torch.rand((), generator=generator).item()}


def _on_circle(angle: Tensor, radius: float) -> Tensor:
    return radius * torch.stack([angle.cos(), angle.sin()], dim=-1)


def _ring_oracle(n_modes: int = 8, radius: float = 1.5) -> Tensor:
    corners = [2 * math.pi * i / n_modes for i in range(n_modes)]
    return torch.tensor([[radius * math.cos(a), radius * math.sin(a)] for a in corners])


def _ring_of_linspace(n_modes: int = 8, radius: float = 1.5) -> Tensor:
    """torch.linspace(0, 2 pi, n) includes both ends, and 0 and 2 pi are the same place on a circle.
    Your ring has n - 1 modes, one of them twice as heavy: a GAN that covers all of them would be blamed
    for missing one.
    """
    return _on_circle(torch.linspace(0, 2 * math.pi, n_modes), radius)


def _ring_half(n_modes: int = 8, radius: float = 1.5) -> Tensor:
    """Your modes fill the upper half of the circle only. A full turn is 2 pi, not pi."""
    return _on_circle(math.pi * torch.arange(n_modes) / n_modes, radius)


def _ring_degrees(n_modes: int = 8, radius: float = 1.5) -> Tensor:
    """Your angles are in degrees, and cos and sin take radians. 360 radians are a good 57 turns and not a
    whole number of them, so the modes land on the circle in uneven places.
    """
    return _on_circle(360 * torch.arange(n_modes) / n_modes, radius)


def _ring_unit(n_modes: int = 8, radius: float = 1.5) -> Tensor:
    """Your modes stand on the circle of radius 1 whatever radius was asked for. Multiply cos and sin by
    the radius.
    """
    return ring_of_modes(n_modes, 1.0)


def _ring_swapped(n_modes: int = 8, radius: float = 1.5) -> Tensor:
    """Your points are (sin, cos) where (x, y) = (cos, sin). It is still a ring, but it starts at the
    top and runs clockwise, so mode number i is not where its label says.
    """
    return ring_of_modes(n_modes, radius).flip(-1)


def _ring_rows(n_modes: int = 8, radius: float = 1.5) -> Tensor:
    """Your tensor has one row for x and one for y. Every data set in this course has one row a sample,
    (n, 2), because networks take their batch along the first axis: stack along dim=-1.
    """
    return ring_of_modes(n_modes, radius).T


RING = Exercise(
    id="01.ring_of_modes",
    title="a data set with a known number of modes",
    difficulty=1,
    minutes=5,
    reference=ring_of_modes,
    inputs=_ring_inputs,
    oracle=_ring_oracle,
    verified="every mode stands at its own angle on the circle, for random numbers of modes and radii.",
    hints=(
        "Mode number i stands at the angle 2 pi i / n_modes. What is the last i?",
        "torch.arange(n_modes) counts 0, 1, ..., n_modes - 1 and never reaches 2 pi, which is 0 again.",
        "angle = 2 * math.pi * torch.arange(n_modes) / n_modes, then radius times "
        "torch.stack([angle.cos(), angle.sin()], dim=-1).",
    ),
    mistakes=mistakes(_ring_of_linspace, _ring_half, _ring_degrees, _ring_unit, _ring_swapped, _ring_rows),
)

# --- 01.discriminator_loss ------------------------------------------------------------------------


def _logits(generator: torch.Generator, far: float) -> Tensor:
    """A few everyday logits and, last, one from far out, where careless formulas break."""
    n = int(torch.randint(3, 6, (), generator=generator))
    logits = 2 * torch.randn(n, generator=generator)
    logits[-1] = far * (1 + torch.rand((), generator=generator))
    return logits


def _disc_inputs(generator: torch.Generator) -> dict:
    # 110 to 220: beyond what sigmoid can tell from 0 or 1 in single precision
    return {"real": _logits(generator, -110.0), "fake": _logits(generator, 110.0)}


def _softplus(x: Tensor) -> Tensor:
    """log(1 + e^x) = -log sigmoid(-x), in the form that never overflows: an oracle without logsigmoid."""
    return x.clamp(min=0) + torch.log1p(torch.exp(-x.abs()))


def _disc_oracle(*, real: Tensor, fake: Tensor) -> Tensor:
    return (_softplus(-real.double()).mean() + _softplus(fake.double()).mean()).float()


def _disc_wrong_sign(*, real: Tensor, fake: Tensor) -> Tensor:
    """Your loss is the right one upside down: it is largest for a perfect discriminator. Optimisers go
    downhill, so this one would train the discriminator to be as wrong as it can.
    """
    return -minimax_discriminator(real=real, fake=fake)


def _disc_labels_swapped(*, real: Tensor, fake: Tensor) -> Tensor:
    """Your loss rewards calling real samples fake and fakes real. Only logsigmoid(l) for real and
    logsigmoid(-l) for fake pulls them the right way.
    """
    return minimax_discriminator(real=fake, fake=real)


def _disc_fakes_as_real(*, real: Tensor, fake: Tensor) -> Tensor:
    """Both of your terms push logits up, so the discriminator learns to say 'real' to everything. For
    fakes it is log(1 - D), and 1 - sigmoid(l) is sigmoid(-l): a minus is missing inside.
    """
    return -logsigmoid(real).mean() - logsigmoid(fake).mean()


def _disc_log_of_sigmoid(*, real: Tensor, fake: Tensor) -> Tensor:
    """log(sigmoid(l)) is right on paper, but in single precision sigmoid(-110) is exactly 0, and log 0
    is minus infinity. One such sample turns every weight into NaN; logsigmoid(l) computes the same
    function without the detour.
    """
    return -torch.log(torch.sigmoid(real)).mean() - torch.log(1 - torch.sigmoid(fake)).mean()


def _disc_epsilon(*, real: Tensor, fake: Tensor) -> Tensor:
    """The epsilon hides the infinity and kills the gradient: log(sigmoid(l) + 1e-8) is flat where the
    discriminator is most wrong. At l = -25 its slope is 0.0014 where logsigmoid has 1.0.
    """
    eps = 1e-8
    return -torch.log(torch.sigmoid(real) + eps).mean() - torch.log(1 - torch.sigmoid(fake) + eps).mean()


def _disc_bce_of_sigmoid(*, real: Tensor, fake: Tensor) -> Tensor:
    """binary_cross_entropy of a sigmoid is cut off inside PyTorch: its gradient fades from l = -28 on (0.09
    at -30, where 1 is right) and is exactly 0 where the value is capped at 100. The worst mistakes teach
    nothing. binary_cross_entropy_with_logits, or logsigmoid, has no cut.
    """
    bce = nn.functional.binary_cross_entropy
    on_real = bce(torch.sigmoid(real), torch.ones_like(real))
    return on_real + bce(torch.sigmoid(fake), torch.zeros_like(fake))


def _disc_probabilities(*, real: Tensor, fake: Tensor) -> Tensor:
    """You took the logarithm of the logits as if they were probabilities; a negative logit then gives
    NaN. real and fake are what the discriminator emits before any sigmoid.
    """
    return -torch.log(real).mean() - torch.log(1 - fake).mean()


def _disc_halved(*, real: Tensor, fake: Tensor) -> Tensor:
    """Your value is half of what the formula says, as if real and fake were one batch with one mean. It
    has the same minimum, but its steps are half as long, so no learning rate in this course would fit:
    L_D is the sum of two means.
    """
    return minimax_discriminator(real=real, fake=fake) / 2


def _disc_summed(*, real: Tensor, fake: Tensor) -> Tensor:
    """E is the mean over the batch, and yours is the sum. With a sum the size of a step depends on the
    size of the batch.
    """
    return -logsigmoid(real).sum() - logsigmoid(-fake).sum()


def _disc_real_only(*, real: Tensor, fake: Tensor) -> Tensor:
    """Your loss looks at the real batch only, and saying 'real' to everything makes it 0. The second
    term, -E log(1 - D(G(z))), is what makes telling them apart worth while.
    """
    return -logsigmoid(real).mean()


DISCRIMINATOR_LOSS = Exercise(
    id="01.discriminator_loss",
    title="what the discriminator minimises",
    difficulty=2,
    minutes=8,
    reference=minimax_discriminator,
    inputs=_disc_inputs,
    oracle=_disc_oracle,
    observe=with_gradient("real", "fake"),
    rtol=1e-3,
    verified="the value and its gradient by both batches agree with a formula in double precision, "
    "also at logits where sigmoid is exactly 0 or 1.",
    hints=(
        "There are two terms: -E log D(x) wants D(x) near 1, and -E log(1 - D(G(z))) wants D(G(z)) near 0.",
        "D is sigmoid of the logit l, and 1 - sigmoid(l) = sigmoid(-l). logsigmoid(l) is log(sigmoid(l)) "
        "without the rounding.",
        "return -logsigmoid(real).mean() - logsigmoid(-fake).mean()",
    ),
    mistakes=mistakes(
        _disc_wrong_sign,
        _disc_labels_swapped,
        _disc_fakes_as_real,
        _disc_log_of_sigmoid,
        _disc_epsilon,
        _disc_bce_of_sigmoid,
        _disc_probabilities,
        _disc_halved,
        _disc_summed,
        _disc_real_only,
    ),
)

# --- 01.generator_loss ----------------------------------------------------------------------------


def _gen_inputs(generator: torch.Generator) -> dict:
    return {"fake": _logits(generator, -110.0)}  # a poor generator: D is sure that the last one is fake


def _gen_oracle(*, fake: Tensor, real: Tensor | None = None) -> Tensor:
    return _softplus(-fake.double()).mean().float()


def _gen_saturating(*, fake: Tensor, real: Tensor | None = None) -> Tensor:
    """This is log(1 - D), the loss of the minimax game: correct in theory, and dead where the generator
    is poor. At a logit of -110 its slope is 0, so the sample that needs help most gets none.
    """
    return logsigmoid(-fake).mean()


def _gen_discriminators(*, fake: Tensor, real: Tensor | None = None) -> Tensor:
    """This is the discriminator's own term for fakes, so both players would pull the same way and the
    generator would learn to look fake. L_G is not L_D: the generator wants the opposite.
    """
    return -logsigmoid(-fake).mean()


def _gen_wrong_sign(*, fake: Tensor, real: Tensor | None = None) -> Tensor:
    """Your loss falls as D(G(z)) falls, so going downhill makes the generator worse. It wants log D
    large: minimise minus log D.
    """
    return logsigmoid(fake).mean()


def _gen_log_of_sigmoid(*, fake: Tensor, real: Tensor | None = None) -> Tensor:
    """log(sigmoid(l)) is right on paper, but in single precision sigmoid(-110) is exactly 0 and log 0
    is minus infinity. The first bad sample would turn every weight into NaN; use logsigmoid.
    """
    return -torch.log(torch.sigmoid(fake)).mean()


def _gen_epsilon(*, fake: Tensor, real: Tensor | None = None) -> Tensor:
    """The epsilon hides the infinity and kills the gradient, exactly where this loss was invented to
    have one. At l = -25 its slope is 0.0014 where logsigmoid has 1.0.
    """
    return -torch.log(torch.sigmoid(fake) + 1e-8).mean()


def _gen_bce_of_sigmoid(*, fake: Tensor, real: Tensor | None = None) -> Tensor:
    """binary_cross_entropy of a sigmoid is cut off inside PyTorch: its gradient fades from l = -28 on and is
    0 where the value is capped at 100. The non-saturating loss has just been made to saturate again.
    """
    return nn.functional.binary_cross_entropy(torch.sigmoid(fake), torch.ones_like(fake))


def _gen_log_missing(*, fake: Tensor, real: Tensor | None = None) -> Tensor:
    """You minimise -D(G(z)) without the logarithm. It wants the same thing, but the slope of a sigmoid
    is 0 at both ends, so it saturates just like log(1 - D).
    """
    return -torch.sigmoid(fake).mean()


def _gen_probabilities(*, fake: Tensor, real: Tensor | None = None) -> Tensor:
    """You took the logarithm of the logits as if they were probabilities; a negative logit then gives
    NaN. fake is what the discriminator emits before any sigmoid.
    """
    return -torch.log(fake).mean()


def _gen_summed(*, fake: Tensor, real: Tensor | None = None) -> Tensor:
    """E is the mean over the batch, and yours is the sum. With a sum the size of a step depends on the
    size of the batch.
    """
    return -logsigmoid(fake).sum()


GENERATOR_LOSS = Exercise(
    id="01.generator_loss",
    title="what the generator minimises",
    difficulty=2,
    minutes=6,
    reference=non_saturating_generator,
    inputs=_gen_inputs,
    oracle=_gen_oracle,
    observe=with_gradient("fake"),
    rtol=1e-3,
    verified="the value and its gradient agree with a formula in double precision, also where the "
    "discriminator is certain.",
    hints=(
        "The generator wants D(G(z)) near 1: minimise -E log D(G(z)).",
        "It is the discriminator's loss on *real* samples, given the fakes: it wants them called real.",
        "As code it is one line: return -logsigmoid(fake).mean()",
    ),
    mistakes=mistakes(
        _gen_saturating,
        _gen_discriminators,
        _gen_wrong_sign,
        _gen_log_of_sigmoid,
        _gen_epsilon,
        _gen_bce_of_sigmoid,
        _gen_log_missing,
        _gen_probabilities,
        _gen_summed,
    ),
)

# --- 01.generator_slopes --------------------------------------------------------------------------


def _slope_inputs(generator: torch.Generator) -> dict:
    logit = 3 * torch.randn(4, generator=generator)
    logit[0], logit[1] = -logit[0].abs() - 1, logit[1].abs() + 1  # one poor fake and one good one, always
    return {"logit": logit}


def _slope_oracle(logit: Tensor) -> tuple[Tensor, Tensor]:
    """By automatic differentiation of the two losses; the sum's gradient is each sample's own."""
    leaf = logit.detach().requires_grad_()
    (minimax,) = torch.autograd.grad(logsigmoid(-leaf).sum(), leaf)
    (non_saturating,) = torch.autograd.grad(-logsigmoid(leaf).sum(), leaf)
    return minimax, non_saturating


def _slopes_equal(logit: Tensor) -> tuple[Tensor, Tensor]:
    """You gave both losses one slope. They agree on the direction and on nothing else: at D = 0.01
    minimax pushes with 0.01 and the non-saturating loss with 0.99.
    """
    slope = torch.sigmoid(logit) - 1
    return slope, slope


def _slopes_exchanged(logit: Tensor) -> tuple[Tensor, Tensor]:
    """Your two slopes are the right ones in the other order, which says that the minimax loss is weak
    where D is near 1. It is weak where D(G(z)) is near 0, at the start, when the generator is poor.
    """
    return torch.sigmoid(logit) - 1, -torch.sigmoid(logit)


def _slopes_upside_down(logit: Tensor) -> tuple[Tensor, Tensor]:
    """Your slopes point the other way: both losses fall as the logit rises, so both derivatives are
    negative. The generator steps against the gradient, towards a higher logit.
    """
    return torch.sigmoid(logit), 1 - torch.sigmoid(logit)


def _slopes_by_probability(logit: Tensor) -> tuple[Tensor, Tensor]:
    """These are the derivatives by D, not by the logit. D = sigmoid(l) has a slope of its own, D (1 -
    D), and that factor is where all the saturation comes from.
    """
    probability = torch.sigmoid(logit)
    return -1 / (1 - probability), -1 / probability


def _slopes_are_values(logit: Tensor) -> tuple[Tensor, Tensor]:
    """These are the values of the two losses; the question is how fast they change with the logit. A
    loss can be large and flat: that is what saturation means.
    """
    return logsigmoid(-logit), -logsigmoid(logit)


GENERATOR_SLOPES = Exercise(
    id="01.generator_slopes",
    title="how hard each loss pushes",
    difficulty=2,
    minutes=10,
    reference=generator_slopes,
    inputs=_slope_inputs,
    oracle=_slope_oracle,
    verified="both slopes agree with automatic differentiation of the two losses.",
    hints=(
        "Use the chain rule with D = sigmoid(l), whose derivative is D (1 - D).",
        "d log(1 - D) / dD = -1 / (1 - D); times D (1 - D), one factor cancels. The other goes the same way.",
        "probability = torch.sigmoid(logit); return -probability, probability - 1",
    ),
    mistakes=mistakes(
        _slopes_equal, _slopes_exchanged, _slopes_upside_down, _slopes_by_probability, _slopes_are_values
    ),
)

# --- 01.train_step --------------------------------------------------------------------------------


def _step_inputs(generator: torch.Generator) -> dict:
    gen = nn.Sequential(nn.Linear(2, 6), nn.Tanh(), nn.Linear(6, 2))
    disc = nn.Sequential(nn.Linear(2, 6), nn.Tanh(), nn.Linear(6, 1))
    return {
        "gen": gen,
        "disc": disc,
        "opt_gen": torch.optim.SGD(gen.parameters(), lr=0.5),
        "opt_disc": torch.optim.SGD(disc.parameters(), lr=0.5),
        "real": torch.randn(8, 2, generator=generator) + 2,
        "noise": torch.randn(2, 8, 2, generator=generator),
    }


def _weights(module: nn.Module) -> Tensor:
    return torch.cat([weight.detach().flatten() for weight in module.parameters()])


def _two_steps(function, inputs: dict) -> dict:
    """Where both players stand after two calls: the second shows gradients left over from the first."""
    gen, disc = inputs["gen"], inputs["disc"]
    phi, theta = _weights(gen), _weights(disc)
    losses = [function(**inputs) for _ in range(2)]
    return {
        "the length of the discriminator's way in two steps": (_weights(disc) - theta).norm(),
        "the length of the generator's way in two steps": (_weights(gen) - phi).norm(),
        "the discriminator's weights": _weights(disc),
        "the generator's weights": _weights(gen),
        "the pair of losses returned": losses[-1],
    }


PLAIN = GAN_LOSSES["non_saturating"]


def _move(optimiser, value: Tensor) -> float:
    optimiser.zero_grad()
    value.backward()
    optimiser.step()
    return value.item()


def _step_oracle(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """The same two moves by gradients of named parameters and no .grad at all."""
    theta, phi = list(disc.parameters()), list(gen.parameters())
    loss_d = _softplus(-disc(real)).mean() + _softplus(disc(gen(noise[0]))).mean()
    _descend(theta, torch.autograd.grad(loss_d, theta), opt_disc.param_groups[0]["lr"])
    loss_g = _softplus(-disc(gen(noise[1]))).mean()
    _descend(phi, torch.autograd.grad(loss_g, phi), opt_gen.param_groups[0]["lr"])
    return loss_d.item(), loss_g.item()


@torch.no_grad()
def _descend(weights, slopes, lr: float) -> None:
    for weight, slope in zip(weights, slopes, strict=True):
        weight -= lr * slope


def _step_joint(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """L_D + L_G in one backward gives each player the other's gradient: the generator is also told to
    make the discriminator's task easy, and the two pulls nearly cancel. Two players need two backward
    calls, each followed by one player's step.
    """
    loss_d = loss.discriminator(real=disc(real), fake=disc(gen(noise[0])))
    loss_g = loss.generator(fake=disc(gen(noise[1])))
    opt_disc.zero_grad(), opt_gen.zero_grad()
    (loss_d + loss_g).backward()
    opt_disc.step(), opt_gen.step()
    return loss_d.item(), loss_g.item()


def _step_not_detached(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """The discriminator's backward ran on into the generator and left its gradient there, and the
    generator's step then used both. Cut the fakes off with .detach() in the discriminator's move, and
    call zero_grad right before each backward.
    """
    opt_disc.zero_grad(), opt_gen.zero_grad()
    loss_d = loss.discriminator(real=disc(real), fake=disc(gen(noise[0])))
    loss_d.backward()
    opt_disc.step()
    loss_g = loss.generator(fake=disc(gen(noise[1])))
    loss_g.backward()
    opt_gen.step()
    return loss_d.item(), loss_g.item()


def _step_no_zero_grad(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """PyTorch adds to .grad until you clear it, and here nobody does: the second step goes along the
    sum of all gradients so far. The generator's backward also fills the discriminator's .grad, so call
    zero_grad before every backward.
    """
    loss_d = loss.discriminator(real=disc(real), fake=disc(gen(noise[0]).detach()))
    loss_d.backward()
    opt_disc.step()
    loss_g = loss.generator(fake=disc(gen(noise[1])))
    loss_g.backward()
    opt_gen.step()
    return loss_d.item(), loss_g.item()


def _step_generator_first(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """Your generator moves first, against the discriminator of the step before. It is a legal game with
    another course; here, as in the paper, the discriminator looks first.
    """
    loss_g = _move(opt_gen, loss.generator(fake=disc(gen(noise[1]))))
    fake = gen(noise[0]).detach()
    return _move(opt_disc, loss.discriminator(real=disc(real), fake=disc(fake))), loss_g


def _step_simultaneous(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """Your generator's gradient was taken before the discriminator moved, so both play at once. Lesson 02
    shows what that costs: under the minimax loss such a game turns outwards where moves in turn only circle.
    """
    loss_g = loss.generator(fake=disc(gen(noise[1])))
    opt_gen.zero_grad()
    loss_g.backward()
    loss_d = _move(opt_disc, loss.discriminator(real=disc(real), fake=disc(gen(noise[0]).detach())))
    opt_gen.step()
    return loss_d, loss_g.item()


def _step_generator_detached(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """The generator's weights have not changed at all. Either its fakes were detached in its own move,
    which cuts the only path from the loss to the generator, or opt_gen.step() is missing.
    """
    loss_d = _move(opt_disc, loss.discriminator(real=disc(real), fake=disc(gen(noise[0]).detach())))
    return loss_d, _move(opt_gen, loss.generator(fake=disc(gen(noise[1]).detach())))


def _step_minus_discriminators(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """Your generator minimises -L_D, the zero-sum game, whose push dies when the discriminator is sure.
    loss.generator is the generator's own loss, and the game stops being zero-sum.
    """
    loss_d = _move(opt_disc, loss.discriminator(real=disc(real), fake=disc(gen(noise[0]).detach())))
    against = -loss.discriminator(real=disc(real), fake=disc(gen(noise[1])))
    return loss_d, _move(opt_gen, against)


def _step_same_noise(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """Both of your moves use noise[0]. The generator then trains on the very fakes the discriminator
    has just learnt to reject; noise[1] is its own fresh batch.
    """
    return train_step(gen, disc, opt_gen, opt_disc, real, noise[[0, 0]], loss)


TRAIN_STEP = Exercise(
    id="01.train_step",
    title="one move of each player",
    difficulty=3,
    minutes=15,
    reference=train_step,
    inputs=_step_inputs,
    oracle=_step_oracle,
    observe=_two_steps,
    may_change=("gen", "disc", "opt_gen", "opt_disc"),
    cases=2,
    rtol=1e-3,
    verified="after two steps all weights stand where gradients taken one player at a time put them.",
    hints=(
        "Two moves, one after the other, each of the four lines you know: loss, zero_grad, backward, step.",
        "In the discriminator's move the fakes are data like any other: gen(noise[0]).detach(). In the "
        "generator's move nothing is detached, and the discriminator has already moved.",
        "loss_d = loss.discriminator(real=disc(real), fake=disc(gen(noise[0]).detach())), its three lines; "
        "then loss_g = loss.generator(fake=disc(gen(noise[1]))), its three lines; return both with .item().",
    ),
    mistakes=mistakes(
        _step_joint,
        _step_not_detached,
        _step_no_zero_grad,
        _step_generator_first,
        _step_simultaneous,
        _step_generator_detached,
        _step_minus_discriminators,
        _step_same_noise,
    ),
)

EXERCISES = [RING, DISCRIMINATOR_LOSS, GENERATOR_LOSS, TRAIN_STEP, GENERATOR_SLOPES]
