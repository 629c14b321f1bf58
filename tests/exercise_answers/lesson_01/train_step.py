"""Answers to 01.train_step from outside the registry."""

import copy

import torch

from metagan_course.losses import GAN_LOSSES

PLAIN = GAN_LOSSES["non_saturating"]


def right_plain(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    fake = gen(noise[0]).detach()
    loss_d = loss.discriminator(real=disc(real), fake=disc(fake))
    opt_disc.zero_grad()
    loss_d.backward()
    opt_disc.step()
    opt_gen.zero_grad()
    loss_g = loss.generator(fake=disc(gen(noise[1])), real=disc(real))
    loss_g.backward()
    opt_gen.step()
    return loss_d.item(), loss_g.item()


def right_no_grad(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    with torch.no_grad():
        fake = gen(noise[0])
    opt_disc.zero_grad(set_to_none=False)
    loss_d = loss.discriminator(fake=disc(fake), real=disc(real))
    loss_d.backward()
    opt_disc.step()
    opt_gen.zero_grad(set_to_none=False)
    loss_g = loss.generator(real=disc(real), fake=disc(gen(noise[1])))
    loss_g.backward()
    opt_gen.step()
    return float(loss_d), float(loss_g)


def right_wasteful(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    loss_d = loss.discriminator(real=disc(real), fake=disc(gen(noise[0])))
    opt_disc.zero_grad()
    loss_d.backward()
    opt_disc.step()
    loss_g = loss.generator(fake=disc(gen(noise[1])), real=disc(real))
    opt_gen.zero_grad()
    loss_g.backward()
    opt_gen.step()
    return [loss_d.item(), loss_g.item()]


def right_frozen(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    def move(optimiser, value):
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
        return value.detach().item()

    loss_d = move(opt_disc, loss.discriminator(real=disc(real), fake=disc(gen(noise[0]).data)))
    disc.requires_grad_(False)
    loss_g = move(opt_gen, loss.generator(fake=disc(gen(noise[1])), real=disc(real)))
    disc.requires_grad_(True)
    return loss_d, loss_g


def right_autograd(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    theta, phi = list(disc.parameters()), list(gen.parameters())
    loss_d = loss.discriminator(real=disc(real), fake=disc(gen(noise[0]).detach()))
    for weight, slope in zip(theta, torch.autograd.grad(loss_d, theta), strict=True):
        weight.grad = slope
    opt_disc.step()
    loss_g = loss.generator(fake=disc(gen(noise[1])), real=disc(real))
    for weight, slope in zip(phi, torch.autograd.grad(loss_g, phi), strict=True):
        weight.grad = slope
    opt_gen.step()
    return loss_d.item(), loss_g.item()


def right_both_cleared(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    values = []
    for k in range(2):
        gen.zero_grad()
        disc.zero_grad()
        fake = gen(noise[k])
        if k == 0:
            value = loss.discriminator(real=disc(real), fake=disc(fake.detach()))
        else:
            value = loss.generator(fake=disc(fake), real=disc(real))
        value.backward()
        (opt_disc, opt_gen)[k].step()
        values.append(value.item())
    return tuple(values)


def _step(
    gen,
    disc,
    opt_gen,
    opt_disc,
    real,
    noise,
    loss,
    *,
    first=True,
    clear_d=True,
    clear_g=True,
    late=True,
    detach=True,
    cut=False,
    move_d=True,
    move_g=True,
):
    """The right step with one thing changed."""
    fake = gen(noise[0])
    loss_d = loss.discriminator(real=disc(real), fake=disc(fake.detach() if detach else fake))
    early = None if late else loss.generator(fake=disc(gen(noise[1])), real=disc(real))
    if clear_d:
        opt_disc.zero_grad()
    if not late:
        opt_gen.zero_grad()
        early.backward(retain_graph=True)
        opt_disc.zero_grad()
    loss_d.backward()
    if move_d:
        opt_disc.step()
    if late:
        made = gen(noise[1])
        early = loss.generator(fake=disc(made.detach() if cut else made), real=disc(real))
        if clear_g:
            opt_gen.zero_grad()
        early.backward()
    if move_g:
        opt_gen.step()
    return loss_d.item(), early.item()


def wrong_disc_not_cleared(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """step_disc_never_cleared"""
    return _step(gen, disc, opt_gen, opt_disc, real, noise, loss, clear_d=False)


def wrong_gen_not_cleared(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """step_gen_never_cleared"""
    return _step(gen, disc, opt_gen, opt_disc, real, noise, loss, clear_g=False)


def wrong_nothing_cleared(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """step_no_zero_grad"""
    return _step(gen, disc, opt_gen, opt_disc, real, noise, loss, clear_g=False, clear_d=False)


def wrong_not_detached_not_cleared(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """step_leaks_and_keeps"""
    return _step(gen, disc, opt_gen, opt_disc, real, noise, loss, clear_g=False, detach=False)


def wrong_cleared_at_top(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """step_not_detached"""
    opt_gen.zero_grad()
    opt_disc.zero_grad()
    return _step(gen, disc, opt_gen, opt_disc, real, noise, loss, clear_d=False, clear_g=False, detach=False)


def wrong_both_cut(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """step_generator_detached"""
    return _step(gen, disc, opt_gen, opt_disc, real, noise, loss, cut=True)


def wrong_disc_stays(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """step_discriminator_stays"""
    return _step(gen, disc, opt_gen, opt_disc, real, noise, loss, move_d=False)


def wrong_gen_stays(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """step_generator_stays"""
    return _step(gen, disc, opt_gen, opt_disc, real, noise, loss, move_g=False)


def wrong_at_once(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """step_simultaneous"""
    return _step(gen, disc, opt_gen, opt_disc, real, noise, loss, late=False)


def wrong_gen_first(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """step_generator_first"""
    loss_g = loss.generator(fake=disc(gen(noise[1])), real=disc(real))
    opt_gen.zero_grad()
    loss_g.backward()
    opt_gen.step()
    loss_d = loss.discriminator(real=disc(real), fake=disc(gen(noise[0]).detach()))
    opt_disc.zero_grad()
    loss_d.backward()
    opt_disc.step()
    return loss_d.item(), loss_g.item()


def wrong_sum_of_losses(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """step_joint"""
    opt_gen.zero_grad()
    opt_disc.zero_grad()
    loss_d = loss.discriminator(real=disc(real), fake=disc(gen(noise[0])))
    loss_g = loss.generator(fake=disc(gen(noise[1])), real=disc(real))
    (loss_d + loss_g).backward()
    opt_disc.step()
    opt_gen.step()
    return loss_d.item(), loss_g.item()


def wrong_one_noise(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """step_same_noise"""
    return right_plain(gen, disc, opt_gen, opt_disc, real, torch.stack([noise[0], noise[0]]), loss)


def wrong_other_noise(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """step_second_noise"""
    return right_plain(gen, disc, opt_gen, opt_disc, real, torch.stack([noise[1], noise[1]]), loss)


def wrong_noise_swapped(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """step_noise_swapped"""
    return right_plain(gen, disc, opt_gen, opt_disc, real, noise.flip(0), loss)


def wrong_own_noise(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    return right_plain(gen, disc, opt_gen, opt_disc, real, torch.randn_like(noise), loss)


def wrong_always_plain(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """step_one_loss_for_all"""
    return right_plain(gen, disc, opt_gen, opt_disc, real, noise)


def wrong_no_real(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """step_without_real"""
    fake = gen(noise[0]).detach()
    loss_d = loss.discriminator(real=disc(real), fake=disc(fake))
    opt_disc.zero_grad()
    loss_d.backward()
    opt_disc.step()
    loss_g = loss.generator(fake=disc(gen(noise[1])))
    opt_gen.zero_grad()
    loss_g.backward()
    opt_gen.step()
    return loss_d.item(), loss_g.item()


def wrong_tensors(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    values = right_plain(gen, disc, opt_gen, opt_disc, real, noise, loss)
    return tuple(torch.tensor(value, requires_grad=True) for value in values)


def wrong_losses_swapped(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """step_losses_exchanged"""
    return right_plain(gen, disc, opt_gen, opt_disc, real, noise, loss)[::-1]


def wrong_nothing_returned(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    right_plain(gen, disc, opt_gen, opt_disc, real, noise, loss)


def wrong_one_returned(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    return sum(right_plain(gen, disc, opt_gen, opt_disc, real, noise, loss))


def wrong_minus_disc(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """step_minus_discriminators"""
    zero_sum = loss._replace(
        generator=lambda *, fake, real=None: -loss.discriminator(real=real.detach(), fake=fake)
    )
    return right_plain(gen, disc, opt_gen, opt_disc, real, noise, zero_sum)


def wrong_disc_for_gen(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """step_discriminators_loss"""
    helping = loss._replace(generator=lambda *, fake, real=None: loss.discriminator(real=real, fake=fake))
    return right_plain(gen, disc, opt_gen, opt_disc, real, noise, helping)


def wrong_fixed_rate(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    for player, part in ((disc, 0), (gen, 1)):
        weights = list(player.parameters())
        fake = disc(gen(noise[part]))
        value = (
            loss.generator(fake=fake, real=disc(real))
            if part
            else loss.discriminator(real=disc(real), fake=fake)
        )
        with torch.no_grad():
            for weight, slope in zip(weights, torch.autograd.grad(value, weights), strict=True):
                weight -= 0.5 * slope
    return 0.0, 0.0


def wrong_twice(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    right_plain(gen, disc, opt_gen, opt_disc, real, noise, loss)
    return right_plain(gen, disc, opt_gen, opt_disc, real, noise, loss)


def wrong_old_fakes(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """step_same_noise"""
    fake = gen(noise[0])
    loss_d = loss.discriminator(real=disc(real), fake=disc(fake.detach()))
    opt_disc.zero_grad()
    loss_d.backward()
    opt_disc.step()
    loss_g = loss.generator(fake=disc(fake), real=disc(real))
    opt_gen.zero_grad()
    loss_g.backward()
    opt_gen.step()
    return loss_d.item(), loss_g.item()


def wrong_other_disc(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """step_simultaneous"""
    old = copy.deepcopy(disc)
    loss_d = loss.discriminator(real=disc(real), fake=disc(gen(noise[0]).detach()))
    opt_disc.zero_grad()
    loss_d.backward()
    opt_disc.step()
    loss_g = loss.generator(fake=old(gen(noise[1])), real=old(real))
    opt_gen.zero_grad()
    loss_g.backward()
    opt_gen.step()
    return loss_d.item(), loss_g.item()


def wrong_labels(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """step_real_and_fake_exchanged"""
    turned = loss._replace(discriminator=lambda *, real, fake: loss.discriminator(real=fake, fake=real))
    return right_plain(gen, disc, opt_gen, opt_disc, real, noise, turned)


def wrong_only_first_half(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    return right_plain(gen, disc, opt_gen, opt_disc, real[:5], noise[:, :5], loss)


def wrong_cleared_before_step(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    """step_cleared_between"""
    loss_d = loss.discriminator(real=disc(real), fake=disc(gen(noise[0]).detach()))
    loss_d.backward()
    opt_disc.zero_grad()
    opt_disc.step()
    loss_g = loss.generator(fake=disc(gen(noise[1])), real=disc(real))
    loss_g.backward()
    opt_gen.zero_grad()
    opt_gen.step()
    return loss_d.item(), loss_g.item()


def wrong_real_not_in_play(gen, disc, opt_gen, opt_disc, real, noise, loss=PLAIN):
    seen = loss._replace(
        discriminator=lambda *, real, fake: loss.discriminator(real=real.detach(), fake=fake)
    )
    return right_plain(gen, disc, opt_gen, opt_disc, real, noise, seen)
