"""What is judged: a Meta-GAN's samples after each number of inner steps, and a GAN that starts from scratch.

Tasks come in chunks, so that the weights of 200 adapted networks never stand in memory at once. Nothing here
knows how samples are scored.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.func import vmap

from metagan_course import architectures, games, metagan
from metagan_course.distributed import device
from metagan_course.inner import adapt_game_path
from metagan_course.pretrained import Pretrained
from metagan_course.steps import adam
from metagan_course.trees import tree_leaves, tree_map

CHUNK = 20  # tasks adapted at a time
SCRATCH_RATE = 1e-3  # Adam's, for both players of the GAN from scratch
Samples = dict[int, Tensor]  # inner steps t -> (T, n, ...)


def meta_gan(player: Pretrained, family: Any) -> Callable[..., Samples]:
    """sample(support, n, at, generator) of a trained Meta-GAN: adapt to the support, look after each t."""
    recipe, networks, *metas = player
    metas = tree_map(lambda w: w.to(device()), metas)
    fixed = metagan.reference_statistics(recipe, networks, *metas, family)

    def one_chunk(support, noise, z, at):
        gens, c = metagan.adapt(recipe, networks, *metas, support, noise, at=at, statistics=fixed)
        return [metagan.sample(networks, gen, z, c) for gen in gens]

    return lambda support, n, at, generator: in_chunks(one_chunk, recipe, support, n, at, generator)


def scratch_gan(player: Pretrained) -> Callable[..., Samples]:
    """The same game on the same networks from random weights, by Adam: no code, nothing learned."""
    recipe = player.recipe.but(
        code_size=0, mismatch=0.0, matching=0.0, match_inner=0.0, adapts="weights", code_from="support"
    )
    networks = architectures.networks(recipe)
    metas = tree_map(lambda w: w.to(device()), metagan.start(recipe, networks))
    gen, disc = (meta["start"] for meta in metas)
    game, step = games.inner_game(recipe, networks), adam(SCRATCH_RATE, betas=(0.5, 0.99))

    def one_chunk(support, noise, z, at):
        def one_task(support, noise):
            path = adapt_game_path(game, gen, disc, (support,), noise, step, step, first_order=True)
            return [g for t, (g, _) in enumerate(path) if t in at]

        return [metagan.sample(networks, g, z) for g in vmap(one_task)(support, noise)]

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


def size_of(player: Pretrained) -> int:
    """How many numbers a Meta-GAN consists of, both players, rates and encoders."""
    return sum(w.numel() for w in tree_leaves(player[2:]))
