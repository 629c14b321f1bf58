"""Exercise 03.recall: what it checks, hints at and recognises. A mistake is a wrong function."""

import torch
from torch import Tensor

from metagan_course.metrics import recall
from metagan_course.metrics.neighbours import ball_radii
from metagan_course.metrics.samples import distances

from ..declare import Exercise, mistakes


def _oracle(*, fake: Tensor, real: Tensor, k: int = 3) -> Tensor:
    """Ball by ball and point by point, with sorted lists."""

    def apart(a: list, b: list) -> float:
        return sum((p - q) ** 2 for p, q in zip(a, b, strict=True)) ** 0.5

    x, y = fake.tolist(), real.tolist()
    radius = [sorted(apart(a, b) for j, b in enumerate(x) if j != i)[k - 1] for i, a in enumerate(x)]
    reached = [any(apart(point, a) <= r for a, r in zip(x, radius, strict=True)) for point in y]
    return torch.tensor(sum(reached) / len(reached), dtype=fake.dtype)


# --- what is drawn: recalls between 0 and 1, sizes alike and unlike -----------------------------------------


def _sets(n: int, m: int, d: int, *, k: int | None = 3, size: float = 1.0, shift: float = 0.0):
    """n fakes and m real points; recall is neither 0 nor 1, whatever is drawn."""

    def draw(generator: torch.Generator) -> dict:
        while True:
            fake = size * torch.randn(n, d, generator=generator) + shift
            inputs = {"fake": fake, "real": torch.randn(m, d, generator=generator)}
            inputs |= {} if k is None else {"k": k}
            at_least = {"k": k or 3, "fake": inputs["real"], "real": fake}
            found = _oracle(**inputs).item()
            if 0.1 < found < 0.9 and _oracle(**at_least).item() != found:
                return inputs

    return draw


def _one_thing(generator: torch.Generator) -> dict:
    """Fakes that are all one point: balls of radius 0, and nothing is reached."""
    fake = torch.randn(1, 3, generator=generator).repeat(8, 1)
    return {"fake": fake, "real": torch.randn(7, 3, generator=generator)}


def _copies(generator: torch.Generator) -> dict:
    """Five points, each four times, and real ones that are three of them: on the edge of a ball of radius
    0."""
    shown = torch.randn(5, 4, generator=generator)
    return {
        "fake": shown.repeat(4, 1),
        "real": torch.cat([shown[:3], torch.randn(6, 4, generator=generator)]),
    }


CASES = {
    "k not given": _sets(12, 15, 2, k=None, size=0.4),
    "fewer fakes than real points": _sets(9, 16, 3, size=0.6),
    "more fakes than real points": _sets(20, 8, 3, size=0.5),
    "sets of one size": _sets(12, 12, 4, size=0.7, shift=0.3),
    "k = 1": _sets(14, 11, 2, k=1, size=0.8),
    "k = 5": _sets(10, 14, 3, k=5, size=0.4),
    "one picture drawn eight times": _one_thing,
    "copies, four of each": _copies,
    "fakes that spread farther than the data": _sets(14, 12, 2, size=2.0, shift=0.8),
}


# --- what is recognised -------------------------------------------------------------------------------------


def recall_precision(*, fake, real, k=3):
    """This is precision: the share of fakes inside a *real* ball. Recall turns the roles round: the balls
    stand around the fakes, and the real ones are asked whether somebody reaches them.
    """
    return recall(fake=real, real=fake, k=k)


def recall_self_counted(*, fake, real, k=3):
    """Your balls are too small: the nearest point to a fake is the fake itself, at distance 0, and you
    count it as the first neighbour. Ask for the (k + 1)-th smallest distance of its row.
    """
    return recall(fake=fake, real=real, k=k - 1) if k > 1 else _inside(fake, real, torch.zeros(len(fake)))


def recall_one_more(*, fake, real, k=3):
    """Your balls reach to the neighbour after the k-th. Sorted distances count from 0, and place 0 is the
    fake itself: the k-th neighbour stands at place k.
    """
    return recall(fake=fake, real=real, k=k + 1)


def recall_fixed_k(*, fake, real, k=3):
    """Your balls reach to the third neighbour whatever k is asked for. 3 is only the default: use `k`."""
    return recall(fake=fake, real=real, k=3)


def recall_coverage(*, fake, real, k=3):
    """This is coverage: the share of *real* balls with a fake inside. For recall the balls stand around the
    fakes; which of the two hears outliers is a question further down.
    """
    radii = ball_radii(real, k, "real")
    return (distances(real, fake) <= radii[:, None]).any(1).to(fake.dtype).mean()


def recall_share_of_balls(*, fake, real, k=3):
    """You count fakes whose ball holds a real point. Recall counts the real points that lie in some ball: how
    much of the *data* is reached.
    """
    radii = ball_radii(fake, k, "fake")
    return (distances(real, fake) <= radii).any(0).to(fake.dtype).mean()


def recall_mean_of_pairs(*, fake, real, k=3):
    """You average over all pairs of a real point and a ball. One ball is enough to be reached: `.any(...)`
    over the fakes first, then the mean over the real ones.
    """
    radii = ball_radii(fake, k, "fake")
    return (distances(real, fake) <= radii).to(fake.dtype).mean()


def recall_all_balls(*, fake, real, k=3):
    """You ask that a real point lie in *every* ball. Reached means inside at least one: any, not all."""
    return (distances(real, fake) <= ball_radii(fake, k, "fake")).all(1).to(fake.dtype).mean()


def recall_one_radius(*, fake, real, k=3):
    """All your balls have one radius, the mean. Each has its own: wide where the fakes are thin, small where
    they crowd.
    """
    return _inside(fake, real, ball_radii(fake, k, "fake").mean().expand(len(fake)))


def recall_squared(*, fake, real, k=3):
    """You compare squared distances with radii that are not squared, or the other way round. Square both or
    neither.
    """
    return (distances(real, fake).square() <= ball_radii(fake, k, "fake")).any(1).to(fake.dtype).mean()


def recall_blocks(*, fake, real, k=3):
    """Your distance adds up the sides, as along the streets of a city. The straight one squares them first,
    adds them and takes the root.
    """
    own, across = torch.cdist(fake, fake, p=1), torch.cdist(real, fake, p=1)
    return (across <= own.kthvalue(k + 1, dim=1).values).any(1).to(fake.dtype).mean()


def recall_across(*, fake, real, k=3):
    """You measure each ball from a fake to its k-th nearest *real* point. Then every ball holds k of them by
    construction; the radius comes from the other fakes.
    """
    radii = distances(fake, real).kthvalue(min(k, len(real)), dim=1).values
    return _inside(fake, real, radii)


def recall_within_real(*, fake, real, k=3):
    """Each real point asks for a fake within the ball of its nearest fake only. Any fake's ball counts, also
    one that is farther away and wider.
    """
    apart = distances(real, fake)
    nearest = apart.min(1)
    return (nearest.values <= ball_radii(fake, k, "fake")[nearest.indices]).to(fake.dtype).mean()


def recall_open(*, fake, real, k=3):
    """A real point on the edge of a ball counts, and yours does not: a copy sits at distance 0 in a ball of
    radius 0. It is <=, not <.
    """
    return (distances(real, fake) < ball_radii(fake, k, "fake")).any(1).to(fake.dtype).mean()


def recall_counted(*, fake, real, k=3):
    """You return how many real points are reached. Recall is their share: divide by the number of real
    points, or take the mean.
    """
    return recall(fake=fake, real=real, k=k) * len(real)


def recall_missed(*, fake, real, k=3):
    """You return the share that is *not* reached. Turn the comparison round: inside is a distance of at most
    the radius.
    """
    return 1 - recall(fake=fake, real=real, k=k)


def _inside(fake: Tensor, real: Tensor, radii: Tensor) -> Tensor:
    return (distances(real, fake) <= radii).any(1).to(fake.dtype).mean()


EXERCISE = Exercise(
    id="03.recall",
    title="recall with k = 3",
    difficulty=2,
    minutes=8,
    reference=recall,
    inputs=CASES,
    oracle=_oracle,
    verified="each ball reaches from a fake to its k-th other fake, and one ball is enough to reach a real "
    "point.",
    hints=(
        "Two tables of distances: fakes to fakes for the radii, real to fakes for the question. "
        "`torch.cdist` makes both.",
        "In the first table a fake's nearest neighbour is itself, at 0. The k-th other one is the (k + 1)-th "
        "smallest of the row: `.kthvalue(k + 1, dim=1).values`.",
        "Inside is `torch.cdist(real, fake) <= radii`, a table (m, n); `.any(1)` over the fakes, then the "
        "mean of it as floats.",
    ),
    mistakes=mistakes(
        recall_precision,
        recall_self_counted,
        recall_one_more,
        recall_fixed_k,
        recall_coverage,
        recall_share_of_balls,
        recall_mean_of_pairs,
        recall_all_balls,
        recall_one_radius,
        recall_squared,
        recall_blocks,
        recall_across,
        recall_within_real,
        recall_open,
        recall_counted,
        recall_missed,
    ),
)
