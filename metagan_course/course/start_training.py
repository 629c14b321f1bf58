"""How the starts of lesson 07 are trained: by the course's own outer loop, and jointly in plain torch.

Not here: what a start is (starts.py).
"""

import math
import time

import torch
from torch import Tensor
from torch.nn.functional import softplus

from metagan_course import tasks
from metagan_course.course.starts import Start, recipe_of
from metagan_course.losses import r1_penalty
from metagan_course.training.architectures import networks
from metagan_course.training.checkpoints import Run
from metagan_course.training.loop import outer_step
from metagan_course.trees import tree_map
from metagan_course.weights import detached, params_of


def train_on(run: Run, *, seconds: float = math.inf, updates: float = math.inf) -> Run:
    """The course's own outer loop, until there were so many updates, or for so many more CPU seconds."""
    family, built, began = tasks.family(run.recipe.family), networks(run.recipe), time.process_time()
    while run.step < updates and time.process_time() - began < seconds:
        run, _ = outer_step(run, built, family)
    return run


def start_of(run: Run) -> Start:
    """A copy of a run's averaged weights, which training goes on changing; before it they are random."""
    return Start(run.recipe, *tree_map(lambda w: w.detach().clone(), run.averages))


def joint_training(*, seed: int = 0, updates: int = 1_000, batch: int = 40) -> Start:
    """Joint training in plain torch, for a lesson: one GAN of all training letters, 4 ms an update.

    L_D + R1 (weight 1, in every 4th update 4 times) against the non-saturating L_G, Adam at 2e-3; what comes
    back are averages over about a hundred updates.
    """
    recipe = recipe_of("joint", seed=seed)
    gen, disc = (network for network in networks(recipe)[:2])
    letters, draws = training_letters(recipe.family), torch.Generator().manual_seed(seed)
    steps = [torch.optim.Adam(net.parameters(), recipe.beta_g, betas=(0.5, 0.99)) for net in (gen, disc)]
    average = [tree_map(torch.clone, detached(params_of(net))) for net in (gen, disc)]
    for update in range(updates):
        x = letters[torch.randint(len(letters), (batch,), generator=draws)].float().div(255)[:, None]
        fake = gen(torch.randn(batch, recipe.z_size, generator=draws))
        loss = softplus(-disc(x)).mean() + softplus(disc(fake.detach())).mean()
        if update % 4 == 0:
            loss = loss + 4 * r1_penalty(disc, x)
        take(steps[1], loss)
        take(steps[0], softplus(-disc(fake)).mean())
        for kept, net in zip(average, (gen, disc), strict=True):
            for n, w in detached(params_of(net)).items():
                kept[n].lerp_(w, 0.01)
    return Start(recipe, *({"start": weights} for weights in average))


def training_letters(name: str) -> Tensor:
    """Every drawing of the training side: (N, 28, 28), bytes."""
    whole = tasks.family(name)
    return whole.images[whole.split_index("train")].flatten(0, 1)


def take(optimiser: torch.optim.Optimizer, loss: Tensor) -> None:
    """One step down the loss of this optimiser's own player."""
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
