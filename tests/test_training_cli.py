"""metagan-course train, evaluate: words in, a run or a verdict out, and one sentence where neither can be."""

import json

import pytest
from tiny import TINY

from metagan_course import pretrained, training
from metagan_course.course import cli, commands
from metagan_course.training import RECIPES

WORDS = ["--set", "tasks=2", "--set", "inner_steps=1", "--set", "hidden=8", "--quiet"]


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def train(*words):
    return cli.main(["train", "shapes-fomaml", *WORDS, *words])


def test_train_stop_and_go_on(here, capsys):
    assert train("--set", "steps=2", "--seed", "3") == 0
    file = here / "runs" / "shapes-fomaml-seed3" / "checkpoint.pt"
    assert str(file.relative_to(here)) in capsys.readouterr().out
    run = training.load(file)
    assert run.step == 2 and run.recipe == RECIPES["shapes-fomaml"].but(
        tasks=2, inner_steps=1, hidden=8, steps=2, seed=3
    )
    assert train("--set", "steps=3", "--seed", "3", "--resume") == 0
    assert training.load(file).step == 3


def test_a_run_is_never_begun_over_another(here, capsys):
    assert train("--set", "steps=1") == 0 == train("--set", "steps=1", "--out", "elsewhere")
    assert train("--set", "steps=1") == 2
    said = capsys.readouterr().err
    assert "--resume" in said and "--out" in said and len(said.splitlines()) == 1


@pytest.mark.parametrize("words, needed", [
    (["train", "shapes-gan"], "shapes-fomaml"),
    (["train", "shapes-fomaml", "--set", "beta=1"], "beta_g"),
    (["train", "shapes-fomaml", "--set", "steps=many"], "int"),
    (["train", "shapes-fomaml", "--set", "first_order=yes"], "True or False"),
    (["train", "shapes-fomaml", "--set", "steps"], "int"),
    (["train", "shapes-fomaml", "--resume"], "no checkpoint here"),
    (["evaluate", "nowhere.pt"], "no checkpoint here"),
    (["evaluate", "nothing"], "no checkpoint is called"),
])  # fmt: skip
def test_wrong_words_are_one_sentence(words, needed, here, capsys):
    assert cli.main(words) == 2
    said = capsys.readouterr().err
    assert said.startswith("metagan-course: ") and needed in said and len(said.splitlines()) == 1
    assert not list(here.iterdir())


@pytest.mark.parametrize("words", [["train"], ["train", "a", "--save-every", "0"], ["evaluate"]])
def test_words_that_are_missing(words):
    with pytest.raises(SystemExit):
        cli.main(words)


@pytest.mark.parametrize("text, value", [("true", True), ("False", False)])
def test_a_yes_or_no_may_be_written_large_or_small(text, value):
    changes = commands.read_changes(RECIPES["shapes-fomaml"], [f"first_order={text}"])
    assert changes == {"first_order": value}


def test_another_recipe_is_not_resumed(here, capsys):
    assert train("--set", "steps=1", "--out", "x") == 0
    assert cli.main(["train", "shapes-maml", "--resume", "--out", "x"]) == 2
    assert "shapes-fomaml" in capsys.readouterr().err


def test_evaluate_writes_table_figures_and_numbers(here, capsys):
    run = training.begin(TINY)
    training.save(run, here / "a" / "checkpoint.pt")
    training.save(training.begin(TINY.but(seed=1)), here / "b" / "checkpoint.pt")
    words = [
        "a/checkpoint.pt",
        "b/checkpoint.pt",
        "--tasks",
        "3",
        "--quiet",
        "--no-baselines",
    ]
    assert cli.main(["evaluate", *words]) == 0
    said, folder = capsys.readouterr().out, here / "a" / "evaluation"
    assert (folder / "table.md").read_text() in said and "| a, t = 0 |" in said and "| b, t = 0 |" in said
    report = json.loads((folder / "report.json").read_text())
    assert report["judged_at"] == {"a": 1, "b": 1} and len(report["rows"][1]["each_task"]["energy"]) == 3
    assert {f.name for f in folder.glob("*.png")} == {"curve_energy.png", "samples_a.png", "samples_b.png"}


def test_ship_trains_judges_and_keeps(here, monkeypatch):
    """One command remakes a shipped checkpoint; run again from the manifest it makes the same bytes."""
    monkeypatch.setattr(pretrained, "FOLDER", here / "shipped")
    for function in (pretrained.ship, pretrained.load, pretrained.manifest):
        monkeypatch.setattr(function, "__defaults__", (here / "shipped",)) if function.__defaults__ else None
        if function.__kwdefaults__:
            monkeypatch.setitem(function.__kwdefaults__, "folder", here / "shipped")
    monkeypatch.setattr("metagan_course.evaluation.frozen.FROZEN", 4)
    assert train("--set", "steps=1", "--ship", "small", "--out", "one") == 0
    entry = pretrained.manifest()["small"]
    assert entry["metrics"]["t=1"]["energy"] > 0 and entry["seed"] == 0
    first = (here / "shipped" / "small.safetensors").read_bytes()
    words = entry["command"].split()
    assert words[0] == "metagan-course" and "--ship" in words
    assert cli.main([*words[1:], "--out", "two", "--quiet"]) == 0
    assert (here / "shipped" / "small.safetensors").read_bytes() == first


def test_a_commit_has_its_number_and_says_when_files_differ():
    said = commands.commit()
    assert said == "unknown" or len(said.split("-")[0]) == 40
