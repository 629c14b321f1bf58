"""Exercise 01.train_step: what it checks, hints at and recognises. The games it is checked on: games.py.

A mistake is a wrong function; its docstring is the diagnosis.
"""

import torch
from torch import Tensor

from metagan_course.answers.gan import train_step

from ..declare import Exercise, Remark, mistakes
from .games import GAMES, LOSSES, PLAIN, two_steps, who_did_what


def _move(optimiser, value: Tensor) -> float:
    optimiser.zero_grad()
    value.backward()
    optimiser.step()
    return value.item()


def _step_oracle(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """The same two moves by derivatives of written-out formulas, one player's weights at a time."""
    of_disc, of_gen = LOSSES[loss]
    loss_d = of_disc(disc(real), disc(gen(noise[0])))
    _descend(loss_d, disc, opt_disc)
    loss_g = of_gen(disc(gen(noise[1])), disc(real))
    _descend(loss_g, gen, opt_gen)
    return loss_d.item(), loss_g.item()


def _descend(value: Tensor, player, optimiser) -> None:
    weights = list(player.parameters())
    slopes = torch.autograd.grad(value, weights)
    for weight, slope in zip(weights, slopes, strict=True):
        weight.grad = slope
    optimiser.step()
    for weight in weights:
        weight.grad = None


def _step_joint(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """L_D + L_G in one backward gives each player the other's gradient: the generator is also told to
    make the discriminator's task easy, and the two pulls nearly cancel. Two players need two backward
    calls, each followed by one player's step.
    """
    loss_d = loss.discriminator(real=disc(real), fake=disc(gen(noise[0])))
    loss_g = loss.generator(fake=disc(gen(noise[1])), real=disc(real))
    opt_disc.zero_grad(), opt_gen.zero_grad()
    (loss_d + loss_g).backward()
    opt_disc.step(), opt_gen.step()
    return loss_d.item(), loss_g.item()


def _step_not_detached(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """The discriminator's backward ran on into the generator and left its gradient there, and the
    generator's step then used both. Cut the fakes off with `.detach()` in the discriminator's move, and
    call `zero_grad` right before each backward.
    """
    opt_disc.zero_grad(), opt_gen.zero_grad()
    loss_d = loss.discriminator(real=disc(real), fake=disc(gen(noise[0])))
    loss_d.backward()
    opt_disc.step()
    loss_g = loss.generator(fake=disc(gen(noise[1])), real=disc(real))
    loss_g.backward()
    opt_gen.step()
    return loss_d.item(), loss_g.item()


def _step_no_zero_grad(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """PyTorch adds to .grad until you clear it, and here nobody does: the second step goes along the
    sum of all gradients so far. The generator's backward also fills the discriminator's .grad, so call
    `zero_grad` before every backward.
    """
    loss_d = loss.discriminator(real=disc(real), fake=disc(gen(noise[0]).detach()))
    loss_d.backward()
    opt_disc.step()
    loss_g = loss.generator(fake=disc(gen(noise[1])), real=disc(real))
    loss_g.backward()
    opt_gen.step()
    return loss_d.item(), loss_g.item()


def _step_disc_never_cleared(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """The generator's backward runs through the discriminator and leaves a gradient there, and you never
    clear it: at the next step the discriminator goes along its own gradient and the generator's. Call
    `opt_disc.zero_grad()` right before its backward.
    """
    loss_d = loss.discriminator(real=disc(real), fake=disc(gen(noise[0]).detach()))
    loss_d.backward()
    opt_disc.step()
    return loss_d.item(), _move(opt_gen, loss.generator(fake=disc(gen(noise[1])), real=disc(real)))


def _step_gen_never_cleared(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """The generator's gradient is never cleared: its second step goes along the sum of both gradients. Call
    `opt_gen.zero_grad()` right before its backward.
    """
    loss_d = _move(opt_disc, loss.discriminator(real=disc(real), fake=disc(gen(noise[0]).detach())))
    loss_g = loss.generator(fake=disc(gen(noise[1])), real=disc(real))
    loss_g.backward()
    opt_gen.step()
    return loss_d, loss_g.item()


def _step_cleared_between(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """You clear a gradient between its backward and its step, so that optimiser gets nothing to step along.
    The order is `zero_grad`, `backward`, `step`.
    """
    loss_d = loss.discriminator(real=disc(real), fake=disc(gen(noise[0]).detach()))
    loss_d.backward()
    opt_disc.zero_grad()
    opt_disc.step()
    loss_g = loss.generator(fake=disc(gen(noise[1])), real=disc(real))
    loss_g.backward()
    opt_gen.zero_grad()
    opt_gen.step()
    return loss_d.item(), loss_g.item()


def _step_generator_first(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """Your generator moves first, against the discriminator of the step before. It is a legal game with
    another course; here, as in the paper, the discriminator looks first.
    """
    loss_g = _move(opt_gen, loss.generator(fake=disc(gen(noise[1])), real=disc(real)))
    fake = gen(noise[0]).detach()
    return _move(opt_disc, loss.discriminator(real=disc(real), fake=disc(fake))), loss_g


def _step_simultaneous(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """Your generator's gradient was taken before the discriminator moved, so both play at once. Lesson 02
    shows what that costs: under the minimax loss such a game turns outwards where moves in turn only circle.
    """
    loss_g = loss.generator(fake=disc(gen(noise[1])), real=disc(real))
    opt_gen.zero_grad()
    loss_g.backward()
    loss_d = _move(opt_disc, loss.discriminator(real=disc(real), fake=disc(gen(noise[0]).detach())))
    opt_gen.step()
    return loss_d, loss_g.item()


def _step_generator_detached(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """The generator's fakes were detached in its own move, which cuts the only path from the loss to the
    generator. Its step had no gradient to go along, and it has not moved at all.
    """
    loss_d = _move(opt_disc, loss.discriminator(real=disc(real), fake=disc(gen(noise[0]).detach())))
    against = loss.generator(fake=disc(gen(noise[1]).detach()), real=disc(real))
    return loss_d, _move(opt_gen, against)


def _step_generator_stays(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """The generator has its gradient and has not moved: `opt_gen.step()` is missing. `backward` only writes
    gradients down; the optimiser's step is what changes weights.
    """
    loss_d = _move(opt_disc, loss.discriminator(real=disc(real), fake=disc(gen(noise[0]).detach())))
    loss_g = loss.generator(fake=disc(gen(noise[1])), real=disc(real))
    opt_gen.zero_grad()
    loss_g.backward()
    return loss_d, loss_g.item()


def _step_discriminator_stays(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """The discriminator has its gradient and has not moved: `opt_disc.step()` is missing. The generator then
    learns to fool a judge that never learns.
    """
    loss_d = loss.discriminator(real=disc(real), fake=disc(gen(noise[0]).detach()))
    opt_disc.zero_grad()
    loss_d.backward()
    return loss_d.item(), _move(opt_gen, loss.generator(fake=disc(gen(noise[1])), real=disc(real)))


def _step_minus_discriminators(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """Your generator minimises -L_D, the zero-sum game, whose push dies when the discriminator is sure.
    loss.generator is the generator's own loss, and the game stops being zero-sum.
    """
    loss_d = _move(opt_disc, loss.discriminator(real=disc(real), fake=disc(gen(noise[0]).detach())))
    against = -loss.discriminator(real=disc(real), fake=disc(gen(noise[1])))
    return loss_d, _move(opt_gen, against)


def _step_discriminators_loss(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """Your generator minimises the discriminator's loss, so both want the fakes unmasked and nobody wants
    them to look real. The generator's own is `loss.generator`.
    """
    loss_d = _move(opt_disc, loss.discriminator(real=disc(real), fake=disc(gen(noise[0]).detach())))
    return loss_d, _move(opt_gen, loss.discriminator(real=disc(real), fake=disc(gen(noise[1]))))


def _step_same_noise(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """Both of your moves use `noise[0]`. The generator then trains on the very fakes the discriminator
    has just learnt to reject; `noise[1]` is its own fresh batch.
    """
    return train_step(gen, disc, opt_gen, opt_disc, real, noise[[0, 0]], loss)


def _step_second_noise(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """Both of your moves use `noise[1]`. The generator then trains on the very fakes the discriminator has
    just learnt to reject; `noise[0]` is for the discriminator's move.
    """
    return train_step(gen, disc, opt_gen, opt_disc, real, noise[[1, 1]], loss)


def _step_leaks_and_keeps(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """The discriminator's backward ran on into the generator, and its gradient there is never cleared: the
    generator also steps to make the discriminator's task easy. `.detach()` the fakes in the first move, and
    call `opt_gen.zero_grad()` before the second backward.
    """
    loss_d = _move(opt_disc, loss.discriminator(real=disc(real), fake=disc(gen(noise[0]))))
    loss_g = loss.generator(fake=disc(gen(noise[1])), real=disc(real))
    loss_g.backward()
    opt_gen.step()
    return loss_d, loss_g.item()


def _step_noise_swapped(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """The two batches of noise have changed places: `noise[0]` is for the discriminator's move, `noise[1]`
    for the generator's. On average nothing changes, and nobody could repeat your game from its seed.
    """
    return train_step(gen, disc, opt_gen, opt_disc, real, noise.flip(0), loss)


def _step_all_noise(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """Your discriminator's move sees both batches of noise at once. `noise[0]` is for the first move,
    `noise[1]` for the second.
    """
    fake = gen(noise.flatten(0, 1)).detach()
    loss_d = _move(opt_disc, loss.discriminator(real=disc(real), fake=disc(fake)))
    return loss_d, _move(opt_gen, loss.generator(fake=disc(gen(noise[1])), real=disc(real)))


def _step_one_loss_for_all(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """Whatever `loss` you are given, your step plays the non-saturating game. Call `loss.discriminator` and
    `loss.generator`, or every comparison of losses below would compare one with itself.
    """
    return train_step(gen, disc, opt_gen, opt_disc, real, noise)


def _step_without_real(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """Your generator's loss gets no real logits, and one of the six losses compares the fakes with them. Call
    `loss.generator(fake=..., real=...)`; a loss that does not need them ignores them.
    """
    loss_d = _move(opt_disc, loss.discriminator(real=disc(real), fake=disc(gen(noise[0]).detach())))
    return loss_d, _move(opt_gen, loss.generator(fake=disc(gen(noise[1]))))


def _step_points_for_logits(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """You gave the generator's loss the real points themselves. It compares logits, so hand it `disc(real)`;
    only a loss that looks at the real ones, such as the relativistic, notices.
    """
    loss_d = _move(opt_disc, loss.discriminator(real=disc(real), fake=disc(gen(noise[0]).detach())))
    return loss_d, _move(opt_gen, loss.generator(fake=disc(gen(noise[1])), real=real))


def _step_losses_exchanged(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """The two losses come back in the other order: the discriminator's is asked for first. The players moved
    as they should, and every curve below would carry the other one's name.
    """
    loss_d, loss_g = train_step(gen, disc, opt_gen, opt_disc, real, noise, loss)
    return loss_g, loss_d


def _step_real_and_fake_exchanged(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """Your discriminator gets real points as fakes and fakes as real. It learns to call the data fake, and
    the generator is pushed away from them.
    """
    fake = gen(noise[0]).detach()
    loss_d = _move(opt_disc, loss.discriminator(real=disc(fake), fake=disc(real)))
    return loss_d, _move(opt_gen, loss.generator(fake=disc(gen(noise[1])), real=disc(real)))


def _step_wasteful(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    loss_d = _move(opt_disc, loss.discriminator(real=disc(real), fake=disc(gen(noise[0]))))
    return loss_d, _move(opt_gen, loss.generator(fake=disc(gen(noise[1])), real=disc(real)))


EXERCISE = Exercise(
    id="01.train_step",
    title="one move of each player",
    difficulty=3,
    minutes=15,
    reference=train_step,
    inputs=GAMES,
    oracle=_step_oracle,
    observe=two_steps,
    closer=who_did_what,
    may_change=("gen", "disc", "opt_gen", "opt_disc"),
    seconds=15.0,
    rtol=1e-3,
    verified="after two steps all weights stand where gradients taken one player at a time put them, under "
    "six losses, two optimisers and several batch sizes.",
    hints=(
        "Two moves, one after the other, each of the four lines you know: loss, zero_grad, backward, step.",
        "In the discriminator's move the fakes are data like any other: `gen(noise[0]).detach()`. In the "
        "generator's move nothing is detached, and the discriminator has already moved.",
        "`loss_d = loss.discriminator(real=disc(real), fake=disc(gen(noise[0]).detach()))`, its three lines; "
        "then `loss_g = loss.generator(fake=disc(gen(noise[1])), real=disc(real))`, its three lines; return "
        "both with `.item()`.",
    ),
    mistakes=mistakes(
        _step_joint,
        _step_not_detached,
        _step_no_zero_grad,
        _step_disc_never_cleared,
        _step_gen_never_cleared,
        _step_cleared_between,
        _step_generator_first,
        _step_simultaneous,
        _step_generator_detached,
        _step_generator_stays,
        _step_discriminator_stays,
        _step_minus_discriminators,
        _step_discriminators_loss,
        _step_same_noise,
        _step_second_noise,
        _step_leaks_and_keeps,
        _step_noise_swapped,
        _step_all_noise,
        _step_one_loss_for_all,
        _step_without_real,
        _step_points_for_logits,
        _step_losses_exchanged,
        _step_real_and_fake_exchanged,
    ),
    remarks=(
        Remark(
            name="no_detach",
            text="without `.detach()` in the first move its backward runs on through the generator. Only the "
            "`zero_grad` before the second move saves you, and the work was for nothing: compare the time of "
            "a step with and without it.",
            like=_step_wasteful,
        ),
    ),
)
