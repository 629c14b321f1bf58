"""Answers to 02.field_jacobian as people write them: see tests/attack_exercises.py."""

import torch
from torch.func import grad, jacfwd, jacrev, jvp, vjp, vmap


def wide(generator):
    n = int(torch.randint(1, 5, (), generator=generator))
    a, b = torch.randn(2, n, n, generator=generator)
    place = 2 * torch.randn(n, generator=generator)
    return {"field": lambda w: torch.tanh(a @ w) + b @ (w * w), "place": place}


def right_forward(field, place):
    return jacfwd(field)(place)


def right_row_by_row(field, place):
    return torch.stack([grad(lambda w, i=i: field(w)[i])(place) for i in range(len(place))])


def right_by_autograd(field, place):
    w = place.detach().clone().requires_grad_()
    return torch.autograd.functional.jacobian(field, w)


def right_columns_by_jvp(field, place):
    columns = [jvp(field, (place,), (way,))[1] for way in torch.eye(len(place), dtype=place.dtype)]
    return torch.stack(columns, 1)


def right_rows_by_vmapped_vjp(field, place):
    _, back = vjp(field, place)
    return vmap(lambda row: back(row)[0])(torch.eye(len(place), dtype=place.dtype))


def wrong_columns_as_rows(field, place):
    """transposed"""
    columns = [jvp(field, (place,), (way,))[1] for way in torch.eye(len(place), dtype=place.dtype)]
    return torch.stack(columns, 0)


def wrong_at_the_origin(field, place):
    """at_zero"""
    return jacrev(field)(place * 0)


def wrong_own_numbers_only(field, place):
    """diagonal_only"""
    return torch.diag(torch.stack([grad(lambda w, i=i: field(w)[i])(place)[i] for i in range(len(place))]))


def wrong_uphill(field, place):
    """minus"""
    return jacrev(lambda w: -field(w))(place)


def wrong_step(field, place):
    """of_the_step"""
    return jacrev(lambda w: w + field(w))(place)


def wrong_small_step(field, place):
    return jacrev(lambda w: w + 0.1 * field(w))(place)


def wrong_gradient_of_total(field, place):
    """one_row"""
    return grad(lambda w: field(w).sum())(place)


def wrong_gradient_of_length(field, place):
    return grad(lambda w: field(w).square().sum() / 2)(place)


def wrong_outer_product(field, place):
    return torch.outer(field(place), place)


def wrong_averaged(field, place):
    """symmetric"""
    matrix = jacrev(field)(place)
    return 0.5 * (matrix + matrix.T)


def wrong_turning_part(field, place):
    matrix = jacrev(field)(place)
    return 0.5 * (matrix - matrix.T)


def wrong_twice(field, place):
    return jacrev(lambda w: field(field(w)))(place)
