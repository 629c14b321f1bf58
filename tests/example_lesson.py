"""A lesson as small as the rules allow, and for every rule the changes that break it."""

import nbformat
from lesson_rules import Lesson
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from metagan_course.course.notebooks import KERNELSPEC, LANGUAGE

CHECKED = "# NBVAL_CHECK_OUTPUT\n"
EXERCISE = """def {name}(x):
    half = x / 2
    return half + 1 if x > 0 else half - 1


{name} = exercise('42.{name}', {name})"""
COUNT = "n = sum(1 for word in text.split() if word)\n"
FIGURE = "(a figure)"
FILLER = "Read this line as you would read a lesson, word by word, since a rule counts the words of it. "


def printed(text: str) -> NotebookNode:
    return new_output("stream", name="stdout", text=text)


def question(number: int) -> str:
    answer = (
        "It is the second one, because the first has no gradient there and the third was never asked for."
    )
    return f"{number}. Which one is it?\n\n<details><summary>Answer</summary>\n\n{answer}\n\n</details>\n"


TRY = (
    "{n}. Move the slider to its end and press play. The cloud should stop and turn back within ten steps.\n"
)
TERMS = "| English | 中文 |\n|---|---|\n" + "".join(
    f"| {english} | {chinese} |\n"
    for english, chinese in (
        ("generator $\\phi$", "生成器"),
        ("noise", "噪声"),
        ("inner rate $\\alpha$", "内循环学习率"),
        ("logit, `vmap`", "对数几率，向量化"),
        ("discriminator", "判别器"),
    )
)
READING = "[1] Goodfellow and others, 2014. [arXiv:1406.2661](https://arxiv.org/abs/1406.2661)"
PREDICT = "**Predict.** How many will it be?\n\n- (a) one\n- (b) two"
NAIVE = "torch.log(torch.sigmoid(logit))"
FOLDED = "plt.plot(1)\nplt.xlabel('step')\nplt.ylabel('loss')"
PLAY = CHECKED + "rate = 0.1  # CHANGE to 0.2 or 0.3\n" + COUNT + "print('one')"
CELLS = (
    ("md", "# 42 · An example\n\n## 1 · Promise\n\nIn about 17 minutes. " + FILLER * 2 + "\n\n" + PREDICT),
    ("code", 'prediction = "?"  # "a" or "b"'),
    (
        "md",
        "## 2 · The smallest thing that can work\n\nThe **generator**'s weights $\\phi$ move first [1]; "
        "without **noise** it makes one thing. You should see one line. " + FILLER,
    ),
    ("code", PLAY, "one\n"),
    ("md", "See [the papers](READING.md#judging-what-was-generated). " + FILLER * 3),
    ("folded", FOLDED, FIGURE),
    ("md", "## 3 · Build it\n\nThe **discriminator** answers with a **logit**. " + FILLER * 3),
    ("code", CHECKED + COUNT + "print('two')", "two\n"),
    ("md", "## 4 · See it move\n\n" + "".join(TRY.format(n=n) for n in (1, 2, 3))),
    ("code", CHECKED + COUNT + "print('three')", "three\n"),
    (
        "md",
        "## 5 · Interpret every output\n\nThe **inner rate** $\\alpha$ is small here; **`vmap`** runs tasks. "
        f"<!-- wrong 00.log_probability: {NAIVE} -->" + FILLER * 3,
    ),
    ("code", f"naive = {NAIVE}\nvmap(step)\nsettle(prediction, right='a', happened='One.')"),
    *(
        cell
        for name in ("first", "second", "third")
        for cell in (
            (
                "md",
                ("## 6 · Exercises\n\n" if name == "first" else "") + f"**{name}** ●○○, 5 minutes. " + FILLER,
            ),
            ("code", EXERCISE.format(name=name), "○ Not written yet\n"),
        )
    ),
    ("md", "## 7 · Check yourself\n\n" + "\n".join(question(number) for number in (1, 2, 3, 4))),
    ("md", "## 8 · What you now have\n\n" + FILLER + "\n\n" + READING),
    ("md", "### Terms\n\n" + TERMS),
)


def output(text: str) -> NotebookNode:
    """A stored output: the drawing, or something printed."""
    return new_output("display_data", data={"image/png": "0"}) if text == FIGURE else printed(text)


def example() -> Lesson:
    """The lesson that keeps every rule. A new one at every call."""
    cells, count = [], 0
    for number, (kind, source, *stored) in enumerate(CELLS):
        if kind == "md":
            cells.append(new_markdown_cell(source, id=f"cell-{number}"))
            continue
        count += 1
        cell = new_code_cell(source, id=f"cell-{number}", execution_count=count)
        cell.outputs = [output(text) for text in stored]
        cell.metadata = {"jupyter": {"source_hidden": True}} if kind == "folded" else {}
        cells.append(cell)
    notebook = new_notebook(cells=cells, metadata={"kernelspec": KERNELSPEC, "language_info": LANGUAGE})
    return Lesson("42_example", nbformat.from_dict(notebook))


def says(old: str, new: str):
    """A change: replace words wherever they stand."""

    def change(notebook: NotebookNode) -> None:
        assert any(old in cell.source for cell in notebook.cells), f"the example does not say {old!r}"
        for cell in notebook.cells:
            cell.source = cell.source.replace(old, new)

    return change


def adds(text: str, at: int = 2):
    """A change: one more sentence in a prose cell."""

    def change(notebook: NotebookNode) -> None:
        notebook.cells[at].source += "\n\n" + text

    return change


def code(source: str, *outputs: NotebookNode, count: int = 7):
    """A change: one more code cell at the end of the lesson's code."""

    def change(notebook: NotebookNode) -> None:
        extra = new_code_cell(source, id="extra", execution_count=count, outputs=list(outputs))
        notebook.cells.insert(len(notebook.cells) - 1, extra)

    return change


def metadata(notebook: NotebookNode) -> None:
    notebook.metadata.widgets = {"state": {}}


def html(text: str) -> NotebookNode:
    return new_output("display_data", data={"text/html": text})


def no_pictures(notebook: NotebookNode) -> None:
    for cell in notebook.cells:
        cell.outputs = []
    notebook.cells[0].source += FILLER * 10


def unfolded(notebook: NotebookNode) -> None:
    for cell in notebook.cells:
        cell.metadata = {}


def folded_play(notebook: NotebookNode) -> None:
    notebook.cells[3].metadata = {"jupyter": {"source_hidden": True}}


def hidden_output(notebook: NotebookNode) -> None:
    notebook.cells[5].metadata = {"jupyter": {"source_hidden": True, "outputs_hidden": True}}


def early_vmap(notebook: NotebookNode) -> None:
    notebook.cells[3].source += "\nvmap(step)"


ERROR = new_output("error", ename="ValueError", evalue="no", traceback=["no"])
WARNING = new_output("stream", name="stderr", text="FutureWarning: soon")
DEAD = new_output("display_data", data={"application/vnd.jupyter.widget-view+json": {"model_id": "1"}})
BREAKS = {
    "eight_parts": [
        says("## 7 · Check yourself", "## 7 · Test"),
        says("## 4 · See it move", "### See it move"),
    ],
    "one_title": [says("# 42 · An example", "# An example"), adds("# 42 again")],
    "ran_in_order": [code("pass", count=9), code("pass", count=None)],
    "no_errors_stored": [code("pass", ERROR), code("pass", WARNING)],
    "checked_cells": [says(CHECKED, ""), code(CHECKED + "x = 1")],
    "marker_written_right": [code("# NBVAL CHECK OUTPUT\nprint(1)"), code("x = 1  # NBVAL_CHECK_OUTPUT")],
    "checked_output_is_stable": [
        code(CHECKED + "f()", printed(text))
        for text in (
            "0.123456",
            "took 3.2 s",
            "tensor(3)",
            "<Figure size 640x480>",
            "<f at 0x7f00>",
            "1.2e-07",
        )
    ],
    "stored_clean": [metadata, code("pass", DEAD), code("pass", printed("saved in /" + "home/anna/x.pt"))],
    "short_code": [code("x = 1\n" * 21)],
    "short_prose": [adds(FILLER * 9, at=4)],
    "no_wall": [adds((FILLER + "\n\n") * 7, at=4)],
    "prose_to_code": [code("word " * 600), adds(FILLER * 60)],
    "three_to_five_exercises": [
        says("**second** ●○○", "**second**"),
        says("5 minutes", "soon"),
        says("exercise('42.second', second)", "1"),
        says("'42.third'", "'41.third'"),
        says("third = exercise", CHECKED + "third = exercise"),
    ],
    "three_things_to_try": [says("3. Move", "Move"), says(TRY.format(n=2)[3:], "Play.\n")],
    "terms_in_two_languages": [says("判别器", "discriminator"), says("| noise |", "| 声 |")],
    "symbols": [
        adds("$D_\\phi(x)$"),
        adds("$G_{\\theta}(z)$"),
        adds("$$\\phi' = \\phi - \\eta \\nabla L$$"),
        adds("$\\nabla_\\theta L_G$"),
        adds("draw $\\epsilon \\sim N$"),
        adds("the inner rate $\\beta$"),
        adds("the generator's weights $\\theta$"),
        adds("the support set $Q$"),
        code("eta = 0.1"),
    ],
    "spelling": [adds("We visualize it."), adds("its behavior"), adds("the optimizer")],
    "questions_answered": [
        says(question(4), "4. And this?\n"),
        says(question(4), ""),
        says("because the first has no gradient there and the third was never asked for", ""),
        says("4. Which one is it?", "4. It is one."),
    ],
    "folds_closed": [adds("<details><summary>More</summary>"), adds("<details>no</details>")],
    "wins_early": [no_pictures, adds(FILLER * 10, at=0)],
    "one_form_of_prediction": [
        says("**Predict.**", "Guess."),
        says("- (b) two", "- (b) two, because each of them counts"),
        says("- (b) two", "- (c) two"),
        says('prediction = "?"  # "a" or "b"', "my_guess = None"),
        says('# "a" or "b"', '# "a", "b" or "c"'),
        code('my_prediction = "a"'),
    ],
    "predictions_taken_up": [
        says("settle(prediction", "print(prediction"),
        code('prediction = "?"  # "a" or "b"'),
    ],
    "plays_are_cells": [
        says("  # CHANGE to 0.2 or 0.3", ""),
        says("CHANGE to", "CHANGE this to"),
        says("You should see one line", "One line"),
        code("x = 1  # CHANGE to 2\ny = 1  # CHANGE to 2", printed("1")),
        code("x = 1  # CHANGE to 2"),
    ],
    "no_play_in_prose": [adds("Set `rate = 0.5` here.", at=-1), adds("Now run all cells again.", at=-2)],
    "plotting_folded": [
        unfolded,
        folded_play,
        hidden_output,
        code(FOLDED),
        code(PLAY + "\n" + FOLDED, printed("1")),
    ],
    "minutes_told": [
        says("about 17 minutes", "about 30 minutes"),
        says("5 minutes", "45 minutes"),
        says("17 min", ""),
    ],
    "explained_before_use": [
        says("**generator**", "generator"),
        adds("A logit comes first.", at=0),
        adds("First $\\alpha$.", at=0),
        says("**`vmap`**", "`vmap`"),
        early_vmap,
        says("discriminator | 判别器", "inverse | 逆"),
    ],
    "used_is_listed": [
        adds("The Hessian."),
        adds("By $\\beta$."),
        code("plt.ylabel('KID')"),
        says("discriminator | 判别器", "line | 线"),
    ],
    "wrong_ones_are_refused": [
        says("<!-- wrong", "<!--"),
        says("wrong 00.log_probability", "wrong 00.no_such_thing"),
        adds("`logit * 7` <!-- wrong 00.log_probability: logit * 7 -->"),
        adds("`-softplus(-logit)` <!-- wrong 00.log_probability: -softplus(-logit) -->"),
        adds("<!-- wrong 00.log_probability: torch.exp(logit) -->"),
    ],
    "links_resolve": [
        says("READING.md#judging-what-was-generated", "READING.md#nothing"),
        adds("[the next](43_missing.ipynb)"),
        adds("[above](#no-such-part)"),
    ],
    "papers_known": [says("arxiv.org/abs/1406.2661", "arxiv.org/abs/1406.2662"), adds("arXiv:9999.99999")],
    "references_listed": [adds("As shown [2]."), says(" [1]; ", "; "), adds("[1] The same again.", at=-2)],
    "pictures_described": [adds("![](map.png)"), code("show()", html("<img src='data:image/png;base64,'>"))],
    "nothing_from_outside": [
        adds("![a map](https://example.org/map.png)"),
        code("show()", html("<script src='https://example.org/x.js'></script>")),
        code("show()", html("<style>@import 'https://example.org/x.css'</style>")),
    ],
}
