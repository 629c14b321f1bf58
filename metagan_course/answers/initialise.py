"""What lesson 10 writes: a barrier, two networks brought into line, a start per task, a test for copies.

Not here: the many GANs and their weights (many_gans.py), figures (initialise_figures.py).
"""

from collections.abc import Callable

import torch
from torch import Tensor

from metagan_course.weights import Params


def barrier(error: Callable[[Params], Tensor], one: Params, other: Params, places: Tensor) -> Tensor:
    """max over a of E((1 - a) one + a other) - ((1 - a) E(one) + a E(other)), a in places (n,) -> a number.

    How much worse than its ends the straight line between two networks gets (Entezari et al. 2021, arXiv
    2110.06296; Frankle et al. 2019, arXiv 1912.05671, subtract the mean of both ends).
    """
    first, last = error(one), error(other)
    above = [
        error({n: (1 - a) * w + a * other[n] for n, w in one.items()}) - ((1 - a) * first + a * last)
        for a in places
    ]
    return torch.stack(above).max()


def aligned(net: Params, reference: Params, match: Callable[[Tensor], Tensor]) -> Params:
    """The same function, its hidden units in the order that is nearest to the reference's.

    net: w_in (H, n), b_in (H,), w_out (m, H), b_out (m,). A unit is its row of w_in, its b_in and its column
    of w_out. match(costs) -> order (H,): which unit of the net is to stand at place h, the total of costs (H
    places, H units) as small as can be (Entezari et al. 2021, arXiv 2110.06296; Ainsworth et al. 2022, arXiv
    2209.04836).
    """

    def units(p: Params) -> Tensor:
        return torch.cat([p["w_in"], p["b_in"][:, None], p["w_out"].T], 1)  # (H, n + 1 + m)

    order = match(torch.cdist(units(reference), units(net)).square())
    return {
        "w_in": net["w_in"][order],
        "b_in": net["b_in"][order],
        "w_out": net["w_out"][:, order],
        "b_out": net["b_out"],
    }


def emitted(push: Tensor, start: Params) -> Params:
    """w0 + push, in w0's names and shapes: one vector (all weights,) -> weights (Ha et al. 2016, 1609.09106).

    The parts stand in the order of `start`, each row by row.
    """
    parts = push.split([w.numel() for w in start.values()])
    return {n: w + part.view_as(w) for (n, w), part in zip(start.items(), parts, strict=True)}


def memorised(made: Tensor, kept: Tensor) -> Tensor:
    """The share of made (A, d) that lie nearer to a kept one than that one's nearest fellow does: a number.

    kept (B, d): the training checkpoints, or what they draw. A tie is not nearer.
    """
    near, which = torch.cdist(made, kept).min(1)  # (A,) each
    apart = torch.cdist(kept, kept).fill_diagonal_(torch.inf).min(1).values  # (B,)
    return (near < apart[which]).float().mean()
