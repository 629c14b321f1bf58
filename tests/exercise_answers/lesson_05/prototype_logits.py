"""Answers to 05.prototype_logits as people write them: see tests/attack_exercises.py."""

import torch
from torch.nn.functional import normalize, one_hot


def wide(generator):
    n_way, d, more = (int(torch.randint(1, 9, (), generator=generator)) for _ in range(3))
    label = torch.cat([torch.arange(n_way), torch.randint(n_way, (more,), generator=generator)])
    label = label[torch.randperm(len(label), generator=generator)]
    draw = 3 * torch.randn(len(label) + 5, d, generator=generator) + 2
    return {"support": draw[: len(label)], "label": label, "query": draw[len(label) :]}


def right_with_cdist(support, label, query):
    means = torch.stack([support[label == n].mean(0) for n in label.unique()])
    return -((query.unsqueeze(1) - means.unsqueeze(0)) ** 2).sum(dim=2)


def right_by_one_hot(support, label, query):
    member = one_hot(label).to(support.dtype).T
    means = member @ support / member.sum(1, keepdim=True)
    return -(query[:, None, :] - means[None]).pow(2).sum(-1)


def right_in_loops(support, label, query):
    n_way = label.max() + 1
    rows = []
    for q in query:
        row = []
        for n in range(n_way):
            c = support[label == n].mean(dim=0)
            row.append(-((q - c) ** 2).sum())
        rows.append(torch.stack(row))
    return torch.stack(rows)


def right_by_index_add(support, label, query):
    n_way = len(torch.unique(label))
    sums = torch.zeros(n_way, support.shape[1], dtype=support.dtype).index_add(0, label, support)
    means = sums / torch.bincount(label)[:, None]
    return -(means - query[:, None]).square().sum(2)


def right_expanded_square(support, label, query):
    c = torch.stack([support[label == n].mean(0) for n in range(int(label.max()) + 1)])
    return 2 * query @ c.T - (query * query).sum(1)[:, None] - (c * c).sum(1)[None]


def wrong_distance(support, label, query):
    """proto_not_squared"""
    c = torch.stack([support[label == n].mean(0) for n in range(int(label.max()) + 1)])
    return -((query[:, None] - c) ** 2).sum(-1).sqrt()


def wrong_positive(support, label, query):
    """proto_sign"""
    c = torch.stack([support[label == n].mean(0) for n in label.unique()])
    return ((query[:, None] - c) ** 2).sum(-1)


def wrong_reshaped(support, label, query):
    """proto_in_blocks"""
    n_way = int(label.max()) + 1
    per_class = len(support) // n_way
    c = support[: n_way * per_class].reshape(n_way, per_class, -1).mean(1)
    return -((query[:, None] - c) ** 2).sum(-1)


def wrong_order_of_appearance(support, label, query):
    names = list(dict.fromkeys(label.tolist()))
    c = torch.stack([support[label == n].mean(0) for n in names])
    return -((query[:, None] - c) ** 2).sum(-1)


def wrong_of_normalised(support, label, query):
    s, q = normalize(support, dim=1), normalize(query, dim=1)
    c = torch.stack([s[label == n].mean(0) for n in range(int(label.max()) + 1)])
    return -((q[:, None] - c) ** 2).sum(-1)


def wrong_centred(support, label, query):
    c = torch.stack([support[label == n].mean(0) for n in range(int(label.max()) + 1)])
    d = -((query[:, None] - c) ** 2).sum(-1)
    return d - d.mean(1, keepdim=True)


def wrong_detached(support, label, query):
    c = torch.stack([support[label == n].mean(0) for n in range(int(label.max()) + 1)]).detach()
    return -((query[:, None] - c) ** 2).sum(-1)


def wrong_every_support_picture(support, label, query):
    return -((query[:, None] - support) ** 2).sum(-1)


def wrong_mean_of_everything(support, label, query):
    """proto_mean_over_features"""
    c = torch.stack([support[label == n].mean(0) for n in range(int(label.max()) + 1)])
    return -((query[:, None] - c) ** 2).mean(dim=2)


def wrong_similarity(support, label, query):
    c = torch.stack([support[label == n].mean(0) for n in range(int(label.max()) + 1)])
    return 1 / (1 + ((query[:, None] - c) ** 2).sum(-1))


def wrong_divided_by_five(support, label, query):
    c = torch.stack([support[label == n].sum(0) / 5 for n in range(int(label.max()) + 1)])
    return -((query[:, None] - c) ** 2).sum(-1)


def wrong_choice(support, label, query):
    """proto_answers"""
    c = torch.stack([support[label == n].mean(0) for n in range(int(label.max()) + 1)])
    return torch.cdist(query, c).argmin(1)
