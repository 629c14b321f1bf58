"""Recipes so small that a step takes milliseconds; what they learn is nothing. No tests here."""

import torch

from metagan_course.tasks import Task
from metagan_course.training.recipe import Recipe

TINY = Recipe(
    "tiny",
    k_support=4,
    n_query=4,
    tasks=2,
    inner_steps=1,
    inner_batch=4,
    hidden=8,
    steps=3,
    learn_rates=True,
)
CODED = TINY.but(name="tiny-coded", tasks=4, code_size=3, mismatch=0.5)  # with a task code, standardised
CONV = TINY.but(
    name="tiny-conv",
    nets="conv_28",
    hidden=32,  # group norm wants 8 groups of a quarter of it
    tasks=3,
    k_support=2,
    n_query=3,
    inner_batch=2,
    rates_per="tensor",
)
MAPPED = CONV.but(name="tiny-mapped", code_size=98, maps=2, matching=0.5)  # a code is 2 maps


class Specks:
    """A family of pictures of which nothing can be learned; tasks differ in how dark they are."""

    def sample(self, n_tasks, k_support, n_query, *, split, generator):
        drawn = torch.rand(n_tasks, k_support + n_query, 1, 28, 28, generator=generator)
        drawn = drawn * torch.linspace(0.2, 1, n_tasks)[:, None, None, None, None]
        return Task(drawn[:, :k_support], drawn[:, k_support:], torch.arange(n_tasks))
