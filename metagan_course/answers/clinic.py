"""Fifteen bugs of Meta-GAN code: part, broken code, symptom, cause, test, where it was seen. Lesson 14.

    from metagan_course.answers.clinic import BUGS, diagnose, patient, refuses, seen

All of the broken parts run without an error. `HEALTHY` is a dict of right parts; `patient(name)` is the same
with one part broken; a test takes such a dict, and refuses it by an AssertionError. One part can be broken in
several ways, so a test may see more than the bug it was written for: `seen()` finds out which.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from types import FunctionType
from typing import NamedTuple

import torch

from . import clinic_broken as broken
from . import clinic_tests as tests
from .clinic_parts import HEALTHY, Parts
from .clinic_symptoms import SYMPTOMS, Symptom

__all__ = ["BUGS", "HEALTHY", "Bug", "diagnose", "patient", "refuses", "seen", "unlabelled"]

TEXT_1 = "the first text's training loop"
TEXT_2 = "the second text's training loop"
FIGR = "FIGR's train.py [2]"


class Bug(NamedTuple):
    """One bug: its part, the broken code, the symptom in words, the cause, the test, where it was seen."""

    part: str
    broken: Callable
    symptom: str
    cause: str
    test: Callable
    where: str

    @property
    def shows(self) -> Symptom:
        """What one sees when it runs."""
        return SYMPTOMS[self.broken.__name__]


BUGS: dict[str, Bug] = {
    bug.broken.__name__: bug
    for bug in (
        Bug("gen_loss", broken.same_loss, "D wins more the longer G trains", "L_G written like L_D",
            tests.test_generator_raises_its_logit, "the second text's formulas"),
        Bug("disc_loss", broken.small_number_in_log, "D stops learning where it is most wrong",
            "log(sigmoid + 1e-8)", tests.test_slope_at_sure_logits, "a collection of GANs, its InfoGAN [4]"),
        Bug("adapt", broken.graph_cut, "MAML does no better than FOMAML",
            "an optimiser's step in the inner loop", tests.test_gradient_through_the_steps,
            "both texts' training loops"),
        Bug("adapt", broken.start_adapted, "results hang on the order of tasks",
            "the meta networks are adapted", tests.test_start_stays, TEXT_2),
        Bug("adapt", broken.no_inner_loop, "step 0 and step K look alike",
            "an ordinary GAN, called meta", tests.test_adapting_helps,
            "asked of a talking-heads code, issue 44 [5]"),
        Bug("meta_step", broken.start_never_moves, "the start after training is the start",
            "a copy is stepped", tests.test_start_moves, TEXT_1),
        Bug("player_gradients", broken.one_outer_loss, "G stands still far from the data",
            "L_G + L_D, one backward", tests.test_generator_has_its_own_slope, TEXT_1),
        Bug("player_gradients", broken.never_cleared, "D grows flat while the fakes are far off",
            "D's gradient not cleared", tests.test_discriminator_has_its_own_slope, TEXT_1),
        Bug("sample_tasks", broken.one_distribution, "a mean start is as good as any",
            "tasks are random subsets of one set", tests.test_tasks_differ, "the second text's tasks"),
        Bug("split", broken.no_query, "the loss told is below that on new points",
            "one set is support and query", tests.test_query_is_new,
            "both texts; FIGR judges on its support [2]"),
        Bug("squared_slopes", broken.slope_per_pixel, "a penalty too weak to calm the game",
            "norm over axis 1 of NCHW", tests.test_one_slope_per_image, f"{FIGR}; three more [6]"),
        Bug("ring", broken.ring_of_seven, "one mode of eight is never found", "linspace closes the circle",
            tests.test_ring_has_all_modes, "the unrolled GAN's demo [3]"),
        Bug("adam_steps", broken.moments_kept, "the same task, another result",
            "Adam's moments outlive a task",
            tests.test_same_task_same_result,
            f"{TEXT_1}, if its optimiser has a state"),
        Bug("grade", broken.key_graded, "everybody passes", "the key is checked, not the answer",
            tests.test_wrong_answer_is_refused, "told of an exercise track; not checked by us"),
        Bug("table", broken.no_seed, "nobody finds the published row again", "no seed",
            tests.test_table_again, f"asked of F2GAN, issue 14 [7]; {FIGR}"),
    )
}  # fmt: skip


def patient(name: str) -> Parts:
    """The healthy parts with one of them broken."""
    return HEALTHY | {BUGS[name].part: BUGS[name].broken}


def unlabelled(seed: int) -> tuple[Parts, str]:
    """A patient drawn by a seed, its broken part without a name, and the name, to be looked at afterwards."""
    names = list(BUGS)
    name = names[int(torch.randint(len(names), (), generator=torch.Generator().manual_seed(seed)))]
    return {part: _nameless(one) for part, one in patient(name).items()}, name


def _nameless(one: FunctionType) -> FunctionType:
    return FunctionType(one.__code__, one.__globals__, "part", one.__defaults__, one.__closure__)


def refuses(test: Callable[[Parts], None], parts: Parts) -> bool:
    """Does this test see something wrong? It says so by an error, or by returning False."""
    try:
        answer = test(parts)
    except Exception:  # broken code may stop a test, and that refuses it
        return True
    return answer is not None and not answer


def seen() -> dict[str, list[str]]:
    """bug whose test it is -> all bugs that this test sees."""
    return {
        name: [other for other in BUGS if refuses(bug.test, patient(other))] for name, bug in BUGS.items()
    }


def diagnose(refused: Collection[str], seen: Mapping[str, Iterable[str]]) -> list[str]:
    """The bugs that explain it all: seen by each test that refused, and by none of the silent ones.

    refused: names of the tests that refuse a patient; seen: test -> the bugs it sees.
    """
    bugs = sorted({bug for found in seen.values() for bug in found})
    return [bug for bug in bugs if {test for test, found in seen.items() if bug in found} == set(refused)]
