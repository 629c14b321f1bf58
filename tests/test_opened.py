"""The test side is opened once per shipped checkpoint, and every number of it stands in the record."""

import json

import pytest

from metagan_course import evaluation, pretrained
from metagan_course.course import cli, commands
from metagan_course.evaluation import frozen, opened, protocol
from metagan_course.evaluation.opened import AlreadyOpened, open_once


@pytest.fixture
def quick(monkeypatch):
    for name, value in {"STEPS": (0, 10), "LONG_STEPS": (11,), "LONG_TASKS": 2}.items():
        monkeypatch.setattr(protocol, name, value)
    monkeypatch.setattr(frozen, "FROZEN", 3)
    return {"baselines": False, "progress": False}


def shipped(*words):
    return {commands.name_of(word): commands.load_player(word) for word in words}


def test_the_first_opening_is_written_down_and_the_second_refused(quick, tmp_path):
    record = tmp_path / "opened.json"
    report = open_once(shipped("shapes-reptile"), "abc-dirty", record=record, **quick)
    assert report.split == "test"
    (entry,) = json.loads(record.read_text())
    assert entry["commit"] == "abc-dirty" and entry["checkpoints"] == ["shapes-reptile"]
    assert len(entry["date"]) == 10 and entry["split"] == "test" and entry["shots"] == 20
    assert entry["sha256"] == {"shapes-reptile": pretrained.manifest()["shapes-reptile"]["sha256"]}
    told = {(row["method"], row["t"]): row["mean"]["energy"] for row in entry["rows"]}
    for row in report.rows:
        assert told[row.method, row.t]["estimate"] == pytest.approx(
            row.scores["energy"].mean().item(), abs=1e-4
        )
    assert all("each_task" not in row for row in entry["rows"])
    for again in ("shapes-reptile", "shapes-reptile,inner_steps=3"):  # an arm of it is the same file
        with pytest.raises(AlreadyOpened, match="was opened for shapes-reptile on"):
            open_once(shipped(again), "abc", record=record, **quick)
    assert len(json.loads(record.read_text())) == 1


def test_arms_of_one_checkpoint_open_together_and_others_may_follow(quick, tmp_path):
    record = tmp_path / "opened.json"
    open_once(shipped("shapes-reptile", "shapes-reptile,inner_steps=3"), "abc", record=record, **quick)
    open_once(shipped("shapes-meta-gan"), "abc", record=record, **quick)
    assert [len(e["checkpoints"]) for e in json.loads(record.read_text())] == [2, 1]


def test_only_shipped_checkpoints_and_only_in_a_clone(quick, tmp_path):
    player = commands.load_player("shapes-reptile")
    with pytest.raises(AlreadyOpened, match="my-run: .* shipped checkpoints only: "):
        open_once({"my-run": player}, "abc", record=tmp_path / "opened.json", **quick)
    with pytest.raises(AlreadyOpened, match="in a clone of the course"):
        open_once({"shapes-reptile": player}, "abc", record=tmp_path / "nowhere" / "opened.json", **quick)


def test_the_command_judges_on_validation_unless_told_to_open(quick, tmp_path, monkeypatch, capsys):
    seen, evaluate = [], evaluation.evaluate

    def noted(players, *, split="val", **options):
        seen.append(split)
        return evaluate(players, split=split, **options)

    monkeypatch.setattr(evaluation, "evaluate", noted)
    monkeypatch.setattr(opened, "evaluate", noted)
    monkeypatch.setitem(open_once.__kwdefaults__, "record", tmp_path / "opened.json")
    words = ["evaluate", "shapes-reptile", "--no-baselines", "--quiet", "--out", str(tmp_path)]
    assert cli.main(words) == 0 and seen == ["val"] and not (tmp_path / "opened.json").exists()
    assert cli.main([*words, "--open"]) == 0 and seen == ["val", "test"]
    assert cli.main([*words, "--open"]) == 2 and len(seen) == 2
    assert "one look a checkpoint" in capsys.readouterr().err
