"""The tables of several seeds in RECIPES.md: checkpoints on the frozen test tasks, at t = 0 and 10.

python benchmarks/seeds.py glyphs.pt --simple "Meta-GAN 0=runs/glyphs-meta-gan-seed0/checkpoint.pt" ...
python benchmarks/seeds.py glyphs.pt --scratch glyphs-meta-gan
python benchmarks/seeds.py glyphs.pt --minus kid "Meta-GAN 0, t = 10" "from scratch, t = 200"

The file keeps a value a task for every row and grows from call to call. A checkpoint is named as for
`metagan-course evaluate`: a file or a shipped name, with changes to its recipe after commas.
"""

import argparse
from pathlib import Path

import torch

from metagan_course import CourseError, evaluation, tasks
from metagan_course.allocator import keep_freed_memory
from metagan_course.course import commands
from metagan_course.evaluation import players
from metagan_course.evaluation.report import cell, difference, difference_cell
from metagan_course.recipes import RECIPES


class Table:
    """Rows {label: {metric: (T,)}} in a file, and what they are judged by."""

    def __init__(self, file: Path, family: str):
        self.file, self.rows = file, torch.load(file) if file.exists() else {}
        recipe = next(r for r in RECIPES.values() if r.family == family)
        self.family = tasks.family(family, **dict(recipe.family_options))
        task = evaluation.frozen_tasks(self.family, recipe.k_support, "test")
        self.judge, gate = evaluation.judge_of(family, self.family, task, "test", None)
        self.look = evaluation.looking(task.support, self.judge, progress=False)
        if gate:
            print(f"{family}: the critic recognises {gate:.1%} of real characters", flush=True)

    def keep(self, label: str, scores: dict) -> None:
        self.rows[label] = scores
        torch.save(self.rows, self.file)
        print(f"{label}: " + ", ".join(f"{m} {cell(v)}" for m, v in scores.items()), flush=True)

    def simple(self) -> None:
        """The rows that need no training."""
        self.keep("held-out real", self.judge.ceiling())
        for row in self.look.untrained():
            self.keep(row.label, row.scores)
        if self.family.point_shape != (2,):
            self.keep("nothing added", self.judge.augmented(None))

    def method(self, name: str, sample, n_tasks: int, at: set[int]) -> None:
        """A method after each number of steps, on the first tasks."""
        for row in self.look.along(name, sample, [(n_tasks, sorted(at))])[0]:
            self.keep(row.label, row.scores)

    def add(self, words: argparse.Namespace) -> None:
        if words.simple:
            self.simple()
        if words.scratch:
            sample = players.scratch_gan(commands.load_player(words.scratch))
            self.method("from scratch", sample, evaluation.LONG_TASKS, {10, 200})
        for word in words.checkpoints:
            label, _, checkpoint = word.partition("=")
            player = commands.load_player(checkpoint)
            sample = players.meta_gan(player, self.family)
            self.method(label, sample, evaluation.FROZEN, {0, player.recipe.inner_steps, 10})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("checkpoints", nargs="*", metavar="LABEL=CHECKPOINT")
    parser.add_argument("--family", default="glyphs", choices=("shapes", "glyphs", "omniglot"))
    parser.add_argument("--simple", action="store_true", help="the baselines that need no training")
    parser.add_argument("--scratch", metavar="CHECKPOINT", help="a GAN from scratch on its networks")
    parser.add_argument("--minus", nargs=3, action="append", default=[], metavar=("METRIC", "ROW", "ROW"))
    words = parser.parse_intermixed_args()
    torch.set_num_threads(1)
    keep_freed_memory()
    try:
        if words.simple or words.scratch or words.checkpoints:
            Table(words.file, words.family).add(words)
    except CourseError as error:
        parser.error(str(error))
    rows = torch.load(words.file) if words.file.exists() else {}
    for metric, a, b in words.minus:
        if not all(metric in rows.get(label, {}) for label in (a, b)):
            known = "; ".join(rows) or "none yet"
            parser.error(f"--minus {metric} {a!r} {b!r}: {words.file} has the rows {known}.")
        print(f"{metric}: {a} minus {b}: {difference_cell(difference(rows[a][metric], rows[b][metric]))}")


if __name__ == "__main__":
    main()
