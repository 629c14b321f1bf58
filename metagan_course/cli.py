"""The command `metagan-course`: words in, one call of the package, an exit code out. No work is done here.

Every command imports what it needs when it is called: `lab` and `--help` must not wait for torch.
"""

import argparse
import sys
from pathlib import Path

COURSE = Path(__file__).resolve().parents[1]
FIRST_LESSON = "/lab/tree/notebooks/00_start_here.ipynb"


def run_lab(args: argparse.Namespace) -> int:
    from jupyterlab.labapp import main as jupyter_lab

    # as an address, not as a file to open: --no-browser prints it too
    jupyter_lab([f"--LabApp.default_url={FIRST_LESSON}", f"--ServerApp.root_dir={COURSE}", *args.options])
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


ADD_COMMANDS = [add_lab, add_doctor]  # one function a command: its words, and the function that runs it


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
    return args.run(args)


if __name__ == "__main__":
    sys.exit(main())
