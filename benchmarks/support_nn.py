"""What a support-NN of 0.6 asks for: real drawings centred on the mean of the five supports, or nearer home.

python benchmarks/support_nn.py

A generator that sees five drawings knows where their mean lies, not where the character's does. Here the
samples are real held-out drawings in the critic's space (their spread is right to the last detail), but
their centre is (1 - k) mean of the supports + k mean of the character: k = 0 knows the five and no more,
k = 1 knows the character. A generator's own support-NN then says how much it knows.
"""

import torch

from metagan_course import metrics
from metagan_course.evaluation import critics, frozen
from metagan_course.training.recipes import RECIPES

JUDGED = 5  # queries that support-NN compares with; the other ten play the samples


def main() -> None:
    for family in ("glyphs", "omniglot"):
        task = frozen.frozen_tasks(RECIPES[f"{family}-meta-gan"], "val")
        critic = critics.critic("compare", family)
        support, query = critic.features(task.support), critic.features(task.query)
        samples, query = query[:, JUDGED:], query[:, :JUDGED]
        own, mean = samples.mean(1, keepdim=True), support.mean(1, keepdim=True)
        wide = (10 / 9) ** 0.5 * (samples - own)  # ten drawings lie too near to their own mean
        for k in (0.0, 0.25, 0.5, 0.75, 1.0):
            fake = wide + (1 - k) * mean + k * own
            share = metrics.support_nn(fake=fake, support=support, query=query).mean().item()
            print(f"{family}: k = {k:.2f}, support-NN {share:.3f}", flush=True)


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
