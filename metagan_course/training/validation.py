"""A cheap look at tasks that are not trained on, and what tasks that come alone are compared with.

Not a final score: those are evaluation/.
"""

from typing import Any

import torch

from metagan_course.metagan import Meta
from metagan_course.metrics import energy_distance
from metagan_course.training.architectures import Networks
from metagan_course.training.game import Reference, codes, samples_after
from metagan_course.training.recipe import Recipe
from metagan_course.trees import tree_leaves
from metagan_course.weights import as_function

COMPANY = 63  # tasks whose codes stand beside a lone one's


@torch.no_grad()
def reference_tasks(
    recipe: Recipe, networks: Networks, meta_g: Meta, meta_d: Meta, family: Any, n_tasks: int = 256
) -> Reference | None:
    """Mean and variance of training tasks' raw codes, and 63 codes; None for a recipe without codes."""
    if not recipe.code_size:
        return None
    generator = torch.Generator().manual_seed(0)
    support = family.sample(n_tasks, recipe.k_support, 0, split="train", generator=generator).support
    support = support.to(tree_leaves(meta_d)[0].device)
    g, d = (
        as_function(encoder, "statistics")(meta["encoder"], support) if encoder else None
        for encoder, meta in ((networks.enc_g, meta_g), (networks.enc_d, meta_d))
    )
    first = Reference(g, d, support[:0])
    return first._replace(beside=codes(recipe, networks, meta_g, meta_d, support[:COMPANY], first)["c_d"])


@torch.no_grad()
def validate(
    recipe: Recipe,
    networks: Networks,
    metas: tuple[Meta, Meta],
    family: Any,
    *,
    n_tasks: int = 8,
    n: int = 10,
) -> dict[str, float]:
    """The Meta-GAN on the same few validation tasks after its K steps.

    energy: energy distance of points or pixels to the query
    spread: std over a task's samples, divided by its queries'; near 0 the generator has collapsed
    """
    on, generator = tree_leaves(metas)[0].device, torch.Generator().manual_seed(1)
    drawn = family.sample(n_tasks, recipe.k_support, n, split="val", generator=generator)
    noise = torch.randn(
        n_tasks, recipe.inner_steps, 2, recipe.inner_batch, recipe.z_size, generator=generator
    )
    z = torch.randn(n_tasks, n, recipe.z_size, generator=generator)
    support, query, noise, z = (x.to(on) for x in (drawn.support, drawn.query, noise, z))
    reference = reference_tasks(recipe, networks, *metas, family)
    (fake,) = samples_after(
        recipe, networks, *metas, support, noise, z, at=[recipe.inner_steps], reference=reference
    )
    fake, real = fake.flatten(2), query.flatten(2)  # (T, n, d)
    return {
        "energy": energy_distance(fake, real).mean().item(),
        "spread": (fake.std(1).mean() / real.std(1).mean()).item(),
    }
