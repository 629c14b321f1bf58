"""Answers to 13.guess_interval as people write them: see tests/attack_exercises.py."""

import math

import torch


def wide(generator):
    asked = int(torch.randint(1, 500, (), generator=generator))
    right = int(torch.randint(0, asked + 1, (), generator=generator))
    return {"right": right, "asked": asked, "z": 0.2 + 3 * torch.rand((), generator=generator).item()}


def right_textbook(right, asked, z=1.96):
    p = right / asked
    denominator = 1 + z * z / asked
    centre = p + z * z / (2 * asked)
    margin = z * math.sqrt((p * (1 - p) + z * z / (4 * asked)) / asked)
    return (centre - margin) / denominator, (centre + margin) / denominator


def right_with_counts(right, asked, z=1.96):
    wrong = asked - right
    middle = (right + z**2 / 2) / (asked + z**2)
    reach = z / (asked + z**2) * math.sqrt(right * wrong / asked + z**2 / 4)
    return middle - reach, middle + reach


def right_quadratic(right, asked, z=1.96):
    a, b, c = asked + z**2, -(2 * right + z**2), right**2 / asked
    root = math.sqrt(max(b * b - 4 * a * c, 0.0))
    return (-b - root) / (2 * a), (-b + root) / (2 * a)


def right_numpy_roots(right, asked, z=1.96):
    import numpy as np

    roots = np.roots([asked + z**2, -(2 * right + z**2), right**2 / asked]).real
    return float(min(roots)), float(max(roots))


def right_clipped(right, asked, z=1.96):
    low, high = right_textbook(right, asked, z)
    return max(low, 0.0), min(high, 1.0)


def wrong_wald(right, asked, z=1.96):
    """plain_error"""
    p = right / asked
    se = math.sqrt(p * (1 - p) / asked)
    return p - z * se, p + z * se


def wrong_wald_clipped(right, asked, z=1.96):
    """plain_error_cut"""
    p = right / asked
    se = math.sqrt(p * (1 - p) / asked)
    return max(0, p - z * se), min(1, p + z * se)


def wrong_hoeffding(right, asked, z=1.96):
    p, reach = right / asked, math.sqrt(math.log(2 / 0.05) / (2 * asked))
    return p - reach, p + reach


def wrong_conservative(right, asked, z=1.96):
    """coin_error"""
    p = right / asked
    return p - z * 0.5 / math.sqrt(asked), p + z * 0.5 / math.sqrt(asked)


def wrong_agresti(right, asked, z=1.96):
    """two_and_two"""
    n = asked + z * z
    p = (right + z * z / 2) / n
    reach = z * math.sqrt(p * (1 - p) / n)
    return p - reach, p + reach


def wrong_plus_four(right, asked, z=1.96):
    """plus_four"""
    n, p = asked + 4, (right + 2) / (asked + 4)
    reach = z * math.sqrt(p * (1 - p) / n)
    return p - reach, p + reach


def wrong_z_fixed(right, asked, z=1.96):
    """always_at_95"""
    return right_textbook(right, asked, 1.96)


def wrong_one_sided(right, asked, z=1.96):
    """one_sided"""
    return right_textbook(right, asked, 1.645)


def wrong_half(right, asked, z=1.96):
    """middle_and_reach"""
    low, high = right_textbook(right, asked, z)
    return (low + high) / 2, (high - low) / 2


def wrong_order(right, asked, z=1.96):
    """high_before_low"""
    low, high = right_textbook(right, asked, z)
    return high, low


def wrong_per_cent(right, asked, z=1.96):
    """in_per_cent"""
    low, high = right_textbook(right, asked, z)
    return 100 * low, 100 * high


def wrong_sample_variance(right, asked, z=1.96):
    p = right / asked
    se = math.sqrt(p * (1 - p) / max(asked - 1, 1))
    return p - z * se, p + z * se


def wrong_undivided(right, asked, z=1.96):
    """not_divided"""
    p = right / asked
    centre, margin = p + z * z / (2 * asked), z * math.sqrt(p * (1 - p) / asked + z * z / (4 * asked**2))
    return centre - margin, centre + margin


def wrong_forgot_quarter(right, asked, z=1.96):
    """quarter_forgotten"""
    p = right / asked
    d = 1 + z * z / asked
    m = z * math.sqrt(p * (1 - p) / asked + z * z / asked**2)
    return (p + z * z / (2 * asked) - m) / d, (p + z * z / (2 * asked) + m) / d
