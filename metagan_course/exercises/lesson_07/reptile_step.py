"""Exercise 07.reptile_step, the outer step of both players: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from metagan_course.answers.reptile import reptile_step

from ..declare import Exercise, Observation, Unfit, mistakes

GEN = {"one.weight": (3, 2), "one.bias": (3,), "gain": ()}
DISC = {"look": (2, 2, 2), "head": (4,)}


def _case(n_tasks: int, *, beta: float | None = None, dtype: torch.dtype = torch.float32, shared=False):
    def inputs(generator: torch.Generator) -> dict:
        draw = lambda *shape: torch.randn(shape, generator=generator).to(dtype)  # noqa: E731
        # shared: both networks call their weights the same, as two of one class do
        shapes = (GEN, GEN) if shared else (GEN, DISC)
        starts = [{n: draw(*s) for n, s in one.items()} for one in shapes]
        ends = [{n: draw(n_tasks, *s) for n, s in one.items()} for one in shapes]
        rate = 0.1 + 0.6 * torch.rand((), generator=generator).item() if beta is None else beta
        return {"gen": starts[0], "disc": starts[1], "gens": ends[0], "discs": ends[1], "beta": rate}

    return inputs


INPUTS = {
    "three tasks": _case(3),
    "five tasks in double precision": _case(5, dtype=torch.float64),
    "one single task": _case(1),
    "two networks whose weights have the same names": _case(2, shared=True),
    "a whole step, beta = 1": _case(4, beta=1.0),
}
_FORM = "reptile_step should return two dicts, phi and theta, with the names and shapes of gen and disc. {}"


def _seen(function: Callable, inputs: dict) -> Observation:
    found = function(**inputs)
    if not isinstance(found, tuple | list) or len(found) != 2 or not all(isinstance(x, dict) for x in found):
        raise Unfit(_FORM.format(f"Yours is {type(found).__name__}."))
    seen: Observation = {}
    names = [set(inputs["gen"]), set(inputs["disc"])]
    for player, new in zip(("phi", "theta"), found, strict=True):
        if set(new) not in names:
            raise Unfit(_FORM.format(f"{player} has the names {', '.join(map(str, new))}."))
        seen |= {f"{player}, {n}": w.detach() if isinstance(w, Tensor) else w for n, w in new.items()}
    return seen


def _oracle(gen, disc, gens, discs, beta):
    """As a weighted mean, one task after the other: (1 - beta) of the start and beta / T of each end."""
    found = []
    for start, ends in ((gen, gens), (disc, discs)):
        new = {n: (1 - beta) * w.clone() for n, w in start.items()}
        for n, rows in ends.items():
            for row in rows:
                new[n] = new[n] + beta / len(rows) * row
        found.append(new)
    return tuple(found)


def _with(line: Callable) -> Callable:
    """Both players by one line: line(w, ends, beta)."""

    def wrong(gen, disc, gens, discs, beta):
        return tuple(
            {n: line(w, ends[n], beta) for n, w in start.items()}
            for start, ends in ((gen, gens), (disc, discs))
        )

    return wrong


def _named(name: str, diagnosis: str, line: Callable) -> Callable:
    wrong = _with(line)
    wrong.__name__, wrong.__doc__ = name, diagnosis
    return wrong


def _reptile_discriminator_left(gen, disc, gens, discs, beta):
    """The discriminator stands where it stood. It has a start of its own, and in ten steps a D that begins
    badly tells G nothing: move both.
    """
    return reptile_step(gen, disc, gens, discs, beta)[0], disc


def _reptile_generator_left(gen, disc, gens, discs, beta):
    """The generator stands where it stood. Both players adapted, so both starts move."""
    return gen, reptile_step(gen, disc, gens, discs, beta)[1]


def _reptile_discriminator_away(gen, disc, gens, discs, beta):
    """The generator goes the right way and the discriminator the opposite one. In Reptile both players go to
    where their own tasks ended: they are no opponents here.
    """
    there = reptile_step(gen, disc, gens, discs, beta)
    return there[0], reptile_step(gen, disc, gens, discs, -beta)[1]


def _reptile_exchanged(gen, disc, gens, discs, beta):
    """Both are right, but in the other order. phi comes first, then theta."""
    return reptile_step(gen, disc, gens, discs, beta)[::-1]


LINES = (
    (
        "reptile_unmoved",
        "Both starts are where they were. The ends are in gens and discs: go towards their means.",
        lambda w, e, b: w,
    ),
    (
        "reptile_half",
        "You always go half of the way. The share is beta.",
        lambda w, e, b: (w + e.mean(0)) / 2,
    ),
    (
        "reptile_divided_twice",
        "You divide by the number of tasks twice. The mean has done so; then only beta is left.",
        lambda w, e, b: w + b / len(e) * (e.mean(0) - w),
    ),
    (
        "reptile_plus_start",
        "You add the start to the mean of the ends. The way is their difference, mean phi' - phi.",
        lambda w, e, b: w + b * (e.mean(0) + w),
    ),
    (
        "reptile_away",
        "Your start moves away from where the tasks ended. phi - mean phi' is a *gradient*, for an optimiser "
        "that subtracts; added to the start it has to be mean phi' - phi.",
        lambda w, e, b: w - b * (e.mean(0) - w),
    ),
    (
        "reptile_sum",
        "You added up the ways of all tasks. Their mean is asked for: with a sum the step grows with the "
        "number of tasks, and beta means something else for each batch.",
        lambda w, e, b: w + b * (e - w).sum(0),
    ),
    (
        "reptile_sum_of_ends",
        "You summed the ends before you subtracted the start. The start has to be subtracted from each end, "
        "or from their mean.",
        lambda w, e, b: w + b * (e.sum(0) - w),
    ),
    (
        "reptile_replaced",
        "Your new start is the mean of the ends, whatever beta is. That is a whole step, beta = 1; Reptile "
        "goes only a share beta of the way, so that one batch of tasks does not undo the last.",
        lambda w, e, b: e.mean(0),
    ),
    (
        "reptile_scaled_ends",
        "You scaled the mean of the ends by beta and lost the start. What is scaled is the *way* to it, and "
        "the way begins at the start.",
        lambda w, e, b: b * e.mean(0),
    ),
    (
        "reptile_way_alone",
        "You return the way and not the place it leads to. Add it to the start.",
        lambda w, e, b: b * (e.mean(0) - w),
    ),
    (
        "reptile_ends_added",
        "You added beta times the ends themselves. The way to them is the end minus the start.",
        lambda w, e, b: w + b * e.mean(0),
    ),
    (
        "reptile_last_task",
        "Only the last task pulls at your start. All T of them do: take the mean over the first axis.",
        lambda w, e, b: w + b * (e[-1] - w),
    ),
    (
        "reptile_first_task",
        "Only the first task pulls at your start. All T of them do: take the mean over the first axis.",
        lambda w, e, b: w + b * (e[0] - w),
    ),
    (
        "reptile_other_share",
        "The shares are exchanged: you keep beta of the start and go 1 - beta of the way. A small beta is a "
        "small step.",
        lambda w, e, b: b * w + (1 - b) * e.mean(0),
    ),
    (
        "reptile_whole_mean",
        "You took the mean over all axes, so every entry of a tensor goes to one and the same number. Only "
        "the axis of the tasks is averaged, mean(0).",
        lambda w, e, b: w + b * (e.mean() - w),
    ),
    (
        "reptile_one_after_another",
        "You went beta of the way to each task in turn, and the later ones weigh more. Reptile's batch has "
        "one step, towards the mean of all ends.",
        lambda w, e, b: _in_turn(w, e, b),
    ),
)


def _in_turn(w: Tensor, ends: Tensor, beta: float) -> Tensor:
    for end in ends:
        w = w + beta * (end - w)
    return w


EXERCISE = Exercise(
    id="07.reptile_step",
    title="Reptile's outer step, for two players",
    difficulty=1,
    minutes=6,
    reference=reptile_step,
    inputs=INPUTS,
    oracle=_oracle,
    observe=_seen,
    verified="both starts go the share beta of the way to the mean of their ends.",
    hints=(
        "Where did the tasks end, on average? gens[name].mean(0) says it for one tensor of the generator.",
        "The way there is that mean minus the start. Go a share beta of it, from the start.",
        "`{n: w + beta * (gens[n].mean(0) - w) for n, w in gen.items()}`, and the same for the "
        "discriminator.",
    ),
    mistakes=mistakes(
        *(_named(*line) for line in LINES),
        _reptile_discriminator_left,
        _reptile_generator_left,
        _reptile_discriminator_away,
        _reptile_exchanged,
    ),
)
