"""Exercise 07.resting_place, where Reptile stands still: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

import torch

from metagan_course.answers.reptile import resting_place

from ..declare import Exercise, Observation, mistakes


def _case(
    n_tasks: int, n_steps: int, *, alpha: float = 0.3, low: float = 0.2, high: float = 2.5, far: float = 0
):
    def inputs(generator: torch.Generator) -> dict:
        h = low + (high - low) * torch.rand(n_tasks, generator=generator)
        return {
            "curvature": h,
            "bottom": far + 3 * torch.randn(n_tasks, generator=generator),
            "alpha": alpha,
            "n_steps": n_steps,
        }

    return inputs


INPUTS = {
    "four valleys and one step": _case(4, 1),
    "four valleys and three steps": _case(4, 3),
    "seven valleys and ten steps of a small rate": _case(7, 10, alpha=0.05),
    "steps that jump over the bottom": _case(5, 3, alpha=0.5, low=2.2, high=3.6),
    "valleys that are all alike": _case(3, 4, low=1.0, high=1.0),
    "one single valley, far away": _case(1, 5, far=40.0),
}


def _oracle(curvature, bottom, alpha, n_steps):
    """Reptile itself, in double precision: K steps in every valley, then a secant to where nothing moves.
    The mean way is linear in w, so two places decide where it is 0.
    """
    h, c = curvature.double(), bottom.double()

    def way(w: torch.Tensor) -> torch.Tensor:
        ends = w.expand(len(h))
        for _ in range(n_steps):
            ends = ends - alpha * h * (ends - c)
        return (ends - w).mean()

    a, b = torch.zeros((), dtype=torch.float64), torch.ones((), dtype=torch.float64)
    return (a - way(a) * (b - a) / (way(b) - way(a))).float()


def _rest_joint(curvature, bottom, alpha, n_steps):
    """You weigh each bottom by its curvature, however many steps there are. That is where joint training
    rests, and Reptile with one step; with more, a steep valley is soon used up and pulls no harder.
    """
    return (curvature * bottom).sum() / curvature.sum()


def _rest_plain_mean(curvature, bottom, alpha, n_steps):
    """You take the plain mean of the bottoms. Reptile comes to it only when every task gets to its own
    bottom; after a few steps a flat valley has gone a small share of its way and pulls less.
    """
    return bottom.mean()


def _rest_what_is_left(curvature, bottom, alpha, n_steps):
    """You weigh each bottom by the share of the way that is *left* after K steps, (1 - alpha h)^K. What
    pulls is the share that was gone: 1 minus that.
    """
    left = (1 - alpha * curvature) ** n_steps
    return (left * bottom).sum() / left.sum()


def _rest_not_divided(curvature, bottom, alpha, n_steps):
    """You do not divide by the sum of the shares, so valleys all at one place would not rest there. A
    weighted mean needs its weights' sum.
    """
    share = 1 - (1 - alpha * curvature) ** n_steps
    return (share * bottom).sum()


def _rest_divided_by_count(curvature, bottom, alpha, n_steps):
    """You divide by the number of tasks. A weighted mean is divided by the sum of its weights."""
    share = 1 - (1 - alpha * curvature) ** n_steps
    return (share * bottom).mean()


def _rest_a_step_more(curvature, bottom, alpha, n_steps):
    """Your shares are those of one step more than K. After K steps (1 - alpha h)^K of the way is left."""
    share = 1 - (1 - alpha * curvature) ** (n_steps + 1)
    return (share * bottom).sum() / share.sum()


def _rest_power_outside(curvature, bottom, alpha, n_steps):
    """You raise alpha h, or h alone, to the power K. What is repeated K times is the factor 1 - alpha h, by
    which each step shortens the way to the bottom.
    """
    share = (alpha * curvature) ** n_steps
    return (share * bottom).sum() / share.sum()


def _rest_exponential(curvature, bottom, alpha, n_steps):
    """You took exp(-K alpha h) for (1 - alpha h)^K. That is the limit of ever smaller steps; these have a
    size, and may even jump over the bottom.
    """
    share = 1 - torch.exp(-n_steps * alpha * curvature)
    return (share * bottom).sum() / share.sum()


def _rest_squared_ways(curvature, bottom, alpha, n_steps):
    """Your shares are squared: that is where the mean *squared* way is smallest. Reptile rests where the
    mean way is 0.
    """
    share = (1 - (1 - alpha * curvature) ** n_steps) ** 2
    return (share * bottom).sum() / share.sum()


def _rest_adapted_loss(curvature, bottom, alpha, n_steps):
    """This is where the mean loss *after* K steps is smallest, which is MAML's aim. Reptile never asks for
    that loss: it rests where the mean way is 0.
    """
    share = curvature * (1 - alpha * curvature) ** (2 * n_steps)
    return (share * bottom).sum() / share.sum()


def _rest_last_slopes(curvature, bottom, alpha, n_steps):
    """This is where the mean of the *last* gradients is 0, which is FOMAML's place. Reptile's way is the sum
    of all K steps.
    """
    share = curvature * (1 - alpha * curvature) ** n_steps
    return (share * bottom).sum() / share.sum()


def _rest_one_factor(curvature, bottom, alpha, n_steps):
    """You weigh by 1 - alpha h, what *one* step leaves of the way. Asked is what K steps have gone of it."""
    left = 1 - alpha * curvature
    return (left * bottom).sum() / left.sum()


def _rest_uphill(curvature, bottom, alpha, n_steps):
    """Your factor is 1 + alpha h, so your steps go away from the bottom. A step downhill subtracts."""
    share = 1 - (1 + alpha * curvature) ** n_steps
    return (share * bottom).sum() / share.sum()


def _rest_curvature_twice(curvature, bottom, alpha, n_steps):
    """You multiply the share by the curvature once more. The share has it already: a steep valley goes
    farther.
    """
    share = curvature * (1 - (1 - alpha * curvature) ** n_steps)
    return (share * bottom).sum() / share.sum()


def _rest_flat_first(curvature, bottom, alpha, n_steps):
    """You divide by the curvature, so flat valleys decide. They are the ones that move least in K steps."""
    return (bottom / curvature).sum() / (1 / curvature).sum()


def _rest_divided_by_curvature(curvature, bottom, alpha, n_steps):
    """You divide by the sum of the curvatures. A weighted mean is divided by the sum of its own weights."""
    share = 1 - (1 - alpha * curvature) ** n_steps
    return (share * bottom).sum() / curvature.sum()


def _rest_no_overshoot(curvature, bottom, alpha, n_steps):
    """You took the size of 1 - alpha h. Where a step jumps over the bottom the factor is negative, and an
    odd number of steps has gone more than the whole way.
    """
    share = 1 - (1 - alpha * curvature).abs() ** n_steps
    return (share * bottom).sum() / share.sum()


def _seen(function, inputs: dict) -> Observation:
    """A number is a number: Python's, or a tensor of any precision."""
    found = function(**inputs)
    number = isinstance(found, int | float) or (isinstance(found, torch.Tensor) and found.shape == ())
    return {"result": torch.as_tensor(found).float() if number else found}


EXERCISE = Exercise(
    id="07.resting_place",
    title="where Reptile stands still",
    difficulty=2,
    minutes=9,
    reference=resting_place,
    inputs=INPUTS,
    oracle=_oracle,
    observe=_seen,
    verified="from there the ways of all tasks add up to nothing, for one step and for many.",
    hints=(
        "One step multiplies the distance to the bottom by 1 - alpha h. What is left of it after K steps, "
        "and what share p of the way is gone?",
        "Task t pulls by p_t (c_t - w). Set the sum of all pulls to 0 and solve for w: it is a weighted "
        "mean.",
        "With `share = 1 - (1 - alpha * curvature) ** n_steps`, "
        "`return (share * bottom).sum() / share.sum()`.",
    ),
    mistakes=mistakes(
        _rest_joint,
        _rest_plain_mean,
        _rest_what_is_left,
        _rest_not_divided,
        _rest_divided_by_count,
        _rest_a_step_more,
        _rest_power_outside,
        _rest_exponential,
        _rest_squared_ways,
        _rest_adapted_loss,
        _rest_last_slopes,
        _rest_one_factor,
        _rest_uphill,
        _rest_curvature_twice,
        _rest_flat_first,
        _rest_divided_by_curvature,
        _rest_no_overshoot,
    ),
)
