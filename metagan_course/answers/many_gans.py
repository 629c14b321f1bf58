"""Lesson 10's population: many small GANs, one a task, trained side by side in one vmap, and models of them.

    weights of N generators: a dict, each name (N, ...); as rows of a matrix: (N, all weights)

Not here: what the learner writes (initialise.py).
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.func import grad, vmap

from metagan_course import tasks
from metagan_course.answers.collapse import stacked
from metagan_course.losses import GAN_LOSSES
from metagan_course.metrics import energy_distance
from metagan_course.nets import HyperNetwork, MLPDiscriminator
from metagan_course.steps import Step, adam
from metagan_course.weights import Params, as_function, detached, params_of

HIDDEN, BATCH, SHOWN = 64, 64, 100
LOSS = GAN_LOSSES["non_saturating"]


class Generator(nn.Module):
    """x = w_out relu(w_in z + b_in) + b_out: (B, 2) -> (B, 2). One hidden layer, so that it can be read."""

    def __init__(self):
        super().__init__()
        first, last = nn.Linear(2, HIDDEN), nn.Linear(HIDDEN, 2)
        self.w_in, self.b_in, self.w_out, self.b_out = first.weight, first.bias, last.weight, last.bias

    def forward(self, z: Tensor) -> Tensor:
        return torch.relu(z @ self.w_in.T + self.b_in) @ self.w_out.T + self.b_out


G, D = as_function(Generator()), as_function(MLPDiscriminator())


def clouds(weights: Params, n: int = SHOWN, seed: int = 1) -> Tensor:
    """What each of N generators draws from the same noise: (N, n, 2)."""
    return vmap(G, (0, None))(weights, noise(seed, n))


def noise(seed: int, *shape: int) -> Tensor:
    return torch.randn(*shape, 2, generator=torch.Generator().manual_seed(seed))


def new_pairs(seeds: list[int]) -> tuple[Params, Params]:
    """First weights of a G and a D for each seed: (N, ...) each."""

    def pair(seed: int) -> tuple[nn.Module, nn.Module]:
        torch.manual_seed(seed)
        return Generator(), MLPDiscriminator()

    with torch.random.fork_rng(devices=[]):
        gens, discs = zip(*map(pair, seeds), strict=True)
    return stacked(gens), stacked(discs)


def common(pair: tuple[Params, Params], n: int) -> tuple[Params, Params]:
    """One start for n tasks: both players' weights (1, ...) -> (n, ...)."""
    return tuple({name: w.expand(n, *w.shape[1:]) for name, w in player.items()} for player in pair)


@torch.no_grad()
def train(
    data: Tensor, pair: tuple[Params, Params], *, seed: int, n_steps: int = 400
) -> tuple[Params, Params]:
    """One GAN a task, all at once: data (N, n, 2), both players' first weights (N, ...) -> their last ones.

    D moves, then G, both by Adam; what comes back of G is the running mean of its weights.
    """
    dice = torch.Generator().manual_seed(seed)
    phi, theta = pair

    def disc_loss(theta, phi, x, z):
        return LOSS.discriminator(real=D(theta, x), fake=D(theta, G(phi, z)))

    def gen_loss(phi, theta, z):
        return LOSS.generator(fake=D(theta, G(phi, z)))

    step_g, step_d = adam(2e-3, betas=(0.5, 0.99)), adam(4e-3, betas=(0.5, 0.99))
    state_g, state_d, mean = step_g.init(phi), step_d.init(theta), phi
    for _ in range(n_steps):
        x = some(data, BATCH, dice)
        z = torch.randn(len(data), 2, BATCH, 2, generator=dice)
        theta, state_d = step_d(theta, vmap(grad(disc_loss))(theta, phi, x, z[:, 0]), state_d)
        phi, state_g = step_g(phi, vmap(grad(gen_loss))(phi, theta, z[:, 1]), state_g)
        mean = {n: 0.98 * w + 0.02 * phi[n] for n, w in mean.items()}
    return mean, theta


STARTS = ("many starts", "one random start", "one trained start")


def populations(data: Tensor, seed: int, run: int = 0, kinds: tuple[str, ...] = STARTS) -> dict[str, Params]:
    """The generators of N tasks from three kinds of start: {kind: weights (N, ...)}.

    many starts: first weights of its own for each task, and others in every run. one random start: the same
    for all, in every run too. one trained start: that one after 400 steps on the points of all tasks
    together.
    """
    n, first = len(data), new_pairs([1000 * seed])
    pairs = {
        "many starts": lambda: new_pairs([1000 * seed + 1 + 100 * run + i for i in range(n)]),
        "one random start": lambda: common(first, n),
        "one trained start": lambda: common(train(data.flatten(0, 1)[None], first, seed=seed), n),
    }
    return {kind: train(data, pairs[kind](), seed=1000 * seed + run)[0] for kind in kinds}


def one_of(weights: Params, i: int) -> Params:
    """Generator i of a population: (N, ...) -> its own weights."""
    return {name: w[i] for name, w in weights.items()}


def together(nets: list[Params]) -> Params:
    """A population of single generators: (N, ...)."""
    return {name: torch.stack([net[name] for net in nets]) for name in nets[0]}


def some(data: Tensor, n: int, dice: torch.Generator) -> Tensor:
    """n points of each task, drawn with replacement: (N, m, 2) -> (N, n, 2)."""
    which = torch.randint(data.shape[1], (len(data), n), generator=dice)
    return data.gather(1, which[..., None].expand(-1, -1, 2))


def errors(weights: Params, query: Tensor) -> Tensor:
    """Energy distance of what each generator draws to its task's points (N, n, 2): (N,)."""
    return energy_distance(clouds(weights, 200, seed=5), query)


def hills(barrier: Callable, one: Params, other: Params, query: Tensor, places: Tensor) -> Tensor:
    """The barrier between two populations' generators of each task: query (n, m, 2) -> (n,)."""

    def hill(i: int) -> Tensor:
        def error(w: Params) -> Tensor:
            return errors({name: v[None] for name, v in w.items()}, query[i : i + 1])[0]

        return barrier(error, one_of(one, i), one_of(other, i), places)

    return torch.stack([hill(i) for i in range(len(query))])


def in_line(aligned: Callable, population: Params, reference: Params | None = None) -> Params:
    """Each generator brought into line with the reference's of the same task, or all with the first."""
    n = len(population["b_in"])
    models = [one_of(population, 0) if reference is None else one_of(reference, i) for i in range(n)]
    return together([aligned(one_of(population, i), models[i], best_match) for i in range(n)])


def mean_of(population: Params, n: int) -> Params:
    """The mean of all weights, as a start for n tasks."""
    return everywhere({name: w.mean(0) for name, w in population.items()}, n)


# --- weights as rows of a matrix ---------------------------------------------------------------------------


def rows(weights: Params) -> Tensor:
    return torch.cat([w.flatten(1) for w in weights.values()], 1)  # (N, all weights)


def from_rows(flat: Tensor, like: Params) -> Params:
    parts = flat.split([w[0].numel() for w in like.values()], 1)
    return {
        n: part.reshape(len(flat), *w.shape[1:]) for (n, w), part in zip(like.items(), parts, strict=True)
    }


class Gaussian(NamedTuple):
    """Weights as mean + sum_k e_k s_k v_k, e ~ N(0, 1): principal components, a Gaussian along each."""

    mean: Tensor  # (P,)
    sizes: Tensor  # (k,) standard deviations
    directions: Tensor  # (k, P)
    explained: float  # the share of all variance that k components hold


def fit(weights: Params, k: int = 8) -> Gaussian:
    flat = rows(weights)
    mean = flat.mean(0)
    _, s, v = torch.linalg.svd(flat - mean, full_matrices=False)
    share = (s[:k].square().sum() / s.square().sum()).item()
    return Gaussian(mean, s[:k] / (len(flat) - 1) ** 0.5, v[:k], share)


def draw(model: Gaussian, n: int, like: Params, dice: torch.Generator) -> Params:
    e = torch.randn(n, len(model.sizes), generator=dice)
    return from_rows(model.mean + (e * model.sizes) @ model.directions, like)


def noisy(weights: Params, n: int, size: float, dice: torch.Generator) -> Params:
    """Checkpoints drawn with replacement, each weight moved by `size` of its spread over the checkpoints."""
    flat = rows(weights)
    which = torch.randint(len(flat), (n,), generator=dice)
    moved = flat[which] + size * flat.std(0) * torch.randn(n, flat.shape[1], generator=dice)
    return from_rows(moved, weights)


# --- rings -------------------------------------------------------------------------------------------------


def ring_of(cloud: Tensor) -> Tensor:
    """A cloud's middle and its mean distance from it: (N, n, 2) -> (N, 3)."""
    middle = cloud.mean(1, keepdim=True)
    return torch.cat([middle[:, 0], (cloud - middle).norm(dim=-1).mean(1, keepdim=True)], 1)


def off_a_ring(cloud: Tensor) -> Tensor:
    """Energy distance to the circle with the cloud's own middle and radius, in radii: 0 is a ring. (N,)

    2 E|x - y| - E|x - x'| - E|y - y'| with y on the circle: E|y - y'| is 4 R / pi, E|x - y| a mean over even
    angles.
    """
    middle, radius = ring_of(cloud).split([2, 1], 1)  # (N, 2), (N, 1)
    x = (cloud - middle[:, None]) / radius[:, None]  # now the circle has radius 1
    angle = 2 * math.pi * torch.arange(400) / 400
    to_circle = (x[:, :, None] - torch.stack([angle.cos(), angle.sin()], -1)).norm(dim=-1).mean((1, 2))
    n = cloud.shape[1]
    return 2 * to_circle - torch.cdist(x, x).sum((1, 2)) / (n * (n - 1)) - 4 / math.pi


def far_apart(data: Tensor, n: int) -> list[tuple[int, int]]:
    """The n pairs of tasks whose rings differ most, no task twice."""
    far = torch.cdist(ring_of(data), ring_of(data))
    pairs = []
    for _ in range(n):
        i, j = divmod(int(far.argmax()), len(far))
        pairs.append((min(i, j), max(i, j)))
        far[[i, j]] = far[:, [i, j]] = -1
    return pairs


def family(kind: str = "rings"):
    return tasks.family("shapes", kind=kind)


# --- one start for each task -------------------------------------------------------------------------------


class Emitter(nn.Module):
    """support (S, 2) -> the weights of a generator: a mean of features, then a hypernetwork."""

    def __init__(self, start: Params, code_size: int = 16):
        super().__init__()
        self.see = nn.Sequential(nn.Linear(2, 64), nn.ReLU(), nn.Linear(64, 64))
        self.code = nn.Sequential(nn.ReLU(), nn.Linear(64, code_size))
        self.emit = HyperNetwork(start, code_size)

    def forward(self, support: Tensor) -> Params:
        return self.emit(self.code(self.see(support).mean(0)))


def train_emitter(
    data: Tensor, start: Params, *, seed: int, updates: int = 1000, shots: int = 10
) -> Callable[[Tensor], Params]:
    """On the tasks' own points (N, n, 2): ten are shown, 64 others judge the emitted generator.

    start: one generator's weights -> function(support (T, S, 2)) -> weights (T, ...).
    """
    dice = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = Emitter(start)
    psi, emit = params_of(network), as_function(network)
    optimizer = torch.optim.Adam(psi.values(), 2e-3)
    for _ in range(updates):
        which = torch.randint(len(data), (16,), generator=dice)
        x = some(data[which], shots + 64, dice)
        weights = vmap(emit, (None, 0))(psi, x[:, :shots])
        made = vmap(G)(weights, torch.randn(16, 64, 2, generator=dice))
        loss = energy_distance(made, x[:, shots:]).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    fixed = detached(psi)
    return lambda support: vmap(emit, (None, 0))(fixed, support)


def nearest(weights: Params, support: Tensor) -> Params:
    """For each task (T, S, 2) the checkpoint whose cloud is nearest to the shown points: (T, ...)."""
    made = clouds(weights)
    which = torch.stack([energy_distance(made, s.expand(len(made), -1, -1)).argmin() for s in support])
    return {n: w[which] for n, w in weights.items()}


def everywhere(weights: Params, n: int) -> Params:
    """The same generator for n tasks: its weights -> (n, ...)."""
    return {name: w.expand(n, *w.shape) for name, w in weights.items()}


@torch.no_grad()
def adapted(weights: Params, support: Tensor, n_steps: int, rate: float, seed: int = 2) -> Params:
    """n steps of Adam on the energy distance to the shown points, each task from its own weights."""
    step: Step = adam(rate, betas=(0.5, 0.99))
    slope = vmap(grad(lambda p, x, z: energy_distance(G(p, z), x)))
    state, dice = step.init(weights), torch.Generator().manual_seed(seed)
    for _ in range(n_steps):
        z = torch.randn(len(support), 32, 2, generator=dice)
        weights, state = step(weights, slope(weights, support, z), state)
    return weights


def best_match(costs: Tensor) -> Tensor:
    """order (n,) with the smallest sum of costs[i, order[i]], each column once: the Hungarian method.

    One row after another is brought in along the cheapest augmenting path (Kuhn 1955; Jonker & Volgenant
    1987).
    """
    c, n = costs.double(), len(costs)
    u, v = torch.zeros(n + 1).double(), torch.zeros(n + 1).double()  # prices of rows and columns
    row_of = torch.zeros(n + 1, dtype=torch.long)  # row_of[j]: the row that holds column j; 0: nobody
    for i in range(1, n + 1):
        row_of[0], j = i, 0
        far, before = torch.full((n + 1,), torch.inf).double(), torch.zeros(n + 1, dtype=torch.long)
        done = torch.zeros(n + 1, dtype=torch.bool)
        while row_of[j]:
            done[j] = True
            row = int(row_of[j])
            through = torch.cat([torch.tensor([torch.inf]).double(), c[row - 1] - u[row] - v[1:]])
            shorter = ~done & (through < far)
            far[shorter], before[shorter] = through[shorter], j
            j = int(far.masked_fill(done, torch.inf).argmin())
            paid = far[j].clone()
            u[row_of[done]] += paid
            v[done] -= paid
            far[~done] -= paid
        while j:  # hand the columns on along the path
            row_of[j] = row_of[before[j]]
            j = int(before[j])
    order = torch.empty(n, dtype=torch.long)
    order[row_of[1:] - 1] = torch.arange(n)
    return order
