"""Who judges the starts of lesson 07, and how a rule is chosen: held-out characters, two critics.

Not here: the scores themselves (evaluation/scores.py).
"""

from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

from torch import Tensor

from metagan_course.course.starts import RULES, SMALL, Rule, Start, drawn
from metagan_course.evaluation import critics, frozen, protocol
from metagan_course.evaluation.scores import Pictures, pictures
from metagan_course.metrics import energy_distance
from metagan_course.tasks import Task


class Judged(NamedTuple):
    """Held-out characters, and what judges drawings of them."""

    task: Task
    judge: Pictures

    def __call__(self, samples: Tensor, *, useful: bool = False) -> dict[str, Tensor]:
        """KID, recognisability, diversity, recall, support-NN of each task; usefulness where asked for."""
        by = self.judge
        seen = by.compare.features(samples), by.recognise.features(samples)
        return by.score_features(*seen) | (by.use_of(samples) if useful else {})

    def distance(self, samples: Tensor, drawings: Tensor) -> Tensor:
        """Energy distance in the comparing critic's features: (n, 1, 28, 28), (m, 1, 28, 28) -> ()."""
        return energy_distance(*(self.judge.compare.features(x) for x in (samples, drawings)))


def judged(split: str, n_tasks: int) -> Judged:
    """The first so many frozen tasks of a side of the glyphs: five drawings shown, fifteen to judge by."""
    task = frozen.frozen_tasks(SMALL, split)
    judge, _ = protocol.judge_of(SMALL, task)
    return Judged(Task(*(x[:n_tasks] for x in task)), judge.first(n_tasks))


def trials(start: Start, held: Judged, at: Collection[int], *, n: int = 16) -> Iterator[tuple[Rule, dict]]:
    """Every rule with its scores on the held-out characters: (rule, {t: {score: (T,)}})."""
    for rule in RULES:
        found = drawn(start, held.task.support, rule, at, n=n)
        yield rule, {t: held(x) for t, x in found.items()}


BETTER: dict[str, Callable] = {"kid": min, "recognisability": max}


def best_rule(tried: list[tuple[Rule, dict]], t: int, score: str) -> Rule:
    """The rule with the best mean score after t steps."""
    return BETTER[score](tried, key=lambda one: one[1][t][score].mean().item())[0]


def held_out(first: int, n: int) -> Judged:
    """Some of the validation side's characters, for a lesson: quick, because nothing is measured twice.

    The critics' gate on this side stands in docs/PROTOCOL.md: .980 of real drawings. Nothing of the test side
    is looked at.
    """
    task = Task(*(x[first : first + max(n, 20)] for x in frozen.frozen_tasks(SMALL, "val")))  # 19 are rivals
    eyes = {kind: critics.critic(kind, "glyphs") for kind in critics.CRITICS}
    judge = pictures(task, eyes, critics.Gate(0.886, 0.980)).first(n)
    return Judged(Task(*(x[:n] for x in task)), judge)


def tuned(start: Start, held: Judged, rules: list[Rule], score: str, t: int = 10) -> Rule:
    """The rule with the best mean score on these characters after t steps."""
    tried = [(rule, {t: held(drawn(start, held.task.support, rule, (t,), n=8)[t])}) for rule in rules]
    return best_rule(tried, t, score)
