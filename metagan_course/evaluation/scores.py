"""One number a task for every metric of the protocol; critics turn pictures into features, points are such.

Nothing here knows where the samples came from.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from metagan_course import metrics
from metagan_course.evaluation import augmentation
from metagan_course.evaluation.critics import GATE, Critic

Scores = dict[str, Tensor]  # metric -> (T,)
NEIGHBOURS = 15  # samples where counts must match the queries'


class Pictures(NamedTuple):
    """What all methods' pictures are compared with: the features of T frozen tasks, by both critics."""

    recognise: Critic
    compare: Critic
    gate: float  # the first critic's accuracy on real held-out characters
    query: Tensor  # (T, Q, d), by "recognise"
    rivals: Tensor  # (T, 19, Q, d)
    query_compare: Tensor  # (T, Q, d'), by "compare"
    support_compare: Tensor  # (T, S, d')
    support: Tensor  # (T, S, 1, 28, 28)
    drawn: Tensor  # (T, Q, 1, 28, 28), the queries' pictures
    label: Tensor  # (T,)

    def first(self, n: int) -> "Pictures":
        """The same for the first n tasks."""
        return self._replace(**{f: getattr(self, f)[:n] for f in self._fields[3:]})

    def score(self, samples: Tensor) -> Scores:
        """samples (T, n, 1, 28, 28)."""
        fake = self.compare.features(samples)
        mine = self.recognise.features(samples) if self.gate >= GATE else None
        return self.score_features(fake, mine) | self.augmented(samples)

    def augmented(self, added: Tensor | None) -> Scores:
        """Accuracy with these samples added to the supports, or none: no figure for less than an episode."""
        if len(self.label) < augmentation.WAYS:
            return {}
        look = {"support": self.support, "query": self.drawn, "label": self.label, "added": added}
        return {"augmentation": augmentation.accuracy(**look)}

    def score_features(self, fake: Tensor, fake_recognise: Tensor | None) -> Scores:
        found = {"kid": metrics.kid(fake, self.query_compare)}
        if fake_recognise is not None:  # below the gate the critic is silent
            found["recognisability"] = metrics.recognisability(
                fake=fake_recognise, query=self.query, rivals=self.rivals
            )
        found["diversity"] = metrics.diversity_ratio(fake=fake, real=self.query_compare)
        k = min(3, fake.shape[1] - 1)
        found["recall"] = metrics.recall(fake=fake[:, :NEIGHBOURS], real=self.query_compare, k=k)
        found["support_nn"] = metrics.support_nn(
            fake=fake, support=self.support_compare, query=self.query_compare
        )
        return found

    def ceiling(self) -> Scores:
        """Held-out real writers in the samples' place: half of the queries, judged by the other half."""
        n = self.query.shape[1] // 2
        rest = self._replace(
            query=self.query[:, n:],
            rivals=self.rivals[:, :, n:],
            query_compare=self.query_compare[:, n:],
            drawn=self.drawn[:, n:],
        )
        mine = self.query[:, :n] if self.gate >= GATE else None
        return rest.score_features(self.query_compare[:, :n], mine) | rest.augmented(self.drawn[:, :n])


def pictures(task, critics: dict[str, Critic], gate: float, *, ways: int = 20) -> Pictures:
    """The features of frozen tasks; rivals are the queries of `ways` - 1 other characters among them."""
    query = critics["recognise"].features(task.query)
    rivals = metrics.draw_rivals(query, task.label, n_way=ways, generator=torch.Generator().manual_seed(0))
    compare = critics["compare"]
    return Pictures(
        critics["recognise"],
        compare,
        gate,
        query,
        rivals,
        compare.features(task.query),
        compare.features(task.support),
        *task,
    )


class Points(NamedTuple):
    """What all methods' points are compared with: the queries themselves."""

    query: Tensor  # (T, Q, 2)

    def first(self, n: int) -> "Points":
        return Points(self.query[:n])

    def score(self, samples: Tensor) -> Scores:
        """Energy distance of samples (T, n, 2)."""
        return {"energy": metrics.energy_distance(samples, self.query)}

    def ceiling(self) -> Scores:
        n = self.query.shape[1] // 2
        return {"energy": metrics.energy_distance(self.query[:, :n], self.query[:, n:])}
