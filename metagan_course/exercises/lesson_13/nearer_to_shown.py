"""Exercise 13.nearer_to_shown: what it checks, hints at and recognises. A mistake is a wrong function."""

import torch

from metagan_course.answers.alphabet import nearer_to_shown
from metagan_course.metrics.samples import distances

from ..declare import Exercise, mistakes


def _oracle(fake, shown, others):
    """Fake by fake, in lists of numbers."""

    def apart(a, b):
        return sum((p - q) ** 2 for p, q in zip(a, b, strict=True))

    n, votes = min(len(shown), len(others)), 0.0
    for one in fake.double().tolist():
        mine = min(apart(one, s) for s in shown[:n].double().tolist())
        their = min(apart(one, o) for o in others[:n].double().tolist())
        votes += 1.0 if mine < their else 0.5 if mine == their else 0.0
    return torch.tensor(votes / len(fake), dtype=fake.dtype)


def _sets(m: int, s: int, q: int, d: int, *, pull: float = 0.6):
    """Fakes that lean towards what was shown; whom the surplus drawings would change is drawn again."""

    def inputs(generator: torch.Generator) -> dict:
        while True:
            shown, others = (torch.randn(n, d, generator=generator) for n in (s, q))
            middle = pull * shown[torch.randint(s, (m,), generator=generator)]
            fake = middle + 0.8 * torch.randn(m, d, generator=generator)
            found = _oracle(fake, shown, others)
            cut = (_with_all(fake, shown, others), _oracle(fake, shown.flip(0), others.flip(0)))
            if 0.15 < found < 0.85 and (s == q or found not in cut):
                return {"fake": fake, "shown": shown, "others": others}

    return inputs


def _with_all(fake, shown, others):
    return (distances(fake, shown).amin(1) < distances(fake, others).amin(1)).float().mean()


def _copies(generator: torch.Generator) -> dict:
    """A copier: every fake is a shown drawing."""
    shown, others = torch.randn(5, 3, generator=generator), torch.randn(5, 3, generator=generator)
    return {"fake": shown.repeat(4, 1), "shown": shown, "others": others}


def _ties(generator: torch.Generator) -> dict:
    """Two people draw the same: half of the fakes are as near to the one as to the other."""
    shown = torch.randn(4, 3, generator=generator)
    fake = torch.cat([shown[:1].repeat(3, 1), shown[1:2].repeat(3, 1)])
    others = torch.cat([shown[:1], 9 + torch.randn(3, 3, generator=generator)])
    return {"fake": fake, "shown": shown, "others": others}


def _around_a_corner(generator: torch.Generator) -> dict:
    """Straight ahead and far, or a little aside in both ways: nearer is the second, by Pythagoras alone."""
    size = 1 + torch.rand((), generator=generator)
    fake = torch.randn(3, 2, generator=generator)
    fake[1:] += 50.0 * torch.tensor([[1.0, 0.0], [0.0, 1.0]])  # each has its own two neighbours
    aside, ahead = size * torch.tensor([3.0, 3.0]), size * torch.tensor([0.0, 5.0])
    return {"fake": fake, "shown": fake + aside, "others": fake + ahead}


INPUTS = {
    "as many shown as not": _sets(12, 5, 5, 4),
    "more that were not shown": _sets(16, 5, 15, 4),
    "many more that were not shown": _sets(18, 4, 30, 4),
    "more that were shown": _sets(16, 9, 3, 4),
    "many more that were shown": _sets(18, 30, 4, 4),
    "one of each": _sets(9, 1, 1, 2, pull=0.3),
    "a copier's work": _copies,
    "two people who drew the same": _ties,
    "neighbours around a corner": _around_a_corner,
}


def every_drawing_counted(fake, shown, others):
    """You compare with all drawings of both kinds. Of fifteen strangers one is near by chance more often than
    of five that were shown: a copier among many would look honest. Take as many of each.
    """
    near, far = distances(fake, shown).amin(1), distances(fake, others).amin(1)
    return ((near < far).float() + 0.5 * (near == far)).mean()


def ties_to_nobody(fake, shown, others):
    """As near to the one as to the other is no vote for you. It is half a vote: two people may draw the same,
    and an honest hand must get 0.5 there.
    """
    n = min(len(shown), len(others))
    return (distances(fake, shown[:n]).amin(1) < distances(fake, others[:n]).amin(1)).float().mean()


def ties_to_the_copier(fake, shown, others):
    """You count "as near" as "nearer". Two people may draw the same, and each would be a copier."""
    n = min(len(shown), len(others))
    return (distances(fake, shown[:n]).amin(1) <= distances(fake, others[:n]).amin(1)).float().mean()


def honest_share(fake, shown, others):
    """This is the other share, of fakes nearer to a drawing that was *not* shown. A copier has 0 there, not
    1.
    """
    return 1 - nearer_to_shown(fake, shown, others)


def mean_distance(fake, shown, others):
    """You compare mean distances. A copy of one drawing is far from the four others, so its mean is like
    everybody's; only the *nearest* drawing gives a copy away.
    """
    n = min(len(shown), len(others))
    near, far = distances(fake, shown[:n]).mean(1), distances(fake, others[:n]).mean(1)
    return ((near < far).float() + 0.5 * (near == far)).mean()


def farthest(fake, shown, others):
    """You compare with the farthest drawing of each kind. A copy has a nearest one, at distance 0; the
    farthest says nothing of it.
    """
    n = min(len(shown), len(others))
    near, far = distances(fake, shown[:n]).amax(1), distances(fake, others[:n]).amax(1)
    return ((near < far).float() + 0.5 * (near == far)).mean()


def from_the_drawings(fake, shown, others):
    """You ask each shown drawing for its nearest fake. Asked for is a share of the fakes: each of them has
    its nearest drawing among the shown and among the others.
    """
    n = min(len(shown), len(others))
    near, far = distances(shown[:n], fake).amin(1), distances(others[:n], fake).amin(1)
    return ((near < far).float() + 0.5 * (near == far)).mean()


def to_the_middles(fake, shown, others):
    """You compare with the mean drawing of each kind. A copier is not near a mean; it is near one drawing."""
    n = min(len(shown), len(others))
    near, far = ((fake - x[:n].mean(0)).norm(dim=1) for x in (shown, others))
    return ((near < far).float() + 0.5 * (near == far)).mean()


def one_by_one(fake, shown, others):
    """You return a yes or no for each fake. Asked for is their mean, one number."""
    n = min(len(shown), len(others))
    near, far = distances(fake, shown[:n]).amin(1), distances(fake, others[:n]).amin(1)
    return (near < far).float() + 0.5 * (near == far)


def counted(fake, shown, others):
    """You return how many, not which share. A count grows with the number of fakes, and copiers hide in
    small ones.
    """
    return len(fake) * nearer_to_shown(fake, shown, others)


def every_pair(fake, shown, others):
    """You compare the first shown with the first other drawing, the second with the second. A fake may lie
    beside any of them: take each kind's nearest first.
    """
    n = min(len(shown), len(others))
    near, far = distances(fake, shown[:n]), distances(fake, others[:n])
    return ((near < far).float() + 0.5 * (near == far)).mean()


def along_the_axes(fake, shown, others):
    """You sum absolute differences. The distance asked for is the straight one, the root of the summed
    squares.
    """
    n = min(len(shown), len(others))
    near, far = (torch.cdist(fake, x[:n], p=1).amin(1) for x in (shown, others))
    return ((near < far).float() + 0.5 * (near == far)).mean()


def the_last_ones(fake, shown, others):
    """You take the last drawings of the larger kind. Asked for are the first ones, so that everybody compares
    with the same.
    """
    n = min(len(shown), len(others))
    near, far = distances(fake, shown[-n:]).amin(1), distances(fake, others[-n:]).amin(1)
    return ((near < far).float() + 0.5 * (near == far)).mean()


def everybody_and_no_ties(fake, shown, others):
    """You compare with all drawings of both kinds, and count a tie as no vote. Take as many of each, and
    half a vote for a tie.
    """
    return (distances(fake, shown).amin(1) < distances(fake, others).amin(1)).float().mean()


EXERCISE = Exercise(
    id="13.nearer_to_shown",
    title="who copies you",
    difficulty=2,
    minutes=8,
    reference=nearer_to_shown,
    inputs=INPUTS,
    oracle=_oracle,
    verified="copiers have 1, ties half a vote, and surplus drawings none.",
    hints=(
        "For each fake two numbers: the distance to the nearest shown drawing, and to the nearest other one.",
        "`torch.cdist(fake, shown)` is the table (M, S). Before it, cut both kinds to the same number, "
        "n = min(len(shown), len(others)). A tie is half a vote.",
        "`near, far = torch.cdist(fake, shown[:n]).amin(1), torch.cdist(fake, others[:n]).amin(1)`; "
        "`return ((near < far).float() + 0.5 * (near == far)).mean()`",
    ),
    mistakes=mistakes(
        every_drawing_counted,
        ties_to_nobody,
        ties_to_the_copier,
        honest_share,
        mean_distance,
        farthest,
        from_the_drawings,
        to_the_middles,
        one_by_one,
        counted,
        every_pair,
        along_the_axes,
        the_last_ones,
        everybody_and_no_ties,
    ),
)
