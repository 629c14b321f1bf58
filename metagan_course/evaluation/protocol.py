"""What is looked at, and when: baselines and checkpoints on the same frozen tasks, row by row.

Not here: the numbers (scores.py), and what the rows say together (report.py).
"""

import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from tqdm.auto import tqdm

from metagan_course import CourseError
from metagan_course.evaluation import baselines as simple
from metagan_course.evaluation import critics as eyes
from metagan_course.evaluation import frozen
from metagan_course.evaluation.players import Samples, meta_gan, scratch_gan
from metagan_course.evaluation.scores import Points, Scores, pictures
from metagan_course.pretrained import Pretrained
from metagan_course.tasks import Task

STEPS = (0, 1, 2, 3, 5, 10)  # inner steps at which all tasks are judged
LONG_STEPS, LONG_TASKS = (20, 50), 20  # further ones, dearer, on the first tasks
SCRATCH_STEPS, SCRATCH_TASKS = (10, 200), 20
N_SAMPLES = {"pictures": 64, "points": 100}  # a task


class Row(NamedTuple):
    """One line of the table: a method after t inner steps (None: it has none), a value a task."""

    method: str
    t: int | None
    scores: Scores
    seconds: float  # for a task, adaptation and sampling
    with_copies: Tensor | None = None  # mean KID with 0 ... n photocopies among the samples

    @property
    def label(self) -> str:
        return self.method if self.t is None else f"{self.method}, t = {self.t}"


class Report(NamedTuple):
    """Everything a table, a figure or a judgement may need."""

    family: str
    split: str
    rows: list[Row]
    main: dict[str, int]  # each checkpoint's own number of inner steps, where it is judged
    gate: eyes.Gate | None  # what the recognising critic makes of real validation drawings
    task: Task
    samples: dict[str, Samples]  # a few of each checkpoint's, to be looked at
    alone: Tensor | None = None  # (T,): accuracy where nothing is added


def evaluate(
    players: dict[str, Pretrained],
    *,
    n_tasks: int = frozen.FROZEN,
    split: str = "val",
    shots: int | None = None,
    baselines: bool = True,
    critics: dict[str, eyes.Critic] | None = None,
    progress: bool = True,
) -> Report:
    """Judge checkpoints, all of one family, and the baselines on the same frozen tasks.

    The first checkpoint is the one the others are compared with, task by task.
    """
    recipe = common_recipe(players)
    shots = shots or recipe.k_support
    task = frozen.frozen_tasks(recipe, split, shots)
    judge, gate = judge_of(recipe, task, critics)  # rivals come from all of them
    task, judge = Task(*(x[:n_tasks] for x in task)), judge.first(n_tasks)
    judging = Judging(task.support, judge, frozen.judged(recipe.family), bar=bar(progress))
    rows, samples = [Row("held-out real", None, judge.ceiling(), 0.0)], {}
    rows += judging.untrained() if baselines else judging.untrained(["support copy"])
    if baselines:
        scratch = scratch_gan(at_shots(next(iter(players.values())), shots))
        rows += judging.along("from scratch", scratch, [(SCRATCH_TASKS, SCRATCH_STEPS)])[0]
    for name, player in players.items():
        found, samples[name] = judging.checkpoint(name, at_shots(player, shots))
        rows += found
    judging.bar.close()
    main = {name: main_steps(player) for name, player in players.items()}
    alone = getattr(getattr(judge, "learner", None), "without", None)
    return Report(frozen.judged(recipe.family), split, rows, main, gate, task, samples, alone)


def main_steps(player: Pretrained) -> int:
    """The number of steps at which a checkpoint is judged: its own."""
    return player.recipe.inner_steps or 10


def at_shots(player: Pretrained, shots: int) -> Pretrained:
    return player._replace(recipe=player.recipe.but(k_support=shots))


def bar(progress: bool) -> tqdm:
    return tqdm(desc="judging", unit="row", disable=not progress)


class Judging(NamedTuple):
    """Draws samples of one method after another and has them judged."""

    support: Tensor  # (T, S, ...)
    judge: Any
    family: str
    bar: tqdm

    @property
    def n(self) -> int:
        return N_SAMPLES["points" if isinstance(self.judge, Points) else "pictures"]

    def untrained(self, names: Sequence[str] | None = None) -> list[Row]:
        """The baselines that need no training, or some of them."""
        kinds = simple.POINT_BASELINES if isinstance(self.judge, Points) else simple.for_pictures(self.family)
        return [self.once(name, kinds[name]) for name in names or kinds]

    def once(self, name: str, sample: Callable) -> Row:
        """A method without steps."""
        start = time.perf_counter()
        drawn = sample(self.support, self.n, torch.Generator().manual_seed(1))
        return self._row(name, None, drawn, (time.perf_counter() - start) / len(drawn))

    def checkpoint(self, name: str, player: Pretrained) -> tuple[list[Row], Samples]:
        """A checkpoint along its steps; and after its own steps on another task's support, the sham."""
        sample, last = meta_gan(player, self.trained_on(player)), main_steps(player)
        every = [(len(self.support), sorted({*STEPS, last})), (LONG_TASKS, LONG_STEPS)]
        rows, few = self.along(name, sample, every)
        sham = self._replace(support=self.support.roll(1, 0))  # each character is there once: all are others
        return rows + sham.along(f"{name}, sham", sample, [(len(self.support), [last])])[0], few

    def trained_on(self, player: Pretrained) -> Any:
        """The family whose training side a lone task's code is compared with: never another hand's."""
        return frozen.family_of(player.recipe, "val", player.recipe.k_support)

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
            each = (time.perf_counter() - start) / (len(found[max(steps)]) * max(*steps, 1))
            for t in sorted(set(found) - set(few)):
                rows.append(self._row(name, t, found[t], t * each))
                few[t] = found[t][:8, : 12 if found[t].dim() == 5 else self.n].clone()  # points are small
        return rows, few

    def _row(self, name: str, t: int | None, drawn: Tensor, seconds: float) -> Row:
        scores, with_copies = self.judge.first(len(drawn)).look(drawn)
        row = Row(name, t, scores, seconds, with_copies)
        self.bar.update()
        self.bar.set_postfix_str(row.label)
        return row


def common_recipe(players: dict[str, Pretrained]) -> Any:
    """The first recipe; family, its options and the drawings shown are the same in all."""
    first, *others = [player.recipe for player in players.values()]
    for other in others:
        for field in ("family", "family_options", "k_support"):
            if getattr(other, field) != getattr(first, field):
                raise CourseError(
                    f"{field} is {getattr(first, field)!r} in {first.name} and {getattr(other, field)!r} in "
                    f"{other.name}: the same tasks cannot judge both. Evaluate them one by one."
                )
    return first


def judge_of(recipe: Any, task: Task, critics: dict | None = None) -> tuple[Any, eyes.Gate | None]:
    """The judge of these tasks, and what its recognising critic makes of real validation drawings."""
    if task.query.dim() == 3:
        return Points(task.query), None
    name = frozen.judged(recipe.family)
    critics = critics or {kind: eyes.critic(kind, name) for kind in eyes.CRITICS}
    gate = eyes.gate(critics["recognise"], frozen.family_of(recipe, "val"))
    return pictures(task, critics, gate), gate
