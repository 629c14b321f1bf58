"""Answers to 00.split_task as people write them: see tests/attack_exercises.py."""

import random

import torch


def wide(generator):
    n = int(torch.randint(4, 30, (), generator=generator))
    shape = [(2,), (), (1, 4, 4), (3,)][int(torch.randint(4, (), generator=generator))]
    seed = int(torch.randint(2**31, (), generator=generator))
    return {
        "examples": torch.randn(n, *shape, generator=generator),
        "k_support": int(torch.randint(1, n, (), generator=generator)),
        "generator": torch.Generator().manual_seed(seed),
    }


def right_shuffles_the_rows(examples, k_support, generator):
    shuffled = examples[torch.randperm(len(examples), generator=generator)]
    return shuffled[:k_support], shuffled[k_support:]


def right_by_sorting(examples, k_support, generator):
    order = torch.rand(len(examples), generator=generator).argsort()
    return examples[order[:k_support]], examples[order[k_support:]]


def right_by_split(examples, k_support, generator):
    order = torch.randperm(len(examples), generator=generator)
    return examples[order].split([k_support, len(examples) - k_support])


def right_with_a_mask(examples, k_support, generator):
    chosen = torch.randperm(len(examples), generator=generator)[:k_support]
    mask = torch.zeros(len(examples), dtype=torch.bool)
    mask[chosen] = True
    return examples[mask], examples[~mask]


def right_by_multinomial(examples, k_support, generator):
    order = torch.multinomial(torch.ones(len(examples)), len(examples), generator=generator)
    return [examples[order[:k_support]], examples[order[k_support:]]]


def wrong_rolls(examples, k_support, generator):
    """split_turned"""
    shift = int(torch.randint(len(examples), (), generator=generator))
    rolled = examples.roll(shift, 0)
    return rolled[:k_support], rolled[k_support:]


def wrong_shuffles_the_query_only(examples, k_support, generator):
    """split_cut_first"""
    rest = examples[k_support:]
    return examples[:k_support], rest[torch.randperm(len(rest), generator=generator)]


def wrong_shuffles_the_support_only(examples, k_support, generator):
    """split_cut_first"""
    first = examples[:k_support]
    return first[torch.randperm(k_support, generator=generator)], examples[k_support:]


def wrong_one_swap(examples, k_support, generator):
    """split_one_swap"""
    i, j = torch.randint(len(examples), (2,), generator=generator).tolist()
    order = list(range(len(examples)))
    order[i], order[j] = order[j], order[i]
    return examples[order[:k_support]], examples[order[k_support:]]


def wrong_loses_the_last(examples, k_support, generator):
    """split_loses_one"""
    order = torch.randperm(len(examples), generator=generator)
    return examples[order[:k_support]], examples[order[k_support:-1]]


def wrong_one_too_many(examples, k_support, generator):
    order = torch.randperm(len(examples), generator=generator)
    return examples[order[: k_support + 1]], examples[order[k_support + 1 :]]


def wrong_seed_of_its_own(examples, k_support, generator):
    """split_fixed_seed"""
    order = torch.randperm(len(examples), generator=torch.Generator().manual_seed(0))
    return examples[order[:k_support]], examples[order[k_support:]]


def wrong_slice_after_one_shuffle(examples, k_support, generator):
    """split_shares_one"""
    order = torch.randperm(len(examples), generator=generator)
    return examples[order[:k_support]], examples[order[k_support - 1 :]]


def wrong_reseeds(examples, k_support, generator):
    """split_fixed_seed"""
    order = torch.randperm(len(examples), generator=generator.manual_seed(1))
    return examples[order[:k_support]], examples[order[k_support:]]


def wrong_indices(examples, k_support, generator):
    order = torch.randperm(len(examples), generator=generator)
    return order[:k_support], order[k_support:]


def wrong_new_rows(examples, k_support, generator):
    """split_coordinates"""
    order = torch.randperm(len(examples), generator=generator)
    return examples[order[:k_support]] + 1, examples[order[k_support:]]


def wrong_first_half_against_second(examples, k_support, generator):
    half = len(examples) // 2
    order = torch.randperm(half, generator=generator)
    return examples[order[:k_support]], torch.cat([examples[order[k_support:]], examples[half:]])


def wrong_never_the_first(examples, k_support, generator):
    order = 1 + torch.randperm(len(examples) - 1, generator=generator)
    return examples[order[:k_support]], torch.cat([examples[:1], examples[order[k_support:]]])


def wrong_random_shuffle(examples, k_support, generator):
    """split_overwritten"""
    random.shuffle(examples)
    support = examples[:k_support]
    query = examples[k_support:]
    return support, query


def wrong_swaps_rows(examples, k_support, generator):
    """split_overwritten"""
    for i in range(len(examples) - 1, 0, -1):
        j = int(torch.randint(i + 1, (), generator=generator))
        examples[i], examples[j] = examples[j], examples[i]
    return examples[:k_support], examples[k_support:]


def wrong_generator_by_place(examples, k_support, generator):
    """split_generator_by_place"""
    shuffled = examples[torch.randperm(examples.shape[0], generator)]
    return shuffled[:k_support], shuffled[k_support:]


def wrong_drawn_with_replacement(examples, k_support, generator):
    """split_with_replacement"""
    order = torch.randint(0, len(examples), (len(examples),), generator=generator)
    return examples[order[:k_support]], examples[order[k_support:]]


def wrong_query_of_the_unshuffled(examples, k_support, generator):
    """split_query_in_order"""
    keys = torch.rand(len(examples), generator=generator).argsort()
    return examples[keys][:k_support], examples[k_support:]


def wrong_support_of_the_unshuffled(examples, k_support, generator):
    """split_support_in_order"""
    shuffled = examples[torch.randperm(len(examples), generator=generator)]
    return examples[:k_support], shuffled[k_support:]


def wrong_shuffled_in_place(examples, k_support, generator):
    examples[:] = examples[torch.randperm(len(examples), generator=generator)]
    return examples[:k_support], examples[k_support:]


def wrong_two_orders(examples, k_support, generator):
    """split_two_shuffles"""
    first = torch.rand(len(examples), generator=generator).argsort()
    second = torch.rand(len(examples), generator=generator).argsort()
    return examples[first[:k_support]], examples[second[k_support:]]
