"""Many small games in the plane at once: the weights of N pairs stand in one tensor, each with its own rates.

For benchmarks/saturation.py. The game is `metagan_course.answers.gan_game.play`, step for step; only here
hundreds of games share each matrix product.
"""

import torch
from torch import Tensor
from torch.nn.functional import leaky_relu, logsigmoid

from metagan_course.answers.gan_game import BATCH, N_SHOWN, new_game
from metagan_course.metrics import energy_distance
from metagan_course.tasks.toys import points

LOSSES = {"minimax": lambda y: logsigmoid(-y), "non_saturating": lambda y: -logsigmoid(y)}  # y: logits
Weights = list[Tensor]  # (N, in, out) and (N, 1, out) in turn


def stacked(players: list[torch.nn.Module]) -> Weights:
    """The weights of N equal networks, one tensor a layer."""
    parts = zip(*(player.parameters() for player in players), strict=True)
    tensors = [torch.stack([p.detach() for p in part]) for part in parts]
    return [(w.mT.contiguous() if w.dim() == 3 else w[:, None]).clone().requires_grad_() for w in tensors]


def forward(weights: Weights, x: Tensor, activation) -> Tensor:
    """Three layers: (N, B, in) -> (N, B, out)."""
    for i in (0, 2):
        x = activation(torch.baddbmm(weights[i + 1], x, weights[i]))
    return torch.baddbmm(weights[5], x, weights[4])


class Rule:
    """SGD, or Adam with betas 0.5 and 0.99, with a rate for each game."""

    def __init__(self, weights: Weights, rates: Tensor, adam: bool):
        self.weights, self.rates, self.adam, self.t = weights, rates[:, None, None], adam, 0
        self.means, self.squares = ([torch.zeros_like(w) for w in weights] for _ in range(2))

    def step(self, losses: Tensor) -> None:
        """One step of every game down its own loss: (N, B)."""
        slopes = torch.autograd.grad(losses.mean(1).sum(), self.weights)
        self.t += 1
        with torch.no_grad():
            for w, slope, m, v in zip(self.weights, slopes, self.means, self.squares, strict=True):
                w -= self.rates * (self._scaled(slope, m, v) if self.adam else slope)

    def _scaled(self, slope: Tensor, m: Tensor, v: Tensor) -> Tensor:
        m.mul_(0.5).add_(slope, alpha=0.5)
        v.mul_(0.99).addcmul_(slope, slope, value=0.01)
        return (m / (1 - 0.5**self.t)) / ((v / (1 - 0.99**self.t)).sqrt() + 1e-8)


class Games:
    """N games, one a seed, each with dice and data of its own."""

    def __init__(self, seeds: list[int]):
        gens, discs, self.dice = zip(*(new_game(seed) for seed in seeds), strict=True)
        self.phi, self.theta = stacked(list(gens)), stacked(list(discs))
        self.shown = self.noise(N_SHOWN)
        others = [torch.Generator().manual_seed(10_000 + seed) for seed in seeds]
        self.real = torch.stack([points("ring", N_SHOWN, generator=g) for g in others])

    def noise(self, n: int) -> Tensor:
        return torch.stack([torch.randn(n, 2, generator=g) for g in self.dice])

    def gen(self, z: Tensor) -> Tensor:
        return forward(self.phi, z, torch.relu)

    def disc(self, x: Tensor) -> Tensor:
        return forward(self.theta, x, lambda h: leaky_relu(h, 0.2))[..., 0]

    def move_disc(self, rule: Rule) -> None:
        real = torch.stack([points("ring", BATCH, generator=g) for g in self.dice])
        fake = self.gen(self.noise(BATCH)).detach()
        rule.step(-logsigmoid(self.disc(real)) - logsigmoid(-self.disc(fake)))

    def move_gen(self, rule: Rule, loss: str) -> None:
        rule.step(LOSSES[loss](self.disc(self.gen(self.noise(BATCH)))))

    @torch.no_grad()
    def look(self) -> tuple[Tensor, Tensor]:
        """The distance to the data and the lowest logit of a generated point, of each game."""
        made = self.gen(self.shown)
        distance = torch.full((len(made),), float("inf"))
        fine = made.isfinite().flatten(1).all(1)  # a game may have blown up
        distance[fine] = energy_distance(made[fine], self.real[fine])
        return distance, self.disc(made).min(1).values


def play(
    seeds: list[int], loss: str, adam: bool, rates: list[tuple[float, float]], *, d_alone: int, n_steps: int
) -> tuple[Tensor, Tensor]:
    """One game a seed at its rates (G's, D's) -> distances, lowest logits (N, looks), 50 steps apart."""
    games, (gen_rates, disc_rates) = Games(seeds), torch.tensor(rates).T
    alone = Rule(games.theta, torch.full((len(seeds),), 1e-3), adam=True)
    for _ in range(d_alone):
        games.move_disc(alone)
    rule_g, rule_d = Rule(games.phi, gen_rates, adam), Rule(games.theta, disc_rates, adam)
    looks = [games.look()]
    for step in range(1, n_steps + 1):
        games.move_disc(rule_d)
        games.move_gen(rule_g, loss)
        if step % 50 == 0:
            looks.append(games.look())
    distances, lowest = zip(*looks, strict=True)
    return torch.stack(distances, 1), torch.stack(lowest, 1)
