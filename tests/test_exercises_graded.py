"""Grading in a process of its own: honest answers are judged as ever, the course's is not there."""

import itertools
import linecache
import textwrap

import pytest

import metagan_course
from metagan_course.exercises import exercise, find, solutions
from metagan_course.exercises.grading import grade, judge_source
from metagan_course.exercises.parcel import CannotSend, pack

numbers = itertools.count()
ONE = "00.gradient_step"


def cell(code: str, **scope) -> dict:
    """Functions as a notebook's cell defines them."""
    text, file = textwrap.dedent(code), f"<graded cell {next(numbers)}>"
    linecache.cache[file] = (len(text), None, text.splitlines(True), file)
    scope |= {"__name__": "__main__"}
    exec(compile(text, file, "exec"), scope)
    return scope


def body(code: str, head: str = "gradient_step(weights, gradient, alpha)") -> str:
    return f"import torch\ndef {head}:\n" + textwrap.indent(textwrap.dedent(code).strip(), "    ") + "\n"


HONEST = """
    import functools

    RATE = {"sign": -1}

    class Mover:
        def __init__(self, alpha):
            self.alpha = alpha

        def __call__(self, w, g):
            return w + RATE["sign"] * self.alpha * g

    def helper(alpha):
        def move(w, g):
            return Mover(alpha)(w, g)
        return move

    def gradient_step(weights, gradient, alpha):
        return {name: helper(alpha)(w, gradient[name]) for name, w in weights.items()}
"""


def test_an_honest_answer_of_several_parts_is_right():
    assert grade(find(ONE), cell(HONEST)["gradient_step"]).kind == "correct"


def test_a_mistake_keeps_its_name():
    wrong = body("return {n: w + alpha * gradient[n] for n, w in weights.items()}")
    verdict = grade(find(ONE), cell(wrong)["gradient_step"])
    assert verdict.diagnosis == "step_uphill" and "should be" in verdict.evidence


HOSTILE = {
    "calls the answer": """
        from metagan_course.answers.basics import gradient_step
        return gradient_step(weights, gradient, alpha)
        """,
    "asks the registry": """
        from metagan_course.exercises import find
        return find('00.gradient_step').oracle(weights, gradient, alpha)
        """,
    "imports the exercise": """
        import metagan_course.exercises.lesson_00.gradient_step as m
        return m._step_oracle(weights, gradient, alpha)
        """,
    "reads the file": """
        import metagan_course, pathlib
        text = (pathlib.Path(metagan_course.__file__).parent / "answers" / "basics.py").read_text()
        scope = {}
        exec(text, scope)
        return scope["gradient_step"](weights, gradient, alpha)
        """,
    "starts a program": "import subprocess; subprocess.run(['ls']); return {}",
    "walks the frames": """
        import sys
        frame = sys._getframe()
        while frame is not None:
            for value in list(frame.f_locals.values()):
                value = getattr(value, "oracle", None) or getattr(value, "reference", None)
                if callable(value):
                    return value(weights, gradient, alpha)
            frame = frame.f_back
        raise LookupError("nothing to find")
        """,
    "ends the process": "import os; os._exit(0)",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_the_answer_is_not_there(name):
    verdict = grade(find(ONE), cell(body(HOSTILE[name]))["gradient_step"])
    assert verdict.kind == "wrong", name
    assert verdict.diagnosis in ("error", "not_sent", "type", "names")


def test_the_reference_handed_in_is_refused():
    assert grade(find(ONE), find(ONE).reference).kind == "wrong"
    assert grade(find(ONE), find(ONE).oracle).diagnosis == "not_sent"


@pytest.mark.parametrize("id", ["01.train_step", "04.maml_losses"])
def test_networks_losses_and_generators_travel(id):
    spec = find(id)
    assert grade(spec, cell(solutions.solution_code(spec))[spec.name]).kind == "correct"


def test_grading_raises_and_says_the_same_every_time(monkeypatch):
    monkeypatch.setenv("METAGAN_GRADING", "1")
    wrong = cell(body("return {n: w - gradient[n] for n, w in weights.items()}"))["gradient_step"]
    said = []
    for _ in range(2):
        with pytest.raises(AssertionError) as caught:
            exercise(ONE, wrong)
        said.append(str(caught.value))
    assert said[0] == said[1] and "alpha" in said[0]


def test_what_cannot_be_sent_is_said():
    with pytest.raises(CannotSend):
        pack(iter(cell("def f():\n    yield 1\n")["f"]()), course=False)


DESCENDS = "return {n: w - alpha * gradient[n] for n, w in weights.items()}"
SOURCES = {
    "correct": body(DESCENDS),
    "stub": body("..."),
    "signature": body("return weights", "gradient_step(weights)"),
    "step_uphill": body(DESCENDS.replace("-", "+")),
    "error": "def gradient_step(weights gradient)",
}


@pytest.mark.parametrize("diagnosis", SOURCES)
def test_a_source_is_judged_without_running_here(diagnosis):
    text = "import sys\nsys.modules['metagan_course'].ran_here = True\n" + SOURCES[diagnosis]
    verdict = judge_source(find(ONE), text, 5)
    assert verdict.diagnosis == diagnosis, verdict.sentences
    assert not hasattr(metagan_course, "ran_here")
