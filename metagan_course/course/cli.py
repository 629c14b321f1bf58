"""The command `metagan-course`: words in, one call of the package, an exit code out. No work is done here.

Every command imports what it needs when it is called: `lab` and `--help` must not wait for torch.
"""

import argparse
import sys
from pathlib import Path

from metagan_course import CourseError

DATA = ("glyphs", "omniglot", "mnist")


def run_lab(args: argparse.Namespace) -> int:
    from metagan_course.course import lab

    lab.run(args.options)
    return 0


def run_doctor(args: argparse.Namespace) -> int:
    from metagan_course.course.doctor import report

    return report()


def run_data_list(args: argparse.Namespace) -> int:
    from metagan_course.tasks.data import list_data

    for name, about, ready, where in list_data(args.root):
        print(f"{name:<9} {about}")
        print(f"{'':<9} {'here:' if ready else 'not here yet:'} {where}")
    print("\nmetagan-course data fetch <name> gets one, metagan-course data verify reads it all again.")
    return 0


def run_data_fetch(args: argparse.Namespace) -> int:
    from metagan_course.tasks.data import fetch

    print(f"{args.name} is ready: {fetch(args.name, args.root, source=args.source)}")
    return 0


def run_data_verify(args: argparse.Namespace) -> int:
    from metagan_course.tasks.data import list_data, verify

    names = args.names or [entry.name for entry in list_data(args.root) if entry.ready]
    for name in names:
        print(verify(name, args.root), flush=True)
    if not names:
        print("No data set is here yet: metagan-course data fetch <name> gets one.")
    return 0


def run_train(args: argparse.Namespace) -> int:
    from metagan_course.course.commands import train

    return train(args)


def run_evaluate(args: argparse.Namespace) -> int:
    from metagan_course.course.commands import evaluate

    return evaluate(args)


def add_lab(commands) -> None:
    lab = commands.add_parser("lab", help="open JupyterLab on the first lesson; its options pass through")
    lab.set_defaults(run=run_lab)


def add_doctor(commands) -> None:
    doctor = commands.add_parser("doctor", help="is this machine ready for the course?")
    doctor.set_defaults(run=run_doctor)


def add_data(commands) -> None:
    data = commands.add_parser("data", help="the data sets: what there is, fetch one, read all of it again")
    actions = data.add_subparsers(metavar="list | fetch | verify", required=True)
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--root", type=Path, help="where downloads lie (default: data/ in the cache folder)")
    listing = actions.add_parser("list", parents=[shared], help="what there is, and whether it is here")
    listing.set_defaults(run=run_data_list)
    fetching = actions.add_parser("fetch", parents=[shared], help="get one, whole and checked")
    fetching.add_argument("name", choices=DATA)
    fetching.add_argument("--source", type=Path, help="a folder with its archives, instead of the network")
    fetching.set_defaults(run=run_data_fetch)
    verifying = actions.add_parser(
        "verify", parents=[shared], help="read every file, compare with the original"
    )
    verifying.add_argument(
        "names", nargs="*", choices=[*DATA, []], metavar="name", help="default: all that are here"
    )
    verifying.set_defaults(run=run_data_verify)


def add_train(commands) -> None:
    train = commands.add_parser("train", help="meta-train a recipe; torchrun splits it over processes")
    train.add_argument(
        "recipe", help="a name in metagan_course/training/recipes.py; a wrong one lists them all"
    )
    train.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE", help="change the recipe")
    train.add_argument("--seed", type=int, help="of weights, tasks and noise (default: the recipe's)")
    train.add_argument("--out", type=Path, help="folder of checkpoint and log (default: runs/RECIPE-seedN)")
    train.add_argument("--resume", action="store_true", help="go on from the checkpoint in that folder")
    train.add_argument("--save-every", type=positive, default=100, metavar="STEPS")
    train.add_argument("--quiet", action="store_true", help="no progress bar")
    train.add_argument("--ship", metavar="NAME", help="also keep the result in metagan_course/pretrained")
    train.set_defaults(run=run_train)


def add_evaluate(commands) -> None:
    evaluate = commands.add_parser("evaluate", help="judge checkpoints on held-out tasks, beside baselines")
    evaluate.add_argument("checkpoints", nargs="+", metavar="CHECKPOINT", help="files, or shipped names")
    evaluate.add_argument("--tasks", type=positive, default=200, help="how many of the frozen tasks")
    evaluate.add_argument("--shots", type=positive, help="drawings to adapt to (default: the recipe's own)")
    evaluate.add_argument("--open", action="store_true", help="the test side, once a checkpoint")
    evaluate.add_argument("--no-baselines", action="store_true", help="only the checkpoints")
    evaluate.add_argument("--out", type=Path, help="folder of the results (default: beside the checkpoint)")
    evaluate.add_argument("--quiet", action="store_true", help="no progress bar")
    evaluate.set_defaults(run=run_evaluate)


def positive(word: str) -> int:
    number = int(word)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{word} is not a whole number of 1 or more")
    return number


ADD_COMMANDS = [
    add_lab,
    add_train,
    add_evaluate,
    add_data,
    add_doctor,
]  # one function a command: its words, and the function that runs it


def read(words: list[str] | None = None) -> argparse.Namespace:
    """Parse the words; only `lab` passes on words it does not know."""
    top = argparse.ArgumentParser(prog="metagan-course", description="Learn GANs and meta-learning together.")
    commands = top.add_subparsers(dest="command", metavar="command", required=True)
    for add in ADD_COMMANDS:
        add(commands)
    args, args.options = top.parse_known_args(words)
    if args.options and args.command != "lab":
        top.error(f"{args.command} does not know {' '.join(args.options)}")
    return args


def main(words: list[str] | None = None) -> int:
    args = read(words)
    try:
        return args.run(args)
    except CourseError as error:
        print(f"metagan-course: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
