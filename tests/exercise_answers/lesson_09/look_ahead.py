"""Answers to 09.look_ahead as people write them: see tests/attack_exercises.py."""

import torch
from torch.func import grad

from metagan_course.inner import adapt_path, slope


def right_slope(support_loss, query_loss, step, weights, n_steps):
    state, judged = step.init(weights), []
    for _ in range(n_steps):
        g = slope(support_loss, step, weights, first_order=True)
        weights, state = step(weights, g, state)
        judged.append(query_loss(weights))
    return torch.stack(judged).mean()


def right_adapt_path(support_loss, query_loss, step, weights, n_steps):
    loss = lambda w, _: support_loss(w)  # noqa: E731
    path = adapt_path(loss, weights, torch.zeros(1), step, n_steps, first_order=True)
    losses = [query_loss(w) for w in path][1:]
    return sum(losses) / len(losses)


def right_autograd(support_loss, query_loss, step, weights, n_steps):
    state, total = step.init(weights), 0.0
    for _ in range(n_steps):
        here = {n: w.detach().clone().requires_grad_() for n, w in weights.items()}
        names = list(step.moves(weights))
        found = torch.autograd.grad(support_loss(here), [here[n] for n in names])
        weights, state = step(weights, dict(zip(names, found, strict=True)), state)
        total = total + query_loss(weights) / n_steps
    return total


def right_func_grad_detached(support_loss, query_loss, step, weights, n_steps):
    state, total = step.init(weights), 0
    for _ in range(n_steps):
        gradient = {n: g.detach() for n, g in grad(support_loss)(weights).items()}
        weights, state = step.update(weights, gradient, state)
        total += query_loss(weights)
    return total / n_steps


def right_recursive(support_loss, query_loss, step, weights, n_steps):
    def rest(weights, state, left):
        if not left:
            return 0
        weights, state = step(weights, slope(support_loss, step, weights, first_order=True), state)
        return query_loss(weights) + rest(weights, state, left - 1)

    return rest(weights, step.init(weights), n_steps) / n_steps


def _path(loss, step, weights, n_steps, *, exact=False):
    state, path = step.init(weights), [weights]
    for _ in range(n_steps):
        weights, state = step(weights, slope(loss, step, weights, first_order=not exact), state)
        path.append(weights)
    return path


def wrong_exact(support_loss, query_loss, step, weights, n_steps):
    """second_order"""
    return sum(map(query_loss, _path(support_loss, step, weights, n_steps, exact=True)[1:])) / n_steps


def wrong_support(support_loss, query_loss, step, weights, n_steps):
    """on_support"""
    return sum(map(support_loss, _path(support_loss, step, weights, n_steps)[1:])) / n_steps


def wrong_query_steps(support_loss, query_loss, step, weights, n_steps):
    """steps_on_query"""
    return sum(map(query_loss, _path(query_loss, step, weights, n_steps)[1:])) / n_steps


def wrong_before(support_loss, query_loss, step, weights, n_steps):
    """before"""
    return sum(map(query_loss, _path(support_loss, step, weights, n_steps)[:-1])) / n_steps


def wrong_end(support_loss, query_loss, step, weights, n_steps):
    """last_only"""
    return query_loss(_path(support_loss, step, weights, n_steps)[-1])


def wrong_all(support_loss, query_loss, step, weights, n_steps):
    """with_start"""
    losses = [query_loss(w) for w in _path(support_loss, step, weights, n_steps)]
    return sum(losses) / len(losses)


def wrong_sum(support_loss, query_loss, step, weights, n_steps):
    """summed"""
    return sum(map(query_loss, _path(support_loss, step, weights, n_steps)[1:]))


def wrong_no_grad(support_loss, query_loss, step, weights, n_steps):
    """no_graph"""
    with torch.no_grad():
        return sum(map(query_loss, _path(support_loss, step, weights, n_steps)[1:])) / n_steps


def wrong_cut(support_loss, query_loss, step, weights, n_steps):
    """weights_cut"""
    state, total = step.init(weights), 0
    for _ in range(n_steps):
        weights = {n: w.detach() for n, w in weights.items()}
        weights, state = step(weights, grad(support_loss)(weights), state)
        total = total + query_loss(weights)
    return total / n_steps


def wrong_fresh_state(support_loss, query_loss, step, weights, n_steps):
    """state_forgotten"""
    total = 0
    for _ in range(n_steps):
        gradient = slope(support_loss, step, weights, first_order=True)
        weights = step(weights, gradient, step.init(weights))[0]
        total = total + query_loss(weights)
    return total / n_steps


def wrong_largest(support_loss, query_loss, step, weights, n_steps):
    """worst"""
    return torch.stack([query_loss(w) for w in _path(support_loss, step, weights, n_steps)[1:]]).max()
