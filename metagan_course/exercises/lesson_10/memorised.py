"""Exercise 10.memorised: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

import torch

from metagan_course.answers.initialise import memorised

from ..declare import Exercise, Observation, mistakes


def _case(A: int, B: int, d: int, *, size: float = 0.5, dtype=torch.float32):
    """Made ones scatter around kept ones by about as much as kept ones lie apart."""

    def inputs(generator: torch.Generator) -> dict:
        kept = torch.randn(B, d, generator=generator, dtype=dtype)
        which = torch.randint(B, (A,), generator=generator)
        made = kept[which] + size * torch.randn(A, d, generator=generator, dtype=dtype)
        return {"made": made, "kept": kept}

    return inputs


def _with_copies(generator: torch.Generator) -> dict:
    """Made ones that are exact copies, and strangers far off."""
    drawn = _case(12, 8, 3)(generator)
    drawn["made"][:5] = drawn["kept"][:5]
    drawn["made"][5:8] += 30
    return drawn


def _tied(generator: torch.Generator) -> dict:
    """On a line, whole numbers: some made ones lie exactly as far as the next kept one."""
    kept = torch.tensor([[0.0], [4.0], [10.0], [16.0]])
    made = torch.tensor([[-4.0], [-3.0], [22.0], [5.0], [13.5], [-9.0], [21.0]])
    return {"made": made[torch.randperm(7, generator=generator)], "kept": kept}


def _lonely(generator: torch.Generator) -> dict:
    """Two kept ones close together and one far off: near the two, a made one is well within the lonely
    one's reach.
    """
    at = torch.randn(2, generator=generator)
    kept = at + torch.tensor([[0.0, 0.0], [0.5, 0.0], [9.0, 0.0]])
    made = at + torch.tensor([[0.2, 1.5], [0.1, -2.0], [0.1, 0.1], [7.0, 1.0], [1.5, 1.0]])
    return {"made": made, "kept": kept}


def _twins(generator: torch.Generator) -> dict:
    """Two kept ones are equal: each has a fellow at no distance, and nothing is nearer than that."""
    drawn = _case(14, 6, 2, size=0.2)(generator)
    drawn["kept"][1] = drawn["kept"][0]
    drawn["made"][:3] = drawn["kept"][0] + 0.01
    return drawn


INPUTS = {
    "made ones around kept ones": _case(20, 10, 3),
    "as many of each": _case(9, 9, 2),
    "made ones that lie far off": _case(25, 8, 3, size=2.0),
    "copies and strangers": _with_copies,
    "ties": _tied,
    "two close together and one far off": _lonely,
    "two kept ones that are equal": _twins,
    "two kept ones": _case(15, 2, 4, size=1.2),
    "numbers in double precision": _case(16, 7, 3, dtype=torch.float64),
}


def _seen(function, inputs) -> Observation:
    """A number is a number, in a tensor or not."""
    result = function(**inputs)
    plain = isinstance(result, int | float) or (
        hasattr(result, "__float__") and not isinstance(result, torch.Tensor)
    )
    return {"result": torch.tensor(float(result)) if plain else result}


def _oracle(made, kept):
    """By the definition, in loops."""
    hits = 0
    for x in made:
        far = [float((x - k).norm()) for k in kept]
        i = far.index(min(far))
        fellows = [float((kept[i] - k).norm()) for j, k in enumerate(kept) if j != i]
        hits += far[i] < min(fellows)
    return torch.tensor(hits / len(made))


def _apart(kept):
    return torch.cdist(kept, kept).fill_diagonal_(torch.inf).min(1).values


def _share(yes):
    return yes.float().mean()


def _with_itself(made, kept):
    """Nothing is ever nearer in yours. Each kept one is its own nearest fellow, at 0 (or at NaN, from
    0 times infinity): take the diagonal out.
    """
    near, which = torch.cdist(made, kept).min(1)
    return _share(near < torch.cdist(kept, kept).min(1).values[which])


def _tie_counts(made, kept):
    """A tie counts as nearer in yours. As near as the next fellow is just as near as strangers are: < and not
    <=.
    """
    near, which = torch.cdist(made, kept).min(1)
    return _share(near <= _apart(kept)[which])


def _not_share(made, kept):
    """You counted the ones that are not copies. Asked for is the share that is *nearer* than a fellow."""
    return 1 - memorised(made, kept)


def _one_yardstick(made, kept):
    """You compared all of them with one mean distance. Where kept ones lie close together a copy must be
    closer still: each kept one has its own yardstick, its nearest fellow.
    """
    return _share(torch.cdist(made, kept).min(1).values < _apart(kept).mean())


def _median_yardstick(made, kept):
    """You compared all of them with one median distance. Where kept ones lie close together a copy must be
    closer still: each kept one has its own yardstick, its nearest fellow.
    """
    return _share(torch.cdist(made, kept).min(1).values < _apart(kept).median())


def _made_fellows(made, kept):
    """Your yardstick is how far made ones lie from each other. A generator that makes the same thing again
    and again would pass: the yardstick is how far *kept* ones lie apart.
    """
    near, _ = torch.cdist(made, kept).min(1)
    return _share(near < torch.cdist(made, made).fill_diagonal_(torch.inf).min(1).values)


def _from_kept(made, kept):
    """You asked for each *kept* one whether something made lies near. That is how much of the kept ones is
    covered; asked for is a share of the made ones.
    """
    near = torch.cdist(kept, made).min(1).values
    return _share(near < _apart(kept))


def _farthest(made, kept):
    """Your yardstick is the farthest fellow. Nearly everything is nearer than that: take the nearest."""
    near, which = torch.cdist(made, kept).min(1)
    return _share(near < torch.cdist(kept, kept).max(1).values[which])


def _mean_fellow(made, kept):
    """Your yardstick is the mean distance to all fellows. Most of them are far: take the nearest."""
    near, which = torch.cdist(made, kept).min(1)
    return _share(near < (torch.cdist(kept, kept).sum(1) / (len(kept) - 1))[which])


def _half_way(made, kept):
    """You halved the yardstick. A made one counts as soon as it is nearer than the nearest fellow."""
    near, which = torch.cdist(made, kept).min(1)
    return _share(near < _apart(kept)[which] / 2)


def _exact(made, kept):
    """You count exact copies alone. A network that is moved by a hair is a copy too."""
    return _share(torch.cdist(made, kept).min(1).values < 1e-6)


def _any_fellow(made, kept):
    """You compared with the yardstick of *any* kept one, the largest. Use the one of the kept one that lies
    nearest.
    """
    return _share(torch.cdist(made, kept).min(1).values < _apart(kept).max())


def _any_of_them(made, kept):
    """You asked whether *any* kept one has it within its own yardstick. A lonely kept one has a long one:
    ask the one that is nearest.
    """
    return _share((torch.cdist(made, kept) < _apart(kept)).any(1))


def _zeros_out(made, kept):
    """You took all distances of 0 out, and not the diagonal alone. Two kept ones that are equal are fellows
    at no distance.
    """
    near, which = torch.cdist(made, kept).min(1)
    apart = torch.cdist(kept, kept)
    return _share(near < apart.masked_fill(apart == 0, torch.inf).min(1).values[which])


def _counted(made, kept):
    """You return a number of made ones. Asked for is their share, from 0 to 1."""
    return memorised(made, kept) * len(made)


def _mean_distance(made, kept):
    """You return how near they are on average. Without a yardstick nobody knows whether that is near."""
    return torch.cdist(made, kept).min(1).values.mean()


def _by_absolute(made, kept):
    """You added up the differences of the coordinates. The straight (Euclidean) distance squares them."""
    near, which = torch.cdist(made, kept, p=1).min(1)
    apart = torch.cdist(kept, kept, p=1).fill_diagonal_(torch.inf).min(1).values
    return _share(near < apart[which])


def _mean_ratio(made, kept):
    """You return how near they are in units of the yardstick, on average. Asked for is a share: how many are
    nearer than it.
    """
    near, which = torch.cdist(made, kept).min(1)
    return (near / _apart(kept)[which]).mean()


EXERCISE = Exercise(
    id="10.memorised",
    title="made, or copied?",
    difficulty=2,
    minutes=8,
    reference=memorised,
    inputs=INPUTS,
    oracle=_oracle,
    observe=_seen,
    verified="each made one is held against the fellow of the kept one that it is nearest to.",
    hints=(
        "Two questions: how far is each made one from its nearest kept one, and which one is that? And how "
        "far is each kept one from its nearest fellow?",
        "torch.cdist(kept, kept) has zeros on its diagonal: .fill_diagonal_(torch.inf) before the minimum.",
        "`near, which = torch.cdist(made, kept).min(1); "
        "apart = torch.cdist(kept, kept).fill_diagonal_(torch.inf).min(1).values; "
        "return (near < apart[which]).float().mean()`",
    ),
    mistakes=mistakes(
        _with_itself,
        _tie_counts,
        _not_share,
        _one_yardstick,
        _median_yardstick,
        _made_fellows,
        _from_kept,
        _farthest,
        _mean_fellow,
        _half_way,
        _exact,
        _any_fellow,
        _any_of_them,
        _counted,
        _zeros_out,
        _mean_distance,
        _by_absolute,
        _mean_ratio,
    ),
)
