"""The map says what is true: its lessons, their titles, what is here, and arrows that only go forward."""

import re
from pathlib import Path

import matplotlib
import pytest
from lesson_rules import Lesson
from notebook_tools import LESSONS as NOTEBOOKS

from metagan_course.course import course_map

README = Path(__file__).parents[1] / "README.md"

matplotlib.use("agg")


def test_fifteen_stops_and_arrows_that_only_go_forward():
    assert list(course_map.LESSONS) == [f"{n:02}" for n in range(15)]
    for number, stop in course_map.LESSONS.items():
        assert all(needed < number for needed in stop.needs)
        assert all(course_map.LESSONS[needed].at[0] <= stop.at[0] for needed in stop.needs)


def test_no_two_boxes_in_one_place():
    places = [stop.at for stop in course_map.LESSONS.values()]
    assert len(set(places)) == len(places)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def test_titles_are_the_notebooks(path):
    number, half, title = re.match(r"# (\d\d)([a-z]?) · (.+)", Lesson.read(path).text).groups()
    name = course_map.LESSONS[number].title.replace("\n", " ")
    row = re.search(rf"^\| {number} \| ([^|]+) \|", README.read_text(encoding="utf-8"), re.MULTILINE)[1]
    assert path.name.startswith(f"{number}{half}_")
    if half:  # a lesson in two halves: README's row has the lesson's name, then each half's own
        assert row.startswith(f"{name}, in two halves: ")
        assert f"[{number}{half} {title}](notebooks/{path.name})" in row
    else:
        assert name == row == title


def test_what_is_here_is_what_lies_in_the_folder(tmp_path):
    (tmp_path / "00_start_here.ipynb").touch()
    (tmp_path / "notes.ipynb").touch()
    assert course_map.lessons_here(tmp_path) == {"00"}
    assert course_map.lessons_here(Path(NOTEBOOKS[0].parent)) == {path.name[:2] for path in NOTEBOOKS}


def test_planned_lessons_look_planned():
    texts = {text.get_text()[:2]: text for text in course_map.draw({"00"}).texts if text.get_text()}
    styles = {number: text.get_bbox_patch().get_linestyle() for number, text in texts.items()}
    assert styles.pop("00") in ("-", "solid")
    assert len(styles) == 14 and set(styles.values()) <= {"--", "dashed"}
