"""Regularisers across tasks: how far the adapted networks lie from each other, or from their start.

Scalars to be added to a loss, times a weight lambda. The spreads look at all tasks' adapted networks at once,
so they belong to an outer loss (`outer.adapt_players` hands the networks over), and with a `chunk_size` each
chunk compares its own tasks only. The proximal pull looks at one task, so it belongs to an inner loss.

Not here: the losses of the game (losses.py) and any loop (inner.py, outer.py).
"""

from collections.abc import Callable

from torch import Tensor
from torch.func import vmap

from metagan_course.weights import Params


def output_spread(
    network: Callable[[Params, Tensor], Tensor],
    adapted: Params,
    inputs: Tensor,
    *,
    gather: Callable[[Tensor], Tensor] | None = None,
) -> Tensor:
    """mean_t,i (f(w_t, x_i) - mean_s f(w_s, x_i))^2: how far the tasks' networks differ on the same inputs.

    network(params, inputs) -> (N, ...)   adapted: (T, ...)   inputs: (N, ...), shared by all tasks
    gather: joins the outputs of all processes' tasks
    """
    outputs = vmap(network, in_dims=(0, None))(adapted, inputs)  # (T, N, ...)
    outputs = outputs if gather is None else gather(outputs)
    return (outputs - outputs.mean(0)).square().mean()


def discriminator_spread(disc: Callable[[Params, Tensor], Tensor], discs: Params, probes: Tensor) -> Tensor:
    """D regularisation across tasks: add lambda times this to L_D. probes: (N, ...), any samples.

    It keeps the discriminators of all tasks close in what they say of the same samples: a critic that has not
    memorised its five support images. Too strong, and no task's critic may know its own task.
    """
    return output_spread(disc, discs, probes)


def generator_spread(gen: Callable[[Params, Tensor], Tensor], gens: Params, z: Tensor) -> Tensor:
    """G regularisation across tasks: add lambda times this to L_G. z: (N, Z), the same noise for all tasks.

    It holds back how far a generator's samples may move for one task: steadier, and at the price of adapting
    less.
    """
    return output_spread(gen, gens, z)


def proximal_pull(adapted: Params, start: Params) -> Tensor:
    """1/2 |phi' - phi|^2: in the inner loss, times lambda, it keeps the adapted weights near the start.

    From iMAML (Rajeswaran et al. 2019, arXiv 1909.04630), where it makes the inner problem well-posed for
    many steps.
    """
    return sum((adapted[n] - w).square().sum() for n, w in start.items()) / 2
