"""Answers to 06.truncated_loss as people write them: see tests/attack_exercises.py."""

import torch
from torch import Tensor

from metagan_course.answers.rules import cut_off
from metagan_course.exercises.lesson_06.truncated_loss import Ball, Height, _seen
from metagan_course.trees import tree_map

look = _seen


def wide(generator):
    n, n_steps, cut = (int(torch.randint(1, 9, (), generator=generator)) for _ in range(3))
    h = 0.2 + torch.rand(n, generator=generator, dtype=torch.float64)
    psi = 0.8 * torch.rand(2, generator=generator, dtype=torch.float64)
    state = {"v": torch.randn(n, generator=generator, dtype=torch.float64), "t": 3}
    start = {"w": torch.randn(n, generator=generator, dtype=torch.float64)}
    return {
        "move": Ball(h, psi),
        "judge": Height(h),
        "weights": start,
        "state": state,
        "n_steps": n_steps,
        "cut": cut,
    }


def right_collecting(move, judge, weights, state, n_steps, cut):
    found = []
    for k in range(n_steps):
        if k % cut == 0:
            weights = {n: w.detach() for n, w in weights.items()}
            state = tree_map(lambda x: x.detach() if torch.is_tensor(x) else x, state)
        weights, state = move(weights, state)
        found.append(judge(weights))
    return torch.stack(found).mean()


def right_cut_after_judging(move, judge, weights, state, n_steps, cut):
    total = 0.0
    for k in range(1, n_steps + 1):
        weights, state = move(weights, state)
        total += judge(weights) / n_steps
        if k % cut == 0:
            weights, state = cut_off(weights), cut_off(state)
    return total


def right_in_pieces(move, judge, weights, state, n_steps, cut):
    total = 0
    for first in range(0, n_steps, cut):
        weights, state = cut_off(weights), cut_off(state)
        for _ in range(min(cut, n_steps - first)):
            weights, state = move(weights, state)
            total = total + judge(weights)
    return total / n_steps


def right_counting_down(move, judge, weights, state, n_steps, cut):
    left, losses = cut, []
    while len(losses) < n_steps:
        if left == 0:
            weights, state = cut_off((weights, state))
            left = cut
        weights, state = move(weights, state)
        losses.append(judge(weights))
        left -= 1
    return sum(losses) / len(losses)


def right_recursive(move, judge, weights, state, n_steps, cut):
    def rest(weights, state, k):
        if k == n_steps:
            return 0
        if k % cut == 0:
            weights, state = cut_off(weights), cut_off(state)
        weights, state = move(weights, state)
        return judge(weights) + rest(weights, state, k + 1)

    return rest(weights, state, 0) / n_steps


def wrong_whole_graph(move, judge, weights, state, n_steps, cut):
    """never_cut"""
    losses = []
    for _ in range(n_steps):
        weights, state = move(weights, state)
        losses.append(judge(weights))
    return torch.stack(losses).mean()


def wrong_weights_only(move, judge, weights, state, n_steps, cut):
    """state_not_cut"""
    losses = []
    for k in range(n_steps):
        if k % cut == 0:
            weights = {n: w.detach() for n, w in weights.items()}
        weights, state = move(weights, state)
        losses.append(judge(weights))
    return torch.stack(losses).mean()


def wrong_state_only(move, judge, weights, state, n_steps, cut):
    """weights_not_cut"""
    losses = []
    for k in range(n_steps):
        if k % cut == 0:
            state = cut_off(state)
        weights, state = move(weights, state)
        losses.append(judge(weights))
    return torch.stack(losses).mean()


def wrong_every_time(move, judge, weights, state, n_steps, cut):
    """always_cut"""
    total = 0
    for _ in range(n_steps):
        weights, state = move(cut_off(weights), cut_off(state))
        total = total + judge(weights)
    return total / n_steps


def wrong_detached_judgement(move, judge, weights, state, n_steps, cut):
    total = 0
    for k in range(n_steps):
        if k % cut == 0:
            weights, state = cut_off(weights), cut_off(state)
        weights, state = move(weights, state)
        total = total + judge(weights).detach()
    return total / n_steps


def wrong_last_judgement(move, judge, weights, state, n_steps, cut):
    """only_the_end"""
    for k in range(n_steps):
        if k % cut == 0:
            weights, state = cut_off(weights), cut_off(state)
        weights, state = move(weights, state)
    return judge(weights)


def wrong_sum(move, judge, weights, state, n_steps, cut):
    """summed"""
    total = 0
    for k in range(n_steps):
        if k % cut == 0:
            weights, state = cut_off(weights), cut_off(state)
        weights, state = move(weights, state)
        total = total + judge(weights)
    return total


def wrong_cut_first_judge_then(move, judge, weights, state, n_steps, cut):
    """cut_before_judging"""
    total = 0
    for k in range(n_steps):
        weights, state = move(weights, state)
        if (k + 1) % cut == 0:
            weights, state = cut_off(weights), cut_off(state)
        total = total + judge(weights)
    return total / n_steps + 0 * move.psi.sum()


def wrong_number(move, judge, weights, state, n_steps, cut):
    total = 0
    for _ in range(n_steps):
        weights, state = move(weights, state)
        total += judge(weights).item()
    return total / n_steps


def wrong_mean_of_pieces(move, judge, weights, state, n_steps, cut):
    pieces: list[Tensor] = []
    for first in range(0, n_steps, cut):
        weights, state, piece = cut_off(weights), cut_off(state), []
        for _ in range(min(cut, n_steps - first)):
            weights, state = move(weights, state)
            piece.append(judge(weights))
        pieces.append(torch.stack(piece).mean())
    return torch.stack(pieces).mean()


def wrong_one_off(move, judge, weights, state, n_steps, cut):
    total = 0
    for k in range(n_steps):
        if (k + 1) % cut == 0:
            weights, state = cut_off(weights), cut_off(state)
        weights, state = move(weights, state)
        total = total + judge(weights)
    return total / n_steps


def wrong_start_counted(move, judge, weights, state, n_steps, cut):
    total = judge(weights)
    for k in range(n_steps):
        if k % cut == 0:
            weights, state = cut_off(weights), cut_off(state)
        weights, state = move(weights, state)
        total = total + judge(weights)
    return total / (n_steps + 1)
