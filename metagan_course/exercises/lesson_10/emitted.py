"""Exercise 10.emitted: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

import torch

from metagan_course.answers.initialise import emitted

from ..declare import DETACHED, Exercise, Observation, mistakes


def _case(shapes: dict, dtype=torch.float32):
    def inputs(generator: torch.Generator) -> dict:
        start = {n: torch.randn(s, generator=generator, dtype=dtype) for n, s in shapes.items()}
        n = sum(w.numel() for w in start.values())
        return {"push": torch.randn(n, generator=generator, dtype=dtype), "start": start}

    return inputs


INPUTS = {
    "one hidden layer": _case({"w_in": (4, 2), "b_in": (4,), "w_out": (3, 4), "b_out": (3,)}),
    "names that are not in the order of the alphabet": _case({"z": (2, 3), "a": (3, 2), "m": (1,)}),
    "square matrices": _case({"w": (3, 3), "v": (3, 3)}),
    "a filter of a convolution": _case({"weight": (2, 1, 3, 3), "bias": (2,)}),
    "numbers in double precision": _case({"w": (2, 5), "b": (2,)}, torch.float64),
}


def _seen(function, inputs) -> Observation:
    """The weights, and whether the push can be learned through them."""
    push = inputs["push"].requires_grad_()
    result = function(**inputs)
    if not isinstance(result, dict) or not all(isinstance(w, torch.Tensor) for w in result.values()):
        return {"the weights": result}
    found = {"the weights": {n: w.detach() for n, w in result.items()}}
    if not all(w.requires_grad for w in result.values()):
        return found | {"the slope by push": DETACHED}
    total = sum((w * torch.arange(1, w.numel() + 1).view_as(w)).sum() for w in result.values())
    return found | {"the slope by push": torch.autograd.grad(total, push)[0]}


def _oracle(push, start):
    """One number at a time."""
    found, k = {}, 0
    for name, w in start.items():
        flat = [w.flatten()[i] + push[k + i] for i in range(w.numel())]
        found[name], k = torch.stack(flat).reshape(w.shape), k + w.numel()
    return found


def _parts(push, start, order=None):
    found, k = {}, 0
    for n in order or start:
        found[n] = push[k : k + start[n].numel()]
        k += start[n].numel()
    return found


def _no_start(push, start):
    """You return the push alone. It is what is *added* to the common start: a hypernetwork that begins near 0
    then begins at a network that works.
    """
    return {n: part.view_as(start[n]) for n, part in _parts(push, start).items()}


def _only_start(push, start):
    """You return the start. Every task then begins alike, and nothing of the push is learned."""
    return {n: w + 0 * push.sum() for n, w in start.items()}


def _same_front(push, start):
    """Every tensor got its part from the front of the vector. After each part go on where it ended."""
    return {n: w + push[: w.numel()].view_as(w) for n, w in start.items()}


def _from_the_back(push, start):
    """Your parts stand in the order from last to first. They follow `start`, first name first."""
    parts = _parts(push, start, list(start)[::-1])
    return {n: w + parts[n].view_as(w) for n, w in start.items()}


def _alphabet(push, start):
    """You went through the names in alphabetical order. The order of the dict is the order of the network's
    own weights.
    """
    parts = _parts(push, start, sorted(start))
    return {n: w + parts[n].view_as(w) for n, w in start.items()}


def _columns(push, start):
    """You filled the matrices column by column. view_as and reshape go row by row; a transpose at the end
    only looks right, since the shape is.
    """
    return {
        n: w + part.reshape(w.shape[::-1]).permute(*reversed(range(w.dim())))
        for (n, w), part in zip(start.items(), _parts(push, start).values(), strict=True)
    }


def _minus(push, start):
    """You subtracted the push. w0 + push is asked for."""
    return {n: start[n] - part.view_as(start[n]) for n, part in _parts(push, start).items()}


def _scaled(push, start):
    """You made the push smaller. A hypernetwork has its own scale inside; here it is w0 + push."""
    return {n: start[n] + 0.1 * part.view_as(start[n]) for n, part in _parts(push, start).items()}


def _times(push, start):
    """You multiplied by the push. Weights that are 0 at the start could then never move: add it."""
    return {n: start[n] * part.view_as(start[n]) for n, part in _parts(push, start).items()}


def _factor(push, start):
    """You multiplied by 1 + push. Weights that are 0 at the start could then never move: add the push."""
    return {n: start[n] * (1 + part.view_as(start[n])) for n, part in _parts(push, start).items()}


def _flat(push, start):
    """Your parts are vectors. Each has to have the shape of its weight, or the network cannot run on it."""
    return {n: start[n].flatten() + part for n, part in _parts(push, start).items()}


def _one_vector(push, start):
    """You return one long vector. Cut it into parts, one for each name, each in its shape."""
    return torch.cat([w.flatten() for w in start.values()]) + push


def _detached(push, start):
    """The numbers are right, and nothing can be learned from them: .detach(), .data or .item() has cut the
    graph from the push. Add the part itself.
    """
    return emitted(push.detach(), start)


def _means(push, start):
    """You added the mean of a part to all of its weights. Each weight has a number of its own in the push."""
    return {n: start[n] + part.mean() for n, part in _parts(push, start).items()}


def _one_further(push, start):
    """Each weight got its neighbour's number. The first weight of the first name takes push[0]."""
    return emitted(push.roll(-1), start)


def _squashed(push, start):
    """You squashed the push. What is emitted is added as it is; a scale belongs into the hypernetwork."""
    return emitted(torch.tanh(push), start)


def _matrices_turned(push, start):
    """You filled the matrices transposed and turned them back. The shape is right, and the numbers stand in
    columns: row by row is asked for.
    """
    return {
        n: w + (part.reshape(w.shape[1], w.shape[0]).T if w.dim() == 2 else part.view_as(w))
        for (n, w), part in zip(start.items(), _parts(push, start).values(), strict=True)
    }


EXERCISE = Exercise(
    id="10.emitted",
    title="a vector becomes a network",
    difficulty=2,
    minutes=7,
    reference=emitted,
    inputs=INPUTS,
    oracle=_oracle,
    observe=_seen,
    verified="each weight has its own number of the vector, added to the start, and slopes run through.",
    hints=(
        "How many numbers does each weight need, and where does its part begin?",
        "push.split([w.numel() for w in start.values()]) cuts the vector into parts; part.view_as(w) has the "
        "shape of w.",
        "`parts = push.split([w.numel() for w in start.values()]); "
        "return {n: w + part.view_as(w) for (n, w), part in zip(start.items(), parts)}`",
    ),
    mistakes=mistakes(
        _no_start,
        _only_start,
        _same_front,
        _from_the_back,
        _alphabet,
        _columns,
        _minus,
        _scaled,
        _times,
        _factor,
        _flat,
        _one_vector,
        _detached,
        _means,
        _one_further,
        _squashed,
        _matrices_turned,
    ),
)
