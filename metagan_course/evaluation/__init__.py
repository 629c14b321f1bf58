"""How a Meta-GAN is judged: docs/PROTOCOL.md in code. Thresholds of success are not here.

frozen.py says on which tasks, protocol.py what is looked at, critics.py and usefulness.py are its eyes,
scores.py counts, report.py makes the table, figures.py the figures, opened.py opens the test side, once a
checkpoint.
"""

from metagan_course.evaluation.figures import write
from metagan_course.evaluation.frozen import frozen_tasks
from metagan_course.evaluation.protocol import Report, Row, evaluate
from metagan_course.evaluation.report import summary

__all__ = ["Report", "Row", "evaluate", "frozen_tasks", "summary", "write"]
