"""Answers to 07.adapt_each as people write them: see tests/attack_exercises.py."""

import copy
import functools

import torch

from metagan_course.exercises.lesson_07.adapt_each import momentum, slope
from metagan_course.steps import adam


def wide(generator):
    t, k = torch.randint(1, 5, (2,), generator=generator).tolist()
    draw = lambda: {"w": 3 * torch.randn(3, generator=generator)}  # noqa: E731
    return {
        "slope": slope,
        "start": draw(),
        "tasks": [{**draw(), "h": torch.rand((), generator=generator)} for _ in range(t)],
        "step": momentum(0.1) if k % 2 else adam(0.2),
        "n_steps": k,
    }


def right_inner_function(slope, start, tasks, step, n_steps):
    def one(task):
        w, s = start, step.init(start)
        for _ in range(n_steps):
            g = slope(w, task)
            w, s = step(w, g, s)
        return w

    return [one(task) for task in tasks]


def right_copies(slope, start, tasks, step, n_steps):
    out = []
    for i in range(len(tasks)):
        weights = {k: v.clone() for k, v in start.items()}
        memory = step.init(weights)
        k = 0
        while k < n_steps:
            weights, memory = step.update(weights, slope(weights, tasks[i]), memory)
            k += 1
        out.append(weights)
    return out


def right_reduce(slope, start, tasks, step, n_steps):
    def move(here, _, task):
        weights, state = here
        return step(weights, slope(weights, task), state)

    return tuple(
        functools.reduce(functools.partial(move, task=task), range(n_steps), (start, step.init(start)))[0]
        for task in tasks
    )


def right_one_empty_memory_copied(slope, start, tasks, step, n_steps):
    empty, found = step.init(start), []
    for task in tasks:
        state, weights = copy.deepcopy(empty), dict(start)
        for _ in range(n_steps):
            weights, state = step(weights, slope(weights, task), state)
        found.append(weights)
    return found


def right_all_at_once(slope, start, tasks, step, n_steps):
    here = [(start, step.init(start)) for _ in tasks]
    for _ in range(n_steps):
        here = [step(w, slope(w, task), s) for (w, s), task in zip(here, tasks, strict=True)]
    return [w for w, _ in here]


def wrong_init_outside(slope, start, tasks, step, n_steps):
    """each_state_carried"""
    state = step.init(start)
    out = []
    for task in tasks:
        weights = dict(start)
        for _ in range(n_steps):
            weights, state = step(weights, slope(weights, task), state)
        out.append(weights)
    return out


def wrong_relay(slope, start, tasks, step, n_steps):
    """each_weights_carried"""
    out = []
    for task in tasks:
        state = step.init(start)
        for _ in range(n_steps):
            start, state = step(start, slope(start, task), state)
        out.append(start)
    return out


def wrong_all_carried(slope, start, tasks, step, n_steps):
    """each_both_carried"""
    out, state = [], step.init(start)
    for task in tasks:
        for _ in range(n_steps):
            start, state = step(start, slope(start, task), state)
        out.append(start)
    return out


def wrong_init_inside(slope, start, tasks, step, n_steps):
    """each_forgets"""
    out = []
    for task in tasks:
        w = start
        for _ in range(n_steps):
            s = step.init(w)
            w, s = step(w, slope(w, task), s)
        out.append(w)
    return out


def wrong_state_dropped(slope, start, tasks, step, n_steps):
    """each_forgets"""
    out = []
    for task in tasks:
        w, s = start, step.init(start)
        for _ in range(n_steps):
            w, _ = step(w, slope(w, task), s)
        out.append(w)
    return out


def wrong_slope_once(slope, start, tasks, step, n_steps):
    """each_slope_at_start"""
    out = []
    for task in tasks:
        g = slope(start, task)
        w, s = start, step.init(start)
        for _ in range(n_steps):
            w, s = step(w, g, s)
        out.append(w)
    return out


def wrong_off_by_one(slope, start, tasks, step, n_steps):
    """each_one_less"""
    return right_inner_function(slope, start, tasks, step, len(range(1, n_steps)))


def wrong_inclusive(slope, start, tasks, step, n_steps):
    """each_one_more"""
    return right_inner_function(slope, start, tasks, step, n_steps + 1)


def wrong_first_task(slope, start, tasks, step, n_steps):
    """each_same_task"""
    return right_inner_function(slope, start, [tasks[0]] * len(tasks), step, n_steps)


def wrong_result_dropped(slope, start, tasks, step, n_steps):
    """each_start"""
    out = []
    for task in tasks:
        w, s = start, step.init(start)
        for _ in range(n_steps):
            step(w, slope(w, task), s)
        out.append(w)
    return out


def wrong_backwards(slope, start, tasks, step, n_steps):
    """each_reversed"""
    return list(reversed(right_inner_function(slope, start, tasks, step, n_steps)))


def wrong_mean(slope, start, tasks, step, n_steps):
    ends = right_inner_function(slope, start, tasks, step, n_steps)
    return {n: torch.stack([e[n] for e in ends]).mean(0) for n in start}


def wrong_last_one(slope, start, tasks, step, n_steps):
    return right_inner_function(slope, start, tasks, step, n_steps)[-1]


def wrong_with_states(slope, start, tasks, step, n_steps):
    return [(w, step.init(w)) for w in right_inner_function(slope, start, tasks, step, n_steps)]
