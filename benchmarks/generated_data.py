"""What generated pictures are worth to a classifier of 20 characters: the numbers of lesson 12.

    python benchmarks/generated_data.py            # glyphs: notebooks/results/generated_data.json
    python benchmarks/generated_data.py omniglot   # the same file's second half; wants Omniglot, see README

Five drawings of each character, validation side. Each method adds as many pictures to each character; the
dial `share` says what they count. Seeds draw the samples and train the VAE; the Meta-GANs are the shipped
ones, one training each. Generations: a Meta-GAN that adapts to five of its own pictures, and so on. About
6 minutes of one core a family.
"""

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor
from tqdm.auto import tqdm

from metagan_course import losses, pretrained
from metagan_course.answers.generated import by_share, splits
from metagan_course.course.forgers import mixtures, train_vae
from metagan_course.evaluation import baselines, frozen
from metagan_course.evaluation.players import meta_gan

RESULTS = Path(__file__).parents[1] / "notebooks" / "results"
ENGINE = {"glyphs": "glyphs-meta-gan", "omniglot": "omniglot-meta-gan"}
SHARES = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0)
COUNTS, GENERATIONS = (5, 16, 64), 4


def generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def trained_vae(family, seed: int, steps: int):
    """A VAE on five drawings each of 400 training characters."""
    pool = family.sample(400, 5, 5, split="train", generator=generator(seed)).support.flatten(0, 1)

    def bound(vae, x, noise):
        logits, mean, log_var = vae(x, noise)
        return losses.elbo(logits=logits, target=x, mean=mean, log_var=log_var)

    return train_vae(bound, pool, seed=seed, looks=(steps,)).network


def methods(name: str, family, vae, sample: Callable) -> dict[str, Callable]:
    """name -> draw(support, n, seed): (T, n, 1, 28, 28)."""
    simple = baselines.for_pictures(name)
    return {
        "copy": lambda s, n, seed: simple["support copy"](s, n, generator(seed)),
        "mean": lambda s, n, seed: simple["support mean"](s, n, generator(seed)),
        "jitter": lambda s, n, seed: simple["tuned jitter"](s, n, generator(seed)),
        "VAE": lambda s, n, seed: mixtures(vae, s, n, generator(seed)),
        "Meta-GAN": lambda s, n, seed: sample(s, n, [10], generator(seed))[10],
        "Meta-GAN, wrong drawings": lambda s, n, seed: sample(s.roll(1, 0), n, [10], generator(seed))[10],
    }


def run(name: str, seeds: int, n: int, vae_steps: int, n_tasks: int) -> dict:
    """Everything of one family. Gains are accuracy with what was added, minus accuracy alone."""
    player = pretrained.load(ENGINE[name])
    family, task = frozen.family_of(player.recipe, "val", 5), frozen.frozen_tasks(player.recipe, "val", 5)
    support, query, label = (x[:n_tasks] for x in task)
    sample = meta_gan(player, family)
    alone = by_share(support, query, label, None, 0.0)  # (G, T)

    def gains(added: Tensor | None, share: float) -> Tensor:
        return by_share(support, query, label, added, share) - alone

    rows = []
    for seed in tqdm(range(seeds), desc=name):
        draws = methods(name, family, trained_vae(family, seed, vae_steps), sample)
        made = {method: draw(support, n, 1 + seed) for method, draw in draws.items()}
        row = {method: told({share: gains(x, share) for share in SHARES}) for method, x in made.items()}
        for method in ("jitter", "Meta-GAN"):
            row[method]["counts"] = {k: gains(made[method][:, :k], 0.5).mean().item() for k in COUNTS}
        row["Meta-GAN"]["generations"] = [
            by_share(support, query, label, x, 1.0).mean().item()
            for x in generations(made["Meta-GAN"], sample, n, seed)
        ]
        rows.append(row)
    real = told({share: gains(None, share) for share in SHARES})
    return rounded({"alone": alone.mean().item(), "real": real, "rows": rows})


def told(gains: dict[float, Tensor]) -> dict:
    """{share: (G, T)} -> the curve; at one half the gain of each split; at its own best share of each letter.

    The best share is chosen on every other character and reported on the ones between, both ways round.
    """
    best = torch.empty(gains[0.5].shape[1])
    for half in (0, 1):
        share = max(gains, key=lambda s: gains[s][:, half::2].mean().item())
        best[1 - half :: 2] = gains[share].mean(0)[1 - half :: 2]
    return {
        "curve": {str(share): g.mean().item() for share, g in gains.items()},
        "splits": splits(gains[0.5]).mean(1).tolist(),
        "letters": gains[0.5].mean(0).tolist(),
        "letters, best share": best.tolist(),
    }


def rounded(nest):
    if isinstance(nest, dict):
        return {key: rounded(value) for key, value in nest.items()}
    return [rounded(x) for x in nest] if isinstance(nest, list) else round(nest, 4)


def generations(first: Tensor, sample: Callable, n: int, seed: int) -> list[Tensor]:
    """What is made from people's drawings; then, again and again, from five of the pictures made before."""
    made = [first]
    for g in range(1, GENERATIONS):
        made.append(sample(made[-1][:, :5], n, [10], generator(100 * g + seed))[10])
    return made


def main(words: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("family", nargs="?", choices=ENGINE, default="glyphs")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--samples", type=int, default=64)
    parser.add_argument("--vae-steps", type=int, default=600)
    parser.add_argument("--tasks", type=int, default=200)
    parser.add_argument("--out", type=Path, default=RESULTS)
    asked = parser.parse_args(words)
    torch.set_num_threads(1)
    start, path = time.perf_counter(), asked.out / "generated_data.json"
    table = json.loads(path.read_text()) if path.exists() else {}
    table[asked.family] = run(asked.family, asked.seeds, asked.samples, asked.vae_steps, asked.tasks)
    path.write_text(json.dumps(table) + "\n")
    for method, row in table[asked.family]["rows"][0].items():
        print(f"{method:26} {row['curve']['0.5']:+.3f} at a share of one half")
    print(f"{path}: {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
