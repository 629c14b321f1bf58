"""Exercise 00.gradient_step: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

import torch

from metagan_course.answers.basics import gradient_step

from ..declare import Exercise, Observation, Remark, mistakes


def _draw(generator: torch.Generator, shapes: dict, dtype: torch.dtype = torch.float32) -> dict:
    tensors = {n: torch.randn(s, generator=generator, dtype=dtype) for n, s in shapes.items()}
    return {n: w + 0.3 * w.sign() for n, w in tensors.items()}  # none near 0, where a sign is luck


def _case(shapes: dict, dtype: torch.dtype = torch.float32):
    def inputs(generator: torch.Generator) -> dict:
        alpha = 0.1 + 0.7 * torch.rand((), generator=generator).item()
        weights, gradient = (_draw(generator, shapes, dtype) for _ in range(2))
        return {"weights": weights, "gradient": dict(reversed(gradient.items())), "alpha": alpha}

    return inputs


CASES = {
    "a slope and an offset": _case({"slope": (3,), "offset": ()}),
    "the valley's two numbers": _case({"across": (), "along": ()}),
    "a layer of a network": _case({"0.weight": (4, 3), "0.bias": (4,), "2.weight": (1, 4)}),
    "two weights of one shape": _case({"a": (3,), "b": (3,)}),
    "a single weight": _case({"w": (5,)}),
    "weights in double precision": _case({"slope": (3,), "offset": ()}, torch.float64),
}


def _written_into(function, inputs: dict) -> Observation:
    """Two ways to change the old weights look alike from afar: are the tensors written into, or replaced?"""
    tensors = list(inputs["weights"].values())
    before = [w.clone() for w in tensors]
    function(**inputs)
    same = all(torch.equal(a, b) for a, b in zip(before, tensors, strict=True))
    return {"whether the old tensors keep their numbers": same}


def _step_oracle(weights, gradient, alpha):
    """In double precision by torch's fused a - alpha b, one call a weight."""
    exact = {n: torch.sub(w.double(), gradient[n].double(), alpha=alpha) for n, w in weights.items()}
    return {name: w.to(weights[name].dtype) for name, w in exact.items()}


def _step_uphill(weights, gradient, alpha):
    """Your step goes up the hill: the gradient points where the loss grows fastest, and a plus follows
    it. Descent subtracts, so that the loss falls.
    """
    return {name: w + alpha * gradient[name] for name, w in weights.items()}


def _step_no_rate(weights, gradient, alpha):
    """Your step uses the whole gradient and leaves `alpha` out. The gradient says which way and how
    steep, not how far it is safe to go; that is what the rate is for.
    """
    return {name: w - gradient[name] for name, w in weights.items()}


def _step_divided(weights, gradient, alpha):
    """You divide the gradient by `alpha`. A small rate must make a small step: multiply."""
    return {name: w - gradient[name] / alpha for name, w in weights.items()}


def _step_only(weights, gradient, alpha):
    """You return the step itself, minus `alpha` times the gradient, not the place it leads to. Add the
    weight it starts from.
    """
    return {name: -alpha * gradient[name] for name in weights}


def _step_only_uphill(weights, gradient, alpha):
    """You return `alpha` times the gradient, how far the step goes, and not the place it leads to.
    Subtract it from the weight that it starts from.
    """
    return {name: alpha * gradient[name] for name in weights}


def _step_in_place(weights, gradient, alpha):
    """Your function changed the tensors it was given (`-=` or `sub_` works in place). Later the same start
    must serve many tasks, each with a path of its own: return new tensors and leave the old ones alone.
    """
    for name in weights:
        weights[name] -= alpha * gradient[name]
    return weights


def _step_old_dictionary(weights, gradient, alpha):
    """Your function puts the new weights into the dictionary it was given, and the old start is lost: the
    next task would begin where this one ended. Make a new dictionary and fill that.
    """
    for name in weights:
        weights[name] = weights[name] - alpha * gradient[name]
    return weights


def _step_whole_dictionaries(weights, gradient, alpha):
    """`weights` and `gradient` are dictionaries, and Python cannot multiply or subtract a whole dictionary.
    Go through the names: `weights[name] - alpha * gradient[name]` for each, into a new dictionary.
    """
    return weights - alpha * gradient


def _step_whole_turned(weights, gradient, alpha):
    return weights - gradient * alpha


def _step_zipped(weights, gradient, alpha):
    """A loop over a dictionary, inside `zip` too, gives its names, which are strings and no tensors. Go
    through the names and look both tensors up: `weights[name]` and `gradient[name]`.
    """
    return [w - alpha * g for w, g in zip(weights, gradient, strict=True)]


_step_whole_turned.__doc__ = _step_whole_dictionaries.__doc__


def _step_sign_only(weights, gradient, alpha):
    """Your step has the length `alpha` whatever the gradient's size: you kept only its sign. Plain
    gradient descent makes small steps where the loss is flat, which is how it comes to rest.
    """
    return {name: w - alpha * gradient[name].sign() for name, w in weights.items()}


def _step_normed(weights, gradient, alpha):
    """You divide each gradient by its own length, so every step is `alpha` long. Plain gradient descent
    makes small steps where the loss is flat, which is how it comes to rest.
    """
    return {name: w - alpha * gradient[name] / gradient[name].norm() for name, w in weights.items()}


def _step_shrinks(weights, gradient, alpha):
    """You multiplied the weight by one minus `alpha` times the gradient. The gradient is subtracted from the
    weight, not applied to it as a factor: a weight of 0 could never move.
    """
    return {name: w * (1 - alpha * gradient[name]) for name, w in weights.items()}


def _step_swapped(weights, gradient, alpha):
    """You start at the gradient and step along the weight. The two have changed places: a step begins at the
    weight.
    """
    return {name: gradient[name] - alpha * w for name, w in weights.items()}


def _step_averaged(weights, gradient, alpha):
    """Every number of a weight moved by the same amount: you took the mean of its gradient. Each number
    has a slope of its own, so leave the gradient's shape as it is.
    """
    return {name: w - alpha * gradient[name].mean() for name, w in weights.items()}


def _step_brackets(weights, gradient, alpha):
    """Your rate multiplies the weight too, so every step shrinks it towards 0: brackets stand around the
    difference. Only the gradient is scaled by `alpha`.
    """
    return {name: alpha * (w - gradient[name]) for name, w in weights.items()}


def _step_squared(weights, gradient, alpha):
    """You squared the gradient, and its sign is lost. All weights go down, whichever way the loss falls."""
    return {name: w - alpha * gradient[name] ** 2 for name, w in weights.items()}


def _step_absolute(weights, gradient, alpha):
    """You took the gradient's absolute value: every weight goes down, whichever way the loss falls. The sign
    is what tells where downhill is.
    """
    return {name: w - alpha * gradient[name].abs() for name, w in weights.items()}


def _step_by_order(weights, gradient, alpha):
    """You paired weights and gradients by their order. A dictionary is read by name: `gradient[name]`
    belongs to `weights[name]`, wherever it stands.
    """
    pairs = zip(weights.items(), gradient.values(), strict=True)
    return {name: w - alpha * g for (name, w), g in pairs}


def _step_first_only(weights, gradient, alpha):
    """Only the first weight is in your answer: `return` stands inside the loop and ends it. Fill a new
    dictionary in the loop, and return it after the loop.
    """
    for name, w in weights.items():
        return {name: w - alpha * gradient[name]}


def _step_tenth(weights, gradient, alpha):
    """Your step has a rate of its own, and the `alpha` it is given is not used. The caller chooses the rate:
    the same function serves many of them.
    """
    return {name: w - 0.1 * gradient[name] for name, w in weights.items()}


def _step_hundredth(weights, gradient, alpha):
    return {name: w - 0.01 * gradient[name] for name, w in weights.items()}


def _step_half(weights, gradient, alpha):
    return {name: w - 0.5 * gradient[name] for name, w in weights.items()}


_step_hundredth.__doc__ = _step_half.__doc__ = _step_tenth.__doc__
CUTS = frozenset({"detach", "no_grad", "data", "item", "numpy"})  # none lets a gradient through

EXERCISE = Exercise(
    id="00.gradient_step",
    title="one step down the hill",
    difficulty=1,
    minutes=5,
    reference=gradient_step,
    inputs=CASES,
    oracle=_step_oracle,
    closer=_written_into,
    verified="every weight moved by alpha times its own gradient, whatever its shape, and the old ones are "
    "untouched.",
    hints=(
        "What is w' when L falls fastest against its gradient and alpha says how far to go?",
        "Go through `weights.items()` and build a new dictionary with the same names, as in `gradient`.",
        "`return {name: w - alpha * gradient[name] for name, w in weights.items()}`",
    ),
    mistakes=mistakes(
        _step_uphill,
        _step_no_rate,
        _step_divided,
        _step_only,
        _step_only_uphill,
        _step_in_place,
        _step_old_dictionary,
        _step_whole_dictionaries,
        _step_whole_turned,
        _step_zipped,
        _step_sign_only,
        _step_normed,
        _step_shrinks,
        _step_swapped,
        _step_averaged,
        _step_brackets,
        _step_squared,
        _step_absolute,
        _step_by_order,
        _step_first_only,
        _step_tenth,
        _step_hundredth,
        _step_half,
    ),
    remarks=(
        Remark(
            name="step_cut_off",
            text="`detach`, `.data`, `.item()` and `torch.no_grad()` let no gradient through what they are "
            "put on. Here nothing asks for one. A meta-learner, from lesson 04 on, differentiates through "
            "its steps, and there a plain `w - alpha * gradient[name]` is what works.",
            written=lambda names: bool(names & CUTS),
        ),
    ),
)
