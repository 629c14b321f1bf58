"""Exercise 10.aligned: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

import torch
from torch import Tensor

from metagan_course.answers.initialise import aligned
from metagan_course.answers.many_gans import best_match

from ..declare import Exercise, mistakes


def net(generator, H: int, n: int = 2, m: int = 2, dtype=torch.float32) -> dict:
    shapes = {"w_in": (H, n), "b_in": (H,), "w_out": (m, H), "b_out": (m,)}
    return {k: torch.randn(s, generator=generator, dtype=dtype) for k, s in shapes.items()}


def shuffled(p: dict, order: Tensor) -> dict:
    return {**p, "w_in": p["w_in"][order], "b_in": p["b_in"][order], "w_out": p["w_out"][:, order]}


def _case(H: int, *, n: int = 2, m: int = 2, only_shuffled: bool = False, dtype=torch.float32):
    def inputs(generator: torch.Generator) -> dict:
        reference = net(generator, H, n, m, dtype)
        moved = {
            k: w + 0.02 * torch.randn(w.shape, generator=generator, dtype=dtype) for k, w in reference.items()
        }
        if only_shuffled:
            own = shuffled(moved, torch.randperm(H, generator=generator))
        else:
            own = net(generator, H, n, m, dtype)
        return {"net": own, "reference": reference, "match": best_match}

    return inputs


INPUTS = {
    "the same units in another order": _case(6, only_shuffled=True),
    "two strangers": _case(5),
    "two strangers of forty units": _case(40),
    "three inputs and one output": _case(7, n=3, m=1, only_shuffled=True),
    "as many outputs as units": _case(4, m=4),
    "numbers in double precision": _case(5, dtype=torch.float64),
}


def _units(p):
    return torch.cat([p["w_in"], p["b_in"][:, None], p["w_out"].T], 1)


def _oracle(net, reference, match):
    """The best order by trying all of them, where the units are few."""
    from itertools import permutations

    H = len(net["b_in"])
    own, theirs = _units(net), _units(reference)
    if H <= 6:
        orders = [torch.tensor(p) for p in permutations(range(H))]
        order = min(orders, key=lambda o: (own[o] - theirs).square().sum().item())
    else:
        order = match((theirs[:, None] - own[None]).square().sum(-1))
    return {
        "w_in": torch.stack([net["w_in"][i] for i in order]),
        "b_in": torch.stack([net["b_in"][i] for i in order]),
        "w_out": torch.stack([net["w_out"][:, i] for i in order], 1),
        "b_out": net["b_out"],
    }


def _order(net, reference, match, of=_units):
    return match(torch.cdist(of(reference), of(net)).square())


def _only_incoming(net, reference, match):
    """You reordered what goes into the units and not what comes out of them. The function is another one now:
    a unit's column of w_out belongs to it.
    """
    order = _order(net, reference, match)
    return {**net, "w_in": net["w_in"][order], "b_in": net["b_in"][order]}


def _bias_left(net, reference, match):
    """You left b_in in its old order. The units have exchanged their biases: another function."""
    order = _order(net, reference, match)
    return {**net, "w_in": net["w_in"][order], "w_out": net["w_out"][:, order]}


def _only_outgoing(net, reference, match):
    """You reordered w_out alone. Each unit's row of w_in and its b_in move with its column of w_out."""
    order = _order(net, reference, match)
    return {**net, "w_out": net["w_out"][:, order]}


def _rows_of_w_out(net, reference, match):
    """You reordered the rows of w_out. The units are its *columns*, since x = w_out h + b_out."""
    order = _order(net, reference, match)
    m = len(net["w_out"])
    return {**shuffled(net, order), "w_out": net["w_out"][order[order < m]]}


def _inverse(net, reference, match):
    """Your order is the inverse of the right one. Rows of the costs are places (the reference's units),
    columns are the net's units; order[h] then says which unit comes to place h, as in w_in[order].
    """
    return shuffled(net, _order(net, reference, match).argsort())


def _by_incoming(net, reference, match):
    """You compared the units by what goes into them. Two units may read the same and answer differently:
    their columns of w_out belong to the costs.
    """
    return shuffled(
        net, _order(net, reference, match, lambda p: torch.cat([p["w_in"], p["b_in"][:, None]], 1))
    )


def _by_rows(net, reference, match):
    """You compared the units by w_in alone. A unit is its row of w_in, its b_in and its column of w_out."""
    return shuffled(net, _order(net, reference, match, lambda p: p["w_in"]))


def _by_outgoing(net, reference, match):
    """You compared the units by what comes out of them. What they read belongs to the costs too."""
    return shuffled(net, _order(net, reference, match, lambda p: p["w_out"].T))


def _distances(net, reference, match):
    """Your costs are distances and not their squares. The order that is nearest in all weights together has
    the smallest sum of *squares*; with distances one unit may be sacrificed for others.
    """
    return shuffled(net, match(torch.cdist(_units(reference), _units(net))))


def _farthest(net, reference, match):
    """You matched units that are as unlike as can be. `match` makes costs small: hand it distances, and not
    likenesses.
    """
    return shuffled(net, match(-torch.cdist(_units(reference), _units(net)).square()))


def _greedy(net, reference, match):
    """You gave each place its nearest unit, whoever else wanted it. Some units then stand twice and others
    nowhere, and the function is lost: `match` uses each once.
    """
    order = torch.cdist(_units(reference), _units(net)).argmin(1)
    return shuffled(net, order)


def _reference_back(net, reference, match):
    """You return the reference's weights. The net is to keep its own, in another order."""
    return shuffled(reference, _order(net, reference, match).argsort())


def _reference_itself(net, reference, match):
    """You return the reference. Nearer it cannot be, but it is another function: keep the net's weights."""
    return dict(reference)


def _unchanged(net, reference, match):
    """You return the net as it was. Its units are still in the order of its own training."""
    return dict(net)


def _sorted(net, reference, match):
    """You sorted the units by size. That needs no reference, and two units of like size may be strangers:
    match them to the reference's.
    """
    return shuffled(net, _units(net).norm(dim=1).argsort())


def _averaged(net, reference, match):
    """You averaged the two networks. That is what being in line is good for afterwards; here the net keeps
    its own weights, in another order.
    """
    return {n: (w + reference[n]) / 2 for n, w in net.items()}


def _by_angle(net, reference, match):
    """You compared the units by their angle. A unit twice as large then costs nothing: the squared distance
    over all its weights is asked for.
    """
    a, b = (_units(p) / _units(p).norm(dim=1, keepdim=True) for p in (reference, net))
    return shuffled(net, match(-(a @ b.T)))


def _reference_moved(net, reference, match):
    """You reordered the reference. It stands still; the net's units move to its places."""
    return shuffled(reference, _order(net, reference, match))


def _bias_not_compared(net, reference, match):
    """You left the biases out of the costs. A unit that switches on elsewhere is another unit: its b_in
    belongs to what is compared.
    """
    return shuffled(net, _order(net, reference, match, lambda p: torch.cat([p["w_in"], p["w_out"].T], 1)))


EXERCISE = Exercise(
    id="10.aligned",
    title="two networks brought into line",
    difficulty=3,
    minutes=10,
    reference=aligned,
    inputs=INPUTS,
    oracle=_oracle,
    verified="the function is kept, and its units stand where the reference's are most like them.",
    hints=(
        "What makes up one hidden unit? Put its numbers into one row, for both networks: (H, n + 1 + m).",
        "costs[h, k] is the squared distance of the reference's unit h to the net's unit k: torch.cdist("
        "..., ...).square(). The order then reorders three of the four tensors.",
        "`units = lambda p: torch.cat([p['w_in'], p['b_in'][:, None], p['w_out'].T], 1); "
        "order = match(torch.cdist(units(reference), units(net)).square()); "
        "return {**net, 'w_in': net['w_in'][order], 'b_in': net['b_in'][order], "
        "'w_out': net['w_out'][:, order]}`",
    ),
    mistakes=mistakes(
        _only_incoming,
        _bias_left,
        _only_outgoing,
        _rows_of_w_out,
        _inverse,
        _by_incoming,
        _by_rows,
        _by_outgoing,
        _distances,
        _farthest,
        _greedy,
        _reference_back,
        _reference_itself,
        _unchanged,
        _sorted,
        _averaged,
        _by_angle,
        _reference_moved,
        _bias_not_compared,
    ),
)
