"""Generators and discriminators, for points in the plane and for 28x28 pictures: the players, not the game.

A generator maps (z) or (z, c) to samples: points as they come, pictures in [0, 1]. A discriminator maps (x)
or (x, c) to logits of shape (B,); no sigmoid, the losses take logits. Losses live in losses.py, training
loops in training/.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import prod

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from metagan_course.nets.parts import (
    MetaBatchNorm,
    Statistics,
    join,
    norm_layer,
    require,
    require_code,
    require_statistics,
)

SIDE = 28  # pixels: the course has one picture size
Fixed = Sequence[Statistics | None] | None


def leaky_relu() -> nn.Module:
    return nn.LeakyReLU(0.2)


class MLPGenerator(nn.Module):
    """x = G_phi(z, c): (B, Z), (C,) or (B, C) -> (B, *out_shape). Pictures (three axes) end in a sigmoid.

    norm: "none", "layer", or "meta": the batch's own mean and variance, scale and shift from the task code.
    """

    def __init__(
        self,
        z_size: int = 16,
        out_shape: tuple[int, ...] = (2,),
        *,
        hidden: Sequence[int] = (64, 64),
        code_size: int = 0,
        norm: str = "none",
        activation: Callable[[], nn.Module] = nn.ReLU,
    ):
        super().__init__()
        if norm not in ("layer", "meta", "none"):
            raise ValueError(f"norm: got {norm!r}, needed 'layer', 'meta' or 'none'.")
        self.z_size, self.code_size, self.out_shape = z_size, code_size, tuple(out_shape)
        sizes = [z_size + code_size, *hidden]
        layers: list[nn.Module] = []
        for n_in, n_out in pairwise(sizes):
            kinds = {"layer": lambda n: nn.LayerNorm(n), "meta": lambda n: norm_layer("meta", n, code_size)}
            layers += [nn.Linear(n_in, n_out), *([kinds[norm](n_out)] if norm in kinds else []), activation()]
        self.body = nn.Sequential(*layers, nn.Linear(sizes[-1], prod(self.out_shape)))

    def forward(self, z: Tensor, c: Tensor | None = None) -> Tensor:
        require("z", z, ("B", self.z_size))
        require_code(c, self.code_size, len(z))
        x = join(z, c)
        for layer in self.body:
            x = layer(x, c) if isinstance(layer, MetaBatchNorm) else layer(x)
        x = x.reshape(len(z), *self.out_shape)
        return torch.sigmoid(x) if len(self.out_shape) == 3 else x


class MLPDiscriminator(nn.Module):
    """logit = D_theta(x, c): (B, *in_shape), (C,) or (B, C) -> (B,). A code is joined to the flattened x."""

    def __init__(
        self,
        in_shape: tuple[int, ...] = (2,),
        *,
        hidden: Sequence[int] = (64, 64),
        code_size: int = 0,
        activation: Callable[[], nn.Module] = leaky_relu,
    ):
        super().__init__()
        self.code_size, self.in_shape, self.n_features = code_size, tuple(in_shape), hidden[-1]
        sizes = [prod(self.in_shape) + code_size, *hidden]
        self.body = nn.Sequential(*(m for a, b in pairwise(sizes) for m in (nn.Linear(a, b), activation())))
        self.head = nn.Linear(self.n_features, 1)

    def features(self, x: Tensor, c: Tensor | None = None) -> Tensor:
        require("x", x, ("B", *self.in_shape))
        require_code(c, self.code_size, len(x))
        return self.body(join(x.flatten(1), c))  # (B, n_features)

    def look(self, x: Tensor, c: Tensor | None = None) -> tuple[Tensor, Tensor]:
        h = self.features(x, c)
        return h, self.head(h).squeeze(1)  # (B, n_features), (B,)

    def forward(self, x: Tensor, c: Tensor | None = None) -> Tensor:
        return self.look(x, c)[1]


class DCGANGenerator(nn.Module):
    """Noise to picture by two stride-2 transposed convolutions (Radford et al. 2015, arXiv 1511.06434).

    (B, Z), (C,) or (B, C) -> (B, 1, 28, 28). Its batch norm uses the batch's own statistics, so a picture
    depends on its neighbours. `statistics(z, c)` takes those of a reference batch and `forward(...,
    statistics=...)` uses them instead: do so where train and test batches differ in kind (many tasks in one
    batch, then one task alone).
    """

    def __init__(self, z_size: int = 48, *, code_size: int = 0, width: int = 64, norm: str = "batch"):
        super().__init__()
        self.z_size, self.code_size, self.width = z_size, code_size, width
        self.project = nn.Linear(z_size + code_size, width * 7 * 7)
        self.norms = nn.ModuleList(norm_layer(norm, n, code_size) for n in (width, width // 2))
        channels = [width, width // 2, 1]
        self.ups = nn.ModuleList(nn.ConvTranspose2d(a, b, 4, 2, 1) for a, b in pairwise(channels))

    def _run(self, z: Tensor, c: Tensor | None, fixed: Fixed) -> tuple[Tensor, list[Statistics]]:
        require("z", z, ("B", self.z_size))
        require_code(c, self.code_size, len(z))
        require_statistics(fixed, len(self.norms))
        x, used = self.project(join(z, c)).reshape(len(z), self.width, 7, 7), []
        for i, (norm, up) in enumerate(zip(self.norms, self.ups, strict=True)):
            used.append(norm.observe(x) if fixed is None else fixed[i])
            x = up(F.relu(norm(x, c, used[-1])))  # (B, width / 2, 14, 14), then (B, 1, 28, 28)
        return x, used

    def logits(self, z: Tensor, c: Tensor | None = None, *, statistics: Fixed = None) -> Tensor:
        return self._run(z, c, statistics)[0]  # (B, 1, 28, 28)

    def forward(self, z: Tensor, c: Tensor | None = None, *, statistics: Fixed = None) -> Tensor:
        return torch.sigmoid(self.logits(z, c, statistics=statistics))  # (B, 1, 28, 28)

    def statistics(self, z: Tensor, c: Tensor | None = None) -> list[Statistics | None]:
        """The statistics each norm layer sees on this batch, first layer first."""
        return self._run(z, c, None)[1]


class MapGenerator(nn.Module):
    """x = G_phi(z, c) where the code is `maps` pictures of 7x7: a stroke that the support has on the left
    stays on the left, for characters never seen as well.

    (B, Z), (49 maps,) or (B, 49 maps) -> (B, 1, 28, 28). norm: "group" (Wu & He 2018, arXiv 1803.08494) looks
    at one picture at a time, so a picture does not depend on its neighbours; "batch" and "meta" normalise by
    the task's own batch, the latter with scale and shift from the code's maps, each averaged over its places:
    a channel's scale has no place, and 49 times as many numbers would be learned by heart.
    """

    def __init__(self, z_size: int = 48, *, maps: int = 16, width: int = 64, norm: str = "group"):
        super().__init__()
        self.z_size, self.code_size, self.width = z_size, 49 * maps, width

        def normed(n: int) -> nn.Module:
            return nn.GroupNorm(8, n) if norm == "group" else norm_layer(norm, n, maps)

        self.project = nn.Linear(z_size, width // 2 * 49)
        self.body = nn.Sequential(
            nn.Conv2d(width // 2 + maps, width, 3, padding=1),  # (B, width, 7, 7)
            normed(width),
            nn.ReLU(),
            nn.ConvTranspose2d(width, width // 2, 4, 2, 1),  # (B, width / 2, 14, 14)
            normed(width // 2),
            nn.ReLU(),
            nn.ConvTranspose2d(width // 2, width // 4, 4, 2, 1),  # (B, width / 4, 28, 28)
            normed(width // 4),
            nn.ReLU(),
            nn.Conv2d(width // 4, 1, 3, padding=1),
            nn.Sigmoid(),
        )

    def forward(self, z: Tensor, c: Tensor | None = None) -> Tensor:
        require("z", z, ("B", self.z_size))
        require_code(c, self.code_size, len(z))
        noise = self.project(z)  # (B, 49 width / 2)
        x = join(noise, c).reshape(len(z), -1, 7, 7)
        told = None if c is None else c.unflatten(-1, (-1, 49)).mean(-1)  # (maps,) or (B, maps)
        for layer in self.body:
            x = layer(x, told) if isinstance(layer, MetaBatchNorm) else layer(x)
        return x  # (B, 1, 28, 28)


class DCGANDiscriminator(nn.Module):
    """Picture to logit by three strided convolutions, no norm: (B, 1, 28, 28) -> (B,).

    No norm, because R1 asks for the gradient at each picture and batch norm would mix the pictures.
    """

    def __init__(self, *, width: int = 32):
        super().__init__()
        self.n_features = 4 * width * 4 * 4
        self.body = nn.Sequential(
            nn.Conv2d(1, width, 4, 2, 1),  # (B, width, 14, 14)
            nn.LeakyReLU(0.2),
            nn.Conv2d(width, 2 * width, 4, 2, 1),  # (B, 2 width, 7, 7)
            nn.LeakyReLU(0.2),
            nn.Conv2d(2 * width, 4 * width, 3, 2, 1),  # (B, 4 width, 4, 4)
            nn.LeakyReLU(0.2),
            nn.Flatten(),
        )
        self.head = nn.Linear(self.n_features, 1)

    def features(self, x: Tensor) -> Tensor:
        require("x", x, ("B", 1, SIDE, SIDE))
        return self.body(x)  # (B, n_features)

    def look(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = self.features(x)
        return h, self.head(h).squeeze(1)  # (B, n_features), (B,)

    def forward(self, x: Tensor) -> Tensor:
        return self.look(x)[1]


class ProjectionDiscriminator(nn.Module):
    """D(x, c) = head(h) + scale / n <h, P c>, h = features(x) in R^n.

    From Miyato & Koyama 2018 (arXiv 1802.05637). The first term asks whether x looks real, the second whether
    it belongs to the task of code c. `base` is one of the unconditional discriminators above. The mean (not
    the sum) over n features keeps the second term from drowning the first. With `maps` the code is that many
    pictures of 7x7 in one row and P a convolution to the 4x4 places of h: place is compared with place.
    """

    def __init__(
        self,
        base: MLPDiscriminator | DCGANDiscriminator,
        code_size: int = 0,
        *,
        maps: int = 0,
        scale: float = 8.0,
    ):
        super().__init__()
        if getattr(base, "code_size", 0):
            raise ValueError(
                f"base: got a discriminator with code_size {base.code_size}, needed an unconditional one."
            )
        self.base, self.code_size, self.scale = base, 49 * maps if maps else code_size, scale
        if maps:
            self.projection = nn.Sequential(
                nn.Unflatten(-1, (maps, 7, 7)),
                nn.Conv2d(maps, base.n_features // 16, 3, 2, 1, bias=False),  # (..., n / 16, 4, 4)
                nn.Flatten(-3),
            )
        else:
            self.projection = nn.Linear(code_size, base.n_features, bias=False)

    def look(self, x: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        """h(x), (B, n), and each x's logit with its code, (B,)."""
        h = self.base.features(x)
        require_code(c, self.code_size, len(x))
        belongs = (h * self.projection(c)).mean(dim=1)  # (B,)
        return h, self.base.head(h).squeeze(1) + self.scale * belongs

    def every(self, x: Tensor, codes: Tensor) -> tuple[Tensor, Tensor]:
        """h(x), (B, n), and each x's logits with each of T codes, (B, T). codes: (T, C)"""
        require("codes", codes, ("T", self.code_size))
        h = self.base.features(x)
        return h, self.base.head(h) + self.scale * (h @ self.projection(codes).T / h.shape[1])

    def forward(self, x: Tensor, c: Tensor) -> Tensor:
        return self.look(x, c)[1]
