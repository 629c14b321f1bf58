"""Lesson 13's studio: four starts that learn a letter from five drawings, their judges, the sheet.

    starts     name -> sample(support, n, at, generator), as everywhere in evaluation/players.py

Not here: the letters' file (alphabet_file.py), the pad (view.py).
"""

from collections.abc import Callable
from functools import cache

import torch
from matplotlib.figure import Figure
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from metagan_course import pretrained, tasks
from metagan_course.answers.alphabet import on_the_sheet, picture
from metagan_course.evaluation import critics as eyes
from metagan_course.evaluation.players import Samples, meta_gan, scratch_gan
from metagan_course.evaluation.scores import Pictures
from metagan_course.evaluation.scores import pictures as score_pictures
from metagan_course.palette import METHODS
from metagan_course.steps import adam
from metagan_course.tasks import Task
from metagan_course.tasks.stroke_letters import letters as invented
from metagan_course.tasks.stroke_pen import drawn, hands

from .alphabet_file import SHOTS, Letters

ENGINE = "alphabet-meta-gan"  # a task-conditional GAN; at test time its generator's code is optimised
TITLES = {"scratch": "from scratch", "joint": "pretrained", "reptile": "Reptile", "maml": "Meta-GAN"}


# --- letters that nobody drew -------------------------------------------------------------------------------


def example(n: int = 5, seed: int = 0) -> Letters:
    """n invented letters, five drawings of each by one invented hand: as if somebody had used the pad."""
    dice = torch.Generator().manual_seed(31_000_000 + seed)  # no seed of the family `strokes`
    strokes, count = invented(n, generator=dice)
    hand = {name: v.expand(n * SHOTS) for name, v in hands(1, generator=dice).items()}
    points = drawn(strokes.repeat_interleave(SHOTS, 0), hand, generator=dice)  # (n SHOTS, s, p, 2) pixels
    places = (points - 14) / 14
    return [
        [[stroke.tolist() for stroke in places[i * SHOTS + j][: count[i]]] for j in range(SHOTS)]
        for i in range(n)
    ]


def moved(letters: Letters, scale: float, shift: float) -> Letters:
    """The same letters, drawn smaller and elsewhere on the pad."""
    return [[[[[scale * v + shift for v in p] for p in s] for s in d] for d in letter] for letter in letters]


def pictures(letters: Letters, place: Callable[[Tensor], Tensor] = on_the_sheet) -> Tensor:
    """Every letter with five drawings, as the networks see them: (T, 5, 1, 28, 28)."""
    whole = [letter for letter in letters if len(letter) == SHOTS and all(letter)]
    if not whole:
        return torch.zeros(0, SHOTS, 1, 28, 28)
    return torch.stack([torch.stack([picture(d, place) for d in letter]) for letter in whole])


# --- four starts --------------------------------------------------------------------------------------------


@cache
def starts() -> dict[str, Callable[..., Samples]]:
    """The four, loaded once. All get the same drawings and the same number of steps.

    Rates: joint's are the most useful of six trials on validation glyphs (benchmarks/baselines.json), Reptile
    and the Meta-GAN have those that they were trained with; from scratch has Adam's usual one, untuned.
    """
    family = tasks.family("glyphs")
    joint = pretrained.load("glyphs-joint")
    return {
        "scratch": scratch_gan(joint, adam(SCRATCH, betas=(0.5, 0.99))),
        "joint": scratch_gan(joint, *(adam(a, betas=(0.5, 0.99)) for a in JOINT), start=joint[2:]),
        "reptile": meta_gan(pretrained.load("glyphs-reptile"), family),
        "maml": meta_gan(pretrained.load(ENGINE), family),
    }


SCRATCH, JOINT = 1e-3, (4.7e-3, 6.5e-4)


@cache
def sisters() -> dict[str, Callable[..., Samples]]:
    """For the table: a Meta-GAN that has seen print alone, and the pad's own with its encoder's code."""
    family, own = tasks.family("glyphs"), pretrained.load(ENGINE)
    told = own._replace(recipe=own.recipe.but(code_from="support"))
    return {
        "Meta-GAN, print alone": meta_gan(pretrained.load("glyphs-meta-gan"), family),
        "Meta-GAN, told by encoder": meta_gan(told, family),
    }


def learn(
    shown: Tensor, *, n: int = 8, steps: int = 10, seed: int = 0, only: tuple = ()
) -> dict[str, Tensor]:
    """What each start makes after 0, 1, ... steps, from one noise: name -> (steps + 1, T, n, 1, 28, 28)."""
    at = range(steps + 1)
    made = {}
    for name in only or TITLES:
        found = starts()[name](shown, n, list(at), torch.Generator().manual_seed(seed))
        made[name] = torch.stack([found[t] for t in at])
    return made


# --- what is judged -----------------------------------------------------------------------------------------


def unseen_letters(n: int, seed: int) -> Task:
    """n invented letters that no training touches: five drawings to learn from, fifteen to judge by."""
    dice = torch.Generator().manual_seed(seed)
    return alphabets().sample(n, SHOTS, 15, split="test", generator=dice)


@cache
def alphabets():
    """Ten invented alphabets, the first of those that the networks know by their training side."""
    return tasks.family("strokes", alphabets=10)


def judge_of(task: Task) -> Pictures:
    """The glyphs' critics, which have never seen a stroke, on these letters; see `.score(pictures)`."""
    critics = {kind: eyes.critic(kind, "glyphs") for kind in eyes.CRITICS}
    return score_pictures(task, critics, eyes.gate(critics["recognise"], alphabets()))


def told_apart(real: Tensor, made: Tensor) -> Tensor:
    """A machine judges pairs, one real and one made: features (T, n, d) each -> the share right, (T // 2,).

    A straight line through the features (logistic regression), fitted to one half of the letters, judges the
    other half.
    """
    half, n = len(real) // 2, min(real.shape[1], made.shape[1])
    x = torch.cat([real[:, :n], made[:, :n]], 1)  # (T, 2 n, d)
    x = (x - x[:half].mean((0, 1))) / x[:half].std((0, 1)).clamp_min(1e-6)
    y = torch.cat([torch.ones(half, n), torch.zeros(half, n)], 1)
    w = torch.zeros(x.shape[-1], requires_grad=True)
    optimiser = torch.optim.Adam([w], 0.02)
    for _ in range(300):
        loss = binary_cross_entropy_with_logits(x[:half] @ w, y) + 0.01 * w.square().sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    says = (x[half:] @ w).detach()
    return (says[:, :n] > says[:, n:]).float().mean(1)


# --- the sheet ----------------------------------------------------------------------------------------------


def sheet(shown: Tensor, made: Tensor, *, title: str = "my alphabet", figure: Figure | None = None) -> Figure:
    """A row a letter: what was drawn, and what the Meta-GAN made of it. (T, 5, 1, 28, 28), (T, n, 1, 28, 28).

    sheet(...).savefig("alphabet.png") or ("alphabet.svg"). figure: a notebook's own, to be shown
    """
    rows, columns = len(shown), shown.shape[1] + made.shape[1]
    figure = figure or Figure()
    figure.set(layout_engine="constrained", size_inches=(0.55 * columns + 0.4, 0.55 * rows + 0.7))
    table = figure.subplots(rows, columns, squeeze=False)
    for row, (mine, its) in zip(table, zip(shown, made, strict=True), strict=True):
        for i, (ax, one) in enumerate(zip(row, [*mine, *its], strict=True)):
            ax.imshow(one[0].numpy(), cmap="gray_r", vmin=0, vmax=1)
            ax.set(xticks=[], yticks=[])
            ax.spines[:].set_color(METHODS["copy" if i < len(mine) else "maml"])
    figure.suptitle(f"{title}: drawn by hand (black), made by the Meta-GAN (green)", fontsize=10)
    return figure
