"""Answers to 11.task_code as people write them: see tests/attack_exercises.py."""

import torch


def right_in_one_line(features, support, head):
    return features(support).mean(1) @ head.T


def right_task_by_task(features, support, head):
    return torch.stack([head @ features(one).mean(0) for one in support])


def right_head_first(features, support, head):
    t, s, d = support.shape
    codes = features(support.reshape(t * s, d)) @ head.t()
    return codes.reshape(t, s, -1).mean(dim=1)


def right_einsum(features, support, head):
    return torch.einsum("tsn,cn->tc", features(support), head) / support.size(1)


def right_by_linear(features, support, head):
    return torch.nn.functional.linear(features(support).sum(-2) / support.shape[-2], head)


def right_running_mean(features, support, head):
    mean = 0
    for n, x in enumerate(support.unbind(1), 1):
        mean = mean + (features(x) - mean) / n
    return mean @ head.T


def right_in_double(features, support, head):
    seen = features(support)
    return (seen.double().mean(1) @ head.double().T).to(seen.dtype)


def right_sorted(features, support, head):
    seen = features(support).sort(dim=1).values
    return torch.matmul(seen.mean(1), head.mT)


def wrong_sum(features, support, head):
    """code_sum"""
    return features(support).sum(dim=1) @ head.T


def wrong_average_picture(features, support, head):
    """code_of_the_mean"""
    return features(support.sum(1) / support.shape[1]) @ head.T


def wrong_first_picture(features, support, head):
    """code_first"""
    return features(support[:, 0]) @ head.T


def wrong_max_pool(features, support, head):
    """code_max"""
    return features(support).max(dim=1)[0] @ head.T


def wrong_no_pool(features, support, head):
    """code_each_example"""
    return torch.stack([features(one) @ head.T for one in support])


def wrong_axis(features, support, head):
    """code_over_tasks"""
    return torch.einsum("tsn,cn->sc", features(support), head) / len(support)


def wrong_everything(features, support, head):
    """code_over_everything"""
    return (features(support).mean(dim=(0, 1)) @ head.T).repeat(len(support), 1)


def wrong_no_head(features, support, head):
    """code_without_head"""
    return features(support).mean(1)


def wrong_gru_like(features, support, head):
    """code_from_zero"""
    state = torch.zeros_like(features(support[:, 0]))
    for s in range(support.shape[1]):
        state = 0.5 * state + 0.5 * features(support[:, s])
    return state @ head.T


def wrong_detached(features, support, head):
    """code_no_gradient"""
    with torch.no_grad():
        return features(support).mean(1) @ head.T


def wrong_normalised(features, support, head):
    """code_unit_length"""
    code = features(support).mean(1) @ head.T
    return code / code.norm(dim=1, keepdim=True)


def wrong_root_of_count(features, support, head):
    """code_by_root"""
    return features(support).sum(1) / support.shape[1] ** 0.5 @ head.T


def wrong_attention(features, support, head):
    seen = features(support)
    weight = (seen * seen.mean(1, keepdim=True)).sum(-1, keepdim=True).softmax(1)
    return (weight * seen).sum(1) @ head.T


def wrong_leaving_one_out(features, support, head):
    """code_without_first"""
    return features(support[:, 1:] if support.shape[1] > 1 else support).mean(1) @ head.T


def wrong_concatenated(features, support, head):
    """code_first"""
    seen = features(support).flatten(1)
    return seen[:, : head.shape[1]] @ head.T
