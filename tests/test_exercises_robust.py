"""What learners really do: the checker explains it, and never breaks, hangs or lets it through."""

import linecache
import os
import signal
import textwrap
import threading
import time

import numpy as np
import pytest
import torch

from metagan_course import exercises
from metagan_course.exercises import find, showing
from metagan_course.exercises.checking import check, is_stub
from metagan_course.exercises.declare import Exercise, Mistake, mistakes
from metagan_course.exercises.timelimit import TimeUp, within

LOSS = find("01.generator_loss")
SLOPES = find("01.generator_slopes")
RING = find("01.ring_of_modes")
STEP = find("01.train_step")

count = iter(range(10**6))


def cell(code: str) -> dict:
    """Run code as a notebook cell does: under a file name of its own, with its source at hand."""
    text, name = textwrap.dedent(code), f"<cell {next(count)}>"
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    scope = {"__name__": "__main__", "torch": torch, "np": np}
    exec(compile(text, name, "exec"), scope)
    return scope


def judge(code: str, spec: Exercise = LOSS):
    return check(spec, cell(code)[spec.name], 7)


def loss(body: str):
    return judge(f"def generator_loss(*, fake, real=None):\n    {body}\n")


@pytest.mark.parametrize(
    ("body", "diagnosis", "word"),
    [
        ("x = fake.mean()", "returned_none", "return"),
        ("print(-torch.nn.functional.logsigmoid(fake).mean())", "printed", "`print` shows"),
        ("return -torch.nn.functional.logsigmoid(fake).mean().item()", "type", ".item()"),
        ("return (-torch.nn.functional.logsigmoid(fake).mean()).detach().numpy()", "type", "NumPy"),
        ("return 'about one'", "type", "a text"),
        ("return [-torch.nn.functional.logsigmoid(fake).mean()]", "type", "list"),
        ("return -torch.nn.functional.logsigmoid(fake)", "gen_no_mean", "()"),
        ("return -torch.nn.functional.logsigmoid(fake) / 2", "shape", "()"),
        ("return -torch.nn.functional.logsigmoid(fake).mean().reshape(1)", "shape", "(1,)"),
        ("return -torch.nn.functional.logsigmoid(fake).mean().detach()", "detached", ".detach()"),
        ("return fake.mean() / 0", "not_finite", "finite"),
        ("return fake.mean() * float('nan')", "not_finite", "finite"),
        ("return fake.square().mean()", "value", "not what was asked for"),
        ("return fake.shout()", "error", "AttributeError"),
        ("return fake @ torch.ones(99)", "error", "line 2"),
        ("raise SystemExit", "error", "SystemExit"),
        ("return generator_loss(fake=fake)", "error", "RecursionError"),
        ("yield fake", "type", "`yield`"),
        ("return torch.nn.functional.logsigmoid", "type", "result"),
        ("return -torch.nn.functional.logsigmoid(fake).mean() + 0j", "type", "complex"),
        ("return -torch.nn.functional.logsigmoid(fake).mean().double()", "dtype", "float64"),
        ("return {}", "type", "yours is a dict"),
    ],
)
def test_general_trouble_is_named(body, diagnosis, word):
    verdict = loss(body)
    assert (verdict.kind, verdict.diagnosis) == ("wrong", diagnosis)
    assert word in verdict.sentences + verdict.evidence


def test_error_shows_the_learners_own_line():
    verdict = judge("""
        import torch

        def generator_loss(*, fake, real=None):
            half = fake[: len(fake) // 2]
            return (half + torch.ones(77)).mean()
        """)
    assert "line 6 of its cell: `return (half + torch.ones(77)).mean()`" in verdict.sentences
    assert "Traceback" not in verdict.sentences and "site-packages" not in verdict.sentences


def test_error_in_the_learners_helper_is_found():
    verdict = judge("""
        def helper(x):
            return x.nonsense

        def generator_loss(*, fake, real=None):
            return helper(fake)
        """)
    assert "line 3 of its cell: `return x.nonsense`" in verdict.sentences


def test_a_long_error_is_shortened():
    verdict = loss("raise ValueError('x' * 5000)")
    assert len(verdict.sentences) < 500


def test_inputs_changed_in_place_are_named():
    verdict = judge(
        """
        def generator_slopes(logit):
            probability = torch.sigmoid(logit)
            logit *= 0
            return -probability, probability - 1
        """,
        SLOPES,
    )
    assert verdict.diagnosis == "changed_inputs"
    assert "its input `logit` in place" in verdict.sentences


def test_networks_may_change_where_that_is_the_task():
    assert check(STEP, STEP.reference, 3).kind == "correct"
    verdict = judge(
        """
        from metagan_course.answers.gan import train_step as right

        def train_step(gen, disc, opt_gen, opt_disc, real, noise, loss=None):
            values = right(gen, disc, opt_gen, opt_disc, real.clone(), noise)
            real.zero_()
            return values
        """,
        STEP,
    )
    assert verdict.kind == "wrong"


@pytest.mark.parametrize(
    "body", ["while True: pass", "while True:\n        try: 1 / 0\n        except Exception: pass"]
)
def test_endless_loop_is_stopped(body):
    started = time.perf_counter()
    quick = exercises.declare.Exercise(**{**vars(LOSS), "seconds": 0.3})
    code = f"def generator_loss(*, fake, real=None):\n    {body}\n"
    verdict = check(quick, cell(code)["generator_loss"], 0)
    assert verdict.diagnosis == "endless"
    assert "line " in verdict.sentences and "0.3 seconds" in verdict.sentences
    assert time.perf_counter() - started < 10


def endless():
    while True:
        pass


@pytest.mark.parametrize("where", ["main thread", "another thread"])
def test_time_limit(where):
    result = []

    def work():
        try:
            within(0.2, endless)
        except TimeUp:
            result.append("stopped")
        result.append(within(5, lambda: "next work is not disturbed"))
        time.sleep(0.3)
        result.append("nor what follows")

    if where == "main thread":
        work()
    else:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join(20)
    assert result == ["stopped", "next work is not disturbed", "nor what follows"]


def swallows_in_a_loop():
    while True:
        try:
            endless()
        except:  # noqa: E722 - what a learner may write
            pass


def swallows_twice_over():
    while True:
        try:
            swallows_in_a_loop()
        except BaseException:
            continue


def sleeps_and_swallows():
    while True:
        try:
            time.sleep(60)
        except BaseException:
            pass


def swallows_and_answers():
    try:
        endless()
    except BaseException:
        return 1


def makes_something_else_of_it():
    try:
        endless()
    except BaseException:
        raise ValueError("mine") from None


HANGS = (
    swallows_in_a_loop,
    swallows_twice_over,
    sleeps_and_swallows,
    swallows_and_answers,
    makes_something_else_of_it,
)


@pytest.mark.parametrize("hang", HANGS)
def test_what_swallows_the_time_limit_is_ended_too(hang):
    with pytest.raises(TimeUp):
        within(0.2, hang)


@pytest.mark.parametrize("hang", [endless, *HANGS])
def test_an_interrupt_ends_it(hang):
    press = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
    before = signal.getsignal(signal.SIGINT)
    press.start()
    with pytest.raises(KeyboardInterrupt):
        within(100, hang)
    assert signal.getsignal(signal.SIGINT) is before and not press.is_alive()


@pytest.mark.parametrize(
    "head",
    [
        "generator_loss()",
        "generator_loss(fakes, reals)",
        "generator_loss(*, logits)",
        "generator_loss(*, fake, more)",
    ],
)
def test_another_signature_says_what_is_needed(head):
    verdict = judge(f"def {head}:\n    return 1\n")
    assert verdict.diagnosis == "signature"
    assert "generator_loss(*, fake, real=None)" in verdict.sentences


def test_exchanged_parameters_are_seen():
    head = "def train_step(disc, gen, opt_gen, opt_disc, real, noise, loss=None)"
    verdict = judge(f"{head}:\n    return 1.0, 2.0\n", STEP)
    assert verdict.diagnosis == "signature"


def test_other_signatures_that_can_be_called_are_fine():
    right = "-torch.nn.functional.logsigmoid(fake).mean()"
    for rest in ("fake, real=None", "fake, **others", "*, real=None, fake", "real=None, *, fake, more=1"):
        assert judge(f"def generator_loss({rest}):\n    return {right}\n").kind == "correct", rest
    for rest in ("fake", "*, fake", "*, fake, real"):  # the notebook's train_step gives `real`, others do not
        assert judge(f"def generator_loss({rest}):\n    return {right}\n").diagnosis == "signature", rest
    ring = "def ring_of_modes({}):\n    from metagan_course.tasks.toys import ring_of_modes\n    return {}\n"
    longer = ring.format("n_modes=8, radius=1.5, *more, **others", "ring_of_modes(n_modes, radius)")
    assert judge(longer, RING).kind == "correct"
    no_defaults = ring.format(
        "m, r", "ring_of_modes(m, r)"
    )  # the stub can be called with one of them, by name
    assert judge(no_defaults, RING).diagnosis == "signature"


def test_not_a_function():
    for value in (torch.tensor(1.0), None, 3, "text"):
        verdict = check(LOSS, value, 0)
        assert verdict.diagnosis == "not_a_function"
        assert "no parentheses" in verdict.sentences


@pytest.mark.parametrize(
    "body",
    [
        "...",
        "pass",
        "return None",
        "return ...",
        "raise NotImplementedError",
        "raise NotImplementedError('your turn')",
        '"""A docstring."""\n    ...   # your code here',
        "answer = ...\n    return answer",
    ],
)
def test_stubs_are_untouched(body):
    assert loss(body).kind == "untouched"


@pytest.mark.parametrize(
    "body", ["return 0", "x = 1", "if fake.sum() > 0: raise NotImplementedError\n    return 1"]
)
def test_begun_answers_are_no_stubs(body):
    function = cell(f"def generator_loss(*, fake, real=None):\n    {body}\n")["generator_loss"]
    assert not is_stub(function)
    assert check(LOSS, function, 0).kind == "wrong"


def test_stub_is_recognised_without_source():
    scope = {}
    exec(
        "def f(x):\n    ...\ndef g(x):\n    return x\ndef h(x):\n    raise NotImplementedError('later')",
        scope,
    )
    assert [is_stub(scope[name]) for name in "fgh"] == [True, False, True]


def test_a_stub_with_the_dots_left_in_is_an_answer():
    assert loss("...\n    return -torch.nn.functional.logsigmoid(fake).mean()").kind == "correct"


def test_other_right_answers_are_right():
    for body in (
        "return torch.nn.functional.softplus(-fake).mean()",
        "return torch.nn.functional.binary_cross_entropy_with_logits(fake, torch.ones_like(fake))",
        "return torch.nn.functional.softplus(-fake).sum() / fake.numel()",
        "print('looking', fake)\n    return torch.nn.functional.softplus(-fake).mean()",
        "torch.manual_seed(0)\n    return torch.nn.functional.softplus(-fake).mean()",
    ):
        assert loss(body).kind == "correct", body


def test_right_for_a_row_of_logits_only_is_wrong():
    """The stub says logits of any shape."""
    assert loss("return torch.nn.functional.softplus(-fake).sum() / len(fake)").diagnosis == "gen_len"


def test_callable_objects_and_partials_work():
    class Answer:
        def __call__(self, *, fake, real=None):
            return torch.nn.functional.softplus(-fake).mean()

    assert check(LOSS, Answer(), 0).kind == "correct"


def test_the_notebooks_random_state_is_kept():
    torch.manual_seed(5)
    expected = torch.randn(3)
    torch.manual_seed(5)
    loss("torch.manual_seed(1)\n    return fake.mean() + torch.randn(())")
    assert torch.equal(torch.randn(3), expected)


def test_a_learner_in_no_grad_is_seen():
    assert (
        loss("with torch.no_grad(): return -torch.nn.functional.logsigmoid(fake).mean()").diagnosis
        == "detached"
    )


def test_gradient_wrong_where_value_is_right():
    verdict = loss(
        "y = -torch.nn.functional.logsigmoid(fake).mean()\n    return y.detach() + 2 * (y - y.detach())"
    )
    assert (verdict.diagnosis, "gradient by fake" in verdict.evidence) == ("value", True)


def test_broken_oracle_is_the_courses_fault():
    def broken(*, fake, real=None):
        raise ZeroDivisionError

    spec = Exercise(**{**vars(LOSS), "oracle": broken})
    with pytest.raises(RuntimeError, match="not yours"):
        check(spec, LOSS.reference, 0)


def test_a_family_of_mistakes_by_predicate():
    def negative(got, expected):
        return all((g["result"] < 0) != (e["result"] < 0) for g, e in zip(got, expected, strict=True))

    family = Mistake(
        name="any_wrong_sign", diagnosis="Upside down.", wrong=LOSS.mistakes[2].wrong, when=negative
    )
    spec = Exercise(**{**vars(LOSS), "mistakes": (family, *LOSS.mistakes)})
    learner = cell("def generator_loss(*, fake, real=None):\n    return fake.mean() - 500\n")[
        "generator_loss"
    ]
    assert check(spec, learner, 0).diagnosis == "any_wrong_sign"
    assert check(spec, LOSS.reference, 0).kind == "correct"


@pytest.mark.parametrize(
    "change",
    [
        {"id": "generator_loss"},
        {"difficulty": 4},
        {"hints": ("one",)},
        {"mistakes": ()},
        {"mistakes": mistakes(len)},
    ],
)
def test_declarations_are_checked(change):
    with pytest.raises(ValueError):
        Exercise(**{**vars(LOSS), **change})


def test_unknown_id_offers_the_nearest():
    with pytest.raises(ValueError, match="01.generator_loss"):
        find("01.generatr_loss")
    with pytest.raises(ValueError, match="progress"):
        find("77.nothing")


# --- what exercise() returns, shows and raises -------------------------------------------------------


@pytest.fixture
def own_progress(tmp_path, monkeypatch):
    monkeypatch.setenv("METAGAN_PROGRESS", str(tmp_path / "progress.json"))
    return tmp_path / "progress.json"


def right(*, fake, real=None):
    return torch.nn.functional.softplus(-fake).mean()


def stub(*, fake, real=None): ...


def upside_down(*, fake, real=None):
    return -right(fake=fake)


def test_correct_answer_is_used(own_progress, capsys):
    assert exercises.exercise("01.generator_loss", right) is right
    shown = capsys.readouterr().out
    assert shown.startswith("✓ Correct: 01.generator_loss") and LOSS.verified in shown
    assert exercises.progress_file.read()["01.generator_loss"]["done"]


def test_untouched_stub_is_replaced_quietly(own_progress, capsys):
    assert exercises.exercise("01.generator_loss", stub) is LOSS.reference
    shown = capsys.readouterr().out
    assert shown.startswith("○ Not written yet: 01.generator_loss") and "stands in" in shown
    assert not own_progress.exists()


def test_wrong_answer_is_explained_and_replaced(own_progress, capsys):
    assert exercises.exercise("01.generator_loss", upside_down) is LOSS.reference
    shown = capsys.readouterr().out
    assert shown.startswith("✗ Not yet") and LOSS.hints[0] in shown and "stands in" in shown
    assert "should be" in shown and "yours is" in shown
    exercises.hint("01.generator_loss")
    assert LOSS.hints[1] in capsys.readouterr().out
    assert "done" not in exercises.progress_file.read()["01.generator_loss"]


def test_green_line_and_banner_are_the_same_every_time(own_progress, capsys):
    shown = []
    for function in (right, right, stub, stub):
        exercises.exercise("01.generator_loss", function)
        shown.append(capsys.readouterr().out)
    assert shown[0] == shown[1] and shown[2] == shown[3]


def test_grading_raises_with_the_same_words(own_progress, monkeypatch, capsys):
    monkeypatch.setenv("METAGAN_GRADING", "1")
    assert exercises.exercise("01.generator_loss", right) is right
    for function, word in (
        (stub, "Not written yet"),
        (upside_down, "wrong_sign"),
        (None, "needs the function"),
    ):
        with pytest.raises(AssertionError) as caught:
            exercises.exercise("01.generator_loss", function)
        words = LOSS.mistakes[2].diagnosis if word == "wrong_sign" else word
        assert words in str(caught.value)
    assert not own_progress.exists()
    monkeypatch.setenv("METAGAN_GRADING", "0")
    assert exercises.exercise("01.generator_loss", stub) is LOSS.reference


def test_html_escapes_and_does_not_rely_on_colour():
    verdict = loss("return '<script>alert(1)</script>'")
    page = showing.of_verdict(verdict, hint="a < b")._repr_html_()
    assert "<script>" not in page and "a &lt; b" in page and 'role="status"' in page
    for kind, word in (("correct", "Correct"), ("untouched", "Not written yet"), ("wrong", "Not yet")):
        shown = repr(showing.of_verdict(type(verdict)(LOSS, kind)))
        assert word in shown and shown[0] in "✓○✗"


def test_progress_table(own_progress, capsys):
    exercises.exercise("01.generator_loss", right)
    exercises.exercise("01.generator_slopes", lambda logit: logit)
    capsys.readouterr()
    exercises.progress()
    shown = capsys.readouterr().out
    assert f"1 of {len(exercises.registry())} exercises done" in shown
    assert "✓ done   01.generator_loss" in shown and "✗ tried  01.generator_slopes" in shown
    assert "○ open   01.train_step" in shown
