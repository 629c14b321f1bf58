"""Answers to 07.reptile_step as people write them: see tests/attack_exercises.py."""

import torch


def wide(generator):
    t, n, m = torch.randint(1, 6, (3,), generator=generator).tolist()
    draw = lambda *s: 3 * torch.randn(s, generator=generator)  # noqa: E731
    return {
        "gen": {"a": draw(n, m), "b": draw()},
        "disc": {"c": draw(m)},
        "gens": {"a": draw(t, n, m), "b": draw(t)},
        "discs": {"c": draw(t, m)},
        "beta": 1.5 * torch.rand((), generator=generator).item(),
    }


def right_lerp(gen, disc, gens, discs, beta):
    return (
        {n: torch.lerp(w, gens[n].mean(0), beta) for n, w in gen.items()},
        {n: torch.lerp(w, discs[n].mean(0), beta) for n, w in disc.items()},
    )


def right_by_gradient(gen, disc, gens, discs, beta):
    out = []
    for start, ends in [(gen, gens), (disc, discs)]:
        gradient = {k: start[k] - ends[k].mean(dim=0) for k in start}
        out.append({k: start[k] - beta * gradient[k] for k in start})
    return out


def right_mean_of_ways(gen, disc, gens, discs, beta):
    new_gen, new_disc = {}, {}
    for k, w in gen.items():
        new_gen[k] = w + beta * (gens[k] - w).mean(0)
    for k, w in disc.items():
        new_disc[k] = w + beta * (discs[k] - w.unsqueeze(0)).sum(0) / discs[k].shape[0]
    return new_gen, new_disc


def right_einsum(gen, disc, gens, discs, beta):
    def go(start, ends):
        found = {}
        for k in ends:
            weights = torch.full((len(ends[k]),), beta / len(ends[k]), dtype=ends[k].dtype)
            found[k] = (1 - beta) * start[k] + torch.einsum("t,t...->...", weights, ends[k])
        return found

    return go(gen, gens), go(disc, discs)


def right_copies_in_place(gen, disc, gens, discs, beta):
    gen, disc = {n: w.clone() for n, w in gen.items()}, {n: w.clone() for n, w in disc.items()}
    for start, ends in ((gen, gens), (disc, discs)):
        for n in start:
            start[n] += beta * (ends[n].mean(0) - start[n])
    return gen, disc


def _go(gen, disc, gens, discs, line):
    return tuple({n: line(w, e[n]) for n, w in s.items()} for s, e in ((gen, gens), (disc, discs)))


def wrong_plus(gen, disc, gens, discs, beta):
    """reptile_away"""
    return _go(gen, disc, gens, discs, lambda w, e: w + beta * (w - e.mean(0)))


def wrong_summed(gen, disc, gens, discs, beta):
    """reptile_sum"""
    return _go(gen, disc, gens, discs, lambda w, e: w + beta * sum(x - w for x in e))


def wrong_mean_only(gen, disc, gens, discs, beta):
    """reptile_replaced"""
    return _go(gen, disc, gens, discs, lambda w, e: torch.stack(list(e)).mean(0))


def wrong_no_start(gen, disc, gens, discs, beta):
    """reptile_scaled_ends"""
    return _go(gen, disc, gens, discs, lambda w, e: (beta * e).mean(0))


def wrong_direction_only(gen, disc, gens, discs, beta):
    """reptile_way_alone"""
    return _go(gen, disc, gens, discs, lambda w, e: (beta * (e - w)).mean(0))


def wrong_moving_average_turned(gen, disc, gens, discs, beta):
    """reptile_other_share"""
    return _go(gen, disc, gens, discs, lambda w, e: torch.lerp(e.mean(0), w, beta))


def wrong_only_generator(gen, disc, gens, discs, beta):
    """reptile_discriminator_left"""
    return right_lerp(gen, disc, gens, discs, beta)[0], dict(disc)


def wrong_swapped(gen, disc, gens, discs, beta):
    """reptile_exchanged"""
    a, b = right_lerp(gen, disc, gens, discs, beta)
    return b, a


def wrong_sequential(gen, disc, gens, discs, beta):
    """reptile_one_after_another"""

    def go(w, e):
        for x in e:
            w = w + beta * (x - w)
        return w

    return _go(gen, disc, gens, discs, go)


def wrong_last(gen, disc, gens, discs, beta):
    """reptile_last_task"""
    return _go(gen, disc, gens, discs, lambda w, e: w + beta * (e[-1] - w))


def wrong_grand_mean(gen, disc, gens, discs, beta):
    """reptile_whole_mean"""
    return _go(gen, disc, gens, discs, lambda w, e: (1 - beta) * w + beta * e.mean())


def wrong_gradient(gen, disc, gens, discs, beta):
    return _go(gen, disc, gens, discs, lambda w, e: w - e.mean(0))


def wrong_start_itself(gen, disc, gens, discs, beta):
    """reptile_unmoved"""
    return dict(gen), dict(disc)


def wrong_one_dict(gen, disc, gens, discs, beta):
    return right_lerp(gen, disc, gens, discs, beta)[0]
