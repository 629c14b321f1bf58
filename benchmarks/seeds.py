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

from metagan_course import commands, evaluation, tasks
from metagan_course.allocator import keep_freed_memory
from metagan_course.evaluation import baselines, players
from metagan_course.evaluation.report import cell, difference, difference_cell
from metagan_course.recipes import RECIPES

SCRATCH_TASKS = evaluation.LONG_TASKS


class Table:
    """Rows {label: {metric: (T,)}} in a file, and what they are judged by."""

    def __init__(self, file: Path, family: str):
        self.file, self.rows = file, torch.load(file) if file.exists() else {}
        recipe = next(r for r in RECIPES.values() if r.family == family)
        self.family = tasks.family(family, **dict(recipe.family_options))
        self.task = evaluation.frozen_tasks(self.family, recipe.k_support, "test")
        self.judge, gate = evaluation.judge_of(family, self.family, self.task, "test", None)
        self.points = gate is None
        self.n = evaluation.N_POINTS if self.points else evaluation.N_SAMPLES
        if gate:
            print(f"{family}: the critic recognises {gate:.1%} of real characters", flush=True)

    def keep(self, label: str, scores: dict) -> None:
        self.rows[label] = scores
        torch.save(self.rows, self.file)
        print(f"{label}: " + ", ".join(f"{m} {cell(v)}" for m, v in scores.items()), flush=True)

    def add(self, label: str, samples: torch.Tensor) -> None:
        self.keep(label, self.judge.first(len(samples)).score(samples))

    def simple(self) -> None:
        """The rows that need no training."""
        self.keep("held-out real", self.judge.ceiling())
        if not self.points:
            self.keep("nothing added", self.judge.augmented(None))
        kinds = baselines.POINT_BASELINES if self.points else baselines.PICTURE_BASELINES
        for name, sample in kinds.items():
            self.add(name, sample(self.task.support, self.n, torch.Generator().manual_seed(1)))

    def scratch(self, player) -> None:
        support, generator = self.task.support[:SCRATCH_TASKS], torch.Generator().manual_seed(1)
        for t, samples in players.scratch_gan(player)(support, self.n, [10, 200], generator).items():
            self.add(f"from scratch, t = {t}", samples)

    def checkpoint(self, label: str, player) -> None:
        at = sorted({0, player.recipe.inner_steps, 10})
        draw, generator = players.meta_gan(player, self.family), torch.Generator().manual_seed(1)
        for t, samples in draw(self.task.support, self.n, at, generator).items():
            self.add(f"{label}, t = {t}", samples)


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
    if words.simple or words.scratch or words.checkpoints:
        table = Table(words.file, words.family)
        if words.simple:
            table.simple()
        if words.scratch:
            table.scratch(commands.load_player(words.scratch))
        for word in words.checkpoints:
            label, _, checkpoint = word.partition("=")
            table.checkpoint(label, commands.load_player(checkpoint))
    rows = torch.load(words.file)
    for metric, a, b in words.minus:
        print(f"{metric}: {a} minus {b}: {difference_cell(difference(rows[a][metric], rows[b][metric]))}")


if __name__ == "__main__":
    main()
