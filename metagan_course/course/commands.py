"""What `metagan-course train` and `metagan-course evaluate` do with their words. The work is done elsewhere.

metagan-course train shapes-fomaml --seed 1 --set steps=50
torchrun --nproc-per-node 2 -m metagan_course.course.cli train shapes-fomaml --resume
metagan-course evaluate runs/shapes-fomaml/checkpoint.pt runs/shapes-joint/checkpoint.pt
"""

import subprocess
from dataclasses import asdict
from functools import partial
from pathlib import Path

from metagan_course import CourseError, pretrained, tasks, training
from metagan_course.training.processes import processes
from metagan_course.training.recipe import UNLEARNED, Recipe
from metagan_course.training.recipes import RECIPES


class WrongWord(CourseError):
    """A word on the command line that means nothing here, and which ones do."""


def recipe_named(name: str) -> Recipe:
    if name not in RECIPES:
        raise WrongWord(f"no recipe is called {name!r}; there are: {', '.join(RECIPES)}.")
    return RECIPES[name]


def read_changes(recipe: Recipe, words: list[str]) -> dict:
    """["beta_g=1e-4", "steps=50"] as values of the fields' own types."""
    changes = {}
    for word in words:
        field, _, value = word.partition("=")
        old = asdict(recipe).get(field)
        if not isinstance(old, int | float | str):
            settable = [n for n, v in asdict(recipe).items() if isinstance(v, int | float | str)]
            raise WrongWord(f"--set {word}: needs FIELD=VALUE, with a field of {', '.join(settable)}.")
        changes[field] = read_value(word, value, type(old))
    return changes


def read_value(word: str, value: str, kind: type):
    """The text after the = as a value of the field's own type."""
    readers = {bool: lambda text: {"true": True, "false": False}[text.lower()]}
    try:
        return readers.get(kind, kind)(value)
    except (KeyError, ValueError):
        needed = "True or False" if kind is bool else f"a value of type {kind.__name__}"
        raise WrongWord(f"--set {word}: needs {needed} after the =.") from None


# --- train -------------------------------------------------------------------------------------------------


def train(args) -> int:
    """Train a recipe from its start or its checkpoint, on one process or as one of torchrun's."""
    recipe = recipe_named(args.recipe)
    changes = read_changes(recipe, args.set) | ({} if args.seed is None else {"seed": args.seed})
    folder = args.out or Path("runs") / run_name(recipe.but(**changes))
    with processes() as share:
        try:
            run = first_run(recipe, changes, folder / training.CHECKPOINT, resume=args.resume)
            run = training.train(
                run, folder=folder, save_every=args.save_every, progress=not args.quiet, share=share
            )
            if share.rank == 0:
                print(f"{run.step} steps: {folder / training.CHECKPOINT}")
                if args.ship:
                    print(f"shipped: {ship(run, args.ship, progress=not args.quiet)}")
        except CourseError:
            if share.rank == 0:
                raise
            return 2  # the first process says it for all
    return 0


def run_name(recipe: Recipe) -> str:
    return f"{recipe.name}-seed{recipe.seed}"


def first_run(recipe: Recipe, changes: dict, file: Path, *, resume: bool) -> training.Run:
    """The run to go on with: the checkpoint's, or a new one where there is none."""
    if not resume:
        if file.exists():
            raise WrongWord(f"{file} is there already; --resume goes on with it, --out names another folder.")
        return training.begin(recipe.but(**changes))
    run = training.load(file, **changes)
    if run.recipe.name != recipe.name:
        raise WrongWord(
            f"{file} is a run of {run.recipe.name!r}, not of {recipe.name!r}; choose another --out."
        )
    return run


def ship(run: training.Run, name: str, *, progress: bool = True) -> Path:
    """Put the averaged weights among those that come with the course, judged on held-out tasks."""
    from metagan_course.evaluation import evaluate, summary

    recipe = run.recipe
    plain = RECIPES.get(recipe.name, recipe)
    changed = [f"--set {n}={v}" for n, v in asdict(recipe).items() if v != asdict(plain)[n] and n != "seed"]
    words = ["metagan-course train", recipe.name, f"--seed {recipe.seed}", *changed, f"--ship {name}"]
    family = tasks.family(recipe.family, **dict(recipe.family_options))
    entry = {
        "command": " ".join(words),
        "commit": commit(),
        "data": pretrained.data_hash(family),
    }
    pretrained.ship(name, recipe, run.averages, **entry, metrics={})
    shipped = pretrained.load(name)  # what is judged is what was written, rounding included
    report = evaluate({name: shipped}, baselines=False, progress=progress)
    return pretrained.ship(name, recipe, shipped[2:], **entry, metrics=summary(report, name))


def commit() -> str:
    """The commit of the code, marked if files differ from it; "unknown" outside a repository."""
    here = Path(__file__).parent
    order = ["git", "-C", str(here), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    done = subprocess.run(order, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else "unknown"


# --- evaluate ----------------------------------------------------------------------------------------------


def evaluate(args) -> int:
    """Judge checkpoints by the protocol; table, figures and JSON land in one folder."""
    from metagan_course import evaluation
    from metagan_course.evaluation.opened import open_once

    players = {name_of(word): load_player(word) for word in args.checkpoints}
    judge = partial(open_once, commit=commit()) if args.open else evaluation.evaluate
    report = judge(
        players,
        n_tasks=args.tasks,
        shots=args.shots,
        baselines=not args.no_baselines,
        progress=not args.quiet,
    )
    folder = args.out or Path(args.checkpoints[0]).with_suffix("").parent / "evaluation"
    print(evaluation.write(report, folder))
    print(f"\ntable, figures and numbers: {folder}")
    return 0


def name_of(word: str) -> str:
    """A checkpoint's name in the table: its run's folder, or the shipped name, and what is changed."""
    file, *changes = word.split(",")
    return " ".join([Path(file).resolve().parent.name if file.endswith(".pt") else file, *changes])


def load_player(word: str) -> pretrained.Pretrained:
    """A checkpoint file or the name of a shipped one, and what its inner loop does otherwise than it learned.

    "glyphs-meta-gan,code_from=support" are the same weights, but the encoder tells G the task.
    """
    file, *words = word.split(",")
    if file.endswith(".pt"):
        run = training.load(Path(file))
        player = pretrained.Pretrained(run.recipe, training.networks(run.recipe), *run.averages)
    else:
        player = pretrained.load(file)
    changes = read_changes(player.recipe, words)
    wrong = set(changes) - UNLEARNED
    if wrong:
        raise WrongWord(
            f"{word}: {', '.join(sorted(wrong))} is learned and cannot change; code_from=... can."
        )
    recipe = player.recipe.but(**changes)
    if recipe.code_size and recipe.code_from == "support" and player.networks.enc_g is None:
        raise WrongWord(f"{word}: code_from=support needs G's encoder, and this one was trained without it.")
    return player._replace(recipe=recipe)
