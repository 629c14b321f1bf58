"""What few-shot samples must show: they belong, they vary, they reach the real ones, they are no copies.

Features (..., n, d) from a critic that shares nothing with the generator; one value a task. Keyword-only,
since fake and real play different parts.
"""

import torch
from torch import Tensor

from metagan_course.metrics.samples import check, check_pair, distances


def recognisability(*, fake: Tensor, query: Tensor, rivals: Tensor) -> Tensor:
    """Share of fakes nearest to their own class's prototype: fake (..., M, d) -> (...).

    Chance is 1 / n for n classes. A prototype is the mean of a class's real features (Snell et al. 2017). The
    own one comes from the QUERIES (..., Q, d), the others from rivals (..., n - 1, Q', d). It says that
    samples belong, and nothing more: a copy of the support is as recognisable as any real drawing.
    """
    check_pair(1, fake=fake, query=query)
    check("rivals", rivals, 1)
    if (
        rivals.dim() != fake.dim() + 1
        or rivals.shape[:-3] != fake.shape[:-2]
        or rivals.shape[-1] != fake.shape[-1]
    ):
        lead = "".join(f"{n}, " for n in fake.shape[:-2])
        raise ValueError(
            f"rivals: got shape {tuple(rivals.shape)}, needed ({lead}n - 1, Q, {fake.shape[-1]})."
        )
    if rivals.shape[-3] == 0:
        raise ValueError(f"rivals: got shape {tuple(rivals.shape)}, needed one other class or more.")
    own, others = query.mean(-2, keepdim=True), rivals.mean(-2)  # (..., 1, d), (..., n - 1, d)
    to_own, to_others = distances(fake, own).squeeze(-1), distances(fake, others).amin(-1)  # (..., M)
    return (to_own < to_others).to(fake.dtype).mean(-1)


def draw_rivals(query: Tensor, label: Tensor, *, n_way: int, generator: torch.Generator) -> Tensor:
    """Queries of n_way - 1 other classes of the batch, for each task: (T, Q, d) -> (T, n_way - 1, Q, d)."""
    check("query", query, 1)
    if query.dim() != 3 or label.shape != query.shape[:1]:
        shapes = f"{tuple(query.shape)} and {tuple(label.shape)}"
        raise ValueError(f"query, label: got shapes {shapes}, needed (T, Q, d) and (T,).")
    first = {int(c): t for t, c in reversed(list(enumerate(label)))}  # class -> the first task that shows it
    if len(first) < n_way:
        raise ValueError(
            f"n_way: got {n_way}, needed at most the {len(first)} different classes among the labels."
        )
    rows = []
    for own in label.tolist():
        others = torch.tensor([t for c, t in sorted(first.items()) if c != own])
        rows.append(others[torch.randperm(len(others), generator=generator)[: n_way - 1]])
    return query[torch.stack(rows)]


def diversity_ratio(*, fake: Tensor, real: Tensor) -> Tensor:
    """Mean over features of std(fake) / the same of real: (..., n, d), (..., m, d) -> (...). 1 is human."""
    check_pair(2, fake=fake, real=real)
    spread = real.std(-2).mean(-1)
    if (spread == 0).any():
        raise ValueError("real: got samples that are all alike, needed some spread to divide by.")
    return fake.std(-2).mean(-1) / spread


def ball_radii(x: Tensor, k: int, name: str) -> Tensor:
    """Distance of each sample to its k-th nearest other: (..., n, d) -> (..., n)."""
    if not 1 <= k < x.shape[-2]:
        raise ValueError(
            f"{name}: got shape {tuple(x.shape)}, k = {k}; needed k >= 1 and n of {k + 1} or more."
        )
    return distances(x, x).kthvalue(k + 1, dim=-1).values  # the nearest is the sample itself


def recall(*, fake: Tensor, real: Tensor, k: int = 3) -> Tensor:
    """Share of real samples inside some fake's k-NN ball (Kynkäänniemi et al. 2019, arXiv 1904.06991).

    (..., n, d), (..., m, d) -> (...). How much of the data the generator can reach. Swap the roles for
    precision.
    """
    check_pair(1, fake=fake, real=real)
    radii = ball_radii(fake, k, "fake")  # (..., n)
    return (distances(real, fake) <= radii.unsqueeze(-2)).any(-1).to(fake.dtype).mean(-1)


def support_nn(*, fake: Tensor, support: Tensor, query: Tensor) -> Tensor:
    """Share of fakes nearer to a support than to a query: (..., n, d) -> (...). 0.5 is ideal, 1 is memorised.

    Counts are matched, since more points are nearer by chance: the first min(S, Q) of each. A tie counts
    half.
    """
    check_pair(1, fake=fake, support=support, query=query)
    n = min(support.shape[-2], query.shape[-2])
    to_support = distances(fake, support[..., :n, :]).amin(-1)  # (..., M)
    to_query = distances(fake, query[..., :n, :]).amin(-1)
    return ((to_support < to_query).to(fake.dtype) + 0.5 * (to_support == to_query)).mean(-1)


def authenticity(*, fake: Tensor, support: Tensor, query: Tensor) -> Tensor:
    """Share of fakes x with |x - s| > r_s for every support s: (..., M, d) -> (...). Copies have 0.

    r_s is the distance from s to its nearest other real drawing, one of the supports or of the queries (after
    Alaa et al. 2022, arXiv 2102.08921). Real drawings do not reach 1: with chance 1 / (S + Q) each lies
    nearer to a given s than all S + Q - 1 others do.
    """
    check_pair(1, fake=fake, support=support, query=query)
    real = torch.cat([support, query], -2)
    apart = distances(support, real)  # (..., S, S + Q)
    apart.diagonal(dim1=-2, dim2=-1).fill_(torch.inf)  # not its own neighbour
    clear = distances(support, fake) > apart.amin(-1).unsqueeze(-1)  # (..., S, M)
    return clear.all(-2).to(fake.dtype).mean(-1)
