"""What lesson 05 stands on: its learners, their exam, the crossed worlds, the game of the viewer."""

import importlib.util
import json
from collections import Counter
from pathlib import Path

import pytest
import torch

from metagan_course.answers import few_shot
from metagan_course.answers.few_shot import GRADIENT, METRIC, accuracy, answers, crossover, start, train
from metagan_course.answers.task_figures import NOT_YET, game
from metagan_course.answers.tasks import by_alphabet, episode, prototype_logits, split_test
from metagan_course.nets import Conv4

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "few_shot.py"


@pytest.fixture
def pictures():
    """Twenty-four characters by ten writers, each a pattern of its own, some noise: easy to tell apart."""
    generator = torch.Generator().manual_seed(0)
    patterns = torch.rand(24, 1, 1, 28, 28, generator=generator)
    return patterns + 0.3 * torch.rand(24, 10, 1, 28, 28, generator=generator)


@pytest.mark.parametrize("method", [*METRIC, *GRADIENT])
def test_every_learner_learns(method, pictures):
    """Forty updates on easy pictures: far above guessing on characters that were never trained on."""
    learner = train(method, pictures[:20], updates=40, rate=0.01, seed=0, n_way=4)
    found = accuracy(learner, pictures, seed=1, n_way=4, episodes=20)
    assert found.shape == (20,) and found.mean() > 0.5


@pytest.mark.parametrize("method", [*METRIC, *GRADIENT])
def test_the_same_seed_trains_the_same_learner(method, pictures):
    one, other = (train(method, pictures, updates=2, rate=0.01, seed=3, n_way=4) for _ in range(2))
    assert all(torch.equal(w, other.params[n]) for n, w in one.params.items())
    assert not all(torch.equal(w, start(method, 4, 3).params[n]) for n, w in one.params.items())


@pytest.mark.parametrize("method", [*METRIC, *GRADIENT])
def test_alone_an_answer_does_not_hang_on_its_neighbours_and_together_it_may(method):
    """On mere noise, where any change of the norms turns some answer: five queries, with other neighbours."""
    noise = torch.rand(24, 10, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    learner = start(method, 4, 0)
    generator, told = torch.Generator().manual_seed(0), {True: [], False: []}
    for _ in range(20):
        support, query = episode(noise, 4, 1, 5, generator)
        strange = {"x": torch.cat([query["x"][:5], query["x"][5:] ** 4]), "y": query["y"]}
        for together, changed in told.items():
            one, other = (answers(learner, support, q, together=together)[:5] for q in (query, strange))
            changed.append((one != other).any().item())
    assert not any(told[False]) and any(told[True])


def test_the_exam_is_the_mean_of_its_answers(pictures):
    """In vmap and ten episodes at a time, or one after the other: the same."""
    learner = start("protonet", 5, 0)
    found = accuracy(learner, pictures, seed=7, n_way=5, episodes=12)
    generator = torch.Generator().manual_seed(7)
    for share in found:
        support, query = episode(pictures, 5, 1, 5, generator)
        assert share == (answers(learner, support, query) == query["y"]).float().mean()


def test_the_strided_network_is_convolutions_of_stride_two():
    net, x = Conv4(width=4, strided=True, out_size=3), torch.rand(6, 1, 28, 28)
    y = x
    for conv, norm in zip(net.convs, net.norms, strict=True):
        y = torch.nn.functional.conv2d(y, conv.weight, conv.bias, stride=2, padding=1)
        y = torch.nn.functional.batch_norm(y, None, None, norm.gain, norm.bias, training=True).relu()
    assert y.shape == (6, 4, 2, 2)
    assert torch.allclose(net(x), net.head(y.flatten(1)), atol=1e-5)


# --- splits ------------------------------------------------------------------------------------------------


def test_crossed_worlds_share_no_alphabet_and_no_row_is_in_two():
    alphabets = [
        name for name, n in zip("abcdefg", (60, 50, 41, 30, 25, 20, 5), strict=True) for _ in range(n)
    ]
    worlds = crossover(alphabets, torch.Generator().manual_seed(0))
    names = {w: [{alphabets[r] for r in part.tolist()} for part in parts] for w, parts in worlds.items()}
    assert names["A"][0] == names["A"][1] == set("ace") and names["B"][0] == names["B"][1] == set("bdf")
    rows = torch.cat([part for parts in worlds.values() for part in parts]).tolist()
    assert len(rows) == len(set(rows))
    assert len(worlds["A"][0]) == len(worlds["B"][0])
    exam = Counter(alphabets[r] for r in worlds["A"][1].tolist())
    assert exam == {"a": 30, "c": 21, "e": 13}


def test_the_course_s_split_keeps_its_promise_and_a_split_by_character_does_not():
    alphabets = list("abcabcabacddbbdae")
    split_test(by_alphabet, alphabets)
    with pytest.raises(AssertionError, match="both sides"):
        split_test(lambda a, n: (list(range(n)), list(range(n, len(a)))), alphabets)


def test_one_shot_prototypes_are_nearest_neighbours():
    generator = torch.Generator().manual_seed(0)
    s, q = torch.randn(6, 4, generator=generator), torch.randn(9, 4, generator=generator)
    assert torch.equal(prototype_logits(s, torch.arange(6), q).argmax(1), torch.cdist(q, s).argmin(1))


# --- the game ----------------------------------------------------------------------------------------------


def words(figure) -> str:
    return "\n".join(ax.get_title() for ax in figure.axes)


def test_the_answers_come_after_yours_and_are_the_learner_s(pictures):
    learner = start("protonet", 5, 0)
    draw = game(learner, pictures, seed=0)
    before, after = (draw(3, 5, 1, you) for you in (NOT_YET, "B"))
    assert "Which class" in words(before) and "It is" not in words(before) and "said" not in words(before)
    assert not before.axes[2].texts
    generator = torch.Generator().manual_seed(3)
    support, query = episode(pictures, 5, 1, few_shot.QUERIES, generator)
    asked = int(torch.randint(len(query["y"]), (), generator=generator))
    told = answers(learner, support, query)
    assert f"It is {'ABCDE'[query['y'][asked]]}." in words(after) and "You said B." in words(after)
    assert f"ProtoNet said {'ABCDE'[told[asked]]}." in words(after)
    counts = [int(text.get_text()) for text in after.axes[2].texts]
    assert sum(counts) == len(query["y"])
    right = sum(int(t.get_text()) for t in after.axes[2].texts if t.get_position()[0] == t.get_position()[1])
    assert right == int((told == query["y"]).sum())


def test_a_letter_that_is_no_class_is_no_answer(pictures):
    figure = game(start("protonet", 5, 0), pictures, seed=0)(0, 5, 1, "H")
    assert "There is no H" in words(figure) and "It is" not in words(figure) and not figure.axes[2].texts


# --- the benchmark -----------------------------------------------------------------------------------------


@pytest.fixture
def benchmark(monkeypatch):
    spec = importlib.util.spec_from_file_location("few_shot_benchmark", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    threads = torch.get_num_threads()
    yield module
    torch.set_num_threads(threads)


def test_the_table_of_splits_is_remade_by_one_command(benchmark, tmp_path, monkeypatch):
    monkeypatch.setattr(benchmark, "SEEDS", (10,))
    benchmark.main(["splits", "--updates", "1", "--out", str(tmp_path)])
    made = json.loads((tmp_path / "few_shot_splits.json").read_text())
    shipped = json.loads((benchmark.OUT / "few_shot_splits.json").read_text())
    assert made["updates"] == 1 and [*made["rows"][0]] == [*shipped["rows"][0]]
    assert {len(values) for values in made["rows"][0].values()} == {200}
