"""How a Meta-GAN is judged: frozen held-out tasks, scores one a task, baselines at the same table.

`evaluate` is the protocol; critics.py are its eyes, players.py and baselines.py what it looks at, scores.py
what it counts, report.py the table, figures.py the figures. Thresholds of success are not here: they are
set before results.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from tqdm.auto import tqdm

from metagan_course import CourseError, tasks
from metagan_course.evaluation import baselines as simple
from metagan_course.evaluation import critics as eyes
from metagan_course.evaluation.figures import write
from metagan_course.evaluation.players import Samples, meta_gan, scratch_gan
from metagan_course.evaluation.report import summary
from metagan_course.evaluation.scores import Points, Scores, pictures
from metagan_course.pretrained import Pretrained

__all__ = ["Report", "Row", "evaluate", "frozen_tasks", "summary", "write"]
FROZEN = 200  # tasks; fewer are the first of these
SEED = {"val": 2_026, "test": 20_260}
STEPS = (0, 1, 2, 5, 10, 20)  # inner steps at which all tasks are judged
LONG_STEPS, LONG_TASKS = (50, 200), 20  # further ones, ten times as dear, on the first tasks
N_SAMPLES, N_QUERY = 64, 15
N_POINTS = 100  # samples and queries of a task of points


class Row(NamedTuple):
    """One line of the table: a method after t inner steps (None: it has none), a value a task."""

    method: str
    t: int | None
    scores: Scores
    seconds: float  # for a task, adaptation and sampling

    @property
    def label(self) -> str:
        return self.method if self.t is None else f"{self.method}, t = {self.t}"


class Report(NamedTuple):
    """Everything a table, a figure or a judgement may need."""

    family: str
    split: str
    rows: list[Row]
    main: dict[str, int]  # each checkpoint's own number of inner steps, where it is judged
    gate: float | None  # the recognising critic's accuracy on real held-out characters
    task: tasks.Task
    samples: dict[str, Samples]  # a few of each checkpoint's, to be looked at
    alone: Tensor | None = None  # (T,): what "augmentation" is where nothing is added


def evaluate(
    players: dict[str, Pretrained],
    *,
    n_tasks: int = FROZEN,
    split: str = "test",
    baselines: bool = True,
    critics: dict[str, eyes.Critic] | None = None,
    progress: bool = True,
) -> Report:
    """Judge checkpoints, all of one family, and the baselines on the same frozen tasks.

    The first checkpoint is the one the others are compared with, task by task.
    """
    recipe, family = common_family(players)
    task = frozen_tasks(family, recipe.k_support, split)
    judge, gate = judge_of(recipe.family, family, task, split, critics)
    task, judge = (
        task._replace(support=task.support[:n_tasks], query=task.query[:n_tasks]),
        judge.first(n_tasks),
    )
    look = looking(task.support, judge, progress=progress)
    rows, samples = [Row("held-out real", None, judge.ceiling(), 0.0)], {}
    if baselines:
        rows += look.untrained()
        scratch = scratch_gan(next(iter(players.values())))
        rows += look.along("from scratch", scratch, [(LONG_TASKS, (*STEPS, *LONG_STEPS))])[0]
    for name, player in players.items():
        own = sorted({*STEPS, player.recipe.inner_steps})
        looks = [(n_tasks, own), (LONG_TASKS, LONG_STEPS)]
        found, samples[name] = look.along(name, meta_gan(player, family), looks)
        rows += found
    look.bar.close()
    main = {name: player.recipe.inner_steps or 10 for name, player in players.items()}
    alone = None if isinstance(judge, Points) else judge.augmented(None).get("augmentation")
    return Report(recipe.family, split, rows, main, gate, task, samples, alone)


class Look(NamedTuple):
    """Draws samples of one method after another and has them judged."""

    support: Tensor
    judge: Any
    n: int
    bar: tqdm

    def once(self, name: str, sample: Callable) -> Row:
        """A method without steps."""
        start = time.perf_counter()
        drawn = sample(self.support, self.n, torch.Generator().manual_seed(1))
        return self._row(name, None, drawn, (time.perf_counter() - start) / len(drawn))

    def untrained(self) -> list[Row]:
        """The baselines that need no training."""
        kinds = simple.POINT_BASELINES if isinstance(self.judge, Points) else simple.PICTURE_BASELINES
        return [self.once(name, sample) for name, sample in kinds.items()]

    def along(
        self, name: str, sample: Callable, looks: list[tuple[int, Sequence[int]]]
    ) -> tuple[list[Row], Samples]:
        """A method after numbers of steps, looks = [(on how many tasks, which t)], and some samples to see.

        t = 0 is conditioning, not adaptation: it is one of the rows, and never the one that is compared.
        """
        rows, few = [], {}
        for n_tasks, steps in looks:
            start = time.perf_counter()
            found = sample(self.support[:n_tasks], self.n, steps, torch.Generator().manual_seed(1))
            each = (time.perf_counter() - start) / (len(found[max(steps)]) * max(steps))
            for t in sorted(set(found) - set(few)):
                rows.append(self._row(name, t, found[t], t * each))
                few[t] = found[t][:8, : 12 if found[t].dim() == 5 else self.n].clone()  # points are small
        return rows, few

    def _row(self, name: str, t: int | None, drawn: Tensor, seconds: float) -> Row:
        row = Row(name, t, self.judge.first(len(drawn)).score(drawn), seconds)
        self.bar.update()
        self.bar.set_postfix_str(row.label)
        return row


def looking(support: Tensor, judge: Any, *, progress: bool = True) -> Look:
    """A Look at as many samples a task as its judge wants to see."""
    n = N_POINTS if isinstance(judge, Points) else N_SAMPLES
    return Look(support, judge, n, tqdm(desc="judging", unit="row", disable=not progress))


def common_family(players: dict[str, Pretrained]) -> tuple[Any, Any]:
    """The first recipe, and the family that all of them must share."""
    first, *others = [player.recipe for player in players.values()]
    for other in others:
        for field in ("family", "family_options", "k_support"):
            if getattr(other, field) != getattr(first, field):
                raise CourseError(
                    f"{field} is {getattr(first, field)!r} in {first.name} and {getattr(other, field)!r} in "
                    f"{other.name}: the same tasks cannot judge both. Evaluate them one by one."
                )
    return first, tasks.family(first.family, **dict(first.family_options))


def frozen_tasks(family: Any, k_support: int, split: str) -> tasks.Task:
    """The tasks every method is judged on, the same for ever: test and validation by different seeds."""
    if split not in SEED:
        raise ValueError(
            f"split is {split!r}; it must be 'val' or 'test': nothing is judged where it was trained."
        )
    n_query = N_QUERY if len(family.point_shape) == 3 else N_POINTS
    generator = torch.Generator().manual_seed(SEED[split])
    return family.sample(FROZEN, k_support, n_query, split=split, generator=generator)


def judge_of(
    name: str, family: Any, task: tasks.Task, split: str, critics: dict | None
) -> tuple[Any, float | None]:
    """The family's judge, and the accuracy of its recognising critic, where it has one."""
    if len(family.point_shape) == 1:
        return Points(task.query), None
    critics = critics or {kind: eyes.critic(kind, name) for kind in eyes.CRITICS}
    gate = eyes.accuracy(critics["recognise"], family, split=split, episodes=100)
    return pictures(task, critics, gate), gate
