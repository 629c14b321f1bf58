"""Two answers of lesson 03; the others are metrics.kid, metrics.recall and losses.elbo themselves."""

import torch
from torch import Tensor


def reparametrise(mean: Tensor, log_var: Tensor, noise: Tensor) -> Tensor:
    """z = mean + exp(log_var / 2) noise: a draw from N(mean, exp(log_var)) that gradients pass through.

    (B, Z) each -> (B, Z); noise from N(0, 1) (Kingma & Welling 2013, arXiv 1312.6114).
    """
    return mean + torch.exp(log_var / 2) * noise


def fool_recall(shown: Tensor, n: int, dice: torch.Generator) -> Tensor:
    """n points with a recall of 1, not one of them near the data: shown (S, d) -> (n, d).

    A crowd far on one side and one hermit as far on the other: the hermit's neighbours are the crowd, so its
    ball holds everything between (the outlier problem of Naeem et al. 2020, arXiv 2002.09797).
    """
    middle, reach = shown.mean(0), 100 * shown.std(0).norm()
    points = (middle - reach).repeat(n, 1)  # (n, d)
    points[0] = middle + reach
    return points
