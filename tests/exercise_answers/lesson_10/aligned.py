"""Answers to 10.aligned as people write them: see tests/attack_exercises.py."""

import torch


def wide(generator):
    from metagan_course.answers.many_gans import best_match

    H, n, m = (1 + torch.randint(8, (3,), generator=generator)).tolist()
    shapes = {"w_in": (H, n), "b_in": (H,), "w_out": (m, H), "b_out": (m,)}
    nets = [{k: torch.randn(s, generator=generator) for k, s in shapes.items()} for _ in range(2)]
    return {"net": nets[0], "reference": nets[1], "match": best_match}


def right_three_costs(net, reference, match):
    c = ((reference["w_in"][:, None] - net["w_in"][None]) ** 2).sum(-1)
    c = c + (reference["b_in"][:, None] - net["b_in"][None]) ** 2
    c = c + ((reference["w_out"].T[:, None] - net["w_out"].T[None]) ** 2).sum(-1)
    o = match(c)
    return {
        "w_in": net["w_in"][o],
        "b_in": net["b_in"][o],
        "w_out": net["w_out"][:, o],
        "b_out": net["b_out"],
    }


def right_by_products(net, reference, match):
    """Sums of squares differ from minus twice the products by what no order changes."""
    c = -(reference["w_in"] @ net["w_in"].T + reference["b_in"].outer(net["b_in"]))
    c = c - reference["w_out"].T @ net["w_out"]
    o = match(c)
    return {k: (w[o] if k in ("w_in", "b_in") else w[:, o] if k == "w_out" else w) for k, w in net.items()}


def right_index_select(net, reference, match):
    def rows(p):
        return torch.hstack([p["w_in"], p["b_in"].unsqueeze(1), p["w_out"].t()])

    o = match(torch.cdist(rows(reference).double(), rows(net).double()) ** 2)
    return dict(
        b_out=net["b_out"].clone(),
        w_out=net["w_out"].index_select(1, o),
        b_in=net["b_in"].index_select(0, o),
        w_in=net["w_in"].index_select(0, o),
    )


def right_one_hot(net, reference, match):
    a = torch.cat([reference["w_in"], reference["b_in"][:, None], reference["w_out"].T], 1)
    b = torch.cat([net["w_in"], net["b_in"][:, None], net["w_out"].T], 1)
    P = torch.eye(len(b), dtype=b.dtype)[match(((a[:, None] - b) ** 2).sum(2))]
    return {
        "w_in": P @ net["w_in"],
        "b_in": P @ net["b_in"],
        "w_out": net["w_out"] @ P.T,
        "b_out": net["b_out"],
    }


def right_loops(net, reference, match):
    H = len(net["b_in"])
    costs = torch.zeros(H, H)
    for h in range(H):
        for k in range(H):
            costs[h, k] = (
                (reference["w_in"][h] - net["w_in"][k]).pow(2).sum()
                + (reference["b_in"][h] - net["b_in"][k]).pow(2)
                + (reference["w_out"][:, h] - net["w_out"][:, k]).pow(2).sum()
            )
    order = match(costs)
    new = dict(net)
    new["w_in"], new["b_in"], new["w_out"] = net["w_in"][order], net["b_in"][order], net["w_out"][:, order]
    return new


def units(p):
    return torch.cat([p["w_in"], p["b_in"][:, None], p["w_out"].T], 1)


def wrong_out_forgotten(net, reference, match):
    """only_incoming"""
    o = match(torch.cdist(units(reference), units(net)) ** 2)
    return dict(net, w_in=net["w_in"][o], b_in=net["b_in"][o])


def wrong_bias_forgotten(net, reference, match):
    """bias_left"""
    o = match(torch.cdist(units(reference), units(net)) ** 2)
    return dict(net, w_in=net["w_in"][o], w_out=net["w_out"][:, o])


def wrong_transposed_costs(net, reference, match):
    """inverse"""
    o = match(torch.cdist(units(net), units(reference)) ** 2)
    return dict(net, w_in=net["w_in"][o], b_in=net["b_in"][o], w_out=net["w_out"][:, o])


def wrong_nearest_each(net, reference, match):
    """greedy"""
    o = torch.cdist(units(reference), units(net)).argmin(dim=1)
    return dict(net, w_in=net["w_in"][o], b_in=net["b_in"][o], w_out=net["w_out"][:, o])


def wrong_unsquared(net, reference, match):
    """distances"""
    o = match(torch.cdist(units(reference), units(net)))
    return dict(net, w_in=net["w_in"][o], b_in=net["b_in"][o], w_out=net["w_out"][:, o])


def wrong_similarity(net, reference, match):
    """farthest"""
    o = match(units(reference) @ units(net).T)
    return dict(net, w_in=net["w_in"][o], b_in=net["b_in"][o], w_out=net["w_out"][:, o])


def wrong_only_first_layer(net, reference, match):
    """by_incoming"""
    rows = lambda p: torch.cat([p["w_in"], p["b_in"][:, None]], 1)  # noqa: E731
    o = match(torch.cdist(rows(reference), rows(net)) ** 2)
    return dict(net, w_in=net["w_in"][o], b_in=net["b_in"][o], w_out=net["w_out"][:, o])


def wrong_moves_reference(net, reference, match):
    """reference_moved"""
    o = match(torch.cdist(units(reference), units(net)) ** 2)
    return dict(
        reference, w_in=reference["w_in"][o], b_in=reference["b_in"][o], w_out=reference["w_out"][:, o]
    )


def wrong_nothing(net, reference, match):
    """unchanged"""
    return {k: w.clone() for k, w in net.items()}


def wrong_average(net, reference, match):
    """averaged"""
    return {k: (w + reference[k]) / 2 for k, w in net.items()}


def wrong_cosine(net, reference, match):
    """by_angle"""
    a, b = (units(p) / units(p).norm(dim=1, keepdim=True) for p in (reference, net))
    o = match(-(a @ b.T))
    return dict(net, w_in=net["w_in"][o], b_in=net["b_in"][o], w_out=net["w_out"][:, o])
