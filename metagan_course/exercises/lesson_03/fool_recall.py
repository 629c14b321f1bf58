"""Exercise 03.fool_recall: an invented cheat, judged on real points that it has not seen.

Any cheat is right that reaches everything and stands nowhere near: what is looked at is two scores of its
points, counted here and not by the package. A mistake is a wrong function.
"""

import torch
from torch import Tensor

from metagan_course.answers.scores import fool_recall

from ..declare import Exercise, Mistake, Observation, Unfit
from ..observing import NOTE

RECALL = "the share of unseen real points inside a ball of yours (recall)"
PRECISION = "the share of your points inside a ball of theirs (precision)"


def _oracle(shown: Tensor, n: int, dice: torch.Generator) -> Tensor:
    """Another cheat: three hermits on one side, who are too few to be each other's third neighbour."""
    d = shown.shape[1]
    far = 1e3 * (1 + shown.abs().max()) * torch.ones(d)
    hermits, crowd = (torch.rand(size, d, generator=dice) for size in (3, n - 3))
    return torch.cat([hermits + far, crowd - far])


def _people(n: int, d: int, *, n_shown: int = 5, at: float = 0.0, size: float = 1.0):
    """A few real points, how many samples are asked for, and dice."""

    def draw(generator: torch.Generator) -> dict:
        shown = at + size * torch.randn(n_shown, d, generator=generator)
        seed = int(torch.randint(2**31, (), generator=generator))
        return {"shown": shown, "n": n, "dice": torch.Generator().manual_seed(seed)}

    return draw


CASES = {
    "points in the plane": _people(20, 2),
    "features as many as a critic has": _people(15, 32),
    "data far from 0": _people(20, 2, at=50.0),
    "data on a small scale": _people(12, 3, size=0.01),
    "many samples": _people(200, 2),
    "one feature": _people(10, 1),
    "two drawings shown": _people(16, 4, n_shown=2),
    "data on a large scale": _people(20, 2, at=-300.0, size=40.0),
}


# --- what is looked at --------------------------------------------------------------------------------------


def unseen(shown: Tensor, seed: int) -> Tensor:
    """Fifteen more real points by the same hand: its mean and its spread, feature by feature. (15, d)"""
    more = torch.randn(15, shown.shape[1], generator=torch.Generator().manual_seed(seed))
    return shown.mean(0) + shown.std(0) * more


def apart(a: Tensor, b: Tensor) -> Tensor:
    """Straight distances in double precision, without a matrix product: (n, d), (m, d) -> (n, m)."""
    return (a.double()[:, None] - b.double()[None]).square().sum(-1).sqrt()


def reached(points: Tensor, centres: Tensor, k: int = 3) -> float:
    """The share of points within a ball around a centre that reaches to its k-th other centre."""
    radii = apart(centres, centres).sort(1).values[:, k]
    return (apart(points, centres) <= radii).any(1).double().mean().item()


def judged(function, inputs: dict) -> Observation:
    """The two scores, with what is good enough rounded to the best: .95 and .05."""
    shown, n, dice = inputs["shown"], inputs["n"], inputs["dice"]
    asked = unseen(shown, dice.initial_seed() + 1)
    points = function(**inputs)
    if not isinstance(points, Tensor) or points.shape != (n, shown.shape[1]):
        what = tuple(points.shape) if isinstance(points, Tensor) else type(points).__name__
        raise Unfit(f"n = {n} points of {shown.shape[1]} features are asked for, and yours are {what}.")
    if not torch.isfinite(points).all():
        raise Unfit("Some of your points are not finite: a picture with NaN in it fools nobody.")
    recall, precision = reached(asked, points.detach()), reached(points.detach(), asked)
    return {
        RECALL: 1.0 if recall >= 0.95 else round(recall, 2),
        PRECISION: 0.0 if precision <= 0.05 else round(precision, 2),
        NOTE: where(points.detach(), shown),
    }


def where(points: Tensor, shown: Tensor) -> str:
    """How the points stand: where the data are, in one place, on one side, around, or on both sides."""
    away = points.double() - shown.double().mean(0)
    size = apart(shown, shown).max()
    if away.norm(dim=1).max() < 3 * size:
        return "near"
    if apart(points, points).max() <= 1e-3 * away.norm(dim=1).max():
        return "one place"
    main = torch.linalg.svd(away, full_matrices=False).Vh[0]
    along = (away @ main)[away.norm(dim=1) > 3 * size]
    return "both sides" if (along > 0).any() and (along < 0).any() else "one side"


# --- what is recognised -------------------------------------------------------------------------------------


def _copies(shown: Tensor, n: int, dice: torch.Generator) -> Tensor:
    """Your points lie where the data are: copies, averages or their neighbourhood. That is forging, and
    precision sees that they belong; the task is to reach all data with points that belong *nowhere* near.
    """
    return shown[torch.randint(len(shown), (n,), generator=dice)]


def _one_place(shown: Tensor, n: int, dice: torch.Generator) -> Tensor:
    """Your points are far away, and all in one place: their third neighbour is next to them, their balls are
    tiny, and nothing is reached. Somebody must be far from all the others.
    """
    return shown.mean(0) + 1e4 * (1 + shown.abs().max()) + torch.rand(n, shown.shape[1], generator=dice)


def _one_side(shown: Tensor, n: int, dice: torch.Generator) -> Tensor:
    """Your points are far away and far apart, and all on one side of the data: their balls reach from one to
    the next, and the data lie behind them all. A ball that reaches *across* the data is needed.
    """
    return shown.mean(0) + 1e4 * (1 + shown.abs().max()) * (1 + torch.arange(n)[:, None] / n)


def _two_crowds(shown: Tensor, n: int, dice: torch.Generator) -> Tensor:
    """Your points stand on both sides, and each has three neighbours on its own side: no ball reaches across.
    Let so few live on one side that the third neighbour is on the other.
    """
    side = (torch.arange(n)[:, None] % 2) * 2 - 1
    return (
        shown.mean(0) + side * 1e4 * (1 + shown.abs().max()) + torch.rand(n, shown.shape[1], generator=dice)
    )


def _wide(shown: Tensor, n: int, dice: torch.Generator) -> Tensor:
    """Everything is reached, and some of your points are still among the data. Leave the middle empty: push
    every point away, not most of them.
    """
    points = fool_recall(shown, n, dice)
    points[1:3] = shown.mean(0)  # two only: the hermit's third neighbour is the crowd still
    return points


def _always(note: str):
    return lambda got, _: bool(got) and all(one.get(NOTE) == note and one[RECALL] < 1 for one in got)


def _belongs(got: list[Observation], _) -> bool:
    return bool(got) and all(one[RECALL] == 1 for one in got) and any(one[PRECISION] > 0 for one in got)


def _mistake(wrong, when) -> Mistake:
    name = "fool" + wrong.__name__
    return Mistake(name=name, diagnosis=" ".join(wrong.__doc__.split()), wrong=wrong, when=when)


EXERCISE = Exercise(
    id="03.fool_recall",
    title="a cheat that recall loves",
    difficulty=3,
    minutes=8,
    reference=fool_recall,
    inputs=CASES,
    oracle=_oracle,
    observe=judged,
    verified="on real points that your function never saw recall is 1, and not one of your points is near "
    "them, in one feature and in many, at every scale.",
    hints=(
        "A ball reaches to its centre's third neighbour. What makes a ball large?",
        "One point whose neighbours are all very far away has a ball as large as you like. Where must the "
        "neighbours be, so that the data lie inside?",
        "A crowd at `shown.mean(0) - reach`, one hermit at `shown.mean(0) + reach`, and `reach` a hundred "
        "times the data's own spread.",
    ),
    mistakes=(
        _mistake(_copies, _always("near")),
        _mistake(_one_place, _always("one place")),
        _mistake(_one_side, _always("one side")),
        _mistake(_two_crowds, _always("both sides")),
        _mistake(_wide, _belongs),
    ),
)
