"""A setting in which a start may earn its place: twenty drawings under a shift that they share.

A task is a *domain*: four characters, five drawings of each, all thick, or thin, slanted, blurred, hollow.
The shipped glyph generator is told each character by its encoder; what moves, for the whole domain, is its
norms and its last layer, 369 numbers of 145,921. Not here: the starts for single letters (course/starts.py),
the measurement (benchmarks/shifted_domains.py).
"""

from collections.abc import Callable, Collection
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from metagan_course import pretrained, tasks
from metagan_course.inner import adapt_path
from metagan_course.metrics import energy_distance
from metagan_course.outer import maml_gradient
from metagan_course.steps import Step, adam, only, sgd
from metagan_course.tasks.images import ImageFamily
from metagan_course.training import reference_tasks
from metagan_course.weights import Params, as_function

MOVING = ("body.1", "body.4", "body.7", "body.9")  # the generator's three norms, and its last layer
CHARACTERS, DRAWINGS, QUERIES, SAMPLES, K = 4, 5, 10, 16, 5

# --- shifts ------------------------------------------------------------------------------------------------


def thick(x: Tensor, s: float) -> Tensor:
    """Every pixel moves towards the darkest around it."""
    return x + s * (F.max_pool2d(x, 3, 1, 1) - x)


def thin(x: Tensor, s: float) -> Tensor:
    """Every pixel moves towards the lightest around it."""
    return x + s * (-F.max_pool2d(-x, 3, 1, 1) - x)


def blurred(x: Tensor, s: float) -> Tensor:
    """Each pixel becomes the mean of the nine around it, twice."""
    soft = F.avg_pool2d(F.avg_pool2d(x, 3, 1, 1), 3, 1, 1)
    return x + s * (soft - x)


def hollow(x: Tensor, s: float) -> Tensor:
    """The outline: what a thicker stroke has more than a thinner one."""
    return x + s * ((F.max_pool2d(x, 3, 1, 1) + F.max_pool2d(-x, 3, 1, 1)) - x)


def slanted(x: Tensor, s: float) -> Tensor:
    """Sheared to the right."""
    matrix = torch.tensor([[1.0, 0.6 * s, 0.0], [0.0, 1.0, 0.0]]).expand(len(x), 2, 3)
    return F.grid_sample(x, F.affine_grid(matrix, list(x.shape), align_corners=False), align_corners=False)


def faint(x: Tensor, s: float) -> Tensor:
    """Less ink."""
    return x * (1 - 0.7 * s)


def dotted(x: Tensor, s: float) -> Tensor:
    """Every second pair of rows has lost its ink."""
    rows = (torch.arange(28) // 2 % 2).float()[:, None]
    return x * (1 - s * rows)


SHIFTS: dict[str, Callable[[Tensor, float], Tensor]] = {
    one.__name__: one for one in (thick, thin, blurred, hollow, slanted)
}
NEVER_TRAINED: dict[str, Callable[[Tensor, float], Tensor]] = {one.__name__: one for one in (faint, dotted)}

# --- domains -----------------------------------------------------------------------------------------------


class Domains(NamedTuple):
    """T tasks of four characters each."""

    support: Any  # {"h": (T, 4, 5, n) in D's features, "code": (T, 4, C), "z": (T, 4, 16, Z)}
    query: Any
    asked: Tensor  # (T, 4, Q, 1, 28, 28), the query's pictures
    shown: Tensor  # (T, 4, 5, 1, 28, 28)


class World:
    """The shipped glyph networks, frozen but for the start of 369 numbers."""

    def __init__(self) -> None:
        player = pretrained.load("glyphs-meta-gan")
        recipe, built = player.recipe.but(code_from="support"), player.networks
        self.family: ImageFamily = tasks.family("glyphs")
        reference = reference_tasks(recipe, built, player.meta_g, player.meta_d, self.family)
        self._statistics, self._psi = reference.g, player.meta_g["encoder"]
        self._encode, self._features = as_function(built.enc_g), as_function(built.disc.base, "features")
        self._generate = as_function(built.gen)
        self._theta = {
            n.removeprefix("base."): w for n, w in player.meta_d["start"].items() if n.startswith("base.")
        }
        whole = {n: w for n, w in player.meta_g["start"].items() if n != "code"}
        self.moving = [n for n in whole if n.rpartition(".")[0] in MOVING]
        self.start: Params = {n: whole[n] for n in self.moving}
        self._fixed = {n: w for n, w in whole.items() if n not in self.start}

    def draw(self, phi: Params, code: Tensor, z: Tensor) -> Tensor:
        """x = G(z, c): code (4, C), z (4, n, Z) -> (4, n, 1, 28, 28)."""
        n = z.shape[1]
        x = self._generate({**self._fixed, **phi}, z.flatten(0, 1), code.repeat_interleave(n, 0))
        return x.unflatten(0, z.shape[:2])

    def loss(self, phi: Params, data: dict[str, Tensor]) -> Tensor:
        """Mean over the characters of the energy distance of samples to drawings, in D's features."""
        h = self._features(self._theta, self.draw(phi, data["code"], data["z"]).flatten(0, 1))
        return energy_distance(h.unflatten(0, data["z"].shape[:2]), data["h"]).mean()

    @torch.no_grad()
    def domains(
        self, n: int, *, split: str, generator: torch.Generator, shifts: dict[str, Callable] = SHIFTS
    ) -> Domains:
        """n domains; each has one shift and one strength, from a half to all of it."""
        drawn = self.family.sample(n * CHARACTERS, DRAWINGS, QUERIES, split=split, generator=generator)
        kinds = torch.randint(len(shifts), (n,), generator=generator).tolist()
        strength = (0.5 + 0.5 * torch.rand(n, generator=generator)).tolist()
        pictures = torch.cat([drawn.support, drawn.query], 1).unflatten(0, (n, CHARACTERS))
        shifted = torch.stack(
            [
                list(shifts.values())[kind](x.flatten(0, 1), s).unflatten(0, x.shape[:2]).clamp(0, 1)
                for x, kind, s in zip(pictures, kinds, strength, strict=True)
            ]
        )
        shown, asked = shifted[:, :, :DRAWINGS], shifted[:, :, DRAWINGS:]
        code = self._encode(self._psi, shown.flatten(0, 1), statistics=self._statistics)
        z = torch.randn(2, n, CHARACTERS, SAMPLES, 48, generator=generator)
        sides = [
            {"h": self.features(x), "code": code.unflatten(0, (n, CHARACTERS)), "z": own}
            for x, own in zip((shown, asked), z, strict=True)
        ]
        return Domains(*sides, asked, shown)

    def features(self, x: Tensor) -> Tensor:
        """D's features: (T, 4, n, 1, 28, 28) -> (T, 4, n, d)."""
        return self._features(self._theta, x.flatten(0, 2)).unflatten(0, x.shape[:3])

    def step(self, rule: str, rate: float) -> Step:
        """Plain descent or Adam on what moves."""
        made = {"sgd": sgd, "adam": adam}[rule](rate)
        return only(self.moving, made)

    def after(self, start: Params, task: Domains, step: Step, at: Collection[int], n: int, seed: int) -> dict:
        """What each domain's own generator draws after each number of steps: {t: (T, 4, n, 1, 28, 28)}."""
        generator, found = torch.Generator().manual_seed(seed + 5), {t: [] for t in at}
        for i in range(len(task.asked)):
            support = {name: x[i] for name, x in task.support.items()}
            z = torch.randn(CHARACTERS, n, 48, generator=generator)
            path = adapt_path(self.loss, start, support, step, max(at), first_order=True)
            with torch.no_grad():
                for t, phi in enumerate(path):
                    if t in found:
                        found[t].append(self.draw(phi, support["code"], z))
        return {t: torch.stack(x) for t, x in found.items()}


def outer_gradient(world: World, start: Params, task: Domains, step: Step | None) -> tuple[Params, Tensor]:
    """FOMAML's through K steps, or joint training's, which takes none: {name: like start}, (T,)."""
    if step is None:
        return maml_gradient(world.loss, start, task, only([], sgd(0.0)), 0)
    return maml_gradient(world.loss, start, task, step, K, first_order=True)
