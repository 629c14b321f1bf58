"""What is judged: a Meta-GAN's samples after each number of inner steps, and a GAN that starts from scratch.

Tasks come in chunks, so that the weights of 200 adapted networks never stand in memory at once. Nothing here
knows how samples are scored.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

from metagan_course import metagan, terms
from metagan_course.metagan import Player
from metagan_course.pretrained import Pretrained
from metagan_course.steps import Step, adam, fixed
from metagan_course.training import new_metas, reference_tasks, samples_after
from metagan_course.training.architectures import networks
from metagan_course.training.devices import device
from metagan_course.training.game import inner_terms
from metagan_course.training.recipe import NO_CODE
from metagan_course.trees import tree_map

CHUNK = 20  # tasks adapted at a time
ADAM = adam(1e-3, betas=(0.5, 0.99))  # of both players of the GAN from scratch
Samples = dict[int, Tensor]  # inner steps t -> (T, n, ...)


def meta_gan(player: Pretrained, family: Any) -> Callable[..., Samples]:
    """sample(support, n, at, generator) of a trained Meta-GAN: adapt to the support, look after each t."""
    recipe, built, *metas = player
    metas = tree_map(lambda w: w.to(device()), metas)
    reference = reference_tasks(recipe, built, *metas, family)

    def one_chunk(support, noise, z, at):
        return samples_after(recipe, built, *metas, support, noise, z, at=at, reference=reference)

    return lambda support, n, at, generator: in_chunks(one_chunk, recipe, support, n, at, generator)


def scratch_gan(
    player: Pretrained, step_g: Step = ADAM, step_d: Step | None = None, *, start: tuple | None = None
) -> Callable[..., Samples]:
    """The same game on the same networks without a code, by Adam from random weights: nothing learned.

    step_g, step_d: other rules of both players. start: both players' metas, to be fine-tuned from (joint
    training).
    """
    recipe = player.recipe.but(**NO_CODE)
    built = networks(recipe)
    metas = tree_map(lambda w: w.to(device()), start or new_metas(recipe, built))
    pair = terms.pair(built.gen, built.disc)
    game = terms.game(pair, *inner_terms(recipe))
    g, d = (Player(rule=fixed(step)) for step in (step_g, step_d or step_g))

    def one_chunk(support, noise, z, at):
        def see(gen, disc, z):
            return pair.draw(gen, z)

        return metagan.along(game, see, g, d, *metas, support, noise=noise, z=z, at=at)

    return lambda support, n, at, generator: in_chunks(one_chunk, recipe, support, n, at, generator)


@torch.no_grad()
def in_chunks(
    one_chunk: Callable, recipe: Any, support: Tensor, n: int, at: Sequence[int], generator: torch.Generator
) -> Samples:
    """one_chunk(support, noise, z, at) -> samples of each t, over all tasks: {t: (T, n, ...)} on the CPU."""
    found: dict[int, list[Tensor]] = {t: [] for t in at}
    for part, noise, z in chunks(recipe, support, n, max(at), generator):
        for t, samples in zip(sorted(at), one_chunk(part, noise, z, at), strict=True):
            found[t].append(samples.cpu())
    return {t: torch.cat(parts) for t, parts in found.items()}


def chunks(recipe: Any, support: Tensor, n: int, steps: int, generator: torch.Generator) -> Iterator[tuple]:
    """Support, inner noise (T', steps, 2, B, Z) and the samples' noise (T', n, Z), some tasks at a time."""
    for part in support.split(CHUNK):
        noise = torch.randn(len(part), steps, 2, recipe.inner_batch, recipe.z_size, generator=generator)
        z = torch.randn(len(part), n, recipe.z_size, generator=generator)
        yield tuple(x.to(device()) for x in (part, noise, z))
