"""Answers to 11.output_spread as people write them: see tests/attack_exercises.py."""

import torch


def right_var(outputs):
    return outputs.var(0, correction=0).mean()


def right_mse(outputs):
    return torch.nn.functional.mse_loss(outputs, outputs.mean(0, keepdim=True).expand_as(outputs))


def right_by_pairs(outputs):
    return (outputs[:, None] - outputs[None, :]).square().mean() / 2


def right_loop(outputs):
    centre = sum(outputs) / len(outputs)
    return sum(((one - centre) ** 2).mean() for one in outputs) / len(outputs)


def right_flat(outputs):
    y = outputs.reshape(outputs.shape[0], -1)
    away = y - y.mean(dim=0)
    return torch.einsum("ti,ti->", away, away) / y.numel()


def right_square_minus_square(outputs):
    y = outputs.double()
    return ((y**2).mean(0) - y.mean(0) ** 2).mean().to(outputs.dtype)


def right_centre_held(outputs):
    return (outputs - outputs.mean(0).detach()).pow(2).mean()


def wrong_var_as_torch_has_it(outputs):
    """spread_unbiased"""
    return torch.var(outputs, 0).mean()


def wrong_over_noise(outputs):
    """spread_over_inputs"""
    return outputs.var(1, correction=0).mean()


def wrong_whole(outputs):
    """spread_over_everything"""
    return outputs.var(correction=0)


def wrong_std(outputs):
    """spread_root_each"""
    return outputs.std(0, correction=0).mean()


def wrong_pairs(outputs):
    """spread_pairs"""
    rows = [(one - other).square().mean() for one in outputs for other in outputs]
    return sum(rows) / len(rows)


def wrong_pairs_without_the_same(outputs):
    """spread_pairs_apart"""
    n = len(outputs)
    if n == 1:
        return 0 * outputs.sum()
    rows = [(outputs[s] - outputs[t]).square().mean() for s in range(n) for t in range(n) if s != t]
    return sum(rows) / len(rows)


def wrong_norm(outputs):
    """spread_norm"""
    return (outputs - outputs.mean(0)).norm()


def wrong_l1(outputs):
    """spread_absolute"""
    return torch.nn.functional.l1_loss(outputs, outputs.mean(0).expand_as(outputs))


def wrong_sum(outputs):
    """spread_sum"""
    return ((outputs - outputs.mean(0)) ** 2).sum()


def wrong_batch_mean_only(outputs):
    """spread_sum_over_inputs"""
    return (outputs - outputs.mean(0)).square().sum() / len(outputs)


def wrong_reward(outputs):
    """spread_negative"""
    return -(outputs - outputs.mean(0)).square().mean()


def wrong_detached(outputs):
    """spread_no_gradient"""
    return outputs.detach().var(0, correction=0).mean()


def wrong_mean_answers(outputs):
    """spread_of_means"""
    return outputs.flatten(1).mean(1).var(correction=0)


def wrong_median(outputs):
    """spread_to_median"""
    return (outputs - outputs.median(0).values).square().mean()


def wrong_next_one(outputs):
    """spread_neighbours"""
    return (outputs - torch.roll(outputs, 1, 0)).square().mean()


def wrong_item(outputs):
    """spread_no_gradient"""
    return torch.tensor((outputs - outputs.mean(0)).square().mean().item(), dtype=outputs.dtype)
