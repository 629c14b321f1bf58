"""Answers to 04.maml_losses as people write them: see tests/attack_exercises.py."""

import functools

import torch
from torch.func import grad, vmap

from metagan_course.inner import adapt, adapt_path


def right_in_a_loop(loss, params, tasks, step, n_steps, *, first_order=False):
    found = []
    for t in range(len(tasks.support)):
        w = adapt(loss, params, tasks.support[t], step, n_steps, first_order=first_order)
        found.append(loss(w, tasks.query[t]))
    return torch.stack(found)


def right_by_hand(loss, params, tasks, step, n_steps, *, first_order=False):
    def one(support, query):
        w, state = params, step.init(params)
        for _ in range(n_steps):
            slope = grad(loss)(w, support)
            slope = {n: g.detach() for n, g in slope.items()} if first_order else slope
            w, state = step(w, slope, state)
        return loss(w, query)

    return vmap(one)(tasks.support, tasks.query)


def right_with_partial(loss, params, tasks, step, n_steps, *, first_order=False):
    learn = functools.partial(adapt, loss, params, step=step, n_steps=n_steps, first_order=first_order)
    adapted = vmap(lambda support: learn(support=support))(tasks.support)
    return vmap(loss)(adapted, tasks.query)


def right_last_of_the_path(loss, params, tasks, step, n_steps, *, first_order=False):
    def one(pair):
        *_, w = adapt_path(loss, params, pair[0], step, n_steps, first_order=first_order)
        return loss(w, pair[1])

    return vmap(one)((tasks.support, tasks.query))


def right_concatenated(loss, params, tasks, step, n_steps, *, first_order=False):
    losses = [
        loss(adapt(loss, params, s, step, n_steps, first_order=first_order), q)[None]
        for s, q in zip(tasks.support, tasks.query, strict=True)
    ]
    return torch.cat(losses)


def wrong_always_five_steps(loss, params, tasks, step, n_steps, *, first_order=False):
    one = lambda s, q: loss(adapt(loss, params, s, step, 5, first_order=first_order), q)  # noqa: E731
    return vmap(one)(tasks.support, tasks.query)


def wrong_three_tasks(loss, params, tasks, step, n_steps, *, first_order=False):
    one = lambda s, q: loss(adapt(loss, params, s, step, n_steps, first_order=first_order), q)  # noqa: E731
    return torch.stack([one(tasks.support[t], tasks.query[t]) for t in range(3)])


def wrong_first_half_of_the_query(loss, params, tasks, step, n_steps, *, first_order=False):
    """losses_half_the_query"""

    def one(s, q):
        return loss(adapt(loss, params, s, step, n_steps, first_order=first_order), q[: len(q) // 2])

    return vmap(one)(tasks.support, tasks.query)


def wrong_neighbours_query(loss, params, tasks, step, n_steps, *, first_order=False):
    """losses_neighbours_query"""
    one = lambda s, q: loss(adapt(loss, params, s, step, n_steps, first_order=first_order), q)  # noqa: E731
    return vmap(one)(tasks.support, tasks.query.roll(1, 0))


def wrong_roots(loss, params, tasks, step, n_steps, *, first_order=False):
    """losses_roots"""
    one = lambda s, q: loss(adapt(loss, params, s, step, n_steps, first_order=first_order), q)  # noqa: E731
    return vmap(one)(tasks.support, tasks.query).sqrt()


def wrong_support_loss_added(loss, params, tasks, step, n_steps, *, first_order=False):
    """losses_support_added"""

    def one(s, q):
        w = adapt(loss, params, s, step, n_steps, first_order=first_order)
        return loss(w, q) + loss(w, s)

    return vmap(one)(tasks.support, tasks.query)


def wrong_summed_over_steps(loss, params, tasks, step, n_steps, *, first_order=False):
    """losses_along_the_way"""

    def one(s, q):
        path = adapt_path(loss, params, s, step, n_steps, first_order=first_order)
        return sum(loss(w, q) for w in path)

    return vmap(one)(tasks.support, tasks.query)


def wrong_sorted(loss, params, tasks, step, n_steps, *, first_order=False):
    one = lambda s, q: loss(adapt(loss, params, s, step, n_steps, first_order=first_order), q)  # noqa: E731
    return vmap(one)(tasks.support, tasks.query).sort().values


def wrong_weights_returned(loss, params, tasks, step, n_steps, *, first_order=False):
    """losses_weights"""
    return vmap(lambda s: adapt(loss, params, s, step, n_steps, first_order=first_order))(tasks.support)


def wrong_state_forgotten(loss, params, tasks, step, n_steps, *, first_order=False):
    """losses_step_forgets"""

    def one(s, q):
        w = params
        for _ in range(n_steps):
            w = adapt(loss, w, s, step, 1, first_order=first_order)
        return loss(w, q)

    return vmap(one)(tasks.support, tasks.query)


def wrong_column(loss, params, tasks, step, n_steps, *, first_order=False):
    """losses_column"""
    one = lambda s, q: loss(adapt(loss, params, s, step, n_steps, first_order=first_order), q)  # noqa: E731
    return vmap(one)(tasks.support, tasks.query)[:, None]


def wrong_items(loss, params, tasks, step, n_steps, *, first_order=False):
    """losses_cut"""
    pairs = zip(tasks.support, tasks.query, strict=True)
    return torch.tensor([loss(adapt(loss, params, s, step, n_steps), q).item() for s, q in pairs])


def wrong_relay(loss, params, tasks, step, n_steps, *, first_order=False):
    """losses_one_after_another"""
    losses = []
    for support, query in zip(tasks.support, tasks.query, strict=True):
        params = adapt(loss, params, support, step, n_steps, first_order=first_order)
        losses.append(loss(params, query))
    return torch.stack(losses)
