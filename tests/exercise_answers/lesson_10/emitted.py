"""Answers to 10.emitted as people write them: see tests/attack_exercises.py."""

import torch
from torch.nn.utils import parameters_to_vector, vector_to_parameters


def wide(generator):
    names = ["k", "c", "x", "a"][: int(torch.randint(1, 5, (), generator=generator))]
    start = {}
    for name in names:
        shape = (
            1 + torch.randint(4, (int(torch.randint(1, 4, (), generator=generator)),), generator=generator)
        ).tolist()
        start[name] = torch.randn(shape, generator=generator)
    n = sum(w.numel() for w in start.values())
    return {"push": torch.randn(n, generator=generator), "start": start}


def right_counter(push, start):
    out, i = {}, 0
    for name in start:
        n = start[name].numel()
        out[name] = start[name] + push[i : i + n].reshape(start[name].shape)
        i += n
    return out


def right_flat_sum(push, start):
    total = torch.cat([w.reshape(-1) for w in start.values()]) + push
    pieces = torch.split(total, [w.numel() for w in start.values()])
    return {n: p.view(w.shape) for (n, w), p in zip(start.items(), pieces, strict=True)}


def right_unflatten(push, start):
    rest, out = push, {}
    for name, w in start.items():
        part, rest = rest[: w.numel()], rest[w.numel() :]
        out[name] = part.unflatten(0, w.shape) + w
    return out


def right_iterator(push, start):
    numbers = iter(push)
    return {
        n: w + torch.stack([next(numbers) for _ in range(w.numel())]).view_as(w) for n, w in start.items()
    }


def right_tensor_split(push, start):
    ends = torch.tensor([w.numel() for w in start.values()]).cumsum(0)[:-1].tolist()
    return dict(
        (n, torch.add(w, p.reshape(w.size())))
        for (n, w), p in zip(start.items(), torch.tensor_split(push, ends), strict=True)
    )


def wrong_push_only(push, start):
    """no_start"""
    out, i = {}, 0
    for n, w in start.items():
        out[n], i = push[i : i + w.numel()].view(w.shape), i + w.numel()
    return out


def wrong_never_moves_on(push, start):
    """same_front"""
    return {n: w + push[: w.numel()].reshape(w.shape) for n, w in start.items()}


def wrong_sorted_names(push, start):
    """alphabet"""
    out, i = {}, 0
    for n in sorted(start):
        out[n], i = start[n] + push[i : i + start[n].numel()].view_as(start[n]), i + start[n].numel()
    return {n: out[n] for n in start}


def wrong_in_place(push, start):
    """detached"""
    total = parameters_to_vector(start.values()) + push.data
    copies = {n: w.clone() for n, w in start.items()}
    vector_to_parameters(total, copies.values())
    return copies


def wrong_transposed(push, start):
    """columns"""
    out, i = {}, 0
    for n, w in start.items():
        part = push[i : i + w.numel()].reshape(tuple(reversed(w.shape)))
        out[n], i = w + part.permute(*range(w.dim())[::-1]), i + w.numel()
    return out


def wrong_subtracts(push, start):
    """minus"""
    out, i = {}, 0
    for n, w in start.items():
        out[n], i = w - push[i : i + w.numel()].view_as(w), i + w.numel()
    return out


def wrong_vectors(push, start):
    """flat"""
    out, i = {}, 0
    for n, w in start.items():
        out[n], i = w.flatten() + push[i : i + w.numel()], i + w.numel()
    return out


def wrong_off_by_one(push, start):
    """one_further"""
    out, i = {}, 0
    rolled = push.roll(-1)
    for n, w in start.items():
        out[n], i = w + rolled[i : i + w.numel()].view_as(w), i + w.numel()
    return out


def wrong_start_ignored(push, start):
    """only_start"""
    return {n: w + 0 * push[0] for n, w in start.items()}


def wrong_list(push, start):
    parts = push.split([w.numel() for w in start.values()])
    return [w + p.view_as(w) for w, p in zip(start.values(), parts, strict=True)]


def wrong_tanh(push, start):
    """squashed"""
    out, i = {}, 0
    for n, w in start.items():
        out[n], i = w + torch.tanh(push[i : i + w.numel()]).view_as(w), i + w.numel()
    return out
