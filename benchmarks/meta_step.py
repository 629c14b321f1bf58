"""How long does one second-order meta-step of a Meta-GAN take, beside the libraries one would pick instead?

    python benchmarks/meta_step.py --quick      one case: MLP, 16 tasks, 5 steps, one thread
    python benchmarks/meta_step.py              MLP, conv; T = 1 4 16 64; K = 1 5 10; one thread and all

One meta-step: every task adapts D and G in turn for K steps of SGD, then two gradients through all of it. The
contenders do the same work on the same numbers:

    ours                vmap over tasks, torch.func.grad inside (metagan_course.metagan.game_losses)
    ours, loop          the same functions, one task after another
    higher, torchopt, learn2learn    as their users write it: the optimiser's own step(loss) on live weights
    ... re-aliased      the same library, its weights renamed before each loss, so that G's inner gradient is
                        the partial derivative that is meant. As written it is not: `off by` says how far.

The floor is the step's counted multiply-adds over the speed of its own batched products, measured in the same
run: what would be left if everything but the products were free. The speed of one large product is given too.
With one thread the clock is CPU time, which a busy neighbour moves less (it still takes memory bandwidth);
with all threads it is wall time.

All contenders run with freed memory kept for reuse (training/allocator.py); --plain-malloc shows without.

Needs the extra `bench`. A contender that is not installed, or would take longer than --limit seconds, is
named in the table with the reason; T = 16, K = 5, the cases of the figure, wait for all. Writes
benchmarks/meta_step.json and .png. Not a test: it asserts nothing.
"""

import argparse
import contextlib
import importlib.util
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import torch
from torch import nn
from torch.func import functional_call
from torch.utils.flop_counter import FlopCounterMode

from metagan_course.inner import adapt_game
from metagan_course.losses import minimax_discriminator, non_saturating_generator
from metagan_course.metagan import Player, game_losses, gan_game
from metagan_course.outer import player_gradients
from metagan_course.steps import fixed, sgd
from metagan_course.training.allocator import keep_freed_memory
from metagan_course.weights import params_of

BATCH, NOISE, RATE = 16, 32, 0.05
FIGURE = (16, 5)  # T, K of the cases in the figure, which wait for every contender
HERE = Path(__file__).parent


class Tasks(NamedTuple):
    support: torch.Tensor
    query: torch.Tensor


class Work(NamedTuple):
    """One case: two networks, the tasks, their noise. support, query: (T, B, ...), noise: (T, K, 2, B, Z)"""

    gen: nn.Module
    disc: nn.Module
    tasks: Tasks
    noise: torch.Tensor
    query_noise: torch.Tensor

    def one_task(self, t):
        return self.tasks.support[t], self.tasks.query[t], self.noise[t], self.query_noise[t]


def networks(kind):
    if kind == "mlp":
        return (
            nn.Sequential(nn.Linear(NOISE, 64), nn.ReLU(), nn.Linear(64, 784), nn.Sigmoid()),
            nn.Sequential(nn.Linear(784, 64), nn.LeakyReLU(0.2), nn.Linear(64, 1)),
        )
    return (
        nn.Sequential(
            *[nn.Linear(NOISE, 16 * 49), nn.Unflatten(1, (16, 7, 7)), nn.ReLU()],
            *[nn.ConvTranspose2d(16, 8, 4, 2, 1), nn.ReLU(), nn.ConvTranspose2d(8, 1, 4, 2, 1), nn.Sigmoid()],
        ),
        nn.Sequential(
            *[nn.Conv2d(1, 8, 4, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(8, 16, 4, 2, 1), nn.LeakyReLU(0.2)],
            *[nn.Flatten(), nn.Linear(16 * 49, 1)],
        ),
    )


def work(kind, n_tasks, n_steps) -> Work:
    torch.manual_seed(0)
    shape = (784,) if kind == "mlp" else (1, 28, 28)
    tasks = Tasks(*(torch.rand(n_tasks, BATCH, *shape) for _ in range(2)))
    noise = torch.randn(n_tasks, n_steps, 2, BATCH, NOISE)
    return Work(*networks(kind), tasks, noise, torch.randn(n_tasks, BATCH, NOISE))


# --- the contenders: Work -> list of gradients, G first then D ---


def ours(w: Work, chunk_size=None):
    game, player = gan_game(w.gen, w.disc), Player(rule=fixed(sgd(RATE)))

    def losses(meta_g, meta_d, batch):
        tasks, noise, z = batch
        return game_losses(game, game, player, player, meta_g, meta_d, tasks, noise=noise, query_noise=z)

    metas = {"start": params_of(w.gen)}, {"start": params_of(w.disc)}
    batch = w.tasks, w.noise, w.query_noise
    grad_g, grad_d, _ = player_gradients(losses, *metas, batch, chunk_size=chunk_size)
    return [*grad_g["start"].values(), *grad_d["start"].values()]


def two_gradients(w: Work, gen_losses, disc_losses):
    n = len(gen_losses)
    grads = torch.autograd.grad(sum(gen_losses) / n, list(w.gen.parameters()), retain_graph=True)
    return [*grads, *torch.autograd.grad(sum(disc_losses) / n, list(w.disc.parameters()))]


def ours_loop(w: Work):
    game, losses = gan_game(w.gen, w.disc), []
    for t in range(len(w.noise)):
        support, query, noise, z = w.one_task(t)
        g, d = adapt_game(game, params_of(w.gen), params_of(w.disc), support, noise, sgd(RATE), sgd(RATE))
        losses.append((game.gen_loss(g, d, query, z), game.disc_loss(d, g, query, z)))
    return two_gradients(w, *zip(*losses, strict=True))


def disc_loss(d, g, x, z):
    return minimax_discriminator(real=d(x), fake=d(g(z)))


def gen_loss(d, g, z):
    return non_saturating_generator(fake=d(g(z)))


def higher_(w: Work, *, realias=False):
    import higher

    def loop(module):
        return higher.innerloop_ctx(
            module, torch.optim.SGD(module.parameters(), RATE), copy_initial_weights=False
        )

    losses = []
    for t in range(len(w.noise)):
        support, query, noise, z = w.one_task(t)
        with loop(w.gen) as (g, step_g), loop(w.disc) as (d, step_d):
            for z_d, z_g in noise:
                if not realias:
                    step_d.step(disc_loss(d, g, support, z_d))
                    step_g.step(gen_loss(d, g, z_g))
                    continue
                alias = [p.view_as(p) for p in d.fast_params]
                step_d.step(disc_loss(lambda x, p=alias: d(x, params=p), g, support, z_d), params=alias)
                alias = [p.view_as(p) for p in g.fast_params]
                step_g.step(gen_loss(d, lambda z, p=alias: g(z, params=p), z_g), params=alias)
            losses.append((gen_loss(d, g, z), disc_loss(d, g, query, z)))
    return two_gradients(w, *zip(*losses, strict=True))


def torchopt_(w: Work):
    import torchopt

    step_g, step_d = torchopt.MetaSGD(w.gen, lr=RATE), torchopt.MetaSGD(w.disc, lr=RATE)
    start = [torchopt.extract_state_dict(m) for m in (w.gen, w.disc)]
    leaves = [list(m.parameters()) for m in (w.gen, w.disc)]
    losses = []
    for t in range(len(w.noise)):
        support, query, noise, z = w.one_task(t)
        for z_d, z_g in noise:
            step_d.step(disc_loss(w.disc, w.gen, support, z_d))
            step_g.step(gen_loss(w.disc, w.gen, z_g))
        losses.append((gen_loss(w.disc, w.gen, z), disc_loss(w.disc, w.gen, query, z)))
        torchopt.recover_state_dict(w.gen, start[0])
        torchopt.recover_state_dict(w.disc, start[1])
    gen_losses, disc_losses = zip(*losses, strict=True)
    grads = torch.autograd.grad(sum(gen_losses) / len(losses), leaves[0], retain_graph=True)
    return [*grads, *torch.autograd.grad(sum(disc_losses) / len(losses), leaves[1])]


def torchopt_realiased(w: Work):
    import torchopt

    rule = torchopt.sgd(lr=RATE)

    def moved(params, state, loss):
        alias = {n: p.view_as(p) for n, p in params.items()}
        found = torch.autograd.grad(loss(alias), list(alias.values()), create_graph=True)
        updates, state = rule.update(dict(zip(alias, found, strict=True)), state, inplace=False)
        return torchopt.apply_updates(alias, updates, inplace=False), state

    def G(p):
        return lambda z: functional_call(w.gen, p, (z,))

    def D(p):
        return lambda x: functional_call(w.disc, p, (x,))

    losses = []
    for t in range(len(w.noise)):
        support, query, noise, z = w.one_task(t)
        g, d = params_of(w.gen), params_of(w.disc)
        state_g, state_d = rule.init(g), rule.init(d)
        for z_d, z_g in noise:
            d, state_d = moved(d, state_d, lambda p, g=g, z=z_d: disc_loss(D(p), G(g), support, z))  # noqa: B023
            g, state_g = moved(g, state_g, lambda p, d=d, z=z_g: gen_loss(D(d), G(p), z))
        losses.append((gen_loss(D(d), G(g), z), disc_loss(D(d), G(g), query, z)))
    return two_gradients(w, *zip(*losses, strict=True))


def learn2learn_(w: Work):
    from learn2learn.algorithms.maml import MAML

    meta_g, meta_d, losses = MAML(w.gen, lr=RATE), MAML(w.disc, lr=RATE), []
    for t in range(len(w.noise)):
        support, query, noise, z = w.one_task(t)
        g, d = meta_g.clone(), meta_d.clone()
        for z_d, z_g in noise:
            d.adapt(disc_loss(d, g, support, z_d))
            g.adapt(gen_loss(d, g, z_g))
        losses.append((gen_loss(d, g, z), disc_loss(d, g, query, z)))
    return two_gradients(w, *zip(*losses, strict=True))


CONTENDERS = {  # name -> (function, the package it needs)
    "ours": (ours, None),
    "ours, loop": (ours_loop, None),
    "higher re-aliased": (lambda w: higher_(w, realias=True), "higher"),
    "torchopt re-aliased": (torchopt_realiased, "torchopt"),
    "higher as written": (higher_, "higher"),
    "torchopt as written": (torchopt_, "torchopt"),
    "learn2learn as written": (learn2learn_, "learn2learn"),
}


# --- measuring ---


def timed(f, clock):
    start = clock()
    result = f()
    return clock() - start, result


def off_by(grads, exact):
    """|grads - exact| / |exact| over all weights."""
    a, b = (torch.cat([x.flatten() for x in g]) for g in (grads, exact))
    return ((a - b).norm() / b.norm()).item()


def product_speed(shape_a, shape_b, clock, repeats=30):
    """Multiply-adds x 2 a second of one (batched) product, best of five."""
    a, b = torch.randn(shape_a), torch.randn(shape_b)
    flops = 2 * a.numel() * b.shape[-1] * repeats
    seconds = min(timed(lambda: [a @ b for _ in range(repeats)], clock)[0] for _ in range(5))
    return flops / seconds


def floor(w: Work, kind, clock):
    """Counted FLOPs of the step, the speed of its own products, the speed of a large one."""
    one = w._replace(tasks=Tasks(*(x[:1] for x in w.tasks)), noise=w.noise[:1], query_noise=w.query_noise[:1])
    with FlopCounterMode(display=False) as counter:
        ours_loop(one)
    n = len(w.noise)
    wide = [
        ((n, BATCH, 784), (n, 784, 64)),
        ((n, 64, BATCH), (n, BATCH, 784)),
        ((n, BATCH, 64), (n, 64, 784)),
    ]
    flops = counter.get_total_flops() * n
    own = len(wide) / sum(1 / product_speed(a, b, clock) for a, b in wide) if kind == "mlp" else None
    return flops, own, product_speed((1024, 1024), (1024, 1024), clock, 2)


def measure(kind, n_tasks, n_steps, threads, repeats, limit):
    torch.set_num_threads(threads)
    clock = time.process_time if threads == 1 else time.perf_counter
    w, rows, exact = work(kind, n_tasks, n_steps), {}, None
    small = work(kind, 1, 1)
    for name, (f, package) in CONTENDERS.items():
        if package and not importlib.util.find_spec(package):
            rows[name] = {"skipped": "not installed"}
            continue
        f(small)  # warm up the imports and the caches on the smallest case
        estimate = timed(lambda f=f: f(work(kind, 1, n_steps)), clock)[0] * n_tasks
        if estimate * repeats > limit and name != "ours" and (n_tasks, n_steps) != FIGURE:
            rows[name] = {"skipped": f"about {estimate:.0f} s a step"}
            continue
        times, grads = [], None
        for _ in range(repeats):
            seconds, grads = timed(lambda f=f: f(w), clock)
            times.append(seconds)
        exact = grads if name == "ours" else exact
        rows[name] = {
            "median_s": statistics.median(times),
            "best_s": min(times),
            "off_by": off_by(grads, exact),
        }
    flops, own, large = floor(w, kind, clock)
    case = {"kind": kind, "T": n_tasks, "K": n_steps, "threads": threads, "rows": rows, "gflop": flops / 1e9}
    case |= {"large_product_gflops": large / 1e9, "floor_large_s": flops / large}
    if own:
        case |= {"own_products_gflops": own / 1e9, "floor_s": flops / own}
    return case


def show(case):
    print(f"\n{case['kind']}, T = {case['T']}, K = {case['K']}, {case['threads']} thread(s)")
    base = case["rows"]["ours"]["median_s"]
    for name, row in case["rows"].items():
        if "skipped" in row:
            print(f"  {name:24} {row['skipped']}")
            continue
        print(f"  {name:24} {1e3 * row['median_s']:9.1f} ms   x {row['median_s'] / base:5.2f}"
              f"   off by {row['off_by']:.0e}")  # fmt: skip
    for label, key, speed in (("own products", "floor_s", "own_products_gflops"),
                              ("one large product", "floor_large_s", "large_product_gflops")):  # fmt: skip
        if key in case:
            print(f"  floor, {label:17} {1e3 * case[key]:9.1f} ms   x {case[key] / base:5.2f}"
                  f"   {case['gflop']:.2f} GFLOP at {case[speed]:.0f} GFLOP/s")  # fmt: skip
    sys.stdout.flush()


# --- memory: each case in a process of its own ---


def resident(key):
    """VmRSS (now) or VmHWM (the peak) of this process, in MB."""
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith(key)).split()[1]) / 1024


def peak_of(kind, n_tasks, n_steps, chunk_size):
    """Peak memory of one meta-step above the loaded program, in MB (Linux: the peak is reset just before)."""
    torch.set_num_threads(1)
    w = work(kind, n_tasks, n_steps)
    ours(work(kind, 1, 1))
    Path("/proc/self/clear_refs").write_text("5")
    before = resident("VmRSS")
    ours(w, chunk_size=chunk_size)
    return resident("VmHWM") - before


def memory(kinds, cases):
    rows = []
    for kind in kinds:
        for n_tasks, n_steps, chunk in cases:
            command = [sys.executable, __file__, "--peak", kind, str(n_tasks), str(n_steps), str(chunk)]
            megabytes = float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
            rows.append({"kind": kind, "T": n_tasks, "K": n_steps, "chunk_size": chunk, "peak_mb": megabytes})
            size = f"chunk_size = {chunk or 'all'}"
            print(f"  {kind}, T = {n_tasks}, K = {n_steps:2}, {size:16} {megabytes:6.0f} MB", flush=True)
    return rows


def figure(cases, path):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(
        1, len(cases), figsize=(5 * len(cases), 3.6), squeeze=False, layout="constrained"
    )
    for ax, case in zip(axes[0], cases, strict=True):
        bars = {n: r["median_s"] * 1e3 for n, r in case["rows"].items() if "median_s" in r}
        for (
            name,
            ms,
        ) in bars.items():  # dots, not bars: a logarithmic axis has no zero for a bar to start from
            ax.plot(ms, name, "o", color="C0" if name.startswith("ours") else "0.4", markersize=9)
        ax.grid(axis="x", which="both", alpha=0.3)
        ax.invert_yaxis()
        ax.set_xscale("log")
        ax.set_xlabel("ms for one second-order meta-step")
        ax.set_title(f"{case['kind']}, T = {case['T']}, K = {case['K']}, {case['threads']} thread(s)")
        if "floor_s" in case:
            ax.axvline(case["floor_s"] * 1e3, color="C3", label="floor")
            ax.legend()
    fig.savefig(path, dpi=120)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="only MLP, T = 16, K = 5, one thread")
    parser.add_argument("--limit", type=float, default=20, help="seconds one contender may take in one case")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument(
        "--plain-malloc", action="store_true", help="let the C library give freed memory back"
    )
    parser.add_argument("--out", type=Path, default=HERE / "meta_step")
    parser.add_argument("--peak", nargs=4, metavar=("KIND", "T", "K", "CHUNK"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    kept = not args.plain_malloc and keep_freed_memory()
    if args.peak:
        kind, n_tasks, n_steps, chunk = args.peak
        print(peak_of(kind, int(n_tasks), int(n_steps), int(chunk) or None))
        return
    grid = [("mlp", 16, 5, 1)] if args.quick else [
        (kind, t, k, threads)
        for threads in sorted({1, os.cpu_count()})
        for kind in ("mlp", "conv") for t in (1, 4, 16, 64) for k in (1, 5, 10)
    ]  # fmt: skip
    cases = []
    for kind, n_tasks, n_steps, threads in grid:
        cases.append(measure(kind, n_tasks, n_steps, threads, args.repeats, args.limit))
        show(cases[-1])
    sizes = (
        [(64, 10, 0), (64, 10, 16)] if args.quick else [(64, 5, 0), (64, 10, 0), (64, 10, 16), (64, 10, 4)]
    )
    peaks = []
    if sys.platform == "linux":
        print("\npeak memory of one meta-step of ours, above the loaded program")
        peaks = memory(["mlp"] if args.quick else ["mlp", "conv"], sizes)
    machine = {"torch": torch.__version__, "processor": platform.machine(), "cores": os.cpu_count()}
    result = {"machine": machine | {"freed_memory_kept": kept}, "cases": cases, "memory": peaks}
    args.out.with_suffix(".json").write_text(json.dumps(result, indent=1) + "\n")
    figure([c for c in cases if (c["T"], c["K"]) == FIGURE], args.out.with_suffix(".png"))
    print(f"\nwrote {args.out.with_suffix('.json')} and {args.out.with_suffix('.png')}")


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
