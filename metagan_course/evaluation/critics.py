"""The critics: embeddings that see which character a picture shows, and how it is written.

They share nothing with a discriminator or a task encoder, and are trained on the training side alone. There
are two: "recognise" decides whether a sample is the task's character, "compare" measures KID, diversity and
neighbours, so that no single network's blind spot decides everything. Not here: what is done with them.
"""

from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor
from torch.func import functional_call
from torch.nn.functional import cross_entropy
from tqdm.auto import tqdm

from metagan_course.nets import Conv4, Statistics
from metagan_course.tasks.base import Family
from metagan_course.tasks.cache import DataError, Tensors, cached, read
from metagan_course.weights import Params, params_of

GATE = 0.95  # a critic below this 20-way 1-shot accuracy on real held-out characters judges nothing
SHIPPED = Path(__file__).parents[1] / "pretrained" / "critics"


class CriticRecipe(NamedTuple):
    """A ProtoNet's training: everything that decides its weights, besides the family."""

    name: str
    width: int  # channels, and features
    seed: int
    steps: int = 2000
    ways: int = 40  # characters an episode
    shots: int = 4  # drawings of each: every one is the single support of the others once
    rate: float = 2e-3  # Adam's, falling to 0 along a line
    version: int = 1


CRITICS = {
    "recognise": CriticRecipe("recognise", width=32, seed=0, steps=1500),
    "compare": CriticRecipe("compare", width=32, seed=1, steps=600),
}


class Critic(NamedTuple):
    """An embedding with fixed weights and fixed norms: what it sees in a picture depends on it alone."""

    width: int
    params: Params
    statistics: list[Statistics]

    @torch.no_grad()
    def features(self, images: Tensor) -> Tensor:
        """(..., 1, 28, 28) -> (..., width)."""
        network, lead = Conv4(width=self.width).to("meta"), images.shape[:-3]
        parts = images.reshape(-1, *images.shape[-3:]).split(1024)  # a few at a time: memory
        run = [functional_call(network, self.params, (x,), {"statistics": self.statistics}) for x in parts]
        return torch.cat(run).reshape(*lead, self.width)


def train_critic(family: Family, recipe: CriticRecipe, *, progress: bool = True) -> Critic:
    """A ProtoNet (Snell et al. 2017, arXiv 1703.05175) on the family's training side."""
    generator = torch.Generator().manual_seed(recipe.seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        network = Conv4(width=recipe.width)
    optimiser = torch.optim.Adam(network.parameters(), recipe.rate)
    bar = tqdm(range(recipe.steps), desc=f"critic {recipe.name!r}", unit="step", disable=not progress)
    for step in bar:
        optimiser.param_groups[0]["lr"] = recipe.rate * (1 - step / recipe.steps)
        drawn = family.sample(recipe.ways, recipe.shots, 0, split="train", generator=generator).support
        features = network(drawn.flatten(0, 1)).unflatten(0, drawn.shape[:2])  # (ways, shots, width)
        loss = episode_loss(features)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        bar.set_postfix(loss=f"{loss.item():.3f}", refresh=False)
    fixed = family.sample(500, 2, 0, split="train", generator=generator).support.flatten(0, 1)
    with torch.no_grad():
        statistics = network.statistics(fixed)
    return Critic(recipe.width, {n: w.detach() for n, w in params_of(network).items()}, statistics)


def episode_loss(features: Tensor) -> Tensor:
    """-log softmax(-|f_q - f_c|^2) of the true character, each drawing once the support: (n, m, d) -> ()."""
    n, m, _ = features.shape
    label = torch.arange(n).repeat_interleave(m - 1)
    losses = []
    for j in range(m):
        prototypes = features[:, j]  # (n, d)
        queries = torch.cat([features[:, :j], features[:, j + 1 :]], 1).flatten(0, 1)  # (n (m - 1), d)
        losses.append(cross_entropy(-squared_distances(queries, prototypes), label))
    return torch.stack(losses).mean()


def squared_distances(a: Tensor, b: Tensor) -> Tensor:
    """|a_i - b_j|^2, smooth also where it is 0: (n, d), (m, d) -> (n, m)."""
    return a.square().sum(1, keepdim=True) + b.square().sum(1) - 2 * a @ b.T


def accuracy(critic: Critic, family: Family, *, split: str = "test", episodes: int = 200) -> float:
    """20-way 1-shot accuracy on real characters of a side it was not trained on: the gate."""
    generator = torch.Generator().manual_seed(7)
    right = []
    for _ in range(episodes):
        drawn = family.sample(20, 1, 5, split=split, generator=generator)
        prototypes = critic.features(drawn.support)[:, 0]  # (20, d)
        queries = critic.features(drawn.query).flatten(0, 1)  # (100, d)
        nearest = squared_distances(queries, prototypes).argmin(1)
        right.append((nearest == torch.arange(20).repeat_interleave(5)).float().mean())
    return torch.stack(right).mean().item()


# --- on disk -----------------------------------------------------------------------------------------------


def critic(name: str, family_name: str, *, folder: Path | None = None) -> Critic:
    """The critic called `name` for a family: the shipped one, else the one in the cache, else trained now."""
    recipe = CRITICS[name]
    file, made_by = f"critic-{family_name}-{name}", {"family": family_name, **recipe._asdict()}
    try:
        return unpack(read(SHIPPED / f"{file}.safetensors", made_by), recipe)
    except DataError:  # not shipped, or by an older recipe
        return unpack(
            cached(file, made_by, lambda: pack(train_now(recipe, family_name)), folder=folder), recipe
        )


def train_now(recipe: CriticRecipe, family_name: str) -> Critic:
    """Quarter turns of a character are further characters: four times as many to learn from."""
    from metagan_course.tasks import family

    return train_critic(family(family_name, rotations=True), recipe)


def pack(critic: Critic) -> Tensors:
    """The critic as flat tensors: weights by name, and each norm's mean and variance."""
    fixed = {
        f"statistics/{i}/{part}": getattr(s, part)
        for i, s in enumerate(critic.statistics)
        for part in s._fields
    }
    return {**{f"params/{n}": w for n, w in critic.params.items()}, **fixed}


def unpack(tensors: Tensors, recipe: CriticRecipe) -> Critic:
    params = {n.removeprefix("params/"): w for n, w in tensors.items() if n.startswith("params/")}
    fixed = [
        Statistics(*(tensors[f"statistics/{i}/{part}"] for part in Statistics._fields)) for i in range(4)
    ]
    return Critic(recipe.width, params, fixed)
