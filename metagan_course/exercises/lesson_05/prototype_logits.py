"""Exercise 05.prototype_logits: what it checks, hints at and recognises.

A mistake is a wrong function; its docstring is the diagnosis.
"""

import torch
from torch.nn.functional import cosine_similarity

from metagan_course.answers.tasks import prototype_logits

from ..declare import Exercise, mistakes, with_gradient


def _case(
    n_way: int, shots: int, d: int, *, shuffled: bool = False, uneven: bool = False, dtype=torch.float32
):
    """Features with a mean of their own: a metric that does not mind where 0 lies is told from one that
    does."""

    def inputs(generator: torch.Generator) -> dict:
        label = torch.arange(n_way).repeat_interleave(shots)
        if uneven:  # class 0 has three pictures more
            label = torch.cat([label, torch.zeros(3, dtype=torch.long)])
        if shuffled:
            label = label[torch.randperm(len(label), generator=generator)]
        n_query = n_way + 3
        draw = torch.randn(len(label) + n_query, d, generator=generator, dtype=dtype)
        return {"support": 1 + draw[: len(label)], "label": label, "query": 1 + draw[len(label) :]}

    return inputs


INPUTS = {
    "one picture a class": _case(5, 1, 6),
    "five pictures a class": _case(4, 5, 3),
    "the support in random order": _case(4, 3, 5, shuffled=True),
    "one picture a class, in random order": _case(6, 1, 4, shuffled=True),
    "a class with more pictures than the others": _case(3, 2, 4, shuffled=True, uneven=True),
    "twenty classes": _case(20, 2, 8),
    "numbers in double precision": _case(5, 2, 4, dtype=torch.float64),
}


def _oracle(support, label, query):
    """|q - c|^2 = |q|^2 - 2 q . c + |c|^2, the means by a product with a table of who is in which class."""
    member = torch.nn.functional.one_hot(label).to(support.dtype)  # (S, N)
    means = (member / member.sum(0)).T @ support  # (N, d)
    squares = query.square().sum(1, keepdim=True) + means.square().sum(1)
    return 2 * query @ means.T - squares


def _means(support, label):
    return torch.stack([support[label == n].mean(0) for n in range(int(label.max()) + 1)])


def _proto_sign(support, label, query):
    """You return the distance itself, so the class farthest away would have the largest logit and win. Near
    must be likely: put a minus before it.
    """
    return -prototype_logits(support, label, query)


def _proto_not_squared(support, label, query):
    """You took the distance, not its square. The square is what makes the softmax over the classes that of
    Gaussians around the prototypes, and its gradient is smooth where the distance is 0.
    """
    return -(query[:, None] - _means(support, label)).norm(dim=-1)


def _proto_mean_over_features(support, label, query):
    """You averaged the squares over the features where the distance sums them. All logits shrink by the
    number of features, and the softmax becomes softer the wider the network is.
    """
    return -(query[:, None] - _means(support, label)).square().mean(-1)


def _proto_in_blocks(support, label, query):
    """You count on the support standing class by class, in equal blocks. The label says who belongs to whom;
    shuffled pictures end up in other people's prototypes.
    """
    n_way = int(label.max()) + 1
    means = torch.stack([part.mean(0) for part in support.tensor_split(n_way)])
    return -(query[:, None] - means).square().sum(-1)


def _proto_sums(support, label, query):
    """You summed a class's pictures. The prototype is their mean: with five shots yours lies five times as
    far out.
    """
    sums = torch.stack([support[label == n].sum(0) for n in range(int(label.max()) + 1)])
    return -(query[:, None] - sums).square().sum(-1)


def _proto_nearest_picture(support, label, query):
    """You measure to the nearest picture of each class. That is nearest neighbours, a fair method of its own;
    the prototype is the class's mean, and one odd drawing counts little in it.
    """
    near = -(query[:, None] - support).square().sum(-1)  # (M, S)
    return torch.stack([near[:, label == n].amax(1) for n in range(int(label.max()) + 1)], 1)


def _proto_mean_of_distances(support, label, query):
    """You averaged the distances to a class's pictures. That adds the class's own spread to each of its
    logits; average the pictures first, and measure once.
    """
    all_of = -(query[:, None] - support).square().sum(-1)  # (M, S)
    return torch.stack([all_of[:, label == n].mean(1) for n in range(int(label.max()) + 1)], 1)


def _proto_first_picture(support, label, query):
    """You use one picture of each class. With more shots the prototype is the mean of all of them."""
    first = [int((label == n).nonzero()[0]) for n in range(int(label.max()) + 1)]
    return -(query[:, None] - support[first]).square().sum(-1)


def _proto_dot(support, label, query):
    """You took the scalar product of query and prototype. It favours whichever prototype is long; the squared
    distance does not.
    """
    return query @ _means(support, label).T


def _proto_cosine(support, label, query):
    """You took the cosine, as matching networks do. It forgets lengths and lies between -1 and 1; ProtoNet's
    logit is minus the squared distance.
    """
    return cosine_similarity(query[:, None], _means(support, label)[None], dim=-1)


def _proto_absolute(support, label, query):
    """You summed absolute differences. The mean is the point with the smallest sum of *squared* distances
    to a class's pictures, so squares are what belongs to it.
    """
    return -(query[:, None] - _means(support, label)).abs().sum(-1)


def _proto_median(support, label, query):
    """You took the median of each feature over a class's pictures. The prototype is their mean."""
    middle = torch.stack([support[label == n].median(0).values for n in range(int(label.max()) + 1)])
    return -(query[:, None] - middle).square().sum(-1)


def _proto_turned(support, label, query):
    """Your table has a row a class. It needs a row a query, (M, N): cross-entropy reads each row as the
    logits of one picture.
    """
    return prototype_logits(support, label, query).T


def _proto_probabilities(support, label, query):
    """You went on to the softmax. Asked for are logits; cross-entropy takes the logarithm of the softmax by
    itself, and twice is once too often.
    """
    return prototype_logits(support, label, query).softmax(1)


def _proto_log_probabilities(support, label, query):
    """You went on to the logarithm of the softmax. It gives the same answers and the same loss, and it is not
    minus the distance any more: leave that step to cross-entropy.
    """
    return prototype_logits(support, label, query).log_softmax(1)


def _proto_answers(support, label, query):
    """You return the class that wins. Training needs the logits of all classes, (M, N), since no gradient
    flows through a choice.
    """
    return prototype_logits(support, label, query).argmax(1)


def _proto_halved(support, label, query):
    """There is a half before your squared distance, as a Gaussian of variance 1 has it. ProtoNet has the
    square without a factor.
    """
    return prototype_logits(support, label, query) / 2


EXERCISE = Exercise(
    id="05.prototype_logits",
    title="prototypes: the mean of a class, and how far from it",
    difficulty=1,
    minutes=7,
    reference=prototype_logits,
    inputs=INPUTS,
    oracle=_oracle,
    observe=with_gradient("support", "query"),
    verified="logits and gradients are right in any order of the support, and with unequal classes.",
    hints=(
        "Two steps: the mean of the support features of each class, (N, d); then all distances, (M, N).",
        "`support[label == n].mean(0)` is class n's prototype; torch.stack puts N of them together. For the "
        "differences of every query with every prototype, give the queries a middle axis: query[:, None].",
        "`n_way = int(label.max()) + 1; "
        "c = torch.stack([support[label == n].mean(0) for n in range(n_way)]); "
        "return -(query[:, None] - c).square().sum(-1)`",
    ),
    mistakes=mistakes(
        _proto_sign,
        _proto_not_squared,
        _proto_mean_over_features,
        _proto_in_blocks,
        _proto_sums,
        _proto_nearest_picture,
        _proto_mean_of_distances,
        _proto_first_picture,
        _proto_dot,
        _proto_cosine,
        _proto_absolute,
        _proto_median,
        _proto_turned,
        _proto_probabilities,
        _proto_log_probabilities,
        _proto_answers,
        _proto_halved,
    ),
)
