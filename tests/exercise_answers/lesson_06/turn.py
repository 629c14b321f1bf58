"""Answers to 06.turn as people write them: see tests/attack_exercises.py."""

import torch
from torch.nn.functional import softsign


def wide(generator):
    shape = tuple(torch.randint(1, 6, (2,), generator=generator).tolist())
    sizes = 10 ** (20 * torch.rand(2, *shape, generator=generator) - 10)
    drawn = sizes * torch.randn(2, *shape, generator=generator)
    drawn = drawn * (torch.rand(2, *shape, generator=generator) > 0.2)
    return {"gradient": drawn[0], "last": drawn[1]}


def right_where_twice(gradient, last):
    size = gradient.abs() + last.abs()
    size = torch.where(size == 0, torch.ones_like(size), size)
    return gradient * torch.sign(last) / size


def right_masked_fill(gradient, last):
    size = abs(gradient) + abs(last)
    return gradient * last.sign() / size.masked_fill(size == 0, 1.0)


def right_by_ratio(gradient, last):
    q = gradient / last.masked_fill(last == 0, 1.0)
    return (q / (1 + q.abs())).masked_fill(last == 0, 0.0)


def right_softsign(gradient, last):
    none = last == 0
    q = gradient / torch.where(none, torch.ones_like(last), last)
    return torch.where(none, torch.zeros_like(q), softsign(q))


def right_adding_one_where_nothing_is(gradient, last):
    size = gradient.abs() + last.abs()
    return gradient * last.sign() / (size + (size == 0).to(size.dtype))


def right_in_cases(gradient, last):
    size = gradient.abs() + last.abs()
    share = gradient / torch.where(size > 0, size, 1.0)
    return torch.where(last > 0, share, torch.where(last < 0, -share, torch.zeros_like(share)))


def wrong_as_it_is(gradient, last):
    """turn_not_guarded"""
    return gradient * torch.sign(last) / (torch.abs(gradient) + torch.abs(last))


def wrong_nan_to_num(gradient, last):
    """turn_mended_after"""
    return (gradient * last.sign() / (gradient.abs() + last.abs())).nan_to_num(nan=0.0)


def wrong_small_number(gradient, last):
    """turn_epsilon"""
    return gradient * last.sign() / (gradient.abs() + last.abs() + 1e-8)


def wrong_smaller_number(gradient, last):
    return gradient * last.sign() / (gradient.abs() + last.abs() + 1e-12)


def wrong_gradient(gradient, last):
    """turn_raw"""
    return gradient.clone()


def wrong_agreement(gradient, last):
    """turn_only_sign"""
    return torch.sign(gradient * last)


def wrong_quotient(gradient, last):
    return gradient / last


def wrong_log(gradient, last):
    return torch.log(gradient.abs() + 1e-8) - torch.log(last.abs() + 1e-8)


def wrong_cosine(gradient, last):
    return gradient * last / (gradient.norm() * last.norm() + 1e-8)


def wrong_old_over_new(gradient, last):
    """turn_exchanged"""
    size = gradient.abs() + last.abs()
    return last * gradient.sign() / torch.where(size > 0, size, 1.0)


def wrong_without_sign(gradient, last):
    """turn_no_sign"""
    size = gradient.abs() + last.abs()
    return gradient / torch.where(size > 0, size, 1.0)


def wrong_clamped(gradient, last):
    return (gradient / torch.where(last == 0, torch.ones_like(last), last)).clamp(-1, 1)


def wrong_loop_of_numbers(gradient, last):
    size = gradient.detach().abs() + last.detach().abs()
    return gradient.detach() * last.detach().sign() / torch.where(size > 0, size, 1.0)
