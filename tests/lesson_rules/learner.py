"""Rules on what a reader does: the first minute, predicting, changing a cell, what is folded, how long."""

import re

from nbformat import NotebookNode

from .form import MARKER
from .lesson import Lesson, outside_folds, words

FIRST_WORDS = 200  # a minute of reading
WORDS_A_MINUTE, LINES_A_MINUTE, LONGEST = 200, 60, 60
PREDICTION = re.compile(r'prediction = "\?"  # ("[a-e]"(?:, "[a-e]")* or "[a-e]")')
PLAY = re.compile(r"^(?P<name>\w+) = (?P<value>.+?)  # CHANGE to (?P<others>.+)$", re.MULTILINE)
EXERCISE = re.compile(r"exercise\(\s*[\"'](\d\d\.\w+)[\"']")
PLOTS = re.compile(
    r"\b(plt|ax|axes|panels?|fig|figure|left|right)\b[\w\[\], 0-9-]*\.\w+\(|\b(scatter2d|imshow)\("
)


def is_hidden(cell: NotebookNode) -> bool:
    return bool(cell.metadata.get("jupyter", {}).get("source_hidden"))


def shows_picture(cell: NotebookNode) -> bool:
    return any("image/png" in output.get("data", {}) for output in cell.get("outputs", []))


def lines(cell: NotebookNode) -> list[str]:
    return [line for line in cell.source.splitlines() if line.strip() and not line.startswith("# NBVAL")]


def wins_early(lesson: Lesson) -> list[str]:
    """The first picture, or a widget's still, stands within the first minute of reading."""
    read = 0
    for cell in lesson.cells:
        if cell.cell_type == "code" and shows_picture(cell):
            break
        read += words(outside_folds(cell.source)) if cell.cell_type == "markdown" else 0
    return [] if read <= FIRST_WORDS else [f"{read} words before the first picture, at most {FIRST_WORDS}"]


def one_form_of_prediction(lesson: Lesson) -> list[str]:
    """**Predict**, options (a), (b), ... of equal length, and the cell `prediction = "?"` right below."""
    complaints, asked = [], 0
    for cell, after in zip(lesson.cells, [*lesson.cells[1:], None], strict=True):
        if cell.cell_type == "code":
            if re.search(
                r"^(my_?|your_?)\w*(predict|guess|order|bet|factor)|^(guess|bet) =", cell.source, re.M
            ):
                complaints.append(f"cell {cell.id}: a prediction is called `prediction`")
            continue
        if not re.search(r"\*\*[^*]*\bpredict\b", outside_folds(cell.source), re.IGNORECASE):
            continue
        asked += 1
        options = dict(re.findall(r"^- \(([a-e])\) (.+)$", cell.source, re.MULTILINE))
        lengths = [len(option) for option in options.values()]
        if len(options) < 2 or list(options) != list("abcde"[: len(options)]):
            complaints.append(
                f"cell {cell.id}: options must be lines '- (a) ...', '- (b) ...', not {list(options)}"
            )
        elif max(lengths) - min(lengths) > 12:
            complaints.append(
                f"cell {cell.id}: the options differ in length, {lengths}: the long one gives itself away"
            )
        found = PREDICTION.fullmatch(after.source.strip()) if after and after.cell_type == "code" else None
        if not found or re.findall('"(.)"', found[1]) != list(options):
            complaints.append(
                f'below cell {cell.id} must stand: prediction = "?"  # with the letters of its options'
            )
    return complaints if asked else ["no question to predict before running (in bold: **Predict**)"]


def predictions_taken_up(lesson: Lesson) -> list[str]:
    """Each prediction is settled by a cell before the next is asked: settle(prediction, right=..., ...)."""
    complaints, open_since = [], None
    for cell in lesson.code:
        if open_since and re.search(r"\bsettle\(\s*prediction\b", cell.source):
            open_since = None
        if re.search(r"^prediction = ", cell.source, re.MULTILINE):
            if open_since:
                complaints.append(f"the prediction of cell {open_since} is never taken up")
            open_since = cell.id
    if open_since:
        complaints.append(f"the prediction of cell {open_since} is never taken up")
    return complaints


def alternatives(cell: NotebookNode) -> list[str]:
    """The sources of a play-with's changed copies, unchecked; none for another cell."""
    found = PLAY.search(cell.source) if cell.cell_type == "code" else None
    if not found:
        return []
    said = [f"{found['name']} = {other}" for other in re.split(r" or |; ", found["others"])]
    return [cell.source.replace(found.group(0), line).replace(MARKER, "# changed") for line in said]


def plays_are_cells(lesson: Lesson) -> list[str]:
    """Something to change: a line that ends in `# CHANGE to x or y`, and the text before says what to see."""
    complaints, before, plays = [], "", 0
    for cell in lesson.cells:
        if cell.cell_type == "markdown":
            before = cell.source
            continue
        marks = cell.source.count("# CHANGE")
        if marks:
            plays += 1
            if marks > 1 or not PLAY.search(cell.source):
                complaints.append(f"cell {cell.id}: one line, `name = value  # CHANGE to x or y`")
            if "you should see" not in before.lower():
                complaints.append(f"cell {cell.id}: the text before it does not say what one should see")
            if not cell.outputs:
                complaints.append(f"cell {cell.id} shows nothing, so changing it shows nothing")
    return complaints if plays else ["nothing to change: no cell has a line that ends in `# CHANGE to ...`"]


def no_play_in_prose(lesson: Lesson) -> list[str]:
    """The prose asks for no change that is not a cell: `x = 2`, then 'run it again', stands nowhere else."""
    asked = r"(run|re-?run)[^.?!]*\bagain\b|\b(set|change|try) `\w[^`]*=[^`]*`"
    complaints = []
    for before, cell, after in zip(
        [None, *lesson.cells], lesson.cells, [*lesson.cells[1:], None], strict=False
    ):
        near = [c.source for c in (before, after) if c and c.cell_type == "code"]
        if cell.cell_type == "code" or any("# CHANGE" in s or EXERCISE.search(s) for s in near):
            continue
        if found := re.search(asked, outside_folds(cell.source), re.IGNORECASE):
            complaints.append(
                f"cell {cell.id} asks {found.group(0)!r}: make it a cell with `# CHANGE to ...`"
            )
    return complaints


def plotting_folded(lesson: Lesson) -> list[str]:
    """Three lines of plotting or more are folded (source_hidden); what a reader changes never is."""
    complaints = []
    for cell in lesson.code:
        touched = "# CHANGE" in cell.source or EXERCISE.search(cell.source) or PREDICTION.search(cell.source)
        drawing = sum(bool(PLOTS.search(line)) for line in lines(cell))
        if cell.metadata.get("jupyter", {}).get("outputs_hidden"):
            complaints.append(f"cell {cell.id} hides its output")
        if is_hidden(cell) and touched:
            complaints.append(f"cell {cell.id} is for the reader to change and is folded")
        if drawing >= 3 and not touched and not is_hidden(cell):
            complaints.append(
                f"cell {cell.id}: {drawing} lines of plotting, not folded (jupyter.source_hidden)"
            )
        if drawing >= 3 and touched:
            complaints.append(
                f"cell {cell.id}: {drawing} lines of plotting where a reader works: call a function"
            )
    return complaints


def read_words(lesson: Lesson) -> int:
    """What is read: the text outside folds, the answers of *check yourself*; not the terms at the end."""
    answers = re.findall(r"<details.*?</details>", lesson.section("check yourself"), re.DOTALL)
    return sum(words(outside_folds(cell.source)) for cell in lesson.markdown[:-1]) + sum(map(words, answers))


def exercise_minutes(lesson: Lesson) -> int:
    """The minutes told before each exercise's cell."""
    total, before = 0, ""
    for cell in lesson.cells:
        if cell.cell_type == "markdown":
            before = cell.source
        elif EXERCISE.search(cell.source) and (told := re.search(r"(\d+) ?min", before)):
            total += int(told[1])
    return total


def minutes_measured(lesson: Lesson) -> float:
    """Words at 200 a minute, code that is not folded at 60 lines a minute, exercises at their own minutes."""
    code = sum(len(lines(cell)) for cell in lesson.code if not is_hidden(cell))
    return read_words(lesson) / WORDS_A_MINUTE + code / LINES_A_MINUTE + exercise_minutes(lesson)


def minutes_told(lesson: Lesson) -> list[str]:
    """The minutes that the promise tells are the minutes measured, within a quarter, and 60 at the most."""
    told = re.search(r"\b(\d+) min", lesson.section("promise"))
    if not told:
        return ["the promise does not tell how many minutes the lesson takes"]
    minutes, measured = int(told[1]), minutes_measured(lesson)
    said = f"{minutes} minutes told, {measured:.0f} measured"
    if max(minutes, measured) > LONGEST:
        return [f"{said}: at most {LONGEST}"]
    return [] if abs(minutes - measured) <= measured / 4 else [f"{said}: more than a quarter apart"]


RULES = (
    wins_early,
    one_form_of_prediction,
    predictions_taken_up,
    plays_are_cells,
    no_play_in_prose,
    plotting_folded,
    minutes_told,
)
