"""Networks that read: the Conv-4 embedder, the task encoder, the VAE. They describe data; none judges it."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import prod

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from metagan_course.nets.pairs import SIDE, DCGANGenerator
from metagan_course.nets.parts import (
    Statistics,
    norm_layer,
    normalise,
    require,
    require_statistics,
    statistics_of,
)


class Conv4(nn.Module):
    """Four blocks of 3x3 convolution, batch norm, ReLU, 2x2 pooling (Vinyals et al. 2016, arXiv 1606.04080).

    (B, 1, 28, 28) -> (B, out_size). The few-shot literature's embedder (no last layer) and, with
    `out_size` the number of classes, MAML's classifier. With `pools=3` the last block does not pool, and its
    3x3 places stay apart: nine times as many features. `strided` convolutions instead of pooling, as MAML has
    them for Omniglot, leave 2x2 places at a quarter of the work. As there, the norm uses the batch's own
    statistics. A critic must not (how it sees a picture may not depend on the others), so give it those
    of a fixed batch: `fixed = net.statistics(images)`, then `net(x, statistics=fixed)`.
    """

    def __init__(
        self,
        *,
        width: int = 64,
        out_size: int | None = None,
        norm: str = "batch",
        pools: int = 4,
        strided: bool = False,
    ):
        super().__init__()
        self.pools = 0 if strided else pools
        channels = [1, width, width, width, width]
        stride, places = (2, 4) if strided else (1, 1 if pools == 4 else 9)
        self.convs = nn.ModuleList(nn.Conv2d(a, b, 3, stride, padding=1) for a, b in pairwise(channels))
        self.norms = nn.ModuleList(norm_layer(norm, width, 0) for _ in range(4))
        self.head = nn.Identity() if out_size is None else nn.Linear(width * places, out_size)

    def _run(self, x: Tensor, fixed: Sequence[Statistics] | None) -> tuple[Tensor, list[Statistics]]:
        require("x", x, ("B", 1, SIDE, SIDE))
        require_statistics(fixed, len(self.norms))
        used = []
        for i, (conv, norm) in enumerate(zip(self.convs, self.norms, strict=True)):
            x = conv(x)  # (B, width, 28, 28), then 14, 7, 3; strided: 14, 7, 4, 2
            used.append(norm.observe(x) if fixed is None else fixed[i])
            x = F.relu(norm(x, None, used[-1]))
            x = F.max_pool2d(x, 2) if i < self.pools else x
        return self.head(x.flatten(1)), used

    def forward(self, x: Tensor, *, statistics: Sequence[Statistics] | None = None) -> Tensor:
        return self._run(x, statistics)[0]  # (B, out_size)

    def statistics(self, x: Tensor) -> list[Statistics]:
        """The statistics each norm layer sees on this batch, first layer first."""
        return self._run(x, None)[1]


def conv_trunk(width: int) -> tuple[nn.Module, int]:
    """Pictures to features by three stride-2 convolutions: (B, 1, 28, 28) -> (B, 32 width)."""
    channels = [1, width, 2 * width, 2 * width]
    layers = [m for a, b in pairwise(channels) for m in (nn.Conv2d(a, b, 3, 2, 1), nn.LeakyReLU(0.2))]
    return nn.Sequential(*layers, nn.Flatten()), 2 * width * 4 * 4


def map_trunk(width: int, maps: int) -> nn.Module:
    """Pictures to `maps` small pictures, every place still in its place: (B, 1, 28, 28) -> (B, 49 maps)."""
    return nn.Sequential(
        nn.Conv2d(1, width, 4, 2, 1),  # (B, width, 14, 14)
        nn.LeakyReLU(0.2),
        nn.Conv2d(width, 2 * width, 4, 2, 1),  # (B, 2 width, 7, 7)
        nn.LeakyReLU(0.2),
        nn.Conv2d(2 * width, maps, 3, padding=1),
        nn.Flatten(),
    )


def mlp_trunk(n_in: int, width: int) -> tuple[nn.Module, int]:
    """Points to features: (B, n_in) -> (B, 4 width)."""
    n = 4 * width
    return nn.Sequential(
        nn.Flatten(), nn.Linear(n_in, n), nn.LeakyReLU(0.2), nn.Linear(n, n), nn.LeakyReLU(0.2)
    ), n


class TaskEncoder(nn.Module):
    """c = standardise(W mean_s f_psi(x_s)): a task's code from its support.

    Deep Sets (Zaheer et al. 2017, arXiv 1703.06114): support (T, S, *in_shape) -> codes (T, C), whatever the
    order of a support. Written for a batch of tasks, unlike the rest: `standardised` codes have mean 0 and
    variance 1 over the T tasks, entry by entry. Without it most of a code is one constant at first, and G is
    late to tell tasks apart (what that costs in the end: lesson 11). For one task alone, pass the statistics
    of a reference batch of tasks. With `maps`, the code of pictures is that many 7x7 maps in one row, for
    MapGenerator.
    """

    def __init__(
        self,
        in_shape: tuple[int, ...] = (1, SIDE, SIDE),
        *,
        code_size: int = 48,
        width: int = 32,
        maps: int = 0,
        standardised: bool = True,
    ):
        super().__init__()
        self.in_shape, self.standardised = tuple(in_shape), standardised
        self.code_size = 49 * maps if maps else code_size
        pictures = self.in_shape == (1, SIDE, SIDE)
        if maps and not pictures:
            raise ValueError(
                f"maps: got {maps} for in_shape {self.in_shape}, needed 0: only pictures have maps."
            )
        if maps:
            self.trunk, self.head = map_trunk(width, maps), nn.Identity()
            return
        self.trunk, n = conv_trunk(width) if pictures else mlp_trunk(prod(self.in_shape), width)
        self.head = nn.Linear(n, code_size)

    def raw(self, support: Tensor) -> Tensor:
        """The code before standardisation: (T, S, *in_shape) -> (T, C)."""
        require("support", support, ("T", "S", *self.in_shape), "Tasks first, then the support of each.")
        if support.shape[1] == 0:
            raise ValueError(
                f"support: got shape {tuple(support.shape)}: empty. Needed one example a task or more."
            )
        features = self.trunk(support.flatten(0, 1)).unflatten(0, support.shape[:2])  # (T, S, n)
        return self.head(features.mean(dim=1))  # (T, C)

    def statistics(self, support: Tensor) -> Statistics:
        """Mean and variance of the raw codes over these tasks, to keep for tasks that come alone."""
        return statistics_of(self.raw(support))

    def forward(
        self,
        support: Tensor,
        *,
        statistics: Statistics | None = None,
        gather: Callable[[Tensor], Tensor] | None = None,
    ) -> Tensor:
        codes = self.raw(support)
        if gather is not None:  # the raw codes of other processes' tasks join these before any statistic
            codes = gather(codes)
        if not self.standardised:
            return codes
        if statistics is None and len(codes) < 2:
            raise ValueError(
                f"support: got shape {tuple(support.shape)}, one task: no spread to standardise by. "
                "Needed 2 tasks or more, or statistics=encoder.statistics(reference_support)."
            )
        return normalise(codes, statistics)  # (T, C)


class VAE(nn.Module):
    """q_psi(z|x) = N(mean(x), exp(log_var(x))), p_phi(x|z) Bernoulli.

    From Kingma & Welling 2013 (arXiv 1312.6114), for pictures only. The noise is an argument: z = mean +
    exp(log_var / 2) noise. The ELBO is in losses.py. The decoder is a DCGAN generator, so a trained one can
    start a GAN.
    """

    def __init__(self, z_size: int = 16, *, width: int = 32, norm: str = "none"):
        super().__init__()
        self.z_size = z_size
        self.trunk, n = conv_trunk(width)
        self.head = nn.Linear(n, 2 * z_size)
        self.decoder = DCGANGenerator(z_size, width=2 * width, norm=norm)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        require("x", x, ("B", 1, SIDE, SIDE))
        mean, log_var = self.head(self.trunk(x)).chunk(2, dim=1)  # (B, Z) each
        return mean, log_var

    def forward(self, x: Tensor, noise: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Logits of the pixels (B, 1, 28, 28), and the posterior's mean and log variance (B, Z)."""
        mean, log_var = self.encode(x)
        require("noise", noise, (len(x), self.z_size))
        return self.decoder.logits(mean + torch.exp(log_var / 2) * noise), mean, log_var

    def sample(self, z: Tensor) -> Tensor:
        return self.decoder(z)  # (B, 1, 28, 28)
