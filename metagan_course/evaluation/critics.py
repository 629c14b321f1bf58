"""The critics: embeddings that see which character a picture shows, and how it is written.

They share nothing with a discriminator or a task encoder, and are trained on the training side alone. There
are two: "recognise" decides whether a sample is the task's character, "compare" measures KID, diversity and
neighbours, so that no single network's blind spot decides everything. Not here: what is done with them.
"""

import argparse
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import conv2d, cross_entropy, max_pool2d, relu
from tqdm.auto import tqdm

from metagan_course.nets import Conv4, Statistics
from metagan_course.tasks.base import Family
from metagan_course.tasks.cache import DataError, Tensors, cached, read, write
from metagan_course.weights import Params, params_of

GATE = 0.95  # of real validation drawings, told 20-way; below it a critic judges nothing
USED_SHOTS = 15  # drawings behind a prototype where samples are judged
BATCH = 128  # pictures at a time: what fits a core's cache
SHIPPED = Path(__file__).parents[1] / "pretrained" / "critics"


class CriticRecipe(NamedTuple):
    """A ProtoNet's training: everything that decides its weights, besides the family."""

    name: str
    width: int  # channels
    seed: int
    steps: int
    pools: int = 4  # of the four blocks: 4 give `width` features, 3 give 9 `width`, place by place
    ways: int = 100  # characters an episode
    shots: int = 2  # drawings of each: every one is the single support of the others once
    rate: float = 2e-3  # Adam's, falling to 0 along a line
    version: int = 2


# chosen on validation characters: 9 features a channel recognise far better than one, and more ways better
# than fewer; KID wants few features, since it is estimated from 15 queries
CRITICS = {
    "recognise": CriticRecipe("recognise", width=48, pools=3, seed=0, steps=3000),
    "compare": CriticRecipe("compare", width=32, pools=4, seed=1, steps=1000),
}

LONGER = {("recognise", "omniglot"): 6000}  # steps; 3,000 are .9 points worse, 1-shot on validation


def critic_recipe(name: str, family_name: str) -> CriticRecipe:
    """The training of the critic called `name` on a family."""
    recipe = CRITICS[name]
    return recipe._replace(steps=LONGER.get((name, family_name), recipe.steps))


class Critic(NamedTuple):
    """An embedding with fixed weights and fixed norms: what it sees in a picture depends on it alone."""

    params: Params
    statistics: list[Statistics]
    pools: int = 4

    @torch.no_grad()
    def features(self, images: Tensor) -> Tensor:
        """(..., 1, 28, 28) -> (..., features)."""
        blocks, lead = self.blocks(), images.shape[:-3]
        parts = images.reshape(-1, *images.shape[-3:]).split(BATCH)
        return torch.cat([embed(x, blocks, self.pools) for x in parts]).unflatten(0, lead)

    def blocks(self) -> list[tuple[Tensor, Tensor]]:
        """Each block's kernel and bias with the fixed norm multiplied in: Conv4's function in half the time.

        gain (w * x + b - mean) / sd + shift = (gain / sd) w * x + (gain / sd) (b - mean) + shift
        """
        found = []
        for i, (mean, var) in enumerate(self.statistics):
            scale = self.params[f"norms.{i}.gain"] * torch.rsqrt(var + 1e-5)  # (C,)
            bias = scale * (self.params[f"convs.{i}.bias"] - mean) + self.params[f"norms.{i}.bias"]
            found.append((scale[:, None, None, None] * self.params[f"convs.{i}.weight"], bias))
        return found


def embed(x: Tensor, blocks: list[tuple[Tensor, Tensor]], pools: int) -> Tensor:
    """(B, 1, 28, 28) -> (B, features). Pooling first, since it and ReLU may change places."""
    for i, (kernel, bias) in enumerate(blocks):
        x = conv2d(x, kernel, bias, padding=1)
        x = relu(max_pool2d(x, 2) if i < pools else x)
    return x.flatten(1)


def train_critic(family: Family, recipe: CriticRecipe, *, progress: bool = True) -> Critic:
    """A ProtoNet (Snell et al. 2017, arXiv 1703.05175) on the family's training side."""
    generator = torch.Generator().manual_seed(recipe.seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        network = Conv4(width=recipe.width, pools=recipe.pools)
    optimiser = torch.optim.Adam(network.parameters(), recipe.rate)
    bar = tqdm(range(recipe.steps), desc=f"critic {recipe.name!r}", unit="step", disable=not progress)
    for step in bar:
        optimiser.param_groups[0]["lr"] = recipe.rate * (1 - step / recipe.steps)
        drawn = family.sample(recipe.ways, recipe.shots, 0, split="train", generator=generator).support
        mirrored = torch.rand(recipe.ways, 1, 1, 1, 1, generator=generator) < 0.5
        drawn = torch.where(mirrored, drawn.flip(-1), drawn)  # a mirrored character is a further character
        features = network(drawn.flatten(0, 1)).unflatten(0, drawn.shape[:2])  # (ways, shots, features)
        loss = episode_loss(features)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        bar.set_postfix(loss=f"{loss.item():.3f}", refresh=False)
    fixed = family.sample(500, 2, 0, split="train", generator=generator).support.flatten(0, 1)
    with torch.no_grad():
        statistics = network.statistics(fixed)
    return Critic({n: w.detach() for n, w in params_of(network).items()}, statistics, recipe.pools)


def episode_loss(features: Tensor) -> Tensor:
    """-log softmax(-64 / d |f_q - f_c|^2) of the true character, each drawing once support: (n, m, d) -> ().

    The factor keeps the odds of d = 576 features as soft as those of 64, so that there is something to learn.
    """
    n, m, d = features.shape
    label = torch.arange(n).repeat_interleave(m - 1)
    losses = []
    for j in range(m):
        prototypes = features[:, j]  # (n, d)
        queries = torch.cat([features[:, :j], features[:, j + 1 :]], 1).flatten(0, 1)  # (n (m - 1), d)
        losses.append(cross_entropy(-64 / d * squared_distances(queries, prototypes), label))
    return torch.stack(losses).mean()


def squared_distances(a: Tensor, b: Tensor) -> Tensor:
    """|a_i - b_j|^2, smooth also where it is 0: (n, d), (m, d) -> (n, m)."""
    return a.square().sum(1, keepdim=True) + b.square().sum(1) - 2 * a @ b.T


class Gate(NamedTuple):
    """How many real drawings of characters it never saw a critic tells apart, 20 at a time, on validation."""

    one_shot: float  # from one drawing of each: the usual benchmark
    as_used: float  # from 15 of each: what recognisability asks of it

    @property
    def open(self) -> bool:
        """A critic that fails at what it is used for judges nothing."""
        return self.as_used >= GATE


def gate(critic: Critic, family: Family, *, split: str = "val", episodes: int = 400) -> Gate:
    """Both accuracies; the test side never decides whether, or for how long, a critic is trained."""
    generator = torch.Generator().manual_seed(7)
    n = len(family.split_labels(split)) if hasattr(family, "split_labels") else 200
    drawn = family.sample(n, USED_SHOTS + 5, 0, split=split, generator=generator).support
    features = critic.features(drawn)  # (n, 20, d), once: episodes only choose among them
    told = [episode(features, generator) for _ in range(episodes)]
    return Gate(*(sum(right) / episodes for right in zip(*told, strict=True)))


def episode(features: Tensor, generator: torch.Generator) -> tuple[float, float]:
    """Of 20 characters of features (C, 20, d), 5 drawings each: the share told from 1 other, and from 15."""
    who = torch.randperm(len(features), generator=generator)[:20]
    order = torch.rand(20, features.shape[1], generator=generator).argsort(1)
    x = features[who[:, None], order]  # (20, 20, d)
    queries, truth = x[:, USED_SHOTS:].flatten(0, 1), torch.arange(20).repeat_interleave(5)
    prototypes = x[:, 0], x[:, :USED_SHOTS].mean(1)
    nearest = [squared_distances(queries, p).argmin(1) for p in prototypes]
    return tuple((found == truth).float().mean().item() for found in nearest)


# --- on disk -----------------------------------------------------------------------------------------------


def critic(name: str, family_name: str, *, folder: Path | None = None) -> Critic:
    """The critic called `name` for a family: the shipped one, else the one in the cache, else trained now.

    Strokes are looked at by the glyphs' critics: none that has seen a stroke is needed, says their gate.
    """
    family_name = "glyphs" if family_name == "strokes" else family_name
    recipe = critic_recipe(name, family_name)
    file, made_by = f"critic-{family_name}-{name}", {"family": family_name, **recipe._asdict()}
    try:
        tensors = read(SHIPPED / f"{file}.safetensors", made_by)
    except DataError:  # not shipped, or by an older recipe
        tensors = None
    build = lambda: pack(train_now(recipe, family_name))  # noqa: E731
    return unpack(tensors or cached(file, made_by, build, folder=folder), recipe.pools)


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


def unpack(tensors: Tensors, pools: int) -> Critic:
    """A critic from the tensors of its file; pools is not among them."""
    params = {n.removeprefix("params/"): w for n, w in tensors.items() if n.startswith("params/")}
    fixed = [
        Statistics(*(tensors[f"statistics/{i}/{part}"] for part in Statistics._fields)) for i in range(4)
    ]
    return Critic(params, fixed, pools)


def main(words: list[str] | None = None) -> None:
    """Train a family's critics, say how good they are on characters they never saw, and ship them."""
    parser = argparse.ArgumentParser(prog="python -m metagan_course.evaluation.critics")
    parser.add_argument("family", choices=["glyphs", "omniglot"])
    parser.add_argument("--out", type=Path, default=SHIPPED)
    options = parser.parse_args(words)
    from metagan_course.tasks import family

    for name in CRITICS:
        recipe = critic_recipe(name, options.family)
        trained = train_now(recipe, options.family)
        file = options.out / f"critic-{options.family}-{name}.safetensors"
        write(file, {"family": options.family, **recipe._asdict()}, pack(trained))
        found = gate(trained, family(options.family))
        print(f"{file.name}: 20-way on validation, {found.one_shot:.4f} from one drawing, ", end="")
        print(f"{found.as_used:.4f} from {USED_SHOTS}; the gate is {GATE}")


if __name__ == "__main__":
    main()
