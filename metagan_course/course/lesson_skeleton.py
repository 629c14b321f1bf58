"""The empty form of a lesson: its eight parts with what belongs into each. Written by ``notebooks new``."""

import re

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

PARTS = (
    """# {number} · {title}

*The one claim of this lesson, in a sentence that could turn out false.*

## 1 · Promise

What you will be able to do, in how many minutes, and what it needs.

**Predict, then run.** Which of these will happen?

- (a) one thing
- (b) another
- (c) neither""",
    'prediction = "?"  # "a", "b" or "c"',
    """## 2 · The smallest thing that can work

On numbers one can print, before anything deep.""",
    "# NBVAL_CHECK_OUTPUT\nprint(1 + 1)",
    """## 3 · Build it in the cell

One idea a cell, 3 to 15 lines. The learner writes the key function.

### Exercise 1 · Its name

●○○, 5 minutes. What to write, and what must hold.""",
    '''from metagan_course.exercises import exercise, hint, progress, solution


def {stub}(x):
    """The formula: shapes in -> shapes out."""
    ...  # your code here


# {stub} = exercise("{number}.{stub}", {stub})  # once lesson_{number}.py declares it''',
    """## 4 · See it move

The widget, and three things to try:

1. Do this. It should show that, because of something the lesson has said.
2. Do this. It should show that, because of something the lesson has said.
3. Do this. It should show that, because of something the lesson has said.""",
    """## 5 · Interpret every output

What came out, why, how much it varies over seeds, what it does *not* show.""",
    """# NBVAL_CHECK_OUTPUT
from metagan_course.course.predictions import settle

settle(prediction, right="c", happened="What came out, in one sentence.")""",
    """### Change one thing

You should see what the lesson has said would happen.""",
    "value = 1  # CHANGE to 2 or 3\nprint('what comes of it:', 2 * value)",
    """## 6 · Exercises

Two to four more, each with dots, minutes, a stub and a check.""",
    """## 7 · Check yourself

1. A question with options, wrong ones included: (a) …, (b) …?

<details><summary>Answer</summary>

**(b)**, and why; and why (a), which somebody will pick, is wrong.

</details>""",
    """## 8 · What you now have

Which functions the package now gives you. What is still wrong, which is why the next lesson exists.

- [1] Authors, year. *Title.* arXiv number as in READING.md""",
    """### Terms · 术语

| English | 中文 | in one line |
|---|---|---|
| generator | 生成器 | turns noise into data |""",
)


def skeleton(number: str, title: str) -> NotebookNode:
    """A notebook with the eight parts of lesson `number` (two digits)."""
    if not re.fullmatch(r"\d\d", number):
        raise ValueError(f"number is {number!r}; it must be two digits, such as '05'")
    stub = "first_exercise"
    cells = []
    for place, part in enumerate(PARTS):
        text = part.format(number=number, title=title, stub=stub) if "{" in part else part
        is_prose = part.startswith(("# {", "##"))
        make = new_markdown_cell if is_prose else new_code_cell
        cells.append(make(text, id=f"part-{place:02}"))
    return new_notebook(cells=cells)


def file_name(number: str, title: str) -> str:
    """05, "Tasks, and how to split them" -> 05_tasks_and_how_to_split_them.ipynb"""
    words = re.findall(r"[a-z0-9]+", title.lower())
    if not words:
        raise ValueError(f"title is {title!r}; it needs a word in Latin letters for the file's name")
    return f"{number}_{'_'.join(words)}.ipynb"
