"""Answers to 04.order_matters as people write them: see tests/attack_exercises.py."""

import torch

from metagan_course.tasks import Task


def _turned(tasks):
    return Task(tasks.support.flip(0), tasks.query.flip(0), tasks.label.flip(0))


def right_task_by_task(rule, loss, params, tasks, step, n_steps):
    there = rule(loss, params, tasks, step, n_steps)
    back = rule(loss, params, _turned(tasks), step, n_steps)
    n = len(there)
    return any(abs(there[t] - back[n - 1 - t]).item() > 1e-4 for t in range(n))


def right_largest_gap(rule, loss, params, tasks, step, n_steps):
    there = rule(loss, params, tasks, step, n_steps)
    back = rule(loss, params, _turned(tasks), step, n_steps)
    return ((there - back.flip(0)).abs().max() > 1e-4).item()


def right_as_a_tensor(rule, loss, params, tasks, step, n_steps):
    there, back = (rule(loss, params, t, step, n_steps) for t in (tasks, _turned(tasks)))
    return (~torch.isclose(there, back.flip(0), rtol=1e-3, atol=1e-4)).any()


def right_by_index(rule, loss, params, tasks, step, n_steps):
    order = torch.arange(len(tasks.support) - 1, -1, -1)
    back = rule(loss, params, Task(*(part[order] for part in tasks)), step, n_steps)
    return not torch.allclose(rule(loss, params, tasks, step, n_steps)[order], back, atol=1e-4)


def right_sorted_by_hand(rule, loss, params, tasks, step, n_steps):
    there = rule(loss, params, tasks, step, n_steps).tolist()
    back = rule(loss, params, tasks._replace(**_turned(tasks)._asdict()), step, n_steps).tolist()[::-1]
    return max(abs(a - b) for a, b in zip(there, back, strict=True)) > 1e-3 * max(there)


def wrong_first_task_only(rule, loss, params, tasks, step, n_steps):
    """order_one_place"""
    there = rule(loss, params, tasks, step, n_steps)
    back = rule(loss, params, _turned(tasks), step, n_steps)
    return not torch.allclose(there[:1], back[:1], rtol=1e-4)


def wrong_alone_in_its_batch(rule, loss, params, tasks, step, n_steps):
    alone = rule(loss, params, Task(*(part[:1] for part in tasks)), step, n_steps)
    return not torch.allclose(alone, rule(loss, params, tasks, step, n_steps)[:1], rtol=1e-4)


def wrong_tolerates_everything(rule, loss, params, tasks, step, n_steps):
    """order_never"""
    there = rule(loss, params, tasks, step, n_steps)
    back = rule(loss, params, _turned(tasks), step, n_steps)
    return not torch.allclose(there, back.flip(0), atol=1e9)


def wrong_returns_the_gap(rule, loss, params, tasks, step, n_steps):
    there = rule(loss, params, tasks, step, n_steps)
    back = rule(loss, params, _turned(tasks), step, n_steps)
    return (there - back.flip(0)).abs().max().item()


def wrong_gap_of_each(rule, loss, params, tasks, step, n_steps):
    there = rule(loss, params, tasks, step, n_steps)
    back = rule(loss, params, _turned(tasks), step, n_steps)
    return there != back.flip(0)


def wrong_flips_the_points(rule, loss, params, tasks, step, n_steps):
    """order_points_turned"""
    turned = Task(tasks.support.flip(1), tasks.query.flip(1), tasks.label)
    there, back = (rule(loss, params, t, step, n_steps) for t in (tasks, turned))
    return not torch.allclose(there, back, rtol=1e-4)


def wrong_words(rule, loss, params, tasks, step, n_steps):
    there = rule(loss, params, tasks, step, n_steps)
    back = rule(loss, params, _turned(tasks), step, n_steps)
    return "no" if torch.allclose(there, back.flip(0), rtol=1e-4) else "yes"


def wrong_looks_at_the_name(rule, loss, params, tasks, step, n_steps):
    return getattr(rule, "__name__", "") == "relay"


def wrong_query_only(rule, loss, params, tasks, step, n_steps):
    """order_query_only"""
    turned = tasks._replace(query=tasks.query.flip(0))
    there, back = (rule(loss, params, t, step, n_steps) for t in (tasks, turned))
    return not torch.allclose(there, back.flip(0), rtol=1e-4)


def wrong_two_tasks(rule, loss, params, tasks, step, n_steps):
    """order_always"""
    there = rule(loss, params, Task(*(part[:2] for part in tasks)), step, n_steps)
    return len(there) == 2


def wrong_last_value_unturned(rule, loss, params, tasks, step, n_steps):
    """order_one_place"""
    there = rule(loss, params, tasks, step, n_steps)
    back = rule(loss, params, _turned(tasks), step, n_steps)
    return bool((there[-1] - back[-1]).abs() > 1e-4)


def wrong_answer_turned(rule, loss, params, tasks, step, n_steps):
    """order_upside_down"""
    there = rule(loss, params, tasks, step, n_steps)
    back = rule(loss, params, _turned(tasks), step, n_steps)
    return torch.allclose(there, back.flip(0), rtol=1e-4)


def right_by_allclose_as_it_comes(rule, loss, params, tasks, step, n_steps):
    there = rule(loss, params, tasks, step, n_steps)
    back = rule(loss, params, _turned(tasks), step, n_steps)
    return not torch.allclose(there, back.flip(0))
