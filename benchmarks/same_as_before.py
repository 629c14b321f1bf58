"""Does the package still compute what it computed at another commit, and is it as fast?

    python benchmarks/same_as_before.py 9138d0e            the numbers
    python benchmarks/same_as_before.py 9138d0e --speed    the clock, in pairs

The other commit is unpacked into a temporary folder, and each tree answers in a process of its own.
Numbers: outer losses, outer gradients and adapted samples of every shipped checkpoint (joint step, adapted
step as its recipe has it, adapted step of exact order), in double precision, where only a sum that is added
up in another order may differ; and in single precision, as trained, for the record. Then a first adapted step
of every recipe of points and glyphs from random weights. Batches of four tasks and at most three inner steps
keep it short. Exit 1 if anything in double precision differs by more than 1e-6 of its own norm.
Speed: both trees take turns within one run; printed are the ratio of the best times (a neighbour on the
machine only ever adds) and the median of the pairs' ratios.

Omniglot's checkpoint is asked about glyphs: its drawings are a download.
"""

import argparse
import importlib.util
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch

HERE = Path(__file__).resolve()
BAR = 1e-6
N_TASKS, K = 4, 3

# --- what one tree says, in words of its time --------------------------------------------------------------


def words() -> dict:
    """The same few functions, whatever they are called in this tree."""
    import metagan_course

    if (Path(metagan_course.__file__).parent / "training").is_dir():
        from metagan_course import training
        from metagan_course.training import loop

        def samples(player, support, noise, z, at, family):
            recipe, networks, *metas = player
            reference = training.reference_tasks(recipe, networks, *metas, family) if family else None
            return training.samples_after(
                recipe, networks, *metas, support, noise, z, at=at, reference=reference
            )

        return {
            "at": lambda recipe, step: recipe.at(step),
            "gradients": loop.outer_gradients,
            "draw": loop.draw,
            "networks": training.networks,
            "metas": training.new_metas,
            "recipes": training.RECIPES,
            "samples": samples,
            "keep_freed_memory": loop.keep_freed_memory,
        }
    from metagan_course import architectures, metagan, recipes, training

    def samples(player, support, noise, z, at, family):
        recipe, networks, *metas = player
        fixed = (None, None, None)
        if family:
            fixed = metagan.reference_statistics(recipe, networks, *metas, family)
        gens, c = metagan.adapt(recipe, networks, *metas, support, noise, at=at, statistics=fixed)
        return [metagan.sample(networks, gen, z, c) for gen in gens]

    return {
        "at": training.phase,
        "gradients": training.outer_gradients,
        "draw": training.draw,
        "networks": architectures.networks,
        "metas": metagan.start,
        "recipes": recipes.RECIPES,
        "samples": samples,
        "keep_freed_memory": training.keep_freed_memory,
    }


def family_of(recipe):
    from metagan_course import tasks

    name = "glyphs" if recipe.family == "omniglot" else recipe.family
    return tasks.family(name, **dict(recipe.family_options))


def named(found) -> dict[str, torch.Tensor]:
    """Gradients and losses as a flat dict; the learned rates went by another name once."""
    grads, losses = found
    flat = {f"L_{player}": value for player, value in zip("GD", losses, strict=True)}
    for player, gradient in zip("gd", grads, strict=True):
        for part, weights in gradient.items():
            part = "rule" if part == "log_alpha" else part
            flat |= {f"{player}/{part}/{n}": w for n, w in weights.items()}
    return flat


def cast(nest, dtype):
    from torch.utils import _pytree  # of either tree's time

    return _pytree.tree_map(
        lambda x: x.to(dtype) if isinstance(x, torch.Tensor) and x.is_floating_point() else x, nest
    )


def say(file: Path) -> None:
    """All numbers of this tree into one file."""
    from metagan_course import pretrained

    tree, said = words(), {}
    for name in sorted(pretrained.manifest()):
        player = pretrained.load(name)
        for dtype in (torch.float64, torch.float32):
            for case, value in checkpoint(tree, player, dtype).items():
                said[f"{name}, {case}"] = value
    for name, recipe in tree["recipes"].items():
        if recipe.family != "omniglot":
            recipe = recipe.but(hidden=min(recipe.hidden, 64))
            networks = tree["networks"](recipe)
            metas = cast(tree["metas"](recipe, networks), torch.float64)
            found = one_step(tree, recipe, networks, metas, torch.float64)
            said[f"{name}, random start, first adapted step, double"] = found
    torch.save(said, file)


def one_step(tree, recipe, networks, metas, dtype, step=None) -> dict[str, torch.Tensor]:
    recipe = tree["at"](recipe, recipe.joint_first if step is None else step)
    recipe = recipe.but(tasks=N_TASKS, inner_steps=min(recipe.inner_steps, K))
    batch = tree["draw"](recipe, family_of(recipe), torch.Generator().manual_seed(7))
    return named(tree["gradients"](recipe, networks, tuple(metas), cast(batch, dtype)))


def checkpoint(tree, player, dtype) -> dict[str, dict]:
    recipe, networks, *metas = player
    metas, size = cast(metas, dtype), "double" if dtype is torch.float64 else "single"
    found = {
        "joint step": one_step(tree, recipe.but(joint_first=1), networks, metas, dtype, step=0),
        "adapted step": one_step(tree, recipe, networks, metas, dtype),
        "adapted step of exact order": one_step(tree, recipe.but(first_order=False), networks, metas, dtype),
    }
    generator, family, k = torch.Generator().manual_seed(8), family_of(recipe), K
    support = family.sample(5, recipe.k_support, 1, split="val", generator=generator).support
    noise = torch.randn(5, k, 2, recipe.inner_batch, recipe.z_size, generator=generator)
    z = torch.randn(5, 6, recipe.z_size, generator=generator)
    inputs, at = cast((support, noise, z), dtype), [0, 1, k]
    with torch.no_grad():  # a lone task's company is drawn in single precision
        known = family if dtype is torch.float32 else None
        drawn = tree["samples"](player._replace(meta_g=metas[0], meta_d=metas[1]), *inputs, at, known)
    found["samples"] = {f"t = {t}": x for t, x in zip(at, drawn, strict=True)}
    return {f"{case}, {size}": value for case, value in found.items()}


# --- the clock ---------------------------------------------------------------------------------------------


def jobs(tree_folder: Path) -> dict:
    """What is timed, each a function without arguments."""
    from metagan_course import pretrained, tasks
    from metagan_course.evaluation import players

    tree, player = words(), pretrained.load("glyphs-meta-gan")
    tree["keep_freed_memory"]()  # as training does
    recipe, networks, *metas = player
    family = family_of(recipe)

    def step(number):
        now = tree["at"](recipe, number)
        batch = tree["draw"](now, family, torch.Generator().manual_seed(7))
        return lambda: tree["gradients"](now, networks, tuple(metas), batch)

    support = family.sample(200, 5, 1, split="val", generator=torch.Generator().manual_seed(0)).support
    sample = players.meta_gan(player, family)
    spec = importlib.util.spec_from_file_location("meta_step", tree_folder / "benchmarks" / "meta_step.py")
    meta_step = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(meta_step)
    work = meta_step.work("mlp", 16, 5)
    arcs = tree["recipes"]["shapes-maml"]
    arc_networks = tree["networks"](arcs)
    arc_metas = tree["metas"](arcs, arc_networks)
    arc_batch = tree["draw"](arcs, tasks.family("shapes", kind="arcs"), torch.Generator().manual_seed(7))
    return {
        "joint step, glyphs-meta-gan": step(1),
        "joint step with R1": step(0),
        "adapted step, glyphs-meta-gan": step(2800),
        "adapted step of exact order, shapes-maml": lambda: tree["gradients"](
            arcs, arc_networks, arc_metas, arc_batch
        ),
        "adaptation of 200 tasks, ten steps": lambda: sample(
            support, 8, [10], torch.Generator().manual_seed(1)
        ),
        "meta_step.py --quick, ours": lambda: meta_step.ours(work),
    }


def clock(tree_folder: Path) -> None:
    """Answer each name of a job read from stdin with its CPU seconds."""
    todo = jobs(tree_folder)
    print("\n".join([*todo, "ready"]), flush=True)
    for line in sys.stdin:
        start = time.process_time()
        todo[line.strip()]()
        print(time.process_time() - start, flush=True)


# --- both trees --------------------------------------------------------------------------------------------


def order(tree: Path, *words: str) -> tuple[list[str], dict]:
    env = {**os.environ, "PYTHONPATH": str(tree), "OMP_NUM_THREADS": "1"}
    return [sys.executable, str(HERE), *words], {"env": env, "cwd": tree, "text": True}


def unpack(commit: str, folder: Path) -> None:
    root = HERE.parents[1]
    archive = subprocess.run(
        ["git", "-C", str(root), "archive", commit], stdout=subprocess.PIPE, check=True
    ).stdout
    subprocess.run(["tar", "x", "-C", str(folder)], input=archive, check=True)


def compare(trees: list[Path], folder: Path) -> bool:
    said = []
    for i, tree in enumerate(trees):
        words, options = order(tree, "--say", str(folder / f"{i}.pt"))
        subprocess.run(words, check=True, **options)
        said.append(torch.load(folder / f"{i}.pt"))
    before, now = said
    assert before.keys() == now.keys(), before.keys() ^ now.keys()
    worst = 0.0
    for case in before:
        assert before[case].keys() == now[case].keys(), (case, before[case].keys() ^ now[case].keys())
        gaps = gaps_of(before[case], now[case])
        name = max(gaps, key=gaps.get)
        same = all(torch.equal(now[case][n], x) for n, x in before[case].items())
        print(f"{case:70} {'equal bit for bit' if same else f'{gaps[name]:.1e} ({name})'}", flush=True)
        worst = max(worst, gaps[name]) if "double" in case else worst
    print(f"\nworst relative difference in double precision: {worst:.1e}; the bar is {BAR:.0e}")
    return worst <= BAR


def gaps_of(before: dict, now: dict) -> dict[str, float]:
    """|a - b| / |b| of each tensor; a gradient that is zero but for rounding is held against the whole."""
    least = 1e-8 * max(x.norm() for x in before.values())
    return {n: ((now[n] - x).norm() / x.norm().clamp_min(least)).item() for n, x in before.items()}


def race(trees: list[Path], pairs: int, only: str) -> None:
    workers = []
    for tree in trees:
        words, options = order(tree, "--clock", str(tree))
        workers.append(
            subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=1, **options)
        )
    try:
        names = [[line.strip() for line in iter(w.stdout.readline, "ready\n")] for w in workers]

        def seconds(worker, name):
            worker.stdin.write(f"{name}\n")
            worker.stdin.flush()
            return float(worker.stdout.readline())

        for name in [name for name in names[0] if only in name]:
            for worker in workers:
                seconds(worker, name)  # warm
            times = []
            for i in range(pairs):
                first = workers if i % 2 == 0 else workers[::-1]
                pair = {id(w): seconds(w, name) for w in first}
                times.append([pair[id(w)] for w in workers])
            ratio = statistics.median(new / old for old, new in times)
            old, new = (min(column) for column in zip(*times, strict=True))
            said = (
                f"{old:7.3f} s before, {new:7.3f} s now at best: {new / old:.3f}; median of pairs {ratio:.3f}"
            )
            print(f"{name:45} {said}", flush=True)
    finally:
        for worker in workers:
            worker.kill()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("commit", nargs="?", default="HEAD")
    parser.add_argument("--speed", action="store_true")
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("--only", default="", metavar="WORDS", help="jobs of --speed with these words")
    parser.add_argument("--say", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--clock", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    torch.set_num_threads(1)
    if args.say:
        say(args.say)
        return 0
    if args.clock:
        clock(args.clock)
        return 0
    with tempfile.TemporaryDirectory() as temporary:
        before = Path(temporary) / "before"
        before.mkdir()
        unpack(args.commit, before)
        trees = [before, HERE.parents[1]]
        if args.speed:
            race(trees, args.pairs, args.only)
            return 0
        return 0 if compare(trees, Path(temporary)) else 1


if __name__ == "__main__":
    sys.exit(main())
