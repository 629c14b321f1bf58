"""Exercise 02.field_jacobian: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

from collections.abc import Callable

import torch
from torch.func import jacrev

from metagan_course.answers.stability import field_jacobian, game_field

from ..declare import Exercise, Unfit, mistakes
from .games import bilinear, logarithmic, numbers, strength, uneven


def _field(kind: Callable, generator: torch.Generator) -> Callable:
    losses = kind(
        torch.tensor(strength(generator))
    )  # a tensor: forward mode makes doubles of Python's numbers
    return lambda w: game_field(*losses, w[0], w[1])


def _inputs(kind: Callable, dtype: torch.dtype = torch.float32) -> Callable:
    return lambda generator: {"field": _field(kind, generator), "place": numbers(generator, 2).to(dtype)}


def _three(generator: torch.Generator) -> dict:
    a, b = torch.randn(2, 3, 3, generator=generator)
    return {"field": lambda w: a @ w + torch.sin(b @ w), "place": numbers(generator, 3)}


def _at_rest(generator: torch.Generator) -> dict:
    return {"field": _field(logarithmic, generator), "place": torch.zeros(2)}


def _matrix(function, inputs: dict) -> dict:
    answer = function(**inputs)
    if isinstance(answer, torch.Tensor) and answer.is_complex():
        raise Unfit(
            "Your function returns complex numbers, eigenvalues perhaps; the matrix itself is asked for."
        )
    if isinstance(answer, tuple | list):
        raise Unfit("Your function returns a list of rows; one tensor is asked for: torch.stack(rows).")
    return {"result": answer}


def _oracle(field, place):
    """Column by column, by central differences in double precision."""
    w, h = place.double(), 1e-5
    moves = h * torch.eye(len(w), dtype=torch.float64)
    columns = [(field(w + move) - field(w - move)) / (2 * h) for move in moves] if len(w) == 2 else None
    if columns is None:  # this field's matrices are in single precision
        w, h = place, 1e-2
        columns = [_fourth_order(field, w, move, h) for move in torch.eye(len(w))]
    return torch.stack(columns, dim=1).to(place.dtype)


def _fourth_order(field, w, way, h):
    one, two = (field(w + s * h * way) - field(w - s * h * way) for s in (1, 2))
    return (8 * one - two) / (12 * h)


def _transposed(field, place):
    """Your matrix is transposed: J[i, j] says how the i-th component of the field changes with the j-th
    number. Row i belongs to v_i.
    """
    return jacrev(field)(place).T


def _at_zero(field, place):
    """You took the Jacobian at 0 and were asked for it at `place`. At 0 this game rests; elsewhere the matrix
    differs.
    """
    return jacrev(field)(torch.zeros_like(place))


def _diagonal_only(field, place):
    """Your matrix has only its diagonal: how each component changes with its *own* number. What makes a game
    turn stands off the diagonal, where one player's number moves the other's slope.
    """
    return jacrev(field)(place).diagonal().diag()


def _symmetric(field, place):
    """Your matrix is symmetric: the average of J and its transpose. That is right for the gradient of one
    landscape; a game is not one, and its turning is just the part that you averaged away.
    """
    matrix = jacrev(field)(place)
    return (matrix + matrix.T) / 2


def _minus(field, place):
    """Your matrix has the wrong sign. The field points downhill already: its Jacobian needs no minus."""
    return -jacrev(field)(place)


def _of_the_sum(field, place):
    """You differentiated the sum of the components, so each row is the same: the two players' slopes are
    added up. Each component has a row of its own.
    """
    row = jacrev(lambda w: field(w).sum())(place)
    return row.expand(len(place), -1).clone()


def _one_row(field, place):
    """This is one row: the derivative of the sum of the components. A matrix is asked for, a row for each."""
    return jacrev(lambda w: field(w).sum())(place)


def _of_the_step(field, place):
    """You added the identity: that is the Jacobian of a step w + v(w). Asked for is the field's own."""
    return torch.eye(len(place), dtype=place.dtype) + jacrev(field)(place)


def _first_row_twice(field, place):
    """Both rows are that of the first component. Row i belongs to v_i."""
    return jacrev(field)(place)[:1].repeat(len(place), 1)


def _rough_difference(field, place):
    """Your difference quotient is right in form and rough: its step is so large that the bend of the field
    shows. Take the difference on both sides with a small step, or let torch.func.jacrev do it.
    """
    moves = 0.1 * torch.eye(len(place), dtype=place.dtype)
    return torch.stack([(field(place + move) - field(place)) / 0.1 for move in moves], dim=1)


EXERCISE = Exercise(
    id="02.field_jacobian",
    title="how the field changes",
    difficulty=2,
    minutes=6,
    reference=field_jacobian,
    inputs={
        "the field of two bilinear losses": _inputs(bilinear),
        "the field of the game with logarithms": _inputs(logarithmic),
        "a field without any symmetry": _inputs(uneven),
        "the place where a game rests": _at_rest,
        "a field of three numbers": _three,
        "numbers in double precision": _inputs(uneven, torch.float64),
    },
    oracle=_oracle,
    observe=_matrix,
    verified="row i is how the i-th component changes with every number, at the place given, for two "
    "numbers and for three.",
    hints=(
        "Row i, column j: how does the i-th component of the field change when the j-th number does?",
        "torch.func.jacrev(f) is a function: at a place w it gives the matrix of all these derivatives.",
        "So, at the place itself: `return torch.func.jacrev(field)(place)`",
    ),
    mistakes=mistakes(
        _transposed,
        _at_zero,
        _diagonal_only,
        _symmetric,
        _minus,
        _of_the_sum,
        _one_row,
        _of_the_step,
        _first_row_twice,
        _rough_difference,
    ),
    rtol=1e-3,
    atol=2e-3,
)
