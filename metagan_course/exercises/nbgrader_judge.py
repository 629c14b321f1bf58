"""nbgrader's step "run the notebook", replaced: answers are judged in a process of their own, no more is run.

A notebook that is run can do as it likes with the kernel that marks it: replace `exercise`, patch torch, end
the process. Here the marker only reads. Only this file imports nbgrader (pip install -e ".[classroom]").
"""

import secrets

from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader import utils
from nbgrader.preprocessors import NbGraderPreprocessor

from .classroom import call_of_exercise, definitions
from .finding import find
from .grading import judge_source
from .showing import of_verdict


class Judge(NbGraderPreprocessor):
    """Writes under every locked check what the course says of the answer above it; an error costs points."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        for place, cell in enumerate(nb.cells):
            if utils.is_grade(cell) and (call := call_of_exercise(cell.source)):
                cell.outputs = [judged(call.value.args[0].value, definitions(nb.cells[:place]))]
                cell.execution_count = 1
        return nb, resources


def judged(id: str, source: str) -> NotebookNode:
    """The verdict as a cell's output: a line if right, an error if not."""
    verdict = judge_source(find(id), source, secrets.randbelow(2**31))
    said = repr(of_verdict(verdict))
    if verdict.kind == "correct":
        return new_output("stream", name="stdout", text=f"{said}\n")
    return new_output("error", ename="NotYet", evalue=said, traceback=[said])
