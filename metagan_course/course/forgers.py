"""The suspects of lesson 03: letters of scripts that no critic has seen, a GAN and a VAE that learn them.

Nothing here judges. What a forger may look at is `shown`: five drawings of each letter.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from tqdm.auto import tqdm

from metagan_course import tasks
from metagan_course.evaluation.baselines import JITTER, jitter
from metagan_course.nets import VAE, DCGANDiscriminator, DCGANGenerator
from metagan_course.tasks import Task

BATCH, Z_GAN, Z_VAE = 32, 32, 16


class Letters(NamedTuple):
    """T letters; every drawing of a letter is by another writer."""

    shown: Tensor  # (T, 5, 1, 28, 28) what the forgers see
    asked: Tensor  # (T, 5, 1, 28, 28) what their work is compared with
    others: Tensor  # (T, 5, 1, 28, 28) honest work: further people's drawings
    spare: Tensor  # (T, 10, 1, 28, 28) more to judge usefulness by
    label: Tensor  # (T,)

    @property
    def task(self) -> Task:
        """What usefulness needs: the shown ones and fifteen more, none of the honest work among them."""
        return Task(self.shown, torch.cat([self.asked, self.spare], 1), self.label)


def letters(seed: int) -> Letters:
    """All 135 Armenian and Georgian letters, by writers of this seed: critics are never trained on them."""
    family, dice = tasks.family("glyphs", writers=40), torch.Generator().manual_seed(seed)
    drawn = family.sample(135, 25, 0, split="val", generator=dice)
    return Letters(*drawn.support.split([5, 5, 5, 10], 1), drawn.label)


def shared_out_anew(given: Letters, dice: torch.Generator) -> Letters:
    """The same drawings; whose are shown, asked, honest work and spare is drawn anew, letter by letter."""
    drawings = torch.cat(given[:4], 1)  # (T, 25, 1, 28, 28)
    order = torch.rand(drawings.shape[:2], generator=dice).argsort(1)
    drawings = drawings[torch.arange(len(drawings))[:, None], order]
    return Letters(*drawings.split([5, 5, 5, 10], 1), given.label)


class Pixels:
    """Eyes without a critic: (..., 1, 28, 28) -> (..., 784)."""

    @staticmethod
    def features(images: Tensor) -> Tensor:
        return images.flatten(-3)


class Training(NamedTuple):
    """What a training leaves behind."""

    network: torch.nn.Module  # the generator, or the VAE
    album: dict[int, Tensor]  # after so many steps: 300 pictures from the same noise


def train_gan(train_step: Callable, pool: Tensor, *, seed: int, looks: tuple[int, ...]) -> Training:
    """A DCGAN on a pool of pictures (n, 1, 28, 28) by lesson 01's step, until the last look."""
    dice = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):  # the caller's own random state stays
        torch.manual_seed(seed)
        gen, disc = DCGANGenerator(Z_GAN, width=32), DCGANDiscriminator(width=16)
    opt_gen, opt_disc = (torch.optim.Adam(p.parameters(), 2e-3, betas=(0.5, 0.99)) for p in (gen, disc))
    fixed, album = torch.randn(300, Z_GAN, generator=dice), {}
    for step in tqdm(range(looks[-1] + 1), desc="DCGAN", leave=False):
        if step in looks:
            album[step] = gen(fixed).detach()
        noise = torch.randn(2, BATCH, Z_GAN, generator=dice)
        train_step(gen, disc, opt_gen, opt_disc, draw(pool, dice), noise)
    return Training(gen, album)


def train_vae(bound: Callable, pool: Tensor, *, seed: int, looks: tuple[int, ...]) -> Training:
    """A VAE on the same pool: bound(vae, pictures, noise) is to be made large."""
    dice = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        vae = VAE(Z_VAE, width=16)
    optimiser = torch.optim.Adam(vae.parameters(), 3e-3)
    fixed, album = torch.randn(300, Z_VAE, generator=dice), {}
    for step in tqdm(range(looks[-1] + 1), desc="VAE", leave=False):
        if step in looks:
            album[step] = vae.sample(fixed).detach()
        loss = -bound(vae, draw(pool, dice), torch.randn(BATCH, Z_VAE, generator=dice))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return Training(vae, album)


def draw(pool: Tensor, dice: torch.Generator) -> Tensor:
    return pool[torch.randint(len(pool), (BATCH,), generator=dice)]


def bent(shown: Tensor, n: int, dice: torch.Generator, **numbers: float) -> Tensor:
    """n jittered copies of each letter, with the two numbers that validation chose: (T, n, 1, 28, 28)."""
    numbers = JITTER["glyphs"] | numbers
    return torch.cat([jitter(one[None], n, dice, **numbers) for one in shown])  # one by one: less memory


@torch.no_grad()
def mixtures(vae: VAE, shown: Tensor, n: int, dice: torch.Generator) -> Tensor:
    """n pictures of each letter from a VAE that knows no letters: (T, S, 1, 28, 28) -> (T, n, 1, 28, 28).

    z = a m_i + (1 - a) m_j + s_i noise: between the codes of two shown drawings, as unsure as the first.
    """
    mean, log_var = (part.unflatten(0, shown.shape[:2]) for part in vae.encode(shown.flatten(0, 1)))
    rows = torch.arange(len(shown))[:, None]  # (T, 1)
    i, j = torch.randint(shown.shape[1], (2, len(shown), n), generator=dice)  # (T, n) each
    a = torch.rand(len(shown), n, 1, generator=dice)
    z = a * mean[rows, i] + (1 - a) * mean[rows, j]  # (T, n, Z)
    z = z + torch.exp(log_var[rows, i] / 2) * torch.randn(z.shape, generator=dice)
    return torch.stack([vae.sample(codes) for codes in z])  # a letter at a time: less memory
