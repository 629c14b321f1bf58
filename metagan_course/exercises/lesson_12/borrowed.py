"""Exercise 12.borrowed: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

import torch
from torch import Tensor

from metagan_course.answers.generated import borrowed

from ..declare import Exercise, mistakes


def _case(N: int, S: int, C: int, n: int, M: int, d: int = 2, dtype=torch.float32):
    def inputs(generator: torch.Generator) -> dict:
        def places(below):
            return torch.randint(below, (N, M), generator=generator)

        return {
            "support": 2 * torch.randn(N, S, d, generator=generator, dtype=dtype),
            "base": 3 * torch.randn(C, 1, d, generator=generator, dtype=dtype)
            + torch.randn(C, n, d, generator=generator, dtype=dtype),
            "point": places(S),
            "lender": places(C),
            "member": places(n),
        }

    return inputs


INPUTS = {
    "four classes of three points in the plane": _case(4, 3, 6, 9, 10),
    "as many of everything": _case(5, 5, 5, 5, 5),
    "more classes than places": _case(7, 2, 3, 4, 3, d=4),
    "one point a class": _case(3, 1, 4, 6, 8),
    "numbers in double precision": _case(2, 3, 5, 4, 6, dtype=torch.float64),
}


def _oracle(support, base, point, lender, member):
    """One number at a time."""
    out = support.new_zeros(*point.shape, support.shape[-1])
    for c in range(point.shape[0]):
        for m in range(point.shape[1]):
            lent = base[lender[c, m]]
            middle = sum(lent[i] for i in range(len(lent))) / len(lent)
            out[c, m] = support[c, point[c, m]] + lent[member[c, m]] - middle
    return out


def _own(support: Tensor, point: Tensor) -> Tensor:
    return support[torch.arange(len(support))[:, None], point]


def _not_centred(support, base, point, lender, member):
    """You added the other class's point itself. What is borrowed is how it lies around *its* mean: take that
    mean off, or your points land where the lender lives.
    """
    return _own(support, point) + base[lender, member]


def _one_mean(support, base, point, lender, member):
    """You took off the mean of all base points. Each class lies around its own mean; with a common one the
    move also holds how far apart the lenders are.
    """
    return _own(support, point) + (base - base.mean((0, 1)))[lender, member]


def _mean_over_classes(support, base, point, lender, member):
    """You averaged over the classes, and not over the members of one class. The mean of a lender is taken
    over its n points: dimension 1.
    """
    return _own(support, point) + (base - base.mean(0, keepdim=True))[lender, member]


def _around_the_mean(support, base, point, lender, member):
    """You moved the class's mean instead of its point. That is a choice of its own, a cloud around one place;
    asked for is x + move with the support point that `point` names.
    """
    return support.mean(1, keepdim=True) + (base - base.mean(1, keepdim=True))[lender, member]


def _pairs(support, base, point, lender, member):
    """You moved by the difference of two members. The difference of two independent draws has *twice* the
    variance of one: subtract the class's mean instead.
    """
    return _own(support, point) + base[lender, member] - base[lender, (member + 1) % base.shape[1]]


def _first_member(support, base, point, lender, member):
    """You subtracted the lender's first member. One point is no mean: its own luck then goes into every
    move.
    """
    return _own(support, point) + base[lender, member] - base[lender, 0]


def _only_the_move(support, base, point, lender, member):
    """You return the move without the point that is moved. The points come out around 0."""
    return (base - base.mean(1, keepdim=True))[lender, member]


def _toward(support, base, point, lender, member):
    """You mixed the support point with the lender's, half and half. That pulls each class toward the others;
    a borrowed spread leaves the class where it is.
    """
    return (_own(support, point) + base[lender, member]) / 2


def _minus(support, base, point, lender, member):
    """Your move has the wrong sign: mean - member. A class that leans to one side would lean to the other."""
    return _own(support, point) - (base - base.mean(1, keepdim=True))[lender, member]


def _half_a_move(support, base, point, lender, member):
    """Your move is half as long as it should be. The borrowed spread is the lender's whole one."""
    return _own(support, point) + (base - base.mean(1, keepdim=True))[lender, member] / 2


def _standardised(support, base, point, lender, member):
    """You divided the moves by the lender's spread. How wide a class is in each direction is just what is to
    be borrowed.
    """
    moves = (base - base.mean(1, keepdim=True)) / base.std(1, keepdim=True)
    return _own(support, point) + moves[lender, member]


def _first_point(support, base, point, lender, member):
    """You always moved the first support point. `point` says which one of the S it is."""
    return support[:, :1] + (base - base.mean(1, keepdim=True))[lender, member]


def _points_in_turn(support, base, point, lender, member):
    """You took the support points in turn. `point` (N, M) says which one is moved."""
    turn = torch.arange(point.shape[1]) % support.shape[1]
    return support[:, turn] + (base - base.mean(1, keepdim=True))[lender, member]


def _from_another_class(support, base, point, lender, member):
    """Your points begin in another class of the support: row c of `point` belongs to class c. With
    support[point] one row would be a whole class.
    """
    return _own(support.roll(1, 0), point) + (base - base.mean(1, keepdim=True))[lender, member]


def _mean_of_support_off(support, base, point, lender, member):
    """You took the mean off the support as well. The support says where the class is: only the lender is
    centred.
    """
    centred = support - support.mean(1, keepdim=True)
    return _own(centred, point) + (base - base.mean(1, keepdim=True))[lender, member]


def _nothing_moved(support, base, point, lender, member):
    """Your points are copies of the support. A copy says nothing that the classifier has not seen; add the
    move.
    """
    return _own(support, point)


def _by_the_median(support, base, point, lender, member):
    """You subtracted the lender's median. The moves then do not sum to 0, and the class wanders off: its mean
    is asked for.
    """
    return _own(support, point) + (base - base.median(1, keepdim=True).values)[lender, member]


def _places_exchanged(support, base, point, lender, member):
    """Lender and member have changed places. The first index of the moves is the class, the second the point
    in it.
    """
    moves = base - base.mean(1, keepdim=True)
    return _own(support, point) + moves[member % len(base), lender % base.shape[1]]


def _mean_of_the_chosen(support, base, point, lender, member):
    """You subtracted the mean of the members that happened to be chosen. The class's mean is over all n of
    its points.
    """
    lent = base[lender, member]
    return _own(support, point) + lent - lent.mean(1, keepdim=True)


EXERCISE = Exercise(
    id="12.borrowed",
    title="a borrowed spread",
    difficulty=2,
    minutes=8,
    reference=borrowed,
    inputs=INPUTS,
    oracle=_oracle,
    verified="each point is moved as another class's member lies around that class's mean.",
    hints=(
        "Two steps. First the moves of all base classes at once: every member minus the mean of *its* class, "
        "(C, n, d). Then pick.",
        "Two tensors of whole numbers pick together: moves[lender, member] is (N, M, d). For the support the "
        "first index is the class itself, torch.arange(N)[:, None].",
        "`moves = base - base.mean(1, keepdim=True); "
        "return support[torch.arange(len(support))[:, None], point] + moves[lender, member]`",
    ),
    mistakes=mistakes(
        _not_centred,
        _one_mean,
        _mean_over_classes,
        _around_the_mean,
        _pairs,
        _first_member,
        _only_the_move,
        _toward,
        _minus,
        _half_a_move,
        _standardised,
        _first_point,
        _points_in_turn,
        _from_another_class,
        _mean_of_support_off,
        _nothing_moved,
        _by_the_median,
        _places_exchanged,
        _mean_of_the_chosen,
    ),
)
