"""Two-dimensional point clouds with hidden factors: GAN tasks small enough to see whole.

Nothing here is a neural network: every cloud has an exact sampler, all but the spiral an exact log-density.
"""

import math

import torch
from torch import Tensor

from .base import Task, check_request, split_uniform, uniform

LOG_2PI = math.log(2 * math.pi)


def polar(radius: Tensor, angle: Tensor) -> Tensor:
    """Points at a distance and an angle from the origin: (...), (...) -> (..., 2)."""
    return radius[..., None] * torch.stack([angle.cos(), angle.sin()], dim=-1)  # (..., 2)


def log_normal(x: Tensor, mean, sd) -> Tensor:
    """log N(x; mean, sd^2) in one dimension."""
    return -0.5 * ((x - mean) / sd) ** 2 - torch.log(torch.as_tensor(sd)) - 0.5 * LOG_2PI


def draw_arc(centre, radius, start, span, width, n, *, generator) -> Tensor:
    """centre + (radius + width * e) * (cos a, sin a), a uniform in [start, start + span)."""
    turn = start[:, None] + span[:, None] * torch.rand(len(start), n, generator=generator)
    reach = radius[:, None] + width[:, None] * torch.randn(len(start), n, generator=generator)
    return centre[:, None] + polar(reach, turn)  # (T, n, 2)


def log_arc(points: Tensor, centre, radius, start, span, width) -> Tensor:
    """log of p(x) = sum over s = -1, 1 of N(s rho; radius, width^2) [angle_s in arc] / (span rho).

    The second term is there because a radius drawn below zero lands on the opposite side.
    """
    away = points - centre[:, None]  # (T, n, 2)
    rho = away.norm(dim=-1).clamp_min(1e-12)
    angle = torch.atan2(away[..., 1], away[..., 0])
    terms = []
    for sign, direction in ((1, angle), (-1, angle + math.pi)):
        inside = torch.remainder(direction - start[:, None], 2 * math.pi) < span[:, None]
        log_p = log_normal(sign * rho, radius[:, None], width[:, None]) - span[:, None].log() - rho.log()
        terms.append(log_p.masked_fill(~inside, -math.inf))
    return torch.logaddexp(*terms)  # (T, n)


class Shapes:
    """One kind of point cloud; a task is one setting of its hidden factors, returned as `label` (T, factors).

    rings, arcs, moons (two arcs), spirals, mixtures (of `modes` Gaussians). All lie around [-2.5, 2.5]^2.
    The sides part one factor: the radius of rings, the direction of the others.
    """

    name = "shapes"
    point_shape = (2,)
    kinds = ("rings", "arcs", "moons", "spirals", "mixtures")

    def __init__(self, kind: str = "arcs", *, modes: int = 4):
        if kind not in self.kinds:
            raise ValueError(f"kind is {kind!r}; it must be one of {', '.join(map(repr, self.kinds))}.")
        if modes < 1:
            raise ValueError(f"modes is {modes}; a mixture needs 1 or more.")
        self.kind, self.modes = kind, modes

    @property
    def factor_names(self) -> tuple[str, ...]:
        own = {
            "rings": ("radius", "width"),
            "arcs": ("radius", "start", "span", "width"),
            "moons": ("radius", "direction", "gap", "width"),
            "spirals": ("growth", "direction", "turns", "width"),
            "mixtures": ("direction", "width", *(f"{a}{m}" for m in range(self.modes) for a in "xy")),
        }[self.kind]
        return ("centre_x", "centre_y", *own)

    def sample(self, n_tasks, k_support, n_query, *, split, generator) -> Task:
        check_request(n_tasks, k_support, n_query, split, generator)
        label = self.factors(n_tasks, split=split, generator=generator)  # (T, F)
        points = self.draw(label, k_support + n_query, generator=generator)  # (T, S + Q, 2)
        return Task(points[:, :k_support], points[:, k_support:], label)

    def factors(self, n_tasks: int, *, split: str, generator: torch.Generator) -> Tensor:
        """Hidden factors (T, F), in the order of `factor_names`."""
        between = lambda low, high: uniform(low, high, n_tasks, generator=generator)  # noqa: E731
        parted = lambda low, high: split_uniform(low, high, n_tasks, split=split, generator=generator)  # noqa: E731
        centre = [between(-1.0, 1.0), between(-1.0, 1.0)]
        width = between(0.04, 0.08)
        if self.kind == "rings":
            own = [parted(0.4, 1.5), width]
        elif self.kind == "arcs":
            own = [between(0.4, 1.5), parted(0, 2 * math.pi), between(0.5 * math.pi, 2 * math.pi), width]
        elif self.kind == "moons":
            own = [between(0.5, 1.0), parted(0, 2 * math.pi), between(0.2, 0.6), width]
        elif self.kind == "spirals":
            own = [between(0.6, 1.4), parted(0, 2 * math.pi), between(1.0, 2.0), width]
        else:
            spots = uniform(-1.2, 1.2, n_tasks, self.modes, 2, generator=generator)
            own = [parted(0, 2 * math.pi), 2 * width, *spots.flatten(1).unbind(1)]
        return torch.stack([*centre, *own], dim=1)  # (T, F)

    def draw(self, label: Tensor, n: int, *, generator: torch.Generator) -> Tensor:
        """n points of each task: label (T, F) -> (T, n, 2)."""
        if self.kind == "mixtures":
            means, width = self.means(label), label[:, 3]
            which = torch.randint(self.modes, (len(label), n), generator=generator)
            chosen = means.gather(1, which[..., None].expand(-1, -1, 2))
            return chosen + width[:, None, None] * torch.randn(chosen.shape, generator=generator)  # (T, n, 2)
        if self.kind == "spirals":
            return self._draw_spiral(label, n, generator)
        arcs = self._arcs(label)
        drawn = torch.stack([draw_arc(*arc, n, generator=generator) for arc in arcs])  # (arcs, T, n, 2)
        which = torch.randint(len(arcs), (len(label), n), generator=generator)
        return drawn.gather(0, which[None, ..., None].expand(1, -1, -1, 2))[0]  # (T, n, 2)

    def log_density(self, label: Tensor, points: Tensor) -> Tensor:
        """log p(x | factors), exact: label (T, F), points (T, n, 2) -> (T, n)."""
        if self.kind == "spirals":
            raise ValueError("kind 'spirals' has no closed density; compare samples instead.")
        if self.kind == "mixtures":
            away = points[:, :, None] - self.means(label)[:, None]  # (T, n, M, 2)
            per_mode = log_normal(away, 0.0, label[:, 3, None, None, None]).sum(-1)
            return per_mode.logsumexp(-1) - math.log(self.modes)  # (T, n)
        arcs = torch.stack([log_arc(points, *arc) for arc in self._arcs(label)])  # (arcs, T, n)
        return arcs.logsumexp(0) - math.log(len(arcs))  # (T, n)

    def means(self, label: Tensor) -> Tensor:
        """The mixture's modes (T, modes, 2): the spots, turned by `direction`, moved to the centre."""
        spots = label[:, 4:].unflatten(1, (self.modes, 2))  # (T, M, 2)
        return label[:, None, :2] + rotate(spots, label[:, 2])

    def _arcs(self, label: Tensor) -> list[tuple[Tensor, ...]]:
        """(centre, radius, start, span, width) of each arc: one for rings and arcs, two for moons."""
        centre, half = label[:, :2], torch.full_like(label[:, 0], math.pi)
        if self.kind == "rings":
            return [(centre, label[:, 2], torch.zeros_like(half), 2 * half, label[:, 3])]
        if self.kind == "arcs":
            return [(centre, *label[:, 2:].unbind(1))]
        radius, direction, gap, width = label[:, 2:].unbind(1)
        # each half circle moved half a radius along the chord, and apart by the gap across it
        shift = rotate(torch.stack([radius / 2, gap * radius / 2], dim=-1)[:, None], direction)[:, 0]
        upper = (centre - shift, radius, direction, half, width)
        lower = (centre + shift, radius, direction + math.pi, half, width)
        return [upper, lower]

    def _draw_spiral(self, label: Tensor, n: int, generator: torch.Generator) -> Tensor:
        """radius = growth * sqrt(u), angle = direction + 2 pi turns sqrt(u): even along the arm."""
        centre = label[:, :2]
        growth, direction, turns, width = (f[:, None] for f in label[:, 2:].unbind(1))
        along = torch.rand(len(label), n, generator=generator).sqrt()
        arm = polar(growth * along, direction + 2 * math.pi * turns * along)
        return centre[:, None] + arm + width[..., None] * torch.randn(arm.shape, generator=generator)


def rotate(points: Tensor, angle: Tensor) -> Tensor:
    """Turn each task's points (T, n, 2) by its angle (T,), anticlockwise."""
    c, s = angle.cos()[:, None], angle.sin()[:, None]
    x, y = points.unbind(-1)
    return torch.stack([c * x - s * y, s * x + c * y], dim=-1)  # (T, n, 2)
