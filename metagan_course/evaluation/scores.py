"""One number a task for every metric of the protocol; critics turn pictures into features, points are such.

Nothing here knows where the samples came from.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from metagan_course import metrics
from metagan_course.evaluation import usefulness
from metagan_course.evaluation.critics import Critic, Gate
from metagan_course.evaluation.usefulness import Learner
from metagan_course.metrics.photocopies import kid_with_copies
from metagan_course.tasks import Task

Scores = dict[str, Tensor]  # metric -> (T,)
NEIGHBOURS = 15  # samples where counts must match the queries'


class Pictures(NamedTuple):
    """What all methods' pictures are compared with: T tasks, and their features by both critics."""

    recognise: Critic
    compare: Critic
    gate: Gate  # what the first critic makes of real held-out characters
    task: Task
    query: Tensor  # (T, Q, d), by "recognise"
    rivals: Tensor  # (T, 19, Q, d)
    query_compare: Tensor  # (T, Q, d'), by "compare"
    support_compare: Tensor  # (T, S, d')
    learner: Learner | None  # None for fewer tasks than an episode has

    def first(self, n: int) -> "Pictures":
        """The same for the first n tasks."""
        if n >= len(self.query):
            return self
        task = Task(*(x[:n] for x in self.task))
        parts = {f: getattr(self, f)[:n] for f in ("query", "rivals", "query_compare", "support_compare")}
        return self._replace(task=task, learner=learner_of(task), **parts)

    def score(self, samples: Tensor) -> Scores:
        """samples (T, n, 1, 28, 28)."""
        return self.look(samples)[0]

    def look(self, samples: Tensor) -> tuple[Scores, Tensor]:
        """The scores, and mean KID when 0 ... n of the samples are swapped for copies: (n + 1,)."""
        fake = self.compare.features(samples)
        mine = self.recognise.features(samples) if self.gate.open else None
        copies = kid_with_copies(fake, self.support_compare, self.query_compare).mean(0)
        return self.use_of(samples) | self.score_features(fake, mine), copies

    def use_of(self, samples: Tensor) -> Scores:
        """The share of what real drawings bring, as one value a task, and the accuracy behind it."""
        if self.learner is None:
            return {}
        return self.share(self.learner.accuracy(samples))

    def share(self, accuracy: Tensor) -> Scores:
        """There is no share of nothing: where real drawings do not help, only the accuracy is given."""
        whole = self.learner.real_gain
        if whole.mean() <= 0:
            return {"accuracy": accuracy}
        return {
            "usefulness": metrics.paired_share(accuracy - self.learner.without, whole),
            "accuracy": accuracy,
        }

    def score_features(self, fake: Tensor, fake_recognise: Tensor | None) -> Scores:
        sides = {"support": self.support_compare, "query": self.query_compare}
        found = {
            "support_nn": metrics.support_nn(fake=fake, **sides),
            "authenticity": metrics.authenticity(fake=fake, **sides),
            "kid": metrics.kid(fake, self.query_compare),
        }
        k = min(3, fake.shape[1] - 1)
        found["recall"] = metrics.recall(fake=fake[:, :NEIGHBOURS], real=self.query_compare, k=k)
        found["diversity"] = metrics.diversity_ratio(fake=fake, real=self.query_compare)
        if fake_recognise is not None:  # below the gate the critic is silent
            found["recognisability"] = metrics.recognisability(
                fake=fake_recognise, query=self.query, rivals=self.rivals
            )
        return found

    def ceiling(self) -> Scores:
        """Held-out real writers in the samples' place: half of the queries, judged by the other half."""
        n = self.query.shape[1] // 2
        rest = self._replace(
            query=self.query[:, n:], rivals=self.rivals[:, :, n:], query_compare=self.query_compare[:, n:]
        )
        found = rest.score_features(self.query_compare[:, :n], self.query[:, :n] if self.gate.open else None)
        sides = {"support": self.support_compare, "query": self.query_compare}
        found["authenticity"] = metrics.authenticity(fake=self.query_compare, **sides)
        if self.learner is None:
            return found
        return self.share(self.learner.real) | found


def pictures(task: Task, critics: dict[str, Critic], gate: Gate, *, ways: int = 20) -> Pictures:
    """The features of frozen tasks; rivals are the queries of `ways` - 1 other characters among them."""
    query = critics["recognise"].features(task.query)
    rivals = metrics.draw_rivals(query, task.label, n_way=ways, generator=torch.Generator().manual_seed(0))
    compare = critics["compare"]
    seen = query, rivals, compare.features(task.query), compare.features(task.support)
    return Pictures(critics["recognise"], compare, gate, task, *seen, learner_of(task))


def learner_of(task: Task) -> Learner | None:
    return usefulness.learner(task) if len(task.label) >= usefulness.WAYS else None


class Points(NamedTuple):
    """What all methods' points are compared with: the queries themselves."""

    query: Tensor  # (T, Q, 2)

    def first(self, n: int) -> "Points":
        return Points(self.query[:n])

    def score(self, samples: Tensor) -> Scores:
        """Energy distance of samples (T, n, 2)."""
        return {"energy": metrics.energy_distance(samples, self.query)}

    def look(self, samples: Tensor) -> tuple[Scores, None]:
        """Points have no KID to count photocopies by."""
        return self.score(samples), None

    def ceiling(self) -> Scores:
        n = self.query.shape[1] // 2
        return {"energy": metrics.energy_distance(self.query[:, :n], self.query[:, n:])}
