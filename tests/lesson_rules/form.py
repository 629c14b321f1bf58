"""Rules on how a lesson is built and stored: its eight parts, its cells, its outputs. See CONTRIBUTING.md."""

import re

from .lesson import HAN, Lesson, code_words, outside_folds, words

MARKER = "# NBVAL_CHECK_OUTPUT"
PARTS = (
    ("promise", r"promise"),
    ("the smallest thing that can work", r"smallest"),
    ("build it in the cell", r"\bbuild"),
    ("see it move", r"see it move"),
    ("interpret every output", r"interpret|what (it|this|the \w+) (shows|does not show)"),
    ("exercises", r"exercises?\b"),
    ("check yourself", r"check yourself"),
    ("what you now have", r"what you now have"),
)
UNSTABLE = {
    r"\d\.\d{4,}": "a number with four decimals or more",
    r"\b[\d.]+ ?m?s\b": "a time",
    r"tensor\(": "a raw tensor",
    r"<Figure|<Axes|Figure\(": "a figure's description",
    r"\bat 0x[0-9a-f]+": "an address in memory",
    r"\b\d+\.\d+e[-+]\d+": "a number in powers of ten",
}
OF_THIS_MACHINE = r"(/home/|/Users/|/root/|/tmp/|/work/|/private/var/|[A-Z]:\\Users\\)[\w./\\-]*"


def eight_parts(lesson: Lesson) -> list[str]:
    """The eight parts of a lesson, as second-level headings in order; others may stand between them."""
    found, rest = [], [heading for heading, _ in lesson.sections]
    for title, pattern in PARTS:
        at = next((i for i, heading in enumerate(rest) if re.search(pattern, heading, re.I)), None)
        if at is None:
            return [f"part {len(found) + 1}, {title!r}, is missing or out of order; headings left: {rest}"]
        found.append(rest[at])
        rest = rest[at + 1 :]
    return []


def one_title(lesson: Lesson) -> list[str]:
    """The first cell opens with the only first-level heading: the number and the name of the lesson."""
    titles = re.findall(r"^# +(.+)$", re.sub(r"^```.*?^```", "", lesson.text, flags=re.M | re.S), re.M)
    right = len(titles) == 1 and titles[0].startswith(lesson.name[:2])
    return [] if right else [f"first-level headings must be one, starting with {lesson.name[:2]}: {titles}"]


def ran_in_order(lesson: Lesson) -> list[str]:
    """Every code cell was run once, from first to last, in a fresh kernel."""
    counts = [cell.execution_count for cell in lesson.code]
    return [] if counts == list(range(1, len(counts) + 1)) else [f"execution counts are {counts}"]


def no_errors_stored(lesson: Lesson) -> list[str]:
    """No stored output is an error or a warning."""
    return [
        f"cell {cell.id} stores {output.get('ename') or output.get('text', '')[:80]!r}"
        for cell in lesson.code
        for output in cell.outputs
        if output.output_type == "error" or output.get("name") == "stderr"
    ]


def checked_cells(lesson: Lesson) -> list[str]:
    """At least three cells whose printed result is compared, each with a stored output."""
    checked = [cell for cell in lesson.code if MARKER in cell.source.splitlines()]
    silent = [f"checked cell {cell.id} has no stored output" for cell in checked if not cell.outputs]
    few = [] if len(checked) >= 3 else [f"{len(checked)} checked cells, at least 3 are needed"]
    return few + silent


def marker_written_right(lesson: Lesson) -> list[str]:
    """A marker with a typing error is a comment, and its cell passes whatever it prints."""
    lines = [(cell.id, line) for cell in lesson.code for line in cell.source.splitlines() if "NBVAL" in line]
    return [f"cell {id}: {line!r} is not {MARKER!r}" for id, line in lines if line != MARKER]


def checked_output_is_stable(lesson: Lesson) -> list[str]:
    """A checked cell prints rounded numbers and verdicts, nothing that differs between systems."""
    return [
        f"checked cell {cell.id} prints {what}: {found.group(0)!r}"
        for cell in lesson.code
        if MARKER in cell.source.splitlines()
        for output in cell.outputs
        for pattern, what in UNSTABLE.items()
        if (found := re.search(pattern, output.get("text") or output.get("data", {}).get("text/plain", "")))
    ]


def stored_clean(lesson: Lesson) -> list[str]:
    """As ``notebooks tidy`` leaves it: no run times, no dead widgets, no paths of one machine."""
    complaints = (
        [] if set(lesson.notebook.metadata) == {"kernelspec", "language_info"} else ["extra metadata"]
    )
    for cell in lesson.cells:
        if "execution" in cell.metadata:
            complaints.append(f"cell {cell.id} stores when it ran")
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "application/vnd.jupyter.widget-view+json" in data:
                complaints.append(f"cell {cell.id} stores a widget whose model is gone, and no still picture")
            shown = output.get("text", "") + data.get("text/plain", "") + data.get("text/html", "")
            if found := re.search(OF_THIS_MACHINE, shown):
                complaints.append(f"cell {cell.id} shows a path of one machine: {found.group(0)}")
    return complaints


def short_code(lesson: Lesson) -> list[str]:
    """A code cell holds one idea: twenty lines at the most."""
    lengths = [
        (cell.id, len([line for line in cell.source.splitlines() if line.strip()])) for cell in lesson.code
    ]
    return [f"cell {id} has {n} lines of code, at most 20" for id, n in lengths if n > 20]


def short_prose(lesson: Lesson) -> list[str]:
    """A prose cell holds 150 words at the most, folded answers not counted."""
    lengths = [(cell.id, words(outside_folds(cell.source))) for cell in lesson.markdown]
    return [f"cell {id} has {n} words, at most 150" for id, n in lengths if n > 150]


def no_wall(lesson: Lesson) -> list[str]:
    """A figure, a cell, a table or a question at least every 150 words."""
    complaints, run = [], 0
    for cell in lesson.cells:
        if cell.cell_type == "code":
            run = 0
            continue
        for paragraph in re.split(r"\n\s*\n", outside_folds(cell.source)):
            breaks = re.search(r"\?|!\[|<img|<details|^\|", paragraph, re.MULTILINE)
            run = 0 if breaks else run + words(paragraph)
            if run > 150:
                complaints.append(f"cell {cell.id}: {run} words without a figure, a cell or a question")
                run = 0
    return complaints


def prose_to_code(lesson: Lesson) -> list[str]:
    """About five words of prose to one of code: between 2 and 9."""
    code = sum(code_words(cell.source) for cell in lesson.code)
    ratio = words(lesson.text) / max(1, code)
    return [] if 2 <= ratio <= 9 else [f"{ratio:.1f} words of prose to one of code, wanted 2 to 9"]


def three_to_five_exercises(lesson: Lesson) -> list[str]:
    """Three to five exercises of this lesson; each cell before one tells difficulty and minutes."""
    complaints, ids, before = [], [], ""
    for cell in lesson.cells:
        if cell.cell_type == "markdown":
            before = cell.source
            continue
        for id in re.findall(r"exercise\(\s*[\"'](\d\d\.\w+)[\"']", cell.source):
            ids.append(id)
            if not re.search("[●○•]", before) or not re.search(r"\d+ ?min", before):
                complaints.append(f"{id}: the text before it does not tell difficulty (dots) and minutes")
            if MARKER in cell.source:
                complaints.append(f"{id}: its cell is checked, but its output changes when it is solved")
            if not id.startswith(lesson.name[:2]):
                complaints.append(f"{id} belongs to another lesson")
    if not 3 <= len(ids) <= 5:
        complaints.append(f"{len(ids)} exercises, wanted 3 to 5: {ids}")
    return complaints


def three_things_to_try(lesson: Lesson) -> list[str]:
    """After the widget: a numbered list of three things to try, each saying what it should show."""
    items = re.findall(r"^ *\d\. +(.+(?:\n(?! *\d\.|\n).+)*)", lesson.section("see it move"), re.MULTILINE)
    thin = [f"{item[:40]!r} does not say what it should show" for item in items if words(item) < 12]
    return thin if len(items) == 3 else [f"{len(items)} things to try after the widget, wanted 3"]


def terms_in_two_languages(lesson: Lesson) -> list[str]:
    """The lesson ends with a table of its terms, Chinese and English."""
    last = lesson.markdown[-1].source if lesson.markdown else ""
    rows = re.split(r"^\|[ :|-]+\|$", last, flags=re.MULTILINE)[-1].splitlines()  # below the table's head
    both = [row for row in rows if re.search(f"[{HAN}]", row) and re.search("[A-Za-z]{3}", row)]
    return (
        [] if len(both) >= 5 else [f"the last cell has {len(both)} terms in Chinese and English, at least 5"]
    )


RULES = (
    eight_parts,
    one_title,
    ran_in_order,
    no_errors_stored,
    checked_cells,
    marker_written_right,
    checked_output_is_stable,
    stored_clean,
    short_code,
    short_prose,
    no_wall,
    prose_to_code,
    three_to_five_exercises,
    three_things_to_try,
    terms_in_two_languages,
)
