"""Answers to 07.seen_and_unseen as people write them: see tests/attack_exercises.py."""

import torch

from metagan_course.exercises.lesson_07.seen_and_unseen import around_the_mean, far


def wide(generator):
    t, s, q, d = (1 + torch.randint(1, 6, (4,), generator=generator)).tolist()
    return {
        "adapt": around_the_mean,
        "distance": far,
        "drawings": 2 * torch.randn(t, s + q, d, generator=generator),
        "n_support": s,
    }


def right_in_a_loop(adapt, distance, drawings, n_support):
    seen = unseen = 0.0
    for task in drawings:
        x = adapt(task[:n_support])
        seen += distance(x, task[:n_support])
        unseen += distance(x, task[n_support:])
    return seen / len(drawings), unseen / len(drawings)


def right_as_floats(adapt, distance, drawings, n_support):
    found = []
    for i in range(drawings.shape[0]):
        support, query = drawings[i, :n_support], drawings[i, n_support:]
        made = adapt(support)
        found.append((distance(made, support).item(), distance(made, query).item()))
    return tuple(sum(column) / len(column) for column in zip(*found, strict=True))


def right_stacked(adapt, distance, drawings, n_support):
    rows = []
    for support, query in zip(drawings[:, :n_support], drawings[:, n_support:], strict=True):
        x = adapt(support)
        rows.append(torch.stack([distance(x, support), distance(x, query)]))
    return torch.stack(rows).mean(0)


def right_adapts_twice_to_the_support(adapt, distance, drawings, n_support):
    a = torch.stack([distance(adapt(t[:n_support]), t[:n_support]) for t in drawings]).mean()
    b = torch.stack([distance(adapt(t[:n_support]), t[n_support:]) for t in drawings]).mean()
    return a, b


def right_as_list(adapt, distance, drawings, n_support):
    made = [adapt(t[:n_support]) for t in drawings]
    sides = drawings.tensor_split([n_support], dim=1)
    return [torch.stack([distance(m, t) for m, t in zip(made, side, strict=True)]).mean() for side in sides]


def wrong_figr(adapt, distance, drawings, n_support):
    """leak_support_twice"""
    d = torch.stack([distance(adapt(t[:n_support]), t[:n_support]) for t in drawings]).mean()
    return d, d


def wrong_query_is_all(adapt, distance, drawings, n_support):
    """leak_all_asked"""
    x = [adapt(t[:n_support]) for t in drawings]
    return (
        torch.stack([distance(a, t[:n_support]) for a, t in zip(x, drawings, strict=True)]).mean(),
        torch.stack([distance(a, t) for a, t in zip(x, drawings, strict=True)]).mean(),
    )


def wrong_trained_on_all(adapt, distance, drawings, n_support):
    """leak_adapted_to_all"""
    x = [adapt(t) for t in drawings]
    return (
        torch.stack([distance(a, t[:n_support]) for a, t in zip(x, drawings, strict=True)]).mean(),
        torch.stack([distance(a, t[n_support:]) for a, t in zip(x, drawings, strict=True)]).mean(),
    )


def wrong_two_adaptations(adapt, distance, drawings, n_support):
    """leak_adapted_twice"""
    s, q = drawings[:, :n_support], drawings[:, n_support:]
    return tuple(torch.stack([distance(adapt(t), t) for t in side]).mean() for side in (s, q))


def wrong_order(adapt, distance, drawings, n_support):
    """leak_exchanged"""
    seen, unseen = right_in_a_loop(adapt, distance, drawings, n_support)
    return unseen, seen


def wrong_summed(adapt, distance, drawings, n_support):
    """leak_sum"""
    n = len(drawings)
    return tuple(n * x for x in right_in_a_loop(adapt, distance, drawings, n_support))


def wrong_first(adapt, distance, drawings, n_support):
    """leak_one_task"""
    task = drawings[0]
    x = adapt(task[:n_support])
    return distance(x, task[:n_support]), distance(x, task[n_support:])


def wrong_overwritten(adapt, distance, drawings, n_support):
    """leak_last_task"""
    for task in drawings:
        x = adapt(task[:n_support])
        seen, unseen = distance(x, task[:n_support]), distance(x, task[n_support:])
    return seen, unseen


def wrong_one_model(adapt, distance, drawings, n_support):
    """leak_one_generator"""
    x = adapt(drawings[0][:n_support])
    return (
        torch.stack([distance(x, t[:n_support]) for t in drawings]).mean(),
        torch.stack([distance(x, t[n_support:]) for t in drawings]).mean(),
    )


def wrong_difference(adapt, distance, drawings, n_support):
    """leak_gap"""
    seen, unseen = right_in_a_loop(adapt, distance, drawings, n_support)
    return seen, unseen - seen


def wrong_no_generator(adapt, distance, drawings, n_support):
    """leak_support_as_samples"""
    s, q = drawings[:, :n_support], drawings[:, n_support:]
    return (
        torch.stack([distance(a, a) for a in s]).mean(),
        torch.stack([distance(a, b) for a, b in zip(s, q, strict=True)]).mean(),
    )


def wrong_lists(adapt, distance, drawings, n_support):
    x = [adapt(t[:n_support]) for t in drawings]
    return (
        torch.stack([distance(a, t[:n_support]) for a, t in zip(x, drawings, strict=True)]),
        torch.stack([distance(a, t[n_support:]) for a, t in zip(x, drawings, strict=True)]),
    )


def wrong_only_unseen(adapt, distance, drawings, n_support):
    return right_in_a_loop(adapt, distance, drawings, n_support)[1]


def wrong_worst_task(adapt, distance, drawings, n_support):
    x = [adapt(t[:n_support]) for t in drawings]
    return (
        torch.stack([distance(a, t[:n_support]) for a, t in zip(x, drawings, strict=True)]).max() + 1,
        torch.stack([distance(a, t[n_support:]) for a, t in zip(x, drawings, strict=True)]).max() + 1,
    )
