"""What lesson 00 shows before it explains: letters after five drawings, and points that move to a new arc.

Everything here is a short name for what later lessons build. Nothing is defined here and nothing is scored.
"""

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

import torch
from torch import Tensor
from tqdm.auto import tqdm

from metagan_course import pretrained, tasks, training
from metagan_course.evaluation.players import chunks, meta_gan
from metagan_course.pretrained import Pretrained
from metagan_course.training.devices import device
from metagan_course.trees import tree_map

FLAGSHIP = "glyphs-meta-gan"  # a task-conditional GAN; at test time the generator's code is optimised
MOST = 20  # inner steps that points are followed for
FAR = 99.0  # where points stand that a too large rate has thrown out


class Letters(NamedTuple):
    """Some letters of one script: the drawings that were shown, and what was drawn after t steps."""

    shown: Tensor  # (T, S, 1, 28, 28)
    drawn: dict[int, Tensor]  # t -> (T, n, 1, 28, 28), from the same noise for every t


@cache
def flagship():
    """The shipped network and the family of letters; six of its scripts were kept out of all training."""
    family, player = tasks.family("glyphs"), pretrained.load(FLAGSHIP)
    return family, meta_gan(player, family)


def test_scripts() -> list[str]:
    """The scripts that no training touches."""
    family, _ = flagship()
    return sorted({family.classes[row][0] for row in family.split_index("test").tolist()})


def draw_letters(
    script: str = "Greek",
    *,
    letters: int = 6,
    samples: int = 6,
    steps: Iterable[int] = range(11),
    seed: int = 0,
) -> Letters:
    """Show the network five drawings of each letter, let it take its steps, and look after each of them."""
    if script not in test_scripts():
        raise ValueError(f"script is {script!r}; it must be one of {', '.join(test_scripts())}.")
    family, sample = flagship()
    dice = torch.Generator().manual_seed(seed)
    rows = torch.tensor([r for r in family.split_index("test").tolist() if family.classes[r][0] == script])
    chosen = rows[torch.randperm(len(rows), generator=dice)[:letters]]
    writers = torch.rand(len(chosen), family.images.shape[1], generator=dice).argsort(1)[:, :5]
    shown = family.pictures(chosen, writers)
    return Letters(shown, sample(shown, samples, list(steps), dice))


# --- points and arcs: the fair comparison of part 5 ---------------------------------------------------------


def arcs(n: int, split: str, seed: int) -> tasks.Task:
    """n new arcs of one side of the split: 20 points of each to learn from, 200 others to judge by."""
    family = tasks.family("shapes", kind="arcs")
    return family.sample(n, 20, 200, split=split, generator=torch.Generator().manual_seed(seed))


def adaptable() -> Pretrained:
    """The shipped start, trained so that ten steps on a new arc work well; its inner rates are learned."""
    return pretrained.load("shapes-meta-gan")


def trained(seeds: Iterable[int], steps: int = 300) -> list[Pretrained]:
    """The same networks trained on all arcs at once, as one would train any network; one for each seed."""
    recipes = [training.RECIPES["shapes-joint"].but(steps=steps, seed=seed) for seed in seeds]
    with tqdm(total=steps * len(recipes), desc="training", leave=False) as bar:
        runs = [
            training.train(
                training.begin(one), progress=False, validate_every=0, on_step=lambda *_: bar.update()
            )
            for one in recipes
        ]
    return [
        Pretrained(one, training.networks(one), *run.averages) for one, run in zip(recipes, runs, strict=True)
    ]


def with_rate(player: Pretrained, alpha: float) -> Pretrained:
    """The same start, both players with one inner rate for all their weights."""
    recipe = player.recipe.but(alpha_g=alpha, alpha_d=alpha, learn_rates=False, inner_steps=10)
    fresh = training.new_metas(recipe, player.networks)
    metas = ({**new, "start": meta["start"]} for new, meta in zip(fresh, player[2:], strict=True))
    return Pretrained(recipe, player.networks, *metas)


@torch.no_grad()
def points_after(player: Pretrained, support: Tensor, steps: Iterable[int], seed: int = 0) -> Tensor:
    """200 points of each arc's own generator after these numbers of inner steps: (len(steps), T, 200, 2).

    One seed is one noise, the same for every start and whatever steps are asked for: it is drawn for MOST.
    """
    at, dice, family = sorted(steps), torch.Generator().manual_seed(seed), tasks.family("shapes", kind="arcs")
    recipe, built, *metas = player
    metas = tree_map(lambda w: w.to(device()), metas)
    reference = training.reference_tasks(recipe, built, *metas, family)
    made = []
    for part, noise, z in chunks(recipe, support, 200, MOST, dice):
        noise = noise[:, : at[-1]]  # those of the first steps
        made.append(training.samples_after(recipe, built, *metas, part, noise, z, at=at, reference=reference))
    points = torch.stack([torch.cat(parts) for parts in zip(*made, strict=True)]).cpu()
    return points.nan_to_num(FAR, FAR, -FAR).clamp(-FAR, FAR)
