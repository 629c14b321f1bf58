"""Answers to 09.readings as people write them: see tests/attack_exercises.py."""

import math

import torch


def wide(generator):
    shape = tuple(torch.randint(1, 5, (3,), generator=generator).tolist())
    sizes = 10 ** (8 * torch.rand(2, generator=generator) - 4)
    sizes = sizes * (torch.rand(2, generator=generator) > 0.15)
    drawn = torch.randn(2, *shape, generator=generator) + 0.3
    return {"gradient": sizes[0] * drawn[0], "first": sizes[1] * drawn[1]}


def right_with_if(gradient, first):
    out = torch.zeros(gradient.shape[0] + 1, *gradient.shape[1:], dtype=gradient.dtype)
    a, b = gradient.pow(2).mean().sqrt(), first.pow(2).mean().sqrt()
    if a == 0 or b == 0:
        return out
    out[:-1] = gradient / a
    out[-1] = torch.log(a / b)
    return out


def right_norms(gradient, first):
    n = math.sqrt(gradient.numel())
    a, b = gradient.norm() / n, first.norm() / n
    if not a or not b:
        return gradient.new_zeros((len(gradient) + 1, *gradient.shape[1:]))
    return torch.cat((gradient / a, (a.log() - b.log()) * torch.ones_like(gradient[:1])))


def right_where(gradient, first):
    squares = torch.stack([gradient.square().mean(), first.square().mean()])
    ok = (squares > 0).all()
    a, b = torch.where(ok, squares, torch.ones_like(squares)).sqrt()
    both = torch.cat([gradient / a, torch.full_like(gradient[:1], 1.0) * torch.log(a / b)], dim=0)
    return torch.where(ok, both, torch.zeros_like(both))


def right_double(gradient, first):
    g, f = gradient.double(), first.double()
    a, b = torch.sqrt(torch.mean(g * g)), torch.sqrt(torch.mean(f * f))
    if a.item() == 0 or b.item() == 0:
        return torch.zeros(len(g) + 1, *g.shape[1:], dtype=gradient.dtype)
    last = torch.log(a / b).repeat(1, *g.shape[1:])
    return torch.vstack([g / a, last]).to(gradient.dtype)


def right_half_log_of_squares(gradient, first):
    a, b = torch.einsum("chw,chw->", gradient, gradient), torch.einsum("chw,chw->", first, first)
    if min(a, b) <= 0:
        return torch.zeros_like(torch.cat([gradient, gradient[:1]]))
    maps = gradient * (gradient.numel() / a) ** 0.5
    return torch.cat([maps, 0.5 * (a / b).log().expand_as(gradient[:1])])


def _last(gradient, first):
    return (gradient.square().mean() / first.square().mean()).sqrt().log().expand(1, *gradient.shape[1:])


def _whole(maps, gradient, first):
    if not gradient.any() or not first.any():
        return torch.zeros_like(torch.cat([gradient, gradient[:1]]))
    return torch.cat([maps, _last(gradient, first)])


def wrong_unguarded(gradient, first):
    """not_guarded"""
    return torch.cat([gradient / gradient.square().mean().sqrt(), _last(gradient, first)])


def wrong_raw(gradient, first):
    """raw_maps"""
    return _whole(gradient, gradient, first)


def wrong_std(gradient, first):
    """deviation"""
    return _whole(gradient / gradient.std(correction=0), gradient, first)


def wrong_norm(gradient, first):
    """norm"""
    return _whole(gradient / gradient.norm(), gradient, first)


def wrong_each(gradient, first):
    """each_map"""
    return _whole(gradient / gradient.square().mean((-2, -1), keepdim=True).sqrt(), gradient, first)


def wrong_max(gradient, first):
    """largest"""
    return _whole(gradient / gradient.abs().amax(), gradient, first)


def wrong_first_size(gradient, first):
    """by_first"""
    return _whole(gradient / first.square().mean().sqrt(), gradient, first)


def wrong_signs(gradient, first):
    """sign"""
    return _whole(torch.sign(gradient), gradient, first)


def wrong_forgotten_map(gradient, first):
    """no_size"""
    return _whole(gradient / gradient.square().mean().sqrt(), gradient, first)[:-1]


def wrong_asinh(gradient, first):
    return _whole(torch.asinh(10 * gradient), gradient, first)


def wrong_tanh(gradient, first):
    return _whole(torch.tanh(gradient), gradient, first)
