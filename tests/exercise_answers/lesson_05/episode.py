"""Answers to 05.episode as people write them: see tests/attack_exercises.py."""

import torch


def wide(generator):
    n_characters, writers = (int(torch.randint(8, 12, (), generator=generator)) for _ in range(2))
    n_way = int(torch.randint(3, 5, (), generator=generator))
    k_shot, n_query = (int(torch.randint(1, 4, (), generator=generator)) for _ in range(2))
    seed = int(torch.randint(2**31, (), generator=generator))
    return {
        "pictures": torch.randn(n_characters, writers, 3, generator=generator),
        "n_way": n_way,
        "k_shot": k_shot,
        "n_query": n_query,
        "generator": torch.Generator().manual_seed(seed),
    }


def _sides(drawn, k_shot):
    n = len(drawn)
    parts = drawn[:, :k_shot], drawn[:, k_shot:]
    return tuple(
        {"x": p.reshape(-1, *p.shape[2:]), "y": torch.arange(n).repeat_interleave(p.shape[1])} for p in parts
    )


def right_in_a_loop(pictures, n_way, k_shot, n_query, generator):
    xs, ys, xq, yq = [], [], [], []
    characters = torch.randperm(len(pictures), generator=generator)[:n_way]
    for label, c in enumerate(characters):
        writers = torch.randperm(pictures.shape[1], generator=generator)
        xs.append(pictures[c][writers[:k_shot]])
        xq.append(pictures[c][writers[k_shot : k_shot + n_query]])
        ys += [label] * k_shot
        yq += [label] * n_query
    return {"x": torch.cat(xs), "y": torch.tensor(ys)}, {"x": torch.cat(xq), "y": torch.tensor(yq)}


def right_same_writers_for_all(pictures, n_way, k_shot, n_query, generator):
    who = torch.randperm(len(pictures), generator=generator)[:n_way]
    writers = torch.randperm(pictures.shape[1], generator=generator)[: k_shot + n_query]
    return _sides(pictures[who][:, writers], k_shot)


def right_by_multinomial(pictures, n_way, k_shot, n_query, generator):
    who = torch.multinomial(torch.ones(len(pictures)), n_way, generator=generator)
    even = torch.ones(n_way, pictures.shape[1])
    order = torch.multinomial(even, k_shot + n_query, generator=generator)
    return _sides(pictures[who[:, None], order], k_shot)


def right_shuffled_rows(pictures, n_way, k_shot, n_query, generator):
    support, query = right_in_a_loop(pictures, n_way, k_shot, n_query, generator)
    order = torch.randperm(len(query["y"]), generator=generator)
    return support, {name: value[order] for name, value in query.items()}


def right_as_a_list(pictures, n_way, k_shot, n_query, generator):
    order = torch.rand(len(pictures), generator=generator).argsort()[:n_way]
    keys = torch.rand(n_way, pictures.shape[1], generator=generator).topk(k_shot + n_query).indices
    return list(_sides(pictures[order.unsqueeze(1), keys], k_shot))


def wrong_slices(pictures, n_way, k_shot, n_query, generator):
    """episode_first_writers"""
    who = torch.randperm(len(pictures), generator=generator)[:n_way]
    return _sides(pictures[who, : k_shot + n_query], k_shot)


def wrong_whole_support_in_query(pictures, n_way, k_shot, n_query, generator):
    """episode_support_inside"""
    who = torch.randperm(len(pictures), generator=generator)[:n_way]
    order = torch.rand(n_way, pictures.shape[1], generator=generator).argsort(1)
    support, _ = _sides(pictures[who[:, None], order[:, : k_shot + 1]], k_shot)
    _, query = _sides(pictures[who[:, None], order[:, :n_query]], 0)
    return support, query


def wrong_two_draws(pictures, n_way, k_shot, n_query, generator):
    """episode_shared"""
    who = torch.randperm(len(pictures), generator=generator)[:n_way]
    found = []
    for n in (k_shot, n_query):
        order = torch.rand(n_way, pictures.shape[1], generator=generator).argsort(1)[:, :n]
        found.append(_sides(pictures[who[:, None], order], n)[0])
    return tuple(found)


def wrong_sorted(pictures, n_way, k_shot, n_query, generator):
    """episode_sorted"""
    who = torch.randperm(len(pictures), generator=generator)[:n_way].sort()[0]
    order = torch.rand(n_way, pictures.shape[1], generator=generator).argsort(1)[:, : k_shot + n_query]
    return _sides(pictures[who[:, None], order], k_shot)


def wrong_mask(pictures, n_way, k_shot, n_query, generator):
    """episode_sorted"""
    chosen = torch.zeros(len(pictures), dtype=torch.bool)
    chosen[torch.randperm(len(pictures), generator=generator)[:n_way]] = True
    order = torch.rand(n_way, pictures.shape[1], generator=generator).argsort(1)[:, : k_shot + n_query]
    return _sides(pictures[chosen][torch.arange(n_way)[:, None], order], k_shot)


def wrong_labels_of_the_data(pictures, n_way, k_shot, n_query, generator):
    """episode_rows_as_classes"""
    who = torch.randperm(len(pictures), generator=generator)[:n_way]
    order = torch.rand(n_way, pictures.shape[1], generator=generator).argsort(1)[:, : k_shot + n_query]
    sides = _sides(pictures[who[:, None], order], k_shot)
    return tuple({"x": s["x"], "y": who.repeat_interleave(len(s["y"]) // n_way)} for s in sides)


def wrong_first_ones(pictures, n_way, k_shot, n_query, generator):
    """episode_first_characters"""
    order = torch.rand(n_way, pictures.shape[1], generator=generator).argsort(1)[:, : k_shot + n_query]
    return _sides(pictures[torch.arange(n_way)[:, None], order], k_shot)


def wrong_dice(pictures, n_way, k_shot, n_query, generator):
    """episode_character_twice"""
    who = torch.randint(0, len(pictures), (n_way,), generator=generator)
    order = torch.rand(n_way, pictures.shape[1], generator=generator).argsort(1)[:, : k_shot + n_query]
    return _sides(pictures[who[:, None], order], k_shot)


def wrong_seeded_inside(pictures, n_way, k_shot, n_query, generator):
    """episode_own_seed"""
    return right_in_a_loop(pictures, n_way, k_shot, n_query, torch.Generator().manual_seed(3))


def wrong_global_draws(pictures, n_way, k_shot, n_query, generator):
    """episode_no_generator"""
    who = torch.randperm(len(pictures))[:n_way]
    order = torch.rand(n_way, pictures.shape[1]).argsort(1)[:, : k_shot + n_query]
    return _sides(pictures[who[:, None], order], k_shot)


def wrong_interleaved(pictures, n_way, k_shot, n_query, generator):
    support, query = right_in_a_loop(pictures, n_way, k_shot, n_query, generator)
    return support, {"x": query["x"], "y": query["y"].roll(1)}


def wrong_flat_tuple(pictures, n_way, k_shot, n_query, generator):
    support, query = right_in_a_loop(pictures, n_way, k_shot, n_query, generator)
    return support["x"], support["y"], query["x"], query["y"]


def wrong_one_shot_only(pictures, n_way, k_shot, n_query, generator):
    return right_in_a_loop(pictures, n_way, 1, n_query, generator)


def wrong_counts_from_one(pictures, n_way, k_shot, n_query, generator):
    sides = right_in_a_loop(pictures, n_way, k_shot, n_query, generator)
    return tuple({"x": s["x"], "y": s["y"] + 1} for s in sides)


def wrong_one_query_row(pictures, n_way, k_shot, n_query, generator):
    """episode_query_in_total"""
    support, query = right_in_a_loop(pictures, n_way, k_shot, n_query, generator)
    return support, {"x": query["x"][:n_query], "y": query["y"][:n_query]}
