"""The tables of several seeds: checkpoints on the frozen validation tasks, pooled over seeds and tasks.

python benchmarks/seeds.py glyphs.pt --simple "Meta-GAN/0=runs/glyphs-meta-gan-seed0/checkpoint.pt" ...
python benchmarks/seeds.py glyphs.pt --scratch glyphs-meta-gan
python benchmarks/seeds.py glyphs.pt --table
python benchmarks/seeds.py glyphs.pt --minus kid "Meta-GAN, t = 10" "joint, t = 10"

The file keeps a value a task for every row and grows from call to call. A checkpoint is named as for
`metagan-course evaluate`: a file or a shipped name, with changes to its recipe after commas. Rows called
NAME/0, NAME/1, ... are the seeds of one method, and one row of the table.
"""

import argparse
from pathlib import Path

import torch

from metagan_course import CourseError
from metagan_course.course import commands
from metagan_course.evaluation import frozen, players, protocol
from metagan_course.evaluation.report import cell, difference, difference_cell
from metagan_course.training.allocator import keep_freed_memory
from metagan_course.training.recipes import RECIPES


class Table:
    """Rows {label: {metric: (T,)}} in a file, and what they are judged by."""

    def __init__(self, file: Path, family: str):
        self.file, self.rows = file, torch.load(file) if file.exists() else {}
        recipe = next(r for r in RECIPES.values() if r.family == family)
        task = frozen.frozen_tasks(recipe, "val")
        self.judge, gate = protocol.judge_of(recipe, task)
        self.judging = protocol.Judging(task.support, self.judge, family, protocol.bar(False))
        if gate:
            print(f"{family}, {len(task.label)} validation tasks; critic {gate}", flush=True)

    def keep(self, label: str, scores: dict) -> None:
        self.rows[label] = scores
        torch.save(self.rows, self.file)
        print(f"{label}: " + ", ".join(f"{m} {cell(v)}" for m, v in scores.items()), flush=True)

    def add(self, words: argparse.Namespace) -> None:
        if words.simple:
            self.keep("held-out real", self.judge.ceiling())
            for row in self.judging.untrained():
                self.keep(row.label, row.scores)
        if words.scratch:
            sample = players.scratch_gan(commands.load_player(words.scratch))
            looks = [(protocol.SCRATCH_TASKS, protocol.SCRATCH_STEPS)]
            for row in self.judging.along("from scratch", sample, looks)[0]:
                self.keep(row.label, row.scores)
        for word in words.checkpoints:
            label, _, checkpoint = word.partition("=")
            for row in self.judging.checkpoint(label, commands.load_player(checkpoint))[0]:
                self.keep(row.label, row.scores)


def of_all_seeds(rows: dict, label: str, metric: str) -> torch.Tensor:
    """(T,) of the row of that name, or (seeds, T) of the rows "NAME/0, t = 10", "NAME/1, t = 10", ..."""
    if label in rows:
        return rows[label][metric]
    seeds = sorted(other for other in rows if seedless(other) == label)
    if not seeds:
        raise CourseError(
            f"no row is called {label!r}; there are {'; '.join(dict.fromkeys(map(seedless, rows)))}."
        )
    return torch.stack([rows[other][metric] for other in seeds])


def seedless(label: str) -> str:
    """ "joint/2, t = 10" is a seed of "joint, t = 10"."""
    name, comma, rest = label.partition(", ")
    return name.partition("/")[0] + comma + rest


def markdown(rows: dict) -> str:
    """A row a method, pooled over its seeds and tasks."""
    labels = list(dict.fromkeys(map(seedless, rows)))
    metrics = list(dict.fromkeys(m for scores in rows.values() for m in scores))
    lines = ["| | " + " | ".join(metrics) + " |", "|---" * (len(metrics) + 1) + "|"]
    for label in labels:
        has = next(scores for other, scores in rows.items() if seedless(other) == label)
        cells = [cell(of_all_seeds(rows, label, m)) if m in has else "" for m in metrics]
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("checkpoints", nargs="*", metavar="LABEL=CHECKPOINT")
    parser.add_argument("--family", default="glyphs", choices=("shapes", "glyphs", "omniglot", "strokes"))
    parser.add_argument("--simple", action="store_true", help="the baselines that need no training")
    parser.add_argument("--scratch", metavar="CHECKPOINT", help="a GAN from scratch on its networks")
    parser.add_argument("--table", action="store_true", help="all rows, pooled over seeds and tasks")
    parser.add_argument("--minus", nargs=3, action="append", default=[], metavar=("METRIC", "ROW", "ROW"))
    words = parser.parse_intermixed_args()
    torch.set_num_threads(1)
    keep_freed_memory()
    try:
        if words.simple or words.scratch or words.checkpoints:
            Table(words.file, words.family).add(words)
        rows = torch.load(words.file) if words.file.exists() else {}
        if words.table:
            print(markdown(rows))
        for metric, a, b in words.minus:
            gap = difference(of_all_seeds(rows, a, metric), of_all_seeds(rows, b, metric))
            print(f"{metric}: {a} minus {b}: {difference_cell(gap)}")
    except CourseError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
