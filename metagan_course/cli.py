"""The command `metagan-course`: words in, a call of the package, an exit code out. No work is done here.

Every command imports what it needs when it is called: `lab` and `--help` must not wait for torch.
"""

import argparse
import sys
from pathlib import Path

COURSE = Path(__file__).resolve().parents[1]
FIRST_LESSON = COURSE / "notebooks" / "00_start_here.ipynb"


def run_lab(args: argparse.Namespace) -> int:
    from jupyterlab.labapp import main as jupyter_lab

    jupyter_lab([str(FIRST_LESSON), f"--ServerApp.root_dir={COURSE}", *args.options])
    return 0


def run_doctor(args: argparse.Namespace) -> int:
    from metagan_course.doctor import report

    return report()


def add_lab(commands) -> None:
    lab = commands.add_parser("lab", help="open JupyterLab on the first lesson; its options pass through")
    lab.set_defaults(run=run_lab)


def add_doctor(commands) -> None:
    doctor = commands.add_parser("doctor", help="is this machine ready for the course?")
    doctor.set_defaults(run=run_doctor)


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="metagan-course", description="Learn GANs and meta-learning together.")
    commands = top.add_subparsers(dest="command", metavar="command", required=True)
    for add in (add_lab, add_doctor):
        add(commands)
    return top


def main(words: list[str] | None = None) -> int:
    reader = parser()
    args, options = reader.parse_known_args(words)
    if options and args.command != "lab":
        reader.error(f"unknown words for {args.command}: {' '.join(options)}")
    return args.run(argparse.Namespace(**vars(args), options=options))


if __name__ == "__main__":
    sys.exit(main())
